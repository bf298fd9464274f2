"""Twins of pages: what each says is what its page shows, by the schema that is published beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from mingdan.ledger.claim import Claim
from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.event import Delivered, Erased, Notified
from mingdan.ledger.fact import BUYER
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.market import party
from mingdan.ledger.policy import DEFAULT
from mingdan.ledger.stuck import NO_PACE
from mingdan.ledger.tree import leaf_hash
from mingdan.projections.measure import Score
from mingdan.site.api import PATHS, SHAPES, made_anew
from mingdan.site.hosting import ROBOTS, headers_of
from mingdan.site.number import count, percent
from mingdan.site.order_twin import order_twin, parse_order_twin
from mingdan.site.page import path_of_twin
from mingdan.site.party_twin import party_twins
from mingdan.site.publish import publish
from mingdan.site.texts import texts
from mingdan.site.twin import parse_twin, print_twin

from ..owing import owing
from .reading import Reading
from .registered import EMPTY, FULL, register, registered
from .serving import serving
from .small_market import grown
from .stories import EDITION, STORIES, Said, Story, begun, told

END = 1_793_491_200_000
DOCS = Path(__file__).parents[2] / "docs" / "api.md"
WORDS = texts("zh-CN")


class Lively(NamedTuple):
    """A published site with something of everything; `erased` is the handle of an order that was erased."""

    site: Path
    erased: str
    words: tuple[bytes, ...]

    def twins(self) -> dict[str, bytes]:
        """All that lies under /v1/ but the schemas, by path."""
        return {path: content for path, content in under(self.site).items() if "/schema/" not in path}


def under(site: Path) -> dict[str, bytes]:
    files = (path for path in (site / "v1").rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(files)}


@pytest.fixture(scope="module")
def lively(tmp_path_factory) -> Iterator[Lively]:
    """A month of a simulated market, of which one order was erased; a party is called as a file is."""
    workspace = create_workspace(tmp_path_factory.mktemp("twins") / "w", origin="orders.example/log")
    book = workspace.book(clock=lambda: END)
    simulate(book, 150, 7, end=END - 1, sweep=owing(book))
    named = party.Registered(name="页", role="supplier")
    book.record([Claim(stream="party/index.json", by="yunka", event=named)])
    stream = workspace.store.streams(workspace.store.max_notification_id())[3]
    words = tuple(row.entry for row in workspace.store.rows_of([stream]))
    book.record([Claim(stream=stream, by="yunka", event=Erased(reason="buyer_request"))])
    erased = workspace.vault.orders_of([stream])[stream].handle
    workspace.vault.erase(stream)
    publish(workspace, clock=lambda: END)
    yield Lively(workspace.site, erased, words)
    workspace.close()


def test_what_was_made_anew_can_go_and_what_is_of_orders_or_of_the_log_stays(tmp_path):
    gone = [
        "badge/x/on-time.svg",
        "badges/x/index.html",
        "embed/x.html",
        "p/x/m/y/index.html",
        "v1/p/x/y.json",
    ]
    for path in (*gone, "o/aa/x.html", "v1/o/aa/x.json", "log/checkpoint", "static/page.css", "index.html"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()

    assert sorted(made_anew(tmp_path)) == gone


def pattern(template: str) -> re.Pattern[str]:
    """Which paths a URI template makes; a name may be followed by the tilde that moves it aside."""
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def schemas_of(path: str) -> set[str]:
    return {way.schema for way in PATHS if pattern(way.path).fullmatch(path)}


@cache
def validator(schema: Path) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema.read_bytes()))


def schema_of(path: str, content: bytes) -> str:
    """By the index; where it leaves a choice, by what the document says itself."""
    found, said = schemas_of(path), json.loads(content).get("$schema")
    if said is not None:
        assert urljoin(path, said) in found
        return urljoin(path, said)
    (schema,) = found
    return schema


# schemas -----------------------------------------------------------------------------------------------
def test_every_file_is_valid_by_the_schema_that_is_published_for_it(lively):
    seen = set()
    for path, content in lively.twins().items():
        schema = schema_of(path, content)
        validator(lively.site / schema).validate(json.loads(content))
        seen.add(PurePosixPath(schema).stem)

    assert seen == SHAPES.keys()


def test_every_schema_is_one_by_its_dialect_and_named_by_its_address(lively):
    for name in SHAPES:
        schema = json.loads((lively.site / f"v1/schema/{name}.json").read_bytes())
        Draft202012Validator.check_schema(schema)

        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"https://orders.example/v1/schema/{name}.json"
        assert not {"\\A", "\\Z"} & set(re.findall(r"\\+.", json.dumps(schema)))
        assert '"default":' not in json.dumps(schema)


def test_a_schema_says_what_a_thing_is_in_plain_words(lively):
    schema = json.loads((lively.site / "v1/schema/order.json").read_bytes())

    assert [name for name, part in schema["$defs"].items() if not part.get("description")] == []


Place = tuple[str | int, ...]


def structs(value: object, at: Place = ()) -> Iterator[tuple[Place, msgspec.Struct]]:
    """Every struct in a document, with the way to it."""
    if isinstance(value, msgspec.Struct):
        yield at, value
        fields = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        parts = [(written, getattr(value, name)) for written, name in fields]
    elif isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, tuple | list):
        parts = enumerate(value)
    else:
        return
    for name, part in parts:
        yield from structs(part, (*at, name))


def leaves(value: object, at: Place = ()) -> Iterator[Place]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        if isinstance(part, dict | list):
            yield from leaves(part, (*at, name))
        else:
            yield (*at, name)


def found_at(document: object, place: Place) -> object:
    for step in place:
        document = document[step]
    return document


@cache
def samples(site: Path) -> list[tuple[str, bytes, str]]:
    """Some files of each shape: path, content, schema."""
    kinds: dict[str, list[tuple[str, bytes, str]]] = {}
    for path, content in under(site).items():
        if "/schema/" not in path:
            schema = schema_of(path, content)
            kinds.setdefault(schema, []).append((path, content, schema))
    return [each for several in kinds.values() for each in several[:6]]


def mutated(draw: st.DataObject, content: bytes, shape: object) -> object:
    """The document without a key, with one too many, or with what is nowhere asked for in a value's place."""
    document, twin = json.loads(content), msgspec.json.decode(content, type=shape)
    how = draw.draw(st.sampled_from(["dropped", "added", "retyped"]))
    if how == "retyped":
        *place, last = draw.draw(st.sampled_from(list(leaves(document))))
        found_at(document, tuple(place))[last] = [[None]]
        return document
    whole = [at for at, each in structs(twin) if how == "added" or not each.__struct_config__.omit_defaults]
    part = found_at(document, draw.draw(st.sampled_from(whole or [()])))
    if how == "dropped" and whole:
        del part[draw.draw(st.sampled_from(sorted(part)))]
    else:
        part["unheard_of"] = 1
    return document


@given(draw=st.data())
def test_a_document_with_anything_missing_added_or_of_another_type_is_not_valid_and_not_read(lively, draw):
    _, content, schema = draw.draw(st.sampled_from(samples(lively.site)))
    shape = SHAPES[PurePosixPath(schema).stem]

    altered = mutated(draw, content, shape)

    assert not validator(lively.site / schema).is_valid(altered)
    with pytest.raises(MalformedProof):
        parse_twin(msgspec.json.encode(altered, order="sorted"), shape)


def test_our_own_parser_reads_every_file_and_prints_it_again(lively):
    for path, content in lively.twins().items():
        shape = SHAPES[PurePosixPath(schema_of(path, content)).stem]

        assert print_twin(parse_twin(content, shape)) == content


@pytest.mark.parametrize("other", [b" ", b"\n", b"\xff", b"{}"])
def test_what_is_not_canonical_is_not_read(story, other):
    content = twin_of(story)

    with pytest.raises(MalformedProof):
        parse_order_twin(content + other)
    with pytest.raises(MalformedProof):
        parse_order_twin(content.replace(b',"checkpoint"', b', "checkpoint"'))


# orders ------------------------------------------------------------------------------------------------
def twin_of(story: Story) -> bytes:
    return order_twin(EDITION, story.order, story.entries, DEFAULT, NO_PACE)


def test_an_order_of_which_a_part_came_says_how_many_units():
    part = Said(61, "yunka", Delivered(evidence="account_credited", units=1))
    twin = parse_order_twin(twin_of(told([*begun(qty=10), part])))

    assert (twin.units, twin.goods.qty, twin.step, twin.waiting) == (1, 10, "verified", True)


def orders(site: Path) -> Iterator[tuple[Reading, dict[str, object]]]:
    """Every order's page in the default language, with its twin."""
    for path in sorted((site / "v1/o").rglob("*.json")):
        page = site / "o" / path.parent.name / f"{path.stem}.html"
        yield Reading(page.read_bytes()), json.loads(path.read_bytes())


def test_every_order_has_one_twin_in_whatever_languages_its_pages_are(lively):
    pages = {path.name.partition(".")[0] for path in (lively.site / "o").rglob("*.html")}

    assert pages == {path.stem for path in (lively.site / "v1/o").rglob("*.json")}
    assert len(pages) > 100


def test_a_twin_has_the_very_entries_that_its_page_carries(lively):
    for page, twin in orders(lively.site):
        if "entries" in twin:
            assert [(each["index"], each["raw"].encode()) for each in twin["entries"]] == page.entries
            assert all(each["leaf"] == leaf_hash(each["raw"].encode()).hex() for each in twin["entries"])


def test_a_twin_has_the_status_that_its_page_shows(lively):
    shown = set()
    for page, twin in orders(lively.site):
        if "entries" in twin:
            step, side = twin["step"], twin["side"]
            key = f"step.{step}" if side == "none" else f"side.{side}"
            (heading,), (lead,) = page.all("h1"), page.all("p", class_="lead")
            (what_next,) = page.all("p", class_="next")
            shown.add(key)

            assert heading == WORDS[f"{key}.name"]
            assert says_next(twin, what_next)
            holder = twin["where"]["holder"] or ""
            called = "你" if holder == BUYER else holder
            assert called in lead or holder in page.attributes("title")  # who is registered, by name
            assert lead.startswith(opening(twin["where"]["what"]))
    assert len(shown) > 6


def says_next(twin: dict[str, object], words: str) -> bool:
    """A delivered order says until when its buyer may speak, where its promise knows."""
    confirm = WORDS["order.next_confirm"].partition("{")[0]
    return words.endswith(next_of(twin)) or (twin["step"] == "shipped" and confirm in words)


def next_of(twin: dict[str, object]) -> str:
    return WORDS["order.next_unknown" if twin["next"] == "unknown" else f"{twin['next']}.next"]


def opening(what: str) -> str:
    """What stands before the first place of a sentence that says where an order is."""
    return WORDS[f"where.{what}"].partition("{")[0]


def test_a_twin_names_the_entry_that_its_status_rests_on(story):
    twin, page = json.loads(twin_of(story)), Reading(story.page(EDITION))
    (seq,) = (place for place, each in enumerate(twin["entries"], 1) if each["leaf"] == twin["because"])

    assert f"#e{seq}" in page.attributes("href")


def test_a_twin_has_the_tiers_of_its_page_in_turn_with_what_became_of_the_order_there(story):
    twin, page = json.loads(twin_of(story)), story.page(EDITION).decode()
    start = page.find('<ol class="chain">')
    chain = Reading(page[start : page.index("</ol>", start) + 5].encode() if start > 0 else b"")

    states = [WORDS["chain.origin" if each["word"] == "origin" else f"hop.{each['word']}"]
              for each in twin["hops"]]  # fmt: skip
    assert [each["party"] for each in twin["hops"]] == chain.all("b")
    assert [shown.partition(" ·")[0] for shown in chain.all("span", class_="state")] == states
    assert [each["here"] for each in twin["hops"]] == [
        has.get("aria-current") == "true" for has, _ in chain.each("li")
    ]
    assert all(said["lag"] == said["known"] - said["at"] for each in twin["hops"] for said in each["said"])


@pytest.mark.parametrize(
    ("name", "late", "words"),
    [
        ("placed", None, None),
        ("paid", False, "还有"),
        ("overdue", True, "已超过"),
        ("delivered", False, "准时送达"),
        ("refunded", None, "未完成送达"),
        ("cancelled", None, "未完成送达"),
    ],
)
def test_whether_an_order_is_late_is_what_its_page_says(name, late, words):
    story = told(STORIES[name])

    assert json.loads(twin_of(story))["promise"]["late"] is late
    assert words is None or words in Reading(story.page(EDITION)).text


def test_a_hold_and_a_dispute_are_told_as_the_page_tells_them():
    held, disputed = (json.loads(twin_of(told(STORIES[name]))) for name in ("held", "disputed"))

    assert (held["hold"]["rule"], held["hold"]["on_timeout"]) == ("new-device-large-amount", "refund")
    assert held["hold"]["noticed"] is None
    assert held["violations"][0]["rule"] == "hold-without-notice"
    assert [(each["claim"], each["freezes"]) for each in disputed["disputes"]] == [
        ("not-received", "settlement")
    ]


@pytest.mark.parametrize(("name", "stuck"), [("paid", ("stock", "limit")), ("delivered", None)])
def test_an_order_that_stands_still_says_since_when_and_by_which_limit(name, stuck):
    found = json.loads(twin_of(told(STORIES[name])))["stuck"]

    assert (found and (found["stage"], found["why"])) == stuck


def test_a_twin_is_the_same_whatever_the_languages_of_the_site(story):
    other = replace(EDITION, languages=("en",))

    assert order_twin(other, story.order, story.entries, DEFAULT, NO_PACE) == twin_of(story)


def test_an_erased_order_has_a_tombstone_and_nothing_else(lively):
    path = lively.site / f"v1/o/{lively.erased[:2]}/{lively.erased}.json"
    twin = json.loads(path.read_bytes())

    assert twin.keys() == {"$schema", "as_of", "checkpoint", "erased", "reason", "stream"}
    assert twin["reason"] == "buyer_request"
    assert all(leaf_hash(entry).hex().encode() not in path.read_bytes() for entry in lively.words)


def test_erasing_an_order_takes_its_twin_away(tmp_path):
    market = grown(tmp_path / "w")
    third = market.workspace.vault.find("third")
    path = market.site / f"v1/o/{third.handle[:2]}/{third.handle}.json"
    before = path.read_bytes()
    market.erase(third.stream)
    market.publish()

    assert isinstance(parse_order_twin(before), SHAPES["order"])
    assert isinstance(parse_order_twin(path.read_bytes()), SHAPES["tombstone"])
    market.close()


# the market --------------------------------------------------------------------------------------------
def read(site: Path, path: str) -> tuple[Reading, dict[str, object]]:
    """A page and its twin."""
    return Reading((site / path).read_bytes()), json.loads((site / path_of_twin(path)).read_bytes())


def test_the_index_has_the_rows_of_the_front_page(lively):
    page, twin = read(lively.site, "index.html")
    told = [
        shown
        for each in twin["platforms"]
        for shown in (rate_of(each["on_time"]), *map(count, numbers(each)))
    ]

    assert page.all("td", class_="n") == told
    assert len(told) >= 4
    assert (twin["title"], twin["languages"]) == ("明单 mingdan", ["zh-CN", "en"])


def numbers(row: dict[str, object]) -> tuple[int, int, int]:
    return row["on_time"]["denominator"], row["waiting"], row["orders"]


def rate_of(share: dict[str, object]) -> str:
    return percent(msgspec.convert(share, Score))


def platforms(site: Path) -> list[str]:
    return [each["platform"] for each in json.loads((site / "v1/index.json").read_bytes())["platforms"]]


def test_a_platforms_figures_are_those_that_the_epoch_commits_to_byte_for_byte(lively):
    figures = (lively.site / "log/statistics.json").read_bytes()
    for name in platforms(lively.site):
        twin = (lively.site / f"v1/p/{name}/index.json").read_bytes()

        assert twin[twin.index(b'"figures":') + 10 : -1] in figures


def test_a_platforms_page_shows_the_rate_and_the_count_of_its_twin(lively):
    for name in platforms(lively.site):
        page, twin = read(lively.site, f"p/{name}/index.html")
        share = twin["figures"]["on_time"]["strict"]

        assert rate_of(share) in page.text
        assert f"n = {count(share['denominator'])}" in page.text


@pytest.mark.parametrize(("room", "key"), [("m", "merchant"), ("s", "sku")])
def test_every_merchant_and_sku_that_has_a_page_has_its_twin(lively, room, key):
    pages = sorted((lively.site / "p").glob(f"*/{room}/*/index.html"))
    twins = [read(lively.site, page.relative_to(lively.site).as_posix())[1] for page in pages]

    assert pages
    assert [(twin["platform"], twin[key]) for twin in twins] == [
        (page.parts[-4], page.parent.name) for page in pages
    ]


def test_the_stock_board_has_the_skus_of_its_page_and_how_much_there_is(lively):
    page, twin = read(lively.site, "supply/index.html")
    shown = {has["id"]: text for has, text in page.each("tr") if "id" in has}

    assert {each["sku"] for each in twin["skus"]} == shown.keys()
    assert {each["stock"]["known"] for each in twin["skus"]} & {"known", "stale"}
    for each in twin["skus"]:
        if each["stock"]["known"] == "known":
            assert WORDS.say("supply.qty", qty=count(each["stock"]["qty"])) in shown[each["sku"]]
        if each["intake"]["state"] != "closed":
            assert WORDS[f"supply.{each['intake']['state']}"] in shown[each["sku"]]


def test_exceptions_are_listed_as_on_their_page_and_each_has_a_twin(lively):
    page, twin = read(lively.site, "exceptions/index.html")
    listed = [each["exception"] for each in twin["exceptions"]]
    articles = [(has["id"], has["class"]) for has, _ in page.each("article")]

    assert sorted(listed) == sorted(name for name, _ in articles)
    for each in twin["exceptions"]:
        own = json.loads((lively.site / f"v1/exceptions/{each['exception']}/index.json").read_bytes())
        over = dict(articles)[each["exception"]].endswith("over")
        assert own["reported"] == each["reported"]
        assert (own["resolved"] is not None) == over


def test_parties_and_what_stands_against_them_are_listed_as_on_their_page(lively):
    page, twin = read(lively.site, "parties/index.html")
    tags = [has["class"] for has, _ in page.each("b") if "tag" in (has.get("class") or "").split()]
    listed = [f"tag {severity}" for each in twin["parties"] for severity in each["sanctions"]]

    assert sorted(tags) == sorted(2 * listed)  # among what stands, and in the row of its party
    assert all(each["party"] in page.text for each in twin["parties"])


def test_a_partys_twin_has_its_decisions_and_keys(lively):
    for each in json.loads((lively.site / "v1/parties/index.json").read_bytes())["parties"]:
        path = f"parties/{each['party']}/index.html"
        page, twin = read(lively.site, path)

        assert twin["party"] == each
        assert len(page.all("li", class_="decision")) + len(page.all("li", class_="decision over")) == len(
            twin["decisions"]
        )
        assert all(key["key"] in page.text for key in twin["keys"])
        assert twin["leaf"] in page.text


def test_a_name_that_is_not_public_is_in_no_twin():
    hidden = register(*(each for each in FULL.parties.values()), registered("geheim", "agent"))

    said = b"".join(content for _, content in party_twins(EDITION, hidden))

    assert "不公开的名称".encode() not in said
    assert "云卡商城".encode() in said


def test_policies_are_listed_by_version_and_each_has_its_terms(lively):
    _, twin = read(lively.site, "policies/index.html")
    for each in twin["published"]:
        page, own = read(lively.site, f"policies/{each['policy']}/{each['version']}/index.html")

        assert own["terms"]["title"] == each["title"] == page.all("h1")[0]
        assert own["leaf"] in page.text
        assert (own["changes"] is None) == (each["version"] == 1)
    assert len(twin["published"]) > 1


def test_an_empty_register_has_twins_that_say_so():
    (content,) = (content for _, content in party_twins(EDITION, EMPTY))

    assert json.loads(content)["parties"] == []


def test_every_twin_speaks_of_the_edition_that_its_site_shows(lively):
    head = (lively.site / "log/checkpoint").read_text().splitlines()
    told_of = {
        (twin["as_of"], twin["checkpoint"]["origin"], str(twin["checkpoint"]["size"]))
        for path, content in lively.twins().items()
        if path != "v1/site.json"
        for twin in [json.loads(content)]
    }

    assert told_of == {(END, head[0], head[1])}


# where they lie ----------------------------------------------------------------------------------------
def test_every_page_but_tools_and_missing_ones_names_its_twin(lively):
    tools = ("404", "verify", "badges/", "embed/")
    for page in sorted(lively.site.rglob("*.html")):
        path = page.relative_to(lively.site).as_posix()
        twins = [
            has["href"]
            for has, _ in Reading(page.read_bytes()).each("link")
            if has.get("type") == "application/json"
        ]

        assert len(twins) == (0 if path.startswith(tools) else 1), path
        assert all((page.parent / twin).resolve().is_file() for twin in twins), path


def test_the_index_names_every_path_and_its_schema(lively):
    index = json.loads((lively.site / "v1/index.json").read_bytes())
    patterns = [pattern(way["path"]) for way in index["paths"]]

    assert [path for path in lively.twins() if not any(each.fullmatch(path) for each in patterns)] == []
    assert {way["schema"] for way in index["paths"]} == {
        path for path in under(lively.site) if "/schema/" in path
    }


def test_the_reference_lists_the_same_paths():
    rows = re.findall(r"^\| `/(v1/[^`]+)` \| `(\w+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)

    assert [(path, f"v1/schema/{name}.json") for path, name in rows] == [
        (way.path, way.schema) for way in PATHS
    ]


def test_a_party_that_is_called_as_a_file_takes_no_twins_place(lively):
    own = json.loads((lively.site / "v1/parties/index.json~/index.json").read_bytes())

    assert own["party"]["party"] == "index.json"


def test_what_a_site_no_longer_has_goes_from_under_v1(tmp_path):
    market = grown(tmp_path / "w")
    gone = market.site / "v1/p/shop-gone/index.json"
    gone.parent.mkdir()
    gone.write_bytes(b"{}")
    (market.site / "beside.json").write_bytes(b"{}")
    market.publish(refresh=True)

    assert not gone.parent.exists()
    assert (market.site / "beside.json").exists()
    market.close()


def test_an_order_that_did_not_change_keeps_the_bytes_of_its_twin(tmp_path):
    market = grown(tmp_path / "w")
    before = {path: content for path, content in under(market.site).items() if path.startswith("v1/o/")}
    third = market.workspace.vault.find("third")
    (placed, *_) = market.workspace.store.rows_of([third.stream])
    market.tell(third.stream, Notified(channel="sms", of=placed.leaf.hex(), template="t-1"))
    market.publish()

    assert {path for path, content in before.items() if (market.site / path).read_bytes() != content} == {
        f"v1/o/{third.handle[:2]}/{third.handle}.json"
    }
    market.close()


def test_anybody_may_read_a_twin_and_nobody_is_to_index_an_orders():
    assert headers_of("/v1/index.json")["Access-Control-Allow-Origin"] == "*"
    assert headers_of("/v1/o/ab/abc.json") == headers_of("/o/ab/abc.html")
    assert "Disallow: /v1/o/\n" in ROBOTS


def test_a_twin_is_served_as_json(lively):
    with serving(lively.site) as url:
        answer = httpx.get(f"{url}/v1/index.json")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["as_of"] == END
