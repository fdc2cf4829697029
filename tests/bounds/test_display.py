"""Snapshots of formulas as text and as LaTeX."""
from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Abs, Rational, Sum, exp, log, sqrt

from theorycheck.bounds import lemma6, lemma6_norms
from theorycheck.bounds.display import as_latex, as_text
from theorycheck.bounds.evaluate import evaluate
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import delta, epsilon, k, level, multiplicities, multiplicity, pattern, q
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide

x = sympy.Symbol("x", positive=True)
_TINY = Fraction(1, 10**100)


@pytest.mark.parametrize("expression, text", [
    (lemma6.cell_probability(), "2^(-k)"),
    (lemma6.expected_multiplicity(), "q/2^k"),
    (lemma6.cell_failure_bound(), "exp(-q/(8*2^k))"),
    (lemma6.sharp_cell_failure_bound(), "exp(-q*(1 - ln(2))/(2*2^k))"),
    (lemma6.sufficient_filters(), "2^(k+3)*ln(2^k/delta)"),
    (lemma6.cell_failure_target(), "delta/2^k"),
    (lemma6.pre_activation(), "(1 - 2*m)/k"),
    (lemma6_norms.norm_bound(), "2^(k+1)*k/sqrt(q)"),
    (lemma6_norms.sharp_norm_bound(), "sqrt(2)*2^k*k/sqrt(q)"),
    (lemma6_norms.sharp_squared_norm_bound(), "2*4^k*k^2/q"),
    (lemma6_norms.canonical_squared_norm(), "k^2*sum(1/m_z, z=1..2^k)"),
    (x**Rational(3, 2), "x^(3/2)"), ((x + 1)**2, "(x + 1)^2"), (1 / (x + 1), "1/(x + 1)"), (1 / sqrt(x), "1/sqrt(x)"),
    (x**-2, "x^(-2)"), (Abs(x - 1), "abs(x - 1)"), (2**(k + 1), "2^(k+1)"), (multiplicities[1], "m_z[1]"),
    (Relation(2**k, "<=", delta), "2^k <= delta"), (k < q, "k < q"), (7, "7")])
def test_text(expression: sympy.Expr, text: str) -> None:
    assert as_text(expression) == text
    assert as_text(expression).isascii() and "\n" not in as_text(expression)


@pytest.mark.parametrize("expression, latex", [
    (lemma6.sufficient_filters(), r"2^{k + 3} \ln{\left(\frac{2^{k}}{\delta} \right)}"),
    (lemma6_norms.norm_bound(), r"\frac{2^{k + 1} k}{\sqrt{q}}"),
    (lemma6_norms.canonical_squared_norm(), r"k^{2} \sum_{z=1}^{2^{k}} \frac{1}{m_{z}}"),
    (multiplicity / epsilon, r"\frac{m_{z}}{\varepsilon}"), (level, r"\ell"), (exp(-x), "e^{- x}"),
    (Relation(2**k, "<=", delta), r"2^{k} \le \delta"), (Relation(k, "!=", q), r"k \ne q"), (7, "7")])
def test_latex(expression: sympy.Expr, latex: str) -> None:
    assert as_latex(expression) == latex


def test_text_reads_back_to_the_same_number() -> None:
    # The text with ** for ^ and log for ln is the expression again: nothing is lost or regrouped in printing.
    at = {"k": 3, "q": 1000, "delta": "0.1"}
    for formula in (lemma6.sufficient_filters(), lemma6.sharp_union_failure_bound(), lemma6_norms.sharp_norm_bound(),
                    lemma6.kullback_leibler_sufficient_filters(), lemma6_norms.sharper_squared_norm_bound()):
        text = as_text(formula).replace("^", "**").replace("ln(", "log(")
        again = sympy.sympify(text, locals={"k": k, "q": q, "delta": delta})
        gap = evaluate(again, at) - evaluate(formula, at)
        assert decide(gap, "<", _TINY) and decide(gap, ">", -_TINY)


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="'expression' must be a sympy expression"):
        as_text(0.5)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="'expression' must be a sympy expression"):
        as_latex("k")  # type: ignore[arg-type]


def test_nothing_is_simplified() -> None:
    assert as_text(log(x**2 + 2 * x + 1) + Sum(x, (pattern, 1, k))) in (
        "ln(x^2 + 2*x + 1) + sum(x, z=1..k)", "sum(x, z=1..k) + ln(x^2 + 2*x + 1)")


def test_a_square_by_name_is_printed_as_a_square():
    square, n = sympy.Symbol("G_squared"), sympy.Symbol("n")
    assert as_latex(square / n) == r"\frac{G^2}{n}" and as_text(square / n) == "G_squared/n"
    assert as_latex(Relation(square, "<=", n)) == r"G^2 \le n" and as_latex(square < n) == "G^2 < n"
