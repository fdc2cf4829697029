"""The constant c: exact on an interval, rounded upwards for a law, none where |sigma| has no bound."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named, user_activation
from theorycheck.neurons.neuron import read_neuron
from theorycheck.orbits.laws import law_named
from theorycheck.rigor import Real, decide
from theorycheck.statements.theorem12_constants import largest_activation, largest_between, law_bound, rounded_up


@settings(max_examples=40, deadline=None)
@given(st.fractions(-4, 4, max_denominator=3), st.fractions(0, 4, max_denominator=3),
       st.sampled_from(("relu", "clipped_relu:1", "clip:-2,1", "abs", "leaky_relu:1/2", "peaks:2", "triangle:1")))
def test_no_point_of_the_interval_is_above_and_some_grid_point_attains(middle, reach, name):
    activation = activation_named(name)
    found = largest_between(activation, middle, Real(reach)).exact
    places = [middle - reach + 2 * reach * Fraction(step, 60) for step in range(61)]
    values = [abs(activation(place).exact) for place in places]
    # Slopes are at most 1, so between neighbours on the grid it rises by at most one step.
    assert max(values) <= found <= max(values) + reach / 30


def test_smooth_activations_bring_their_own_bound():
    assert largest_between(activation_named("tanh"), Fraction(0), Real(9)).exact == 1
    assert largest_between(user_activation("mine", lambda t: t), Fraction(0), Real(9)) is None


def test_pieces_of_degree_2_may_turn_inside():
    square, pieces = activation_named("square"), ((Fraction(0), Fraction(1)), (Fraction(0), Fraction(3), Fraction(-1)))
    bump = Activation("bump", PiecewisePolynomial((Fraction(0),), pieces), None, None)
    assert largest_between(square, Fraction(-1), Real(2)).exact == 9
    assert largest_between(bump, Fraction(1), Real(1)).exact == Fraction(9, 4)
    assert largest_between(bump, Fraction(0), Real(1)).exact == 2
    root = largest_between(square, Fraction(0), Real(2).sqrt())
    assert decide(root, ">", Fraction(1999, 1000)) and decide(root, "<", Fraction(2001, 1000))


def test_one_neuron():
    assert largest_activation(read_neuron([3, -1, 2], -1)).exact == 5
    root = largest_activation(read_neuron([1] * 5, 0, "relu", "1/5"))
    assert decide(root * root, ">", Fraction(4999, 1000)) and decide(root * root, "<", Fraction(5001, 1000))
    # A slope of 0 at an irrational end is still exactly 0.
    assert largest_activation(read_neuron([1] * 5, 0, "zero", "1/5")).exact == 0


@pytest.mark.parametrize("name", ["uniform", "signs/sqrt(n)", "sparse:2", "parity:3"])
@pytest.mark.parametrize("bias", [Fraction(0), Fraction(-1, 3)])
def test_a_law_s_bound_holds_for_its_draws(name, bias):
    law, relu = law_named(name), activation_named("relu")
    bound = law_bound(law, 5, relu, bias)
    assert bound.is_exact
    rng = np.random.default_rng(0)
    for _ in range(20):
        neuron = law.sample_neuron(5, rng, bias)
        # Signs over sqrt(n) attain it, up to the rounding upwards.
        assert decide(largest_activation(neuron), "<=", bound)


def test_laws_without_a_bound():
    relu = activation_named("relu")
    assert law_bound(law_named("gaussian"), 5, relu, Fraction(0)) is None
    assert law_bound(law_named("gaussian:1"), 5, activation_named("clip:-2,1"), Fraction(0)).exact == 2


def test_rounding_is_upwards_by_less_than_the_grid():
    root = Real(2).sqrt()
    up = rounded_up(root)
    assert decide(up, ">=", root) and decide(up - root, "<=", Fraction(1, 2**63))
    assert rounded_up(Real(Fraction(1, 3))).exact == Fraction(1, 3)
