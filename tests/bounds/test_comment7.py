"""The formulas of Comment 7 against golden values, the oracles' Krawtchouk polynomials and Lemma 6."""
import json
from fractions import Fraction
from math import acos, log, pi, sqrt
from pathlib import Path

import numpy as np
import oracles
import pytest
from flint import arb

from theorycheck.bounds import comment7, lemma6, lemma6_norms
from theorycheck.bounds.evaluate import evaluate
from theorycheck.features.eigenvalues import gaussian_eigenvalues

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["comment7"]


def test_the_golden_eigenvalues():
    for level, golden in enumerate(GOLDEN["level_eigenvalues"]):
        value = evaluate(comment7.level_eigenvalue(level, GOLDEN["k"], Fraction(GOLDEN["beta"])))
        # Ten digits after the point are printed.
        assert bool(abs(value.enclose() - arb(golden)) < arb("5e-12"))


@pytest.mark.parametrize("k, beta", [(1, Fraction(1, 3)), (3, 1), (4, 0), (5, 2)])
def test_the_formula_agrees_with_the_solver(k, beta):
    values = gaussian_eigenvalues(k, beta)
    for level in range(k + 1):
        formula = evaluate(comment7.level_eigenvalue(level, k, beta))
        # Two ball computations at 128 bits.
        assert bool(abs(formula.enclose() - values[level].enclose()) < 1e-25)


def test_the_formula_against_a_plain_one():
    k, beta = 3, 1.0
    for level in range(k + 1):
        total = 0.0
        for m in range(k + 1):
            rho = (k - 2 * m + beta**2) / (k + beta**2)
            kappa = (sqrt(1 - rho**2) + rho * (pi - acos(rho))) / (2 * pi)
            total += oracles.krawtchouk(k, m, level) * (k + beta**2) * kappa
        assert float(evaluate(comment7.level_eigenvalue(level, k, 1))) == pytest.approx(total, rel=1e-12)  # float64


def test_the_trace_is_the_second_moment():
    for k in (1, 2, 4):
        difference = evaluate(comment7.trace_of_levels(k, Fraction(1, 2))) - evaluate(
            comment7.second_moment(k, Fraction(1, 2)))
        assert bool(abs(difference.enclose()) < 1e-25)  # balls at 128 bits


def test_the_grid_is_lemma6_to_the_letter():
    for k in (1, 2, 5):
        cells = lemma6.number_of_cells(k)
        assert comment7.grid_moment_ratio(k) == cells
        assert comment7.event_failure_bound(k, 700, cells) == lemma6.union_failure_bound(k, 700)
        width = comment7.sufficient_filters(k, Fraction(1, 10), cells)
        assert (width - lemma6.sufficient_filters(k, Fraction(1, 10))).equals(0)
        limit = cells / comment7.grid_eigenvalue(k)
        assert comment7.squared_norm_bound(limit) / 700 == lemma6_norms.sharp_squared_norm_bound(k, 700)


def test_the_width_in_numbers():
    least = Fraction(1, 4)
    r = comment7.spread_bound(2, 1, least)
    assert r == 80 and comment7.spread_bound(2, 2, least) == 320 and comment7.spread_bound(2, 0, least) == 80
    assert float(evaluate(comment7.sufficient_filters(2, Fraction(1, 10), r))) == pytest.approx(640 * log(40))


def test_the_spread_bound_holds_for_a_simulated_law():
    # r is about 10 at k=2, β=1 and the bound 81: a mean of 20000 draws misses by a factor of 8 with no chance at all.
    rng, k = np.random.default_rng(0), 2
    points = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])
    characters = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    features = np.maximum(0, rng.standard_normal((20000, 2)) @ points.T + rng.standard_normal((20000, 1)))
    values = np.array([float(value) for value in gaussian_eigenvalues(k, 1)])
    whitened = features @ characters.T / 2 / np.sqrt(values[[0, 1, 1, 2]])
    second = (whitened**2).sum(axis=1)[:, None, None] * whitened[:, :, None] * whitened[:, None, :]
    largest = np.linalg.eigvalsh(second.mean(axis=0))[-1]
    bound = float(evaluate(comment7.spread_bound(2, 1), {"lambda_min": Fraction(24575, 100000)}))
    assert 4 <= largest <= bound


def test_without_bias():
    assert [comment7.bias_free_dimension(k) for k in (1, 2, 3, 4)] == [2, 4, 7, 12]
    assert comment7.parity_loss_bound() == 1
