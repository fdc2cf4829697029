"""The gradient's formula and the permutations: what holds, and what a wrong formula would give."""
from fractions import Fraction
from math import comb

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.statements import theorem12_gradient
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED


def theorem12(seed=0, **values):
    return Theorem12(Theorem12Parameters.from_values({"n": 5, "k": 2, **values}), Settings(seed))


@pytest.mark.parametrize("values", [
    {}, {"weights": "gaussian"}, {"weights": "orbit:1,-2,3,0,1/7", "bias": "1/2", "offset": 3}, {"k": 5}, {"k": 1},
    {"readout": "zero"}, {"readout": "1/q"}, {"readout": "1/q", "gamma": 1, "bias": -1}, {"activation": "tanh"},
    {"activation": "clip:-1/2,1", "kink_slope": "1/3"}, {"n": 1, "k": 1}, {"weights": "parity:3",
                                                                           "activation": "triangle:3"},
    {"n": 300, "k": 20, "weights": "sparse:7"}], ids=str)
def test_the_formula_holds(values):
    outcome = theorem12_gradient.gradient_formula(theorem12(seed=1, **values))
    assert outcome.verdict is VERIFIED and outcome.lhs.value.exact == 0
    slope = dict((entry.label, entry.value.exact) for entry in outcome.alternatives)
    assert slope["mean slope of the hinge; 1 while |h| < 1"] == 1


def test_readouts_that_push_h_beyond_1_break_it():
    outcome = theorem12_gradient.gradient_formula(theorem12(readout="ones", q=3))
    assert outcome.verdict is REFUTED and outcome.lhs.value.exact > 0
    assert Fraction(outcome.counterexample["gradient"]) != Fraction(outcome.counterexample["formula"])


@pytest.mark.parametrize("values, note", [
    ({"q": 1, "weights": "signs/n"}, "u=1/2 in place of 1, which keeps |h| < 1"),
    ({"q": 1, "weights": "signs/n", "gamma": 1}, ""), ({"q": 2, "weights": "orbit:1,0,0,0,0", "gamma": 1,
                                                       "activation": "clip:-1/4,1/4"}, ""),
    ({"q": 1, "activation": "tanh", "weights": "orbit:1,2,3,4,5"}, "u=1/30 in place of 1")], ids=str)
def test_readouts_of_1_that_keep_h_small_obey_it(values, note):
    # One neuron where the instance has one; its copy may be larger, as relu is in place of tanh.
    outcome = theorem12_gradient.gradient_formula(theorem12(readout="ones", **values))
    assert outcome.verdict is VERIFIED and note in outcome.note


@pytest.mark.parametrize("broken", ["value", "coordinates"])
def test_a_wrong_coefficient_is_noticed(monkeypatch, broken):
    original = theorem12_gradient._coefficients

    def wrong(neuron, subset):
        value, moved = original(neuron, subset)
        return (value + Fraction(1, 10**9), moved) if broken == "value" else (value, moved[::-1])

    monkeypatch.setattr(theorem12_gradient, "_coefficients", wrong)
    assert theorem12_gradient.gradient_formula(theorem12(weights="orbit:1,2,3,4,5")).verdict is REFUTED


@pytest.mark.parametrize("n, k", [(1, 1), (5, 1), (5, 2), (5, 5), (7, 3), (20, 19), (1000, 10)])
def test_permutations_and_maximal_sets(n, k):
    instance = theorem12(n=n, k=k, weights="signs/n")
    assert theorem12_gradient.permutation_identity(instance).verdict is VERIFIED
    with_bit, without = theorem12_gradient.sets_with(instance), theorem12_gradient.sets_without(instance)
    assert with_bit.verdict is VERIFIED and with_bit.alternatives[0].value.exact == comb(n - 1, k - 1)
    if k == n:
        assert without.verdict is None
    else:
        assert without.verdict is VERIFIED and without.alternatives[0].value.exact == comb(n - 1, k)


@pytest.mark.parametrize("name", ["sets_with_bound", "sets_without_bound"])
def test_k_swapped_with_n_minus_k_is_noticed(monkeypatch, name):
    from theorycheck.bounds import theorem12 as formulas
    from theorycheck.bounds.symbols import k, n
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda: original(n, n - k))
    check = theorem12_gradient.sets_with if name == "sets_with_bound" else theorem12_gradient.sets_without
    assert check(theorem12(n=7, k=2)).verdict is REFUTED


def test_a_formula_wrong_at_the_instance_alone_is_noticed(monkeypatch):
    instance = theorem12(n=16, k=4)
    original = instance.bound

    def wrong(name, **values):
        found = original(name, **values)
        return found if values.get("n", 16) < 16 else found + 1

    monkeypatch.setattr(instance, "bound", wrong)
    assert theorem12_gradient.sets_with(instance).verdict is REFUTED


def test_failures_are_counted(monkeypatch):
    monkeypatch.setattr(theorem12_gradient, "identity_failures", lambda n, subset: (3, 100))
    assert theorem12_gradient.permutation_identity(theorem12()).verdict is REFUTED
    monkeypatch.setattr(theorem12_gradient, "distinct_images", lambda n, subset, fixed: 99 if fixed == 4 else 3)
    assert theorem12_gradient.sets_without(theorem12()).verdict is REFUTED


def test_the_small_neurons_are_drawn_from_the_law():
    neurons, readout, _ = theorem12_gradient._small_neurons(theorem12(weights="gaussian"))
    assert len(neurons) == 4 and readout == [1, -1, 1, -1] and neurons[0].key != neurons[2].key
    assert neurons[0].key == neurons[1].key
