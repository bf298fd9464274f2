"""What is deployed with: read by the tools that would complain, since no container engine runs here."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy.engine import make_url

from mingdan.cli import app
from mingdan.ledger.gate.admission import RATE, TOGETHER
from mingdan.ledger.gate.problem import SORTS

from .postgresql import binaries

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
TOOLS = Path(sys.executable).parent
UNITS = sorted(DEPLOY.glob("*.service"))
TIMERS = sorted(DEPLOY.glob("*.timer"))
OURS = [unit for unit in UNITS if "ExecStart=/opt/mingdan/bin/mingdan " in unit.read_text()]
NGINX = which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PAGE = (ROOT / "docs" / "running.md").read_text("utf-8")


def test_hadolint_objects_to_nothing_in_the_image():
    subprocess.run([TOOLS / "hadolint", DEPLOY / "Dockerfile"], check=True)


def test_compose_lint_finds_no_more_than_images_without_a_digest():
    command = [TOOLS / "compose-lint", "--format", "json", DEPLOY / "compose.yaml"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert set(re.findall(r"CL-[0-9]+", told)) == {"CL-0019"}


@pytest.mark.parametrize("unit", [*UNITS, *TIMERS], ids=lambda unit: unit.name)
def test_systemd_reads_a_unit(unit, tmp_path):
    """With a program in the place of ours, which is installed elsewhere here; a timer beside its service."""
    for each in {unit, unit.with_suffix(".service")}:
        text = each.read_text().replace("/opt/mingdan/bin/mingdan", sys.executable)
        (tmp_path / each.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name]
    found = subprocess.run(command, check=True, capture_output=True, text=True)

    assert found.stderr == ""


def test_every_command_that_is_deployed_is_one_of_ours():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    told = [unit.read_text() for unit in OURS]
    asked = {re.search(r"ExecStart=\S+ -C \S+ (\S+)", text)[1] for text in told}
    asked |= set(re.findall(r"^    command: \[(\w+)", (DEPLOY / "compose.yaml").read_text(), re.MULTILINE))

    assert asked <= known


def test_a_backup_keeps_a_dump_for_each_day_of_the_week(postgres_url, tmp_path):
    unit = (DEPLOY / "mingdan-backup.service").read_text()
    script = re.search(r"ExecStart=/bin/sh -euc '(.+)'", unit)[1].replace("$$", "$").replace("%%", "%")
    at = make_url(postgres_url)
    told = {"PGHOST": at.host, "PGPORT": str(at.port), "PGUSER": at.username}
    told["PATH"] = f"{binaries()}:{os.environ['PATH']}"
    for _ in range(2):
        command = ["sh", "-euc", script.replace(" shop;", f" {at.database};")]
        subprocess.run(command, env=os.environ | told, cwd=tmp_path, check=True)

    assert [re.fullmatch(r"shop-[1-7]\.dump", file.name) is not None for file in tmp_path.iterdir()] == [True]
    assert next(tmp_path.iterdir()).read_bytes().startswith(b"PGDMP")


def test_the_image_is_made_of_what_the_wheel_is_made_of_and_of_no_workspace():
    ignored, *kept = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()[1:]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = {name.split(".")[1] for name in project["tool"]["setuptools"]["packages"] if "." in name}
    files = {"LICENSE", "README.md", "cli.py", "client.py", "pyproject.toml", "requirements.lock"}

    assert ignored == "*"
    assert {name.removeprefix("!") for name in kept if name.startswith("!")} == rooms | files


def test_the_web_server_lets_through_what_a_key_may_send():
    conf = (DEPLOY / "nginx.conf").read_text()

    assert f"rate={RATE}r/s;" in conf
    assert f"burst={10 * RATE} nodelay;" in conf
    assert f"limit_conn callers {TOGETHER};" in conf


@pytest.mark.parametrize("slug", ["too-large", "too-often", "unavailable"])
def test_the_web_server_refuses_in_the_words_of_the_intake(slug):
    conf = (DEPLOY / "nginx.conf").read_text()
    status, body = re.search(rf"return (\d+) '(.*/docs#{slug}.*)';", conf).groups()
    sort = SORTS[slug]
    told = {"type": f"/docs#{slug}", "title": sort.title, "status": sort.status, "detail": sort.way_out}

    assert (int(status), json.loads(body)) == (sort.status, told)


@pytest.mark.skipif(NGINX is None, reason="no nginx is here: its configuration was not read")
def test_nginx_reads_its_configuration(tmp_path):
    site = (DEPLOY / "nginx.conf").read_text().replace("intake:8000", "127.0.0.1:8000")
    (tmp_path / "site.conf").write_text(site.replace("/srv/site", str(tmp_path)))
    (tmp_path / "nginx.conf").write_text("")
    around = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "all.conf").write_text(around)

    subprocess.run([NGINX, "-t", "-q", "-c", tmp_path / "all.conf"], check=True)


def test_the_image_is_of_this_version():
    version = re.search('version = "(.*)"', (ROOT / "pyproject.toml").read_text())[1]

    assert set(re.findall("image: mingdan:(.*)", (DEPLOY / "compose.yaml").read_text())) == {version}


def test_intake_and_press_share_neither_user_nor_folder():
    told = {unit.stem.removeprefix("mingdan-"): unit.read_text() for unit in OURS}
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

    assert len(seds) == 4
    assert "server 127.0.0.1:8000;" in proxy
    assert "listen 127.0.0.1:8080;" in proxy
    assert "root /srv/mingdan/press/site;" in proxy
    assert "include /srv/mingdan/press/site/nginx.conf;" in proxy
    assert not re.search("intake:8000|/srv/site", proxy)
    assert re.findall("^.*press.*$", press, re.MULTILINE) == []
    assert set(re.findall("^(?:User|Group)=(.+)$", press, re.MULTILINE)) == {"mingdan-intake"}
