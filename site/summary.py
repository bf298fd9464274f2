"""Open exceptions in the words of a status page (Statuspage API v2), for the monitors that read such.

A platform is a component; an exception is an incident, or a maintenance if that is its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from mingdan.ledger.market.incident import Incident, Trouble
from mingdan.projections.figures import Figures
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.feed import urn, urn_of
from mingdan.site.gazette import Announcement, of_incident, title_of
from mingdan.site.html import unmarked
from mingdan.site.moment import exact
from mingdan.site.page import path_in
from mingdan.site.scope import platform_of
from mingdan.site.signpost import EXCEPTIONS
from mingdan.site.voice import Voice, voice

Impact = Literal["none", "minor", "major", "maintenance"]
Told = dict[str, object]

PATH = "summary.json"
API = "api/v2/summary.json"  # where monitors that are given a status page's address look


class Open(NamedTuple):
    """An exception that is not over; `on` are platforms whose goods it touches, `began` whether it has."""

    name: str
    incident: Incident
    impact: Impact
    on: frozenset[str]
    began: bool


def summary(
    edition: Edition, language: str, register: Register, platforms: Sequence[Figures]
) -> tuple[str, bytes]:
    """Path and content. What was announced and has not begun is told of, and weighs on nothing yet."""
    speech = voice(edition, language)
    found = open_exceptions(register, edition.sealed)
    components = {
        name: _component(speech, place, name, _worst([each for each in found if name in each.on]))
        for place, name in enumerate(sorted(map(platform_of, platforms)), 1)
    }
    worst = _worst(found)
    told: Told = {
        "page": _page(speech),
        "components": [*components.values()],
        "incidents": [
            _incident(speech, register, each, components) for each in found if each.impact != "maintenance"
        ],
        "scheduled_maintenances": [
            _maintenance(speech, register, each, components) for each in found if each.impact == "maintenance"
        ],
        "status": {"indicator": worst, "description": speech.texts[f"summary.{worst}"]},
    }
    content = msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"
    return path_in(PATH, language, edition.languages), content


def open_exceptions(register: Register, as_of: int) -> list[Open]:
    """Those that touch anything and are not over at an instant (ms UTC), the newest first."""
    found = [
        Open(
            name,
            each,
            IMPACT[each.report.kind],
            _on(register, goods),
            began=each.report.starts <= as_of,
        )
        for name, each in register.incidents.items()
        if each.report is not None and each.resolved is None and (goods := register.touched(each))
    ]
    return sorted(found, key=lambda each: (-_reported(each), each.name))


def _on(register: Register, goods: frozenset[str]) -> frozenset[str]:
    listings = (sku.listing for name in goods if (sku := register.skus.get(name)) is not None)
    return frozenset(each.platform for each in listings if each is not None)


def _reported(told: Open) -> int:
    return 0 if told.incident.reported is None else told.incident.reported.known


def _worst(found: Sequence[Open]) -> Impact:
    return max((each.impact for each in found if each.began), key=GRAVITY.index, default="none")


def _page(speech: Voice) -> Told:
    edition = speech.edition
    return {
        "id": _id(urn_of(edition.origin)),
        "name": edition.title,
        "url": f"https://{edition.address}/",
        "time_zone": edition.zone,
        "updated_at": exact(edition.sealed),
    }


def _component(speech: Voice, place: int, name: str, worst: Impact) -> Told:
    """A platform. No log knows since when a status holds: what it says, it says as of the edition."""
    edition = speech.edition
    return {
        "id": _id(urn_of(f"{edition.origin} platform/{name}")),
        "name": speech.called(name),
        "status": COMPONENT[worst],
        "created_at": exact(edition.sealed),
        "updated_at": exact(edition.sealed),
        "position": place,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": _id(urn_of(edition.origin)),
        "group": False,
        "only_show_if_degraded": False,
    }


def _incident(speech: Voice, register: Register, told: Open, components: Mapping[str, Told]) -> Told:
    """An incident with its updates, the newest first."""
    edition, report, said = speech.edition, told.incident.report, _announced(speech, register, told)
    assert report is not None
    place = f"{path_in(EXCEPTIONS, speech.language, edition.languages)}#{told.name}"
    acted = next((each for each in reversed(said) if each.kind == "exception.acted"), None)
    return {
        "id": _name(told),
        "name": unmarked(title_of(speech, told.name, report)),
        "status": _status(said[0], told),
        "created_at": exact(said[-1].mark.known),
        "updated_at": exact(said[0].mark.known),
        "monitoring_at": None if acted is None else exact(acted.mark.known),
        "resolved_at": None,
        "impact": told.impact,
        "shortlink": f"https://{edition.address}/{place}",
        "started_at": exact(report.starts),
        "page_id": _id(urn_of(edition.origin)),
        "incident_updates": [_update(each, told) for each in said],
        "components": [component for name, component in components.items() if name in told.on],
    }


def _maintenance(speech: Voice, register: Register, told: Open, components: Mapping[str, Told]) -> Told:
    report = told.incident.report
    assert report is not None
    until = None if report.expected_end is None else exact(report.expected_end)
    scheduled = {"scheduled_for": exact(report.starts), "scheduled_until": until}
    return _incident(speech, register, told, components) | scheduled


def _update(said: Announcement, told: Open) -> Told:
    known = exact(said.mark.known)
    return {
        "id": _id(urn(said.mark.leaf)),
        "status": _status(said, told),
        "body": unmarked(said.text),
        "incident_id": _name(told),
        "created_at": known,
        "updated_at": known,
        "display_at": exact(said.mark.at),
        "affected_components": None,
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _announced(speech: Voice, register: Register, told: Open) -> list[Announcement]:
    return of_incident(speech, register, told.name, told.incident)[::-1]


def _status(said: Announcement, told: Open) -> str:
    if told.impact == "maintenance":
        return "in_progress" if told.began else "scheduled"
    return STATUS[said.kind]


def _name(told: Open) -> str:
    """An incident's id: the entry that reported it."""
    assert told.incident.reported is not None
    return _id(urn(told.incident.reported.leaf))


def _id(name: str) -> str:
    return name.removeprefix("urn:uuid:")


GRAVITY: tuple[Impact, ...] = ("none", "maintenance", "minor", "major")
IMPACT: dict[Trouble, Impact] = {
    "price_rise": "minor",
    "supply_cut": "major",
    "maintenance": "maintenance",
    "interface_change": "major",
    "fault": "major",
    "surge": "minor",
}
COMPONENT: dict[Impact, str] = {
    "none": "operational",
    "maintenance": "under_maintenance",
    "minor": "degraded_performance",
    "major": "partial_outage",
}
STATUS = {
    "exception.reported": "investigating",
    "exception.acknowledged": "identified",
    "exception.acted": "monitoring",
}
