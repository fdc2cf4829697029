"""A report as rows of text, for every format alike."""
from __future__ import annotations

from dataclasses import dataclass

from theorycheck.claims import Evidence, Outcome, Quantity, Report, StepResult
from theorycheck.rigor import lower_decimal, nearest_decimal, upper_decimal

_RANK = (Evidence.EXACT, Evidence.ENCLOSED, Evidence.STATISTICAL, Evidence.FLOAT)
DIGITS, MANY_DIGITS = 15, 30
NOT_APPLICABLE = "—"


@dataclass(frozen=True)
class Row:
    """One step as texts: below it its alternatives (label, number, evidence), then its notes."""

    number: str
    title: str
    relation: str
    computed: str
    stated: str
    slack: str
    evidence: str
    verdict: str
    alternatives: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]


def quantity_text(quantity: Quantity | None, digits: int = DIGITS) -> str:
    """Return a quantity's number: its own digits, cut where ``…`` stands; an interval rounded outwards.

    Examples
    --------
    >>> from fractions import Fraction
    >>> quantity_text(Quantity.of(Fraction(2, 3)), 5)
    '0.66666…'
    """
    if quantity is None:
        return ""
    if quantity.interval is not None:
        low, high = quantity.interval
        level = f" at {nearest_decimal(quantity.level)}" if quantity.level is not None else ""
        return f"[{lower_decimal(low, 6)}, {upper_decimal(high, 6)}]{level}"
    if quantity.value is not None:
        return nearest_decimal(quantity.value, digits)
    return "" if quantity.look is None else f"about {quantity.look:.6g}"


def step_row(number: int, result: StepResult, *, verbose: bool = False) -> Row:
    """Return the row of one step; verbose shows more digits and how the step was decided."""
    outcome, digits = result.outcome, MANY_DIGITS if verbose else DIGITS
    slack = None if result.step.relation == "==" else outcome.slack
    alternatives = tuple((quantity.label, quantity_text(quantity, digits), quantity.evidence.value)
                         for quantity in outcome.alternatives)
    return Row(str(number), result.step.title, result.step.text, quantity_text(outcome.lhs, digits),
               quantity_text(outcome.rhs, digits), "" if slack is None else nearest_decimal(slack, 4),
               _evidence(outcome), outcome.verdict.value if outcome.verdict else NOT_APPLICABLE, alternatives,
               _notes(outcome, verbose))


def _evidence(outcome: Outcome) -> str:
    kinds = [side.evidence for side in (outcome.lhs, outcome.rhs) if side is not None]
    return max(kinds, key=_RANK.index).value if kinds else ""


def _notes(outcome: Outcome, verbose: bool) -> tuple[str, ...]:
    lines = []
    if outcome.counterexample:
        lines.append("counterexample: " + ", ".join(f"{name}={text}" for name, text in outcome.counterexample.items()))
    if outcome.note:
        lines.append(outcome.note)
    if verbose and outcome.method:
        lines.append(f"by {outcome.method}")
    return tuple(lines)


def hypothesis_lines(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Return, for each hypothesis, the word met / NOT MET / not decided, the condition and the note."""
    words = {True: "met", False: "NOT MET", None: "not decided"}
    return tuple((words[result.met], hypothesis.text, result.note) for hypothesis, result in report.hypotheses)


def heading(report: Report) -> str:
    """Return the first line: title, source, instance and seed."""
    instance = " ".join(f"{name}={text}" for name, text in report.parameters.texts())
    return f"{report.claim.title} ({report.claim.source}) at {f'{instance}, ' if instance else ''}seed={report.seed}"


def closing(report: Report) -> str:
    """Return the last line: the verdict and the conclusion."""
    interrupted = " Interrupted: steps not reached are INCONCLUSIVE." if report.interrupted else ""
    unmet = [hypothesis.name for hypothesis, result in report.hypotheses if hypothesis.required and not result.met]
    without = f" Run without its hypotheses: {', '.join(unmet)} not met." if unmet else ""
    return f"{report.verdict.value}: {report.sentence}{without}{interrupted}"
