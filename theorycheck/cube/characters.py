"""Characters, and the subsets that index them.

A subset of the variables is a bit mask: variable i (0-based) belongs to it where bit i is set.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube, window_count
from theorycheck.errors import ParameterError, require_integer


def subset_mask(variables: Iterable[int], n: int) -> int:
    """Return the bit mask of a set of distinct variables in 0 ... n-1.

    Raises
    ------
    ParameterError
        ``'variables' must be at least 0 and at most n-1=2, not 3.``, ``'variables' must be distinct, not [0, 0].``

    Examples
    --------
    >>> subset_mask([0, 2], 3)
    5
    """
    n = require_integer("n", n, minimum=1)
    chosen = [require_integer("variables", variable, 0, n - 1, "n-1") for variable in variables]
    if len(set(chosen)) != len(chosen):
        raise ParameterError(f"'variables' must be distinct, not {chosen}.")
    return sum(1 << variable for variable in chosen)


def subset_variables(subset: int) -> tuple[int, ...]:
    """Return the variables of a bit mask, in increasing order.

    Examples
    --------
    >>> subset_variables(5)
    (0, 2)
    """
    subset = require_integer("subset", subset, minimum=0)
    return tuple(place for place, digit in enumerate(reversed(f"{subset:b}")) if digit == "1")


def subset_level(subset: int) -> int:
    """Return |S|, the number of variables of a bit mask."""
    return require_integer("subset", subset, minimum=0).bit_count()


def subset_diameter(subset: int) -> int:
    """Return diam(S) = max S - min S; 0 for the empty set, as for singletons.

    Examples
    --------
    >>> subset_diameter(0b1001), subset_diameter(0)
    (3, 0)
    """
    subset = require_integer("subset", subset, minimum=0)
    return subset.bit_length() - (subset & -subset).bit_length()


def require_subset(subset: object, n: int) -> int:
    """Return ``subset`` if it is a bit mask of n variables, or raise ParameterError.

    Raises
    ------
    ParameterError
        ``'subset' must be a bit mask of n=3 variables, at least 0 and below 2^3, not 8.``
    """
    mask = require_integer("subset", subset)
    if mask < 0 or mask >> n:
        # Python refuses to print integers of more than 4300 digits.
        shown = f", not {mask}" if mask.bit_length() < 1000 else ""
        raise ParameterError(f"'subset' must be a bit mask of n={n} variables, at least 0 and below 2^{n}{shown}.")
    return mask


def character(n: int, subset: int) -> BooleanFunction:
    """Return the character chi_S(x), the product of the variables in S; 2^n bytes.

    Examples
    --------
    >>> character(2, 0b11).values.tolist()
    [1, -1, -1, 1]
    """
    n = require_integer("n", n, minimum=1)
    subset = require_subset(subset, n)
    require_memory(n, 2)
    values = np.empty(1 << n, dtype=np.int8)
    values[0] = 1
    for variable in range(n):
        below = values[:1 << variable]
        np.multiply(below, -1 if subset >> variable & 1 else 1, out=values[1 << variable:2 << variable])
    return BooleanFunction(values)


def character_values(n: int, subset: int, indices: ArrayLike) -> NDArray[np.int8]:
    """Return chi_S at many points given by index: shape (m,) in, (m,) int8 out; n <= 62.

    Examples
    --------
    >>> character_values(40, 1 << 39, [0, 2**39]).tolist()
    [1, -1]
    """
    places = BooleanCube(n).require_indices(indices)
    odd = np.bitwise_count(places & require_subset(subset, n)) & 1
    return 1 - 2 * odd.astype(np.int8)


def levels(n: int) -> NDArray[np.uint8]:
    """Return |S| for every bit mask S in increasing order: shape (2^n,), uint8, 2^n bytes.

    Examples
    --------
    >>> levels(2).tolist()
    [0, 1, 1, 2]
    """
    n = require_integer("n", n, minimum=1)
    require_memory(n, 1)
    sizes = np.zeros(1 << n, dtype=np.uint8)
    for variable in range(n):
        np.add(sizes[:1 << variable], 1, out=sizes[1 << variable:2 << variable])
    return sizes


def subsets_of_level(n: int, level: int) -> Iterator[int]:
    """Yield the C(n, level) bit masks of that size in increasing order; any n.

    Examples
    --------
    >>> list(subsets_of_level(3, 2))
    [3, 5, 6]
    """
    n = require_integer("n", n, minimum=1)
    level = require_integer("level", level, 0, n, "n")
    mask = (1 << level) - 1
    while mask >> n == 0:
        yield mask
        if mask == 0:
            return
        # Gosper's step: carry the lowest run of ones, put what is left of it at the bottom.
        lowest = mask & -mask
        carried = mask + lowest
        mask = carried | ((mask ^ carried) >> 2) // lowest


def window_dimension(n: int, k: int, windows: str = "all") -> int:
    """Return the dimension 2^(k-1) (N+1) of the functions that are sums over the N windows of k variables; any n.

    Source: the identity behind MS21's Definitions 1 and 11.  It is the number of subsets of diameter below k (for
    ``windows="paper"``, of those that avoid the last variable), and an upper bound on the VC dimension of CNN and LCN.

    Examples
    --------
    >>> window_dimension(4, 2), window_dimension(5, 3), window_dimension(7, 3)
    (8, 16, 24)
    """
    count = window_count(n, k, windows)
    return (count + 1) << (k - 1) if count else 0


def window_support(n: int, k: int, windows: str = "all") -> tuple[int, ...]:
    """Return the bit masks that lie within some window, in increasing order: the Fourier support of CNN and LCN.

    Their number is :func:`window_dimension`, which the memory budget limits.

    Examples
    --------
    >>> window_support(3, 2)
    (0, 1, 2, 3, 4, 6)
    """
    count = window_count(n, k, windows)
    if count == 0:
        return ()
    # A mask is a Python integer of up to n bits, in a set and in a tuple.
    require_memory(k - 1, (64 + n // 8) * (count + 1), "k-1")
    last = count + k - 1
    masks = {(2 * rest + 1) << start for start in range(last) for rest in range(1 << min(k - 1, last - 1 - start))}
    return tuple(sorted(masks | {0}))


def covering_window_count(n: int, subset: int, k: int, windows: str = "all") -> int:
    """Return r_S, the number of windows of k variables that contain the subset; any n.

    Examples
    --------
    >>> covering_window_count(4, 0b0110, 2), covering_window_count(4, 0b0100, 2), covering_window_count(4, 0, 2)
    (1, 2, 3)
    """
    count = window_count(n, k, windows)
    subset = require_subset(subset, n)
    if subset == 0:
        return count
    first = max(0, subset.bit_length() - k)
    last = min(count - 1, (subset & -subset).bit_length() - 1)
    return max(0, last - first + 1)
