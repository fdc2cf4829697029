"""The sums behind Theorem 10, against loops over rounds."""
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.claims import Settings
from theorycheck.rigor import decide
from theorycheck.statements.theorem10 import Theorem10Parameters
from theorycheck.statements.theorem10_sequences import online_run, prefixes_of_sequence, prefixes_of_training
from theorycheck.statements.training_instance import Training, TrainingParameters


def prefixes(seed=0, **values):
    parameters = Theorem10Parameters.from_values({"steps": 6, "dimension": 2, "records": 4, **values})
    run = online_run(parameters, np.random.default_rng(seed), 128)
    return run, prefixes_of_sequence(run, parameters.records)


@pytest.mark.parametrize("sequence", ["mixed", "quadratic", "random"])
def test_prefixes_against_loops(sequence):
    run, found = prefixes(sequence=sequence)
    assert [prefix.steps for prefix in found] == [2, 4, 6]

    def dot(left, right):
        return sum((a * b for a, b in zip(left, right)), Fraction(0))

    def minus(left, right):
        return [a - b for a, b in zip(left, right)]

    for prefix in found:
        T = prefix.steps
        rounds = list(zip(run.points[:T], run.gradients[:T]))
        start, end, best = run.points[0], run.points[T], run.comparator
        assert prefix.value.exact == sum(loss.value(point) for loss, point in zip(run.losses[:T], run.points)) / T
        assert prefix.comparator_value.exact == sum(loss.value(best) for loss in run.losses[:T]) / T
        assert prefix.regret.exact == sum(dot(minus(point, best), g) for point, g in rounds) / T
        assert prefix.squares.exact == sum(dot(g, g) for _, g in rounds) / T
        assert prefix.start_product.exact == sum(dot(start, g) for _, g in rounds) / T
        assert prefix.start_square.exact == dot(minus(start, best), minus(start, best))
        assert prefix.end_square.exact == dot(minus(end, best), minus(end, best))
        shifted = minus(minus(end, start), best)
        assert prefix.shifted_end_square.exact == dot(shifted, shifted)
        assert prefix.comparator_square.exact == dot(best, best)
        # 1e-12: the loop's float square roots.
        assert float(prefix.norms) == pytest.approx(sum(float(dot(g, g))**0.5 for _, g in rounds) / T, rel=1e-12)
        assert float(prefix.start_norm) == pytest.approx(float(dot(start, start))**0.5, rel=1e-12)


def test_from_the_origin_the_norms_are_not_needed():
    _, found = prefixes(start="0")
    assert all(prefix.norms.exact == prefix.start_norm.exact == 0 for prefix in found)


def test_the_comparator_last_is_where_the_run_ends():
    run, found = prefixes(comparator="last")
    assert run.comparator == run.points[-1] and found[-1].end_square.exact == 0


def test_weights_dimension_and_the_seed():
    run, _ = prefixes(sequence="linear", weights="1,2")
    assert set(run.gradients) == {(Fraction(1), Fraction(2))}
    assert prefixes(seed=1)[0].gradients == prefixes(seed=1)[0].gradients != prefixes(seed=2)[0].gradients
    assert Theorem10Parameters(sequence="linear", weights="1,2,3,4").dimension == 4
    assert Theorem10Parameters().dimension == 3 and Theorem10Parameters(start="5").dimension == 1


def test_rounds_of_a_training_telescope():
    parameters = TrainingParameters.from_values({"n": 3, "k": 2, "q": 8, "steps": 6, "eta": "1/3", "pattern": "0x8"})
    training = Training(parameters, Settings())
    for prefix in prefixes_of_training(training.run, training.separator_squared_norm):
        ends = (prefix.start_square - prefix.end_square) / (2 * training.eta * prefix.steps)
        assert (ends + training.eta / 2 * prefix.squares).exact == prefix.regret.exact
        assert decide(prefix.value - prefix.comparator_value, "<=", prefix.regret)
