"""`mingdan dock` as an operator uses it: docks are read and checked, and shops are asked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from socket import create_server

import pytest
from sqlalchemy import insert

from mingdan.ledger.keeping.schema import crossings
from mingdan.ledger.keeping.workspace import using_workspace

from .command import MINGDAN
from .ledger.docking.market import ACCOUNT
from .scenarios.stage import Stage, ago, forwarded, paid, placed

DOCK = """protocol = "{protocol}"
platform = "shop"
upstream = "agent-east"
url = "http://127.0.0.1:1"
key = "10020"
secret = "east.secret"
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    folder = stage.folder / "docking"
    folder.mkdir()
    (folder / "east.secret").touch(0o600)
    (folder / "east.secret").write_text(ACCOUNT.secret)
    (folder / "east.toml").write_text(DOCK.format(protocol="acg-faka"))
    (folder / "west.toml").write_text(DOCK.format(protocol="kayixin-v3"))
    return stage


def test_docks_are_checked_and_what_they_cannot_say_is_told(stage):
    east, west = stage.ask("dock", "check")
    told = stage.run("dock", "check")

    assert (east["dock"], east["upstream"], len(east["cannot"])) == ("east", "agent-east", 4)
    assert len(west["cannot"]) == 1
    assert "a lost answer stays unknown" in told.out
    assert "once `mingdan serve` is started again" in told.out
    assert ACCOUNT.secret not in told.out + json.dumps([east, west])


def test_one_file_is_checked_wherever_it_lies(stage):
    assert [each["dock"] for each in stage.ask("dock", "check", stage.folder / "docking" / "west.toml")] == [
        "west"
    ]


def test_all_docks_are_polled_or_the_one_that_is_named(stage):
    assert [each["dock"] for each in stage.ask("dock", "poll")] == ["east", "west"]
    assert stage.ask("dock", "poll", "east") == [{"asked": 0, "dock": "east", "refused": {}, "said": {}}]
    assert "east, west" in stage.run("dock", "poll", "north").err


def test_a_secret_that_others_may_read_is_named_and_not_told(stage):
    (stage.folder / "docking" / "east.secret").chmod(0o644)

    answer = stage.run("dock", "check")

    assert answer.code == 2
    assert "chmod 600" in answer.err
    assert ACCOUNT.secret not in answer.err


def test_a_workspace_without_docks_says_how_to_make_one(stage):
    for file in (stage.folder / "docking").iterdir():
        file.unlink()

    assert "docs/docking.md" in stage.run("dock", "poll").out


def test_a_server_asks_the_shops_and_a_shop_that_keeps_silent_does_not_keep_up_its_end(stage):
    for ref in ("R-1", "R-2"):
        stream = stage.tell(placed(ref), paid(ref), forwarded(ref, ref=ref))[0]["stream"]
        with using_workspace(stage.folder) as workspace, workspace.vault.engine.begin() as db:
            db.execute(insert(crossings).values(dock="west", ref=ref, stream=stream, sent=ago(5)))
    assert stage.run("publish").code == 0
    command = [MINGDAN, "-C", stage.folder, "serve", "--port", "0", "--sweep", "0", "--webhooks", "0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with create_server(("127.0.0.1", 0)) as shop:
        west = stage.folder / "docking" / "west.toml"
        west.write_text(west.read_text().replace(":1", f":{shop.getsockname()[1]}") + "patience = 1\n")
        with subprocess.Popen(command, **quiet, text=True) as server:
            try:
                shop.settimeout(30)
                asked, _ = shop.accept()
                with asked:
                    assert asked.recv(64).startswith(b"POST /api/v3/order/")
                    server.terminate()
                    said = server.communicate(timeout=30)[1]
            finally:
                server.kill()
        shop.settimeout(0)
        with pytest.raises(BlockingIOError):
            shop.accept()  # the other order is asked for another time

    assert (server.returncode, said.count("\n")) == (0, 1)
