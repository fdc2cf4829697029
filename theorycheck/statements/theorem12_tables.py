"""One piecewise linear neuron at every point of a small cube, decided anew at each sum, in rationals."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.networks.rationals import RationalArray
    from theorycheck.neurons.neuron import Neuron


@dataclass(frozen=True, eq=False)
class NeuronTables:
    """A neuron with a rational scale at every point of a small cube.

    Attributes
    ----------
    points : int64 array (2^n, n)
    slopes, values : list of 2^n Fractions
        σ' and σ at the pre-activation.
    """

    points: np.ndarray
    slopes: list[Fraction]
    values: list[Fraction]


def slope_and_value(neuron: Neuron, sums: np.ndarray) -> tuple[RationalArray, RationalArray, RationalArray]:
    """Return σ', and the two parts of σ = a + √r·b, at pre-activations √r·(sums/denominator) + bias, in their shape.

    Decided anew at every distinct sum, in rationals.
    """
    import numpy as np

    from theorycheck.networks.rationals import rational_array
    distinct, where = np.unique(sums, return_inverse=True)
    places = [Fraction(int(s), neuron.weights.denominator) for s in distinct]
    rows = [_at(neuron, place) for place in places]
    parts = []
    for column in range(3):
        table = rational_array([row[column] for row in rows], "values")
        parts.append(type(table)(table.numerators[where].reshape(sums.shape), table.denominator))
    return parts[0], parts[1], parts[2]


def tables(neuron: Neuron) -> NeuronTables:
    """Return σ' and σ of a piecewise linear neuron with a rational scale at every point of its cube.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> [str(value) for value in tables(read_neuron([1, 2], squared_scale="1/4")).values]
    ['3/2', '1/2', '0', '0']
    """
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    from theorycheck.networks.rationals import integer_product
    points = BooleanCube(neuron.n).all_points().astype(np.int64)
    sums = integer_product(points, neuron.weights.numerators[:, None])[:, 0]
    slope, intercept, rise = slope_and_value(neuron, sums)
    root = root_of(neuron)
    return NeuronTables(points, slope.fractions(),
                        [a + root * b for a, b in zip(intercept.fractions(), rise.fractions())])


def listed_level_weight(points: np.ndarray, values: list[Fraction], level: int) -> Fraction:
    """Return W^{=level} of a function on a small cube, set by set; 0 above n.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> table = tables(read_neuron([1, 1]))
    >>> listed_level_weight(table.points, table.slopes, 1)
    Fraction(1, 8)
    """
    from itertools import combinations

    from theorycheck.networks.rationals import integer_product, rational_array
    held = rational_array(values, "values")
    total = 0
    for subset in combinations(range(points.shape[1]), level):
        signs = points[:, list(subset)].prod(axis=1)[None]
        total += int(integer_product(signs, held.numerators[:, None])[0, 0])**2
    return Fraction(total, (held.denominator * len(points))**2)


def root_of(neuron: Neuron) -> Fraction:
    """Return √squared_scale where it is rational.

    Raises
    ------
    ParameterError
        ``'squared_scale' must be the square of a rational here, not 1/2.``
    """
    root = Real(neuron.squared_scale).sqrt().exact
    if root is None:
        raise ParameterError(f"'squared_scale' must be the square of a rational here, not {neuron.squared_scale}.")
    return root


def _at(neuron: Neuron, place: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """σ' at t = √r·place + bias, and (a, b) with σ(t) = a + √r·b, straight from the form of σ."""
    from theorycheck.networks.activation_forms import PiecewisePolynomial
    form = neuron.activation.form
    assert isinstance(form, PiecewisePolynomial)
    signs = [_sign(place, neuron.squared_scale, neuron.bias - point) for point in form.breakpoints]
    left, right = (_line(form.coefficients[sum(test(sign) for sign in signs)])
                   for test in (lambda sign: sign > 0, lambda sign: sign >= 0))
    share = neuron.activation.kink_slope
    return (1 - share) * left[1] + share * right[1], right[0] + right[1] * neuron.bias, right[1] * place


def _line(piece: tuple[Fraction, ...]) -> tuple[Fraction, Fraction]:
    padded = piece + (Fraction(0),) * 2
    return padded[0], padded[1]


def _sign(place: Fraction, squared_scale: Fraction, shift: Fraction) -> int:
    """The sign of √squared_scale·place + shift, by squares."""
    if place >= 0 and shift >= 0:
        return int(place > 0 or shift > 0)
    if place <= 0 and shift <= 0:
        return -1
    left, right = squared_scale * place**2, shift**2
    return (left > right) - (left < right) if place > 0 else (right > left) - (right < left)
