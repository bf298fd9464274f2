"""What stands in the way of a refused fact of the market: the very entry, and until or since when it does."""

from __future__ import annotations

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.obstacle import NO_ENTRY, Obstacle


def obstacle(subject: Subject, by: str, rule: str) -> Obstacle:
    """What stands in the way of a fact that `by` tells and that breaks this rule."""
    match subject:
        case Party():
            return _of_party(subject, rule)
        case Sku():
            return _resting_on(_of_sku(subject, rule))
        case Incident():
            return _resting_on(_of_incident(subject, by, rule))
        case Promise(editions=(*_, last)) if rule in ("version-not-next", "since-goes-back"):
            return _resting_on(last.mark)
        case _:
            return NO_ENTRY


def barrier(party: Party, rule: str, now: int) -> Obstacle:
    """Until when a party is barred from new business, or since when it has lapsed (ms UTC)."""
    barred, had = party.barred(now), party.qualification
    match rule:
        case "barred" if barred is not None:
            return Obstacle(barred.mark.leaf, until=barred.until)
        case "lapsed" if had is not None:
            return Obstacle((had.lapsed or had.mark).leaf, since=had.valid_until)
        case _:
            return NO_ENTRY


def _of_party(party: Party, rule: str) -> Obstacle:
    had, standing = party.qualification, party.standing
    match rule:
        case "registered-twice":
            return _resting_on(party.registered)
        case "not-qualified" if had is not None:
            return _resting_on(had.lapsed)
        case "not-yet-over" if had is not None:
            return Obstacle(had.mark.leaf, until=had.valid_until)
        case "term-not-over":
            running = [each for each in standing if each.until is not None]
            first = min(running, key=lambda each: each.until or 0, default=None)
            return NO_ENTRY if first is None else Obstacle(first.mark.leaf, until=first.until)
        case "appeal-late":
            late = [each for each in standing if each.appealed is None and each.appeal_by is not None]
            last = max(late, key=lambda each: each.appeal_by or 0, default=None)
            return NO_ENTRY if last is None else Obstacle(last.mark.leaf, since=last.appeal_by)
        case "appealed-already" if standing:
            return _resting_on(standing[-1].appealed)
        case _:
            return NO_ENTRY


def _of_sku(sku: Sku, rule: str) -> Mark | None:
    match rule:
        case "not-its-sku" | "listed-twice":
            return sku.listed
        case "closed-already":
            return sku.closed
        case "stock-from-the-past" | "stock-otherwise":
            return None if sku.stock is None else sku.stock.mark
        case "no-alert":
            return sku.alerts[-1].ended if sku.alerts else None
        case _:
            return None


def _of_incident(incident: Incident, by: str, rule: str) -> Mark | None:
    match rule:
        case "reported-twice":
            return incident.reported
        case "resolved-already":
            return incident.resolved
        case "known-already":
            return incident.known_to(by)
        case _:
            return None


def _resting_on(mark: Mark | None) -> Obstacle:
    return NO_ENTRY if mark is None else Obstacle(mark.leaf)
