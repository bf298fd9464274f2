"""What an order's page carries beside its entries, so that it can be believed without its publisher."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.checkpoint import Checkpoint, open_checkpoint
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import Epoch
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.map import Head, key_of
from mingdan.ledger.map_tile import TiledMap, path_of
from mingdan.ledger.note import parse_note
from mingdan.ledger.tile import TiledHashes
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tree import inclusion_proof
from mingdan.site.places import Place, place


class Seal(Struct, frozen=True):
    """What closes an edition: the signed checkpoint of its tree, and the epoch entry that ends it."""

    checkpoint: bytes
    epoch: bytes


class Prover:
    """Makes timelines from the files of a published log; `read` gives a file of the site by its path."""

    def __init__(self, seal: Seal, read: Callable[[str], bytes]) -> None:
        size = Checkpoint.parse(parse_note(seal.checkpoint)[0]).size
        epoch = parse(seal.epoch).event
        assert isinstance(epoch, Epoch)
        self.seal = seal
        self.size = size
        self._hashes = TiledHashes(size, lambda tile: read(LOG + tile.path))
        self._map = TiledMap(bytes.fromhex(epoch.map), lambda node: read(LOG + path_of(node)))
        self._path = tuple(inclusion_proof(size - 1, size, self._hashes))

    @classmethod
    def of_site(cls, workspace: Workspace) -> Self:
        """Of the log as it is published. Raises Misuse where nothing is yet."""
        path = workspace.site / CHECKPOINT
        if not path.exists():
            raise Misuse("there is no site here yet", next_step="run `mingdan publish` first", file=path)
        note = path.read_bytes()
        size = open_checkpoint(note, workspace.signer().key)[0].size
        return cls(Seal(note, workspace.store.entry_at(size - 1)), workspace.staging().read)

    def of(self, workspace: Workspace, stream: str) -> Timeline:
        """The proof of all that is published of a stream, or that nothing is."""
        rows = workspace.store.rows_of([stream])
        return self.timeline(stream, [row for row in rows if row.position <= self.size])

    def order(self, workspace: Workspace, stream: str, fields: Collection[str]) -> Timeline:
        """An order's proof that opens these private fields. Raises NotFound where there are none."""
        timeline = self.of(workspace, stream)
        openings = workspace.vault.openings(stream, fields) if fields else []
        shown = tuple(each for each in openings if each.seq <= len(timeline.entries))
        return replace(timeline, openings=shown)

    def places(self, rows: Sequence[Row]) -> tuple[Place, ...]:
        """Where each of these rows stands in the log, with its proof."""
        indices = [row.position - 1 for row in rows]
        return tuple(place(index, inclusion_proof(index, self.size, self._hashes)) for index in indices)

    def timeline(self, stream: str, rows: Sequence[Row]) -> Timeline:
        """The proof that these rows, oldest first, are all that the log has of this stream."""
        value, proof = self._map.look_up(key_of(stream))
        head = None if value is None else Head.parse(value)
        place = () if head is None else inclusion_proof(head.index, self.size, self._hashes)
        return Timeline(
            stream=stream,
            checkpoint=self.seal.checkpoint,
            epoch=self.seal.epoch,
            path=self._path,
            head=head,
            map=proof,
            entries=tuple(row.entry for row in rows),
            place=tuple(place),
        )
