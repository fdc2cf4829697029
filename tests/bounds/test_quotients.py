"""Formulas as quotients of polynomials: against exact evaluation at random points, and what is not rational."""
from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol, exp, log, sqrt

from theorycheck.bounds.quotients import MissingEquation, NotRational, Quotients, is_product_of_positives
from theorycheck.bounds.rules import Equation
from theorycheck.bounds.symbols import delta, gamma, hamming_distance, k, mu, q

a, b = Symbol("a"), Symbol("b")


def _equation(atom: sympy.Expr, replacement: sympy.Expr, variable: Symbol) -> Equation:
    return Equation(atom, replacement, variable, "real", "free")


def _value(quotients: Quotients, expression: sympy.Expr, point: tuple[Fraction, ...]) -> Fraction:
    top, bottom = quotients.of(expression)
    return Fraction(str(top.evaluate(list(zip(quotients.ring.gens, point))))) / Fraction(
        str(bottom.evaluate(list(zip(quotients.ring.gens, point)))))


_points = st.tuples(*[st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9)] * 2)


@given(_points)
def test_rational_expressions(point: tuple[Fraction, Fraction]) -> None:
    quotients = Quotients((), (a, b))
    x, y = point
    assert _value(quotients, (a + b)**2 / (a * b + 1) - 3 / a**2, point) == (x + y)**2 / (x * y + 1) - 3 / x**2


@given(_points, st.integers(-3, 3))
def test_powers_share_one_atom(point: tuple[Fraction, Fraction], shift: int) -> None:
    # With 2^k = 1 + a and q = a*b: 8^(k+s) is 8^s (2^k)^3, 4^(2k) is (2^k)^4, (1/2)^k its inverse.
    quotients = Quotients((_equation(2**k, 1 + a, a), _equation(q, a * b, b)), (a, b))
    x, y = point
    cells = 1 + x
    assert _value(quotients, q * sympy.Integer(8)**(k + shift) + sympy.Integer(4)**(2 * k), point) == (
        x * y * Fraction(8)**shift * cells**3 + cells**4)
    assert _value(quotients, Rational(1, 2)**k + Rational(3, 4)**0, point) == 1 / cells + 1


def test_several_primes_and_fractional_constants() -> None:
    quotients = Quotients((_equation(2**k, a, a), _equation(3**k, b, b)), (a, b))
    assert quotients.of(sympy.Integer(6)**k)[0] == quotients.of(2**k * 3**k)[0]
    root = Quotients((_equation(sqrt(2), a, a), _equation(2**k, b, b)), (a, b))
    assert root.of(sympy.Integer(2)**(k + Rational(5, 2)))[0] == 4 * root.generators[a] * root.generators[b]


def test_logarithms_split_over_positive_factors_only() -> None:
    three = _equation(k, sympy.Integer(3), b)
    quotients = Quotients((_equation(log(2), a, a), _equation(log(delta), b, b), three), (a, b))
    top, bottom = quotients.of(log(2**(k + 1) / delta))
    assert top == 4 * quotients.generators[a] - quotients.generators[b] and bottom == 1
    assert quotients.of_logarithm(exp(k) * Rational(1, 2))[0] == 3 - quotients.generators[a]
    whole = log((1 - gamma) * delta)
    with pytest.raises(MissingEquation) as missing:
        Quotients((_equation(log(delta), a, a),), (a,)).of(whole)
    assert missing.value.atom == log(1 - gamma)


@pytest.mark.parametrize("expression", [exp(mu), mu**Rational(1, 2), mu**k, sympy.Float("0.5") * a, sympy.floor(mu),
                                        2**(k / 2), sympy.pi])
def test_not_rational(expression: sympy.Expr) -> None:
    with pytest.raises((NotRational, MissingEquation)):
        Quotients((_equation(mu, a, a), _equation(k, 1 + a, a)), (a,)).of(expression)


def test_missing_circular_and_dividing_by_zero() -> None:
    with pytest.raises(MissingEquation) as missing:
        Quotients((), (a,)).of(q + a)
    assert missing.value.atom == q
    with pytest.raises(NotRational, match="leads back to it"):
        Quotients((_equation(q, mu + a, a), _equation(mu, q + b, b)), (a, b)).of(q)
    with pytest.raises(NotRational, match="division by zero"):
        Quotients((_equation(q, a, a), _equation(mu, a, b)), (a, b)).of(1 / (q - mu))


def test_visible_positivity() -> None:
    for positive in (k, delta, 2**-k, exp(-q), q**Rational(1, 2), 3 * delta / 2**k, log(2)**0):
        assert is_product_of_positives(positive)
    for other in (gamma, hamming_distance, 1 - delta, -k, k - 1, log(k), Symbol("k"), sympy.Integer(0), sympy.I):
        assert not is_product_of_positives(other)
