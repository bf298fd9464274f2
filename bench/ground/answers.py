"""How long answers took, and whose processor time they took: as a table, and as one line of JSON."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from table import Timing

_TICKS = os.sysconf("SC_CLK_TCK")


class Answers(NamedTuple):
    """Of the last turn: how long each took (s), and processor seconds, of the server where it is another."""

    waits: Sequence[float]
    client: float
    server: float | None = None

    def ms(self, percent: int) -> float:
        return statistics.quantiles(self.waits, n=100)[percent - 1] * 1e3


def spent(process: int) -> float:
    """Processor seconds that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def show_answers(title: str, timings: Sequence[Timing], answers: Mapping[str, Answers]) -> None:
    """The rows of one contest; ratios are by the medians of its turns, as in the table of rates."""
    rates = {timing.name: timing.rate for timing in timings}
    print("| answers | p50, ms | p99, ms | CPU of the server, ms an event | of the client |")
    print("|---|---|---|---|---|")
    rows = []
    for timing in timings:
        row = {"name": timing.name, "role": timing.role, "events_per_second": round(timing.rate, 1)}
        row["ours_to_this"] = round(rates[timings[0].name] / timing.rate, 3)
        if (found := answers.get(timing.name)) is not None:
            row |= _told(found, timing.n)
            cells = (row["p50_ms"], row["p99_ms"], row["server_cpu_ms"], row["client_cpu_ms"])
            print(f"| {timing.name} | {' | '.join('-' if cell is None else str(cell) for cell in cells)} |")
        rows.append(row)
    print(f"\n{msgspec.json.encode({'contest': title, 'rows': rows}).decode()}\n", flush=True)


def _told(answers: Answers, n: int) -> dict[str, float | None]:
    server = None if answers.server is None else round(answers.server / n * 1e3, 3)
    return {
        "p50_ms": round(answers.ms(50), 2),
        "p99_ms": round(answers.ms(99), 2),
        "server_cpu_ms": server,
        "client_cpu_ms": round(answers.client / n * 1e3, 3),
    }
