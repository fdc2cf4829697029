"""A statement of a paper, as an object that can be checked."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from theorycheck.claims.curve import Curve
from theorycheck.claims.parameters import Parameters
from theorycheck.claims.proof import Proof
from theorycheck.claims.step import Step, StepResult


@dataclass(frozen=True)
class HypothesisResult:
    """Whether a hypothesis is met at an instance (None: not decided), and the witness or the numbers behind it."""

    met: bool | None
    note: str = ""


@dataclass(frozen=True)
class Hypothesis:
    """A condition under which the statement speaks.

    Parameters
    ----------
    name, text : str
        Identifier, and the condition in words and plain formulas.
    check : callable
        Takes the prepared instance, returns a HypothesisResult.
    required : bool
        A required hypothesis that is not met stops the run (HypothesisNotMet) unless it runs without hypotheses; any
        other is marked as not met and the steps decide.
    """

    name: str
    text: str
    check: Callable[[Any], HypothesisResult] = field(repr=False)
    required: bool = False


@dataclass(frozen=True)
class Cost:
    """An estimate of what a run takes, for ``--dry-run``."""

    seconds: float
    bytes: int
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """One statement of a paper with its proof steps.

    Parameters
    ----------
    name, title : str
        Identifier (module, command, test file) and heading.
    statement : str
        The statement in words and plain formulas, as restored.
    source : str
        Paper and number.
    parameters : type
        The Parameters subclass.
    hypotheses, steps : tuple
        In the order of the paper.
    prepare : callable
        ``prepare(parameters, settings)`` returns the instance that hypotheses and steps look at.
    conclude : callable
        ``conclude(instance, results, verdict)`` returns the closing sentence.
    is_vacuous : callable
        ``is_vacuous(instance)``: whether the conclusion says nothing at this instance; asked before the steps run.
    estimate : callable
        ``estimate(parameters)`` returns the Cost without running anything.
    errata : tuple of str
        What is wrong or loose in the paper.
    uses : tuple of str
        Claims this one rests on.
    used_parameters : callable
        ``used_parameters(instance)``: for each used claim the values of its parameters at this instance.  The runner
        checks it there, and its verdict counts as a step; a used claim that is left out is not checked.
    example : mapping
        The parameters of the instance that stands for the claim when all claims are run.
    proofs : callable
        Takes nothing, returns what is proved for all parameters, each certificate checked anew.
    curves : callable, optional
        ``curves(instance)`` returns the curves of a report, asked after the steps ran; the command then takes
        ``--plot``.
    """

    name: str
    title: str
    statement: str
    source: str
    parameters: type[Parameters]
    hypotheses: tuple[Hypothesis, ...]
    steps: tuple[Step, ...]
    prepare: Callable[[Any, Any], Any] = field(repr=False)
    conclude: Callable[[Any, tuple[StepResult, ...], Any], str] = field(repr=False)
    estimate: Callable[[Any], Cost] = field(repr=False)
    is_vacuous: Callable[[Any], bool] = field(default=lambda instance: False, repr=False)
    errata: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    used_parameters: Callable[[Any], Mapping[str, Mapping[str, object]]] = field(default=lambda instance: {},
                                                                                 repr=False)
    example: Mapping[str, object] = field(default_factory=dict)
    proofs: Callable[[], tuple[Proof, ...]] = field(default=tuple, repr=False)
    curves: Callable[[Any], tuple[Curve, ...]] | None = field(default=None, repr=False)
