"""The market through the book: who may speak, what is taken in, under which terms, on both databases."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import select, update

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import (
    Broken,
    IllegalTransition,
    IntakeRefused,
    KeyReused,
    MalformedEntry,
    NotFound,
    Refused,
    TimeRefused,
)
from mingdan.ledger.keeping import schema
from mingdan.ledger.keeping.migration import carry_shelves
from mingdan.ledger.keeping.vault import Words, draw_order
from mingdan.ledger.market import incident, party, promise, sku
from mingdan.ledger.market.signing import public_key, sign, signed_text
from mingdan.ledger.policy import DAY, HOUR, MINUTE

from .scribe import NOON, flaws, placed

KEY, NEXT = (Ed25519PrivateKey.from_private_bytes(digit * 32) for digit in (b"7", b"8"))
PUBLIC = public_key(KEY)
EAST = "party/agent-east"
LISTED = sku.Listed(form="direct", name="Music, a month", platform="xiaomai", stock_mode="counted")
DELIVERED = e.Delivered(evidence="provider_receipt")
TERMS = promise.Published(
    clock_start="paid",
    due_in=HOUR,
    notice_within=MINUTE,
    since=NOON,
    stage_limits=promise.StageLimits(stock=MINUTE),
    text="Delivered within the hour.",
    title="Within the hour",
    version=1,
    zone="Asia/Shanghai",
)


def of(stream: str, event: e.Event, by: str = "xiaomai", **more) -> Claim:
    return Claim(stream=stream, by=by, event=event, **more)


def registered(name: str, role: party.Role) -> Claim:
    return of(f"party/{name}", party.Registered(name=name, role=role))


def stocked(qty: int, *, as_of: int = NOON, ttl: int = HOUR) -> Claim:
    return of("sku/music-month", sku.Stocked(as_of=as_of, qty=qty, ttl=ttl))


def places(book, number: int, **terms) -> str:
    """One more order; its stream."""
    order = draw_order(f"xiaomai:more-{number}")
    book.record([of(order.stream, placed(**terms))], [order])
    return order.stream


def delivers(book, stream: str) -> None:
    book.record([of(stream, e.Paid()), of(stream, DELIVERED)])


@pytest.fixture
def shop(stores):
    """A book with a registered platform and a listed SKU, of which three are known to be there."""
    book = stores.book()
    book.record([registered("xiaomai", "platform"), of("sku/music-month", LISTED), stocked(3)])
    return book


@pytest.fixture
def last_one(stores):
    """A book with a listed SKU, of which one was there a minute ago."""
    book = stores.book()
    book.record([of("sku/music-month", LISTED), stocked(1, as_of=NOON - MINUTE)])
    return book


# who may speak ----------------------------------------------------------------------------------------
def test_a_role_speaks_of_its_own_part_only(shop, stores):
    shop.record([registered("agent-east", "agent")])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of("policy/default", TERMS, by="agent-east")])

    assert caught.value.evidence["rule"] == "not-its-role"
    assert stores.kept() == before


def test_nothing_new_is_taken_in_with_a_party_that_is_barred_and_the_entry_says_why(shop):
    [evidence] = shop.record([registered("kamao", "merchant")])
    reasons = party.Suspended(entries=(evidence.leaf,), reasons="orders paid and not delivered")
    [told] = shop.record([of("party/kamao", reasons)])

    with pytest.raises(IllegalTransition) as caught:
        places(shop, 1, merchant="kamao")

    assert (caught.value.evidence["rule"], caught.value.evidence["because"]) == ("barred", told.leaf)


def test_what_a_barred_party_owes_is_still_taken_in(shop):
    stream = places(shop, 1)
    evidence, _ = shop.record([of(stream, e.Paid()), registered("kamao", "merchant")])
    shop.record([of("party/kamao", party.Expelled(entries=(evidence.leaf,), reasons="x"))])

    [receipt] = shop.record([of(stream, DELIVERED, by="kamao")])

    assert receipt.irregular is None


def test_a_decision_against_a_party_rests_on_entries_that_are_there(shop, stores):
    shop.record([registered("kamao", "merchant")])
    before = stores.kept()

    with pytest.raises(NotFound) as caught:
        shop.record([of("party/kamao", party.Suspended(entries=("0" * 64,), reasons="x"))])

    assert caught.value.evidence.items() >= {("rule", "no-entry"), ("entries", "0" * 64)}
    assert stores.kept() == before


def test_a_callback_with_a_foreign_reference_is_refused_and_the_right_one_is_not(shop, stores):
    """I7"""
    stream = places(shop, 1)
    sent = e.HopForwarded(attempt=1, to="agent-east")
    shop.record([of(stream, e.Paid()), of(stream, sent, private={"ref": "up-1"})])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(stream, e.HopAccepted(), by="agent-east", private={"ref": "up-2"})])

    assert caught.value.evidence["rule"] == "foreign-reference"
    assert stores.kept() == before
    shop.record([of(stream, e.HopAccepted(), by="agent-east", private={"ref": "up-1"})])


def test_a_doubt_names_a_reference_under_which_its_teller_sent_the_order(shop, stores):
    """I7, I10"""
    stream = places(shop, 1)
    shop.record([of(stream, e.Paid())])
    shop.record([of(stream, e.HopForwarded(attempt=1, to="agent-east"), private={"ref": "up-1"})])
    onward = of(stream, e.HopForwarded(attempt=1, to="brand"), by="agent-east", private={"ref": "up-2"})
    shop.record([onward])
    before = stores.kept()

    for ref in ("up-2", "up-3"):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(stream, e.HopUncertain(), private={"ref": ref})])
        assert caught.value.evidence["rule"] == "foreign-reference"
    assert stores.kept() == before
    shop.record([of(stream, e.HopUncertain(), private={"ref": "up-1"})])


def test_an_order_is_placed_on_the_platform_that_lists_its_sku(shop, stores):
    [listed] = shop.record([of("sku/card-100", LISTED)])
    before, order = stores.kept(), draw_order("kamao:1")

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(order.stream, placed(platform="kamao", sku="card-100"), by="kamao")], [order])

    told = caught.value.evidence
    assert (told["rule"], told["because"]) == ("sold-elsewhere", listed.leaf)
    assert stores.kept() == before


CARD = replace(LISTED, form="card", stock_mode="unlimited")


def test_an_order_is_of_the_form_in_which_its_sku_is_listed(shop, stores):
    """I1"""
    [listed] = shop.record([of("sku/card-100", CARD)])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        places(shop, 1, form="direct", sku="card-100")

    told = caught.value.evidence
    assert (told["rule"], told["because"], told["form"]) == ("not-as-listed", listed.leaf, "card")
    assert "leave `form` out" in caught.value.next_step
    assert stores.kept() == before


def test_the_form_and_the_policy_that_an_order_leaves_out_are_the_ledger_s_to_say(shop, stores):
    """I1, and a repeat is a repeat"""
    shop.record([of("sku/card-100", CARD), of("policy/default", TERMS)])
    order = draw_order("xiaomai:1")
    claim = of(order.stream, placed(policy=None, sku="card-100"), key="placed")
    shop.record([claim], [order])
    before, again = stores.kept(), draw_order("xiaomai:1")

    [receipt] = shop.record([replace(claim, stream=again.stream)], [again])

    said = shop.order(order.stream).terms
    assert (said.form, said.policy, said.policy_version) == ("card", "default", 1)
    assert (receipt.duplicate, receipt.stream) == (True, order.stream)
    for other in (placed(policy="fast", sku="card-100"), placed(form="direct", sku="card-100")):
        with pytest.raises(KeyReused):
            shop.record([replace(claim, event=other)], [order])
    shop.record([of(order.stream, e.Paid())])
    assert stores.kept() != before
    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(order.stream, DELIVERED)])
    assert caught.value.evidence["rule"] == "no-goods"


@pytest.mark.parametrize(
    ("publisher", "role", "version"),
    [("xiaomai", None, 1), ("operator", None, 1), ("other", "platform", None)],
)
def test_an_order_that_names_no_policy_falls_under_its_platforms_or_the_operators_alone(
    shop, publisher, role, version
):
    shop.record([registered(publisher, role)] if role else [])
    shop.record([of("policy/default", replace(TERMS, due_in=9 * DAY), by=publisher)])

    terms = shop.order(places(shop, 1, policy=None)).terms

    assert (terms.policy, terms.policy_version) == ("default", version)


def test_terms_of_another_platform_are_not_named_and_those_of_its_registrar_are(shop, stores):
    shop.record([registered("other", "platform"), of("policy/fast", TERMS, by="other")])
    [first] = shop.record([of("policy/slow", TERMS, by="other")])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        places(shop, 1, policy="slow")

    evidence = caught.value.evidence
    assert (evidence["rule"], evidence["publisher"]) == ("not-its-terms", "other")
    assert (evidence["because"], stores.kept()) == (first.leaf, before)
    shop.record([of("party/below", party.Registered(name="b", role="platform"), by="other")])
    own = {"platform": "below", "sku": "elsewhere"}
    order = draw_order("below:1")
    shop.record([of(order.stream, placed(policy="fast", **own), by="below")], [order])
    assert shop.order(order.stream).terms.policy_version == 1


def test_an_order_that_was_seen_stays_as_it_was_seen(shop):
    order = draw_order("xiaomai:1")
    shop.record([of("sku/card-100", CARD)])
    seen = placed(form="direct", policy=None, sku="card-100")

    shop.record([of(order.stream, seen, by="buyer", basis="observed")], [order])

    assert shop.order(order.stream).terms == seen


def test_what_was_promised_before_shelves_were_a_platform_s_still_stands(last_one, stores):
    places(last_one, 1)
    kept = select(schema.shelves)
    with stores.store.engine.begin() as db:
        before = db.execute(kept).all()
        db.execute(update(schema.shelves).values(sku="music-month"))

    assert (carry_shelves(stores.store), carry_shelves(stores.store)) == (1, 0)

    with stores.store.engine.connect() as db:
        assert db.execute(kept).all() == before
    with pytest.raises(IntakeRefused):
        places(stores.book(), 2)


def test_a_tier_says_a_thing_of_its_hop_once(shop, stores):
    stream = places(shop, 1)
    shop.record([of(stream, e.Paid()), of(stream, e.HopForwarded(attempt=1, to="agent-east"))])
    shop.record([of(stream, e.HopAccepted(), by="agent-east")])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(stream, e.HopAccepted(), by="agent-east")])

    assert caught.value.evidence["rule"] == "said-already"
    assert stores.kept() == before


@pytest.mark.parametrize(
    ("event", "field", "rule"),
    [(e.Paid(), "payment", "payment-again"), (DELIVERED, "goods", "goods-again")],
)
def test_goods_and_payments_count_for_one_order(shop, stores, event, field, rule):
    """I2"""
    one, other = places(shop, 1), places(shop, 2)
    if event is DELIVERED:
        shop.record([of(one, e.Paid()), of(other, e.Paid())])
    shop.record([of(one, event, private={field: "w-1"})])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(other, event, private={field: "w-1"})])

    assert (caught.value.evidence["rule"], stores.kept()) == (rule, before)
    shop.record([of(other, event, private={field: "w-2"})])


def test_goods_that_were_taken_back_may_be_delivered_again(shop):
    one, other = places(shop, 1), places(shop, 2)
    shop.record([of(one, e.Paid()), of(other, e.Paid())])
    shop.record([of(one, DELIVERED, private={"goods": "w-1"}), of(one, e.DeliveryReversed(reason="x"))])

    [receipt] = shop.record([of(other, DELIVERED, private={"goods": "w-1"})])

    assert receipt.irregular is None


def test_goods_are_counted_once_within_one_batch(shop, stores):
    one, other = places(shop, 1), places(shop, 2)
    shop.record([of(one, e.Paid()), of(other, e.Paid())])
    before = stores.kept()

    with pytest.raises(IllegalTransition):
        shop.record([of(each, DELIVERED, private={"goods": "w-1"}) for each in (one, other)])

    assert stores.kept() == before


def test_words_that_a_crash_left_in_the_vault_hold_no_goods_back(shop, stores):
    one, other = places(shop, 1), places(shop, 2)
    shop.record([of(one, e.Paid()), of(other, e.Paid())])
    stores.vault.keep([], [Words(one, 3, "goods", "w-1")])

    [receipt] = shop.record([of(other, DELIVERED, private={"goods": "w-1"})])

    assert receipt.seq == 3


def test_a_fact_is_taken_back_by_whoever_told_it(shop, stores):
    """I13"""
    stream = places(shop, 1)
    [paid] = shop.record([of(stream, e.Paid())])
    wrong = e.Disavowed(entry=paid.leaf, reason="did_not_occur")
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(stream, wrong, by="agent-east")])

    assert (caught.value.evidence["rule"], stores.kept()) == ("not-its-word", before)
    shop.record([of(stream, wrong)])


def test_what_follows_on_an_order_of_a_policy_that_is_gone_is_taken_in(shop):
    order = draw_order("xiaomai:gone")
    shop.record([of(order.stream, placed(policy="gone"), by="buyer", basis="observed")], [order])

    [receipt] = shop.record([of(order.stream, e.Paid())])

    assert receipt.irregular is None
    with pytest.raises(NotFound):
        places(shop, 9, policy="gone")


@pytest.mark.parametrize("terms", [[of("policy/default", TERMS)], []], ids=["published", "of the settings"])
def test_no_later_due_time_is_stated_than_the_terms_promise(shop, stores, terms):
    shop.record(terms)
    stream = places(shop, 1)
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(stream, e.Paid(due_at=NOON + 400 * DAY))])

    assert (caught.value.evidence["rule"], stores.kept()) == ("due-beyond-terms", before)


def test_an_appeal_after_its_term_is_refused(shop, stores, other_process):
    stream = places(shop, 1)
    opened = e.DisputeOpened(claim="not-delivered", dispute="d-1", freezes="none")
    decided = e.DisputeDecided(
        appeal_by=NOON + MINUTE, decider="xiaomai", dispute="d-1", outcome="for_merchant", reason="x"
    )
    shop.record([of(stream, e.Paid()), of(stream, opened), of(stream, decided)])
    later, before = other_process.book(lambda: NOON + HOUR), stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        later.record([of(stream, e.DisputeAppealed(dispute="d-1"), by="buyer")])

    assert caught.value.evidence["rule"] == "appeal-late"
    assert stores.kept() == before


def mapped(own: str, to: str) -> Claim:
    return of(f"sku/{own}", sku.Mapped(to=to))


@pytest.fixture
def tiers(shop):
    """Four SKUs, each supplied from the next, but for the last."""
    shop.record([of(f"sku/tier-{number}", LISTED) for number in range(4)])
    shop.record([mapped(f"tier-{number}", f"tier-{number + 1}") for number in range(3)])
    return shop


def test_no_sku_is_supplied_from_itself_however_many_tiers_up(tiers, stores, other_process):
    before = stores.kept()

    for book in (tiers, other_process.book()):
        with pytest.raises(IllegalTransition) as caught:
            book.record([mapped("tier-3", "tier-0")])
        assert caught.value.evidence["circle"] == "tier-3 → tier-0 → tier-1 → tier-2 → tier-3"
    assert stores.kept() == before


def test_no_circle_is_closed_by_what_is_told_together(tiers, stores):
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        tiers.record([mapped("tier-3", "music-month"), mapped("music-month", "tier-0")])

    assert (caught.value.evidence["rule"], stores.kept()) == ("mapped-in-a-circle", before)


def test_a_chain_that_is_opened_first_may_be_closed_otherwise(tiers):
    assert len(tiers.record([mapped("tier-0", "music-month"), mapped("tier-3", "tier-0")])) == 2


def test_a_sku_may_be_mapped_to_one_of_which_nothing_is_known(shop):
    assert len(shop.record([mapped("music-month", "of-the-brand")])) == 1


@pytest.mark.parametrize("basis", [None, "observed", "backfill"])
def test_no_policy_is_published_in_a_zone_that_nobody_knows(shop, stores, basis):
    before = stores.kept()

    with pytest.raises(MalformedEntry):
        shop.record([of("policy/default", replace(TERMS, zone="Asia/Atlantis"), basis=basis)])

    assert stores.kept() == before


def test_of_one_instant_one_quantity_is_reported(shop, stores):
    shop.record([stocked(3)])
    before = stores.kept()

    for otherwise in (stocked(4), stocked(3, ttl=DAY)):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([otherwise])
        assert (caught.value.evidence["rule"], stores.kept()) == ("stock-otherwise", before)


def test_a_barred_party_comes_back_when_it_is_reinstated(shop):
    [evidence] = shop.record([registered("kamao", "merchant")])
    shop.record([of("party/kamao", party.Suspended(entries=(evidence.leaf,), reasons="x"))])
    shop.record([of("party/kamao", party.Appealed(), by="kamao")])
    shop.record([of("party/kamao", party.Reinstated(reason="appeal_upheld"))])

    places(shop, 1, merchant="kamao")


def test_a_barred_party_comes_back_when_its_term_is_over(shop, other_process):
    [evidence] = shop.record([registered("kamao", "merchant")])
    barred = party.Suspended(entries=(evidence.leaf,), reasons="x", until=NOON + MINUTE)
    shop.record([of("party/kamao", barred)])

    with pytest.raises(IllegalTransition):
        places(shop, 1, merchant="kamao")
    places(other_process.book(lambda: NOON + MINUTE), 2, merchant="kamao")


def test_a_party_speaks_of_its_own_skus_only(shop, stores):
    shop.record([registered("agent-east", "agent")])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([replace(stocked(99), by="agent-east")])

    assert caught.value.evidence["rule"] == "not-its-sku"
    assert stores.kept() == before


@pytest.mark.parametrize("basis", ["observed", "backfill"])
def test_history_of_the_market_lies_behind_us(shop, stores, basis):
    before = stores.kept()

    with pytest.raises(TimeRefused):
        shop.record([replace(registered("kamao", "merchant"), basis=basis, at=NOON + DAY)])

    assert stores.kept() == before


def test_a_book_learns_what_another_process_decided_about_a_party(shop, other_process):
    [evidence] = shop.record([registered("kamao", "merchant")])
    places(shop, 1, merchant="kamao")
    barred = party.Suspended(entries=(evidence.leaf,), reasons="x")
    other_process.book().record([of("party/kamao", barred)])

    with pytest.raises(IllegalTransition):
        places(shop, 2, merchant="kamao")


# a party's own hand -----------------------------------------------------------------------------------
def signed(
    event: e.Event, stream: str, by: str = "agent-east", at: int = NOON, key: Ed25519PrivateKey = KEY
) -> Claim:
    return of(stream, event, by=by, at=at, sig=sign(signed_text(stream, by, event, at, None), key))


@pytest.fixture
def forwarded(shop):
    stream = places(shop, 1)
    shop.record(
        [registered("agent-east", "agent"), of("party/agent-east", party.Keyed(key=PUBLIC), "agent-east")]
    )
    shop.record([of(stream, e.Paid()), of(stream, e.HopForwarded(attempt=1, to="agent-east"))])
    return stream


def test_a_signed_fact_is_recorded_with_its_signature(shop, stores, forwarded):
    claim = signed(e.HopAccepted(eta=NOON), forwarded)
    shop.record([claim])

    assert parse(stores.log()[-1].entry).sig == claim.sig


def test_a_signed_fact_is_recorded_once_under_whatever_id(shop, stores, forwarded):
    claim = signed(e.ActivationFailed(attributable_to="agent-east", code="outage"), forwarded)
    again = [replace(claim, key=key) for key in ("agent-east\nx", None, "agent-east\ny")]
    first, within = shop.record([claim, again[0]])
    before = stores.kept()

    receipts = [within, *shop.record(again), *stores.book().record(again)]

    assert {(each.leaf, each.duplicate) for each in receipts} == {(first.leaf, True)}
    assert stores.kept() == before


def test_a_signature_that_is_known_carries_no_other_fact(shop, forwarded):
    claim = signed(e.HopAccepted(eta=NOON), forwarded)
    shop.record([claim])

    with pytest.raises(Broken):
        shop.record([replace(claim, event=e.ActivationStarted(), key="agent-east\nx")])


def test_a_signature_over_another_fact_is_refused(shop, stores, forwarded):
    before = stores.kept()
    claim = replace(signed(e.HopAccepted(eta=NOON), forwarded), event=e.HopAccepted(eta=NOON + 1))

    with pytest.raises(Broken):
        shop.record([claim])

    assert stores.kept() == before


def test_what_the_ledger_would_add_to_cannot_be_signed(shop, stores, forwarded):
    before = stores.kept()

    with pytest.raises(MalformedEntry):
        shop.record([replace(signed(e.HopAccepted(), forwarded), at=None)])

    assert stores.kept() == before


def test_a_party_replaces_its_key_with_that_key_and_speaks_with_the_new_one(shop, forwarded):
    rotation = party.Keyed(key=public_key(NEXT))
    shop.record([signed(rotation, EAST), signed(e.HopAccepted(eta=NOON), forwarded, key=NEXT)])

    with pytest.raises(Broken, match="did not have then"):
        shop.record([signed(e.ActivationStarted(), forwarded)])


@pytest.mark.parametrize("basis", [None, "observed", "backfill"])
def test_nobody_replaces_a_key_in_a_partys_name_without_it(shop, stores, basis):
    first, rotation = party.Keyed(key=PUBLIC), party.Keyed(key=public_key(NEXT))
    [_, given] = shop.record([registered("agent-east", "agent"), of(EAST, first, "agent-east")])
    before = stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(EAST, rotation, "agent-east", basis=basis, at=NOON)])
    with pytest.raises(Broken):
        shop.record([signed(rotation, EAST, key=NEXT)])

    assert caught.value.evidence["rule"] == "unsigned-rotation"
    assert caught.value.evidence["because"] == given.leaf
    assert stores.kept() == before


def test_a_platform_that_is_registered_replaces_a_key_that_was_lost(shop, stores, forwarded):
    reset, before = party.Keyed(key=public_key(NEXT)), stores.kept()
    for by in ("kamao", "shop-a"):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(EAST, reset, by)])
        assert (caught.value.evidence["rule"], stores.kept()) == ("not-itself", before)

    shop.record([of(EAST, reset)])

    shop.record([signed(e.HopAccepted(eta=NOON), forwarded, key=NEXT)])
    assert parse(stores.log()[-2].entry).by == "xiaomai"


def test_whoever_decides_about_a_party_is_registered(stores):
    book = stores.book()
    book.record([registered("kamao", "merchant")])
    warned, before = of("party/kamao", party.Warned(reasons="x")), stores.kept()

    with pytest.raises(IllegalTransition) as caught:
        book.record([warned])

    assert (caught.value.evidence["rule"], stores.kept()) == ("unregistered-judge", before)
    book.record([registered("xiaomai", "platform"), warned])


# intake guard (I4) ------------------------------------------------------------------------------------
def test_no_more_is_promised_than_is_there(shop):
    for number in range(3):
        places(shop, number)

    with pytest.raises(IntakeRefused) as caught:
        places(shop, 3)

    evidence = caught.value.evidence
    assert (evidence["rule"], evidence["standing"], evidence["carries"]) == ("cap", 3, 3)


def test_an_order_that_was_turned_away_is_noted_at_its_sku_and_leaves_nothing_else(shop, stores):
    before = stores.kept()
    with pytest.raises(IntakeRefused):
        places(shop, 1, qty=4)

    *rest, last = stores.log()
    assert parse(last.entry).event == sku.IntakeRefused(qty=4, reason="cap")
    assert (rest, *stores.kept()[1:]) == before
    assert flaws(stores.log()) == []


@pytest.mark.parametrize("ends", [e.Cancelled(by="merchant", reason="x"), e.Expired()])
def test_what_came_to_nothing_makes_room(shop, other_process, ends):
    streams = [places(shop, number) for number in range(3)]
    other_process.book().record([of(streams[0], ends)])

    places(shop, 3)
    with pytest.raises(IntakeRefused):
        places(shop, 4)


def test_the_last_one_is_sold_once_until_stock_is_reported_anew(last_one, other_process):
    """I4"""
    delivers(last_one, places(last_one, 1))

    with pytest.raises(IntakeRefused) as caught:
        places(last_one, 2)
    assert caught.value.evidence["rule"] == "cap"

    last_one.record([stocked(1)])
    places(last_one, 3)
    with pytest.raises(IntakeRefused):
        places(other_process.book(), 4)


@pytest.mark.parametrize("before_it_is_listed", [False, True])
def test_an_order_that_was_seen_to_be_taken_elsewhere_draws_on_no_shelf_but_its_own(
    stores, other_process, before_it_is_listed
):
    """I4"""
    book, listed = stores.book(), [of("sku/music-month", LISTED), stocked(3)]
    book.record([] if before_it_is_listed else listed)
    order = draw_order("kamao:1")
    book.record([of(order.stream, placed(platform="kamao", qty=9), "buyer", basis="observed")], [order])
    book.record(listed if before_it_is_listed else [])

    places(other_process.book(), 1, qty=3)
    book.record([of(order.stream, e.Paid(), "kamao"), of(order.stream, replace(DELIVERED, units=9), "kamao")])

    with pytest.raises(IntakeRefused) as caught:
        places(other_process.book(), 2)
    assert (caught.value.evidence["standing"], caught.value.evidence["carries"]) == (3, 3)


def test_nobody_observes_that_he_took_an_order_himself(shop, stores):
    """I4"""
    order, before = draw_order("xiaomai:seen"), stores.kept()

    for terms, rule in (({"platform": "kamao"}, "sold-elsewhere"), ({"qty": 4}, "cap")):
        for by in ("shop-a", terms.get("platform", "xiaomai")):
            claim = of(order.stream, placed(**{"merchant": "shop-a"} | terms), by, basis="observed")
            with pytest.raises((IllegalTransition, IntakeRefused)) as caught:
                shop.record([claim], [order])
            assert caught.value.evidence["rule"] == rule

    assert stores.kept()[1:] == before[1:]


def test_history_ends_where_the_ledger_began_to_keep_the_sku(shop, stores):
    """I4"""
    order, listed = draw_order("xiaomai:old"), stores.log()[1].leaf.hex()
    for number, (sku_, at) in enumerate((("music-month", NOON), ("other", NOON + MINUTE))):
        old = draw_order(f"xiaomai:old-{number}")
        shop.record([of(old.stream, placed(sku=sku_), basis="backfill", at=at)], [old])

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(order.stream, placed(), basis="backfill", at=NOON + MINUTE)], [order])

    assert (caught.value.evidence["rule"], caught.value.evidence["because"]) == ("not-history", listed)


def test_no_history_is_taken_in_of_what_a_party_was_barred_from(shop):
    reasons = party.Suspended(reasons="x", entries=(shop.record([stocked(3)])[0].leaf,))
    shop.record([registered("shop-a", "merchant"), of("party/shop-a", reasons)])
    order, told = draw_order("xiaomai:old"), {"basis": "backfill", "at": NOON + MINUTE}

    for by in ("xiaomai", "shop-a"):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(order.stream, placed(sku="other", merchant="shop-a"), by, **told)], [order])
        assert caught.value.evidence["rule"] == "barred"

    shop.record([of(order.stream, placed(merchant="shop-a"), **told | {"at": NOON})], [order])


def test_what_one_process_delivered_another_does_not_sell_again(last_one, other_process):
    """I4"""
    stream = places(last_one, 1)
    other = other_process.book()
    delivers(other, stream)

    for book in (last_one, other, other_process.book()):
        with pytest.raises(IntakeRefused):
            places(book, 2)

    other.record([stocked(1)])
    places(last_one, 3)


def test_what_is_delivered_and_sold_together_is_counted_in_that_order(last_one, stores):
    stream, order = places(last_one, 1), draw_order("xiaomai:together")
    told = [of(stream, e.Paid()), of(stream, DELIVERED), of(order.stream, placed())]
    before = stores.kept()

    with pytest.raises(IntakeRefused):
        last_one.record(told, [order])
    assert (stores.log()[:-1], *stores.kept()[1:]) == before

    last_one.record([*told[:2], stocked(1), told[2]], [order])


def test_a_card_that_was_taken_back_is_no_card_to_sell(last_one):
    stream = places(last_one, 1)
    delivers(last_one, stream)
    last_one.record([of(stream, e.DeliveryReversed(reason="used before"))])

    with pytest.raises(IntakeRefused) as caught:
        places(last_one, 2)
    assert caught.value.evidence["rule"] == "cap"

    last_one.record([stocked(2)])
    places(last_one, 3)


def test_a_report_that_is_older_than_what_is_known_makes_no_room(last_one):
    """I4"""
    delivers(last_one, places(last_one, 1))

    with pytest.raises(IllegalTransition) as caught:
        last_one.record([replace(stocked(9, as_of=NOON - HOUR), basis="observed", at=NOON - HOUR)])

    assert caught.value.evidence["rule"] == "stock-from-the-past"
    with pytest.raises(IntakeRefused):
        places(last_one, 2)


def test_a_report_that_is_sent_again_makes_no_room(last_one):
    """I4: it knows nothing of what was delivered since."""
    delivers(last_one, places(last_one, 1))
    last_one.record([stocked(1, as_of=NOON - MINUTE)])

    with pytest.raises(IntakeRefused):
        places(last_one, 2)


def test_history_that_is_delivered_takes_nothing_from_the_stock(last_one):
    order = draw_order("xiaomai:old")
    told = [placed(qty=9), e.Paid(), e.Delivered(evidence="source_record")]
    last_one.record([of(order.stream, event, basis="backfill", at=NOON) for event in told], [order])

    places(last_one, 1)


@pytest.mark.parametrize("mode", ["counted", "unlimited"])
def test_a_cap_limits_what_is_undelivered_however_much_was_delivered_before(stores, mode):
    book = stores.book()
    capped = of("sku/music-month", sku.Capped(basis="throughput", cap=1))
    book.record([of("sku/music-month", replace(LISTED, stock_mode=mode)), capped, stocked(9)])
    delivers(book, places(book, 1))

    places(book, 2)
    with pytest.raises(IntakeRefused):
        places(book, 3)


def test_promises_are_counted_across_processes_and_restarts(shop, other_process):
    places(shop, 1)
    other = other_process.book()
    places(other, 2, qty=2)

    for book in (shop, other, other_process.book()):
        with pytest.raises(IntakeRefused):
            places(book, 3)


def test_a_declared_pre_order_carries_more(shop):
    shop.record([of("sku/music-month", sku.Preorder(qty=2, restock_by=NOON + DAY))])

    places(shop, 1, qty=5)


def test_stock_that_is_too_old_carries_nothing(stores):
    book = stores.book()
    book.record([of("sku/music-month", LISTED), stocked(3, as_of=NOON - DAY)])

    with pytest.raises(IntakeRefused) as caught:
        places(book, 1)

    assert caught.value.evidence["rule"] == "stale"


def test_a_closed_intake_takes_nothing(shop):
    shop.record([of("sku/music-month", sku.Closed(reason="maintenance"))])

    with pytest.raises(IntakeRefused):
        places(shop, 1)


def test_history_is_not_turned_away(shop):
    order = draw_order("xiaomai:old")
    shop.record([of(order.stream, placed(qty=9), basis="backfill", at=NOON)], [order])

    places(shop, 1, qty=3)


# promises ---------------------------------------------------------------------------------------------
def test_an_order_is_due_by_the_terms_it_was_placed_under(shop, other_process):
    shop.record([of("policy/default", TERMS)])
    stream = places(shop, 1)
    shop.record([of("policy/default", replace(TERMS, version=2, due_in=DAY))])
    other_process.book().record([of(stream, e.Paid())])

    assert shop.order(stream).due_at == NOON + HOUR
    assert shop.order(stream).terms.policy_version == 1


def test_a_placing_that_is_sent_again_is_the_same_although_its_terms_were_fixed(shop):
    shop.record([of("policy/default", TERMS)])
    order = draw_order("xiaomai:again")
    claim = of(order.stream, placed(), key="xiaomai\nagain")

    [first] = shop.record([claim], [order])
    [again] = shop.record([claim], [order])

    assert (again.leaf, again.duplicate) == (first.leaf, True)


def test_nobody_picks_older_terms_by_back_dating(stores):
    now = [NOON]
    book = stores.book(lambda: now[0])
    book.record([of("policy/default", TERMS)])
    now[0] += DAY
    book.record([of("policy/default", replace(TERMS, version=2, due_in=DAY, since=now[0]))])
    now[0] += DAY
    order = draw_order("xiaomai:dated")
    book.record([of(order.stream, placed(), at=NOON)], [order])

    assert book.order(order.stream).terms.policy_version == 2


def test_terms_that_reach_back_are_refused(shop):
    with pytest.raises(IllegalTransition) as caught:
        shop.record([of("policy/default", replace(TERMS, since=NOON - 2 * MINUTE), at=NOON - 2 * MINUTE)])

    assert caught.value.evidence["rule"] == "retroactive"


def test_a_compensation_that_cannot_be_computed_is_refused(shop):
    with pytest.raises(MalformedEntry):
        shop.record([of("policy/default", replace(TERMS, compensation="amount // 0"))])


@pytest.mark.parametrize("basis", [None, "observed", "backfill"])
@pytest.mark.parametrize(
    ("stream", "event", "by"),
    [
        ("policy/default", replace(TERMS, since=0), "xiaomai"),
        ("policy/default", TERMS, "kamao"),
        ("policy/default", replace(TERMS, compensation="amount // 0"), "xiaomai"),
        ("party/kamao", party.Reinstated(reason="mistake"), "kamao"),
        ("party/kamao", party.Suspended(reasons="x"), "xiaomai"),
        ("party/kamao", party.Keyed(key=PUBLIC), "mallory"),
        ("party/kamao", party.Warned(reasons="x"), "mallory"),
        ("sku/music-month", sku.Stocked(as_of=NOON, qty=9_999, ttl=HOUR), "mallory"),
    ],
)
def test_no_basis_is_a_way_round_the_rules_of_the_register(shop, stores, basis, stream, event, by):
    [told] = shop.record([registered("kamao", "merchant")])
    shop.record([of("party/kamao", party.Suspended(entries=(told.leaf,), reasons="x"))])
    before = stores.kept()

    with pytest.raises((Refused, MalformedEntry)):
        shop.record([of(stream, event, by=by, basis=basis, at=NOON)])

    assert stores.kept() == before


POLICY = of("policy/default", TERMS)


@pytest.mark.parametrize("basis", [None, "observed", "backfill"])
@pytest.mark.parametrize("by", ["kamao", "mallory"])
def test_a_policy_goes_on_as_its_publisher_says_and_never_into_the_past(shop, stores, basis, by):
    """I6"""
    shop.record([POLICY, registered("kamao", "platform")])
    second, before = replace(TERMS, version=2, due_in=DAY), stores.kept()
    moving = [of("policy/default", second, by=by, basis=basis, at=NOON)]
    moving += [of("policy/fast", replace(TERMS, since=NOON - DAY), basis=basis, at=NOON - DAY)]

    for claim in moving:
        with pytest.raises(IllegalTransition):
            shop.record([claim])

    assert stores.kept() == before
    shop.record([of("policy/default", second)])


def test_a_version_that_was_never_published_is_refused_with_those_that_were(shop, stores):
    shop.record([POLICY])
    before = stores.kept()

    for basis in (None, "observed"):
        order = draw_order(f"xiaomai:{basis}")
        with pytest.raises(NotFound) as caught:
            shop.record([of(order.stream, placed(policy_version=7), basis=basis)], [order])
        assert caught.value.evidence["versions"] == [1]

    assert stores.kept() == before
    assert shop.order(places(shop, 1, policy_version=1)).terms.policy_version == 1


# what was observed, and by whom -----------------------------------------------------------------------
STRANGERS = [
    ("hongka", e.RefundRequested(amount=5000)),
    ("hongka", e.Cancelled(by="merchant", reason="x")),
    ("hongka", e.PromiseExtended(consent="ab" * 32, due_at=NOON + 9 * DAY)),
    ("hongka", e.Compensated(amount=1, rule="x")),
    ("hongka", e.RiskHeld(on_timeout="refund", review_by=NOON + HOUR, rule="x", track="auto")),
    ("hongka", e.DisputeOpened(claim="not-delivered", dispute="d-2", freezes="delivery")),
    ("hongka", e.DisputeEvidence(dispute="d-1")),
    ("hongka", e.DisputeDecided(decider="kamao", dispute="d-1", outcome="for_merchant", reason="x")),
    ("agent-west", e.DisputeEvidence(dispute="d-1")),
    ("agent-west", e.StockShort(available=0, needed=1)),
]


@pytest.fixture
def disputed(shop):
    """A paid order with a tier, and a dispute of it; beside it a platform and a tier that never had it."""
    stream = places(shop, 1)
    shop.record([registered("hongka", "platform"), registered("agent-west", "agent")])
    shop.record([of(stream, e.Paid()), of(stream, e.HopForwarded(attempt=1, to="agent-east"))])
    shop.record([of(stream, e.DisputeOpened(claim="not-delivered", dispute="d-1", freezes="none"))])
    return stream


@pytest.mark.parametrize("basis", [None, "observed"])
def test_a_registered_party_speaks_of_orders_that_it_has_a_part_in(shop, stores, disputed, basis):
    before = stores.kept()

    for by, event in STRANGERS:
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(disputed, event, by=by, basis=basis)])
        assert caught.value.evidence["rule"] == "no-part"

    assert stores.kept() == before


@pytest.mark.parametrize("decider", ["buyer", "night-market", "agent-west", "council"])
def test_nobody_decides_a_dispute_who_is_no_judge(shop, stores, disputed, decider):
    ruled, before = (
        e.DisputeDecided(decider=decider, dispute="d-1", outcome="split", reason="x"),
        stores.kept(),
    )

    with pytest.raises(IllegalTransition) as caught:
        shop.record([of(disputed, ruled)])

    assert (caught.value.evidence["rule"], stores.kept()) == ("no-judge", before)


def test_an_auditor_decides_what_was_escalated_to_it(shop, disputed):
    ruled = e.DisputeDecided(decider="council", dispute="d-1", outcome="split", reason="x")
    shop.record(
        [registered("council", "auditor"), of(disputed, e.DisputeEscalated(dispute="d-1", to="council"))]
    )

    evidence, decided = shop.record([of(disputed, e.DisputeEvidence(dispute="d-1"), by="council"),
                                     of(disputed, ruled, by="council")])  # fmt: skip

    assert (evidence.irregular, decided.irregular) == (None, None)


OBSERVED_ACTS = [
    ("hop-uncertain", e.HopForwarded(attempt=2, to="agent-east")),
    ("no-consent", e.PromiseExtended(due_at=NOON + 9 * DAY)),
    ("no-refund", e.RefundApproved()),
    ("not-held", e.RiskReviewed(decision="release", reason="x")),
    ("not-decided", e.DisputeAppealed(dispute="d-1")),
    ("not-the-buyer", e.Nudged(nudge="n")),
    ("not-the-buyer", e.Cancelled(by="buyer", reason="x")),
    ("lies-behind", e.RiskHeld(on_timeout="refund", review_by=NOON, rule="x", track="auto")),
]


def test_an_act_that_is_called_observed_is_refused_like_any_other(shop, stores, disputed):
    """I6, I10"""
    shop.record([of(disputed, e.HopUncertain())])
    before = stores.kept()

    for rule, event in OBSERVED_ACTS:
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(disputed, event, basis="observed", at=NOON)])
        assert caught.value.evidence["rule"] == rule

    assert stores.kept() == before


def test_what_was_seen_beyond_what_was_ordered_is_recorded_and_flagged(shop, disputed):
    told = [of(disputed, DELIVERED, basis="observed", private={"goods": f"w-{number}"}) for number in (1, 2)]

    assert [each.irregular for each in shop.record(told)] == [None, "already-delivered"]


@pytest.mark.parametrize(
    ("event", "field", "rule"),
    [(e.Paid(), "payment", "payment-again"), (DELIVERED, "goods", "goods-again")],
)
def test_what_is_said_once_is_observed_once(shop, stores, disputed, event, field, rule):
    """I2: a callback that comes again, under whatever basis, is the same fact."""
    other, by = places(shop, 2), "buyer" if field == "payment" else "xiaomai"
    if field == "goods":
        shop.record([of(other, e.Paid()), of(other, e.HopForwarded(attempt=1, to="agent-east"))])
    shop.record([of(other, event, by, basis="observed", private={field: "w-1"})])
    before = stores.kept()

    for stream in (other, disputed):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(stream, event, by, basis="observed", private={field: "w-1"})])
        assert caught.value.evidence["rule"] == rule

    assert stores.kept() == before


def test_a_word_that_is_passed_on_names_the_reference_of_its_hop(shop, stores):
    """I7"""
    stream = places(shop, 1)
    sent = of(stream, e.HopForwarded(attempt=1, to="agent-east"), private={"ref": "up-1"})
    shop.record([of(stream, e.Paid()), sent])
    accepted, before = of(stream, e.HopAccepted(), basis="observed"), stores.kept()

    for private in ({}, {"ref": "up-2"}):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([replace(accepted, private=private)])
        assert caught.value.evidence["rule"] == "foreign-reference"

    assert stores.kept() == before
    own = replace(accepted, by="agent-east", basis=None, private={"ref": "up-1"})
    shop.record([replace(accepted, private={"ref": "up-1"}), own])
    for again in (accepted, own):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([replace(again, private={"ref": "up-1"})])
        assert caught.value.evidence["rule"] == "said-already"


def test_an_answer_rests_on_entries_that_are_there_whoever_observed_it(shop, disputed):
    found = e.Located(cause="x", entries=("0" * 64,), holder="xiaomai", nudge="n", stage="stock")
    shop.record([of(disputed, e.Nudged(nudge="n"), by="buyer")])

    with pytest.raises(NotFound):
        shop.record([of(disputed, found, basis="observed")])


def test_a_tier_that_nobody_registered_decides_nothing_about_an_order_that_it_was_sent(
    shop, stores, disputed
):
    """The operator, whom the order does not know, still speaks for whom he will."""
    shop.record([of(disputed, e.HopForwarded(attempt=2, to="agent-south"))])
    sent, before = stores.log()[-1].leaf.hex(), stores.kept()

    for event in (e.RefundApproved(), e.PromiseExtended(due_at=NOON + 9 * DAY, consent="0" * 64)):
        for basis in (None, "observed"):
            with pytest.raises(IllegalTransition) as caught:
                shop.record([of(disputed, event, "agent-south", basis=basis)])
            assert caught.value.evidence.items() >= {("rule", "not-its-role"), ("because", sent)}
    assert stores.kept() == before

    shop.record([of(disputed, e.Cancelled(by="merchant", reason="x"), "operator")])


def test_what_a_neighbour_observed_is_of_an_order_that_it_has(shop, stores):
    """I7"""
    stream = places(shop, 1)
    shop.record([of(stream, e.Paid()), of(stream, e.HopForwarded(attempt=1, to="agent-east"))])
    before = stores.kept()

    for event in (e.ActivationSucceeded(), DELIVERED):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(stream, event, by="agent-west", basis="observed", at=NOON)])
        assert caught.value.evidence["rule"] == "foreign-hop"

    assert stores.kept() == before
    shop.record([of(stream, e.ActivationSucceeded(), basis="observed", at=NOON)])


def test_a_doubt_is_not_taken_back_but_answered(shop, stores):
    """I10"""
    stream = places(shop, 1)
    shop.record([of(stream, e.Paid()), of(stream, e.HopForwarded(attempt=1, to="agent-east"))])
    [doubt] = shop.record([of(stream, e.HopUncertain())])
    before = stores.kept()

    for basis in (None, "observed"):
        with pytest.raises(IllegalTransition) as caught:
            shop.record(
                [of(stream, e.Disavowed(entry=doubt.leaf, reason="did_not_occur"), basis=basis, at=NOON)]
            )
        assert caught.value.evidence["rule"] == "hop-uncertain"

    assert stores.kept() == before


def test_a_doubt_and_its_query_are_of_the_hop_that_has_their_reference(shop, stores):
    """I10: commitments tell nobody which, the entry does; a repeat is a repeat."""
    stream = places(shop, 1)
    sent = [
        of(stream, e.HopForwarded(attempt=1, to=to), private={"ref": ref})
        for to, ref in (("agent-east", "up-1"), ("brand", "up-2"))
    ]
    _, first, last = shop.record([of(stream, e.Paid()), *sent])
    refs = ("up-1", "up-2")
    doubts = [of(stream, e.HopUncertain(), private={"ref": ref}, key=f"k-{ref}") for ref in refs]
    shop.record(doubts)

    assert [each.duplicate for each in shop.record(doubts)] == [True, True]
    assert [hop.state for hop in stores.book().order(stream).hops] == ["uncertain", "uncertain"]
    for private, rule in (({}, "which-hop"), ({"ref": "up-3"}, "foreign-reference")):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(stream, e.HopQueried(result="not_found"), private=private)])
        assert caught.value.evidence["rule"] == rule
    otherwise = of(stream, e.HopQueried(of=last.leaf, result="not_found"), private={"ref": "up-1"})
    with pytest.raises(IllegalTransition) as caught:
        shop.record([otherwise])
    assert caught.value.evidence["rule"] == "foreign-reference"
    shop.record([of(stream, e.HopQueried(result="not_found"), private={"ref": "up-1"})])

    assert parse(stores.store.rows_of([stream])[-1].entry).event.of == first.leaf
    assert [hop.state for hop in stores.book().order(stream).hops] == ["not_found", "uncertain"]
    shop.record([of(stream, e.HopQueried(result="not_found"))])  # one is left in doubt
    shop.record([of(stream, e.HopForwarded(attempt=2, to="agent-east"))])


def test_a_notice_names_an_entry_of_its_order_or_the_exception_that_it_is_about(shop, stores):
    """I5"""
    (stream, other), reported = [places(shop, number) for number in (1, 2)], CUT_OFF
    [cut] = shop.record([of("exception/cut-7", reported, by="brand")])
    own, foreign = (next(row.leaf.hex() for row in stores.store.rows_of([each])) for each in (stream, other))
    notice = e.Notified(channel="sms", of=own, template="t")
    before = stores.kept()

    for leaf, about in (("0" * 64, None), (foreign, None), (cut.leaf, None), ("0" * 64, "cut-7")):
        with pytest.raises(NotFound) as caught:
            shop.record([of(stream, replace(notice, of=leaf, about=about))])
        assert caught.value.evidence.items() >= {("rule", "no-entry"), ("of", leaf)}
    assert stores.kept() == before
    shop.record([of(stream, notice), of(stream, replace(notice, of=cut.leaf, about="cut-7"))])


CUT_OFF = incident.Reported(kind="supply_cut", scope=("music-month",), starts=NOON)


def test_a_decided_dispute_is_not_opened_anew_by_taking_its_opening_back(shop):
    stream = places(shop, 1)
    opened = e.DisputeOpened(claim="late", dispute="d", freezes="none")
    decided = e.DisputeDecided(decider="xiaomai", dispute="d", outcome="for_buyer", reason="late")
    first, _ = shop.record([of(stream, opened), of(stream, decided)])

    for again in (opened, e.Disavowed(entry=first.leaf, reason="did_not_occur")):
        with pytest.raises(IllegalTransition) as caught:
            shop.record([of(stream, again)])
        assert caught.value.evidence["dispute"] == "d"
    assert caught.value.evidence["rule"] == "dispute-closed"


def test_a_reinstated_order_needs_its_supply_like_a_new_one(shop):
    """I4"""
    streams = [places(shop, number) for number in range(3)]
    shop.record([of(streams[0], e.Cancelled(by="merchant", reason="x"))])
    places(shop, 4)

    with pytest.raises(IntakeRefused):
        shop.record([of(streams[0], e.Reinstated(reason="x"))])


# exceptions -------------------------------------------------------------------------------------------
def test_an_exception_is_acknowledged_before_anything_is_done_about_it(shop):
    reported = incident.Reported(kind="supply_cut", scope=("music-month",), starts=NOON)
    shop.record([of("exception/cut-7", reported, by="brand")])
    acted = of("exception/cut-7", incident.Acted(action="stop_intake"))

    with pytest.raises(IllegalTransition):
        shop.record([acted])
    shop.record([of("exception/cut-7", incident.Acknowledged()), acted])


def test_an_exception_is_ended_by_whose_it_is_and_acknowledged_even_then(shop, stores):
    reported = incident.Reported(kind="supply_cut", scope=("music-month",), starts=NOON)
    shop.record([of("exception/cut-7", reported, by="brand")])
    shop.record([registered("evil", "agent"), of("exception/cut-7", incident.Acknowledged(), by="evil")])

    for book in (shop, stores.book()):
        with pytest.raises(IllegalTransition) as caught:
            book.record([of("exception/cut-7", incident.Resolved(), by="evil")])
        assert caught.value.evidence["rule"] == "not-its-exception"

    stores.book().record([of("exception/cut-7", incident.Resolved(), by="brand")])
    [receipt] = shop.record([of("exception/cut-7", incident.Acknowledged())])
    assert receipt.irregular is None


@pytest.mark.parametrize(("by", "role"), [("xiaomai", "platform"), ("court", "auditor")])
def test_who_lists_all_that_an_exception_names_ends_it_and_so_does_an_auditor(shop, by, role):
    reported = incident.Reported(kind="supply_cut", scope=("music-month",), starts=NOON)
    told = [of("exception/cut-7", reported, by="brand"), of("exception/cut-7", incident.Resolved(), by=by)]

    *_, receipt = shop.record([*([registered(by, role)] if role == "auditor" else []), *told])

    assert receipt.irregular is None


@pytest.mark.parametrize("stream", ["sku/music-month", "party/xiaomai", "order/" + 64 * "0"])
def test_a_fact_of_another_room_is_refused(shop, stores, stream):
    event = incident.Resolved() if stream.startswith("order") else TERMS
    before = stores.kept()

    with pytest.raises((IllegalTransition, MalformedEntry)):
        shop.record([of(stream, event)])

    assert stores.kept() == before
