"""Parseval, the coordinates' shares and the averages over all permutations; a wrong level or count is noticed."""
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons import level_weights
from theorycheck.orbits import averages
from theorycheck.rigor import Real
from theorycheck.statements import theorem12_averages
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED
INSTANCES = [
    {}, {"n": 6, "k": 6, "weights": "orbit:1,2,3,4,5,6", "bias": "1/2"},
    {"n": 7, "k": 3, "weights": "gaussian", "draws": 3},
    {"n": 5, "k": 1, "activation": "clip:-1,1/2", "kink_slope": "1/4"}, {"n": 9, "k": 3, "weights": "sparse:4"},
    {"n": 6, "k": 2, "weights": "uniform", "activation": "tanh", "draws": 3}, {"n": 1, "k": 1}, {"n": 12, "k": 11}]


def theorem12(**values):
    return Theorem12(Theorem12Parameters.from_values({"n": 6, "k": 2, **values}), Settings(2))


@pytest.mark.parametrize("values", INSTANCES, ids=str)
@pytest.mark.parametrize("step", ["parseval", "bessel", "averaging_filters", "averaging_readout"])
def test_every_identity_holds(values, step):
    outcome = getattr(theorem12_averages, step)(theorem12(**values))
    assert outcome.verdict is VERIFIED
    if step != "bessel":
        assert outcome.lhs.value.exact == outcome.rhs.value.exact


@pytest.mark.parametrize("values", INSTANCES, ids=str)
def test_coordinates_and_methods(values):
    instance = theorem12(**values)
    inside, outside = (getattr(theorem12_averages, f"coordinate_{name}")(instance) for name in ("with", "without"))
    assert inside.verdict is VERIFIED and outside.verdict is (None if instance.k == instance.n else VERIFIED)
    # Two enclosures confirm no equality, and a constant neuron has one method.
    assert theorem12_averages.methods(instance).verdict in (VERIFIED, None)


def test_the_coordinates_add_up_to_the_mean():
    instance = theorem12(n=16, k=4)
    inside, outside = theorem12_averages.coordinate_with(instance), theorem12_averages.coordinate_without(instance)
    total = 4 * inside.lhs.value.exact + 12 * outside.lhs.value.exact
    assert total == instance.orbits[0].average.filters.exact
    assert inside.rhs.value.exact == Fraction(1, comb(15, 3)) and outside.rhs.value.exact == Fraction(1, comb(15, 4))


def test_out_of_reach_the_hypothesis_decides():
    instance = theorem12(n=60, k=5, weights="gaussian")
    assert "No method" in instance.obstacle
    assert theorem12_averages.bessel(instance).verdict is VERIFIED
    assert theorem12_averages.coordinate_with(instance).verdict is VERIFIED
    assert theorem12_averages.coordinate_without(instance).verdict is VERIFIED
    assert theorem12_averages.methods(instance).verdict is None
    steep = theorem12(n=60, k=5, weights="gaussian", activation="leaky_relu:3")
    assert theorem12_averages.bessel(steep).verdict is Verdict.INCONCLUSIVE


# Negative controls: what is broken is what the step takes from elsewhere.

def test_a_wrong_method_is_noticed(monkeypatch):
    original = averages.orbit_average

    def wrong(neuron, k, **named):
        found = original(neuron, k, **named)
        share = Fraction(1, 10**12) if named.get("method") == "classes" else 0
        return replace(found, filters=found.filters + share, readout=found.readout + share)

    monkeypatch.setattr(averages, "orbit_average", wrong)
    for step in (theorem12_averages.averaging_filters, theorem12_averages.averaging_readout):
        outcome = step(theorem12())
        assert outcome.verdict is REFUTED and outcome.counterexample == {"differs": "by classes"}


@pytest.mark.parametrize("name, step", [("filter_gradient_mean", "averaging_filters"),
                                        ("readout_gradient_mean", "averaging_readout")])
def test_k_swapped_with_n_minus_k_is_noticed(monkeypatch, name, step):
    from theorycheck.bounds import theorem12 as formulas
    from theorycheck.bounds.symbols import k, n
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda: original(k=n - k) if name[0] == "f" else 2 * original())
    outcome = getattr(theorem12_averages, step)(theorem12(weights="orbit:1,2,3,4,5,6", bias="1/2"))
    assert outcome.verdict is REFUTED


def test_too_few_permutations_are_noticed(monkeypatch):
    from theorycheck.statements.theorem12_enumeration import cyclic_shifts
    monkeypatch.setattr(theorem12_averages, "all_permutations", cyclic_shifts)
    instance = theorem12(n=7, k=3, weights="orbit:1,2,3,4,5,6,7", bias="1/2")
    assert theorem12_averages.averaging_filters(instance).verdict is REFUTED


def test_a_missing_level_is_noticed(monkeypatch):
    original = level_weights.neuron_level_weights

    def wrong(neuron, slopes, values, **named):
        found = original(neuron, slopes, values, **named)
        return replace(found, slope={level: weight for level, weight in found.slope.items() if level != 1})

    monkeypatch.setattr(level_weights, "neuron_level_weights", wrong)
    assert theorem12_averages.parseval(theorem12()).verdict is REFUTED


def test_a_level_weight_above_its_bound_is_noticed():
    instance = theorem12()
    orbit = instance.orbits[0]
    levels = replace(orbit.average.levels, slope={1: Real(Fraction(3)), 3: Real(100)})
    instance.__dict__["orbits"] = (replace(orbit, average=replace(orbit.average, levels=levels)),)
    for step in ("bessel", "coordinate_with", "coordinate_without"):
        assert getattr(theorem12_averages, step)(instance).verdict is REFUTED, step


def test_a_second_method_that_turns_out_too_large_decides_nothing(monkeypatch):
    def refuse(*arguments, **named):
        raise InstanceTooLarge("too large for this way")

    monkeypatch.setattr(level_weights, "cross_check", refuse)
    outcome = theorem12_averages.methods(theorem12())
    assert outcome.verdict is None and "too large for this way" in outcome.note


def test_methods_that_disagree_are_noticed(monkeypatch):
    from theorycheck.statements.theorem12_averages import methods
    original = level_weights.cross_check

    def wrong(*arguments, **named):
        return replace(original(*arguments, **named), agrees=False, differences=("slope 1",))

    monkeypatch.setattr(level_weights, "cross_check", wrong)
    outcome = methods(theorem12())
    assert outcome.verdict is REFUTED and outcome.counterexample == {"differs": "slope 1"}
