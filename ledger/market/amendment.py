"""What one version of a promise changes against another: term by term, and its text line by line."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from msgspec.structs import asdict, replace

from mingdan.ledger.market.promise import Published, StageLimits

Term = int | str | tuple[str, ...] | None
AROUND = 2  # lines that are shown before and after what changed


class Change(NamedTuple):
    """A term as it was and as it is; durations in ms, None where nothing is said."""

    term: str
    before: Term
    after: Term


class TextLine(NamedTuple):
    """A line that stays, goes or comes; `left` stands for lines in between that stay."""

    mark: Literal["same", "gone", "new", "left"]
    text: str


def terms(published: Published) -> dict[str, Term]:
    """Every term but the text by its name, as people read them; those of stages are `stage_limits.…`."""
    named = asdict(published)
    stages = {f"stage_limits.{name}": limit for name, limit in asdict(published.stage_limits).items()}
    return {name: stages[name] if name in stages else named[name] for name in TERMS}


def alike(one: Published, other: Published) -> bool:
    """Whether two versions promise the very same, whenever each holds from."""
    return replace(one, since=other.since, version=other.version) == other


def changes(before: Published, after: Published) -> tuple[Change, ...]:
    """The terms that differ."""
    was = terms(before)
    return tuple(Change(name, was[name], now) for name, now in terms(after).items() if was[name] != now)


def text_changes(before: str, after: str) -> tuple[TextLine, ...]:
    """What differs between two texts, with some lines around it; nothing where they are the same."""
    return tuple(_lines(before.split("\n"), after.split("\n")))


def _lines(before: list[str], after: list[str]) -> Iterator[TextLine]:
    reached = 0
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(AROUND):
        if group[0][1] > reached:
            yield TextLine("left", "")
        for tag, start, end, at, until in group:
            if tag == "equal":
                yield from (TextLine("same", line) for line in before[start:end])
                continue
            yield from (TextLine("gone", line) for line in before[start:end])
            yield from (TextLine("new", line) for line in after[at:until])
        reached = group[-1][2]
    if 0 < reached < len(before):
        yield TextLine("left", "")


STAGES = ("stock", "dispatch", "activation", "relay", "risk")
assert set(STAGES) == set(StageLimits.__struct_fields__)
TERMS = (
    "title",
    "clock_start",
    "due_in",
    "pauses",
    *(f"stage_limits.{stage}" for stage in STAGES),
    "notice_within",
    "pay_within",
    "complete_after",
    "answer_within",
    "compensation",
    "zone",
)
