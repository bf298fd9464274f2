"""Words that are said once in the whole ledger: goods that were delivered, payments that were taken (I2).

Commitments are made apart for each order, so only the vault can tell that two are of the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from mingdan.ledger.claim import Claim
from mingdan.ledger.decide import refused
from mingdan.ledger.event import Delivered, Disavowed, Event, Paid, PaidLate
from mingdan.ledger.keeping.vault import Words
from mingdan.ledger.order import Order

Said = tuple[str, str]  # a private field and its words
Place = tuple[str, int]  # a stream and a seq in it


class Once:
    """Where such words were said, and whether they stand there; `found` is a stream as it stands now."""

    def __init__(self, held: Iterable[Words], found: Callable[[str], object]) -> None:
        self.places: dict[Said, tuple[Place, ...]] = {}
        self._found = found
        for each in held:
            self.say((each.field, each.words), each.stream, each.seq)

    def say(self, said: Said, stream: str, seq: int) -> None:
        self.places[said] = (*self.places.get(said, ()), (stream, seq))

    def goods(self, stream: str, seqs: Collection[int]) -> Iterator[Said]:
        """The goods that an order delivered in these of its entries."""
        own = {(stream, seq) for seq in seqs}
        return (said for said, places in self.places.items() if said[0] == "goods" and own & {*places})

    def stands(self, said: Said) -> bool:
        """Whether these words stand said somewhere: what was taken back may be said again."""
        return any(_stands(self._found(stream), said[0], seq) for stream, seq in self.places.get(said, ()))


def once_said(claim: Claim) -> Iterator[Said]:
    """What a fact says, told live or observed, that must not have been said before."""
    field = _FIELDS.get(type(claim.event))
    if field is not None and claim.basis != "backfill" and field in claim.private:
        yield field, claim.private[field]


def check_once(order: Order, claim: Claim, once: Once) -> None:
    """Notes what a claim says of an order in `once`. Raises IllegalTransition where it stands already.

    Goods that a reversal took back stand again without it, unless they were delivered since.
    """
    if isinstance(claim.event, Disavowed):
        reversal = bytes.fromhex(claim.event.entry)
        back = [each.seq for each in order.shipments if each.taken_back == reversal]
        if any(once.stands(said) for said in once.goods(claim.stream, back)):
            raise refused("goods-again", order, claim)
    for said in once_said(claim):
        if once.stands(said):
            raise refused(_AGAIN[said[0]], order, claim)
        once.say(said, claim.stream, order.seq + 1)


def _stands(order: object, field: str, seq: int) -> bool:
    """Whether what an order said in its entry `seq` still stands; a crash may have left words without one."""
    if not isinstance(order, Order) or seq > order.seq:
        return False
    if field == "payment":
        return order.money_in is not None
    return any(each.seq == seq and each.taken_back is None for each in order.shipments)


_FIELDS: dict[type[Event], str] = {Delivered: "goods", Paid: "payment", PaidLate: "payment"}
_AGAIN = {"goods": "goods-again", "payment": "payment-again"}
