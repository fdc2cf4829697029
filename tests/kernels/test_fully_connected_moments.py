"""Degree-1 moments over active points against the definition on every point."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.kernels import fully_connected_moments
from theorycheck.kernels.fully_connected import signed_sums
from theorycheck.kernels.fully_connected_moments import near_moments, sign_moments, weighted_moments


def cube(n: int) -> np.ndarray:
    return 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)


def python(function: Any) -> Any:
    return getattr(function, "py_func", function)


def columns_of(weights: np.ndarray) -> np.ndarray:
    columns = np.zeros((len(weights), 256))
    signed_sums(weights[:, :8].copy(), columns)
    return columns


def cases(n: int) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Weights, biases, breakpoints: dense ranks, many ties, one far cluster, always on, always off, no weights."""
    rng = np.random.default_rng(n)
    grid = rng.integers(-2, 3, (6, n)).astype(float)
    clustered = np.where(np.arange(n) == 3, 1.0, 2.0**-30 * rng.integers(1, 999, n))
    return {"grid": (grid, np.array([0.0, 1, -1, 2, 500, -500]), np.array([0.0, 0, 0.5, 1, 0, 0])),
            "random": (rng.normal(size=(3, n)), rng.normal(size=3), np.array([0.0, 0.25, 0.0])),
            "clustered": (clustered[None], np.array([1.0]), np.zeros(1)),
            "none": (np.zeros((2, n)), np.array([0.0, 1.0]), np.zeros(2))}


@pytest.mark.parametrize("name", ["grid", "random", "clustered", "none"])
@pytest.mark.parametrize("n", [12, 15])
def test_sign_moments(name: str, n: int) -> None:
    weights, biases, breakpoints = cases(n)[name]
    signs = np.random.default_rng(9).integers(-1, 2, 2**n).astype(np.int8)
    columns = columns_of(weights)
    moments, kinks = np.empty((len(weights), n + 1), np.int64), np.empty(len(weights), np.int64)
    sign_moments(signs, weights, biases, breakpoints, columns, np.sort(columns, axis=1), moments, kinks)
    points = np.hstack([cube(n), np.ones((2**n, 1), int)])
    # A random draw lies on a kink, or close enough for rounding to matter, with probability below 10^-9.
    inner = cube(n) @ weights.T + biases - breakpoints
    assert moments.tolist() == [((signs * (s > 0)) @ points).tolist() for s in inner.T]
    assert kinks.tolist() == np.count_nonzero(inner == 0, axis=0).tolist()
    assert name != "grid" or np.count_nonzero(kinks) >= 2


@pytest.mark.parametrize("at_kink", [False, True])
@pytest.mark.parametrize("n", [12, 15])
def test_weighted_moments(n: int, at_kink: bool) -> None:
    weights, biases, breakpoints = cases(n)["grid"]
    masses = np.random.default_rng(8).integers(-8, 9, 2**n) / 4.0
    moments = np.empty((len(weights), n + 1))
    weighted_moments(masses, weights, biases, breakpoints, columns_of(weights), at_kink, moments)
    points = np.hstack([cube(n), np.ones((2**n, 1), int)])
    inner = cube(n) @ weights.T + biases - breakpoints
    chosen = inner == 0 if at_kink else inner > 0
    assert moments.tolist() == [((masses * column) @ points).tolist() for column in chosen.T]  # multiples of 1/4


def test_near_moments() -> None:
    n = 13
    weights, biases, breakpoints = cases(n)["grid"]
    masses, radii = np.random.default_rng(7).integers(0, 3, 2**n) / 4.0, np.array([0.0, 1, 0.5, -1, 1, 600])
    found, counts = np.empty(6), np.empty(6, np.int64)
    near_moments(masses, weights, biases, breakpoints, columns_of(weights), radii, found, counts)
    near = np.abs(cube(n) @ weights.T + biases - breakpoints) <= radii
    assert found.tolist() == (masses @ near).tolist()
    assert counts.tolist() == ((masses > 0).astype(int) @ near).tolist()
    assert counts[3] == 0 and counts[5] > 0


numbers = st.floats(-4, 4) | st.sampled_from([0.0, 1.0, 1e-300, -1e-300, 1 + 2**-52])


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=12), st.lists(numbers | st.floats(-1e300, 1e300), max_size=8))
def test_a_rank_is_the_number_of_values_not_above(few: list[float], thresholds: list[float]) -> None:
    """Through both forms of the kernels: values close together, equal, far apart, thresholds beyond the ends."""
    columns = np.resize(np.array(few), 256)
    values, counts, buckets = np.empty(512), np.empty(256, np.int64), np.empty(1024, np.int16)
    ranks = np.empty(256, np.uint8)
    prepare = python(fully_connected_moments._prepare_neuron)
    prepared = prepare(columns, np.sort(columns), values, counts, buckets, ranks)
    distinct = np.unique(columns)
    assert values[:distinct.size].tolist() == distinct.tolist() and np.all(values[distinct.size:] == np.inf)
    assert ranks.tolist() == np.searchsorted(distinct, columns).tolist()
    assert counts[:distinct.size].tolist() == [np.count_nonzero(columns == value) for value in distinct]
    for threshold in [*thresholds, *distinct.tolist()]:
        for rank in (fully_connected_moments._rank, python(fully_connected_moments._rank)):
            with np.errstate(over="ignore"):
                assert rank(threshold, values, buckets, *prepared) == np.count_nonzero(distinct <= threshold)


def test_buckets_are_monotone_and_stay_in_the_table() -> None:
    numbers = np.sort(np.concatenate([np.random.default_rng(0).normal(size=500), [-1e300, 0, 1e300]]))
    found = [python(fully_connected_moments._bucket)(number, -1.0, 400.0) for number in numbers]
    assert found == sorted(found) and (found[0], found[-1]) == (0, 1023) and len(set(found)) > 100


@pytest.mark.parametrize("rows, first", [(1, 5), (4, 4), (8, 0)])
def test_thresholds_of_some_rows(rows: int, first: int) -> None:
    weights, thresholds = np.array([0.0] * 8 + [1, 10, 100]), np.empty(rows)
    python(fully_connected_moments._chunk_thresholds)(weights, 1000.0, 0.5, first, thresholds)
    assert thresholds.tolist() == (0.5 - 1000 - cube(3)[first:first + rows] @ weights[8:]).tolist()


@pytest.mark.parametrize("bits", [0, 1, 3, 11])
def test_fold(bits: int) -> None:
    values = np.random.default_rng(bits).integers(-9, 10, 2**bits)
    moments = np.full(bits + 3, -1)
    python(fully_connected_moments._fold)(values.copy(), 2, moments)
    assert moments.tolist() == [-1, -1, *(values @ cube(bits)).tolist(), values.sum()]
