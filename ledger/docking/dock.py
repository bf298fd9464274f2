"""What docking protocols have in common: a call, a message, and the one word that it says of an order.

A protocol only translates. It reads no clock, opens no connection and records nothing; what it cannot say it
leaves out.
"""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from mingdan.ledger.errors import Misuse, Refused
from mingdan.ledger.event import FailureCode

SECOND = 1000  # ms
MINUTE = 60 * SECOND

Said = Literal[
    "accepted",  # the shop has the order
    "started",  # it is at work
    "succeeded",  # it says that it is done; goods are what it handed over
    "failed",  # it had the order and gave it up
    "rejected",  # it never took the order
    "doubtful",  # nobody knows whether it has the order
    "absent",  # asked, it says that it has no such order
    "unknown",  # asked, it said nothing that can be believed
    "noted",  # a status that means nothing to us
]
Blame = Literal["upstream", "platform", "buyer", "unknown"]


class Wanted(Struct, frozen=True, kw_only=True):
    """What a platform asks of a shop. `ref` is the platform's own number of it, `goods` what the shop sells.

    `account` and `fields` are whom the goods are for: private. `ceiling` is the most that all of it may cost,
    in minor units.
    """

    ref: str
    goods: str
    qty: int = 1
    account: str | None = None
    fields: dict[str, str] = {}
    ceiling: int | None = None
    callback: str | None = None

    @property
    def number(self) -> int:
        """What is wanted, at a shop that counts its goods. Raises Misuse."""
        if not (self.goods.isascii() and self.goods.isdigit()):
            raise Misuse(
                "this shop's goods have numbers", next_step="give the number of it", goods=self.goods
            )
        return int(self.goods)


class Account(Struct, frozen=True):
    """As whom a platform is known at a shop: the name is sent, the secret only signs."""

    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Account({self.key!r})"


class Call(Struct, frozen=True):
    """A request that is to be sent, signed; `path` is below the shop's address."""

    method: Literal["GET", "POST"]
    path: str
    headers: dict[str, str]
    body: bytes = b""


class Message(Struct, frozen=True):
    """What came: an answer, or a callback. Names of headers are in small letters."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = {}
    path: str = ""


class Word(Struct, frozen=True, kw_only=True):
    """What a message says of one order.

    `status` is the shop's own word for it, `ref` the platform's number as the shop repeats it, `upstream` the
    shop's number, `goods` the cards that it handed over, `at` when it happened and `told` when it was signed
    (ms UTC): None or empty where the message does not say. `code`, `blame` and `retryable` are of a failure.
    """

    said: Said
    status: str
    ref: str | None = None
    upstream: str | None = None
    goods: tuple[str, ...] = ()
    at: int | None = None
    told: int | None = None
    code: FailureCode = "other"
    blame: Blame = "unknown"
    retryable: bool = False


class Tells(Struct, frozen=True, kw_only=True):
    """What a protocol can say. `window` is how old a callback may be (ms), None where it carries no time."""

    callbacks: bool  # signed ones, that name the order by both numbers
    progress: bool  # a state between accepted and done
    asked_by: Literal["ref", "upstream"]  # the number that a query names the order by
    signed_answers: bool
    window: int | None = None


def silences(tells: Tells) -> list[str]:
    """What a protocol cannot say, one sentence each."""
    return [sentence for cannot, sentence in (
        (not tells.callbacks, "it has no callback that could be believed: it has to be polled"),
        (not tells.progress, "it says nothing between accepted and done"),
        (tells.asked_by == "upstream", "it cannot be asked by our reference: a lost answer stays unknown"),
        (not tells.signed_answers, "its answers are not signed: only the connection says whose they are"),
    ) if cannot]  # fmt: skip


class Dialect(Protocol):
    """One docking protocol."""

    name: str
    tells: Tells

    def place(self, account: Account, wanted: Wanted, now: int) -> Call:
        """The call that orders it, at `now` (ms UTC)."""

    def placed(self, account: Account, answer: Message) -> Word:
        """What the answer to that call says: never more than accepted, unless the goods are in it."""

    def query(self, account: Account, ref: str, upstream: str | None, now: int) -> Call | None:
        """The call that asks for an order; None where the protocol cannot, for want of a number."""

    def queried(self, account: Account, answer: Message) -> Word:
        """What the answer to a query says."""

    def called_back(self, account: Account, message: Message, now: int) -> Word:
        """What a callback says. Raises Unbelieved where it is not the shop's, or too old."""

    def reply(self, *, taken: bool) -> tuple[str, str]:
        """The protocol's own words to a callback, and their media type."""


class Unbelieved(Refused):
    """A message that is not taken for the word of whom it names: `rule` is one of RULES."""


def unbelieved(rule: str) -> Unbelieved:
    """The refusal by a rule; it repeats nothing of the message."""
    return Unbelieved(RULES[rule], next_step=_NEXT[rule], rule=rule)


_COMPARE = "compare key and secret with what the shop shows; a callback is signed with the same"
_NEXT = {
    "no-callbacks": "poll it: `mingdan dock poll`",
    "unreadable": "see the protocol in docs/docking.md",
    "other-signer": _COMPARE,
    "forged": _COMPARE,
    "stale": "set this machine's clock, or the shop's",
    "no-reference": "place orders with a reference, and have the shop repeat it",
    "unknown-reference": "only what was placed through this dock, or told to it, is heard of",
    "other-hop": "what became of the order is told under its newest reference",
    "other-number": "ask the shop which of its orders this is: the numbers belong to two of them",
}
RULES = {
    "no-callbacks": "this protocol has no callback that could be believed",
    "unreadable": "this is no callback of this protocol",
    "other-signer": "the callback names another account than this dock's",
    "forged": "the callback is not signed with this dock's secret",
    "stale": "the callback was signed too long ago, or by a clock that is wrong",
    "no-reference": "a callback names the order by the reference it was placed under (I7)",
    "unknown-reference": "no order was placed at this dock under this reference (I7)",
    "other-hop": "the order was sent to this shop again since, under another reference (I7)",
    "other-number": "the number is another order's, or the shop has given this order another before (I7)",
}
