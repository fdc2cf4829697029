"""A weight law's expected orbit average: exact where all its draws share one orbit, else a mean of exact draws.

Each draw's average over n! permutations is exact or enclosed and lies in a proven range, so that Hoeffding's and the
betting interval for the mean need nothing else: with |σ'| <= s, (i) is at most u² s² max(n-k+1, (k+1)1{k<n})/C(n,k);
(ii) is at most c²/C(n,k) for |σ| <= c, and at most L²‖w‖²/(k C(n,k)) for σ of Lipschitz constant L, because
k W^{=k} is at most the total influence.  Where ‖w‖ is unbounded the second is cut at a quantile of ‖w‖² and what lies
beyond is bounded by the chi-squared tail.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb, isqrt
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named
from theorycheck.networks.rationals import total_of
from theorycheck.orbits.averages import OrbitAverage, orbit_average
from theorycheck.orbits.laws import WeightLaw
from theorycheck.probability.betting_intervals import betting_interval
from theorycheck.probability.intervals import ConfidenceInterval, hoeffding_interval
from theorycheck.rigor import Real, decide, exact_rational

# ‖w‖² of a normal vector is above its cut with probability below e^-60.
_CUT_EXPONENT = 60


@dataclass(frozen=True, eq=False)
class ExpectedAverage:
    """One expectation over a weight law.

    Attributes
    ----------
    exact : Real or None
        The expectation, exact or enclosed, where all draws share it.
    interval, hoeffding : ConfidenceInterval or None
        The betting interval and, beside it, Hoeffding's, each at the level asked for; None with ``exact``.
    mean : Real
        Over the draws.
    largest : Fraction
        Proven upper end of every draw (after the cut, where there is one).
    beyond : Fraction
        What the cut may take from the expectation; included in the upper ends.
    """

    exact: Real | None
    interval: ConfidenceInterval | None
    hoeffding: ConfidenceInterval | None
    mean: Real
    largest: Fraction
    beyond: Fraction


@dataclass(frozen=True, eq=False)
class ExpectedOrbitAverage:
    """E‖∂L/∂w‖² and E(∂L/∂u)² over a weight law, for one neuron, hinge slope 1 everywhere.

    Attributes
    ----------
    filters, readout : ExpectedAverage
        Each at its own level.
    draws : int
        Orbits computed; 1 where they all share one average.
    methods : mapping str -> int
        How many of them each method computed.
    reason : str
        Why that was exact, or how it was sampled.
    """

    filters: ExpectedAverage
    readout: ExpectedAverage
    draws: int
    methods: dict[str, int]
    reason: str

    @property
    def is_exact(self) -> bool:
        """Whether no sampling was needed."""
        return self.filters.exact is not None


def expected_orbit_average(law: WeightLaw, n: int, k: int, *, activation: Activation | str = "relu", bias: Any = 0,
                           readout: Any = 1, rng: np.random.Generator | None = None, draws: int = 100,
                           level: Any = Fraction(99, 100), method: str = "auto", threads: int | None = None,
                           progress: Callable[[int, int], None] | None = None) -> ExpectedOrbitAverage:
    """Return E‖∂L/∂w‖² and E(∂L/∂u)² of one neuron over a permutation-invariant law of its weights.

    Parameters
    ----------
    law : WeightLaw
        Must be permutation invariant for the expectations to be those of the gradient at a fixed parity.
    n, k : int
        Variables; those of the parity, 1 to n.
    activation : Activation or str
        Lipschitz, unless all draws share one orbit.
    bias, readout : rational
    rng : numpy.random.Generator, optional
        Needed where the law has more than one orbit.
    draws : int
        How many orbits, then.
    level : rational
        Confidence of each interval.
    method, threads
        As in :func:`~theorycheck.neurons.level_weights.neuron_level_weights`.
    progress : callable, optional
        Called with (done, draws) after each draw.

    Raises
    ------
    ParameterError
        ``'law' must be a WeightLaw, not 'gaussian'.``, ``'rng' must be a numpy.random.Generator, not None.``,
        ``'activation' square has no Lipschitz constant, so a draw's average has no proven range.``,
        ``'weights' mine have no proven bound on their norm, and relu is not bounded: give squared_norm_bound.``
    InstanceTooLarge
        As ``neuron_level_weights``.

    Notes
    -----
    The intervals are for the ideal law: that a float64 draw is its rounding is not accounted for.  MS21, Theorem 12.

    Examples
    --------
    >>> from theorycheck.orbits.laws import law_named
    >>> exact = expected_orbit_average(law_named("signs/n"), 6, 2)
    >>> exact.filters.exact.exact, exact.readout.exact.exact
    (Fraction(27, 512), Fraction(1, 1024))
    >>> sampled = expected_orbit_average(law_named("gaussian"), 6, 2, rng=np.random.default_rng(0), draws=30)
    >>> sampled.is_exact, sampled.filters.interval.upper < sampled.filters.largest
    (False, True)
    """
    if not isinstance(law, WeightLaw):
        raise ParameterError(f"'law' must be a WeightLaw, not {abbreviate(repr(law))}.")
    n = law.require_size(n)
    k = require_integer("k", k, 1, n, "n")
    chosen = activation if isinstance(activation, Activation) else activation_named(activation)
    u, confidence = exact_rational(readout, "readout"), exact_rational(level, "level")

    def one(generator: np.random.Generator) -> OrbitAverage:
        return orbit_average(law.sample_neuron(n, generator, bias, chosen), k, readout=u, method=method,
                             threads=threads)

    if law.shares_orbit:
        average = one(np.random.default_rng(0))
        return ExpectedOrbitAverage(_shared(average.filters), _shared(average.readout), 1, {average.levels.method: 1},
                                    f"all draws of {law.name} share one orbit average")
    draws = require_integer("draws", draws, minimum=1)
    filters_end = u**2 * _slope_bound(chosen)**2 * Fraction(max(n - k + 1, k + 1 if k < n else 0), comb(n, k))
    readout_end, beyond = _readout_end(law, n, k, chosen)
    averages = []
    for done in range(1, draws + 1):
        averages.append(one(rng))  # type: ignore[arg-type]  # the law refuses anything but a Generator
        if progress is not None:
            progress(done, draws)
    methods = [average.levels.method for average in averages]
    return ExpectedOrbitAverage(
        _sampled([average.filters for average in averages], filters_end, Fraction(0), confidence),
        _sampled([average.readout for average in averages], readout_end, beyond, confidence), draws,
        {name: methods.count(name) for name in sorted(set(methods))},
        f"the mean of {draws} draws of {law.name}, each averaged over all permutations")


def _shared(value: Real) -> ExpectedAverage:
    return ExpectedAverage(value, None, None, value, _rational_end(value), Fraction(0))


def _sampled(values: list[Real], largest: Fraction, beyond: Fraction, level: Fraction) -> ExpectedAverage:
    mean = total_of(values) / len(values)
    if largest == 0:
        point = ConfidenceInterval(Fraction(0), beyond, level)
        return ExpectedAverage(None, point, point, mean, largest, beyond)
    # Cutting at ``largest`` changes a draw only where the law is unbounded; ``beyond`` accounts for it.
    cut = [Real(largest) if decide(value, ">", largest) is True else value for value in values]
    low, high = _rational_ends(total_of(cut) / len(cut))
    ends = (hoeffding_interval(min(max(end, Fraction(0)), largest), len(cut), level, 0, largest)
            for end in (low, high))
    lower, upper = next(ends).lower, next(ends).upper
    bets = betting_interval(cut, level, 0, largest)
    return ExpectedAverage(None, ConfidenceInterval(bets.lower, bets.upper + beyond, level),
                           ConfidenceInterval(lower, upper + beyond, level), mean, largest, beyond)


def _rational_end(value: Real) -> Fraction:
    return _rational_ends(value)[1]


def _rational_ends(value: Real) -> tuple[Fraction, Fraction]:
    if value.exact is not None:
        return value.exact, value.exact
    ball = value.enclose()
    ends = [end.man_exp() for end in (ball.lower(), ball.upper())]
    low, high = (Fraction(int(mantissa)) * Fraction(2)**int(exponent) for mantissa, exponent in ends)
    return low, high


def _slope_bound(activation: Activation) -> Fraction:
    """A bound on |σ'|, the choices at kinks included: the mean of two slopes, their bound holds."""
    form = activation.form
    if isinstance(form, PiecewisePolynomial) and form.degree <= 1:
        return max(abs(piece[1]) if len(piece) > 1 else Fraction(0) for piece in form.coefficients)
    if activation.lipschitz is None:
        raise ParameterError(f"'activation' {activation.name} has no Lipschitz constant, so a draw's average has no "
                             f"proven range.")
    return activation.lipschitz


def _readout_end(law: WeightLaw, n: int, k: int, activation: Activation) -> tuple[Fraction, Fraction]:
    """A bound on W^{=k}[σ]/C(n,k) at a cut of ‖w‖², and on what is beyond in expectation."""
    choices = []
    if activation.bound is not None:
        choices.append((activation.bound**2 / comb(n, k), Fraction(0)))
    if activation.lipschitz is not None:
        factor = activation.lipschitz**2 / (k * comb(n, k))
        norm = law.squared_norm_bound(n)
        if norm is not None:
            choices.append((factor * norm, Fraction(0)))
        elif law.is_normal:
            cut = _normal_cut(n)
            choices.append((factor * cut, factor * _normal_tail(n, cut)))
    if not choices:
        raise ParameterError(f"'weights' {law.name} have no proven bound on their norm, and {activation.name} is not "
                             f"bounded: give squared_norm_bound.")
    return min(choices)


def _normal_cut(n: int) -> Fraction:
    """n + 2√(nx) + 2x, above which a chi-squared variable is with probability at most e^-x (Laurent and Massart)."""
    return Fraction(n + 2 * (isqrt(n * _CUT_EXPONENT) + 1) + 2 * _CUT_EXPONENT)


def _normal_tail(n: int, cut: Fraction) -> Fraction:
    """E[χ²_n 1{χ²_n > cut}] = n P[χ²_{n+2} > cut], rounded up."""
    with ctx.workprec(128):
        point = arb(fmpq(cut.numerator, cut.denominator)) / 2
        tail = point.gamma_upper(arb(n + 2) / 2, regularized=1) * n
        mantissa, exponent = tail.upper().man_exp()
    return Fraction(int(mantissa)) * Fraction(2)**int(exponent)
