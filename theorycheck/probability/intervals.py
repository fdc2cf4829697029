"""Confidence intervals with rational ends that are rounded outwards and certified.

A float or a search may propose an end; an exact or enclosed tail decides, so the stated level is a theorem.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import ctx

from theorycheck.errors import ParameterError, require_integer
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.rigor import Real, decide, exact_rational, working_precision

# Ends lie on a grid this much finer than 1/trials, which is far below the width of any interval.
_GRID_BITS = 24
_DECIDING_BITS = 64


@dataclass(frozen=True)
class ConfidenceInterval:
    """A closed interval that contains the parameter with probability at least ``level``, over the sample.

    Examples
    --------
    >>> Fraction(1, 2) in ConfidenceInterval(Fraction(0), Fraction(1), Fraction(99, 100))
    True
    """

    lower: Fraction
    upper: Fraction
    level: Fraction

    def __contains__(self, value: Fraction | int) -> bool:
        return self.lower <= value <= self.upper


def clopper_pearson_interval(successes: int, trials: int,
                             level: Fraction | float | str = Fraction(99, 100)) -> ConfidenceInterval:
    """Return the Clopper–Pearson interval for a success probability, with certified rational ends.

    Parameters
    ----------
    successes : int
        Between 0 and ``trials``.
    trials : int
        At least 0; without trials the interval is [0, 1].
    level : Fraction, float or str
        Confidence, read exactly (0.95 is 19/20), strictly between 0 and 1.

    Returns
    -------
    ConfidenceInterval
        ``upper`` is 1 or satisfies P[Bin(trials, upper) <= successes] <= (1-level)/2 for certain, and exceeds the least
        such number by less than 2^-24/trials; ``lower`` likewise from below.

    Raises
    ------
    ParameterError
        ``'successes' must be at least 0 and at most trials=10, not 11.``;
        ``'level' must be above 0 and below 1, not 1.``

    Notes
    -----
    Some forty binomial tails an end: milliseconds, about half a second at 10^6 trials.
    Source: Clopper and Pearson (1934).

    Examples
    --------
    >>> interval = clopper_pearson_interval(0, 10, "0.95")
    >>> interval.lower, round(float(interval.upper), 6)
    (Fraction(0, 1), 0.308497)
    """
    trials = require_integer("trials", trials, minimum=0)
    successes = require_integer("successes", successes, minimum=0, maximum=trials, maximum_name="trials")
    confidence = _checked_level(level)
    risk = (1 - confidence) / 2
    with working_precision(_DECIDING_BITS):
        return ConfidenceInterval(1 - _upper_end(trials - successes, trials, risk),
                                  _upper_end(successes, trials, risk), confidence)


def hoeffding_interval(mean: Fraction | int | str, trials: int, level: Fraction | float | str = Fraction(99, 100),
                       low: Fraction | int | str = 0, high: Fraction | int | str = 1) -> ConfidenceInterval:
    """Return Hoeffding's interval for the expectation of independent variables with values in [low, high].

    Parameters
    ----------
    mean : Fraction, int, str or float
        The observed mean, read exactly, in [low, high].
    trials : int
        How many variables, at least 0; without any the interval is [low, high].
    level : Fraction, float or str
        Confidence, strictly between 0 and 1.
    low, high : Fraction, int, str or float
        Range of each variable, low < high.

    Returns
    -------
    ConfidenceInterval
        mean ± (high - low) sqrt(ln(2/(1-level)) / (2 trials)), rounded outwards by less than 2^-60 of the range, and
        cut to [low, high].

    Raises
    ------
    ParameterError
        ``'mean' must be at least low=0 and at most high=1, not 2.``; ``'high' must be above low=1, not 0.``;
        ``'level' must be above 0 and below 1, not 1.``

    Notes
    -----
    Microseconds.  Source: Hoeffding (1963), Theorem 2.

    Examples
    --------
    >>> interval = hoeffding_interval("1/2", 200, "0.95")
    >>> round(float(interval.lower), 6), round(float(interval.upper), 6)
    (0.403968, 0.596032)
    """
    trials, confidence = require_integer("trials", trials, minimum=0), _checked_level(level)
    observed, least, most = exact_rational(mean, "mean"), exact_rational(low, "low"), exact_rational(high, "high")
    if least >= most:
        raise ParameterError(f"'high' must be above low={least}, not {most}.")
    if not least <= observed <= most:
        raise ParameterError(f"'mean' must be at least low={least} and at most high={most}, not {observed}.")
    if trials == 0:
        return ConfidenceInterval(least, most, confidence)
    relative = (Real(2 / (1 - confidence)).log() / (2 * trials)).sqrt()
    half_width = (most - least) * _rounded_up(relative)
    return ConfidenceInterval(max(least, observed - half_width), min(most, observed + half_width), confidence)


def _checked_level(level: object) -> Fraction:
    confidence = exact_rational(level, "level")
    if not 0 < confidence < 1:
        raise ParameterError(f"'level' must be above 0 and below 1, not {confidence}.")
    return confidence


def _rounded_up(value: Real) -> Fraction:
    """A multiple of 2^-64 that is at least ``value``."""
    with ctx.workprec(256):
        scaled = (value.enclose(128) * 2**64).upper().ceil().unique_fmpz()
    assert scaled is not None  # the ceiling of a point is a point
    return Fraction(int(scaled), 2**64)


def _upper_end(successes: int, trials: int, risk: Fraction) -> Fraction:
    """The least grid point p with P[Bin(trials, p) <= successes] <= risk, or 1 where there is none."""
    if successes == trials:
        return Fraction(1)
    grid = trials << _GRID_BITS
    # The tail falls with p; ``high`` is always certified, and so is the answer.
    low, high, step = successes << _GRID_BITS, grid, 1 << _GRID_BITS
    while low + step < high:
        if _is_certified(Fraction(low + step, grid), successes, trials, risk):
            high = low + step
        else:
            low, step = low + step, 4 * step
    while high - low > 1:
        middle = (low + high) // 2
        if _is_certified(Fraction(middle, grid), successes, trials, risk):
            high = middle
        else:
            low = middle
    return Fraction(high, grid)


def _is_certified(p: Fraction, successes: int, trials: int, risk: Fraction) -> bool:
    return decide(binomial_lower_tail(trials, p, successes), "<=", risk) is True
