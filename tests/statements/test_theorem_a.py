"""Theorem A as a whole: it holds, its constant is approached, and it is REFUTED when the constant is broken."""
from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from flint import arb, ctx

from theorycheck.bounds import theorem_a as bounds
from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.cube import KPattern
from theorycheck.errors import HypothesisNotMet, ParameterError
from theorycheck.flow.gradient_flow import GradientFlow
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import decide
from theorycheck.statements.theorem_a import CLAIM

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem4"]["reference_run"]
REFERENCE = {"n": GOLDEN["n"], "k": GOLDEN["k"], "q": GOLDEN["q"], "steps": GOLDEN["T"]}


def check(seed=0, without_hypotheses=False, **values):
    parameters = CLAIM.parameters.from_values(values)
    return run_claim(CLAIM, parameters, Settings(seed, without_hypotheses=without_hypotheses))


def verdict(report, name):
    return report.step(name).outcome.verdict


@pytest.fixture(scope="module")
def reference():
    return check(**REFERENCE)


def test_the_example_is_the_reference_and_is_verified(reference):
    assert dict(CLAIM.example) == REFERENCE
    assert reference.verdict is Verdict.VERIFIED
    assert "Theorem A holds at n=3, k=2, q=10723, pattern 0x6, s=0.00596847…: " in reference.sentence
    assert {name for name in ("width",) if verdict(reference, name) is None} == {"width"}
    assert all(verdict(reference, step.name) is Verdict.VERIFIED for step in CLAIM.steps if step.name != "width")


def test_golden_finite_run(reference):
    outcome = reference.step("finite_run").outcome
    assert f"{float(outcome.lhs.value):.6f}" == GOLDEN["mean_loss"][0]["value"]
    assert f"{float(outcome.rhs.value):.6f}" == GOLDEN["theorem_a_prime"]


def test_the_constant_is_approached(reference):
    outcome = reference.step("conclusion").outcome
    # L(||u*||²/2) is below the bound 1/2 by less than a millionth of it.
    assert outcome.rhs.value.exact == Fraction(1, 2)
    assert decide(outcome.lhs.value * (1 + Fraction(1, 10**6)), ">", outcome.rhs.value) is True


def test_a_larger_constant_is_refuted(monkeypatch):
    original = bounds.flow_loss_bound
    monkeypatch.setattr(bounds, "flow_loss_bound", lambda *given: original(*given) / 2)
    report = check(n=2, k=2, q=400, steps=3)
    assert report.verdict is Verdict.REFUTED and verdict(report, "conclusion") is Verdict.REFUTED
    assert report.step("conclusion").outcome.counterexample["at"].startswith("s=")


def test_a_smaller_comparator_is_refuted_in_the_finite_form(monkeypatch):
    monkeypatch.setattr(bounds, "finite_loss_bound", lambda: bounds.comparator_term() + bounds.gradient_term())
    report = check(n=2, k=2, q=400, steps=3)
    assert verdict(report, "finite_run") is Verdict.REFUTED


@pytest.mark.parametrize("values", [
    {"n": 4, "k": 2, "q": 64, "steps": 10, "pattern": "and", "distribution": "product:1/3"},
    {"n": 4, "k": 3, "q": 598737, "steps": 2, "records": 8},
    {"n": 3, "k": 3, "q": 300, "steps": 5, "pattern": "majority", "records": 8},
    {"n": 4, "k": 2, "q": 40, "steps": 5, "init": "paper", "activation": "clipped_relu:2", "pattern": "random"},
    {"n": 1, "k": 1, "q": 2000, "steps": 3}])
def test_it_holds(values):
    report = check(**values)
    assert report.verdict is Verdict.VERIFIED, report.sentence


def test_the_width_that_freezes_for_ever():
    wide = check(n=3, k=3, q=300, steps=2, records=2)
    assert verdict(wide, "width") is Verdict.VERIFIED and verdict(wide, "frozen") is Verdict.VERIFIED
    # Below the width the flow itself decides.
    narrow = check(n=3, k=3, q=80, steps=2, records=2)
    assert verdict(narrow, "width") is None and "below the width" in narrow.step("width").outcome.note


def test_a_draw_that_unfreezes_is_no_counterexample():
    report = check(seed=0, n=4, k=3, q=24, init="paper", pattern="random", steps=2, records=8)
    assert verdict(report, "frozen") is None and "a scale reaches 4/3" in report.step("frozen").outcome.note
    assert report.verdict is Verdict.VACUOUS


def test_vacuous_where_the_bound_is_one():
    report = check(n=3, k=2, q=10, time="1/2", steps=2)
    assert report.verdict is Verdict.VACUOUS and "says nothing" in report.sentence


@pytest.mark.parametrize("values, message", [
    ({"activation": "leaky_relu:1/10"}, "'activation' is leaky_relu"), ({"activation": "zero"}, "'activation' is zero"),
    ({"init": "4,3,3,0", "q": 10}, "no filter has sign pattern z=3"),
    ({"activation": "clipped_relu:0.51", "q": 10}, "the scales reach 51/100"),
    ({"windows": "paper", "offset": 1}, "the pattern starts at bit 1")])
def test_hypotheses(values, message):
    with pytest.raises(HypothesisNotMet, match=message):
        check(**{"n": 3, "k": 2, "q": 16, "steps": 2, **values})


def test_without_hypotheses_nothing_is_claimed_of_another_activation():
    report = check(n=3, k=2, q=16, steps=2, activation="zero", without_hypotheses=True)
    assert not report.holds and verdict(report, "conclusion") is Verdict.INCONCLUSIVE


def test_without_a_filter_for_every_pattern_the_steps_that_need_it_do_not_apply():
    report = check(n=3, k=2, q=10, steps=2, init="4,3,3,0", records=4, without_hypotheses=True)
    assert verdict(report, "conclusion") is None and verdict(report, "conserved") is Verdict.VERIFIED


@pytest.mark.parametrize("time", ["0", "-1", "soon", "nan"])
def test_bad_times(time):
    with pytest.raises(ParameterError, match="'time' must be"):
        CLAIM.parameters.from_values({"n": 3, "k": 2, "time": time})


def test_proofs_and_errata():
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED} and len(CLAIM.errata) >= 4
    assert CLAIM.estimate(CLAIM.parameters.from_values(dict(CLAIM.example))).seconds < 60


def test_the_closed_form_that_approaches_the_constant():
    m, s = sympy.symbols("m s", positive=True)
    loss = 1 - m * sympy.sinh(s) / 2
    assert sympy.limit(loss.subs(s, 1 / m), m, sympy.oo) == Fraction(1, 2)
    flow = GradientFlow(LearningProblem(KPattern.parity(1, 1)), (50, 50))
    at = flow.loss(Fraction(1, 50)).enclose(128)
    with ctx.workprec(256):
        assert at.overlaps(1 - 25 * (arb(1) / 50).sinh())


@pytest.mark.parametrize("values", [
    # At rest for long: the enclosures must not be taken for violations.
    {"n": 4, "k": 3, "q": 247, "pattern": "majority", "distribution": "product:-1,1,1,-1/3", "time": "100"},
    {"n": 3, "k": 2, "q": 4, "distribution": "point:4", "time": "100"},
    # Some forces are balls around exactly 0.
    {"n": 5, "k": 3, "q": 57, "windows": "paper", "distribution": "product:0,0,1/2,-1,-1/3"}])
def test_wide_enclosures_refute_nothing(values):
    report = check(**{"steps": 1, "records": 2, **values})
    assert report.verdict is Verdict.VERIFIED, report.sentence


@pytest.mark.parametrize("width, is_wide", [(246, False), (247, True)])
def test_around_the_frozen_width(width, is_wide):
    report = check(n=3, k=3, q=width, steps=1, records=2)
    assert verdict(report, "width") is (Verdict.VERIFIED if is_wide else None)
    assert verdict(report, "frozen") is Verdict.VERIFIED and report.verdict is Verdict.VERIFIED


def test_a_cap_that_a_scale_reaches_is_no_counterexample():
    report = check(n=3, k=2, q=4, steps=1, records=2, activation="clipped_relu:0.6", without_hypotheses=True)
    assert verdict(report, "frozen") is None and report.verdict is not Verdict.REFUTED


def test_the_first_event_is_named(reference):
    # sinh(2ws) = 2 k^(5/2)/m, w = sqrt(k) 2^-k.
    w = math.sqrt(2) / 4
    time = math.asinh(2 * 2**2.5 / 2681) / (2 * w)
    note = reference.step("conclusion").outcome.note
    assert f"a margin reaches 1 is {time:.6f}"[:-1] in note
