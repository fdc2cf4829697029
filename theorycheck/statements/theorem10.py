"""Theorem 10: online gradient descent.

For convex f_t and θ_{t+1} = θ_t - η∇f_t(θ_t), for every θ*,
(1/T)Σf_t(θ_t) <= (1/T)Σf_t(θ*) + ‖θ*‖²/(2ηT) + ‖θ_1‖(1/T)Σ‖∇f_t(θ_t)‖ + η(1/T)Σ‖∇f_t(θ_t)‖².

The sequence is drawn from the seed and run in rationals, or it is the training of a network: f_t(u) = L(u, W^(t)),
with θ_1 = 0 and Lemma 6's u* for θ*, which is how Theorem 4 uses this theorem.  Each step is checked for several
T' <= T.  The theorem is never vacuous: for a sequence of convex losses nothing else bounds the mean.
"""
from __future__ import annotations

from dataclasses import dataclass

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, Proof, Side, Step, StepResult, Text, Verdict,
                                option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate
from theorycheck.rigor import exact_rational, nearest_decimal
from theorycheck.statements import theorem10_steps
from theorycheck.statements.theorem10_steps import Theorem10
from theorycheck.statements.training_checks import training_cost
from theorycheck.statements.training_instance import TrainingParameters

SEQUENCES = ("mixed", "linear", "random", "absolute", "hinge", "quadratic", "training", "concave")
# Numbers of a sequence of its own: its points and gradients are all held, as rationals.
_MOST_NUMBERS = 10**6


@dataclass(frozen=True)
class Theorem10Parameters(TrainingParameters):
    """A sequence of losses; what describes a trained network is read where the sequence is its training."""

    n: int = option(Count(), "dimension of the cube, of a training", 3)
    k: int = option(Count(), "number of bits of the pattern, of a training", 2)
    sequence: str = option(Choice(SEQUENCES, metavar="NAME"), "linear (one loss again and again: sharp), random "
                           "(linear losses), absolute, hinge, quadratic, mixed, training, or concave, which the "
                           "theorem does not allow", "mixed")
    dimension: int | None = option(Count(), "number of entries of theta (default: those given, else 3)", None)
    start: str = option(Text(metavar="X,…"), "theta_1: numbers, one for all entries, or random", "random")
    comparator: str = option(Text(metavar="X,…"), "theta*: numbers, random, or last for theta_(T+1)", "random")
    weights: str | None = option(Text(metavar="X,…"), "the gradient of linear (default: drawn)", None)

    def validate(self) -> None:
        super().validate()
        if self.sequence != "training" and self.eta == "paper":
            # The paper's step size belongs to the training; filled in, so that the report says what was run.
            object.__setattr__(self, "eta", "1/10")
        sizes = {}
        for name in ("start", "comparator", "weights"):
            text = getattr(self, name)
            if text is not None and text not in (("random", "last") if name == "comparator" else ("random",)):
                sizes[name] = len([exact_rational(part, name) for part in text.split(",")])
        if self.dimension is None:
            object.__setattr__(self, "dimension", max([size for size in sizes.values()], default=3))
        for name, size in sizes.items():
            if size not in (1, self.dimension):
                raise ParameterError(f"'{name}' must have 1 or {self.dimension} entries, not {size}.")
        if self.weights is not None and self.sequence != "linear":
            raise ParameterError(f"'weights' must be left out for 'sequence' {self.sequence}.")
        numbers = (self.steps or 0) * (self.dimension or 0)
        if self.sequence != "training" and numbers > _MOST_NUMBERS:
            raise InstanceTooLarge(f"'steps' times 'dimension' must be at most {_MOST_NUMBERS}, not {numbers}.")


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: Theorem10.formula(name), latex)


def _conclude(instance: Theorem10, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"T={instance.steps} rounds, eta={abbreviate(instance.parameters.eta)}, {instance.parameters.sequence}"
    if not verdict.holds:
        word = "fails" if verdict is Verdict.REFUTED else "is not decided"
        seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
        return f"Theorem 10 {word} at {at}: see {seen}."
    last = instance.prefixes[-1]
    numbers = {name: nearest_decimal(instance.at(f"{name}_bound", last)) for name in ("stated", "sharp", "standard")}
    return (f"Theorem 10 holds at {at}: the mean is {nearest_decimal(last.value)}, stated {numbers['stated']}, with "
            f"eta/2 {numbers['sharp']}, standard form {numbers['standard']}.")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.propositions import checked_proofs
    from theorycheck.bounds.theorem10_proofs import PROPOSITIONS, certificate
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: Theorem10Parameters) -> Cost:
    if parameters.sequence == "training":
        return training_cost(parameters)
    numbers = (parameters.steps or 0) * (parameters.dimension or 0)
    return Cost(0.8 + 2e-5 * numbers * min(parameters.records, parameters.steps or 1), 2**27 + 2**10 * numbers)


_MEAN = ("(1/T) sum f_t(theta_t)", r"\tfrac1T \sum_t f_t(\theta_t)")
_REGRET = ("(1/T) sum <theta_t-theta*, g_t>", r"\tfrac1T \sum_t \langle\theta_t-\theta^*, g_t\rangle")

CLAIM = Claim(
    name="theorem10",
    title="Theorem 10: online gradient descent",
    source="MS21, Theorem 10",
    statement=("For convex f_t, theta_(t+1) = theta_t - eta*grad f_t(theta_t) and every theta*: (1/T) sum "
               "f_t(theta_t) <= (1/T) sum f_t(theta*) + ||theta*||^2/(2*eta*T) + ||theta_1|| (1/T) sum "
               "||grad f_t(theta_t)|| + eta (1/T) sum ||grad f_t(theta_t)||^2."),
    parameters=Theorem10Parameters,
    hypotheses=(Hypothesis("convex", "every f_t convex", theorem10_steps.is_convex, required=True),),
    steps=(
        Step("identity", "The squared distances telescope",
             _side(_REGRET[0], latex=_REGRET[1]), "==",
             _side("(||theta_1-theta*||^2-||theta_(T+1)-theta*||^2)/(2*eta*T) + (eta/2T) sum ||g_t||^2", "telescoped"),
             theorem10_steps.identity),
        Step("telescoped", "The last distance left out",
             _side(_REGRET[0], latex=_REGRET[1]), "<=",
             _side("||theta_1-theta*||^2/(2*eta*T) + (eta/2T) sum ||g_t||^2",
                   latex=r"\tfrac{\lVert\theta_1-\theta^*\rVert^2}{2\eta T} + \tfrac{\eta}{2T}\sum_t "
                         r"\lVert g_t\rVert^2"),
             theorem10_steps.telescoped),
        Step("convexity", "Convexity",
             _side("(1/T) sum (f_t(theta_t)-f_t(theta*))", latex=r"\tfrac1T \sum_t (f_t(\theta_t)-f_t(\theta^*))"),
             "<=", _side(_REGRET[0], latex=_REGRET[1]), theorem10_steps.convexity),
        Step("standard", "The standard form",
             _side(_MEAN[0], latex=_MEAN[1]), "<=",
             _side("(1/T) sum f_t(theta*) + ||theta_1-theta*||^2/(2*eta*T) + (eta/2T) sum ||g_t||^2", "standard_bound"),
             theorem10_steps.standard),
        Step("split", "theta_1 split off",
             _side("(1/T) sum <theta_1, g_t>", latex=r"\tfrac1T \sum_t \langle\theta_1, g_t\rangle"), "<=",
             _side("||theta_1|| (1/T) sum ||g_t||", latex=r"\lVert\theta_1\rVert\, \tfrac1T \sum_t \lVert g_t\rVert"),
             theorem10_steps.split),
        Step("shifted", "The same run started at 0",
             _side("(1/T) sum <theta_t-theta_1-theta*, g_t>",
                   latex=r"\tfrac1T \sum_t \langle\theta_t-\theta_1-\theta^*, g_t\rangle"), "<=",
             _side("||theta*||^2/(2*eta*T) + (eta/2T) sum ||g_t||^2",
                   latex=r"\tfrac{\lVert\theta^*\rVert^2}{2\eta T} + \tfrac{\eta}{2T}\sum_t \lVert g_t\rVert^2"),
             theorem10_steps.shifted),
        Step("sharp", "The theorem with eta/2",
             _side(_MEAN[0], latex=_MEAN[1]), "<=",
             _side("(1/T) sum f_t(theta*) + ||theta*||^2/(2*eta*T) + ||theta_1|| (1/T) sum ||g_t|| + (eta/2T) sum "
                   "||g_t||^2", "sharp_bound"), theorem10_steps.sharp),
        Step("stated", "The theorem as stated",
             _side(_MEAN[0], latex=_MEAN[1]), "<=",
             _side("(1/T) sum f_t(theta*) + ||theta*||^2/(2*eta*T) + ||theta_1|| (1/T) sum ||g_t|| + (eta/T) sum "
                   "||g_t||^2", "stated_bound"), theorem10_steps.stated),
        Step("attained", "eta/2 is attained by linear losses",
             _side(_MEAN[0], latex=_MEAN[1]), "==",
             _side("the bound with eta/2", "sharp_bound"), theorem10_steps.attained),
        Step("not_comparable", "Neither form is the better one",
             _side("stated", "stated_bound"), "<", _side("standard form", "standard_bound"),
             theorem10_steps.not_comparable),
    ),
    prepare=Theorem10,
    conclude=_conclude,
    estimate=_estimate,
    proofs=_proofs,
    example={"sequence": "mixed", "dimension": 4, "steps": 50},
    errata=(
        "The last term loses a factor 2: eta/2 is enough, and attained by linear losses.",
        "The textbook's form has ||theta_1-theta*||^2/(2*eta*T) for the second and third terms. Neither is the better: "
        "theta_1=10, theta*=0, f=theta/10, eta=T=1 has 1.01 stated (1.005 with eta/2), 50.005 standard, 1 in truth.",
    ),
)
