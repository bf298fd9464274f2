"""What of a shop's word is recorded, and what moves an order no more: decided by what was heard before."""

import re

import pytest

from mingdan.ledger.docking.crossing import Crossing
from mingdan.ledger.docking.dock import Said, Word
from mingdan.ledger.docking.harbour import DIALECTS
from mingdan.ledger.docking.words import Heard, claims_of, is_newest, is_over, is_overtaken
from mingdan.ledger.event import KIND_OF
from mingdan.ledger.intake.statement import UNSEEN
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order, Work

from .market import NOON, dock_at

MARK = Mark(NOON, NOON, bytes(32))
SOON = NOON + 1000


def heard(protocol: str, *work: Work, told: int | None = None, settled: int | None = None) -> Heard:
    """A hop at work as these words say, of which the shop signed the last when it was `told`."""
    marked = tuple((word, MARK) for word in work)
    hop = HopState("agent-east", 1, "accepted", None, MARK, MARK, by="shop", work=marked)
    crossing = Crossing("east", "no-7", "order/7", "101", NOON, settled, told)
    return Heard(dock_at("http://127.0.0.1", protocol), crossing, Order(stream="order/7", hops=(hop,)))


def word(said: Said, told: int | None = None, status: str = "status") -> Word:
    return Word(said=said, status=status, told=told)


def kinds(standing: Heard, told: Word) -> list[str]:
    return [KIND_OF[type(claim.event)] for claim in claims_of(standing, told)]


@pytest.mark.parametrize("protocol", DIALECTS)
@pytest.mark.parametrize("end", ["failed", "succeeded"])
def test_after_an_end_only_an_end_is_a_word(protocol, end):
    over = heard(protocol, end, settled=SOON)

    assert kinds(over, word("started")) == ["order.noted"]
    assert kinds(over, word("accepted")) == []  # it is in all that was said since
    assert kinds(over, word("succeeded")) == ["activation.succeeded"]
    assert not is_over(over, word("started"))


@pytest.mark.parametrize("protocol", DIALECTS)
def test_a_word_is_overtaken_by_what_was_signed_later(protocol):
    at_work = heard(protocol, "started", told=SOON)

    assert kinds(at_work, word("failed", NOON)) == ["order.noted"]
    assert kinds(at_work, word("started", NOON)) == []
    assert kinds(at_work, word("failed", SOON)) == ["activation.failed"]
    assert not is_over(at_work, word("failed", NOON))
    assert is_over(at_work, word("failed", SOON))


def test_what_was_done_and_what_is_not_signed_is_not_overtaken_by_a_signature():
    at_work = heard("dujiao-next", "started", told=SOON)

    assert not is_overtaken(at_work, word("succeeded", NOON))
    assert not is_overtaken(at_work, word("failed"))  # as a poll says it


@pytest.mark.parametrize(("said", "overtakes"), [("noted", False), ("started", True), ("failed", True)])
def test_a_word_without_meaning_overtakes_none(said, overtakes):
    assert is_newest(heard("dujiao-next", told=NOON), word(said, SOON)) is overtakes


@pytest.mark.parametrize("protocol", DIALECTS)
@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("partially_refunded", "partially_refunded"),
        ("8", "8"),
        ("a\nb\u202ec<script>", "unknown status"),
        ("paid\n", "unknown status"),
        ("", "unknown status"),
        ("发给张三 A1", "unknown status"),
        ("13800138000", "unknown status"),
        ("s" * 33, "unknown status"),
    ],
)
def test_only_a_short_plain_word_of_a_shop_goes_into_the_log(protocol, status, said):
    (noted,) = claims_of(heard(protocol), word("noted", status=status))

    assert noted.event.label == f"{protocol}: {said}"
    assert not re.search(f"[{UNSEEN}]", noted.event.label + noted.key.replace("\n", ""))
