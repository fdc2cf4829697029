"""The worst pattern against listing all of them, and intervals that contain it."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.features import worst_pattern as module
from theorycheck.features.all_windows import global_minimum_norm_form
from theorycheck.features.maps import sign_grid_features
from theorycheck.features.separators import canonical_squared_norm, minimum_norm_form
from theorycheck.features.worst_pattern import largest_eigenvalue_bound, quadratic_form, worst_pattern
from theorycheck.networks.activations import activation_named
from theorycheck.networks.rationals import RationalArray, integer_array

F = Fraction
RELU = activation_named("relu")
EXACT = json.loads((Path(__file__).parents[1] / "data" / "lemma6_exact.json").read_text())


def listed_maximum(form: RationalArray) -> Fraction:
    size = form.shape[0]
    return max(quadratic_form(form, np.array([1 - 2 * (code >> i & 1) for i in range(size)]))
               for code in range(2**(size - 1)))


def random_form(size: int, scale: int, seed: int, denominator: int = 7) -> RationalArray:
    factor = np.random.default_rng(seed).integers(-9, 10, (size, size))
    gram = factor @ factor.T
    return RationalArray(integer_array((int(v) * scale + (scale > 1) * (int(v) % 5) for v in gram.ravel()),
                                       gram.shape), denominator)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([2, 4, 8]), st.sampled_from([1, 2**29, 2**31, 2**200]), st.integers(0, 10**6))
def test_enumeration(size: int, scale: int, seed: int) -> None:
    form = random_form(size, scale, seed)
    found = worst_pattern(form)
    assert found.is_exact and found.lower == listed_maximum(form) == quadratic_form(form, found.table)


@pytest.mark.parametrize("case", EXACT["worst_pattern_minimum_squared_norm"])
def test_golden_worst_patterns(case: dict) -> None:
    features = sign_grid_features(RELU, case["multiplicities_by_index"])
    form = global_minimum_norm_form(features, case["n"], case["offset"])
    assert form is not None
    found = worst_pattern(form)
    assert found.is_exact and found.lower == F(case["value"])
    code = sum(1 << z for z, sign in enumerate(found.table) if sign == -1)
    assert hex(code) in case["patterns"]


def test_four_bit_windows() -> None:
    counts = np.random.default_rng(0).multinomial(650, [1 / 16] * 16)
    form = global_minimum_norm_form(sign_grid_features(RELU, counts), 20, 3)
    assert form is not None and form.numerators.dtype == object
    found = worst_pattern(form)
    assert found.method == "enumeration" and found.lower <= canonical_squared_norm(counts)
    # Every pattern in float64; each value errs by some 256 roundings of numbers of the size of the result.
    signs = 1 - 2 * (np.arange(2**16)[:, None] >> np.arange(16) & 1)
    values = ((signs @ form.to_float64()) * signs).sum(axis=1)
    assert abs(values.max() - float(found.lower)) < 1e-12 * values.max()


def test_diagonal_in_values() -> None:
    form = minimum_norm_form(sign_grid_features(RELU, list(range(1, 33))))
    assert form is not None
    found = worst_pattern(form)
    assert (found.method, found.lower) == ("values", canonical_squared_norm(list(range(1, 33)))) and found.is_exact


@pytest.mark.parametrize("k", [2, 3, 6])
def test_diagonal_in_characters(k: int) -> None:
    features = sign_grid_features(activation_named("abs" if k == 2 else "leaky_relu:1/7"), [3] * 2**k)
    form = global_minimum_norm_form(features, k + 2, 1)
    assert form is not None
    found = worst_pattern(form)
    assert found.method == "characters" and found.is_exact
    assert quadratic_form(form, found.table) == found.lower
    if k < 4:
        assert found.lower == listed_maximum(form)
    for seed in range(20):
        g = np.random.default_rng(seed).choice([-1, 1], 2**k)
        assert quadratic_form(form, g) <= found.lower


def test_interval_contains_the_maximum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ENUMERABLE_SIZE", 2)
    for seed in range(10):
        form = random_form(8, 1, seed)
        found = worst_pattern(form)
        assert found.method == "interval"
        assert found.lower == quadratic_form(form, found.table) <= listed_maximum(form) <= found.upper


def test_five_bit_windows_give_an_interval() -> None:
    counts = np.random.default_rng(0).multinomial(1477, [1 / 32] * 32)
    form = global_minimum_norm_form(sign_grid_features(RELU, counts), 7, 1)
    assert form is not None
    found = worst_pattern(form)
    assert found.method == "interval" and found.lower <= canonical_squared_norm(counts)
    narrower = worst_pattern(form, canonical_squared_norm(counts))
    assert narrower.upper == min(found.upper, canonical_squared_norm(counts)) >= narrower.lower
    for seed in range(20):
        g = np.random.default_rng(seed).choice([-1, 1], 32)
        assert quadratic_form(form, g) <= narrower.upper


@pytest.mark.parametrize("size, denominator", [(2, 1), (8, 3), (16, 10**30)])
def test_eigenvalue_bound(size: int, denominator: int) -> None:
    form = random_form(size, 1, 3, denominator)
    bound = largest_eigenvalue_bound(form)
    float_value = float(np.linalg.eigvalsh(form.to_float64())[-1])
    assert abs(float(bound) / float_value - 1) < 1e-10  # the float64 eigensolver's accuracy
    # bound·1 - M is positive semidefinite exactly when all its leading minors with a shift are positive.
    slack = [[(bound + F(1, 10**40) if i == j else F(0)) - form[i, j] for j in range(size)] for i in range(size)]
    for order in range(1, size + 1):
        reduced, _ = oracles.row_reduce([row[:order] for row in slack[:order]], order)
        assert len(reduced) == order
    assert largest_eigenvalue_bound(RationalArray(-form.numerators, form.denominator)) >= 0


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_eigenvectors_that_are_not_orthonormal_are_allowed_for(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    form = RationalArray(np.array([[2, -1], [-1, 2]]), 1)
    values, vectors = np.linalg.eigh(form.to_float64())
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: (values, factor * vectors))
    assert 3 <= largest_eigenvalue_bound(form) < F(32, 10)


def test_a_broken_enumeration_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    form = random_form(4, 1, 0)
    monkeypatch.setattr("theorycheck.kernels.features.largest_quadratic_form", lambda limbs, bits: 0)
    assert worst_pattern(form).lower != listed_maximum(form)


@pytest.mark.parametrize("matrix", [np.ones((3, 3)), np.array([[1, 2], [3, 4]]), np.ones((2, 4))])
def test_malformed_forms(matrix: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"'form' must be symmetric with 2\^k rows, not of shape"):
        worst_pattern(RationalArray(matrix.astype(np.int64), 1))


@pytest.mark.parametrize("exponent", [-900, 900])
def test_intervals_beyond_float64s_range(exponent: int) -> None:
    plain = random_form(32, 9, 0)
    scale = Fraction(2) ** exponent
    form = RationalArray(plain.numerators.astype(object) * scale.numerator, plain.denominator * scale.denominator)
    found, reference = worst_pattern(form), worst_pattern(plain)
    assert found.method == "interval" and found.lower == reference.lower * scale
    assert abs(found.upper / scale / reference.upper - 1) < Fraction(1, 10**9)
    assert not found.table.flags.writeable
