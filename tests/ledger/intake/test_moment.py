import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.intake.moment import clock

ISO = clock(["iso"], "UTC")
MINUTE = 60_000


def test_an_iso_time_is_milliseconds_utc():
    assert ISO("2018-01-02T12:53:00+00:00") == 1_514_897_580_000


def test_an_offset_counts_more_than_the_zone():
    assert clock(["iso"], "Asia/Shanghai")("2018-01-02T12:53:00+00:00") == ISO("2018-01-02T12:53:00Z")


def test_a_time_without_offset_is_local_to_the_zone():
    assert clock(["iso"], "Asia/Shanghai")("2018-01-02 20:53") == ISO("2018-01-02T12:53Z")


def test_a_date_alone_is_its_midnight():
    assert clock(["%d-%b-%y"], "UTC")("2-Jun-06") == ISO("2006-06-02T00:00Z")


def test_times_before_1970_are_negative_and_round_down():
    assert ISO("1948-01-26T22:59:00Z") == -692_067_660_000
    assert ISO("1969-12-31T23:59:59.9995Z") == -1


def test_the_formats_of_one_column_are_tried_in_their_order():
    read = clock(["%m/%d/%y", "%d-%b-%y"], "UTC")

    assert read("11/13/06") == read("13-Nov-06") == ISO("2006-11-13")


def test_a_text_that_no_format_fits_is_refused():
    with pytest.raises(ValueError, match="none of the formats %m/%d/%y fits"):
        clock(["%m/%d/%y"], "UTC")("13/11/06")


def test_a_local_time_that_never_was_is_refused():
    with pytest.raises(ValueError, match="clocks were put forward"):
        clock(["iso"], "Europe/Berlin")("2021-03-28 02:30")


def test_of_a_local_time_that_came_twice_the_earlier_is_meant():
    assert clock(["iso"], "Europe/Berlin")("2021-10-31 02:30") == ISO("2021-10-31T00:30Z")


def test_unix_seconds_and_milliseconds_are_read_without_floats():
    assert clock(["unix"], "UTC")("1514897580.1239") == 1_514_897_580_123
    assert clock(["unix_ms"], "UTC")("-1") == -1


@pytest.mark.parametrize("text", ["nan", "1e9", "", "99999999999999999", "١٢٣"])
def test_what_is_no_plain_number_is_no_unix_time(text):
    with pytest.raises(ValueError, match="none of the formats"):
        clock(["unix"], "UTC")(text)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59"])
def test_a_time_that_utc_cannot_write_is_refused(text):
    read = {"0001-01-01": clock(["iso"], "Asia/Shanghai"), "9999-12-31T23:59": clock(["iso"], "America/Lima")}

    with pytest.raises(ValueError, match="outside the years"):
        read[text](text)


@pytest.mark.parametrize("form", ["%d %b", "%H:%M", "%Q", "no format", "%d/%m/%Y %Z"])
def test_a_format_that_states_no_whole_date_is_no_format(form):
    with pytest.raises(ValueError, match=r"format|state|abbreviation"):
        clock([form], "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_zone_that_does_not_exist_is_refused(zone):
    with pytest.raises(ValueError, match="no zone"):
        clock(["iso"], zone)


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_an_offset_shifts_a_time_by_itself(when, offset):
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)

    assert ISO(f"{when.isoformat()}{sign}{hours:02}:{minutes:02}") == ISO(when.isoformat()) - offset * MINUTE
