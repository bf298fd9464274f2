"""The press: a site printed from any entries by the code that publishes, and whatever an operator likes.

Of the true entries it prints the published site, byte for byte: a lie is as good as the key can make it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from mingdan.ledger import map_tile
from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse, seal
from mingdan.ledger.event import Digest, Epoch
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.map import Head, key_of
from mingdan.ledger.note import Signer, parse_note, print_note, sign
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import Edge, TiledHashes, bundle_of, grow, new_bundles, new_tiles
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tree import EMPTY_ROOT, leaf_hash
from mingdan.ledger.witness.memory import Witness
from mingdan.projections.catch_up import catch_up
from mingdan.projections.census import Census, print_census, take_census
from mingdan.projections.register import read_register
from mingdan.projections.rulebook import rulebook
from mingdan.site.auditing.replica import Replica
from mingdan.site.edition import Edition, edition_of, is_witnessed
from mingdan.site.imprint import Imprint, imprint_hash, imprint_of
from mingdan.site.pages import aggregates, pages_of
from mingdan.site.prover import Prover, Seal
from mingdan.site.qr_code import qr_code

from ..site.small_market import Market
from .judges import ask

Files = dict[str, bytes]


@dataclass(frozen=True)
class Printed:
    """A site, and what its pages were printed from.

    `refused` is why a witness did not cosign it, "" where all did, None where none was asked.
    """

    files: Files
    entries: list[bytes]
    edition: Edition
    imprint: Imprint
    terms: Terms
    prover: Prover
    refused: str | None

    def rows(self, stream: str) -> list[Row]:
        """A stream's entries as the map has them: back from its head, along what each says was before it."""
        found = {row.leaf.hex(): row for row in rows_of(self.entries) if row.stream == stream}
        head = self.prover.timeline(stream, ()).head
        leaf, told = None if head is None else head.leaf.hex(), []
        while leaf in found:
            told.append(found[leaf])
            leaf = parse(found[leaf].entry).prev
        return told[::-1]

    def pages(self, handle: str, rows: Sequence[Row], timeline: Timeline) -> Files:
        told = [(row, parse(row.entry)) for row in rows]
        pages = pages_of(self.edition, self.imprint, handle, told, self.terms, timeline)
        return dict([*pages, qr_code(self.edition, handle)])


class Press:
    """Lays out logs in a folder of its own, and prints sites over them."""

    def __init__(self, market: Market, room: Path) -> None:
        self.market = market
        self.workspace = market.workspace
        self.imprint = imprint_of(self.workspace)
        self.replica = Replica(room)

    def close(self) -> None:
        self.replica.close()

    def terms_of(self, imprint: Imprint) -> Terms:
        return Terms(self.workspace.store, imprint.policies)

    def lay(self, facts: Iterable[Entry]) -> list[bytes]:
        """These facts, chained anew, with every epoch among them told anew: what the log would have said."""
        laid: list[bytes] = []
        for fact in facts:
            raw = self.tell(laid, fact.recorded) if fact.stream == LOG else chained(laid, fact)
            laid.append(raw)
            with self.replica.store.appending() as appending:
                appending.insert(rows_of(laid)[-1:])
        return laid

    def tell(
        self,
        entries: Sequence[bytes],
        recorded: int,
        *,
        heads: Mapping[str, Head] | None = None,
        census: Callable[[Census], Census] = lambda true: true,
        imprint: Imprint | None = None,
        **claims: object,
    ) -> bytes:
        """The epoch over these entries; `claims` are fields in which it says something else."""
        ends = heads_of(entries) | dict(heads or {})
        counted = census(self.census(len(entries), recorded))
        before = ends.get(LOG)
        event = Epoch(
            covers=len(entries),
            map=map_of(ends, {}).hex(),
            previous=None if before is None else before.index,
            rules=sha256(rulebook(self.imprint.zone)).hexdigest(),
            site=imprint_hash(imprint or self.imprint),
            statistics=Digest(sha256=sha256(print_census(counted)).hexdigest(), size=len(entries)),
            streams=len(ends),
        )
        said = Epoch(**{name: getattr(event, name) for name in Epoch.__struct_fields__} | claims)
        claim = Claim(stream=LOG, by="ledger", event=said)
        seq, prev = (1, None) if before is None else (before.seq + 1, before.leaf)
        return seal(claim, said, at=recorded, seq=seq, prev=prev, recorded=recorded)

    def census(self, size: int, recorded: int) -> Census:
        catch_up(self.replica.store, self.replica.views, upto=size)
        return take_census(self.replica.views, as_of=recorded, size=size, zone=self.imprint.zone)

    def standing(self, entries: list[bytes], files: Files) -> Printed:
        """A site that was published, as if this press had printed it."""
        note, last = files["log/checkpoint"], parse(entries[-1])
        edition = _edition(self.imprint, note, last)
        prover = Prover(Seal(note, entries[-1]), files.__getitem__)
        return Printed(dict(files), entries, edition, self.imprint, self.terms_of(self.imprint), prover, None)

    def print(
        self,
        entries: list[bytes],
        *,
        witnesses: Mapping[str, Witness | Signer],
        heads: Mapping[str, Head] | None = None,
        census: Callable[[Census], Census] = lambda true: true,
        reducer: bytes | None = None,
        imprint: Imprint | None = None,
        late: int = 0,
    ) -> Printed:
        """The site over these entries, as their last epoch has it, cosigned by whichever witness will."""
        size, imprint, files = len(entries), imprint or self.imprint, log_of(entries)
        sealed = heads_of(entries)[LOG].index
        last = parse(entries[sealed])
        map_of(heads_of(entries[:sealed]) | dict(heads or {}), files)
        note, refused = self._checkpoint(files, size, witnesses, self.market.now + late)
        edition = _edition(imprint, note, last)
        counted = census(self.census(sealed, last.recorded))
        register = read_register(self.replica.views)
        vkey = f"{self.workspace.signer().key}\n".encode()
        files |= {
            "log/checkpoint": note,
            "log/vkey": vkey,
            **dict(aggregates(edition, imprint, counted, register)),
        }
        files |= {} if reducer is None else {"log/reducer.txt": reducer}
        prover = Prover(Seal(note, entries[sealed]), files.__getitem__)
        printed = Printed(files, entries, edition, imprint, self.terms_of(imprint), prover, refused)
        for stream, handle in self._handles(entries).items():
            rows = printed.rows(stream)
            files |= printed.pages(handle, rows, prover.timeline(stream, rows))
        return printed

    def _checkpoint(
        self, files: Files, size: int, witnesses: Mapping[str, Witness | Signer], now: int
    ) -> tuple[bytes, str]:
        hashes = TiledHashes(size, lambda tile: files[f"log/{tile.path}"])
        signer = self.workspace.signer()
        note = sign(Checkpoint(signer.name, size, root_of(files, size)).text, [signer])
        answers = {name: ask(witness, note, hashes, now // 1000) for name, witness in witnesses.items()}
        text, lines = parse_note(note)
        cosigned = [answer for answer in answers.values() if not isinstance(answer, str)]
        refused = next((answer for answer in answers.values() if isinstance(answer, str)), "")
        return print_note(text, [*lines, *cosigned]), refused

    def _handles(self, entries: Sequence[bytes]) -> dict[str, str]:
        streams = [stream for stream in heads_of(entries) if stream != LOG]
        return {stream: each.handle for stream, each in self.workspace.vault.orders_of(streams).items()}


def rows_of(entries: Sequence[bytes]) -> list[Row]:
    told = [parse(raw) for raw in entries]
    return [
        Row(place, entry.stream, entry.seq, entry.kind, raw, entry.leaf)
        for place, (raw, entry) in enumerate(zip(entries, told, strict=True), 1)
    ]


def heads_of(entries: Sequence[bytes]) -> dict[str, Head]:
    """Where each stream ends, told from the entries one by one."""
    return {row.stream: Head(row.seq, row.position - 1, row.leaf) for row in rows_of(entries)}


def chained(before: Sequence[bytes], fact: Entry, **said: object) -> bytes:
    """A fact sealed where its stream ends in these entries; `said` are fields of its envelope."""
    head = heads_of(before).get(fact.stream)
    seq, prev = (1, None) if head is None else (head.seq + 1, head.leaf)
    claim = Claim(stream=fact.stream, by=fact.by, event=fact.event, basis=fact.basis, learned=fact.learned)
    place = {"at": fact.at, "seq": seq, "prev": prev, "recorded": fact.recorded} | said
    return seal(claim, fact.event, **place)


def fact(stream: str, event: object, recorded: int) -> Entry:
    """A live fact that nobody told the ledger."""
    return Entry(recorded, None, "shop-a", event, b"", None, None, recorded, 0, stream)


def altered(entry: Entry, **changed: object) -> Entry:
    """The same fact with other words in its event."""
    return replace(entry, event=replace(entry.event, **changed))


def map_of(heads: Mapping[str, Head], files: Files) -> bytes:
    """The root of the map over these heads; its tiles go into `files`."""
    tiles: dict[bytes, bytes] = {}
    changes = {key_of(stream): head.value for stream, head in heads.items()}
    root = map_tile.grow(EMPTY_ROOT, changes, tiles.__getitem__, tiles.__setitem__)
    for node in map_tile.reachable(root, tiles.__getitem__):
        files[f"log/{map_tile.path_of(node)}"] = tiles[node]
    return root


def log_of(entries: Sequence[bytes]) -> Files:
    """The tiles and bundles of a log of these entries."""
    size, made = len(entries), Files()
    grow(Edge(), map(leaf_hash, entries), lambda tile, content: made.update({tile.path: content}))
    for bundle in new_bundles(0, size):
        made[bundle.path] = bundle_of(entries[bundle.index * 256 :][: bundle.width])
    return {f"log/{tile.path}": made[tile.path] for tile in [*new_tiles(0, size), *new_bundles(0, size)]}


def root_of(files: Files, size: int) -> bytes:
    return Edge.read(size, lambda tile: files[f"log/{tile.path}"]).root


def _edition(imprint: Imprint, note: bytes, epoch: Entry) -> Edition:
    """As honest as anybody about the witnesses: what is missing is seen from the checkpoint."""
    head = Checkpoint.parse(parse_note(note)[0])
    return edition_of(imprint, head, epoch, witnessed=is_witnessed(imprint, note))
