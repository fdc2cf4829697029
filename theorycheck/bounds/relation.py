"""A relation between two expressions that sympy does not evaluate away."""
from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, Rational
from sympy.core.relational import Relational

from theorycheck.errors import ParameterError, require_choice
from theorycheck.rigor import RELATIONS

_REVERSED = {"<": ">", "<=": ">=", "==": "==", ">=": "<=", ">": "<", "!=": "!="}


class Relation(NamedTuple):
    """``lhs relation rhs``, kept as written: ``2**k*(delta/2**k) == delta`` stays a relation and does not become true.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import k
    >>> Relation(2**k, ">=", k + 1).reversed
    Relation(lhs=k + 1, relation='<=', rhs=2**k)
    """

    lhs: Expr
    relation: str
    rhs: Expr

    @property
    def reversed(self) -> Relation:
        """The same relation read from right to left."""
        return Relation(self.rhs, _REVERSED[self.relation], self.lhs)


def as_relation(relation: Relation | Relational) -> Relation:
    """Return a relation of this package for a sympy one, with both sides as expressions.

    Raises
    ------
    ParameterError
        ``'relation' must be a Relation or a sympy relation of two expressions, not True.``

    Examples
    --------
    >>> from theorycheck.bounds.symbols import k, q
    >>> as_relation(k < q).relation
    '<'
    """
    if isinstance(relation, Relational):
        relation = Relation(relation.lhs, relation.rel_op, relation.rhs)
    if not isinstance(relation, Relation):
        raise ParameterError(f"'relation' must be a Relation or a sympy relation of two expressions, not {relation}.")
    require_choice("relation", relation.relation, RELATIONS)
    return Relation(as_expression(relation.lhs), relation.relation, as_expression(relation.rhs))


def as_expression(expression: object) -> Expr:
    """Return a sympy expression for an expression, an integer or a fraction; floats are refused.

    Raises
    ------
    ParameterError
        ``'expression' must be a sympy expression, an integer or a fraction, not 0.5.``
    """
    if isinstance(expression, Expr):
        return expression
    if isinstance(expression, int) and not isinstance(expression, bool):
        return Integer(expression)
    numerator, denominator = getattr(expression, "numerator", None), getattr(expression, "denominator", None)
    if isinstance(numerator, int) and isinstance(denominator, int) and not isinstance(expression, bool):
        return Rational(numerator, denominator)
    raise ParameterError(f"'expression' must be a sympy expression, an integer or a fraction, not {expression}.")
