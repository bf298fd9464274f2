"""Receipts of entries: signed as they are asked for, from what the ledger and the published log hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.entry import read
from mingdan.ledger.errors import NotFound
from mingdan.ledger.gate.answer import Entered, OrderReceipt, Proof, Receipted
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.finding import row_at, row_of_leaf
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.note import to_base64
from mingdan.ledger.receipt import Promise, print_receipt
from mingdan.ledger.tile import TiledHashes
from mingdan.ledger.tree import inclusion_proof


class Receipts:
    """Signs for the log of a workspace with the key that signs nothing else.

    `page_of` is where the page of a handle lies.
    """

    def __init__(self, workspace: Workspace, page_of: Callable[[str], str]) -> None:
        self.workspace = workspace
        self.page_of = page_of
        self.signer = workspace.receipt_signer()
        self.within = 1000 * workspace.settings.publish_within

    def promise(self, receipts: Sequence[Receipt]) -> str:
        """The signed note over these entries."""
        return self._signed([(each.index, each.recorded, each.leaf) for each in receipts])

    def entered(self, receipt: Receipt, kind: str, order: NewOrder | None = None) -> Entered:
        """What is told of an entry; `order` is the one that its teller has placed."""
        return Entered(
            handle=None if order is None else order.handle,
            page=None if order is None else self.page_of(order.handle),
            duplicate=receipt.duplicate,
            index=receipt.index,
            irregular=receipt.irregular,
            kind=kind,
            leaf=receipt.leaf,
            publish_by=receipt.recorded + self.within,
            recorded=receipt.recorded,
            seq=receipt.seq,
            stream=receipt.stream,
        )

    def of_order(self, stream: str) -> OrderReceipt:
        """Raises NotFound."""
        rows = self.workspace.store.rows_of([stream])
        if not rows:
            raise NotFound("no such order")
        entries = [self.entered(_receipt(row), row.kind) for row in rows]
        note = self._signed([(each.index, each.recorded, each.leaf) for each in entries])
        return OrderReceipt(entries=entries, receipt=note, stream=stream)

    def of_leaf(self, leaf: str, index: int | None) -> Receipted:
        """Of the entry with this leaf hash (hex), looked for without its index. Raises NotFound."""
        store = self.workspace.store
        row = row_of_leaf(store, bytes.fromhex(leaf)) if index is None else row_at(store, index)
        if row is None or row.leaf.hex() != leaf:
            raise NotFound("no entry has this hash")
        told = _receipt(row)
        return Receipted(
            index=told.index,
            leaf=told.leaf,
            proof=self._proof(told.index),
            publish_by=told.recorded + self.within,
            receipt=self.promise([told]),
            recorded=told.recorded,
            seq=told.seq,
            stream=told.stream,
        )

    def _signed(self, told: Sequence[tuple[int, int, str]]) -> str:
        promises = [Promise(index, at + self.within, bytes.fromhex(leaf)) for index, at, leaf in told]
        return print_receipt(self.workspace.settings.origin, promises, self.signer).decode()

    def _proof(self, index: int) -> Proof | None:
        """That the published log has it; none where it does not yet, nor where there is no site."""
        path, staging = self.workspace.site / CHECKPOINT, self.workspace.staging()
        if not path.exists():
            return None
        note = path.read_bytes()
        size = open_checkpoint(note, self.workspace.vkey())[0].size
        if index >= size:
            return None
        hashes = TiledHashes(size, lambda tile: staging.read(LOG + tile.path))
        steps = [to_base64(each) for each in inclusion_proof(index, size, hashes)]
        return Proof(checkpoint=note.decode(), index=index, path=steps)


def _receipt(row: Row) -> Receipt:
    recorded = read(row.entry, row.kind, row.leaf).recorded
    return Receipt(row.stream, row.seq, row.position, row.position - 1, row.leaf.hex(), recorded)
