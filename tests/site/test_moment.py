from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.site.moment import Calendar
from mingdan.site.texts import texts

from .reading import Reading
from .stories import NOON

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR, DAY = 3_600_000, 86_400_000


def calendar(language: str = "zh-CN", zone: ZoneInfo = SHANGHAI) -> Calendar:
    return Calendar(zone, texts(language))


def test_a_list_shows_seconds_in_the_zone_and_the_markup_is_exact():
    assert (
        calendar().stamp(NOON + 7) == '<time datetime="2026-11-22T04:00:00.007Z">2026-11-22 12:00:00</time>'
    )


def test_beside_a_time_of_the_same_day_the_date_is_not_said_again():
    assert ">13:00:00<" in calendar().stamp(NOON + HOUR, beside=NOON)
    assert ">2026-11-23 01:00:00<" in calendar().stamp(NOON + 13 * HOUR, beside=NOON)


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "2026年11月22日 12:00"), ("en", "22 November 2026, 12:00")]
)
def test_a_sentence_says_the_date_as_people_say_it(language, said):
    assert Reading(calendar(language).words(NOON).encode()).all("time") == [said]


def test_a_time_before_1970_is_a_time():
    assert ">1948-01-28 01:46:40<" in calendar().stamp(-692_000_000_000)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_every_time_an_entry_may_carry_is_shown(ms):
    shown = calendar()

    assert shown.stamp(ms, beside=0)
    assert shown.words(ms)
    assert shown.day(ms, beside=NOON)


def test_a_time_beyond_the_calendar_is_shown_as_it_stands():
    assert calendar("en").stamp(2**53 - 1) == "a time beyond the calendar (9007199254740991 ms)"


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (999, "under 1 s"),
        (1_000, "1 s"),
        (61_000, "1 min 1 s"),
        (HOUR + 59_000, "1 h"),
        (-39 * 60_000, "39 min"),
        (3 * DAY + 4 * HOUR + 5 * 60_000, "3 d 4 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(ms, said):
    assert calendar("en").duration(ms).replace("\u00a0", " ") == said


def test_a_badge_says_the_year_only_where_it_is_another():
    assert calendar().day(NOON, beside=NOON) == "11-22"
    assert calendar().day(NOON - 4000 * DAY, beside=NOON) == "2015-12-10"


def test_a_zone_is_named_with_its_offset():
    assert calendar().zone_name(NOON) == "北京时间"
    assert calendar("en", ZoneInfo("Europe/Berlin")).zone_name(NOON) == "Europe/Berlin, UTC+01:00"
