"""An instance of Theorem 12: laws, constants, readouts, orbits."""
from fractions import Fraction

import pytest

from theorycheck.claims import Settings
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12, formula, law_of


def theorem12(seed=0, **values):
    return Theorem12(Theorem12Parameters.from_values({"n": 6, "k": 2, "q": 4, **values}), Settings(seed))


def test_formulas_come_from_both_modules():
    assert formula("filter_gradient_bound")(6, 2, 1) == Fraction(3, 5) and formula("logarithmic_size")(8) == 3


@pytest.mark.parametrize("text, message", [
    ("xavier", "'weights' must be one of"), ("sampler:no_such_module:draw", "needs MODULE:FUNCTION"),
    ("sampler:math:no_such", "needs MODULE:FUNCTION"), ("sampler:math:pi", "must be callable"),
    ("sampler:math", "needs MODULE:FUNCTION"), ("sampler:", "needs MODULE:FUNCTION")])
def test_laws_that_cannot_be_read(text, message):
    with pytest.raises(ParameterError, match=message):
        law_of(text)


@pytest.mark.parametrize("name, message", [("orbit_samplers:too_short", r"must return 6 weights, not shape \(5,\)"),
                                           ("math:gcd", "failed at n=6: TypeError")])
def test_a_sampler_that_fails_says_so(name, message):
    with pytest.raises(ParameterError, match=message):
        theorem12(weights=f"sampler:{name}").neuron  # noqa: B018


def test_the_constant():
    assert theorem12(weights="signs/n").c.exact == 1
    assert theorem12(weights="orbit:1,2,3,4,5,6", bias="1/2").c.exact == Fraction(43, 2)
    assert theorem12(c="7/2").c.exact == Fraction(7, 2) and theorem12(weights="gaussian").c is None
    # sqrt(6) is irrational; for one orbit it stays so, for many it is rounded up.
    assert not theorem12().c.is_exact and theorem12(weights="uniform").c.is_exact
    assert theorem12(activation="zero").c.exact == 1


def test_readouts():
    assert theorem12(readout="zero").squared_readouts.exact == 0 and theorem12().squared_readouts.exact == 4
    assert theorem12(readout="1/q", weights="orbit:1,1,1,1,1,1").squared_readouts.exact == Fraction(1, 36 * 4)
    assert theorem12(readout="1/q", c="1/8").largest_readout.exact == 2
    assert theorem12(readout="zero").largest_readout.exact == 0


def test_one_orbit_or_many():
    assert len(theorem12().orbits) == 1
    many = theorem12(weights="uniform", draws=7)
    assert len(many.orbits) == 7 and len({orbit.neuron.key for orbit in many.orbits}) == 7
    # The first drawn orbit is that of the neuron shown elsewhere; another seed draws others.
    assert many.orbits[0].neuron.key == many.neuron.key != theorem12(seed=1, weights="uniform").neuron.key


def test_equal_orbits_are_computed_once(monkeypatch):
    from theorycheck.orbits import averages
    calls = []
    original = averages.orbit_average
    monkeypatch.setattr(averages, "orbit_average", lambda *a, **b: calls.append(1) or original(*a, **b))
    instance = theorem12(weights="sampler:orbit_samplers:shuffled_ones", draws=9)
    assert not instance.obstacle and len(instance.orbits) == 9 and len(calls) == 1


def test_bounds_take_the_instance_s_values():
    instance = theorem12(c="2")
    assert instance.bound("readout_gradient_bound").exact == Fraction(16, 15)
    assert instance.bound("readout_gradient_bound", q=1, c=1).exact == Fraction(1, 15)
    assert decide(instance.bound("sharp_filter_gradient_bound"), "==", Fraction(4 * 5, 15))


def test_what_meets_the_constants():
    assert theorem12().meets_the_constants and theorem12(weights="gaussian").meets_the_constants
    for values in ({"c": "1"}, {"activation": "leaky_relu:2"}, {"weights": "sampler:orbit_samplers:gaussian"},
                   {"readout": "1/q", "c": "1/100"}, {"activation": "square"}):
        assert not theorem12(**values).meets_the_constants, values


def test_subset_and_method():
    assert theorem12(offset=3).subset == (3, 4) and theorem12().method.startswith("by krawtchouk")
