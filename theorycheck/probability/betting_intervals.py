"""A confidence interval for the mean of bounded variables by betting, sharper than Hoeffding's where they vary little.

If E X_i = m given the past, a gambler who stakes λ_i(X_i - m), λ_i chosen from X_1 … X_{i-1}, has a capital that is a
non-negative martingale; by Ville's inequality it ever reaches 1/α with probability at most α.  A mean against which a
fixed strategy won that much is therefore left out.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import log

import numpy as np
from flint import arb, ctx, fmpq

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.probability.intervals import ConfidenceInterval
from theorycheck.rigor import Real, decide, exact_rational
from theorycheck.rigor.real import RealLike

_BITS = 128
_GRID_BITS = 48
# No bet risks more than this share of the capital, whatever comes.
_LARGEST_STAKE = Fraction(3, 4)


def betting_interval(values: Sequence[RealLike], level: Fraction | float | str = Fraction(99, 100),
                     low: Fraction | int | str = 0, high: Fraction | int | str = 1) -> ConfidenceInterval:
    """Return a betting interval for the expectation of independent variables with values in [low, high].

    Parameters
    ----------
    values : sequence of Real or rational
        The observations in the order in which they were drawn; exact or enclosed.
    level : Fraction, float or str
        Confidence, strictly between 0 and 1.
    low, high : Fraction, int, str or float
        Range of each variable, low < high.

    Returns
    -------
    ConfidenceInterval
        Rational ends, certified: the capital against each is enclosed and is at least 2/(1-level) at some time.

    Raises
    ------
    ParameterError
        ``'values' must be at least low=0 and at most high=1, not 2.``; ``'high' must be above low=1, not 0.``;
        ``'level' must be above 0 and below 1, not 1.``

    Notes
    -----
    The stakes aim at the observed variance, min(√(2 ln(2/α)/(N σ_i²)), (3/4)/m), which makes the capital decrease with
    m: so what is left out is a half-line on each side.  Some hundred passes over the N values.
    Source: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting (2024), Section 4.

    Examples
    --------
    >>> interval = betting_interval([Fraction(1, 2), Fraction(51, 100)] * 500, "0.95")
    >>> Fraction(48, 100) < interval.lower < Fraction(505, 1000) < interval.upper < Fraction(53, 100)
    True
    """
    confidence, least, most = (exact_rational(number, name) for number, name in
                               ((level, "level"), (low, "low"), (high, "high")))
    if not 0 < confidence < 1:
        raise ParameterError(f"'level' must be above 0 and below 1, not {abbreviate(confidence)}.")
    if least >= most:
        raise ParameterError(f"'high' must be above low={abbreviate(least)}, not {abbreviate(most)}.")
    if not isinstance(values, Iterable):
        raise ParameterError(f"'values' must be a sequence of numbers, not {abbreviate(repr(values))}.")
    observed = [Real(value) for value in values]
    for value in observed:
        if decide(value, "<", least) is True or decide(value, ">", most) is True:
            raise ParameterError(f"'values' must be at least low={abbreviate(least)} and at most "
                                 f"high={abbreviate(most)}, not {abbreviate(float(value))}.")
    with ctx.workprec(_BITS):
        bottom, width = (arb(fmpq(part.numerator, part.denominator)) for part in (least, most - least))
        shares = [(value.enclose(_BITS) - bottom) / width for value in observed]
        mirrored = [1 - share for share in shares]
        goal = 2 / (1 - confidence)
        lower, upper = _lower_end(shares, goal), 1 - _lower_end(mirrored, goal)
    return ConfidenceInterval(least + (most - least) * lower, least + (most - least) * upper, confidence)


def _lower_end(shares: list[arb], goal: Fraction) -> Fraction:
    """The largest grid point found against which the bets that the mean is higher reached ``goal``, or 0."""
    floats = np.clip(np.array([float(share) for share in shares]), 0.0, 1.0)
    target, low, high = log(goal.numerator) - log(goal.denominator), 0, 1 << _GRID_BITS
    stakes = _stakes(floats, target)
    # Floats propose; the capital falls as m grows.
    while high - low > 1:
        middle = (low + high) // 2
        if _log_capital(floats, stakes, middle / 2**_GRID_BITS) >= target:
            low = middle
        else:
            high = middle
    step = 1
    while low > 0 and not _reaches(shares, stakes, Fraction(low, 1 << _GRID_BITS), goal):
        low, step = max(0, low - step), 2 * step
    return Fraction(low, 1 << _GRID_BITS)


def _stakes(floats: np.ndarray, log_goal: float) -> np.ndarray:
    """λ_i from the values before the i-th alone."""
    count = np.arange(1, floats.size + 1)
    means = (0.5 + np.cumsum(floats)) / (count + 1)
    variances = (0.25 + np.cumsum((floats - means)**2)) / (count + 1)
    before = np.concatenate(([0.25], variances))[:-1] if floats.size else variances
    return np.sqrt(2 * log_goal / (max(1, floats.size) * before))


def _log_capital(floats: np.ndarray, stakes: np.ndarray, mean: float) -> float:
    bets = np.minimum(stakes, float(_LARGEST_STAKE) / mean)
    return float(np.cumsum(np.log1p(bets * (floats - mean))).max(initial=0.0))


def _reaches(shares: list[arb], stakes: np.ndarray, mean: Fraction, goal: Fraction) -> bool:
    """Whether the enclosed capital is at some time at least ``goal`` for certain."""
    capital, level = arb(1), arb(fmpq(mean.numerator, mean.denominator))
    largest = fmpq(_LARGEST_STAKE.numerator, _LARGEST_STAKE.denominator) / level
    wanted = fmpq(goal.numerator, goal.denominator)
    smaller: Callable[[arb, arb], arb] = lambda left, right: left if left <= right else right if left >= right else (
        left.union(right))
    for share, stake in zip(shares, stakes.tolist()):
        capital *= 1 + smaller(arb(stake), largest) * (share - level)
        if capital >= wanted:
            return True
    return False
