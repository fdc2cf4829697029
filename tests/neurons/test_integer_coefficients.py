from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import character, cube_points, dot, relu_slope

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.neurons.integer_coefficients import integer_coefficients


def by_table(weights, bias, subset, share):
    """constant, coordinates, ties and ReLU's coefficient by listing the cube."""
    points = cube_points(len(weights))
    inside = [dot(weights, x) + bias for x in points]
    slopes, chi = [relu_slope(share)(t) for t in inside], [character(subset, x) for x in points]
    mean = Fraction(1, len(points))
    return (mean * dot(slopes, chi),
            tuple(mean * sum(g * c * x[j] for g, c, x in zip(slopes, chi, points)) for j in range(len(weights))),
            sum(t == 0 for t in inside), mean * sum(max(t, 0) * c for t, c in zip(inside, chi)))


def read(found):
    return found.constant, found.coordinates, found.ties, found.relu.exact


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(st.integers(-4, 4), min_size=1, max_size=7),
                 st.lists(st.sampled_from([-2, 0, 2]), min_size=1, max_size=7),
                 st.lists(st.fractions(-2, 2, max_denominator=3), min_size=1, max_size=5)),
       st.fractions(-6, 6, max_denominator=3), st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]), st.data())
def test_coefficients_are_those_of_the_table(weights, bias, share, data):
    subset = data.draw(st.integers(0, 2**len(weights) - 1))
    found = integer_coefficients(weights, bias, subset, kink_slope=share)
    assert read(found) == by_table(weights, bias, subset, share)
    assert found.method == ("krawtchouk" if len({abs(w) for w in weights if w}) <= 1 else "dynamic programming")


@pytest.mark.parametrize("bias", [-9, -6, -4, 4, 6, 9])  # every point on one side, or the last one on the threshold
@pytest.mark.parametrize("subset", [0, 1, 3, 7])
def test_a_bias_beyond_all_sums(bias, subset):
    for weights in ([1, 2, -3], [2, 2, 0]):
        found = integer_coefficients(weights, bias, subset, kink_slope="1/4")
        assert read(found) == by_table(weights, bias, subset, Fraction(1, 4))


def by_counting(weights, bias, subset):
    """The same without ties, from a table sum -> signed number of points, made anew for each coordinate."""
    def coefficient(chosen):
        totals = {0: 1}
        for j, w in enumerate(weights):
            step = {}
            for s, total in totals.items():
                step[s + w] = step.get(s + w, 0) + total
                step[s - w] = step.get(s - w, 0) + (-total if chosen >> j & 1 else total)
            totals = step
        return Fraction(sum(total for s, total in totals.items() if s + bias > 0), 2**len(weights))
    return coefficient(subset), tuple(coefficient(subset ^ 1 << j) for j in range(len(weights)))


@pytest.mark.parametrize("weights, bias, subset", [
    ([1, -2, 3, 5] * 12, Fraction(1, 2), 0b1011 << 17),
    ([7, 7, -1, 2, 9, 0, 3] * 6, Fraction(-5, 2), 0b1001011),
    ([1] * 45, 0, 2**31 - 1),
    ([3] * 20 + [-4] * 25, 30, 2**44)])
def test_dozens_of_variables(weights, bias, subset):
    found = integer_coefficients(weights, bias, subset)
    assert (found.constant, found.coordinates) == by_counting(weights, bias, subset)
    assert found.relu.exact == dot(weights, found.coordinates) + bias * found.constant


def test_flipping_a_variable_flips_the_signs_it_must():
    weights, subset = [1, 2, 3, 4, 5, 6], 0b010110
    plain, flipped = (integer_coefficients(w, 4, subset) for w in (weights, [1, -2, 3, 4, 5, 6]))
    assert flipped.constant == -plain.constant  # variable 1 is in I
    assert flipped.coordinates == tuple(-v if j != 1 else v for j, v in enumerate(plain.coordinates))
    assert flipped.squared_norm == plain.squared_norm != 0


def test_hundreds_of_variables_of_small_range():
    rng = np.random.default_rng(0)
    weights = rng.integers(-10, 11, 400).tolist()
    found = integer_coefficients(weights, "1/2", 0b11111111 << 100)
    assert found.method == "dynamic programming" and len(found.coordinates) == 400
    # Multiplying by s moves one variable in or out: E[s χ g] is a sum over the neighbours, and g s = σ for b = 0.
    assert found.relu.exact == dot(weights, found.coordinates) + Fraction(1, 2) * found.constant
    # |E[x_j χ g]| for equal |w_j| outside I is one number.
    sizes = {}
    for j, w in enumerate(weights):
        if not 100 <= j < 108:
            sizes.setdefault(abs(w), set()).add(abs(found.coordinates[j]))
    assert all(len(values) == 1 for values in sizes.values()) and 0 < found.squared_norm < 1


def test_ten_thousand_equal_weights():
    found = integer_coefficients([1] * 10_000, "1/2", 2**100 - 1)
    assert found.method == "krawtchouk" and found.constant != 0 and found.ties == 0
    assert len(set(found.coordinates[:100])) == len(set(found.coordinates[100:])) == 1
    # E s χ g by the two kinds of neighbours, against a sum of the value's own coefficient.
    assert found.relu.exact == 100 * found.coordinates[0] + 9_900 * found.coordinates[-1] + found.constant / 2


def test_subsets_with_irrelevant_variables():
    one = integer_coefficients([0, 1, 2], 0, 0b001)  # the variable of weight 0 alone: only its own coordinate is left
    assert (one.constant, one.coordinates[1:]) == (0, (0, 0)) and one.coordinates[0] == Fraction(1, 2)
    two = integer_coefficients([0, 0, 2], 0, 0b011)
    assert (two.constant, two.squared_norm) == (0, 0)


def test_huge_weights_in_a_small_ratio():
    assert read(integer_coefficients(np.array([1e300, -2e300, 1e300]), 0, 0b011)) == by_table([1, -2, 1], 0, 0b011, 0)[
        :3] + (by_table([1, -2, 1], 0, 0b011, 0)[3] * Fraction(1e300),)


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="'subset' must be a bit mask of n=3 variables"):
        integer_coefficients([1, 2, 3], 0, 8)
    with pytest.raises(ParameterError, match="'subset' must be an integer, not the boolean True."):
        integer_coefficients([1, 2, 3], 0, True)
    with pytest.raises(ParameterError, match="'kink_slope' must be at least 0 and at most 1, not 2."):
        integer_coefficients([1, 2, 3], 0, 1, kink_slope=2)
    with pytest.raises(ParameterError, match="'bias' must be a finite number, not nan."):
        integer_coefficients([1, 2, 3], float("nan"), 1)
    with pytest.raises(InstanceTooLarge, match="add up to R=.* bytes, above the memory budget; threshold_coefficients"):
        integer_coefficients(np.array([0.1, 0.7, 1.3]), 0, 1)
    with memory_budget(1000), pytest.raises(InstanceTooLarge, match="'weights' of magnitudes that add up to R=60 "):
        integer_coefficients([1, 2] * 20, 0, 1)


def test_magnitudes_beyond_all_floats_are_refused_in_words():
    with pytest.raises(InstanceTooLarge, match="add up to R=.* bytes, above the memory budget; threshold_coefficients"):
        integer_coefficients([Fraction(10)**300, Fraction(1, 10**320), 1], 0, 1)
