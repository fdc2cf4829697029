"""Lemma 8's bounds as numbers: stated, sharp, and the sums behind them."""
from fractions import Fraction

import pytest

from theorycheck.bounds import lemma8
from theorycheck.bounds.evaluate import evaluate
from theorycheck.rigor import decide

_AT = {"n": 4, "k": 2, "q": 9, "N": 3, "T": 6, "eta": Fraction(1, 50), "c": Fraction(1, 2)}


def at(expression, **values):
    return evaluate(expression, {**_AT, **values})


def test_the_golden_readout_bound():
    # n=4, k=2, eta=1/50, T=6, c=1/2: 3/50.
    assert at(lemma8.readout_entry_bound()).exact == Fraction(3, 50)
    assert at(lemma8.window_norm_bound()).exact == Fraction(9, 50)
    assert at(lemma8.readout_slope_bound()).exact == Fraction(1, 2)
    assert at(lemma8.filter_slope_bound()).exact == Fraction(9, 50)


@pytest.mark.parametrize("steps", [1, 2, 5, 40])
def test_the_sum_over_steps(steps):
    assert at(lemma8.sum_of_steps(), T=steps).exact == sum(range(steps)) == at(lemma8.pairs_of_steps(), T=steps).exact
    moved = sum(_AT["eta"] * at(lemma8.filter_slope_bound(T=t)).exact for t in range(1, steps))
    assert at(lemma8.filter_move_bound(), T=steps).exact == moved


def test_stated_and_sharp():
    stated, sharp = at(lemma8.drift_bound()), at(lemma8.sharp_drift_bound())
    assert decide(stated / sharp, ">", 2)
    # (n/N) * T^2/(T(T-1)/2).
    gap = stated - sharp * Fraction(4, 3) * Fraction(12, 5)
    assert decide(gap, "<", Fraction(1, 10**30)) and decide(gap, ">", -Fraction(1, 10**30))
    assert at(lemma8.squared_sharp_drift_bound()).exact == Fraction(3 * 15, 2 * 2500)**2 * 18
    assert at(lemma8.sharp_drift_bound(), T=1).exact == 0


def test_arguments_may_be_numbers():
    assert lemma8.drift_bound(4, 1, 9, 2, 1, 1) == 48 and lemma8.filter_move_bound(2, 3, 1, 1) == 6
