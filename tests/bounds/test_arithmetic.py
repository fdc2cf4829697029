"""Powers, roots and elementary functions of reals against exact values, mpmath and the definition."""
from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import mpmath
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.bounds import arithmetic
from theorycheck.bounds.arithmetic import EXACT_BITS
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide

_ROOT = Real(lambda: arb(2).sqrt())
_rationals = st.fractions(min_value=-9, max_value=9, max_denominator=12)


@pytest.fixture(autouse=True)
def _many_digits() -> Iterator[None]:
    with mpmath.workdps(150):
        yield


def _contains(number: Real, reference: mpmath.mpf, bits: int = 128) -> bool:
    """The enclosure contains the reference's 80 digits and is no wider than 2^(20-bits) relatively."""
    with ctx.workprec(400):
        truth = arb(mpmath.nstr(reference, 80))
    ball = number.enclose(bits)
    return bool(ball.contains(truth)) and bool(ball.rad() <= (abs(ball.mid()) + 1) * arb(2)**(20 - bits))


@given(st.lists(_rationals, max_size=6))
def test_exact_sums_and_products(numbers: list[Fraction]) -> None:
    reals = [Real(number) for number in numbers]
    assert arithmetic.total(reals).exact == sum(numbers, Fraction(0))
    assert arithmetic.product(reals).exact == math.prod(numbers, start=Fraction(1))


def test_mixed_sums_and_products() -> None:
    mixed = [Real(Fraction(1, 3)), _ROOT, Real(2), _ROOT]
    assert _contains(arithmetic.total(mixed), mpmath.mpf(7) / 3 + 2 * mpmath.sqrt(2))
    assert _contains(arithmetic.product([Real(Fraction(1, 3)), _ROOT]), mpmath.sqrt(2) / 3)
    assert arithmetic.product([_ROOT, Real(0)]).exact == 0


def test_many_terms_do_not_nest() -> None:
    # One recipe for all: a chain of 5000 binary sums would exceed Python's recursion limit.
    assert decide(arithmetic.total([_ROOT] * 5000), "<", 7072) is True


@given(_rationals, st.integers(-9, 9))
def test_integer_powers(base: Fraction, exponent: int) -> None:
    if base == 0 and exponent < 0:
        with pytest.raises(ParameterError, match="a division by zero"):
            arithmetic.power(Real(base), Real(exponent))
    else:
        assert arithmetic.power(Real(base), Real(exponent)).exact == base ** exponent


@given(st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=50), st.integers(2, 6), st.integers(-5, 5))
def test_perfect_roots_are_exact(root: Fraction, degree: int, top: int) -> None:
    found = arithmetic.power(Real(root ** degree), Real(Fraction(top, degree)))
    assert found.exact == root ** top


@pytest.mark.parametrize("base, exponent", [(2, "1/2"), (8, "1/6"), ("2/3", "-3/2"), (5, "7/3"), (10**40 + 1, "1/2")])
def test_irrational_roots(base: int | str, exponent: str) -> None:
    found = arithmetic.power(Real(Fraction(base)), Real(Fraction(exponent)))
    power = Fraction(exponent)
    assert not found.is_exact
    assert _contains(found, mpmath.power(mpmath.mpf(Fraction(base).numerator) / Fraction(base).denominator,
                                         mpmath.mpf(power.numerator) / power.denominator))


def test_powers_of_enclosed_numbers() -> None:
    assert _contains(arithmetic.power(_ROOT, _ROOT), mpmath.sqrt(2) ** mpmath.sqrt(2))
    negative = arithmetic.product([Real(-1), _ROOT])
    assert _contains(arithmetic.power(negative, Real(3)), -mpmath.sqrt(8))
    assert arithmetic.power(Real(0), _ROOT).exact == 0


@pytest.mark.parametrize("base, exponent", [
    (Real(-1), Real(Fraction(1, 2))), (Real(-8), Real(Fraction(1, 3))), (Real(0), Real(Fraction(-1, 2))),
    (Real(-2), _ROOT), (arithmetic.product([_ROOT, Real(-1)]), _ROOT), (_ROOT * _ROOT - 2, Real(-1))])
def test_undefined_powers(base: Real, exponent: Real) -> None:
    with pytest.raises(ParameterError, match="^'expression' must be defined at the values given; it has "):
        arithmetic.power(base, exponent)


def test_long_rationals_become_balls() -> None:
    long = arithmetic.power(Real(3), Real(EXACT_BITS))
    assert not long.is_exact and decide(long, ">", 10**1000) is True
    ratio = arithmetic.power(long, Real(Fraction(1, EXACT_BITS)))
    assert ratio.enclose().contains(arb(3))
    assert arithmetic.power(Real(-1), Real(10**30 + 1)).exact == -1
    assert arithmetic.power(Real(1), Real(-10**30)).exact == 1
    harmonic = arithmetic.total(Real(Fraction(1, 3**i)) for i in range(0, 90_000, 3000))
    assert not harmonic.is_exact
    assert decide(harmonic, ">", 1) is True and decide(harmonic, "<", 1 + Fraction(1, 3**2999)) is True
    big = Real(3**(EXACT_BITS // 2))
    assert decide(arithmetic.product([big, big, big]), ">", 3**EXACT_BITS) is True


@pytest.mark.parametrize("name, argument, reference", [
    ("exp", "3/2", mpmath.exp), ("log", "3/2", mpmath.log), ("sin", "3/2", mpmath.sin), ("cos", "3/2", mpmath.cos),
    ("asin", "1/3", mpmath.asin), ("acos", "-1/3", mpmath.acos), ("atan", "7", mpmath.atan),
    ("sinh", "3/2", mpmath.sinh), ("cosh", "3/2", mpmath.cosh), ("tanh", "3/2", mpmath.tanh),
    ("asinh", "-2", mpmath.asinh), ("acosh", "2", mpmath.acosh), ("atanh", "1/3", mpmath.atanh),
    ("erf", "1/2", mpmath.erf), ("erfc", "1/2", mpmath.erfc)])
def test_elementary_functions(name: str, argument: str, reference: object) -> None:
    point = Fraction(argument)
    found = arithmetic.elementary(name, Real(point))
    assert _contains(found, reference(mpmath.mpf(point.numerator) / point.denominator))  # type: ignore[operator]
    assert found.enclose(512).rad() < found.enclose(64).rad()


@pytest.mark.parametrize("name, argument, value", [
    ("exp", 0, 1), ("log", 1, 0), ("cosh", 0, 1), ("cos", 0, 1), ("acos", 1, 0), ("acosh", 1, 0), ("erfc", 0, 1),
    ("sin", 0, 0), ("tanh", 0, 0)])
def test_exact_special_values(name: str, argument: int, value: int) -> None:
    assert arithmetic.elementary(name, Real(argument)).exact == value


@pytest.mark.parametrize("name, argument", [
    ("log", 0), ("log", -1), ("acosh", Fraction(1, 2)), ("asin", 2), ("acos", -2), ("atanh", 1), ("atanh", -1)])
def test_undefined_functions(name: str, argument: Fraction | int) -> None:
    with pytest.raises(ParameterError, match=f"it has {name} of {argument}, which must be"):
        arithmetic.elementary(name, Real(argument))


def test_logarithm_of_an_undecided_number() -> None:
    with pytest.raises(ParameterError, match="it has log of"):
        arithmetic.elementary("log", _ROOT * _ROOT - 2)


def test_extremum() -> None:
    assert arithmetic.extremum([Real(1), Real(Fraction(3, 2)), _ROOT], largest=True).exact == Fraction(3, 2)
    assert decide(arithmetic.extremum([Real(2), Real(Fraction(3, 2)), _ROOT], largest=False), "<", Fraction(1415, 1000))
    # Two equal irrational numbers cannot be told apart, but their maximum is enclosed all the same.
    twin = arithmetic.extremum([_ROOT, arithmetic.power(Real(8), Real(Fraction(1, 6))), Real(1)], largest=True)
    assert twin.enclose().overlaps(_ROOT.enclose()) and decide(twin, ">", Fraction(1414, 1000)) is True


@pytest.mark.parametrize("value, low, high", [(Fraction(7, 2), 3, 4), (Fraction(-7, 2), -4, -3), (Fraction(5), 5, 5)])
def test_rounding_rationals(value: Fraction, low: int, high: int) -> None:
    assert (arithmetic.rounded(Real(value), False).exact, arithmetic.rounded(Real(value), True).exact) == (low, high)


def test_rounding_enclosed_numbers() -> None:
    assert arithmetic.rounded(_ROOT, False).exact == 1 and arithmetic.rounded(_ROOT, True).exact == 2
    # 10^60*sqrt(2) needs more than the 128 bits that the search starts with.
    assert arithmetic.rounded(_ROOT * 10**60, False).exact == math.isqrt(2 * 10**120)
    with pytest.raises(ParameterError, match="the floor of .*, not decided at 8192 bits"):
        arithmetic.rounded(_ROOT * _ROOT, False)


def test_absolute_and_pi() -> None:
    assert arithmetic.absolute(Real(Fraction(-1, 3))).exact == Fraction(1, 3)
    assert decide(arithmetic.absolute(_ROOT - 2), ">", Fraction(58, 100)) is True
    assert _contains(arithmetic.pi(), +mpmath.pi)


def test_factorials_and_binomials() -> None:
    assert arithmetic.factorial(Real(10)).exact == 3628800
    assert arithmetic.binomial(Real(10), Real(3)).exact == 120
    assert arithmetic.binomial(Real(10), Real(11)).exact == 0 and arithmetic.binomial(Real(10), Real(-1)).exact == 0
    huge = arithmetic.binomial(Real(200_000), Real(100_000))
    assert not huge.is_exact
    with ctx.workprec(256):
        truth = math.comb(200_000, 100_000)
        assert huge.enclose(256).overlaps(arb(fmpq(truth))) and huge.enclose(256).rel_accuracy_bits() > 200
    assert not arithmetic.factorial(Real(10_001)).is_exact
    for bad in (Real(-1), Real(Fraction(1, 2)), _ROOT, Real(2**63)):
        with pytest.raises(ParameterError, match="must be an integer from 0"):
            arithmetic.factorial(bad)
        with pytest.raises(ParameterError, match="must be an integer from 0"):
            arithmetic.binomial(bad, Real(1))
