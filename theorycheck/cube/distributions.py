"""Distributions on the cube, with exact rational probabilities.

Everything a k-pattern or a window needs comes from a marginal on a few variables, so that n may be large; only
:meth:`Distribution.probabilities` and a function given as a whole truth table enumerate 2^n points.
"""
from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.conversion import CubeFunction, resolve
from theorycheck.cube.memory import require_memory
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube, require_offset
from theorycheck.cube.restrictions import window_sums
from theorycheck.cube.sampling import sample_below
from theorycheck.cube.tables import require_sequence
from theorycheck.cube.transform import largest_magnitude
from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor.exact import exact_rational


class Distribution(ABC):
    """A probability distribution on {+1, -1}^n; ``n`` is its dimension.

    Its kinds are :class:`UniformDistribution` and :class:`ProductDistribution` here,
    :class:`~theorycheck.cube.weighted_distributions.ExplicitDistribution` and
    :class:`~theorycheck.cube.weighted_distributions.EmpiricalDistribution` there.
    """

    n: int

    @abstractmethod
    def probability(self, index: int) -> Fraction:
        """Return the probability of the point of this index, exactly; any n."""

    @abstractmethod
    def probabilities(self) -> tuple[Fraction, ...]:
        """Return all 2^n probabilities, in the order of the indices; about 100 bytes each, within the budget."""

    @abstractmethod
    def _marginal(self, variables: list[int]) -> Distribution:
        """The marginal on variables that are already validated."""

    @abstractmethod
    def _window_expectation(self, f: BooleanFunction, k: int, offset: int) -> list[Any]:
        """The sums behind :meth:`window_expectation` for a function of all n variables, Fractions or floats."""

    @abstractmethod
    def sample(self, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Return ``size`` independent points, shape (size, n) of signs, drawn from exactly this distribution."""

    def marginal(self, variables: Iterable[int]) -> Distribution:
        """Return the distribution of some distinct variables, which become variables 0, 1, ... in the order given.

        Examples
        --------
        >>> ProductDistribution(["1/2", 0, "-1/3"]).marginal([2, 0]).biases
        (Fraction(-1, 3), Fraction(1, 2))
        """
        chosen = [require_integer("variables", variable, 0, self.n - 1, "n-1") for variable in variables]
        if not chosen or len(set(chosen)) != len(chosen):
            raise ParameterError(f"'variables' must be distinct and at least one, not {chosen}.")
        return self._marginal(chosen)

    def window_marginal(self, k: int, offset: int) -> tuple[Fraction, ...]:
        """Return P(x^(offset) = z) for the 2^k contents z of a window, exactly.

        Examples
        --------
        >>> UniformDistribution(10**6).window_marginal(1, 5)
        (Fraction(1, 2), Fraction(1, 2))
        """
        offset = require_offset(self.n, k, offset)
        return self._marginal(list(range(offset, offset + k))).probabilities()

    def expectation(self, f: CubeFunction) -> Fraction | float:
        """Return E f(x): exact where f is, a float for a float function.

        Examples
        --------
        >>> ProductDistribution(["1/2", "1/3"]).expectation(KPattern.parity(2, 2))
        Fraction(1, 6)
        """
        if isinstance(f, KPattern):
            return sum(self.window_expectation(f, f.k, f.offset))
        return sum(self.window_expectation(f, 1, 0))

    def window_expectation(self, f: CubeFunction, k: int, offset: int) -> tuple[Any, ...]:
        """Return ``E[f(x) 1{x^(offset) = z}]`` for the 2^k contents z of a window.

        With f a labelling these are the numbers G_z^(j) that drive the gradients of MS21's networks.

        Returns
        -------
        tuple of 2^k Fractions
            Floats for a float function.

        Raises
        ------
        ParameterError
            ``'f' must have the dimension n=3 of the distribution, not 2.``

        Notes
        -----
        O(2^n) for a truth table; for a KPattern exponential only in the number of variables in either window.

        Examples
        --------
        >>> UniformDistribution(2).window_expectation([1, 2, 3, 4], 1, 1)
        (Fraction(3, 4), Fraction(7, 4))
        """
        offset = require_offset(self.n, k, offset)
        inner, n, start = resolve(f)
        if n != self.n:
            raise ParameterError(f"'f' must have the dimension n={self.n} of the distribution, not {n}.")
        if not isinstance(f, KPattern):
            return tuple(self._window_expectation(inner, k, offset))
        used = sorted(set(range(offset, offset + k)) | set(range(start, start + f.k)))
        small = KPattern(len(used), f.k, used.index(start), f.table).truth_table()
        return tuple(self._marginal(used)._window_expectation(small, k, used.index(offset)))


@dataclass(frozen=True)
class UniformDistribution(Distribution):
    """All 2^n points alike; n may be 10^6.

    Examples
    --------
    >>> UniformDistribution(2).probability(3)
    Fraction(1, 4)
    """

    n: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", require_integer("n", self.n, minimum=1))

    def probability(self, index: int) -> Fraction:
        """Return the probability of the point of this index, exactly; any n."""
        BooleanCube(self.n).point(index)
        return Fraction(1, 1 << self.n)

    def probabilities(self) -> tuple[Fraction, ...]:
        """Return all 2^n probabilities; 8 bytes each, within the budget."""
        require_memory(self.n, 8)
        return (Fraction(1, 1 << self.n),) * (1 << self.n)

    def _marginal(self, variables: list[int]) -> UniformDistribution:
        return UniformDistribution(len(variables))

    def _window_expectation(self, f: BooleanFunction, k: int, offset: int) -> list[Any]:
        sums = window_sums(f, k, offset).tolist()
        return [Fraction(total, f.denominator << f.n) if f.is_exact else total / 2.0**f.n for total in sums]

    def sample(self, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Return ``size`` independent points, shape (size, n) of signs."""
        size = require_integer("size", size, minimum=0)
        signs = rng.integers(0, 2, size=(size, self.n), dtype=np.int8)
        return 1 - 2 * signs


@dataclass(frozen=True)
class ProductDistribution(Distribution):
    """Independent variables with rational means.

    Parameters
    ----------
    biases : sequence of n rationals in [-1, 1]
        ``biases[i] = E[x_i]``, so that P(x_i = +1) = (1 + bias) / 2.  Decimals are read exactly.

    Raises
    ------
    ParameterError
        ``'biases' must be at least -1 and at most 1, not 2.``

    Examples
    --------
    >>> ProductDistribution(["1/2", 0]).probabilities()
    (Fraction(3, 8), Fraction(1, 8), Fraction(3, 8), Fraction(1, 8))
    """

    biases: Sequence[Any]
    n: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        biases = tuple(exact_rational(bias, "biases") for bias in require_sequence("biases", self.biases))
        for bias in biases:
            if abs(bias) > 1:
                raise ParameterError(f"'biases' must be at least -1 and at most 1, not {bias}.")
        object.__setattr__(self, "biases", biases)
        object.__setattr__(self, "n", len(biases))

    def _odds(self, variable: int) -> tuple[int, int, int]:
        """Integers a, b, d with P(+1) = a/d and P(-1) = b/d."""
        plus = (1 + self.biases[variable]) / 2
        return plus.numerator, plus.denominator - plus.numerator, plus.denominator

    def probability(self, index: int) -> Fraction:
        """Return the probability of the point of this index, exactly; O(n)."""
        signs = BooleanCube(self.n).point(index).tolist()
        return math.prod(((1 + sign * bias) / 2 for sign, bias in zip(signs, self.biases)), start=Fraction(1))

    def probabilities(self) -> tuple[Fraction, ...]:
        """Return all 2^n probabilities, in the order of the indices; about 100 bytes each, within the budget."""
        require_memory(self.n, 100)
        products = [Fraction(1)]
        for bias in self.biases:
            plus, minus = (1 + bias) / 2, (1 - bias) / 2
            products = [plus * product for product in products] + [minus * product for product in products]
        return tuple(products)

    def _marginal(self, variables: list[int]) -> ProductDistribution:
        return ProductDistribution([self.biases[variable] for variable in variables])

    def _window_expectation(self, f: BooleanFunction, k: int, offset: int) -> list[Any]:
        # Sum out one variable at a time, in integers; in Python's own once 64 bits might not hold them.
        table, scale = f.values, f.denominator
        bound = max(1, largest_magnitude(table)) if f.is_exact else 0
        for variable in [*reversed(range(offset + k, f.n)), *range(offset)]:
            # The highest variable splits the table into halves, the lowest into even and odd places.
            up, down = np.split(table, 2) if variable >= offset else (table[::2], table[1::2])
            plus, minus, total = self._odds(variable)
            if f.is_exact:
                bound, scale = bound * total, scale * total
                kind: Any = np.int64 if bound < 2**63 else object
                table = up.astype(kind) * plus + down.astype(kind) * minus
            else:
                table = up * (plus / total) + down * (minus / total)
        weights = self.window_marginal(k, offset)
        if f.is_exact:
            return [Fraction(value, scale) * weight for value, weight in zip(table.tolist(), weights)]
        return [value * float(weight) for value, weight in zip(table.tolist(), weights)]

    def sample(self, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Return ``size`` independent points, shape (size, n) of signs, drawn from exactly this distribution."""
        size = require_integer("size", size, minimum=0)
        points = np.empty((size, self.n), dtype=np.int8)
        for variable in range(self.n):
            plus, _, total = self._odds(variable)
            points[:, variable] = np.where(sample_below(total, size, rng) < plus, 1, -1)
        return points
