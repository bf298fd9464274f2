"""docs/docking.md tells what the code does: every key of a dock, and what each protocol can say."""

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from mingdan.ledger.docking.dock import Tells, silences
from mingdan.ledger.docking.harbour import DIALECTS, Terms, read_dock

TEXT = (Path(__file__).parents[3] / "docs" / "docking.md").read_text("utf-8")
ROWS = {
    cells[1].strip(): [cell.strip() for cell in cells[2:-1]]
    for line in TEXT.splitlines()
    if (cells := line.split("|"))[0] == "" and len(cells) > 3
}
COLUMN = {name: place for place, name in enumerate(ROWS[""])}
SAID = {
    "calls back, signed": lambda tells: tells.callbacks,
    "states between accepted and done": lambda tells: tells.progress,
    "can be asked by our reference": lambda tells: tells.asked_by == "ref",
    "its answers are signed": lambda tells: tells.signed_answers,
}


def test_every_key_of_a_dock_is_documented():
    keys = {key for row in ROWS for key in re.findall(r"`(\w+)`", row)}

    assert {field.name for field in fields(Terms)} <= keys


@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_protocol_can_say_is_documented(name):
    told = {row: ROWS[row][COLUMN[name]].startswith("yes") for row in SAID}

    assert told == {row: says(DIALECTS[name].tells) for row, says in SAID.items()}


def test_a_protocol_that_can_say_everything_has_nothing_to_say_of_it():
    assert silences(Tells(callbacks=True, progress=True, asked_by="ref", signed_answers=True)) == []
    assert len(silences(DIALECTS["acg-faka"].tells)) == 4


def test_the_dock_of_the_documentation_is_one(tmp_path):
    (tmp_path / "east.toml").write_text(TEXT.split("```toml\n")[1].split("```")[0], "utf-8")
    (tmp_path / "east.secret").touch(0o600)
    (tmp_path / "east.secret").write_text("secret\n")

    assert read_dock(tmp_path / "east.toml").callback.endswith("/v1/docking/east/callback")


def test_the_program_of_the_documentation_sends_an_order(scenes):
    scene = scenes["acg-faka"]
    stream, ref = scene.market.order()
    folder = scene.market.folder / "docking"
    folder.mkdir(exist_ok=True)
    (folder / "east.secret").touch(0o600)
    (folder / "east.secret").write_text(scene.relay().dock.account.secret)
    (folder / "east.toml").write_text(
        f'protocol = "acg-faka"\nplatform = "shop"\nupstream = "agent-east"\nurl = "{scene.url}"\n'
        'key = "10020"\nsecret = "east.secret"\n'
    )
    scene.market.now += 10**12  # the program has the machine's clock
    written: dict = {}
    exec(TEXT.split("```python\n")[1].split("```")[0], written)

    word = written["send"](scene.market.folder, stream, ref, "101", "player-0000")

    assert (word.said, word.goods) == ("accepted", (scene.shop.goods(ref),))
    assert scene.market.kinds(stream)[:2] == ["hop.forwarded", "hop.accepted"]
