"""Where the hinge's slope is not 1: how rarely, how far that can move the means, and one neuron's means exactly.

The orbit averages are those of a hinge of slope 1 everywhere.  At a margin of exactly 1 its slope is γ, beyond it 0.
With |h| <= 1 the gradient differs by (1-γ)E[1{fh=1}·…] only: by Bessel's inequality at most (1-γ)u²·P[fh=1] in
‖∂L/∂w‖² and ((1-γ)c·P[fh=1])² in (∂L/∂u)², and the triangle inequality bounds the root of the mean.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from theorycheck.claims import Quantity
from theorycheck.rigor import Real, decide
from theorycheck.statements.theorem12_constants import rounded_up
from theorycheck.statements.theorem12_enumeration import LARGEST_N
from theorycheck.statements.theorem12_instance import Theorem12
from theorycheck.statements.theorem12_tables import slope_and_value

if TYPE_CHECKING:
    from theorycheck.neurons.neuron import Neuron

# Distinct pre-activations to look at one by one; and 2^-q is not written out below this.
_MOST_SUMS, _MOST_SIGNS = 2**14, 4096
# Of the laws whose draws share an orbit average, those that differ by signs too, not by permutations alone.
_SIGNED_LAWS = ("signs/", "sparse:")


@dataclass(frozen=True)
class Margin:
    """How often fh = 1 where γ < 1; |h| <= 1.

    Attributes
    ----------
    expected, largest : Fraction
        Upper ends of E_W P_x[fh=1], and of P_x[fh=1] for any draw W; 0 where the hinge's slope is 1 throughout.
    """

    expected: Fraction
    largest: Fraction


@dataclass(frozen=True, eq=False)
class TrueMean:
    """E‖∂L/∂W‖² or E‖∂L/∂u‖² of the hinge itself.

    Attributes
    ----------
    quantity : Quantity or None
        The mean, or an upper end of it; None where neither is known.
    is_bound : bool
        Whether it is an upper end only.
    note : str
        Why; empty where the hinge's slope is 1 throughout.
    """

    quantity: Quantity | None
    is_bound: bool
    note: str


def margin(instance: Theorem12) -> Margin | None:
    """Return how often the hinge's slope is not 1; None where |h| may exceed 1."""
    output = instance.largest_output
    if output is None or decide(output, "<=", 1) is not True:
        return None
    if instance.gamma == 1 or decide(output, "<", 1):
        return Margin(Fraction(0), Fraction(0))
    # |h| = 1 takes the largest |σ| of every neuron, and with random signs all of them right.
    if instance.peak_share is None:
        instance.peak_share = peak_share(instance)
    peak = instance.peak_share
    signs = Fraction(1, 2**min(instance.q, _MOST_SIGNS)) if instance.parameters.readout == "1/q" else Fraction(1)
    return Margin(signs * peak, peak)


def peak_share(instance: Theorem12) -> Fraction:
    """Return at least the share of the points where one neuron's |u σ| reaches 1/q, as fh = 1 takes; 1 if unknown."""
    from theorycheck.networks.smooth_forms import CosineSlope, HyperbolicTangent
    if isinstance(instance.activation.form, (HyperbolicTangent, CosineSlope)):
        return Fraction(0)  # |tanh| < 1, and no rational bound is the wave's 2/pi
    neuron = instance.neuron
    if not instance.is_exact or not neuron.is_piecewise_linear:
        return Fraction(1)
    counts = _sum_counts(neuron)
    if counts is None:
        return Fraction(1)
    pieces, root = neuron.pieces, Real(neuron.squared_scale).sqrt()
    top = 1 / (instance.largest_readout * instance.q)
    reached = 0
    for s, count in counts.items():
        value = root * (pieces.rise(s) * s) + pieces.intercept(s)
        if not (decide(value, "<", top) and decide(-value, "<", top)):
            reached += count
    return Fraction(reached, sum(counts.values()))


def _sum_counts(neuron: Neuron) -> Counter[int] | None:
    """How many points of the cube of the nonzero weights have each integer sum; None where there are too many sums."""
    counts = Counter({0: 1})
    for magnitude, size in neuron.classes:
        if not magnitude:
            continue
        if len(counts) * (size + 1) > _MOST_SUMS:
            return None
        ways = [1]
        for place in range(size):
            ways.append(ways[-1] * (size - place) // (place + 1))
        moved: Counter[int] = Counter()
        for s, count in counts.items():
            for place, way in enumerate(ways):
                moved[s + magnitude * (size - 2 * place)] += count * way
        counts = moved
    return counts


def bounded_above(instance: Theorem12, kind: str, mean: Real) -> Real | None:
    """Return an upper end of a mean of the hinge itself, ``mean`` being (at least) that at slope 1; None if unknown."""
    found, most = margin(instance), _anyhow(instance, kind)
    if found is None or most is None:
        return most if found is None or found.expected else mean
    if not found.expected:
        return mean
    shift = most * found.expected * (1 - instance.gamma)**2 * (1 if kind == "filters" else found.largest)
    root = _upper_end(mean).sqrt() + shift.sqrt()
    return most if decide(most, "<=", root * root) else root * root


def _anyhow(instance: Theorem12, kind: str) -> Real | None:
    """What Bessel's inequality alone gives, whatever slopes between 0 and 1 the hinge has."""
    if kind == "filters":
        lipschitz = instance.activation.lipschitz
        return None if lipschitz is None else instance.squared_readouts * lipschitz**2
    if instance.has_own_constants:
        return Real(instance.q)
    largest = instance.c if instance.largest_value is None else instance.largest_value
    return None if largest is None else largest * largest * instance.q


def _upper_end(value: Real) -> Real:
    """The value, or the upper end of its ball, which is at least 0."""
    if value.exact is not None:
        return value
    mantissa, exponent = value.enclose().upper().man_exp()
    return Real(Fraction(int(mantissa)) * Fraction(2)**int(exponent))


def true_mean(instance: Theorem12, kind: str, mean: Quantity) -> TrueMean:
    """Return the mean of the hinge itself, given that at slope 1: the same, exact for one neuron, or an upper end."""
    found = margin(instance)
    if found is not None and not found.expected:
        return TrueMean(mean, False, "")
    listed = one_neuron(instance)
    if listed is not None:
        return TrueMean(Quantity.of(listed[kind == "readout"], mean.label), False,
                        f"one neuron and all its parities, listed with the hinge's slope gamma={instance.gamma} at "
                        "margin 1 and 0 beyond")
    top = mean.value if mean.interval is None else Real(mean.interval[1])
    assert top is not None
    upper = bounded_above(instance, kind, top)
    why = (f"|h|=1 is possible, where the hinge has slope gamma={instance.gamma}" if found is not None else
           "|h|>1 is possible, where the hinge has slope 0")
    if upper is None:
        return TrueMean(None, True, f"{why}: the mean at slope 1 says nothing here")
    note = f"{why}: {f'with chance at most {_power(found.expected)}' if found is not None else 'anywhere'}"
    if mean.interval is None or mean.level is None:
        return TrueMean(Quantity.of(upper, f"{mean.label}, at most"), True, note)
    # No lower end of a mean that moved is needed.
    end = rounded_up(upper).exact
    assert end is not None
    return TrueMean(Quantity.statistical(Fraction(0), end, mean.level, mean.label), True, note)


def _power(share: Fraction) -> str:
    """A share rounded up to a power of 2."""
    return f"2^-{(share.denominator // share.numerator).bit_length() - 1}"


def one_neuron(instance: Theorem12) -> tuple[Fraction, Fraction] | None:
    """Return both means for q = 1 by listing all parities of k bits, slopes of the hinge included; None if too large.

    The mean over all permutations of w at one parity is that over all parities at one w.  A law with random signs has
    draws for f and for -f alike, as a flip of bits of I turns one into the other; so has a readout of random sign.
    """
    neuron = instance.neuron
    if instance.q != 1 or not instance.is_exact or instance.n > LARGEST_N or not neuron.is_piecewise_linear:
        return None
    u, table = instance.largest_readout.exact, _rational_tables(neuron)
    if u is None or table is None:
        return None
    is_signed = instance.parameters.readout == "1/q" or instance.law.name.startswith(_SIGNED_LAWS)
    readouts = [u, -u] if is_signed else [u]
    filters = outer = Fraction(0)
    for subset in combinations(range(instance.n), instance.k):
        for signed in readouts:
            inner, value = _one_gradient(*table, subset, signed, instance.gamma)
            filters, outer = filters + u * u * inner, outer + value
    share = comb(instance.n, instance.k) * len(readouts)
    return filters / share, outer / share


def _one_gradient(points: list[list[int]], slopes: list[Fraction], values: list[Fraction], subset: tuple[int, ...],
                  u: Fraction, gamma: Fraction) -> tuple[Fraction, Fraction]:
    """‖∂L/∂w‖²/u² and (∂L/∂u)² of one neuron at one parity."""
    coordinates, outer = [Fraction(0)] * len(points[0]), Fraction(0)
    for x, slope, value in zip(points, slopes, values):
        sign = 1
        for place in subset:
            sign *= x[place]
        reached = u * value * sign
        weight = sign * (Fraction(1) if reached < 1 else gamma if reached == 1 else Fraction(0))
        outer += weight * value
        if weight * slope:
            coordinates = [entry + weight * slope * entry_x for entry, entry_x in zip(coordinates, x)]
    return (sum((entry**2 for entry in coordinates), Fraction(0)) / len(points)**2, (outer / len(points))**2)


def _rational_tables(neuron: Neuron) -> tuple[list[list[int]], list[Fraction], list[Fraction]] | None:
    """The points of the cube with σ' and σ there; None where σ takes an irrational value."""
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    from theorycheck.networks.rationals import integer_product
    points = BooleanCube(neuron.n).all_points().astype(np.int64)
    slope, intercept, rise = slope_and_value(neuron, integer_product(points, neuron.weights.numerators[:, None])[:, 0])
    root, rises = Real(neuron.squared_scale).sqrt().exact, rise.fractions()
    if root is None and any(rises):
        return None
    values = [a + (root or 0) * b for a, b in zip(intercept.fractions(), rises)]
    return points.tolist(), slope.fractions(), values
