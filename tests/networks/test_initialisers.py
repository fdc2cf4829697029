"""Starts of training: the laws, the balanced and collapsed ones, and what is refused."""
from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import oracles
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.initialisation import sample_gaussian, sample_sign_grid, sample_uniform
from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
from theorycheck.networks.initialisers import (balanced_multiplicities, collapsed_network, sample_convolutional_network,
                                               sample_fully_connected_network, sample_locally_connected_network)
from theorycheck.probability.multiplicities import sample_cells


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("q, k, expected", [(10723, 2, [2681, 2681, 2681, 2680]), (3, 2, [1, 1, 1, 0]),
                                            (8, 3, [1] * 8), (5, 1, [3, 2])])
def test_balanced_multiplicities(q: int, k: int, expected: list[int]) -> None:
    assert balanced_multiplicities(q, k).tolist() == expected
    assert int(balanced_multiplicities(598737, 4).sum()) == 598737


def test_the_collapsed_start_is_the_oracles() -> None:
    network, counts = collapsed_network(4, 2, [1, 0, 2, 3])
    filters, biases = oracles.sign_filters(2, [0, 2, 3])
    assert network.filters.tolist() == filters and network.biases.tolist() == biases
    assert counts.tolist() == [1, 2, 3] and network.readout.tolist() == [[0] * 3] * 3 and network.n == 4


def test_the_untied_collapsed_start_has_the_same_filters_at_every_window() -> None:
    tied, _ = collapsed_network(5, 2, [1, 1, 0, 3], windows="paper")
    untied, counts = collapsed_network(5, 2, [1, 1, 0, 3], windows="paper", tied=False, readout=np.ones((3, 3)))
    assert isinstance(untied, LocallyConnectedNetwork) and isinstance(tied, ConvolutionalNetwork)
    assert untied.filters.tolist() == [tied.filters.tolist()] * 3 and untied.n == tied.n == 5
    assert counts.tolist() == [1, 1, 3] and untied.readout.dtype == np.float64


def test_balanced_network_is_the_collapsed_one_expanded() -> None:
    network = sample_convolutional_network(4, 2, 7, generator(), law="balanced")
    small, counts = collapsed_network(4, 2, balanced_multiplicities(7, 2))
    assert network.filters.tolist() == np.repeat(small.filters, counts, axis=0).tolist()
    lcn = sample_locally_connected_network(4, 2, 7, generator(), law="balanced")
    assert lcn.filters.tolist() == [network.filters.tolist()] * 3
    # More sign patterns than filters: the first ones once each.
    few = sample_convolutional_network(30, 30, 2, generator(), law="balanced")
    assert few.filters[0].tolist() == [F(1, 30)] * 30 and few.filters[1].tolist() == [-F(1, 30)] + [F(1, 30)] * 29


def test_the_paper_law_draws_what_the_feature_room_draws() -> None:
    network = sample_convolutional_network(5, 3, 50, generator(7))
    drawn = sample_sign_grid(50, 3, generator(7))
    expected, biases = oracles.sign_filters(3, [int(z) for z in sample_cells(50, 3, generator(7))])
    assert network.filters.tolist() == expected and network.biases.tolist() == biases
    assert drawn.multiplicities().sum() == 50


def test_float_laws_draw_what_the_feature_room_draws() -> None:
    for law, given in (("gaussian", sample_gaussian(4, 3, generator(1))),
                       ("gaussian:1/2", sample_gaussian(4, 3, generator(1), F(1, 2))),
                       ("uniform", sample_uniform(4, 3, generator(1)))):
        cnn = sample_convolutional_network(5, 3, 4, generator(1), law=law)
        fcn = sample_fully_connected_network(3, 4, generator(1), law=law)
        for network in (cnn, fcn):
            assert np.array_equal(network.filters, np.asarray(given.filters))
            assert np.array_equal(network.biases, np.asarray(given.biases))
        assert cnn.readout.dtype == np.float64 and not cnn.readout.any()


def test_every_window_of_an_lcn_is_drawn_on_its_own() -> None:
    for law in ("paper", "gaussian"):
        network = sample_locally_connected_network(6, 3, 40, generator(2), law=law)
        # Equal windows have probability 8^-40.
        assert network.filters.shape == (4, 40, 3) and (network.filters[0] != network.filters[1]).any()
    first = sample_convolutional_network(6, 3, 40, generator(2))
    again = sample_locally_connected_network(6, 3, 40, generator(2))
    assert first.filters.tolist() == again.filters[0].tolist()


@pytest.mark.parametrize("law, size", [("signs/n", F(1, 9)), ("signs/sqrt(n)", 1 / 3)])
def test_sign_laws_of_an_fcn(law: str, size: object) -> None:
    network = sample_fully_connected_network(9, 400, generator(3), law=law)
    assert set(np.abs(network.filters).ravel().tolist()) == {size} and set(network.biases.tolist()) == {0}
    # 3600 fair signs: |sum| > 400 has probability below 2·exp(-400²/7200) < 1e-9, by Hoeffding.
    assert abs(float((network.filters > 0).sum()) - 1800) < 200


def test_given_readout_and_biases() -> None:
    fcn = sample_fully_connected_network(3, 2, generator(), law="signs/n", biases=["1/2", 0], readout=[1, -1])
    assert fcn.biases.tolist() == [F(1, 2), 0] and fcn.readout.tolist() == [1, -1]
    cnn = sample_convolutional_network(3, 2, 1, generator(), readout=[[1], ["1/3"]], activation="abs", windows="all")
    assert cnn.readout.tolist() == [[1], [F(1, 3)]] and cnn.activation.name == "abs"


@pytest.mark.parametrize("call, message", [
    (lambda: balanced_multiplicities(0, 2), "'q' must be at least 1 and at most 4611686018427387904, not 0."),
    (lambda: balanced_multiplicities(True, 2), "'q' must be an integer, not the boolean True."),
    (lambda: balanced_multiplicities(4, 23), "'k' must be at least 1 and at most 22, not 23."),
    (lambda: collapsed_network(3, 2, [1, 1, 1]), "'multiplicities' must have 2^k=4 entries, not 3."),
    (lambda: collapsed_network(3, 2, [[1, 1]] * 2), "'multiplicities' must have 2^k=4 entries, not shape (2, 2)."),
    (lambda: collapsed_network(3, 2, [1, 1, 1, -1]),
     "'multiplicities' must be at least 0 and at most 4611686018427387904, not -1."),
    (lambda: collapsed_network(3, 2, [1, 1, 1, 0.5]), "'multiplicities' must be an integer, not 1.0."),
    (lambda: collapsed_network(3, 2, [0] * 4), "'multiplicities' must have a positive entry."),
    (lambda: collapsed_network(3, 2, [1] * 4, tied=1), "'tied' must be True or False, not 1."),
    (lambda: collapsed_network(2, 2, [1] * 4, windows="paper"),
     "'n' must be at least k+1=3 with the paper's windows, not 2."),
    (lambda: collapsed_network(3, 2, [1] * 4, readout=[[0] * 3] * 2),
     "'readout' must have shape (N, q) with q=4, not (2, 3)."),
    (lambda: sample_convolutional_network(3, 4, 1, generator()), "'k' must be at least 1 and at most n=3, not 4."),
    (lambda: sample_convolutional_network(3, 2, 0, generator()), "'q' must be at least 1, not 0."),
    (lambda: sample_convolutional_network(3, 2, 1, 7), "'rng' must be a numpy.random.Generator, not 7."),
    (lambda: sample_convolutional_network(3, 2, 1, generator(), law="xavier"),
     "'law' must be one of paper, balanced, gaussian, gaussian:BETA, uniform, not 'xavier'."),
    (lambda: sample_convolutional_network(3, 2, 1, generator(), law="signs/n"),
     "'law' must be one of paper, balanced, gaussian, gaussian:BETA, uniform, not 'signs/n'."),
    (lambda: sample_fully_connected_network(3, 2, generator(), law=3),
     "'law' must be one of gaussian, gaussian:BETA, uniform, signs/n, signs/sqrt(n), not 3."),
    (lambda: sample_fully_connected_network(3, 2, generator(), law="uniform:1"),
     "'law' must be one of gaussian, gaussian:BETA, uniform, signs/n, signs/sqrt(n), not 'uniform:1'."),
    (lambda: sample_fully_connected_network(3, 2, generator(), law="gaussian:-1"),
     "'law' must have a bias scale of 0 or in 2^-1000 ... 2^1000, not -1."),
    (lambda: sample_fully_connected_network(3, 2, generator(), law="gaussian:nan"),
     "'law' must be a finite number, not nan."),
    (lambda: sample_fully_connected_network(3, 2, generator(), readout=[np.nan, 1.0]),
     "'readout' must be a finite number, not nan."),
    (lambda: sample_fully_connected_network(3, 2, generator(), biases=[0]),
     "'biases' must have shape (q,) with q=2, not (1,)."),
    (lambda: sample_convolutional_network(3, 2, 1, generator(), activation="swish").n,
     "'activation' must be one of relu, clipped_relu:CAP, leaky_relu:SLOPE, clip:LOW,HIGH, abs, square, identity, "
     "tanh, cosine:R, triangle:R, peaks:R, zero, not 'swish'.")])
def test_bad_input(call, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("call, message", [
    (lambda: sample_convolutional_network(5, 4, 9 * 10**6, generator()),
     "q=9000000, k=4 has 36000000 rational weights, above the limit of 4194304: collapsed_network needs only 2^k "
     "filters."),
    (lambda: sample_fully_connected_network(100, 2 * 10**6, generator()),
     "q=2000000, n=100 has 200000000 float64 weights, above the limit of 134217728."),
    (lambda: collapsed_network(40, 30, [1]), "k=30 has 2^30 sign patterns; the largest k that fits is 22.")])
def test_too_large(call, message: str) -> None:
    with pytest.raises(InstanceTooLarge) as caught:
        call()
    assert str(caught.value) == message
