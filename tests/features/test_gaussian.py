"""Gaussian features: the covariance by two routes and by simulation, the event, the least norm of a draw."""
import json
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from flint import arb

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.eigenvalues import arc_cosine_kernel
from theorycheck.features.gaussian import (arc_cosine_kernel_by_quadrature, eigenvalues_by_quadrature,
                                           exceeds_share_of_covariance, gaussian_level_eigenvalues, least_squared_norm,
                                           limiting_squared_norm)
from theorycheck.networks.rationals import RationalArray
from theorycheck.rigor import Real, nearest_decimal

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["comment7"]


def integers(rows, denominator=1):
    return RationalArray(np.array(rows, dtype=np.int64), denominator)


def close(left, right, tolerance=1e-25):
    # Both are balls of about 128 bits: radius below 1e-30 after a few operations.
    return bool(abs((Real(left) - Real(right)).enclose(160)) < tolerance)


def test_the_golden_eigenvalues():
    values = gaussian_level_eigenvalues(GOLDEN["k"], GOLDEN["beta"])
    for value, golden in zip(values, GOLDEN["level_eigenvalues"], strict=True):
        assert bool(abs(value.enclose() - arb(golden)) < arb("5e-12"))


@pytest.mark.parametrize("k, beta", [(1, 1), (2, 1), (3, "1/2"), (4, 0), (5, 2)])
def test_two_routes_agree(k, beta):
    closed, integrated = gaussian_level_eigenvalues(k, beta), eigenvalues_by_quadrature(k, beta)
    assert len(closed) == len(integrated) == k + 1
    assert all(close(one, other) for one, other in zip(closed, integrated))


@pytest.mark.parametrize("rho", ["-9/10", "-1/3", "0", "2/7", "99/100"])
def test_the_kernel_by_quadrature(rho):
    assert close(arc_cosine_kernel_by_quadrature(rho), arc_cosine_kernel(rho))


def test_the_kernel_is_the_mean_of_a_product():
    # An oracle that shares nothing: a midpoint sum over both Gaussians, s and t = ρs + sqrt(1-ρ²)r, on a fine grid.
    rho, grid = 0.25, (np.arange(-800, 800) + 0.5) / 100
    weight = np.exp(-grid**2 / 2) / np.sqrt(2 * np.pi) / 100
    second = rho * grid[:, None] + np.sqrt(1 - rho**2) * grid[None, :]
    total = weight @ (np.maximum(grid, 0)[:, None] * np.maximum(second, 0)) @ weight
    # The midpoint rule errs at the kink by about the square of the grid's width, 1e-4.
    assert abs(total - float(arc_cosine_kernel_by_quadrature(Fraction(1, 4)))) < 1e-4


def test_without_bias_the_odd_levels_are_exact():
    values = gaussian_level_eigenvalues(6, 0)
    assert [value.exact for value in values[1::2]] == [Fraction(16), 0, 0]
    assert all(close(one, other) for one, other in zip(values, eigenvalues_by_quadrature(6, 0)))
    assert gaussian_level_eigenvalues(3, "1/1000000")[3].exact is None


def test_the_limit_weights_levels_as_the_definition_does():
    eigenvalues = [Real(2), Real(3), Real(5), Real(7)]
    table = [1, 1, -1, 1, -1, -1, -1, 1]
    total = Fraction(0)
    for size, value in enumerate((2, 3, 5, 7)):
        for subset in combinations(range(3), size):
            signs = [np.prod([1 - 2 * (z >> i & 1) for i in subset]) if subset else 1 for z in range(8)]
            coefficient = Fraction(int(sum(g * s for g, s in zip(table, signs))), 8)
            total += 8 * coefficient**2 / value
    assert limiting_squared_norm(table, eigenvalues).exact == total


def test_the_limit_is_infinite_where_a_needed_level_vanishes():
    eigenvalues = [Real(1), Real(1), Real(0)]
    assert limiting_squared_norm([1, -1, -1, 1], eigenvalues) is None
    assert limiting_squared_norm([1, -1, 1, -1], eigenvalues).exact == 4


def test_the_event_is_decided_at_both_sides_of_its_edge():
    # E[φφᵀ] = diag in characters (2, 1): its matrix at k=1 is [[3/2, 1/2], [1/2, 3/2]].
    eigenvalues = [Real(2), Real(1)]
    matrix = [[3, 1], [1, 3]]
    assert exceeds_share_of_covariance(integers(matrix, 2), 1, eigenvalues, Fraction(99, 100)) is True
    assert exceeds_share_of_covariance(integers(matrix, 2), 1, eigenvalues, Fraction(101, 100)) is False
    # In the direction of the parity alone, which a test of diagonal entries would miss.
    assert exceeds_share_of_covariance(integers([[10, 8], [8, 10]], 8), 1, eigenvalues) is False
    assert exceeds_share_of_covariance(integers(matrix, 2), 1, eigenvalues, Fraction(1)) is None


def test_the_event_against_float_eigenvalues():
    rng = np.random.default_rng(3)
    eigenvalues = gaussian_level_eigenvalues(2, 1)
    points = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])
    seen = set()
    for q in (8, 16, 32, 400):
        weights, biases = rng.integers(-40, 41, (q, 2)), rng.integers(-20, 21, q)
        features = np.maximum(0, weights @ points.T + biases[:, None])
        gram = features.T @ features
        kernel = sum(float(eigenvalues[size]) / 4 * np.outer(s, s) for size, s in
                     [(0, [1, 1, 1, 1]), (1, [1, -1, 1, -1]), (1, [1, 1, -1, -1]), (2, [1, -1, -1, 1])])
        for scale in (200, 400, 1000):
            least = np.linalg.eigvalsh(gram / (scale * q) - kernel / 2)[0]
            answer = exceeds_share_of_covariance(RationalArray(gram.astype(np.int64), scale), q, eigenvalues)
            assert answer is bool(least > 0)
            seen.add(answer)
    assert seen == {True, False}


def test_the_least_norm_solves_the_normal_equations():
    features = np.array([[1, 0, 2, 1], [0, 1, 1, 3], [2, 2, 0, 1], [1, 1, 1, 0], [0, 3, 1, 1]])
    gram, g = features.T @ features, np.array([1, -1, -1, 1])
    norm = least_squared_norm(RationalArray(gram.astype(np.int64), 9), g)
    # float64 on a well-conditioned 4 by 4 system
    assert float(norm) == pytest.approx(9 * float(g @ np.linalg.solve(gram, g)), rel=1e-12)
    readout = np.linalg.pinv(features / 3).T @ g
    assert float(norm) == pytest.approx(float(readout @ readout), rel=1e-10)


def test_no_separator_comes_with_a_witness():
    features = np.array([[1, 1, 1, 1], [1, -1, 1, -1]])
    gram = features.T @ features
    witness = least_squared_norm(RationalArray(gram.astype(np.int64), 1), [1, -1, -1, 1])
    assert not (features @ witness).any() and int(witness @ np.array([1, -1, -1, 1])) != 0


def test_bad_input():
    with pytest.raises(ParameterError, match="'bias_scale' must be at least 0, not -1"):
        gaussian_level_eigenvalues(2, -1)
    with pytest.raises(ParameterError, match="'correlation' must be at least -1 and at most 1, not 2"):
        arc_cosine_kernel_by_quadrature(2)
    with pytest.raises(ParameterError, match="'q' must be at least 1, not 0"):
        exceeds_share_of_covariance(integers([[1, 0], [0, 1]]), 0, [Real(1), Real(1)])
    with pytest.raises(ParameterError, match="'eigenvalues' must hold"):
        limiting_squared_norm([1, -1], [Real(1)])
    with pytest.raises(InstanceTooLarge, match="k=13 sums over"):
        eigenvalues_by_quadrature(13, 1)
    with pytest.raises(InstanceTooLarge, match="k=9 has 512 rows"):
        exceeds_share_of_covariance(RationalArray(np.eye(512, dtype=np.int64), 1), 1, [Real(1)] * 10)


def test_the_first_digits_stay():
    assert nearest_decimal(gaussian_level_eigenvalues(3, 1)[3], 8) == "0.037877068…"
