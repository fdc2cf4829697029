"""Single steps of Lemma 9, each made to fail by what it looks at."""
from fractions import Fraction

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import Real
from theorycheck.statements import lemma9_steps
from theorycheck.statements.lemma9_comparators import LossChange
from theorycheck.statements.lemma9_steps import Lemma9, is_vacuous
from theorycheck.statements.training_instance import TrainingParameters


def lemma9(**values):
    return Lemma9(TrainingParameters.from_values({"n": 4, "k": 2, "q": 64, "eta": "1/20", "steps": 4, **values}),
                  Settings())


@pytest.mark.parametrize("step, name", [
    ("hinge", "mean_difference"), ("triangle", "termwise")])
def test_a_smaller_middle_is_noticed(monkeypatch, step, name):
    check = getattr(lemma9_steps, step)
    assert check(lemma9()).verdict is Verdict.VERIFIED
    monkeypatch.setattr(LossChange, name, lambda self, record: Real(0))
    assert check(lemma9()).verdict is Verdict.REFUTED


@pytest.mark.parametrize("step", ["sharp_change", "stated_change"])
def test_a_larger_change_is_noticed(monkeypatch, step):
    assert getattr(lemma9_steps, step)(lemma9()).verdict is Verdict.VERIFIED
    monkeypatch.setattr(LossChange, "change", lambda self, record: Real(1000))
    assert getattr(lemma9_steps, step)(lemma9()).verdict is Verdict.REFUTED


def test_a_steep_activation_is_noticed():
    from theorycheck.networks.activations import piecewise_linear
    instance = lemma9()
    assert lemma9_steps.activation(instance).verdict is Verdict.VERIFIED
    steep = lemma9()
    steep.activation = piecewise_linear("steep", (0,), ((0, 0), (0, 3)))
    from theorycheck.statements.training_run import certified_run
    steep.__dict__["run"] = certified_run(steep)
    assert lemma9_steps.activation(steep).verdict is Verdict.REFUTED


def test_equal_sides_in_balls_are_settled_by_the_named_argument():
    outcome = lemma9_steps.activation(lemma9(n=3, eta="paper"))
    assert outcome.verdict is Verdict.VERIFIED and "sigma has slope at most 1" in outcome.note
    assert "agree" not in lemma9_steps.activation(lemma9()).note


def test_the_separators_bound():
    # c eta^2 T^2 n k sqrt(q) ||u*||, ||u*|| = 2 sqrt(4/16) = 1: 16/400 * 8 * 8.
    assert lemma9().separator_bound().exact == Fraction(64, 25)
    assert is_vacuous(lemma9()) and not is_vacuous(lemma9(eta="1/50"))
    assert lemma9(q=3).separator_bound() is None and not is_vacuous(lemma9(q=3))


def test_what_is_attained_in_balls_follows_from_the_steps_before():
    values = {"n": 1, "k": 1, "q": 3, "init": "3,0", "pattern": "0x3", "distribution": "point:0", "eta": "paper",
              "activation": "relu", "steps": 2}
    for step in (lemma9_steps.distance, lemma9_steps.sharp_change):
        outcome = step(lemma9(**values, c="1"))
        assert outcome.verdict is Verdict.VERIFIED and "the relation rests on a proof" in outcome.note
        assert step(lemma9(**values, c="999999999999/1000000000000")).verdict is Verdict.REFUTED
