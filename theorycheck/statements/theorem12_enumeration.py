"""Theorem 12's identities by brute force: every permutation, every set, every point of a small cube, in integers."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from typing import TYPE_CHECKING

from theorycheck.rigor import Real
from theorycheck.statements.theorem12_tables import slope_and_value

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.neurons.neuron import Neuron

#: 7! permutations at 2^7 points.
LARGEST_N = 7


@dataclass(frozen=True, eq=False)
class EnumeratedAverage:
    """Means of squared gradients at u = 1, hinge slope 1.

    Attributes
    ----------
    filters, readout : Real
        Of ‖∂L/∂w‖² and (∂L/∂u)².
    count : int
        Over how many permutations, or parities.
    """

    filters: Real
    readout: Real
    count: int


@lru_cache(maxsize=LARGEST_N)
def all_permutations(n: int) -> np.ndarray:
    """Return all n! permutations of 0…n-1, one a row, as int64, read-only."""
    import numpy as np
    found = np.array(list(permutations(range(n))), dtype=np.int64).reshape(-1, n)
    found.flags.writeable = False
    return found


def cyclic_shifts(n: int) -> np.ndarray:
    """Return the n cyclic shifts of 0…n-1, one a row, as int64."""
    import numpy as np
    return (np.arange(n)[:, None] + np.arange(n)) % n


def identity_failures(n: int, subset: tuple[int, ...]) -> tuple[int, int]:
    """Count where χ_I(π(x)) = χ_{π(I)}(x) or ⟨π(x),z⟩ = ⟨x,π^{-1}(z)⟩ fails, and how many were looked at.

    Over all n! permutations and all 2^n points x; both sides of the second are linear in z, whose entries 1, 3, 9, …
    tell all coordinates apart.  ``π(x)`` has entry x_{π(i)} at i.

    Examples
    --------
    >>> identity_failures(3, (0, 1))
    (0, 96)
    """
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    points = BooleanCube(n).all_points().astype(np.int64)
    z = 3**np.arange(n)
    failures, every = 0, all_permutations(n)
    for permutation in every:
        moved = points[:, permutation]
        inverse = np.argsort(permutation)
        failures += int((moved[:, subset].prod(axis=1) != points[:, permutation[list(subset)]].prod(axis=1)).sum())
        failures += int((moved @ z != points @ z[inverse]).sum())
    return failures, 2 * len(every) * len(points)


def distinct_images(n: int, subset: tuple[int, ...], fixed: int) -> int:
    """Return how many sets π(I) there are, π over all permutations of n bits that fix one of them.

    Examples
    --------
    >>> distinct_images(4, (0, 1), 0), distinct_images(4, (0, 1), 3)
    (3, 3)
    """
    import numpy as np
    every = all_permutations(n)
    fixing = every[every[:, fixed] == fixed]
    return len(np.unique((1 << fixing[:, list(subset)]).sum(axis=1)))


def permuted_average(neuron: Neuron, subset: tuple[int, ...], moves: np.ndarray) -> EnumeratedAverage:
    """Return the means over permutations of one neuron's weights, the gradient formed anew for each.

    Parameters
    ----------
    neuron : Neuron
        Piecewise linear; n at most 7 for all n! permutations.
    subset : tuple of int
        I.
    moves : int64 array (P, n)
        The permutations; row π puts weight π(j) at place j.

    Notes
    -----
    O(P n 2^n) integer operations.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> average = permuted_average(read_neuron([1] * 5), (0, 1), all_permutations(5))
    >>> average.filters.exact, average.readout.exact
    (Fraction(21, 256), Fraction(9, 256))
    """
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    from theorycheck.networks.rationals import integer_product
    points = BooleanCube(neuron.n).all_points().astype(np.int64)
    weights = neuron.weights.numerators[moves.T]
    return _average(neuron, integer_product(points, weights), points, [subset] * len(moves))


def parity_average(neuron: Neuron, k: int) -> EnumeratedAverage:
    """Return the means over all C(n,k) parities of k bits, the weights held fixed.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> average = parity_average(read_neuron([1, 2, 3, 4, 5, 6], bias="1/2"), 2)
    >>> average.filters.exact, average.readout.exact
    (Fraction(179, 2560), Fraction(7079, 15360))
    """
    from itertools import combinations

    import numpy as np

    from theorycheck.cube.points import BooleanCube
    from theorycheck.networks.rationals import integer_product
    points = BooleanCube(neuron.n).all_points().astype(np.int64)
    subsets = list(combinations(range(neuron.n), k))
    sums = integer_product(points, neuron.weights.numerators[:, None])
    return _average(neuron, np.repeat(sums, len(subsets), axis=1), points, subsets)


def _average(neuron: Neuron, sums: np.ndarray, points: np.ndarray,
             subsets: list[tuple[int, ...]]) -> EnumeratedAverage:
    """Column p of ``sums`` holds ⟨w,x⟩ (numerators) of one neuron at every x; its parity is over subsets[p]."""
    from theorycheck.networks.rationals import integer_product
    slope, intercept, rise = slope_and_value(neuron, sums)
    groups: dict[tuple[int, ...], list[int]] = {}
    for column, subset in enumerate(subsets):
        groups.setdefault(subset, []).append(column)
    filters, constant, mixed, scaled = 0, 0, 0, 0
    for subset, columns in groups.items():
        signs = points[:, list(subset)].prod(axis=1)[:, None]
        moved = integer_product((points * signs).T, slope.numerators[:, columns])
        filters += sum(entry**2 for entry in moved.ravel().tolist())
        first, second = (integer_product(signs.T, table.numerators[:, columns])[0].tolist()
                         for table in (intercept, rise))
        constant += sum(a * a for a in first)
        mixed += sum(a * b for a, b in zip(first, second))
        scaled += sum(b * b for b in second)
    p, r = intercept.denominator, rise.denominator
    rational = Fraction(constant, p * p) + neuron.squared_scale * Fraction(scaled, r * r)
    irrational = Real(neuron.squared_scale).sqrt() * Fraction(2 * mixed, p * r) if mixed else Real(0)
    share = Fraction(1, len(subsets) * len(points)**2)
    return EnumeratedAverage(Real(filters * share / slope.denominator**2), (irrational + rational) * share,
                             len(subsets))
