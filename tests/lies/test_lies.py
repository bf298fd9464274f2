"""Every lie is really published, and everybody who could catch it is really asked."""

from __future__ import annotations

from contextlib import closing

import pytest

from mingdan.ledger.checkpoint import open_checkpoint
from mingdan.ledger.errors import Broken
from mingdan.ledger.note import Signer
from mingdan.ledger.tile import TiledHashes
from mingdan.ledger.tree import root_at
from mingdan.projections.census import parse_census
from mingdan.site.auditing.audit import cosign

from ..site.small_market import ROAD, opened
from . import judges
from .judges import audited
from .lies import FIGURES
from .published import Published, each
from .table import FEW, OTHER_RULES, lies_told


@each()
def test_a_lie_is_caught_by_whom_the_table_says_and_by_nobody_else(published: Published):
    policy = published.operator.policy

    found = (
        published.page(policy),
        published.told.refused,
        published.auditor(policy),
        published.auditor(published.alone, published.standpoint()),
        published.receipt(),
    )

    caught = published.lie.caught
    assert found == (caught.page, caught.witness, caught.auditor, caught.standpoint, caught.receipt)


# what does not catch a lie, and when ---------------------------------------------------------------------
REFUSED = [name for name, lie in lies_told().items() if lie.caught.page == f"1: {FEW}"]


@each(*REFUSED)
def test_who_asks_for_no_witness_believes_what_the_log_signed(published: Published):
    assert published.page(published.alone) == ""
    assert published.auditor(published.alone) == ""


@each("carries_another_orders_proof")
def test_another_orders_page_is_believed_under_a_name_that_is_no_link(published: Published):
    assert published.page(published.operator.policy, "my-order.html") == ""


@each("rules_of_its_own")
def test_figures_by_rules_of_its_own_are_published_and_found_uncounted(published: Published):
    true = published.operator.then["today"].site

    assert published.told.site[FIGURES] != true[FIGURES]
    assert OTHER_RULES in published.auditor(published.operator.policy)


@each("erases_without_being_asked")
def test_an_order_that_was_erased_still_counts(published: Published):
    true, told = published.operator.then["today"].site, published.told.site
    before, after = (parse_census(site[FIGURES]).platforms[0] for site in (true, told))

    assert (after.orders, after.on_time) == (before.orders, before.on_time)


def test_an_old_bundle_altered_after_an_audit_is_found_only_by_who_reads_all_again(tmp_path):
    with closing(opened(tmp_path / "w")) as market:
        for number in range(70):
            market.tell(market.place(f"order {number}"), *ROAD)
        market.publish()
        assert audited(market.site, market.policy, tmp_path / "auditor").clean
        bundle = market.site / "log/tile/entries/000"
        bundle.write_bytes(bundle.read_bytes().replace(b'"amount":4980', b'"amount":4981', 1))

        assert judges.first(audited(market.site, market.policy, tmp_path / "auditor")) == ("", "")
        assert judges.first(audited(market.site, market.policy))[0] == "log/tile/entries/000"


@each("changes_the_terms", "leaves_a_page_from_before_it_fell_due")
def test_a_page_that_nobody_objects_to_says_something_else(published: Published):
    true = published.operator.then["today"].site

    assert published.told.page != true[published.told.path]


@each("rules_of_its_own", "wrong_figures")
def test_an_auditor_signs_for_no_figures_that_it_did_not_count(published: Published):
    told = audited(published.site, published.operator.policy)

    with pytest.raises(Broken, match="nothing is signed"):
        cosign(told, Signer("auditor.example", b"\5" * 32), published.operator.policy)


# what remains of a lie that was caught --------------------------------------------------------------------
@each("rewrites_a_published_entry", "forks", "signs_another_root", "forks_with_witnesses_of_its_own")
def test_the_two_checkpoints_of_a_finding_convict_the_log_by_themselves(published: Published):
    found = audited(published.site, published.alone, published.standpoint()).findings[0]
    key, site = published.alone.logs[0].key, published.told.site

    before, now = (open_checkpoint(found.evidence[name].encode(), key)[0] for name in ("before", "now"))

    assert before.origin == now.origin
    hashes = TiledHashes(now.size, lambda tile: site[f"log/{tile.path}"])
    assert root_at(now.size, hashes) == now.root
    assert root_at(before.size, hashes) != before.root
