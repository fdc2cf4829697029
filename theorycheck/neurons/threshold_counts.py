"""Sums of a threshold function against a character and its neighbours, over all 2^m points, by meeting in the middle.

The variables are split into a low and a high side, whose sorted sums :mod:`theorycheck.kernels.threshold_meeting`
walks along together, and outer variables, few or none, whose 2^t contents shift the threshold: they make instances
fit whose sides would not.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from operator import mul
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge
from theorycheck.kernels import threshold_meeting as kernels
from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads, run_parts
from theorycheck.neurons.threshold_rounding import SUM_BITS, IntegerThreshold, signs_at
from theorycheck.neurons.threshold_sides import Side, Tally, split_variables

LARGEST_DIMENSION = 62
MOST_DECIDED = 1 << 24
_CHUNK = 1 << 16
# Sides of fewer variables take less than half a millisecond.
_THREADED_SIDE = 14


@dataclass(frozen=True)
class ThresholdCounts:
    """Sums over the points of {±1}^m, not means.

    Attributes
    ----------
    active, tied : list of m+1 int
        Σ x_v χ(x) over the points above the threshold, respectively on it, for each variable v, and last Σ χ(x).
        ``tied`` is all zeros where it was not asked for.
    ties : int
        Number of points on the threshold.
    low, high, outer : int
        How the variables were split.
    decided : int
        Number of points so near the threshold that they were decided by exact integers one by one.
    shift : int
        The 64-bit sums are rounded to multiples of 2^shift; 0 where they are exact.
    """

    active: list[int]
    tied: list[int]
    ties: int
    low: int
    high: int
    outer: int
    decided: int
    shift: int


def threshold_counts(form: IntegerThreshold, members: Sequence[int], with_tied: bool,
                     threads: int | None = None) -> ThresholdCounts:
    """Return the sums against the character of ``members`` and of its neighbours.

    Parameters
    ----------
    form : IntegerThreshold
        m ≥ 1 weights; points with a sum above the threshold are active, those with an equal sum tied.
    members : sequence of m values 0 or 1
        Which variables the character's set contains.
    with_tied : bool
        Whether to sum over the tied points too.
    threads : int, optional

    Raises
    ------
    InstanceTooLarge
        Above m = 62, above the memory budget even with 12 outer variables, or with too many points to decide singly.

    Notes
    -----
    With sides of m/2 variables: time O(2^(m/2)), memory 26 to 46 bytes for each of 2^(m/2) sums.  With t outer
    variables: time O(2^t·2^((m-t)/2)), memory as for m-t, and at most 62 bytes a sum.

    Examples
    --------
    >>> counts = threshold_counts(IntegerThreshold((1, 1, 1), 0), (1, 0, 0), False)
    >>> counts.active, counts.ties  # majority of three: 8·(1/2, 0, 0, and 1/4)
    ([4, 0, 0, 2], 0)
    """
    if len(form.weights) > LARGEST_DIMENSION:
        raise InstanceTooLarge(f"{len(form.weights)} weights that are not 0 are too many to meet in the middle; the "
                               f"largest number that fits is {LARGEST_DIMENSION}.")
    if form.rounded().shift:
        form = form.compressed()
    return _Meeting(form, np.array(members, np.int64), with_tied, threads).run()


class _Meeting:
    """Both sides, and the walk along them for each content of the outer variables."""

    def __init__(self, form: IntegerThreshold, members: np.ndarray, with_tied: bool, threads: int | None) -> None:
        self.form, self.rounded = form, form.rounded()
        split = split_variables(len(form.weights), with_tied, self.rounded.shift > 0)
        self.low_count, self.high_count, self.outer_count = split
        self.team = 1 if self.high_count < _THREADED_SIDE else min(threads or available_threads(), MAXIMUM_THREADS)
        low, middle = self.low_count, self.low_count + self.high_count
        weights = self.rounded.weights
        sides: list[Any] = [None, None]
        parts = ((weights[:low], members[:low]), (-weights[low:middle], members[low:middle]))

        def build(part: int) -> None:
            sides[part] = Side(*parts[part])
        run_parts(2, build, self.team)
        self.low, self.high = sides
        self.outer_weights, self.outer_members = weights[middle:].tolist(), members[middle:].tolist()
        self.active, self.tied = Tally(*split), Tally(*split) if with_tied else None
        self.words: tuple[np.ndarray, np.ndarray] | None = None
        self.ties = self.decided = 0

    def run(self) -> ThresholdCounts:
        """Walk for every outer content, and fold."""
        for outer in range(1 << self.outer_count):
            digits = [1 - 2 * (outer >> v & 1) for v in range(self.outer_count)]
            sign = prod(digit for digit, member in zip(digits, self.outer_members) if member)
            threshold = self.rounded.threshold - sum(map(mul, self.outer_weights, digits))
            nearest = self._join(self.active, outer, threshold, sign)
            if nearest <= self.rounded.band and self.rounded.shift:
                self._decide(outer, threshold, sign)
            elif nearest == 0:
                self._tie(outer, threshold, sign)
        arguments = self.low, self.high, self.outer_count, self.team
        active = self.active.sums(*arguments)
        tied = self.tied.sums(*arguments) if self.tied is not None else [0] * len(active)
        return ThresholdCounts(active, tied, self.ties, self.low_count, self.high_count, self.outer_count, self.decided,
                               self.rounded.shift)

    def _join(self, tally: Tally, outer: int, threshold: int, sign: int) -> int:
        """Give each entry its partners above the threshold, times sign, and return the least distance."""
        low, high = self.low.values, self.high.values
        size = low.size + high.size
        cuts = [size * part // self.team for part in range(self.team + 1)]
        places = [(a := kernels.place_on_path(low, high, threshold, cut), cut - a) for cut in cuts]
        characters, found = np.zeros((self.team, 2), np.int64), np.zeros((self.team, 2), np.int64)

        def between(part: int) -> tuple[np.ndarray, np.ndarray]:
            (a, b), (c, d) = places[part:part + 2]
            return low[a:c], high[b:d]

        def count(part: int) -> None:
            characters[part] = [kernels.sum_characters(values) for values in between(part)]

        def join(part: int) -> None:
            before = characters[:part].sum(axis=0)
            starts = np.array([*places[part], self.low.total - before[0], before[1]], np.int64)
            found[part] = kernels.join(low, high, threshold, sign, starts, np.array(places[part + 1], np.int64),
                                       tally.low, tally.high)
        if self.team > 1:
            run_parts(self.team - 1, count, self.team)
        run_parts(self.team, join, self.team)
        tally.given[outer] += int(found[:, 1].sum())
        return int(found[:, 0].min())

    def _tie(self, outer: int, threshold: int, sign: int) -> None:
        """Count the points on the threshold of exact sums, and add them up: above threshold-1 less above it."""
        low, high = self.low.values, self.high.values
        self.ties += kernels.count_pairs(low, high, threshold - 1) - kernels.count_pairs(low, high, threshold)
        if self.tied is not None:
            self._join(self.tied, outer, threshold - 1, sign)
            self._join(self.tied, outer, threshold, -sign)

    def _decide(self, outer: int, threshold: int, sign: int) -> None:
        """Decide the points within the band of rounded sums one by one, and mend what the walk took them for."""
        low, high, band = self.low.values, self.high.values, self.rounded.band
        near = kernels.count_pairs(low, high, threshold - band - 1) - kernels.count_pairs(low, high, threshold + band)
        self.decided += near
        if self.decided > MOST_DECIDED:
            raise InstanceTooLarge(
                f"{self.decided} points or more lie so near the threshold that 64-bit sums cannot decide them, and at "
                f"most {MOST_DECIDED} are decided one by one; weights that over a common denominator add up to less "
                f"than 2^{SUM_BITS - 1} need none of that.")
        if self.words is None:
            self.words = self.low.words(), self.high.words()
        cursor = np.zeros(3, np.int64)
        places = np.empty((2, min(near, _CHUNK)), np.int64)
        while written := kernels.list_band(low, high, threshold, band, cursor, *places):
            first, second = places[:, :written]
            exact = signs_at(self.form, self._points(first, second, outer))
            taken = (low[first] >> 1) - (high[second] >> 1) > threshold
            change = (sign * ((exact > 0).astype(np.int64) - taken), self.active), (sign * (exact == 0), self.tied)
            for changes, tally in change:
                if tally is not None:
                    tally.given[outer] += kernels.add_pairs(low, high, first, second, changes, tally.low, tally.high)
            self.ties += int(np.count_nonzero(exact == 0))

    def _points(self, first: np.ndarray, second: np.ndarray, outer: int) -> np.ndarray:
        """The points of pairs of places."""
        assert self.words is not None
        middle = self.low_count + self.high_count
        words = (self.words[0][first].astype(np.int64) | self.words[1][second].astype(np.int64) << self.low_count
                 | outer << middle)
        return 1 - 2 * (words[:, None] >> np.arange(middle + self.outer_count) & 1)
