"""Decimals that round outwards: an upper end never prints below the number, a lower end never above it."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx, fmpz

from theorycheck.errors import require_integer
from theorycheck.rigor.real import Real, RealLike, precision_range

# The ends of a ball with a larger exponent are not written out; their digits come from a logarithm.
_MANY_BITS = 100_000


def lower_decimal(value: RealLike, digits: int = 6) -> str:
    """Return a decimal of at most ``digits`` significant digits that is at most ``value``.

    Examples
    --------
    >>> lower_decimal(Fraction(2, 3), 4), upper_decimal(Fraction(2, 3), 4), lower_decimal(Fraction(1, 2), 4)
    ('0.6666', '0.6667', '0.5')
    """
    return _directed(value, digits, -1)


def upper_decimal(value: RealLike, digits: int = 6) -> str:
    """Return a decimal of at most ``digits`` significant digits that is at least ``value``.

    Examples
    --------
    >>> upper_decimal(Fraction(-2, 3), 4), upper_decimal(Fraction(1, 10**30), 4)
    ('-0.6666', '1e-30')
    """
    return _directed(value, digits, +1)


def nearest_decimal(value: RealLike, digits: int = 6) -> str:
    """Return ``value`` cut to ``digits`` significant digits, with ``…`` behind them unless that is the number itself.

    Only digits on which both ends of the enclosure agree are printed: the number's own digits, cut towards zero.  Where
    they do not even reach the point, or the first digit is not known, that shows: ``1.23…e5``, ``[-1e-40, 1e-40]``.

    Examples
    --------
    >>> nearest_decimal(Fraction(1, 8)), nearest_decimal(Fraction(1, 3)), nearest_decimal(Fraction(-2, 3), 3)
    ('0.125', '0.333333…', '-0.666…')
    >>> nearest_decimal(123456), nearest_decimal(123456, 3)
    ('123456', '1.23…e5')
    """
    number, ball, bits = Real(value), None, _bits(digits)
    exact = number.exact
    if exact is None:
        ball = number.enclose(bits)
        exact = _dyadic(ball) if ball.is_finite() and ball.is_exact() else None
    if exact == 0:
        return "0"
    if exact is not None:
        mantissa, exponent, remains = _divide(abs(exact), digits)
        return _format(mantissa, exponent, exact < 0, cut=remains)
    assert ball is not None
    if ball.is_finite() and not ball.contains(arb(0)):
        for count in range(digits, 0, -1):
            low, high = _cut_ends(ball, count)
            if low == high:
                return _format(*low, bool(ball < 0), cut=True)
    return f"[{_directed(ball, digits, -1)}, {_directed(ball, digits, +1)}]"


def _bits(digits: int) -> int:
    require_integer("digits", digits, minimum=1, maximum=4000)
    return max(128, precision_range()[0], 4 * digits)


def _cut_ends(ball: arb, digits: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Both ends of ``|ball|`` cut to ``digits`` digits, as mantissa and exponent; equal only if that is right."""
    cuts = []
    with ctx.workprec(_bits(digits)):
        magnitude = abs(ball)
        for is_upper, end in ((False, magnitude.lower()), (True, magnitude.upper())):
            exact = _dyadic(end)
            if exact is not None:
                cuts.append(_divide(exact, digits)[:2])
            else:
                low, high, _, exponent = _scale_by_logarithm(end, digits)
                cuts.append((high if is_upper else low, exponent))
    return cuts[0], cuts[1]


def _directed(value: RealLike, digits: int, direction: int) -> str:
    number, bits = Real(value), _bits(digits)
    exact = number.exact
    if exact is None:
        with ctx.workprec(bits):
            ball = number.enclose(bits)
            if not ball.is_finite():
                return "-inf" if direction < 0 else "inf"
            end = ball.lower() if direction < 0 else ball.upper()
        exact = _dyadic(end)
        if exact is None:
            return _directed_by_logarithm(end, digits, direction)
    if exact == 0:
        return "0"
    mantissa, exponent, remains = _divide(abs(exact), digits)
    away = (direction > 0) == (exact > 0)
    return _format(mantissa + (away and remains), exponent, exact < 0)


def _dyadic(end: arb) -> Fraction | None:
    """The exact value of a point ball, or None when its exponent is too large to write out."""
    mantissa, exponent = (int(part) for part in end.mid().man_exp())
    if abs(exponent) > _MANY_BITS:
        return None
    return Fraction(mantissa) * Fraction(2) ** exponent


def _divide(size: Fraction, digits: int) -> tuple[int, int, bool]:
    """The first ``digits`` digits of a positive rational, their exponent of ten, and whether anything remains."""
    top, bottom = fmpz(size.numerator), fmpz(size.denominator)
    # Never above the first digit's exponent, since 0.30102 < log10(2) < 0.30103.
    difference = size.numerator.bit_length() - size.denominator.bit_length()
    first = (difference - 1) * (30102 if difference > 0 else 30103) // 100000
    while True:
        scale = digits - 1 - first
        mantissa, rest = divmod(top * fmpz(10) ** max(scale, 0), bottom * fmpz(10) ** max(-scale, 0))
        if mantissa < fmpz(10) ** digits:
            return int(mantissa), -scale, rest != 0
        # The digits in excess, which are few unless the exponent is very large, give the exponent itself.
        first += len(str(mantissa)) - digits


def _directed_by_logarithm(end: arb, digits: int, direction: int) -> str:
    """The same for a point whose digits would fill memory: outward, though not always the tightest decimal."""
    negative = bool(end < 0)
    low, _, high, exponent = _scale_by_logarithm(end, digits)
    if (direction > 0) != negative:
        mantissa = high
        while mantissa > 10**digits:
            mantissa, exponent = -(-mantissa // 10), exponent + 1
    else:
        mantissa = low
        while mantissa >= 10**digits:
            mantissa, exponent = mantissa // 10, exponent + 1
    return _format(mantissa, exponent, negative)


def _scale_by_logarithm(end: arb, digits: int) -> tuple[int, int, int, int]:
    """Enclose ``|end| / 10**exponent``, of about ``digits`` digits: lower floor, upper floor and ceiling, exponent."""
    bits = 256 + 5 * digits + 2 * int(end.mid().man_exp()[1]).bit_length()
    with ctx.workprec(bits):
        size, ten = abs(end), arb(10).log()
        exponent = _integer((size.log() / ten).mid().floor()) - digits + 1
        scaled = size * (ten * -exponent).exp()
        low, high = scaled.lower(), scaled.upper()
        return _integer(low.floor()), _integer(high.floor()), _integer(high.ceil()), exponent


def _integer(point: arb) -> int:
    integer = point.unique_fmpz()
    assert integer is not None
    return int(integer)


def _format(mantissa: int, exponent: int, negative: bool, cut: bool = False) -> str:
    text, mark = str(mantissa), "…" if cut else ""
    if not cut:
        text = text.rstrip("0") or "0"
        exponent += len(str(mantissa)) - len(text)
    point = len(text) + exponent
    if text == "0":
        return "0"
    if not -4 <= point <= 15 or (cut and exponent > 0):
        body = text[0] + ("." if len(text) > 1 else "") + text[1:] + mark + f"e{point - 1}"
    elif exponent >= 0:
        body = text + "0" * exponent + mark
    elif point > 0:
        body = text[:point] + "." + text[point:] + mark
    else:
        body = "0." + "0" * -point + text + mark
    return ("-" if negative else "") + body
