"""By when an order that has waited so long is likely to come: as those came that had waited as long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.eta import ENOUGH, WHOLE, Eta, changes, eta
from mingdan.ledger.market.sku import Awaited

TENTHS = Awaited(
    n=1000, of="sku", steps=tuple((each, each * 1000, 0) for each in range(1, 10)), until=100
)  # a tenth by each of nine, and the last one never


def awaited(*steps, n=1000, until=100):
    return Awaited(n=n, of="form", steps=steps, until=until)


def test_who_has_just_paid_has_all_of_the_curve_ahead():
    assert eta(TENTHS, 0) == Eta("sku", 1000, 5, 9, 0)


def test_who_has_waited_is_compared_with_those_that_waited_as_long():
    assert eta(TENTHS, 5) == Eta("sku", 500, 8, None, 0), "of the five tenths left four come: 80 in 100"


def test_at_a_step_the_step_is_passed():
    assert eta(TENTHS, 4) == Eta("sku", 600, 7, None, 0)
    assert eta(TENTHS, 3) == Eta("sku", 700, 7, None, 0)


def test_refunds_compete_and_make_the_wait_no_shorter():
    half = awaited((5, 0, 5000), (10, 5000, 5000))

    assert eta(half, 0) == Eta("form", 1000, 10, None, 5000)
    assert eta(half, 5) == Eta("form", 500, 10, 10, 0), "who outlived the refunds is certain"


@pytest.mark.parametrize(("n", "told"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_of_fewer_than_thirty_nothing_is_foretold(n, told):
    assert (eta(awaited((5, 5000, 0), n=n), 0) is not None) == told
    assert (eta(awaited((5, 5000, 0), n=2 * n), 5) is not None) == told


def test_beyond_the_longest_wait_nobody_knows():
    assert eta(TENTHS, 100) is not None
    assert eta(TENTHS, 101) is None
    assert eta(None, 0) is None


curves = st.lists(
    st.tuples(st.integers(1, 90), st.integers(0, 400), st.integers(0, 100)),
    max_size=20,
    unique_by=lambda s: s[0],
)


@given(curves, st.integers(0, 110))
def test_between_its_changes_the_same_is_foretold(rises, waited):
    steps, delivered, otherwise = [], 0, 0
    for at, more, less in sorted(rises):
        delivered, otherwise = delivered + more, otherwise + less
        steps.append((at, delivered, otherwise))
    assert delivered + otherwise <= WHOLE
    known = awaited(*steps)
    last = max((at for at in changes(known) if at <= waited), default=0)

    if waited <= known.until:
        assert eta(known, waited) == eta(known, last)


@given(curves, st.integers(0, 90))
def test_what_is_foretold_lies_ahead_and_nine_in_ten_come_no_sooner_than_half(rises, waited):
    steps, delivered = [], 0
    for at, more, _ in sorted(rises):
        delivered += more
        steps.append((at, delivered, 0))
    found = eta(awaited(*steps), waited)

    ahead = [each for each in (found.p50, found.p90) if each is not None]
    assert all(each > waited for each in ahead)
    assert ahead == sorted(ahead)
    assert found.p90 is None or found.p50 is not None
