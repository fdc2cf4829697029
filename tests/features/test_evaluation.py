"""Drawn filters evaluated one by one, against Definition 1 written out, with every kind of slip noticed."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import evaluation
from theorycheck.features.evaluation import cell_responses, drawn_window_table, group_responses, unseparated_cells
from theorycheck.features.filters import SignGridFilters
from theorycheck.features.initialisation import sample_sign_grid
from theorycheck.networks.activations import activation_named, user_activation

F = Fraction
RELU = activation_named("relu")


def slow_table(filters: SignGridFilters, sigma: oracles.Activation, readout: list[Fraction]) -> list[Fraction]:
    rows = [filters.row(i) for i in range(filters.q)]
    return [sum((u * sigma(oracles.dot(row, z) + filters.bias) for u, row in zip(readout, rows)), F(0))
            for z in oracles.cube_points(filters.k)]


@pytest.mark.parametrize("name, sigma", [("relu", oracles.relu), ("abs", abs), ("square", lambda t: t * t)])
def test_definition_one(name: str, sigma: oracles.Activation) -> None:
    rng = np.random.default_rng(1)
    filters = sample_sign_grid(30, 3, rng)
    values = [F(1, 3), F(-2), F(5, 7)]
    groups = rng.integers(0, 3, 30)
    table = drawn_window_table(filters, activation_named(name), groups, values)
    assert table.fractions() == slow_table(filters, sigma, [values[g] for g in groups])


def test_large_rational_levels_use_several_limbs() -> None:
    def sigma(t: Fraction) -> Fraction:
        return t**5 * 10**20 + F(1, 7)
    filters = SignGridFilters(3, [0, 5, 5, 7, 2])
    table = drawn_window_table(filters, user_activation("steep", sigma), [0, 1, 0, 1, 0], [F(1), F(-3)])
    assert table.fractions() == slow_table(filters, sigma, [F(1), F(-3), F(1), F(-3), F(1)])


def test_weights() -> None:
    filters = SignGridFilters(2, [0, 1, 1, 3])
    responses = group_responses(filters, RELU, [0, 0, 1, 1], 2, weights=[5, -1, 2, 7])
    assert responses.fractions() == [F(5, 2), F(-1, 2), 0, 0, 0, 1, 0, F(7, 2)]


@pytest.mark.parametrize("k, q", [(1, 3), (2, 25), (4, 650)])
def test_every_pattern_is_separated_when_every_cell_is_occupied(k: int, q: int) -> None:
    filters = sample_sign_grid(q, k, np.random.default_rng(4))
    counts = filters.multiplicities()
    assert counts.min() > 0
    responses = cell_responses(filters, RELU)
    assert unseparated_cells(responses, counts, k) is None
    # The claim is: for every g, Σ_c (k/m_c) g(c) R[c, ·] = g.
    for seed in range(3):
        g = np.random.default_rng(seed).choice([-1, 1], 2**k)
        table = drawn_window_table(filters, RELU, filters.cells, [F(k * int(s), int(m)) for s, m in zip(g, counts)])
        assert table.fractions() == g.tolist()


def test_slips_are_noticed() -> None:
    filters = sample_sign_grid(60, 2, np.random.default_rng(0))
    counts = filters.multiplicities()
    right = cell_responses(filters, RELU)
    assert unseparated_cells(right, counts, 2) is None
    wrong_bias = SignGridFilters(2, filters.cells, F(1, 2))
    assert unseparated_cells(cell_responses(wrong_bias, RELU), counts, 2) == (0, 0)
    assert unseparated_cells(cell_responses(filters, activation_named("abs")), counts, 2) == (0, 1)
    one_filter_flipped = filters.cells.copy()
    one_filter_flipped[7] ^= 1
    responses = group_responses(SignGridFilters(2, one_filter_flipped), RELU, filters.cells, 4)
    assert unseparated_cells(responses, counts, 2) is not None
    one_too_many = counts.copy()
    one_too_many[3] += 1
    assert unseparated_cells(right, one_too_many, 2) == (3, 3)


def test_an_empty_cell_is_not_separated() -> None:
    filters = SignGridFilters(1, [1, 1])
    assert unseparated_cells(cell_responses(filters, RELU), filters.multiplicities(), 1) == (0, 0)


def test_a_flipped_readout_sign_changes_one_value() -> None:
    filters = sample_sign_grid(60, 2, np.random.default_rng(0))
    counts = filters.multiplicities()
    readouts = [F(2, int(m)) for m in counts]
    readouts[2] = -readouts[2]
    assert drawn_window_table(filters, RELU, filters.cells, readouts).fractions() == [1, 1, -1, 1]


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    filters = SignGridFilters(1, [0, 1, 1])
    for groups in ([0, 1], [0, 1, 2], [0, 1, -1], [0.0, 1.0, 1.0]):
        with pytest.raises(ParameterError, match="'groups' must hold q=3 integers in 0 ... 1."):
            group_responses(filters, RELU, groups, 2)
    with pytest.raises(ParameterError, match="'weights' must hold q=3 integers."):
        group_responses(filters, RELU, [0, 0, 0], 1, weights=[1])
    with pytest.raises(InstanceTooLarge, match="would overflow 64 bits"):
        group_responses(filters, RELU, [0, 0, 0], 1, weights=[2**31, 1, 1])
    monkeypatch.setattr(evaluation, "GROUP_TABLE_LIMIT", 3)
    with pytest.raises(InstanceTooLarge, match=r"2 groups on 2\^1 points are above the limit of 3 sums."):
        cell_responses(filters, RELU)


@pytest.mark.parametrize("name", ["relu", "square", "leaky_relu:1/100"])
def test_the_compiled_and_the_plain_sum_agree(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    rng = np.random.default_rng(3)
    filters = SignGridFilters(4, rng.integers(0, 16, 300))
    groups, weights = rng.integers(0, 6, 300), rng.integers(-9, 10, 300)
    plain = group_responses(filters, activation_named(name), groups, 7, weights)
    monkeypatch.setattr("theorycheck.features.evaluation.COMPILED_ABOVE", 0)
    for threads in (None, 1, 2, 3, 50):
        assert group_responses(filters, activation_named(name), groups, 7, weights, threads).equals(plain)


@pytest.mark.parametrize("count, text", [(0, "'count' must be at least 1, not 0."),
                                         (1.5, "'count' must be an integer, not 1.5.")])
def test_counts_of_groups(count: int, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        group_responses(SignGridFilters(1, [0]), activation_named("relu"), [0], count)
