"""A log that shows two witnesses two views: real witnesses, in processes of their own, asked over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from mingdan.ledger.note import print_note
from mingdan.ledger.quorum import Group, Log, TrustPolicy, Witness, accept
from mingdan.ledger.tile import TiledHashes
from mingdan.ledger.tree import consistency_proof
from mingdan.ledger.witness.cosigning import Cosigned, cosign

from ..ledger.witness.attending import attending
from .lies import Scene, forks
from .operator import WITNESSES, Operator
from .press import Files, Press


@dataclass(frozen=True)
class Split:
    """Today's true site and a fork of it, and two witnesses that saw no more than yesterday's."""

    true: Files
    forked: Files
    known: dict[str, Witness]
    log: Log

    def policy(self, *names: str, need: int) -> TrustPolicy:
        group = Group("enough", need, names)
        return TrustPolicy((self.log,), (*(self.known[name] for name in names), group), "enough")

    def shown(self, site: Files, *names: str) -> Cosigned:
        """Shows these witnesses a site's log, as its own key signed it."""
        accepted = accept(site["log/checkpoint"], TrustPolicy((self.log,)))
        (own,) = [each.signature for each in accepted.note.verified]
        size = accepted.checkpoint.size
        hashes = TiledHashes(size, lambda tile: site[f"log/{tile.path}"])
        policy = self.policy(*names, need=1)
        return cosign(
            print_note(accepted.note.text, [own]), policy, lambda old: consistency_proof(old, size, hashes)
        )


@pytest.fixture
def split(operator: Operator, press: Press, tmp_path: Path) -> Iterator[Split]:
    forked = forks(Scene(operator, press, {})).site
    with ExitStack() as processes:
        known = {}
        for name in WITNESSES:
            folder = shutil.copytree(operator.then["yesterday"].witnesses / name, tmp_path / name)
            url = processes.enter_context(attending(folder))
            known[name] = Witness(name, operator.policy.witnesses[name].key, url)
        yield Split(operator.then["today"].site, forked, known, operator.policy.logs[0])


def test_each_view_has_the_witness_it_was_shown_to_and_not_the_other(split: Split):
    true, forked = split.shown(split.true, "w1"), split.shown(split.forked, "w2")

    assert (str(true.standing), str(forked.standing)) == ("1 of 1", "1 of 1")
    for note in (true.note, forked.note):
        assert accept(note, split.policy("w1", "w2", need=1)).standing.met, (
            "who asks for any one is shown either"
        )
        assert not accept(note, split.policy("w1", "w2", need=2)).standing.met, (
            "who asks for both is shown neither"
        )


def test_a_witness_of_one_view_refuses_the_other(split: Split):
    split.shown(split.true, "w1")
    split.shown(split.forked, "w2")

    (first,), (second,) = split.shown(split.forked, "w1").outcomes, split.shown(split.true, "w2").outcomes

    assert first.reason.startswith("it answered 422: the proof does not lead")
    assert second.reason == "it holds a tree of size 15"
