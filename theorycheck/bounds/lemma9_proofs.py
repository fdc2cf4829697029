"""What holds of the bounds of MS21, Lemma 9, for all parameters, each relation with a certificate."""
from __future__ import annotations

from sympy import Integer

from theorycheck.bounds import lemma8, lemma9
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, T, c, eta, k, n

_WINDOWS = Relation(n, ">=", N)
_NORM = Relation(lemma9.norm_1, ">=", Integer(0))

PROPOSITIONS = Propositions({
    "distance": Proposition(
        "k entries, each at the bound of Lemma 8, have the bound on the distance",
        Relation(k * lemma8.filter_move_bound(), "==", lemma9.filter_distance_bound())),
    "sharp_is_below_half_the_stated": Proposition(
        "the sharp bound is at most half of the stated one with the 1-norm",
        Relation(2 * lemma9.sharp_loss_change_bound(), "<=", c * eta**2 * T**2 * n * k * lemma9.norm_1),
        (_NORM, _WINDOWS)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("distance").as_lines()[-1]
    'difference = (0)/(1)'
    """
    return PROPOSITIONS.certificate(name)
