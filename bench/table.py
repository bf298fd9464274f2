"""How every bench here times and prints: the contestants take turns inside one run, so that what is
compared is ratios on the same machine in the same minutes, never numbers remembered from another day.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["ours", "peer", "limit"]
Clock = Callable[[], float]


def nothing() -> None:
    """What a lane does around its work when there is nothing to set up or clear away."""


@dataclass(frozen=True)
class Lane:
    """One contestant: `work` does `n` units and is timed; `before` and `after` run around it and are not."""

    name: str
    n: int
    work: Callable[[], object]
    role: Role = "ours"
    before: Callable[[], object] = nothing
    after: Callable[[], object] = nothing


@dataclass(frozen=True)
class Timing:
    """How long each repeat of `n` units took, in seconds. Build one directly when the clock is elsewhere."""

    name: str
    n: int
    seconds: tuple[float, ...]
    role: Role = "ours"

    @property
    def rate(self) -> float:
        """Units a second at the median repeat."""
        return self.n / statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Slowest minus fastest repeat, as a share of the median."""
        return (max(self.seconds) - min(self.seconds)) / statistics.median(self.seconds)


@dataclass(frozen=True)
class Asked:
    """What the command line of a bench asked for."""

    quick: bool
    repeats: int


def asked(description: str | None, argv: Sequence[str] | None = None) -> Asked:
    """Every bench takes the same two options; `--quick` means sizes that fit a continuous build."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small sizes, two repeats")
    parser.add_argument("--repeats", type=int, help="timed repeats of each contestant (default 5)")
    given = parser.parse_args(argv)
    repeats: int = given.repeats or (2 if given.quick else 5)
    return Asked(quick=given.quick, repeats=repeats)


def race(lanes: Sequence[Lane], repeats: int = 5, clock: Clock = time.perf_counter) -> list[Timing]:
    """Time all lanes, taking turns: a slow minute of the machine then hits every contestant alike.

    With `time.process_time` as clock, work that never waits is measured without its neighbours' share.
    """
    seconds: list[list[float]] = [[] for _ in lanes]
    for _ in range(repeats):
        for lane, taken in zip(lanes, seconds, strict=True):
            taken.append(_once(lane, clock))
    return [
        Timing(lane.name, lane.n, tuple(taken), lane.role) for lane, taken in zip(lanes, seconds, strict=True)
    ]


def measure(name: str, work: Callable[[], object], n: int, repeats: int = 5, role: Role = "ours") -> Timing:
    """Time one piece of work alone, when there is nobody to take turns with."""
    return race([Lane(name, n, work, role)], repeats)[0]


def table(title: str, timings: Sequence[Timing], unit: str = "", goal: str = "") -> str:
    """A Markdown table: median rate, spread, ratio to the best peer, ratio to the best limit."""
    peer = max((t.rate for t in timings if t.role == "peer"), default=0.0)
    limit = max((t.rate for t in timings if t.role == "limit"), default=0.0)
    head = (title, "n", f"{unit}/s".lstrip(), "spread", "x peer", "x limit")
    rows = [head, *(_row(timing, peer, limit) for timing in timings)]
    widths = _widths(rows)
    rule = "|".join("-" * (width + 2) for width in widths)
    top, *body = (_line(cells, widths) for cells in rows)
    return "\n".join([top, f"|{rule}|", *body, *([f"goal: {goal}"] if goal else [])])


def show(title: str, timings: Sequence[Timing], unit: str = "", goal: str = "") -> None:
    print(table(title, timings, unit, goal), end="\n\n", flush=True)


def _once(lane: Lane, clock: Clock) -> float:
    lane.before()
    gc.collect()
    begun = clock()
    lane.work()
    taken = clock() - begun
    lane.after()
    return taken


def _row(timing: Timing, peer: float, limit: float) -> tuple[str, ...]:
    name = timing.name if timing.role == "ours" else f"{timing.name} ({timing.role})"
    return (
        name,
        f"{timing.n:,}",
        f"{timing.rate:,.0f}",
        f"{timing.spread:.0%}",
        f"{timing.rate / peer:.2f}" if peer else "-",
        f"{timing.rate / limit:.2f}" if limit else "-",
    )


def _widths(rows: Iterable[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers = cells
    padded = [name.ljust(widths[0]), *(n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True))]
    return f"| {' | '.join(padded)} |"
