"""Relations that stay as written, and what is refused as an expression."""
from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from theorycheck.bounds.relation import Relation, as_expression, as_relation
from theorycheck.bounds.symbols import delta, k, q
from theorycheck.errors import ParameterError


@pytest.mark.parametrize("made, relation", [
    (k < q, "<"), (k <= q, "<="), (k > q, ">"), (k >= q, ">="), (sympy.Eq(k, q), "=="), (sympy.Ne(k, q), "!=")])
def test_from_sympy(made: sympy.Basic, relation: str) -> None:
    assert as_relation(made) == Relation(k, relation, q)


@pytest.mark.parametrize("relation, other", [("<", ">"), ("<=", ">="), ("==", "=="), ("!=", "!="), (">", "<")])
def test_reversed(relation: str, other: str) -> None:
    assert Relation(k, relation, q).reversed == Relation(q, other, k)
    assert Relation(k, relation, q).reversed.reversed == Relation(k, relation, q)


def test_numbers_become_expressions() -> None:
    assert as_relation(Relation(1, "<", Fraction(3, 2))) == Relation(sympy.Integer(1), "<", sympy.Rational(3, 2))
    assert as_expression(delta) is delta


@pytest.mark.parametrize("bad", [0.5, True, "k", None, float("nan"), [1]])
def test_refused_expressions(bad: object) -> None:
    with pytest.raises(ParameterError, match="'expression' must be a sympy expression, an integer or a fraction"):
        as_expression(bad)


def test_refused_relations() -> None:
    with pytest.raises(ParameterError, match="not True"):
        as_relation(sympy.true)
    with pytest.raises(ParameterError, match="'relation' must be one of"):
        as_relation(Relation(k, "=<", q))
