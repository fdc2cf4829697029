"""How far float64 losses and gradients of fully-connected networks can be from the exact ones.

The model is |fl(x op y) - (x op y)| <= u |x op y| with u = 2^-53, for any order of the sums, so that a sum of m terms
errs by at most γ(m) Σ|terms|, γ(m) = m u / (1 - m u) (Higham, *Accuracy and Stability of Numerical Algorithms*, Section
4.2).
A point whose margin is farther from 1 than h can be wrong, and whose pre-activations are farther from the kinks than
they can be wrong, is classified rightly; the others count with their whole probability.  Where every number is a
multiple of one power of two and small enough, nothing rounds, and points on a kink are certain too.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError
from theorycheck.gradients.neuron_cube import RectifiedForm
from theorycheck.gradients.results import ErrorBounds
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.smooth_forms import SmoothForm

_UNIT = 2.0**-53
_INFLATION = 1 + 1e-9  # for the rounding of these bounds themselves
_UNDERFLOW = 1e-290  # far above what 2^60 gradual underflows can add up to
_NO_BIT = 2000  # exponent of the lowest bit of 0


def gamma(count: float) -> float:
    """Return γ(count) = count u / (1 - count u), rounded up.

    Examples
    --------
    >>> gamma(10) / 2.0**-53 - 10 < 1e-7
    True
    """
    return count * _UNIT / (1 - count * _UNIT) * _INFLATION


@dataclass(frozen=True)
class ActivationConstants:
    """What bounds σ where a neuron's pre-activation can be: arrays (q,), and (K, q) for K breakpoints."""

    size: np.ndarray  # sup |σ|
    lipschitz: np.ndarray  # of the pieces
    value_error: np.ndarray  # of the float64 values
    steepness: np.ndarray  # sup |σ'|
    slope_lipschitz: np.ndarray
    slope_error: np.ndarray
    breakpoints: np.ndarray  # (K,)
    breakpoint_errors: np.ndarray  # (K,), of their float64 values
    value_jumps: np.ndarray
    slope_jumps: np.ndarray


def activation_constants(activation: Activation, radius: np.ndarray) -> ActivationConstants:
    """Return the constants of σ on [-radius, radius].

    Raises
    ------
    ParameterError
        ``'activation' mine states no rounding error of its float64 values; compute in exact rationals instead.``
    """
    one = np.ones(radius.shape)
    if isinstance(activation.form, SmoothForm):
        smooth = activation.form
        none = np.zeros(0), np.zeros(0), np.zeros((0, radius.size)), np.zeros((0, radius.size))
        return ActivationConstants(smooth.size * one, smooth.steepness * one, smooth.value_error(radius),
                                   smooth.steepness * one, smooth.slope_lipschitz * one, smooth.slope_error(radius),
                                   *none)
    if not isinstance(activation.form, PiecewisePolynomial):
        raise ParameterError(f"'activation' {activation.name} states no rounding error of its float64 values; compute "
                             f"in exact rationals instead.")
    form = activation.form
    pieces = np.zeros((len(form.coefficients), form.degree + 1))
    for row, piece in enumerate(form.coefficients):
        pieces[row, :len(piece)] = [abs(float(c)) * _INFLATION for c in piece]
    size, lipschitz, bend = (_largest(pieces, radius, order) for order in range(3))
    rounding = gamma(3 * form.degree + 6)
    points = np.array([float(t) for t in form.breakpoints])
    errors = np.array([abs(t) * _UNIT if float(t) != t else 0.0 for t in form.breakpoints], dtype=np.float64)
    values = np.array([_jump(form, k, 0) for k in range(points.size)])[:, None] * one
    slopes = np.array([_jump(form, k, 1) for k in range(points.size)])[:, None] * one
    return ActivationConstants(size, lipschitz, rounding * size, lipschitz, bend, rounding * lipschitz, points, errors,
                               values, slopes)


def _largest(pieces: np.ndarray, radius: np.ndarray, order: int) -> np.ndarray:
    """The largest over the pieces of Σ_p |c_p| p (p-1) ... radius^(p-order): bounds the derivative of that order."""
    powers = np.arange(pieces.shape[1])
    factors = np.prod([powers - step for step in range(order)], axis=0) if order else np.ones(powers.size)
    terms = np.maximum(radius, 1e-300)[:, None] ** np.maximum(powers - order, 0)
    return ((pieces * factors) @ terms.T).max(axis=0) * _INFLATION


def _jump(form: PiecewisePolynomial, k: int, order: int) -> float:
    """How far σ (order 0) or σ' (order 1) jumps at a breakpoint."""
    point, sides = form.breakpoints[k], []
    for piece in form.coefficients[k:k + 2]:
        terms = [(p * c, p - 1) for p, c in enumerate(piece) if p] if order else [(c, p) for p, c in enumerate(piece)]
        sides.append(sum(c * point**p for c, p in terms))
    return abs(float(sides[1] - sides[0])) * _INFLATION


def lowest_bits(values: np.ndarray) -> np.ndarray:
    """Return for each float64 number the exponent of its lowest set bit.

    Examples
    --------
    >>> lowest_bits(np.array([1.0, 0.75, 6.0])).tolist()
    [0, -2, 1]
    """
    fractions, exponents = np.frexp(np.asarray(values, dtype=np.float64))
    mantissas = (fractions * 2.0**53).astype(np.int64)
    zeros = np.bitwise_count((mantissas & -mantissas) - 1).astype(np.int64)
    return np.where(mantissas == 0, _NO_BIT, exponents - 53 + zeros)


def _exact_sums(filters: np.ndarray, biases: np.ndarray, point: float, reach: np.ndarray) -> np.ndarray:
    """Whether all sums of a neuron's weights, bias and this breakpoint are exact, by a common lowest bit."""
    lowest = np.minimum(lowest_bits(filters).min(axis=1), lowest_bits(biases))
    lowest = np.minimum(lowest, lowest_bits(np.array(point)))
    return reach <= np.ldexp(1.0, np.minimum(lowest + 52, 1000))


def _values_are_exact(form: RectifiedForm, filters: np.ndarray, biases: np.ndarray, copies: np.ndarray,
                      readout: np.ndarray, reach: np.ndarray) -> bool:
    """Whether h is summed without rounding: everything a multiple of one power of two, and not too large."""
    numbers = [form.intercept, form.slope, *form.jumps, *form.breakpoints]
    floats = np.array([float(number) for number in numbers])
    if any(float(number) != number for number in numbers):
        return False
    used = (copies * readout) != 0
    if not used.any():
        return True
    points = floats[2 + len(form.jumps):]
    inner = np.minimum(lowest_bits(filters).min(axis=1), np.minimum(lowest_bits(biases),
                                                                    lowest_bits(points).min(initial=_NO_BIT)))
    lowest = (lowest_bits(copies) + lowest_bits(readout) + np.minimum(inner, 0))[used].min()
    lowest += min(0, int(lowest_bits(floats).min()))
    largest = 4 * (1 + np.abs(floats).sum()) * np.sum(np.abs(copies * readout) * (reach + 1)) + 2
    return bool(largest <= np.ldexp(1.0, int(min(lowest, 0)) + 52))


def neuron_error_bounds(plan: Any, filters: np.ndarray, readout: np.ndarray, loss: float) -> ErrorBounds:
    """Return rigorous bounds on the rounding errors of a plan's loss and gradient at these float64 parameters.

    Parameters
    ----------
    plan : NeuronGradients
    filters, readout : float64 arrays (q, n), (q,)
    loss : float
        As computed.

    Raises
    ------
    ParameterError
        As :func:`activation_constants`.

    Notes
    -----
    A pass over the values and one over the neurons: about the cost of the gradient.
    """
    n = filters.shape[1]
    radius = (np.abs(filters).sum(axis=1) + np.abs(plan.biases)) * _INFLATION
    constants = activation_constants(plan.activation, radius)
    reach = radius + np.abs(constants.breakpoints).max(initial=0.0)
    rounding = gamma(n + 6) * reach
    inner = np.where(_exact_sums(filters, plan.biases, 0.0, reach), 0.0, rounding)
    radii = rounding + constants.breakpoint_errors[:, None]
    for k, (point, error) in enumerate(zip(constants.breakpoints, constants.breakpoint_errors)):
        if error == 0.0:  # nothing is near where everything is certain
            radii[k, _exact_sums(filters, plan.biases, point, reach)] = -1.0
    margin, near = _value_error(plan, filters, readout, constants, inner, reach, radii)
    ambiguous, mass = near.margins * _INFLATION, near.activations * _INFLATION
    sums = gamma(plan.summation_depth + 3 * n + 60)
    slope = (ambiguous * constants.steepness + constants.slope_lipschitz * inner + constants.slope_error
             + (mass * constants.slope_jumps).sum(axis=0)
             + sums * (constants.steepness + constants.slope_jumps.sum(axis=0)))
    value = (ambiguous * constants.size + constants.lipschitz * inner + constants.value_error
             + (mass * (constants.value_jumps + 4 * constants.slope_jumps * inner)).sum(axis=0)
             + sums * (constants.size + constants.lipschitz * reach
                       + (constants.slope_jumps * reach).sum(axis=0)))
    return ErrorBounds(*(float(bound) * _INFLATION + _UNDERFLOW for bound in (
        margin + gamma(400 + 3 * n) * (loss + margin), value.max(), (np.abs(readout) * slope).max(), margin)))


def _value_error(plan: Any, filters: np.ndarray, readout: np.ndarray, constants: ActivationConstants,
                 inner: np.ndarray, reach: np.ndarray, radii: np.ndarray) -> tuple[float, Any]:
    """How far h can be wrong at a point, and the points that are then near a kink."""
    mixed, q, n = np.abs(plan.copies * readout), readout.size, filters.shape[1]
    bends = max(1, constants.breakpoints.size)
    if plan.form is not None and _values_are_exact(plan.form, filters, plan.biases, plan.copies, readout, reach):
        return 0.0, plan.near_points(filters, readout, -1.0, radii)
    # By affine function and maxima, a term is as large as its two parts.
    parts = constants.size + constants.lipschitz * reach + 2 * (constants.slope_jumps * reach).sum(axis=0)
    error = float(mixed @ (constants.lipschitz * inner + constants.value_error)
                  + 4 * gamma(bends * q + 2 * n + 40) * (mixed @ parts)) * _INFLATION + _UNDERFLOW
    if constants.value_jumps.any():
        touched = plan.near_points(filters, readout, -1.0, radii, everywhere=True).activations > 0
        error += float(mixed @ (touched * constants.value_jumps).sum(axis=0)) * _INFLATION
    # A computed distance above this is above the error in h: 1 - f h is rounded to within a factor.
    return error, plan.near_points(filters, readout, error * _INFLATION, radii)
