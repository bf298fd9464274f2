"""Days of arrivals and completions: by hand-made stories."""

from __future__ import annotations

from mingdan.ledger.policy import DAY, MINUTE
from mingdan.projections.days import SHOWN

from .told import Telling

DAYS = DAY / MINUTE


def flow(telling, at):
    return telling.conduct(at).flow


def test_thirty_days_are_shown_and_the_last_is_today():
    telling = Telling()
    telling.paid("o", 0)

    found = flow(telling, 5)

    assert len(found) == SHOWN
    assert (found[0].day, found[-1].day) == ("2026-05-02", "2026-05-31")


def test_what_came_and_what_ended_is_counted_on_its_day_and_the_rest_is_open():
    telling = Telling()
    telling.bought("quick", 0, 1)
    telling.bought("next day", 0, DAYS)
    telling.paid("long ago", -40 * DAYS)

    found = [(day.arrivals, day.completions, day.open) for day in flow(telling, DAYS + 5)[-3:]]

    assert found == [(0, 0, 1), (2, 1, 2), (0, 1, 1)]


def test_days_end_where_the_zone_says():
    telling = Telling()
    telling.paid("o", 5 * 60)  # one in the night of the next day in Shanghai

    shown = telling.census(6 * 60, "Asia/Shanghai").market.flow[-1]

    assert (shown.day, shown.arrivals) == ("2026-06-01", 1)


def arriving(counts):
    telling = Telling()
    for day, count in enumerate(counts):
        for number in range(count):
            telling.bought(f"{day}-{number}", day * DAYS, day * DAYS + 1)
    return telling, len(counts) * DAYS - DAYS + 5


def surges(counts):
    telling, at = arriving(counts)
    return [day.surge for day in flow(telling, at)][-len(counts) :]


def test_a_day_of_more_than_three_times_the_usual_is_a_surge():
    usual = [0] * 23 + [4] * 6

    assert surges([*usual, 4])[-1] is False
    assert surges([*[4] * 29, 12])[-1] is False
    assert surges([*[4] * 29, 13])[-1] is True


def test_a_few_orders_are_no_surge_however_quiet_it_was():
    assert surges([0] * 29 + [9])[-1] is False
    assert surges([0] * 29 + [10])[-1] is True


def test_the_first_days_of_those_shown_are_no_surge():
    assert surges([0] * 6 + [50] + [0] * 23)[6] is False
    assert surges([0] * 7 + [50] + [0] * 22)[7] is True


def test_the_days_of_the_market_are_those_of_its_platforms_together():
    telling = Telling()
    telling.bought("here", 0, 1)
    telling.paid("there", 0, platform="kasu")
    telling.paid("there, long ago", -50 * DAYS, platform="kasu")

    day = telling.census(5).market.flow[-1]

    assert (day.arrivals, day.completions, day.open) == (2, 1, 2)
