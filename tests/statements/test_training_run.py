"""A certified run against the definitions written out for all q filters, by the oracle, in rationals."""
from fractions import Fraction
from math import sqrt

import numpy as np
import oracles
import pytest

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge
from theorycheck.rigor import decide, nearest_decimal
from theorycheck.statements import training_run
from theorycheck.statements.training_instance import Training, TrainingParameters
from theorycheck.statements.training_run import clear_shared_runs, recorded_steps

# Unequal multiplicities, a class left out, γ and a biased distribution: what a wrong weight would show up in.
CASE = {"n": 3, "k": 2, "q": 6, "init": "3,1,0,2", "eta": "3/2", "steps": 4, "gamma": "1/2", "records": 5,
        "distribution": "product:1/2,0,-1/3", "activation": "relu", "pattern": "0xE"}
FULL = {**CASE, "init": "2,1,1,2"}


def training(case=CASE, tied=True, **values):
    return Training(TrainingParameters.from_values({**case, **values}), Settings(), tied)


def oracle(instance, tied=True):
    """(loss, u[j][i], w) with every filter written out; for an LCN w[j][i]."""
    signs = [z for z, m in enumerate(instance.multiplicities.tolist()) for _ in range(m)]
    w, b = oracles.sign_filters(instance.k, signs)
    count = instance.window_count
    u = [[Fraction(0)] * len(signs) for _ in range(count)]
    labels = instance.problem.labels().tolist()
    bounds = (Fraction(0), Fraction(10**9))
    name, w, b = ("cnn", w, b) if tied else ("lcn", [w] * count, [b] * count)
    return list(oracles.gradient_descent(name, u, w, b, labels, instance.eta.exact, instance.steps,
                                         list(instance.distribution.probabilities()), instance.parameters.gamma,
                                         sigma=oracles.clipped(*bounds), slope=oracles.clipped_slope(*bounds)))


def squares(rows):
    return sum((entry**2 for row in rows for entry in row), Fraction(0))


@pytest.mark.parametrize("tied", [True, False])
def test_losses_norms_and_moves(tied):
    instance = training(tied=tied)
    wanted = oracle(instance, tied)
    records = instance.run.records
    assert [record.step for record in records] == [0, 1, 2, 3, 4] and instance.run.arithmetic == "rational"
    filters = [row for part in wanted[0][2] for row in part] if not tied else wanted[0][2]
    for record, (loss, u, w) in zip(records, wanted):
        now = [row for part in w for row in part] if not tied else w
        moves = [[a - b for a, b in zip(row, first)] for row, first in zip(now, filters)]
        assert record.loss.exact == loss
        assert record.largest_readout.exact == max(abs(entry) for row in u for entry in row)
        assert all(decide(norm * norm, "==", squares([row])) is not False for norm, row in zip(record.window_norms, u))
        # An equality of roots is not confirmed; that each is no more than 10^-30 off is.
        assert all(decide(norm * norm - squares([row]), relation, Fraction(sign, 10**30)) is True
                   for norm, row in zip(record.window_norms, u) for relation, sign in (("<", 1), (">", -1)))
        assert record.largest_move.exact == max(abs(entry) for row in moves for entry in row)
        assert sum(part.exact for part in record.squared_drifts) == squares(moves)
        assert len(record.squared_drifts) == (1 if tied else instance.window_count)


@pytest.mark.parametrize("tied", [True, False])
def test_slopes_are_the_steps_taken(tied):
    instance = training(tied=tied)
    wanted, eta = oracle(instance, tied), instance.eta.exact
    assert wanted[-1][0] < wanted[0][0]
    for record, (_, u, w), (_, later, after) in zip(instance.run.records, wanted, wanted[1:]):
        slopes = [[(a - b) / eta for a, b in zip(row, new)] for row, new in zip(u, later)]
        assert record.largest_readout_slope.exact == max(abs(entry) for row in slopes for entry in row)
        assert record.squared_gradient_norm.exact == squares(slopes)
        # Filter i of the oracle belongs to the class of its place in 3,1,0,2.
        first = {0: 0, 1: 3, 2: 4}
        for place, (slope, total) in enumerate(record.filter_slopes):
            window, index = (None, first[place]) if tied else (place // 3, first[place % 3])
            rows = (w[index], after[index]) if tied else (w[window][index], after[window][index])
            assert slope.exact == max(abs(a - b) / eta for a, b in zip(*rows))
            mine = [abs(row[index]) for row in u] if tied else [abs(u[window][index])]
            assert total.exact == sum(mine)


def test_sums_over_all_steps_whatever_is_recorded():
    instance = training(records=2)
    wanted, run = oracle(instance), instance.run
    losses = [loss for loss, _, _ in wanted]
    assert len(run.records) == 2
    assert run.mean_loss.exact == sum(losses[:-1]) / 4 and run.mean_later_loss.exact == sum(losses[1:]) / 4
    eta = instance.eta.exact
    steps = [[[(a - b) / eta for a, b in zip(row, new)] for row, new in zip(u, later)]
             for (_, u, _), (_, later, _) in zip(wanted, wanted[1:])]
    assert run.mean_squared_gradient_norm.exact == sum(squares(rows) for rows in steps) / 4
    assert run.largest_readout_slope.exact == max(abs(entry) for rows in steps for row in rows for entry in row)
    # 1e-12: the float square roots of the oracle.
    assert float(run.mean_gradient_norm) == pytest.approx(sum(sqrt(squares(rows)) for rows in steps) / 4, rel=1e-12)
    assert run.record(-1).total_loss.exact == sum(losses[:-1])
    assert run.records[0].total_loss.exact == run.records[0].total_gradient_norm.exact == 0


@pytest.mark.parametrize("tied", [True, False])
def test_the_comparator_and_the_regret(tied):
    instance = training(FULL, tied)
    wanted, run = oracle(instance, tied), instance.run
    signs = [z for z, m in enumerate(instance.multiplicities.tolist()) for _ in range(m)]
    column = [instance.occupied.tolist().index(z) for z in signs]
    best = [[row[place] for place in column] for row in instance.separator.tolist()]
    points, labels = oracles.cube_points(3), instance.problem.labels().tolist()
    probabilities = list(instance.distribution.probabilities())
    w, b = oracles.sign_filters(2, signs)
    value, count = (oracles.cnn_value, instance.window_count) if tied else (oracles.lcn_value, instance.window_count)
    biases = b if tied else [b] * count
    totals = [Fraction(0), Fraction(0)]
    for (_, u, w), (_, later, _), record in zip(wanted, wanted[1:], run.records):
        outputs = [value(x, best, w, biases, oracles.relu) for x in points]
        loss = oracles.hinge_loss(outputs, labels, probabilities)
        assert record.comparator_loss.exact == loss
        regret = sum((a - star) * (a - new) / instance.eta.exact for row, stars, after in zip(u, best, later)
                     for a, star, new in zip(row, stars, after))
        assert record.linear_regret.exact == regret
        assert record.squared_distance.exact == squares([[a - s for a, s in zip(row, stars)]
                                                         for row, stars in zip(u, best)])
        assert (record.total_comparator_loss.exact, record.total_linear_regret.exact) == tuple(totals)
        totals = [totals[0] + loss, totals[1] + regret]
    assert run.mean_comparator_loss.exact == totals[0] / 4 and run.mean_linear_regret.exact == totals[1] / 4


def test_balls_contain_the_rational_run(monkeypatch):
    exact = training(FULL).run
    clear_shared_runs()
    monkeypatch.setattr(training_run, "RATIONAL_STEPS", 0)
    enclosed = training(FULL).run
    assert enclosed.arithmetic == "enclosed" and enclosed.precision == 128
    for one, other in zip(exact.records, enclosed.records):
        for name in ("loss", "comparator_loss", "linear_regret", "squared_distance", "squared_gradient_norm", "drift",
                     "largest_move", "largest_activation", "largest_readout", "total_loss", "gradient_norm"):
            ball, value = getattr(other, name).enclose(), getattr(one, name).enclose()
            assert ball.overlaps(value) and ball.rad() < 1e-25, name
        assert (one.is_frozen, one.margin_kinks, one.activation_kinks) == (
            other.is_frozen, other.margin_kinks, other.activation_kinks)
    clear_shared_runs()


def test_the_reference_run_has_the_golden_mean_loss():
    instance = training({"n": 3, "k": 2, "q": 10723, "steps": 2074, "activation": "relu", "records": 3})
    assert instance.multiplicities.tolist() == [2681, 2681, 2681, 2680]
    assert nearest_decimal(instance.run.mean_loss, 9) == "0.178655850…"  # 0.178656 rounded


def test_a_run_is_shared_by_those_who_ask_for_the_same():
    clear_shared_runs()
    assert training().run is training().run
    assert training().run is not training(gamma="1/3").run and training().run is not training(tied=False).run
    assert training(c="1/2").run is training(c="2").run


def test_a_margin_of_exactly_1_is_decided_by_rationals_and_not_by_balls():
    # One filter (1/3,1/3,1/3) at one point: after one step h = 9 (1/3)^2 = 1, and balls round 1/3.
    case = {"n": 3, "k": 3, "q": 1, "eta": "9", "activation": "relu", "distribution": "point:0", "pattern": "0x00"}
    assert [record.margin_kinks for record in training(case, steps=2).run.records] == [0, 1, 1]
    assert training(case, steps=65).run.arithmetic == "rational"
    with pytest.raises(InstanceTooLarge, match="exactly on a kink .* With a rational --eta .* up to 512 steps"):
        training(case, steps=513).run


def test_what_no_precision_decides_is_declined_and_not_tried_again(monkeypatch):
    from theorycheck.gradients.enclosed_activations import Undecided
    from theorycheck.training import enclosed_run
    tries = []

    def undecided(*arguments, **options):
        tries.append(options["precision"])
        yield from ()
        raise Undecided("a margin is not told from 1.")

    monkeypatch.setattr(enclosed_run, "descend", undecided)
    clear_shared_runs()
    for _ in range(2):
        with pytest.raises(InstanceTooLarge, match="No precision up to 8192 bits decides this run"):
            training(eta="paper").run
    assert tries == [128, 256, 512, 1024, 2048, 4096, 8192]
    clear_shared_runs()


# One filter at every window and the majority of one bit: the margin of a point is exactly 1 after all 80 steps.
TIED = {"n": 4, "k": 1, "q": 1, "init": "1,0", "pattern": "majority", "offset": 3, "tie": "-1", "steps": 80}


def test_a_tie_that_no_ball_decides_is_decided_in_rationals():
    run = training(TIED, tied=False).run
    assert run.arithmetic == "rational" and run.records[-1].margin_kinks > 0


def test_a_long_tied_run_says_what_would_decide_it(monkeypatch):
    monkeypatch.setattr(training_run, "LONGEST_RATIONAL_STEPS", 79)
    clear_shared_runs()
    with pytest.raises(InstanceTooLarge, match="a piecewise linear activation up to 79 steps are run in rationals"):
        training(TIED, tied=False).run
    clear_shared_runs()


@pytest.mark.parametrize("activation, steps, arithmetic", [
    ("square", 6, "rational"), ("square", 7, "enclosed"), ("relu", 64, "rational"), ("relu", 65, "enclosed")])
def test_numbers_that_double_in_length_are_not_followed_in_rationals(activation, steps, arithmetic):
    assert training(activation=activation, steps=steps, eta="1/1000000000").run.arithmetic == arithmetic


def test_numbers_beyond_floats_are_decided_in_rationals():
    losses = [record.loss.exact for record in training(activation="relu", eta="1e200").run.records]
    assert losses[0] == 1 and losses[-1] > 10**300


def test_ctrl_c_leaves_nothing_half_done(monkeypatch):
    clear_shared_runs()
    instance = training()
    monkeypatch.setattr(training_run.StepQuantities, "comparator_loss", None)
    monkeypatch.setattr(training_run._Accumulator, "_take", lambda self, now: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        instance.run
    monkeypatch.undo()
    assert len(training().run.records) == 5


def test_recorded_steps():
    assert sorted(recorded_steps(2074, 20))[-1] == 2074 and len(recorded_steps(2074, 20)) == 20
    assert recorded_steps(3, 20) == {0, 1, 2, 3} and recorded_steps(1, 2) == {0, 1}


def test_progress_is_told(monkeypatch):
    told = []
    clock = iter(range(10**6))
    monkeypatch.setattr(training_run, "monotonic", lambda: next(clock))
    clear_shared_runs()
    parameters = TrainingParameters.from_values(CASE)
    Training(parameters, Settings(progress=lambda done, total, title: told.append((done, total)))).run
    assert told and all(0 <= done < total for done, total in told)
    assert np.all(np.diff([done for done, _ in told]) > 0)
