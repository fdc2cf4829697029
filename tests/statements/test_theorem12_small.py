"""The small copy: the instance itself up to seven bits, else its weights from the smallest to the largest."""
import pytest

from theorycheck.claims import Settings
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12
from theorycheck.statements.theorem12_small import SmallCopy, joined


def theorem12(**values):
    return Theorem12(Theorem12Parameters.from_values({"n": 16, "k": 4, **values}), Settings())


def test_up_to_seven_bits_it_is_the_instance():
    small = theorem12(n=6, k=3, weights="orbit:1,-2,3,0,5,6", offset=2).small
    assert small.neuron.magnitudes == (0, 1, 2, 3, 5, 6) and small.subset == (2, 3, 4) and small.note == ""


@pytest.mark.parametrize("n, k, expected", [(16, 4, 2), (16, 1, 1), (16, 16, 7), (16, 15, 6), (8, 8, 7), (8, 7, 6),
                                            (10**4, 100, 2), (10**4, 2, 2), (10**4, 5000, 4), (8, 1, 1)])
def test_bits_of_its_parity(n, k, expected):
    small = theorem12(n=n, k=k, offset=n - k).small
    assert small.n == 7 and small.k == expected and small.subset[-1] == 6
    assert f"n=7, k={expected} in place of n={n}, k={k}" in small.note


def test_a_sparse_neuron_keeps_zeros_and_others():
    magnitudes = theorem12(weights="sparse:3").small.neuron.magnitudes
    assert magnitudes[0] == 0 and magnitudes[-1] == 1


def test_irrational_scales_and_smooth_activations_are_replaced_and_said():
    small = theorem12(n=5, k=2, activation="tanh").small
    assert small.neuron.activation.name == "relu" and "relu in place of tanh" in small.note
    assert "scale 4/9 in place of sqrt(1/5)" in small.note and small.neuron.squared_scale.numerator == 16
    assert "scale" not in theorem12(n=4, k=2).small.note


def test_of_another_neuron():
    instance = theorem12(n=4, k=2, weights="uniform")
    other = instance.law.sample_neuron(4, instance.rng("small"))
    copy = SmallCopy.of(instance, 7, other)
    assert copy.neuron.magnitudes == other.magnitudes != instance.small.neuron.magnitudes


def test_joined():
    assert joined("", "a", "", "b") == "a; b" and joined() == ""
