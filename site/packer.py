"""Makes an order's evidence pack from its workspace as published, and believes it only once it verifies."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from importlib.metadata import version

from msgspec import Struct
from msgspec.structs import asdict

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, NotFound, Refused
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.site.dossier import streams_of
from mingdan.site.imprint import PATH as IMPRINT
from mingdan.site.imprint import parse_imprint
from mingdan.site.opened_pack import judge_pack, read_pack
from mingdan.site.pack import Pack, print_pack
from mingdan.site.prover import Prover


class Packed(Struct, frozen=True):
    """A pack's bytes, and what is in it; `waiting` entries of the order are not published yet."""

    content: bytes
    files: int
    stream: str
    entries: int
    waiting: int
    size: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def told(self) -> dict[str, object]:
        """The same for machines, its bytes aside."""
        fields = {name: value for name, value in asdict(self).items() if name != "content"}
        return fields | {"bytes": len(self.content), "sha256": self.sha256}


def pack_order(workspace: Workspace, name: str, fields: Collection[str] = ()) -> Packed:
    """The pack of an order by its handle, stream or own name, with these private fields opened.

    Raises NotFound for an order or words that are not there, Refused for an erased one, Broken where what
    is published of it does not hold.
    """
    known = workspace.vault.find(name)
    rows = workspace.store.rows_of([known.stream])
    prover = Prover.of_site(workspace)
    _check_there(known, rows, prover.size)
    pack = _pack(workspace, prover, known, fields)
    content = print_pack(pack)
    _check_holds(workspace, content, pack.edition.sealed)
    entries = len(pack.order.entries)
    return Packed(content, len(pack.files), known.stream, entries, len(rows) - entries, prover.size)


def _pack(workspace: Workspace, prover: Prover, known: NewOrder, fields: Collection[str]) -> Pack:
    order = prover.order(workspace, known.stream, fields)
    rows = workspace.store.rows_of([known.stream])[: len(order.entries)]
    streams = streams_of([parse(raw) for raw in order.entries])
    return Pack(
        handle=known.handle,
        version=version("mingdan"),
        imprint=parse_imprint(workspace.staging().read(IMPRINT)),
        order=order,
        places=prover.places(rows),
        register={stream: prover.of(workspace, stream) for stream in streams},
    )


def _check_there(known: NewOrder, rows: list[Row], size: int) -> None:
    if fold(parse(row.entry) for row in rows).erased is not None:
        raise Refused(
            "this order was erased: its tombstone is no evidence of what it was",
            next_step="`mingdan prove` still proves that it was, when, and why it was erased",
            stream=known.stream,
        )
    if not any(row.position <= size for row in rows):
        raise NotFound(
            "this order is not published yet", next_step="run `mingdan publish` first", stream=known.stream
        )


def _check_holds(workspace: Workspace, content: bytes, sealed: int) -> None:
    """Whoever is handed this pack must find it whole; too few witnesses are for its reader to judge."""
    policy = workspace.trust().asking_nobody()
    found = judge_pack(read_pack(content), policy, None, now=sealed, fresh_within=0)
    if found.error is not None:
        raise Broken(
            f"the site does not hold together: {found.error.message}",
            next_step="run `mingdan publish --refresh`, then again; `mingdan audit` says what is wrong",
            **found.error.evidence,
        )
