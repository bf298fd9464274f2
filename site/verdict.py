"""What a reader is told of an order's page or proof: the steps that hold, what is proven, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec import Struct

from mingdan.ledger.errors import Broken, Unwitnessed
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.source import Source
from mingdan.ledger.timeline import Opening, Step, Timeline, check
from mingdan.site.live import Live, look


class Uncompared(Struct, frozen=True):
    """A file of a pack that nothing vouches for, and why it was not compared with what its proofs tell."""

    file: str
    because: str


@dataclass(frozen=True)
class Verdict:
    """The steps that hold, in their order; `error` is why the next one does not, if one does not.

    Unwitnessed it is where all of them hold once no witness is asked for. `uncompared` is None for what is
    no pack: the words of a page by itself are compared with nothing.
    """

    timeline: Timeline
    steps: tuple[Step, ...]
    error: Broken | None
    uncompared: tuple[Uncompared, ...] | None = None

    @property
    def verdict(self) -> str:
        if isinstance(self.error, Unwitnessed):
            return "not enough witnesses"
        if self.error:
            return "not verified"
        last = self.steps[-1]  # the youngest word on its age
        if isinstance(last, Live) and last.newer:
            return "outdated"
        if last.stale:
            return "stale"
        return "verified in part" if self.uncompared else "verified"

    @property
    def proven(self) -> tuple[bytes, ...]:
        """The entries, by the log's word at least: what a page says in words is not proven, these are."""
        return () if self._refuted else self.timeline.entries

    @property
    def opened(self) -> tuple[Opening, ...]:
        return () if self._refuted else self.timeline.openings

    @property
    def _refuted(self) -> bool:
        return self.error is not None and not isinstance(self.error, Unwitnessed)

    @property
    def told(self) -> dict[str, object]:
        """The verdict for machines, its error aside."""
        left = {} if self.uncompared is None else {"not_compared": msgspec.to_builtins(self.uncompared)}
        return left | {
            "stream": self.timeline.stream,
            "verdict": self.verdict,
            "entries": [msgspec.json.decode(raw) for raw in self.proven],
            "opened": msgspec.to_builtins(self.opened),
            "steps": msgspec.to_builtins(self.steps),
        }


def judge(
    timeline: Timeline, policy: TrustPolicy, source: Source | None, *, now: int, fresh_within: int
) -> Verdict:
    """Checks a timeline by a reader's keys and clock, and against what a site shows now, if one is named.

    Raises Unavailable or NotFound where that site does not answer: that says nothing against the timeline.
    """
    steps: list[Step] = []
    try:
        steps += check(timeline, policy, now=now, fresh_within=fresh_within)
        if source is not None:
            steps.append(look(timeline, policy, source, now=now, fresh_within=fresh_within))
    except Unwitnessed as few:
        few.evidence.setdefault("stream", timeline.stream)
        rest = judge(timeline, policy.asking_nobody(), source, now=now, fresh_within=fresh_within)
        return Verdict(timeline, rest.steps, rest.error or few)  # what is false is worse than what is unseen
    except Broken as error:
        error.evidence.setdefault("stream", timeline.stream)
        return Verdict(timeline, tuple(steps), error)
    return Verdict(timeline, tuple(steps), None)
