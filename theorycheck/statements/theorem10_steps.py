"""Theorem 10, step by step, for the first T' rounds of a sequence, T' = T among them."""
from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import HypothesisResult, Outcome, Quantity, Settings, Verdict, relation_outcome
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide, nearest_decimal
from theorycheck.statements.training_checks import Comparison, check_all
from theorycheck.statements.training_instance import Training

if TYPE_CHECKING:
    from theorycheck.statements.theorem10 import Theorem10Parameters
    from theorycheck.statements.theorem10_sequences import Prefix
    from theorycheck.training.online import OnlineRun

_CAUCHY = "it is Cauchy and Schwarz's inequality"
_HINGE = "f_t is the hinge of a function linear in u"
# Rounds of the sequence that attains the sharp bound.
_ATTAINING_ROUNDS = 200


class Theorem10(Training):
    """An instance of Theorem 10: a sequence of losses, or a training as one."""

    formulas = ("theorycheck.bounds.theorem10",)
    parameters: Theorem10Parameters

    def __init__(self, parameters: Theorem10Parameters, settings: Settings) -> None:
        super().__init__(parameters, settings)
        if self.is_training and self.separator is None:
            raise ParameterError("'init' must give every sign pattern a filter and 'windows' the pattern's window for "
                                 "'sequence' training, which is compared with Lemma 6's u*.")

    @property
    def is_training(self) -> bool:
        """Whether f_t(u) = L(u, W^(t)) of a trained network."""
        return self.parameters.sequence == "training"

    @cached_property
    def sequence(self) -> OnlineRun:
        """The run on a sequence of its own."""
        from theorycheck.statements.theorem10_sequences import online_run
        return online_run(self.parameters, self.rng, self.settings.precision)

    @cached_property
    def prefixes(self) -> list[Prefix]:
        """The first T' rounds, for the recorded T'."""
        from theorycheck.statements.theorem10_sequences import prefixes_of_sequence, prefixes_of_training
        if self.is_training:
            assert self.separator_squared_norm is not None
            return prefixes_of_training(self.run, self.separator_squared_norm)
        return prefixes_of_sequence(self.sequence, self.parameters.records)

    @property
    def method(self) -> str:
        """How the numbers were computed."""
        return self.run.method if self.is_training else "online gradient descent in rationals"

    def at(self, name: str, prefix: Prefix, **values: Any) -> Real:
        """Evaluate a formula for the first T' rounds."""
        return self.bound(name, **{**prefix.symbols(), **values})


def is_convex(instance: Theorem10) -> HypothesisResult:
    """Whether f_t(θ*) >= f_t(θ_t) + ⟨g_t, θ*-θ_t⟩ in every round, and between the points of the run."""
    if instance.is_training:
        return HypothesisResult(True, "f_t(u) = L(u, W^(t)) is a mean of hinges of functions linear in u.")
    from theorycheck.training.convex_losses import convexity_witness
    run = instance.sequence
    for t, gap in enumerate(run.convexity_gaps, start=1):
        if decide(gap, "<", 0) is True:
            return HypothesisResult(False, f"in round {t} f(theta*) lies below the tangent at theta_t by "
                                           f"{nearest_decimal(-Real(gap))}.")
    points = [*run.points[:4], run.comparator]
    witness = next((t for t, loss in enumerate(run.losses[:50], start=1) if convexity_witness(loss, points)), None)
    if witness is not None:
        return HypothesisResult(False, f"f_{witness} lies below one of its tangents.")
    return HypothesisResult(True, "convex by construction, and above its tangents wherever the run looked.")


def identity(instance: Theorem10) -> Outcome:
    """(1/T) Σ ⟨θ_t-θ*,g_t⟩ = (‖θ_1-θ*‖² - ‖θ_{T+1}-θ*‖²)/(2ηT) + (η/2T) Σ ‖g_t‖², exactly."""
    rows = [Comparison(f"T={prefix.steps}", prefix.regret, instance.at("telescoped", prefix))
            for prefix in instance.prefixes]
    outcome = check_all(rows, "==", names=("mean of <theta_t-theta*,g_t>", "telescoped"), method=instance.method,
                        headline=rows[-1])
    if outcome.verdict is not Verdict.INCONCLUSIVE:
        return outcome
    gap = rows[-1].lhs - rows[-1].rhs
    return Outcome(None, outcome.lhs, outcome.rhs, (Quantity.of(gap, "their difference"),), outcome.method,
                   "balls never confirm an equality; none of these contradicts it, and the next step needs only <=")


def telescoped(instance: Theorem10) -> Outcome:
    """The last distance left out: (1/T) Σ ⟨θ_t-θ*,g_t⟩ <= ‖θ_1-θ*‖²/(2ηT) + (η/2T) Σ ‖g_t‖²."""
    rows = [Comparison(f"T={prefix.steps}", prefix.regret, instance.at("telescoped", prefix, end_square=0))
            for prefix in instance.prefixes]
    return check_all(rows, names=("mean of <theta_t-theta*,g_t>", "without the last distance"), method=instance.method,
                     headline=rows[-1])


def convexity(instance: Theorem10) -> Outcome:
    """(1/T) Σ (f_t(θ_t) - f_t(θ*)) <= (1/T) Σ ⟨θ_t-θ*,g_t⟩."""
    rows = [Comparison(f"T={prefix.steps}", prefix.value - prefix.comparator_value, prefix.regret)
            for prefix in instance.prefixes]
    return check_all(rows, names=("mean regret", "mean of <theta_t-theta*,g_t>"), method=instance.method,
                     argument=_HINGE if instance.is_training else "", headline=rows[-1])


def _check_means(instance: Theorem10, name: str, label: str) -> Outcome:
    others = [other for other in (("stated_bound", "stated"), ("sharp_bound", "with eta/2"),
                                  ("standard_bound", "standard form")) if other[0] != name]
    rows = [Comparison(f"T={prefix.steps}", prefix.value, instance.at(name, prefix),
                       tuple(Quantity.of(instance.at(other, prefix), text) for other, text in others))
            for prefix in instance.prefixes]
    return check_all(rows, names=("mean of f_t(theta_t)", label), method=instance.method, headline=rows[-1])


def standard(instance: Theorem10) -> Outcome:
    """The textbook's form, from the two steps before."""
    return _check_means(instance, "standard_bound", "standard form")


def split(instance: Theorem10) -> Outcome:
    """θ_1 split off: (1/T) Σ ⟨θ_1,g_t⟩ <= ‖θ_1‖ (1/T) Σ ‖g_t‖."""
    rows = [Comparison(f"T={prefix.steps}", prefix.start_product, prefix.start_norm * prefix.norms)
            if prefix.start_norm.exact != 0 else Comparison(f"T={prefix.steps}", Real(0), Real(0))
            for prefix in instance.prefixes]
    return check_all(rows, names=("mean of <theta_1,g_t>", "||theta_1|| mean ||g_t||"), method=instance.method,
                     argument=_CAUCHY, headline=rows[-1])


def shifted(instance: Theorem10) -> Outcome:
    """What is left: (1/T) Σ ⟨θ_t-θ_1-θ*,g_t⟩ <= ‖θ*‖²/(2ηT) + (η/2T) Σ ‖g_t‖², the same run started at 0."""
    rows = []
    for prefix in instance.prefixes:
        bound = instance.at("telescoped", prefix, start_square=prefix.comparator_square, end_square=0)
        exact = instance.at("telescoped", prefix, start_square=prefix.comparator_square,
                            end_square=prefix.shifted_end_square)
        rows.append(Comparison(f"T={prefix.steps}", prefix.regret - prefix.start_product, bound,
                               (Quantity.of(exact, "with the last distance, an equality"),)))
    return check_all(rows, names=("mean of <theta_t-theta_1-theta*,g_t>", "telescoped from 0"), method=instance.method,
                     headline=rows[-1])


def sharp(instance: Theorem10) -> Outcome:
    """The theorem with η/2 in its last term."""
    return _check_means(instance, "sharp_bound", "with eta/2")


def stated(instance: Theorem10) -> Outcome:
    """The theorem as stated."""
    return _check_means(instance, "stated_bound", "stated")


def attained(instance: Theorem10) -> Outcome:
    """η/2 is attained: linear losses, θ_1 = 0, θ* = θ_{T+1}."""
    from fractions import Fraction

    from theorycheck.statements.theorem10_sequences import prefixes_of_sequence
    from theorycheck.training.convex_losses import LinearLoss
    from theorycheck.training.online import online_gradient_descent
    eta = instance.eta.exact or Fraction(1, 10)
    rounds = min(instance.steps, _ATTAINING_ROUNDS)
    run = online_gradient_descent([LinearLoss([1, Fraction(-1, 2)])] * rounds, [0, 0], eta)
    prefix = prefixes_of_sequence(run.against(run.points[-1]), 2)[-1]
    return relation_outcome(
        Quantity.of(prefix.value, "mean of f_t(theta_t)"), "==",
        Quantity.of(instance.at("sharp_bound", prefix, eta=eta), "with eta/2"),
        alternatives=(Quantity.of(instance.at("stated_bound", prefix, eta=eta), "stated"),),
        method="online gradient descent in rationals", counterexample={"T": str(rounds), "eta": str(eta)},
        note=f"f_t(theta) = theta_1 - theta_2/2, start 0, theta* = theta_(T+1), T={rounds}, eta={eta}")


def not_comparable(instance: Theorem10) -> Outcome:
    """Neither the stated nor the standard form is the better one: θ_1=10, f=θ/10, η=T=1, and θ*=0 or 10."""
    from theorycheck.statements.theorem10_sequences import prefixes_of_sequence
    from theorycheck.training.convex_losses import LinearLoss
    from theorycheck.training.online import online_gradient_descent
    run = online_gradient_descent([LinearLoss(["1/10"])], [10], 1)
    far, near = (prefixes_of_sequence(run.against([best]), 2)[-1] for best in (0, 10))
    numbers = {name: instance.at(f"{name}_bound", far, eta=1) for name in ("stated", "sharp", "standard")}
    reverse = [instance.at(f"{name}_bound", near, eta=1) for name in ("stated", "standard")]
    return relation_outcome(
        Quantity.of(numbers["stated"], "stated"), "<", Quantity.of(numbers["standard"], "standard form"),
        alternatives=(Quantity.of(numbers["sharp"], "with eta/2"), Quantity.of(far.value, "true value"),
                      Quantity.of(reverse[0], "theta*=10: stated"),
                      Quantity.of(reverse[1], "theta*=10: standard form")),
        method="online gradient descent in rationals", note="theta_1=10, theta*=0, f=theta/10, eta=T=1")
