"""Feature maps against σ(⟨w,z⟩ + b) written out, their Gram matrices, and their limits."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import maps
from theorycheck.features.filters import GivenFilters, SignGridFilters
from theorycheck.features.initialisation import sample_gaussian
from theorycheck.features.maps import (FeatureMap, blocked_window_gram, exact_level_values, features_of, given_features,
                                       indicator_failures, level_values, sign_grid_features)
from theorycheck.networks.activations import activation_named
from theorycheck.networks.rationals import RationalArray, rational_array

F = Fraction
SIGMAS = {"relu": oracles.relu, "abs": abs, "square": lambda t: t * t,
          "clip:-1/4,1/5": oracles.clipped(F(-1, 4), F(1, 5))}


def slow_gram(rows: list[list[Fraction]], counts: list[int]) -> list[Fraction]:
    size = len(rows[0])
    return [sum((m * row[a] * row[b] for m, row in zip(counts, rows)), F(0)) for a in range(size) for b in range(size)]


@pytest.mark.parametrize("name", SIGMAS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_grid_features_are_the_pre_activations(k: int, name: str) -> None:
    rows = [[SIGMAS[name](t) for t in row] for row in oracles.pre_activations(k)]
    counts = [(3 * z + 1) % 4 for z in range(2**k)]
    features = sign_grid_features(activation_named(name), counts)
    assert features.values.fractions() == [entry for row in rows for entry in row]
    assert features.window_gram.fractions() == slow_gram(rows, counts)
    assert features.q == sum(counts) and features.is_diagonal == (name == "relu")


@settings(max_examples=25)
@given(st.lists(st.lists(st.fractions(min_value=-2, max_value=2, max_denominator=5), min_size=3, max_size=3),
                min_size=1, max_size=4), st.sampled_from(sorted(SIGMAS)))
def test_given_features(rows: list, name: str) -> None:
    w, b = [row[:2] for row in rows], [row[2] for row in rows]
    expected = [[SIGMAS[name](oracles.dot(v, z) + c) for z in oracles.cube_points(2)] for v, c in zip(w, b)]
    filters = GivenFilters(w, b)
    features = given_features(activation_named(name), filters)
    assert features.values.fractions() == [entry for row in expected for entry in row]
    assert features.window_gram.fractions() == slow_gram(expected, [1] * len(rows))
    assert blocked_window_gram(activation_named(name), filters, 2).equals(features.window_gram)


def test_drawn_and_collapsed_features_have_one_gram_matrix() -> None:
    grid = SignGridFilters(2, [0, 3, 3, 1, 0, 2, 2, 2])
    given = GivenFilters([grid.row(i) for i in range(8)], [grid.bias] * 8)
    for name in SIGMAS:
        activation = activation_named(name)
        assert features_of(activation, grid).window_gram.equals(features_of(activation, given).window_gram)


def test_gaussian_features_are_exact() -> None:
    drawn = sample_gaussian(6, 2, np.random.default_rng(0), 1)
    features = features_of(activation_named("relu"), drawn)
    for i in range(6):
        w, b = [F(v) for v in drawn.filters[i].tolist()], F(float(drawn.biases[i]))
        assert features.values[i].fractions() == [max(oracles.dot(w, z) + b, 0) for z in oracles.cube_points(2)]


def test_table_and_represent_are_adjoint() -> None:
    features = sign_grid_features(activation_named("abs"), [3, 1, 0, 2])
    u = rational_array([[F(1, 2), -1, 3, F(2, 3)]], "u")
    a = rational_array([[1, -2, F(1, 5), 4]], "a")
    made, back = features.table(u), features.represent(a)
    # ⟨Φᵀmu, a⟩ = Σ_c m_c u_c (Φa)_c.
    assert sum(p * q for p, q in zip(made.fractions(), a.fractions())) == sum(
        int(m) * p * q for m, p, q in zip(features.multiplicities, u.fractions(), back.fractions()))
    rows = [[abs(t) for t in row] for row in oracles.pre_activations(2)]
    assert made.fractions() == [sum(m * u[0, c] * rows[c][z] for c, m in enumerate([3, 1, 0, 2])) for z in range(4)]


def test_large_multiplicities_do_not_wrap() -> None:
    features = sign_grid_features(activation_named("square"), [2**61, 1])
    rows = [[t * t for t in row] for row in oracles.pre_activations(1)]
    assert features.window_gram.fractions() == slow_gram(rows, [2**61, 1])
    assert features.table(rational_array([[2**10, 0]], "u")).fractions() == [2**71 * rows[0][z] for z in range(2)]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_conditions_on_the_activation(k: int) -> None:
    assert indicator_failures(activation_named("relu"), k) == ()
    assert indicator_failures(activation_named(f"clipped_relu:1/{k}"), k) == ()
    assert indicator_failures(activation_named(f"clipped_relu:1/{k + 1}"), k) == (0,)
    assert indicator_failures(activation_named("abs"), k) == tuple(range(1, k + 1))
    assert indicator_failures(activation_named("tanh"), k) == tuple(range(k + 1))
    # A wrong bias is noticed: at b = 1/k - 1 + 2/k distance 1 is active too.
    assert indicator_failures(activation_named("relu"), k, F(3, k) - 1) == tuple(d for d in (0, 1) if d <= k)


def test_level_values() -> None:
    assert [v.exact for v in level_values(activation_named("identity"), 3)] == [F(1 - 2 * d, 3) for d in range(4)]
    assert exact_level_values(activation_named("identity"), 2, 5) == (6, 5, 4)
    with pytest.raises(ParameterError, match="must map rationals to rationals"):
        exact_level_values(activation_named("tanh"), 2)


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    relu = activation_named("relu")
    with pytest.raises(ParameterError, match=r"'multiplicities' must hold 2\^k integers, k at least 1, not 3"):
        sign_grid_features(relu, [1, 2, 3])
    for counts in ([1, -1], [1.0, 2.0]):
        with pytest.raises(ParameterError, match="'multiplicities' must be 2 integers that are at least 0."):
            sign_grid_features(relu, counts)
    with pytest.raises(ParameterError, match=r"'values' must have 2\^k=2 columns, not 3."):
        FeatureMap(1, RationalArray(np.ones((1, 3), dtype=np.int64), 1), [1])
    with pytest.raises(InstanceTooLarge, match=r"k=12 has 2\^24 feature values, .* the largest k that fits is 11."):
        sign_grid_features(relu, np.ones(4096, dtype=np.int64))
    filters = GivenFilters(np.ones((9, 1)))
    monkeypatch.setattr(maps, "FEATURE_LIMIT", 16)
    with pytest.raises(InstanceTooLarge, match="q=9, k=1 has 18 exact feature values, .* largest q that fits is 8."):
        given_features(relu, filters)
    assert blocked_window_gram(relu, filters, 4).fractions() == [9, 0, 0, 0]
    monkeypatch.setattr(maps, "GRAM_LIMIT", 16)
    with pytest.raises(InstanceTooLarge, match="above the limit of 16 for a Gram matrix."):
        blocked_window_gram(relu, filters, 4)


def test_counts_are_read_only_and_never_wrap() -> None:
    given_counts = np.array([1, 2])
    features = sign_grid_features(activation_named("relu"), given_counts)
    given_counts[0] = 9
    assert features.multiplicities.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        features.multiplicities[0] = 9
    assert sign_grid_features(activation_named("relu"), [2**62, 2**62]).q == 2**63
    with pytest.raises(ParameterError, match="'multiplicities' must be 2 integers that are at least 0."):
        sign_grid_features(activation_named("relu"), np.array([2**63 + 1, 1], dtype=np.uint64))
