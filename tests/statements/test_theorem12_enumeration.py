"""Listing all permutations: golden values, an independent oracle, and what a wrong permutation would give."""
import json
from fractions import Fraction
from math import comb, factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbit_oracles import average_over_permutations, relu_neuron

from theorycheck.neurons.neuron import read_neuron
from theorycheck.orbits.averages import orbit_average
from theorycheck.statements.theorem12_enumeration import (all_permutations, cyclic_shifts, distinct_images,
                                                          identity_failures, parity_average, permuted_average)

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem12"]


@pytest.mark.parametrize("case", GOLDEN["orbit_averages"], ids=lambda case: str(case["weights"]))
def test_golden_orbit_averages(case):
    neuron = read_neuron(case["weights"], case["bias"])
    for average in (permuted_average(neuron, tuple(range(case["k"])), all_permutations(case["n"])),
                    parity_average(neuron, case["k"]), orbit_average(neuron, case["k"])):
        assert average.filters.exact == Fraction(case["filters"])
        assert average.readout.exact == Fraction(case["readout"])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=4), st.fractions(-1, 1, max_denominator=2), st.data())
def test_against_the_oracle_at_irrational_scales(weights, bias, data):
    n = len(weights)
    k, scale = data.draw(st.integers(1, n)), data.draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(2)]))
    found = permuted_average(read_neuron(weights, bias, "relu", scale), tuple(range(k)), all_permutations(n))
    filters, readout = average_over_permutations(relu_neuron(weights, bias, r=scale), k)
    assert found.filters.exact == filters and found.count == factorial(n)
    # Both are a + b*sqrt(r); 1e-12 covers the rounding of the two printed floats, which are below 100.
    assert abs(float(found.readout) - float(readout.plain) - float(readout.over) * float(scale)**0.5) < 1e-12


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=5), st.data())
def test_any_set_of_k_bits_has_the_same_mean(weights, data):
    n = len(weights)
    subset = tuple(sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1))))
    neuron = read_neuron(weights, "1/2")
    listed, parities = permuted_average(neuron, subset, all_permutations(n)), parity_average(neuron, len(subset))
    assert listed.filters.exact == parities.filters.exact and listed.readout.exact == parities.readout.exact
    assert parities.count == comb(n, len(subset))


def test_cyclic_shifts_are_not_all_permutations():
    assert cyclic_shifts(3).tolist() == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    neuron = read_neuron([1, 1, 1, 1, 0, 0, 0], 0, "triangle:4")
    shifts = permuted_average(neuron, (0, 1, 2, 3, 4), cyclic_shifts(7))
    assert shifts.filters.exact == Fraction(2, 7)
    assert permuted_average(neuron, (0, 1, 2, 3, 4), all_permutations(7)).filters.exact == Fraction(3, 21)


def test_wide_weights_stay_exact():
    weights = np.random.default_rng(3).standard_normal(5)
    neuron = read_neuron(weights, "1/2")
    listed, found = permuted_average(neuron, (0, 1), all_permutations(5)), orbit_average(neuron, 2)
    assert listed.filters.exact == found.filters.exact and listed.readout.exact == found.readout.exact


@pytest.mark.parametrize("n, k", [(n, k) for n in range(1, 6) for k in range(1, n + 1)])
def test_permutation_identities_and_maximal_sets(n, k):
    assert identity_failures(n, tuple(range(k))) == (0, 2 * factorial(n) * 2**n)
    for fixed in range(n):
        assert distinct_images(n, tuple(range(k)), fixed) == comb(n - 1, k - 1 if fixed < k else k)


def test_a_wrong_inverse_is_noticed(monkeypatch):
    monkeypatch.setattr(np, "argsort", lambda permutation: permutation)
    # The permutations of 3 that are their own inverse: 4 of 6; the others fail at some of 8 points.
    assert 0 < identity_failures(3, (0,))[0] <= 16


def test_all_permutations():
    assert len({tuple(row) for row in all_permutations(4).tolist()}) == 24 and all_permutations(1).tolist() == [[0]]
