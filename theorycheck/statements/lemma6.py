"""Lemma 6: random features separate every k-pattern.

Let W ~ uniform{±1/k}^(q×k), b_i = 1/k-1 and δ in (0,1).  If q > 2^(k+3) ln(2^k/δ), then with probability at least 1-δ
over W, for every k-pattern f there are u*^(j) with ‖u*^(j*)‖ <= 2^(k+1) k/√q, u*^(j) = 0 for j≠j*, and h_{u*,W,b} = f.

Scaled by k every pre-activation is an integer, so the steps are decided exactly, and for all 2^(2^k) patterns at once
by linearity.  With J_z = {i: sign w^(i) = z}, m_z = |J_z| and μ = q 2^-k, "the event" is that every m_z > μ/2.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, HypothesisResult, Level, Parameters, Proof,
                                Side, Step, StepResult, Text, Verdict, option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.rigor import nearest_decimal
from theorycheck.statements import lemma6_event, lemma6_separator
from theorycheck.statements.lemma6_instance import Lemma6, formula

# 2^k signs of a pattern, and some gigabytes of drawn filters.
_LARGEST_K, _MOST_FILTERS = 20, 10**8


@dataclass(frozen=True)
class Lemma6Parameters(Parameters):
    """The instance of Lemma 6: the cube, the pattern, the draw."""

    n: int = option(Count(), "dimension of the cube; beyond what can be enumerated only the window is")
    k: int = option(Count(), "number of bits of the pattern")
    q: int | None = option(Count(), "number of filters (default: the smallest that the paper allows)", None)
    delta: Fraction = option(Level(), "allowed probability of failure, read exactly", Fraction(1, 10))
    pattern: str = option(Text(metavar="NAME"), "parity, and, majority, random or a truth table 0x…, bit z set where "
                                                "g(z)=-1", "parity")
    offset: int = option(Count(0), "first bit of the pattern's window, 0-based", 0)
    tie: str = option(Choice(("+1", "-1"), metavar="+1|-1"), "value of a majority that ties", "+1")
    windows: str = option(Choice(("all", "paper"), metavar="all|paper"), "n-k+1 windows, or the paper's n-k", "all")
    activation: str = option(Text(metavar="NAME"), "relu, clipped_relu:C, leaky_relu:A, clip:A,B, abs, square, "
                                                   "identity, tanh, cosine:R, triangle:R, peaks:R or zero", "relu")
    init: str = option(Text(metavar="NAME"), "paper, gaussian, gaussian:BETA or uniform", "paper")
    trials: int | None = option(Count(), "also estimate the event's probability from this many draws", None)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.k > _LARGEST_K:
            raise InstanceTooLarge(f"'k' must be at most {_LARGEST_K}, not {abbreviate(self.k)}: a pattern has 2^k "
                                   "values.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        if self.windows == "paper" and self.n == self.k:
            raise ParameterError(f"'n' must be at least k+1={self.k + 1} with the paper's windows, not {self.n}.")
        if self.q is None:
            # Filled in, so that every report and every command to repeat it says which q was run.
            from theorycheck.probability.draws import sufficient_draws_bound
            object.__setattr__(self, "q", sufficient_draws_bound(self.k, self.delta))
        assert self.q is not None
        if self.q > _MOST_FILTERS:
            raise InstanceTooLarge(f"'q' must be at most {_MOST_FILTERS}, not {abbreviate(self.q)}: each filter takes "
                                   "about 40 bytes.")


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: formula(name), latex)


def _paper_q(instance: Lemma6) -> HypothesisResult:
    return HypothesisResult(instance.q_is_enough,
                            f"q={instance.q} against {nearest_decimal(instance.bound('sufficient_filters'), 8)}")


def _initialisation(instance: Lemma6) -> HypothesisResult:
    given = instance.parameters.init
    return HypothesisResult(given == "paper", "" if given == "paper" else f"'init' is {given}.")


def _activation(instance: Lemma6) -> HypothesisResult:
    from theorycheck.features.maps import indicator_failures, level_values
    failures = indicator_failures(instance.activation, instance.k)
    if not failures:
        return HypothesisResult(True)
    distance, k = failures[0], instance.k
    value = nearest_decimal(level_values(instance.activation, k)[distance])
    argument = Fraction(1 - 2 * distance, k)
    # Against the filter with every sign +, the smallest z at this distance has its lowest bits set.
    return HypothesisResult(False, f"at z={2**distance - 1} (distance {distance} from the filter with all signs +) "
                                   f"sigma({argument}) is {value}, not {Fraction(int(distance == 0), k)}.")


def _conclude(instance: Lemma6, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, delta={abbreviate(instance.delta)}"
    seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
    if not verdict.holds:
        word = "fails" if verdict in (Verdict.REFUTED, Verdict.INCONSISTENT) else "is not decided"
        return f"Lemma 6 {word} at {at}: see {seen or 'the hypotheses'}."
    below = "" if instance.q_is_enough else f", although q is below the paper's {instance.paper_q}"
    drawn = (f"the {instance.q} drawn filters separate all 2^{2**instance.k} patterns on the window"
             if instance.is_in_event else "this draw is outside the event, so the norm of its separator was not judged")
    failure = nearest_decimal(instance.failure, 6)
    return f"Lemma 6 holds at {at}{below}: {drawn}, and a draw fails with probability {failure}."


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.lemma6_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: Lemma6Parameters) -> Cost:
    q = parameters.q or 0
    points = 2**parameters.n if parameters.n <= lemma6_separator.ENUMERATED else 0
    # Measured on one core: two passes over the drawn filters, their sorting, the cube, the draws of the trials.
    seconds = 0.7 + 2e-9 * q * 2**parameters.k + 1.5e-7 * q + 5e-9 * points + 5e-9 * (parameters.trials or 0) * q
    note = "" if points else "h=f on the cube is derived from the window, not enumerated."
    return Cost(seconds, 2**27 + 24 * points + 42 * q + 60 * 4**parameters.k, note)


CLAIM = Claim(
    name="lemma6",
    title="Lemma 6: random features separate every k-pattern",
    source="MS21, Lemma 6",
    statement=("Let W be uniform on {+-1/k}^(q x k), b_i = 1/k-1, delta in (0,1). If q > 2^(k+3) ln(2^k/delta), then "
               "with probability at least 1-delta over W, for every k-pattern f there are u*^(j) with ||u*^(j*)|| <= "
               "2^(k+1) k/sqrt(q), u*^(j) = 0 for j != j*, and h_{u*,W,b} = f."),
    parameters=Lemma6Parameters,
    hypotheses=(
        Hypothesis("initialisation", "W uniform on {+-1/k}^(q x k), b_i = 1/k-1", _initialisation, required=True),
        Hypothesis("activation", "sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k", _activation, required=True),
        Hypothesis("filters", "q > 2^(k+3) ln(2^k/delta)", _paper_q),
    ),
    steps=(
        Step("cell_probability", "Each sign pattern is equally likely",
             _side("P[sign w = z]", latex=r"P[\mathrm{sign}\, w = z]"), "==",
             _side("2^(-k)", "cell_probability"), lemma6_event.cell_probability),
        Step("mean", "Expected multiplicity",
             _side("E m_z", latex=r"E\, m_z"), "==",
             _side("mu = q*2^(-k)", "expected_multiplicity"), lemma6_event.mean),
        Step("chernoff", "Chernoff's bound on one cell",
             _side("P[m_z <= mu/2]", latex=r"P[m_z \le \mu/2]"), "<=",
             _side("exp(-mu/8)", "cell_failure_bound"), lemma6_event.chernoff),
        Step("choice_of_q", "The choice of q",
             _side("exp(-mu/8)", "cell_failure_bound"), "<=",
             _side("delta*2^(-k)", "cell_failure_target"), lemma6_event.choice_of_q),
        Step("union_bound", "Union bound over the 2^k cells",
             _side("P[some m_z <= mu/2]", latex=r"P[\exists z\colon m_z \le \mu/2]"), "<=",
             _side("2^k*exp(-mu/8)", "union_failure_bound"), lemma6_event.union_bound),
        Step("event", "The event: every multiplicity exceeds half its mean",
             _side("1-P[every m_z > mu/2]", latex=r"1 - P[\forall z\colon m_z > \mu/2]"), "<=",
             _side("delta", latex=r"\delta"), lemma6_event.event),
        Step("activation", "A filter fires on its own sign pattern only",
             _side("sigma(<w,z>+b)", latex=r"\sigma(\langle w, z\rangle + b)"), "==",
             _side("(1/k)*1{sign w = z}", latex=r"\tfrac1k\, 1\{\mathrm{sign}\, w = z\}"), lemma6_separator.activation),
        Step("every_pattern", "u*_i = (k/m_z) g(z) gives h=g for every pattern g at once",
             _side("(k/m_c) sum_{i in J_c} sigma(<w_i,z>+b_i)",
                   latex=r"\tfrac{k}{m_c} \sum_{i \in J_c} \sigma(\langle w_i, z\rangle + b_i)"), "==",
             _side("1{c=z}", latex=r"1\{c = z\}"), lemma6_separator.every_pattern),
        Step("separator", "h=f at every input of the cube",
             _side("#{x: h(x)=f(x)}", latex=r"\#\{x\colon h(x) = f(x)\}"), "==",
             _side("2^n", latex="2^n"), lemma6_separator.separator),
        Step("norm", "Norm of the separator on the event",
             _side("||u*||^2 = k^2*sum_z 1/m_z", "canonical_squared_norm"), "<=",
             _side("2*4^k*k^2/q", "sharp_squared_norm_bound"), lemma6_separator.norm),
        Step("stated_norm", "Norm of the separator, as stated",
             _side("||u*||", latex=r"\lVert u^*\rVert"), "<=",
             _side("2^(k+1)*k/sqrt(q)", "norm_bound"), lemma6_separator.stated_norm),
        Step("minimum_norm", "Least norm over all windows",
             _side("min ||u||^2", latex=r"\min \lVert u\rVert^2"), "<=",
             _side("||u*||^2", latex=r"\lVert u^*\rVert^2"), lemma6_separator.minimum_norm),
        Step("smallest_q", "The smallest q from which on every q suffices",
             _side("q_min(k,delta)", latex=r"q_{\min}(k, \delta)"), "<=",
             _side("the smallest integer q > 2^(k+3) ln(2^k/delta)",
                   latex=r"\lfloor 2^{k+3} \ln(2^k/\delta) \rfloor + 1"), lemma6_event.smallest_q),
        Step("trials", "The event's probability, sampled",
             _side("P[every m_z > mu/2]", latex=r"P[\forall z\colon m_z > \mu/2]"), ">=",
             _side("1-delta", latex=r"1 - \delta"), lemma6_event.trials,
             applies=lambda parameters: parameters.trials is not None),
    ),
    prepare=Lemma6,
    conclude=_conclude,
    estimate=_estimate,
    example={"n": 20, "k": 4},
    proofs=_proofs,
    errata=(
        "The paper's window sum ends at j = n-k and misses the last window; run with --windows paper --offset n-k.",
        "The stated norm loses sqrt(2): on the event ||u*|| < sqrt(2) 2^k k/sqrt(q), and never below 2^k k/sqrt(q). "
        "Sharper still, ||u*||^2 <= (2*4^k k^2/q) 2^k/(2^k+1).",
        "Chernoff's exponent 1/8 can be (1-ln 2)/2, or KL(p/2||p)/p with p = 2^-k.",
        "Activation: the proof needs sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k: ReLU, or ReLU clipped at "
        "1/k or above.",
        "For an LCN 'for every k-pattern' at every location needs ln(N 2^k/delta); for one f nothing changes.",
    ),
)
