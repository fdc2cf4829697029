"""The orbit oracles against one another, against golden values and against textbook spectra; no package code."""
from __future__ import annotations

import json
from fractions import Fraction
from math import comb, sqrt
from pathlib import Path
from typing import Any

import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbit_oracles import (NeuronOracle, Surd, average_by_levels, average_over_parities, average_over_permutations,
                           class_coefficient, class_level, coin_gradient, deviation_mean_by_levels, equality_values,
                           exactly, krawtchouk_sum, levels, majority_coefficient, network_gradient, parity_deviations,
                           relu_neuron, threshold_coefficient, threshold_expectations)

F = Fraction
GOLDEN = json.loads((Path(__file__).parent / "data" / "paper_golden.json").read_text())["theorem12"]
QUICK = settings(deadline=None, max_examples=20)
numbers = st.fractions(-3, 3, max_denominator=4)


def wave(count: int) -> tuple[Any, Any]:
    """Breakpoints and pieces of a function with slope (-1)^m, and value 0, at count - 2m."""
    points = [F(t) for t in range(-count - 1, count + 2, 2)]
    lines = [(-F((-1)**m) * (count - 2 * m), F((-1)**m)) for m in range(count, -1, -1)]
    return tuple(points), ((F((-1)**count) * -1, F(0)), *lines, (F(1), F(0)))


@given(numbers, numbers, st.fractions(F(1, 5), 5, max_denominator=5))
def test_surds_are_their_numbers(p: Fraction, q: Fraction, r: Fraction) -> None:
    x = Surd(p, q, r)
    low, high = x.ends()
    assert low <= high <= low + 3 * F(1, 10**60) and abs(float(low) - (p + float(q) * sqrt(r))) < 1e-12
    assert x.sign() == (0 if low <= 0 <= high else 1 if low > 0 else -1)
    square = x * x
    assert square.plain == p * p + q * q * r and square.over == 2 * p * q
    if x.exact() is not None:
        assert low <= x.exact() <= high  # type: ignore[operator]
    assert Surd(p, q, F(4, 9)).exact() == p + F(2, 3) * q and Surd(F(0), F(1), F(2)).exact() is None


def test_golden_orbit_averages() -> None:
    for case in GOLDEN["orbit_averages"]:
        for share in (0, F(1, 2), 1):  # the slope at 0 does not change them
            found = average_by_levels(relu_neuron(case["weights"], F(case["bias"]), share), case["k"])
            assert (found[0], exactly(found[1])) == (F(case["filters"]), F(case["readout"]))


@QUICK
@given(st.lists(numbers, min_size=2, max_size=4), numbers, st.fractions(0, 1, max_denominator=3),
       st.sampled_from([F(1), F(1, 4), F(2), F(1, 3)]), st.integers(1, 4))
def test_permutations_parities_and_levels_agree(weights: list[Fraction], bias: Fraction, share: Fraction, r: Fraction,
                                                k: int) -> None:
    k = min(k, len(weights))
    for neuron in (relu_neuron(weights, bias, share, r),
                   NeuronOracle(tuple(weights), bias, (F(-1), F(1, 2)), ((F(1), F(0)), (F(0), F(-1)), (F(2), F(1))),
                                share, r)):  # jumps, kinks, and values on either side
        assert average_over_permutations(neuron, k) == average_over_parities(neuron, k) == average_by_levels(neuron, k)


@QUICK
@given(st.lists(numbers, min_size=2, max_size=4), numbers, st.integers(1, 4), st.fractions(0, 1, max_denominator=3))
def test_relu_agrees_with_the_other_oracle(weights: list[Fraction], bias: Fraction, k: int, share: Fraction) -> None:
    k = min(k, len(weights))
    found = average_by_levels(relu_neuron(weights, bias, share), k)
    assert (found[0], exactly(found[1])) == oracles.orbit_average_by_levels(weights, bias, k, share)
    assert (found[0], exactly(found[1])) == oracles.orbit_average_by_permutations(weights, bias, k, share)


def test_the_scale_is_a_scale() -> None:
    """sqrt(1/4) w is w/2, and the average over values is a number of Q(sqrt 2) where r = 2."""
    half, scaled = relu_neuron([F(3, 2), F(-1, 2), F(1)], F(1, 2)), relu_neuron([3, -1, 2], F(1, 2), 0, F(1, 4))
    assert [average_by_levels(g, 2)[0] for g in (half, scaled)] == [average_by_levels(half, 2)[0]] * 2
    assert exactly(average_by_levels(half, 2)[1]) == exactly(average_by_levels(scaled, 2)[1])
    assert average_by_levels(relu_neuron([1, 1, 2], 1, 0, 2), 2)[1].exact() is None


@pytest.mark.parametrize("n", [1, 3, 5, 7])
def test_majority_in_closed_form(n: int) -> None:
    table = oracles.table(n, oracles.majority)
    coefficients = oracles.fourier_coefficients(table)
    assert all(c == majority_coefficient(n, bin(s).count("1")) for s, c in enumerate(coefficients))
    assert sum(comb(n, level) * majority_coefficient(n, level)**2 for level in range(n + 1)) == 1


@pytest.mark.parametrize("n", [2, 5, 6])
def test_thresholds_in_closed_form(n: int) -> None:
    for most in range(n + 1):
        table = oracles.table(n, lambda x: int(x.count(-1) <= most))
        assert all(c == threshold_coefficient(n, most, bin(s).count("1"))
                   for s, c in enumerate(oracles.fourier_coefficients(table)))
    if n % 2:
        assert 2 * threshold_coefficient(n, n // 2, 3) == majority_coefficient(n, 3)


def test_krawtchouk_sums() -> None:
    assert all(krawtchouk_sum(5, d, level) == oracles.krawtchouk(5, d, level)
               for d in range(6) for level in range(6))


def test_classes_agree_with_listing_the_cube() -> None:
    classes, bias = [(1, 3), (2, 2), (0, 1)], F(1, 2)
    neuron = relu_neuron([1, 1, 1, 2, 2, 0], bias)
    slopes, values = levels(neuron)
    for level in range(7):
        assert class_level(classes, level, lambda s: F(s + bias > 0)) == slopes[level]
        assert class_level(classes, level, lambda s: max(s + bias, F(0))) == exactly(values[level])
    assert class_coefficient(classes, (1, 0, 1), lambda s: s) == 0 and class_coefficient(
        classes, (1, 0, 0), lambda s: s) == 1


def test_expectations_at_a_threshold() -> None:
    constant, rows, ties, relu = threshold_expectations([1, 1], 0, 0b01, F(1, 2))
    # g = 1 at (1,1), 1/2 at the two points of sum 0, 0 at (-1,-1): g^({0}) = (1 + 1/2 - 1/2)/4.
    assert (constant, rows, ties, relu) == (F(1, 4), [F(1, 2), F(0)], 2, F(1, 2))
    assert threshold_expectations([1, 1], 0, 0b01, 0)[1] == [F(1, 4), F(1, 4)]


@QUICK
@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=2),
       st.lists(numbers, min_size=2, max_size=2), st.lists(numbers, min_size=2, max_size=2), st.integers(1, 3),
       st.sampled_from([F(0), F(1, 3), F(1)]))
def test_deviations_and_levels_agree(rows: Any, biases: Any, readout: Any, k: int, gamma: Fraction) -> None:
    neurons = [relu_neuron(row, bias) for row, bias in zip(rows, biases)]
    readout = readout[:len(neurons)]
    found = parity_deviations(neurons, readout, k, gamma)
    filters, outer, size = deviation_mean_by_levels(neurons, readout, k, gamma)
    assert sum(f for f, _ in found.values()) / len(found) == filters
    assert sum(u for _, u in found.values()) / len(found) == outer
    assert filters + outer <= size / comb(3, k)


def test_margins_of_one_are_met() -> None:
    """h = 1 at half the points: the slope there decides, so gamma is really used."""
    neurons, readout = [relu_neuron([1, 0, 0])], [1]
    means = [deviation_mean_by_levels(neurons, readout, 1, gamma) for gamma in (0, F(1, 2), 1)]
    assert len(set(means)) == 3
    assert coin_gradient(neurons, readout, 1) != network_gradient(neurons, readout, [1] * 8, 1)


@pytest.mark.parametrize("n, ones", [(4, 3), (5, 2), (3, 0)])
def test_equality_values(n: int, ones: int) -> None:
    breakpoints, pieces = wave(ones)
    weights = tuple(F(int(j < ones)) for j in range(n))
    neuron = NeuronOracle(weights, F(0), breakpoints, pieces)
    for k in range(1, n + 1):
        assert average_over_parities(neuron, k)[0] == equality_values(n, k, ones)[0]
