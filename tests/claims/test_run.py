from __future__ import annotations

import dataclasses
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


def claims_by_name(**claims):
    """A finder over claims given by name."""
    return lambda name: dataclasses.replace(claims[name], name=name)


def user_of(*names, values=None, **changes):
    """A claim that uses others at n=5, k_bits=2."""
    instance_of = dict.fromkeys(names, values or dict(n=5, k_bits=2))
    return sample_claim(uses=names, used_parameters=lambda instance: instance_of, **changes)


@pytest.mark.parametrize("used, expected", [
    (fixed(Verdict.PROVED), Verdict.VERIFIED), (fixed(Verdict.CONSISTENT), Verdict.CONSISTENT),
    (refuted, Verdict.REFUTED), (fixed(Verdict.INCONSISTENT), Verdict.INCONSISTENT),
    (fixed(Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE)])
def test_the_verdict_of_a_used_claim_counts_as_a_step(used, expected):
    find = claims_by_name(base=sample_claim(step("inner", used)))
    report = run_claim(user_of("base"), INSTANCE, find=find)
    assert report.verdict is expected
    assert [result.step.name for result in report.results] == ["base", "verified"]
    assert report.step("base").outcome.note.startswith("1 steps, ")
    assert report.step("base").step.text == "base, checked at this instance"
    repeat = "python -m theorycheck base --n 5 --k-bits 2 --delta 1/10 --mode plain --seed 0 --precision 128"
    assert report.step("base").outcome.counterexample == ({"repeat": repeat} if used is refuted else None)


def test_a_vacuous_used_claim_holds_in_mid_proof():
    report = run_claim(user_of("base"), INSTANCE, find=claims_by_name(base=sample_claim(vacuous=True)))
    assert report.step("base").outcome.verdict is Verdict.VACUOUS and report.verdict is Verdict.VERIFIED


def test_a_used_claim_is_checked_once_at_each_instance_however_often_it_is_used():
    ran = []
    base = sample_claim(step("s", lambda instance: ran.append(instance.parameters.n) or verified(instance)))
    find = claims_by_name(base=base, left=user_of("base"), right=user_of("base", values=dict(n=7, k_bits=2)))
    claim = dataclasses.replace(user_of("left", "right", "base"), name="top")
    assert run_claim(claim, INSTANCE, find=find).verdict is Verdict.VERIFIED
    assert ran == [5, 7]


def test_a_used_claim_is_given_seed_precision_and_the_leave_to_run_without_hypotheses():
    seen = []
    base = sample_claim(step("s", lambda instance: seen.append(instance.settings) or verified(instance)), met=False)
    settings = Settings(seed=3, precision=200, without_hypotheses=True)
    run_claim(user_of("base"), INSTANCE, settings, claims_by_name(base=base))
    assert (seen[0].seed, seen[0].precision, seen[0].without_hypotheses) == (3, 200, True)


def test_a_used_claim_whose_hypothesis_fails_is_not_decided_and_one_too_large_is_declined():
    def too_large(parameters, settings):
        raise InstanceTooLarge("needs 9 GiB")
    find = claims_by_name(base=sample_claim(met=False), huge=sample_claim(prepare=too_large))
    report = run_claim(user_of("base", "huge"), INSTANCE, find=find)
    assert verdicts(report) == [Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.VERIFIED]
    assert report.step("base").outcome.note.startswith("base needs n is even & small: n is odd.")
    assert report.step("huge").outcome.note == "declined: needs 9 GiB"


def test_using_what_was_not_announced_or_cannot_be_found_is_refused():
    with pytest.raises(TheoryCheckError, match="^'sample' uses 'base'; pass 'find', so that it can be found.$"):
        run_claim(user_of("base"), INSTANCE)
    claim = dataclasses.replace(user_of("base"), uses=())
    with pytest.raises(TheoryCheckError, match="^'sample' uses 'base'; it must say so in 'uses'.$"):
        run_claim(claim, INSTANCE, find=claims_by_name(base=sample_claim()))


def test_an_interrupt_inside_a_used_claim_ends_the_run():
    ran = []
    find = claims_by_name(base=sample_claim(step("a", interrupt)))
    claim = user_of("base", steps=(step("s", lambda instance: ran.append(1) or verified(instance)),))
    report = run_claim(claim, INSTANCE, find=find)
    assert report.interrupted and not ran and verdicts(report) == [Verdict.INCONCLUSIVE] * 2


def test_progress_inside_a_used_claim_names_it_and_does_not_clear_the_line():
    seen = []
    find = claims_by_name(base=sample_claim(step("a", verified, title="First")))
    run_claim(user_of("base"), INSTANCE, Settings(progress=lambda *call: seen.append(call)), find)
    assert seen == [(0, 2, "Used: Sample <claim>"), (0, 1, "base: First"), (1, 2, "The step verified"), (2, 2, "")]


def test_a_vacuous_conclusion_is_said_before_the_steps_run():
    heard = []
    claim = sample_claim(step("s", lambda instance: heard.append("step") or verified(instance)), vacuous=True)
    run_claim(claim, INSTANCE, Settings(notice=heard.append))
    assert heard == ["sample is vacuous here: its conclusion says nothing at this instance. Its steps are checked all "
                     "the same.", "step"]
    run_claim(sample_claim(), INSTANCE, Settings(notice=heard.append))
    assert len(heard) == 2
