"""What the ledger owes the market: lapses, terms that are over, intakes to close, stock and caps that follow.

Pure: from folded parties, SKUs and exceptions, and an instant. What was recorded is owed no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from mingdan.ledger.duty.duty import Duty
from mingdan.ledger.event import Event
from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.market.reach import Sent, touched
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.policy import DAY

MOST = 2**53 - 1  # that a fact can tell
ENOUGH = 10  # orders delivered in the days looked at: fewer say nothing of what can be delivered


class Flow(Struct, frozen=True):
    """How a SKU's orders went: units delivered in the last seven days and of how many orders, units overdue.

    `due_in` is how long an order of it may take (ms).
    """

    delivered: int = 0
    orders: int = 0
    overdue: int = 0
    due_in: int = DAY


class Supply(Struct, frozen=True):
    """What is looked at beside the SKUs, by their names: open promises, how orders went, what is usual.

    And to whom their orders were sent.
    """

    promised: Mapping[str, int] = {}
    flows: Mapping[str, Flow] = {}
    paces: Mapping[str, sku.Paced] = {}
    sent: Sent = {}


def of_party(known: party.Party, now: int) -> Iterator[Duty]:
    """A qualification that is over, and decisions whose term is."""
    had = known.qualification
    if had is not None and had.lapsed is None and now > had.valid_until:
        yield _of(known, party.Lapsed(), had.valid_until + 1)
    over = [each.until for each in known.standing if each.until is not None and each.until <= now]
    if over:
        yield _of(known, party.Reinstated(reason="term_over"), max(over))


def of_skus(
    skus: Mapping[str, sku.Sku], incidents: Mapping[str, incident.Incident], supply: Supply, now: int
) -> Iterator[Duty]:
    """What is owed to every SKU that is listed."""
    stopping = _stopping(incidents, skus, supply.sent)
    for name, known in skus.items():
        if known.listing is None:
            continue
        yield from _intake(known, stopping.get(name), incidents)
        yield from _stock(name, known, skus, supply.promised)
        yield from _cap(known, supply.flows.get(name, Flow()))
        yield from _pace(known, supply.paces.get(name), now)


def _stopping(
    incidents: Mapping[str, incident.Incident], skus: Mapping[str, sku.Sku], sent: Sent
) -> dict[str, tuple[str, str]]:
    """The SKUs whose intake an exception stops: by which, and of what kind.

    Whoever acts stops what it lists or supplies, and nothing else.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, each in incidents.items():
        by = {word.by for word in each.actions if word.action == "stop_intake"}
        if by and each.resolved is None and each.report is not None:
            stopped = set().union(*(touched(each.report.scope, party, skus, sent) for party in by))
            found |= dict.fromkeys(sorted(stopped), (name, each.report.kind))
    return found


def _intake(
    known: sku.Sku, stopped: tuple[str, str] | None, incidents: Mapping[str, incident.Incident]
) -> Iterator[Duty]:
    """An intake is closed by the exception that stops it, and opened again after its end."""
    if stopped is not None and known.closed is None:
        yield _of(known, sku.Closed(exception=stopped[0], reason=stopped[1]))
    closing = known.closing
    by = None if closing is None or closing.exception is None else incidents.get(closing.exception)
    if by is not None and by.resolved is not None and stopped is None:
        yield _of(known, sku.Opened())


def _stock(
    name: str, known: sku.Sku, skus: Mapping[str, sku.Sku], promised: Mapping[str, int]
) -> Iterator[Duty]:
    """What the tier above reports is what there is here, less what others have promised of it."""
    above = skus.get(known.upstream or "")
    if known.listing is None or known.listing.stock_mode != "upstream" or above is None:
        return
    told, had = above.stock, known.stock
    if told is None or (had is not None and had.as_of >= told.as_of):
        return
    beside = sum(
        promised.get(other, 0)
        for other, each in skus.items()
        if other != name and each.upstream == known.upstream
    )
    qty = None if told.qty is None else max(0, told.qty - beside)
    yield _of(known, sku.Stocked(as_of=told.as_of, qty=qty, ttl=told.ttl))


def _cap(known: sku.Sku, flow: Flow) -> Iterator[Duty]:
    """No more is promised than is delivered within the promised time; what is overdue comes first."""
    if known.listing is None or known.listing.stock_mode != "upstream" or known.basis == "manual":
        return
    before, told = known.cap, _carried(known.cap, flow)
    if told is None:
        return
    moved = before is None or 4 * abs(told.cap - before) > before
    if moved or (told.basis != known.basis and told.cap != before):
        yield _of(known, told)


def _carried(before: int | None, flow: Flow) -> sku.Capped | None:
    """What the last deliveries show can be carried; one too low to show more is lifted when all settles."""
    if flow.orders < ENOUGH:
        stifled = before is not None and before < ENOUGH and not flow.overdue
        return sku.Capped(basis="throughput", cap=ENOUGH) if stifled else None
    cap = min(max(1, flow.delivered * flow.due_in // (7 * DAY)), MOST)
    if flow.overdue:
        return sku.Capped(basis="backlog", cap=max(0, cap - flow.overdue))
    return sku.Capped(basis="throughput", cap=cap)


def is_pace_due(known: sku.Sku, now: int) -> bool:
    """Whether what is usual may be told: once a day."""
    return not known.paces or now - known.paces[-1].mark.known >= DAY


def _pace(known: sku.Sku, counted: sku.Paced | None, now: int) -> Iterator[Duty]:
    """What is usual, told anew where it has changed."""
    if counted is not None and is_pace_due(known, now) and not _told_already(known, counted):
        yield _of(known, counted)


def _told_already(known: sku.Sku, counted: sku.Paced) -> bool:
    last = known.paces[-1].usual if known.paces else None
    return last is not None and (last.p95, last.delivery) == (counted.p95, counted.delivery)


def _of(known: Subject, event: Event, at: int | None = None) -> Duty:
    return Duty(known.stream, known.leaf, event, at)
