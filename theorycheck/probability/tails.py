"""What Chernoff, the Kullback-Leibler divergence and the union bound say of a lower tail, as numbers.

All logarithms are natural.  The bounds stand beside the exact tails of :mod:`theorycheck.probability.binomial` and
:mod:`theorycheck.probability.occupancy`.
"""
from __future__ import annotations

from fractions import Fraction

from flint import arb

from theorycheck.errors import ParameterError, require_choice, require_integer
from theorycheck.rigor import Real, exact_rational


def chernoff_lower_tail_bound(mean: Fraction | int | str) -> Real:
    """Return e^(-mean/8), which bounds P[X <= mean/2] for a sum X of independent events.

    Parameters
    ----------
    mean : Fraction, int, str or float
        E X, read exactly, at least 0.

    Raises
    ------
    ParameterError
        ``'mean' must be at least 0, not -1.``

    Notes
    -----
    Source: MS21, proof of Lemma 6 (multiplicative Chernoff at half the mean).  Constant time and memory.

    Examples
    --------
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(chernoff_lower_tail_bound(16), 8)
    '0.13533528…'
    """
    return (Real(_checked_mean(mean)) * Fraction(-1, 8)).exp()


def sharp_chernoff_lower_tail_bound(mean: Fraction | int | str) -> Real:
    """Return e^(-(1 - ln 2) mean/2): Chernoff's bound on P[X <= mean/2] before its exponent is rounded down to 1/8.

    Same argument and errors as :func:`chernoff_lower_tail_bound`; it is the limit of the divergence's bound as p -> 0.

    Examples
    --------
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(sharp_chernoff_lower_tail_bound(16), 8)
    '0.085878432…'
    """
    return (-_sharp_exponent() * _checked_mean(mean)).exp()


def bernoulli_divergence(a: Fraction | int | str, b: Fraction | int | str) -> Real:
    """Return KL(a‖b) = a ln(a/b) + (1-a) ln((1-a)/(1-b)), in nats.

    Parameters
    ----------
    a, b : Fraction, int, str or float
        Success probabilities, read exactly; a in [0, 1], b strictly between 0 and 1.

    Raises
    ------
    ParameterError
        ``'b' must be above 0 and below 1, not 1.``; ``'a' must be at least 0 and at most 1, not 2.``

    Examples
    --------
    >>> bernoulli_divergence("1/2", "1/2").exact
    Fraction(0, 1)
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(bernoulli_divergence("1/8", "1/4"), 8)
    '0.048238447…'
    """
    first, second = exact_rational(a, "a"), exact_rational(b, "b")
    if not 0 < second < 1:
        raise ParameterError(f"'b' must be above 0 and below 1, not {second}.")
    if not 0 <= first <= 1:
        raise ParameterError(f"'a' must be at least 0 and at most 1, not {first}.")
    return _entropy_term(first, second) + _entropy_term(1 - first, 1 - second)


def kl_lower_tail_bound(q: int, p: Fraction | int | str, share: Fraction | int | str) -> Real:
    """Return e^(-q KL(share‖p)), which bounds P[Bin(q, p) <= share*q] for share <= p.

    Parameters
    ----------
    q : int
        Number of trials, at least 0.
    p : Fraction, int, str or float
        Success probability, strictly between 0 and 1.
    share : Fraction, int, str or float
        Successes as a share of q: p/2 for half the mean, m/q for at most m successes; in [0, p].

    Raises
    ------
    ParameterError
        ``'share' must be at least 0 and at most p=1/4, not 1/2.``

    Notes
    -----
    Source: Hoeffding (1963), Theorem 1; the sharpest bound by exponential moments.  Constant time and memory.

    Examples
    --------
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(kl_lower_tail_bound(64, "1/4", "1/8"), 8)
    '0.045626772…'
    """
    q = require_integer("q", q, minimum=0)
    mean, part = exact_rational(p, "p"), exact_rational(share, "share")
    if not 0 <= part <= mean:
        raise ParameterError(f"'share' must be at least 0 and at most p={mean}, not {part}.")
    return (bernoulli_divergence(part, mean) * -q).exp()


def union_bound(count: int, probability: Real | Fraction | int) -> Real:
    """Return ``count`` times ``probability``, which bounds the probability that any of ``count`` such events happens.

    It may exceed 1, and then says nothing.

    Examples
    --------
    >>> union_bound(16, Fraction(1, 100)).exact
    Fraction(4, 25)
    """
    return Real(probability) * require_integer("count", count, minimum=0)


def half_mean_exponent(k: int, kind: str) -> Real:
    """Return the exponent c of the bound P[m_z <= μ/2] <= e^(-c μ), μ = q 2^-k, for cells of probability 2^-k.

    Parameters
    ----------
    k : int
        At least 1.
    kind : {"chernoff", "sharp_chernoff", "kl"}
        1/8; (1 - ln 2)/2; or KL(p/2‖p)/p at p = 2^-k, each larger than the one before.

    Raises
    ------
    ParameterError
        ``'kind' must be one of chernoff, sharp_chernoff, kl, not ….``

    Examples
    --------
    >>> [round(float(half_mean_exponent(4, kind)), 6) for kind in ("chernoff", "sharp_chernoff", "kl")]
    [0.125, 0.153426, 0.161669]
    """
    k = require_integer("k", k, minimum=1)
    require_choice("kind", kind, ("chernoff", "sharp_chernoff", "kl"))
    if kind == "chernoff":
        return Real(Fraction(1, 8))
    if kind == "sharp_chernoff":
        return _sharp_exponent()
    return bernoulli_divergence(Fraction(1, 2**(k + 1)), Fraction(1, 2**k)) * 2**k


def _checked_mean(mean: object) -> Fraction:
    value = exact_rational(mean, "mean")
    if value < 0:
        raise ParameterError(f"'mean' must be at least 0, not {value}.")
    return value


def _sharp_exponent() -> Real:
    return (Real(1) - Real(lambda: arb.const_log2())) * Fraction(1, 2)


def _entropy_term(a: Fraction, b: Fraction) -> Real:
    return Real(0) if a == 0 else Real(a / b).log() * a
