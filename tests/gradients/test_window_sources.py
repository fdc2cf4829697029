"""Masses by window content for every distribution and target, against exact sums over the support."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from theorycheck.cube import BooleanFunction, KPattern
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.gradients.window_sources import WindowMasses, mass_source
from theorycheck.networks.problems import LearningProblem

F = Fraction


def exact(problem: LearningProblem, tables: np.ndarray, limit: Fraction = F(1)) -> tuple[list, list, list, int, Any]:
    """Marginals and masses below and at the limit, number of ties, smallest distance: written out in Fractions."""
    count, size = tables.shape
    sums: list = [[[F(0)] * size for _ in range(count)] for _ in range(2)]
    masses, ties, closest = [F(0), F(0)], 0, None
    labels = problem.labels().tolist()
    for x, probability in enumerate(problem.distribution.probabilities()):
        places = [(x >> j) % size for j in range(count)]
        margin = labels[x] * sum(F(tables[j, z]) for j, z in enumerate(places))
        if probability > 0:
            closest = abs(limit - margin) if closest is None else min(closest, abs(limit - margin))
            ties += margin == limit
        for i, chosen in enumerate((margin < limit, margin == limit)):
            masses[i] += probability * chosen
            for j, z in enumerate(places):
                sums[i][j][z] += probability * labels[x] * chosen
    return sums[0], sums[1], masses, ties, closest


def as_fractions(found: WindowMasses) -> tuple[list, list, list, int, Fraction]:
    tied = np.zeros_like(found.active) if found.tied is None else found.tied
    return ([[F(v) for v in row] for row in found.active.tolist()], [[F(v) for v in row] for row in tied.tolist()],
            [F(found.active_mass), F(found.tied_mass)], found.tied_count, F(found.smallest_distance))


def distributions(n: int, rng: np.random.Generator) -> list[Distribution]:
    """All with dyadic weights, so that float64 sums are exact."""
    weights = {int(x): F(1, 8) for x in rng.permutation(1 << n)[:8]}
    return [UniformDistribution(n), ProductDistribution([F(int(b), 4) for b in rng.integers(-3, 4, n)]),
            ProductDistribution([1, F(1, 2), -1] * (n // 3) + [0] * (n % 3)),
            ProductDistribution([1, -1] * (n // 2) + [1] * (n % 2)), ExplicitDistribution(n, weights),
            EmpiricalDistribution(1 - 2 * rng.integers(0, 2, (16, n)))]


@pytest.mark.parametrize("which", range(6))
@pytest.mark.parametrize("is_pattern", (True, False))
@pytest.mark.parametrize("n, k, window_count", [(5, 2, 4), (5, 2, 3), (6, 3, 4), (4, 1, 3), (7, 2, 6)])
def test_masses_are_exact_for_dyadic_weights(which: int, is_pattern: bool, n: int, k: int, window_count: int) -> None:
    rng = np.random.default_rng([which, n, k])
    target = KPattern.sample(n, 2, rng, n - 3) if is_pattern else BooleanFunction(1 - 2 * rng.integers(0, 2, 1 << n))
    problem = LearningProblem(target, distributions(n, rng)[which])
    source = mass_source(problem, window_count, k)
    ties = 0
    for limit in (1.0, 0.5, 0.25, 0.0):
        tables = rng.integers(-2, 3, (window_count, 1 << k)) / 4
        expected = exact(problem, tables, F(limit))
        assert as_fractions(source.find(tables, limit)) == expected
        ties += expected[3]
    assert ties > 0 or which == 3  # a single point seldom ties


@pytest.mark.parametrize("is_pattern", (True, False))
def test_the_relative_error_covers_weights_that_round(is_pattern: bool) -> None:
    rng = np.random.default_rng(5)
    n = 6
    target = KPattern.parity(n, 2, 1) if is_pattern else BooleanFunction(1 - 2 * rng.integers(0, 2, 1 << n))
    thirds = ExplicitDistribution(n, {x: F(x + 1, 2080) for x in range(64)})
    awkward = ExplicitDistribution(n, {0: F(1, 3**40), 5: F(1, 7), 6: 1 - F(1, 7) - F(1, 3**40)})
    for distribution in (ProductDistribution([F(1, 3), F(-2, 7), 0, F(9, 11), F(-1, 5), 1]), thirds, awkward,
                         EmpiricalDistribution(1 - 2 * rng.integers(0, 2, (7, n)))):
        problem = LearningProblem(target, distribution)
        source = mass_source(problem, 5, 2)
        assert source.relative_error < 1e-13
        tables = rng.integers(-4, 5, (5, 4)) / 4
        found, expected = source.find(tables), exact(problem, tables)
        content = [distribution.window_marginal(2, j) for j in range(5)]
        for mine, theirs in zip(as_fractions(found)[:2], expected[:2]):
            for j in range(5):
                for z in range(4):
                    assert abs(mine[j][z] - theirs[j][z]) <= F(source.relative_error) * content[j][z]
        assert abs(F(found.active_mass) - expected[2][0]) <= F(source.relative_error)
        assert (found.tied_count, F(found.smallest_distance)) == expected[3:]


def test_a_product_of_many_variables_is_not_enumerated() -> None:
    # E over 31 fair or biased coins; T_0 alone decides: active are f = -1 (T = 0) and half of f = +1.
    n = 31
    problem = LearningProblem(KPattern.parity(n, 2, 29), ProductDistribution([F(1, 2)] * n))
    tables = np.zeros((30, 4))
    tables[29] = [2.0, 0.0, 0.0, 0.5]
    found = mass_source(problem, 30, 2).find(tables)
    # A mass of products of 31 factors, summed: far within 1e-9.
    assert found.active_mass == pytest.approx(3 / 8 + 1 / 16, abs=1e-9)
    assert found.active[29] == pytest.approx([0, -3 / 16, -3 / 16, 1 / 16], abs=1e-9)
    assert found.tied is None and found.smallest_distance == 0.5


def test_a_sample_of_many_variables() -> None:
    points = 1 - 2 * np.random.default_rng(6).integers(0, 2, (40, 100))
    problem = LearningProblem(KPattern.parity(100, 3, 50), EmpiricalDistribution(points))
    found = mass_source(problem, 98, 3).find(np.zeros((98, 8)))
    assert found.active_mass == 1.0 and np.rint(40 * found.active[50]).sum() == points[:, 50:53].prod(axis=1).sum()
