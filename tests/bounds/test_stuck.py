"""The formulas behind "stuck" as numbers."""
from fractions import Fraction
from math import comb

import pytest

from theorycheck.bounds import stuck
from theorycheck.bounds.evaluate import evaluate
from theorycheck.errors import ParameterError

_AT = {"n": 8, "k": 3, "q": 5, "T": 7, "tau": Fraction(1, 4), "c": Fraction(3, 2), "eta": Fraction(1, 3),
       "G_squared": Fraction(5, 9), "s_plus": Fraction(1), "s_minus": Fraction(1, 3), "room": Fraction(1, 2**24)}


def at(expression, **values):
    return evaluate(expression, {**_AT, **values}).exact


def test_the_hinge_factor_and_the_fair_coin():
    # s(h) = 1, s(-h) = 1/3: the derivative in h is -1 at label +1 and 1/3 at label -1.
    assert at(stuck.label_slope()) == Fraction(2, 3) and at(stuck.fair_coin_slope()) == -Fraction(1, 3)
    for label, derivative in ((1, -Fraction(1)), (-1, Fraction(1, 3))):
        assert at(stuck.fair_coin_slope()) - label * at(stuck.label_slope()) == derivative


def test_means_and_shares():
    assert at(stuck.mean_deviation_bound()) == Fraction(5, 9) / comb(8, 3)
    assert at(stuck.told_apart_bound()) == 7 * 16 * Fraction(5, 9) / 56
    assert at(stuck.still_bound()) == at(stuck.told_apart_bound(), T=1) == at(stuck.told_apart_bound()) / 7
    assert at(stuck.gradient_moment_bound()) == 5 * (Fraction(9, 4) + 8)
    assert at(stuck.moved_bound()) == Fraction(2**48, 9) * Fraction(5, 9) / 56
    # k and n-k have equally many parities.
    assert at(stuck.told_apart_bound(), k=5) == at(stuck.told_apart_bound())


def test_arguments_may_be_numbers():
    assert stuck.told_apart_bound(6, 2, 3, 1, 4) == Fraction(4, 5) and stuck.gradient_moment_bound(2, 1, 1) == 3
    assert stuck.moved_bound(4, 2, 1, 1, 6) == 1


def test_values_outside_their_domain():
    for name, value in (("s_plus", Fraction(-1)), ("room", 0), ("G_squared", -1), ("tau", 0)):
        with pytest.raises(ParameterError, match=f"'{name}' must be"):
            at(stuck.label_slope() * stuck.moved_bound() * stuck.told_apart_bound(), **{name: value})
