"""An evidence pack: what lies in it, that it verifies with nothing but a key, and what every forger meets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
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
from mingdan.ledger.errors import Broken, MalformedProof, NotFound, Refused, Unwitnessed
from mingdan.ledger.event import Event, Notified
from mingdan.ledger.market.party import Qualified, Registered, Suspended
from mingdan.ledger.market.promise import Published, StageLimits
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.quorum import Log, TrustPolicy, Witness
from mingdan.ledger.tlog_proof import parse_proof
from mingdan.site.archive import parse_archive, print_archive
from mingdan.site.opened_pack import is_pack, judge_pack, pack_at, read_pack
from mingdan.site.packer import pack_order
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


# what lies in it ----------------------------------------------------------------------------------------
def test_a_pack_holds_the_page_the_proofs_and_all_that_is_told_of_the_order(told):
    handle = told.market.workspace.vault.find("first").handle
    names = {path for path in told.files if not path.startswith("static/")}

    assert names == {
        "MANIFEST.json", "README.en.html", "README.zh-CN.html", "entries.jsonl", "log/checkpoint",
        "log/policy", "notices.json", f"o/{handle[:2]}/{handle}.en.html", f"o/{handle[:2]}/{handle}.html",
        "order.tlog-proof", "parties.json", "policies/default/1/index.en.html",
        "policies/default/1/index.html", "promise.json", "register/party-agent-a.tlog-proof",
        "register/party-shop-a.tlog-proof", "register/party-store-7.tlog-proof",
        "register/policy-default.tlog-proof", "v1/site.json", "verify.en.html", "verify.html",
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


def test_a_page_finds_all_it_needs_in_the_pack(told):
    for path in (path for path in told.files if path.startswith("o/")):
        reading = Reading(told.files[path])
        links = chain(reading.attributes("href"), reading.attributes("src"))
        paths = {urlsplit(urljoin(f"file:///{path}", link)).path[1:] for link in links if link[0] != "#"}
        needed = {each for each in paths if each.startswith(("o/", "static/", "verify", "log/", "policies/"))}

        assert len(needed) > 10
        assert needed <= told.files.keys()


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


def test_words_that_were_never_told_cannot_be_opened(market):
    with pytest.raises(NotFound):
        pack_order(market.workspace, "first", ["goods"])


@pytest.mark.parametrize(
    ("path", "was", "becomes"),
    [
        ("static/verify.js", b"false", b"!true"),
        ("v1/site.json", b"Small", b"Other"),
        ("verify.html", b"mingdan", b"Mingdan"),
    ],
)
def test_a_site_that_was_altered_gives_no_evidence(market, path, was, becomes):
    altered = market.site / path
    altered.write_bytes(altered.read_bytes().replace(was, becomes, 1))

    with pytest.raises(Broken, match="does not hold together") as caught:
        pack_order(market.workspace, "first")

    assert caught.value.evidence["file"] == path


def test_a_pack_of_a_later_edition_may_carry_a_page_of_an_earlier_one(market):
    market.place("second")
    market.publish()

    content = pack_order(market.workspace, "first").content

    found = judge_pack(read_pack(content), market.policy, None, now=market.now, fresh_within=3600)
    assert found.verdict == "verified"


# with nothing but the zip and a key -----------------------------------------------------------------------
def test_a_pack_verifies_by_the_key_of_its_log_and_all_else_in_it_first(told):
    verdict = told.judged()

    assert verdict.verdict == "verified"
    assert [step.number for step in verdict.steps] == [0, 1, 2, 3, 4, 5, 6]
    assert [opening.words for opening in verdict.opened] == ["<first> & co"]
    assert "4 proofs beside it and 2 pages hold" in verdict.steps[0].found


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
    absent = Witness("w", Signer("witness.example", b"w" * 32, COSIGNATURE).key)
    policy = TrustPolicy(told.policy.logs, (absent,), "w")
    altered = told.forged(**{"notices.json": b"[]\n"})

    assert isinstance(told.judged(policy=policy).error, Unwitnessed)
    assert not isinstance(told.judged(altered, policy).error, Unwitnessed)


# forgers --------------------------------------------------------------------------------------------------
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
    pages = {path for path in told.files if path.startswith("o/")}
    for path in told.files.keys() - pages - {"MANIFEST.json"}:
        error = refused(told, told.forged(**{path: flipped(told.files[path])}))

        assert isinstance(error, Broken)
        assert path == "order.tlog-proof" or error.evidence["file"] == path, path


@pytest.mark.parametrize(("was", "becomes"), [(b"order.paid", b"order.Paid"), (b'"map":"', b'"map":"AAAA')])
def test_a_page_whose_evidence_was_altered_is_named(told, was, becomes):
    for path in (path for path in told.files if path.startswith("o/")):
        error = refused(told, told.forged(**{path: told.files[path].replace(was, becomes, 1)}))

        assert error.evidence["file"] == path


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
    (page,) = (path for path in other if path.startswith("o/") and ".en." not in path)
    (mine,) = (path for path in told.files if path.startswith("o/") and ".en." not in path)

    swapped = refused(told, told.forged(**{mine: other[page]}))

    assert (swapped.message, swapped.evidence["file"]) == ("a page with other entries than the proof", mine)


@pytest.mark.parametrize("becomes", ["order", "register/policy-default", "register/party-store-7"])
def test_the_proof_of_another_stream_is_named_whatever_that_is(told, becomes):
    path = "register/party-shop-a.tlog-proof"

    error = refused(told, told.forged(**{path: told.files[f"{becomes}.tlog-proof"]}))

    assert (error.message, error.evidence["file"]) == ("the proof of another stream", path)


def test_the_proof_of_anything_but_an_order_is_no_order(told):
    party = {"order.tlog-proof": told.files["register/party-shop-a.tlog-proof"]}

    assert isinstance(refused(told, told.forged(**party)), Broken)


def test_the_words_of_another_version_are_said_not_to_have_been_compared(told):
    manifest = told.files["MANIFEST.json"].replace(b'"mingdan": "', b'"mingdan": "9')
    later = {"MANIFEST.json": manifest, "README.en.html": b"in other words", "static/new.js": b"1"}
    verdict = told.judged(told.forged(**later))

    assert verdict.verdict == "verified"
    assert "were not compared" in verdict.steps[0].found
    assert refused(told, told.forged(**later, **{"x.html": b""})).evidence["file"] == "x.html"
    assert refused(told, told.forged(**later, **{"notices.json": b"[]\n"})).evidence["file"] == "notices.json"


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
        page.click(".offer a")
        page.set_input_files("#file", tmp_path / "unpacked/order.tlog-proof")
        page.wait_for_selector("#verdict[data-state=verified]")

    assert complaints == []


def pack_file(told: Told, folder: Path) -> Path:
    file = folder / "pack.zip"
    file.write_bytes(told.content)
    return file
