"""A report as text: a rich table on a terminal, plain lines in a pipe."""
from __future__ import annotations

from shutil import get_terminal_size
from typing import TextIO

from theorycheck.claims import Claim, Parameters, Report
from theorycheck.report.rows import Row, closing, heading, hypothesis_lines, step_row
from theorycheck.rigor import working_precision

_STYLES = {"PROVED": "bold green", "VERIFIED": "green", "CONSISTENT": "cyan", "INCONSISTENT": "bold red",
           "REFUTED": "bold red", "VACUOUS": "yellow", "INCONCLUSIVE": "yellow"}
# Below this a table would cut its numbers or lose its verdicts.
_TABLE_WIDTH = 120
# Where the verdicts of the plain text begin: the longest of them still ends within 80 columns.
_VERDICT_COLUMN = 68


def print_report(report: Report, stream: TextIO, *, quiet: bool = False, verbose: bool = False) -> None:
    """Write ``report`` to ``stream``: only the verdict if quiet, a table on a wide terminal, else plain text."""
    with working_precision(report.precision):
        if quiet:
            print(closing(report), file=stream)
        elif stream.isatty() and get_terminal_size().columns >= _TABLE_WIDTH:
            _print_rich(report, stream, verbose)
        else:
            print(report_text(report, verbose=verbose), file=stream)


def report_text(report: Report, *, verbose: bool = False) -> str:
    """Return ``report`` as plain text."""
    lines = [heading(report), ""] + (["Hypotheses"] if report.hypotheses else [])
    lines += [f"  {word:<11} {text}" + (f"   ({note})" if note else "")
              for word, text, note in hypothesis_lines(report)]
    lines += ["", "Steps"] if report.hypotheses else ["Steps"]
    for number, result in enumerate(report.results, start=1):
        lines += _plain_row(step_row(number, result, verbose=verbose), result.step.relation)
    lines += ["", closing(report), f"Repeat: {report.command}"]
    return "\n".join(lines)


def _plain_row(row: Row, relation: str) -> list[str]:
    lines = [f"{row.number:>3}. {row.title}".ljust(_VERDICT_COLUMN - 1) + f" {row.verdict}", f"     {row.relation}"]
    if row.computed or row.stated:
        both = row.computed and row.stated
        numbers = f"{row.computed} {relation} {row.stated}" if both else row.computed or row.stated
        slack = f"   slack {row.slack}" if row.slack else ""
        lines.append(f"     {numbers}{slack}   [{row.evidence}]")
    lines += [f"       - {label}: {number} ({evidence})" for label, number, evidence in row.alternatives]
    return lines + [f"       - {note}" for note in row.notes]


def _print_rich(report: Report, stream: TextIO, verbose: bool) -> None:
    # Text objects throughout: rich would read a bracket or a :word: of a plain string as markup.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
    console = Console(file=stream, highlight=False)
    console.print(Text(heading(report), "bold"))
    for word, text, note in hypothesis_lines(report):
        style = "green" if word == "met" else "yellow"
        console.print(Text.assemble("  ", (word, style), f" {text}", (f" ({note})" if note else "", "dim")))
    table = Table()
    for name in ("", "step", "computed", "stated", "slack", "evidence", "verdict"):
        table.add_column(name, overflow="fold", no_wrap=name != "step")
    for number, result in enumerate(report.results, start=1):
        row = step_row(number, result, verbose=verbose)
        step = Text.assemble(row.title, "\n", (row.relation, "italic"), *((f"\n{note}", "dim") for note in row.notes))
        table.add_row(row.number, step, *map(Text, (row.computed, row.stated, row.slack, row.evidence)),
                      Text(row.verdict, _STYLES.get(row.verdict, "dim")))
        for label, value, evidence in row.alternatives:
            table.add_row(*(Text(part, "dim") for part in ("", label, "", value, "", evidence, "")))
        table.add_section()
    console.print(table)
    console.print(Text(closing(report), _STYLES[report.verdict.value]))
    console.print(Text(f"Repeat: {report.command}", "dim"), soft_wrap=True)


def cost_text(claim: Claim, parameters: Parameters) -> str:
    """Return the estimate of time and memory of a run, without running it."""
    cost = claim.estimate(parameters)
    note = f"; {cost.note.rstrip('.')}" if cost.note else ""
    return f"{claim.name}: {_duration(cost.seconds)} and {_size(cost.bytes)}{note}."


def _duration(seconds: float) -> str:
    if seconds < 1.5:
        return "about a second"
    for unit, size, limit in (("seconds", 1, 120), ("minutes", 60, 120), ("hours", 3600, 48), ("days", 86400, 1000)):
        if seconds < limit * size:
            return f"about {seconds / size:,.0f} {unit}"
    years = seconds / (365 * 86400)
    return f"about {years:,.0f} years" if years < 10**6 else "more than a million years"


def _size(count: int) -> str:
    for unit, power in (("MiB", 20), ("GiB", 30), ("TiB", 40)):
        if count < 10000 << power:
            return f"{count / 2**power:,.0f} {unit}"
    return "more than 10,000 TiB"
