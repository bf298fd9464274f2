"""What each role of a database may do: no more than its part of the work needs (PostgreSQL).

The tables belong to whoever made the workspace; it makes and migrates them all, and no process runs as it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlalchemy.dialects import postgresql

Role = Literal["writer", "publisher", "reader"]
Rights = Mapping[str, str]  # by table; "*" are all of a schema


def grants(names: Mapping[Role, str]) -> list[str]:
    """The statements that take every right in our schemas from these roles and give back what they need.

    They are run by the owner of the tables, again after each migration; running them twice changes nothing.
    """
    statements = []
    for role, name in names.items():
        grantee = _quote(name)
        for schema, rights in RIGHTS[role].items():
            statements.append(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {grantee};")
            statements.append(f"REVOKE ALL ON SCHEMA {schema} FROM {grantee};")
            statements += [f"GRANT USAGE ON SCHEMA {schema} TO {grantee};"] if rights else []
            statements += [
                f"GRANT {verbs} ON {_target(schema, table)} TO {grantee};" for table, verbs in rights.items()
            ]
    return statements


def _target(schema: str, table: str) -> str:
    return f"ALL TABLES IN SCHEMA {schema}" if table == "*" else f"{schema}.{table}"


_quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
_ALL = "SELECT, INSERT, UPDATE, DELETE"

# The vault is read by who takes facts in; who publishes learns an order's link, and nothing else of it.
RIGHTS: Mapping[Role, Mapping[str, Rights]] = {
    "writer": {
        "mingdan_ledger": {
            "entries": "SELECT, INSERT",
            "checkpoints": "SELECT",
            "ledger_version": "SELECT",
            "shelves": "SELECT, INSERT, UPDATE",
        },
        "mingdan_vault": {
            "*": "SELECT",
            "orders": "INSERT, UPDATE",
            "words": "INSERT, DELETE",
            "api_keys": "INSERT, UPDATE",
            "crossings": "INSERT, UPDATE, DELETE",
            "endpoints": "INSERT, UPDATE, DELETE",
            "outbox": "INSERT, UPDATE, DELETE",
        },
        "mingdan_views": {"*": _ALL},
    },
    "publisher": {
        "mingdan_ledger": {
            "entries": "SELECT, INSERT",
            "checkpoints": "SELECT, INSERT",
            "ledger_version": "SELECT",
            "shelves": "SELECT",
        },
        "mingdan_vault": {"orders": "SELECT (stream, handle)", "alembic_version": "SELECT"},
        "mingdan_views": {"*": _ALL},
    },
    "reader": {
        "mingdan_ledger": {"*": "SELECT"},
        "mingdan_vault": {},
        "mingdan_views": {"*": "SELECT"},
    },
}
