"""A ledger that was put back from its backup goes on: with the same log, the same links, the same words."""

import subprocess
from contextlib import closing
from pathlib import Path
from shutil import copytree

import psycopg
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MingdanError
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.vault import NewOrder, draw_order
from mingdan.ledger.keeping.workspace import Workspace, create_workspace, open_workspace
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.verify import verify_log
from mingdan.site.publish import publish

from .postgresql import binaries

FORM = {"platform": "yunka", "merchant": "m1", "sku": "s1", "qty": 1, "amount": 990, "currency": "CNY"}
TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN (%s, %s) ORDER BY 1"


def place(workspace: Workspace, name: str) -> NewOrder:
    order = draw_order(name)
    placed = e.Placed(policy="default", form="card", **FORM)
    said = Claim(stream=order.stream, by="yunka", event=placed, private={"contact": "buyer@example.invalid"})
    workspace.book().record([said], [order])
    return order


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
    again = open_workspace(tmp_path / "again")
    second = place(again, "no-2")
    published = publish(again)
    found = verify_log(again.site / LOG, key)
    words = again.vault.words_of([first.stream, second.stream])
    again.close()
    with psycopg.connect(
        postgres_url.replace("+psycopg", "").rpartition("/")[0] + "/postgres", autocommit=True
    ) as admin:
        admin.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    assert before == after
    assert found.size == published.size == len(before["mingdan_ledger.entries"]) + 2
    assert [len(each) for each in words.values()] == [1, 1]


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
