"""Go's own packages accept what the command publishes, epoch after epoch."""

from __future__ import annotations

import pytest

from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.site.publish import publish

END = 1_793_491_200_000


@pytest.mark.slow
def test_go_accepts_the_published_market_of_the_demo(tmp_path, go_accepts):
    workspace = create_workspace(tmp_path / "demo", origin="demo.mingdan.example/log")
    simulate(workspace.book(), 2000, 1, end=END)
    first = publish(workspace, clock=lambda: END)
    read = go_accepts(workspace.site / "log")

    assert read.returncode == 0, read.stderr
    assert str(first.size) in read.stdout

    second = publish(workspace, clock=lambda: END + 86_400_000, refresh=True)
    read = go_accepts(workspace.site / "log")

    assert second.size == first.size + 1
    assert read.returncode == 0, read.stderr
    workspace.store.close()
    workspace.vault.close()
