"""On PostgreSQL every process has a role of its own, which can do its work and nothing beyond it."""

from pathlib import Path

import psycopg
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.keeping.roles import RIGHTS, grants
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.projections.catch_up import catch_up
from mingdan.projections.views import open_views
from mingdan.site.order_page import path_of_order
from mingdan.site.publish import publish

ROLES = {"writer": "shop_intake", "publisher": "shop_press", "reader": "Shop Reader"}
FORM = {"platform": "yunka", "merchant": "m1", "sku": "s1", "qty": 1, "amount": 990, "currency": "CNY"}
DENIED = psycopg.errors.InsufficientPrivilege

# Statement, and who may run it.
STATEMENTS = {
    "SELECT count(*) FROM mingdan_ledger.entries": {"writer", "publisher", "reader"},
    "UPDATE mingdan_ledger.entries SET kind = 'x' WHERE false": set(),
    "DELETE FROM mingdan_ledger.entries WHERE false": set(),
    "TRUNCATE mingdan_ledger.entries": set(),
    "ALTER TABLE mingdan_ledger.entries DISABLE TRIGGER ALL": set(),
    "DROP TABLE mingdan_ledger.entries": set(),
    "DELETE FROM mingdan_ledger.checkpoints WHERE false": set(),
    "INSERT INTO mingdan_ledger.checkpoints SELECT * FROM mingdan_ledger.checkpoints WHERE false": {
        "publisher"
    },
    "UPDATE mingdan_ledger.shelves SET spent = 0 WHERE false": {"writer"},
    "DELETE FROM mingdan_ledger.shelves WHERE false": set(),
    "UPDATE mingdan_ledger.ledger_version SET version = 9 WHERE false": set(),
    "SELECT words FROM mingdan_vault.words": {"writer"},
    "SELECT secret FROM mingdan_vault.orders": {"writer"},
    "SELECT alias FROM mingdan_vault.orders": {"writer"},
    "SELECT stream, handle FROM mingdan_vault.orders": {"writer", "publisher"},
    "SELECT digest FROM mingdan_vault.api_keys": {"writer"},
    "DELETE FROM mingdan_vault.api_keys WHERE false": set(),
    "SELECT secret FROM mingdan_vault.endpoints": {"writer"},
    "DELETE FROM mingdan_vault.endpoints WHERE false": {"writer"},
    "DELETE FROM mingdan_vault.outbox WHERE false": {"writer"},
    "SELECT count(*) FROM mingdan_views.delays": {"writer", "publisher", "reader"},
    "DELETE FROM mingdan_views.delays WHERE false": {"writer", "publisher"},
    "CREATE TABLE mingdan_ledger.more (one integer)": set(),
    "CREATE TABLE mingdan_vault.more (one integer)": set(),
    "CREATE TABLE mingdan_views.more (one integer)": set(),
    "SELECT size FROM mingdan_views.editions": {"writer", "publisher", "reader"},
}


@pytest.fixture
def shop(postgres_url: str, tmp_path: Path):
    """A workspace whose owner made its tables and three roles, and nothing more."""
    create_workspace(tmp_path / "owner", origin="orders.example.com/log", database=postgres_url).close()
    open_views(postgres_url).dispose()
    with psycopg.connect(plain(postgres_url), autocommit=True) as owner:
        for name in ROLES.values():
            owner.execute(f'CREATE ROLE "{name}" LOGIN')
        for _ in range(2):  # a second time changes nothing
            for statement in grants(ROLES):
                owner.execute(statement)
        yield tmp_path / "owner"
        for name in ROLES.values():
            owner.execute(f'DROP OWNED BY "{name}"')
            owner.execute(f'DROP ROLE "{name}"')


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def as_role(url: str, role: str) -> str:
    return url.replace("mingdan@", f"{ROLES[role].replace(' ', '%20')}@")


def workspace_of(shop: Path, role: str, url: str):
    """The same workspace as another process has it: its own folder, its own role in the settings."""
    folder = shop.parent / role
    (folder / "keys").mkdir(parents=True)
    for key in (shop / "keys").iterdir():
        (folder / "keys" / key.name).write_bytes(key.read_bytes())
        (folder / "keys" / key.name).chmod(0o600)
    (folder / "mingdan.toml").write_text((shop / "mingdan.toml").read_text().replace(url, as_role(url, role)))
    return open_workspace(folder)


@pytest.mark.usefixtures("shop")
def test_each_role_may_do_what_its_work_needs_and_nothing_else(postgres_url):
    able: dict[str, set[str]] = {statement: set() for statement in STATEMENTS}
    for role in ROLES:
        with psycopg.connect(plain(as_role(postgres_url, role)), autocommit=True) as db:
            for statement, roles in able.items():
                try:
                    db.execute(statement)
                except DENIED:
                    continue
                roles.add(role)

    assert able == STATEMENTS


def test_the_work_is_done_by_roles_that_own_nothing(shop, postgres_url):
    intake, press = (workspace_of(shop, role, postgres_url) for role in ("writer", "publisher"))
    order = draw_order("no-7")
    placed = e.Placed(policy="default", form="card", **FORM)
    say = Claim(stream=order.stream, by="yunka", event=placed, private={"contact": "buyer@example.invalid"})
    receipt = intake.book().record([say], [order])[0]
    views = open_views(intake.url("views"))
    published = publish(press)
    page = path_of_order(order.handle, "en", press.settings.languages)

    assert catch_up(intake.store, views) == published.size
    assert receipt.leaf in (press.site / page).read_text()
    intake.vault.erase(order.stream)
    assert intake.vault.words_of([order.stream]) == {}
    views.dispose()
    intake.close()
    press.close()


@pytest.mark.usefixtures("shop")
def test_every_table_that_is_granted_exists(postgres_url):
    with psycopg.connect(plain(postgres_url)) as owner:
        found = owner.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname LIKE 'mingdan%'"
        )
        there = {name for (name,) in found}
    named = {
        f"{schema}.{table}" for rights in RIGHTS.values() for schema, each in rights.items() for table in each
    }

    assert {name for name in named if not name.endswith(("*", "."))} <= there
