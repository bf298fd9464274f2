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

PUBLISHER = "kameng-a"  # the platforms share their promises


def promises(season: Season, known: Known) -> Iterator[Affair]:
    """The policies, version after version; an older ledger's versions are counted on."""
    for policy in dict.fromkeys(each.policy for each in TERMS):
        affair, before = Affair(f"policy/{policy}"), known(f"policy/{policy}")
        last = len(before.editions) if isinstance(before, Promise) else 0
        for each in TERMS:
            if each.policy == policy:
                version, since = last + each.published.version, season.start + each.since
                published = replace(each.published, since=since, version=version)
                affair.tell(season.start + each.told, PUBLISHER, published)
        yield affair


def exceptions(season: Season, wares: Collection[str]) -> Iterator[Affair]:
    """Each alarm over what is sold: reported, acknowledged, acted on and resolved, by each when it knew."""
    for alarm in season.alarms.values():
        scope = tuple(sorted(set(wares) & set(touched(alarm))))
        if scope:
            yield _exception(alarm, scope)


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
