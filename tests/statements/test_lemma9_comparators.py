"""The readouts of Lemma 9, and their losses against Definition 1 at every point."""
from fractions import Fraction

import oracles
import pytest
from flint import fmpq

from theorycheck.claims import Settings
from theorycheck.statements.lemma9_comparators import Comparator, LossChange, comparators
from theorycheck.statements.training_instance import Training, TrainingParameters


def training(tied=True, **values):
    given = {"n": 4, "k": 2, "q": 6, "init": "2,1,1,2", "eta": "1/2", "steps": 3, "activation": "relu",
             "distribution": "product:1/2,0,-1/3,1/4", "pattern": "0xE", "offset": 1, **values}
    return Training(TrainingParameters.from_values(given), Settings(), tied)


def fraction(value):
    return Fraction(int(value.p), int(value.q))


def outputs(instance, comparator, record):
    """h at every point, filter by filter, as Definition 1 or 11 says."""
    signs = [z for z, m in enumerate(instance.multiplicities.tolist()) for _ in range(m)]
    column = [instance.occupied.tolist().index(z) for z in signs]
    u = [[fraction(row[place]) for place in column] for row in comparator.readout]
    parts = [record.state.filters] if instance.tied else record.state.filters
    w = [[[fraction(entry) for entry in part.tolist()[place]] for place in column] for part in parts]
    b = [Fraction(1, instance.k) - 1] * len(signs)
    value = oracles.cnn_value if instance.tied else oracles.lcn_value
    arguments = (w[0], b) if instance.tied else (w, [b] * instance.window_count)
    return u, [value(x, u, *arguments) for x in oracles.cube_points(instance.n)]


@pytest.mark.parametrize("tied", [True, False])
def test_losses_and_differences_of_every_comparator(tied):
    instance = training(tied)
    labels, masses = instance.problem.labels().tolist(), list(instance.distribution.probabilities())
    first, last = instance.run.records[0], instance.run.record(-1)
    found = comparators(instance)
    assert [comparator.name for comparator in found][0] == "Lemma 6's u*" and len(found) == 6
    for comparator in found:
        change = LossChange(instance, comparator)
        u, before = outputs(instance, comparator, first)
        _, after = outputs(instance, comparator, last)
        losses = [oracles.hinge_loss(values, labels, masses) for values in (before, after)]
        assert (change.first_loss.exact, change.loss(last).exact) == tuple(losses)
        assert change.change(last).exact == abs(losses[1] - losses[0])
        difference = sum((p * abs(a - b) for p, a, b in zip(masses, after, before)), Fraction(0))
        assert change.mean_difference(last).exact == difference
        assert change.termwise(last).exact >= difference
        assert comparator.norm_1.exact == sum(abs(entry) for row in u for entry in row)
        assert [square.exact for square in comparator.window_squares()] == [
            sum(entry**2 for entry in row) for row in u if any(row)]


def test_the_termwise_sum_filter_by_filter():
    # One window, one class read: then h is that one term.
    instance = training()
    comparator = Comparator("one", [[fmpq(0)] * 4, [fmpq(0), fmpq(0), fmpq(-3), fmpq(0)], [fmpq(0)] * 4], [2, 1, 1, 2])
    change, last = LossChange(instance, comparator), instance.run.record(-1)
    assert comparator.windows == [1] and change.termwise(last).exact == change.mean_difference(last).exact > 0


def test_large_cubes_get_readouts_of_one_window():
    names = [comparator.name for comparator in comparators(training(n=12, distribution="uniform"))]
    assert names[0] == "Lemma 6's u*" and len(names) == 4 and all("window" in name for name in names[1:])


def test_every_drawn_readout_reads_something():
    for seed in range(20):
        parameters = TrainingParameters.from_values({"n": 1, "k": 1, "q": 1, "steps": 1, "eta": "1"})
        assert len(comparators(Training(parameters, Settings(seed)))) >= 1
