"""The verdict of a run: what performance.md asks for, met or not, by the medians of that very run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from table import Timing, show


class Goal(NamedTuple):
    """Contestant `ours` is to be at least `times` as fast as contestant `other`."""

    ours: str
    times: float
    other: str


def verdict(goal: Goal, timings: Sequence[Timing]) -> str:
    rates = {timing.name: timing.rate for timing in timings}
    ratio = rates[goal.ours] / rates[goal.other]
    met = "met" if ratio >= goal.times else "not met"
    return f"goal: {goal.ours} >= {goal.times:g} x {goal.other}: {met} ({ratio:.2f})"


def floor(ours: str, rate: float, timings: Sequence[Timing]) -> str:
    """The verdict where the goal is a number: contestant `ours` is to do `rate` units a second."""
    found = next(timing.rate for timing in timings if timing.name == ours)
    met = "met" if found >= rate else "not met"
    return f"goal: {ours} >= {rate:,.0f}/s: {met} ({found:,.0f}/s)"


def report(title: str, timings: Sequence[Timing], unit: str, goals: Sequence[Goal]) -> None:
    """The table, then a line for each goal."""
    show(title, timings, unit)
    for goal in goals:
        print(verdict(goal, timings))
    print(end="\n" if goals else "", flush=True)
