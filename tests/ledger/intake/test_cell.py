import re
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.intake.cell import Ids, amount, slug

ID = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Orgenics, Ltd", "orgenics-ltd"),
        ("  S. BUYS WHOLESALER ", "s-buys-wholesaler"),
        ("Côte d'Ivoire", "cote-d-ivoire"),
        ("HIV test - Ancillary", "hiv-test-ancillary"),
    ],
)
def test_a_slug_is_lower_case_words_with_hyphens(name, expected):
    assert slug(name) == expected


def test_a_slug_that_would_be_too_long_ends_in_a_digest():
    name = "SUN PHARMACEUTICAL INDUSTRIES LTD (RANBAXY LABORATORIES LIMITED)"

    assert slug(name + " and Sons") == "sun-pharmaceutical-industries-ltd-ranbaxy-laboratories-14188663"
    assert slug(name) == "sun-pharmaceutical-industries-ltd-ranbaxy-laboratories-limited"


def test_names_whose_letters_are_lost_keep_apart():
    assert slug("中国银行 A") == "a-cf525644"
    assert slug("工商银行 A") != slug("中国银行 A")
    assert slug("卡盟") == "0ebdf815"


@given(st.text(min_size=1))
def test_every_name_has_an_id_and_always_the_same(name):
    assert ID.match(slug(name))
    assert slug(name) == slug(name)


def test_names_that_share_an_id_are_told():
    ids = Ids()
    found = [ids(name) for name in ("Orgenics, Ltd", "Orgenics Ltd", "Orgenics, Ltd", "Abbott")]

    assert found == ["orgenics-ltd", "orgenics-ltd", "orgenics-ltd", "abbott"]
    assert ids.shared == {"orgenics-ltd": ["Orgenics, Ltd", "Orgenics Ltd"]}


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [
        ("551", 2, 55_100),
        ("127360.8", 2, 12_736_080),
        ("0.07", 2, 7),
        ("1.500", 1, 15),
        ("-3.99", 2, -399),
        ("19", 0, 19),
        ("10.00", 0, 10),
        ("0.1", 18, 10**17),
    ],
)
def test_an_amount_is_whole_minor_units(text, scale, expected):
    assert amount(text, scale) == expected


def test_an_amount_may_have_the_marks_of_its_country():
    assert amount("1.234.567,8", 2, decimal=",", thousands=".") == 123_456_780
    assert amount("1,234.5", 2, thousands=",") == amount("1234.5", 2, thousands=",") == 123_450


@pytest.mark.parametrize(
    "text", ["", "1e3", "0x10", "1.", ".5", "1 000", "NaN", "¥12", "٣", "1,5", "12,34,567"]
)
def test_what_is_no_decimal_number_is_refused(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        amount(text, 2, thousands=",")


def test_nothing_is_rounded():
    with pytest.raises(ValueError, match="more than 2 decimal places"):
        amount("0.999", 2)


@given(st.integers(), st.integers(0, 9))
def test_an_amount_is_exactly_what_the_text_says(minor, scale):
    text = format(Decimal(minor).scaleb(-scale, Context(prec=99)), "f")

    assert amount(text, scale) == minor
    assert amount(text, scale + 2) == minor * 100
