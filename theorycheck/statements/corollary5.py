"""Corollary 5: how many filters, steps and examples learn a k-pattern to accuracy ε.

As restored, with less certainty than the rest: q and T of order ε^-2 n³ 2^k ln(2^k/δ), and a sample of order
ε^-2 nkq ln(nkq/δ), bring the loss to at most ε with probability at least 1-δ.

Fine for k <= log2(n).  For k well above (4/3)log2(n) the stated q does not make Theorem 4's second term small, and no
proof could: on the parity of k bits the loss of every step stays above ε unless q is about (1-ε)² 16^k k⁴/n.  Correct:
q >= max{2^(k+3) ln(2^(k+1)/δ), 6cn²k²2^k/ε, 36·16^k k⁴/(nε²)} and T >= 3c²n^(3/2)√q/ε.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, HypothesisResult, Level, Parameters, Proof,
                                Rational, Side, Step, StepResult, Text, Verdict, option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.statements import corollary5_sample, corollary5_sizes
from theorycheck.statements.corollary5_instance import Corollary5, formula, sufficient_sizes

# 16^k is written out; a sample of so many draws is drawn at once.
_LARGEST_K, _LARGEST_N, _MOST_EXAMPLES, _MOST_FIT_STEPS = 1000, 10**9, 10**6, 1000


@dataclass(frozen=True)
class Corollary5Parameters(Parameters):
    """The instance of Corollary 5: the cube, the accuracy, the sizes, and the sample experiment."""

    n: int = option(Count(), "dimension of the cube; only formulas depend on it, except with a sample (at most 12)")
    k: int = option(Count(), "number of bits of the pattern, at most 1000")
    epsilon: Fraction = option(Rational(0, metavar="E"), "accuracy, read exactly; from 1 on the corollary says nothing",
                               Fraction(1, 4))
    delta: Fraction = option(Level(), "allowed probability of failure, read exactly", Fraction(1, 10))
    c: Fraction = option(Rational(0, metavar="C"), "the constant with |sigma| <= c, at least 1/k", Fraction(1))
    constant: Fraction = option(Rational(0, metavar="C"), "the constant hidden in the paper's O for q and T (208 "
                                                          "suffices for every k <= log2 n)", Fraction(208))
    q: int | None = option(Count(), "number of filters (default: the smallest correct one)", None)
    steps: int | None = option(Count(), "T, number of gradient steps (default: the smallest correct one)", None)
    pattern: str = option(Text(metavar="NAME"), "of the sample experiment: parity, and, majority, random or a truth "
                                                "table 0x…, bit z set where g(z)=-1", "parity")
    offset: int = option(Count(0), "first bit of that pattern's window, 0-based", 0)
    tie: str = option(Choice(("+1", "-1"), metavar="+1|-1"), "value of a majority that ties", "+1")
    sample: int | None = option(Count(), "train on this many labelled draws, and compare with the population", None)
    fit_steps: int = option(Count(), "gradient steps of that training, at most 1000", 60)
    trials: int | None = option(Count(), "repeat that training on so many samples", None)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.n > _LARGEST_N or self.k > _LARGEST_K:
            name, limit = ("n", _LARGEST_N) if self.n > _LARGEST_N else ("k", _LARGEST_K)
            raise InstanceTooLarge(f"'{name}' must be at most {limit}, not {abbreviate(getattr(self, name))}: the "
                                   "sizes are written out as integers.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        for name in ("epsilon", "c", "constant"):
            if not getattr(self, name):
                raise ParameterError(f"'{name}' must be greater than 0, not 0.")
        require_integer("fit_steps", self.fit_steps, minimum=1, maximum=_MOST_FIT_STEPS)
        if self.trials is not None and self.sample is None:
            raise ParameterError("'sample' must be given with 'trials'.")
        if self.sample is not None:
            require_integer("sample", self.sample, minimum=1, maximum=_MOST_EXAMPLES)
            if self.n > corollary5_sample.LARGEST_N:
                raise InstanceTooLarge(f"'n' must be at most {corollary5_sample.LARGEST_N} with a sample, not "
                                       f"{abbreviate(self.n)}: the trained network is evaluated at all 2^n inputs.")
        # Filled in, so that every report and every command to repeat it says which sizes were judged.
        if self.q is None:
            object.__setattr__(self, "q", sufficient_sizes(self)[0])
        if self.steps is None:
            object.__setattr__(self, "steps", sufficient_sizes(self, self.q)[1])


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: formula(name), latex)


def _bound_on_activation(instance: Corollary5) -> HypothesisResult:
    c, k = instance.parameters.c, instance.k
    return HypothesisResult(c * k >= 1, "" if c * k >= 1 else f"c={c} is below sigma(1/k)=1/{k}.")


def _enough(given: int, wanted: int) -> HypothesisResult:
    return HypothesisResult(given >= wanted, f"{abbreviate(given)} against {abbreviate(wanted)}")


def _conclude(instance: Corollary5, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = (f"n={abbreviate(instance.n)}, k={instance.k}, epsilon={abbreviate(instance.epsilon)}, "
          f"delta={abbreviate(instance.delta)}")
    outcomes = {result.step.name: result.outcome.verdict for result in results}
    seen = ", ".join(name for name, found in outcomes.items() if found is verdict)
    width, steps = sufficient_sizes(instance.parameters)
    correct = f"q={abbreviate(width)} and T={abbreviate(steps)} are enough"
    if outcomes.get("stated_width") is Verdict.REFUTED:
        return (f"Corollary 5 is false at {at} with the constant {abbreviate(instance.parameters.constant)}: with the "
                f"stated q the loss of every step stays above epsilon; {correct}.")
    if outcomes.get("stated_rate") is Verdict.REFUTED:
        return (f"The proof of Corollary 5 fails at {at} with the constant "
                f"{abbreviate(instance.parameters.constant)}, as the stated q does not make Theorem 4's bound at most "
                f"epsilon; whether the statement does is not decided by this; {correct}.")
    if not verdict.holds:
        word = {Verdict.VACUOUS: "says nothing", Verdict.REFUTED: "fails", Verdict.INCONSISTENT: "fails"}.get(
            verdict, "is not decided")
        return f"Corollary 5 {word} at {at}{': see ' + seen if seen else ''}."
    return f"Corollary 5 holds at {at} with the constant {abbreviate(instance.parameters.constant)}; {correct}."


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.corollary5_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: Corollary5Parameters) -> Cost:
    runs = (parameters.sample is not None) + (parameters.trials or 0)
    # Measured on one core: the formulas, then for each sample the steps in balls and 2^n values.
    step = 3e-4 + 5e-6 * 4**min(parameters.k, 12) + 2e-7 * 2**min(parameters.n, 12) * parameters.n
    return Cost(1.5 + runs * (parameters.fit_steps * step + 2e-6 * 2**min(parameters.n, 12)), 2**27)


CLAIM = Claim(
    name="corollary5",
    title="Corollary 5: width, steps and sample size",
    source="MS21, Corollary 5",
    statement=("Let epsilon, delta in (0,1). With q = O(epsilon^-2 n^3 2^k ln(2^k/delta)) filters, T = O(epsilon^-2 "
               "n^3 2^k ln(2^k/delta)) steps of Theorem 4's gradient descent and a sample of O(epsilon^-2 n k q "
               "ln(nkq/delta)), with probability at least 1-delta the loss on any k-pattern is at most epsilon "
               "(restored with less certainty)."),
    parameters=Corollary5Parameters,
    hypotheses=(
        Hypothesis("activation", "|sigma| <= c with c >= 1/k, and Lemma 6's conditions on sigma (see theorem4)",
                   _bound_on_activation, required=True),
        Hypothesis("filters", "q >= max{2^(k+3) ln(2^(k+1)/delta), 6 c n^2 k^2 2^k/eps, 36*16^k k^4/(n eps^2)}",
                   lambda instance: _enough(instance.q, instance.sufficient_q)),
        Hypothesis("steps", "T >= 3 c^2 n^(3/2) sqrt(q)/eps",
                   lambda instance: _enough(instance.steps, instance.sufficient_steps)),
    ),
    steps=(
        Step("features", "Lemma 6 fails with probability at most delta/2",
             _side("2^k*exp(-q/2^(k+3))", latex=r"2^k e^{-q/2^{k+3}}"), "<=",
             _side("delta/2", latex=r"\delta/2"), corollary5_sizes.features),
        Step("first_term", "The correct q: first term",
             _side("2*c*n^2*k^2*2^k/q", "first_term"), "<=", _side("eps/3", "share"), corollary5_sizes.first_term),
        Step("second_term", "The correct q: second term",
             _side("2*(2^k*k)^2/sqrt(q*n)", "second_term"), "<=", _side("eps/3", "share"),
             corollary5_sizes.second_term),
        Step("third_term", "The correct T: third term",
             _side("c^2*n^(3/2)*sqrt(q)/T", "third_term"), "<=", _side("eps/3", "share"),
             corollary5_sizes.third_term),
        Step("mean_loss", "Theorem 4's bound at the correct q and T",
             _side("mean loss <= sum of the three terms", "stated_bound"), "<=",
             _side("eps", latex=r"\varepsilon"), corollary5_sizes.mean_loss),
        Step("stated_rate", "The stated q and T: the substitution of the paper's proof",
             _side("sum of the three terms at q = T = C*eps^-2*n^3*2^k*ln(2^k/delta)",
                   latex=r"\textstyle\sum_{i \le 3} \mathrm{term}_i(q = T = C \varepsilon^{-2} n^3 2^k "
                         r"\ln(2^k/\delta))"), "<=",
             _side("eps", latex=r"\varepsilon"), corollary5_sizes.stated_rate),
        Step("stated_width", "The stated q: what gradient descent cannot fall below",
             _side("L(h_t) >= 1-q*sinh(2y)/(2^(k+1)*k^2*sqrt(kN))", "loss_lower_bound"), "<=",
             _side("eps", latex=r"\varepsilon"), corollary5_sizes.stated_width),
        Step("necessary_width", "The correct q is of the necessary order",
             _side("about (1-eps)^2*16^k*k^4/n", "necessary_width"), "<=",
             _side("the correct q", "sufficient_width"), corollary5_sizes.necessary_width),
        Step("sample_rate", "The sample need not grow with q",
             _side("eps^-2*(2^(k-1)*(N+1)+ln(1/delta))",
                   latex=r"\varepsilon^{-2}(2^{k-1}(N+1)+\ln\tfrac1\delta)"), "<=",
             _side("eps^-2*n*k*q*ln(n*k*q/delta)", "stated_examples"), corollary5_sample.sample_rate),
        Step("sample_size", "A sample size with all its constants",
             _side("min{M: sqrt(8*(d*ln(2eM/d)+ln(8/delta))/M) <= eps}",
                   latex=r"\min\{M\colon \sqrt{8(d\ln\frac{2eM}{d}+\ln\frac8\delta)/M} \le \varepsilon\}"), "<=",
             _side("eps^-2*n*k*q*ln(n*k*q/delta)", "stated_examples"), corollary5_sample.sample_size),
        Step("generalisation", "Training on a sample: the gap, exactly",
             _side("|0/1 error on D - on the sample|", latex=r"|\mathrm{err}_D - \mathrm{err}_S|"), "<=",
             _side("sqrt(8*(d*ln(2eM/d)+ln(8/delta))/M)",
                   latex=r"\sqrt{8(d\ln\frac{2eM}{d}+\ln\frac8\delta)/M}"), corollary5_sample.generalisation,
             applies=lambda parameters: parameters.sample is not None),
        Step("trials", "The probability over samples, sampled",
             _side("P[0/1 error on D <= eps]", latex=r"P[\mathrm{err}_D \le \varepsilon]"), ">=",
             _side("1-delta", latex=r"1 - \delta"), corollary5_sample.trials,
             applies=lambda parameters: parameters.trials is not None),
    ),
    prepare=Corollary5,
    conclude=_conclude,
    is_vacuous=lambda instance: instance.epsilon >= 1,
    estimate=_estimate,
    proofs=_proofs,
    example={"n": 12, "k": 3, "sample": 2500},
    errata=(
        "For k >= (4/3+c')log2(n) the stated q does not make Theorem 4's second term small, whatever the constant, and "
        "gradient descent with the paper's step size needs q of about (1-eps)^2 16^k k^4/n: run with --n 64 --k 16.",
        "VC theory bounds the 0/1 error, not the hinge loss.",
        "Two events may fail, the draw of the filters and the draw of the sample: each is left delta/2, so that Lemma "
        "6's width has ln(2^(k+1)/delta).",
        "The sample can be O(eps^-2 (2^(k-1)(N+1)+ln 1/delta)), free of q: all CNNs span 2^(k-1)(N+1) dimensions.",
        "Theorem 4 is used through its formula: a run of so many steps is not made. It needs Lemma 6's conditions on "
        "the activation.",
    ),
)
