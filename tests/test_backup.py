"""A ledger that was put back from its backup goes on: with the same log, the same links, the same words."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree

import psycopg
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import Broken, MingdanError, StoreConflict
from mingdan.ledger.keeping.accord import Accord, Comparison
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.vault import NewOrder, draw_order
from mingdan.ledger.keeping.workspace import Workspace, create_workspace, open_workspace
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.verify import verify_log
from mingdan.site.publish import publish

from .postgresql import binaries
from .test_cli_policy import answer, mingdan

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "docs" / "first-order.jsonl"
FORM = {"platform": "yunka", "merchant": "m1", "sku": "s1", "qty": 1, "amount": 990, "currency": "CNY"}
TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN (%s, %s) ORDER BY 1"


def place(workspace: Workspace, name: str) -> NewOrder:
    order = draw_order(name)
    placed = e.Placed(policy="default", form="card", **FORM)
    said = Claim(stream=order.stream, by="yunka", event=placed, private={"contact": "buyer@example.invalid"})
    workspace.book().record([said], [order])
    return order


def accord(database: Path, site: Path) -> Accord:
    """How the ledger of a workspace stands to a site of it."""
    with closing(open_workspace(database)) as workspace:
        compared = Comparison(workspace.store)
        verified = verify_log(site / LOG, workspace.signer().key, read=compared.take)
        return compared.accord(verified.size)


def difference(database: Path, site: Path) -> dict[str, object]:
    with pytest.raises(Broken) as found:
        accord(database, site)
    return found.value.evidence


def rows(url: str) -> dict[str, list]:
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        tables = [name for (name,) in db.execute(TABLES, ("mingdan_ledger", "mingdan_vault"))]
        return {
            name: db.execute(f"SELECT * FROM {name} AS row ORDER BY row::text").fetchall() for name in tables
        }


def restored(url: str, dump: Path) -> str:
    """The URL of a new database that holds what was dumped from another one."""
    at, _, name = url.replace("+psycopg", "").rpartition("/")
    subprocess.run([binaries() / "pg_dump", "--format=custom", f"--file={dump}", f"{at}/{name}"], check=True)
    with psycopg.connect(f"{at}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}_restored")
    subprocess.run(
        [binaries() / "pg_restore", "--exit-on-error", f"--dbname={at}/{name}_restored", dump], check=True
    )
    return f"{url}_restored"


def test_a_dump_of_postgresql_is_the_whole_ledger_and_goes_on(postgres_url, tmp_path):
    with_pages = tmp_path / "shop"
    shop = create_workspace(with_pages, origin="orders.example.com/log", database=postgres_url)
    first = place(shop, "no-1")
    publish(shop)
    shop.close()
    key = VerifierKey.parse((with_pages / "site" / LOG / "vkey").read_text().strip())

    url = restored(postgres_url, tmp_path / "dump")
    copytree(with_pages, tmp_path / "again")
    settings = tmp_path / "again" / "mingdan.toml"
    settings.write_text(settings.read_text().replace(postgres_url, url))
    before, after = rows(postgres_url), rows(url)
    right = accord(tmp_path / "again", with_pages / "site")
    again = open_workspace(tmp_path / "again")
    second = place(again, "no-2")
    published = publish(again)
    found = verify_log(again.site / LOG, key)
    words = again.vault.words_of([first.stream, second.stream])
    again.close()
    behind = difference(with_pages, tmp_path / "again" / "site")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as admin:
        admin.execute("SET session_replication_role = replica")  # past the triggers that refuse it
        admin.execute("UPDATE mingdan_ledger.entries SET leaf = sha256('x') WHERE position = 1")
    altered = difference(with_pages, with_pages / "site")
    with psycopg.connect(
        postgres_url.replace("+psycopg", "").rpartition("/")[0] + "/postgres", autocommit=True
    ) as admin:
        admin.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    assert before == after
    assert found.size == published.size == len(before["mingdan_ledger.entries"]) + 2
    assert [len(each) for each in words.values()] == [1, 1]
    size = len(before["mingdan_ledger.entries"])
    assert right == Accord(stored=size, published=size)
    assert behind == {"ledger": size, "published": size + 2, "lost": 2, "from_position": size + 1}
    assert altered == {"ledger": size, "published": size, "altered": 1, "at_position": "1"}


def test_a_ledger_that_was_put_back_to_before_its_last_publication_is_not_published_over_it(tmp_path):
    folder = tmp_path / "shop"
    create_workspace(folder, origin="orders.example.com/log").close()
    with closing(open_workspace(folder)) as shop:
        place(shop, "no-1")
        publish(shop)
    kept = {name: (folder / name).read_bytes() for name in ("ledger.db", "vault.db")}
    with closing(open_workspace(folder)) as shop:
        place(shop, "no-2")
        publish(shop)
    ahead = (folder / "site" / LOG / "checkpoint").read_bytes()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    with closing(open_workspace(folder)) as shop:
        place(shop, "no-3")
        with pytest.raises(MingdanError) as refused:
            publish(shop)

    assert refused.value.next_step
    assert (folder / "site" / LOG / "checkpoint").read_bytes() == ahead


# what verify says of a ledger ---------------------------------------------------------------------------
@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Path:
    """A published ledger, and another as it was before it was published."""
    folder = tmp_path_factory.mktemp("once")
    create_workspace(folder / "shop", origin="orders.example.com/log").close()
    with closing(open_workspace(folder / "shop")) as workspace:
        place(workspace, "no-1")
    copytree(folder / "shop", folder / "before")
    with closing(open_workspace(folder / "shop")) as workspace:
        publish(workspace)
    return folder


@pytest.fixture
def shop(once, tmp_path) -> Path:
    copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "shop"


def put_back(shop: Path) -> None:
    for file in shop.glob("*.db*"):
        file.unlink()
    for file in (shop.parent / "before").glob("*.db*"):
        (shop / file.name).write_bytes(file.read_bytes())


def change(shop: Path, statement: str) -> None:
    """Writes to a ledger past the triggers that refuse it."""
    with closing(sqlite3.connect(shop / "ledger.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(statement)
        db.commit()


def test_verify_says_that_ledger_and_site_agree_and_what_is_not_published_yet(shop):
    text, told = mingdan(shop, "verify"), answer(shop, "verify")
    with closing(open_workspace(shop)) as workspace:
        place(workspace, "no-2")
    later = mingdan(shop, "verify")

    agree = "ledger and site agree: the 2 published entries are those of the ledger"
    assert text.stdout.splitlines()[-1] == agree
    assert told["ledger"] == {"compared": True, "published": 2, "stored": 2, "waiting": 0}
    assert later.stdout.splitlines()[-1] == f"{agree}; 1 newer ones are not published yet"


def test_a_ledger_that_is_behind_its_site_is_not_verified_and_takes_nothing(shop):
    put_back(shop)
    found = mingdan(shop, "verify").exception
    refused = [mingdan(shop, *command).exception for command in (("record", FIRST), ("serve", "--port", "0"))]

    assert (type(found), found.exit_code) == (Broken, 1)
    assert found.evidence == {"ledger": 1, "published": 2, "lost": 1, "from_position": 2}
    assert [type(each) for each in refused] == [StoreConflict, StoreConflict]
    assert {each.evidence["from_position"] for each in (found, *refused)} == {2}
    assert difference(shop, shop / "site")["lost"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "entry = CAST(replace(CAST(entry AS TEXT), '990', '991') AS BLOB)",
        "leaf = zeroblob(32)",
        "stream = 'order/other'",
        "kind = 'order.paid'",
    ],
)
def test_an_entry_that_was_altered_is_named_with_its_position(shop, statement):
    change(shop, f"UPDATE entries SET {statement} WHERE position = 1")

    assert difference(shop, shop / "site") == {"ledger": 2, "published": 2, "altered": 1, "at_position": "1"}


def test_a_lost_and_an_altered_entry_are_both_named(shop):
    change(shop, "DELETE FROM entries WHERE position = 1")
    change(shop, "UPDATE entries SET seq = 9 WHERE position = 2")
    found = difference(shop, shop / "site")

    assert (found["lost"], found["from_position"]) == (1, 1)
    assert (found["altered"], found["at_position"]) == (1, "2")


def test_a_site_that_lies_elsewhere_is_compared_by_the_keys_of_the_workspace_alone(shop, tmp_path):
    (shop / "site").rename(tmp_path / "elsewhere")
    key = (tmp_path / "elsewhere" / LOG / "vkey").read_text().strip()
    put_back(shop)

    assert isinstance(mingdan(shop, "verify", tmp_path / "elsewhere").exception, Broken)
    assert "ledger" not in answer(shop, "verify", tmp_path / "elsewhere", "--key", key)


def test_without_a_ledger_verify_says_that_it_read_files_alone(shop):
    (shop / "ledger.db").unlink()

    assert answer(shop, "verify")["ledger"] == {"compared": False, "because": "there is none here"}
    assert mingdan(shop, "verify").stdout.splitlines()[-1].endswith("not compared: there is none here")


@pytest.mark.parametrize("refresh", [False, True])
def test_a_ledger_without_entries_that_it_signed_is_not_published(shop, refresh):
    change(shop, "DELETE FROM entries WHERE position = 2")
    rmtree(shop / "site")
    with closing(open_workspace(shop)) as workspace, pytest.raises(StoreConflict) as refused:
        publish(workspace, refresh=refresh)
    taken = mingdan(shop, "record", FIRST).exception

    assert (refused.value.evidence["ledger"], refused.value.evidence["published"]) == (1, 2)
    assert isinstance(taken, StoreConflict)
    assert not (shop / "site").exists()


def test_an_entry_beyond_the_end_is_said_to_be_lost(shop):
    with closing(open_workspace(shop)) as workspace, pytest.raises(StoreConflict) as refused:
        workspace.store.entry_at(2)

    assert refused.value.evidence == {"index": 2, "ledger": 2}
