"""Theorem 12's proof, first half: the gradient as a Fourier coefficient, and what a permutation of the bits does."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.rigor import decide
from theorycheck.statements.theorem12_enumeration import distinct_images, identity_failures
from theorycheck.statements.theorem12_instance import Theorem12
from theorycheck.statements.theorem12_small import SmallCopy, joined
from theorycheck.statements.theorem12_tables import root_of, tables

if TYPE_CHECKING:
    from theorycheck.networks.architectures import FullyConnectedNetwork
    from theorycheck.neurons.neuron import Neuron


# ------------------------------------------------------------------ the gradient
def gradient_formula(instance: Theorem12) -> Outcome:
    """∂L/∂w_j = -u E[x_j σ'(⟨w,x⟩+b) χ_I(x)] and ∂L/∂u = -E[σ(⟨w,x⟩+b) χ_I(x)] while |h| <= 1."""
    from theorycheck.cube.patterns import KPattern
    from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
    from theorycheck.networks.problems import LearningProblem
    neurons, readout, note = _small_neurons(instance)
    subset = instance.small.subset
    network = _network(neurons, readout)
    pattern = KPattern.parity(network.n, len(subset), subset[0])
    exact = exact_loss_and_gradient(network, LearningProblem(pattern, hinge_slope=instance.gamma))
    expected = [_coefficients(neuron, subset) for neuron in neurons]
    filters = [-u * moved for (_, coordinates), u in zip(expected, readout) for moved in coordinates]
    outer = [-value for value, _ in expected]
    pairs = list(zip(exact.filters.fractions() + exact.readout.fractions(), filters + outer))
    wrong = sum(1 for found, formula in pairs if found != formula)
    largest = max(range(len(pairs)), key=lambda place: abs(pairs[place][0] - pairs[place][1]))
    active = exact.active_probability + exact.tied_probability * instance.gamma
    return relation_outcome(
        Quantity.of(wrong, "entries that differ"), "==", Quantity.of(0),
        alternatives=(Quantity.of(len(pairs), "entries compared"),
                      Quantity.of(active, "mean slope of the hinge; 1 while |h| < 1")),
        method="both sides in rationals, the gradient over all points of the cube",
        note=joined(f"{network.filter_count} neurons on n={network.n} bits, k={len(subset)}", note),
        counterexample={"entry": str(largest), "gradient": str(pairs[largest][0]), "formula": str(pairs[largest][1])})


def _small_neurons(instance: Theorem12) -> tuple[list[Neuron], list[Fraction], str]:
    """Two drawn neurons on few bits, each twice, with the instance's kind of readout."""
    rng, small = instance.rng("small"), instance.small
    other = SmallCopy.of(instance, small.n, instance.law.sample_neuron(instance.n, rng, instance.bias,
                                                                       instance.activation)).neuron
    kind = instance.parameters.readout
    if kind == "ones":
        neurons = [small.neuron, other][:instance.q]
        share, note = _share_of_one(instance, neurons)
        return neurons, [share] * len(neurons), joined(note, small.note)
    neurons = [small.neuron, small.neuron, other, other]
    if kind == "pairs":
        return neurons, [Fraction(1), Fraction(-1)] * 2, small.note
    if kind == "zero":
        return neurons, [Fraction(0)] * 4, small.note
    # Half of it unless the hinge has slope 1 at margin 1 too, which four equal neurons reach together.
    largest = max(max(abs(value) for value in _values(neuron)) for neuron in (small.neuron, other)) or Fraction(1)
    share = Fraction(1, 4 if instance.gamma == 1 else 8) / largest
    return neurons, [share * (1 - 2 * int(rng.integers(2))) for _ in neurons], small.note


def _share_of_one(instance: Theorem12, neurons: list[Neuron]) -> tuple[Fraction, str]:
    """The readout for u = 1: less where the instance has |h| <= 1 and its copy would leave that, or reach γ."""
    output = instance.largest_output
    top = sum((max(abs(value) for value in _values(neuron)) for neuron in neurons), Fraction(0))
    is_inside = top < 1 or (top == 1 and instance.gamma == 1)
    if is_inside or output is None or decide(output, "<=", 1) is not True:
        return Fraction(1), ""
    share = (1 if instance.gamma == 1 else Fraction(1, 2)) / top
    return share, f"u={share} in place of 1, which keeps |h| {'<= 1' if instance.gamma == 1 else '< 1'}"


def _network(neurons: list[Neuron], readout: list[Fraction]) -> FullyConnectedNetwork:
    from theorycheck.networks.architectures import FullyConnectedNetwork
    rows = [[weight * root_of(neuron) for weight in neuron.weights.fractions()] for neuron in neurons]
    return FullyConnectedNetwork(rows, [neuron.bias for neuron in neurons], readout, neurons[0].activation)


def _values(neuron: Neuron) -> list[Fraction]:
    return tables(neuron).values


def _coefficients(neuron: Neuron, subset: tuple[int, ...]) -> tuple[Fraction, list[Fraction]]:
    """E[σ χ_I], and E[x_j σ' χ_I] for every j, term by term."""
    table = tables(neuron)
    signs = table.points[:, list(subset)].prod(axis=1).tolist()
    share = Fraction(1, len(signs))
    moved = [share * sum((slope * sign * x for slope, sign, x in zip(table.slopes, signs, column)), Fraction(0))
             for column in table.points.T.tolist()]
    return share * sum((value * sign for value, sign in zip(table.values, signs)), Fraction(0)), moved


# ------------------------------------------------------------------ permutations
def permutation_identity(instance: Theorem12) -> Outcome:
    """χ_I(π(x)) = χ_{π(I)}(x) and ⟨π(x),z⟩ = ⟨x,π^{-1}(z)⟩."""
    n, subset = min(instance.small.n, 6), instance.small.subset
    wrong, count = identity_failures(n, tuple(i for i in subset if i < n) or (0,))
    return relation_outcome(Quantity.of(wrong, "equations that fail"), "==", Quantity.of(0),
                            alternatives=(Quantity.of(count, "equations looked at"),),
                            method=f"all {n}! permutations at all points, n={n}",
                            note="a bijection of the factors, so it holds for every n")


def sets_without(instance: Theorem12) -> Outcome:
    """A maximal set of permutations with distinct π(I) that fix j, j not in I."""
    if instance.k == instance.n:
        return Outcome(None, note="for k=n every j is in I")
    return _maximal_sets(instance, "sets_without_bound", inside=False)


def sets_with(instance: Theorem12) -> Outcome:
    """The same for j in I."""
    return _maximal_sets(instance, "sets_with_bound", inside=True)


def _maximal_sets(instance: Theorem12, name: str, inside: bool) -> Outcome:
    small = instance.small
    places = [j for j in range(small.n) if (j in small.subset) == inside]
    counts = {distinct_images(small.n, small.subset, j) for j in places}
    expected = instance.bound(name, n=small.n, k=small.k)
    at = instance.bound(name)
    # (n-1)! permutations fix j; those with one image of I are as many for each image.
    n, k = instance.n, instance.k
    in_and_out = (k - 1, n - k) if inside else (k, n - 1 - k)
    # One count for every j, or else one that is wrong.
    shown = next((count for count in counts if decide(expected, "!=", count)), min(counts))
    outcome = relation_outcome(
        Quantity.of(shown, "distinct images of I"), "==",
        Quantity.of(expected, f"its size at n={small.n}, k={small.k}"),
        alternatives=(Quantity.of(at, f"its size at n={n}, k={k}"),),
        method=f"all permutations of {small.n} bits that fix j, for every such j",
        note="one permutation for each image, and no image is left out: so such a set exists, and none is larger")
    quotient = comb(sum(in_and_out), in_and_out[0])
    return outcome if decide(at, "==", quotient) else replace(
        outcome, verdict=Verdict.REFUTED, counterexample={"(n-1)!/(stabiliser)": str(quotient)})
