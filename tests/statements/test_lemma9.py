"""Lemma 9 as a whole: it holds, it is VACUOUS where its bound reaches 1, and REFUTED when it is scaled down."""
import importlib

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet
from theorycheck.rigor import decide
from theorycheck.statements.lemma8 import CLAIM as LEMMA8
from theorycheck.statements.lemma9 import CLAIM

VERIFIED, REFUTED, VACUOUS = Verdict.VERIFIED, Verdict.REFUTED, Verdict.VACUOUS
# One filter and one point: a fixed u* of one sign sees the filter grow, and nothing hides it.
POINT = {"n": 4, "k": 2, "q": 1, "distribution": "point:0", "pattern": "0x0", "eta": "1/50", "steps": 6,
         "activation": "relu"}


def check(seed=0, without_hypotheses=False, **values):
    parameters = CLAIM.parameters.from_values(values or dict(CLAIM.example))
    return run_claim(CLAIM, parameters, Settings(seed, without_hypotheses=without_hypotheses),
                     {"lemma8": LEMMA8}.__getitem__)


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def test_the_example_is_verified_and_uses_lemma_8_at_the_same_instance():
    report = check()
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED}
    assert list(verdicts(report))[0] == "lemma8" and len(verdicts(report)) == 8
    assert "lemma8 --n 3 --k 2 --q 512 --steps 50" in report.step("lemma8").outcome.method


def test_the_conclusion_shows_lemma_6s_readout_at_the_end():
    outcome = check().step("stated_change").outcome
    assert "t=50, Lemma 6's u*" in outcome.note and decide(outcome.lhs.value, "==", 0)
    assert [quantity.label for quantity in outcome.alternatives] == ["L(u*,W^(0))", "L(u*,W^(t))", "sharp bound"]


@pytest.mark.parametrize("q, verdict", [(40, VACUOUS), (48, VERIFIED)])
def test_vacuous_where_the_bound_for_the_separator_reaches_one(q, verdict):
    # The bound is c eta^2 T^2 n k sqrt(q) ||u*|| = 72/q * (16/25) at n=3, k=2, q divisible by 4: 1 at q=46.08.
    eta = {"eta": "2/25", "steps": 10} if q else {}
    report = check(n=3, k=2, q=q, **eta, init=",".join([str(q // 4)] * 4))
    assert CLAIM.is_vacuous(CLAIM.prepare(report.parameters, Settings())) is (report.verdict is VACUOUS)


@pytest.mark.parametrize("values", [
    {"n": 4, "k": 3, "q": 3000, "activation": "relu", "steps": 10}, {"n": 4, "k": 2, "q": 3, "steps": 10},
    {"n": 4, "k": 2, "q": 2000, "activation": "tanh", "steps": 10}, {"n": 1, "k": 1, "q": 1, "steps": 3},
    {"n": 4, "k": 2, "q": 2000, "activation": "abs", "steps": 10, "distribution": "product:1/3"},
    {"n": 4, "k": 3, "q": 4000, "activation": "clipped_relu:1/3", "distribution": "point:5", "steps": 10},
    {"n": 5, "k": 2, "q": 64, "windows": "paper", "offset": 3, "pattern": "random", "steps": 10},
    {"n": 12, "k": 2, "q": 4000, "init": "paper", "steps": 5}], ids=str)
def test_it_holds_for_all_kinds_of_instances(values):
    assert check(seed=2, **values).verdict in (VERIFIED, VACUOUS)


# Negative controls.

@pytest.mark.parametrize("module, name, step, divisor", [
    ("lemma8", "filter_move_bound", "distance", 4), ("lemma9", "sharp_loss_change_bound", "sharp_change", 4),
    ("lemma9", "loss_change_bound", "stated_change", 40), ("lemma9", "norm_1_bound", "one_norm", 2)])
def test_a_bound_scaled_down_is_noticed(monkeypatch, module, name, step, divisor):
    formulas = importlib.import_module(f"theorycheck.bounds.{module}")
    original = getattr(formulas, name)
    if name == "norm_1_bound":
        # The step forms the root itself, so that it stays exact: break the 1-norm instead.
        from theorycheck.statements.lemma9_comparators import Comparator
        monkeypatch.setattr(Comparator, "window_squares", lambda self: [self.norm_1 * 0])
    else:
        monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) / divisor)
    report = check(**POINT)
    assert verdicts(report)[step] is REFUTED and report.verdict is REFUTED


def test_a_constant_that_the_activation_exceeds_is_refused_then_refuted():
    case = {**POINT, "c": "1/8"}
    with pytest.raises(HypothesisNotMet, match="lemma9 needs .sigma. <= c"):
        check(**case)
    report = check(without_hypotheses=True, **case)
    assert report.verdict is REFUTED
    assert verdicts(report)["lemma8"] is verdicts(report)["sharp_change"] is verdicts(report)["distance"] is REFUTED


def test_everything_is_proved_and_estimated():
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED}
    assert CLAIM.estimate(CLAIM.parameters.from_values(dict(CLAIM.example))).seconds < 20
