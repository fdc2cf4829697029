from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, krawtchouk, level_weights

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear
from theorycheck.neurons.affine_steps import AffineSteps
from theorycheck.neurons.krawtchouk import (_krawtchouk_recurrence, _krawtchouk_sum, binomial_prefix_sums,
                                            coefficient_sums, krawtchouk_levels, krawtchouk_numbers)
from theorycheck.neurons.neuron import read_neuron

ZIGZAG = piecewise_linear("zigzag", (-2, 0, 1), ((0, 1), (-4, -1), (-4, "1/2"), (-5, "3/2")))
STEPS = piecewise_linear("steps", (-1, 2), ((3, 0), (-1, 0), (1, 0)))


def test_krawtchouk_numbers_are_sums_of_characters():
    for n in range(7):
        for x in range(n + 1):
            found = krawtchouk_numbers(n, x, range(-2, n + 3))
            assert found == {p: krawtchouk(n, p, x) if 0 <= p <= n else 0 for p in range(-2, n + 3)}


@pytest.mark.parametrize("n, x", [(60, 0), (60, 60), (61, 30), (64, 17), (63, 62)])
def test_the_sum_and_the_recurrence_agree(n, x):
    # Which of the two runs depends on how many places are asked for; both must give the same.
    assert _krawtchouk_recurrence(n, x, range(n + 1)) == {p: _krawtchouk_sum(n, x, p) for p in range(n + 1)}
    assert all(krawtchouk_numbers(n, x, [p])[p] == krawtchouk_numbers(n, x, range(n + 1))[p] for p in range(n + 1))


@given(st.integers(0, 40), st.sets(st.integers(-3, 44)))
def test_binomial_prefix_sums_are_sums_of_binomials(n, places):
    assert binomial_prefix_sums(n, places) == {p: sum(comb(n, i) for i in range(min(p, n) + 1)) for p in places}


@given(st.integers(1, 6), st.data())
def test_coefficient_sums_are_those_of_the_cube(n, data):
    starts = tuple(sorted(data.draw(st.sets(st.integers(-n - 2, n + 2), max_size=4))))
    drawn = st.tuples(*[st.integers(-5, 5)] * (len(starts) + 1))
    function = AffineSteps(starts, data.draw(drawn), data.draw(drawn), 3)
    for level in range(n + 1):
        slow = sum(3 * function(sum(x)) * (-1)**sum(value == -1 for value in x[:level]) for x in cube_points(n))
        assert coefficient_sums(function, n, level) == slow


def majority_weight(n, level):
    """W^{=level} of the majority of n odd.  Source: O'Donnell, Analysis of Boolean Functions, Theorem 5.19."""
    if level % 2 == 0:
        return Fraction(0)
    half = (n - 1) // 2
    coefficient = Fraction(comb(half, (level - 1) // 2) * 2 * comb(n - 1, half), comb(n - 1, level - 1) * 2**n)
    return comb(n, level) * coefficient**2


@pytest.mark.parametrize("n", [1, 3, 9, 51])
def test_the_slope_of_relu_without_bias_has_the_spectrum_of_majority(n):
    levels = range(1, n + 1)
    found = krawtchouk_levels(read_neuron([1] * n), levels, ())
    assert [found.slope[level].exact * 4 for level in levels] == [majority_weight(n, level) for level in levels]
    # Negative control: the formula is not that of the level counted from the other end.
    assert n == 1 or found.slope[1].exact * 4 != majority_weight(n, n)


@pytest.mark.parametrize("n, k", [(10_001, 100), (10_001, 4), (10_001, 5_002), (10_001, 9_998)])
def test_ten_thousand_variables_are_exact(n, k):
    found = krawtchouk_levels(read_neuron([-1] * n), (k - 1, k, k + 1), ())
    assert [found.slope[level].exact * 4 for level in (k - 1, k, k + 1)] == [
        majority_weight(n, level) for level in (k - 1, k, k + 1)]
    assert found.slope[k - 1].exact > 0 and found.method == "krawtchouk" and found.kinks == 0


@pytest.mark.parametrize("t", [-3, 0, 1, 4])
def test_a_threshold_has_the_spectrum_of_its_derivative(t):
    # D_i 1{Σx ≥ t} is 1/2 where the other variables add up to t-1 or t (O'Donnell, Section 2.2): with n-1 variables
    # and m-1 of them in S, one coefficient of (1-z)^(m-1) (1+z)^(n-m), multiplied out here step by step.
    n = 12
    neuron = read_neuron([1] * n, Fraction(1, 2) - t)
    found = krawtchouk_levels(neuron, range(n + 1), ())
    for level in range(1, n + 1):
        row = [1]
        for place in range(n - 1):
            row = [a + (-b if place < level - 1 else b) for a, b in zip([*row, 0], [0, *row])]
        down = (n - t) // 2  # the most coordinates -1 that leave the sum at t or above
        assert found.slope[level].exact == comb(n, level) * Fraction(row[down], 2**n)**2


SCALES = [(Fraction(1), Fraction(1)), (Fraction(1, 4), Fraction(1, 2)), (Fraction(4, 9), Fraction(2, 3))]


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(0, 1), st.fractions(-4, 4, max_denominator=2), st.sampled_from(SCALES),
       st.sampled_from([activation_named("relu").with_kink_slope("1/3"), activation_named("clip:-1,1"), ZIGZAG, STEPS]),
       st.sampled_from([Fraction(1), Fraction(-2, 3)]))
def test_level_weights_are_those_of_the_table(n, zeros, bias, scale, activation, weight):
    square, root = scale
    neuron = read_neuron([weight] * n + [0] * zeros, bias, activation, square)
    inside = [root * weight * sum(x[:n]) + bias for x in cube_points(n + zeros)]
    found = krawtchouk_levels(neuron, range(-1, n + zeros + 2), range(-1, n + zeros + 2))
    pad = [Fraction(0)]
    slopes = [activation.derivative(t).exact for t in inside]
    assert [value.exact for value in found.slope.values()] == pad + level_weights(slopes) + pad
    values = [activation(t).exact for t in inside]
    assert [value.exact for value in found.value.values()] == pad + level_weights(values) + pad
    assert found.kinks == sum(t in activation.form.breakpoints for t in inside)


def test_parseval_at_a_size_that_no_table_reaches():
    n = 200
    found = krawtchouk_levels(read_neuron([1] * n, 2, activation_named("relu").with_kink_slope("1/2"), "1/9"),
                              range(n + 1), range(n + 1))
    sums = [Fraction(n - 2 * p, 3) + 2 for p in range(n + 1)]
    mean_square = sum((Fraction(comb(n, p), 2**n) * max(t, 0)**2 for p, t in enumerate(sums)), Fraction(0))
    assert sum((value.exact for value in found.value.values()), Fraction(0)) == mean_square
    slopes = sum((Fraction(comb(n, p), 2**n) * (1 if t > 0 else Fraction(1, 4) if t == 0 else 0)
                  for p, t in enumerate(sums)), Fraction(0))
    assert sum((value.exact for value in found.slope.values()), Fraction(0)) == slopes
    assert found.kinks == comb(n, 103)


def test_weights_of_zero_leave_a_constant():
    found = krawtchouk_levels(read_neuron([0, 0], "1/2"), (0, 1), (0, 1))
    assert [value.exact for value in (*found.slope.values(), *found.value.values())] == [1, 0, Fraction(1, 4), 0]


def test_an_irrational_scale_with_a_bias_is_enclosed():
    found = krawtchouk_levels(read_neuron([1, 1], 1, "relu", "1/2"), (), (0, 1))
    assert found.value[1].exact is None
    # σ = 1+√2, 1, 1, 0: W^1 = 2·((1+√2)/4)² = (3+2√2)/8.
    assert found.value[1].enclose(200).overlaps((3 + 2 * arb(2).sqrt()) / 8)
    assert found.value[1].enclose(200).rad() < arb(2)**-150


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="'weights' must have at most one magnitude besides 0 here, not 2."):
        krawtchouk_levels(read_neuron([1, 2, 0]), (1,), ())
    with pytest.raises(ParameterError, match="'slope_levels' must be an integer, not 1.5."):
        krawtchouk_levels(read_neuron([1, 1]), (1.5,), ())
    with pytest.raises(ParameterError, match="'value_levels' must be an integer, not the boolean True."):
        krawtchouk_levels(read_neuron([1, 1]), (), (True,))
    with pytest.raises(ParameterError, match="'activation' must be piecewise linear here, not tanh."):
        krawtchouk_levels(read_neuron([1, 1], 0, "tanh"), (1,), ())
    with pytest.raises(ParameterError, match="'x' must be at least 0 and at most n=3, not 4."):
        krawtchouk_numbers(3, 4, [0])
    with pytest.raises(ParameterError, match="'level' must be at least 0 and at most n=3, not 4."):
        coefficient_sums(AffineSteps((), (1,), (0,), 1), 3, 4)
