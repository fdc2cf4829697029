"""The algebra of Theorem A that holds for all parameters, each with a certificate."""
from __future__ import annotations

from sympy import Integer, Symbol

from theorycheck.bounds import theorem_a
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import eta, k
from theorycheck.bounds.theorem_a import time

_ratio, _radius = Symbol("y", positive=True), Symbol("R", positive=True)
_a, _u, _force = Symbol("a", positive=True), Symbol("u", real=True), Symbol("G", real=True)
_LARGE = Relation(k, ">=", Integer(3))

PROPOSITIONS = Propositions({
    "step_loses_little": Proposition(
        "a gradient step changes a^2 - k*u^2 by k*eta^2*G^2*(k*u^2 - a^2): at most k*eta^2*a^2*G^2 downwards, and the "
        "flow, the limit of small eta, keeps it",
        Relation((_a + eta * k * _u * _force)**2 - k * (_u + eta * _a * _force)**2, "==",
                 _a**2 - k * _u**2 + k * eta**2 * _force**2 * (k * _u**2 - _a**2))),
    "best_ratio": Proposition(
        "y*(R - s*y) is at most R^2/(4s), by a square: the conclusion from L/||u-u*|| = y and ||u-u*|| <= R - s*y",
        Relation(theorem_a.flow_loss_bound(time, _radius**2) - _ratio * (_radius - time * _ratio), "==",
                 (_radius - 2 * time * _ratio)**2 / (4 * time))),
    "unfreezing": Proposition(
        "a^2 = 1/k^2 + k*u^2 reaches (1/k + 1/(k-2))^2 where u^2 = (3k-4)/(k*(k-2))^2",
        Relation(1 / k**2 + k * theorem_a.squared_frozen_readout(), "==", theorem_a.frozen_scale()**2), (_LARGE,)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("unfreezing").as_lines()[-1]
    'difference = (0)/(1)'
    """
    return PROPOSITIONS.certificate(name)
