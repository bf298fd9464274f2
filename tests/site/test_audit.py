"""Everything published is recomputed: whatever was altered, lost, added or is too old is found and named."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count, pairwise
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.claim import Claim, Signature
from mingdan.ledger.entry import seal
from mingdan.ledger.errors import Broken, Malformed, Misuse
from mingdan.ledger.event import (
    Completed,
    Delivered,
    Digest,
    Disavowed,
    Epoch,
    HopAccepted,
    HopForwarded,
    Paid,
)
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.map_tile import FULL, path_of, reachable
from mingdan.ledger.market.party import Keyed, Registered
from mingdan.ledger.market.signing import key_id, signed_text
from mingdan.ledger.note import COSIGNATURE, Signer, parse_note, print_note, sign
from mingdan.ledger.policy import Policy
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.quorum import Log, TrustPolicy, Witness
from mingdan.ledger.replay import read_log
from mingdan.ledger.source import Folder, Listed
from mingdan.ledger.stream import LOG
from mingdan.ledger.tile import Edge, bundle_of, grow, new_bundles, new_tiles
from mingdan.ledger.tree import leaf_hash
from mingdan.site import plain
from mingdan.site.auditing.attest import open_attestation
from mingdan.site.auditing.audit import Audit, audit, cosign, inquiring
from mingdan.site.auditing.finding import Findings
from mingdan.site.auditing.inquiry import Inquiry, check_signatures, is_committed, read_head, read_imprint
from mingdan.site.auditing.reenactment import continues, reenact
from mingdan.site.auditing.reprint import Reprint
from mingdan.site.auditing.standpoint import FILE
from mingdan.site.auditing.survey import inspection_of, survey
from mingdan.site.imprint import PATH, parse_imprint, print_imprint
from mingdan.site.order_twin import parse_order_twin
from mingdan.site.remote import Remote
from mingdan.site.twin import print_twin

from ..command import PYTHON
from .serving import serving
from .small_market import MINUTE, ROAD, Market, grown, opened, reopened

AUDITS = Path(__file__).with_name("auditor.py")
OF_ORDERS = ("o/", "v1/o/")
AUDITOR = Signer("auditor.example", b"\5" * 32)
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
A_FEW = 1


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Iterator[Market]:
    """Published three times; tests copy its site before they touch it."""
    made = grown(tmp_path_factory.mktemp("audit") / "w")
    yield made
    made.close()


@pytest.fixture(scope="module")
def wide(tmp_path_factory) -> Iterator[Market]:
    """So many orders that the map has many tiles; the second edition altered some of them."""
    made = opened(tmp_path_factory.mktemp("wide") / "w")
    streams = [made.place(f"order {number}") for number in range(FULL + 8)]
    made.publish()
    for stream in streams[:9]:
        made.tell(stream, *ROAD[:1])
    made.publish()
    yield made
    made.close()


@pytest.fixture
def site(market: Market, tmp_path) -> Path:
    return shutil.copytree(market.site, tmp_path / "site")


def paths(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())


def named(told: Audit) -> set[str]:
    return {finding.file for finding in told.findings}


def rules(told: Audit) -> set[str]:
    return {finding.rule for finding in told.findings}


def of_each_kind(site: Path) -> list[str]:
    """Files that are one like another, by where they lie and how they end: one of each, by night all."""
    if NIGHTLY:
        return paths(site)
    kinds: dict[tuple[str, str], list[str]] = {}
    for path in paths(site):
        folder, _, name = path.rpartition("/")
        depth = 3 if folder.startswith("log/tile") else 2 if folder.startswith(("log", "v1")) else 1
        kinds.setdefault(("/".join(folder.split("/")[:depth]), name.partition(".")[2]), []).append(path)
    return [path for alike in kinds.values() for path in alike[:A_FEW]]


def audited(site: Path, market: Market, **options) -> Audit:
    return audit(Folder(site), market.policy, **options)


def found_in(site: Path, market: Market) -> set[str]:
    """The files that an audit names: those in findings, or the one that ends it."""
    try:
        return named(audited(site, market))
    except Broken as error:
        return {str(error.evidence["file"])}


# what is right -----------------------------------------------------------------------------------------
def test_a_published_site_is_found_right_and_what_was_read_is_told(market):
    told = audited(market.site, market)

    beside = {path for path in paths(market.site) if not path.startswith(OF_ORDERS)}
    assert told.findings == told.notices == []
    assert (told.start, told.size, told.epochs, told.orders) == (0, 11, 3, 3)
    assert (told.pages, told.files) == (6, len(paths(market.site)))
    assert set(told.read) == beside
    assert (told.cosigned, told.quorum) == ("0 of 0", True)


def test_an_epoch_alone_is_audited(tmp_path):
    empty = opened(tmp_path / "w")
    empty.publish()

    told = audited(empty.site, empty)

    assert (told.findings, told.size, told.orders, told.pages) == ([], 1, 0, 0)
    empty.close()


def test_where_nothing_was_published_there_is_nothing_to_audit(market, tmp_path):
    with pytest.raises(Broken, match="no checkpoint") as caught:
        audit(Folder(tmp_path), market.policy)

    assert caught.value.evidence == {"file": "log/checkpoint"}


def test_progress_is_told_to_the_end(market):
    seen = []

    audited(market.site, market, progress=lambda *told: seen.append(told))

    assert ("log", 11, 11) in seen
    assert seen[-1] == ("pages", 6, 6)


def test_other_processes_find_the_same(market):
    alone = audited(market.site, market)
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        together = audited(market.site, market, executor=pool)

    assert together == alone


def test_a_url_is_audited_but_for_pages_that_nobody_can_list(market):
    with serving(market.site) as url:
        told = audit(Remote(url), market.policy)

    assert told.findings == []
    assert told.notices == ["order pages were not looked at: this site cannot be listed"]
    assert told.pages == 0
    assert set(told.read) < set(paths(market.site))


def test_what_is_altered_behind_a_url_is_found(market, site):
    flip(site / "index.html", 700)
    (site / "log/reducer.txt").unlink()
    with serving(site) as url:
        told = audit(Remote(url), market.policy)

    assert named(told) == {"index.html", "log/reducer.txt"}


# what is altered, lost or added ------------------------------------------------------------------------
def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_flipped_byte_of_every_file_is_found_and_nothing_else_is_named(market, site):
    for path in of_each_kind(site):
        flip(site / path, (site / path).stat().st_size // 3)

        assert found_in(site, market) == {path}

        flip(site / path, (site / path).stat().st_size // 3)


@dataclass(frozen=True, eq=False)
class Altered:
    """A site of which one file has other bytes."""

    site: Folder
    path: str
    content: bytes

    def read(self, path: str) -> bytes | None:
        return self.content if path == self.path else self.site.read(path)

    def files(self) -> Iterator[Listed]:
        return self.site.files()


class Flips:
    """Checks one altered file by the audit's own steps; what does not depend on it was made once."""

    def __init__(self, inquiry: Inquiry) -> None:
        assert continues(inquiry, None)
        assert reenact(inquiry)
        assert inquiry.findings == []
        self.inquiry = inquiry
        self.site = inquiry.log.source
        self.inspection = inspection_of(inquiry, inquiry.imprint)
        self.reprint = Reprint(inquiry.replica, inquiry.log, inquiry.imprint, inquiry.policy)
        self.audits = count(1)

    def named(self, path: str, content: bytes) -> set[str]:
        """The files that are named where this one has these bytes."""
        altered, findings = Altered(self.site, path, content), Findings()
        if path.startswith("log/tile/"):
            self._read(replace(self.inquiry.log, source=altered), findings)
        elif path.startswith(OF_ORDERS):
            with findings.about(path):
                self.reprint.check(path, content)
        elif path == "v1/site.json":
            self._printed(altered, findings)
        elif path == "log/checkpoint":
            with findings.about(path):
                head = read_head(altered, self.inquiry.policy)
                check_signatures(head, self.inquiry.policy, self.inquiry.imprint, findings)
                self.inspection.check(path, content)
        else:
            with findings.about(path):
                self.inspection.check(path, content)
        return {finding.file for finding in findings}

    def _read(self, log: PublishedLog, findings: Findings) -> None:
        inquiry = replace(self.inquiry, log=log, findings=findings)
        if continues(inquiry, None):
            for part in read_log(log):
                inquiry.add(part.faults, "")

    def _printed(self, altered: Altered, findings: Findings) -> None:
        imprint = read_imprint(altered, self.inquiry.head, findings)
        inquiry = replace(self.inquiry, imprint=imprint, findings=findings)
        if imprint is not None and is_committed(inquiry, imprint):
            survey(inquiry, imprint, audit=next(self.audits), same=False)


@pytest.mark.slow
def test_any_flipped_byte_of_any_file_is_found_and_named(market):
    with inquiring(Folder(market.site), market.policy) as (inquiry, _):
        flips = Flips(inquiry)
        missed = {
            (path, place)
            for path in of_each_kind(market.site)
            for place, altered in flipped((market.site / path).read_bytes())
            if path not in flips.named(path, altered)
        }

    assert not missed


def test_a_flipped_byte_of_a_full_tile_and_of_those_above_it_is_found_and_named(wide):
    tiles = [path for path in paths(wide.site) if path.startswith(("log/tile/", "log/map/"))]
    assert {"log/tile/0/000", "log/tile/entries/000"} <= {*tiles}
    assert any(path.startswith("log/tile/1/") for path in tiles)
    with inquiring(Folder(wide.site), wide.policy) as (inquiry, _):
        flips = Flips(inquiry)
        for path in tiles:
            content = bytearray((wide.site / path).read_bytes())
            content[len(content) // 3] ^= 1

            assert path in flips.named(path, bytes(content))


def flipped(content: bytes) -> Iterator[tuple[int, bytes]]:
    """By day every third byte."""
    for place in range(0, len(content), 1 if NIGHTLY else 3):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        yield place, bytes(altered)


@pytest.mark.parametrize(
    "said",
    [
        {"fresh_within": 10**9},
        {"policy": ()},
        {"policy": (Policy(due_in=10**12),)},
        {"languages": ("en",)},
        {"receipts": "none"},
        {"title": "Great"},
        {"trust": "quorum none\n"},
        {"zone": "Europe/Paris"},
    ],
    ids=lambda said: next(iter(said)),
)
def test_terms_changed_without_an_epoch_are_found_in_their_own_file(market, site, said):
    imprint = parse_imprint((site / PATH).read_bytes())
    (site / PATH).write_bytes(print_imprint(msgspec.structs.replace(imprint, **said)))

    told = audited(site, market)

    assert named(told) == {PATH}
    assert "pages were not looked at: v1/site.json does not say how they are printed" in told.notices


def test_terms_that_no_epoch_commits_to_are_found_and_pages_looked_at_nevertheless(market, site):
    forged(market, site, resealed(market, site=None))

    told = audited(site, market)

    assert PATH in named(told)
    assert told.pages == 6


def test_every_missing_file_is_found_and_named(market, site):
    for path in of_each_kind(site):
        whole = (site / path).read_bytes()
        (site / path).unlink()
        beside = f"{path.rpartition('/')[0]}/"  # a folder that is empty now is found as well

        assert {path} <= found_in(site, market) <= {path, beside}

        (site / path).write_bytes(whole)


def map_tiles(market: Market, size: int) -> set[str]:
    """The tiles of the map in the epoch that ends a tree of this size."""
    epoch = market.workspace.store.epoch_at(size)
    nodes = reachable(
        bytes.fromhex(epoch.map), lambda node: (market.site / "log" / path_of(node)).read_bytes()
    )
    return {f"log/{path_of(node)}" for node in nodes}


def test_every_tile_that_only_the_map_before_needs_is_missed_and_checked(wide, tmp_path):
    site = shutil.copytree(wide.site, tmp_path / "site")
    size = wide.workspace.store.max_notification_id()
    before = wide.workspace.store.epoch_at(size).previous + 1
    kept = map_tiles(wide, before) - map_tiles(wide, size)
    assert len(kept) > 5
    assert audited(site, wide, folder=tmp_path / "auditor").clean

    for gone, altered in ((min(kept), max(kept)), (max(kept), min(kept)))[: 2 if NIGHTLY else 1]:
        wholes = {path: (site / path).read_bytes() for path in (gone, altered)}
        (site / gone).unlink()
        flip(site / altered, -1)

        found = named(audited(site, wide, folder=tmp_path / "auditor"))

        assert {gone, altered} <= found <= {gone, altered, f"{gone.rpartition('/')[0]}/"}
        for path, whole in wholes.items():
            (site / path).write_bytes(whole)


def test_a_tile_of_the_map_before_is_missed_behind_a_url_as_well(wide, tmp_path):
    site = shutil.copytree(wide.site, tmp_path / "site")
    size = wide.workspace.store.max_notification_id()
    before = wide.workspace.store.epoch_at(size).previous + 1
    gone, altered, *_ = sorted(map_tiles(wide, before) - map_tiles(wide, size))
    (site / gone).unlink()
    flip(site / altered, 9)
    with serving(site) as url:
        told = audit(Remote(url), wide.policy)

    assert named(told) == {gone, altered}


def test_a_site_laid_anew_lacks_the_map_before_and_nothing_is_missing(tmp_path):
    anew = grown(tmp_path / "w")
    shutil.rmtree(anew.site)
    anew.publish()

    told = audited(anew.site, anew)

    assert told.findings == []
    assert len([path for path in told.read if path.startswith("log/map/")]) == 1
    anew.close()


def test_every_cut_file_is_found_and_nothing_else_is_named(market, site):
    for path in of_each_kind(site):
        whole = (site / path).read_bytes()
        (site / path).write_bytes(whole[:-1])

        assert found_in(site, market) == {path}

        (site / path).write_bytes(whole)


@pytest.mark.slow
def test_every_emptied_halved_and_lengthened_file_is_found_and_named(market, site):
    """By day each file in one of these ways, in turn."""
    for number, path in enumerate(of_each_kind(site)):
        whole = (site / path).read_bytes()
        others = (b"", whole[: len(whole) // 2], whole + b"\n", whole + whole)
        for other in others if NIGHTLY else others[number % 4 :][:1]:
            (site / path).write_bytes(other)

            assert path in found_in(site, market), path

        (site / path).write_bytes(whole)


def test_files_of_one_kind_that_changed_places_are_found_and_named(market, site):
    """By day the first of each kind."""
    kinds = {}
    for path in paths(site):
        kinds.setdefault((path.split("/")[0], path.rpartition(".")[2]), []).append(path)
    for group in kinds.values():
        for one, other in pairwise(group if NIGHTLY else group[:3]):
            first, second = (site / one).read_bytes(), (site / other).read_bytes()
            if first == second:
                continue
            (site / one).write_bytes(second)
            (site / other).write_bytes(first)

            assert found_in(site, market) & {one, other}, (one, other)

            (site / one).write_bytes(first)
            (site / other).write_bytes(second)


@pytest.mark.parametrize(
    "path",
    [
        "stray.txt",
        "log/tile/0/001",
        "log/tile/0/000.p/7",
        "log/tile/entries/000",
        "log/map/00/" + 64 * "0",
        "log/map/00/stray",
        "log/witness",
        "o/ab/abc.html",
        "o/46/46f4eaglrya55vehhguxp2aohe.fr.html",
        "o/aa/aaaaaaaaaaaaaaaaaaaaaaaaaa.html",
        "o/46/46f4eaglrya55vehhguxp2aohe.json",
        "v1/o/46/46f4eaglrya55vehhguxp2aohe.en.json",
        "v1/o/aa/aaaaaaaaaaaaaaaaaaaaaaaaaa.json",
        "v1/p/shop-b/index.json",
        "p/shop-b/index.html",
        "badge/platform/shop-a/late.svg",
    ],
)
def test_a_file_too_many_is_found_and_named(market, site, path):
    (site / path).parent.mkdir(parents=True, exist_ok=True)
    (site / path).write_bytes(b"{}")

    assert named(audited(site, market)) == {path}


def test_a_link_in_place_of_a_file_is_found_though_it_leads_to_the_same_bytes(market, site, tmp_path):
    kept = tmp_path / "kept.css"
    shutil.copy(site / "static/page.css", kept)
    (site / "static/page.css").unlink()
    (site / "static/page.css").symlink_to(kept)

    assert ("no plain file, or an empty folder", "static/page.css") in {
        (finding.rule, finding.file) for finding in audited(site, market).findings
    }


def test_links_to_folders_and_empty_folders_are_found(market, site, tmp_path):
    (site / "static/more").mkdir()
    (site / "other").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(site / "pipe")

    assert named(audited(site, market)) == {"static/more/", "other", "pipe"}


def test_a_name_that_speaks_to_the_terminal_is_found_and_shown_harmless(market, site):
    (site / "x\nnothing found\x1b[31m").touch()
    (site / os.fsdecode(b"\xff")).touch()

    told = audited(site, market)

    assert named(told) == {"x\\nnothing found\\x1b[31m", "\\udcff"}
    assert msgspec.json.encode(told)
    assert all(line.isprintable() for line in plain.audit(told, files=True, signed=None).splitlines())


def test_a_file_too_large_to_be_ours_is_not_read_to_its_end(market, site):
    with (site / "big").open("wb") as file:
        file.truncate(60 * 2**30)

    assert named(audited(site, market)) == {"big"}


def test_one_finding_does_not_hide_another(market, site):
    altered = [
        "index.html",
        "log/statistics.json",
        *(path for path in paths(site) if path.startswith(OF_ORDERS)),
    ]
    for path in altered:
        flip(site / path, 200)

    assert named(audited(site, market)) >= set(altered)


# what the log says of itself ---------------------------------------------------------------------------
def forged(market: Market, site: Path, entries: list[bytes]) -> None:
    """The log as its own key would sign it with these entries in the place of its own."""
    for path in [*(site / "log/tile").rglob("*")]:
        if path.is_file():
            path.unlink()
    made: dict[str, bytes] = {}
    edge = grow(Edge(), map(leaf_hash, entries), lambda tile, content: made.update({tile.path: content}))
    for bundle in new_bundles(0, len(entries)):
        made[bundle.path] = bundle_of(entries[bundle.index * 256 :][: bundle.width])
    keep = {tile.path for tile in [*new_tiles(0, len(entries)), *new_bundles(0, len(entries))]}
    for path in keep:
        (site / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (site / "log" / path).write_bytes(made[path])
    signer = market.workspace.signer()
    checkpoint = Checkpoint(signer.name, len(entries), edge.root)
    (site / "log/checkpoint").write_bytes(sign(checkpoint.text, [signer]))


def rows(market: Market) -> list[Row]:
    return [row for some in market.workspace.store.scan(0) for row in some]


def resealed(market: Market, **changed) -> list[bytes]:
    """All entries, the last epoch with other claims."""
    *before, last = rows(market)
    epoch = market.workspace.store.epoch_at(last.position)
    stored = [row for row in before if row.stream == LOG][-1]
    fields = {name: getattr(epoch, name) for name in Epoch.__struct_fields__} | changed
    event, at = Epoch(**fields), market.now
    claim = Claim(stream=LOG, by="ledger", event=event)
    raw = seal(claim, event, at=at, seq=stored.seq + 1, prev=stored.leaf, recorded=at)
    return [*(row.entry for row in before), raw]


def test_an_epoch_with_another_map_is_found_although_the_log_signed_it(market, site):
    forged(market, site, resealed(market, map="0" * 64))

    found = [each for each in audited(site, market).findings if "map of this epoch" in each.rule]

    assert [(each.file, each.place) for each in found] == [("log/tile/entries/000.p/11", 10)]
    assert found[0].evidence["actual"].startswith("0" * 64)


def test_an_epoch_that_counts_other_streams_is_found(market, site):
    forged(market, site, resealed(market, streams=99))

    assert "the map of this epoch is not that of its entries" in rules(audited(site, market))


@pytest.mark.parametrize("digest", [Digest(sha256="0" * 64, size=10), Digest(sha256="0" * 64, size=9)])
def test_an_epoch_with_other_figures_is_found_although_the_log_signed_it(market, site, digest):
    forged(market, site, resealed(market, statistics=digest))

    found = [each for each in audited(site, market).findings if "figures of this epoch" in each.rule]

    assert [each.place for each in found] == [10]


def test_epochs_counted_by_other_rules_are_told_apart_and_their_map_is_checked(market, site):
    text = b"other rules"
    forged(market, site, resealed(market, rules=sha256(text).hexdigest()))
    (site / "log/reducer.txt").write_bytes(text)

    told = audited(site, market)

    assert "1 epochs were counted by other rules" in told.notices[0]
    assert ("the newest figures are counted by rules that this version has not", "log/statistics.json") in {
        (each.rule, each.file) for each in told.findings
    }
    assert "log/reducer.txt" not in named(told)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [({"covers": 9}, "an epoch that covers"), ({"previous": 1}, "an epoch that covers")],
)
def test_an_epoch_that_covers_something_else_is_found(market, site, changed, rule):
    forged(market, site, resealed(market, **changed))

    (found,) = audited(site, market).findings

    assert found.rule.startswith(rule)
    assert found.file == "log/tile/entries/000.p/11"
    assert found.place == 10


def test_a_tree_that_does_not_end_in_an_epoch_is_found(market, site):
    forged(market, site, [row.entry for row in rows(market)][:-1])

    (found,) = audited(site, market).findings

    assert found.rule == "a published tree ends in an epoch entry"


def test_an_entry_left_out_is_found_although_the_log_signed_the_rest(market, site):
    entries = [row.entry for row in rows(market)]
    for gone in range(len(entries) - 1):
        forged(market, site, entries[:gone] + entries[gone + 1 :])

        (found,) = audited(site, market).findings

        assert found.rule in ("an entry does not continue its stream", "an epoch that covers something else")
        assert found.place >= gone


def test_a_live_entry_that_breaks_a_rule_is_found_where_it_stands(tmp_path):
    """And no sighting is, though the forwarding that let it be one was disavowed since."""
    lawless = grown(tmp_path / "w")
    seen = lawless.place("seen")
    lawless.tell(seen, *ROAD)
    other = Claim(stream=seen, by="shop-a", event=ROAD[2], basis="observed", private={"goods": "another"})
    (flagged,) = lawless.book.record([other])
    assert flagged.irregular == "already-delivered"
    forwarded = lawless.workspace.store.rows_of([seen])[2].leaf.hex()
    lawless.tell(seen, Disavowed(entry=forwarded, reason="did_not_occur"))
    stream = next(row.stream for row in rows(lawless) if row.stream != LOG)
    before = lawless.workspace.store.rows_of([stream])[-1]
    lawless.now += MINUTE
    event = Delivered(evidence="account_credited")
    raw = seal(
        Claim(stream=stream, by="shop-a", event=event),
        event, at=lawless.now, seq=before.seq + 1, prev=before.leaf, recorded=lawless.now,
    )  # fmt: skip
    with lawless.workspace.store.appending() as appending:
        row = Row(appending.head + 1, stream, before.seq + 1, "delivery.delivered", raw, leaf_hash(raw))
        appending.write([row])
    lawless.publish()

    (found,) = audited(lawless.site, lawless).findings

    assert found.rule == "every unit is delivered at most once (I2)"
    assert (found.stream, found.place) == (stream, row.position - 1)
    lawless.close()


def test_the_same_in_imported_history_is_counted_and_no_finding(tmp_path):
    history = grown(tmp_path / "w")
    stream = next(row.stream for row in rows(history) if row.stream != LOG)
    event = Delivered(evidence="account_credited")
    other = {"goods": "another"}
    claim = Claim(stream=stream, by="shop-a", event=event, at=history.now, basis="observed", private=other)
    history.book.record([claim])
    history.publish()

    told = audited(history.site, history)

    assert told.findings == []
    assert told.irregularities == 1
    history.close()


# signatures --------------------------------------------------------------------------------------------
def cosigned(site: Path, *signers: Signer, at: int = 1_793_491_300) -> None:
    text, lines = parse_note((site / "log/checkpoint").read_bytes())
    signed = [*lines, *(signer.sign(text, at) for signer in signers)]
    (site / "log/checkpoint").write_bytes(print_note(text, signed))


def witness(seed: bytes) -> Signer:
    return Signer("witness.example", seed * 32, COSIGNATURE)


def test_a_checkpoint_of_an_unknown_log_ends_the_audit(market):
    other = TrustPolicy((Log(Signer("small.example/log", b"\1" * 32).key),))

    with pytest.raises(Broken) as caught:
        audit(Folder(market.site), other)

    assert caught.value.evidence["file"] == "log/checkpoint"


def test_known_witnesses_are_counted_and_unknown_ones_named(market, site):
    known, unknown = witness(b"\2"), witness(b"\3")
    cosigned(site, known, unknown)
    policy = TrustPolicy(market.policy.logs, (Witness("w", known.key),), "w")

    told = audit(Folder(site), policy)

    assert (told.cosigned, told.quorum) == ("1 of 1", True)
    assert [finding.evidence["key"] for finding in told.findings if "neither" in finding.rule] == [
        f"witness.example+{unknown.key.id.hex()}"
    ]


def test_a_quorum_that_is_not_met_is_a_finding(market, site):
    policy = TrustPolicy(market.policy.logs, (Witness("w", witness(b"\2").key),), "w")

    told = audit(Folder(site), policy)

    assert (told.cosigned, told.quorum) == ("0 of 1", False)
    assert "too few of the witnesses you ask for cosigned" in rules(told)


def test_too_few_witnesses_hide_no_page_that_was_altered(market, site):
    policy = TrustPolicy(market.policy.logs, (Witness("w", witness(b"\2").key),), "w")
    path = next(path for path in paths(site) if path.startswith("o/") and path.endswith(".html"))
    altered = (site / path).read_bytes().replace(b"<h1>", b"<h1>forged: ", 1)
    (site / path).write_bytes(altered)

    found = {finding.file: finding.rule for finding in audit(Folder(site), policy).findings}

    assert found.pop(path) == "the page is not what the log prints"
    assert set(found.values()) == {"too few of the witnesses you ask for cosigned"}


# pages -------------------------------------------------------------------------------------------------
def test_a_code_that_is_missing_or_leads_elsewhere_is_found(market, site):
    gone, other, another = sorted(
        path for path in paths(site) if path.startswith("o/") and path.endswith(".svg")
    )
    (site / gone).unlink()
    (site / other).write_bytes((site / another).read_bytes())

    found = {finding.file: finding.rule for finding in audit(Folder(site), market.policy).findings}

    assert found == {
        gone: "an order without its code",
        other: "the code is not what the log prints",
    }


def test_a_page_that_lacks_its_orders_newest_entries_is_found(tmp_path):
    late = grown(tmp_path / "w")
    third = late.workspace.vault.find("third")
    pages = [path for path in paths(late.site) if third.handle in path and path.endswith(".html")]
    before = {path: (late.site / path).read_bytes() for path in pages}
    late.tell(third.stream, *ROAD[1:])
    late.publish()
    for path, content in before.items():
        (late.site / path).write_bytes(content)

    told = audited(late.site, late)

    assert {(each.file, each.rule) for each in told.findings} == {
        (path, "the page lacks its order's newest entries") for path in before
    }
    assert {each.stream for each in told.findings} == {third.stream}
    late.close()


@pytest.fixture
def fed(tmp_path) -> Iterator[tuple[Market, str]]:
    """An order that is open and has feeds, with what each of them said before its delivery."""
    market = grown(tmp_path / "w")
    yield market, market.workspace.vault.find("third").handle
    market.close()


def feeds_of(market: Market, handle: str) -> dict[str, bytes]:
    return {
        path: (market.site / path).read_bytes()
        for path in paths(market.site)
        if handle in path and path.endswith(".atom")
    }


def test_a_feed_that_lacks_its_orders_newest_entries_is_found(fed):
    market, handle = fed
    before = feeds_of(market, handle)
    market.tell(market.workspace.vault.find("third").stream, *ROAD[1:])
    market.publish()
    for path, content in before.items():
        (market.site / path).write_bytes(content)

    told = audited(market.site, market)

    assert {(each.file, each.rule) for each in told.findings} == {
        (path, "the feed is not what the log prints") for path in before
    }
    assert len(before) == 2


def test_a_feed_of_an_order_that_is_over_is_found(fed):
    market, handle = fed
    before = feeds_of(market, handle)
    stream = market.workspace.vault.find("third").stream
    market.tell(stream, *ROAD[1:])
    market.book.record([Claim(stream=stream, by="buyer", event=Completed(by="buyer"))])
    market.publish()
    assert feeds_of(market, handle) == {}
    for path, content in before.items():
        (market.site / path).write_bytes(content)

    told = audited(market.site, market)

    assert {(each.file, each.rule) for each in told.findings} == {
        (path, "a feed of an order of which no more is to come") for path in before
    }


def test_an_audit_of_what_was_audited_before_misses_a_feed_that_went_away(fed, tmp_path):
    market, handle = fed
    assert audited(market.site, market, folder=tmp_path / "auditor").clean
    gone = min(feeds_of(market, handle))
    (market.site / gone).unlink()

    told = audited(market.site, market, folder=tmp_path / "auditor")

    assert [(each.file, each.rule) for each in told.findings] == [(gone, "an open order without its feed")]


def twin_of(market: Market, name: str) -> Path:
    handle = market.workspace.vault.find(name).handle
    return Path("v1/o", handle[:2], f"{handle}.json")


def test_a_twin_that_lacks_its_orders_newest_entries_is_found(fed):
    market, _ = fed
    path = twin_of(market, "third")
    before = (market.site / path).read_bytes()
    market.tell(market.workspace.vault.find("third").stream, *ROAD[1:])
    market.publish()
    (market.site / path).write_bytes(before)

    told = audited(market.site, market)

    assert {(each.file, each.rule) for each in told.findings} == {
        (path.as_posix(), "the twin lacks its order's newest entries")
    }


def test_a_twin_of_a_tree_that_no_epoch_closes_is_found(market, site):
    path = twin_of(market, "third")
    told = parse_order_twin((site / path).read_bytes())
    tree = msgspec.structs.replace(told.checkpoint, size=told.checkpoint.size - 1)
    (site / path).write_bytes(print_twin(msgspec.structs.replace(told, checkpoint=tree)))

    assert {(each.file, each.rule) for each in audited(site, market).findings} == {
        (path.as_posix(), "no epoch of this log ends there")
    }


def test_a_twin_that_says_more_than_the_log_is_found(market, site):
    path = twin_of(market, "third")
    told = parse_order_twin((site / path).read_bytes())
    (site / path).write_bytes(print_twin(msgspec.structs.replace(told, next="step.shipped")))

    (found,) = audited(site, market).findings

    assert (found.file, found.rule) == (path.as_posix(), "the twin is not what the log prints")


def test_an_order_without_its_twin_is_found_now_and_by_the_next_audit(fed, tmp_path):
    market, _ = fed
    path = twin_of(market, "first")
    assert audited(market.site, market, folder=tmp_path / "auditor").clean
    (market.site / path).unlink()
    (market.site / path.parent).rmdir()

    for options in ({}, {"folder": tmp_path / "auditor"}):
        told = audited(market.site, market, **options)

        assert [(each.file, each.rule) for each in told.findings] == [
            (path.as_posix(), "an order without its twin")
        ]


def test_an_order_without_pages_is_named_by_its_stream(market, site):
    third = market.workspace.vault.find("third")
    for path in paths(site):
        if third.handle in path:
            (site / path).unlink()
    for room in OF_ORDERS:
        (site / room / third.handle[:2]).rmdir()

    (found,) = audited(site, market).findings

    assert (found.stream, found.rule) == (third.stream, "an order without its page")


# audits one after the other ----------------------------------------------------------------------------
@contextmanager
def growing(tmp_path: Path) -> Iterator[tuple[Market, Path]]:
    """A market audited once, and the folder that keeps where that ended."""
    market, folder = grown(tmp_path / "w"), tmp_path / "auditor"
    assert audited(market.site, market, folder=folder).clean
    yield market, folder
    market.close()


def copied(market: Market, tmp_path: Path) -> Path:
    return shutil.copytree(market.site, tmp_path / "then")


def test_the_next_audit_reads_only_what_is_new_and_finds_the_same(tmp_path):
    with growing(tmp_path) as (market, folder):
        market.tell(market.place("fourth"), *ROAD)
        market.publish()

        told = audited(market.site, market, folder=folder)
        anew = audited(market.site, market)

        assert (told.start, told.size, told.epochs) == (11, 16, 1)
        assert (told.findings, told.orders, told.root) == ([], anew.orders, anew.root)
        assert (told.pages, told.known) == (8, 6)


def test_an_audit_of_what_was_audited_before_knows_every_page(tmp_path):
    with growing(tmp_path) as (market, folder):
        told = audited(market.site, market, folder=folder)

        assert (told.start, told.size, told.known, told.pages) == (11, 11, 6, 6)
        assert told.clean


def test_a_known_page_that_was_altered_since_is_found(tmp_path):
    with growing(tmp_path) as (market, folder):
        page = next(path for path in paths(market.site) if path.startswith("o/"))
        flip(market.site / page, 900)

        assert named(audited(market.site, market, folder=folder)) == {page}
        assert named(audited(market.site, market, folder=folder)) == {page}


def test_a_log_that_was_rewritten_since_is_found_with_both_checkpoints(tmp_path):
    with growing(tmp_path) as (market, folder):
        before = (market.site / "log/checkpoint").read_bytes().decode()
        forged(market, market.site, resealed(market, rules="0" * 64))

        (found,) = audited(market.site, market, folder=folder).findings

        now = (market.site / "log/checkpoint").read_bytes().decode()
        assert found.rule.startswith("the new tree does not continue the old one")
        assert (found.evidence["before"], found.evidence["now"]) == (before, now)


def test_a_log_that_was_forked_and_grew_since_is_found_with_both_checkpoints(tmp_path):
    market = opened(tmp_path / "w")
    market.place("first")
    market.publish()
    market.close()
    shutil.copytree(tmp_path / "w", tmp_path / "other")
    forks = []
    for place, name in ((tmp_path / "w", "second"), (tmp_path / "other", "third")):
        fork = reopened(place, market.now)
        fork.place(name)
        fork.publish()
        forks.append(fork)
    one, other = forks
    other.place("fourth")
    other.publish()
    assert audited(one.site, one, folder=tmp_path / "auditor").clean

    (found,) = audited(other.site, other, folder=tmp_path / "auditor").findings

    assert "does not continue" in found.rule
    assert set(found.evidence) == {"before", "now"}
    for fork in forks:
        fork.close()


def test_a_log_that_shrank_since_is_found_with_both_checkpoints(tmp_path):
    with growing(tmp_path) as (market, folder):
        then = copied(market, tmp_path)
        market.publish(refresh=True)
        assert audited(market.site, market, folder=folder).clean

        (found,) = audited(then, market, folder=folder).findings

        assert found.rule == "the log has shrunk since it was audited"
        assert set(found.evidence) == {"before", "now"}


def test_where_something_was_found_the_standpoint_stays(tmp_path):
    with growing(tmp_path) as (market, folder):
        before = (folder / FILE).read_bytes()
        market.publish(refresh=True)
        flip(market.site / "index.html", 700)

        assert not audited(market.site, market, folder=folder).clean
        assert (folder / FILE).read_bytes() == before

        flip(market.site / "index.html", 700)
        told = audited(market.site, market, folder=folder)

        assert (told.start, told.clean) == (0, True)


@pytest.mark.parametrize("name", ["ledger.db", "views.db"])
def test_a_copy_that_was_altered_is_not_gone_on_with(market, tmp_path, name):
    audited(market.site, market, folder=tmp_path)
    [copy] = tmp_path.glob("copy-*")
    flip(copy / name, (copy / name).stat().st_size // 2)

    again = audited(market.site, market, folder=tmp_path)

    assert (again.findings, again.start) == ([], 0)


def test_any_altered_standpoint_is_refused(tmp_path):
    with growing(tmp_path) as (market, folder):
        whole = (folder / FILE).read_bytes()
        for place in range(len(whole)):
            for bit in (0x01, 0x80):
                altered = bytearray(whole)
                altered[place] ^= bit
                (folder / FILE).write_bytes(altered)
                with pytest.raises(Broken, match="standpoint was altered"):
                    audited(market.site, market, folder=folder)
        (folder / FILE).write_bytes(whole)

        assert audited(market.site, market, folder=folder).clean


@pytest.mark.parametrize("told", [{"v": 3}, {"seen": []}])
def test_a_standpoint_of_another_version_is_refused(tmp_path, told):
    with growing(tmp_path) as (market, folder):
        before = msgspec.json.decode((folder / FILE).read_bytes().partition(b"\n")[0])
        raw = msgspec.json.encode(before | told)
        (folder / FILE).write_bytes(raw + b"\n" + sha256(raw).hexdigest().encode() + b"\n")

        with pytest.raises(Misuse, match="another version"):
            audited(market.site, market, folder=folder)


def test_a_standpoint_of_another_log_is_refused(tmp_path):
    with growing(tmp_path) as (_, folder):
        other = opened(tmp_path / "other")
        other.publish()

        with pytest.raises(Misuse, match="another log or key"):
            audited(other.site, other, folder=folder)
        other.close()


def test_a_copy_that_stands_elsewhere_is_not_believed_but_made_anew(tmp_path):
    with growing(tmp_path) as (market, folder):
        (copy,) = folder.glob("copy-*")
        (copy / "views.db").unlink()

        told = audited(market.site, market, folder=folder)

        assert (told.start, told.clean) == (0, True)
        assert not copy.exists()


@pytest.mark.parametrize("step", ["log", "pages"])
@pytest.mark.parametrize("first", [True, False])
def test_an_audit_that_was_killed_is_done_again_with_the_same_result(tmp_path, step, first):
    market, folder = grown(tmp_path / "w"), tmp_path / "auditor"
    if not first:
        assert audited(market.site, market, folder=folder).clean
        market.tell(market.place("fourth"), *ROAD)
        market.publish()
    key = str(market.workspace.signer().key)
    command = [PYTHON, AUDITS, market.site, key, folder, step]

    died = subprocess.run(command, check=False, timeout=120).returncode
    again = audited(market.site, market, folder=folder)
    undisturbed = audited(market.site, market)

    assert died == -signal.SIGKILL
    assert (again.start, again) == (0, undisturbed)
    assert len(list(folder.glob("copy-*"))) == 1
    assert audited(market.site, market, folder=folder).known == again.pages
    market.close()


# the auditor's word ------------------------------------------------------------------------------------
def test_an_auditor_signs_what_it_found_right(market):
    told = audited(market.site, market)

    head, note = open_attestation(cosign(told, AUDITOR, market.policy), AUDITOR.key)

    assert (head.size, head.root.hex()) == (told.size, told.root)
    assert note.text.startswith("mingdan/audit/v1\nsmall.example/log\n11\n")
    assert note.text.endswith("\nreplayed; map and statistics match\n")


def test_an_auditor_signs_what_it_replayed_from_a_url(market):
    with serving(market.site) as url:
        told = audit(Remote(url), market.policy)

    assert open_attestation(cosign(told, AUDITOR, market.policy), AUDITOR.key)[0].size == told.size


def test_an_auditor_signs_nothing_where_figures_were_not_counted(market):
    told = msgspec.structs.replace(audited(market.site, market), notices=["figures were not counted"])

    with pytest.raises(Broken, match="nothing is signed"):
        cosign(told, AUDITOR, market.policy)


def test_an_auditor_signs_nothing_where_something_was_found(market, site):
    flip(site / "index.html", 700)

    with pytest.raises(Broken, match="nothing is signed"):
        cosign(audited(site, market), AUDITOR, market.policy)


def test_no_key_of_another_role_signs_as_auditor(market):
    told = audited(market.site, market)

    for key in (market.workspace.signer(), witness(b"\5")):
        with pytest.raises(Malformed, match="a key of its own"):
            cosign(told, key, market.policy)


def test_a_statement_of_another_kind_is_no_auditors():
    head = Checkpoint("small.example/log", 1, b"\0" * 32)
    for text in (head.text, f"mingdan/audit/v1\n{head.text}", "mingdan/audit/v1\nreplayed\n"):
        with pytest.raises(Broken, match="not an auditor's statement"):
            open_attestation(sign(text, [AUDITOR]), AUDITOR.key)


def test_a_signature_is_followed_by_the_key_that_an_audit_before_has_read(tmp_path):
    key = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    public = b64encode(key.public_key().public_bytes_raw()).decode()

    def signed(stream: str, at: int) -> Claim:
        event = HopAccepted()
        hand = b64encode(key.sign(signed_text(stream, "agent-a", event, at, None))).decode()
        sig = Signature(ed25519=hand, key=key_id(public))
        return Claim(stream=stream, by="agent-a", event=event, at=at, sig=sig)

    with growing(tmp_path) as (market, folder):
        stream = market.place("signed")
        market.tell(stream, Paid(amount=4980))
        market.tell(stream, HopForwarded(attempt=1, to="agent-a"))
        agent = Registered(name="Agent", role="agent")
        market.book.record([Claim(stream="party/agent-a", by="owner", event=agent)])
        market.book.record([Claim(stream="party/agent-a", by="agent-a", event=Keyed(key=public))])
        market.publish()
        assert audited(market.site, market, folder=folder).clean

        market.book.record([signed(stream, market.now)])
        market.publish()
        told = audited(market.site, market, folder=folder)

    assert told.clean
    assert told.start > 0
