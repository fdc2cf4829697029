"""What "gradient descent gets stuck" really needs, beyond Theorem 12.

MS21 goes on from Theorem 12: the first gradient is so small that gradient descent "will be stuck".  That does not
follow: a start with a gradient as small as one likes may learn in a few steps.  What does follow takes two more facts.
Gradient descent on a fully connected network is equivariant under permutations of the variables, at every step of the
run.  And at *any* parameters the gradients of all C(n,k) parities together are known: with L_0 the loss of labels by a
fair coin, avg_I ‖∇L_I-∇L_0‖² = Σ_c W^{=k}[v_c]/C(n,k) <= G²/C(n,k).  So T steps with gradients known to precision τ
tell at most the share T·G²/(τ²C(n,k)) of the parities apart from coin tosses, without the factor T while |h| < 1; and
in floating point a step leaves θ where it is for all but a small share of the parities.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from theorycheck.claims import (Claim, Cost, Count, Hypothesis, Parameters, Proof, Rational, Side, Step, StepResult,
                                Text, Verdict, option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.rigor import Real, decide, exact_rational, nearest_decimal
from theorycheck.statements import stuck_floats, stuck_learning, stuck_steps
from theorycheck.statements.stuck_instance import Stuck, formula, law_of

# Weights held as rationals, each with its own bounds in floating point; runs in rationals under a permutation.
_MOST_WEIGHTS, _MOST_PERMUTATIONS = 2**22, 1000


@dataclass(frozen=True)
class StuckParameters(Parameters):
    """The instance of "stuck": the cube, the parities, the start, and what a gradient is known to."""

    n: int = option(Count(), "dimension of the cube")
    k: int = option(Count(), "number of bits of the parities")
    q: int = option(Count(), "number of neurons; even for --readout pairs", 4)
    steps: int = option(Count(), "T, number of gradient steps", 5)
    tau: Fraction = option(Rational(), "precision to which gradients are known, in the norm of all parameters",
                           Fraction(1, 10))
    eta: Fraction = option(Rational(), "step size", Fraction(1))
    weights: str = option(Text(metavar="LAW"), "law of a neuron's weights: signs/n, signs/sqrt(n), gaussian[:BETA], "
                          "uniform, sparse:R, parity:R or orbit:W1,…,WN; irrational ones rounded to float64; BETA "
                          "times a normal number is added to each bias", "signs/n")
    bias: Fraction = option(Rational(), "bias of every neuron", Fraction(1, 4))
    activation: str = option(Text(metavar="NAME"), "relu, clipped_relu:C, leaky_relu:A, clip:A,B, abs, square, "
                             "identity, tanh, cosine:R, triangle:R, peaks:R or zero", "relu")
    readout: str = option(Text("NAME", takes_numbers=True), "u: 1/q for random signs over 2*c*q, so that |h| <= 1/2; "
                          "pairs of equal neurons with +1 and -1; or a number, with random signs", "1/q")
    gamma: Fraction = option(Rational(0, 1), "slope of the hinge at margin exactly 1", Fraction(0))
    kink_slope: Fraction = option(Rational(0, 1), "share of the right-hand slope at a kink of the activation; "
                                                  "sigma'(0) for ReLU", Fraction(0))
    permutations: int = option(Count(), "random permutations under which the whole run is compared", 3)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        for name in ("tau", "eta"):
            if getattr(self, name) <= 0:
                raise ParameterError(f"'{name}' must be greater than 0, not {abbreviate(getattr(self, name))}.")
        if self.n * self.q > _MOST_WEIGHTS:
            raise InstanceTooLarge(f"'n' times 'q' must be at most {_MOST_WEIGHTS}, not {abbreviate(self.n * self.q)}: "
                                   "every weight is held exactly.")
        if self.permutations > _MOST_PERMUTATIONS:
            raise InstanceTooLarge(f"'permutations' must be at most {_MOST_PERMUTATIONS}, not "
                                   f"{abbreviate(self.permutations)}: each is a run in rationals.")
        law_of(self.weights).require_size(self.n)
        if self.readout == "pairs" and self.q % 2:
            raise ParameterError(f"'q' must be even for readout pairs, not {abbreviate(self.q)}.")
        if self.readout not in ("1/q", "pairs"):
            try:
                exact_rational(self.readout, "readout")
            except ParameterError:
                raise ParameterError("'readout' must be 1/q, pairs or a number, not "
                                     f"{abbreviate(repr(self.readout))}.") from None


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: formula(name)(), latex)


def _is_vacuous(instance: Stuck) -> bool:
    """Whether even the exact means leave room for all parities being told apart."""
    try:
        return decide(instance.markov_share, ">=", 1) is True
    except InstanceTooLarge:
        return False  # the step that needs the run says so itself


def _conclude(instance: Stuck, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = ", ".join(f"{name}={abbreviate(value)}" for name, value in (
        ("n", instance.n), ("k", instance.k), ("q", instance.q), ("T", instance.steps), ("tau", instance.tau)))
    seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
    if verdict is Verdict.VACUOUS:
        return (f"Nothing follows at {at}: the means over all parities bound the share told apart by "
                f"{nearest_decimal(instance.markov_share, 4)}.")
    if not verdict.holds:
        word = "fails" if verdict is Verdict.REFUTED else "is not decided"
        return f"What 'stuck' needs {word} at {at}: see {seen}."
    steps = "any number of" if instance.is_still else abbreviate(instance.steps)
    count = instance.told_apart
    listed = f" ({count} of {instance.parities}, listed)" if count is not None else ""
    share = nearest_decimal(instance.markov_share, 4)
    learning, is_smaller = stuck_learning.run_below(instance)
    start = "with a smaller one" if is_smaller else ("with a first gradient of squared norm "
                                                     f"{nearest_decimal(Real(learning.squared_gradient), 4)}")
    return (f"At {at}, {steps} steps of gradient descent with gradients known to tau tell at most the share {share} of "
            f"all parities from coin tosses{listed}. The precision keeps them stuck, not the first gradient: in exact "
            f"arithmetic a start {start} learns.")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.propositions import checked_proofs
    from theorycheck.bounds.stuck_proofs import PROPOSITIONS, certificate
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: StuckParameters) -> Cost:
    points = 2**min(parameters.n, 28) if parameters.n <= 14 or parameters.weights in ("gaussian", "uniform") else 0
    # Measured on one core: gradients from the definition on the small network, then transforms of each neuron.
    seconds = 4 + 4e-6 * parameters.q * points + 1e-4 * parameters.q * parameters.n + 0.05 * parameters.permutations
    return Cost(seconds, 2**28 + 100 * points)


_MEAN = ("mean over I of ||grad L_I - grad L_0||^2", r"\overline{\lVert\nabla L_I-\nabla L_0\rVert^2}")
_APART = ("share of I with ||grad L_I - grad L_0|| > tau at one of T steps",
          r"\Pr_I[\exists t<T\colon \lVert\nabla L_I(\theta_t)-\nabla L_0(\theta_t)\rVert>\tau]")
_MOVED = ("share of I for which theta - eta*grad L_I rounds elsewhere than theta",
          r"\Pr_I[\mathrm{fl}(\theta-\eta\nabla L_I)\ne\theta]")
_MOVED_BOUND = ("sum_c eta^2 W^{=k}[v_c]/(room_c^2 C(n,k))",
                r"\sum_c \frac{\eta^2\, W^{=k}[v_c]}{\mathrm{room}_c^2 \binom nk}")

CLAIM = Claim(
    name="stuck",
    title="What 'gradient descent gets stuck' really needs",
    source="MS21, after Theorem 12",
    statement=("The paper: as the first gradient is tiny, gradient descent on a fully connected network will be stuck. "
               "What holds: the run is permutation equivariant; at any parameters the mean over all parities I of k "
               "bits of ||grad L_I - grad L_0||^2 is sum_c W^{=k}[v_c]/C(n,k) <= G^2/C(n,k), L_0 the loss of fair-coin "
               "labels; so T steps with gradients known to tau tell at most the share T*G^2/(tau^2*C(n,k)) of the "
               "parities apart, without T while |h| < 1."),
    parameters=StuckParameters,
    hypotheses=(Hypothesis("lipschitz", "|sigma'| <= 1", stuck_steps.is_lipschitz),
                Hypothesis("inside", "|h(x)| < 1 for all x at the start", stuck_steps.is_inside)),
    steps=(
        Step("equivariance", "The whole run is permutation equivariant",
             _side("theta_t(start permuted, I permuted)", latex=r"\theta_t(\pi\theta_0, \pi I)"), "==",
             _side("theta_t(start, I), permuted", latex=r"\pi\,\theta_t(\theta_0, I)"), stuck_steps.equivariance),
        Step("averaged", "The mean over all parities, at the start",
             _side(*_MEAN[:1], latex=_MEAN[1]), "==",
             _side("sum_c W^{=k}[v_c]/C(n,k)", latex=r"\sum_c W^{=k}[v_c]/\tbinom nk"), stuck_steps.averaged),
        Step("averaged_along_run", "The same at every step of a run on fair-coin labels",
             _side(*_MEAN[:1], latex=_MEAN[1]), "==",
             _side("sum_c W^{=k}[v_c]/C(n,k)", latex=r"\sum_c W^{=k}[v_c]/\tbinom nk"),
             stuck_steps.averaged_along_the_run),
        Step("parseval", "So it is at most G^2/C(n,k)",
             _side(*_MEAN[:1], latex=_MEAN[1]), "<=", _side("sum_c E v_c^2/C(n,k)", "mean_deviation_bound"),
             stuck_steps.parseval),
        Step("gradient_moment", "And G^2 is moderate",
             _side("sum_c E v_c^2", latex=r"\sum_c E\,v_c^2"), "<=", _side("q*(c^2+n)", "gradient_moment_bound"),
             stuck_steps.gradient_moment),
        Step("still", "While |h| < 1 the run on fair-coin labels does not move",
             _side("grad L_0", latex=r"\nabla L_0"), "==", _side("0", latex="0"), stuck_steps.still),
        Step("told_apart", "T steps with gradients known to tau tell few parities apart",
             _side(*_APART[:1], latex=_APART[1]), "<=", _side("T*G^2/(tau^2*C(n,k))", "told_apart_bound"),
             stuck_steps.told_apart),
        Step("told_apart_still", "Where that run does not move, the factor T is not needed",
             _side(*_APART[:1], latex=_APART[1]), "<=", _side("G^2/(tau^2*C(n,k))", "still_bound"),
             stuck_steps.told_apart_still),
        *(Step(f"moved_{name}", f"In {name}, parities for which the start ever moves",
               _side(*_MOVED[:1], latex=_MOVED[1]), "<=", _side(*_MOVED_BOUND[:1], latex=_MOVED_BOUND[1]),
               partial(stuck_floats.moved_share, float_format=name)) for name in ("float32", "float64")),
        *(Step(f"stuck_in_{name}", f"Least even n, k=n/2, where {name} stands still for half",
               _side(*_MOVED_BOUND[:1], latex=_MOVED_BOUND[1]), "<", _side("1/2", latex=r"\tfrac12"),
               partial(stuck_floats.stuck_from, float_format=name)) for name in ("float32", "float64")),
        Step("smaller_gradient", "A small first gradient is not enough: another start's is less",
             _side("||grad L(theta_0)||^2", latex=r"\lVert\nabla L(\theta_0)\rVert^2"), "<=",
             _side(*_MEAN[:1], latex=_MEAN[1]), stuck_learning.smaller_gradient),
        Step("learns", "And learns, in exact arithmetic",
             _side("L(theta_t)", latex=r"L(\theta_t)"), "==", _side("0", latex="0"), stuck_learning.learns),
    ),
    prepare=Stuck,
    conclude=_conclude,
    is_vacuous=_is_vacuous,
    estimate=_estimate,
    proofs=_proofs,
    example={"n": 12, "k": 6},
    errata=(
        "'Gradient descent will be stuck' does not follow from a small first gradient: with exact gradients a start "
        "with a smaller one learns, in a number of steps that grows like the logarithm of 1/gradient.",
        "What follows needs a limited precision, of the gradients or of the floating-point numbers, and then holds for "
        "most parities, not for all: T*G^2/(tau^2*C(n,k)) bounds the share of those told apart.",
    ),
)
