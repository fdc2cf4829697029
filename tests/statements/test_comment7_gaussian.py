"""The steps of Comment 7 about the Gaussian law: norms against plain linear algebra, and what an outcome says."""
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.statements import comment7_gaussian
from theorycheck.statements.comment7 import Comment7Parameters
from theorycheck.statements.comment7_instance import Comment7


def instance(seed=0, **values):
    return Comment7(Comment7Parameters.from_values(values), Settings(seed=seed))


def test_the_norm_is_that_of_the_pseudoinverse():
    given = instance(n=3, k=3, q=400, pattern="majority")
    points = np.array([[1 - 2 * (z >> i & 1) for i in range(3)] for z in range(8)])
    features = np.maximum(0, given.filters.filters @ points.T + given.filters.biases[:, None])
    readout = np.linalg.pinv(features.T) @ given.pattern.table
    outcome = comment7_gaussian.norm(given)
    # float64 with condition numbers of a few hundred
    assert float(outcome.lhs.value) == pytest.approx(400 * float(readout @ readout), rel=1e-9)
    assert outcome.verdict is Verdict.VERIFIED and outcome.slack is not None


def test_the_scale_free_comparison():
    outcome = comment7_gaussian.norm(instance(n=2, k=2, q=400))
    limit, ratio, free, grid = (quantity.value for quantity in outcome.alternatives)
    assert float(free) == pytest.approx(6 * float(limit)) and grid.exact == 16  # E|phi|^2 = 6
    assert float(ratio) == pytest.approx(float(outcome.lhs.value) / float(limit))
    assert float(limit) == pytest.approx(4 / 0.245755117937)  # the golden eigenvalue, 12 digits


def test_a_draw_outside_the_event_is_no_counterexample():
    # Five filters on eight points never dominate half of a positive definite matrix.
    outcome = comment7_gaussian.norm(instance(n=3, k=3, q=5))
    assert outcome.verdict is None and "no counterexample" in outcome.note


def test_without_bias_there_is_nothing_to_bound():
    given = instance(n=3, k=3, beta=0, q=100)
    for step in ("choice_of_q", "norm", "minimax"):
        assert getattr(comment7_gaussian, step)(given).verdict is None
    assert comment7_gaussian.covariance(given).verdict is Verdict.VERIFIED
    assert comment7_gaussian.trials(instance(n=3, k=3, beta=0, q=100, trials=2)).verdict is None


def test_the_ratio_of_any_law():
    outcome = comment7_gaussian.minimax(instance(n=2, k=2, q=10))
    assert outcome.alternatives[0].value.exact == 4
    assert float(outcome.lhs.value) == pytest.approx(6 / 0.245755117937)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_trials_repeat_from_their_seed(seed):
    runs = [comment7_gaussian.trials(instance(seed=seed, n=2, k=2, q=40, trials=20)) for _ in range(2)]
    assert runs[0].method == runs[1].method and runs[0].lhs.interval == runs[1].lhs.interval
    assert runs[0].lhs.level == Fraction(99, 100)
