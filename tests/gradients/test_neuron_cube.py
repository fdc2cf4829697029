"""The fused passes against the definition on every point, and σ as an affine function and ReLUs."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from theorycheck.gradients.neuron_cube import NeuronCube, cube_moments, rectified_form
from theorycheck.networks.activations import activation_named, piecewise_linear, step_wise

F = Fraction
N = 12
POINTS = 1.0 - 2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1)
HAT = piecewise_linear("hat", (-1, 0, 1), ((0, 0), (1, 1), (1, -1), (0, 0)))


@pytest.mark.parametrize("name", ["relu", "clipped_relu:1/2", "leaky_relu:1/3", "clip:-2,1/3", "abs", "identity",
                                  "zero", "hat"])
def test_the_form_is_the_activation(name: str) -> None:
    activation = HAT if name == "hat" else activation_named(name)
    form = rectified_form(activation)
    assert form is not None and all(form.jumps)
    for t in (F(-3), F(-2), F(-1), F(-1, 7), F(0), F(1, 3), F(1, 2), F(1), F(5)):
        rebuilt = form.intercept + form.slope * t + sum(
            (jump * max(t - point, F(0)) for point, jump in zip(form.breakpoints, form.jumps)), F(0))
        assert rebuilt == activation.exact_value(t)


@pytest.mark.parametrize("activation", [activation_named("square"), activation_named("tanh"),
                                        step_wise("sign", (0,), (-1, 1))], ids=lambda a: str(a.name))
def test_what_is_not_continuous_and_piecewise_linear_has_no_form(activation: Any) -> None:
    assert rectified_form(activation) is None


def test_a_breakpoint_without_a_bend_is_left_out() -> None:
    form = rectified_form(piecewise_linear("straight", (0, 1), ((0, 1), (0, 1), (0, 1))))
    assert form is not None and form.breakpoints == () == form.jumps


def draw(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return dict(filters=rng.integers(-1, 2, (5, N)) / 2.0, biases=rng.integers(-1, 2, 5) / 2.0,
                readout=rng.integers(-2, 3, 5) / 2.0, copies=rng.integers(0, 4, 5).astype(float),
                labels=(1 - 2 * rng.integers(0, 2, 2**N)).astype(np.int8), masses=rng.integers(0, 4, 2**N) / 8192.0)


def expected(d: dict[str, Any], activation: Any, gamma: float, masses: np.ndarray) -> tuple[Any, ...]:
    inner = POINTS @ d["filters"].T + d["biases"]
    outer = activation.on_array(inner)
    distances = 1 - d["labels"] * (outer @ (d["copies"] * d["readout"]))
    weights = masses * d["labels"] * np.where(distances > 0, 1, np.where(distances == 0, gamma, 0))
    slopes = activation.derivative_on_array(inner) * weights[:, None]
    left, right = activation.form.slopes_on_array(inner)
    return (np.sum(masses * np.maximum(distances, 0)), -weights @ outer,
            -d["readout"][:, None] * (slopes.T @ POINTS), np.count_nonzero((distances == 0) & (masses > 0)),
            np.count_nonzero((left != right) & (masses > 0)[:, None]), np.abs(distances)[masses > 0].min())


@pytest.mark.parametrize("is_uniform", [True, False])
@pytest.mark.parametrize("name", ["relu", "clipped_relu:1/2", "clip:-1/2,1", "hat", "identity", "zero"])
@pytest.mark.parametrize("gamma, kink", [(0, 0), (0.25, 0.5), (1, 1)])
def test_evaluate_on_dyadic_numbers_is_exact(name: str, gamma: float, kink: float, is_uniform: bool) -> None:
    """Every number is a small multiple of 2^-18: each step is exact, kinks and ties included, on both sides."""
    activation = (HAT if name == "hat" else activation_named(name)).with_kink_slope(kink)
    form = rectified_form(activation)
    assert form is not None
    met = 0
    for seed in range(3):
        d = draw(seed)
        masses = np.full(2**N, 2.0**-N) if is_uniform else d["masses"]
        engine = NeuronCube(form, float(kink), d["biases"], d["copies"], d["labels"], None if is_uniform else masses,
                            float(gamma), 2)
        sums = engine.evaluate(d["filters"], d["readout"])
        loss, readout, filters, ties, kinks, distance = expected(d, activation, gamma, masses)
        assert (sums.loss, sums.margin_kinks, sums.activation_kinks) == (loss, ties, kinks)
        assert sums.smallest_distance == distance
        assert sums.readout.tolist() == readout.tolist() and sums.filters.tolist() == filters.tolist()
        met += min(ties, kinks) > 0
    assert met or name in ("identity", "zero", "hat")  # the draws do meet both kinds of kink


@pytest.mark.parametrize("is_uniform", [True, False])
def test_near_points(is_uniform: bool) -> None:
    d = draw(4)
    form = rectified_form(activation_named("clipped_relu:1/2"))
    assert form is not None
    masses = np.full(2**N, 2.0**-N) if is_uniform else d["masses"]
    engine = NeuronCube(form, 0.0, d["biases"], d["copies"], d["labels"], None if is_uniform else masses, 0.0, 1)
    radii = np.array([[0.0, 0.5, 1, -1, 2], [-1, 0.5, 0, 1, 0]])
    near = engine.near_points(d["filters"], d["readout"], 0.5, radii)
    inner = POINTS @ d["filters"].T + d["biases"]
    margins = d["labels"] * (np.clip(inner, 0, 0.5) @ (d["copies"] * d["readout"]))
    assert near.margins == masses[np.abs(1 - margins) <= 0.5].sum() > 0
    slope = masses * (margins < 1)
    kept = slope if not is_uniform else masses * (margins <= 1)  # points at margin 1 may count as having a slope
    for k, point in enumerate((0.0, 0.5)):
        assert near.activations[k].tolist() == (kept @ (np.abs(inner - point) <= radii[k])).tolist()
    assert engine.near_points(d["filters"], d["readout"], -1.0, radii).margins == 0


def test_cube_moments() -> None:
    values = np.random.default_rng(0).integers(-1, 2, 2**N).astype(np.int8)
    moments = np.empty(N + 1)
    cube_moments(values, moments)
    assert moments.tolist() == [*(values @ POINTS).tolist(), values.sum()]
    cube_moments(values / 4, moments)
    assert moments.tolist() == [*(values @ POINTS / 4).tolist(), values.sum() / 4]
