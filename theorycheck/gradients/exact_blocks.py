"""The exact gradient of a group of filters that share their windows, from the window marginals."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude, rational_array
from theorycheck.rigor import decide

_INT64 = 2**63


def block_gradient(inner: RationalArray, readout: RationalArray, marginals: RationalArray, signs: NDArray,
                   activation: Activation) -> tuple[RationalArray, RationalArray, NDArray[np.bool_]]:
    """Return ∂L/∂u, ∂L/∂W and where a pre-activation is a kink.

    Parameters
    ----------
    inner : RationalArray (C, columns)
        The pre-activations.
    readout : RationalArray (r, C)
    marginals : RationalArray (r, columns)
        E[s f 1{window content is the column}] for each row of the readout.
    signs : ndarray (columns, k) of int64
    activation : Activation
        Must map rationals to rationals.

    Returns
    -------
    (RationalArray (r, C), RationalArray (C, k), ndarray (C, columns) of bool)

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> gradient = block_gradient(RationalArray(np.array([[1, -1]]), 2), RationalArray(np.array([[1]]), 1),
    ...                           RationalArray(np.array([[1, -1]]), 4), np.array([[1], [-1]]),
    ...                           activation_named("relu"))
    >>> gradient[0].fractions(), gradient[1].fractions()
    ([Fraction(-1, 8)], [Fraction(-1, 4)])
    """
    outer, scale = activation.on_numerators(inner.numerators, inner.denominator)
    by_readout = integer_product(marginals.numerators, outer.T)
    slopes, kinks = slopes_of(activation, inner)
    pulled = integer_product(readout.numerators.T, marginals.numerators)
    weighted = exact_product(pulled, slopes.numerators)
    by_filter = integer_product(weighted, signs)
    return (RationalArray(-by_readout, marginals.denominator * scale).reduced(),
            RationalArray(-by_filter, readout.denominator * marginals.denominator * slopes.denominator).reduced(),
            kinks)


def slopes_of(activation: Activation, inner: RationalArray) -> tuple[RationalArray, NDArray[np.bool_]]:
    """Return σ' at exact pre-activations, with the activation's own choice at a kink, and where the kinks are.

    Returns
    -------
    (RationalArray, ndarray of bool)
        A kink is a breakpoint of a piecewise polynomial, or a point where a user's left and right slopes differ.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> relu = activation_named("relu").with_kink_slope("1/3")
    >>> slopes, kinks = slopes_of(relu, RationalArray(np.array([-1, 0, 1]), 2))
    >>> slopes.fractions(), kinks.tolist()
    ([Fraction(0, 1), Fraction(1, 3), Fraction(1, 1)], [False, True, False])
    """
    numerators, denominator = inner.numerators, inner.denominator
    form = activation.form
    if not isinstance(form, PiecewisePolynomial):
        return _slopes_one_by_one(activation, inner)
    derivative = PiecewisePolynomial(form.breakpoints, tuple(
        tuple(power * c for power, c in enumerate(piece))[1:] or (Fraction(0),) for piece in form.coefficients))
    kinks = np.zeros(inner.shape, dtype=bool)
    for point in form.breakpoints:
        scaled = denominator * point.numerator
        if scaled % point.denominator == 0 and abs(scaled // point.denominator) < _INT64:
            kinks |= numerators == scaled // point.denominator
        elif scaled % point.denominator == 0 and numerators.dtype == object:
            kinks |= numerators == scaled // point.denominator
    values = RationalArray(*derivative.on_numerators(numerators, denominator))
    if not kinks.any():
        return values, kinks
    share, corrections = activation.kink_slope, np.zeros(int(kinks.sum()), dtype=object)
    for place, number in enumerate(numerators[kinks].tolist()):
        left, right = (side.exact for side in form.slopes(Fraction(number, denominator)))
        assert left is not None and right is not None
        corrections[place] = (1 - share) * (left - right)
    spread = np.full(inner.shape, Fraction(0), dtype=object)
    spread[kinks] = corrections
    return values.plus(rational_array(spread, "slopes")), kinks


def _slopes_one_by_one(activation: Activation, inner: RationalArray) -> tuple[RationalArray, NDArray[np.bool_]]:
    distinct, where = np.unique(inner.numerators, return_inverse=True)
    points = [Fraction(int(number), inner.denominator) for number in distinct]
    sides = [activation.form.slopes(point) for point in points]
    slopes = [activation.derivative(point).exact for point in points]
    # A user's form vouches for rational values; rational_array refuses None, were a slope not rational.
    values = rational_array(slopes, "derivative")
    kinks = np.array([decide(left, "!=", right) is True for left, right in sides])
    shape = inner.shape
    return RationalArray(values.numerators[where].reshape(shape), values.denominator), kinks[where].reshape(shape)


def exact_dot(left: NDArray, right: NDArray) -> int:
    """Return Σ left·right of integers: in int64 where a bound on every partial sum fits, else in Python's integers.

    Examples
    --------
    >>> exact_dot(np.array([2**62, 1]), np.array([4, 1]))
    18446744073709551617
    """
    bound = max(1, left.size) * max(1, largest_magnitude(left)) * max(1, largest_magnitude(right))
    if bound >= _INT64:
        left = left.astype(object)
    return int((left * right).sum())


def exact_product(left: NDArray, right: NDArray) -> NDArray:
    """Return left·right entry by entry: in int64 where it fits, else in Python's integers.

    Examples
    --------
    >>> exact_product(np.array([2**62, 3]), np.array([4, 5])).tolist()
    [18446744073709551616, 15]
    """
    if max(1, largest_magnitude(left)) * max(1, largest_magnitude(right)) >= _INT64:
        left = left.astype(object)
    return left * right
