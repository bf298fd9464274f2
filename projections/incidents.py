"""Exceptions and alerts: what was reported when, who knew of it, what was done, which deadlines passed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from mingdan.ledger.market.incident import ACT_WITHIN, REPORT_WITHIN, Incident
from mingdan.ledger.market.sku import Alert
from mingdan.ledger.policy import DAY
from mingdan.projections import views
from mingdan.projections.market import Alarm, Blindness, Case
from mingdan.projections.register import Register

KEPT = 90 * DAY  # what ended longer ago is left to the log


class Taken(NamedTuple):
    """An order that was taken in."""

    at: int
    platform: str | None
    merchant: str | None


Told = tuple[str, Incident, frozenset[str]]  # an exception, and the SKUs that it touches
Intake = Mapping[str, Sequence[Taken]]  # by SKU, ascending


def intake_of(db: Connection, register: Register) -> Intake:
    """The orders of every SKU that an exception touches, since the first report."""
    told = [each for each in register.incidents.values() if each.reported is not None]
    skus = {name for each in told for name in register.touched(each)}
    if not skus:
        return {}
    first = min(each.reported.effective for each in told if each.reported is not None)
    of = views.delays.c
    taken: dict[str, list[Taken]] = {}
    for sku, at, *who in db.execute(
        select(of.sku, of.placed_at, of.platform, of.merchant)
        .where(of.placed_at >= first, of.sku.is_not(None))
        .order_by(of.placed_at, of.stream)
    ):
        if sku in skus:
            taken.setdefault(sku, []).append(Taken(at, *who))
    return taken


def cases(register: Register, intake: Intake, as_of: int) -> tuple[Case, ...]:
    """Every exception that lasts or ended lately, as of an instant (ms UTC)."""
    told = (_case(name, each, register, intake, as_of) for name, each in register.incidents.items())
    return tuple(each for each in told if each is not None and _lately(each.resolved, as_of))


def _case(name: str, incident: Incident, register: Register, intake: Intake, as_of: int) -> Case | None:
    report, reported = incident.report, incident.reported
    if report is None or reported is None:
        return None
    acted = incident.actions[0].mark.effective if incident.actions else None
    resolved = None if incident.resolved is None else incident.resolved.effective
    act_by = reported.effective + ACT_WITHIN
    done = [at for at in (acted, resolved) if at is not None]  # what is over needs no action any more
    return Case(
        exception=name,
        kind=report.kind,
        reporter=incident.reporter or "unknown",
        reported=reported.effective,
        act_by=act_by,
        scope=tuple(sorted(set(report.scope))),
        affected=tuple(sorted(register.touched(incident))),
        tiers=tuple(_blind(incident, register, intake, as_of)),
        acted=acted,
        actions=tuple(word.action for word in incident.actions if word.action is not None),
        act_overdue=min(done, default=as_of) > act_by,
        resolved=resolved,
        expected_end=report.expected_end,
        end_overdue=report.expected_end is not None
        and (as_of if resolved is None else resolved) > report.expected_end,
    )


def _blind(incident: Incident, register: Register, intake: Intake, as_of: int) -> Iterator[Blindness]:
    """Who has acknowledged, and who sells what is touched and has not; its reporter was never blind."""
    assert incident.reported is not None
    skus = sorted(register.touched(incident))
    known = {word.by: word.mark.effective for word in reversed(incident.acknowledged)}
    parties = ({*known} | {seller for sku in skus for seller in _seller(sku, register)}) - {incident.reporter}
    start = incident.reported.effective
    over = as_of if incident.resolved is None else incident.resolved.effective
    for party in sorted(parties):
        end = max(start, min(known.get(party, as_of), over))
        took = [each for sku in skus for each in _between(intake.get(sku, ()), start, end)]
        yield Blindness(
            party, known.get(party), end - start, sum(_took(party, each, register) for each in took)
        )


def _took(party: str, order: Taken, register: Register) -> bool:
    """Whether it took this order in: one who sells took its own, one further up all that come to it."""
    registered = register.parties.get(party)
    role = None if registered is None else registered.role
    return role in ("agent", "supplier", "brand") or party in (order.platform, order.merchant)


def _between(taken: Sequence[Taken], start: int, end: int) -> Sequence[Taken]:
    """Those from `start` to before `end`."""
    return taken[bisect_left(taken, start, key=_at) : bisect_left(taken, end, key=_at)]


def _at(order: Taken) -> int:
    return order.at


def _seller(sku: str, register: Register) -> Iterator[str]:
    known = register.skus.get(sku)
    if known is not None and known.listing is not None:
        yield known.listing.platform


def alarms(register: Register, as_of: int) -> tuple[Alarm, ...]:
    """Every alert that stands or ended lately, as of an instant (ms UTC), by SKU."""
    told = [
        (name, each, register.touched(each))
        for name, each in register.incidents.items()
        if each.reported is not None
    ]
    return tuple(
        _alarm(name, alert, told, as_of)
        for name, sku in register.skus.items()
        for alert in sku.alerts
        if _lately(_ended(alert), as_of)
    )


def _alarm(name: str, alert: Alert, told: Sequence[Told], as_of: int) -> Alarm:
    at, cleared = alert.mark.effective, _ended(alert)
    end = as_of if cleared is None else cleared
    reports = [
        (each.reported.effective, exception)
        for exception, each, goods in told
        if each.reported is not None and name in goods
        if each.reported.effective <= end and (each.resolved is None or each.resolved.effective >= at)
    ]
    first, exception = min(reports, default=(None, None))
    after = None if first is None else max(0, first - at)  # 0: it was known already
    waited = end - at if after is None else after
    return Alarm(name, alert.level, at, cleared, exception, after, overdue=waited > REPORT_WITHIN)


def _ended(alert: Alert) -> int | None:
    return None if alert.ended is None else alert.ended.effective


def _lately(ended: int | None, as_of: int) -> bool:
    return ended is None or ended >= as_of - KEPT
