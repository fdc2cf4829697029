"""What holds of MS21, Theorem 4, for all parameters, each relation with a certificate.

The three terms of the stated bound are Lemma 9's, Theorem 10's second and its last one at the paper's step size, as
equalities; each sharp term is below its stated one, so their sums are too.
"""
from __future__ import annotations

from sympy import Integer

from theorycheck.bounds import lemma6_norms, theorem4
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, T, c, eta, k, n

_PAPER_ETA = theorem4.paper_step_size()
_WINDOWS = Relation(n, ">=", N)
_MEAN, _LONGER = theorem4.sharp_movement_sum(), theorem4.sharp_movement_sum(T + 1)
_DRIFT = k * c * N * lemma6_norms.one_norm() * _PAPER_ETA**2

PROPOSITIONS = Propositions({
    "movement_piece": Proposition(
        "Lemma 9 at Lemma 6's norm and the paper's step size is the first term",
        Relation(theorem4.movement_piece(eta=_PAPER_ETA), "==", theorem4.first_term())),
    "norm_piece": Proposition(
        "Theorem 10's second term at Lemma 6's norm and the paper's step size is the second term",
        Relation(theorem4.norm_piece(eta=_PAPER_ETA), "==", theorem4.second_term())),
    "gradient_piece": Proposition(
        "Theorem 10's last term at the gradients' norm and the paper's step size is the third term",
        Relation(theorem4.gradient_piece(eta=_PAPER_ETA), "==", theorem4.third_term())),
    "gradient_norm": Proposition(
        "the gradient's norm with N windows is at most the one with n",
        Relation(theorem4.gradient_norm_bound(), "<=", theorem4.gradient_norm_bound(N=n)), (_WINDOWS,)),
    "movement_sum_starts": Proposition(
        "the sum of t(t-1)/2 over t < 1 is 0", Relation(theorem4.sharp_movement_sum(1), "==", Integer(0))),
    "movement_sum_grows": Proposition(
        "going on to t = T adds T(T-1)/2 to the sum of t(t-1)/2 over t < T, which therefore is T(T-1)(T-2)/6",
        Relation(_LONGER * (T + 1) - _MEAN * T, "==", T * (T - 1) / 2)),
    "sharp_movement": Proposition(
        "Lemma 9's movement with T^2/6 for the mean of t(t-1)/2, at the paper's step size, is the sharp first term",
        Relation(_DRIFT * T**2 / 6, "==", theorem4.sharp_first_term())),
    "sharp_movement_sum": Proposition(
        "the mean of t(t-1)/2 over t < T is less than T^2/6", Relation(_MEAN, "<", T**2 / 6)),
    "sharp_gradient": Proposition(
        "half the gradients' term with N windows, at the paper's step size, is the sharp third term",
        Relation(_PAPER_ETA / 2 * theorem4.gradient_norm_bound()**2, "==", theorem4.sharp_third_term())),
    "sharp_first_is_below_stated": Proposition(
        "the sharp first term is at most a twelfth of the stated one",
        Relation(12 * theorem4.sharp_first_term(), "<=", theorem4.first_term()), (_WINDOWS,)),
    "sharp_second_is_half_the_stated": Proposition(
        "the sharp second term is half the stated one",
        Relation(2 * theorem4.sharp_second_term(), "==", theorem4.second_term())),
    "sharp_third_is_below_stated": Proposition(
        "the sharp third term is at most half the stated one",
        Relation(2 * theorem4.sharp_third_term(), "<=", theorem4.third_term()), (_WINDOWS,)),
    "one_more_round": Proposition(
        "over t = 1, ..., T the gradients' share grows by (T+1)/T, which the factor 2 of the stated term covers",
        Relation(eta / 2 * (T + 1) / T, "<=", eta)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> print(*certificate("sharp_movement_sum").as_lines(), sep=chr(10))
    claim: (T - 2)*(T - 1)/6 < T^2/6
    put T = s1 + 1, s1 nonnegative (domain)
    difference = (3*s1 + 1)/(6)
    """
    return PROPOSITIONS.certificate(name)
