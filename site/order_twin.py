"""An order for machines: what its page shows, with the very entries that were hashed; or its tombstone.

Made once for all languages, as of the edition that it names: whoever has the log prints it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from mingdan.ledger.entry import Entry
from mingdan.ledger.eta import Eta
from mingdan.ledger.event import Erased
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Order
from mingdan.ledger.owed import owed
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import Status, status, violations
from mingdan.ledger.stuck import stuck
from mingdan.site.chain import Telling, links
from mingdan.site.edition import Edition
from mingdan.site.order_page import path_of_order
from mingdan.site.order_shape import (
    Dispute,
    Expected,
    Goods,
    Held,
    Hop,
    OrderTwin,
    Promise,
    Queue,
    Raw,
    Said,
    Standstill,
    Tombstone,
    Trouble,
    Where,
    Worth,
)
from mingdan.site.page import path_of_twin
from mingdan.site.promise import likely
from mingdan.site.schema_org import linked_order
from mingdan.site.twin import Odd, odd_of, parse_twin, print_twin, tree_of
from mingdan.site.whereabouts import delivery, is_waiting, next_step, whereabouts

ORDERS = "v1/o/"


def path_of_order_twin(handle: str) -> str:
    """`v1/o/ab/<handle>.json`, in every language."""
    return path_of_twin(path_of_order(handle, "", ("",)))


def order_twin(
    edition: Edition, order: Order, entries: Sequence[tuple[Row, Entry]], policy: Policy, pace: Paced
) -> bytes:
    """The twin of an order from all its entries, oldest first."""
    if order.erased is not None:
        return print_twin(_tombstone(edition, order, order.erased, entries))
    as_of = edition.sealed
    standing = status(order, as_of)
    waiting = is_waiting(order, standing)
    told = OrderTwin(
        as_of=as_of,
        because=standing.because.hex(),
        checkpoint=tree_of(edition),
        disputes=tuple(_disputes(order)),
        entries=tuple(_raw(row) for row, _ in entries),
        goods=_goods(order),
        hold=_hold(order),
        hops=tuple(_hops(order, waiting=waiting)),
        imported=order.imported,
        irregularities=odd_of(order.irregularities),
        linked=linked_order(order, standing, waiting=waiting),
        next=next_step(order, standing),
        promise=_promise(order, policy, pace, as_of, waiting=waiting),
        queue=_queue(order) if standing.side == "queued" else None,
        refund=order.refund,
        side=standing.side,
        step=standing.step,
        stream=order.stream,
        stuck=_stuck(order, policy, pace, as_of) if waiting else None,
        trouble=_trouble(order) if standing.side in ("exception", "overdue") else None,
        units=order.units,
        violations=tuple(Odd(leaf=leaf.hex(), rule=rule) for rule, leaf in violations(order, policy, as_of)),
        waiting=waiting,
        where=_where(order, standing),
    )
    return print_twin(told)


def parse_order_twin(content: bytes) -> OrderTwin | Tombstone:
    """Accepts exactly what `order_twin` prints; nothing vouches for it yet. Raises MalformedProof."""
    told: OrderTwin | Tombstone = parse_twin(content, OrderTwin | Tombstone)
    return told


def _tombstone(
    edition: Edition, order: Order, erased: Mark, entries: Sequence[tuple[Row, Entry]]
) -> Tombstone:
    why = (entry.event.reason for _, entry in entries if isinstance(entry.event, Erased))
    return Tombstone(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        erased=erased.effective,
        reason=next(why, None),
        stream=order.stream,
    )


def _raw(row: Row) -> Raw:
    return Raw(index=row.position - 1, leaf=row.leaf.hex(), raw=row.entry.decode())


def _where(order: Order, standing: Status) -> Where:
    what, since, holder, stage = whereabouts(order, standing)
    return Where(holder=holder, since=since, stage=stage, what=what)


def _promise(order: Order, policy: Policy, pace: Paced, as_of: int, *, waiting: bool) -> Promise:
    return Promise(
        due=order.due_at,
        expected=_expected(likely(order, pace, as_of)),
        late=_late(order, as_of, waiting=waiting),
        policy=policy.id,
        promised=order.promised,
        version=None if order.terms is None else order.terms.policy_version,
        worth=_worth(order, policy, as_of),
    )


def _late(order: Order, as_of: int, *, waiting: bool) -> bool | None:
    """Whether it came after the promise in force, or still waits after it."""
    delivered, due = delivery(order), order.promised
    if due is None or not (waiting or delivered):
        return None
    return due < (as_of if delivered is None else delivered.effective)


def _expected(found: Eta | None) -> Expected | None:
    return None if found is None else Expected(n=found.n, of=found.of, p50=found.p50, p90=found.p90)


def _worth(order: Order, policy: Policy, as_of: int) -> Worth | None:
    found = owed(order, policy, as_of)
    return None if found is None else msgspec.convert(found, Worth, from_attributes=True)


def _goods(order: Order) -> Goods | None:
    return None if order.terms is None else msgspec.convert(order.terms, Goods, from_attributes=True)


def _hold(order: Order) -> Held | None:
    hold = order.hold if order.held else None
    if hold is None:
        return None
    return Held(
        noticed=None if hold.noticed is None else hold.noticed.effective,
        on_timeout=hold.on_timeout,
        review_by=hold.review_by,
        rule=hold.rule,
        since=hold.mark.effective,
        track=hold.track,
    )


def _queue(order: Order) -> Queue | None:
    place = order.queue
    if place is None:
        return None
    return Queue(batch=place.batch, expected_start=place.expected_start, position=place.position)


def _trouble(order: Order) -> Trouble | None:
    trouble = order.trouble
    if trouble is None:
        return None
    return Trouble(attributable_to=trouble.attributable_to, code=trouble.code)


def _disputes(order: Order) -> Iterator[Dispute]:
    for each in order.open_disputes:
        yield Dispute(claim=each.claim, dispute=each.dispute, freezes=each.freezes, since=each.mark.effective)


def _hops(order: Order, *, waiting: bool) -> Iterator[Hop]:
    for each in links(order, waiting=waiting):
        yield Hop(
            attempt=each.attempt,
            here=each.here,
            party=each.party,
            said=tuple(_said(what, mark) for what, mark in each.told),
            word=each.word,
        )


def _said(what: Telling, mark: Mark) -> Said:
    return Said(at=mark.at, known=mark.known, lag=mark.known - mark.at, leaf=mark.leaf.hex(), what=what)


def _stuck(order: Order, policy: Policy, pace: Paced, as_of: int) -> Standstill | None:
    found = stuck(order, policy, as_of, pace)
    if found is None:
        return None
    return Standstill(limit=found.limit, since=found.since, stage=found.stage, why=found.why)
