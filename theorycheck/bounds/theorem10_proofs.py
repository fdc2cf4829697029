"""The algebra of MS21, Theorem 10, that holds for all parameters, each relation with a certificate."""
from __future__ import annotations

from sympy import Integer, Symbol

from theorycheck.bounds import theorem10
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import T, eta

# One coordinate of θ_t, θ*, g_t and θ_1: a sum over coordinates gives norms and inner products.
_POINT, _BEST, _SLOPE, _START = (Symbol(name, real=True) for name in ("x", "y", "g", "x_1"))
_SQUARES = Relation(theorem10.squares, ">=", Integer(0))
_END = Relation(theorem10.end_square, ">=", Integer(0))

PROPOSITIONS = Propositions({
    "one_step": Proposition(
        "a step from x to x-eta*g changes the squared distance to y by -2*eta*g*(x-y) + eta^2*g^2",
        Relation((_POINT - eta * _SLOPE - _BEST)**2, "==",
                 (_POINT - _BEST)**2 - 2 * eta * _SLOPE * (_POINT - _BEST) + eta**2 * _SLOPE**2)),
    "telescoped": Proposition(
        "so 2*eta*T times the mean regret is the first squared distance, minus the last, plus eta^2*T*squares",
        Relation(2 * eta * T * theorem10.telescoped(), "==",
                 theorem10.start_square - theorem10.end_square + eta**2 * T * theorem10.squares)),
    "last_distance": Proposition(
        "leaving out the last squared distance only adds",
        Relation(theorem10.telescoped(), "<=", theorem10.telescoped(end_square=0)), (_END,)),
    "split": Proposition(
        "g*(x-y) is g*(x-x_1-y) + g*x_1: the start split off",
        Relation(_SLOPE * (_POINT - _BEST), "==", _SLOPE * (_POINT - _START - _BEST) + _SLOPE * _START)),
    "sharp_is_below_stated": Proposition(
        "half the last term is enough", Relation(theorem10.sharp_bound(), "<=", theorem10.stated_bound()),
        (_SQUARES,)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("split").as_lines()[-1]
    'difference = (0)/(1)'
    """
    return PROPOSITIONS.certificate(name)
