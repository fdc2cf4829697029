"""The separation as a claim: its example, an FCN that learns too, no separation, and Ctrl-C."""
from __future__ import annotations

import re

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet
from theorycheck.report.text import report_text
from theorycheck.statements.separation import CLAIM
from theorycheck.training import planned_runs

VERIFIED, REFUTED, INCONCLUSIVE = Verdict.VERIFIED, Verdict.REFUTED, Verdict.INCONCLUSIVE


SEPARATED = {"n": 8, "k": 4, "q": 64, "steps": 30, "etas": "1,4,16,64"}


def check(seed=0, without_hypotheses=False, **values):
    return run_claim(CLAIM, CLAIM.parameters.from_values(values),
                     Settings(seed=seed, without_hypotheses=without_hypotheses))


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


@pytest.fixture(scope="module")
def example():
    return check(**CLAIM.example)


def test_the_example_is_verified_and_says_what_was_shown(example):
    assert example.verdict is VERIFIED and set(verdicts(example).values()) == {VERIFIED}
    assert "the CNN's loss is at most 1/10 after 5 steps with eta=4" in example.sentence
    for word in ("Exact: the first gradients", "Enclosed: the losses", "Not shown: other step sizes"):
        assert word in example.sentence
    assert "etas=1/4,1,4,16" in report_text(example), "the grid is printed"


def test_an_fcn_that_learns_is_said_to_learn(example):
    # It is slower, not stuck: the paper's words would be wrong here.  How much slower may depend on the processor's
    # way to add up float64 numbers: its path is chaotic for large steps.
    assert re.search(r"the FCN gets there, and stays, after \d\d steps with eta=\S+ \(float64\)", example.sentence)


def test_all_runs_are_kept_as_curves(example):
    assert len({curve.label for curve in example.curves}) == 4 + 4 * 3
    assert {curve.label for curve in example.curves if curve.is_main} == {"CNN", "LCN", "eFCN", "FCN"}


@pytest.mark.parametrize("seed, law", [(1, "uniform"), (2, "gaussian:1/2"), (3, "sparse:3"), (4, "signs/n")])
def test_seeds_and_laws_change_the_start_and_not_the_verdict(seed, law):
    report = check(seed=seed, **SEPARATED, fcn_weights=law)
    assert report.verdict is VERIFIED and f"--fcn-weights {law}" in report.command


def test_an_odd_parity_needs_a_bias():
    values = {"n": 7, "k": 3, "q": 64, "steps": 60, "etas": "1/4,1/2,1,2,8"}
    biased, bare = check(**values), check(**values, fcn_bias=0)
    assert biased.verdict is VERIFIED and "the FCN gets there" in biased.sentence
    # Without biases relu = t/2+|t|/2 has no odd level above 1: the readout's gradient is 0 over every orbit.
    assert bare.step("fcn_readout").outcome.lhs.value.exact == 0 and "does not get there" in bare.sentence


def test_another_pattern_is_compared_by_its_runs_alone():
    report = check(**SEPARATED, pattern="majority")
    assert [verdicts(report)[name] for name in ("fcn_filters", "fcn_readout")] == [None] * 2
    # A majority is no parity: every neuron sees it, and the FCN is as quick.
    assert verdicts(report)["fcn_behind"] is REFUTED and report.exit_code == 1


def test_no_separation_where_there_is_none():
    report = check(n=2, k=1, offset=1, q=2, fcn_neurons=64, etas="1/4", steps=40)
    assert report.verdict is REFUTED and report.exit_code == 1
    assert report.sentence.startswith("no separation at n=2, k=1, q=2, T=40: see ")


def test_too_few_steps_decide_nothing():
    report = check(n=6, k=2, q=8, steps=1, etas="1/100")
    assert report.verdict is INCONCLUSIVE and "the separation is not decided" in report.sentence


def test_an_activation_that_does_not_separate_is_refused():
    with pytest.raises(HypothesisNotMet, match="sigma.1/2. is 0.462"):
        check(n=6, k=2, q=8, activation="tanh")
    report = check(n=6, k=2, q=8, steps=2, activation="tanh", etas="1", without_hypotheses=True)
    assert not report.holds


def test_ctrl_c_keeps_the_finished_runs_and_the_folder_goes_on(tmp_path, monkeypatch):
    values = {**SEPARATED, "save": str(tmp_path)}
    whole = check(**{**values, "save": str(tmp_path / "other")})
    real, calls = planned_runs.measure, []

    def measure(*arguments):
        calls.append(1)
        if len(calls) == 50:
            raise KeyboardInterrupt
        return real(*arguments)
    with monkeypatch.context() as patch:
        patch.setattr(planned_runs, "measure", measure)
        report = check(**values)
    assert report.interrupted and report.verdict is INCONCLUSIVE
    kept = len([path for path in tmp_path.iterdir() if path.is_file()])
    assert f"{kept} finished runs are kept in {tmp_path}" in report.sentence and kept >= 2
    assert verdicts(report)["cnn_reaches"] is VERIFIED and verdicts(report)["fcn_behind"] is INCONCLUSIVE
    assert report.curves
    again = check(**values)
    assert again.sentence == whole.sentence and verdicts(again) == verdicts(whole)


def test_its_cost_is_estimated():
    cost = CLAIM.estimate(CLAIM.parameters.from_values({"n": 16, "k": 4}))
    assert 20 < cost.seconds < 300 and cost.bytes > 2**27
    assert CLAIM.estimate(CLAIM.parameters.from_values(dict(CLAIM.example))).seconds < 10


@pytest.mark.slow
def test_the_paper_size():
    # Two of the ten step sizes and a fifth of the steps: the whole grid is the benchmark's, commands.py separation.
    report = check(n=16, k=4, etas="1,4", steps=60)
    assert report.verdict is VERIFIED and "after 1 step with eta=4" in report.sentence
    assert "the FCN gets there, and stays" in report.sentence
