"""Where to split a neuron's magnitudes into two halves, and what sums over count vectors then take."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from theorycheck.cube.memory import require_memory
from theorycheck.errors import InstanceTooLarge, abbreviate
from theorycheck.neurons.class_halves import Classes, ClassHalf

# Nanoseconds, roughly: some minutes.
LARGEST_COST = 3 * 10**11
# Subsets of the right half that are held as one matrix.
BLOCK = 256
# Places for the split that are tried.
_PLACES = 24
# More count vectors than this are not counted one by one.
_HOPELESS = 10**13


@dataclass(frozen=True)
class ClassSplit:
    """Two halves of the classes, and what the sums over their count vectors take.

    Parameters
    ----------
    left, right : ClassHalf
    cost : int
        Nanoseconds, of the right order.
    memory : int
        Bytes, of the right order.
    """

    left: ClassHalf
    right: ClassHalf
    cost: int
    memory: int

    @property
    def fits_memory(self) -> bool:
        """Whether the sums take no more than the memory budget."""
        try:
            require_memory(0, min(self.memory + 1, 2**1000))  # a size that can be written in a message
        except InstanceTooLarge:
            return False
        return True

    @property
    def is_feasible(self) -> bool:
        """Whether the sums take no more than some minutes and the memory budget."""
        return self.cost <= LARGEST_COST and self.fits_memory


def best_split(classes: Classes, levels: Sequence[int], changes: int) -> ClassSplit:
    """Return the cheapest split into smaller and larger magnitudes, either of them on the left.

    Parameters
    ----------
    classes : tuple of (magnitude above 0, how many)
    levels : sequence of int
        Each from 0 to the number of variables.
    changes : int
        How many pieces the neuron has.

    Notes
    -----
    Milliseconds; up to a tenth of a second for thousands of magnitudes, where only some splits are tried.  Where there
    are more than 10^13 count vectors the cost is only a lower bound, and the halves are not worked out.

    Examples
    --------
    >>> split = best_split(((1, 50), (2, 50), (3, 50)), (4,), 2)
    >>> sorted(split.left.classes + split.right.classes), split.cost < 10**9
    ([(1, 50), (2, 50), (3, 50)], True)
    """
    count, kinds = sum(size for _, size in classes), len(classes)
    # Count vectors with every c_i at most 1; towards the middle level there are only more.
    fewest = max((comb(kinds, min(level, count - level, kinds // 2)) for level in levels), default=0)
    if fewest > _HOPELESS:
        return ClassSplit(ClassHalf(()), ClassHalf(classes), fewest * 200, 0)
    halves = [(ClassHalf(classes[:place]), ClassHalf(classes[place:]))
              for place in range(0, max(1, kinds), kinds // _PLACES + 1)]
    splits = [_estimated(left, right, levels, changes) for pair in halves for left, right in (pair, pair[::-1])]
    return min(splits, key=lambda split: (split.memory > 2**31, split.cost))


def _estimated(left: ClassHalf, right: ClassHalf, levels: Sequence[int], changes: int) -> ClassSplit:
    least, most = min(levels, default=0), max(levels, default=0)
    lefts, rights = left.sizes(least - right.count, most), right.sizes(least - left.count, most)
    vectors = sum(rows * lefts.get(level - c, 0) for c, rows in rights.items() for level in levels)
    words = (left.count + right.count) // 64 + 1
    rows_left, rows_right = sum(lefts.values()), sum(rights.values())
    # Measured: matrix products, entries made and converted on the left, summed and gathered on the right.
    cost = (vectors * (left.length * 3 * words + 500) + rows_left * left.length * (350 + 20 * words)
            + rows_right * (right.length * (400 + 20 * words) + left.length * (250 + 20 * words) * changes) + 2 * 10**6)
    memory = (rows_left * left.length * (16 + left.count // 4) + rows_right * right.length * (16 + right.count // 4)
              + min(BLOCK, rows_right) * (right.length + left.length) * (32 + (left.count + right.count) // 4))
    return ClassSplit(left, right, cost, memory)


def require_feasible_split(split: ClassSplit, levels: Sequence[int], changes: int) -> None:
    """Raise InstanceTooLarge where the sums would take more than some minutes or the memory budget.

    Raises
    ------
    InstanceTooLarge
        ``9 distinct magnitudes at level 50 need about 10^16 operations …``
    """
    if split.is_feasible:
        return
    classes, top = tuple(sorted(split.left.classes + split.right.classes)), max(levels, default=0)
    memory = f" and {abbreviate(split.memory)} bytes" if split.memory else ""
    raise InstanceTooLarge(
        f"{len(classes)} distinct magnitudes at level {top} need about {abbreviate(split.cost)} operations{memory} for "
        f"their count vectors, above {LARGEST_COST} operations or the memory budget; {_remedy(classes, top, changes)}.")


def _remedy(classes: Classes, top: int, changes: int) -> str:
    """Which level would fit; towards the middle level the sums only grow."""
    lower = range(min(top, sum(size for _, size in classes) // 2) + 1)
    fitting = bisect_right(lower, False, key=lambda level: not best_split(classes, [level], changes).is_feasible)
    if fitting == 0:
        return "not even level 0 fits, so take fewer distinct magnitudes"
    return f"the largest level that may fit is {lower[fitting - 1]}" if fitting <= top else "take fewer levels at once"
