"""Passes block by block against the definition, for listed points and for the cube, however it is cut."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from theorycheck.gradients import neuron_points
from theorycheck.gradients.neuron_points import CubePoints, NeuronPoints, listed_points
from theorycheck.networks.activations import activation_named, step_wise, user_activation

ACTIVATIONS = [activation_named("relu").with_kink_slope("1/2"), activation_named("square"),
               step_wise("steps", (0, 1), (-1, 0, 2)),
               user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2, on_array=lambda t: t**3,
                               array_derivative=lambda t: 3 * t**2)]


def cube(n: int) -> np.ndarray:
    return 1.0 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)


@pytest.mark.parametrize("room", [1, 2**6, 2**18])
@pytest.mark.parametrize("n", [1, 7, 8, 11])
def test_the_blocks_of_the_cube(n: int, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron_points, "BLOCK_VALUES", room * 256)
    rng = np.random.default_rng(n)
    filters, biases = rng.integers(-9, 10, (3, n)).astype(float), rng.integers(-9, 10, 3).astype(float)
    labels, weights = np.arange(2**n), rng.integers(0, 9, 2**n) / 2.0
    blocks = list(CubePoints(n, labels, weights, 1.0).blocks(3))
    assert np.concatenate([block.labels for block in blocks]).tolist() == labels.tolist()
    assert np.concatenate([block.weights for block in blocks]).tolist() == weights.tolist()
    inner = np.hstack([block.pre_activations(filters, biases) for block in blocks])
    assert inner.tolist() == (filters @ cube(n).T + biases[:, None]).tolist()
    total = sum(block.moments(part) for block, part in zip(blocks, np.split(inner, len(blocks), axis=1)))
    assert np.array_equal(total, inner @ cube(n))


@pytest.mark.parametrize("kind", ["cube", "listed"])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: str(activation.name))
def test_evaluate_and_near_points(activation: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron_points, "BLOCK_VALUES", 40)  # many blocks
    n, rng = 5, np.random.default_rng(2)
    points = cube(n) if kind == "cube" else cube(n)[rng.permutation(32)[:21]]
    labels, weights = 1 - 2 * rng.integers(0, 2, len(points)), rng.integers(0, 4, len(points)) / 1.0
    filters, biases = rng.integers(-1, 2, (3, n)) / 2.0, rng.integers(-1, 2, 3) / 2.0
    readout, copies = np.array([0.5, -1.0, 0.25]), np.array([1.0, 0.0, 3.0])
    source: Any = (CubePoints(n, labels.astype(np.int8), weights, 0.25) if kind == "cube"
                   else listed_points(points, labels, weights, 0.25))
    passes = NeuronPoints(activation, biases, copies, source, 0.5)
    sums = passes.evaluate(filters, readout)
    inner = points @ filters.T + biases
    outer = activation.on_array(inner)
    distances = 1 - labels * (outer @ (copies * readout))
    given = weights * labels * np.where(distances > 0, 1, np.where(distances == 0, 0.5, 0)) / 4
    slopes = activation.derivative_on_array(inner) * given[:, None]
    left, right = activation.form.slopes_on_array(inner)
    positive = weights > 0
    assert sums.loss == np.sum(weights * np.maximum(distances, 0)) / 4
    assert sums.readout.tolist() == (-given @ outer).tolist()
    assert sums.filters.tolist() == (-readout[:, None] * (slopes.T @ points)).tolist()
    assert sums.margin_kinks == np.count_nonzero((distances == 0) & positive)
    assert sums.activation_kinks == np.count_nonzero((left != right) & positive[:, None])
    assert sums.smallest_distance == np.abs(distances)[positive].min()
    radii = np.array([[0.0, 0.5, 1.0], [-1, 0, 2]])
    for everywhere in (False, True):
        near = passes.near_points(filters, readout, 0.75, np.array([0.0, 1.0]), radii, everywhere)
        assert near.margins == weights[np.abs(distances) <= 0.75].sum() / 4
        counted = weights / 4 if everywhere else np.abs(given)
        for k, point in enumerate((0.0, 1.0)):
            assert near.activations[k].tolist() == (counted @ (np.abs(inner - point) <= radii[k])).tolist()
