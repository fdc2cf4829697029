"""The sums of MS21, Lemma 8, that hold for all parameters, each with a certificate."""
from __future__ import annotations

from sympy import Integer, sqrt

from theorycheck.bounds import lemma8
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, T, c, eta, k, n, q

_WINDOWS = Relation(n, ">=", N)

PROPOSITIONS = Propositions({
    "readout_grows": Proposition(
        "one more step adds eta*c to the bound on an entry of the readout",
        Relation(lemma8.readout_entry_bound() + eta * lemma8.readout_slope_bound(), "==",
                 lemma8.readout_entry_bound(T + 1))),
    "sum_starts": Proposition(
        "the sum of t over t < 1 is 0", Relation(lemma8.pairs_of_steps(1), "==", Integer(0))),
    "sum_grows": Proposition(
        "going on to t = T adds T to the sum of t over t < T, which therefore is T(T-1)/2",
        Relation(lemma8.pairs_of_steps(T + 1) - lemma8.pairs_of_steps(), "==", T)),
    "filters_grow": Proposition(
        "one more step adds eta*N*(eta*T*c) to the bound on how far an entry of a filter moves",
        Relation(lemma8.filter_move_bound(T=T + 1) - lemma8.filter_move_bound(), "==",
                 eta * lemma8.filter_slope_bound())),
    "frobenius": Proposition(
        "q*k entries, each at the bound, have the sharp norm",
        Relation(q * k * lemma8.filter_move_bound()**2, "==", lemma8.sharp_drift_bound()**2)),
    "stated_drift": Proposition(
        "the stated bound is sqrt(q*k) entries at c*eta^2*T^2*n",
        Relation(sqrt(q * k) * (c * eta**2 * T**2 * n), "==", lemma8.drift_bound())),
    "sharp_is_below_half_the_stated": Proposition(
        "an entry's sharp bound is less than half of the stated one",
        Relation(2 * lemma8.filter_move_bound(), "<", c * eta**2 * T**2 * n), (_WINDOWS,)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> print(*certificate("sum_grows").as_lines(), sep=chr(10))
    claim: -T*(T - 1)/2 + T*(T + 1)/2 == T
    put T = s1 + 1, s1 nonnegative (domain)
    difference = (0)/(1)
    """
    return PROPOSITIONS.certificate(name)
