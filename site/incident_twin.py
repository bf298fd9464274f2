"""Exceptions for machines: all of them, and each with who knew when, what was done, what came too late."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.fact import Int
from mingdan.ledger.market.incident import Action, Incident, Trouble, Word
from mingdan.projections.market import Alarm, Case, Market
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.exception_page import newest_first
from mingdan.site.page import path_of_twin
from mingdan.site.signpost import EXCEPTIONS
from mingdan.site.twin import Odd, Shape, Twin, instant, odd_of, print_twin, tree_of


class Reported(Shape, frozen=True, kw_only=True):
    """An exception as it was reported: `scope` are the SKUs that it named."""

    at: Int
    by: str
    expected_end: Int | None
    kind: Trouble
    scope: tuple[str, ...]
    starts: Int


class Listed(Shape, frozen=True, kw_only=True):
    """One of all, by its name; `reported` is None where others only spoke of it."""

    exception: str
    reported: Reported | None
    resolved: Int | None


class IncidentsTwin(Twin, frozen=True, kw_only=True, tag="../schema/exceptions.json"):
    """All exceptions, the newest first."""

    exceptions: tuple[Listed, ...]


class Spoken(Shape, frozen=True, kw_only=True):
    """A tier's word: that it knows, or what it did."""

    action: Action | None
    at: Int
    by: str


class IncidentTwin(Twin, frozen=True, kw_only=True, tag="../../schema/exception.json"):
    """An exception. `affected` are those of its SKUs, and of what maps to them, that its reporter supplies.

    `case` are the deadlines and blind tiers as they are counted, `alarm` is the alert it was reported of;
    None where it has been over for long, or there was none.
    """

    acknowledged: tuple[Spoken, ...]
    actions: tuple[Spoken, ...]
    affected: tuple[str, ...]
    alarm: Alarm | None
    case: Case | None
    exception: str
    irregularities: tuple[Odd, ...]
    reported: Reported | None
    resolved: Int | None


def incident_twins(edition: Edition, register: Register, market: Market) -> Iterator[tuple[str, bytes]]:
    """Path and content of the list and of each exception."""
    cases = {each.exception: each for each in market.exceptions}
    alarms = {each.exception: each for each in market.alarms if each.exception is not None}
    told = newest_first(register.incidents)
    listed = IncidentsTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        exceptions=tuple(_listed(name, incident) for name, incident in told),
    )
    yield path_of_twin(EXCEPTIONS), print_twin(listed)
    for name, incident in told:
        twin = _twin(edition, register, name, incident, cases.get(name), alarms.get(name))
        yield path_of_twin(f"exceptions/{name}/index.html"), print_twin(twin)


def _listed(name: str, incident: Incident) -> Listed:
    return Listed(exception=name, reported=_reported(incident), resolved=instant(incident.resolved))


def _twin(
    edition: Edition,
    register: Register,
    name: str,
    incident: Incident,
    case: Case | None,
    alarm: Alarm | None,
) -> IncidentTwin:
    return IncidentTwin(
        acknowledged=tuple(map(_spoken, incident.acknowledged)),
        actions=tuple(map(_spoken, incident.actions)),
        affected=tuple(sorted(register.touched(incident))),
        alarm=alarm,
        as_of=edition.sealed,
        case=case,
        checkpoint=tree_of(edition),
        exception=name,
        irregularities=odd_of(incident.irregularities),
        reported=_reported(incident),
        resolved=instant(incident.resolved),
    )


def _reported(incident: Incident) -> Reported | None:
    report, mark = incident.report, incident.reported
    if report is None or mark is None:
        return None
    return Reported(
        at=mark.effective,
        by=incident.reporter or "unknown",
        expected_end=report.expected_end,
        kind=report.kind,
        scope=tuple(dict.fromkeys(report.scope)),
        starts=report.starts,
    )


def _spoken(word: Word) -> Spoken:
    return Spoken(action=word.action, at=word.mark.effective, by=word.by)
