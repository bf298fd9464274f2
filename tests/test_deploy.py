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
