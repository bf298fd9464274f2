"""docs/running.md, executed on PostgreSQL: by an owner who is no superuser, an intake, and a press."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from mingdan.cli import app
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import Unavailable, WrongWorkspace
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.roles import grants
from mingdan.ledger.keeping.workspace import open_workspace, using_workspace
from mingdan.ledger.market.party import Registered
from mingdan.site.publish import Published, publish

from .command import MINGDAN
from .postgresql import binaries

PAGE = (Path(__file__).parents[1] / "docs" / "running.md").read_text("utf-8")
FOUNDING, UPGRADE = (
    re.findall(r"^\$ (.+)$", block, re.MULTILINE)
    for block in re.findall(r"```console\n(.+?)```", PAGE, re.DOTALL)
    if block.startswith("$")
)
ROLES = ("shop_owner", "shop_intake", "shop_press", "shop_reader")
ORDER = {
    "order": "my-7", "merchant": "shop", "sku": "game-100", "qty": 1, "amount": 4980, "currency": "CNY",
    "form": "direct", "recipient": "player-0000",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(postgres_server, tmp_path_factory) -> Iterator[Path]:
    """Where the page was followed from its first command to its first publication."""
    folder = tmp_path_factory.mktemp("running")
    run([*FOUNDING, "createuser shop_reader"], folder, postgres_server)
    yield folder
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE shop WITH (FORCE)")
        for role in ROLES:
            admin.execute(f"DROP ROLE {role}")


def run(commands: list[str], folder: Path, server: str) -> None:
    at = make_url(server)
    script = "\n".join(commands).replace("@db/", f"@{at.host}:{at.port}/")
    connection = {"PGHOST": at.host, "PGPORT": str(at.port), "PGUSER": at.username}
    path = os.pathsep.join([str(MINGDAN.parent), str(binaries()), os.environ["PATH"]])
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        shell, cwd=folder, env=os.environ | connection | {"PATH": path}, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def published(folder: Path) -> Published:
    with using_workspace(folder / "press") as press:
        return publish(press)


def connected(server: str, role: str) -> psycopg.Connection:
    url = make_url(server).set(username=role, database="shop")
    return psycopg.connect(url.render_as_string(), autocommit=True)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The first line of a server that is told to end afterwards."""
    command = [MINGDAN, "-C", folder, "serve", "--port", "0", "--sweep", "0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **quiet, text=True) as server:
        try:
            yield server.stderr.readline()
        finally:
            server.terminate()


def test_an_intake_without_a_site_and_the_log_s_key_takes_what_the_press_publishes(place):
    shop = Registered(name="shop", role="platform")
    key, text = draw_key("shop", (), now_ms())
    with closing(open_workspace(place / "intake")) as intake:
        intake.book().record([Claim(stream="party/shop", by="shop", event=shop)])
        KeyRing(intake.vault).add(key)
    with served(place / "intake") as line:
        url = re.search(r"http://[^/]+", line)[0]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {text}"}) as client:
            sent = client.post("/v1/orders", json=ORDER)
            entry = sent.json()
            assert sent.status_code == 201, entry
            done = published(place)
            told = client.get(f"/v1/receipts/{entry['leaf']}")
            lag = re.search('lag_seconds{of="publication"} (.+)', client.get("/metrics").text)[1]

    assert {each.name for each in (place / "intake" / "keys").iterdir()} == {"receipts.key"}
    assert line.startswith("serving the intake of orders.example.com/log (no site here) on http://")
    assert told.json().get("proof") is None
    assert float(lag) == 0
    assert done.size > entry["index"]
    assert any(entry["leaf"] in page.read_text() for page in (place / "press/site/o").rglob("*.html"))


def test_the_owner_gives_the_rights_again_once_the_press_has_published(place, postgres_server):
    published(place)
    with connected(postgres_server, "shop_owner") as owner:
        for statement in grants({"publisher": "shop_press", "reader": "shop_reader"}):
            owner.execute(statement)
        owners = owner.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname LIKE 'mingdan%'"
        ).fetchall()
    with connected(postgres_server, "shop_reader") as reader:
        shown = reader.execute("SELECT size FROM mingdan_views.editions").fetchall()

    assert owners == [("shop_owner",)]
    assert shown == [(published(place).size,)]


@pytest.mark.slow
def test_a_press_that_lacks_a_table_names_who_makes_it(place, postgres_server):
    with connected(postgres_server, "shop_owner") as owner:
        owner.execute("DROP TABLE mingdan_views.editions")

    with pytest.raises(WrongWorkspace, match="this role may make none") as refused:
        published(place)
    assert "`mingdan database migrate`" in refused.value.next_step
    assert "`mingdan database grants`" in refused.value.next_step

    _dump, migrate, give = UPGRADE
    run([migrate], place, postgres_server)
    with pytest.raises(Unavailable, match="permission denied") as refused:
        published(place)
    assert "`mingdan database grants`" in refused.value.next_step
    run([give], place, postgres_server)
    assert published(place).size > 0


@pytest.mark.slow
def test_an_upgrade_leaves_the_press_its_rights(place, postgres_server):
    run(UPGRADE, place, postgres_server)

    assert published(place).size > 0


def test_every_command_of_the_page_is_one_of_ours():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    for group in app.registered_groups:
        known |= {group.name} | {
            f"{group.name} {command.name}" for command in group.typer_instance.registered_commands
        }
    asked = re.findall(r"mingdan (?:-C \w+ )?((?:(?:database|key|webhook) )?[a-z][a-z-]+)", COMMANDS)

    assert set(asked) - known == set()


COMMANDS = "\n".join(re.findall(r"^[$#] .*|`mingdan [^`]+`", PAGE, re.MULTILINE))
