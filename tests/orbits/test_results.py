from __future__ import annotations

from fractions import Fraction

from theorycheck.orbits.results import NeuronLevels, ThresholdCoefficients
from theorycheck.rigor import Real


def test_the_squared_norm_is_that_of_the_gradient():
    found = ThresholdCoefficients(3, Fraction(1, 7), (Fraction(1, 2), Fraction(-1, 4), Fraction(0)), 0, Real(0),
                                  "meeting")
    assert found.squared_norm == Fraction(5, 16)


def test_levels_keep_what_they_are_given():
    levels = NeuronLevels({1: Real(Fraction(1, 2))}, {}, 3, "transform")
    assert levels.slope[1].exact == Fraction(1, 2) and levels.kinks == 3 and levels.reason == ""
