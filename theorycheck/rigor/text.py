"""Exact text for exact numbers and balls, for reports that another program can check."""
from __future__ import annotations

import re
from fractions import Fraction

from flint import arb, fmpz

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor.real import Real, RealLike

_BALL = re.compile(r"\[(-?\d+)\*2\^(-?\d+) \+/- (\d+)\*2\^(-?\d+)\]", re.ASCII)
_RATIONAL = re.compile(r"-?\d+(/\d+)?", re.ASCII)


def to_text(value: RealLike) -> str:
    """Return text that :func:`from_text` reads back to exactly the same rational or ball.

    A number that is not rational is written as its ball at the working precision.

    Examples
    --------
    >>> to_text(Fraction(1, 3)), to_text(arb(0.5))
    ('1/3', '[1*2^-1 +/- 0*2^0]')
    """
    number = Real(value)
    if number.exact is not None:
        # fmpz writes integers of any length; Python's own conversion stops at 4300 digits.
        return str(fmpz(number.exact.numerator)) + (
            "" if number.exact.denominator == 1 else f"/{fmpz(number.exact.denominator)}")
    ball = number.enclose()
    if not ball.is_finite():
        raise ParameterError("'value' must be a finite number or ball; its enclosure is not finite.")
    middle, radius = ball.mid().man_exp(), ball.rad().man_exp()
    return f"[{middle[0]}*2^{middle[1]} +/- {radius[0]}*2^{radius[1]}]"


def from_text(text: str) -> Real:
    """Read back what :func:`to_text` wrote.

    Raises
    ------
    ParameterError
        ``'text' must be a rational p/q or a ball [m*2^e +/- r*2^s], not ….``

    Examples
    --------
    >>> from_text("1/3").exact
    Fraction(1, 3)
    """
    if not isinstance(text, str):
        raise ParameterError(f"'text' must be text, not {abbreviate(repr(text))}.")
    if _RATIONAL.fullmatch(text):
        top, _, bottom = text.partition("/")
        if bottom == "" or int(fmpz(bottom)) != 0:
            return Real(Fraction(int(fmpz(top)), int(fmpz(bottom)) if bottom else 1))
    match = _BALL.fullmatch(text)
    if match is None:
        raise ParameterError("'text' must be a rational p/q or a ball [m*2^e +/- r*2^s], "
                             f"not {abbreviate(repr(text))}.")
    middle, power, radius, radius_power = (fmpz(part) for part in match.groups())
    return Real(_ball((middle, power), radius, radius_power))


def _ball(middle: tuple[fmpz, fmpz], radius: fmpz, power: fmpz) -> arb:
    # Arb rounds a radius up to 30 bits, and one of exactly 30 bits by a unit too many: then start half a unit lower.
    for start in ((radius, power), (2 * radius - 1, power - 1)):
        ball = arb(middle, start)
        if ball.rad() == arb((radius, power)):
            return ball
    return arb(middle, (radius, power))
