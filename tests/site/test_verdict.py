"""What a page amounts to by its own steps, and beside the log as a site shows it now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from mingdan.ledger.errors import NotFound, Unavailable, Unwitnessed
from mingdan.ledger.event import Delivered, HopForwarded, Paid
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.quorum import TrustPolicy, Witness
from mingdan.ledger.source import Folder
from mingdan.ledger.timeline import Timeline
from mingdan.site.live import NUMBER
from mingdan.site.reader import source_of, timeline_of
from mingdan.site.verdict import Verdict, judge

from .serving import serving
from .small_market import Market, opened

DAY = 86_400


@pytest.fixture
def market(tmp_path) -> Iterator[Market]:
    """Two orders, of which one is paid, published once."""
    made = opened(tmp_path / "w")
    made.tell(made.place("first"), Paid(amount=4980))
    made.place("second")
    made.publish()
    yield made
    made.close()


@pytest.fixture
def page(market, tmp_path) -> Path:
    """The first order's page as a buyer saved it then."""
    handle = market.workspace.vault.find("first").handle
    return Path(shutil.copy(market.site / "o" / handle[:2] / f"{handle}.html", tmp_path))


def judged(market: Market, page: Path, site: Path | None = None, *, fresh_within: int = DAY) -> Verdict:
    source = Folder(site or market.site)
    return judge(saved(page), market.policy, source, now=market.now, fresh_within=fresh_within)


def saved(page: Path) -> Timeline:
    return timeline_of(str(page), None)


def stream(market: Market, name: str) -> str:
    return market.workspace.vault.find(name).stream


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_without_a_site_a_page_is_judged_by_its_own_six_steps(market, page):
    found = judge(saved(page), market.policy, None, now=market.now, fresh_within=DAY)

    assert (found.verdict, len(found.steps)) == ("verified", 6)


def test_a_page_that_the_log_has_nothing_newer_of_is_verified(market, page):
    market.tell(stream(market, "second"), Paid(amount=4980))
    market.publish()
    found = judged(market, page)

    assert found.verdict == "verified"
    assert (found.steps[-1].number, found.steps[-1].newer) == (NUMBER, False)


def test_a_page_of_an_order_that_went_on_is_outdated(market, page):
    market.tell(
        stream(market, "first"), HopForwarded(attempt=1, to="agent-a"), Delivered(evidence="account_credited")
    )
    market.publish()
    found = judged(market, page)

    assert found.verdict == "outdated"
    assert "2 newer entries" in found.steps[-1].found
    assert found.told["steps"][-1]["newer"] is True
    assert len(found.proven) == 2  # what it shows stays proven


def test_an_old_page_is_as_fresh_as_the_log_that_has_nothing_newer(market, page):
    market.now += 2 * DAY * 1000
    old = judged(market, page)
    market.publish(refresh=True)
    new = judged(market, page)

    assert (old.verdict, new.verdict) == ("stale", "verified")
    assert [step.stale for step in new.steps[-2:]] == [True, False]


def test_a_site_with_another_history_contradicts_the_page(market, page, tmp_path):
    shutil.copytree(market.workspace.folder / "keys", tmp_path / "fork" / "keys")
    fork = opened(tmp_path / "fork")
    fork.now = market.now
    fork.tell(fork.place("other"), Paid(amount=1))
    fork.place("another")
    fork.publish()
    fork.publish(refresh=True)
    found = judged(market, page, fork.site)
    fork.close()

    assert found.verdict == "not verified"
    assert (found.error.evidence["step"], found.proven) == (NUMBER, ())
    assert "forked or altered" in found.error.message


def test_a_site_that_shows_an_older_log_contradicts_the_page(market, tmp_path):
    old = shutil.copytree(market.site, tmp_path / "old")
    market.publish(refresh=True)
    market.tell(stream(market, "first"), HopForwarded(attempt=1, to="agent-a"))
    market.publish()
    handle = market.workspace.vault.find("first").handle
    newest = market.site / "o" / handle[:2] / f"{handle}.html"

    assert "shorter log" in judged(market, newest, old).error.message


def test_a_byte_turned_in_what_the_site_answers_with_is_noticed(market, page):
    checked = 0
    for path in [
        *market.site.glob("log/tile/*/*"),
        *market.site.glob("log/tile/*/*/*"),
        *market.site.glob("log/map/*/*"),
    ]:
        if path.is_file():
            whole = path.read_bytes()
            flip(path)
            error = judged(market, page).error
            path.write_bytes(whole)
            checked += 1
            assert error is None or error.evidence["step"] == NUMBER
            assert error or "entries" in path.parts  # of a bundle only the epoch at its end counts

    assert checked >= 3


def test_a_site_that_does_not_answer_says_nothing_against_the_page(market, page, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        judged(market, page, tmp_path / "empty")
    with serving(market.site) as url:
        gone = source_of(url)

    with pytest.raises(Unavailable):
        judge(saved(page), market.policy, gone, now=market.now, fresh_within=DAY)


def asking(market: Market) -> TrustPolicy:
    """The market's keys, and a witness that has cosigned nothing."""
    stranger = Signer("witness.example", 32 * b"\7", COSIGNATURE).key
    return TrustPolicy(market.policy.logs, (Witness("w", stranger),), "w")


def test_where_too_few_cosigned_and_all_else_holds_that_is_what_is_said(market, page):
    told = judge(saved(page), asking(market), None, now=market.now, fresh_within=DAY)

    assert told.verdict == "not enough witnesses"
    assert isinstance(told.error, Unwitnessed)
    assert [step.number for step in told.steps] == [1, 2, 3, 4, 5, 6]
    assert told.proven == saved(page).entries


def test_too_few_witnesses_excuse_nothing_that_is_false(market, page):
    told = saved(page)
    short = replace(told, entries=told.entries[:-1])

    few = judge(short, asking(market), None, now=market.now, fresh_within=DAY)
    none = judge(short, market.policy, None, now=market.now, fresh_within=DAY)

    assert (few.verdict, few.proven) == ("not verified", ())
    assert few.error.message == none.error.message
    assert few.error.evidence["step"] == 4
