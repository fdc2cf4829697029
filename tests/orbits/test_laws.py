"""Weight laws: what they draw, what they say of themselves, and what they refuse."""
from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.networks.rationals import RationalArray
from theorycheck.orbits.laws import law_named, user_law

NAMES = ("orbit:1,-2,1/2,0", "signs/n", "signs/sqrt(n)", "gaussian", "gaussian:1/2", "uniform", "sparse:3", "parity:2")


def _rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_law_says_holds_for_its_draws(name):
    law, rng, keys = law_named(name), _rng(), set()
    for _ in range(50):
        neuron = law.sample_neuron(4, rng)
        keys.add(neuron.key)
        norm = neuron.squared_scale * sum(w**2 for w in neuron.weights.fractions())
        bound = law.squared_norm_bound(4)
        assert bound is None or norm <= bound
        assert (neuron.bias != 0) == (name == "gaussian:1/2")
    assert law.name == name and law.is_invariant
    assert law.shares_orbit == (len(keys) == 1)
    assert (law.squared_norm_bound(4) is None) == law.is_normal == name.startswith("gaussian")


@pytest.mark.parametrize("name, weights, norm", [
    ("orbit:1,-2,1/2,0", {Fraction(1), Fraction(-2), Fraction(1, 2), Fraction(0)}, Fraction(21, 4)),
    ("signs/n", {Fraction(1), Fraction(-1)}, Fraction(1, 4)),
    ("signs/sqrt(n)", {Fraction(1), Fraction(-1)}, Fraction(1)),
    ("sparse:3", {Fraction(0), Fraction(1), Fraction(-1)}, Fraction(1)),
    ("parity:2", {Fraction(0), Fraction(1)}, Fraction(2)),
])
def test_exact_laws(name, weights, norm):
    law, rng = law_named(name), _rng(1)
    draws = [law.sample_weights(4, rng).fractions() for _ in range(60)]
    assert {w for draw in draws for w in draw} == weights
    scale = law.squared_scale(4)
    assert {scale * sum(w**2 for w in draw) for draw in draws} == {norm}


@pytest.mark.parametrize("name", ["parity:2", "orbit:1,0,0,1"])
def test_every_arrangement_comes_up_equally_often(name):
    # Six arrangements, 3000 draws: a count is 120 off its mean, 500, with probability below 12e^(-9.6) < 0.001.
    law, rng = law_named(name), _rng(2)
    counts = Counter(tuple(law.sample_weights(4, rng).fractions()) for _ in range(3000))
    assert len(counts) == 6 and all(abs(count - 500) < 120 for count in counts.values())


def test_draws_are_reproducible_and_exact_numbers():
    first, second = (law_named("gaussian:1").sample_neuron(5, _rng(3), "1/3") for _ in range(2))
    assert first.key == second.key
    draw = _rng(3).standard_normal(6)
    assert first.weights.fractions() == [Fraction(w) for w in draw[:5].tolist()]
    assert first.bias == Fraction(1, 3) + Fraction(float(draw[5]))


def test_a_user_law():
    law = user_law("ramp", lambda n, rng: RationalArray(np.arange(n), n), squared_norm_bound="5/2")
    assert not law.is_invariant and not law.shares_orbit and law.squared_norm_bound(9) == Fraction(5, 2)
    assert law.sample_neuron(3, _rng(), 1).weights.fractions() == [0, Fraction(1, 3), Fraction(2, 3)]
    assert user_law("ones", lambda n, rng: [1] * n).squared_norm_bound(3) is None


@pytest.mark.parametrize("call, message", [
    (lambda: law_named("xavier"), "'weights' must be one of orbit:W1,…,WN, signs/n, signs/sqrt(n), gaussian, "
                                  "gaussian:BETA, uniform, sparse:R, parity:R, not 'xavier'."),
    (lambda: law_named("signs/n:3"), "'weights' must be one of orbit:W1,…,WN, signs/n, signs/sqrt(n), gaussian, "
                                     "gaussian:BETA, uniform, sparse:R, parity:R, not 'signs/n:3'."),
    (lambda: law_named("sparse"), "'weights' sparse needs R, as in sparse:3."),
    (lambda: law_named("orbit:"), "'weights' orbit needs its weights, as in orbit:1,2,3."),
    (lambda: law_named("sparse:0"), "'weights' sparse must have a whole R of at least 1, not 0."),
    (lambda: law_named("sparse:1/2"), "'weights' sparse must have a whole R of at least 1, not 1/2."),
    (lambda: law_named("orbit:1,nan"), "'weights' must be a finite number, not nan."),
    (lambda: law_named("gaussian:-1"), "'weights' gaussian must have a bias scale of at least 0, not -1."),
    (lambda: law_named("gaussian:"), "'weights' must be a finite number, not ''."),
    (lambda: law_named("orbit:1,2").sample_weights(3, _rng()), "'n' must be 2 for the law orbit:1,2, not 3."),
    (lambda: law_named("sparse:5").sample_weights(4, _rng()), "'n' must be at least 5 for the law sparse:5, not 4."),
    (lambda: law_named("parity:0").sample_weights(0, _rng()), "'n' must be at least 1, not 0."),
    (lambda: law_named("signs/n").sample_weights(4, None), "'rng' must be a numpy.random.Generator, not None."),
    (lambda: user_law("mine", 3), "'sampler' must be callable, not 3."),
    (lambda: user_law("mine", lambda n, rng: np.ones(3)).sample_weights(4, _rng()),
     "'sampler' must return 4 weights, not shape (3,)."),
    (lambda: user_law("mine", lambda n, rng: np.full(4, np.inf)).sample_weights(4, _rng()),
     "'sampler' must be finite, not inf."),
    (lambda: user_law("mine", lambda n, rng: np.ones(3), squared_norm_bound=-1),
     "'squared_norm_bound' must be at least 0, not -1."),
    # A bound that the user vouches for and a draw breaks: intervals that rest on it would be wrong.
    (lambda: user_law("mine", lambda n, rng: np.ones(4), squared_norm_bound="7/2").sample_weights(4, _rng()),
     "'squared_norm_bound' must be at least the squared norm of every draw, here 4, not 7/2."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
