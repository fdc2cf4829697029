"""Expectations over weight laws: exact where there is one orbit, else covered by intervals with proven ranges."""
from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import orbit_average_by_levels

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, step_wise
from theorycheck.neurons.neuron import read_neuron
from theorycheck.orbits.averages import orbit_average
from theorycheck.orbits.laws import law_named, user_law
from theorycheck.orbits.sampled_averages import expected_orbit_average
from theorycheck.rigor import decide


def _rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name, activation, weights, scale", [
    ("orbit:3,1,2,0", "relu", [0, 1, 2, 3], 1), ("signs/n", "relu", [1, 1, 1, 1], Fraction(1, 16)),
    ("signs/sqrt(n)", "clip:-1,1", [1, 1, 1, 1], Fraction(1, 4)), ("sparse:2", "tanh", [0, 0, 1, 1], Fraction(1, 2)),
    ("parity:3", "triangle:3", [0, 1, 1, 1], 1)])
def test_one_orbit_is_exact(name, activation, weights, scale):
    found = expected_orbit_average(law_named(name), 4, 2, activation=activation, bias="1/3", readout=2)
    expected = orbit_average(read_neuron(weights, "1/3", activation, scale), 2, readout=2)
    assert found.is_exact and found.draws == 1
    for ours, theirs in ((found.filters, expected.filters), (found.readout, expected.readout)):
        assert ours.interval is None is ours.hoeffding
        assert ours.exact.exact == theirs.exact if theirs.exact is not None else ours.exact.enclose().overlaps(
            theirs.enclose())


def test_equality_in_the_sharp_bound():
    # The parity of a random (k-1)-subset by its slope: all of (i)'s sharp bound; by its value: all of (ii)'s.
    n, k = 12, 4
    slope = expected_orbit_average(law_named("parity:3"), n, k, activation="triangle:3")
    value = expected_orbit_average(law_named("parity:4"), n, k, activation="peaks:4")
    assert slope.filters.exact.exact == Fraction(n - k + 1, comb(n, k))
    assert value.readout.exact.exact == Fraction(1, comb(n, k))


def test_intervals_cover_the_expectation():
    # A law of two orbits, so that the expectation is known: both intervals miss it with probability 1/10 000 each.
    def sampler(n, rng):
        return [1] * n if rng.integers(2) else [1] * (n - 1) + [5]

    law = user_law("mine", sampler, squared_norm_bound=30)
    found = expected_orbit_average(law, 5, 2, bias="1/2", rng=_rng(1), draws=150, level="0.9999")
    pairs = [orbit_average_by_levels(list(map(Fraction, w)), Fraction(1, 2), 2) for w in ([1] * 5, [1] * 4 + [5])]
    for place, part in enumerate((found.filters, found.readout)):
        expectation = (pairs[0][place] + pairs[1][place]) / 2
        assert expectation in part.interval and expectation in part.hoeffding
        assert part.interval.level == Fraction(9999, 10000)
        assert part.interval.upper - part.interval.lower < part.hoeffding.upper - part.hoeffding.lower
    assert found.draws == 150 and sum(found.methods.values()) == 150


@given(st.sampled_from(["relu", "clip:-1/2,2", "abs", "tanh", "triangle:2"]), st.integers(1, 4), st.data())
@settings(deadline=None, max_examples=40)
def test_no_draw_leaves_its_proven_range(activation, n, data):
    k = data.draw(st.integers(1, n))
    weights = data.draw(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=n, max_size=n))
    bias = data.draw(st.fractions(-2, 2, max_denominator=3))
    law = user_law("mine", lambda n, rng: weights, squared_norm_bound=sum(w**2 for w in weights))
    found = expected_orbit_average(law, n, k, activation=activation, bias=bias, rng=_rng(), draws=1)
    for part in (found.filters, found.readout):
        assert decide(part.mean, ">", part.largest) is not True


@pytest.mark.parametrize("count, activation, k, part", [
    (3, "triangle:3", 4, "filters"), (5, "triangle:5", 4, "filters"), (4, "peaks:4", 4, "readout"),
    (5, "identity", 1, "readout")])
def test_the_proven_ranges_are_attained(count, activation, k, part):
    # A smaller range would be wrong: slope and value that are a parity, and a linear function at level 1.
    law = user_law("mine", lambda n, rng: [1] * count + [0] * (n - count), squared_norm_bound=count)
    found = getattr(expected_orbit_average(law, 6, k, activation=activation, rng=_rng(), draws=1, readout=3 if
                                           part == "filters" else 1), part)
    # Of (i)'s two terms only the larger one, here n-k+1 = 3 against k+1 = 5, is the range.
    assert (found.mean.exact == found.largest) == (count != 3)


def test_gaussian_cut_and_tail():
    unbounded = expected_orbit_average(law_named("gaussian"), 5, 2, rng=_rng(2), draws=20)
    assert 0 < unbounded.readout.beyond < Fraction(1, 10**25) and unbounded.filters.beyond == 0
    assert unbounded.readout.interval.upper > unbounded.readout.beyond
    bounded = expected_orbit_average(law_named("gaussian"), 5, 2, activation="clip:-1,1", rng=_rng(2), draws=20)
    assert bounded.readout.largest == Fraction(1, comb(5, 2)) and bounded.readout.beyond == 0


def test_gaussian_expectation_by_symmetry():
    # n = 2, k = 1, b = 0: σ' is half a sign; a sign's level-0 and level-2 weights are 0, so (i) is C(2,1)^-1·2·1/4; the
    # draws do not vary at all, and every interval contains 1/4.
    found = expected_orbit_average(law_named("gaussian"), 2, 1, rng=_rng(3), draws=60, level="0.999")
    assert found.filters.mean.exact == Fraction(1, 4)
    assert Fraction(1, 4) in found.filters.interval
    assert found.filters.interval.upper - found.filters.interval.lower < Fraction(1, 2)


def test_a_step_activation_has_no_slope():
    found = expected_orbit_average(law_named("uniform"), 4, 2, activation=step_wise("sign", (0,), (-1, 1)), rng=_rng(4),
                                   draws=5)
    assert found.filters.mean.exact == 0 == found.filters.interval.upper
    assert found.readout.largest == Fraction(1, 6)


def test_uniform_weights_bound_the_readout():
    found = expected_orbit_average(law_named("uniform"), 4, 2, rng=_rng(5), draws=3)
    # L²‖w‖²/k with ‖w‖² <= 1, n = 4 having an exact root.
    assert found.readout.largest == Fraction(1, 2 * comb(4, 2))


def test_progress_and_reproducibility():
    seen = []
    first, second = (expected_orbit_average(law_named("gaussian"), 4, 2, rng=_rng(6), draws=3,
                                            progress=lambda done, draws: seen.append((done, draws)))
                     for _ in range(2))
    assert seen == [(1, 3), (2, 3), (3, 3)] * 2
    assert first.filters.interval == second.filters.interval


@pytest.mark.parametrize("call, message", [
    (lambda: expected_orbit_average(law_named("gaussian"), 4, 2), "'rng' must be a numpy.random.Generator, not None."),
    (lambda: expected_orbit_average(law_named("gaussian"), 4, 5, rng=_rng()),
     "'k' must be at least 1 and at most n=4, not 5."),
    (lambda: expected_orbit_average(law_named("gaussian"), 4, 2, rng=_rng(), draws=0),
     "'draws' must be at least 1, not 0."),
    (lambda: expected_orbit_average(law_named("gaussian"), 4, 2, rng=_rng(), level=1, draws=1),
     "'level' must be above 0 and below 1, not 1."),
    (lambda: expected_orbit_average(law_named("gaussian"), 4, 2, activation="square", rng=_rng()),
     "'activation' square has no Lipschitz constant, so a draw's average has no proven range."),
    (lambda: expected_orbit_average(user_law("mine", lambda n, rng: np.ones(n)), 4, 2, rng=_rng()),
     "'weights' mine have no proven bound on their norm, and relu is not bounded: give squared_norm_bound."),
    (lambda: expected_orbit_average(user_law("mine", lambda n, rng: np.full(n, 2), squared_norm_bound=15), 4, 2,
                                    rng=_rng()),
     "'squared_norm_bound' must be at least the squared norm of every draw, here 16, not 15."),
    (lambda: expected_orbit_average("gaussian", 4, 2, rng=_rng()), "'law' must be a WeightLaw, not 'gaussian'."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message


def test_influence_bounds_a_level():
    # Why (ii)'s range holds: k W^{=k}[σ] <= L² Σ w², here over every small integer vector.
    for weights in product(range(3), repeat=3):
        for k in (1, 2, 3):
            level = orbit_average(read_neuron(weights, "1/2", activation_named("relu")), k).levels.value[k].exact
            assert k * level <= sum(w * w for w in weights)
