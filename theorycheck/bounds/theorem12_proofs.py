"""What holds for all parameters around MS21, Theorem 12, each with a certificate.

Binomial coefficients are no polynomials, so the first propositions settle how they are related, written out in
factorials: ``F`` stands for (n-1)!, ``A`` for (k-1)! and ``B`` for (n-k-1)!.  In the others ``C`` stands for C(n,k), so
that C(n-1,k) is C(n-k)/n and C(n-1,k-1) is Ck/n by the first two.  A maximum is settled case by case: few bits
(n >= 2k), many bits (k < n <= 2k), all bits (k = n).
"""
from __future__ import annotations

from sympy import Integer, Symbol, binomial, log

from theorycheck.bounds import theorem12
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import c, k, level, n, q
from theorycheck.bounds.theorem12 import slope_above, slope_below, value_weight
from theorycheck.bounds.theorem12_asymptotics import exponent_ratio_lower_bound, log_log, logarithm, root

F, A, B, C = (Symbol(name, real=True, positive=True) for name in "FABC")
_POSITIVE = tuple(Relation(symbol, ">", Integer(0)) for symbol in (F, A, B))
_ALL_SETS = n * F / (k * A * (n - k) * B)
_WITHOUT, _WITH = F / (k * A * B), F / (A * (n - k) * B)
_ABOVE, _BELOW = n * F / ((k + 1) * k * A * B), n * F / (A * (n - k + 1) * (n - k) * B)

_COUNTED = Relation(C, ">", Integer(0))
_SOME_LEFT = Relation(n, ">=", k + 1)
_FEW, _MANY = (Relation(n, ">=", 2 * k), _COUNTED), (Relation(k, ">=", n / 2), _COUNTED)
# Parseval, with |σ'| <= 1 and |σ| <= c.
_PARSEVAL = (Relation(slope_below, ">=", Integer(0)), Relation(slope_below, "<=", Integer(1)),
             Relation(slope_above, ">=", Integer(0)), Relation(slope_above, "<=", 1 - slope_below))
_PRINTED = theorem12.printed_filter_gradient_bound().subs(binomial(n, k), C)
_STATED = {"few": q * n / (C * (n - k) / n), "many": q * n / (C * k / n)}
_SHARP = {"few": q * (n - k + 1) / C, "many": q * (k + 1) / C}
_MEAN = q * ((n - k + 1) * slope_below + (k + 1) * slope_above) / C


# The symbol l stands for i in a product over i.
PROPOSITIONS = Propositions({
    "sets_without": Proposition(
        "C(n-1,k) = (n-k)*C(n,k)/n, in factorials",
        Relation(n * _WITHOUT, "==", (n - k) * _ALL_SETS), (_SOME_LEFT, *_POSITIVE)),
    "sets_with": Proposition(
        "C(n-1,k-1) = k*C(n,k)/n, in factorials",
        Relation(n * _WITH, "==", k * _ALL_SETS), (_SOME_LEFT, *_POSITIVE)),
    "pairs_above": Proposition(
        "n-k coordinates with mean W/C(n,k+1) each are (k+1)*W/C(n,k)",
        Relation((n - k) / _ABOVE, "==", (k + 1) / _ALL_SETS), (_SOME_LEFT, *_POSITIVE)),
    "pairs_below": Proposition(
        "k coordinates with mean W/C(n,k-1) each are (n-k+1)*W/C(n,k)",
        Relation(k / _BELOW, "==", (n - k + 1) / _ALL_SETS), (_SOME_LEFT, *_POSITIVE)),
    "coordinate_without": Proposition(
        "the proof's bound for a coordinate outside I, 1/C(n-1,k), is at least 1/C(n,k+1)",
        Relation(1 / _ABOVE, "<=", 1 / _WITHOUT), (_SOME_LEFT, *_POSITIVE)),
    "coordinate_with": Proposition(
        "the proof's bound for a coordinate of I, 1/C(n-1,k-1), is at least 1/C(n,k-1)",
        Relation(1 / _BELOW, "<=", 1 / _WITH), (_SOME_LEFT, *_POSITIVE)),
    "printed_sum": Proposition(
        "the printed proof's bounds of the n coordinates add up to 2n/C(n,k)",
        Relation((n - k) / (C * (n - k) / n) + k / (C * k / n), "==", 2 * n / C), (_SOME_LEFT, _COUNTED)),
    "few_bits": Proposition(
        "for n >= 2k the minimum of the statement is 1/C(n-1,k)", Relation(C * k / n, "<=", C * (n - k) / n), _FEW),
    "many_bits": Proposition(
        "for n <= 2k the minimum of the statement is 1/C(n-1,k-1)",
        Relation(C * (n - k) / n, "<=", C * k / n), _MANY),
    "stated_below_printed_few": Proposition(
        "the stated bound is at most the printed proof's, few bits",
        Relation(_STATED["few"], "<=", _PRINTED), _FEW),
    "stated_below_printed_many": Proposition(
        "the stated bound is at most the printed proof's, many bits or all",
        Relation(_STATED["many"], "<=", _PRINTED), _MANY),
    "sharp_below_stated_few": Proposition(
        "the sharp bound is below the stated one, few bits", Relation(_SHARP["few"], "<", _STATED["few"]), _FEW),
    "sharp_below_stated_many": Proposition(
        "the sharp bound is below the stated one, many bits",
        Relation(_SHARP["many"], "<", _STATED["many"]), (_SOME_LEFT, _COUNTED)),
    "sharp_below_stated_all": Proposition(
        "for k = n the sharp bound q is at most the stated one, qn", Relation(q, "<=", q * n)),
    "stated_below_four_sharp_few": Proposition(
        "the stated bound is below four times the sharp one, few bits",
        Relation(_STATED["few"], "<", 4 * _SHARP["few"]), _FEW),
    "stated_below_four_sharp_many": Proposition(
        "the stated bound is below four times the sharp one, many bits",
        Relation(_STATED["many"], "<", 4 * _SHARP["many"]), _MANY),
    "mean_below_sharp_few": Proposition(
        "the mean over all permutations is at most the sharp bound, few bits",
        Relation(_MEAN, "<=", _SHARP["few"]), _FEW + _PARSEVAL),
    "mean_below_sharp_many": Proposition(
        "the mean over all permutations is at most the sharp bound, many bits",
        Relation(_MEAN, "<=", _SHARP["many"]), _MANY + _PARSEVAL),
    "mean_below_sharp_all": Proposition(
        "for k = n the mean over all permutations, q*W^{=n-1}, is at most q",
        Relation(q * slope_below, "<=", q), _PARSEVAL[:2]),
    "readout": Proposition(
        "the readout's mean is at most c^2*q/C(n,k)",
        Relation(q * value_weight / C, "<=", theorem12.readout_gradient_bound().subs(binomial(n, k), C)),
        (_COUNTED, Relation(value_weight, ">=", Integer(0)), Relation(value_weight, "<=", c**2))),
    "binomial_lower_factor": Proposition(
        "C(n,k) >= (n/k)^k factor by factor, i < k",
        Relation(n / k, "<=", (n - level) / (k - level)), (Relation(k, ">=", level + 1), Relation(n, ">=", k))),
    "binomial_upper_factor": Proposition(
        "C(n,k) <= n^k factor by factor", Relation((n - level) / (level + 1), "<=", n)),
    "exponent_below": Proposition(
        "for k = floor(L), L = log2(n) and lambda = log2(L): the lower bound on log2 C(n,k)/L^2 is at least "
        "1-(1+lambda)/L",
        Relation(1 - (1 + log_log) / logarithm, "<=", exponent_ratio_lower_bound(logarithm, log_log)),
        (Relation(logarithm, ">=", Integer(1)), Relation(log_log, ">=", Integer(0)))),
    "exponent_rate": Proposition(
        "with L = r^2: (1+log2(L))/L is at most 4/sqrt(L), so that the ratio tends to 1",
        Relation((1 + 2 * log(root) / log(Integer(2))) / root**2, "<=", 4 / root),
        (Relation(root, ">=", Integer(1)),)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> print(*certificate("sharp_below_stated_all").as_lines()[:1], sep=chr(10))
    claim: q <= n*q
    """
    return PROPOSITIONS.certificate(name)
