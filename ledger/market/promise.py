"""A promise policy as published: version after version, and which of them an order was placed under."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mingdan.ledger.fact import Count, Fact, Label, Millis
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.compensation import is_expression
from mingdan.ledger.market.subject import Subject

LONGEST = 3_650 * 86_400_000  # ms
ON_THE_WAY = 60_000  # ms between "from now on" and its recording; until that, the version before it holds
Pause = Literal["dispute", "recipient", "risk"]
Version = Annotated[int, Meta(ge=1, le=2**53 - 1)]


# facts ------------------------------------------------------------------------------------------------
class StageLimits(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How long an order may stay in a stage before it is stuck (ms); None for no limit of its own."""

    activation: Count | None = None
    dispatch: Count | None = None
    relay: Count | None = None
    risk: Count | None = None
    stock: Count | None = None


class Published(Fact, frozen=True, kw_only=True):
    """Terms for orders placed from `since` on; those placed before keep theirs. Durations in ms.

    Without `pay_within` an unpaid order does not expire by itself, without `complete_after` a delivered one
    is not completed by itself; `answer_within` is how long an offer to a nudge stands.
    """

    answer_within: Count | None = None
    clock_start: Literal["paid", "placed"]
    compensation: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    complete_after: Count | None = None
    due_in: Count
    notice_within: Count
    pauses: tuple[Pause, ...] = ()  # what does not count as lateness
    pay_within: Count | None = None
    since: Millis
    stage_limits: StageLimits
    text: Annotated[str, Meta(min_length=1, max_length=20_000)]
    title: Label
    version: Version
    zone: Label


PromiseEvent = Published


# state ------------------------------------------------------------------------------------------------
class Edition(Struct, frozen=True, gc=False):
    """One version of the terms and the entry that published it."""

    terms: Published
    mark: Mark

    @property
    def holds_from(self) -> int:
        return max(self.terms.since, self.mark.known)


class Promise(Subject, frozen=True, gc=False, kw_only=True):
    publisher: str | None = None  # of the first version
    editions: tuple[Edition, ...] = ()

    def in_force(self, at: int) -> Edition | None:
        """The edition that an order placed at an instant (ms UTC) falls under: no terms hold unheard."""
        holding = (each for each in reversed(self.editions) if each.holds_from <= at)
        return next(holding, None)

    def edition(self, version: int) -> Edition | None:
        return next((each for each in self.editions if each.terms.version == version), None)


def changed(promise: Promise, event: PromiseEvent, by: str, mark: Mark) -> Promise:
    """The policy after one more version: total, whatever is told."""
    editions = (*promise.editions, Edition(event, mark))
    return replace(promise, publisher=promise.publisher or by, editions=editions)


def objection(promise: Promise, event: PromiseEvent, _by: str, at: int) -> str | None:
    """The rule that a version heard at this time (ms UTC) breaks, or None."""
    last = promise.editions[-1].terms if promise.editions else None
    if event.version != (1 if last is None else last.version + 1):
        return "version-not-next"
    if last is not None and event.since < last.since:
        return "since-goes-back"
    if event.compensation is not None and not is_expression(event.compensation):
        return "no-expression"
    if max(_durations(event)) > LONGEST:
        return "too-long"
    return "retroactive" if event.since < at - ON_THE_WAY else None


def _durations(terms: Published) -> tuple[int, ...]:
    limits = (getattr(terms.stage_limits, name) for name in StageLimits.__struct_fields__)
    told = (terms.due_in, terms.notice_within, terms.pay_within, terms.complete_after, terms.answer_within)
    return tuple(each for each in (*told, *limits) if each is not None)


RULES = {
    "version-not-next": "versions of a policy are numbered 1, 2, 3",
    "since-goes-back": "a version holds from no earlier than the one before it",
    "no-expression": "a compensation is a small closed expression over whole numbers",
    "too-long": "what is promised is promised within ten years",
    "retroactive": "terms hold from now on: no due time that was promised is moved (I6)",
}
