"""What the steps of Comment 7 share: the draw repeats, streams are independent, the width is the smallest."""
from fractions import Fraction
from math import exp

import numpy as np
import oracles
import pytest

from theorycheck.claims import Settings
from theorycheck.rigor import decide
from theorycheck.statements.comment7 import Comment7Parameters
from theorycheck.statements.comment7_instance import Comment7, least_eigenvalue, sufficient_width


def instance(seed=0, **values):
    return Comment7(Comment7Parameters.from_values(values), Settings(seed=seed))


def test_the_smallest_width():
    k, beta, delta = 2, Fraction(1), Fraction(1, 10)
    width = sufficient_width(k, beta, delta)
    spread = float(instance(n=2, k=2, q=300).spread)
    assert width == 2402
    assert 4 * exp(-width / (8 * spread)) <= 0.1 < 4 * exp(-(width - 1) / (8 * spread))
    assert sufficient_width(3, Fraction(0), delta) is None


def test_the_least_eigenvalue():
    assert decide(least_eigenvalue(2, Fraction(1)), "<", Fraction(24576, 100000)) is True
    assert least_eigenvalue(3, Fraction(0)).exact == 0


def test_the_gram_matrix_by_the_oracle():
    drawn = instance(n=2, k=2, q=7)
    weights, biases = drawn.filters.filters.tolist(), drawn.filters.biases.tolist()
    features = [[oracles.relu(sum(Fraction(w) * s for w, s in zip(row, x)) + Fraction(b))
                 for x in oracles.cube_points(2)] for row, b in zip(weights, biases)]
    wanted = [[sum(row[z] * row[y] for row in features) for y in range(4)] for z in range(4)]
    assert drawn.gram.fractions() == [entry for row in wanted for entry in row]


@pytest.mark.parametrize("given", [{"trials": 5}, {"pattern": "random"}, {"steps": 2}])
def test_the_draw_does_not_depend_on_what_else_is_drawn(given):
    plain, other = instance(n=3, k=3, q=50), instance(n=3, k=3, q=50, **given)
    assert np.array_equal(plain.filters.filters, other.filters.filters)
    assert not np.array_equal(plain.filters.filters, instance(seed=1, n=3, k=3, q=50).filters.filters)


def test_bias_free_features_leave_the_biases_out():
    drawn = instance(n=3, k=3, q=50)
    values = drawn.bias_free_features.values.fractions()
    row = [Fraction(w) for w in drawn.filters.filters[3].tolist()]
    assert values[24:32] == [oracles.relu(oracles.dot(row, x)) for x in oracles.cube_points(3)]
