"""The operator's desk: what waits for a person, with the names and reasons that only the operator has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.risk import RiskRule
from mingdan.projections.queue import (
    AppealWaits,
    DisputeWaits,
    ExceptionWaits,
    HoldWaits,
    NudgeWaits,
    StuckWaits,
    Waiting,
)
from mingdan.site import plain
from mingdan.site.texts import texts


def told(queue: Sequence[Waiting], rules: Sequence[RiskRule], names: Mapping[str, NewOrder]) -> list[object]:
    """For machines: each with the order's name at its source, and a hold with its reason in words."""
    return [
        msgspec.to_builtins(each) | {"name": _alias(each.stream, names)} | _why(each, rules) for each in queue
    ]


def lines(
    queue: Sequence[Waiting],
    rules: Sequence[RiskRule],
    names: Mapping[str, NewOrder],
    *,
    zone: ZoneInfo,
    now: int,
) -> str:
    """For people: two lines for each, then how many of each kind wait."""
    shown = []
    for each in queue:
        shown += [f"{each.kind:9}  {_when(each, zone, now)}  {_name(each.stream, names)}"]
        shown += [f"{'':9}  {'; '.join(_about(each, rules, zone))}"]
    return "\n".join([*map(plain.line, shown), _count(queue)])


def reason(rule: str, rules: Sequence[RiskRule]) -> str | None:
    """Why a rule holds orders, in the operator's words or ours; None for a rule that only has its name."""
    own = next((each.reason for each in rules if each.id == rule), None)
    return own or texts("en").get(f"risk.{rule}")


def _why(each: Waiting, rules: Sequence[RiskRule]) -> dict[str, str | None]:
    return {"reason": reason(each.rule, rules)} if isinstance(each, HoldWaits) else {}


def _alias(stream: str, names: Mapping[str, NewOrder]) -> str | None:
    return names[stream].alias if stream in names else None


def _name(stream: str, names: Mapping[str, NewOrder]) -> str:
    """What an order is called at its source beside the start of its stream, which alone stays when erased."""
    alias = _alias(stream, names)
    return stream if alias is None else f"{alias}  {stream[:18]}…"


def _when(each: Waiting, zone: ZoneInfo, now: int) -> str:
    if each.by is None:
        return f"since {plain.instant(each.since, zone)}"
    return f"{'OVER ' if now > each.by else 'by   '} {plain.instant(each.by, zone)}"


def _about(each: Waiting, rules: Sequence[RiskRule], zone: ZoneInfo) -> Iterator[str]:
    match each:
        case HoldWaits():
            yield f"{each.rule} ({each.track}): {reason(each.rule, rules) or 'no reason in words'}"
            yield f"held since {plain.instant(each.since, zone)}, {_AFTER[each.on_timeout]} after its time"
            yield _notice(each, zone)
        case DisputeWaits():
            yield f"dispute {each.dispute}, claim {each.claim}, evidence {each.evidence}"
            yield f"freezes {each.freezes}"
            if each.escalated_to is not None:
                yield f"escalated to {each.escalated_to}"
        case AppealWaits():
            yield f"against {each.against}, evidence {each.evidence}"
            if each.freezes is not None:
                yield f"freezes {each.freezes}"
        case StuckWaits():
            span = f"{each.limit // 60_000} min"
            rule = "its terms allow" if each.why == "limit" else "95 in 100 orders of its SKU take"
            yield f"in {each.stage} with {each.holder} longer than the {span} that {rule}"
        case NudgeWaits():
            found = "located" if each.located else "not located yet"
            yield f"nudge {each.nudge} of {plain.instant(each.since, zone)}, {found}"
            yield "unanswered" if each.option is None else f"offered: {each.option}"
        case ExceptionWaits():
            yield f"{each.trouble} of {', '.join(each.scope)}, reported {plain.instant(each.since, zone)}"
            yield f"acknowledged by {each.acknowledged}, no action"


def _notice(hold: HoldWaits, zone: ZoneInfo) -> str:
    late = " (LATE)" if hold.late else ""
    if hold.told is None:
        return f"buyer not told, due by {plain.instant(hold.tell_by, zone)}{late}"
    return f"buyer told {plain.instant(hold.told, zone)}{late}"


def _count(queue: Sequence[Waiting]) -> str:
    counts = Counter(each.kind for each in queue)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    return f"{len(queue)} waiting: {kinds}" if kinds else "nothing waits for a person"


_AFTER = {"release": "released", "refund": "refunded"}
