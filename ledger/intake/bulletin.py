"""What the simulated market publishes beside its register: promises, and exceptions tier by tier."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from mingdan.ledger.intake.affair import Affair
from mingdan.ledger.intake.alarm import Alarm
from mingdan.ledger.intake.catalogue import PLATFORMS, SKUS
from mingdan.ledger.intake.enrolment import Known
from mingdan.ledger.intake.journey import ware_of
from mingdan.ledger.intake.season import Season
from mingdan.ledger.intake.terms import TERMS
from mingdan.ledger.market import incident
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.policy import HOUR

PUBLISHER = "market"  # whoever runs it: its promises are for all its platforms


def editions(known: Known) -> dict[str, int]:
    """How many versions of each policy were published before."""
    before = {each.policy: known(f"policy/{each.policy}") for each in TERMS}
    return {name: len(each.editions) for name, each in before.items() if isinstance(each, Promise)}


def promises(season: Season) -> Iterator[Affair]:
    """The policies, version after version."""
    for policy in dict.fromkeys(each.policy for each in TERMS):
        affair = Affair(f"policy/{policy}")
        for each in map(season.numbered, TERMS):
            if each.policy == policy:
                published = replace(each.published, since=season.start + each.since)
                affair.tell(season.start + each.told, PUBLISHER, published)
        yield affair


def exceptions(season: Season, wares: Collection[str]) -> Iterator[Affair]:
    """Each alarm over what is sold: reported, acknowledged, acted on and resolved, by each when it knew."""
    for alarm in season.alarms.values():
        scope = tuple(sorted(set(wares) & set(touched(alarm))))
        if scope:
            yield _exception(alarm, scope)


def endings(season: Season, known: Known, wares: Collection[str]) -> Iterator[Affair]:
    """What an older market left unresolved, and intakes closed over it, is over when this one begins."""
    closed = (each.closing for ware in wares if isinstance(each := known(f"sku/{ware}"), Sku))
    for name in sorted({each.exception for each in closed if each is not None and each.exception}):
        before = known(f"exception/{name}")
        if isinstance(before, incident.Incident) and before.reporter and before.resolved is None:
            affair = Affair(f"exception/{name}")
            affair.tell(season.start + HOUR, before.reporter, incident.Resolved())
            yield affair


def touched(alarm: Alarm) -> Iterator[str]:
    """The wares that an alarm is about: the failing tier's own, and those that are sold on from it."""
    for sku in SKUS:
        if alarm.party in sku.chain:
            yield from (ware_of(seller, sku.id) for seller in (*PLATFORMS, *sku.chain))
        for platform in PLATFORMS.values():
            if alarm.party in (platform.id, platform.agent, platform.backup):
                yield ware_of(platform.id, sku.id)


def _exception(alarm: Alarm, scope: tuple[str, ...]) -> Affair:
    affair = Affair(f"exception/{alarm.id}")
    reported = incident.Reported(
        expected_end=alarm.expected_end, kind=alarm.kind, scope=scope, starts=alarm.start
    )
    affair.tell(alarm.reported, alarm.by, reported)
    told: list[tuple[int, str, incident.IncidentEvent]] = [
        *((at, tier, incident.Acknowledged()) for tier, at in alarm.acknowledged.items()),
        *((at, platform, incident.Acted(action=action)) for platform, action, at in alarm.acted),
        (alarm.resolved, alarm.by, incident.Resolved()),
    ]
    for at, by, event in sorted(told, key=lambda each: each[:2]):
        affair.tell(at, by, event)
    return affair
