"""Exact level weights of a piecewise linear neuron with any rational weights, by Walsh–Hadamard transforms.

The levels asked for mostly have one parity (k ± 1 for the slope, k for the value), and the spectrum at the even or odd
levels is that of the neuron's even or odd part, which half the cube determines: one integer transform of half the size
for each parity.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from theorycheck.errors import require_integer
from theorycheck.neurons.half_cubes import HalfCube, require_tables
from theorycheck.neurons.half_spectra import level_products
from theorycheck.neurons.neuron import IntegerSteps, Neuron
from theorycheck.neurons.results import NeuronLevels
from theorycheck.neurons.symmetric_parts import Component, SymmetricPart, integer_components, symmetric_part
from theorycheck.neurons.wide_levels import is_wide_cheaper, wide_levels
from theorycheck.rigor import Real

_NOTHING = IntegerSteps((), (Fraction(0),))


def transform_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int], *,
                     threads: int | None = None) -> NeuronLevels:
    """Return the level weights of a piecewise linear neuron exactly, by transforms over the cube.

    Parameters
    ----------
    neuron : Neuron
        Piecewise linear, with any rational weights: large, tiny, repeated or zero.  Zero weights cost nothing.
    slope_levels, value_levels : iterables of int
        Levels in 0 ... n for σ' and for σ.
    threads : int, optional
        Most threads; the result does not depend on it.

    Returns
    -------
    NeuronLevels
        Method ``transform``.  Exact rationals; where √squared_scale is irrational and both constants and slopes of σ
        matter, the values' weights are a + b·√squared_scale with exact a and b, enclosed.

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``,
        ``'slope_levels' must be at least 0 and at most n=3, not 4.`` and ``'threads' must be at least 1, not 0.``
    InstanceTooLarge
        Where the tables are above the memory budget, with the largest number of nonzero weights that fits.

    Notes
    -----
    With d nonzero weights, for each parity among the levels: a table of 2^(d-1) entries, its transform in
    O(d 2^(d-1)), and the products of the entries asked for.  Entries take 4 bytes for σ' and for short weights, else 8;
    numbers too wide for 64 bits (float64 draws, say) take several tables of 8 bytes.  Source: MS21, Theorem 12, and
    O'Donnell, Analysis of Boolean Functions, Definition 1.18.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> levels = transform_levels(read_neuron([1, 2, 3, 4, 5, 6], "1/2"), (1, 3), (2,))
    >>> ((6 - 2 + 1) * levels.slope[1] + (2 + 1) * levels.slope[3]).exact / 15, levels.value[2].exact / 15
    (Fraction(179, 2560), Fraction(7079, 15360))
    """
    slopes, values = (read_levels(name, levels, neuron.n) for name, levels in
                      (("slope_levels", slope_levels), ("value_levels", value_levels)))
    if threads is not None:
        threads = require_integer("threads", threads, minimum=1)
    pieces = neuron.pieces
    magnitudes = tuple(magnitude for magnitude in neuron.magnitudes if magnitude)
    zeros = neuron.n - len(magnitudes)
    if not magnitudes:
        constant = {0: pieces.slope(0) ** 2}, {0: pieces.intercept(0) ** 2}
        slope, value = ({level: Real(found.get(level, Fraction(0))) for level in levels}
                        for levels, found in zip((slopes, values), constant))
        kinks = 2**neuron.n if 0 in pieces.kinks else 0
    else:
        half = HalfCube(magnitudes)
        slope = _weights(half, pieces.slope, _NOTHING, Fraction(1), slopes, threads)
        value = _weights(half, pieces.intercept, pieces.rise, neuron.squared_scale, values, threads)
        if pieces.kinks:
            require_tables(len(magnitudes), 4)
        kinks = sum(half.count(kink) + half.count(-kink) for kink in pieces.kinks) << zeros
    return NeuronLevels(slope, value, kinks, "transform", f"an exact transform over the {len(magnitudes)} variables "
                                                          f"with nonzero weights")


def read_levels(name: str, levels: Iterable[int], n: int) -> tuple[int, ...]:
    """Return the levels ascending, each once, or raise ParameterError unless all are in 0 ... n."""
    return tuple(sorted({require_integer(name, level, 0, n, "n") for level in levels}))


def _weights(half: HalfCube, intercept: IntegerSteps, rise: IntegerSteps, squared_scale: Fraction,
             levels: Sequence[int], threads: int | None) -> dict[int, Real]:
    """The weights of intercept(s) + √r·rise(s)·s at the levels."""
    found: dict[int, Real] = {}
    for parity in (0, 1):
        asked = [level for level in levels if level % 2 == parity and level <= len(half.magnitudes)]
        if asked:
            part = symmetric_part(intercept, rise, parity, half.reach)
            if part.starts:
                found.update(_transformed(half, part, squared_scale, asked, threads))
            elif asked[0] < 2:
                # A constant, if even, else a multiple of s; both are twice f's part.
                constant, slope = part.constant_unit * part.constants[0], part.slope_unit * part.slopes[0]
                found[asked[0]] = Real(constant**2 / 4 if parity == 0 else
                                       slope**2 / 4 * squared_scale * sum(m**2 for m in half.magnitudes))
    return {level: found[level] if level in found else Real(0) for level in levels}


def _transformed(half: HalfCube, part: SymmetricPart, squared_scale: Fraction, levels: Sequence[int],
                 threads: int | None) -> dict[int, Real]:
    """The weights of a function twice the size of ``part`` at levels of its parity."""
    require_tables(len(half.magnitudes), 4)
    components = integer_components(part, squared_scale, half.magnitudes, levels[0])
    found = None
    if is_wide_cheaper(components, len(half.magnitudes), levels):
        found = wide_levels(half, part, squared_scale, levels, threads)
    if found is None:
        found = component_levels(half, part.starts, components, squared_scale, levels, threads)
    return {level: Real(plain) + Real(squared_scale).sqrt() * rooted if rooted else Real(plain)
            for level, (plain, rooted) in found.items()}


def component_levels(half: HalfCube, starts: Sequence[int], components: Sequence[Component], squared_scale: Fraction,
                     levels: Sequence[int], threads: int | None) -> dict[int, tuple[Fraction, Fraction]]:
    """Return for each level the a and b of a + b·√r, from the products of all pairs of components.

    The weights are those of a function on the whole cube half as large as the components' sum.  Raises
    InstanceTooLarge as :func:`transform_levels`.
    """
    variables = len(half.magnitudes)
    require_tables(variables, sum(component.itemsize for component in components))
    # S without the last variable has one element less or as many.
    wanted = sorted({level - removed for level in levels for removed in (0, 1)})
    totals = {level: [Fraction(0), Fraction(0)] for level in levels}
    for (place, other), found in level_products(half, starts, components, wanted, threads).items():
        left, right, products = components[place], components[other], dict(zip(wanted, found))
        scale = left.scale * right.scale * (1 if other == place else 2) / 4**variables
        if left.is_rooted and right.is_rooted:
            scale *= squared_scale
        for level in levels:
            totals[level][left.is_rooted != right.is_rooted] += scale * (products[level - 1] + products[level])
    return {level: (plain, rooted) for level, (plain, rooted) in totals.items()}
