from __future__ import annotations

import dataclasses
import io
import json
import os
import shlex
import subprocess
import sys
import types
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sample_claim import SampleParameters, every_verdict, fixed, refuted, sample_claim, step, verified

from theorycheck import __version__, registry
from theorycheck.claims import Count, Curve, Evidence, Outcome, Parameters, Settings, Verdict, option, run_claim
from theorycheck.cli import main
from theorycheck.errors import InstanceTooLarge, ParameterError, TheoryCheckError
from theorycheck.report.json import report_document
from theorycheck.report.text import report_text
from theorycheck.rigor.real import precision_range

ROOT = Path(__file__).resolve().parent.parent
OWN = registry.claim_names()
INSTANCE = ["--n", "5", "--k-bits", "2"]


@pytest.fixture
def command(monkeypatch, capsys):
    """Run ``theorycheck sample …`` in this process: exit code, stdout, stderr; the claim is given by the test."""
    def run(*argv: str, claim=None):
        claim = claim or sample_claim()
        module = types.ModuleType("foreign_claims")
        module.CLAIM = claim
        monkeypatch.setitem(sys.modules, "foreign_claims", module)
        point = EntryPoint(claim.name, "foreign_claims:CLAIM", "theorycheck.claims")
        monkeypatch.setattr(registry, "entry_points", lambda group: [point])
        registry._foreign_entry_points.cache_clear()
        code = main(list(argv))
        return (code, *capsys.readouterr())
    yield run
    monkeypatch.undo()
    registry._foreign_entry_points.cache_clear()


def raises(error):
    def check(*arguments):
        raise error
    return check


def one_line(text: str) -> bool:
    return text.startswith("theorycheck: ") and text.count("\n") == 1 and text.endswith("\n")


@pytest.mark.parametrize("verdict, code", [(Verdict.PROVED, 0), (Verdict.VERIFIED, 0), (Verdict.CONSISTENT, 0),
                                           (Verdict.REFUTED, 1), (Verdict.INCONSISTENT, 1), (Verdict.VACUOUS, 3),
                                           (Verdict.INCONCLUSIVE, 3)])
@pytest.mark.parametrize("style", [[], ["--json"], ["--quiet"], ["--verbose"]])
def test_the_exit_code_says_the_verdict_in_every_style(command, verdict, code, style):
    claim = sample_claim(step("s", fixed(verdict)), vacuous=verdict is Verdict.VACUOUS)
    found, output, errors = command("sample", *INSTANCE, *style, claim=claim)
    assert found == code and verdict.value in output
    assert ("vacuous here" in errors) == (verdict is Verdict.VACUOUS and style != ["--quiet"])
    assert errors == "" or one_line(errors)


def test_a_pipe_gets_the_plain_report(command):
    claim = sample_claim(*every_verdict())
    for flag, verbose in (([], False), (["--verbose"], True)):
        code, output, errors = command("sample", *INSTANCE, *flag, claim=claim)
        report = run_claim(claim, SampleParameters(5, 2))
        assert (code, output, errors) == (1, report_text(report, verbose=verbose) + "\n", "")


def test_json_goes_to_stdout_and_nothing_else_does(command):
    claim = sample_claim(*every_verdict())
    code, output, errors = command("sample", *INSTANCE, "--json", "--seed", "7", claim=claim)
    assert code == 1 and errors == ""
    assert json.loads(output) == report_document(run_claim(claim, SampleParameters(5, 2), Settings(seed=7)))


def test_quiet_is_one_line(command):
    assert command("sample", *INSTANCE, "--quiet") == (0, "VERIFIED: 1 steps, VERIFIED\n", "")


def test_every_parameter_and_setting_reaches_the_run(command):
    seen = []

    def prepare(parameters, settings):
        seen.append((parameters, settings, precision_range()[0]))
    command("sample", "--n=7", "--k-bits", "3", "--delta", "0.25", "--mode", "fancy", "--pattern", "a b", "--seed", "9",
            "--precision", "64", "--threads", "2", "--without-hypotheses", claim=sample_claim(prepare=prepare))
    parameters, settings, bits = seen[0]
    assert parameters == SampleParameters(7, 3, Fraction(1, 4), "fancy", "a b") and bits == 64
    assert (settings.seed, settings.precision, settings.threads, settings.without_hypotheses) == (9, 64, 2, True)


def test_settings_have_their_defaults(command):
    seen = []
    command("sample", *INSTANCE, claim=sample_claim(prepare=lambda parameters, settings: seen.append(settings)))
    assert dataclasses.replace(seen[0], progress=Settings().progress, notice=Settings().notice) == Settings()


@pytest.mark.parametrize("pattern", ["a b", "-x", "it's", "--seed"])
def test_the_printed_command_repeats_the_run(command, pattern):
    claim = sample_claim(*every_verdict())
    first = command("sample", *INSTANCE, f"--pattern={pattern}", "--seed", "3", "--json", claim=claim)[1]
    words = shlex.split(json.loads(first)["command"])
    assert words[:3] == ["python", "-m", "theorycheck"]
    assert command(*words[3:], "--json", claim=claim)[1] == first


@pytest.mark.parametrize("argv, message", [
    ([], "the following arguments are required: COMMAND"), (["nothing"], "'nothing'"), (["--nothing"], "required"),
    (["sample"], "--n"), (["sample", "--n", "5"], "--k-bits"), (["sample", *INSTANCE, "extra"], "extra"),
    (["sample", *INSTANCE, "--nothing", "1"], "--nothing"), (["sample", *INSTANCE, "--prec", "64"], "--prec"),
    (["sample", *INSTANCE, "--json", "--quiet"], "--quiet"), (["sample", "--n"], "--n"),
    (["sample", *INSTANCE, "--pattern", "-x"], "expected one argument; one that begins with a dash needs ="),
    (["sample", *INSTANCE, "--json", "--verbose"], "--verbose"), (["sample", "--n", "5", "--k_bits", "2"], "--k-bits"),
    (["sample", "--n", "3", "--k-bits", "4"], "'k_bits' must be at least 1 and at most n=3, not 4."),
    (["sample", "--n", "0", "--k-bits", "1"], "'n' must be at least 1, not 0."),
    (["sample", "--n", "-5", "--k-bits", "1"], "'n' must be at least 1, not -5."),
    (["sample", "--n", "2.5", "--k-bits", "1"], "'n' must be an integer, not '2.5'."),
    (["sample", "--n", "1e3", "--k-bits", "1"], "'n' must be an integer, not '1e3'."),
    (["sample", "--n", "True", "--k-bits", "1"], "'n' must be an integer, not 'True'."),
    (["sample", "--n", "", "--k-bits", "1"], "'n' must be an integer, not ''."),
    (["sample", "--n", "-" + "9" * 5000, "--k-bits", "1"], "'n' must be at least 1, not a number of more than 4300"),
    (["sample", *INSTANCE, "--delta", "nan"], "'delta' must be a finite number, not nan."),
    (["sample", *INSTANCE, "--delta", "1"], "'delta' must be strictly between 0 and 1, not 1."),
    (["sample", *INSTANCE, "--delta", "1e-999999999"], "'delta' must have an exponent of at most 100000 in size"),
    (["sample", *INSTANCE, "--mode", "odd"], "'mode' must be one of plain, fancy, not 'odd'."),
    (["sample", *INSTANCE, "--pattern", " "], "'pattern' must be a non-empty text"),
    (["sample", *INSTANCE, "--seed", "-1"], "'seed' must be at least 0, not -1."),
    (["sample", *INSTANCE, "--seed", "x"], "'seed' must be an integer, not 'x'."),
    (["sample", *INSTANCE, "--precision", "8"], "'precision' must be at least 32 and at most 65536, not 8."),
    (["sample", *INSTANCE, "--precision", "0"], "'precision' must be at least 32 and at most 65536, not 0."),
    (["sample", *INSTANCE, "--nothing"], "Try: python -m theorycheck sample --help"),
    (["sample", *INSTANCE, "--precision", "1e3"], "'precision' must be an integer, not '1e3'."),
    (["sample", *INSTANCE, "--threads", "0"], "'threads' must be at least 1, not 0."),
    (["show"], "claim"), (["show", "nothing"], f"'claim' must be one of {', '.join(OWN)}, sample, not 'nothing'."),
    (["list", "extra"], "extra")])
def test_bad_use_is_one_line_and_exit_code_2(command, argv, message):
    ran = []
    claim = sample_claim(prepare=lambda *arguments: ran.append(1))
    code, output, errors = command(*argv, claim=claim)
    assert code == 2 and output == "" and message in errors and one_line(errors) and not ran


@pytest.mark.parametrize("error, code", [
    (ParameterError("'x' must be y."), 2), (InstanceTooLarge("needs 9 GiB; n=30 fits."), 4),
    (TheoryCheckError("odd."), 2), (KeyboardInterrupt(), 3), (MemoryError("no room"), 4)])
@pytest.mark.parametrize("style", [[], ["--json"], ["--quiet"]])
def test_errors_on_the_way_are_one_line_and_their_exit_code(command, error, code, style):
    for claim in (sample_claim(prepare=raises(error)), sample_claim(conclude=raises(error))):
        found, output, errors = command("sample", *INSTANCE, *style, claim=claim)
        assert found == code and output == "" and one_line(errors) and str(error) in errors


def test_a_bug_does_not_exit_as_if_something_had_been_refuted(command):
    # Python itself exits with 1 after an uncaught error, and 1 means REFUTED.
    code, output, errors = command("sample", *INSTANCE, claim=sample_claim(step("s", raises(ZeroDivisionError("bug")))))
    assert code not in (0, 1, 3) and output == "" and "ZeroDivisionError: bug" in errors


def test_an_unmet_hypothesis_stops_unless_told_otherwise(command):
    claim = sample_claim(step("s", refuted), met=False, note="Fails at n=5.")
    code, output, errors = command("sample", *INSTANCE, claim=claim)
    assert code == 2 and output == "" and one_line(errors) and "Fails at n=5." in errors
    assert "--without-hypotheses" in errors
    code, output, errors = command("sample", *INSTANCE, "--without-hypotheses", claim=claim)
    assert code == 1 and "NOT MET" in output and "counterexample: z=3" in output and errors == ""


def test_an_interrupted_step_still_reports(command):
    claim = sample_claim(step("a", verified), step("b", raises(KeyboardInterrupt())))
    code, output, errors = command("sample", *INSTANCE, "--json", claim=claim)
    found = json.loads(output)
    assert code == 3 and found["interrupted"] and [entry["verdict"] for entry in found["steps"]] == [
        "VERIFIED", "INCONCLUSIVE"]


def test_a_dry_run_runs_nothing(command):
    claim = sample_claim(step("a", raises(AssertionError())))
    assert command("sample", *INSTANCE, "--dry-run", claim=claim) == (
        0, "sample: about a second and 3 MiB; all small.\n", "")
    assert command("sample", "--n", "3", "--k-bits", "4", "--dry-run", claim=claim)[0] == 2
    assert command("sample", *INSTANCE, "--seed", "-1", "--dry-run", claim=claim)[0] == 2


def test_a_dry_run_reads_what_only_the_instance_can(command):
    assert command("lemma6", "--n", "5", "--k", "2", "--pattern", "zzz", "--dry-run")[0] == 2
    assert command("lemma6", "--n", "5", "--k", "2", "--activation", "gelu", "--dry-run")[0] == 2


def test_a_dry_run_as_json_is_json(command):
    code, output, errors = command("sample", *INSTANCE, "--dry-run", "--json")
    assert code == 0 and errors == "" and {"seconds": 0.5, "bytes": 3 * 2**20}.items() <= json.loads(output).items()


def test_progress_goes_to_a_terminal_on_stderr_only(command, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True
    monkeypatch.setenv("TERM", "xterm-256color")
    for style, expected in (([], True), (["--json"], True), (["--quiet"], False)):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        code, output, _ = command("sample", *INSTANCE, *style)
        assert code == 0 and "\x1b" not in output
        assert ("[1/1] The step verified" in terminal.getvalue()) is expected


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["sample", "--help"], ["list", "--help"], ["show", "-h"],
                                  ["lemma6", "--help"]])
def test_help_returns_zero(command, argv):
    code, output, errors = command(*argv)
    assert code == 0 and output.startswith("usage: python -m theorycheck") and errors == ""


def test_the_help_of_a_claim_comes_from_its_parameters(command):
    output = " ".join(command("sample", "--help")[1].split())
    for part in ("Sample <claim> (Nobody, Lemma 0).", "--n N bits; 100% of them", "--k-bits N window",
                 "--delta P failure probability (default 1/10)", "--mode WORD how (default plain)",
                 "--pattern TEXT pattern -", "--seed N", "--precision BITS", "--threads N", "--dry-run", "--json",
                 "--quiet", "--verbose", "--without-hypotheses", "4 too large"):
        assert part.rstrip(" -") in output, part


def test_the_version(command):
    assert command("--version") == (0, f"theorycheck {__version__}\n", "")


@pytest.mark.parametrize("title", ["at 99% sure", "100%", "99% (at least)"])
def test_a_percent_sign_in_a_title_is_no_format(command, title):
    for argv in (["--help"], ["sample", "--help"]):
        code, output, errors = command(*argv, claim=sample_claim(title=title))
        assert code == 0 and title in " ".join(output.split())


@pytest.mark.parametrize("name", ["list", "show"])
def test_a_claim_named_like_a_command_is_one_line(command, name):
    code, output, errors = command("lemma6", "--n", "3", "--k", "4", claim=sample_claim(name=name))
    assert code == 2 and output == "" and one_line(errors) and f"'{name}'" in errors


def test_a_parameter_named_like_a_setting_is_one_line(command):
    @dataclass(frozen=True)
    class Clash(Parameters):
        seed: int = option(Count(), "clash", 1)
    code, output, errors = command("list", claim=sample_claim(parameters=Clash))
    assert code == 2 and output == "" and one_line(errors) and "seed" in errors


def test_list_and_show(command):
    code, output, errors = command("list")
    assert code == 0 and [line.split()[0] for line in output.splitlines()] == [*OWN, "sample"]
    code, output, errors = command("list", "--json")
    assert code == 0 and [entry["name"] for entry in json.loads(output)] == [*OWN, "sample"]
    code, output, errors = command("show", "sample", claim=sample_claim(prepare=raises(AssertionError())))
    assert code == 0 and output.startswith("Sample <claim>\n==============\n") and errors == ""


@pytest.mark.parametrize("name", OWN)
def test_show_a_claim_of_the_paper(command, name):
    code, output, errors = command("show", name)
    assert code == 0 and "Statement\n" in output and "Steps\n" in output and errors == ""
    assert r"\text{" not in output and output.count("     $") == len(registry.find_claim(name).steps)


@pytest.mark.parametrize("argv", [["definitions", "--n", "4", "--k", "2"], ["lemma6", "--n", "4", "--k", "2"]])
def test_a_claim_of_the_paper_from_end_to_end(command, argv):
    code, output, errors = command(*argv, "--json")
    found = json.loads(output)
    assert code == 0 and found["holds"] and found["claim"] == argv[0] and errors == ""
    assert command(*shlex.split(found["command"])[3:], "--json")[1] == output


def test_main_reads_the_process_arguments(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["theorycheck", "--version"])
    assert main() == 0 and capsys.readouterr().out == f"theorycheck {__version__}\n"


def process(*argv: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "theorycheck", *argv], cwd=ROOT, capture_output=True,
                          env={**os.environ, **environment})


def test_the_module_runs_as_a_command_and_exits_with_the_code():
    done = process("list")
    assert done.returncode == 0 and b"lemma6" in done.stdout and done.stderr == b""
    done = process("lemma6", "--n", "3", "--k", "4")
    assert done.returncode == 2 and done.stdout == b""
    assert done.stderr.decode().splitlines() == ["theorycheck: 'k' must be at least 1 and at most n=3, not 4."]


def test_a_stream_without_unicode_is_no_crash():
    # The report of an irrational number has an ellipsis in it.
    done = process("lemma6", "--n", "4", "--k", "2", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0 and done.stderr == b"" and b"VERIFIED" in done.stdout and done.stdout.isascii()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_left_is_no_error(unbuffered):
    # A small output is still in Python's buffer when main returns: the error would come at exit, with code 120.
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen([sys.executable, "-m", "theorycheck", "list"], cwd=ROOT, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.close()
        errors = child.stderr.read()
        assert child.wait() == 0 and errors == b""


def test_a_reader_that_has_left_does_not_turn_a_refutation_into_success(command, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError
    monkeypatch.setattr(sys, "stdout", Closed())
    code = command("sample", *INSTANCE, claim=sample_claim(step("s", refuted)))[0]
    assert code == 1


@pytest.mark.parametrize("argv, code", [(["--help"], 0), (["list"], 0), (["lemma6", "--n", "4", "--k", "2"], 0),
                                        (["lemma6", "--n", "4", "--k", "2", "--q", "9"], 1), (["show", "x"], 2)])
@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_changes_neither_the_exit_code_nor_the_other_stream(argv, code, closed):
    shell = ["sh", "-c", f'exec "$@" {closed}>&-', "sh"]
    done = subprocess.run([*shell, sys.executable, "-m", "theorycheck", *argv], cwd=ROOT, capture_output=True)
    assert done.returncode == code
    if closed == 1:
        assert done.stdout == b"" and (one_line(done.stderr.decode()) if code == 2 else done.stderr == b"")
    else:
        assert done.stderr == b"" and (done.stdout == b"") == (code == 2)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("argv", [["list"], ["--help"], ["show", "lemma6"], ["definitions", "--n", "2", "--quiet"]])
def test_a_full_disk_is_one_line_and_exit_code_2(argv):
    with open("/dev/full", "wb") as full:
        environment = {**os.environ, "PYTHONUNBUFFERED": ""}
        done = subprocess.run([sys.executable, "-m", "theorycheck", *argv], cwd=ROOT, env=environment, stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == 2 and done.stderr.startswith(b"theorycheck: The output cannot be written: ")
    assert one_line(done.stderr.decode())


def test_a_message_that_cannot_be_written_keeps_its_exit_code(command, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError
    monkeypatch.setattr(sys, "stderr", Closed())
    assert command("sample", "--n", "3", "--k-bits", "4")[0] == 2
    assert command("sample", *INSTANCE, claim=sample_claim(prepare=raises(RuntimeError())))[0] == 5


def test_outcomes_outside_the_event_do_not_count(command):
    claim = sample_claim(step("a", verified), step("b", lambda instance: Outcome(None, note="outside the event")))
    code, output, errors = command("sample", *INSTANCE, claim=claim)
    assert code == 0 and "outside the event" in output


@pytest.fixture
def whole_paper(monkeypatch, capsys):
    """Run ``theorycheck all …`` over claims given by the test."""
    def run(claims, *argv):
        monkeypatch.setattr(registry, "all_claims", lambda: tuple(claims))
        monkeypatch.setattr(registry, "find_claim", {claim.name: claim for claim in claims}.__getitem__)
        return (main(["all", *argv]), *capsys.readouterr())
    return run


EXAMPLE = dict(n=5, k_bits=2)


def test_all_checks_every_claim_at_its_example_and_ends_with_one_table(whole_paper):
    first = sample_claim(example=EXAMPLE)
    second = sample_claim(step("r", refuted), name="other", example=dict(n=7, k_bits=2), uses=("sample",),
                          used_parameters=lambda instance: {"sample": EXAMPLE})
    code, output, errors = whole_paper([first, second])
    table = output.rstrip("\n").split("\n")[-3:]
    assert code == 1 and errors == "" and output.count("Repeat: ") == 2
    assert [line.split()[:3] for line in table] == [["claim", "verdict", "steps"], ["sample", "VERIFIED", "1/1"],
                                                    ["other", "REFUTED", "1/2"]]
    code, output, errors = whole_paper([first, second], "--quiet")
    assert code == 1 and output.count("\n") == 3
    code, output, errors = whole_paper([first, second], "--json")
    assert code == 1 and [report["claim"] for report in json.loads(output)["reports"]] == ["sample", "other"]


def test_all_goes_on_where_one_claim_is_refused(whole_paper):
    large = sample_claim(name="large", example=EXAMPLE, prepare=raises(InstanceTooLarge("needs 9 GiB")))
    unmet = sample_claim(name="unmet", example=EXAMPLE, met=False)
    code, output, errors = whole_paper([large, unmet, sample_claim(example=EXAMPLE)], "--quiet")
    assert code == 4 and "declined: needs 9 GiB" in output and "not checked: unmet needs" in output
    assert output.rstrip("\n").split("\n")[-1].split()[:2] == ["sample", "VERIFIED"]


def test_all_stops_at_an_interrupt_and_still_shows_what_was_done(whole_paper):
    stopped = sample_claim(step("s", raises(KeyboardInterrupt)), name="stopped", example=EXAMPLE)
    code, output, errors = whole_paper([sample_claim(example=EXAMPLE), stopped, sample_claim(name="late")], "--quiet")
    assert code == 3 and "VERIFIED" in output and "INCONCLUSIVE" in output and "late" not in output


@pytest.mark.parametrize("style", ["--quiet", "--json", "--verbose"])
@pytest.mark.parametrize("place", ["prepare", "conclude"])
def test_all_loses_nothing_to_an_interrupt_between_steps(whole_paper, place, style):
    stopped = sample_claim(name="stopped", example=EXAMPLE, **{place: raises(KeyboardInterrupt())})
    code, output, errors = whole_paper([sample_claim(example=EXAMPLE), stopped, sample_claim(name="late")], style)
    assert code == 3 and "VERIFIED" in output and "interrupted before anything was decided" in output
    assert "late" not in output and ("not reached: late" in errors) == (style != "--quiet")


@pytest.mark.parametrize("style", ["--quiet", "--json", "--verbose"])
def test_all_loses_nothing_to_an_error_of_its_own(whole_paper, style):
    broken = sample_claim(step("s", raises(ZeroDivisionError("bug"))), name="broken", example=EXAMPLE)
    full = sample_claim(name="full", example=EXAMPLE, prepare=raises(MemoryError("no room")))
    code, output, errors = whole_paper([broken, full, sample_claim(example=EXAMPLE)], style)
    assert code == 5 and "VERIFIED" in output and "declined: out of memory. no room" in output
    assert "ZeroDivisionError: bug" in errors and "broken: this is an error in theorycheck itself" in errors


def test_all_says_on_a_terminal_which_claim_is_running(whole_paper, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", Terminal())
    whole_paper([sample_claim(example=EXAMPLE)])
    assert "[1/1] sample: The step verified" in sys.stderr.getvalue() and sys.stderr.getvalue().endswith("\x1b[2K")


def test_vacuous_is_said_on_stderr_before_the_run_and_not_when_quiet(command):
    claim = sample_claim(vacuous=True)
    code, output, errors = command("sample", *INSTANCE, claim=claim)
    assert code == 3 and errors.startswith("theorycheck: sample is vacuous here") and one_line(errors)
    assert command("sample", *INSTANCE, "--quiet", claim=claim)[2] == ""


def loss_curve(instance):
    return (Curve("loss", "CNN", "step", "hinge loss", (0.0, 1.0), (1.0, 0.5), Evidence.FLOAT),)


def test_a_claim_with_curves_takes_plot(command, tmp_path):
    picture = tmp_path / "curves.svg"
    claim = sample_claim(step("v", verified), curves=loss_curve)
    code, output, errors = command("sample", *INSTANCE, "--plot", str(picture), claim=claim)
    assert code == 0 and "VERIFIED" in output and f"the curves are in {picture}." in errors
    assert "hinge loss" in picture.read_text()
    assert command("sample", *INSTANCE, "--plot", str(picture), claim=sample_claim())[0] == 2  # no curves, no option


def test_a_picture_that_could_not_be_written_stops_before_the_run(command, tmp_path):
    ran = []
    claim = sample_claim(step("v", lambda instance: ran.append(1) or verified(instance)), curves=loss_curve)
    code, output, errors = command("sample", *INSTANCE, "--plot", str(tmp_path / "curves.gif"), claim=claim)
    assert (code, output, ran) == (2, "", []) and "'plot' must end in .png, .svg or .pdf" in errors


def test_nothing_to_draw_is_said_and_leaves_no_file(command, tmp_path):
    claim = sample_claim(step("v", verified), curves=lambda instance: ())
    code, _, errors = command("sample", *INSTANCE, "--plot", str(tmp_path / "a.png"), claim=claim)
    assert code == 0 and "there is nothing to draw: no curve was finished." in errors and not list(tmp_path.iterdir())
