from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import ctx
from sample_claim import SampleParameters, every_verdict, fixed, refuted, sample_claim, step, verified

from theorycheck.claims import Outcome, Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError, TheoryCheckError
from theorycheck.rigor.real import precision_range

INSTANCE = SampleParameters(5, 2)


def interrupt(instance):
    raise KeyboardInterrupt


def verdicts(report):
    return [result.outcome.verdict for result in report.results]


@pytest.mark.parametrize("changes, message", [
    (dict(seed=-1), "'seed' must be at least 0, not -1."), (dict(seed=True), "'seed' must be an integer"),
    (dict(seed=1.0), "'seed' must be an integer"), (dict(seed=None), "'seed' must be an integer"),
    (dict(precision=31), "'precision' must be at least 32 and at most 65536, not 31."),
    (dict(precision=65537), "'precision' must be at least 32"),
    (dict(precision="128"), "'precision' must be an integer"),
    (dict(threads=0), "'threads' must be at least 1 and at most 256, not 0."),
    (dict(threads=True), "'threads' must be an integer"),
    (dict(without_hypotheses=1), "'without_hypotheses' must be True or False, not 1."),
    (dict(without_hypotheses=None), "'without_hypotheses' must be True or False, not None.")])
def test_settings_are_checked(changes, message):
    with pytest.raises(ParameterError) as caught:
        Settings(**changes)
    assert str(caught.value).startswith(message)


def test_settings_take_numpy_integers_and_the_ends_of_the_range():
    Settings(seed=np.int64(3), precision=32, threads=np.uint8(2))
    Settings(precision=65536)


def test_every_step_gets_its_verdict_in_order():
    report = run_claim(sample_claim(*every_verdict()), INSTANCE)
    assert verdicts(report) == [Verdict.PROVED, Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.INCONSISTENT,
                                Verdict.REFUTED, Verdict.VACUOUS, Verdict.INCONCLUSIVE, None]
    assert report.verdict is Verdict.REFUTED and report.exit_code == 1 and not report.holds


@pytest.mark.parametrize("names, expected", [
    (("proved",), Verdict.PROVED), (("proved", "verified"), Verdict.VERIFIED),
    (("proved", "verified", "consistent"), Verdict.CONSISTENT), (("verified", "inconsistent"), Verdict.INCONSISTENT),
    (("inconclusive", "verified"), Verdict.INCONCLUSIVE), (("inconclusive", "refuted"), Verdict.REFUTED),
    (("verified", "outside"), Verdict.VERIFIED), (("outside",), Verdict.INCONCLUSIVE),
    (("vacuous", "proved"), Verdict.VERIFIED)])
def test_the_report_is_the_conjunction_of_the_steps_that_apply(names, expected):
    steps = {each.name: each for each in every_verdict()}
    assert run_claim(sample_claim(*(steps[name] for name in names)), INSTANCE).verdict is expected


def test_a_vacuous_conclusion_does_not_hide_a_refutation():
    assert run_claim(sample_claim(vacuous=True), INSTANCE).verdict is Verdict.VACUOUS
    assert run_claim(sample_claim(step("r", refuted), vacuous=True), INSTANCE).verdict is Verdict.REFUTED


@pytest.mark.parametrize("met", [False, None])
def test_a_required_hypothesis_that_is_not_known_to_be_met_stops_the_run(met):
    ran = []
    claim = sample_claim(step("s", lambda instance: ran.append(1) or verified(instance)), met=met, note="Fails at n=5.")
    with pytest.raises(HypothesisNotMet, match="^sample needs n is even & small: Fails at n=5. To run the steps all "
                                               "the same: --without-hypotheses .*Python[)][.]$"):
        run_claim(claim, INSTANCE)
    assert not ran
    report = run_claim(claim, INSTANCE, Settings(without_hypotheses=True))
    assert ran and report.without_hypotheses and report.hypotheses[0][1].met is met
    assert report.command.endswith(" --without-hypotheses")


def test_the_message_needs_no_note():
    with pytest.raises(HypothesisNotMet, match="^sample needs n is even & small. To run the steps"):
        run_claim(sample_claim(met=False, note=""), INSTANCE)


@pytest.mark.parametrize("met", [True, False, None])
def test_any_other_hypothesis_is_marked_and_the_steps_decide(met):
    report = run_claim(sample_claim(met=met, required=False), INSTANCE)
    assert report.verdict is Verdict.VERIFIED and report.hypotheses[0][1].met is met


def test_running_without_hypotheses_changes_nothing_where_they_are_met():
    assert run_claim(sample_claim(), INSTANCE, Settings(without_hypotheses=True)).verdict is Verdict.VERIFIED


def test_hypotheses_and_steps_see_what_prepare_made():
    seen = []
    claim = sample_claim(step("s", lambda instance: seen.append(instance) or Outcome(Verdict.VERIFIED)),
                         prepare=lambda parameters, settings: (parameters, settings.seed),
                         conclude=lambda instance, results, verdict: f"{instance[1]} {results[0].step.name} {verdict}")
    report = run_claim(claim, INSTANCE, Settings(seed=7))
    assert seen == [(INSTANCE, 7)] and report.seed == 7 and report.sentence == "7 s Verdict.VERIFIED"


def test_the_working_precision_holds_in_every_part_of_the_run_and_ends_with_it():
    seen = []

    def note(answer):
        return lambda *arguments: seen.append(precision_range()[0]) or answer
    claim = sample_claim(step("s", note(Outcome(Verdict.VERIFIED))), prepare=note(None), conclude=note("done"),
                         is_vacuous=note(False))
    before = ctx.prec
    assert run_claim(claim, INSTANCE, Settings(precision=300)).precision == 300
    assert seen == [300] * 4 and precision_range()[0] == 128 and ctx.prec == before


def test_an_interrupt_keeps_the_finished_steps():
    claim = sample_claim(step("a", verified), step("b", interrupt), step("c", verified))
    report = run_claim(claim, INSTANCE)
    assert report.interrupted and verdicts(report) == [Verdict.VERIFIED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE]
    assert report.verdict is Verdict.INCONCLUSIVE and report.exit_code == 3
    assert report.step("a").outcome.rhs.value.exact == Fraction(1, 2)
    assert report.step("c").outcome.note == "interrupted before it was decided"


def test_an_interrupt_after_a_refutation_still_refutes():
    report = run_claim(sample_claim(step("a", refuted), step("b", interrupt)), INSTANCE)
    assert report.interrupted and report.verdict is Verdict.REFUTED and report.exit_code == 1


def test_an_interrupt_while_progress_is_shown_loses_nothing_either():
    def progress(done, total, title):
        if done == 1:
            raise KeyboardInterrupt
    report = run_claim(sample_claim(step("a", verified), step("b", verified)), INSTANCE, Settings(progress=progress))
    assert report.interrupted and verdicts(report) == [Verdict.VERIFIED, Verdict.INCONCLUSIVE]


def test_nothing_runs_after_an_interrupt():
    ran = []
    claim = sample_claim(step("a", interrupt), step("b", lambda instance: ran.append(1) or verified(instance)))
    run_claim(claim, INSTANCE)
    assert not ran


def test_progress_is_told_before_each_step_and_cleared_at_the_end():
    seen = []
    claim = sample_claim(step("a", verified, title="First"), step("b", fixed(None), title="Second"))
    run_claim(claim, INSTANCE, Settings(progress=lambda *call: seen.append(call)))
    assert seen == [(0, 2, "First"), (1, 2, "Second"), (2, 2, "")]


def test_an_error_in_a_step_is_not_swallowed_and_clears_the_progress():
    def broken(instance):
        raise TheoryCheckError("no such column")
    seen = []
    with pytest.raises(TheoryCheckError, match="no such column"):
        run_claim(sample_claim(step("a", broken), step("b", verified)), INSTANCE,
                  Settings(progress=lambda *call: seen.append(call)))
    assert seen[-1] == (2, 2, "")


def test_a_step_that_is_too_large_is_declined_and_the_others_run():
    def too_large(instance):
        raise InstanceTooLarge("needs 9 GiB")
    report = run_claim(sample_claim(step("a", too_large), step("b", verified)), INSTANCE)
    assert [result.outcome.verdict for result in report.results] == [Verdict.INCONCLUSIVE, Verdict.VERIFIED]
    assert report.step("a").outcome.note == "declined: needs 9 GiB" and report.verdict is Verdict.INCONCLUSIVE
