"""The exact probability that each of 2^k equally likely cells holds enough of q draws, and that some cell does not.

The cells are the sign patterns of k weights, the draws are filters, and the event of MS21's Lemma 6 is that every
multiplicity exceeds half its mean q 2^-k.  Three methods share the work: integers while the instance is small; two
consecutive Bonferroni sums while failure is unlikely (:mod:`~theorycheck.probability.orthants`), which give the failure
its full relative accuracy however small it is; and sums of independent cells conditioned on their total otherwise
(:mod:`~theorycheck.probability.convolution`).
"""
from __future__ import annotations

from fractions import Fraction
from math import factorial

from flint import arb, fmpz, fmpz_poly

from theorycheck.errors import InstanceTooLarge, require_integer
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.probability.convolution import event_by_convolution
from theorycheck.probability.orthants import failure_by_inclusion_exclusion
from theorycheck.rigor import Real

EXACT_BITS = 1024
"""The probabilities are rational by default while their denominator 2^(k q) is at most 2^1024."""

_EXACT_DRAWS_LIMIT = 4096


def event_threshold(q: int, k: int) -> int:
    """Return the least integer above half the mean q 2^-k: what every cell must hold for Lemma 6's event.

    Raises
    ------
    ParameterError
        ``'q' must be at least 0, not -1.``; ``'k' must be at least 1, not 0.``

    Examples
    --------
    >>> event_threshold(64, 2), event_threshold(63, 2)
    (9, 8)
    """
    q, k = require_integer("q", q, minimum=0), require_integer("k", k, minimum=1)
    return (q >> (k + 1)) + 1


def occupancy_probability(q: int, k: int, minimum: int | None = None) -> Real:
    """Return P[each of 2^k equally likely cells holds at least ``minimum`` of q draws].

    Parameters
    ----------
    q : int
        Draws, at least 0.
    k : int
        At least 1; there are 2^k cells.
    minimum : int, optional
        Default :func:`event_threshold`: more than half the mean, the event of Lemma 6.

    Returns
    -------
    Real
        Rational while ``k q <= EXACT_BITS`` and where it is 0 or 1, else an enclosure; fine relative to the
        probability, however small.

    Raises
    ------
    ParameterError
        ``'k' must be at least 1, not 0.`` and the like.
    InstanceTooLarge
        On enclosing: ``q=… draws are too many for the sum over cells; the largest q is 1000000000.``, only where a
        failure is likely.

    Notes
    -----
    At 128 bits: a millisecond for q=650, k=4; five milliseconds or less at q=10^6 for the default minimum while
    failure is unlikely; a quarter of a second and some megabytes for any k and minimum at q=10^6.
    Source: MS21, Lemma 6.

    Examples
    --------
    >>> occupancy_probability(16, 1).exact
    Fraction(30251, 32768)
    """
    return _probability(q, k, minimum, failure=False)


def occupancy_failure_probability(q: int, k: int, minimum: int | None = None) -> Real:
    """Return P[some of 2^k equally likely cells holds fewer than ``minimum`` of q draws].

    Parameters, errors and cost as for :func:`occupancy_probability`, of which it is the complement; the enclosure is
    fine relative to the failure itself, be it 10^-40.

    Examples
    --------
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(occupancy_failure_probability(650, 4), 15)
    '0.00296409612171098…'
    """
    return _probability(q, k, minimum, failure=True)


def exact_occupancy_probability(q: int, k: int, minimum: int | None = None) -> Fraction:
    """Return the same probability as :func:`occupancy_probability`, as a rational, for q up to 4096.

    Raises
    ------
    InstanceTooLarge
        ``q=5000 draws are too many for an exact rational; the largest q is 4096.``

    Notes
    -----
    About ``k`` products of polynomials of q coefficients of ``q log2 q`` bits: milliseconds at q=650, seconds at 4096.

    Examples
    --------
    >>> exact_occupancy_probability(16, 2)
    Fraction(173888715, 536870912)
    """
    q, k, least = _checked(q, k, minimum)
    if q > _EXACT_DRAWS_LIMIT:
        raise InstanceTooLarge(f"q={q} draws are too many for an exact rational; the largest q is "
                               f"{_EXACT_DRAWS_LIMIT}.")
    if least == 0 or least * 2**k > q:
        return Fraction(int(least == 0))
    return Fraction(_favourable_sequences(q, k, least), 2**(k * q))


def _checked(q: object, k: object, minimum: object) -> tuple[int, int, int]:
    draws, exponent = require_integer("q", q, minimum=0), require_integer("k", k, minimum=1)
    if minimum is None:
        return draws, exponent, event_threshold(draws, exponent)
    return draws, exponent, require_integer("minimum", minimum, minimum=0)


def _probability(q: int, k: int, minimum: int | None, *, failure: bool) -> Real:
    q, k, least = _checked(q, k, minimum)
    # The second comparison is least * 2^k > q without the power.
    if least == 0 or least > q >> k:
        return Real(int((least == 0) != failure))
    if k * q <= EXACT_BITS:
        exact = exact_occupancy_probability(q, k, least)
        return Real(1 - exact if failure else exact)
    return Real(lambda: _ball(q, k, least, failure))


def _ball(q: int, k: int, minimum: int, failure: bool) -> arb:
    # Below half a failing cell expected the Bonferroni sums fall fast and the event is not small; above, the failure is
    # not small: neither complement cancels.
    expected = binomial_lower_tail(q, Fraction(1, 2**k), minimum - 1).enclose(53) * 2**k
    if 2 * expected < 1:
        failing = failure_by_inclusion_exclusion(q, 2**k, minimum - 1)
        return failing if failure else 1 - failing
    event = event_by_convolution(q, k, minimum)
    return 1 - event if failure else event


def _favourable_sequences(q: int, k: int, minimum: int) -> int:
    """How many of the 2^(k q) sequences of draws put at least ``minimum`` into each cell."""
    # q! sum over j >= minimum of x^j/j!, without the leading power of x: stage i is q! times the series of 2^i cells,
    # whose coefficients up to x^q stay integers because q! is a multiple of each factorial.
    length = q - minimum * 2**k + 1
    factor = fmpz(factorial(q))
    coefficients = [factor // factorial(minimum)]
    for d in range(1, length):
        coefficients.append(coefficients[-1] // (minimum + d))
    series = fmpz_poly(coefficients)
    for _ in range(k - 1):
        series = series.mul_low(series, length) // factor
    values = series.coeffs()
    return int(sum((values[d] * values[length - 1 - d] for d in range(length)), fmpz(0)) // factor)
