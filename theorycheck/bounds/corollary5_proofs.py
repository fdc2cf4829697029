"""What holds for all parameters around MS21, Corollary 5, each with a certificate."""
from __future__ import annotations

from theorycheck.bounds import corollary5, lemma6, theorem4
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import T, c, delta, epsilon, n, q

_SHARE = corollary5.share()

PROPOSITIONS = Propositions({
    "features": Proposition(
        "the width for Lemma 6 leaves its failure less than delta/2",
        Relation(lemma6.union_failure_bound(), "<", delta / 2), (Relation(q, ">", corollary5.feature_width()),)),
    "first_term": Proposition(
        "q from 6*c*n^2*k^2*2^k/epsilon on makes Theorem 4's first term at most epsilon/3",
        Relation(theorem4.first_term(), "<=", _SHARE), (Relation(q, ">=", corollary5.first_term_width()),)),
    "second_term": Proposition(
        "q from 36*16^k*k^4/(n*epsilon^2) on makes Theorem 4's second term at most epsilon/3",
        Relation(theorem4.second_term(), "<=", _SHARE), (Relation(q, ">=", corollary5.second_term_width()),)),
    # T >= 3*c^2*n^(3/2)*sqrt(q)/epsilon, squared and solved for q, so that no root is left in the hypothesis.
    "third_term": Proposition(
        "T from 3*c^2*n^(3/2)*sqrt(q)/epsilon on makes Theorem 4's third term at most epsilon/3",
        Relation(theorem4.third_term(), "<=", _SHARE),
        (Relation(q, "<=", epsilon**2 * T**2 / (9 * c**4 * n**3)),)),
    "needed_constant": Proposition(
        "36*16^k*k^4/(n*epsilon^2) filters are the stated ones with the constant 36*8^k*k^4/(n^4*ln(2^k/delta))",
        Relation(corollary5.stated_width(C=corollary5.needed_constant()), "==", corollary5.second_term_width())),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("second_term").transformation
    'square'
    """
    return PROPOSITIONS.certificate(name)
