"""The separation's steps: exact first gradients, enclosed losses, and each way in which a step can fail."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from math import comb, inf

import pytest

from theorycheck.claims import Evidence, Settings, Verdict
from theorycheck.rigor import decide
from theorycheck.statements import separation_steps as steps
from theorycheck.statements.separation_instance import Separation
from theorycheck.statements.separation_parameters import SeparationParameters

VERIFIED, REFUTED, INCONCLUSIVE = Verdict.VERIFIED, Verdict.REFUTED, Verdict.INCONCLUSIVE


def instance(seed=0, **values):
    given = {"n": 6, "k": 2, "q": 8, "steps": 12, "etas": "1/2,2", **values}
    return Separation(SeparationParameters.from_values(given), Settings(seed=seed))


SEPARATED = {"n": 8, "k": 4, "q": 64, "steps": 30, "etas": "1,4,16,64"}
LATE = {**SEPARATED, "etas": "1,4"}  # the CNN needs some steps


@pytest.mark.parametrize("pattern, init, is_equal", [
    ("parity", "balanced", True), ("parity", "5,1,0,2", True), ("and", "balanced", False), ("0x9", "8,0,0,0", True)])
def test_the_cnns_first_gradient_by_hand(pattern, init, is_equal):
    outcome = steps.cnn_first_gradient(instance(pattern=pattern, init=init))
    assert outcome.verdict is VERIFIED and outcome.rhs.value.exact == F(8, 4 * 16)
    assert (outcome.lhs.value.exact == F(1, 8)) is is_equal


def test_a_balanced_pattern_of_another_window_does_not_reach_the_bound(monkeypatch):
    # Negative control: another's filters. With half of each filter the gradient is a quarter, below the bound.
    one = instance()
    gradient = one.cnn_gradient
    half = replace(gradient, readout=type(gradient.readout)(gradient.readout.numerators,
                                                            2 * gradient.readout.denominator))
    one.__dict__["cnn_gradient"] = half
    assert steps.cnn_first_gradient(one).verdict is REFUTED


def test_theorem_12_in_numbers():
    # relu, w=1^6/6, b=0, k=2: the golden averages 27/512 and 9/256 of w=1^6, the second scaled by 1/36.
    one = instance(fcn_weights="orbit:1,1,1,1,1,1", fcn_neurons=4)
    filters, readout = steps.fcn_filters(one), steps.fcn_readout(one)
    assert filters.lhs.value.exact == 4 * F(27, 512) and filters.rhs.value.exact == F(4 * 6, comb(5, 2))
    assert filters.alternatives[0].value.exact == F(4 * 5, 15)
    assert readout.lhs.value.exact == 4 * F(9, 256) and readout.rhs.value.exact == F(36 * 4, 15)
    assert filters.verdict is readout.verdict is VERIFIED
    # All weights are equal, so that every start is the mean of its orbit.
    for outcome in (filters, readout):
        own = outcome.alternatives[1]
        assert own.label == "this start's own"
        assert own.evidence is Evidence.ENCLOSED and decide(own.value, "==", outcome.lhs.value) is None
        assert decide((own.value - outcome.lhs.value) * 10**10, "<", 1) is True
    assert [quantity.value.exact for quantity in readout.alternatives[2:]] == [F(9, 256), F(1, 64), F(4, 9)]


def test_a_bound_scaled_down_is_noticed(monkeypatch):
    from theorycheck.bounds import theorem12
    one = instance(fcn_weights="orbit:1,1,1,1,1,1")
    for name, check in (("filter_gradient_bound", steps.fcn_filters), ("readout_gradient_bound", steps.fcn_readout)):
        original = getattr(theorem12, name)
        assert check(one).verdict is VERIFIED
        monkeypatch.setattr(theorem12, name, lambda original=original: original() / 100)
        assert check(one).verdict is REFUTED


def test_starts_on_a_kink_are_looked_at_only():
    # With weights ±1/sqrt(6) half the sums that are 0 are not 0 in float64.
    own = steps.fcn_filters(instance()).alternatives[-1]
    assert own.evidence is Evidence.FLOAT and own.look > 0


def test_other_patterns_are_left_to_the_runs():
    one = instance(pattern="and")
    for check in (steps.fcn_filters, steps.fcn_readout):
        outcome = check(one)
        assert outcome.verdict is None and outcome.note.endswith("this pattern is and")


def test_the_runs_decide():
    one = instance(**SEPARATED)
    cnn, fcn, last = steps.cnn_reaches(one), steps.fcn_behind(one), steps.all_final(one)
    assert cnn.verdict is fcn.verdict is last.verdict is VERIFIED
    assert cnn.lhs.evidence is Evidence.ENCLOSED and decide(cnn.lhs.value, "<", F(1, 10)) is True
    assert decide(fcn.lhs.value, ">", F(1, 10)) is True and "for every eta of the grid; " in fcn.note
    least = min(run.record(one.reached.step).loss for run in one.done["FCN"].runs)
    assert float(fcn.lhs.value) == pytest.approx(least, abs=1e-9)
    assert [quantity.label.split()[3] for quantity in last.alternatives[::2]] == ["the"] * 4
    assert [quantity.value.exact for quantity in last.alternatives[1:6:2]] == [1, 1, 1]


def changed(instance, name, change):
    """The instance with other runs of a network."""
    comparison = instance.comparison(name)
    instance._done[name] = replace(comparison, runs=tuple(map(change, comparison.runs)))
    return instance


def test_step_sizes_that_left_the_range_are_named():
    # The CNN needs more steps than the FCN at eta=2^600 is in float64's range.
    one = instance(**{**SEPARATED, "etas": f"1,4,{2**600}"})
    outcome = steps.fcn_behind(one)
    assert one.reached.step > 2 and one.comparison("FCN").runs[2].trouble and outcome.verdict is VERIFIED
    large = str(2**600)[:19] + "…"
    assert outcome.note.startswith(f"for every eta of the grid but {large}, where float64's range was left; ")


def test_a_visit_before_the_cnns_is_told():
    def visiting(run):
        return replace(run, losses=(*run.losses[:2], 0.05, *run.losses[3:])) if run.eta == 4 else run
    one = changed(instance(**LATE), "FCN", visiting)
    assert one.reached.step > 2 and steps.own_pace(one).startswith(
        "before that the FCN was there for a moment, after 2 steps with eta=4 (float64); the FCN gets there")
    assert "before that" not in steps.own_pace(changed(instance(**LATE), "FCN", lambda run: run))


def test_the_row_that_is_shown_is_the_worst_within_its_error():
    def wide(run):
        loss, error = (0.5, 0.3) if run.eta == 4 else (0.375, 0.0)
        return replace(run, records=tuple(replace(each, loss=loss, loss_error=error) for each in run.records))

    def uncertain(run):
        return replace(run, records=tuple(replace(each, loss=0.0, loss_error=0.2) for each in run.records))
    behind = steps.fcn_behind(changed(instance(**LATE), "FCN", wide))
    assert behind.verdict is VERIFIED and behind.lhs.label.endswith("eta=4")
    assert decide(behind.lhs.value, ">", F(19, 100)) is True and decide(behind.lhs.value, ">", F(21, 100)) is None
    # The eFCN's loss is no larger than the CNN's as computed, but may be 1/5.
    assert steps.all_final(changed(instance(**LATE), "eFCN", uncertain)).verdict is INCONCLUSIVE


def test_what_could_not_be_saved_is_told_whatever_comes_out():
    for values in (SEPARATED, {"etas": "1/1000"}):
        one = instance(**values)
        for name in ("CNN", "LCN", "eFCN", "FCN"):
            one.comparison(name)
        one._done["LCN"] = replace(one._done["LCN"], limits=("LCN eta=1 could not be saved: full",))
        assert "LCN eta=1 could not be saved: full" in steps.all_final(one).note


def own_of(outcome):
    return [quantity for quantity in outcome.alternatives if quantity.label == "this start's own"]


@pytest.mark.parametrize("weights", ["1e200,1,1,1,1,1", "1e200,1e200,1e200,1e200,1e200,1e200"])
def test_squares_above_float64_are_a_look_or_nothing(weights):
    one = instance(fcn_weights=f"orbit:{weights}", fcn_neurons=2)
    for outcome in (steps.fcn_filters(one), steps.fcn_readout(one)):
        assert outcome.verdict is VERIFIED
        assert all(own.evidence is Evidence.FLOAT and own.look < inf for own in own_of(outcome))


def test_squares_below_float64_are_enclosed():
    # float64 has 7e-322 for the square, with one digit.
    one = instance(fcn_weights="orbit:" + ",".join(["1e-160"] * 6), fcn_neurons=2)
    own, = own_of(steps.fcn_readout(one))
    # All weights are equal, so that every start is the mean of its orbit.
    exact = one.orbit_average.readout.exact
    assert 0 < exact < F(1, 10**320) and decide(own.value, "==", exact) is None


def test_an_fcn_that_is_as_quick_refutes():
    # One variable is seen by every neuron.
    one = instance(n=2, k=1, offset=1, q=2, fcn_neurons=64, etas="1/4", steps=40)
    assert steps.cnn_reaches(one).verdict is VERIFIED
    behind = steps.fcn_behind(one)
    assert behind.verdict is REFUTED and behind.counterexample == {"eta": "1/4", "step": str(one.reached.step)}


def test_a_grid_too_small_decides_nothing():
    one = instance(etas="1/1000,1/2000")
    assert "take more --steps or other --etas" in steps.cnn_reaches(one).note
    verdicts = [check(one).verdict for check in (steps.cnn_reaches, steps.fcn_behind, steps.all_final)]
    assert verdicts == [INCONCLUSIVE] * 3


def test_a_grid_far_too_large_decides_nothing():
    one = instance(etas=str(2**600), q=32, fcn_weights="gaussian")
    assert one.comparison("FCN").runs[0].trouble
    assert steps.own_pace(one) == "none of the FCN's runs came to the end"
    behind = steps.fcn_behind(one)
    assert behind.verdict in (INCONCLUSIVE, VERIFIED) and steps.all_final(one).verdict is INCONCLUSIVE


def test_the_pace_of_the_fcn_in_words():
    one, short = instance(**SEPARATED), instance(**{**SEPARATED, "steps": 1})
    for each in (one, short):
        each.comparison("FCN")
    best = one.best("FCN")
    settled = best.settled(one.target)
    assert steps.own_pace(one) == f"the FCN gets there, and stays, after {settled} steps with eta={best.eta} (float64)"
    assert steps.own_pace(short).startswith("within 1 step the FCN does not get there and stay: its least final loss")


def test_an_irrational_activation_is_not_decided():
    one = instance(activation="tanh")
    assert steps.cnn_first_gradient(one).verdict is steps.fcn_readout(one).verdict is INCONCLUSIVE


def test_the_best_step_size_at_the_end_of_the_grid_is_pointed_out():
    assert "at the end of the grid" in steps.cnn_reaches(instance(q=32, etas="1/8,1/4")).note
    assert steps.cnn_reaches(instance(q=32, etas="1/4")).note == ""
