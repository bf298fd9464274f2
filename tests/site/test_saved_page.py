"""A saved page gives back exactly what it carries, or is no page of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.timeline import check
from mingdan.site.saved_page import parse_saved_page

from .small_market import Market, grown


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Iterator[Market]:
    made = grown(tmp_path_factory.mktemp("saved") / "w")
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(market: Market) -> bytes:
    """The page of the order that went its whole road."""
    handle = market.workspace.vault.find("first").handle
    return (market.site / "o" / handle[:2] / f"{handle}.html").read_bytes()


def test_a_saved_page_gives_back_the_entries_and_their_places(market, page):
    found = parse_saved_page(page)

    rows = market.workspace.store.rows_of([found.timeline.stream])
    assert found.timeline.entries == tuple(row.entry for row in rows)
    assert found.places == tuple(row.position - 1 for row in rows)


def test_a_saved_page_proves_itself_with_the_keys_of_its_reader(market, page):
    found = parse_saved_page(page)

    steps = list(check(found.timeline, market.policy, now=market.now, fresh_within=3600))

    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]


def test_a_saved_page_says_by_which_keys_it_checks_itself(market, page):
    trust = parse_saved_page(page).trust

    assert trust.policy.encode() == (market.site / "log/policy").read_bytes()
    assert trust.fresh_within == market.workspace.settings.fresh_within


def test_both_languages_carry_the_same(market, page):
    handle = market.workspace.vault.find("first").handle
    other = (market.site / "o" / handle[:2] / f"{handle}.en.html").read_bytes()

    assert parse_saved_page(other) == parse_saved_page(page)


def test_a_tombstone_carries_nothing(market):
    erased = next(path for path in market.site.glob("o/*/*.html") if b'id="proof"' not in path.read_bytes())

    with pytest.raises(MalformedProof):
        parse_saved_page(erased.read_bytes())


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'id="proof"', b'id="prof"'),
        (b'id="trust"', b'class="x" id="trust"'),
        (b"<pre data-index=", b"<pre  data-index="),
        (b'"path":', b'"path": '),
        (b'"fresh_within":', b'"fresh":1,"fresh_within":'),
        (b'"fresh_within":', b'"fresh_within":0'),
        (b'{"checkpoint":"s', b'{"checkpoint":"\\u0073'),
        (b'{"at":', b"&#123;&quot;at&quot;:"),
        (b"</pre>", b"<b></b></pre>"),
        (b"</body>", b'<script type="application/json" id="proof">{}</script></body>'),
        (b"</body>", b'<pre data-index="1">{}</pre><pre data-index="01">{}</pre></body>'),
        (b"<body>", b"<body>\xff"),
    ],
)
def test_evidence_written_otherwise_is_no_page_of_ours(page, was, becomes):
    assert was in page

    with pytest.raises(MalformedProof):
        parse_saved_page(page.replace(was, becomes, 1))


def test_entries_too_many_are_handed_on_and_break_the_proof(page):
    more = page.replace(b"</body>", b'<pre data-index="1">{}</pre></body>')

    found = parse_saved_page(more).timeline

    assert len(found.entries) == len(parse_saved_page(page).timeline.entries) + 1


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(content):
    with pytest.raises(MalformedProof):
        parse_saved_page(content)
