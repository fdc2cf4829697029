"""Real numbers through powers, roots and elementary functions: exact where the result is rational, enclosed elsewhere.

Rationals of more than ``EXACT_BITS`` bits are not written out: they become balls, which refine as far as asked.
A value that does not exist, or cannot be shown to, is refused when it is formed, not when it is used.
"""
from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import reduce

from flint import arb, ctx, fmpq, fmpz

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor import Real, decide
from theorycheck.rigor.real import precision_range

#: Above this length, in bits, a rational is enclosed instead of written out.
EXACT_BITS = 1 << 17
_MACHINE = 1 << 63

# name: (method of arb, arguments with a rational value, what the argument must satisfy)
_ELEMENTARY: dict[str, tuple[str, dict[int, int], tuple[tuple[str, int], ...]]] = {
    "exp": ("exp", {0: 1}, ()), "log": ("log", {1: 0}, ((">", 0),)),
    "sin": ("sin", {0: 0}, ()), "cos": ("cos", {0: 1}, ()),
    "asin": ("asin", {0: 0}, ((">=", -1), ("<=", 1))), "acos": ("acos", {1: 0}, ((">=", -1), ("<=", 1))),
    "atan": ("atan", {0: 0}, ()), "sinh": ("sinh", {0: 0}, ()), "cosh": ("cosh", {0: 1}, ()),
    "tanh": ("tanh", {0: 0}, ()), "asinh": ("asinh", {0: 0}, ()), "acosh": ("acosh", {1: 0}, ((">=", 1),)),
    "atanh": ("atanh", {0: 0}, ((">", -1), ("<", 1))),
    "erf": ("erf", {0: 0}, ()), "erfc": ("erfc", {0: 1}, ()),
}


def undefined(what: str) -> ParameterError:
    """Return the error for a value that does not exist or cannot be shown to."""
    return ParameterError(f"'expression' must be defined at the values given; it has {what}.")


def shown(number: Real) -> str:
    """Return a number as it stands in a message."""
    return abbreviate(number.exact) if number.exact is not None else number.enclose().str(15)


def total(terms: Iterable[Real]) -> Real:
    """Return the sum: one ball recipe for all inexact terms, however many."""
    rational, others = Fraction(0), []
    for term in terms:
        if term.exact is None:
            others.append(term)
        else:
            rational += term.exact
            if _bits(rational) > EXACT_BITS:
                others.append(_enclosed(rational))
                rational = Fraction(0)
    if not others:
        return Real(rational)
    head = Real(rational)
    return Real(lambda: sum((term.enclose(ctx.prec) for term in others), head.enclose(ctx.prec)))


def product(factors: Iterable[Real]) -> Real:
    """Return the product; a factor that is exactly zero makes it exactly zero."""
    rational, others = Fraction(1), []
    for factor in factors:
        if factor.exact is None:
            others.append(factor)
        else:
            rational *= factor.exact
            if _bits(rational) > EXACT_BITS:
                others.append(_enclosed(rational))
                rational = Fraction(1)
    if not others or rational == 0:
        return Real(rational)
    head = Real(rational)
    return Real(lambda: math.prod((factor.enclose(ctx.prec) for factor in others), start=head.enclose(ctx.prec)))


def power(base: Real, exponent: Real) -> Real:
    """Return ``base ** exponent``; a base that is not positive takes integer exponents only (0 takes positive ones).

    Raises
    ------
    ParameterError
        ``'expression' must be defined at the values given; it has -1 to the power 1/2.``

    Examples
    --------
    >>> power(Real(Fraction(8, 27)), Real(Fraction(-2, 3)))
    Real(9/4)
    >>> power(Real(2), Real(Fraction(1, 2))).is_exact
    False
    """
    if exponent.exact is not None and exponent.exact.denominator == 1:
        return _integer_power(base, exponent.exact.numerator)
    if base.exact == 0 and decide(exponent, ">", 0):
        return Real(0)
    if decide(base, ">", 0) is not True:
        raise undefined(f"{shown(base)} to the power {shown(exponent)}")
    if exponent.exact is None:
        return Real(lambda: (base.enclose(ctx.prec).log() * exponent.enclose(ctx.prec)).exp())
    return _root(base, exponent.exact)


def _integer_power(base: Real, exponent: int) -> Real:
    if exponent < 0 and decide(base, "!=", 0) is not True:
        raise undefined("a division by zero" if base.exact == 0 else f"a division by {shown(base)}, perhaps zero")
    if base.exact is not None:
        if abs(base.exact) <= 1 and base.exact.denominator == 1:
            return Real(base.exact ** (exponent % 2 + 2 if exponent else 0))
        if _bits(base.exact) * abs(exponent) <= EXACT_BITS:
            return Real(base.exact ** exponent)
    return Real(lambda: base.enclose(ctx.prec) ** fmpz(exponent))


def _root(base: Real, exponent: Fraction) -> Real:
    if base.exact is not None:
        top, bottom = (_integer_root(part, exponent.denominator) for part in base.exact.as_integer_ratio())
        if top is not None and bottom is not None:
            return _integer_power(Real(Fraction(top, bottom)), exponent.numerator)
    if exponent.denominator == 2:
        return Real(lambda: base.enclose(ctx.prec).sqrt() ** fmpz(exponent.numerator))
    return Real(lambda: base.enclose(ctx.prec) ** fmpq(exponent.numerator, exponent.denominator))


def _integer_root(value: int, degree: int) -> int | None:
    """The exact root of a positive integer, or None where it is not an integer."""
    if value == 1:
        return 1
    if degree > value.bit_length():
        return None
    root = int(fmpz(value).root(degree))
    return root if root ** degree == value else None


def elementary(name: str, argument: Real) -> Real:
    """Return an elementary function of a real: exp, log, the circular and hyperbolic ones, their inverses, erf, erfc.

    Raises
    ------
    ParameterError
        ``'expression' must be defined at the values given; it has log of -1, which must be > 0.``
    """
    method, special, requirements = _ELEMENTARY[name]
    for relation, bound in requirements:
        if decide(argument, relation, bound) is not True:
            raise undefined(f"{name} of {shown(argument)}, which must be {relation} {bound}")
    if argument.exact is not None and argument.exact.denominator == 1 and argument.exact.numerator in special:
        return Real(special[argument.exact.numerator])
    return Real(lambda: getattr(argument.enclose(ctx.prec), method)())


def absolute(number: Real) -> Real:
    """Return the absolute value."""
    return Real(abs(number.exact)) if number.exact is not None else Real(lambda: abs(number.enclose(ctx.prec)))


def extremum(numbers: Iterable[Real], largest: bool) -> Real:
    """Return the largest (or smallest) of the numbers; those that cannot be told apart share one enclosure."""
    candidates: list[Real] = []
    relation = ">=" if largest else "<="
    for number in numbers:
        answers = [decide(kept, relation, number) for kept in candidates]
        if True in answers:
            continue
        candidates = [kept for kept, answer in zip(candidates, answers) if answer is None] + [number]
    if len(candidates) == 1:
        return candidates[0]
    choose = arb.max if largest else arb.min
    return Real(lambda: reduce(choose, [number.enclose(ctx.prec) for number in candidates]))


def rounded(number: Real, upwards: bool) -> Real:
    """Return the floor, or the ceiling, as an exact integer.

    Raises
    ------
    ParameterError
        ``'expression' must be defined …; it has the floor of […], not decided at 8192 bits.``
    """
    if number.exact is not None:
        return Real(math.ceil(number.exact) if upwards else math.floor(number.exact))
    bits, limit = precision_range()
    while bits <= limit:
        ball = number.enclose(bits)
        with ctx.workprec(bits):
            integer = (ball.ceil() if upwards else ball.floor()).unique_fmpz()
        if integer is not None:
            return Real(int(integer))
        bits *= 2
    raise undefined(f"the {'ceiling' if upwards else 'floor'} of {shown(number)}, not decided at {limit} bits")


def factorial(number: Real) -> Real:
    """Return the factorial of a non-negative integer, in digits up to 10000! and enclosed beyond."""
    integer = _count(number, "the factorial")
    return Real(math.factorial(integer)) if integer <= 10_000 else Real(lambda: arb.fac_ui(integer))


def binomial(above: Real, below: Real) -> Real:
    """Return the binomial coefficient of a non-negative integer and an integer (zero outside 0…above)."""
    draws = _count(above, "the binomial coefficient")
    if below.exact is not None and below.exact < 0 and below.exact.denominator == 1:
        return Real(0)
    chosen = min(_count(below, "the binomial coefficient"), draws + 1)
    if chosen > draws:
        return Real(0)
    chosen = min(chosen, draws - chosen)
    if chosen * draws.bit_length() <= EXACT_BITS:
        return Real(math.comb(draws, chosen))
    return Real(lambda: arb.bin_uiui(draws, chosen))


def integer_value(number: Real) -> int | None:
    """Return the integer that the number exactly is, or None."""
    return number.exact.numerator if number.exact is not None and number.exact.denominator == 1 else None


def pi() -> Real:
    """Return pi."""
    return Real(arb.pi)


def _count(number: Real, of: str) -> int:
    integer = integer_value(number)
    if integer is None or not 0 <= integer < _MACHINE:
        raise undefined(f"{of} of {shown(number)}, which must be an integer from 0 to 2^63-1")
    return integer


def _enclosed(rational: Fraction) -> Real:
    return Real(lambda: arb(fmpq(rational.numerator, rational.denominator)))


def _bits(rational: Fraction) -> int:
    return max(rational.numerator.bit_length(), rational.denominator.bit_length())
