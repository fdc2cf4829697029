"""How many draws make every one of 2^k cells hold more than half its mean: exactly, and as each bound says."""
from __future__ import annotations

from fractions import Fraction

from flint import ctx

from theorycheck.errors import ParameterError, require_integer
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.probability.occupancy import (event_threshold, exact_occupancy_probability,
                                               occupancy_failure_probability)
from theorycheck.probability.tails import half_mean_exponent
from theorycheck.rigor import Real, decide, exact_rational, working_precision
from theorycheck.rigor.real import precision_range

# Deciding needs few digits; the comparison refines by itself where these do not do.
_DECIDING_BITS = 64


def sufficient_draws_bound(k: int, delta: Fraction | float | str, kind: str = "chernoff") -> int:
    """Return the smallest q above 2^k ln(2^k/δ)/c: enough, by a bound e^(-c μ) and the union bound, for failure <= δ.

    Parameters
    ----------
    k : int
        At least 1; there are 2^k cells.
    delta : Fraction, float or str
        Read exactly (0.1 is 1/10), strictly between 0 and 1.
    kind : {"chernoff", "sharp_chernoff", "kl"}
        c = 1/8, which is the paper's q > 2^(k+3) ln(2^k/δ); c = (1 - ln 2)/2; c = 2^k KL(2^-k/2‖2^-k).

    Returns
    -------
    int
        Decided by enclosures.  For the first two kinds the bound itself is never an integer; by the divergence it can
        be (k=1, δ=512/729: exactly 8), which is told in integers.

    Raises
    ------
    ParameterError
        ``'delta' must be above 0 and below 1, not 2.``; ``'k' must be at least 1, not 0.``;
        ``'kind' must be one of chernoff, sharp_chernoff, kl, not ….``

    Notes
    -----
    Microseconds.  Source: MS21, Lemma 6.

    Examples
    --------
    >>> [sufficient_draws_bound(k, "0.1") for k in range(1, 6)]
    [48, 119, 281, 650, 1477]
    >>> [sufficient_draws_bound(4, "0.1", kind) for kind in ("sharp_chernoff", "kl")]
    [530, 503]
    """
    k, risk = _checked(k, delta)
    equal = _divergence_bound_if_integer(k, risk) if kind == "kl" else None
    return equal + 1 if equal is not None else _smallest_integer_above(
        Real(2**k / risk).log() * 2**k / half_mean_exponent(k, kind))


def smallest_sufficient_draws(k: int, delta: Fraction | float | str) -> int:
    """Return the smallest q from which on the exact probability of Lemma 6's event is at least 1-δ.

    "From which on" matters: the probability drops wherever the threshold floor(μ/2) steps up, so it may pass 1-δ and
    fall back.  From the paper's q on it stays by Chernoff's bound, below it is checked.

    Parameters
    ----------
    k : int
        At least 1; there are 2^k cells.
    delta : Fraction, float or str
        Read exactly, strictly between 0 and 1.

    Raises
    ------
    ParameterError
        As for :func:`sufficient_draws_bound`.
    InstanceTooLarge
        A probability equals 1-δ to 4096 bits and q is too large for a rational, or a failure is likely at q > 10^9:
        see :func:`~theorycheck.probability.occupancy.exact_occupancy_probability` and its neighbours.

    Notes
    -----
    At a fixed threshold m = floor(μ/2) the probability increases with q, so only q = 2^(k+1) m needs checking, from
    the paper's q down, and a bisection where the check first fails.  Most checks are settled by one binomial tail.
    Milliseconds for k <= 5, a fraction of a second for k = 10.

    Examples
    --------
    >>> [smallest_sufficient_draws(k, "0.1") for k in range(1, 6)]
    [13, 49, 132, 330, 836]
    """
    k, risk = _checked(k, delta)
    upper, step = sufficient_draws_bound(k, risk), 2**(k + 1)
    with working_precision(min(_DECIDING_BITS, precision_range()[0])):
        start = (upper - 1) // step * step
        while start > 0 and _is_sufficient(start, k, risk):
            start -= step
        # Between start and the next step the threshold is fixed.  The next step suffices: it was checked, or is upper.
        low, high = start, min(start + step, upper)
        while high - low > 1:
            middle = (low + high) // 2
            if _is_sufficient(middle, k, risk):
                high = middle
            else:
                low = middle
    return high


def is_sufficient(q: int, k: int, delta: Fraction | float | str) -> bool:
    """Return whether the exact probability of Lemma 6's event at this q is at least 1-δ.

    Parameters, errors and cost as for :func:`smallest_sufficient_draws`, of which this is one check; q at least 0.

    Examples
    --------
    >>> is_sufficient(330, 4, "0.1"), is_sufficient(329, 4, "0.1")
    (True, False)
    """
    k, risk = _checked(k, delta)
    return _is_sufficient(require_integer("q", q, minimum=0), k, risk)


def _is_sufficient(q: int, k: int, risk: Fraction) -> bool:
    if q < 2**k:
        return False  # some cell stays empty
    single = binomial_lower_tail(q, Fraction(1, 2**k), event_threshold(q, k) - 1)
    if decide(single * 2**k, "<=", risk):
        return True
    # Counts are negatively associated (Joag-Dev and Proschan, 1983): P[all hold enough] is at most the product.
    if decide(((1 - single).log() * 2**k).exp(), "<", 1 - risk):
        return False
    answer = decide(occupancy_failure_probability(q, k), "<=", risk)
    return 1 - exact_occupancy_probability(q, k) <= risk if answer is None else answer


def _checked(k: object, delta: object) -> tuple[int, Fraction]:
    exponent, risk = require_integer("k", k, minimum=1), exact_rational(delta, "delta")
    if not 0 < risk < 1:
        raise ParameterError(f"'delta' must be above 0 and below 1, not {risk}.")
    return exponent, risk


def _divergence_bound_if_integer(k: int, risk: Fraction) -> int | None:
    """The q with 2^k e^(-q KL(p/2‖p)) = ``risk`` exactly, p = 2^-k, or None: no precision would tell."""
    # With M = 2^(k+1)-1 it says (2^k/risk)^(M+1) = M^(q M) / (2^(q (M+1)) (2^k-1)^(q M)), in lowest terms.  M is no
    # perfect power, so M+1 divides q; then 2^q times an odd number is the denominator of 2^k/risk.
    ratio = 2**k / risk
    q = (ratio.denominator & -ratio.denominator).bit_length() - 1
    odd, share = 2 ** (k + 1) - 1, q >> (k + 1)
    if q == 0 or q != share << (k + 1):
        return None
    return q if ratio == Fraction(odd ** (share * odd), 2**q * (2**k - 1) ** (share * odd)) else None


def _smallest_integer_above(value: Real) -> int:
    """The smallest integer above an irrational number."""
    bits = 64
    while True:
        with ctx.workprec(bits):
            floor = value.enclose(bits).floor().unique_fmpz()
        if floor is not None:
            return int(floor) + 1
        bits *= 2
