"""What a transaction stands on, as it was read under the lock, and how that stands after what it adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from mingdan.ledger import evolve
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import IllegalTransition, IntakeRefused, NotFound
from mingdan.ledger.event import OrderEvent, Placed
from mingdan.ledger.keeping.once import Once
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder, Words
from mingdan.ledger.live import is_seen
from mingdan.ledger.mark import Mark
from mingdan.ledger.market import fold, guard, part
from mingdan.ledger.market.guard import (
    TURNING,
    Shelf,
    is_sold_elsewhere,
    moved,
    shelf_name,
    shelf_of,
    turned_away,
)
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Edition, Promise
from mingdan.ledger.market.sku import Sku, Stock, carries
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT, Policy, published
from mingdan.ledger.stream import is_order

NO_ORDER = "place it first: an order begins with order.placed"
State = Order | Subject
_Subject = TypeVar("_Subject", bound=Subject)


class Ground:
    """States of streams, parties, SKUs and policies among them, and what else deciding looks at.

    `shelves` say what stands against the supply of SKUs; `repeats` the rows that already stand for keys, of
    the orders `repeated`; `leaves` the entries that may be named, with who told them; `held` who has said
    what is said once only; `hands` the rows that carry signatures told again, by stream. `now` is when all
    of it is recorded (ms UTC).
    """

    def __init__(
        self,
        *,
        policies: Mapping[str, Policy],
        head: int,
        known: dict[str, State],
        opening: dict[str, NewOrder],
        secrets: dict[str, bytes],
        shelves: Mapping[str, Shelf],
        repeats: dict[bytes, Row],
        repeated: Mapping[str, NewOrder],
        leaves: Mapping[str, dict[bytes, tuple[str, str]]],
        held: Iterable[Words],
        hands: dict[tuple[str, str], Row],
        now: int,
    ) -> None:
        self.policies = policies
        self.head = head
        self.known = known
        self.opening = opening
        self.secrets = secrets
        self.shelves = shelves
        self.repeats = repeats
        self.repeated = repeated
        self.leaves = leaves
        self.hands = hands
        self.once = Once(held, self.found)
        self.now = now
        self.states: dict[str, State] = {}  # of the streams that have grown
        self.moved: dict[str, Shelf] = {}  # the shelves that have changed

    def found(self, stream: str) -> State | None:
        """A stream as it stands now; None for an order that has no entry."""
        return self.states.get(stream) or self.known.get(stream)

    def state(self, stream: str) -> State:
        """A stream as it stands now. Raises NotFound for an order that nobody opens."""
        state = self.found(stream)
        if state is not None:
            return state
        assert is_order(stream), stream  # streams of the market are known, if only to be empty
        if stream not in self.opening:
            raise NotFound("no such order in the ledger", next_step=NO_ORDER, stream=stream)
        return Order()

    def party(self, name: str) -> Party:
        return self._subject(f"party/{name}", Party)

    def sku(self, name: str) -> Sku:
        return self._subject(f"sku/{name}", Sku)

    def terms(self, order: Order, claim: Claim, at: int) -> tuple[int | None, Policy]:
        """The terms an order is placed under, or was, and their version; None where the settings say them."""
        placed = claim.event if isinstance(claim.event, Placed) else order.terms
        name = DEFAULT.id if placed is None or placed.policy is None else placed.policy
        edition = self._edition(f"policy/{name}", order, claim, at)
        if edition is not None:
            return edition.terms.version, published(name, edition)
        if name not in self.policies and isinstance(claim.event, Placed) and not _is_seen(order, claim):
            raise NotFound(
                "no such promise policy", next_step="publish it, or add it to mingdan.toml", policy=name
            )
        return None, self.policies.get(name, DEFAULT)  # history may have been placed under one that is gone

    def _edition(self, stream: str, order: Order, claim: Claim, at: int) -> Edition | None:
        if isinstance(claim.event, Placed):
            named = self._named(stream, claim.event.policy_version)
            if _is_seen(order, claim):
                return named  # as it was seen to be placed
            placed = Mark(at, self.now, b"").begun  # nobody picks older terms by back-dating, or coming ones
            promise = self._subject(stream, Promise)
            return promise.in_force(placed) if self._holds_for(claim, claim.event, promise) else None
        version = None if order.terms is None else order.terms.policy_version
        return None if version is None else self._subject(stream, Promise).edition(version)

    def _holds_for(self, claim: Claim, placed: Placed, promise: Promise) -> bool:
        """Whether an order falls under a policy: one that it names, else its platform's or the operator's.

        Raises IllegalTransition where it names another platform's.
        """
        publisher = promise.publisher
        if publisher is None or publisher == placed.platform or self.party(publisher).registered is None:
            return True
        if placed.policy is None:
            return False
        if publisher != self.party(placed.platform).registrar:
            raise IllegalTransition(
                part.RULES["not-its-terms"],
                next_step="name a policy of the order's own platform, or leave `policy` out",
                rule="not-its-terms",
                stream=claim.stream,
                publisher=publisher,
                because=promise.editions[0].mark.leaf.hex(),
            )
        return True

    def _named(self, stream: str, version: int | None) -> Edition | None:
        """The version that a placing names. Raises NotFound where there is none."""
        if version is None:
            return None
        promise = self._subject(stream, Promise)
        if (found := promise.edition(version)) is None:
            raise NotFound(
                "no such version of this policy was published",
                next_step="leave `policy_version` out: the version in force is the ledger's to say",
                policy=stream.partition("/")[2],
                version=version,
                versions=[each.terms.version for each in promise.editions],
            )
        return found

    def check_supply(self, placed: Placed) -> None:
        """Raises IntakeRefused where the SKU's supply does not carry one more order (I4)."""
        name = shelf_of(placed)
        if placed.sku is None or name is None or is_sold_elsewhere(sku := self.sku(placed.sku), placed):
            return
        shelf, qty = self._shelf(name), placed.qty or 1
        reason = turned_away(sku, shelf, qty, self.now)
        if reason is not None:
            raise IntakeRefused(
                guard.RULES[reason],
                next_step="report stock, declare a pre-order, or open the intake again",
                rule=reason,
                sku=placed.sku,
                qty=qty,
                standing=shelf.promised,
                carries=carries(sku, self.now, shelf.spent),
                because=sku.leaf.hex(),
            )

    def apply(self, state: State, entry: Entry, rule: str | None) -> None:
        """Takes in an entry of which it is known that it breaks this rule, or none."""
        if isinstance(state, Subject):
            subject = self.states[entry.stream] = fold.applied(state, entry, rule)
            if isinstance(state, Sku) and isinstance(subject, Sku) and _newer(subject.stock, state.stock):
                assert subject.stock is not None
                assert subject.listing is not None
                name = shelf_name(subject.listing.platform, entry.stream.partition("/")[2])
                self.moved[name] = self._shelf(name).reported(subject.stock.as_of)
            return
        event = cast("OrderEvent", entry.event)
        order = self.states[entry.stream] = evolve.applied(state, entry, event, rule)
        shelf = None if order.terms is None else shelf_of(order.terms)
        if shelf is not None and type(event) in TURNING:
            before = self._shelf(shelf)
            after = moved(before, state, order)
            if after != before:
                self.moved[shelf] = after

    def _shelf(self, name: str) -> Shelf:
        """What stands now against a platform's supply of a SKU."""
        return self.moved.get(name) or self.shelves.get(name) or Shelf()

    def _subject(self, stream: str, kind: type[_Subject]) -> _Subject:
        state = self.state(stream)
        assert isinstance(state, kind)
        return state


def _is_seen(order: Order, claim: Claim) -> bool:
    return is_seen(order, claim.event, claim.by, claim.basis)


def _newer(stock: Stock | None, before: Stock | None) -> bool:
    """Whether stock is known as of a later instant than before."""
    return stock is not None and (before is None or before.as_of < stock.as_of)
