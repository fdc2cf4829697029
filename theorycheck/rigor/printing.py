"""Decimals that round outwards: an upper end never prints below the number, a lower end never above it."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx, fmpq

from theorycheck.rigor.real import Real, RealLike

_MANY_BITS = 20_000


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
    """Return ``value`` cut to ``digits`` significant digits, with ``…`` behind unless that is the number itself.

    Only digits on which both ends of the enclosure agree are printed: the number's own digits, cut towards zero.

    Examples
    --------
    >>> nearest_decimal(Fraction(1, 8)), nearest_decimal(Fraction(1, 3)), nearest_decimal(Fraction(-2, 3), 3)
    ('0.125', '0.333333…', '-0.666…')
    """
    number = Real(value)
    if number.exact is not None:
        negative = number.exact < 0
        shown = _directed(abs(number.exact), digits, -1)
        same = Fraction(shown) == abs(number.exact)
        return ("-" if negative else "") + shown + ("" if same else "…")
    ball = number.enclose(max(128, 5 * digits))
    if ball.contains(arb(0)):
        return f"[{_directed(ball, digits, -1)}, {_directed(ball, digits, +1)}]"
    magnitude = abs(ball)
    for count in range(digits, 0, -1):
        low = _truncated(magnitude, count, -1)
        if low == _truncated(magnitude, count, +1):
            return ("-" if ball < 0 else "") + low + "…"
    return f"[{_directed(ball, digits, -1)}, {_directed(ball, digits, +1)}]"


def _truncated(magnitude: arb, count: int, side: int) -> str:
    end = magnitude.lower() if side < 0 else magnitude.upper()
    return _directed(end, count, -1)


def _directed(value: RealLike, digits: int, direction: int) -> str:
    number = Real(value)
    bits = max(128, 5 * digits)
    exact = number.exact
    if exact is None:
        with ctx.workprec(bits):
            ball = number.enclose(bits)
            if not ball.is_finite():
                return "-inf" if direction < 0 else "inf"
            end = ball.lower() if direction < 0 else ball.upper()
            exact = _dyadic(end)
    if exact is None or max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _MANY_BITS:
        return _directed_by_logarithm(Real(end) if exact is None else Real(exact), digits, direction)
    if exact == 0:
        return "0"
    size = abs(exact)
    exponent = _decimal_exponent(size)
    scale = digits - 1 - exponent
    scaled = size * Fraction(10) ** scale
    away = (direction > 0) == (exact > 0)
    mantissa = -(-scaled.numerator // scaled.denominator) if away else scaled.numerator // scaled.denominator
    return _format(mantissa, -scale, exact < 0)


def _dyadic(end: arb) -> Fraction | None:
    """The exact value of a point ball, or None when its exponent is too large to write out."""
    mantissa, exponent = (int(part) for part in end.mid().man_exp())
    if abs(exponent) > _MANY_BITS:
        return None
    return Fraction(mantissa) * Fraction(2) ** exponent


def _decimal_exponent(size: Fraction) -> int:
    guess = (size.numerator.bit_length() - size.denominator.bit_length()) * 30103 // 100000
    while Fraction(10) ** guess > size:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= size:
        guess += 1
    return guess


def _directed_by_logarithm(number: Real, digits: int, direction: int) -> str:
    """The same for numbers whose digits would fill memory: outward, though not always the tightest decimal."""
    bits = 256 + 5 * digits
    ball = number.enclose(bits)
    negative = bool(ball < 0)
    with ctx.workprec(bits):
        size = abs(ball)
        exponent = int((size.log() / arb(10).log()).floor().mid().str(40, radius=False).split(".")[0])
        scaled = size * (arb(fmpq(10)).log() * (digits - 1 - exponent)).exp()
        away = (direction > 0) != negative
        end = scaled.upper().ceil() if away else scaled.lower().floor()
        mantissa = int(end.mid().fmpz())
    return _format(mantissa, exponent - digits + 1, negative)


def _format(mantissa: int, exponent: int, negative: bool) -> str:
    text = str(mantissa).rstrip("0") or "0"
    exponent += len(str(mantissa)) - len(text) if text != "0" else 0
    point = len(text) + exponent
    if -4 <= point <= 15:
        if exponent >= 0:
            body = text + "0" * exponent
        elif point > 0:
            body = text[:point] + "." + text[point:]
        else:
            body = "0." + "0" * -point + text
    else:
        body = text[0] + ("." + text[1:] if len(text) > 1 else "") + f"e{point - 1}"
    return ("-" if negative and body != "0" else "") + body
