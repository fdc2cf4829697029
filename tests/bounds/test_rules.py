"""Every substitution that the rules permit is true: at admissible points the fresh variable exists and has its sign."""
from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol, log, sqrt

from theorycheck.bounds.relation import Relation
from theorycheck.bounds.rules import Equation, permitted_equations
from theorycheck.bounds.symbols import SYMBOLS, delta, eta, hamming_distance, k, mu, multiplicity, q

s = Symbol("s")
_SIGNS = {"positive": lambda value: value > 0, "nonnegative": lambda value: value >= 0, "real": lambda value: True}


def _variable_at(equation: Equation, atom: sympy.Expr, values: dict[Symbol, Fraction]) -> sympy.Expr:
    """The fresh variable's value where the atom has this one: the only solution of the equation."""
    exact = {symbol: Rational(value.numerator, value.denominator) for symbol, value in values.items()}
    solutions = sympy.solve(equation.replacement.subs(exact) - atom, equation.variable)
    assert len(solutions) == 1
    return solutions[0]


def _inside(name: str, seed: int) -> Fraction:
    """A point of the symbol's domain, its closed ends included for small seeds."""
    domain = SYMBOLS[name].domain
    low = Fraction(domain.lower or 0)
    if domain.integer:
        return low + seed
    if domain.upper is None:
        return low + Fraction(seed + 1, 3)
    open_low = Fraction(1, 97) if domain.lower_open else Fraction(0)
    open_high = Fraction(1, 97) if domain.upper_open else Fraction(0)
    return min(low + open_low + Fraction(seed, 7), domain.upper - open_high)


@pytest.mark.parametrize("name", sorted(SYMBOLS))
@pytest.mark.parametrize("seed", [0, 1, 5, 40])
def test_equations_of_symbols(name: str, seed: int) -> None:
    value = _inside(name, seed)
    SYMBOLS[name].domain.check(name, value)
    equations = list(permitted_equations(SYMBOLS[name].symbol, s))
    assert equations[-1].rule == "free"
    for equation in equations:
        closed_end = equation.rule == "range" and value == SYMBOLS[name].domain.lower
        assert not closed_end, "a range must not leave out an admissible end"
        assert _SIGNS[equation.sign](_variable_at(equation, Rational(value.numerator, value.denominator), {}))


@pytest.mark.parametrize("assumptions, values", [
    ((Relation(q, ">=", k),), [(3, 3), (3, 9)]), ((Relation(q, ">", k),), [(3, 4), (3, 9)]),
    ((Relation(q, "<=", k),), [(3, 3), (3, 1)]), ((Relation(q, "<", k),), [(3, 1), (3, 2)]),
    ((Relation(q, ">", k), Relation(q, "<=", 3 * k)), [(2, 6), (2, 3)]),
    ((Relation(q, ">=", k), Relation(q, "<", 3 * k)), [(2, 2), (2, 5)]),
    ((Relation(q, ">=", k), Relation(q, "<=", 3 * k)), [(2, 2), (2, 6)])])
def test_equations_of_assumptions(assumptions: tuple[Relation, ...], values: list[tuple[int, int]]) -> None:
    for bits, width in values:
        for equation in permitted_equations(q, s, assumptions):
            assert _SIGNS[equation.sign](_variable_at(equation, sympy.Integer(width), {k: Fraction(bits)}))


def test_assumptions_come_first_and_others_are_not_read() -> None:
    first = next(permitted_equations(q, s, (Relation(k, ">=", q), Relation(q, ">", 2**k))))
    assert (first.replacement, first.sign, first.rule) == (2**k + s, "positive", "assumption")
    assert next(permitted_equations(q, s, (Relation(q + 1, ">=", k), Relation(q, "==", k)))).rule == "domain"


def test_two_closed_ends_give_no_range() -> None:
    # The ratio of the distances would leave one end out.
    both = (Relation(hamming_distance, ">=", k), Relation(hamming_distance, "<=", 2 * k))
    assert all(equation.rule != "range" for equation in permitted_equations(hamming_distance, s, both))
    assert any(equation.rule == "range" for equation in permitted_equations(
        multiplicity, s, (Relation(multiplicity, ">", k), Relation(multiplicity, "<=", q))))


@pytest.mark.parametrize("base", [2, 3])
def test_powers(base: int) -> None:
    first = next(permitted_equations(sympy.Integer(base)**k, s))
    assert (first.replacement, first.sign, first.rule) == (base + s, "nonnegative", "power")
    # Not an integer domain, not of the table: nothing but the free rule.
    for atom in (2**mu, 2**eta, 2**Symbol("k"), 2**(k * q)):
        assert [equation.rule for equation in permitted_equations(atom, s)] == ["free"]


@given(st.fractions(min_value=Fraction(1, 99), max_value=99))
def test_logarithm(value: Fraction) -> None:
    lower, upper, free = permitted_equations(log(mu), s)
    point = mpmath.mpf(value.numerator) / value.denominator
    # s = ln y - (1 - 1/y) and s = (y - 1) - ln y; both vanish at 1, where a float may round to just below 0.
    assert mpmath.log(point) - (1 - 1 / point) >= -1e-12 and point - 1 - mpmath.log(point) >= -1e-12
    assert sympy.simplify(lower.replacement - (1 - 1 / mu + s)) == 0 and lower.rule == "logarithm"
    assert sympy.simplify(upper.replacement - (mu - 1 - s)) == 0 and free.rule == "free"


@pytest.mark.parametrize("constant", [log(2), log(3), sqrt(2), log(5) / log(7)])
def test_constants(constant: sympy.Expr) -> None:
    ranged, free = permitted_equations(constant, s)
    value = sympy.solve(ranged.replacement - s * 0 - Symbol("c"), s)[0].subs(Symbol("c"), constant.evalf(50))
    assert ranged.rule == "constant" and ranged.sign == "positive" and value > 0
    ends = [ranged.replacement.subs(s, 0), sympy.limit(ranged.replacement, s, sympy.oo)]
    assert min(ends) < constant.evalf(50) < max(ends) and max(ends) - min(ends) == Rational(1, 8)


def test_delta_is_between_its_open_ends() -> None:
    first = next(permitted_equations(delta, s))
    assert (first.replacement, first.sign) == (1 / (1 + s), "positive")
