"""Separators within one window: the paper's closed form and the minimum norm, against elimination on all q filters."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.eigenvalues import level_eigenvalues, unreachable_character
from theorycheck.features.filters import GivenFilters
from theorycheck.features.maps import blocked_window_gram, given_features, sign_grid_features
from theorycheck.features.separators import (NoSeparator, Separator, canonical_separator, canonical_squared_norm,
                                             character_gram, minimum_norm_form, minimum_norm_separator)
from theorycheck.networks.activations import activation_named
from theorycheck.networks.rationals import RationalArray, rational_array

F = Fraction
RELU = activation_named("relu")
SIGMAS = {"relu": oracles.relu, "abs": abs, "square": lambda t: t * t, "identity": lambda t: t,
          "leaky_relu:-1/3": lambda t: t if t >= 0 else -t / 3}
cases = st.integers(1, 2).flatmap(lambda k: st.tuples(
    st.lists(st.integers(0, 2), min_size=2**k, max_size=2**k).filter(any),
    st.lists(st.sampled_from([1, -1]), min_size=2**k, max_size=2**k), st.sampled_from(sorted(SIGMAS))))


def signs_of(counts: list[int]) -> list[int]:
    return [z for z, m in enumerate(counts) for _ in range(m)]


@settings(max_examples=60, deadline=None)
@given(cases)
def test_minimum_norm_within_a_window(case: tuple) -> None:
    counts, g, name = case
    k = len(g).bit_length() - 1
    expected = oracles.minimum_squared_norms(k, k, signs_of(counts), [g], 0, sigma=SIGMAS[name])[0]
    features = sign_grid_features(activation_named(name), counts)
    found = minimum_norm_separator(features, g)
    if expected is None:
        assert isinstance(found, NoSeparator)
        rows = [[SIGMAS[name](t) for t in row] for row in oracles.pre_activations(k)]
        y = [int(v) for v in found.witness]
        assert all(oracles.dot(row, y) == 0 for row, m in zip(rows, counts) if m)
        assert oracles.dot(g, y) == found.product != 0
    else:
        assert isinstance(found, Separator)
        assert found.squared_norm == expected
        assert features.table(found.readout).fractions() == g
        assert sum(int(m) * u * u for m, u in zip(counts, found.readout.fractions())) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=8, max_size=8), st.lists(st.sampled_from([1, -1]), min_size=8, max_size=8))
def test_canonical_separator(counts: list[int], g: list[int]) -> None:
    separator = canonical_separator(g, counts)
    assert isinstance(separator, Separator)
    assert separator.readout.fractions() == [F(3 * s, m) for s, m in zip(g, counts)]
    assert separator.squared_norm == sum(F(9, m) for m in counts) == canonical_squared_norm(counts)
    assert separator.absolute_norm == 24
    features = sign_grid_features(RELU, counts)
    assert features.table(separator.readout).fractions() == g
    # Within its window it is the shortest.
    within = minimum_norm_separator(features, g)
    assert isinstance(within, Separator)
    assert within.readout.equals(separator.readout) and within.squared_norm == separator.squared_norm


def test_canonical_golden() -> None:
    separator = canonical_separator([1, -1, -1, 1], [3, 2, 1, 2])
    assert isinstance(separator, Separator) and separator.squared_norm == F(28, 3)
    assert separator.norm.enclose(128).overlaps((separator.norm * 1).enclose(64))
    signs = [0, 0, 0, 1, 1, 2, 3, 3]
    oracle = oracles.canonical_separator(2, signs, [1, -1, -1, 1], 0, 1)[0]
    assert [separator.readout[0, z] for z in signs] == oracle


def test_a_wrong_separator_is_noticed() -> None:
    counts, g = [3, 2, 1, 2], [1, -1, -1, 1]
    features = sign_grid_features(RELU, counts)
    for wrong in ([1, -1, 1, 1], [-1, -1, -1, 1]):
        separator = canonical_separator(wrong, counts)
        assert isinstance(separator, Separator) and features.table(separator.readout).fractions() != g
    separator = canonical_separator(g, [2, 3, 1, 2])
    assert isinstance(separator, Separator) and features.table(separator.readout).fractions() != g
    with_wrong_bias = sign_grid_features(RELU, counts, bias=0)
    right = canonical_separator(g, counts)
    assert isinstance(right, Separator) and with_wrong_bias.table(right.readout).fractions() != g


def test_an_empty_cell() -> None:
    found = canonical_separator([1, -1], [3, 0])
    assert isinstance(found, NoSeparator)
    assert (found.witness.tolist(), found.product, found.sets) == ([0, 1], -1, ())
    features = sign_grid_features(RELU, [3, 0])
    within = minimum_norm_separator(features, [1, -1])
    assert isinstance(within, NoSeparator) and within.witness.tolist() == [0, 1]
    assert minimum_norm_form(features) is None


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("name", ["abs", "square", "identity", "relu", "zero"])
def test_occupied_cells_reach_what_the_eigenvalues_say(name: str, k: int) -> None:
    activation = activation_named(name)
    eigenvalues = level_eigenvalues(activation, k)
    features = sign_grid_features(activation, [1 + z % 3 for z in range(2**k)])
    for seed in range(6):
        g = np.random.default_rng(seed).choice([-1, 1], 2**k)
        missing = unreachable_character(g, eigenvalues)
        assert isinstance(minimum_norm_separator(features, g), NoSeparator) == (missing is not None)


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu:-1/4"])
def test_form_gives_every_patterns_norm(name: str) -> None:
    features = sign_grid_features(activation_named(name), [3, 1, 2, 2])
    form = minimum_norm_form(features)
    assert form is not None
    for g in oracles.all_patterns(2):
        found = minimum_norm_separator(features, g)
        assert isinstance(found, Separator)
        assert sum(form[a, b] * g[a] * g[b] for a in range(4) for b in range(4)) == found.squared_norm


def test_given_filters_and_their_gram_matrix() -> None:
    rng = np.random.default_rng(0)
    filters = GivenFilters(rng.standard_normal((9, 2)), rng.standard_normal(9))
    features = given_features(RELU, filters)
    g = [1, -1, -1, 1]
    found = minimum_norm_separator(features, g)
    rows = [[F(v) for v in row] for row in filters.filters.tolist()]
    biases = [F(v) for v in filters.biases.tolist()]
    expected = oracles.minimum_norm_separators(oracles.feature_matrix(2, rows, biases, 1), [g])[0]
    assert expected is not None and isinstance(found, Separator)
    assert found.readout.fractions() == expected and found.squared_norm == oracles.dot(expected, expected)
    form = minimum_norm_form(blocked_window_gram(RELU, filters, 2))
    assert form is not None
    assert sum(form[a, b] * g[a] * g[b] for a in range(4) for b in range(4)) == found.squared_norm


def test_more_filters_never_lengthen_the_separator() -> None:
    g = [1, -1, -1, 1]
    norms = [minimum_norm_separator(sign_grid_features(activation_named("abs"), [m, 1, 1, 2]), g) for m in (1, 2, 9)]
    values = [s.squared_norm for s in norms if isinstance(s, Separator)]
    assert len(values) == 3 and values == sorted(values, reverse=True)


@pytest.mark.parametrize("name", ["relu", "abs"])
def test_character_gram(name: str) -> None:
    counts = [3, 1, 0, 2]
    features = sign_grid_features(activation_named(name), counts)
    found = character_gram(features.window_gram)
    hats = [oracles.fourier_coefficients([SIGMAS[name](t) for t in row]) for row in oracles.pre_activations(2)]
    for a in range(4):
        for b in range(4):
            assert found[a, b] == sum(m * hat[a] * hat[b] for m, hat in zip(counts, hats))


def test_a_diagonal_window_has_no_size_limit() -> None:
    counts = np.random.default_rng(0).integers(1, 2000, 1024)
    g = np.random.default_rng(1).choice([-1, 1], 1024)
    found = minimum_norm_separator(sign_grid_features(RELU, counts), g)
    assert isinstance(found, Separator) and found.squared_norm == canonical_squared_norm(counts)


def test_refusals() -> None:
    with pytest.raises(InstanceTooLarge, match=r"2\^k=512 equations are above the limit of 300 .*; k=8 fits."):
        minimum_norm_separator(sign_grid_features(activation_named("abs"), [1] * 512), [1] * 512)
    with pytest.raises(ParameterError, match=r"'table' must hold 2\^k=4 signs, not 2 of them."):
        minimum_norm_separator(sign_grid_features(RELU, [1] * 4), [1, -1])
    with pytest.raises(ParameterError, match="'multiplicities' must be 2 integers that are at least 0."):
        canonical_separator([1, -1], [1, -1])
    with pytest.raises(ParameterError, match="'multiplicities' must be at least 1, not 0."):
        canonical_squared_norm([0, 1])


def test_absolute_norm_of_a_hand_made_readout() -> None:
    readout = rational_array([[F(1, 2), -3], [0, F(1, 3)]], "readout")
    assert Separator(readout, np.array([2, 5]), F(0)).absolute_norm == 1 + 15 + F(5, 3)
    huge = RationalArray(np.array([[2**62, -2**62]]), 1)
    assert Separator(huge, np.array([2**40, 2**40]), F(0)).absolute_norm == 2**103


@pytest.mark.parametrize("counts", [[1, 2, 3], [], [5]])
def test_the_canonical_norm_needs_all_cells(counts: list[int]) -> None:
    with pytest.raises(ParameterError, match=rf"must hold 2\^k integers, k at least 1, not {len(counts)} of them."):
        canonical_squared_norm(counts)


def test_witnesses_and_counts_are_read_only() -> None:
    found = minimum_norm_separator(sign_grid_features(RELU, [0, 1]), [1, -1])
    assert isinstance(found, NoSeparator) and not found.witness.flags.writeable
    separator = canonical_separator([1, -1], [2, 1])
    assert isinstance(separator, Separator) and not separator.multiplicities.flags.writeable
