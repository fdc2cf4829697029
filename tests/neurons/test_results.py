from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.neurons.results import NeuronLevels, ThresholdCoefficients, listed_levels
from theorycheck.rigor import Real


def test_the_squared_norm_is_that_of_the_gradient():
    found = ThresholdCoefficients(3, Fraction(1, 7), (Fraction(1, 2), Fraction(-1, 4), Fraction(0)), 0, Real(0),
                                  "meeting")
    assert found.squared_norm == Fraction(5, 16)


def test_levels_keep_what_they_are_given():
    levels = NeuronLevels({1: Real(Fraction(1, 2))}, {}, 3, "transform")
    assert levels.slope[1].exact == Fraction(1, 2) and levels.kinks == 3 and levels.reason == ""


def test_levels_are_listed_once_and_as_integers():
    found = listed_levels("levels", iter([np.int64(2), 0, -1, 10**30]))
    assert found == [2, 0, -1, 10**30] and all(type(level) is int for level in found)


@pytest.mark.parametrize("levels, message", [
    (3, "'levels' must be a collection of integers, not 3."),
    ([1, True], "'levels' must be an integer, not the boolean True."),
    ("12", "'levels' must be an integer, not '1'."),
    ([float("nan")], "'levels' must be an integer, not nan."),
])
def test_bad_levels(levels, message):
    with pytest.raises(ParameterError) as caught:
        listed_levels("levels", levels)
    assert str(caught.value) == message
