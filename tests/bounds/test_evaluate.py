"""The walk over an expression: against exact fractions, against mpmath, and everything it must refuse."""
from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (Abs, E, Float, Max, Min, Piecewise, Product, Rational, Sum, acosh, binomial, ceiling, cosh, exp,
                   factorial, floor, log, pi, sqrt)

from theorycheck.bounds.evaluate import MAXIMUM_TERMS, evaluate, evaluate_relation
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import alpha, delta, eta, gamma, k, level, multiplicities, n, pattern, q
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.rigor import Real, decide

x, y = sympy.Symbol("x"), sympy.Symbol("y")
i, j = sympy.Symbol("i", integer=True), sympy.Symbol("j", integer=True)


# ---------------------------------------------------------------- against independent arithmetic

def _reference(expression: sympy.Expr, values: dict[str, Fraction]) -> mpmath.mpf:
    """A slow reading of the tree in 150 digits, for the operations of the random expressions."""
    if isinstance(expression, sympy.Symbol):
        return mpmath.mpf(values[expression.name].numerator) / values[expression.name].denominator
    if isinstance(expression, sympy.Rational):
        return mpmath.mpf(int(expression.p)) / int(expression.q)
    if expression == E:
        return mpmath.e
    parts = [_reference(argument, values) for argument in expression.args]
    return {sympy.Add: lambda *terms: mpmath.fsum(terms), sympy.Mul: lambda *terms: mpmath.fprod(terms),
            sympy.Pow: mpmath.power, exp: mpmath.exp, log: mpmath.log, cosh: mpmath.cosh, Abs: abs,
            Max: max, Min: min}[expression.func](*parts)


_positive = st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9)
_leaves = st.one_of(st.sampled_from([sympy.Symbol("a", positive=True), sympy.Symbol("b", positive=True)]),
                    _positive.map(lambda value: Rational(value.numerator, value.denominator)))


def _grow(children: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
    """Expressions that stay positive, so that every root and logarithm of them exists."""
    return st.one_of(
        st.tuples(children, children).map(lambda pair: pair[0] + pair[1]),
        st.tuples(children, children).map(lambda pair: pair[0] * pair[1]),
        st.tuples(children, children).map(lambda pair: pair[0] / pair[1]),
        st.tuples(children, children).map(lambda pair: Max(*pair)),
        st.tuples(children, children).map(lambda pair: Min(*pair)),
        st.tuples(children, children).map(lambda pair: Abs(pair[0] - pair[1]) + 1),
        st.tuples(children, st.sampled_from([2, -1, Rational(1, 2), Rational(-2, 3)])).map(
            lambda pair: pair[0]**pair[1]),
        # The logarithm of 1 plus something tiny would lose the digits that the accuracy below asks for.
        children.map(lambda inner: log(2 + inner)), children.map(lambda inner: exp(-inner)),
        children.map(lambda inner: cosh(inner / (1 + inner))))


@settings(deadline=None, max_examples=60)
@given(st.recursive(_leaves, _grow, max_leaves=8), _positive, _positive)
def test_random_expressions(expression: sympy.Expr, a: Fraction, b: Fraction) -> None:
    found = evaluate(expression, {"a": a, "b": b})
    with mpmath.workdps(150):
        truth = mpmath.nstr(_reference(expression, {"a": a, "b": b}), 120)
    with ctx.workprec(500):
        # 120 digits are off by less than one part in 10^119: the ball of that radius must meet ours, and ours is small.
        reference = arb(truth) * (1 + arb(0, 1) * arb(10)**-119)
    for bits in (64, 192):
        ball = found.enclose(bits)
        assert ball.overlaps(reference)
        assert found.is_exact or ball.rel_accuracy_bits() > bits - 40


@given(_positive, _positive, st.integers(-5, 5))
def test_rational_operations_stay_exact(a: Fraction, b: Fraction, power: int) -> None:
    found = evaluate((x + y)**power * x / y - 2 * Max(x, y) + Abs(x - 5), {x: a, y: b})
    assert found.exact == (a + b)**power * a / b - 2 * max(a, b) + abs(a - 5)


def test_named_constants_and_functions() -> None:
    with mpmath.workdps(60):
        cases = [(pi, mpmath.pi), (E, mpmath.e), (E**2 + pi, mpmath.e**2 + mpmath.pi), (sqrt(2)**3, mpmath.sqrt(8)),
                 (acosh(cosh(2) + 1), mpmath.acosh(mpmath.cosh(2) + 1)), (2**sqrt(3), mpmath.mpf(2)**mpmath.sqrt(3)),
                 (sympy.atan(2), mpmath.atan(2)), (sympy.erf(1), mpmath.erf(1))]
        for expression, value in cases:
            ball = evaluate(expression).enclose(128)
            assert ball.overlaps(arb(mpmath.nstr(value, 36))) and ball.rel_accuracy_bits() > 100


def test_roots_of_perfect_powers_stay_exact() -> None:
    assert evaluate(sqrt(x + q) * 2**k, {x: 1, q: 8, k: 3}).exact == 24
    # No simplification: a product of two irrational roots is enclosed, not recognised.
    assert evaluate(sqrt(q) * sqrt(n), {q: 2, n: 8}).is_exact is False
    assert evaluate(k / sqrt(q), {q: 49, k: 3}).exact == Fraction(3, 7)


def test_rounding_and_counting() -> None:
    assert evaluate(floor(log(q)) + ceiling(sqrt(q)), {q: 100}).exact == 14
    assert evaluate(binomial(n, k) * factorial(k), {n: 6, k: 2}).exact == 30
    assert evaluate(binomial(n, level), {n: 4, level: 7}).exact == 0


# ---------------------------------------------------------------- sums, cases, sequences

def test_finite_sums_and_products() -> None:
    assert evaluate(Sum(i**2, (i, 1, n)), {n: 10}).exact == 385
    assert evaluate(Product(i, (i, 1, n)), {n: 6}).exact == 720
    assert evaluate(Sum(binomial(n, i), (i, 0, n)), {n: 9}).exact == 512
    assert evaluate(Sum(i, (i, 1, 0))).exact == 0 and evaluate(Product(i, (i, 1, 0))).exact == 1


def test_sums_within_sums_and_shadowed_indices() -> None:
    nested = Sum(Sum(i * j, (j, 1, i)), (i, 1, n))
    assert evaluate(nested, {n: 4}).exact == sum(a * b for a in range(1, 5) for b in range(1, a + 1))
    # The inner i is another one; the values' own i is neither.
    shadowed = Sum(i + Sum(i, (i, 1, 3)), (i, 1, 2))
    assert evaluate(shadowed + i, {"i": 100}).exact == 1 + 2 + 2 * 6 + 100


def test_irrational_sums() -> None:
    found = evaluate(Sum(log(i), (i, 1, n)), {n: 40})
    assert found.enclose().contains(Real(math.factorial(40)).log().enclose(400))


def test_sequences() -> None:
    total = Sum(1 / multiplicities[pattern], (pattern, 1, 2**k))
    assert evaluate(total, {k: 2, "m_z": [1, 2, 3, 6]}).exact == 2
    assert evaluate(total, {k: 2, multiplicities: (1, 2, 3, 6)}).exact == 2
    for bad, message in [({k: 2}, "'m_z' must be given the sequence"), ({k: 2, "m_z": 4}, "the sequence of its values"),
                         ({k: 2, "m_z": [1, 2, 3]}, "integer index from 1 to 3"),
                         ({k: 2, "m_z": [1, 2, -3, 1]}, "'m_z' must be at least 0, not -3"),
                         ({k: 2, "m_z": [1, 2, 0, 1]}, "a division by zero")]:
        with pytest.raises(ParameterError, match=message):
            evaluate(total, bad)


def test_cases_are_decided_and_only_the_one_that_applies_is_evaluated() -> None:
    inverse = Piecewise((1 / x, x > 0), (0, sympy.Eq(x, 0)), (sympy.nan, True))
    assert evaluate(inverse, {x: 4}).exact == Fraction(1, 4) and evaluate(inverse, {x: 0}).exact == 0
    both = Piecewise((1, sympy.And(x > 0, y > 0)), (2, sympy.Or(x > 0, y > 0)), (3, True))
    assert [evaluate(both, {x: a, y: b}).exact for a, b in ((1, 1), (-1, 1), (-1, -1))] == [1, 2, 3]
    with pytest.raises(ParameterError, match="no case of a Piecewise"):
        evaluate(Piecewise((1, x > 0)), {x: -1})
    with pytest.raises(ParameterError, match="which is not decided"):
        evaluate(Piecewise((1, x**2 > 2), (0, True)), {x: Real(lambda: arb(2).sqrt())})


# ---------------------------------------------------------------- refusals

@pytest.mark.parametrize("expression", [Float("0.5"), q * Float("0.5"), Float("0.5")**k, exp(-Float(1) * k),
                                        Sum(Float("0.1") * i, (i, 1, 2)), sympy.Integer(2)**Float("0.5")])
def test_floats_are_refused(expression: sympy.Expr) -> None:
    with pytest.raises(ParameterError, match="'expression' must not contain the floating-point number"):
        evaluate(expression, {q: 1, k: 1})


@pytest.mark.parametrize("expression", [sympy.besselj(0, x), sympy.oo, sympy.nan, sympy.zoo, sympy.I, sympy.gamma(x),
                                        sympy.Function("f")(x), sympy.Integral(x, (x, 0, 1)), sympy.Derivative(x, x)])
def test_unsupported_expressions(expression: sympy.Expr) -> None:
    with pytest.raises(ParameterError, match="'expression' must be made of supported functions, not "):
        evaluate(expression, {x: 1})


@pytest.mark.parametrize("values, message", [
    ({k: 1}, "'q' must be given a value."), ({k: 1, q: 0}, "'q' must be at least 1, not 0."),
    ({k: Fraction(5, 2), q: 1}, "'k' must be an integer, not 5/2."),
    ({k: True, q: 1}, "'k' must be a finite number, not True."),
    ({k: float("nan"), q: 1}, "'k' must be a finite number, not nan.")])
def test_bad_values(values: dict[sympy.Symbol, object], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        evaluate(q / 2**k, values)  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize("symbol, bad", [(delta, 0), (delta, 1), (delta, 2), (gamma, Fraction(-1, 9)), (gamma, 2),
                                         (eta, 0), (level, -1), (alpha, 1)])
def test_values_outside_the_domain(symbol: sympy.Symbol, bad: Fraction) -> None:
    with pytest.raises(ParameterError, match=f"^'{symbol}' must be "):
        evaluate(symbol + 1, {symbol: bad})


def test_assumptions_of_other_symbols_are_checked() -> None:
    # sympy simplifies sqrt(w**2) to w by the assumption, so a negative value would give a wrong number.
    w = sympy.Symbol("w", positive=True)
    with pytest.raises(ParameterError, match="'w' must be greater than 0, not -1"):
        evaluate(sqrt(w**2), {w: -1})
    with pytest.raises(ParameterError, match="'w' must be greater than 0, not 0"):
        evaluate(Sum(w, (w, 0, 3)))


@pytest.mark.parametrize("expression, message", [
    (log(x), "log of -1, which must be > 0"), (sqrt(x), "-1 to the power 1/2"), (1 / (x + 1), "a division by zero"),
    (factorial(x), "the factorial of -1"), (acosh(x), "acosh of -1")])
def test_undefined_values(expression: sympy.Expr, message: str) -> None:
    with pytest.raises(ParameterError, match="'expression' must be defined at the values given; it has " + message):
        evaluate(expression, {x: -1})


def test_bad_sums() -> None:
    with pytest.raises(InstanceTooLarge, match=f"at most {MAXIMUM_TERMS}"):
        evaluate(Sum(1 / i, (i, 1, q)), {q: MAXIMUM_TERMS + 1})
    for bad in (Sum(i, (i, 1, x)), Sum(i, (i, 5, 2)), Sum(i, (i, 1, sympy.oo))):
        with pytest.raises(ParameterError):
            evaluate(bad, {x: Fraction(1, 2)})


# ---------------------------------------------------------------- refinement and relations

def test_enclosures_refine_and_stay_nested_around_the_value() -> None:
    found = evaluate(2**k * exp(-q / 2**k / 8), {k: 4, q: 650})
    balls = [found.enclose(bits) for bits in (32, 64, 128, 256, 512)]
    assert all(fine.rad() < coarse.rad() for coarse, fine in zip(balls, balls[1:]))
    assert all(coarse.contains(balls[-1].mid()) for coarse in balls)
    with ctx.workprec(700), mpmath.workdps(200):
        assert balls[-1].contains(arb(mpmath.nstr(16 * mpmath.exp(-mpmath.mpf(650) / 128), 190)))


def test_values_may_be_enclosed() -> None:
    found = evaluate(eta**2, {eta: Real(lambda: arb(2).sqrt())})
    assert found.enclose().contains(arb(2)) and not found.is_exact


def test_relations() -> None:
    bound = 2**k * exp(-q / 2**k / 8)
    assert evaluate_relation(Relation(bound, "<=", delta), {k: 4, q: 650, delta: "0.1"}) is True
    assert evaluate_relation(Relation(bound, "<=", delta), {k: 4, q: 649, delta: "0.1"}) is False
    assert evaluate_relation(bound / 2 <= delta / 3, {k: 4, q: 650, delta: "0.1"}) is False
    assert evaluate_relation(Relation(exp(log(k + 1)) + sqrt(2), "==", k + 1 + sqrt(2)), {k: 3}) is None
    assert evaluate_relation(sympy.true) is True and evaluate_relation(sympy.Not(k > 3), {k: 2}) is True
    assert evaluate_relation(sympy.And(k > 3, q > 3), {k: 2, q: 9}) is False
    with pytest.raises(ParameterError, match="'relation' must be a Relation"):
        evaluate_relation(k)


def test_close_numbers_are_told_apart_by_raising_the_precision() -> None:
    tiny = Rational(1, 10**80)
    assert evaluate_relation(Relation(exp(1), "<", exp(1) + tiny * x), {x: 1}) is True
    assert decide(evaluate(exp(x + tiny), {x: 1}), "<=", evaluate(exp(x), {x: 1})) is False
