"""Our own side of the contests: workspaces, filled with the work that everybody does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ground.disk import folder
from ground.orders import Command, commands

from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.workspace import Workspace, create_workspace

ORIGIN = "bench.mingdan.example"
FILLING = 1_000  # claims to a command where only the result counts


def workspace_in(place: Path, room: ExitStack, database: str | None = None) -> Workspace:
    """A fresh workspace, closed with the room."""
    return closed(create_workspace(place / "workspace", origin=ORIGIN, database=database), room)


def closed(workspace: Workspace, room: ExitStack) -> Workspace:
    """The workspace, which lets go of its databases at the end of the room."""
    room.callback(workspace.store.close)
    room.callback(workspace.vault.close)
    return workspace


def record(workspace: Workspace, some: Sequence[Command]) -> None:
    book = workspace.book()
    for command in some:
        book.record(command.claims, command.new)


def fill(workspace: Workspace, orders: int, seed: int = 1) -> None:
    """Records all eight facts of this many orders."""
    record(workspace, commands(orders, FILLING, seed))


def rows_of(orders: int) -> list[Row]:
    """The rows that our ledger keeps of this many orders."""
    with ExitStack() as room:
        workspace = workspace_in(folder(), room)
        fill(workspace, orders)
        return [row for some in workspace.store.scan(0) for row in some]
