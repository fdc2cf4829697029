"""float64 values against the exact ones."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.networks.approximation import approximate_values_on_cube
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork


@pytest.mark.parametrize("activation", ["relu", "square", "clip:-1,1"])
def test_floats_are_near_the_exact_values(activation: str) -> None:
    rng = np.random.default_rng(0)
    networks = [ConvolutionalNetwork(rng.standard_normal((3, 2)), rng.standard_normal(3), rng.standard_normal((4, 3)),
                                     activation),
                LocallyConnectedNetwork(rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 3)),
                                        rng.standard_normal((4, 3)), activation, "paper"),
                FullyConnectedNetwork(rng.standard_normal((3, 5)), rng.standard_normal(3), rng.standard_normal(3),
                                      activation)]
    for network in networks:
        exact = network.values_on_cube().to_float64()
        # Fewer than 60 operations on numbers below 100: an error below 60·100·2^-52.
        assert np.abs(approximate_values_on_cube(network) - exact).max() < 1e-11


def test_tanh_against_enclosures() -> None:
    network = ConvolutionalNetwork([[1, -2]], [1], [[1], [3]], "tanh")
    values = approximate_values_on_cube(network)
    for index, point in enumerate(np.ndindex(2, 2, 2)):
        bits = point[::-1]
        assert abs(float(network([1 - 2 * bit for bit in bits])) - values[index]) < 1e-14  # ten float operations
