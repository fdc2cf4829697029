"""Which parameters a gradient step leaves where they are once θ - ηg is rounded to a float: decided exactly.

A float x is what all reals of its rounding interval round to: the reals nearer to x than to any other float, and the
two midpoints where the significand of x is even (ties to even).  So θ - ηg rounds to θ exactly where ηg lies in θ minus
that interval.  Beside a power of two the floats below are twice as dense; beside 0 the interval is half the least
subnormal number each way; beside the largest number the next one up is the power of two that overflows.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from theorycheck.errors import ParameterError, abbreviate, require_choice
from theorycheck.networks.rationals import RationalArray, exact_entries
from theorycheck.networks.requirements import number
from theorycheck.rigor import Real, decide, exact_rational

FORMATS = ("float16", "float32", "float64")
ROUNDINGS = ("once", "each")
_FAR = 5000


@dataclass(frozen=True)
class RoundingInterval:
    """The reals that round to one float.

    Attributes
    ----------
    low, high : Fraction
    is_closed : bool
        Whether both ends belong to it: the significand is even.
    """

    low: Fraction
    high: Fraction
    is_closed: bool

    def contains(self, value: Real | Fraction | int) -> bool | None:
        """Whether a real rounds to the float; None where its enclosure does not tell.

        Examples
        --------
        >>> interval = rounding_interval(np.float32(1))
        >>> interval.contains(1 + Fraction(1, 2**24)), interval.contains(1 - Fraction(1, 2**24))
        (True, False)
        """
        above = decide(Real(value), ">=" if self.is_closed else ">", self.low)
        below = decide(Real(value), "<=" if self.is_closed else "<", self.high)
        if above is False or below is False:
            return False
        return True if above and below else None


@dataclass(frozen=True, eq=False)
class RoundedStep:
    """What a step θ - ηg does to each parameter in floating point.

    Attributes
    ----------
    unchanged : ndarray of bool, the parameters' shape
        It rounds to θ, for certain.
    undecided : ndarray of bool
        The gradient's enclosure does not tell.
    float_format, rounding : str
    """

    unchanged: NDArray[np.bool_]
    undecided: NDArray[np.bool_]
    float_format: str
    rounding: str

    @property
    def is_stuck(self) -> bool | None:
        """Whether no parameter moves; None where it is not decided."""
        if bool((~self.unchanged & ~self.undecided).any()):
            return False
        return None if bool(self.undecided.any()) else True

    @property
    def unchanged_count(self) -> int:
        """How many parameters do not move, for certain."""
        return int(np.count_nonzero(self.unchanged))


def rounding_interval(value: np.floating[Any]) -> RoundingInterval:
    """Return the reals that round to a float16, float32 or float64 number.

    Raises
    ------
    ParameterError
        ``'value' must be a float16, float32 or float64 number, not 1.``, ``'value' must be finite, not inf.``

    Examples
    --------
    >>> interval = rounding_interval(np.float64(1))
    >>> interval.high - 1 == Fraction(1, 2**53), 1 - interval.low == Fraction(1, 2**54), interval.is_closed
    (True, True, True)
    >>> rounding_interval(np.float32(0)).high == Fraction(1, 2**150)
    True
    """
    if type(value) not in (np.float16, np.float32, np.float64):
        raise ParameterError(f"'value' must be a float16, float32 or float64 number, not {abbreviate(repr(value))}.")
    if not np.isfinite(value):
        raise ParameterError(f"'value' must be finite, not {value}.")
    limits, exact = np.finfo(value.dtype), Fraction(float(value))
    ends = [_neighbour(value, exact, direction, limits) for direction in (-1, 1)]
    step = max(Fraction(float(limits.smallest_subnormal)), abs(exact) and _spacing(exact, limits))
    return RoundingInterval((exact + ends[0]) / 2, (exact + ends[1]) / 2, exact / step % 2 == 0)


def _neighbour(value: np.floating[Any], exact: Fraction, direction: int, limits: Any) -> Fraction:
    if abs(exact) == Fraction(float(limits.max)) and (exact > 0) == (direction > 0):
        return exact + direction * _spacing(exact, limits)  # the power of two that overflows
    return Fraction(float(np.nextafter(value, value.dtype.type(direction * np.inf))))


def _spacing(exact: Fraction, limits: Any) -> Fraction:
    """The distance from a float to the next one away from 0: its significand is exact over this."""
    size = abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2)**exponent
    return Fraction(2)**(max(exponent, int(limits.minexp)) - int(limits.nmant))


def round_to_float(value: Fraction | int, float_format: str = "float64") -> np.floating[Any]:
    """Return the float nearest to a rational, ties to even, once; beyond the largest number an infinity.

    Raises
    ------
    ParameterError
        ``'float_format' must be one of float16, float32, float64, not 'double'.``,
        ``'value' must be a finite number, not nan.``

    Examples
    --------
    >>> round_to_float(Fraction(1, 3), "float32")
    np.float32(0.33333334)
    >>> by_way_of_float64 = np.float32(float(1 + Fraction(1, 2**24) + Fraction(1, 2**80)))
    >>> by_way_of_float64, round_to_float(1 + Fraction(1, 2**24) + Fraction(1, 2**80), "float32")
    (np.float32(1.0), np.float32(1.0000001))
    """
    kind = np.dtype(require_choice("float_format", float_format, FORMATS)).type
    exact = value if isinstance(value, Fraction) else exact_rational(value, "value")
    limits = np.finfo(float_format)
    if exact == 0:
        return kind(0)
    step = _spacing(exact, limits)
    count = round(exact / step)  # ties to even, in integers
    with np.errstate(over="ignore"):
        if abs(count * step) > Fraction(float(limits.max)):
            return kind(np.inf) if exact > 0 else kind(-np.inf)
        return kind(float(count * step))


def rounded_step(parameters: Any, gradient: Any, eta: Any, *, float_format: str | None = None,
                 rounding: str = "once") -> RoundedStep:
    """Decide for each parameter whether θ - ηg rounds to θ.

    Parameters
    ----------
    parameters : array of float16, float32 or float64
        θ.
    gradient : RationalArray, array of floats, or nested sequences of rationals and Reals, of the parameters' shape
        g, exact; a ball where it is known by an enclosure only.
    eta : rational or Real
        η, exact, above 0.
    float_format : str, optional
        Must name the dtype of ``parameters``, where given.
    rounding : str
        ``"once"``: the exact θ - ηg is rounded.  ``"each"``: g, η, their product and the difference are rounded in
        turn, as a program does that is given the exact gradient.

    Raises
    ------
    ParameterError
        ``'parameters' must be an array of float16, float32 or float64, not int64.``,
        ``'gradient' must have the shape (2,) of 'parameters', not (3,).``, ``'eta' must be above 0, not 0.``

    Notes
    -----
    About 20 microseconds a parameter, in rationals of any length.  A parameter that is exactly 0 stays only if
    |ηg| is at most half the least subnormal number.

    Examples
    --------
    >>> step = rounded_step(np.array([1, 0, 3], dtype=np.float32), [Fraction(1, 2**25), Fraction(1, 2**25), 1], "1/2")
    >>> step.unchanged.tolist(), step.is_stuck
    ([True, False, False], False)
    """
    values = np.asarray(parameters)
    if str(values.dtype) not in FORMATS:
        raise ParameterError(f"'parameters' must be an array of float16, float32 or float64, not {values.dtype}.")
    if not np.isfinite(values).all():
        raise ParameterError(f"'parameters' must be finite, not {values[~np.isfinite(values)].ravel()[0]}.")
    chosen = str(values.dtype) if float_format is None else require_choice("float_format", float_format, FORMATS)
    if chosen != str(values.dtype):
        raise ParameterError(f"'float_format' must be {values.dtype}, that of 'parameters', not {chosen}.")
    require_choice("rounding", rounding, ROUNDINGS)
    size = Real(number(eta, "eta"))
    if decide(size, ">", 0) is not True:
        what = "an enclosure that reaches 0" if size.exact is None else abbreviate(size.exact)
        raise ParameterError(f"'eta' must be above 0, not {what}.")
    slopes = _read_gradient(gradient, values.shape)
    decider = _decided_once(size) if rounding == "once" else _decided_each(size, chosen)
    answers = [decider(value, slope) for value, slope in zip(values.ravel(), slopes)]
    return RoundedStep(np.array([answer is True for answer in answers], dtype=bool).reshape(values.shape),
                       np.array([answer is None for answer in answers], dtype=bool).reshape(values.shape),
                       chosen, rounding)


_Decider = Callable[["np.floating[Any]", Real], "bool | None"]


def _decided_once(eta: Real) -> _Decider:
    def decided(value: np.floating[Any], slope: Real) -> bool | None:
        if slope.exact == 0:
            return True
        return rounding_interval(value).contains(Real(Fraction(float(value))) - eta * slope)
    return decided


def _decided_each(eta: Real, float_format: str) -> _Decider:
    """Every rounding is monotone, so the ends of the enclosures tell what all between them do."""
    sizes = _roundings(eta, float_format)

    def decided(value: np.floating[Any], slope: Real) -> bool | None:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            results = [value - size * rounded for size in sizes for rounded in _roundings(slope, float_format)]
        # An infinite step size times 0 is no number, and so no parameter that stays.
        moves = {0 if result == value else 1 if result > value else -1 if result < value else 2 for result in results}
        return None if len(moves) > 1 else moves == {0}
    return decided


def _roundings(value: Real, float_format: str) -> tuple[np.floating[Any], ...]:
    if value.exact is not None:
        return (round_to_float(value.exact, float_format),)
    ball = value.enclose()
    return tuple({round_to_float(_dyadic(end), float_format) for end in (ball.lower(), ball.upper())})


def _dyadic(point: arb) -> Fraction:
    mantissa, exponent = (int(part) for part in point.mid().man_exp())
    # Far beyond every format's range on either side all numbers round alike.
    digits = abs(mantissa).bit_length()
    return Fraction(mantissa) * Fraction(2)**max(min(exponent, _FAR - digits), -_FAR - digits)


def _read_gradient(gradient: Any, shape: tuple[int, ...]) -> list[Real]:
    entries: Sequence[Any]
    if isinstance(gradient, RationalArray):
        entries, given = gradient.fractions(), gradient.shape
    elif isinstance(gradient, np.ndarray) and gradient.dtype != object:
        entries, given = exact_entries(gradient, "gradient")
    else:
        array = np.array(gradient, dtype=object)
        entries, given = [number(entry, "gradient") for entry in array.ravel().tolist()], array.shape
    if given != shape:
        raise ParameterError(f"'gradient' must have the shape {shape} of 'parameters', not {given}.")
    return [Real(entry) for entry in entries]
