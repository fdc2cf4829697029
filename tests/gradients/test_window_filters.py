"""From parameters to window tables and back, for every activation, against the definitions."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.window_filters import (LocalFilters, LocalRectifiers, Rectifier, SharedFilters, rectifier_of,
                                                  window_filters)
from theorycheck.networks.activations import activation_named, piecewise_linear


def test_what_is_a_rectifier() -> None:
    assert rectifier_of(activation_named("relu")) == Rectifier(np.inf, 0.0, 1.0)
    assert rectifier_of(activation_named("relu").with_kink_slope("1/4")) == Rectifier(np.inf, 0.25, 1.0)
    assert rectifier_of(activation_named("clipped_relu:3/2").with_kink_slope("1/4")) == Rectifier(1.5, 0.25, 0.75)
    for name in ("leaky_relu:1/100", "clip:0,1", "clip:-1,1", "abs", "identity", "square", "zero", "tanh"):
        found = rectifier_of(activation_named(name))
        assert found == (Rectifier(1.0, 0.0, 1.0) if name == "clip:0,1" else None)
    for pieces in (((0, 0), (0, 2)), ((0, 0), (1, 1)), ((1, 0), (0, 1))):
        assert rectifier_of(piecewise_linear("other", (0,), pieces)) is None
    assert rectifier_of(piecewise_linear("jump", (0, 1), ((0, 0), (0, 1), (2, 0)))) is None
    assert rectifier_of(piecewise_linear("late", (1,), ((0, 0), (0, 1)))) is None


@pytest.mark.parametrize("name", ("relu", "clipped_relu:1/2", "leaky_relu:1/4", "square", "tanh"))
@pytest.mark.parametrize("share", (0, "1/2"))
@pytest.mark.parametrize("is_local", (False, True))
@pytest.mark.parametrize("q", (3, 70))
def test_tables_and_gradients(name: str, share: object, is_local: bool, q: int) -> None:
    activation = activation_named(name).with_kink_slope(share)
    rng = np.random.default_rng(q)
    k, windows = 3, 4

    def dyadic(*shape: int) -> np.ndarray:
        return rng.integers(-4, 5, shape) / 4
    filters, biases = (dyadic(windows, q, k), dyadic(windows, q)) if is_local else (dyadic(q, k), dyadic(q))
    readout, slopes = dyadic(windows, q), dyadic(windows, 1 << k)
    way = window_filters(activation, biases, k)
    kinds = {(False, True): SharedFilters, (False, False): SharedFilters}
    is_fused = rectifier_of(activation) is not None and share == 0
    assert type(way) is kinds.get((is_local, is_fused), LocalRectifiers if is_fused else LocalFilters)
    tables = np.empty((windows, 1 << k))
    way.tables(filters, readout, tables)
    gradients = np.empty(readout.shape), np.empty(filters.shape)
    way.gradients(filters, readout, slopes, *gradients)
    points = np.array([[1 - 2 * (z >> i & 1) for i in range(k)] for z in range(1 << k)])
    all_filters, all_biases = (np.broadcast_to(filters, (windows, q, k)), np.broadcast_to(biases, (windows, q)))
    inner = np.einsum("zk,jqk->jqz", points, all_filters) + all_biases[:, :, None]
    features, derivative = activation.on_array(inner), activation.derivative_on_array(inner)
    per_window = np.einsum("jz,jq,jqz,zk->jqk", slopes, readout, derivative, points)
    expected = (np.einsum("jq,jqz->jz", readout, features), np.einsum("jz,jqz->jq", slopes, features),
                per_window if is_local else per_window.sum(axis=0))
    for mine, theirs in zip((tables, *gradients), expected):
        if name == "tanh":
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-11)  # sums of a few hundred terms below 3
        else:
            assert mine.tolist() == theirs.tolist()  # dyadic: exact in any order


def test_shared_by_threads() -> None:
    rng = np.random.default_rng(0)
    filters, biases, readout = rng.normal(size=(9, 40, 2)), rng.normal(size=(9, 40)), rng.normal(size=(9, 40))
    results = []
    for parts in (1, 4):
        way = LocalRectifiers(Rectifier(np.inf, 0.0, 1.0), biases, 2, 3)
        ends = [9 * part // parts for part in range(parts + 1)]
        way._parts = [slice(*pair) for pair in zip(ends, ends[1:])]
        tables = np.empty((9, 4))
        way.tables(filters, readout, tables)
        gradients = np.empty(readout.shape), np.empty(filters.shape)
        way.gradients(filters, readout, tables, *gradients)
        results.append((tables, *gradients))
    for one, other in zip(*results):
        np.testing.assert_array_equal(one, other)


def test_too_many_filters() -> None:
    with pytest.raises(InstanceTooLarge, match="'q'=100000 filters on 2\\^10 contents are above the limit of 67108864"):
        SharedFilters(activation_named("relu"), np.zeros(100000), 10)
