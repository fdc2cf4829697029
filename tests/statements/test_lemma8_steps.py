"""Single steps of Lemma 8: what each shows, and what its check would catch."""
from dataclasses import replace
from fractions import Fraction

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import Real
from theorycheck.statements import lemma8_steps
from theorycheck.statements.lemma8_steps import Lemma8, attaining_training
from theorycheck.statements.training_instance import TrainingParameters


def lemma8(**values):
    return Lemma8(TrainingParameters.from_values({"n": 4, "k": 2, "q": 8, "eta": "1/4", "steps": 4, **values}),
                  Settings())


def with_run(instance, **changes):
    """The same instance with the last record of its run changed."""
    run = instance.run
    last = replace(run.records[-1], **changes)
    instance.__dict__["run"] = replace(run, records=(*run.records[:-1], last))
    return instance


@pytest.mark.parametrize("step, changes", [
    ("readout_entry", {"largest_readout": Real(Fraction(101, 100))}), ("window_norm", {"window_norms": (Real(9),)}),
    ("filter_slope", {"filter_slopes": ((Real(2), Real(1)),)}), ("filter_move", {"largest_move": Real(2)}),
    ("sharp_drift", {"squared_drifts": (Real(50),)}), ("drift", {"squared_drifts": (Real(300),)})])
def test_every_step_looks_at_the_last_record(step, changes):
    check = getattr(lemma8_steps, step)
    assert check(lemma8()).verdict is Verdict.VERIFIED
    outcome = check(with_run(lemma8(), **changes))
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample["at"].startswith("t=4")


def test_the_slope_of_every_step_counts_not_only_of_those_recorded():
    instance = lemma8(records=2)
    instance.__dict__["run"] = replace(instance.run, largest_readout_slope=Real(2))
    assert lemma8_steps.readout_slope(instance).verdict is Verdict.REFUTED


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [5, 9])
def test_the_attaining_training_attains(n, k):
    instance = lemma8(n=n, k=k, q=8)
    extreme = attaining_training(instance)
    last, windows = extreme.run.record(-1), min(3, n - k + 1)
    assert extreme.window_count == windows and extreme.run.largest_activation.exact == Fraction(1, k)
    # Every entry moves by c N eta^2 = N/(64 k).
    assert last.largest_move.exact == Fraction(windows, 64 * k)
    assert lemma8_steps.attained(instance).verdict is Verdict.VERIFIED


def test_one_step_moves_no_filter():
    assert lemma8_steps.filter_move(lemma8(steps=1, eta="paper")).verdict is None
    assert lemma8_steps.filter_move(lemma8(steps=1)).verdict is Verdict.VERIFIED


def test_many_steps_are_summed_up_to_a_limit(monkeypatch):
    from theorycheck.bounds import evaluate
    monkeypatch.setattr(evaluate, "MAXIMUM_TERMS", 100)
    instance = lemma8()
    instance.steps = 250
    assert "the first 100 of 250 terms" in lemma8_steps.sum_over_steps(instance).note


# All of σ = c, every margin below 1, a step size that is no rational: the bounds are attained, and balls never tell.
EXTREME = {"n": 1, "k": 1, "q": 3, "init": "3,0", "pattern": "0x3", "distribution": "point:0", "eta": "paper",
           "activation": "relu", "c": "1", "steps": 2}


@pytest.mark.parametrize("step", ["readout_entry", "window_norm", "filter_slope", "filter_move", "sharp_drift"])
def test_what_is_attained_in_balls_follows_from_the_steps_before(monkeypatch, step):
    check = getattr(lemma8_steps, step)
    outcome = check(lemma8(**EXTREME))
    assert outcome.verdict is Verdict.VERIFIED and "the relation rests on a proof" in outcome.note
    # Without the exact facts that the argument starts from nothing is decided.
    for fact in ("is_slope_bounded", "is_filter_slope_bounded"):
        monkeypatch.setattr(lemma8_steps, fact, lambda instance: False)
    monkeypatch.setattr(lemma8_steps, "sum_of_steps_argument", lambda instance: "")
    assert check(lemma8(**EXTREME)).verdict is Verdict.INCONCLUSIVE
    assert check(lemma8(**EXTREME, gamma="1")).verdict is Verdict.INCONCLUSIVE


def test_a_constant_too_small_by_a_trillionth_is_noticed():
    c = "999999999999/1000000000000"
    for step in (lemma8_steps.readout_slope, lemma8_steps.readout_entry, lemma8_steps.window_norm,
                 lemma8_steps.filter_move, lemma8_steps.sharp_drift):
        assert step(lemma8(**{**EXTREME, "c": c})).verdict is Verdict.REFUTED
