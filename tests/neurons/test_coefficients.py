from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.neurons import coefficients
from theorycheck.neurons.coefficients import CoefficientCheck, cross_check_coefficients, neuron_coefficients
from theorycheck.rigor import decide


def by_listing(weights, bias, subset, share):
    """The constant, the coordinates and the number of ties, point by point."""
    points, constant, coordinates, ties = cube_points(len(weights)), 0, [0] * len(weights), 0
    for x in points:
        t = sum(w * sign for w, sign in zip(weights, x)) + bias
        slope = share if t == 0 else int(t > 0)
        ties += t == 0
        for j, sign in enumerate(x):
            slope = slope * (sign if subset >> j & 1 else 1)
        constant += slope
        coordinates = [total + slope * sign for total, sign in zip(coordinates, x)]
    return (Fraction(constant) / len(points), tuple(Fraction(c) / len(points) for c in coordinates), ties)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.fractions(-3, 3, max_denominator=2), min_size=1, max_size=6), st.fractions(-3, 3, max_denominator=2),
       st.data())
def test_both_methods_against_the_definition(weights, bias, data):
    subset, share = data.draw(st.integers(0, 2**len(weights) - 1)), data.draw(st.sampled_from([0, Fraction(1, 3)]))
    check = cross_check_coefficients(weights, bias, subset, kink_slope=share)
    assert check.agrees
    for found in (check.first, check.second, neuron_coefficients(weights, bias, subset, kink_slope=share)):
        assert (found.constant, found.coordinates, found.ties) == by_listing(weights, bias, subset, share)


@pytest.mark.parametrize("weights, bias, square", [([1] * 9, 1, "1/9"), ([1, 2, 3, 1], "1/2", 2), ([1] * 8, 0, "1/8")])
def test_scales_rational_or_not_agree(weights, bias, square):
    check = cross_check_coefficients(weights, bias, 0b101, squared_scale=square, kink_slope="1/2")
    assert check.agrees
    first, second = check.first.relu, check.second.relu
    assert first.exact == second.exact and abs(float(first) - float(second)) <= 1e-15
    assert decide(first, "!=", second) is not True


def test_the_method_is_chosen_by_cost_and_the_reason_says_so():
    assert neuron_coefficients([3] * 10_000, 0, 0b1).method == "krawtchouk"
    programming = neuron_coefficients([1, 2, 3] * 70, 0, 0b111)
    assert programming.method == "dynamic programming" and "should be the quicker of two" in programming.reason
    real = neuron_coefficients(np.random.default_rng(0).standard_normal(20), 0, 0b111)
    assert real.method == "meeting" and "should be the quicker of two" in real.reason


def test_where_the_first_choice_is_too_large_the_other_runs_and_the_reason_names_the_obstacle(monkeypatch):
    monkeypatch.setattr(coefficients, "_by_cost", lambda neuron: ["meeting", "integer"])
    found = neuron_coefficients([1, 2] * 60, 0, 0b1)
    assert found.method == "dynamic programming" and "the other method is too large: " in found.reason
    assert "62" in found.reason


def test_where_both_are_too_large_both_obstacles_are_named():
    wide = np.random.default_rng(0).standard_normal(70)
    with memory_budget(2**20), pytest.raises(InstanceTooLarge) as caught:
        neuron_coefficients(wide, 0, 0b1)
    assert "62" in str(caught.value) and "memory budget" in str(caught.value)
    assert cross_check_coefficients([1, 2] * 60, 0, 0b1) is None


def test_a_difference_is_noticed():
    check = cross_check_coefficients([1, 2, 4], 0, 0b1)
    for change in ({"constant": Fraction(1, 3)}, {"ties": 5}, {"coordinates": (Fraction(0),) * 3}):
        assert not CoefficientCheck(check.first, replace(check.second, **change)).agrees


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="'method' must be one of auto, integer, meeting, not 'magic'."):
        neuron_coefficients([1], 0, 0, method="magic")
    for method in ("auto", "integer", "meeting"):
        with pytest.raises(ParameterError, match="'subset' must be"):
            neuron_coefficients([1, 1], 0, 4, method=method)
    with pytest.raises(ParameterError, match="'squared_scale' must be above 0"):
        neuron_coefficients([1, 1], 0, 1, squared_scale=0)
