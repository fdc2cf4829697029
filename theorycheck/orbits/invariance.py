"""Is a law of weights permutation invariant?  A permutation test, valid exactly at any number of draws.

If w and its permutations have one law, each draw's order is uniformly random given its values.  So the draws and copies
of them, every draw permuted on its own, are exchangeable, and the rank of any statistic of the draws among the copies'
is uniform: whatever the law, p <= a with probability at most a.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.orbits.laws import WeightLaw, user_law
from theorycheck.rigor import exact_rational

# Coordinates whose pairs are compared: half of them neighbours, where a lack of symmetry is likeliest, half at random.
_MOST_PAIRED = 64


@dataclass(frozen=True)
class InvarianceTest:
    """What a sample says against permutation invariance.

    Attributes
    ----------
    p_value : Fraction
        P[p_value <= a] <= a for every a if the law is invariant.
    draws, copies : int
        Draws of the law, and how many times all of them were permuted.
    statistic : str
        Which one stood out most: ``means``, ``sizes``, ``pairs`` or ``pairs of sizes``.

    Notes
    -----
    A small p-value speaks against invariance.  A large one proves nothing: a law whose coordinates are alike singly and
    in pairs may still differ in triples, which the statistics do not see.
    """

    p_value: Fraction
    draws: int
    copies: int
    statistic: str

    def rejects(self, level: Any = Fraction(99, 100)) -> bool:
        """Whether invariance is rejected with confidence ``level``: at an invariant law with chance at most 1-level.

        Raises
        ------
        ParameterError
            ``'level' must be above 0 and below 1, not 1.`` and ``'level' must be at most 199/200 for 199 copies: no
            p-value is below 1/200.``
        """
        confidence = exact_rational(level, "level")
        if not 0 < confidence < 1:
            raise ParameterError(f"'level' must be above 0 and below 1, not {abbreviate(confidence)}.")
        smallest = Fraction(1, self.copies + 1)
        if 1 - confidence < smallest:
            raise ParameterError(f"'level' must be at most {1 - smallest} for {self.copies} copies: no p-value is "
                                 f"below {smallest}.")
        return self.p_value <= 1 - confidence


def invariance_test(sampler: WeightLaw | Callable[[int, np.random.Generator], Any], n: int,
                    rng: np.random.Generator, draws: int = 200, *, copies: int = 199) -> InvarianceTest:
    """Test whether a law of n weights is invariant under permutations.

    Parameters
    ----------
    sampler : WeightLaw or callable (n, rng) -> n numbers
        Draws must be independent of one another.
    n : int
    rng : numpy.random.Generator
        For the draws and the permutations.
    draws : int
        Sample size.
    copies : int
        How many times every draw is permuted; the least p-value is 1/(copies+1).

    Raises
    ------
    ParameterError
        ``'draws' must be at least 2, not 1.``; as :meth:`WeightLaw.sample_weights`.

    Notes
    -----
    The statistics are sums of squares over the coordinates, and over pairs of them, of the sums over the draws of the
    standardised ranks of the weights within their draw, and of their sizes'.  The one that stands out most among the
    copies, in standard deviations, is compared with the copies'.  Time: copies·draws·min(n, 64)².
    Source: Hemerik and Goeman, Exact testing with random permutations (2018), Theorem 2.

    Examples
    --------
    >>> test = invariance_test(lambda n, rng: rng.standard_normal(n), 6, np.random.default_rng(0))
    >>> test.rejects("0.99")
    False
    >>> test = invariance_test(lambda n, rng: np.roll([1, 1, 0, 0], rng.integers(n)), 4, np.random.default_rng(0))
    >>> test.rejects("0.99")
    True
    """
    law = sampler if isinstance(sampler, WeightLaw) else user_law("sampler", sampler)
    draws, copies = require_integer("draws", draws, minimum=2), require_integer("copies", copies, minimum=1)
    rows = [law.sample_weights(n, rng).numerators for _ in range(draws)]
    ranks = [_standardised_ranks(np.array([_places(row) for row in side]))
             for side in (rows, [abs(row) for row in rows])]
    paired = _paired_coordinates(n, rng)
    table = np.empty((copies + 1, len(_STATISTICS)))
    orders = np.tile(np.arange(n), (draws, 1))
    for copy in range(copies + 1):
        table[copy] = _statistics([np.take_along_axis(rank, orders, axis=1) for rank in ranks], paired)
        orders = rng.permuted(orders, axis=1)
    # The combination treats all copies alike: how many standard deviations a statistic stands out among the copies.
    spread = table.std(axis=0)
    scores = np.divide(table - table.mean(axis=0), spread, out=np.zeros_like(table), where=spread > 0)
    best = scores.max(axis=1)
    return InvarianceTest(Fraction(int((best >= best[0]).sum()), copies + 1), draws, copies,
                          _STATISTICS[int(scores[0].argmax())])


_STATISTICS = ("means", "sizes", "pairs", "pairs of sizes")


def _places(numerators: NDArray) -> NDArray[np.int64]:
    """The place of each number among the distinct ones of its draw: exact, however large or small they are."""
    return np.unique(numerators, return_inverse=True)[1].astype(np.int64)


def _standardised_ranks(values: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ranks within each row, equal values sharing theirs, of mean 0 and mean square 1; zeros where all are equal."""
    ordered = np.sort(values, axis=1)
    below, upto = (np.array([np.searchsorted(line, row, side=side) for line, row in zip(ordered, values)])
                   for side in ("left", "right"))
    # Twice the mid-ranks are integers, so equal statistics are equal in floats too.
    centred = (below + upto - values.shape[1]).astype(np.float64)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def _paired_coordinates(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if n <= _MOST_PAIRED:
        return np.arange(n)
    half = _MOST_PAIRED // 2
    return np.concatenate((np.arange(half), half + rng.permutation(n - half)[:_MOST_PAIRED - half]))


def _statistics(ranks: list[NDArray[np.float64]], paired: NDArray[np.int64]) -> list[float]:
    means = [float((rank.sum(axis=0)**2).sum()) for rank in ranks]
    pairs = []
    for rank in ranks:
        chosen = rank[:, paired]
        # Not BLAS: its sums depend on the number of threads.
        products = np.einsum("di,dj->ij", chosen, chosen)
        np.fill_diagonal(products, 0.0)
        pairs.append(float((products**2).sum()))
    return [*means, *pairs]
