from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.instant import instant

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999  # of the years 1 to 9999, ms UTC


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_780_000_000_007, "2026-05-28T20:26:40.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (FIRST, "0001-01-01T00:00:00.000Z"),
        (LAST, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_is_iso_8601_utc_to_the_millisecond(ms, shown):
    assert instant(ms) == shown


@given(st.integers(FIRST, LAST))
def test_an_instant_reads_back_as_the_milliseconds_it_is(ms):
    read = datetime.fromisoformat(instant(ms))

    assert (read - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) == ms


@pytest.mark.parametrize("ms", [FIRST - 1, LAST + 1, -(2**53) + 1, 2**53 - 1])
def test_beyond_the_calendar_the_milliseconds_stand_as_they_are(ms):
    assert instant(ms) == f"{ms} ms"
