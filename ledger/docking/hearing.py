"""From a message to the record: bound to the hop that it is about (I7), and recorded through the clerk.

Crash order: the shop's number, then what it said, when it said so, that it is over; each may be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Protocol, TypeVar

from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.commitment import opening, opens
from mingdan.ledger.docking.crossing import Crossing, bind, crossing_of, drop, keep, settle, tell
from mingdan.ledger.docking.dock import Word, unbelieved
from mingdan.ledger.docking.harbour import Dock
from mingdan.ledger.docking.words import Heard, claims_of, forwarded, is_newest, is_over
from mingdan.ledger.errors import IllegalTransition, KeyReused, Refused
from mingdan.ledger.intake.clerk import PATIENCE
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.order import HopState

_AHEAD = 60_000  # ms that a shop's clock may run before ours
_TURNS = tuple(Lock() for _ in range(64))  # by reference: of two words at once, one is heard after the other

_Answer = TypeVar("_Answer")


class Scribe(Protocol):
    """Who owns the workspace: a clerk."""

    def submit(self, claims: Sequence[Claim], new: Sequence[NewOrder]) -> Future[list[Receipt]]:
        """Records claims, all or none."""

    def ask(self, question: Callable[[Book], _Answer]) -> Future[_Answer]:
        """Answers from the book, on the clerk's own thread."""


def begin(scribe: Scribe, dock: Dock, stream: str, ref: str, now: int) -> Crossing:
    """Tells that an order is about to be sent to a dock under a reference, at `now` (ms UTC).

    Raises KeyReused where the reference was used before, or what the ledger has against sending it.
    """
    crossing = Crossing(dock.name, ref, stream, None, now)
    order = scribe.ask(lambda book: book.order(stream)).result(PATIENCE)
    scribe.ask(lambda book: keep(book.vault.engine, crossing)).result(PATIENCE)
    try:
        scribe.submit([forwarded(dock, crossing, order)], []).result(PATIENCE)
    except Refused:
        scribe.ask(lambda book: drop(book.vault.engine, crossing)).result(PATIENCE)
        raise
    return crossing


def hear(scribe: Scribe, dock: Dock, word: Word, ref: str | None, now: int) -> list[Receipt]:
    """Records what a dock says of the order under a reference, at `now` (ms UTC); a repeat is a duplicate.

    Raises Unbelieved unless the numbers are those of one order, or what the ledger refuses.
    """
    if ref is None or word.ref not in (None, ref):
        raise unbelieved("no-reference" if ref is None else "unknown-reference")
    with _TURNS[hash((dock.name, ref)) % len(_TURNS)]:
        return _hear(scribe, dock, word, ref, now)


def _hear(scribe: Scribe, dock: Dock, word: Word, ref: str, now: int) -> list[Receipt]:
    heard = scribe.ask(lambda book: _standing(book, dock, ref, now)).result(PATIENCE)
    crossing = heard.crossing
    number, told = word.upstream, word.told
    if number is not None and crossing.upstream is None:
        if not scribe.ask(lambda book: bind(book.vault.engine, crossing, number)).result(PATIENCE):
            raise unbelieved("other-number")
    elif number not in (None, crossing.upstream):
        raise unbelieved("other-number")
    if word.at is not None and not crossing.sent <= word.at <= now + _AHEAD:
        word = replace(word, at=None)  # by a clock that is wrong: it happened as it was heard
    receipts = [each for claim in claims_of(heard, word) if (each := _recorded(scribe, claim)) is not None]
    if told is not None and is_newest(heard, word):
        scribe.ask(lambda book: tell(book.vault.engine, crossing, told)).result(PATIENCE)
    if crossing.settled is None and is_over(heard, word):
        scribe.ask(lambda book: settle(book.vault.engine, crossing, now)).result(PATIENCE)
    return receipts


def _standing(book: Book, dock: Dock, ref: str, now: int) -> Heard:
    """The hop under a reference: the shop's newest, by what the entry of the forwarding commits to."""
    crossing = crossing_of(book.vault.engine, dock.name, ref)
    if crossing is None:
        raise unbelieved("unknown-reference")
    heard = Heard(dock, crossing, book.order(crossing.stream))
    secret = book.vault.secrets_of([crossing.stream]).get(crossing.stream)
    if heard.hop is not None and secret is not None and not _is_under(heard.hop, ref, secret):
        settle(book.vault.engine, crossing, now)
        raise unbelieved("other-hop")
    return heard


def _is_under(hop: HopState, ref: str, secret: bytes) -> bool:
    return hop.ref is not None and opens(hop.ref, opening(secret, hop.seq, "ref"), "ref", ref)


def _recorded(scribe: Scribe, claim: Claim) -> Receipt | None:
    """The receipt of a claim; None where the tier itself has said so already.

    The same fact may come again with a time of its own: the first one stands.
    """
    try:
        return scribe.submit([claim], []).result(PATIENCE)[0]
    except KeyReused:
        if claim.at is None:
            raise
        return _recorded(scribe, replace(claim, at=None))
    except IllegalTransition as error:
        if error.evidence.get("rule") != "said-already":
            raise
        return None
