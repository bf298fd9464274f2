"""What is deployed with: read by the tools that would complain, since no container engine runs here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mingdan.cli import app

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
TOOLS = Path(sys.executable).parent
UNITS = sorted(DEPLOY.glob("*.service"))
PAGE = (ROOT / "docs" / "running.md").read_text("utf-8")


def test_hadolint_objects_to_nothing_in_the_image():
    subprocess.run([TOOLS / "hadolint", DEPLOY / "Dockerfile"], check=True)


def test_compose_lint_finds_no_more_than_images_without_a_digest():
    command = [TOOLS / "compose-lint", "--format", "json", DEPLOY / "compose.yaml"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert set(re.findall(r"CL-[0-9]+", told)) == {"CL-0019"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_reads_a_unit(unit, tmp_path):
    """With a program in the place of ours, which is installed elsewhere here."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/mingdan/bin/mingdan", sys.executable))
    command = ["systemd-analyze", "verify", "--man=no", copy]
    found = subprocess.run(command, check=True, capture_output=True, text=True)

    assert found.stderr == ""


def test_every_command_that_is_deployed_is_one_of_ours():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    told = [unit.read_text() for unit in UNITS]
    asked = {re.search(r"ExecStart=\S+ -C \S+ (\S+)", text)[1] for text in told}
    asked |= set(re.findall(r"^    command: \[(\w+)", (DEPLOY / "compose.yaml").read_text(), re.MULTILINE))

    assert asked <= known


def test_the_image_is_of_this_version():
    version = re.search('version = "(.*)"', (ROOT / "pyproject.toml").read_text())[1]

    assert set(re.findall("image: mingdan:(.*)", (DEPLOY / "compose.yaml").read_text())) == {version}


def test_intake_and_press_share_neither_user_nor_folder():
    told = {unit.stem.removeprefix("mingdan-"): unit.read_text() for unit in UNITS}
    places = {
        name: tuple(
            re.search(pattern, text)[1]
            for pattern in (r"\nUser=(.+)", r"\nGroup=(.+)", r" -C (\S+)", r"\nReadWritePaths=(.+)")
        )
        for name, text in told.items()
    }

    assert places["erase"] == places["intake"]
    assert not {*places["intake"]} & {*places["press"]}
    assert all(folder == writes for *_, folder, writes in places.values())


def test_the_lines_that_adapt_what_is_deployed_leave_nothing_of_what_they_replace(tmp_path):
    seds = re.findall(r"^# (sed -i .+? )(?:\S*/)?(\S+)$", PAGE, re.MULTILINE)
    for file, source in {
        "mingdan.conf": "nginx.conf",
        "mingdan-press.service": "mingdan-press.service",
    }.items():
        (tmp_path / file).write_text((DEPLOY / source).read_text())
    for command, file in seds:
        subprocess.run(f"{command}{file}", shell=True, check=True, cwd=tmp_path)
    proxy, press = (tmp_path / "mingdan.conf").read_text(), (tmp_path / "mingdan-press.service").read_text()

    assert len(seds) == 3
    assert "server 127.0.0.1:8000;" in proxy
    assert "root /srv/mingdan/press/site;" in proxy
    assert "include /srv/mingdan/press/site/nginx.conf;" in proxy
    assert not re.search("intake:8000|/srv/site", proxy)
    assert re.findall("^.*press.*$", press, re.MULTILINE) == []
    assert set(re.findall("^(?:User|Group)=(.+)$", press, re.MULTILINE)) == {"mingdan-intake"}
