"""What is answered when something is refused (RFC 9457): why, and the evidence; never private words.

Whatever a caller sent is told back as a place in its body only; what evidence may be said is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct, ValidationError, inspect

from mingdan.ledger.errors import (
    Broken,
    IllegalTransition,
    KeyReused,
    Malformed,
    MalformedEntry,
    MingdanError,
    NotFound,
    Refused,
    Unavailable,
)
from mingdan.ledger.event import KINDS, Epoch, Erased
from mingdan.ledger.market import speaking

Slug = Literal[
    "malformed", "no-key", "forbidden", "not-found", "method", "too-slow", "refused", "too-large",
    "media-type", "key-reused", "too-often", "unexpected", "unavailable",
]  # fmt: skip


class Declined(Refused):
    """Refused before the ledger was asked; `wait` is after how many ms to try again (0: never)."""

    def __init__(
        self, slug: Slug, message: str, *, wait: int = 0, next_step: str = "", **evidence: object
    ) -> None:
        super().__init__(message, next_step=next_step, **evidence)
        self.slug = slug
        self.wait = wait


class Sort(NamedTuple):
    """A sort of problem: its status, its title, and what whoever meets it does."""

    status: int
    title: str
    way_out: str


class Problem(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """RFC 9457. `because` is the leaf hash of the entry it rests on, `pointer` the place in the body."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    because: str | None = None
    carries: int | None = None
    dispute: str | None = None
    expected: str | None = None
    got: int | str | None = None
    header: str | None = None
    kind: str | None = None
    next: str | None = None
    order_status: str | None = None
    party: str | None = None
    pointer: str | None = None
    position: int | None = None
    qty: int | None = None
    role: str | None = None
    rule: str | None = None
    since: str | None = None
    sku: str | None = None
    standing: int | None = None
    until: str | None = None


NAMED = "/subject"  # where an event names its order


class Layout(NamedTuple):
    """Where a body has its events: in a list or alone, and where each has its data and its order's name."""

    listed: bool = False
    data: str = "/data"
    name: str = NAMED


ALONE = Layout()


def problem(error: MingdanError, layout: Layout = ALONE, instance: str | None = None) -> Problem:
    """What an error is for whoever caused it; the machine's own trouble is told in fixed words."""
    slug = slug_of(error)
    sort = SORTS[slug]
    foreign = slug in ("unavailable", "unexpected")
    return Problem(
        type=f"/docs#{slug}",
        title=sort.title,
        status=sort.status,
        detail=sort.way_out if foreign else error.message,
        instance=instance,
        next=None if foreign else _in_our_words(error.next_step) or None,
        **({} if foreign else _evidence(error, layout)),
    )


def slug_of(error: MingdanError) -> Slug:
    """Which sort of problem an error is."""
    match error:
        case Declined(slug=slug):
            return slug
        case Unavailable():
            return "unavailable"
        case KeyReused():
            return "key-reused"
        case NotFound():
            return "not-found"
        case Broken() if "party" in error.evidence:  # a claim's signature
            return "forbidden"
        case IllegalTransition() if error.evidence.get("rule") in speaking.RULES:
            return "forbidden"
        case Malformed():
            return "malformed"
        case Refused():
            return "refused"
        case _:
            return "unexpected"


def wait_of(error: MingdanError) -> int:
    """After how many ms the same may be sent again; 0 where that does not help."""
    return error.wait if isinstance(error, Declined) else SOON if isinstance(error, Unavailable) else 0


def _in_our_words(step: str) -> str:
    """A next step by the names that are sent here: an event says another than a line of `record`."""
    for theirs, ours in NAMES:
        step = step.replace(theirs, ours)
    return step


def _evidence(error: MingdanError, layout: Layout) -> dict[str, Any]:
    told: dict[str, Any] = {name: error.evidence.get(name) for name in TOLD}
    if isinstance(error, KeyReused):
        told["because"] = error.evidence.get("leaf")
    told["order_status"] = error.evidence.get("status")
    place, told["expected"] = _misfit(error)
    told["pointer"] = _pointer(error, layout, place)
    if isinstance(error, MalformedEntry) and _is_untellable(told["kind"]):
        told["got"] = told["kind"]
        told |= {"pointer": _event(error, layout) + "/type"} if layout.data else {"header": "ce-type"}
    return {name: value for name, value in told.items() if value is not None}


def _misfit(error: MingdanError) -> tuple[str | None, object]:
    """Where in a kind's fields something does not fit, and what would."""
    cause, kind = error.__cause__, error.evidence.get("kind")
    if not isinstance(cause, ValidationError) or kind not in KINDS:
        return None, error.evidence.get("expected")
    place, expected = misfit(cause)
    return place, expected or _choices(str(kind), place)


def misfit(error: ValidationError) -> tuple[str, str | None]:
    """The JSON pointer that msgspec names, and what it expected there; not what was there instead."""
    text = str(error)
    found = re.search(r" - at `\$([^`]*)`\Z", text)
    place = "" if found is None else _STEP.sub(_step, found[1])
    if field := re.search(r"(missing required|unknown) field `([^`]*)`", text):
        expected = "a value" if field[1] == "missing required" else NOTHING
        return f"{place}/{escaped(field[2])}", expected
    wanted = re.match(r"Expected (.+?)(?:, got .*)?(?: - at .*)?\Z", text, re.DOTALL)
    return place, None if wanted is None else wanted[1].replace("`", "")


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _choices(kind: str, place: str | None) -> str | None:
    """The values that a kind's field may have, where there are only some."""
    described = inspect.type_info(KINDS[kind])
    assert isinstance(described, inspect.StructType)
    for field in described.fields:
        types = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        for each in types:
            if f"/{field.name}" == place and isinstance(each, inspect.LiteralType):
                return " or ".join(map(str, each.values))
    return None


def _pointer(error: MingdanError, layout: Layout, place: str | None) -> str | None:
    """The place in the body: of the event in a list, and in it where that is known."""
    event, field = _event(error, layout), error.evidence.get("field")
    if place is not None:
        return f"{event}{layout.data}{place}"
    if isinstance(within := error.evidence.get("pointer"), str):
        return event + (layout.name if within == NAMED else within)
    return f"{event}{layout.data}/{escaped(str(field))}" if field is not None else event or None


def _event(error: MingdanError, layout: Layout) -> str:
    number = error.evidence.get("statement")
    return f"/{number - 1}" if layout.listed and isinstance(number, int) else ""


def _is_untellable(kind: object) -> bool:
    """Whether a kind that was sent is none, or is the ledger's or its operator's own."""
    return isinstance(kind, str) and KINDS.get(kind) in (None, Epoch, Erased)


def _step(found: re.Match[str]) -> str:
    return f"/{found[1]}" if found[1] is not None else f"/{found[2]}" if found[2] is not None else ""


_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
NOTHING = "to be left out: there is no such field"  # expected where a field is not known
SOON = 1_000  # ms
NAMES = (  # of a line for `record`, and of an event; the longer first
    ("`at`, in milliseconds UTC,", "`time` (RFC 3339)"),
    ("`at` in milliseconds UTC", "`time` (RFC 3339)"),
    ("`at`", "`time`"),
)
TOLD = (
    "because", "carries", "dispute", "got", "header", "kind", "party", "position", "qty", "role", "rule",
    "since", "sku", "standing", "until",
)  # fmt: skip
SORTS: Mapping[Slug, Sort] = {
    "malformed": Sort(400, "Not understood", "mend what `pointer` or `header` names, and send it again"),
    "no-key": Sort(401, "No valid key", "send `Authorization: Bearer` and a key that is still good"),
    "forbidden": Sort(403, "Not for this key to say", "see `rule`, and `because`, the entry it rests on"),
    "not-found": Sort(404, "Not found", "place the order first, or name it as it was placed"),
    "method": Sort(405, "Another method is asked for", "see `Allow`"),
    "too-slow": Sort(408, "Too slow", "send the whole request within 15 seconds"),
    "refused": Sort(409, "Not as things stand", "see `rule`, the entry `because`, and how the order stands"),
    "too-large": Sort(413, "Too large", "send at most 1 MiB and 1,000 events at a time"),
    "media-type": Sort(415, "Another content type is asked for", "send one of those in `expected`"),
    "key-reused": Sort(422, "Same id, other words", "send the very same again, or a new fact under a new id"),
    "too-often": Sort(429, "Too often", "wait as long as `Retry-After` says"),
    "unexpected": Sort(500, "Our mistake", "send it again; if it stays so, tell the operator its `instance`"),
    "unavailable": Sort(503, "Not just now", "send the same again after `Retry-After`: it is recorded once"),
}  # fmt: skip
