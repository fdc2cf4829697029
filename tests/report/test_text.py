from __future__ import annotations

import io
import re
from fractions import Fraction

import pytest
from sample_claim import SampleParameters, every_verdict, sample_claim, step, verified

from theorycheck import list_claims
from theorycheck.claims import Cost, Outcome, Quantity, Settings, Verdict, run_claim
from theorycheck.report.text import cost_text, print_report, report_text
from theorycheck.rigor import Real

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def sample_report(*steps, **changes):
    return run_claim(sample_claim(*(steps or every_verdict()), **changes), SampleParameters(5, 2), Settings(seed=3))


def printed(report, stream, **options) -> str:
    print_report(report, stream, **options)
    return stream.getvalue()


def test_plain_text_has_everything_and_no_control_characters():
    text = printed(sample_report(), io.StringIO())
    assert "\x1b" not in text and "\r" not in text and "[green]" not in text
    for verdict in Verdict:
        assert f" {verdict.value}\n" in text
    for part in ("Sample <claim>", "seed=3", "n is even & small", "(n is odd.)",
                 "0.333333333333333… <= 0.5   slack 1.5",
                 "[exact]", "[statistical]", "[float]", "a note with [brackets] & :x: <tags>", "about 0.25",
                 "counterexample: z=3, y=2", "outside the event", "REFUTED: 8 steps, REFUTED",
                 "Repeat: python -m theorycheck sample"):
        assert part in text, part
    assert printed(sample_report(), io.StringIO()) == report_text(sample_report()) + "\n"


def test_every_step_is_numbered_in_order():
    numbers = re.findall(r"^ {2}(\d)[.] The step (\w+)", report_text(sample_report()), re.MULTILINE)
    assert numbers == [(str(i), each.name) for i, each in enumerate(every_verdict(), start=1)]


def test_no_verdict_wraps_on_a_terminal_of_eighty_columns():
    titles = {len(each.title) for claim in list_claims() for each in claim.steps}
    lines = report_text(sample_report(*every_verdict(), step("s", lambda instance: Outcome(Verdict.INCONCLUSIVE),
                                                             title="t" * max(titles)))).splitlines()
    ends = [line for line in lines if re.match(r" +\d+[.] ", line)]
    assert len(ends) == len(every_verdict()) + 1 and max(map(len, ends)) <= 80
    assert len({line.rindex(" ") for line in ends}) == 1


def test_a_long_title_does_not_run_into_the_verdict():
    text = report_text(sample_report(step("s", verified, title="t" * 120)))
    assert "t" * 120 + " VERIFIED\n" in text


@pytest.mark.parametrize("sides, shown", [
    ((Quantity.of(1), None), "     1   [exact]"), ((None, Quantity.of(2)), "     2   [exact]"),
    ((Quantity.of(1), Quantity.of(2)), "     1 <= 2   slack 2   [exact]")])
def test_a_side_without_a_number_leaves_no_dangling_relation(sides, shown):
    text = report_text(sample_report(step("s", lambda instance: Outcome(Verdict.VERIFIED, *sides))))
    assert shown in text.splitlines()


def test_quiet_is_one_line_even_on_a_terminal():
    for stream in (io.StringIO(), Terminal()):
        assert printed(sample_report(), stream, quiet=True) == "REFUTED: 8 steps, REFUTED\n"


def test_verbose_shows_methods_and_more_digits():
    brief, verbose = (report_text(sample_report(), verbose=flag) for flag in (False, True))
    assert "by arithmetic" in verbose and "by arithmetic" not in brief
    assert "1.41421356237309504880168872420…" in verbose and "1.41421356237309…" in brief


@pytest.mark.parametrize("columns", [20, 80, 119])
def test_a_narrow_terminal_gets_the_plain_text(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert printed(sample_report(), Terminal()) == printed(sample_report(), io.StringIO())


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("columns", [120, 160, 300])
def test_the_table_shows_every_verdict_and_every_digit(monkeypatch, columns, verbose):
    monkeypatch.setenv("COLUMNS", str(columns))
    raw = printed(sample_report(), Terminal(), verbose=verbose)
    text = ANSI.sub("", raw)
    assert raw != text and "\x1b" not in text
    for verdict in Verdict:
        assert re.search(rf"│ {verdict.value} *│", text), verdict
    for line in text.splitlines():
        assert len(line) <= columns or line.startswith("Repeat:")
    cells = [cell.strip() for line in text.splitlines() if "│" in line for cell in line.split("│")]
    third, root = (("0." + "3" * 30 + "…", "1.41421356237309504880168872420…") if verbose
                   else ("0.333333333333333…", "1.41421356237309…"))
    for whole in (third, root, "1.5", "[0.25, 0.333334] at 0.99", "about 0.25", "exact", "statistical"):
        assert whole in cells, whole
    for part in ("REFUTED: 8 steps, REFUTED", "Sample <claim>", "seed=3", "met n is even & small (n is odd.)"):
        assert part in text, part


def test_the_table_shows_markup_characters_and_emoji_codes_as_they_are(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    note = r"[red]not markup[/red] [/] :x: :warning: \[ tail\\"
    title = ":key: [bold]t[/bold]"
    report = sample_report(step("s", lambda instance: Outcome(Verdict.VERIFIED, note=note), title=title))
    text = ANSI.sub("", printed(report, Terminal()))
    assert note in text and title in text


def test_brackets_in_numbers_are_no_markup(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    root = Quantity.of(Real(2).sqrt() * Real(2).sqrt())
    text = ANSI.sub("", printed(sample_report(step("s", lambda instance: Outcome(
        Verdict.INCONCLUSIVE, Quantity.of(1), root))), Terminal()))
    assert text.count("[1.9") == 2  # the stated value and the slack


def test_the_closing_line_and_the_command_are_on_the_terminal_too(monkeypatch):
    report = sample_report()
    text = ANSI.sub("", printed(report, Terminal()))
    assert f"Repeat: {report.command}" in text.splitlines()


@pytest.mark.parametrize("cost, text", [
    (Cost(0.5, 3 * 2**20, "all small"), "sample: about a second and 3 MiB; all small."),
    (Cost(0.5, 3 * 2**20, "h=f is derived."), "sample: about a second and 3 MiB; h=f is derived."),
    (Cost(1.49, 0), "sample: about a second and 0 MiB."), (Cost(1.5, 0), "sample: about 2 seconds and 0 MiB."),
    (Cost(119, 2**30), "sample: about 119 seconds and 1,024 MiB."),
    (Cost(120, 2**20), "sample: about 2 minutes and 1 MiB."),
    (Cost(7200, 2**34), "sample: about 2 hours and 16 GiB."), (Cost(10**6, 2**44), "sample: about 12 days and 16 TiB."),
    (Cost(10**9, 2**50), "sample: about 32 years and 1,024 TiB."),
    (Cost(10**30, 4**1000), "sample: more than a million years and more than 10,000 TiB.")])
def test_the_estimate(cost, text):
    claim = sample_claim(estimate=lambda parameters: cost, prepare=None)
    assert cost_text(claim, SampleParameters(5, 2)) == text


def test_the_estimate_is_of_the_instance():
    claim = sample_claim(estimate=lambda parameters: Cost(1, parameters.n * 2**20))
    assert "7 MiB" in cost_text(claim, SampleParameters(7, 2))
    assert Fraction(1, 10) == SampleParameters(7, 2).delta
