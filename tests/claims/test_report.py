from __future__ import annotations

import shlex

import pytest
from sample_claim import SampleParameters, every_verdict, fixed, sample_claim, step

from theorycheck.claims import Settings, Verdict, install_html_renderer
from theorycheck.claims import report as report_module
from theorycheck.claims import run_claim
from theorycheck.errors import TheoryCheckError


def sample_report(*steps, parameters=SampleParameters(5, 2), settings=None, **changes):
    return run_claim(sample_claim(*steps, **changes), parameters, settings)


@pytest.mark.parametrize("use", [bool, lambda report: 1 if report else 0, lambda report: not report,
                                 lambda report: report and 1, lambda report: [r for r in [report] if r]])
def test_a_report_is_no_truth_value(use):
    for verdict in (Verdict.VERIFIED, Verdict.REFUTED):
        with pytest.raises(TypeError, match=r"\.holds"):
            use(sample_report(step("s", fixed(verdict))))


@pytest.mark.parametrize("verdict", Verdict)
def test_holds_and_exit_code_are_the_verdict_s(verdict):
    vacuous = verdict is Verdict.VACUOUS
    report = sample_report(step("s", fixed(verdict)), vacuous=vacuous)
    assert report.verdict is verdict and report.holds is verdict.holds and report.exit_code == verdict.exit_code


def test_a_step_is_found_by_its_name():
    report = sample_report(*every_verdict())
    assert report.step("refuted").outcome.counterexample == {"z": "3", "y": "2"}
    with pytest.raises(TheoryCheckError, match="^sample has no step 'x'; its steps are proved, verified, "):
        report.step("x")


def test_the_command_repeats_the_run():
    report = sample_report(settings=Settings(seed=7, precision=64, without_hypotheses=True))
    assert report.command == ("python -m theorycheck sample --n 5 --k-bits 2 --delta 1/10 --mode plain "
                              "--seed 7 --precision 64 --without-hypotheses")


@pytest.mark.parametrize("pattern", ["a b", "$(rm -rf x)", "it's", "a;b", "*", "0x6", "ä|b", '"', "a\\b"])
def test_the_command_survives_a_shell(pattern):
    words = shlex.split(sample_report(parameters=SampleParameters(5, 2, pattern=pattern)).command)
    assert words[words.index("--pattern") + 1] == pattern


@pytest.mark.parametrize("pattern", ["-x", "--seed", "-1 2"])
def test_a_text_that_begins_with_a_dash_is_no_option(pattern):
    words = shlex.split(sample_report(parameters=SampleParameters(5, 2, pattern=pattern)).command)
    assert f"--pattern={pattern}" in words


def test_a_report_is_frozen():
    with pytest.raises(AttributeError):
        sample_report().verdict = Verdict.PROVED


def test_its_representation_is_one_line():
    assert repr(sample_report()) == "<Report sample: VERIFIED. 1 steps, VERIFIED>"


def test_the_notebook_shows_it_by_the_renderer_installed_last(monkeypatch):
    monkeypatch.setattr(report_module, "_HTML", [])
    report = sample_report()
    assert report._repr_html_() is None
    install_html_renderer(lambda shown: "first")
    install_html_renderer(lambda shown: f"<p>{shown.verdict.value}</p>")
    assert report._repr_html_() == "<p>VERIFIED</p>"
