"""How far the float64 loss and gradient of a CNN or LCN can be from the exact ones: a-priori bounds.

With u = 2^-53, everything below at the given float64 filters and readout and the exact biases:

1. A pre-activation has at most 2k roundings of partial sums within |b| + ‖w‖_1, the bias one: |δt| <= e.
2. |δσ| <= D e + (evaluation), D bounding |σ'| on [t - e, t + e]; a jump of σ within e of t counts in full.  Likewise
   σ', with |σ''|, and the jump of the slope at a kink within e.
3. |δT_j[z]| <= Σ_i m_i |u_i| (|δσ_i| + (q + 2) u |σ_i|), in any order of the sum; |δh| <= Σ_j max_z |δT_j[z]|, and
   :func:`theorycheck.gradients.window_marginals.value_error_bound` for adding up the tables; δ is the sum of both.
4. Points with |1 - f h| > δ are on their side for certain.  The mass a of the others, by two more thresholds if the
   smallest distance does not exclude them, changes no window's marginals by more than a in all; a source adds its
   ``relative_error`` ρ, and γ three roundings: Σ_z |δM_j[z]| <= μ = a + ρ + 4u.
5. The loss is 1-Lipschitz in h, so ties do not matter: δ + ρ(1 + Σ_j max|T_j|) + (N 2^k + 3) u (1 + Σ|M||T|).
6. ∂L/∂u_i^(j) = -Σ_z M_j[z] σ_i[z]: μ max_z |σ_i| + Σ_z |M_j[z]| |δσ_i[z]| + (2^k + k + 4) u Σ_z |M_j[z] σ_i[z]|, with
   |b| + ‖w‖_1 for |σ| in the last term where the sum is taken as ⟨w, ·⟩ + b· (clipped ReLU, LCN).
7. ∂L/∂w_i: the same with u_i σ'_i for σ_i, summed over the windows that share w_i, and N more roundings.

Bounds are raised by 2% for second-order terms and their own rounding, and by 10^-300 for underflow.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theorycheck.errors import ParameterError
from theorycheck.gradients.results import ErrorBounds
from theorycheck.gradients.window_filters import rectifier_of
from theorycheck.gradients.window_marginals import value_error_bound
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.smooth_forms import SmoothForm

if TYPE_CHECKING:
    from theorycheck.gradients.window_gradients import WindowLossAndGradient

ROUNDOFF = 2.0**-53
_SLACK = 1.02
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class _Block:
    """Filters at the windows ``rows``: values and errors (2^k, q) of pre-activations, features and slopes."""

    rows: slice
    pre_activations: np.ndarray
    reach: np.ndarray
    features: np.ndarray
    feature_errors: np.ndarray
    slopes: np.ndarray
    slope_errors: np.ndarray


def error_bounds(result: WindowLossAndGradient) -> ErrorBounds:
    """Return bounds on the errors of a loss and gradient; see the module for their derivation.

    Parameters
    ----------
    result : WindowLossAndGradient

    Returns
    -------
    ErrorBounds

    Raises
    ------
    ParameterError
        ``'activation' must be a piecewise polynomial, tanh or cosine for rounding-error bounds, not cube.``

    Notes
    -----
    About three times the cost of the gradient, and two more thresholds where points lie within the error of margin 1.
    """
    blocks = list(_blocks(result))
    value_error = _SLACK * (value_error_bound(result.tables) + _table_errors(result, blocks))
    change = _ambiguous_mass(result, value_error) + result.plan.source.relative_error + 4 * ROUNDOFF
    readout = filters = 0.0
    for block in blocks:
        ours = _gradient_errors(result, block, change)
        readout, filters = max(readout, ours[0]), max(filters, ours[1])
    return ErrorBounds(_loss_error(result, value_error), _SLACK * readout + _TINY, _SLACK * filters + _TINY,
                       value_error + _TINY)


def kink_count(result: WindowLossAndGradient) -> int:
    """Return how many pairs of a filter and a content of positive probability sit at a kink of σ."""
    plan, count = result.plan, 0
    activation, network = plan.network.activation, plan.network
    occurs = np.array([[mass > 0 for mass in plan.problem.distribution.window_marginal(network.k, j)]
                       for j in range(network.window_count)])
    for rows, values, _ in _pre_activations(result):
        left, right = activation.form.slopes_on_array(values)
        count += int(np.count_nonzero(np.not_equal(left, right) & np.any(occurs[rows], axis=0, keepdims=True).T))
    return count


def _pre_activations(result: WindowLossAndGradient) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """The windows of each block of filters, their pre-activations as computed, and |b| + ‖w‖_1."""
    from theorycheck.kernels.window_gradients import pre_activations
    filters, biases = result.parameters[0], result.plan.biases
    rows = [slice(None)] if filters.ndim == 2 else [slice(j, j + 1) for j in range(filters.shape[0])]
    for row, w, b in zip(rows, filters.reshape(-1, *filters.shape[-2:]), biases.reshape(-1, biases.shape[-1])):
        values = np.empty((1 << w.shape[1], b.size))
        pre_activations(w, b, 0, b.size, np.empty(w.T.shape), values)
        yield row, values, np.abs(b) + np.abs(w).sum(axis=1)


def _blocks(result: WindowLossAndGradient) -> Iterator[_Block]:
    network = result.plan.network
    activation, roundings = network.activation, 2 * network.k
    if network.biases.dtype == object:
        roundings += 1
    for rows, values, reach in _pre_activations(result):
        errors = _SLACK * roundings * ROUNDOFF * reach
        features, slopes = activation.on_array(values), activation.derivative_on_array(values)
        feature_errors, slope_errors = _activation_errors(activation, values, errors)
        yield _Block(rows, values, reach, np.abs(features), feature_errors, np.abs(slopes), slope_errors)


def _activation_errors(activation: Activation, values: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds on the errors of σ and σ' as computed at ``values``, which are off by at most ``errors``."""
    form = activation.form
    if isinstance(form, SmoothForm):
        reach = np.abs(values)
        return (form.steepness * errors + form.value_error(reach),
                form.slope_lipschitz * errors + form.slope_error(reach))
    if not isinstance(form, PiecewisePolynomial):
        raise ParameterError(f"'activation' must be a piecewise polynomial, tanh or cosine for rounding-error bounds, "
                             f"not {activation.name}.")
    largest = np.abs(values) + errors
    pieces = [[abs(float(c)) for c in piece] for piece in form.coefficients]
    reach, slope, bend = (np.max([_falling(piece, largest, order) for piece in pieces], axis=0) for order in range(3))
    evaluation = _SLACK * (2 * form.degree + 2) * ROUNDOFF
    features = slope * errors + evaluation * reach
    slopes = bend * errors + (evaluation + 8 * ROUNDOFF) * slope
    for point, left, right in zip(form.breakpoints, form.coefficients, form.coefficients[1:]):
        near = np.abs(values - float(point)) <= _SLACK * (errors + ROUNDOFF * (abs(float(point)) + np.abs(values)))
        one_sided = form.slopes(point)
        jump = sum(c * point**p for p, c in enumerate(right)) - sum(c * point**p for p, c in enumerate(left))
        bend_jump = one_sided[1].exact - one_sided[0].exact  # type: ignore[operator]
        features += near * (_SLACK * abs(float(jump)))
        slopes += near * (_SLACK * abs(float(bend_jump)))
    return features, slopes


def _falling(piece: list[float], largest: np.ndarray, order: int) -> np.ndarray:
    """Σ_p |c_p| p(p-1)…(p-order+1) |t|^(p-order): a bound on that derivative up to |t|."""
    total = np.zeros_like(largest)
    for power in range(len(piece) - 1, order - 1, -1):
        factor = 1
        for i in range(order):
            factor *= power - i
        total = total * largest + factor * piece[power]
    return total


def _table_errors(result: WindowLossAndGradient, blocks: list[_Block]) -> float:
    """Σ_j max_z |δT_j[z]|."""
    readout, copies = np.abs(result.parameters[1]), result.plan.multiplicities
    weights = readout if copies is None else readout * copies
    dot = (readout.shape[1] + 2) * ROUNDOFF
    return sum(float((weights[block.rows] @ (block.feature_errors + dot * block.features).T).max(axis=1).sum())
               for block in blocks) + _TINY


def _ambiguous_mass(result: WindowLossAndGradient, value_error: float) -> float:
    """A bound on the mass of the points whose margin may lie on another side of 1 than computed."""
    if result.smallest_distance > value_error:
        return 0.0
    source = result.plan.source
    below = source.find(result.tables, float(np.nextafter(1 - 2 * value_error, -np.inf)))
    above = source.find(result.tables, float(np.nextafter(1 + 2 * value_error, np.inf)))
    return min(1.0, max(0.0, above.active_mass + above.tied_mass - below.active_mass) + 4 * source.relative_error)


def _loss_error(result: WindowLossAndGradient, value_error: float) -> float:
    tables, active = np.abs(result.tables), np.abs(result.masses.active)
    masses = result.plan.source.relative_error * (1 + float(tables.max(axis=1).sum()))
    dot = (tables.size + 3) * ROUNDOFF * (1 + float((active * tables).sum()))
    return _SLACK * (value_error + masses + dot) + _TINY


def _gradient_errors(result: WindowLossAndGradient, block: _Block, change: float) -> tuple[float, float]:
    """The largest errors of an entry of ∂L/∂u and of ∂L/∂W, for one block of filters."""
    network = result.plan.network
    masses, readout = np.abs(result.slopes[block.rows]), np.abs(result.parameters[1][block.rows])
    roundings = ((1 << network.k) + network.k + 4) * ROUNDOFF
    is_expanded = result.parameters[0].ndim == 3 and rectifier_of(network.activation) is not None
    sizes = np.maximum(block.features, block.reach) if is_expanded else block.features
    per_readout = masses @ (block.feature_errors + roundings * sizes)
    per_readout += change * (block.features + block.feature_errors).max(axis=0)
    pulls = masses.T @ readout
    roundings += (masses.shape[0] + 2) * ROUNDOFF
    per_filter = (pulls * (block.slope_errors + roundings * block.slopes)).sum(axis=0)
    per_filter += change * readout.sum(axis=0) * (block.slopes + block.slope_errors).max(axis=0)
    return float(per_readout.max()), float(per_filter.max())
