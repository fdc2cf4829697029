"""Level weights of a neuron whose σ is one quadratic polynomial within reach: closed forms at any n and any weights."""
from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from theorycheck.errors import ParameterError
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.neurons.neuron import Neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels
from theorycheck.rigor import Real


def is_quadratic(neuron: Neuron) -> bool:
    """Whether σ is one polynomial of degree at most 2 at every pre-activation.

    So is a piecewise one whose breakpoints are all out of reach, as that of a ReLU which is always active.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> [is_quadratic(read_neuron([1], activation=name)) for name in ("square", "identity", "relu", "tanh")]
    [True, True, False, False]
    >>> [is_quadratic(read_neuron([2, -3], bias)) for bias in (-6, -5, 0, 5, 6)]
    [True, False, False, False, True]
    """
    return _polynomial(neuron) is not None


def _polynomial(neuron: Neuron) -> tuple[Fraction, ...] | None:
    """The coefficients of the one polynomial of degree at most 2 that σ is at every pre-activation, if there is one."""
    form = neuron.activation.form
    if not isinstance(form, PiecewisePolynomial):
        return None
    distances = [point - neuron.bias for point in form.breakpoints]
    square = (neuron.reach * neuron.unit)**2 * neuron.squared_scale
    if any(distance**2 <= square for distance in distances):
        return None
    coefficients = form.coefficients[sum(distance < 0 for distance in distances)]
    return (coefficients + (Fraction(0),) * 3)[:3] if not any(coefficients[3:]) else None


def quadratic_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int]) -> NeuronLevels:
    """Return exact level weights where σ(t) = c_0 + c_1 t + c_2 t².

    Parameters
    ----------
    neuron : Neuron
    slope_levels, value_levels : iterables of int
        Levels outside 0 … n have weight 0.

    Raises
    ------
    ParameterError
        ``'activation' must be a quadratic polynomial within reach here, not relu.``

    Notes
    -----
    With weights w_j, scale included, and P = Σ w_j²: σ's coefficients are σ(b) + c_2 P, (c_1 + 2 c_2 b) w_j and
    2 c_2 w_i w_j, and nothing above level 2.  Time and memory O(n).

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> quadratic_levels(read_neuron([1, 1, 2], activation="square"), [], [0, 1, 2, 3]).value
    {0: Real(36), 1: Real(0), 2: Real(36), 3: Real(0)}
    """
    coefficients = _polynomial(neuron)
    if coefficients is None:
        raise ParameterError("'activation' must be a quadratic polynomial within reach here, not "
                             f"{neuron.activation.name}.")
    constant, linear, square = coefficients
    scale = neuron.unit**2 * neuron.squared_scale
    total = scale * sum(size * magnitude**2 for magnitude, size in neuron.classes)
    fourth = scale**2 * sum(size * magnitude**4 for magnitude, size in neuron.classes)
    tilt = linear + 2 * square * neuron.bias
    mean = constant + linear * neuron.bias + square * (neuron.bias**2 + total)
    # Σ_{i<j} w_i² w_j² = (P² - Σ w_j⁴)/2.
    value = {0: mean**2, 1: tilt**2 * total, 2: 2 * square**2 * (total**2 - fourth)}
    slope = {0: tilt**2, 1: 4 * square**2 * total}
    return NeuronLevels(_at(slope, listed_levels("slope_levels", slope_levels)),
                        _at(value, listed_levels("value_levels", value_levels)), 0, "quadratic")


def _at(weights: dict[int, Fraction], levels: Iterable[int]) -> dict[int, Real]:
    return {level: Real(weights.get(level, Fraction(0))) for level in levels}
