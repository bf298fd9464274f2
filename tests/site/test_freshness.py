"""Badges as a site publishes them: dated anew before they are old, in doubt while witnesses are missing."""

import json

import pytest

from mingdan.ledger.keeping.workspace import TRUST
from mingdan.ledger.note import COSIGNATURE, Signer
from mingdan.ledger.quorum import TrustPolicy, Witness
from mingdan.ledger.source import Folder
from mingdan.site.auditing.audit import audit
from mingdan.site.publish import turn

from .small_market import ROAD, Market, opened

BADGE = "badge/platform/shop-a/on-time"
DAY = 86_400_000
ABSENT = Witness("w", Signer("witness.example", b"\2" * 32, COSIGNATURE).key)  # whom nobody can ask


@pytest.fixture
def market(tmp_path):
    """One order, paid and delivered, and the edition that shows it."""
    market = opened(tmp_path / "w")
    market.tell(market.place("first"), *ROAD)
    market.publish()
    yield market
    market.close()


def badge(market: Market, suffix: str) -> dict[str, object]:
    return json.loads((market.site / f"{BADGE}.{suffix}").read_bytes())


def test_what_has_used_up_half_its_freshness_is_published_again_although_nothing_is_new(market):
    first = badge(market, "full.json")
    market.now = turn(market.workspace, first["as_of"]) - 60_000
    market.publish()
    same = badge(market, "full.json")
    market.publish()
    again = badge(market, "full.json")

    assert same == first
    assert again["as_of"] == market.now
    assert (first["as_of"], again["as_of"]) < (first["fresh_until"], again["fresh_until"])
    assert again["as_of"] < first["fresh_until"]


def test_a_platform_that_falls_silent_is_stale_in_the_next_edition_and_the_audit_agrees(market):
    market.now += 31 * DAY
    market.publish()
    full = badge(market, "full.json")

    assert (full["doubt"], badge(market, "json")["color"]) == ("stale", "#6b7079")
    assert "30 天无新记录" in full["message"]
    assert audit(Folder(market.site), market.policy).findings == []


def test_while_too_few_witnesses_signed_badges_are_errors_and_the_audit_agrees(market):
    policy = TrustPolicy(market.policy.logs, (ABSENT,), "w")
    (market.workspace.folder / TRUST).write_bytes(policy.print())
    market.publish()

    assert badge(market, "json")["isError"] is True
    assert badge(market, "full.json")["doubt"] == "unwitnessed"
    assert audit(Folder(market.site), market.policy).findings == []
