"""What waits for a person: holds to review, disputes to decide, appeals, nudges, orders that stand still.

Exceptions that nobody acts on wait likewise.

Read from the views alone, most urgent first: what has a deadline by its deadline, then the oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct
from sqlalchemy import Engine, select, union

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party
from mingdan.ledger.order import DisputeState, Hold, Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import violations, ways_out
from mingdan.ledger.stuck import stuck
from mingdan.projections import views
from mingdan.projections.catch_up import states
from mingdan.projections.register import Register, read_register
from mingdan.projections.standstill import pace

Kind = Literal["hold", "dispute", "appeal", "nudge", "stuck", "exception"]


class _Waits(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Of which stream, since when, and by when it is dealt with, if a time was set (ms UTC)."""

    stream: str
    since: int
    by: int | None = None

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class HoldWaits(_Waits, frozen=True, kw_only=True, tag="hold"):
    """The buyer was `told` at an instant, or is to be told by `tell_by`; `late` once that was broken."""

    rule: str
    track: str
    on_timeout: str
    told: int | None
    tell_by: int
    late: bool


class DisputeWaits(_Waits, frozen=True, kw_only=True, tag="dispute"):
    dispute: str
    claim: str
    freezes: str
    evidence: int  # how many pieces
    escalated_to: str | None


class AppealWaits(_Waits, frozen=True, kw_only=True, tag="appeal"):
    """`against` a dispute's decision, by its id, or a decision against a party, by its severity."""

    against: str
    freezes: str | None
    evidence: int  # how many pieces, or entries that the decision names


class NudgeWaits(_Waits, frozen=True, kw_only=True, tag="nudge"):
    """Without an `option` nothing was offered yet; with one the buyer has until `by` to answer."""

    nudge: str
    located: bool
    option: str | None


class StuckWaits(_Waits, frozen=True, kw_only=True, tag="stuck"):
    """An order that is longer in a stage than its terms allow (`limit`), or than is usual (`pace`)."""

    stage: str
    holder: str
    why: str
    limit: int  # ms


class ExceptionWaits(_Waits, frozen=True, kw_only=True, tag="exception"):
    """Reported and not resolved, and nothing was done about it; `by` is when it is expected to end."""

    trouble: str
    scope: tuple[str, ...]
    acknowledged: int  # how many tiers


Waiting = HoldWaits | DisputeWaits | AppealWaits | NudgeWaits | StuckWaits | ExceptionWaits


def queue(engine: Engine, terms: Callable[[Order], Policy], *, as_of: int) -> list[Waiting]:
    """Everything that waits for a person at an instant (ms UTC); `terms` says what an order stands under."""
    register = read_register(engine)
    found: list[Waiting] = []
    for order in _open(engine):
        policy = terms(order)
        found += [*_of_order(order, policy, as_of), *_standing_still(order, policy, register, as_of)]
    found += [each for party in register.parties.values() for each in _of_party(party)]
    found += [each for incident in register.incidents.values() for each in _of_incident(incident)]
    return sorted(found, key=_urgency)


def _open(engine: Engine) -> list[Order]:
    """The orders about which something may be waiting."""
    with converted("the views cannot be read"), reading(engine).begin() as db:
        streams = db.scalars(_STREAMS).all()
    return [order for order in states(engine, streams).values() if order.erased is None]


def _of_order(order: Order, policy: Policy, as_of: int) -> Iterator[Waiting]:
    hold = order.hold
    if hold is not None and order.held and not ways_out(order):
        yield _hold(order, hold, policy, as_of)
    yield from (_dispute(order.stream, each) for each in order.open_disputes)
    for nudge in order.nudges:
        if nudge.closed is None:
            yield NudgeWaits(
                stream=order.stream,
                since=nudge.mark.effective,
                by=nudge.by_when,
                nudge=nudge.nudge,
                located=nudge.located is not None,
                option=nudge.option,
            )


def _standing_still(order: Order, policy: Policy, register: Register, as_of: int) -> Iterator[Waiting]:
    held_up = stuck(order, policy, as_of, pace(order, register))
    if held_up is not None and not order.held:  # a hold waits by itself
        yield StuckWaits(
            stream=order.stream,
            since=held_up.since,
            stage=held_up.stage,
            holder=order.stages[-1].holder if order.stages else "unknown",
            why=held_up.why,
            limit=held_up.limit,
        )


def _hold(order: Order, hold: Hold, policy: Policy, as_of: int) -> HoldWaits:
    return HoldWaits(
        stream=order.stream,
        since=hold.mark.effective,
        by=hold.review_by,
        rule=hold.rule,
        track=hold.track,
        on_timeout=hold.on_timeout,
        told=None if hold.noticed is None else hold.noticed.known,
        tell_by=hold.mark.known + policy.notice_within,
        late=("hold-without-notice", hold.mark.leaf) in violations(order, policy, as_of),
    )


def _dispute(stream: str, dispute: DisputeState) -> Waiting:
    if dispute.appealed is not None:
        return AppealWaits(
            stream=stream,
            since=dispute.appealed.effective,
            against=dispute.dispute,
            freezes=dispute.freezes,
            evidence=dispute.evidence,
        )
    return DisputeWaits(
        stream=stream,
        since=dispute.mark.effective,
        dispute=dispute.dispute,
        claim=dispute.claim,
        freezes=dispute.freezes,
        evidence=dispute.evidence,
        escalated_to=dispute.escalated_to,
    )


def _of_party(party: Party) -> Iterator[Waiting]:
    for sanction in party.standing:
        if sanction.appealed is not None:
            yield AppealWaits(
                stream=party.stream,
                since=sanction.appealed.effective,
                by=sanction.until,
                against=sanction.severity,
                freezes=None,
                evidence=len(sanction.entries),
            )


def _of_incident(incident: Incident) -> Iterator[Waiting]:
    report, reported = incident.report, incident.reported
    if report is None or reported is None or incident.resolved is not None or incident.actions:
        return
    yield ExceptionWaits(
        stream=incident.stream,
        since=reported.effective,
        by=report.expected_end,
        trouble=report.kind,
        scope=report.scope,
        acknowledged=len(incident.acknowledged),
    )


def _urgency(waiting: Waiting) -> tuple[bool, int, str]:
    return waiting.by is None, waiting.since if waiting.by is None else waiting.by, waiting.stream


_STREAMS = union(
    select(views.holds.c.stream).where(views.holds.c.ended_at.is_(None)),
    select(views.disputes.c.stream).where(views.disputes.c.closed_at.is_(None)),
    select(views.nudges.c.stream).where(views.nudges.c.closed_at.is_(None)),
    select(views.backlog.c.stream),
)
