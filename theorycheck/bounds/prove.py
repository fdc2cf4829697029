"""A small prover: it searches for a certificate among the permitted substitutions, and returns None when it finds none.

None means "not proved", never "false".
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr, Symbol
from sympy.core.relational import Relational

from theorycheck.bounds.certificates import (Branch, Certificate, Goal, check_certificate, goal_quotient, is_settled,
                                             termwise_goal)
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.quotients import MissingEquation, NotRational, Quotients
from theorycheck.bounds.relation import Relation, as_relation
from theorycheck.bounds.rules import Equation, permitted_equations
from theorycheck.errors import ParameterError

#: How many choices of substitutions are tried before a search is given up.
MAXIMUM_ATTEMPTS = 200


def prove(relation: Relation | Relational, assumptions: Sequence[Relation | Relational] = (), *,
          multiplier: Expr | None = None, split: Relation | Relational | None = None) -> Certificate | None:
    """Search for a proof that a relation holds for all values of its symbols in their domains.

    Parameters
    ----------
    relation : Relation or sympy relation
        ``<``, ``<=``, ``==``, ``>=`` or ``>``; a side may be a multiple of a Sum over z of terms in ``m_z[z]``.
    assumptions : sequence of Relation
        Hypotheses ``symbol >= expression``, ``symbol <= expression`` (or strict), and ``Sum(m_z[z], …) == total``.
    multiplier : Expr, optional
        See :class:`~theorycheck.bounds.certificates.Certificate`.
    split : Relation, optional
        ``symbol >= expression``: the proof is done for this case and for ``symbol <= expression``.

    Returns
    -------
    Certificate or None
        A certificate that :func:`~theorycheck.bounds.certificates.check_certificate` has accepted; None where none was
        found, which says nothing about the relation.

    Raises
    ------
    ParameterError
        ``'split' must be a relation symbol >= expression, not ….``

    Notes
    -----
    At most 200 choices of substitutions for each transformation (none, square, logarithm) and case; milliseconds each.

    Examples
    --------
    >>> from sympy import exp
    >>> from theorycheck.bounds.symbols import mu, k
    >>> prove(Relation(exp(-mu), "<", exp(-mu / 8))).transformation
    'logarithm'
    >>> prove(Relation(2**k, "<=", 3)) is None
    True
    """
    claim = as_relation(relation)
    given = tuple(as_relation(assumption) for assumption in assumptions)
    cases = _cases(split)
    goal = termwise_goal(claim, given, multiplier)
    if goal is not None:
        for transformation in ("none", "square", "logarithm"):
            branches = [_prove_branch(goal, case, transformation) for case in cases]
            if all(branches):
                found = Certificate(claim, given, transformation, multiplier,
                                    tuple(branch for branch in branches if branch is not None))
                return found if check_certificate(found) else None
    if not claim.lhs.free_symbols | claim.rhs.free_symbols and evaluate_relation(claim) is True:
        return Certificate(claim, given, "enclosure", None, ())
    return None


def _cases(split: Relation | Relational | None) -> list[Relation | None]:
    if split is None:
        return [None]
    case = as_relation(split)
    if case.relation != ">=" or not isinstance(case.lhs, Symbol):
        raise ParameterError(f"'split' must be a relation symbol >= expression, not {case}.")
    return [case, Relation(case.lhs, "<=", case.rhs)]


def _prove_branch(goal: Goal, case: Relation | None, transformation: str) -> Branch | None:
    goal = goal.within(case)
    attempts = 0
    for equations in _choices(goal, transformation, ()):
        attempts += 1
        branch = _settle(goal, case, transformation, equations)
        if branch is not None or attempts == MAXIMUM_ATTEMPTS:
            return branch
    return None


def _choices(goal: Goal, transformation: str, chosen: tuple[Equation, ...]) -> Iterator[tuple[Equation, ...]]:
    """Every complete choice of equations: the first atom found without one is given each in turn."""
    quotients = Quotients(chosen, [equation.variable for equation in chosen])
    try:
        goal_quotient(quotients, goal.relation, transformation)
        for expression in goal.positive + goal.defined + _arguments(chosen):
            quotients.of(expression)
    except MissingEquation as missing:
        variable = Symbol(f"s{len(chosen) + 1}")
        for equation in permitted_equations(missing.atom, variable, goal.assumptions):
            yield from _choices(goal, transformation, chosen + (equation,))
    except NotRational:
        return
    else:
        yield chosen


def _arguments(equations: Sequence[Equation]) -> tuple[Expr, ...]:
    return tuple(equation.atom.args[0] for equation in equations if equation.rule == "logarithm")


def _settle(goal: Goal, case: Relation | None, transformation: str, equations: tuple[Equation, ...]) -> Branch | None:
    quotients = Quotients(equations, [equation.variable for equation in equations])
    top, bottom = goal_quotient(quotients, goal.relation, transformation)
    top, bottom = top.cancel(bottom)
    if bottom.LC < 0:
        top, bottom = -top, -bottom
    if not is_settled(quotients, goal, equations, (top, bottom)):
        return None
    names = {symbol: equation.variable for symbol, equation in zip(quotients.ring.symbols, equations)}
    return Branch(case, equations, top.as_expr().xreplace(names), bottom.as_expr().xreplace(names))
