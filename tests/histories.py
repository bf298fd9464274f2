"""A real history, imported by the command once for all who read it, in whatever process they run."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path
from shutil import copytree

import pytest

from .command import MINGDAN

ROOT = Path(__file__).parent.parent
MAPPINGS = ROOT / "docs" / "mappings"
BPIC2019 = "16_bpic2019_1t_per_variant.xes.gz"


def run(folder: Path, *arguments: object) -> dict:
    done = subprocess.run(
        [MINGDAN, "-C", folder, *map(str, arguments), "--json"],
        check=True,
        capture_output=True,
        timeout=600,
        cwd=ROOT,
    )
    return json.loads(done.stdout)


def imported(folder: Path, source: Path, mapping: Path) -> dict:
    run(folder, "init", "--origin", "history.example/log", "--language", "en")  # its pages are many
    return run(folder, "import", source, "--mapping", mapping)


def bpic2019(shared: Path, folders: pytest.TempPathFactory) -> tuple[dict, Path]:
    """The report of its import, and a workspace of one's own that holds it: 338,247 entries take a while."""
    base = folders.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # of this run's processes
    kept, report = common / "bpic2019", common / "bpic2019.json"
    with (common / "bpic2019.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not report.exists():
            told = imported(kept, shared / "data/bpic2019" / BPIC2019, MAPPINGS / "bpic2019.toml")
            report.write_text(json.dumps(told))
    own = copytree(kept, folders.mktemp("bpic2019") / "w")
    return json.loads(report.read_text()), own
