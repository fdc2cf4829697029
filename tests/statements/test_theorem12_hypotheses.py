"""What the theorem supposes, met or not; and the cases that break it without one supposition."""
import json
from fractions import Fraction
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.errors import ParameterError
from theorycheck.statements import theorem12_hypotheses as hypotheses
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem12"]
VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED


def theorem12(seed=0, **values):
    return Theorem12(Theorem12Parameters.from_values({"n": 6, "k": 2, "q": 2, **values}), Settings(seed))


@pytest.mark.parametrize("values, met", [
    ({}, True), ({"c": "5/2"}, True), ({"c": "2"}, False), ({"weights": "gaussian"}, True),
    ({"weights": "gaussian", "c": "9"}, None), ({"weights": "gaussian", "c": "1", "activation": "tanh"}, True),
    ({"weights": "gaussian", "c": "1/2", "activation": "tanh"}, False), ({"weights": "uniform", "c": "3"}, True),
    ({"weights": "uniform", "c": "2"}, False), ({"activation": "square"}, True),
    ({"weights": "gaussian", "activation": "square"}, True), ({"activation": "square", "c": "5"}, False),
    ({"weights": "orbit:1,2,3,0,0,1", "c": "7"}, True)], ids=str)
def test_bounded(values, met):
    assert hypotheses.is_bounded(theorem12(**values)).met is met


@pytest.mark.parametrize("activation, met", [("relu", True), ("leaky_relu:1", True), ("leaky_relu:2", False),
                                             ("cosine:3", True), ("peaks:2", True), ("square", None)])
def test_lipschitz(activation, met):
    assert hypotheses.is_lipschitz(theorem12(activation=activation)).met is met


@pytest.mark.parametrize("values, readout, output, margin", [
    ({}, True, True, True), ({"readout": "zero"}, True, True, True), ({"readout": "1/q"}, True, True, False),
    ({"readout": "1/q", "gamma": 1}, True, True, True), ({"readout": "1/q", "c": "9"}, True, True, True),
    ({"readout": "1/q", "activation": "clipped_relu:1/3"}, False, True, False),
    ({"readout": "ones"}, True, False, False), ({"readout": "ones", "activation": "clip:-1/2,1/2"}, True, True, False),
    ({"readout": "ones", "gamma": 1, "weights": "gaussian"}, True, False, True)], ids=str)
def test_readout_and_output(values, readout, output, margin):
    instance = theorem12(**values)
    assert hypotheses.has_small_readout(instance).met is readout
    assert hypotheses.has_small_output(instance).met is output
    assert hypotheses.is_off_the_margin(instance).met is margin


def test_a_readout_over_c_needs_a_c():
    with pytest.raises(ParameterError, match="'readout' 1/q needs a bound c on .relu.; none holds for the law gau"):
        hypotheses.has_small_readout(theorem12(weights="gaussian", readout="1/q"))


@pytest.mark.parametrize("sampler, verdict", [("gaussian", Verdict.CONSISTENT), ("shuffled_ones", Verdict.CONSISTENT),
                                              ("shifted_run", Verdict.INCONSISTENT),
                                              ("increasing", Verdict.INCONSISTENT)])
def test_a_sampler_is_tested(sampler, verdict):
    # An invariant sampler is rejected with probability at most 1/100; the seed is fixed.
    instance = theorem12(weights=f"sampler:orbit_samplers:{sampler}")
    outcome = hypotheses.invariance(instance)
    assert outcome.verdict is verdict and "200 draws against 199" in outcome.method
    assert hypotheses.is_invariant(instance).met is (verdict is Verdict.CONSISTENT)


def test_named_laws_need_no_test():
    assert hypotheses.invariance(theorem12()).verdict is None and hypotheses.is_invariant(theorem12()).met is True


def test_the_margin_counterexample_is_the_golden_one():
    golden = GOLDEN["margin_counterexample"]
    outcome = hypotheses.needs_a_slope_at_the_margin(theorem12())
    assert outcome.verdict is VERIFIED and outcome.lhs.value.exact == Fraction(golden["squared_gradient"])
    assert outcome.rhs.value.exact == Fraction(golden["stated"]) and outcome.alternatives[0].value.exact == 0


@pytest.mark.parametrize("gamma", ["0", "1/2", "1"])
def test_the_other_two_do_not_depend_on_gamma(gamma):
    instance = theorem12(gamma=gamma)
    output, shifts = hypotheses.needs_a_small_output(instance), hypotheses.needs_all_permutations(instance)
    assert output.verdict is shifts.verdict is VERIFIED
    assert output.lhs.value.exact == 1 and output.rhs.value.exact == Fraction(2, 3)
    # Two neurons: 2 * 2/10 against 2 * 10/126.
    assert shifts.lhs.value.exact == Fraction(2, 5) and shifts.rhs.value.exact == Fraction(10, 63)


def test_all_permutations_in_place_of_shifts_obey_the_bound(monkeypatch):
    from theorycheck.statements import theorem12_enumeration
    rows = theorem12_enumeration.cyclic_shifts(10)
    # Five shifts by two, and as many of the odd places first: every place is taken apart.
    monkeypatch.setattr(theorem12_enumeration, "cyclic_shifts", lambda n: (3 * rows) % n)
    assert hypotheses.needs_all_permutations(theorem12()).verdict is REFUTED


@pytest.mark.parametrize("step", ["needs_a_slope_at_the_margin", "needs_a_small_output"])
def test_a_looser_bound_is_noticed(monkeypatch, step):
    from theorycheck.bounds import theorem12 as formulas
    original = formulas.readout_gradient_bound
    monkeypatch.setattr(formulas, "readout_gradient_bound", lambda: original() * 2)
    assert getattr(hypotheses, step)(theorem12()).verdict is REFUTED
