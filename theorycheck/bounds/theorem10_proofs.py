"""The algebra of MS21, Theorem 10, that holds for all parameters, each relation with a certificate."""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from sympy import Integer, Symbol

from theorycheck.bounds import theorem10
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.lemma6_proofs import Proposition
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import T, eta
from theorycheck.errors import TheoryCheckError, require_choice

# One coordinate of θ_t, θ*, g_t and θ_1: a sum over coordinates gives norms and inner products.
_POINT, _BEST, _SLOPE, _START = (Symbol(name, real=True) for name in ("x", "y", "g", "x_1"))
_SQUARES = Relation(theorem10.squares, ">=", Integer(0))
_END = Relation(theorem10.end_square, ">=", Integer(0))

PROPOSITIONS: Mapping[str, Proposition] = MappingProxyType({
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


@lru_cache(maxsize=None)
def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; the first call searches for it (milliseconds).

    Raises
    ------
    ParameterError
        ``'name' must be one of one_step, …, not 'banana'.``
    TheoryCheckError
        ``No certificate was found for 'one_step'.``: does not happen for the propositions of this table.

    Examples
    --------
    >>> certificate("split").as_lines()[-1]
    'difference = (0)/(1)'
    """
    proposition = PROPOSITIONS[require_choice("name", name, PROPOSITIONS)]
    found = prove(proposition.relation, proposition.assumptions)
    if found is None:
        raise TheoryCheckError(f"No certificate was found for '{name}'.")
    return found
