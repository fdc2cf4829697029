"""The filtered sets on large cubes against the enumeration, and what they refuse to guess."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import ProductDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients import filtered_sets, window_marginals
from theorycheck.gradients.active_sets import EnumeratedSets
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.filtered_sets import FilteredSets, active_sets
from theorycheck.gradients.flint_matrices import rational_matrix
from theorycheck.networks.problems import LearningProblem

F = Fraction


def random_tables(rng: np.random.Generator, n: int, k: int, spread: int) -> list[list[Fraction]]:
    return [[F(int(entry), 97) for entry in row] for row in rng.integers(-spread, spread, (n - k + 1, 1 << k))]


@pytest.mark.parametrize("n, k, pattern", [(6, 2, KPattern.parity(6, 2, offset=3)), (7, 3, KPattern.logical_and(7, 2)),
                                           (6, 2, KPattern.majority(6, 3, offset=1))])
def test_it_agrees_with_the_enumeration(n: int, k: int, pattern: KPattern) -> None:
    rng = np.random.default_rng(0)
    problem = LearningProblem(pattern, hinge_slope=F(1, 3))
    filtered, enumerated = FilteredSets(problem, k, n - k + 1), EnumeratedSets(problem, k, n - k + 1)
    for spread in (10, 60, 60, 300):
        matrix = rational_matrix(random_tables(rng, n, k, spread))
        one, other = filtered.update(matrix), enumerated.update(matrix)
        assert one.matrix == other.matrix and one.slope_mean == other.slope_mean
        assert one.active_probability == other.active_probability and one.tied_count == other.tied_count
        assert abs(one.smallest_distance - other.smallest_distance) < 1e-12  # both round a few sums of size 30
    same = filtered.update(matrix)
    assert same.matrix is one.matrix  # kept while nothing changes, so that it need not be converted again


def test_a_tie_is_decided_by_enumeration() -> None:
    problem = LearningProblem(KPattern.parity(5, 2), hinge_slope=F(1, 2))
    rows = [[F(1, 3), 0, 0, 0], [F(2, 3), 0, 0, 0], [0] * 4, [0] * 4]
    found = FilteredSets(problem, 2, 4).update(rational_matrix(rows))
    assert found.tied_count == 4 and found.smallest_distance == 0  # x_0 = x_1 = x_2 = 1
    assert found.matrix == EnumeratedSets(problem, 2, 4).update(rational_matrix(rows)).matrix


def test_beyond_the_enumeration_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filtered_sets, "FALLBACK_BITS", 4)
    sets = FilteredSets(LearningProblem(KPattern.parity(5, 2)), 2, 4)
    tie = [[1, 0, 0, 0]] + [[0] * 4] * 3
    with pytest.raises(InstanceTooLarge, match="n=5 has a margin within 0 of 1, which float64 does not decide; the "
                                               "largest n whose points are enumerated then is 4"):
        sets.update(rational_matrix(tie))
    wide = [arb(1) + arb(2) ** -30] + [arb(0)] * 15
    with ctx.workprec(100), pytest.raises(Undecided, match="not told from it"):  # a wide ball: more precision helps
        sets.update(arb_mat(4, 4, [arb(wide[0].mid(), arb(2) ** -20), *wide[1:]]))
    assert sets.update(arb_mat(4, 4, wide)).tied_count == 0
    with pytest.raises(Undecided, match="any precision"):
        sets.update(arb_mat(4, 4, [arb.nan()] + [arb(0)] * 15))


def test_which_sets_serve_which_problem() -> None:
    pattern = KPattern.parity(16, 2)
    kinds = {type(active_sets(problem, k, 15 if k else 1)).__name__ for problem, k in [
        (LearningProblem(KPattern.parity(4, 2)), 2), (LearningProblem(pattern), None),
        (LearningProblem(BooleanFunction(pattern.truth_table().values)), 2)]}
    assert kinds == {"EnumeratedSets"}
    assert isinstance(active_sets(LearningProblem(pattern), 2, 15), FilteredSets)
    product = LearningProblem(KPattern.parity(15, 2), ProductDistribution([1] * 12 + [0] * 3))
    assert isinstance(active_sets(product, 2, 14), EnumeratedSets)


def test_tables_beyond_float64_are_enumerated() -> None:
    problem = LearningProblem(KPattern.parity(4, 2))
    tables = rational_matrix([[F(10) ** 400, 0, 0, 0], [0, -F(10) ** 400, 0, 0], [0, 0, 1, 0]])
    found = FilteredSets(problem, 2, 3).update(tables)
    assert found.matrix == EnumeratedSets(problem, 2, 3).update(tables).matrix
    with pytest.raises(InstanceTooLarge, match="the largest n whose points are enumerated then is 22"):
        FilteredSets(LearningProblem(KPattern.parity(23, 1)), 1, 23).update(
            rational_matrix([[F(10) ** 400, 0]] + [[0, 0]] * 22))


def test_the_rounding_of_the_values_is_part_of_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, tables = LearningProblem(KPattern.parity(4, 2)), rational_matrix([[F(1, 2), 0, 0, 0], [0] * 4, [0] * 4])
    sets = FilteredSets(problem, 2, 3)
    monkeypatch.setattr(window_marginals, "value_error_bound", lambda tables: 0.4)
    monkeypatch.setattr(sets, "_enumerate", None)  # not needed: the smallest distance is 1/2
    assert sets.update(tables).smallest_distance == 0.5
    monkeypatch.undo()
    monkeypatch.setattr(window_marginals, "value_error_bound", lambda tables: 0.6)
    monkeypatch.setattr(filtered_sets, "FALLBACK_BITS", 3)
    with pytest.raises(InstanceTooLarge, match="within 0.5 of 1"):
        sets.update(tables)
