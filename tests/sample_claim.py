"""A tiny claim with one step of every kind, for the tests of claims, report, registry and the command line."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from flint import arb

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, HypothesisResult, Level, Outcome, Parameters,
                                Quantity, Side, Step, Text, Verdict, option, relation_outcome)
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real


@dataclass(frozen=True)
class SampleParameters(Parameters):
    """Two integers, a level, a word and a text."""

    n: int = option(Count(), "bits; 100% of them")
    k_bits: int = option(Count(), "window")
    delta: Fraction = option(Level(), "failure probability", Fraction(1, 10))
    mode: str = option(Choice(("plain", "fancy")), "how", "plain")
    pattern: str | None = option(Text(), "pattern", None)

    def validate(self) -> None:
        """The window fits."""
        if self.k_bits > self.n:
            raise ParameterError(f"'k_bits' must be at least 1 and at most n={self.n}, not {self.k_bits}.")


def step(name: str, check: Any, title: str = "", relation: str = "<=") -> Step:
    """A step with plain sides."""
    return Step(name, title or f"The step {name}", Side("a"), relation, Side("b"), check)


def verified(instance: Any) -> Outcome:
    """1/3 <= 1/2."""
    return relation_outcome(Quantity.of(Fraction(1, 3), "third"), "<=", Quantity.of(Fraction(1, 2), "half"),
                            alternatives=(Quantity.of(Real(lambda: arb(2).sqrt()), "root <of> two"),),
                            method="arithmetic", note="a note with [brackets] & :x: <tags>")


def refuted(instance: Any) -> Outcome:
    """1 <= 1/2 fails at z=3."""
    return relation_outcome(Quantity.of(1), "<=", Quantity.of(Fraction(1, 2)), counterexample={"z": "3", "y": "2"})


def statistical(low: Fraction, high: Fraction) -> Any:
    """[low, high] <= 1/2, at confidence 99 %."""
    def check(instance: Any) -> Outcome:
        seen = Quantity.statistical(low, high, Fraction(99, 100), "seen")
        return relation_outcome(seen, "<=", Quantity.of(Fraction(1, 2)))
    return check


def floating(instance: Any) -> Outcome:
    """A float decides nothing."""
    return relation_outcome(Quantity.floating(0.25, "look"), "<=", Quantity.of(1))


def fixed(verdict: Verdict | None, note: str = "") -> Any:
    """A step whose check answers ``verdict``."""
    return lambda instance: Outcome(verdict, note=note)


def every_verdict() -> tuple[Step, ...]:
    """Steps that between them give all seven verdicts and one that does not apply."""
    return (step("proved", fixed(Verdict.PROVED)), step("verified", verified),
            step("consistent", statistical(Fraction(1, 4), Fraction(1, 3))),
            step("inconsistent", statistical(Fraction(3, 4), Fraction(4, 5))), step("refuted", refuted),
            step("vacuous", fixed(Verdict.VACUOUS)), step("inconclusive", floating),
            step("outside", fixed(None, "outside the event")))


def sample_claim(*steps: Step, met: bool | None = True, required: bool = True, note: str = "n is odd.",
                 vacuous: bool = False, **changes: Any) -> Claim:
    """A claim with ``steps`` (default: one verified) and one hypothesis."""
    fields: dict[str, Any] = dict(
        name="sample", title="Sample <claim>", statement="One third is at most one half.", source="Nobody, Lemma 0",
        parameters=SampleParameters, steps=steps or (step("verified", verified),),
        hypotheses=(Hypothesis("even", "n is even & small", lambda instance: HypothesisResult(met, note), required),),
        prepare=lambda parameters, settings: SimpleNamespace(parameters=parameters, settings=settings),
        conclude=lambda instance, results, verdict: f"{len(results)} steps, {verdict.value}",
        estimate=lambda parameters: Cost(0.5, 3 * 2**20, "all small"), is_vacuous=lambda instance: vacuous,
        errata=("The half is loose.",))
    return Claim(**{**fields, **changes})
