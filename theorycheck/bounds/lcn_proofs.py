"""What holds of MS21, Section 3.1, for all parameters, each relation with a certificate: the LCN against the CNN."""
from __future__ import annotations

from sympy import Integer, Rational

from theorycheck.bounds import lcn, lemma8, theorem4
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, eta, n

_PAPER_ETA = theorem4.paper_step_size()

PROPOSITIONS = Propositions({
    "movement_piece": Proposition(
        "Lemma 9 for the LCN at Lemma 6's norm and the paper's step size is the first term",
        Relation(lcn.movement_piece(eta=_PAPER_ETA), "==", lcn.first_term())),
    "norm_piece": Proposition(
        "Theorem 10's second term at Lemma 6's norm and the paper's step size is the second term",
        Relation(lcn.norm_piece(eta=_PAPER_ETA), "==", lcn.second_term())),
    "gradient_piece": Proposition(
        "Theorem 10's last term at the gradients' norm and the paper's step size is the third term",
        Relation(lcn.gradient_piece(eta=_PAPER_ETA), "==", lcn.third_term())),
    "first_term_is_a_fraction_of_the_cnns": Proposition(
        "the first term is the CNN's divided by n", Relation(n * lcn.first_term(), "==", theorem4.first_term())),
    "drift_is_below_the_cnns": Proposition(
        "all locations together are bounded by no more than the CNN's filters",
        Relation(lcn.drift_bound() / lemma8.drift_bound(), "<=", Integer(1)), (Relation(n, ">=", N),)),
    "sharp_drift_is_below_half_the_stated": Proposition(
        "the sharp bound on the filters of one location is less than half the stated one",
        Relation(lcn.sharp_window_drift_bound() / lcn.window_drift_bound(), "<", Rational(1, 2))),
    "sharp_first_is_a_twelfth_of_the_stated": Proposition(
        "the sharp first term is a twelfth of the stated one",
        Relation(12 * lcn.sharp_first_term(), "==", lcn.first_term())),
    "movement_without_the_other_windows": Proposition(
        "the sharp bound is the CNN's for N = 1 in its first term and for N windows in its last",
        Relation(lcn.sharp_bound() - lcn.sharp_bound(N=1), "==",
                 theorem4.gradient_norm_bound()**2 * eta / 2 - theorem4.gradient_norm_bound(N=1)**2 * eta / 2)),
    "sharp_third_is_below_stated": Proposition(
        "the sharp third term is at most half the stated one",
        Relation(2 * lcn.sharp_third_term(), "<=", lcn.third_term()), (Relation(n, ">=", N),)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("first_term_is_a_fraction_of_the_cnns").as_lines()[-1]
    'difference = (0)/(1)'
    """
    return PROPOSITIONS.certificate(name)
