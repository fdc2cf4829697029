"""The forward kernels against the definition on every point, in integers where nothing rounds."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from theorycheck.kernels import fully_connected
from theorycheck.kernels.fully_connected import (COLUMNS, LEAST_BITS, RectifiedNeurons, signed_sums, tile_values,
                                                 uniform_tiles, weighted_tiles)


def cube(n: int) -> np.ndarray:
    return 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)


def neurons(n: int, count: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    parts = dict(weights=rng.integers(-2, 3, (count, n)), biases=rng.integers(-3, 4, count),
                 breakpoints=rng.integers(-1, 2, count), readout=rng.integers(-2, 3, count) / 4,
                 affine=rng.integers(-1, 2, n + 1) / 4)
    return {name: part.astype(np.float64) for name, part in parts.items()}


def values(weights: Any, biases: Any, breakpoints: Any, readout: Any, affine: Any) -> np.ndarray:
    points = cube(weights.shape[1])
    inner = points @ weights.T + biases - breakpoints
    return np.maximum(inner, 0) @ readout + points @ affine[:-1] + affine[-1]


@pytest.mark.parametrize("run", [signed_sums, getattr(signed_sums, "py_func", signed_sums)],
                         ids=["compiled", "python"])
def test_signed_sums(run: Any) -> None:
    weights = np.array([[1.0, 10.0, 100.0], [0.5, 0.0, -2.0]])
    sums = np.zeros((2, 8))
    sums[:, 0] = [1000.0, -1.0]
    run(weights, sums)
    assert sums.tolist() == [[start + float(x @ row) for x in cube(3)] for start, row in zip((1000, -1), weights)]


@pytest.mark.parametrize("n, count", [(LEAST_BITS, 1), (13, 7), (14, 3)])
def test_values(n: int, count: int) -> None:
    parts = neurons(n, count, n)
    network = RectifiedNeurons(**parts)
    found = np.empty(2**n)
    tile_values(*network.arguments, 0, network.tiles, found)
    assert found.tolist() == values(**parts).tolist()  # integers over 4: exact


def test_more_neurons_than_fit_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = neurons(12, 1030, 0)  # two full sets and a rest
    network = RectifiedNeurons(**parts)
    found = np.empty(2**12)
    tile_values(*network.arguments, 0, network.tiles, found)
    assert found.tolist() == values(**parts).tolist()


def test_no_neurons() -> None:
    parts = neurons(12, 3, 0)
    network = RectifiedNeurons(**{name: part if name == "affine" else part[:0] for name, part in parts.items()})
    found = np.empty(2**12)
    tile_values(*network.arguments, 0, 1, found)
    assert found.tolist() == (cube(12) @ parts["affine"][:-1] + parts["affine"][-1]).tolist()


@pytest.mark.parametrize("is_uniform", [True, False])
def test_tiles(is_uniform: bool) -> None:
    n = 13
    rng = np.random.default_rng(1)
    parts, labels = neurons(n, 5, 2), (1 - 2 * rng.integers(0, 2, 2**n)).astype(np.int8)
    probabilities = rng.integers(0, 3, 2**n) / 8.0
    network = RectifiedNeurons(**parts)
    losses, distances, ties = np.empty(2), np.empty(2), np.empty(2, np.int64)
    margins = labels * values(**parts)
    slope = np.where(margins < 1, 1.0, np.where(margins == 1, 0.25, 0.0))
    if is_uniform:
        weights: np.ndarray = np.empty(2**n, np.int8)
        for tile in (1, 0):
            uniform_tiles(*network.arguments, labels, tile, tile + 1, weights, losses, distances, ties)
        probabilities = np.ones(2**n)
        assert weights.tolist() == (labels * np.where(margins < 1, 1, np.where(margins == 1, 2, 0))).tolist()
    else:
        weights = np.empty(2**n)
        weighted_tiles(*network.arguments, labels, 0, 2, probabilities, 0.25, weights, losses, distances, ties)
        assert weights.tolist() == (probabilities * labels * slope).tolist()
    positive = probabilities > 0
    assert ties.sum() == np.count_nonzero((margins == 1) & positive) > 0
    for tile, part in enumerate(np.split(np.arange(2**n), 2)):
        assert losses[tile] == np.sum((probabilities * np.maximum(1 - margins, 0))[part])
        assert distances[tile] == np.min(np.abs(1 - margins)[part][positive[part]])


def test_the_pieces_as_python() -> None:
    """Those inside the compiled tiles that no intrinsic hides."""
    rng = np.random.default_rng(3)
    weights, biases = rng.integers(-9, 10, (14, 2)).astype(float), np.array([3.0, -1.0])
    thresholds, points = np.empty((16, 2)), cube(14).reshape(-1, COLUMNS, 14)[:, 0, 8:]
    thresholds_of = getattr(fully_connected._tile_thresholds, "py_func", fully_connected._tile_thresholds)
    thresholds_of(weights, biases, np.array([0.5, 0.0]), 2, thresholds)
    expected = np.array([0.5, 0.0]) - (points[32:48] @ weights[8:] + biases)
    assert thresholds.tolist() == expected.tolist()
    margins = rng.integers(-2, 4, 2 * COLUMNS) / 2.0
    labels = (1 - 2 * rng.integers(0, 2, margins.size)).astype(np.int8)
    hinge = getattr(fully_connected._uniform_hinge, "py_func", fully_connected._uniform_hinge)
    signs, lanes = np.empty(margins.size, np.int8), np.empty((2, COLUMNS))
    assert hinge(labels * margins, labels, signs, lanes) == np.count_nonzero(margins == 1)
    assert signs.tolist() == (labels * np.where(margins < 1, 1, np.where(margins == 1, 2, 0))).tolist()
    assert lanes[0].tolist() == np.maximum(1 - margins, 0).reshape(2, -1).sum(axis=0).tolist()
    weighted = getattr(fully_connected._weighted_hinge, "py_func", fully_connected._weighted_hinge)
    probabilities, found = rng.integers(0, 2, margins.size) / 2.0, np.empty(margins.size)
    assert weighted(labels * margins, labels, probabilities, 0.5, found, lanes) == np.sum(
        (margins == 1) & (probabilities > 0))
    assert found.tolist() == (probabilities * labels * np.where(margins < 1, 1, np.where(margins == 1, .5, 0))).tolist()
    losses, distances = np.zeros(1), np.zeros(1)
    finish = getattr(fully_connected._finish_lanes, "py_func", fully_connected._finish_lanes)
    finish(lanes, 0, losses, distances)
    assert losses[0] == np.sum(probabilities * np.maximum(1 - margins, 0))
    assert distances[0] == np.min(np.abs(1 - margins)[probabilities > 0])
