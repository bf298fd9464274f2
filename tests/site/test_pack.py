"""An evidence pack: what lies in it, that it verifies with nothing but a key, and what every forger meets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from playwright.sync_api import Browser

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, MalformedProof, NotFound, Refused, Unwitnessed
from mingdan.ledger.event import Event, Notified
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.market.party import Qualified, Registered, Suspended
from mingdan.ledger.market.promise import Published, StageLimits
from mingdan.ledger.market.sku import Listed, Paced
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.quorum import Log, TrustPolicy, Witness
from mingdan.ledger.tlog_proof import parse_proof
from mingdan.site import plain
from mingdan.site.archive import Archive, parse_archive, print_archive
from mingdan.site.comparison import compare
from mingdan.site.opened_pack import is_pack, judge_pack, pack_at, read_pack
from mingdan.site.pack import MANIFEST, Pack, pages_in, print_manifest
from mingdan.site.packer import pack_order
from mingdan.site.prover import Prover
from mingdan.site.saved_page import parse_saved_page
from mingdan.site.texts import texts
from mingdan.site.verdict import Verdict

from .reading import Reading
from .small_market import MINUTE, ROAD, START, Market, opened

DAY = 24 * 60 * MINUTE
TERMS = Published(
    clock_start="paid",
    compensation="amount // 10",
    due_in=DAY,
    notice_within=10 * MINUTE,
    since=START,
    stage_limits=StageLimits(),
    text="二十四小时内送达；逾期赔付 10%。\n<b>No words of ours</b> & none hidden.",
    title="24 hours or 10 %",
    version=1,
    zone="Asia/Shanghai",
)


class Told(NamedTuple):
    """A published market, the pack of its order `first` that opens its order number, and who may read it."""

    market: Market
    content: bytes

    @property
    def files(self) -> dict[str, bytes]:
        return parse_archive(self.content).files

    @property
    def policy(self) -> TrustPolicy:
        return self.market.policy

    def judged(self, content: bytes | None = None, policy: TrustPolicy | None = None) -> Verdict:
        pack = read_pack(self.content if content is None else content)
        return judge_pack(pack, policy or self.policy, None, now=self.market.now, fresh_within=3600)

    def forged(self, **becomes: bytes | None) -> bytes:
        """The pack with other files (None: without), and a manifest that lists just those."""
        files = {path: content for path, content in (self.files | becomes).items() if content is not None}
        manifest = json.loads(files["MANIFEST.json"])
        manifest["files"] = {
            path: {"sha256": sha256(content).hexdigest(), "size": len(content)}
            for path, content in sorted(files.items())
            if path != "MANIFEST.json"
        }
        files["MANIFEST.json"] = json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"
        return print_archive(files, parse_archive(self.content).at)


def said(market: Market, stream: str, *events: Event, by: str = "shop-a") -> None:
    market.now += MINUTE
    market.book.record([Claim(stream=stream, by=by, event=event) for event in events])


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Iterator[Told]:
    """Terms are published between `early` and `first`; the agent of both is registered, then suspended."""
    market = opened(tmp_path_factory.mktemp("pack") / "w")
    said(market, "party/shop-a", Registered(name="Shop A", public=True, role="platform"))
    said(market, "party/agent-a", Registered(name="Secretive", role="agent"))
    said(market, "party/agent-a", Qualified(valid_until=START + DAY, verifier="shop-a"))
    early = market.place("early")
    said(market, "policy/default", replace(TERMS, since=market.now + MINUTE))
    first = market.place("first")
    market.tell(first, *ROAD)
    delivered = market.workspace.store.rows_of([first])[-1].leaf.hex()
    market.tell(first, Notified(channel="sms", of=delivered, template="delivered-1"))
    market.tell(early, ROAD[0])
    said(
        market, "party/agent-a", Suspended(entries=(delivered,), reasons="<slow> & silent", until=START + DAY)
    )
    market.publish()
    yield Told(market, pack_order(market.workspace, "first", ["order_no"]).content)
    market.close()


def is_page(path: str) -> bool:
    return path.startswith("o/") and path.endswith(".html")


# what lies in it ----------------------------------------------------------------------------------------
def test_a_pack_holds_the_page_the_proofs_and_all_that_is_told_of_the_order(told):
    handle = told.market.workspace.vault.find("first").handle
    names = {path for path in told.files if not path.startswith("static/")}

    assert names == {
        "MANIFEST.json", "README.en.html", "README.zh-CN.html", "README.zh-Hant.html", "entries.jsonl",
        "log/checkpoint", "log/policy", "notices.json",
        f"o/{handle[:2]}/{handle}.en.html", f"o/{handle[:2]}/{handle}.html", f"o/{handle[:2]}/{handle}.svg",
        "order.tlog-proof", "parties.json", "places.json", "policies/default/1/index.en.html",
        "policies/default/1/index.html", "promise.json", "register/party-agent-a.tlog-proof",
        "register/party-shop-a.tlog-proof", "register/party-store-7.tlog-proof",
        "register/policy-default.tlog-proof", "register/sku-game-100.tlog-proof", "v1/site.json",
        "verify.en.html", "verify.html",
    }  # fmt: skip


def test_what_is_published_is_in_it_byte_for_byte(told):
    beside = ("o/", "static/", "verify", "log/", "v1/", "policies/")
    published = {path: content for path, content in told.files.items() if path.startswith(beside)}

    assert published == {path: (told.market.site / path).read_bytes() for path in published}


def test_the_entries_are_the_very_bytes_that_were_hashed(told):
    rows = told.market.workspace.store.rows_of([told.market.workspace.vault.find("first").stream])

    assert told.files["entries.jsonl"].splitlines() == [row.entry for row in rows]


def test_the_same_publication_gives_the_same_bytes(told):
    assert pack_order(told.market.workspace, "first", ["order_no"]).content == told.content


def test_the_manifest_says_of_what_and_of_when_it_is(told):
    manifest = json.loads(told.files["MANIFEST.json"])
    checkpoint = (told.market.site / "log/checkpoint").read_text().splitlines()

    assert manifest["stream"] == told.market.workspace.vault.find("first").stream
    assert [manifest["origin"], str(manifest["size"])] == checkpoint[:2]
    assert manifest["as_of"] == told.market.now
    assert manifest["files"].keys() == told.files.keys() - {"MANIFEST.json"}


def test_only_the_words_asked_for_are_opened_and_nothing_of_other_orders_is_told(told):
    vault, whole = told.market.workspace.vault, b"".join(told.files.values())
    mine, other = vault.find("first"), vault.find("early")
    closed = b"".join(parse_archive(pack_order(told.market.workspace, "first").content).files.values())

    assert mine.secret is not None
    for private in (mine.secret, mine.secret.hex().encode()):
        assert private not in whole
    assert b"&lt;first&gt; &amp; co" in told.files["README.en.html"]
    assert b"first> & co" not in closed
    assert b"&lt;first&gt;" not in closed
    for private in (other.handle, other.stream, other.stream.removeprefix("order/"), "early> & co"):
        assert private.encode() not in whole


def test_an_order_under_published_terms_has_their_text_and_proof(told):
    promise = json.loads(told.files["promise.json"])
    proof = parse_proof(told.files[promise["proof"]])

    assert (promise["from"], promise["policy"], promise["version"]) == ("published", "default", 1)
    assert promise["terms"]["text"] == TERMS.text
    assert TERMS.text.encode() not in proof.entries[0]  # there it is JSON
    assert json.loads(proof.entries[0])["data"]["text"] == TERMS.text


def test_the_text_of_the_terms_stands_on_the_cover_as_it_is(told, language):
    reading = Reading(told.files[f"README.{language}.html"])

    assert reading.all("pre") == [TERMS.text]


def test_what_lateness_is_worth_stands_on_the_cover_in_words_and_as_it_is_reckoned(told):
    lines = Reading(told.files["README.en.html"]).all("dd")

    assert [each for each in lines if each.endswith("amount // 10")] == ["10% of the priceamount // 10"]


def test_an_order_from_before_has_the_terms_of_the_settings(told):
    files = parse_archive(pack_order(told.market.workspace, "early").content).files
    promise, site = json.loads(files["promise.json"]), json.loads(files["v1/site.json"])

    assert (promise["from"], promise["version"]) == ("settings", None)
    assert promise["terms"] == site["policy"][0]
    assert json.loads(files["notices.json"]) == []
    assert texts("en")["pack.notices_none"] in Reading(files["README.en.html"]).text


def test_a_notice_is_listed_with_what_it_was_about(told, language):
    (notice,) = json.loads(told.files["notices.json"])
    text = Reading(told.files[f"README.{language}.html"]).text

    assert (notice["channel"], notice["template"], notice["seq"]) == ("sms", "delivered-1", 5)
    assert (notice["of"]["seq"], notice["of"]["kind"]) == (4, "delivery.delivered")
    assert "delivered-1" in text
    assert texts(language).say("order.entry", seq=4) in text


def test_each_party_is_told_by_its_part_and_by_what_is_registered_of_it(told):
    agent, shop, store = json.loads(told.files["parties.json"])

    assert [each["party"] for each in (agent, shop, store)] == ["agent-a", "shop-a", "store-7"]
    assert [each["parts"] for each in (agent, shop, store)] == [
        ["tier"],
        ["platform", "speaker"],
        ["merchant"],
    ]
    assert [each["role"] for each in (agent, shop, store)] == ["agent", "platform", None]
    assert agent["sanctions"] == ["suspended"]
    assert [entry["kind"] for entry in agent["entries"]] == [
        "party.registered", "party.qualified", "party.suspended",
    ]  # fmt: skip


def test_that_somebody_is_not_registered_is_proven_too(told):
    store = parse_proof(told.files["register/party-store-7.tlog-proof"])

    assert store.head is None
    assert texts("en")["pack.unregistered"] in Reading(told.files["README.en.html"]).text


def test_sanctions_and_only_public_names_stand_on_the_cover(told, language):
    text = Reading(told.files[f"README.{language}.html"]).text

    assert texts(language)["kind.party.suspended"].replace("{reasons}", "<slow> & silent") in text
    assert "Shop A" in text
    assert "Secretive" not in text


def test_every_link_of_the_cover_leads_to_a_file_of_the_pack(told, language):
    links = Reading(told.files[f"README.{language}.html"]).attributes("href")

    assert {link for link in links if not link.startswith("#")} <= told.files.keys()
    assert any(link.startswith("o/") for link in links)


def test_a_page_finds_all_it_needs_in_the_pack_but_what_is_yet_to_come(told):
    for path in (path for path in told.files if is_page(path)):
        reading = Reading(told.files[path])
        links = chain(reading.attributes("href"), reading.attributes("src"))
        paths = {urlsplit(urljoin(f"file:///{path}", link)).path[1:] for link in links if link[0] != "#"}
        needed = {each for each in paths if each.startswith(("o/", "static/", "verify", "log/", "policies/"))}

        assert len(needed) > 10
        assert {each for each in needed if not each.endswith(".atom")} <= told.files.keys()


def test_the_cover_says_to_take_the_key_from_elsewhere_and_how_to_check(told, language):
    text, said_ = Reading(told.files[f"README.{language}.html"]).text, texts(language)

    for key in ("pack.key", "pack.key_text", "pack.by_page", "pack.by_command", "pack.limits_truth"):
        assert said_[key] in text
    assert f'mingdan verify evidence.zip --key "{said_["pack.key_here"]}"' in text
    assert str(told.policy.logs[0].key) in text


# orders without a pack ----------------------------------------------------------------------------------
@pytest.fixture
def market(tmp_path) -> Iterator[Market]:
    made = opened(tmp_path / "w")
    made.place("first")
    made.publish()
    yield made
    made.close()


def test_an_order_that_is_not_published_has_no_evidence_yet(market):
    market.place("second")

    with pytest.raises(NotFound, match="not published yet") as caught:
        pack_order(market.workspace, "second")

    assert "mingdan publish" in caught.value.next_step


def test_newer_entries_are_counted_and_left_out(market):
    market.tell(market.workspace.vault.find("first").stream, ROAD[0])

    packed = pack_order(market.workspace, "first")

    assert (packed.entries, packed.waiting) == (1, 1)


def test_an_erased_order_is_refused_published_or_not(market):
    known = market.workspace.vault.find("first")
    market.erase(known.stream)

    for _ in range(2):
        with pytest.raises(Refused, match="erased"):
            pack_order(market.workspace, known.handle)
        market.publish()


def test_an_order_that_the_log_does_not_have_has_no_evidence_though_its_absence_is_proven(market):
    pack = read_pack(pack_order(market.workspace, "first").content).pack
    drawn = draw_order(None, lambda size: bytes([7]) * size)
    absent = Prover.of_site(market.workspace).timeline(drawn.stream, ())
    policy = {"policy/default": pack.register["policy/default"]}
    forged = replace(pack, handle=drawn.handle, order=absent, places=(), register=policy)
    pages = zip(pages_in(drawn.handle, pack.imprint), pack.pages.values(), strict=True)
    content = print_archive(*handed(forged, dict(pages) | forged.covers | forged.furniture))

    found = judge_pack(read_pack(content), market.policy, None, now=market.now, fresh_within=3600)

    assert (found.error.message, found.proven) == ("an order that the log does not have", ())


def test_words_that_were_never_told_cannot_be_opened(market):
    with pytest.raises(NotFound):
        pack_order(market.workspace, "first", ["goods"])


def test_a_site_whose_settings_were_altered_gives_no_evidence(market):
    altered = market.site / "v1/site.json"
    altered.write_bytes(altered.read_bytes().replace(b"Small", b"Other", 1))

    with pytest.raises(Broken, match="does not hold together") as caught:
        pack_order(market.workspace, "first")

    assert caught.value.evidence["file"] == "v1/site.json"


@pytest.mark.parametrize("pattern", ["static/verify.js", "verify.html", "o/*/*.html"])
def test_what_was_altered_in_the_site_is_printed_anew_in_a_pack(market, pattern):
    content = pack_order(market.workspace, "first").content
    for path in market.site.glob(pattern):
        path.write_bytes(path.read_bytes() + b"<!-- and more -->")

    assert pack_order(market.workspace, "first").content == content


def test_the_pages_of_a_pack_are_of_its_own_edition_whenever_they_were_published(market):
    market.place("second")
    market.publish()
    files = parse_archive(pack_order(market.workspace, "first").content).files
    pages = [path for path in files if is_page(path)]
    sealed = Told(market, pack_order(market.workspace, "first").content).judged()
    before = {path: (market.site / path).read_bytes() for path in pages}

    assert sealed.verdict == "verified"
    assert all(files[path] != before[path] for path in pages), "published an edition ago"
    assert all(parse_saved_page(files[path]).timeline == sealed.timeline for path in pages)


# with nothing but the zip and a key -----------------------------------------------------------------------
def test_a_pack_verifies_by_the_key_of_its_log_and_all_else_in_it_first(told):
    verdict = told.judged()

    assert verdict.verdict == "verified"
    assert [step.number for step in verdict.steps] == [0, 1, 2, 3, 4, 5, 6]
    assert [opening.words for opening in verdict.opened] == ["<first> & co"]
    assert verdict.uncompared == ()
    assert f"{len(told.files)} files are what follows from them" in verdict.steps[0].found


def test_a_party_proven_by_another_edition_is_no_evidence_of_this_one(market):
    path = "register/party-shop-a.tlog-proof"
    before = Told(market, pack_order(market.workspace, "first").content)
    market.publish(refresh=True)
    later = Told(market, pack_order(market.workspace, "first").content)

    error = refused(later, later.forged(**{path: before.files[path]}))

    assert (error.message, error.evidence["file"]) == ("the proof of another edition", path)


def test_another_key_finds_nothing_verified(told):
    stranger = TrustPolicy((Log(Signer("small.example/log", b"s" * 32).key),))

    assert told.judged(policy=stranger).error.evidence["step"] == 1


def test_too_few_witnesses_are_said_once_all_else_holds(told):
    absent = Witness("w", STRANGER.key)
    policy = TrustPolicy(told.policy.logs, (absent,), "w")
    altered = told.forged(**{"notices.json": b"[]\n"})

    assert isinstance(told.judged(policy=policy).error, Unwitnessed)
    assert not isinstance(told.judged(altered, policy).error, Unwitnessed)


# forgers --------------------------------------------------------------------------------------------------
NOT_FOLLOWING = "not what follows from the proofs in the pack"
STRANGER = Signer("witness.example", b"w" * 32, COSIGNATURE)


def flipped(content: bytes) -> bytes:
    """One bit of the middle byte."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def refused(told: Told, content: bytes) -> Broken:
    """What a reader is told of a pack that is not whole."""
    try:
        error = told.judged(content).error
    except Broken as broken:
        error = broken
    assert error is not None
    return error


def test_a_byte_flipped_in_any_file_is_noticed_and_the_file_named(told):
    at = parse_archive(told.content).at
    for path, content in told.files.items():
        if path == "MANIFEST.json":
            continue
        error = refused(told, print_archive(told.files | {path: flipped(content)}, at))

        assert (error.message, error.evidence["file"]) == ("a file was altered", path)


def test_a_forger_who_mends_the_manifest_is_noticed_all_the_same(told):
    pages = {path for path in told.files if is_page(path)}
    for path in told.files.keys() - pages - {"MANIFEST.json"}:
        error = refused(told, told.forged(**{path: flipped(told.files[path])}))

        assert isinstance(error, Broken)
        assert path == "order.tlog-proof" or error.evidence["file"] == path, path


@pytest.mark.parametrize(("was", "becomes"), [(b"order.paid", b"order.Paid"), (b'"map":"', b'"map":"AAAA')])
def test_a_page_whose_evidence_was_altered_is_named_whichever_version_wrote_it(told, was, becomes):
    for path in (path for path in told.files if is_page(path)):
        altered = {path: told.files[path].replace(was, becomes, 1)}

        assert refused(told, told.forged(**altered)).evidence["file"] == path
        assert refused(told, told.forged(**altered, **foreign(told))).evidence["file"] == path


def test_a_word_altered_in_any_page_is_noticed_and_the_page_named(told):
    pages = [path for path in told.files if path.endswith(".html")]
    for path in pages:
        page = told.files[path]
        for place in (page.index(b"<h1>") + 4, page.rindex(b"</p>"), page.index(b'lang="') + 6):
            error = refused(told, told.forged(**{path: page[:place] + b"x" + page[place:]}))

            assert (error.message, error.evidence["file"]) == (NOT_FOLLOWING, path)

    assert len(pages) == 9


@pytest.mark.parametrize(
    "told_of", [b"49.80", b'data-index="', b"agent-a", b"game-100", b"policies/default/1"]
)
def test_what_an_order_page_says_of_its_entries_is_what_they_say(told, told_of):
    (path,) = (path for path in told.files if is_page(path) and ".en." in path)
    page = told.files[path]
    place = page.index(told_of) + len(told_of)

    error = refused(told, told.forged(**{path: page[:place] + b"1" + page[place:]}))

    assert error.evidence["file"] == path


@pytest.mark.parametrize(
    ("path", "was", "becomes"),
    [
        ("notices.json", rb'"at": \d', b'"at": 9'),
        ("notices.json", rb"delivered-1", b"delivered-2"),
        ("promise.json", rb'"due_in": \d', b'"due_in": 9'),
        ("promise.json", rb"10%", b"90%"),
        ("parties.json", rb'"suspended"', b'"warned"'),
        ("policies/default/1/index.html", rb"10%", b"90%"),
        ("README.en.html", rb"delivered-1", b"delivered-2"),
        ("README.zh-CN.html", rb"10%", b"90%"),
        ("v1/site.json", rb'"due_in":8', b'"due_in":9'),
        ("places.json", rb'"index": \d', b'"index": 9'),
        ("static/verify.js", rb"false", b"!true"),
        ("log/policy", rb"small", b"Small"),
    ],
)
def test_another_word_or_number_in_any_file_is_noticed_and_the_file_named(told, path, was, becomes):
    altered = re.sub(was, becomes, told.files[path], count=1)
    assert altered != told.files[path]

    assert refused(told, told.forged(**{path: altered})).evidence["file"] == path


def test_the_places_of_an_order_are_proven_one_behind_the_other(told):
    places = json.loads(told.files["places.json"])
    rows = told.market.workspace.store.rows_of([told.market.workspace.vault.find("first").stream])
    swapped = [places[1], places[0], *places[2:]]

    assert [each["index"] for each in places] == [row.position - 1 for row in rows]
    for other in (places[:-1], [*places, places[-1]], swapped, [places[0], *places[:-1]], {}, [[]] * 5):
        altered = json.dumps(other, indent=2, sort_keys=True).encode() + b"\n"

        assert refused(told, told.forged(**{"places.json": altered})).evidence["file"] == "places.json"


def test_an_order_that_stands_still_by_its_skus_pace_has_the_proof_of_that_pace(market, language):
    usual = Paced(n=30, p95=StageLimits(stock=1))
    said(market, "sku/game-100", Listed(form="card", name="G", platform="shop-a", stock_mode="unlimited"))
    said(market, "sku/game-100", usual, by="ledger")
    market.tell(market.place("slow"), ROAD[0])
    market.publish()
    slow = Told(market, pack_order(market.workspace, "slow").content)
    pack = read_pack(slow.content).pack
    page = pages_in(pack.handle, pack.imprint)[pack.imprint.languages.index(language)]
    proof = parse_proof(slow.files["register/sku-game-100.tlog-proof"])

    assert slow.judged().verdict == "verified"
    assert [parse(raw).event for raw in proof.entries][1] == usual
    assert texts(language)["notice.stuck_pace"].partition("{")[0].strip() in Reading(slow.files[page]).text


def test_any_file_that_is_missing_is_named_whatever_the_manifest_says(told):
    at = parse_archive(told.content).at
    for path in told.files.keys() - {"MANIFEST.json"}:
        less = {each: content for each, content in told.files.items() if each != path}

        assert refused(told, print_archive(less, at)).evidence["file"] == path
        assert isinstance(refused(told, told.forged(**{path: None})), Broken)


@pytest.mark.parametrize("path", ["EXTRA.txt", "o/aa/x.js", "static/more.js", "register/party-x.tlog-proof"])
def test_a_file_too_many_is_named_whatever_the_manifest_says(told, path):
    more = print_archive(told.files | {path: b"x"}, parse_archive(told.content).at)

    assert refused(told, more).evidence["file"] == path
    assert refused(told, told.forged(**{path: b"x"})).evidence["file"] == path


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"as_of": 1', b'"as_of": 2'),
        (b'"size": 1', b'"size": 9'),
        (b'"stream": "order/', b'"stream": "order/0'),
        (b'"format"', b'"formal"'),
        (b'"origin": "', b'"origin": "\\u001b[2J'),
        (b'"root": "', b'"root": "\\u001b[2J'),
        (b'"notices.json"', b'"notices.json\\u001b[2J"'),
        (b"{", b"[" * 100_000 + b"{"),
        (b"{", b" {"),
    ],
)
def test_a_manifest_that_says_otherwise_is_believed_by_nobody(told, was, becomes):
    altered = told.files["MANIFEST.json"].replace(was, becomes, 1)
    assert altered != told.files["MANIFEST.json"]

    content = print_archive(told.files | {"MANIFEST.json": altered}, told.market.now)

    with pytest.raises((Broken, MalformedProof)):
        raise told.judged(content).error or AssertionError


def test_a_zip_without_a_manifest_is_no_pack(told):
    with pytest.raises(MalformedProof, match="not an evidence pack"):
        read_pack(print_archive({"a.txt": b"x"}, told.market.now))


def test_files_of_another_time_are_not_those_of_the_edition(told):
    error = refused(told, print_archive(told.files, told.market.now + MINUTE))

    assert "another time" in error.message


def test_the_page_of_another_order_is_told_apart(told):
    other = parse_archive(pack_order(told.market.workspace, "early").content).files
    (page,) = (path for path in other if is_page(path) and ".en." not in path)
    (mine,) = (path for path in told.files if is_page(path) and ".en." not in path)

    swapped = refused(told, told.forged(**{mine: other[page]}))

    assert (swapped.message, swapped.evidence["file"]) == (NOT_FOLLOWING, mine)


@pytest.mark.parametrize("becomes", ["order", "register/policy-default", "register/party-store-7"])
def test_the_proof_of_another_stream_is_named_whatever_that_is(told, becomes):
    path = "register/party-shop-a.tlog-proof"

    error = refused(told, told.forged(**{path: told.files[f"{becomes}.tlog-proof"]}))

    assert (error.message, error.evidence["file"]) == ("the proof of another stream", path)


def test_the_proof_of_anything_but_an_order_is_no_order(told):
    party = {"order.tlog-proof": told.files["register/party-shop-a.tlog-proof"]}

    assert isinstance(refused(told, told.forged(**party)), Broken)


# another version's words ----------------------------------------------------------------------------------
def foreign(told: Told, number: str = "9.0.0") -> dict[str, bytes]:
    """The manifest of a pack that this version is said to have written."""
    ours = f'"mingdan": "{version("mingdan")}"'.encode()
    assert told.files["MANIFEST.json"].count(ours) == 1
    return {"MANIFEST.json": told.files["MANIFEST.json"].replace(ours, f'"mingdan": "{number}"'.encode())}


def test_each_file_in_the_words_of_another_version_is_said_not_to_have_been_compared(told):
    (page,) = (path for path in told.files if is_page(path) and ".en." in path)
    later = {"README.en.html": b"in other words", "static/new.js": b"1", "verify.html": None}
    later[page] = told.files[page].replace(b"49.80", b"9.80")
    verdict = told.judged(told.forged(**foreign(told), **later))
    because = {each.file: each.because for each in verdict.uncompared}
    text = plain.verdict(verdict)

    assert verdict.verdict == "verified in part"
    assert because.keys() == {*later, "README.zh-CN.html", "README.zh-Hant.html"}, "covers name their version"
    assert all("mingdan 9.0.0 wrote this pack" in why for why in because.values())
    assert because["verify.html"].startswith("not in the pack")
    assert [*verdict.told["not_compared"]] == [{"file": file, "because": because[file]} for file in because]
    assert [line for line in text.splitlines() if line.startswith("NOT COMPARED")] == [
        f"NOT COMPARED {file}: {because[file]}" for file in because
    ]
    assert text.splitlines()[-1].startswith("verified in part: order/")


def test_what_follows_from_the_proofs_is_compared_whichever_version_wrote_it(told):
    pages = [path for path in told.files if is_page(path)]
    unlike = {
        "notices.json": b"[]\n",
        "places.json": b"[]\n",
        "x.html": b"",
        "o/aa/x.html": b"",
    }
    for path, content in (unlike | {pages[0]: None}).items():
        assert refused(told, told.forged(**foreign(told), **{path: content})).evidence["file"] == path


def test_another_versions_words_are_compared_where_they_are_ours(told):
    pack = replace(read_pack(told.content).pack, version="9.0.0")

    verdict = told.judged(print_archive(pack.files, pack.edition.sealed))

    assert (verdict.verdict, verdict.uncompared) == ("verified", ())


def test_age_and_witnesses_are_told_of_a_pack_that_was_not_compared_too(told):
    opened_, absent = read_pack(told.forged(**foreign(told))), Witness("w", STRANGER.key)
    few = judge_pack(
        opened_, TrustPolicy(told.policy.logs, (absent,), "w"), None, now=told.market.now, fresh_within=3600
    )
    old = judge_pack(opened_, told.policy, None, now=told.market.now + DAY, fresh_within=60)

    assert (few.verdict, old.verdict) == ("not enough witnesses", "stale")
    assert few.uncompared == old.uncompared != ()


@pytest.mark.parametrize("settings", [{"languages": ("zh-CN", "xx")}, {"zone": "No/Where"}, {"zone": "../x"}])
def test_settings_that_nothing_is_printed_by_here_can_only_be_another_versions(told, settings):
    pack = read_pack(told.content).pack
    ours = replace(pack, imprint=replace(pack.imprint, **settings))
    theirs = replace(ours, version="9.0.0")
    page = told.files[pages_in(pack.handle, pack.imprint)[0]]
    words = dict.fromkeys(pages_in(ours.handle, ours.imprint), page) | {"README.xx.html": b"words"}

    with pytest.raises(Broken, match="settings that no page is printed by"):
        compare(ours, handed(ours, words))
    assert {each.file for each in compare(theirs, handed(theirs, words))} == words.keys()


def handed(pack: Pack, words: dict[str, bytes]) -> Archive:
    files = pack.evidence | words
    return Archive(files | {MANIFEST: print_manifest(pack, files)}, pack.edition.sealed)


@pytest.mark.parametrize("number", ["0.2.0", "1.2rc1", "1.0.post1", "2.0.0.dev3+local.1"])
def test_any_other_version_is_named_as_it_is_written(told, number):
    verdict = told.judged(told.forged(**foreign(told, number)))

    assert all(f"mingdan {number} wrote" in each.because for each in verdict.uncompared)
    assert verdict.uncompared


@pytest.mark.parametrize(
    "number",
    ["", "9", "latest", "1.0 ", " 1.0", "01.0", "1.0\\n", "1.0\\nverified: order/", "1.\\u001b[2J0",
     "1.0\\u0000", "1.\u0660", "1.0\u202e", "1." + "0" * 9, "1.0+" + "a" * 200, "1.0; rm", "../1.0"],
)  # fmt: skip
def test_what_is_no_version_is_no_manifest(told, number):
    with pytest.raises(MalformedProof, match="not an evidence pack"):
        read_pack(told.forged(**foreign(told, number)))


@given(st.data())
def test_no_bit_of_a_pack_can_be_flipped_unnoticed(told, data):
    place = data.draw(st.integers(0, len(told.content) - 1))
    content = bytearray(told.content)
    content[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((Broken, MalformedProof)):
        raise told.judged(bytes(content)).error or AssertionError


def test_a_pack_is_known_by_its_name_or_by_being_a_zip(told, tmp_path):
    named, zipped, page = tmp_path / "x.zip", tmp_path / "evidence", tmp_path / "x.html"
    named.write_bytes(b"no zip")
    zipped.write_bytes(told.content)
    page.write_bytes(b"<html>")

    assert [is_pack(each) for each in (named, zipped, page, tmp_path, tmp_path / "none.zip")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(MalformedProof):
        pack_at(named)


# in a browser ---------------------------------------------------------------------------------------------
def test_the_unpacked_page_checks_itself_from_a_folder_and_the_cover_leads_to_it(
    chromium: Browser, told, tmp_path: Path
):
    with ZipFile(pack_file(told, tmp_path)) as archive:
        archive.extractall(tmp_path / "unpacked")
    with chromium.new_context(locale="zh-CN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.clock.set_fixed_time(told.market.now / 1000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto((tmp_path / "unpacked/README.zh-CN.html").as_uri())
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "736px"
        page.click("p.next a")
        page.wait_for_selector("#verdict[data-state=verified]")
        page.click("#check .offer a")
        page.set_input_files("#file", tmp_path / "unpacked/order.tlog-proof")
        page.wait_for_selector("#verdict[data-state=verified]")

    assert complaints == []


def pack_file(told: Told, folder: Path) -> Path:
    file = folder / "pack.zip"
    file.write_bytes(told.content)
    return file
