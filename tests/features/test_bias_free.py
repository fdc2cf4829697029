"""Bias-free ReLU filters: no odd level above the first, in exact integers, and the patterns that remain."""
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.bias_free import (feature_coefficients, hidden_sets, largest_hidden_weight,
                                            nonzero_hidden_coefficients, odd_set, patterns_in_reach,
                                            patterns_without_hidden_levels, rank_of_gram)
from theorycheck.features.filters import GivenFilters
from theorycheck.features.maps import given_features
from theorycheck.networks.activations import activation_named
from theorycheck.networks.rationals import RationalArray


def relu_features(weights, biases=None):
    return given_features(activation_named("relu"), GivenFilters(weights, biases))


rationals = st.fractions(min_value=-5, max_value=5, max_denominator=12)


@given(st.integers(3, 5).flatmap(lambda k: st.lists(rationals, min_size=k, max_size=k)))
def test_no_odd_level_from_three_on(weights):
    assert nonzero_hidden_coefficients(relu_features([weights]).values) == []
    values = [oracles.relu(oracles.dot(weights, x)) for x in oracles.cube_points(len(weights))]
    spectrum = oracles.fourier_coefficients(values)
    assert feature_coefficients(relu_features([weights]).values).fractions() == spectrum
    assert all(spectrum[mask] == 0 for mask in hidden_sets(len(weights)))


def test_a_bias_brings_the_odd_levels_back():
    found = nonzero_hidden_coefficients(relu_features([[1, 1, 1], [1, 2, 3]], [Fraction(-2), 0]).values)
    assert found == [(0, 7)]


def test_another_activation_has_odd_levels():
    features = given_features(activation_named("clipped_relu:1"), GivenFilters([[1, 1, 1]]))
    assert nonzero_hidden_coefficients(features.values) == [(0, 7)]


def test_the_counts_of_patterns_by_the_oracle():
    for k in (1, 2, 3):
        wanted = 0
        for code in range(1 << (1 << k)):
            spectrum = oracles.fourier_coefficients([1 - 2 * (code >> z & 1) for z in range(1 << k)])
            wanted += all(spectrum[mask] == 0 for mask in hidden_sets(k))
        assert patterns_without_hidden_levels(k) == wanted
    assert patterns_without_hidden_levels(4) == 648


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_drawn_filters_reach_exactly_those(k):
    # 200 filters fail to span with probability far below 2^-100: each new cone of signs adds a direction.
    gram = relu_features(np.random.default_rng(k).standard_normal((200, k))).window_gram
    assert rank_of_gram(gram) == 2**(k - 1) + k
    assert patterns_in_reach(gram) == patterns_without_hidden_levels(k)


def test_with_bias_they_reach_everything():
    rng = np.random.default_rng(5)
    gram = relu_features(rng.standard_normal((100, 3)), rng.standard_normal(100)).window_gram
    assert rank_of_gram(gram) == 8 and patterns_in_reach(gram) == 256


def test_a_single_feature_reaches_its_multiples():
    gram = RationalArray(np.ones((4, 4), dtype=np.int64), 1)
    assert rank_of_gram(gram) == 1 and patterns_in_reach(gram) == 2


def test_sets():
    assert hidden_sets(2) == () and hidden_sets(4) == (7, 11, 13, 14)
    assert [odd_set(k) for k in (1, 2, 3, 4, 5, 7)] == [None, None, 7, 7, 31, 127]
    assert largest_hidden_weight(np.array([1, -1, -1, 1, -1, 1, 1, -1])) == (7, 8)


def test_bad_input():
    with pytest.raises(InstanceTooLarge, match=r"k=5 has 2\^32 patterns"):
        patterns_without_hidden_levels(5)
    with pytest.raises(ParameterError, match="'k' must be at least 1 and at most 20, not 21"):
        hidden_sets(21)
    with pytest.raises(ParameterError, match="'k' must be at least 1, not 0"):
        odd_set(0)
