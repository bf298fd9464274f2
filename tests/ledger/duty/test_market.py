from msgspec.structs import replace

from mingdan.ledger.duty.market import Flow, Supply, of_party, of_skus
from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.reach import affected
from mingdan.ledger.policy import DAY

from ..market.told import EVIDENCE, after

REGISTERED = party.Registered(name="Kamao", role="merchant")
QUALIFIED = party.Qualified(valid_until=500, verifier="council")
SUSPENDED = party.Suspended(entries=EVIDENCE, reasons="r", until=700)
LISTED = sku.Listed(form="card", name="c", platform="kamao", stock_mode="upstream")
ABOVE = replace(LISTED, platform="brand", stock_mode="counted")
STOCKED = sku.Stocked(as_of=1, qty=9, ttl=DAY)
MAPPED = sku.Mapped(to="brand-card")
REPORTED = incident.Reported(kind="supply_cut", scope=("brand-card",), starts=0)
STOPPED = incident.Acted(action="stop_intake")


def of(*story):
    return after("sku/shop-card", *story)


def above(*story):
    return after("sku/brand-card", *(("brand", event) for event in story))


def told_of(*story):
    return after("exception/cut-7", *story)


def owed(skus, incidents=None, supply=Supply(), now=1000):  # noqa: B008
    return [(duty.stream, duty.event) for duty in of_skus(skus, incidents or {}, supply, now)]


def test_a_qualification_lapses_when_its_time_is_over():
    known = after("party/kamao", REGISTERED, QUALIFIED)

    assert [*of_party(known, 500)] == []
    assert [(duty.event, duty.at) for duty in of_party(known, 900)] == [(party.Lapsed(), 501)]


def test_a_decision_ends_with_its_term():
    known = after("party/kamao", REGISTERED, SUSPENDED)

    assert [*of_party(known, 699)] == []
    assert [(duty.event, duty.at) for duty in of_party(known, 900)] == [
        (party.Reinstated(reason="term_over"), 700)
    ]


def test_an_exception_touches_all_that_is_supplied_from_its_scope():
    skus = {"a": of(LISTED, replace(MAPPED, to="b")), "b": of(LISTED, MAPPED), "c": of(LISTED)}

    assert affected(("brand-card",), skus) == {"brand-card", "a", "b"}


def test_an_intake_is_closed_by_the_exception_that_stops_it_and_opened_after_its_end():
    skus = {"shop-card": of(LISTED, MAPPED)}
    stopped = sku.Closed(exception="cut-7", reason="supply_cut")
    closed = {"shop-card": of(LISTED, MAPPED, stopped)}

    assert owed(skus, {"cut-7": told_of(REPORTED)}) == []
    assert owed(skus, {"cut-7": told_of(REPORTED, STOPPED)}) == [("sku/shop-card", stopped)]
    assert owed(closed, {"cut-7": told_of(REPORTED, STOPPED)}) == []
    assert owed(closed, {"cut-7": told_of(REPORTED, STOPPED, incident.Resolved())}) == [
        ("sku/shop-card", sku.Opened())
    ]


def test_who_stops_an_intake_stops_what_it_lists_supplies_or_was_sent_and_nothing_else():
    other = after("sku/other-card", replace(LISTED, platform="elsewhere"), MAPPED)
    skus = {"shop-card": of(LISTED, MAPPED), "other-card": other, "brand-card": above(ABOVE)}

    def stopped_by(name, **sent):
        supply = Supply(sent={each.replace("_", "-"): frozenset(names) for each, names in sent.items()})
        return {stream for stream, _ in owed(skus, {"cut-7": told_of(REPORTED, (name, STOPPED))}, supply)}

    assert stopped_by("kamao") == {"sku/shop-card"}
    assert stopped_by("elsewhere") == {"sku/other-card"}
    assert stopped_by("brand") == {"sku/shop-card", "sku/other-card", "sku/brand-card"}
    assert stopped_by("carrier") == set()
    assert stopped_by("carrier", shop_card=["carrier"], other_card=["another"]) == {"sku/shop-card"}
    assert stopped_by("carrier", brand_card=["carrier"]) == stopped_by("brand")
    assert stopped_by("elsewhere", shop_card=["elsewhere"]) == {"sku/shop-card", "sku/other-card"}


def test_an_intake_that_its_platform_closed_is_not_opened_by_an_exceptions_end():
    closed = {"shop-card": of(LISTED, MAPPED, sku.Closed(reason="holiday"))}

    assert owed(closed, {"cut-7": told_of(REPORTED, STOPPED, incident.Resolved())}) == []


def test_stock_follows_the_tier_above_less_what_others_promised_of_it():
    skus = {
        "shop-card": of(LISTED, MAPPED),
        "other-card": of(replace(LISTED, stock_mode="counted"), MAPPED),
        "brand-card": above(ABOVE, STOCKED),
    }
    supply = Supply(promised={"other-card": 4, "shop-card": 2})

    assert owed(skus, supply=supply) == [("sku/shop-card", replace(STOCKED, qty=5))]


def test_stock_that_was_followed_already_is_not_told_again():
    skus = {"shop-card": of(LISTED, MAPPED, STOCKED), "brand-card": above(ABOVE, STOCKED)}

    assert owed(skus) == []


def test_no_more_is_promised_than_is_delivered_within_the_promised_time():
    flow = Flow(delivered=70, orders=70, due_in=DAY)
    skus = {"shop-card": of(LISTED)}

    assert owed(skus, supply=Supply(flows={"shop-card": flow})) == [
        ("sku/shop-card", sku.Capped(basis="throughput", cap=10))
    ]
    late = replace(flow, overdue=4)
    assert owed(skus, supply=Supply(flows={"shop-card": late})) == [
        ("sku/shop-card", sku.Capped(basis="backlog", cap=6))
    ]


def test_a_cap_is_never_more_than_a_fact_can_tell():
    [(_, capped)] = owed(
        {"shop-card": of(LISTED)}, supply=Supply(flows={"shop-card": Flow(delivered=2**62, orders=10)})
    )

    assert capped.cap == 2**53 - 1


def test_a_cap_moves_only_when_it_moves_by_more_than_a_quarter():
    capped = {"shop-card": of(LISTED, sku.Capped(basis="throughput", cap=9))}

    assert owed(capped, supply=Supply(flows={"shop-card": Flow(delivered=70, orders=70)})) == []
    assert owed(capped, supply=Supply(flows={"shop-card": Flow(delivered=105, orders=105)})) == [
        ("sku/shop-card", sku.Capped(basis="throughput", cap=15))
    ]


def test_a_cap_that_stifles_is_lifted_once_nothing_is_overdue():
    stifled = {"shop-card": of(LISTED, sku.Capped(basis="backlog", cap=0))}
    still = Supply(flows={"shop-card": Flow(delivered=3, orders=3, overdue=2)})

    assert owed(stifled, supply=still) == []
    assert owed(stifled) == [("sku/shop-card", sku.Capped(basis="throughput", cap=10))]
    assert owed({"shop-card": of(LISTED)}) == []


def test_a_cap_that_its_platform_set_by_hand_stays():
    capped = {"shop-card": of(LISTED, sku.Capped(basis="manual", cap=1))}

    assert owed(capped, supply=Supply(flows={"shop-card": Flow(delivered=70, orders=70)})) == []


def test_what_is_usual_is_told_once_a_day_where_it_changed():
    usual = StageLimits(activation=60_000)
    paced = sku.Paced(n=40, p95=usual)
    told = {"shop-card": of(LISTED, ("ledger", paced))}
    slow = sku.Paced(n=60, p95=StageLimits(activation=90_000))
    slower = Supply(paces={"shop-card": slow})
    later = sku.Awaited(n=40, of="sku", steps=((5, 9000, 100),), until=7)
    known_more = Supply(paces={"shop-card": replace(paced, delivery=later)})

    assert owed({"shop-card": of(LISTED)}, supply=Supply(paces={"shop-card": paced})) == [
        ("sku/shop-card", paced)
    ]
    assert owed(told, supply=Supply(paces={"shop-card": replace(paced, n=50)}), now=9 * DAY) == []
    assert owed(told, supply=slower) == []
    assert owed(told, supply=slower, now=9 * DAY) == [("sku/shop-card", slow)]
    assert owed(told, supply=known_more, now=9 * DAY) == [("sku/shop-card", replace(paced, delivery=later))]


def test_what_is_not_listed_is_owed_nothing():
    unlisted = {"shop-card": after("sku/shop-card")}

    assert owed(unlisted, {"cut-7": told_of(REPORTED, STOPPED)}) == []
