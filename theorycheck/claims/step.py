"""One relation of a proof, and what checking it found."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from theorycheck.claims.quantity import Quantity, compare
from theorycheck.claims.verdict import Verdict
from theorycheck.rigor import Real, decide


@dataclass(frozen=True)
class Side:
    """One side of a relation.

    Parameters
    ----------
    text : str
        The formula in one line of plain text.
    symbolic : callable, optional
        Takes nothing and returns the sympy expression; a thunk, so that showing a claim's help imports no sympy.
    latex : str
        The formula in LaTeX where there is no expression to print it from.
    """

    text: str
    symbolic: Callable[[], Any] | None = None
    latex: str = ""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What checking a step found at an instance.

    Parameters
    ----------
    verdict : Verdict or None
        None where the step does not apply to the instance (``note`` says why); it then does not count.
    lhs, rhs : Quantity, optional
        The two sides as numbers.
    alternatives : tuple of Quantity
        The same quantity by other means: sharper bounds, the exact value beside the stated one.
    method : str
        How it was decided.
    note : str
        What a reader should know besides.
    counterexample : mapping, optional
        For REFUTED: the witness, name to text.
    """

    verdict: Verdict | None
    lhs: Quantity | None = None
    rhs: Quantity | None = None
    alternatives: tuple[Quantity, ...] = ()
    method: str = ""
    note: str = ""
    counterexample: Mapping[str, str] | None = None

    @property
    def slack(self) -> Real | None:
        """The ratio rhs/lhs where both sides are numbers and lhs is not zero: what the step gives away."""
        if self.lhs is None or self.rhs is None or self.lhs.value is None or self.rhs.value is None:
            return None
        if decide(self.lhs.value, "!=", 0) is not True:
            return None
        return self.rhs.value / self.lhs.value


@dataclass(frozen=True)
class Step:
    """One step ``lhs REL rhs`` of a proof.

    Parameters
    ----------
    name : str
        Identifier within the claim, e.g. ``union_bound``.
    title : str
        What it says, in words.
    lhs, rhs : Side
        The two sides.
    relation : str
        One of ``<``, ``<=``, ``==``, ``>=``, ``>``; empty where the left side is a whole statement.
    check : callable
        Takes the claim's prepared instance, returns an Outcome.
    applies : callable
        Takes the parameters; False leaves the step out of the run (what was not asked for).
    """

    name: str
    title: str
    lhs: Side
    relation: str
    rhs: Side
    check: Callable[[Any], Outcome] = field(repr=False)
    applies: Callable[[Any], bool] = field(default=lambda parameters: True, repr=False)

    @property
    def text(self) -> str:
        """The relation in one line of plain text."""
        return f"{self.lhs.text} {self.relation} {self.rhs.text}".strip()


@dataclass(frozen=True, eq=False)
class StepResult:
    """A step together with its outcome."""

    step: Step
    outcome: Outcome


def relation_outcome(lhs: Quantity, relation: str, rhs: Quantity, *, alternatives: tuple[Quantity, ...] = (),
                     method: str = "", note: str = "", counterexample: Mapping[str, str] | None = None) -> Outcome:
    """Compare two quantities and wrap the verdict; the counterexample is kept only where the relation fails."""
    verdict = compare(lhs, relation, rhs)
    failed = verdict is Verdict.REFUTED
    return Outcome(verdict, lhs, rhs, alternatives, method, note, (counterexample or {}) if failed else None)
