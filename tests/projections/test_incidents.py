"""Exceptions, blind windows, alerts and deadlines: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.policy import DAY, MINUTE

from .told import NOON, Telling, listed, placed

OUTAGE = "exception/outage-7"


def minute(at):
    return NOON + int(at * MINUTE)


def reported(*, scope=("brand-card",), expected_end=None):
    """A brand reports of its card, which the shop's maps to through an agent's."""
    telling = Telling()
    telling.tell("sku/card-100", listed(), -60)
    telling.tell("sku/card-100", sku.Mapped(to="agent-card"), -60)
    telling.tell("sku/agent-card", listed(platform="agent-east"), -60)
    telling.tell("sku/agent-card", sku.Mapped(to="brand-card"), -60)
    telling.tell("sku/brand-card", listed(platform="brand"), -60)
    telling.tell("sku/other", listed(), -60)
    report = incident.Reported(kind="supply_cut", scope=scope, starts=NOON, expected_end=expected_end)
    telling.tell(OUTAGE, report, 0, by="brand")
    return telling


def only(telling, at):
    (case,) = telling.census(at).market.exceptions
    return case


def test_an_exception_reaches_all_that_maps_to_its_scope():
    case = only(reported(), 1)

    assert (case.exception, case.kind, case.reporter, case.reported) == (
        "outage-7",
        "supply_cut",
        "brand",
        NOON,
    )
    assert case.scope == ("brand-card",)
    assert case.affected == ("agent-card", "brand-card", "card-100")


def test_the_orders_that_a_tier_takes_before_it_knows_are_counted():
    telling = reported()
    for number, at in enumerate((-1, 1, 5, 9, 11)):
        telling.tell(f"o{number}", placed(), at)
    telling.tell("other", placed(sku="other"), 5)
    telling.tell(OUTAGE, incident.Acknowledged(), 10, by="kamao")

    tiers = {each.party: each for each in only(telling, 60).tiers}

    assert (tiers["kamao"].known, tiers["kamao"].window, tiers["kamao"].orders) == (
        minute(10),
        10 * MINUTE,
        3,
    )
    assert (tiers["agent-east"].known, tiers["agent-east"].window) == (None, 60 * MINUTE)
    assert tiers["agent-east"].orders == 0  # none came to it under its name


def test_a_tier_further_up_was_blind_to_all_that_came_down_to_it():
    telling = reported()
    telling.tell("party/agent-east", party.Registered(name="东区", role="agent"), -60)
    for number in range(4):
        telling.tell(f"o{number}", placed(), 5)

    tiers = {each.party: each.orders for each in only(telling, 60).tiers}

    assert tiers == {"agent-east": 4, "kamao": 4}


def test_what_is_not_its_reporters_to_speak_of_is_named_and_touched_by_nothing():
    telling = reported()
    telling.tell(
        "exception/false", incident.Reported(kind="fault", scope=("other",), starts=NOON), 0, by="evil"
    )
    telling.tell("sku/other", sku.Alerted(level="out"), 1)
    telling.tell("o", placed(sku="other"), 5)
    market = telling.census(60).market
    false = next(each for each in market.exceptions if each.exception == "false")

    assert (false.scope, false.affected, false.tiers) == (("other",), (), ())
    assert [(each.exception, each.overdue) for each in market.alarms] == [(None, True)]


def test_a_tier_that_orders_were_sent_to_speaks_of_their_goods_history_apart():
    telling = reported()
    for tier in ("carrier", "former", "elsewhere"):
        told = incident.Reported(kind="fault", scope=("other",), starts=NOON)
        telling.tell(f"exception/{tier}", told, 0, by=tier)
    telling.tell("o1", placed(sku="other"), 1)
    telling.tell("o1", e.HopForwarded(attempt=1, to="carrier"), 2)
    telling.tell("o2", placed(sku="other"), 1, basis="backfill")
    telling.tell("o2", e.HopForwarded(attempt=1, to="former"), 2, basis="backfill")
    telling.tell("o3", placed(sku="other", platform="elsewhere"), 1)
    telling.tell("o3", e.HopForwarded(attempt=1, to="elsewhere"), 2)

    affected = {each.exception: each.affected for each in telling.census(9).market.exceptions}

    assert affected == affected | {"carrier": ("other",), "former": (), "elsewhere": ()}


def test_nobody_is_blind_any_more_after_the_end():
    telling = reported()
    telling.tell(OUTAGE, incident.Resolved(), 20, by="brand")
    telling.tell("o", placed(), 30)

    (_, shop) = only(telling, 600).tiers

    assert (shop.party, shop.window, shop.orders) == ("kamao", 20 * MINUTE, 0)


def test_an_action_is_due_within_the_hour():
    assert not only(reported(), 60).act_overdue
    assert only(reported(), 61).act_overdue

    telling = reported()
    telling.tell(OUTAGE, incident.Acted(action="stop_intake"), 59, by="kamao")
    case = only(telling, 500)
    assert (case.acted, case.actions, case.act_overdue) == (minute(59), ("stop_intake",), False)


def test_what_ended_by_itself_in_time_needed_no_action():
    telling = reported()
    telling.tell(OUTAGE, incident.Resolved(), 30, by="brand")

    assert not only(telling, 500).act_overdue


def test_an_exception_that_lasts_longer_than_it_was_said_to_is_overdue():
    telling = reported(expected_end=minute(90))

    assert not only(telling, 90).end_overdue
    assert only(telling, 91).end_overdue
    telling.tell(OUTAGE, incident.Resolved(), 80, by="brand")
    assert not only(telling, 500).end_overdue


def test_what_ended_long_ago_is_left_to_the_log():
    telling = reported()
    telling.tell(OUTAGE, incident.Resolved(), 30, by="brand")
    kept = 90 * DAY / MINUTE

    assert telling.census(kept + 30).market.exceptions
    assert not telling.census(kept + 31).market.exceptions


def alarmed(*, alert=-10.0, cleared=None):
    telling = reported() if alert >= 0 else Telling()
    telling.tell("sku/card-100", listed(), -61)
    telling.tell("sku/card-100", sku.Alerted(level="out"), alert)
    if cleared is not None:
        telling.tell("sku/card-100", sku.Cleared(), cleared)
    return telling


def test_an_alert_is_followed_by_an_exception_within_half_an_hour():
    telling = alarmed()
    (alarm,) = telling.census(20).market.alarms
    assert (alarm.sku, alarm.level, alarm.after, alarm.overdue) == ("card-100", "out", None, False)
    assert telling.census(21).market.alarms[0].overdue

    telling.tell(OUTAGE, incident.Reported(kind="fault", scope=("card-100",), starts=NOON), 15)
    (alarm,) = telling.census(500).market.alarms
    assert (alarm.exception, alarm.after, alarm.overdue) == ("outage-7", 25 * MINUTE, False)


def test_an_alert_that_is_cleared_in_time_needs_no_exception():
    (alarm,) = alarmed(cleared=5).census(500).market.alarms

    assert (alarm.cleared, alarm.exception, alarm.overdue) == (minute(5), None, False)


def test_of_an_alert_under_an_exception_it_was_known_before():
    (alarm,) = alarmed(alert=5).census(500).market.alarms

    assert (alarm.exception, alarm.after, alarm.overdue) == ("outage-7", 0, False)
