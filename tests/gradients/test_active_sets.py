"""The active points decided exactly: marginals, ties, and the values that float64 cannot tell from margin 1."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients import active_sets
from theorycheck.gradients.active_sets import EnumeratedSets
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.flint_matrices import fractions_of, rational_matrix
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import from_flint

F = Fraction
DISTRIBUTIONS = [UniformDistribution(4), ProductDistribution(["1/3", 0, -1, "1/5"]),
                 ExplicitDistribution(4, {0: "1/2", 5: "1/3", 9: "1/6"}),
                 EmpiricalDistribution([[1, -1, 1, 1], [-1, -1, -1, 1], [1, -1, 1, 1]])]
# Sums of these are often exactly 1 or -1, and sometimes within float64's rounding of it.
ENTRIES = [F(0), F(1, 3), F(2, 3), F(1, 2), F(-1, 3), F(-1), F(1, 2) + F(1, 10**40), F(1, 3) - F(1, 10**30)]
tables = st.lists(st.lists(st.sampled_from(ENTRIES), min_size=4, max_size=4), min_size=3, max_size=3)


def expected(rows: list[list[Fraction]], problem: LearningProblem) -> dict[str, Any]:
    """Everything by the definition, point by point."""
    gamma, sums, masses, ties = problem.hinge_slope, [[F(0)] * 4 for _ in rows], [F(0)] * 2, 0
    points, labels = oracles.cube_points(4), problem.labels().tolist()
    for x, f, p in zip(points, labels, problem.distribution.probabilities()):
        contents = [oracles.point_index(x[j:j + 2]) for j in range(3)]
        margin = f * sum(row[z] for row, z in zip(rows, contents))
        slope = 1 if margin < 1 else gamma if margin == 1 else 0
        masses[0] += p * (margin < 1)
        masses[1] += p * (margin == 1)
        ties += margin == 1 and p > 0
        for row, z in zip(sums, contents):
            row[z] += p * f * slope
    return {"matrix": sums, "masses": masses, "ties": ties, "mean": masses[0] + gamma * masses[1]}


@settings(max_examples=60)
@given(st.sampled_from(DISTRIBUTIONS), st.lists(tables, min_size=1, max_size=3), st.integers(0, 2**16 - 1),
       st.sampled_from([F(0), F(1, 3), F(1)]))
def test_rationals_are_decided_exactly(distribution: Any, runs: list, code: int, gamma: Fraction) -> None:
    labels = BooleanFunction(np.array([1 - 2 * (code >> x & 1) for x in range(16)], dtype=np.int8))
    problem = LearningProblem(labels, distribution, gamma)
    sets = EnumeratedSets(problem, 2, 3)
    for rows in runs:  # one object, updated from one table to the next
        found, truth = sets.update(rational_matrix(rows)), expected(rows, problem)
        assert fractions_of(found.matrix) == truth["matrix"]
        assert from_flint(found.slope_mean) == truth["mean"]
        assert [from_flint(found.active_probability), from_flint(found.tied_probability)] == truth["masses"]
        assert found.tied_count == truth["ties"] and (found.smallest_distance == 0) == (truth["ties"] > 0)


def test_balls_too_fine_for_float64_are_told_apart() -> None:
    problem = LearningProblem(KPattern(1, 1, 0, np.array([1, 1], dtype=np.int8)))
    sets = EnumeratedSets(problem, 1, 1)
    with ctx.workprec(256):
        near = arb(1) / 10**40
        found = sets.update(arb_mat(1, 2, [1 - near, 1 + near]))
    assert fractions_of(found.matrix) == [[F(1, 2), 0]] and found.tied_count == 0
    assert 0 < found.smallest_distance < 1e-39
    with ctx.workprec(64), pytest.raises(Undecided, match="point 0 is not told from 1"):
        sets.update(arb_mat(1, 2, [arb(1, 1e-30), arb(0)]))
    # A ball without a radius can be exactly 1.
    assert sets.update(arb_mat(1, 2, [arb(1), arb(0)])).tied_count == 1
    with pytest.raises(Undecided, match="any precision"):
        sets.update(arb_mat(1, 2, [arb.nan(), arb(0)]))


def test_the_error_bound_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without it, a margin below 1 by 1e-40 would be taken for 1: this is what the bound protects from.
    rows = [[F(1) - F(1, 10**40), F(0)]]
    problem = LearningProblem(KPattern(1, 1, 0, np.array([1, 1], dtype=np.int8)))
    assert fractions_of(EnumeratedSets(problem, 1, 1).update(rational_matrix(rows)).matrix) == [[F(1, 2), F(1, 2)]]
    monkeypatch.setattr(active_sets, "rounded", lambda entries: (np.array([float(F(str(e))) for e in entries]),
                                                                 np.full(len(entries), -1.0)))
    assert fractions_of(EnumeratedSets(problem, 1, 1).update(rational_matrix(rows)).matrix) == [[0, F(1, 2)]]


def test_columns_of_points_serve_a_fully_connected_network() -> None:
    problem = LearningProblem(KPattern.parity(3, 3), ExplicitDistribution(3, {1: "1/4", 6: "3/4"}))
    found = EnumeratedSets(problem, None, 1).update(fmpq_mat(1, 2, [-2, 0]))
    assert fractions_of(found.matrix) == [[0, F(3, 4)]] and from_flint(found.active_probability) == F(3, 4)
    assert found.tied_probability == fmpq(0)


def test_too_many_contents_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(active_sets, "_CONTENT_LIMIT", 5)
    with pytest.raises(InstanceTooLarge, match="3 points with 3 windows are above the limit of 5 contents"):
        EnumeratedSets(LearningProblem(KPattern.parity(4, 2), DISTRIBUTIONS[2]), 2, 3)


@pytest.mark.parametrize("is_enclosed", [False, True])
def test_tables_beyond_float64_are_decided_point_by_point(is_enclosed: bool) -> None:
    huge = F(10) ** 400
    rows = [[huge, -huge, F(1), F(0)], [F(0), F(2) - huge, huge, F(1)]]
    problem = LearningProblem(KPattern.from_hex(3, 2, "0x6"), hinge_slope=F(1, 3))
    labels = problem.labels().tolist()
    values = [rows[0][x & 3] + rows[1][x >> 1] for x in range(8)]
    weights = oracles.hinge_weights(values, labels, [F(1, 8)] * 8, F(1, 3))
    expected = [oracles.window_marginal(weights, 2, j) for j in range(2)]
    with ctx.workprec(2048):  # holds 10^400 + 1
        matrix = rational_matrix(rows)
        found = EnumeratedSets(problem, 2, 2).update(arb_mat(matrix) if is_enclosed else matrix)
    assert fractions_of(found.matrix) == expected
    assert found.tied_count == sum(f * h == 1 for f, h in zip(labels, values)) > 0


def test_an_infinite_ball_is_undecided() -> None:
    with pytest.raises(Undecided, match="A window table is not known to any precision."):
        EnumeratedSets(LearningProblem(KPattern.parity(1, 1)), 1, 1).update(arb_mat(1, 2, [arb("inf"), arb(0)]))


@pytest.mark.parametrize("first", [0, 11])
def test_the_rounding_of_the_additions_is_part_of_the_bound(first: int) -> None:
    # From 1 - 3/2^53 on, each addition of 0.9/2^54 is rounded away; exactly the sum of all is above 1.
    rows = [[F(9, 10 * 2**54), F(0)] for _ in range(12)]
    rows[first] = [1 - F(3, 2**53), F(0)]
    assert sum(row[0] for row in rows) > 1
    found = EnumeratedSets(LearningProblem(KPattern.from_hex(12, 1, "0x0")), 1, 12).update(rational_matrix(rows))
    values = [sum((row[x >> j & 1] for j, row in enumerate(rows)), F(0)) for x in range(2**12)]
    assert from_flint(found.active_probability) == F(sum(value < 1 for value in values), 2**12)
