"""The public strategies: what they draw is admissible, within the stated limits, and reaches the corners."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from theorycheck import strategies
from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import ParameterError

QUICK = settings(deadline=None, max_examples=30)
SEARCH = settings(deadline=None, max_examples=2000, database=None)
REACH = settings(SEARCH, phases=(Phase.generate,))  # where what it shrinks to does not matter


@QUICK
@given(st.data(), strategies.dimensions(2, 5))
def test_a_given_dimension_is_kept(data: Any, n: int) -> None:
    assert 2 <= n <= 5
    assert 0 <= data.draw(strategies.subsets(n)) < 2**n
    assert data.draw(strategies.points(n)).shape == (n,)
    assert data.draw(strategies.truth_tables(n)).shape == (2**n,)
    for functions in (strategies.sign_functions, strategies.integer_functions, strategies.rational_functions,
                      strategies.linear_thresholds, strategies.k_patterns, strategies.product_distributions,
                      strategies.explicit_distributions, strategies.empirical_distributions, strategies.distributions):
        assert data.draw(functions(n)).n == n


@QUICK
@given(strategies.sign_functions(), strategies.truth_tables(), strategies.points())
def test_signs(f: BooleanFunction, table: np.ndarray, x: np.ndarray) -> None:
    assert f.is_sign_valued
    assert set(table.tolist()) | set(x.tolist()) <= {1, -1} and table.dtype == x.dtype == np.int8


@QUICK
@given(strategies.integer_functions(bound=3), strategies.rational_functions(), strategies.linear_thresholds())
def test_functions(integer: BooleanFunction, rational: BooleanFunction, threshold: BooleanFunction) -> None:
    assert integer.is_exact and integer.denominator == 1 and np.abs(integer.values).max() <= 3
    assert rational.is_exact and threshold.is_sign_valued


@QUICK
@given(strategies.k_patterns(strategies.dimensions(1, 9), maximum_k=3), strategies.rationals(0, 1, 7))
def test_limits(f: KPattern, value: Fraction) -> None:
    assert f.k <= min(3, f.n) and f.n <= 9 and f.offset <= f.n - f.k
    assert 0 <= value <= 1 and value.denominator <= 7


@pytest.mark.parametrize("kind", [UniformDistribution, ProductDistribution, ExplicitDistribution,
                                  EmpiricalDistribution])
def test_distributions_reach_every_kind(kind: type) -> None:
    assert isinstance(find(strategies.distributions(), lambda d: isinstance(d, kind), settings=SEARCH), Distribution)


def test_corners_are_reached_and_shrunk_to() -> None:
    assert find(strategies.sign_functions(), lambda f: True, settings=SEARCH) == BooleanFunction([1, 1])
    assert find(strategies.k_patterns(3), lambda f: f.offset == 2, settings=SEARCH).k == 1
    find(strategies.linear_thresholds(), lambda f: f.tie_count > 0, settings=SEARCH)
    find(strategies.product_distributions(2), lambda d: 0 in d.probabilities(), settings=SEARCH)
    find(strategies.explicit_distributions(), lambda d: 1 in d.probabilities(), settings=SEARCH)
    find(strategies.empirical_distributions(2), lambda d: Fraction(2, 3) in d.probabilities(), settings=SEARCH)
    find(strategies.rational_functions(1), lambda f: f.denominator > 1, settings=SEARCH)


def test_negative_control_a_false_lemma_is_refuted() -> None:
    @settings(deadline=None, database=None)
    @given(strategies.sign_functions())
    def every_function_is_balanced(f: BooleanFunction) -> None:
        assert f.mean == 0

    with pytest.raises(AssertionError):
        every_function_is_balanced()


@pytest.mark.parametrize("call, text", [
    (lambda: strategies.dimensions(0, 3), "'minimum' must be at least 1, not 0."),
    (lambda: strategies.dimensions(4, 3), "'maximum' must be at least 4, not 3."),
    (lambda: find(strategies.subsets(0), lambda s: True), "'n' must be at least 1, not 0."),
    (lambda: find(strategies.truth_tables(True), lambda s: True), "'n' must be an integer, not the boolean True."),
    (lambda: find(strategies.integer_functions(2, -1), lambda f: True), "'bound' must be at least 0, not -1."),
    (lambda: find(strategies.linear_thresholds(2, 0.5), lambda f: True),  # type: ignore[arg-type]
     "'bound' must be an integer, not 0.5."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


@QUICK
@given(st.data(), st.integers(1, 5))
def test_windowed_networks_are_their_embedding(data: Any, n: int) -> None:
    from theorycheck.networks.embedding import as_fully_connected
    for networks in (strategies.convolutional_networks, strategies.locally_connected_networks):
        network = data.draw(networks(n))
        assert network.n == n and network.k <= 3 and 1 <= network.filter_count <= 3
        assert as_fully_connected(network).values_on_cube().equals(network.values_on_cube())
    dense = data.draw(strategies.fully_connected_networks(n))
    assert dense.n == n and dense.values_on_cube().shape == (2**n,)


@QUICK
@given(strategies.sign_grid_filters(maximum_k=2, maximum_q=5))
def test_sign_grid_filters_are_within_their_limits(filters: Any) -> None:
    assert filters.k <= 2 and 1 <= filters.q <= 5 and filters.multiplicities().sum() == filters.q


def test_networks_and_filters_reach_their_corners() -> None:
    find(strategies.sign_grid_filters(), lambda f: (f.multiplicities() == 0).any(), settings=SEARCH)
    find(strategies.convolutional_networks(2), lambda h: h.k == 2, settings=SEARCH)
    find(strategies.activations(), lambda sigma: sigma.name == "abs", settings=SEARCH)


def test_negative_control_a_false_lemma_on_networks_is_refuted() -> None:
    @settings(deadline=None, database=None)
    @given(strategies.fully_connected_networks(2))
    def every_network_is_nonnegative(network: Any) -> None:
        assert all(value >= 0 for value in network.values_on_cube().fractions())

    with pytest.raises(AssertionError):
        every_network_is_nonnegative()


@QUICK
@given(st.data(), strategies.dimensions(2, 5))
def test_learning_problems_and_multiplicities(data: Any, n: int) -> None:
    problem = data.draw(strategies.learning_problems(n))
    assert problem.n == problem.distribution.n == n and 0 <= problem.hinge_slope <= 1
    assert set(problem.labels().tolist()) <= {1, -1} and problem.labels().shape == (2**n,)
    counts = data.draw(strategies.multiplicities(n, maximum=3))
    assert counts.shape == (n,) and counts.min() >= 0 and counts.max() <= 3 and counts.dtype == np.int64


def test_learning_problems_reach_both_ends_of_the_slope_and_both_kinds_of_target() -> None:
    for wanted in (lambda p: p.hinge_slope == 0, lambda p: p.hinge_slope == 1, lambda p: isinstance(p.target, KPattern),
                   lambda p: isinstance(p.target, BooleanFunction) and not p.is_uniform):
        find(strategies.learning_problems(2), wanted, settings=SEARCH)


@QUICK
@given(strategies.convex_losses(3), st.lists(strategies.rationals(-3, 3), min_size=6, max_size=6))
def test_convex_losses_lie_above_their_tangents(loss: Any, numbers: list[Fraction]) -> None:
    x, y = tuple(numbers[:3]), tuple(numbers[3:])
    slope = sum(g * (b - a) for g, a, b in zip(loss.subgradient(x), x, y))
    assert loss.value(y) >= loss.value(x) + slope


@QUICK
@given(st.data(), strategies.dimensions(1, 5), st.integers(0, 2**32 - 1))
def test_neurons_laws_and_permutations(data: Any, n: int, seed: int) -> None:
    assert sorted(data.draw(strategies.permutations(n))) == list(range(n))
    neuron = data.draw(strategies.neurons(n))
    assert neuron.n == n and neuron.squared_scale > 0 and neuron.is_piecewise_linear
    law = data.draw(strategies.weight_laws(n))
    drawn = law.sample_neuron(n, np.random.default_rng(seed))
    assert drawn.n == n and law.is_invariant


@QUICK
@given(strategies.piecewise_linear_activations())
def test_piecewise_linear_activations_have_slopes_within_their_pieces(sigma: Any) -> None:
    assert sigma.form.degree <= 1 and 0 <= sigma.kink_slope <= 1
    for point in sigma.form.breakpoints:
        left, right = (side.exact for side in sigma.form.slopes(point))
        assert min(left, right) <= sigma.derivative(point).exact <= max(left, right)


def test_neurons_and_laws_reach_their_corners() -> None:
    wanted = (lambda g: 0 in g.magnitudes and len(g.classes) > 1, lambda g: len(g.classes) == 1 and g.n > 1,
              lambda g: g.activation.kink_slope not in (0, 1), lambda g: g.squared_scale == Fraction(1, 3),
              lambda g: g.pieces.kinks and g.activation.name == "relu" and g.bias != 0,
              lambda g: g.activation.name == "triangle:2", lambda g: g.activation.name == "sign")
    for condition in wanted:
        find(strategies.neurons(3), condition, settings=REACH)
    for name in ("orbit", "parity", "sparse", "gaussian", "signs/sqrt(n)"):
        find(strategies.weight_laws(3), lambda law: law.name.startswith(name), settings=REACH)
    find(strategies.permutations(3), lambda p: p == (2, 0, 1), settings=REACH)
