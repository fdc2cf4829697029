"""Theorem 12: the first gradient of a fully connected network is tiny.

Let |σ| <= c and |σ'| <= 1, let every neuron's weights follow a permutation-invariant law, |u_i| <= 1 and |h| <= 1, D
uniform and f the parity of k consecutive bits.  Then (i) E‖∂L/∂W‖² <= qn·min{1/C(n-1,k), 1/C(n-1,k-1)} and
(ii) E‖∂L/∂u‖² <= c²q/C(n,k).

Both means are known exactly: over all n! permutations of a neuron's weights, or over all C(n,k) parities,
‖∂L/∂w‖² is u²[(n-k+1)W^{=k-1}[σ']+(k+1)W^{=k+1}[σ']]/C(n,k) and (∂L/∂u)² is W^{=k}[σ]/C(n,k) on average, with the
level weights of the neuron as a function of x.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims import (Choice, Claim, Cost, Count, Hypothesis, Level, Parameters, Proof, Rational, Side, Step,
                                StepResult, Text, Verdict, option)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.rigor import exact_rational, nearest_decimal
from theorycheck.statements import (theorem12_asymptotics, theorem12_averages, theorem12_bounds, theorem12_gradient,
                                    theorem12_hypotheses, theorem12_margins)
from theorycheck.statements.theorem12_instance import Theorem12, formula, law_of

# Weights drawn at once, each a Python integer somewhere on the way; confidence levels that a test can reach.
_LARGEST_N, _LARGEST_LEVEL = 2**20, Fraction(9999, 10000)


@dataclass(frozen=True)
class Theorem12Parameters(Parameters):
    """The instance of Theorem 12: the cube, the parity, the law of the weights, the readout."""

    n: int = option(Count(), "dimension of the cube")
    k: int = option(Count(), "number of bits of the parity")
    q: int = option(Count(), "number of neurons; even for --readout pairs", 1024)
    weights: str = option(Text(metavar="LAW"), "law of a neuron's weights: signs/sqrt(n), signs/n, gaussian, "
                          "gaussian:BETA, uniform, sparse:R, parity:R, orbit:W1,…,WN, or sampler:MODULE:FUNCTION of n "
                          "and a generator", "signs/sqrt(n)")
    bias: Fraction = option(Rational(), "bias of every neuron", Fraction(0))
    activation: str = option(Text(metavar="NAME"), "relu, clipped_relu:C, leaky_relu:A, clip:A,B, abs, square, "
                             "identity, tanh, cosine:R, triangle:R, peaks:R or zero", "relu")
    readout: str = option(Choice(("pairs", "zero", "1/q", "ones"), metavar="pairs|zero|1/q|ones"),
                          "u: equal neurons in pairs with +1 and -1, so that h=0; 0; random signs over c*q; or 1",
                          "pairs")
    gamma: Fraction = option(Rational(0, 1), "slope of the hinge at margin exactly 1", Fraction(0))
    kink_slope: Fraction = option(Rational(0, 1), "share of the right-hand slope at a kink of the activation; "
                                                  "sigma'(0) for ReLU", Fraction(0))
    c: str | None = option(Text("X", takes_numbers=True),
                           "the constant with |sigma| <= c (default: the largest |sigma| that the law allows; where "
                           "there is none, that of each neuron)", None)
    offset: int = option(Count(0), "first bit of the parity, 0-based", 0)
    draws: int = option(Count(2), "orbits drawn where the law has more than one", 50)
    level: Fraction = option(Level(), "confidence of a mean over drawn orbits, and of the test of a sampler",
                             Fraction(99, 100))

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.n > _LARGEST_N:
            raise InstanceTooLarge(f"'n' must be at most {_LARGEST_N}, not {abbreviate(self.n)}: every weight is drawn "
                                   "and held exactly.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        law_of(self.weights).require_size(self.n)
        if self.readout == "pairs" and self.q % 2:
            raise ParameterError(f"'q' must be even for readout pairs, not {abbreviate(self.q)}.")
        if self.c is not None and exact_rational(self.c, "c") <= 0:
            raise ParameterError(f"'c' must be greater than 0, not {self.c}.")
        if self.level > _LARGEST_LEVEL:
            raise ParameterError(f"'level' must be at most {_LARGEST_LEVEL}, not {abbreviate(self.level)}.")


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: formula(name)(), latex)


def _is_vacuous(instance: Theorem12) -> bool:
    """For k = n there is one parity, and (i) and (ii) say no more than |σ'| <= 1 and |σ| <= c do."""
    return instance.k == instance.n


def _conclude(instance: Theorem12, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, w ~ {abbreviate(instance.parameters.weights)}"
    seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
    if verdict is Verdict.VACUOUS:
        return (f"Theorem 12 says nothing at {at}: there is one parity of all n bits, and Bessel's inequality alone "
                f"gives ||dL/dW||^2 <= q and ||dL/du||^2 <= c^2 q.")
    if not verdict.holds:
        word = "fails" if verdict in (Verdict.REFUTED, Verdict.INCONSISTENT) else "is not decided"
        return f"Theorem 12 {word} at {at}: see {seen or 'the hypotheses'}."
    stated, sharp = (nearest_decimal(instance.bound(f"{name}filter_gradient_bound"), 4) for name in ("", "sharp_"))
    if instance.obstacle:
        return (f"Theorem 12 holds at {at}: E||dL/dW||^2 is at most {sharp}, where {stated} is stated; the mean itself "
                "is out of reach at this size.")
    drawn = theorem12_bounds.mean_of(instance, "filters")
    true = None if drawn is None else theorem12_margins.true_mean(instance, "filters", drawn)
    # A mean that is not known is INCONCLUSIVE, so that one is known here.
    assert true is not None and true.quantity is not None
    found = true.quantity
    mean = (f"is at most {nearest_decimal(found.value, 4)}," if found.value is not None and true.is_bound else
            f"= {nearest_decimal(found.value, 4)}, exactly over all permutations," if found.value is not None else
            f"is in [{nearest_decimal(found.interval[0], 4)}, {nearest_decimal(found.interval[1], 4)}] at level "
            f"{instance.parameters.level}," if found.interval is not None else "")
    return f"Theorem 12 holds at {at}: E||dL/dW||^2 {mean} where {sharp} is sharp and {stated} is stated."


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.propositions import checked_proofs
    from theorycheck.bounds.theorem12_proofs import PROPOSITIONS, certificate
    return checked_proofs(PROPOSITIONS, certificate)


def _estimate(parameters: Theorem12Parameters) -> Cost:
    shares = law_of(parameters.weights).shares_orbit
    count, size = (1 if shares else parameters.draws), min(parameters.n, 28)
    points = 2**size if not shares or parameters.weights.startswith("orbit") else 0
    # Measured on one core: listing 5040 permutations, certificates, 41 logarithms; then one transform for each orbit.
    seconds = 4 + count * (0.05 + 2.5e-7 * points) + 2e-4 * parameters.n
    return Cost(seconds, 2**28 + 24 * points, "" if shares else f"{count} orbits, each by a transform")


_SQUARE_W, _SQUARE_U = r"E\lVert\partial L/\partial W\rVert^2", r"E\lVert\partial L/\partial u\rVert^2"

CLAIM = Claim(
    name="theorem12",
    title="Theorem 12: the first gradient of a fully connected network is tiny",
    source="MS21, Theorem 12",
    statement=("Let |sigma| <= c, |sigma'| <= 1, let the law of w^(i) on R^n be permutation invariant, |u_i| <= 1 and "
               "|h(x)| <= 1 for all x, D uniform and f = chi_I, I any k consecutive bits. Then (i) E||dL/dW||^2 <= "
               "q*n*min{1/C(n-1,k), 1/C(n-1,k-1)} and (ii) E||dL/du||^2 <= c^2*q/C(n,k)."),
    parameters=Theorem12Parameters,
    hypotheses=(
        Hypothesis("bounded", "|sigma| <= c wherever the weights lead", theorem12_hypotheses.is_bounded, required=True),
        Hypothesis("lipschitz", "|sigma'| <= 1", theorem12_hypotheses.is_lipschitz, required=True),
        Hypothesis("invariance", "the law of the weights is permutation invariant", theorem12_hypotheses.is_invariant,
                   required=True),
        Hypothesis("readout", "|u_i| <= 1", theorem12_hypotheses.has_small_readout, required=True),
        Hypothesis("output", "|h| <= 1", theorem12_hypotheses.has_small_output, required=True),
        Hypothesis("margin", "|h| < 1, or gamma = 1, which the paper does not ask for",
                   theorem12_hypotheses.is_off_the_margin),
    ),
    steps=(
        Step("invariance", "A sampler is tested for permutation invariance",
             _side("P[as far from invariant as this sample | invariant]", latex="p"), ">",
             _side("1-level", latex=r"1 - \mathrm{level}"), theorem12_hypotheses.invariance,
             applies=lambda parameters: parameters.weights.startswith("sampler:")),
        Step("gradient_formula", "While |h| <= 1 the gradient is made of Fourier coefficients",
             _side("#{entries of dL/dW, dL/du that differ from -u E[x_j sigma' chi_I], -E[sigma chi_I]}",
                   latex=r"\#\{\partial L/\partial w_j \ne -u\,E[x_j \sigma' \chi_I]\}"), "==", _side("0", latex="0"),
             theorem12_gradient.gradient_formula),
        Step("permutation_identity", "A permutation of x is one of I, and the inverse one of w",
             _side("#{pi, x: chi_I(pi(x)) != chi_pi(I)(x) or <pi(x),z> != <x,pi^-1(z)>}",
                   latex=r"\#\{\chi_I(\pi x) \ne \chi_{\pi(I)}(x),\ \langle\pi x,z\rangle \ne "
                         r"\langle x,\pi^{-1}z\rangle\}"), "==", _side("0", latex="0"),
             theorem12_gradient.permutation_identity),
        Step("sets_without", "Permutations with distinct pi(I) that fix j, j not in I",
             _side("size of a maximal set", latex=r"\max \#\{\pi(I)\colon \pi(j)=j\},\ j \notin I"), "==",
             _side("C(n-1,k)", "sets_without_bound"), theorem12_gradient.sets_without),
        Step("sets_with", "Permutations with distinct pi(I) that fix j, j in I",
             _side("size of a maximal set", latex=r"\max \#\{\pi(I)\colon \pi(j)=j\},\ j \in I"), "==",
             _side("C(n-1,k-1)", "sets_with_bound"), theorem12_gradient.sets_with),
        Step("parseval", "Parseval: the level weights add up to the mean square",
             _side("sum_m W^{=m}[sigma']", latex=r"\sum_m W^{=m}[\sigma']"), "==",
             _side("E sigma'^2", latex=r"E\,\sigma'^2"), theorem12_averages.parseval),
        Step("bessel", "So the two levels that matter weigh at most 1",
             _side("W^{=k-1}[sigma'] + W^{=k+1}[sigma']", latex=r"W^{=k-1}[\sigma'] + W^{=k+1}[\sigma']"), "<=",
             _side("1", latex="1"), theorem12_averages.bessel),
        Step("coordinate_without", "One coordinate outside I, averaged over the permutations",
             _side("E(dL/dw_j)^2, j not in I", latex=r"E(\partial L/\partial w_j)^2,\ j \notin I"), "<=",
             _side("1/C(n-1,k)", latex=r"\binom{n-1}{k}^{-1}"), theorem12_averages.coordinate_without),
        Step("coordinate_with", "One coordinate of I, averaged over the permutations",
             _side("E(dL/dw_j)^2, j in I", latex=r"E(\partial L/\partial w_j)^2,\ j \in I"), "<=",
             _side("1/C(n-1,k-1)", latex=r"\binom{n-1}{k-1}^{-1}"), theorem12_averages.coordinate_with),
        Step("averaging_filters", "The average over all permutations, exactly (i)",
             _side("(1/n!) sum_pi ||dL/dw||^2", latex=r"\tfrac1{n!}\sum_\pi \lVert\partial L/\partial w\rVert^2"),
             "==", _side("((n-k+1)*W^{=k-1}[sigma'] + (k+1)*W^{=k+1}[sigma'])/C(n,k)",
                         latex=r"\frac{(n-k+1)W^{=k-1}[\sigma'] + (k+1)W^{=k+1}[\sigma']}{\binom nk}"),
             theorem12_averages.averaging_filters),
        Step("averaging_readout", "The average over all permutations, exactly (ii)",
             _side("(1/n!) sum_pi (dL/du)^2", latex=r"\tfrac1{n!}\sum_\pi (\partial L/\partial u)^2"), "==",
             _side("W^{=k}[sigma]/C(n,k)", latex=r"W^{=k}[\sigma]/\binom nk"), theorem12_averages.averaging_readout),
        Step("methods", "Two ways to the level weights agree",
             _side("#{level weights that differ}", latex=r"\#\{W^{=m} \ne W'^{=m}\}"), "==", _side("0", latex="0"),
             theorem12_averages.methods),
        Step("sharp_filters", "(i), sharp",
             _side("E||dL/dW||^2", latex=_SQUARE_W), "<=",
             _side("q*max(n-k+1,(k+1)*1{k<n})/C(n,k)",
                   latex=r"q\max(n-k+1, (k+1)1\{k<n\})/\tbinom nk"), theorem12_bounds.sharp_filters),
        Step("stated_filters", "(i), as stated",
             _side("E||dL/dW||^2", latex=_SQUARE_W), "<=",
             _side("q*n*min{1/C(n-1,k),1/C(n-1,k-1)}", "filter_gradient_bound"), theorem12_bounds.stated_filters),
        Step("sharp_below_stated", "The sharp bound is no larger than the stated one",
             _side("q*max(n-k+1,(k+1)*1{k<n})/C(n,k)",
                   latex=r"q\max(n-k+1, (k+1)1\{k<n\})/\tbinom nk"), "<=",
             _side("q*n*min{1/C(n-1,k),1/C(n-1,k-1)}", "filter_gradient_bound"), theorem12_bounds.sharp_below_stated),
        Step("stated_below_printed", "The stated bound is no larger than the printed proof's",
             _side("q*n*min{1/C(n-1,k),1/C(n-1,k-1)}", "filter_gradient_bound"), "<=",
             _side("2*q*n/C(n,k)", "printed_filter_gradient_bound"), theorem12_bounds.stated_below_printed),
        Step("loss_of_the_statement", "What the statement gives away",
             _side("q*n*min{1/C(n-1,k),1/C(n-1,k-1)}", "filter_gradient_bound"), "<",
             _side("4*q*max(n-k+1,k+1)/C(n,k)", latex=r"4q\max(n-k+1, k+1)/\tbinom nk"),
             theorem12_bounds.loss_of_the_statement),
        Step("stated_readout", "(ii), as stated",
             _side("E||dL/du||^2", latex=_SQUARE_U), "<=", _side("c^2*q/C(n,k)", "readout_gradient_bound"),
             theorem12_bounds.stated_readout),
        Step("attained_filters", "The sharp bound of (i) is attained",
             _side("E||dL/dW||^2, sigma' a parity of k-1 or k+1 random bits", latex=_SQUARE_W), "==",
             _side("q*max(n-k+1,(k+1)*1{k<n})/C(n,k)",
                   latex=r"q\max(n-k+1, (k+1)1\{k<n\})/\tbinom nk"), theorem12_bounds.attained_filters),
        Step("attained_readout", "The bound of (ii) is attained",
             _side("E||dL/du||^2, sigma a parity of k random bits", latex=_SQUARE_U), "==",
             _side("c^2*q/C(n,k), c=1", latex=r"q/\tbinom nk"), theorem12_bounds.attained_readout),
        Step("needs_a_slope_at_the_margin", "Without |h| < 1 or gamma = 1: false",
             _side("E||dL/du||^2 at gamma=0, h=1", latex=_SQUARE_U), ">",
             _side("c^2*q/C(n,k)", "readout_gradient_bound"),
             theorem12_hypotheses.needs_a_slope_at_the_margin),
        Step("needs_a_small_output", "Without |h| <= 1: false",
             _side("E||dL/du||^2 at h=2", latex=_SQUARE_U), ">", _side("c^2*q/C(n,k)", "readout_gradient_bound"),
             theorem12_hypotheses.needs_a_small_output),
        Step("needs_all_permutations", "With cyclic shifts in place of all permutations: false",
             _side("E||dL/dW||^2 over cyclic shifts", latex=_SQUARE_W), ">",
             _side("q*n*min{1/C(n-1,k),1/C(n-1,k-1)}", "filter_gradient_bound"),
             theorem12_hypotheses.needs_all_permutations),
        Step("at_least", "How small the bounds are: C(n,k) from below",
             _side("(n/m)^m, m=min(k,n-k)", latex=r"(n/m)^m,\ m=\min(k,n-k)"), "<=", _side("C(n,k)", "sets"),
             theorem12_asymptotics.at_least),
        Step("at_most", "How small the bounds are: C(n,k) from above",
             _side("C(n,k)", "sets"), "<=", _side("n^m, m=min(k,n-k)", latex=r"n^m,\ m=\min(k,n-k)"),
             theorem12_asymptotics.at_most),
        Step("exponent", "n^(-Omega(log n)) at k=floor(log2 n): the exact sequence",
             _side("1 - log2 C(n,k)/(log2 n)^2", latex=r"1 - \log_2\tbinom nk/(\log_2 n)^2"), "<=",
             _side("4/sqrt(log2 n)", "exponent_rate_bound"), theorem12_asymptotics.exponent),
        Step("limit", "and its limit",
             _side("lim log2 C(n,floor(log2 n))/(log2 n)^2",
                   latex=r"\lim \log_2\tbinom n{\lfloor\log_2 n\rfloor}/(\log_2 n)^2"), "==", _side("1", latex="1"),
             theorem12_asymptotics.limit),
        Step("close_to_n", "k close to n must be excluded",
             _side("sharp bound at k=n-1", latex=r"q\max(2,n)/\tbinom n{n-1}"), "==", _side("q", latex="q"),
             theorem12_asymptotics.close_to_n),
    ),
    prepare=Theorem12,
    conclude=_conclude,
    estimate=_estimate,
    is_vacuous=_is_vacuous,
    proofs=_proofs,
    example={"n": 16, "k": 4},
    errata=(
        "The printed proof gives 2qn/C(n,k) for (i), not the stated minimum; the stated bound, though smaller, is "
        "true, and loses less than a factor 4 (n for k=n) against the sharp q max(n-k+1, (k+1)1{k<n})/C(n,k).",
        "|h| <= 1 does not suffice where the hinge's slope at margin 1 is not 1: sigma=1, q=u=1, n=4, k=2, gamma=0 has "
        "E||dL/du||^2 = 1/4 > 1/6. Needed: |h| < 1, or gamma = 1.",
        "No c bounds plain ReLU: c is the largest |sigma| that the law of the weights allows, sqrt(n) for signs over "
        "sqrt(n); for Gaussian weights there is none, and (ii) holds neuron by neuron, with the largest |sigma| of "
        "each.",
        "Needed of the law: each w^(i) permutation invariant given (u_i,b_i); independence of the neurons is not. "
        "Invariance under cyclic shifts is not enough. I may be any k bits, consecutive or not.",
        "'k = Omega(log n)' has to be read as min(k,n-k) = Omega(log n): for k=n-1 and k=n the bound (i) is at least "
        "q, which every network with |sigma'| <= 1 and |h| <= 1 keeps.",
        "That gradient descent is stuck does not follow from the first gradient: see the claim stuck.",
    ),
)
