"""Certificates of inequalities that hold for all admissible parameters, and the check that trusts nothing but rules.

A certificate lists substitutions, each permitted by :mod:`theorycheck.bounds.rules`, that turn ``rhs - lhs`` into a
quotient of two polynomials with non-negative coefficients in variables that are not negative.  The check forms the
substitutions that the rules permit, multiplies everything out from the start and compares; how the certificate was
found does not matter.  What is proved holds wherever both sides and the assumptions are defined.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Indexed, Integer, Mul, Sum, log

from theorycheck.bounds.display import as_text
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.quotients import MissingEquation, NotRational, Quotient, Quotients, is_product_of_positives
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.rules import Equation, permitted_equations
from theorycheck.bounds.symbols import SYMBOLS

TRANSFORMATIONS = ("none", "square", "logarithm", "enclosure")


@dataclass(frozen=True)
class Branch:
    """One case of a certificate.

    Parameters
    ----------
    case : Relation or None
        What the case assumes besides; None where there is only one.
    equations : tuple of Equation
        The substitutions.
    numerator, denominator : Expr
        What they make of ``rhs - lhs`` (after the transformation, with the larger side first): expanded polynomials.
    """

    case: Relation | None
    equations: tuple[Equation, ...]
    numerator: Expr
    denominator: Expr


@dataclass(frozen=True)
class Certificate:
    """A proof of ``relation`` for all values of its symbols in their domains that satisfy the assumptions.

    Parameters
    ----------
    relation : Relation
        What is proved.
    assumptions : tuple of Relation
        Under which hypotheses.  One about ``m_z`` holds for every z.
    transformation : str
        ``none``; ``square`` or ``logarithm`` of both (positive) sides; ``enclosure`` for a relation between constants.
    multiplier : Expr or None
        For a relation with a sum over z of f(m_z): the factor of ``m_z - mean`` added to each term's share.
    branches : tuple of Branch
        One, or two whose cases ``x >= e`` and ``x <= e`` cover everything; none for an enclosure.
    """

    relation: Relation
    assumptions: tuple[Relation, ...]
    transformation: str
    multiplier: Expr | None
    branches: tuple[Branch, ...]

    def as_lines(self) -> tuple[str, ...]:
        """Return the proof as lines of text."""
        lines = [f"claim: {as_text(self.relation)}"]
        lines += [f"assume: {as_text(assumption)}" for assumption in self.assumptions]
        if self.transformation != "none":
            lines.append({"square": "square both positive sides", "logarithm": "take logarithms of both positive sides",
                          "enclosure": "decided by enclosures of both constants"}[self.transformation])
        if self.multiplier is not None:
            lines.append(f"term by term, with multiplier {as_text(self.multiplier)} of the deviation from the mean")
        for branch in self.branches:
            lines += [f"case: {as_text(branch.case)}"] if branch.case is not None else []
            lines += [f"put {as_text(equation.atom)} = {as_text(equation.replacement)}, {as_text(equation.variable)} "
                      f"{equation.sign} ({equation.rule})" for equation in branch.equations]
            lines.append(f"difference = ({as_text(branch.numerator)})/({as_text(branch.denominator)})")
        return tuple(lines)


@dataclass(frozen=True)
class Goal:
    """What is left to show: a relation without sums, what may be assumed, what must be positive, what defined."""

    relation: Relation
    assumptions: tuple[Relation, ...]
    positive: tuple[Expr, ...] = ()
    defined: tuple[Expr, ...] = ()

    def within(self, case: Relation | None) -> Goal:
        """Return the goal of a case; its bound must have a value at every point, or else neither case need hold."""
        logarithms = tuple(found.args[0] for found in case.rhs.atoms(log)) if case is not None else ()
        # The case comes first, because it is the sharpest thing known of its symbol.
        return self if case is None else Goal(self.relation, (case, *self.assumptions), self.positive + logarithms,
                                              (case.rhs,))


def check_certificate(certificate: Certificate) -> bool:
    """Return whether a certificate proves its relation; everything is formed anew from the relation and the rules.

    Examples
    --------
    >>> from theorycheck.bounds.prove import prove
    >>> from theorycheck.bounds.symbols import k
    >>> proof = prove(Relation(k, "<", 3 * 2**k * k))
    >>> check_certificate(proof)
    True
    """
    if certificate.transformation == "enclosure":
        return not certificate.branches and evaluate_relation(certificate.relation) is True
    goal = termwise_goal(certificate.relation, certificate.assumptions, certificate.multiplier)
    if goal is None or not _covers([branch.case for branch in certificate.branches]):
        return False
    return all(_branch_holds(goal, branch, certificate.transformation) for branch in certificate.branches)


def _covers(cases: Sequence[Relation | None]) -> bool:
    if len(cases) == 1:
        return cases[0] is None
    if len(cases) != 2 or cases[0] is None or cases[1] is None:
        return False
    first, second = cases[0], cases[1]
    return (first.relation, second.relation) == (">=", "<=") and (first.lhs, first.rhs) == (second.lhs, second.rhs)


def _branch_holds(goal: Goal, branch: Branch, transformation: str) -> bool:
    goal, variables = goal.within(branch.case), [equation.variable for equation in branch.equations]
    names = {variable.name for variable in variables}
    # Fresh means fresh: a variable with a sign that the claim spoke of already would lend it that sign.
    spoken = {symbol.name for relation in (goal.relation, *goal.assumptions) for side in (relation.lhs, relation.rhs)
              for symbol in side.free_symbols}
    if len(names) < len(variables) or names & (set(SYMBOLS) | spoken):
        return False
    if any(equation not in permitted_equations(equation.atom, equation.variable, goal.assumptions)
           for equation in branch.equations) or len({equation.atom for equation in branch.equations}) < len(variables):
        return False
    quotients = Quotients(branch.equations, variables)
    try:
        top, bottom = goal_quotient(quotients, goal.relation, transformation)
        claimed_top, one = quotients.of(branch.numerator)
        claimed_bottom, another = quotients.of(branch.denominator)
        # No common factor is cancelled here: the two quotients are compared crosswise.
        if not one == another == 1 or top * claimed_bottom != claimed_top * bottom:
            return False
        return is_settled(quotients, goal, branch.equations, (claimed_top, claimed_bottom))
    except (MissingEquation, NotRational):
        return False


def is_settled(quotients: Quotients, goal: Goal, equations: Sequence[Equation], difference: Quotient) -> bool:
    """Return whether the signs of the coefficients show the goal and everything that its equations rest on."""
    signs = {quotients.generators[equation.variable]: equation.sign for equation in equations}
    if not is_visibly(difference[1], signs, strictly=True):
        return False
    if goal.relation.relation == "==":
        holds = difference[0] == 0
    else:
        holds = is_visibly(difference[0], signs, strictly=goal.relation.relation in ("<", ">"))
    rest_on = goal.positive + tuple(equation.atom.args[0] for equation in equations if equation.rule == "logarithm")
    has_values = all(is_visibly(quotients.of(expression)[1], signs, strictly=True) for expression in goal.defined)
    return holds and has_values and all(is_visibly(part, signs, strictly=True) for expression in rest_on
                                        for part in quotients.of(expression))


def is_visibly(polynomial: Any, signs: dict[Any, str], strictly: bool) -> bool:
    """Return whether a polynomial is non-negative, or positive, by the signs of its coefficients and variables."""
    known = [signs.get(generator, "real") for generator in polynomial.ring.gens]
    positive = False
    for exponents, coefficient in polynomial.terms():
        used = [sign for sign, exponent in zip(known, exponents) if exponent]
        if coefficient < 0 or "real" in used:
            return False
        positive = positive or (coefficient > 0 and all(sign == "positive" for sign in used))
    return positive or not strictly


def goal_quotient(quotients: Quotients, relation: Relation, transformation: str) -> Quotient:
    """Return the larger side minus the smaller one, after the transformation, as a quotient of polynomials.

    Raises
    ------
    NotRational
        The transformation needs positive sides, or the sides are not made of known operations.
    """
    small, large = (relation.lhs, relation.rhs) if relation.relation in ("<", "<=", "==") else relation.reversed[::2]
    if relation.relation == "!=":
        raise NotRational("that two sides differ is not shown by a sign")
    if transformation == "none":
        return quotients.difference(quotients.of(large), quotients.of(small))
    if not (is_product_of_positives(small) and is_product_of_positives(large)):
        raise NotRational("a side is not visibly positive")
    if transformation == "square":
        return quotients.difference(quotients.of(large**2), quotients.of(small**2))
    return quotients.difference(quotients.of_logarithm(large), quotients.of_logarithm(small))


def termwise_goal(relation: Relation, assumptions: Sequence[Relation], multiplier: Expr | None) -> Goal | None:
    """Return what is to be shown of one term where a side is a multiple of a sum over z, else the relation itself.

    ``sum over z of f(m_z) <= B`` follows from ``f(m_z) <= B/M + multiplier*(m_z - total/M)`` for each of the M values
    of z, where the m_z sum to ``total``: summed over z, the multiplier's terms cancel.
    """
    for left, order, right in (relation, relation.reversed):
        if isinstance(left, (Sum, Mul)) and left.has(Sum):
            break
    else:
        return Goal(relation, tuple(assumptions)) if multiplier is None else None
    sums = [factor for factor in Mul.make_args(left) if isinstance(factor, Sum)]
    coefficient = left / sums[0] if len(sums) == 1 else None
    if coefficient is None or coefficient.has(Sum) or right.has(Sum) or len(sums[0].limits) != 1:
        return None
    index, first, last = sums[0].limits[0]
    terms = last - first + 1
    names = {str(item.base.label) for item in sums[0].function.atoms(Indexed)}
    if len(names) != 1 or not names <= set(SYMBOLS):
        return None
    name = names.pop()
    scalar = SYMBOLS[name].symbol
    sequence = next(iter(sums[0].function.atoms(Indexed))).base[index]
    term = coefficient * sums[0].function.xreplace({sequence: scalar})
    totals = [total for lhs, equal, total in assumptions
              if equal == "==" and lhs == Sum(sequence, (index, first, last))]
    # The scalar stands for one term's m_z: what is the same for all terms must not speak of it, nor of the index.
    common = set().union(*(side.free_symbols for side in (coefficient, right, first, last, *totals)))
    hypotheses = set().union(*(side.free_symbols for lhs, _, rhs in assumptions for side in (lhs, rhs)))
    if term.has(Indexed) or scalar in common or index in common | term.free_symbols | hypotheses:
        return None
    share = right / terms
    if multiplier is not None:
        if not totals or {scalar, index} & multiplier.free_symbols:
            return None
        share += multiplier * (scalar - totals[0] / terms)
    derived, positive = _upper_ends(scalar, assumptions, totals, terms)
    return Goal(Relation(term, order, share), tuple(assumptions) + derived, (terms, *positive))


def _upper_ends(scalar: Expr, assumptions: Sequence[Relation], totals: Sequence[Expr],
                terms: Expr) -> tuple[tuple[Relation, ...], tuple[Expr, ...]]:
    """What one term may be at most, given the total and what all the others are at least (there is another one)."""
    ends = [Relation(scalar, "<" if order == ">" else "<=", totals[0] - (terms - 1) * bound)
            for lhs, order, bound in assumptions
            if totals and lhs == scalar and order in (">", ">=") and scalar not in bound.free_symbols]
    return tuple(ends), (terms - Integer(1),) if ends else ()
