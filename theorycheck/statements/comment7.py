"""Comment 7: similar results hold for Gaussian initialisation; not without bias, and with a bias at a price.

As restored: let w^(i) ~ N(0, I_k) and b_i ~ N(0, β²) (β=0: no bias).  For q large enough, with high probability every
k-pattern has a separator u* at its window with h=f, whose norm falls like 1/√q.

Without bias this is false for every odd k>=3: ReLU(t) = t/2+|t|/2 has no odd Fourier coefficient above level 1, so no
network represents a parity of three bits, and its loss stays at 1 or above for ever.  With β>0 it is true:
q‖u*‖² -> Σ_S 2^k ĝ(S)²/λ_|S|, with λ_l > 0 the eigenvalues of E[φφᵀ], and a width like Lemma 6's suffices.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, HypothesisResult, Level, Parameters, Proof,
                                Rational, Side, Step, StepResult, Text, Verdict, option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.statements import comment7_bias_free, comment7_gaussian
from theorycheck.statements.comment7_instance import Comment7, formula, sufficient_width

# 2^k equations in rationals, and exact feature values q·2^k at one or two microseconds each.
_LARGEST_K, _MOST_VALUES = 7, 2**25
_MOST_STEPS = 6


@dataclass(frozen=True)
class Comment7Parameters(Parameters):
    """The instance of Comment 7: the cube, the pattern, the law of the filters, the draw."""

    n: int = option(Count(), "dimension of the cube")
    k: int = option(Count(), "number of bits of the pattern, at most 7")
    q: int | None = option(Count(), "number of filters (default: what suffices for this law; 64*2^k where none does)",
                           None)
    beta: Fraction = option(Rational(0), "standard deviation of the bias; 0 for no bias", Fraction(1))
    delta: Fraction = option(Level(), "allowed probability of failure, read exactly", Fraction(1, 10))
    pattern: str = option(Text(metavar="NAME"), "parity, and, majority, random or a truth table 0x…, bit z set where "
                                                "g(z)=-1", "parity")
    offset: int = option(Count(0), "first bit of the pattern's window, 0-based", 0)
    tie: str = option(Choice(("+1", "-1"), metavar="+1|-1"), "value of a majority that ties", "+1")
    steps: int = option(Count(), "gradient steps of the bias-free network, at most 6: exact rationals double in length "
                                 "at each", 3)
    eta: Fraction = option(Rational(0), "step size of those steps", Fraction(1))
    trials: int | None = option(Count(), "also estimate the event's probability from this many draws", None)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.k > _LARGEST_K:
            raise InstanceTooLarge(f"'k' must be at most {_LARGEST_K}, not {abbreviate(self.k)}: the separator solves "
                                   "2^k equations in rationals.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        require_integer("steps", self.steps, minimum=1, maximum=_MOST_STEPS)
        if not self.eta:
            raise ParameterError("'eta' must be greater than 0, not 0.")
        if self.beta and not Fraction(1, 2**20) <= self.beta <= 2**20:
            raise ParameterError(f"'beta' must be 0 or in 2^-20 ... 2^20, not {abbreviate(self.beta)}.")
        if self.q is None:
            # Filled in, so that every report and every command to repeat it says which q was run.
            width = sufficient_width(self.k, self.beta, self.delta)
            object.__setattr__(self, "q", 2**(self.k + 6) if width is None else width)
        assert self.q is not None
        if self.q << self.k > _MOST_VALUES:
            raise InstanceTooLarge(f"'q' must be at most {_MOST_VALUES >> self.k} at k={self.k}, not "
                                   f"{abbreviate(self.q)}: q*2^k exact feature values. Fewer filters than the bound "
                                   "asks for are judged by the draw itself.")


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: formula(name)(), latex)


def _law(instance: Comment7) -> HypothesisResult:
    return HypothesisResult(instance.beta > 0, "" if instance.beta else "beta is 0: the steps decide without it.")


def _width(instance: Comment7) -> HypothesisResult:
    width = instance.sufficient_width
    if width is None:
        return HypothesisResult(False, "no width suffices: lambda_min = 0")
    return HypothesisResult(instance.q >= width, f"q={instance.q} against {width}")


def _conclude(instance: Comment7, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, beta={instance.beta}"
    seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
    if verdict is Verdict.REFUTED and not instance.beta:
        return (f"Comment 7 fails without bias at {at}: no bias-free network has an odd coefficient above level 1, so "
                f"the parity of 3 bits is out of reach; see {seen}.")
    if not verdict.holds:
        word = "fails" if verdict in (Verdict.REFUTED, Verdict.INCONSISTENT) else "is not decided"
        return f"Comment 7 {word} at {at}: see {seen or 'the hypotheses'}."
    if instance.rank < 2**instance.k:
        return (f"Comment 7 is not refuted at {at}: these filters span {instance.rank} of 2^{instance.k} dimensions, "
                "so what needs a separator of every pattern was not judged; the other steps hold.")
    event = ", within twice its limit in norm" if instance.is_positive and instance.is_in_event else ""
    return (f"Comment 7 holds at {at}: the drawn Gaussian filters separate all 2^{2**instance.k} patterns on the "
            f"window{event}.")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.comment7_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: Comment7Parameters) -> Cost:
    q = parameters.q or 0
    values = q << parameters.k
    # Measured on one core: exact features and their Gram matrix, elimination in balls and in rationals, the descent.
    seconds = 1.5 + 2e-6 * values + 3e-6 * 8**parameters.k + 1e-8 * (parameters.trials or 0) * values
    return Cost(seconds, 2**27 + 24 * values + 2**14 * 4**parameters.k)


CLAIM = Claim(
    name="comment7",
    title="Comment 7: Gaussian initialisation",
    source="MS21, Comment 7",
    statement=("Similar results hold for Gaussian initialisation (restored): let w^(i) ~ N(0, I_k) and b_i ~ N(0, "
               "beta^2), or b_i = 0. For q large enough, with high probability over the filters, every k-pattern has a "
               "separator u* at its window with h_{u*,W,b} = f and ||u*|| of order 1/sqrt(q)."),
    parameters=Comment7Parameters,
    hypotheses=(Hypothesis("bias", "beta > 0, which the paper does not ask for", _law),
                Hypothesis("filters", "q >= 8 r ln(2^k/delta), r = (k+3) 2^k max(1,beta^2)/lambda_min", _width)),
    steps=(
        Step("odd_levels", "Without bias: no odd level from 3 on",
             _side("#{(i,S): |S|=3,5,7,.., phi_i^(S) != 0}",
                   latex=r"\#\{(i,S)\colon |S| \in \{3,5,\dots\},\ \hat\varphi_i(S) \ne 0\}"), "==",
             _side("0", latex="0"), comment7_bias_free.odd_levels),
        Step("dimension", "Without bias: what the filters of one window span",
             _side("rank", latex=r"\mathrm{rank}"), "==", _side("2^(k-1)+k", "bias_free_dimension"),
             comment7_bias_free.dimension),
        Step("patterns", "Without bias: the patterns in reach",
             _side("#{g: h=g for some readout}", latex=r"\#\{g\colon h = g\}"), "==",
             _side("#{g: g^(S)=0 for |S|=3,5,7,..}", latex=r"\#\{g\colon \hat g(S) = 0,\ |S| = 3, 5, \dots\}"),
             comment7_bias_free.patterns),
        Step("barrier", "Without bias: an odd parity of 3 or more bits keeps loss 1",
             _side("L(h)", latex="L(h)"), ">=", _side("1", "parity_loss_bound"), comment7_bias_free.barrier),
        Step("descent", "Without bias: gradient descent does not get below",
             _side("min_t L(h_t)", latex=r"\min_t L(h_t)"), ">=", _side("1", "parity_loss_bound"),
             comment7_bias_free.descent),
        Step("eigenvalues", "Every level is in reach of this law",
             _side("min_l lambda_l", latex=r"\min_\ell \lambda_\ell"), ">", _side("0", latex="0"),
             comment7_gaussian.eigenvalues),
        Step("covariance", "The eigenvalues by an independent route",
             _side("max_l |lambda_l - lambda_l by quadrature|",
                   latex=r"\max_\ell |\lambda_\ell - \lambda_\ell^{\mathrm{quad}}|"), "<=",
             _side("10^(-20)", latex="10^{-20}"), comment7_gaussian.covariance),
        Step("every_pattern", "The drawn filters separate every pattern",
             _side("rank Phi^T Phi", latex=r"\mathrm{rank}\, \Phi^\top\Phi"), "==", _side("2^k", latex="2^k"),
             comment7_gaussian.every_pattern),
        Step("separator", "h=f for the chosen pattern",
             _side("#{z: h(z)=g(z)}", latex=r"\#\{z\colon h(z) = g(z)\}"), "==", _side("2^k", latex="2^k"),
             comment7_gaussian.separator),
        Step("choice_of_q", "A width that suffices (not in the paper)",
             _side("P[Phi^T Phi/q >= E[phi phi^T]/2 fails] <= 2^k*exp(-q/(8*r))", "event_failure_bound"), "<=",
             _side("delta", latex=r"\delta"), comment7_gaussian.choice_of_q),
        Step("norm", "Norm of the separator on the event (not in the paper)",
             _side("q*min||u||^2", latex=r"q \min \lVert u\rVert^2"), "<=",
             _side("2*sum_S 2^k*g^(S)^2/lambda_|S|", latex=r"2 \sum_S 2^k \hat g(S)^2/\lambda_{|S|}"),
             comment7_gaussian.norm),
        Step("minimax", "No law beats the paper's grid (not in the paper)",
             _side("E|phi|^2/lambda_min", "moment_ratio"), ">=", _side("2^k", latex="2^k"), comment7_gaussian.minimax),
        Step("trials", "The event's probability, sampled",
             _side("P[Phi^T Phi/q >= E[phi phi^T]/2]",
                   latex=r"P[\Phi^\top\Phi/q \succeq \tfrac12 E\varphi\varphi^\top]"), ">=",
             _side("1-delta", latex=r"1 - \delta"),
             comment7_gaussian.trials, applies=lambda parameters: parameters.trials is not None),
    ),
    prepare=Comment7,
    conclude=_conclude,
    estimate=_estimate,
    proofs=_proofs,
    example={"n": 5, "k": 3, "q": 2048},
    errata=(
        "Without bias the comment is false for odd k >= 3 (and, as 'every k-pattern', for every k >= 3): run with "
        "--beta 0. For k <= 2, and for patterns without odd levels from 3 on, no bias is needed.",
        "With a bias it is true, at a price: E|phi|^2/lambda_min is at least 2^k for every law, the paper's grid "
        "attains it, and Gaussian filters are far above.",
        "lambda_l are eigenvalues of E[phi phi^T]; Lemma 6's level eigenvalues are those of Phi itself.",
        "Beyond the paper: for any law, q >= 8 r ln(2^k/delta) filters suffice, r the largest eigenvalue of "
        "E[|Y|^2 YY^T], Y = E[phi phi^T]^(-1/2) phi; the grid has r = 2^k, which is Lemma 6, and no law has less.",
    ),
)
