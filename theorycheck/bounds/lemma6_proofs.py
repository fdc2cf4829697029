"""The steps of MS21, Lemma 6, that hold for all parameters, each with a certificate.

The names are those of the steps and of the sharper versions; :func:`certificate` searches once and remembers.
"""
from __future__ import annotations

from sympy import Rational, Sum, log

from theorycheck.bounds import lemma6, lemma6_norms
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.concentration import union_bound
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, delta, hamming_distance, k, multiplicities, multiplicity, pattern, q

_CELLS = lemma6.number_of_cells()
_MEAN = lemma6.expected_multiplicity()
_EVENT = Relation(multiplicity, ">", _MEAN / 2)
_TOTAL = Relation(Sum(multiplicities[pattern], (pattern, 1, _CELLS)), "==", q)
_PAPERS_Q = Relation(q, ">", lemma6.sufficient_filters())
_SQUARED_NORM = lemma6_norms.canonical_squared_norm()
# The slope of the chord of 1/m between the ends of the range that m_z has on the event, and of its tangent at the mean.
_CHORD = -4 * k**2 / (_MEAN**2 * (_CELLS + 1))
_TANGENT = -k**2 / _MEAN**2

PROPOSITIONS = Propositions({
    "choice_of_q": Proposition(
        "the paper's q makes Chernoff's bound for one sign pattern less than delta*2^(-k)",
        Relation(lemma6.cell_failure_bound(), "<", lemma6.cell_failure_target()), (_PAPERS_Q,)),
    "union": Proposition(
        "2^k events of probability delta*2^(-k) each: delta in all",
        Relation(union_bound(_CELLS, lemma6.cell_failure_target()), "==", delta)),
    "union_choice_of_q": Proposition(
        "the paper's q makes the union bound less than delta",
        Relation(lemma6.union_failure_bound(), "<", delta), (_PAPERS_Q,)),
    "locally_connected_union": Proposition(
        "with ln(N*2^k/delta), the union over N locations and 2^k sign patterns is less than delta",
        Relation(N * lemma6.union_failure_bound(), "<", delta),
        (Relation(q, ">", lemma6.locally_connected_sufficient_filters()),)),
    "sharp_union_choice_of_q": Proposition(
        "q from 2^(k+1)*ln(2^k/delta)/(1-ln 2) on makes the sharper union bound at most delta",
        Relation(lemma6.sharp_union_failure_bound(), "<=", delta),
        (Relation(q, ">=", lemma6.sharp_sufficient_filters()),)),
    "kullback_leibler_union_choice_of_q": Proposition(
        "q from ln(2^k/delta)/KL(p/2||p) on makes the Kullback-Leibler union bound at most delta",
        Relation(lemma6.kullback_leibler_union_failure_bound(), "<=", delta),
        (Relation(q, ">=", lemma6.kullback_leibler_sufficient_filters()),)),
    "chernoff_constant": Proposition(
        "1/8 is less than (1-ln 2)/2", Relation(Rational(1, 8), "<", (1 - log(2)) / 2)),
    "sharp_chernoff": Proposition(
        "the bound with (1-ln 2)/2 is less than the stated one",
        Relation(lemma6.sharp_cell_failure_bound(), "<", lemma6.cell_failure_bound())),
    "kullback_leibler_chernoff": Proposition(
        "the Kullback-Leibler bound is at most the one with (1-ln 2)/2",
        Relation(lemma6.kullback_leibler_cell_failure_bound(), "<=", lemma6.sharp_cell_failure_bound())),
    "sharp_choice_is_smaller": Proposition(
        "the sharper bound asks for fewer filters than the paper",
        Relation(lemma6.sharp_sufficient_filters(), "<", lemma6.sufficient_filters())),
    "kullback_leibler_choice_is_smaller": Proposition(
        "the Kullback-Leibler bound asks for no more filters than the one with (1-ln 2)/2",
        Relation(lemma6.kullback_leibler_sufficient_filters(), "<=", lemma6.sharp_sufficient_filters())),
    "activation_off": Proposition(
        "at Hamming distance at least 1 the pre-activation is negative: ReLU vanishes",
        Relation(lemma6.pre_activation(), "<", Rational(0)), (Relation(hamming_distance, ">=", Rational(1)),)),
    "pre_activation": Proposition(
        "the inner product (k-2m)/k and the bias 1/k-1 make the pre-activation (1-2m)/k",
        Relation((k - 2 * hamming_distance) / k + (1 / k - 1), "==", lemma6.pre_activation())),
    "norm": Proposition(
        "on the event the squared norm is less than 2*4^k*k^2/q",
        Relation(_SQUARED_NORM, "<", lemma6_norms.sharp_squared_norm_bound()), (_EVENT,)),
    "stated_norm": Proposition(
        "on the event the squared norm is less than the square of the stated bound",
        Relation(_SQUARED_NORM, "<", lemma6_norms.squared_norm_bound()), (_EVENT,)),
    "sharper_norm": Proposition(
        "on the event, as the multiplicities sum to q, the squared norm is less than (2*4^k*k^2/q)*2^k/(2^k+1)",
        Relation(_SQUARED_NORM, "<", lemma6_norms.sharper_squared_norm_bound()), (_EVENT, _TOTAL), multiplier=_CHORD),
    "norm_from_below": Proposition(
        "where every multiplicity is positive and they sum to q, the squared norm is at least 4^k*k^2/q",
        Relation(_SQUARED_NORM, ">=", lemma6_norms.squared_norm_lower_bound()),
        (Relation(multiplicity, ">", Rational(0)), _TOTAL), multiplier=_TANGENT,
        split=Relation(multiplicity, ">=", _MEAN)),
    "sharp_is_below_stated": Proposition(
        "the sharp bound on the norm is less than the stated one",
        Relation(lemma6_norms.sharp_norm_bound(), "<", lemma6_norms.norm_bound())),
    "sharper_is_below_sharp": Proposition(
        "the sharper bound on the squared norm is less than the sharp one",
        Relation(lemma6_norms.sharper_squared_norm_bound(), "<", lemma6_norms.sharp_squared_norm_bound())),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> print(*certificate("activation_off").as_lines(), sep=chr(10))
    claim: (1 - 2*m)/k < 0
    assume: m >= 1
    put k = s1 + 1, s1 nonnegative (domain)
    put m = s2 + 1, s2 nonnegative (assumption)
    difference = (2*s2 + 1)/(s1 + 1)
    """
    return PROPOSITIONS.certificate(name)
