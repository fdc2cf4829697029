"""Running a claim on an instance."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from theorycheck.claims.claim import Claim, Hypothesis, HypothesisResult
from theorycheck.claims.parameters import Parameters
from theorycheck.claims.report import Report
from theorycheck.claims.step import Outcome, Side, Step, StepResult
from theorycheck.claims.verdict import Verdict, conjunction
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError, TheoryCheckError, require_integer
from theorycheck.rigor import working_precision


def _silent(done: int, total: int, title: str) -> None:
    """Show no progress."""


def _unheard(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Settings:
    """What every run has beside its parameters.

    Parameters
    ----------
    seed : int
        The one source of randomness, at least 0.
    precision : int
        Bits at which enclosures begin, 32 to 65536; comparisons refine up to 64 times that.
    threads : int or None
        Worker threads of the kernels; results do not depend on it.
    without_hypotheses : bool
        Run the steps even where a required hypothesis fails.
    progress : callable
        ``progress(done, total, title)``, called before each step.
    notice : callable
        ``notice(text)``, called with what a person should know before a long run: that the conclusion is vacuous.
    """

    seed: int = 0
    precision: int = 128
    threads: int | None = None
    without_hypotheses: bool = False
    progress: Callable[[int, int, str], None] = _silent
    notice: Callable[[str], None] = _unheard

    def __post_init__(self) -> None:
        require_integer("seed", self.seed, minimum=0)
        require_integer("precision", self.precision, minimum=32, maximum=65536)
        if self.threads is not None:
            require_integer("threads", self.threads, minimum=1, maximum=256)
        if not isinstance(self.without_hypotheses, bool):
            raise ParameterError(f"'without_hypotheses' must be True or False, not {self.without_hypotheses!r}.")


def run_claim(claim: Claim, parameters: Parameters, settings: Settings | None = None,
              find: Callable[[str], Claim] | None = None) -> Report:
    """Check every hypothesis and step of ``claim`` at an instance, the claims that it uses first.

    Parameters
    ----------
    claim : Claim
        The statement.
    parameters : Parameters
        An instance of ``claim.parameters``.
    settings : Settings, optional
        Seed, precision and the like.
    find : callable, optional
        Takes the name of a used claim, returns the Claim; :func:`theorycheck.registry.find_claim`.

    Returns
    -------
    Report
        Ctrl-C during a step yields a report whose remaining steps are INCONCLUSIVE; nothing finished is lost.

    Raises
    ------
    HypothesisNotMet
        A required hypothesis fails and ``without_hypotheses`` is not set.
    TheoryCheckError
        ``'theorem4' uses 'lemma6'; pass 'find', so that it can be found.``
    """
    return _Run(settings or Settings(), find).report(claim, parameters)


@dataclass
class _Run:
    """One run with all the claims that it comes to use, each of them checked once at each instance."""

    settings: Settings
    find: Callable[[str], Claim] | None
    used: dict[tuple[str, Parameters], Report] = field(default_factory=dict)

    def report(self, claim: Claim, parameters: Parameters) -> Report:
        """Check a claim at an instance."""
        settings = self.settings
        with working_precision(settings.precision):
            instance = claim.prepare(parameters, settings)
            hypotheses = tuple((hypothesis, hypothesis.check(instance)) for hypothesis in claim.hypotheses)
            _refuse_unmet(claim, hypotheses, settings)
            is_vacuous = claim.is_vacuous(instance)
            if is_vacuous:
                settings.notice(f"{claim.name} is vacuous here: its conclusion says nothing at this instance. Its "
                                "steps are checked all the same.")
            steps = self._used_steps(claim, instance) + tuple(step for step in claim.steps if step.applies(parameters))
            results, interrupted = _run_steps(steps, instance, settings)
            verdicts = [result.outcome.verdict for result in results if result.outcome.verdict is not None]
            verdict = conjunction(verdicts, is_vacuous)
            sentence = claim.conclude(instance, results, verdict)
            curves = () if claim.curves is None else claim.curves(instance)
        return Report(claim, parameters, settings.seed, settings.precision, hypotheses, results, verdict, sentence,
                      settings.without_hypotheses, interrupted, curves)

    def _used_steps(self, claim: Claim, instance: object) -> tuple[Step, ...]:
        steps = []
        for name, values in claim.used_parameters(instance).items():
            if self.find is None or name not in claim.uses:
                reason = "pass 'find', so that it can be found" if name in claim.uses else "it must say so in 'uses'"
                raise TheoryCheckError(f"'{claim.name}' uses '{name}'; {reason}.")
            used = self.find(name)
            steps.append(Step(name, f"Used: {used.title}", Side(f"{name}, checked at this instance"), "", Side(""),
                              partial(self._check_used, used, dict(values))))
        return tuple(steps)

    def _check_used(self, claim: Claim, values: dict[str, object], instance: object) -> Outcome:
        """Run another claim and take over its verdict."""
        def progress(done: int, total: int, title: str) -> None:
            if title:
                self.settings.progress(done, total, f"{claim.name}: {title}")

        parameters = claim.parameters.from_values(values)
        key = (claim.name, parameters)
        if key not in self.used:
            inner = replace(self, settings=replace(self.settings, progress=progress, notice=_unheard))
            try:
                self.used[key] = inner.report(claim, parameters)
            except HypothesisNotMet as error:
                return Outcome(Verdict.INCONCLUSIVE, note=str(error))
        report = self.used[key]
        if report.interrupted:
            raise KeyboardInterrupt
        failed = {"repeat": report.command} if report.verdict is Verdict.REFUTED else None
        return Outcome(report.verdict, method=report.command, note=report.sentence, counterexample=failed)


def _refuse_unmet(claim: Claim, hypotheses: tuple[tuple[Hypothesis, HypothesisResult], ...],
                  settings: Settings) -> None:
    if settings.without_hypotheses:
        return
    for hypothesis, result in hypotheses:
        if hypothesis.required and result.met is not True:
            note = f": {result.note}" if result.note else "."
            raise HypothesisNotMet(f"{claim.name} needs {hypothesis.text}{note} To run the steps all the same: "
                                   "--without-hypotheses (without_hypotheses=True in Python).")


def _run_steps(steps: tuple[Step, ...], instance: object, settings: Settings) -> tuple[tuple[StepResult, ...], bool]:
    results: list[StepResult] = []
    interrupted = False
    try:
        for number, step in enumerate(steps):
            if not interrupted:
                try:
                    settings.progress(number, len(steps), step.title)
                    results.append(StepResult(step, step.check(instance)))
                    continue
                except InstanceTooLarge as error:
                    # The steps that fit are still worth having.
                    results.append(StepResult(step, Outcome(Verdict.INCONCLUSIVE, note=f"declined: {error}")))
                    continue
                except KeyboardInterrupt:
                    interrupted = True
            results.append(StepResult(step, Outcome(Verdict.INCONCLUSIVE, note="interrupted before it was decided")))
    finally:
        # Also before an error, so that its message does not begin behind the progress line.
        settings.progress(len(steps), len(steps), "")
    return tuple(results), interrupted
