"""Level weights by a float64 transform, enclosed: a proved bound on every rounding error is the ball's radius.

In the norm ‖g‖ = √E g², which is also that of the coefficients (Parseval), a table g~ of g with |g~ - g| <= e(x) is
within √E e² of it, and n levels of butterflies, each a multiple of an isometry with entries rounded once, add at most
((1+u)^n - 1)‖g~‖.  Restricting to a level enlarges no norm, so √W^{=m} is known to within the sum of the two.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import comb

import numpy as np
from flint import arb, ctx, fmpq

from theorycheck.cube.memory import require_memory
from theorycheck.cube.transform import walsh_hadamard_transform
from theorycheck.errors import ParameterError
from theorycheck.gradients.neuron_rounding import activation_constants, gamma
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.neurons.neuron import Neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels
from theorycheck.rigor import Real

# The table of pre-activations, that of values and its temporaries.
_BYTES_PER_POINT = 40
_BITS = 128
_LARGEST_REACH = 2.0**400
_INFLATION = 1 + 1e-9  # for the rounding of the bounds themselves
_TINY = 1e-290  # far above what gradual underflows add up to
_SMALLEST_ROOT = 1e-140  # far above the root of a sum of squares that underflowed


def float_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int], *,
                 threads: int | None = None) -> NeuronLevels:
    """Return enclosures of the level weights of σ' and σ from two float64 transforms.

    Parameters
    ----------
    neuron : Neuron
        Its activation must state its rounding errors: piecewise polynomials and the smooth ones of this package.
    slope_levels, value_levels : iterables of int
        Levels above the number of nonzero weights, or below 0, have weight 0.
    threads : int, optional

    Returns
    -------
    NeuronLevels
        Balls that no precision refines; ``kinks`` is None.

    Raises
    ------
    ParameterError
        ``'activation' mine states no rounding error of its float64 values; compute in exact rationals instead.``,
        ``'weights' and bias must be at most 2^400 in all for a float64 table.``,
        ``'activation' mine must have numbers and values between 2^-900 and 2^900 in size for a float64 table.``
    InstanceTooLarge
        ``number of nonzero weights=40 needs …``

    Notes
    -----
    Time O(n 2^n), 40 bytes a point, n counting the nonzero weights.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> levels = float_levels(read_neuron([1, 2], activation="square"), [], [2])
    >>> bool(levels.value[2].enclose().contains(16)), float(levels.value[2].enclose().rad()) < 1e-12
    (True, True)
    """
    asked = listed_levels("slope_levels", slope_levels), listed_levels("value_levels", value_levels)
    require_float_levels(neuron)
    weights, bias = _float_parameters(neuron)
    table = _pre_activations(weights, bias)
    reach = (np.abs(weights).sum() + abs(bias)) * _INFLATION
    # Rounded weights, their sum, and one subtraction for each variable; no partial sum exceeds the reach.
    distance = gamma(2 * weights.size + 8) * reach + _TINY
    found = []
    for order, listed in zip((1, 0), asked):
        levels = {level for level in listed if 0 <= level <= weights.size}
        balls = _level_balls(neuron, table, distance, reach, order, levels, threads) if levels else {}
        found.append({level: balls[level] if level in levels else Real(0) for level in listed})
    return NeuronLevels(found[0], found[1], None, "float")


def require_float_levels(neuron: Neuron) -> None:
    """Raise unless :func:`float_levels` can run.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> require_float_levels(read_neuron([1] * 20, activation="tanh"))
    """
    weights, bias = _float_parameters(neuron)
    require_memory(weights.size, _BYTES_PER_POINT, "number of nonzero weights")
    reach = np.array([np.abs(weights).sum() + abs(bias)])
    if not reach[0] < _LARGEST_REACH:
        raise ParameterError("'weights' and bias must be at most 2^400 in all for a float64 table.")
    form = neuron.activation.form
    if isinstance(form, PiecewisePolynomial) and not _is_within_range(form, float(reach[0])):
        raise ParameterError(f"'activation' {neuron.activation.name} must have numbers and values between 2^-900 and "
                             "2^900 in size for a float64 table.")
    activation_constants(neuron.activation, reach)


def _is_within_range(form: PiecewisePolynomial, reach: float) -> bool:
    """Whether neither the coefficients nor the values up to the breakpoints and the reach leave float64's range."""
    largest, size = Fraction(2)**900, max(Fraction(1), Fraction(reach), *(abs(point) for point in form.breakpoints))
    return size <= largest and all(1 / largest <= abs(c) and abs(c) * size**power <= largest
                                   for piece in form.coefficients for power, c in enumerate(piece) if c)


def _float_parameters(neuron: Neuron) -> tuple[np.ndarray, float]:
    """The nonzero weights times √r and the bias, to within two roundings each; infinite where too large."""
    with ctx.workprec(_BITS):
        scale = arb(fmpq(neuron.squared_scale.numerator, neuron.squared_scale.denominator)).sqrt()
        unit = scale * fmpq(neuron.unit.numerator, neuron.unit.denominator)
        sizes = {magnitude: _nearest(unit * magnitude) for magnitude, _ in neuron.classes}
        bias = _nearest(arb(fmpq(neuron.bias.numerator, neuron.bias.denominator)))
    return np.array([sizes[magnitude] for magnitude in neuron.magnitudes if magnitude], dtype=np.float64), bias


def _nearest(ball: arb) -> float:
    return float("inf") if abs(ball) > 2**900 else float(ball)


def _pre_activations(weights: np.ndarray, bias: float) -> np.ndarray:
    table = np.empty(1 << weights.size)
    table[0] = bias + weights.sum()
    for i, weight in enumerate(weights.tolist()):
        np.subtract(table[:1 << i], 2 * weight, out=table[1 << i:2 << i])
    return table


def _level_balls(neuron: Neuron, table: np.ndarray, distance: float, reach: float, order: int, levels: set[int],
                 threads: int | None) -> Mapping[int, Real]:
    activation = neuron.activation
    values = activation.derivative_on_array(table) if order else activation.on_array(table)
    pointwise = _table_error(neuron, table, distance, reach, order)
    largest = float(np.abs(values).max())
    if largest == 0:
        with ctx.workprec(_BITS):
            return {level: Real(_squared_ball(arb(0), arb(pointwise))) for level in levels}
    # A power of two changes no rounding, and keeps squares in range.
    exponent = int(np.frexp(largest)[1])
    values = np.ldexp(values, -exponent)
    norm = float(np.sqrt(np.mean(values * values))) * (1 + gamma(values.size + 4))
    size = int(values.size).bit_length() - 1
    with ctx.workprec(_BITS):  # where nothing overflows
        error = arb(2)**-exponent * arb(pointwise) + arb(gamma(size + 2) * norm * _INFLATION + _SMALLEST_ROOT)
    sums = _level_sums(walsh_hadamard_transform(values, out=values, threads=threads), size)
    balls = {}
    for level in levels:
        # Squares and their sum in whatever order: C(n, m) + 2 roundings.
        spread = gamma(comb(size, level) + 2)
        with ctx.workprec(_BITS):
            root = (arb(sums[level]) * arb(1, 2 * spread)).sqrt()
            balls[level] = Real(_squared_ball(root * arb(2)**-size, error) * arb(4)**exponent)
    return balls


def _level_sums(spectrum: np.ndarray, size: int) -> list[float]:
    from theorycheck.kernels.fourier import level_sums
    sums = np.zeros(size + 1)
    level_sums(spectrum, sums)
    return list(sums.tolist())


def _squared_ball(root: arb, error: arb) -> arb:
    """A ball that contains the square of every non-negative number within ``error`` of ``root``."""
    upper = (root + error).upper()
    lower = (root - error).lower()
    if lower < 0:
        lower = arb(0)
    return (lower * lower).union(upper * upper)


def _table_error(neuron: Neuron, table: np.ndarray, distance: float, reach: float, order: int) -> float:
    """√E e², e bounding the error of the values at points whose argument errs by at most ``distance``."""
    constants = activation_constants(neuron.activation, np.array([reach]))
    slope = constants.slope_lipschitz if order else constants.lipschitz
    rounding = constants.slope_error if order else constants.value_error
    smooth = float(slope[0]) * distance + float(rounding[0]) + _TINY
    # By hypot, as squares of small errors underflow to 0.
    total = smooth
    jumps = constants.slope_jumps if order else constants.value_jumps
    for point, error, jump in zip(constants.breakpoints.tolist(), constants.breakpoint_errors.tolist(),
                                  jumps[:, 0].tolist()):
        if jump:
            # On the wrong side of a breakpoint the values differ by its jump more; (Σ jumps)² <= K Σ jumps².
            near = np.count_nonzero(np.abs(table - point) <= (distance + error) * _INFLATION) / table.size
            total = float(np.hypot(total, np.sqrt(near * jump) * np.sqrt(2 * smooth + len(jumps) * jump)))
    return total * _INFLATION
