"""lifelines and statsmodels, which others wrote, agree on the curves and on how far they may be off."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from mingdan.projections.incidence import ORDER, OUTCOMES, incidence, kaplan_meier, place
from mingdan.projections.standard_error import standard_errors

from .waited import waits

CLOSE = 1e-7  # a root makes more of what floats are off
KINDS = {"open": 0, "delivered": 1, "refunded": 2, "cancelled": 3}


# Both divide by the none that are left after the last end, and lifelines turns NumPy's warnings off for good.
dividing_by_none = np.errstate(divide="ignore", invalid="ignore")


def untied():
    """lifelines' Aalen–Johansen moves ends that meet at random, and overlooks the first row's."""
    return st.lists(
        st.tuples(st.integers(1, 10**6), st.sampled_from(OUTCOMES)),
        min_size=1,
        max_size=60,
        unique_by=lambda wait: wait[0],
    )


def some(orders):
    """statsmodels takes no data without a delivery."""
    return any(outcome == "delivered" for _, outcome in orders)


def columns(orders):
    return [when for when, _ in orders], [KINDS[outcome] for _, outcome in orders]


def delivered(curve, when):
    return curve.steps[place(curve, when)].delivered / (curve.n * ORDER)


def error(curve, when):
    number = place(curve, when)
    return standard_errors(curve, [number])[number] / (curve.n * ORDER)


@given(waits().filter(some))
@dividing_by_none
def test_lifelines_has_the_same_kaplan_meier_curve(orders):
    times, kinds = columns(orders)
    theirs = KaplanMeierFitter().fit(times, [kind == 1 for kind in kinds]).survival_function_.iloc[:, 0]
    ours = kaplan_meier(orders)

    for when in set(times):
        assert 1 - delivered(ours, when) == pytest.approx(theirs.loc[when], abs=CLOSE)


@given(waits().filter(some))
def test_statsmodels_has_the_same_kaplan_meier_curve_and_greenwood_errors(orders):
    times, kinds = columns(orders)
    theirs = SurvfuncRight(times, [int(kind == 1) for kind in kinds])
    ours = kaplan_meier(orders)

    for when, survival, error_ in zip(theirs.surv_times, theirs.surv_prob, theirs.surv_prob_se, strict=True):
        assert 1 - delivered(ours, int(when)) == pytest.approx(survival, abs=CLOSE)
        if survival > CLOSE:
            assert error(ours, int(when)) == pytest.approx(error_, abs=CLOSE)


@given(untied())
@dividing_by_none
def test_lifelines_has_the_same_incidence_and_errors_where_no_two_ends_meet(orders):
    times, kinds = columns(orders)
    theirs = AalenJohansenFitter().fit(times, kinds, event_of_interest=1)
    ours = incidence(orders)

    for when in times:
        assert delivered(ours, when) == pytest.approx(
            theirs.cumulative_density_["CIF_1"].loc[when], abs=CLOSE
        )
        if not isnan(theirs.variance_.loc[when]):
            assert error(ours, when) ** 2 == pytest.approx(theirs.variance_.loc[when], abs=CLOSE)


@given(waits().filter(some))
@dividing_by_none
def test_statsmodels_has_the_same_incidence_and_errors_with_ties(orders):
    times, kinds = columns(orders)
    theirs = CumIncidenceRight(times, kinds)
    ours = incidence(orders)

    for when, share, error_ in zip(theirs.times, theirs.cinc[0], theirs.cinc_se[0], strict=True):
        assert delivered(ours, int(when)) == pytest.approx(share, abs=CLOSE)
        if not isnan(error_):
            assert error(ours, int(when)) ** 2 == pytest.approx(error_**2, abs=CLOSE)
