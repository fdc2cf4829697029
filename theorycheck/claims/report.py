"""The result of running a claim: data only; the report room formats it."""
from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from theorycheck.claims.claim import Claim, Hypothesis, HypothesisResult
from theorycheck.claims.curve import Curve
from theorycheck.claims.parameters import Parameters
from theorycheck.claims.step import StepResult
from theorycheck.claims.verdict import Verdict
from theorycheck.errors import TheoryCheckError

_HTML: list[Callable[[Report], str]] = []


def install_html_renderer(renderer: Callable[[Report], str]) -> None:
    """Let ``Report._repr_html_`` show reports through ``renderer``; the report room calls this when imported."""
    _HTML[:] = [renderer]


@dataclass(frozen=True, eq=False)
class Report:
    """What a run of a claim found.

    Attributes
    ----------
    claim : Claim
        What was checked.
    parameters : Parameters
        At which instance.
    seed, precision : int
        The seed of every random draw, and the working precision in bits.
    hypotheses : tuple of (Hypothesis, HypothesisResult)
        Which conditions were met.
    results : tuple of StepResult
        Step by step.
    verdict : Verdict
        The conjunction.
    sentence : str
        The conclusion in one line.
    without_hypotheses : bool
        Whether the run went on although a required hypothesis failed.
    interrupted : bool
        Whether Ctrl-C ended the run early; the steps not reached are INCONCLUSIVE.
    curves : tuple of Curve
        What there is to draw.
    """

    claim: Claim
    parameters: Parameters
    seed: int
    precision: int
    hypotheses: tuple[tuple[Hypothesis, HypothesisResult], ...]
    results: tuple[StepResult, ...]
    verdict: Verdict
    sentence: str
    without_hypotheses: bool = False
    interrupted: bool = False
    curves: tuple[Curve, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the verdict is PROVED, VERIFIED or CONSISTENT."""
        return self.verdict.holds

    @property
    def exit_code(self) -> int:
        """The process exit code that says the verdict."""
        return self.verdict.exit_code

    @property
    def command(self) -> str:
        """The command line that repeats this run."""
        words = ["python", "-m", "theorycheck", self.claim.name]
        for name, text in self.parameters.texts():
            option = f"--{name.replace('_', '-')}"
            # A text that begins with a dash would be read as another option.
            words += [f"{option}={text}"] if text.startswith("-") else [option, text]
        words += ["--seed", str(self.seed), "--precision", str(self.precision)]
        return shlex.join(words + ["--without-hypotheses"] * self.without_hypotheses)

    def step(self, name: str) -> StepResult:
        """Return the result of the step called ``name``.

        Raises
        ------
        TheoryCheckError
            ``lemma6 has no step 'x'; its steps are ….``
        """
        for result in self.results:
            if result.step.name == name:
                return result
        names = ", ".join(result.step.name for result in self.results)
        raise TheoryCheckError(f"{self.claim.name} has no step '{name}'; its steps are {names}.")

    def __bool__(self) -> bool:
        raise TypeError("A report is no truth value: it may be VACUOUS or INCONCLUSIVE. Use .holds or .verdict.")

    def __repr__(self) -> str:
        return f"<Report {self.claim.name}: {self.verdict.value}. {self.sentence}>"

    def _repr_html_(self) -> str | None:
        return _HTML[0](self) if _HTML else None
