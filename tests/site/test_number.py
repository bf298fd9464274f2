from hypothesis import given
from hypothesis import strategies as st

from mingdan.projections.figures import rate
from mingdan.site.number import count, money, percent
from mingdan.site.texts import texts


def test_a_share_has_one_decimal_rounded_half_even():
    assert percent(rate(1_171, 1_204)) == "97.3%"
    assert percent(rate(1, 2_000)) == "0.1%"
    assert percent(rate(1, 8)) == "12.5%"


@given(st.integers(1, 10**9), st.data())
def test_only_all_is_a_hundred_percent_and_only_none_is_zero(denominator, data):
    numerator = data.draw(st.integers(0, denominator))

    shown = percent(rate(numerator, denominator))

    assert (shown == "100.0%") == (numerator == denominator)
    assert (shown == "0.0%") == (numerator == 0)


def test_a_share_of_nothing_is_no_number():
    assert percent(rate(0, 0)) == "–"


def test_money_has_the_digits_of_its_currency():
    assert money(texts("zh-CN"), 123_450, "CNY") == "¥1,234.50"
    assert money(texts("en"), 123_450, "JPY") == "JPY 123,450"
    assert money(texts("en"), 5, "KWD") == "KWD 0.005"


def test_money_of_no_known_currency_is_a_bare_count():
    assert money(texts("en"), 123_450, None) == "123,450"


def test_counts_are_grouped():
    assert count(1_234_567) == "1,234,567"
