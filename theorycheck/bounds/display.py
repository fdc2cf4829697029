"""Formulas for people: one line of plain text, and LaTeX with the table's names.

Both print the expression as it was written: nothing is expanded or simplified.
"""
from __future__ import annotations

from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from theorycheck.bounds.relation import Relation, as_expression, as_relation
from theorycheck.bounds.symbols import SYMBOLS

_LATEX_RELATION = {"<": "<", "<=": r"\le", "==": "=", ">=": r"\ge", ">": ">", "!=": r"\ne"}


class _TextPrinter(StrPrinter):
    """sympy's one-line printer with ``^`` for powers and ``ln`` for the natural logarithm."""

    # Not sympy's own hook: Indexed prints itself through that one and would bypass the method below.
    printmethod = "_theorycheck_text"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp() if not expr.is_commutative else (expr.base, expr.exp)
        if exponent == sympy.Rational(1, 2):
            return f"sqrt({self._print(base)})"
        if exponent == sympy.Rational(-1, 2):
            return f"1/sqrt({self._print(base)})"
        if exponent == -1:
            return "1/" + self.parenthesize(base, PRECEDENCE["Pow"], strict=False)
        # The exponent sits tight against its base, so its spaces go.
        shown = self._print(exponent).replace(" ", "")
        if not (exponent.is_Symbol or exponent.is_Integer and exponent >= 0):
            shown = f"({shown})"
        return f"{self.parenthesize(base, PRECEDENCE['Pow'], strict=False)}^{shown}"

    def _print_Function(self, expr: Any) -> str:
        name = {"log": "ln", "Abs": "abs"}.get(expr.func.__name__, expr.func.__name__)
        return f"{name}({self.stringify(expr.args, ', ')})"

    _print_log = _print_exp = _print_Abs = _print_Function

    def _print_Sum(self, expr: Any) -> str:
        index, low, high = expr.limits[0]
        name = "sum" if isinstance(expr, sympy.Sum) else "product"
        return f"{name}({self._print(expr.function)}, {index}={self._print(low)}..{self._print(high)})"

    _print_Product = _print_Sum

    def _print_Indexed(self, expr: Any) -> str:
        return _indexed_name(expr) or f"{expr.base.label}[{self.stringify(expr.indices, ', ')}]"


class _LatexPrinter(LatexPrinter):
    """sympy's LaTeX printer with the table's names."""

    def _print_Indexed(self, expr: Any) -> str:
        name = _indexed_name(expr)
        return SYMBOLS[name].latex if name in SYMBOLS else super()._print_Indexed(expr)


def _indexed_name(expr: Any) -> str:
    """The name of a sequence's generic term: ``m_z`` for the sequence called ``m_z`` at index z."""
    label = str(expr.base.label)
    return label if len(expr.indices) == 1 and label.endswith(f"_{expr.indices[0]}") else ""


def as_text(expression: sympy.Expr | Relation | Relational | int) -> str:
    """Return a formula as one line of ASCII.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import delta, k, q
    >>> as_text(2**(k + 1) * k / sympy.sqrt(q)), as_text(2**(k + 3) * sympy.log(2**k / delta))
    ('2^(k+1)*k/sqrt(q)', '2^(k+3)*ln(2^k/delta)')
    >>> as_text(Relation(2**-k, "<=", delta))
    '2^(-k) <= delta'
    """
    printer = _TextPrinter()
    if isinstance(expression, (Relation, Relational)):
        lhs, relation, rhs = as_relation(expression)
        return f"{printer.doprint(lhs)} {relation} {printer.doprint(rhs)}"
    return printer.doprint(as_expression(expression))


def as_latex(expression: sympy.Expr | Relation | Relational | int) -> str:
    r"""Return a formula in LaTeX, without the surrounding dollars.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import epsilon, k, level, q
    >>> print(as_latex(2**(k + 1) * k / sympy.sqrt(q)), as_latex(level / epsilon))
    \frac{2^{k + 1} k}{\sqrt{q}} \frac{\ell}{\varepsilon}
    """
    names = {row.symbol: row.latex for row in SYMBOLS.values()}
    sides = expression.args if isinstance(expression, Relational) else (
        (expression.lhs, expression.rhs) if isinstance(expression, Relation) else (expression,))
    # A quantity that is a square by name, as G_squared, has no square root to print.
    names |= {symbol: f"{symbol.name.removesuffix('_squared')}^2" for side in sides
              for symbol in as_expression(side).free_symbols if symbol.name.endswith("_squared")}
    printer = _LatexPrinter({"symbol_names": names, "ln_notation": True})
    if isinstance(expression, (Relation, Relational)):
        lhs, relation, rhs = as_relation(expression)
        return f"{printer.doprint(lhs)} {_LATEX_RELATION[relation]} {printer.doprint(rhs)}"
    return printer.doprint(as_expression(expression))
