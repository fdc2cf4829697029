"""A report as HTML, for notebooks."""
from __future__ import annotations

from html import escape

from theorycheck.claims import Report, StepResult
from theorycheck.report.rows import closing, heading, hypothesis_lines, step_row
from theorycheck.rigor import working_precision

_COLOURS = {"PROVED": "#1b7837", "VERIFIED": "#1b7837", "CONSISTENT": "#2166ac", "INCONSISTENT": "#b2182b",
            "REFUTED": "#b2182b", "VACUOUS": "#8c6d1f", "INCONCLUSIVE": "#8c6d1f"}


def report_html(report: Report) -> str:
    """Return ``report`` as one HTML fragment: heading, hypotheses, table of steps, verdict, command."""
    with working_precision(report.precision):
        rows = "".join(_row_html(number, result) for number, result in enumerate(report.results, start=1))
    conditions = "".join(f"<li><b>{word}</b>: {escape(text)}{f' <small>({escape(note)})</small>' if note else ''}</li>"
                         for word, text, note in hypothesis_lines(report))
    head = "".join(f"<th style='text-align:left'>{name}</th>"
                   for name in ("", "step", "computed", "stated", "slack", "evidence", "verdict"))
    return (f"<div class='theorycheck-report'><p><b>{escape(heading(report))}</b></p><ul>{conditions}</ul>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{_coloured(report.verdict.value, closing(report))}</p>"
            f"<p><small>Repeat: <code>{escape(report.command)}</code></small></p></div>")


def _row_html(number: int, result: StepResult) -> str:
    row = step_row(number, result)
    details = "".join(f"<br><small>{escape(note)}</small>" for note in row.notes)
    step = f"{escape(row.title)}<br><code>{escape(row.relation)}</code>{details}"
    numbers = "".join(_cell(escape(number), "white-space:nowrap;padding-right:8px")
                      for number in (row.computed, row.stated, row.slack, row.evidence))
    body = _cell(row.number) + _cell(step) + numbers
    below = "".join("<tr><td></td>" + "<td></td>".join(_cell(f"<small>{escape(text)}</small>") for text in texts)
                    + "<td></td></tr>" for texts in row.alternatives)
    return f"<tr>{body}{_cell(_coloured(row.verdict, row.verdict))}</tr>{below}"


def _cell(content: str, style: str = "") -> str:
    return f"<td style='text-align:left;vertical-align:top{f';{style}' if style else ''}'>{content}</td>"


def _coloured(verdict: str, text: str) -> str:
    return f"<span style='color:{_COLOURS.get(verdict, '#555')};font-weight:bold'>{escape(text)}</span>"
