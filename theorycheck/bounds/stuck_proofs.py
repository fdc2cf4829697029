"""What the argument for "stuck" rests on and holds for all parameters, each relation with a certificate.

Binomial coefficients are no polynomials: ``C`` stands for C(n,k), of which nothing is used but that it is positive.
"""
from __future__ import annotations

from sympy import Expr, Integer, Symbol, binomial

from theorycheck.bounds import stuck
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import T, k, n, tau

# ‖∇L_I-∇L_0‖² of one parity, and the derivative of h in one parameter at one point.
_SQUARE, _SLOPE = Symbol("d_squared", real=True), Symbol("g", real=True)
_NONNEGATIVE = (Relation(stuck.plus_slope, ">=", Integer(0)), Relation(stuck.minus_slope, ">=", Integer(0)))
_AT_MOST_ONE = (Relation(stuck.plus_slope, "<=", Integer(1)), Relation(stuck.minus_slope, "<=", Integer(1)))
_PARITIES = Symbol("C", real=True, positive=True)
_SOME = Relation(_PARITIES, ">", Integer(0))


def _counted(expression: Expr) -> Expr:
    return expression.subs(binomial(n, k), _PARITIES)


PROPOSITIONS = Propositions({
    "label_plus": Proposition(
        "at label +1 the hinge's derivative in h is the fair coin's minus the hinge factor",
        Relation(-stuck.plus_slope, "==", stuck.fair_coin_slope() - stuck.label_slope())),
    "label_minus": Proposition(
        "at label -1 it is the fair coin's plus the hinge factor: so it is the coin's minus the label times the factor",
        Relation(stuck.minus_slope, "==", stuck.fair_coin_slope() + stuck.label_slope())),
    "factor_is_at_most_one": Proposition(
        "the hinge factor is at most 1", Relation(stuck.label_slope(), "<=", Integer(1)), _AT_MOST_ONE),
    "factor_is_at_least_zero": Proposition(
        "and at least 0", Relation(stuck.label_slope(), ">=", Integer(0)), _NONNEGATIVE),
    "still": Proposition(
        "where both labels have slope 1 the fair coin's derivative is 0",
        Relation(stuck.fair_coin_slope(1, 1), "==", Integer(0))),
    "counted": Proposition(
        "a parity told apart counts 1, at most its squared distance over tau^2",
        Relation(Integer(1), "<=", _SQUARE / tau**2), (Relation(_SQUARE, ">=", tau**2),)),
    "not_counted": Proposition(
        "any other counts 0, which is no more either (Markov's inequality, term by term)",
        Relation(Integer(0), "<=", _SQUARE / tau**2), (Relation(_SQUARE, ">=", Integer(0)),)),
    "one_more_step": Proposition(
        "one more step adds the share of one step (union bound)",
        Relation(_counted(stuck.told_apart_bound(T=T + 1)), "==",
                 _counted(stuck.told_apart_bound() + stuck.still_bound())), (_SOME,)),
    "standing_still": Proposition(
        "without movement one step's share is enough, and it is no larger",
        Relation(_counted(stuck.still_bound(moment=_SQUARE)), "<=", _counted(stuck.told_apart_bound(moment=_SQUARE))),
        (Relation(_SQUARE, ">=", Integer(0)), _SOME)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("label_plus").as_lines()[-1]
    'difference = (0)/(1)'
    """
    return PROPOSITIONS.certificate(name)
