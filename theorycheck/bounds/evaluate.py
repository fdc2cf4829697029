"""From a sympy expression and the values of its symbols to a number that can be trusted.

One walk over the tree, no simplification: rational wherever every operation stays rational, otherwise a recipe that
encloses the value as finely as asked.  sympy's own floats are refused, because nobody knows what they stand for.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, cast

import sympy
from flint import arb
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom

from theorycheck.bounds import arithmetic
from theorycheck.bounds.relation import Relation, as_expression, as_relation
from theorycheck.bounds.symbols import SYMBOLS
from theorycheck.bounds.values import Values, domains, read_number, values_by_name
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.rigor import Real, decide

#: The longest sum or product that is written out term by term.
MAXIMUM_TERMS = 100_000


def evaluate(expression: sympy.Expr | int | Fraction, values: Values | None = None) -> Real:
    """Return the value of an expression as an exact rational or a recipe for enclosures.

    Parameters
    ----------
    expression : sympy.Expr, int or Fraction
        Sums, products, powers, exp, log, circular and hyperbolic functions and their inverses, erf, Max, Min, Abs,
        floor, ceiling, binomial, factorial, pi, E, finite Sum and Product, Piecewise.
    values : mapping of Symbol or str to Real, int, Fraction or flint.arb
        By symbol or by name; those that the expression does not use are ignored.  An indexed base, by its name, takes
        the sequence of its values, numbered from 1.

    Returns
    -------
    Real
        Exact where every operation is rational and no rational exceeds 2^17 bits.

    Raises
    ------
    ParameterError
        ``'q' must be given a value.``; ``'delta' must be greater than 0 and less than 1, not 2.``;
        ``'expression' must not contain the floating-point number 0.5.``; ``'expression' must be made of supported
        functions, not besselj(0, 1).``; ``'expression' must be defined at the values given; it has log of -1, …``.
    InstanceTooLarge
        A Sum or Product of more than 100,000 terms.

    Notes
    -----
    Linear in the number of nodes, and in the number of terms of a Sum.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import k, q
    >>> evaluate(q / 2**k, {"k": 4, "q": 650})
    Real(325/8)
    >>> evaluate(sympy.exp(-q / 2**k / 8), {k: 4, q: 650}).is_exact
    False
    """
    return _Evaluation(values_by_name(values or {})).value(as_expression(expression))


def evaluate_relation(relation: Relation | Relational | sympy.Basic, values: Values | None = None) -> bool | None:
    """Return whether a relation holds at the values: True, False, or None where the enclosures do not tell.

    Parameters
    ----------
    relation : Relation or sympy relation
        And, Or and Not of relations are taken too.
    values : mapping
        As for :func:`evaluate`.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import k, q
    >>> evaluate_relation(Relation(2**k, "<", q), {k: 4, q: 650})
    True
    >>> evaluate_relation(Relation(sympy.exp(sympy.log(2) * k), "==", 2**k), {k: 4}) is None
    True
    """
    return _Evaluation(values_by_name(values or {})).holds(relation)


class _Evaluation:
    """One walk: the values, the index bound by the sum around, and what is already known."""

    def __init__(self, values: dict[str, Any], outer: _Evaluation | None = None, index: sympy.Symbol | None = None,
                 at: Real | None = None, uses: dict[sympy.Basic, bool] | None = None) -> None:
        self._values, self._outer, self._index, self._at = values, outer, index, at
        self._uses: dict[sympy.Basic, bool] = {} if uses is None else uses
        self._known: dict[sympy.Basic, Real] = {}

    def value(self, expression: sympy.Basic) -> Real:
        if expression == self._index:
            return cast(Real, self._at)
        if self._outer is not None:
            if expression not in self._uses:
                self._uses[expression] = self._index in expression.free_symbols
            if not self._uses[expression]:
                return self._outer.value(expression)
        if expression not in self._known:
            self._known[expression] = self._compute(expression)
        return self._known[expression]

    def holds(self, condition: Any) -> bool | None:
        if isinstance(condition, (bool, BooleanAtom)):
            return bool(condition)
        if isinstance(condition, (sympy.And, sympy.Or)):
            answers = [self.holds(part) for part in condition.args]
            decisive = isinstance(condition, sympy.Or)
            return decisive if decisive in answers else None if None in answers else not decisive
        if isinstance(condition, sympy.Not):
            answer = self.holds(condition.args[0])
            return None if answer is None else not answer
        lhs, relation, rhs = as_relation(condition)
        return decide(self.value(lhs), relation, self.value(rhs))

    def _compute(self, expression: sympy.Basic) -> Real:
        if isinstance(expression, sympy.Float):
            raise ParameterError(f"'expression' must not contain the floating-point number {expression}.")
        if isinstance(expression, sympy.Rational):
            return Real(Fraction(expression.p, expression.q))
        if isinstance(expression, sympy.Symbol):
            return self._symbol(expression)
        handler = _HANDLERS.get(expression.func)
        if handler is not None:
            return handler(self, expression)
        if expression.func in _ELEMENTARY:
            return arithmetic.elementary(_ELEMENTARY[expression.func], self.value(expression.args[0]))
        raise ParameterError(f"'expression' must be made of supported functions, not {expression}.")

    def _symbol(self, symbol: sympy.Symbol) -> Real:
        if symbol.name not in self._values:
            raise ParameterError(f"'{symbol.name}' must be given a value.")
        number = read_number(symbol.name, self._values[symbol.name])
        for domain in domains(symbol):
            domain.check(symbol.name, number)
        return number

    def all(self, expression: sympy.Basic) -> list[Real]:
        return [self.value(argument) for argument in expression.args]

    def indexed(self, expression: sympy.Indexed) -> Real:
        name = str(expression.base.label)
        sequence = self._values.get(name)
        if sequence is None or isinstance(sequence, (str, Real, int, Fraction, arb)):
            raise ParameterError(f"'{name}' must be given the sequence of its values.")
        position = arithmetic.integer_value(self.value(expression.indices[0])) if len(expression.indices) == 1 else None
        if position is None or not 1 <= position <= len(sequence):
            raise ParameterError(f"'{name}' must have an integer index from 1 to {len(sequence)} in {expression}.")
        number = read_number(name, sequence[position - 1])
        return SYMBOLS[name].domain.check(name, number) if name in SYMBOLS else number

    def piecewise(self, expression: sympy.Piecewise) -> Real:
        for value, condition in cast("tuple[ExprCondPair, ...]", expression.args):
            answer = self.holds(condition)
            if answer is None:
                raise arithmetic.undefined(f"the condition {condition}, which is not decided")
            if answer:
                return self.value(value)
        raise arithmetic.undefined("no case of a Piecewise that applies")

    def terms(self, expression: sympy.Sum | sympy.Product) -> Sequence[Real]:
        # The last limit is the outermost: what is inside is again a sum, over the others.
        index, low, high = expression.limits[-1]
        inside = expression.func(expression.function, *expression.limits[:-1]) if len(expression.limits) > 1 else (
            expression.function)
        first, last = (arithmetic.integer_value(self.value(bound)) for bound in (low, high))
        if first is None or last is None or last < first - 1:
            raise ParameterError(f"'expression' must have integer bounds, first not above last, in {expression}.")
        if last - first >= MAXIMUM_TERMS:
            raise InstanceTooLarge(f"{last - first + 1} terms are too many to write out: at most {MAXIMUM_TERMS}.")
        for domain in domains(index) if last >= first else ():
            for end in (first, last):
                domain.check(index.name, end)
        uses: dict[sympy.Basic, bool] = {}
        return [_Evaluation(self._values, self, index, Real(position), uses).value(inside)
                for position in range(first, last + 1)]


_ELEMENTARY = {sympy.exp: "exp", sympy.log: "log", sympy.sin: "sin", sympy.cos: "cos", sympy.asin: "asin",
               sympy.acos: "acos", sympy.atan: "atan", sympy.sinh: "sinh", sympy.cosh: "cosh", sympy.tanh: "tanh",
               sympy.asinh: "asinh", sympy.acosh: "acosh", sympy.atanh: "atanh", sympy.erf: "erf", sympy.erfc: "erfc"}

_HANDLERS: dict[Any, Callable[[_Evaluation, Any], Real]] = {
    sympy.Add: lambda walk, node: arithmetic.total(walk.all(node)),
    sympy.Mul: lambda walk, node: arithmetic.product(walk.all(node)),
    sympy.Pow: lambda walk, node: arithmetic.power(*walk.all(node)),
    sympy.Max: lambda walk, node: arithmetic.extremum(walk.all(node), largest=True),
    sympy.Min: lambda walk, node: arithmetic.extremum(walk.all(node), largest=False),
    sympy.Abs: lambda walk, node: arithmetic.absolute(*walk.all(node)),
    sympy.floor: lambda walk, node: arithmetic.rounded(walk.value(node.args[0]), upwards=False),
    sympy.ceiling: lambda walk, node: arithmetic.rounded(walk.value(node.args[0]), upwards=True),
    sympy.binomial: lambda walk, node: arithmetic.binomial(*walk.all(node)),
    sympy.factorial: lambda walk, node: arithmetic.factorial(*walk.all(node)),
    sympy.Sum: lambda walk, node: arithmetic.total(walk.terms(node)),
    sympy.Product: lambda walk, node: arithmetic.product(walk.terms(node)),
    sympy.Piecewise: lambda walk, node: walk.piecewise(node),
    sympy.Indexed: lambda walk, node: walk.indexed(node),
    type(sympy.pi): lambda walk, node: arithmetic.pi(),
    type(sympy.E): lambda walk, node: arithmetic.elementary("exp", Real(1)),
}
