"""Asking the witnesses for a checkpoint on its way to the site: who is away does not stop a publication."""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.note import parse_note
from mingdan.ledger.quorum import Accepted, Standing, TrustPolicy, accept
from mingdan.ledger.tile import TiledHashes
from mingdan.ledger.tree import consistency_proof
from mingdan.ledger.witness.cosigning import PATIENCE, Outcome, cosign


class Witnessed(NamedTuple):
    """A checkpoint with the cosignatures it has, how it stands, and what each witness asked answered."""

    note: bytes
    standing: Standing
    outcomes: tuple[Outcome, ...] = ()


def witnessed(note: bytes, policy: TrustPolicy, staging: Staging, patience: float = PATIENCE) -> Witnessed:
    """The signed checkpoint of the staged log, cosigned by whoever answers.

    The published one is taken as it is where it is of the same tree and its quorum is met: no witness is
    asked for what it has said. Nothing is signed that the published log is not a part of.
    """
    shown = _published(staging, policy)
    if shown is not None and parse_note(shown[0])[0] == parse_note(note)[0]:
        note, accepted = shown
        if accepted.standing.met:
            return Witnessed(note, accepted.standing)
    if not policy.witnesses:
        return Witnessed(note, accept(note, policy).standing)
    size = accept(note, policy).checkpoint.size
    hashes = TiledHashes(size, lambda tile: staging.read(LOG + tile.path))
    known = dict.fromkeys(shown[1].standing.cosigned, shown[1].checkpoint.size) if shown else {}
    done = cosign(note, policy, lambda old: consistency_proof(old, size, hashes), known, patience)
    return Witnessed(done.note, done.standing, done.outcomes)


def _published(staging: Staging, policy: TrustPolicy) -> tuple[bytes, Accepted] | None:
    path = staging.site / CHECKPOINT
    if not path.exists():
        return None
    note = path.read_bytes()
    return note, accept(note, policy)
