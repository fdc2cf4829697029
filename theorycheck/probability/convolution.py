"""The probability that every cell holds enough, by adding independent cells and conditioning on their total.

Multiplicities of q draws are independent Poisson(rate) variables given that they sum to q, for any rate.  Let X follow
that law given X >= minimum.  Then, for ``cells`` = 2^k equally likely cells,

    P[every cell >= minimum] = q! (cells rate)^(-q) (sum over j >= minimum of rate^j/j!)^cells P[X_1 + ... = q],

and k - 1 squarings of X's generating polynomial and one scalar product give the last factor.  The rate that makes the
mean of X equal to q/cells keeps that factor near 1/sqrt(2 pi q), however unlikely the event.

Coefficients are integers, units of 2^-w, always rounded down.  So rounding and the coefficients that vanish for it only
lose mass; what is lost is the mass that is missing in the end, and twice that bounds the error of the scalar product.
"""
from __future__ import annotations

from math import fsum, inf

from flint import arb, ctx, fmpz, fmpz_poly

from theorycheck.errors import InstanceTooLarge

_DRAWS_LIMIT = 10**9


def event_by_convolution(q: int, k: int, minimum: int) -> arb:
    """Enclose P[each of 2^k cells holds at least ``minimum`` >= 1 of q draws], at the working precision.

    Needs ``minimum * 2^k <= q``.  The enclosure is fine relative to the probability, however small that is; k >= 1.
    Time about ``sqrt(q * bits)`` multiplications of integers of ``bits`` bits; memory the same.

    Raises
    ------
    InstanceTooLarge
        ``q=… draws are too many for the sum over cells; the largest q is 1000000000.``
    """
    cells = 2**k
    if q > _DRAWS_LIMIT:
        raise InstanceTooLarge(f"q={q} draws are too many for the sum over cells; the largest q is {_DRAWS_LIMIT}.")
    bits = ctx.prec
    with ctx.workprec(bits + 2 * q.bit_length() + 32):
        if cells * minimum == q:
            return (arb(q + 1).lgamma() - cells * arb(minimum + 1).lgamma() - q * arb(cells).log()).exp()
        rate = arb(_rate_of_mean(q / cells, minimum))
        width = bits + 2 * k + 2 * q.bit_length() + 16
        weights = _truncated_weights(rate, minimum, arb(2) ** -width)
        norm = sum(weights, arb(0)) + arb(0).union(_geometric_rest(weights[-1], rate, minimum + len(weights)))
        scale = fmpz(2) ** width
        law = fmpz_poly([_floor(weight * scale / norm) for weight in weights])
        # weights are rate^j/j! divided by their first, rate^minimum/minimum!.
        exponent = (arb(q + 1).lgamma() - q * (cells * rate).log()
                    + cells * (minimum * rate.log() - arb(minimum + 1).lgamma() + norm.log()))
        return exponent.exp() * _sum_probability(law, q - cells * minimum, k, width)


def _sum_probability(law: fmpz_poly, excess: int, k: int, width: int) -> arb:
    """P[the sum of 2^k independent copies is ``excess``]; ``law`` holds one's probabilities in units of 2^-width."""
    unit, start = fmpz(2) ** width, 0
    for _ in range(k - 1):
        law = (law * law) // unit
        start *= 2
        # Leading zeros are coefficients that rounding removed: keep the window short.
        zeros = next((index for index, value in enumerate(law.coeffs()) if value), 0)
        law, start = law.right_shift(zeros), start + zeros
    values = law.coeffs()
    missing = 1 - arb(sum(values, fmpz(0))) / unit
    target = excess - 2 * start
    first = max(0, target - len(values) + 1)
    last = min(target, len(values) - 1)
    product = sum((values[i] * values[target - i] for i in range(first, last + 1)), fmpz(0))
    return arb(product) / unit**2 + (2 * missing).union(arb(0))


def _truncated_weights(rate: arb, minimum: int, tolerance: arb) -> list[arb]:
    """rate^j minimum!/j! for j >= minimum, until the rest is below ``tolerance`` of the sum."""
    weights = [arb(1)]
    total = arb(1)
    j = minimum
    while not (rate < j + 1 and _geometric_rest(weights[-1], rate, j + 1) < tolerance * total):
        for _ in range(32):
            j += 1
            weights.append(weights[-1] * rate / j)
            total += weights[-1]
    return weights


def _geometric_rest(last: arb, rate: arb, following: int) -> arb:
    """Bound the sum of the weights from index ``following`` on, given the one before."""
    ratio = rate / following
    return last * ratio / (1 - ratio)


def _floor(value: arb) -> fmpz:
    result = value.lower().floor().unique_fmpz()
    assert result is not None  # the floor of a point is a point
    return result


def _rate_of_mean(mean: float, minimum: int) -> float:
    """A rate at which a Poisson variable conditioned to be at least ``minimum`` has about this mean, minimum < mean.

    Any positive rate gives a right answer; this one gives a sharp one.
    """
    low, high = 0.0, mean
    for _ in range(30):
        rate = (low + high) / 2
        if rate * (1 + _hazard(rate, minimum)) < mean:
            low = rate
        else:
            high = rate
    return high


def _hazard(rate: float, minimum: int) -> float:
    """P[X = minimum - 1] / P[X >= minimum] for a Poisson variable X."""
    # Terms rate^(j - minimum + 1) (minimum - 1)!/j! for j >= minimum.
    terms, j, term = [], minimum, rate / minimum
    while term > 1e-9 or j < rate:
        terms.append(term)
        if term > 1e30:
            return 0.0
        j += 1
        term *= rate / j
    total = fsum(terms) + term
    return 1 / total if total > 0 else inf
