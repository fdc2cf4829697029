"""Classes of equal filters: exact gradients, runs that stay collapsed, and expansion."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.distributions import ProductDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_descent, exact_loss_and_gradient
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.collapse import collapse, require_multiplicities
from theorycheck.networks.embedding import as_locally_connected
from theorycheck.networks.problems import LearningProblem

F = Fraction
ROWS = [[F(1, 2), F(1, 2)], [F(-1, 2), F(1, 2)], [F(1), F(0)]]
NAMES = ["relu", "clipped_relu:3/4", "abs", "square"]
PROBLEM = LearningProblem(KPattern.from_hex(3, 2, "0xB"), ProductDistribution(["1/3", 0, "-1/5"]), F(1, 3))


def network(kind: str, choice: list[int], name: str) -> Any:
    filters, readout = [ROWS[c] for c in choice], [[F(c, 5) for c in choice], [F(1, 7)] * len(choice)]
    if kind == "fcn":
        return FullyConnectedNetwork([row + [F(1)] for row in filters], [F(-1, 2)] * len(choice), readout[0], name)
    one = ConvolutionalNetwork(filters, [F(-1, 2)] * len(choice), readout, name)
    return one if kind == "cnn" else as_locally_connected(one)


choices = st.tuples(st.sampled_from(["cnn", "lcn", "fcn"]), st.lists(st.integers(0, 2), min_size=1, max_size=6),
                    st.sampled_from(NAMES))


@settings(max_examples=40, deadline=None)
@given(choices)
def test_the_collapsed_gradient_is_the_uncollapsed_one(given_choice: tuple) -> None:
    kind, choice, name = given_choice
    whole = network(kind, choice, name)
    small = collapse(whole)
    assert small.network.filter_count == len(set(choice)) and small.multiplicities.sum() == len(choice)
    assert small.multiplicities.tolist() == [choice.count(c) for c in dict.fromkeys(choice)]
    one = exact_loss_and_gradient(whole, PROBLEM)
    other = exact_loss_and_gradient(small.network, PROBLEM, multiplicities=small.multiplicities)
    assert one.loss == other.loss and one.marginals.fractions() == other.marginals.fractions()
    for part in ("readout", "filters"):
        spread = np.array(getattr(other, part).fractions(), dtype=object).reshape(getattr(small.network, part).shape)
        axis = {"cnn": {"readout": 1, "filters": 0}, "lcn": {"readout": 1, "filters": 1},
                "fcn": {"readout": 0, "filters": 0}}[kind][part]
        assert small.spread(spread, axis).ravel().tolist() == getattr(one, part).fractions()


@pytest.mark.parametrize("kind", ["cnn", "lcn", "fcn"])
@pytest.mark.parametrize("name", NAMES)
def test_runs_stay_collapsed(kind: str, name: str) -> None:
    whole = network(kind, [0, 1, 0, 2, 1], name)
    small = collapse(whole)
    # A square doubles the numbers' lengths at each step; two are enough there.
    steps = 2 if name == "square" else 4
    runs = zip(exact_descent(whole, PROBLEM, F(1, 3), steps),
               exact_descent(small.network, PROBLEM, F(1, 3), steps, multiplicities=small.multiplicities), strict=True)
    for (large, one), (classes, other) in runs:
        assert one.loss == other.loss
        assert collapse(large).classes.tolist() == small.classes.tolist()
        expanded = small.expand(classes)
        for part in ("filters", "biases", "readout"):
            assert getattr(expanded, part).tolist() == getattr(large, part).tolist()


def test_a_filter_with_another_bias_or_readout_is_another_class() -> None:
    filters = [[1, 1]] * 4
    assert collapse(ConvolutionalNetwork(filters, [0, 0, 1, 0], [[0, 0, 0, 2]])).classes.tolist() == [0, 0, 1, 2]
    local = LocallyConnectedNetwork([[[1], [1], [1]], [[1], [1], [2]]], [[0] * 3] * 2, [[0, 0, 0], [0, 3, 0]])
    assert collapse(local).multiplicities.tolist() == [1, 1, 1]


def test_classes_add_up_given_multiplicities_and_floats_compare_as_numbers() -> None:
    found = collapse(ConvolutionalNetwork(np.array([[0.0], [-0.0], [0.1]]), [0, 0, 0], [[0, 0, 0]]), [5, 6, 7])
    assert found.multiplicities.tolist() == [11, 7] and found.network.filters.dtype == np.float64
    # A dyadic 0.1 is not the rational 1/10.
    mixed = np.array([[F(0.1)], [F(1, 10)]], dtype=object)
    assert collapse(ConvolutionalNetwork(mixed, [0, 0], [[0, 0]])).multiplicities.tolist() == [1, 1]


def test_many_filters_collapse_to_the_paper_s_classes() -> None:
    q, signs = 5000, np.random.default_rng(0).choice([-1.0, 1.0], (5000, 3))
    # All 8 patterns occur but with probability 8·(7/8)^5000 < 10^-280.
    found = collapse(ConvolutionalNetwork(signs / 4, np.full(q, -0.5), np.zeros((2, q))))
    assert found.network.filter_count == 8 and found.multiplicities.sum() == q
    assert np.array_equal(found.expand().filters, signs / 4)


@pytest.mark.parametrize("wrong", [[1], [1, -1], [1.0, 2.0], [True, False], [[1, 1]], "12", [1, 2**63]])
def test_wrong_multiplicities_are_refused(wrong: Any) -> None:
    with pytest.raises(ParameterError, match="'multiplicities' must be q=2 non-negative integers, not"):
        require_multiplicities(FullyConnectedNetwork([[1], [2]], [0, 0], [0, 0]), wrong)


def test_expanding_another_size_is_refused() -> None:
    small = collapse(FullyConnectedNetwork([[1], [2]], [0, 0], [0, 0]))
    with pytest.raises(ParameterError, match="'network' must have C=2 filters, not 1"):
        small.expand(FullyConnectedNetwork([[1]], [0], [0]))


def test_multiplicities_whose_sum_does_not_fit() -> None:
    equal = FullyConnectedNetwork([[1], [1]], [0, 0], [0, 0])
    assert collapse(equal, [2**61, 2**61 - 1]).multiplicities.tolist() == [2**62 - 1]
    with pytest.raises(ParameterError, match=r"'multiplicities' must sum to less than 2\^62."):
        collapse(equal, [2**61, 2**61])


def test_what_is_no_network() -> None:
    for call in (lambda: collapse(5), lambda: collapse(FullyConnectedNetwork([[1]], [0], [0])).expand(5)):
        with pytest.raises(ParameterError, match="'network' must be a network, not 5."):
            call()
