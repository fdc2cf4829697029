"""Gradient descent commutes with permutations and reflections of the cube: the whole run, in exact rationals.

This is what "the network cannot know which parity it is" rests on (MS21, Theorem 12): the FCN started from permuted
weights on the permuted problem follows the permuted run.  A CNN does not, but for the reversal of its windows.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck import strategies
from theorycheck.cube import BooleanFunction, ExplicitDistribution, KPattern
from theorycheck.gradients.exact_gradients import exact_descent, exact_loss_and_gradient
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected
from theorycheck.networks.problems import LearningProblem

F = Fraction
QUICK = settings(deadline=None, max_examples=25)


def moved_points(order: Sequence[int], signs: Sequence[int]) -> np.ndarray:
    """Index of y for each index of x, y_{order[j]} = signs[j] x_j: variable j goes to order[j]."""
    n = len(order)
    found = np.zeros(2**n, dtype=np.int64)
    for j, (place, sign) in enumerate(zip(order, signs)):
        bits = (np.arange(2**n) >> j) & 1
        found |= (bits ^ int(sign == -1)) << place
    return found


def moved_problem(problem: LearningProblem, order: Sequence[int], signs: Sequence[int]) -> LearningProblem:
    """The same labels and probabilities, at the moved points."""
    where, labels, masses = moved_points(order, signs), problem.labels(), problem.distribution.probabilities()
    new_labels, new_masses = np.empty_like(labels), [F(0)] * len(labels)
    new_labels[where] = labels
    for place, mass in zip(where.tolist(), masses):
        new_masses[place] = F(mass)
    return LearningProblem(BooleanFunction.from_truth_table(new_labels), ExplicitDistribution(
        problem.n, dict(enumerate(new_masses))), problem.hinge_slope)


def moved_filters(filters: Any, order: Sequence[int], signs: Sequence[int]) -> np.ndarray:
    moved = np.empty(filters.shape, dtype=object)
    for j, (place, sign) in enumerate(zip(order, signs)):
        moved[..., place] = sign * np.asarray(filters, dtype=object)[..., j]
    return moved


def exactly(network: Any) -> tuple[list[Fraction], list[Fraction]]:
    return ([F(c) for c in np.asarray(network.readout, dtype=object).ravel()],
            [F(c) for c in np.asarray(network.filters, dtype=object).ravel()])


@QUICK
@given(st.data(), st.integers(2, 4), strategies.rationals(F(1, 8), 2))
def test_a_fully_connected_run_follows_permutations_and_reflections(data: Any, n: int, eta: Fraction) -> None:
    network = data.draw(strategies.fully_connected_networks(n))
    problem = data.draw(strategies.learning_problems(n))
    order = data.draw(strategies.permutations(n))
    signs = data.draw(st.lists(st.sampled_from((1, -1)), min_size=n, max_size=n))
    start = FullyConnectedNetwork(moved_filters(network.filters, order, signs), network.biases, network.readout,
                                  network.activation)
    steps = 1 if network.activation.name == "square" else 3  # its numbers multiply in length
    runs = zip(exact_descent(network, problem, eta, steps),
               exact_descent(start, moved_problem(problem, order, signs), eta, steps), strict=True)
    for (here, result), (there, moved) in runs:
        assert result.loss == moved.loss and result.margin_kinks == moved.margin_kinks
        assert result.activation_kinks == moved.activation_kinks
        expected = FullyConnectedNetwork(moved_filters(here.filters, order, signs), here.biases, here.readout)
        assert exactly(there) == exactly(expected)


@QUICK
@given(st.data(), st.integers(2, 4))
def test_every_run_follows_permutations_of_its_neurons(data: Any, n: int) -> None:
    kinds = (strategies.fully_connected_networks, strategies.convolutional_networks,
             strategies.locally_connected_networks)
    network, problem = data.draw(data.draw(st.sampled_from(kinds))(n)), data.draw(strategies.learning_problems(n))
    order = list(data.draw(strategies.permutations(network.filter_count)))
    is_local = isinstance(network, LocallyConnectedNetwork)

    def reordered(given: Any) -> Any:
        filters = given.filters[:, order] if is_local else given.filters[order]
        biases = given.biases[:, order] if is_local else given.biases[order]
        return type(given)(filters, biases, given.readout[..., order], given.activation)
    for (here, result), (there, moved) in zip(exact_descent(network, problem, F(1, 2), 1),
                                              exact_descent(reordered(network), problem, F(1, 2), 1), strict=True):
        assert result.loss == moved.loss and exactly(reordered(here)) == exactly(there)


@QUICK
@given(st.data(), st.integers(2, 4))
def test_a_convolutional_run_follows_the_reversal(data: Any, n: int) -> None:
    network = data.draw(strategies.convolutional_networks(n))
    problem = data.draw(strategies.learning_problems(n))

    def reversed_network(given: Any) -> ConvolutionalNetwork:
        return ConvolutionalNetwork(given.filters[:, ::-1], given.biases, given.readout[::-1], given.activation)
    mirrored = moved_problem(problem, range(n)[::-1], [1] * n)
    steps = 1 if network.activation.name == "square" else 2
    for (here, result), (there, moved) in zip(exact_descent(network, problem, F(1, 2), steps), exact_descent(
            reversed_network(network), mirrored, F(1, 2), steps), strict=True):
        assert result.loss == moved.loss and exactly(reversed_network(here)) == exactly(there)


def paper_start(n: int, k: int) -> ConvolutionalNetwork:
    """Every sign pattern once, b = 1/k - 1, u = 0."""
    grid = [[F(1 - 2 * (z >> j & 1), k) for j in range(k)] for z in range(2**k)]
    return ConvolutionalNetwork(grid, [F(1, k) - 1] * 2**k, [[0] * 2**k] * (n - k + 1))


def losses(network: Any, target: BooleanFunction, steps: int) -> list[Fraction]:
    return [result.loss for _, result in exact_descent(network, LearningProblem(target), 1, steps)]


def parity(n: int, subset: Sequence[int]) -> BooleanFunction:
    return BooleanFunction.from_callable(n, lambda x: np.prod(x[:, list(subset)], axis=1))


def test_negative_control_convolutions_know_where_the_pattern_is() -> None:
    """The CNN learns x2 x3 in six steps and never x1 x4; its embedding, an FCN, follows each permuted start."""
    cnn, pairs = paper_start(4, 2), [(1, 2), (0, 3)]
    found = [losses(cnn, parity(4, pair), 6) for pair in pairs]
    assert found[0] == [1, F(15, 16), F(55, 64), F(749, 1024), F(1031, 2048), F(5787, 65536), 0]
    assert found[1] == [1] * 7
    order = (1, 0, 3, 2)  # sends x2 x3 to x1 x4
    embedded = as_fully_connected(cnn)
    start = FullyConnectedNetwork(moved_filters(embedded.filters, order, [1] * 4), embedded.biases, embedded.readout)
    assert losses(start, parity(4, (0, 3)), 2) == losses(embedded, parity(4, (1, 2)), 2) == found[0][:3]
    assert losses(embedded, parity(4, (0, 3)), 2) != found[0][:3]  # without moving the start it is another run


@pytest.mark.parametrize("offset", [0, 1])
def test_the_orbit_is_the_same_for_every_pattern(offset: int) -> None:
    """Averaged over the permutations of its weights, the gradient cannot tell one 2-set from another."""
    weights, n = [F(1), F(1, 2), F(-2), F(0)], 4
    means = []
    for target in (parity(n, (0, 3)), KPattern.parity(n, 2, offset).truth_table()):
        total = F(0)
        for order in permutations(range(n)):
            # Readouts ±1 on equal neurons: h = 0, so the loss has slope 1 everywhere.
            row = [weights[j] for j in order]
            result = exact_loss_and_gradient(FullyConnectedNetwork([row, row], [F(1, 2)] * 2, [1, -1]),
                                             LearningProblem(target))
            total += sum((entry**2 for entry in result.filters.fractions()), F(0))
        means.append(total / 24)
    assert means[0] == means[1] > 0
