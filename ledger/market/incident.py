"""An exception: what a tier reports to be wrong, who has acknowledged it, what was done, and its end.

`incident` in code, for a Python exception is another thing.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.fact import Fact, Id, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.subject import Subject

Trouble = Literal["price_rise", "supply_cut", "maintenance", "interface_change", "fault", "surge"]
Action = Literal["stop_intake", "reroute", "throttle", "refund_all", "notify"]

# From a warning to what is done about it (库存预警—异常上报—应急处理), in ms and the same for everybody.
REPORT_WITHIN = 30 * 60_000  # from an alert of a SKU to the exception that tells what is wrong
ACT_WITHIN = 60 * 60_000  # from an exception to the first action on it; its end is due when it said itself


# facts ------------------------------------------------------------------------------------------------
class Reported(Fact, frozen=True, kw_only=True):
    """`scope` are the SKUs it touches, those that map to them included."""

    expected_end: Millis | None = None
    kind: Trouble
    scope: tuple[Id, ...]
    starts: Millis


class Acknowledged(Fact, frozen=True, kw_only=True):
    """By a tier below: from here on it knows."""


class Acted(Fact, frozen=True, kw_only=True):
    action: Action


class Resolved(Fact, frozen=True, kw_only=True):
    pass


IncidentEvent = Reported | Acknowledged | Acted | Resolved


# state ------------------------------------------------------------------------------------------------
class Word(Struct, frozen=True, gc=False):
    """A tier's word on it: that it knows, or what it did."""

    by: str
    action: Action | None
    mark: Mark


class Incident(Subject, frozen=True, gc=False, kw_only=True):
    report: Reported | None = None
    reporter: str | None = None
    reported: Mark | None = None
    acknowledged: tuple[Word, ...] = ()
    actions: tuple[Word, ...] = ()
    resolved: Mark | None = None

    def known_to(self, party: str) -> Mark | None:
        """Since when a party has known of it."""
        if party == self.reporter:
            return self.reported
        return next((each.mark for each in self.acknowledged if each.by == party), None)


def changed(incident: Incident, event: IncidentEvent, by: str, mark: Mark) -> Incident:
    """The incident after one more fact: total, whatever is told."""
    match event:
        case Reported():
            if incident.report is not None:
                return incident
            return replace(incident, report=event, reporter=by, reported=mark)
        case Acknowledged():
            return replace(incident, acknowledged=(*incident.acknowledged, Word(by, None, mark)))
        case Acted(action=action):
            return replace(incident, actions=(*incident.actions, Word(by, action, mark)))
        case _:
            return replace(incident, resolved=incident.resolved or mark)


def objection(incident: Incident, event: IncidentEvent, by: str, _at: int) -> str | None:
    """The rule that a fact told by this party breaks, or None."""
    if incident.report is None:
        if not isinstance(event, Reported):
            return "not-reported"
        if event.expected_end is not None and event.expected_end < event.starts:
            return "ends-before-start"
        return None if event.scope else "no-scope"
    match event:
        case Reported():
            return "reported-twice"
        case Acknowledged():  # after the end too: until then the tier was blind
            return "known-already" if incident.known_to(by) is not None else None
        case _ if incident.resolved is not None:
            return "resolved-already"
        case Acted() if incident.known_to(by) is None:
            return "not-acknowledged"
        case _:
            return None  # whose it is to end, the register says


RULES = {
    "not-reported": "an exception is reported before anything else is told of it",
    "no-scope": "an exception names the SKUs it touches",
    "ends-before-start": "an exception is expected to end after it starts",
    "reported-twice": "an exception is reported once",
    "resolved-already": "nothing is done about an exception after its end",
    "known-already": "a tier acknowledges once, and its own report needs no acknowledgement",
    "not-acknowledged": "who acts on an exception has reported or acknowledged it",
}
