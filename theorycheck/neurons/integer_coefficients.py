"""One coefficient of a ReLU neuron's slope with all its neighbours, for integer weights of small range: n in hundreds.

With s = R - 2p, the total of χ_I over the points with p is the coefficient of z^p in
P = Π_(j∈I) (1-z^a_j) Π_(j∉I) (1+z^a_j).  That of a threshold is a coefficient of P/(1-z), and the neighbours I △ {j}
need no polynomial of their own: moving one variable of magnitude a multiplies the series by (1+z^a)/(1-z^a) or its
inverse, and one coefficient of the product is a sum over every a-th coefficient of P/(1-z).
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any

from flint import fmpz, fmpz_poly

from theorycheck.cube.characters import require_subset, subset_variables
from theorycheck.cube.memory import require_memory
from theorycheck.errors import InstanceTooLarge, abbreviate
from theorycheck.networks.activations import activation_named
from theorycheck.neurons.affine_steps import AffineSteps, slope_function
from theorycheck.neurons.krawtchouk import coefficient_sums
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.neurons.results import ThresholdCoefficients, scaled_sum

# A variable's magnitude, and whether it is in I: variables of one kind have one coordinate, but for the sign.
_Kind = tuple[int, bool]


def integer_coefficients(weights: Any, bias: Any, subset: int, *, squared_scale: Any = 1,
                         kink_slope: Any = 0) -> ThresholdCoefficients:
    """Return E[χ_I g] and E[x_j χ_I g] for every j, g the slope of the neuron ReLU(⟨w,x⟩ + b), exactly.

    Parameters
    ----------
    weights : array-like (n,) of rationals, or RationalArray
        Over their common unit, the integers |w_j| should add up to a small R.
    bias : rational
    subset : int
        I as a bit mask.
    squared_scale : rational
        Above 0; the weights are multiplied by its square root.
    kink_slope : rational
        σ'(0), from 0 to 1.

    Returns
    -------
    ThresholdCoefficients
        Method ``krawtchouk`` where the weights have one magnitude besides 0 (any n), else ``dynamic programming``.

    Raises
    ------
    ParameterError
        ``'subset' must be a bit mask of n=3 variables, at least 0 and below 2^3, not 8.``
    InstanceTooLarge
        ``'weights' of magnitudes that add up to R=… need … bytes …``: take threshold_coefficients.

    Notes
    -----
    One product of polynomials of degree R with coefficients of n bits, then at most 2R/a additions for each distinct
    magnitude a: O(distinct·n·R) bit operations or less, and R numbers of n bits in memory.

    Examples
    --------
    >>> found = integer_coefficients([1, -2, 3, 4], 0, 0b0011)
    >>> str(found.constant), [str(value) for value in found.coordinates], found.ties, found.method
    ('-1/16', ['-3/16', '1/16', '-1/16', '1/16'], 2, 'dynamic programming')
    """
    neuron = read_neuron(weights, bias, activation_named("relu").with_kink_slope(kink_slope), squared_scale)
    subset = require_subset(subset, neuron.n)
    chosen = set(subset_variables(subset))
    numerators = neuron.weights.numerators.tolist()
    factor = int(neuron.unit * neuron.weights.denominator)
    kinds = [(abs(p) // factor, j in chosen) for j, p in enumerate(numerators)]
    sign = -1 if sum(numerators[j] < 0 for j in chosen) % 2 else 1
    values, ties, method, reason = _values_of_kinds(neuron, kinds)
    constant, moved = values(None), {kind: values(kind) for kind in set(kinds)}
    linear = neuron.unit * sum((kind[0] * many * moved[kind] for kind, many in Counter(kinds).items()), Fraction(0))
    relu = scaled_sum(neuron.squared_scale, sign * linear, sign * neuron.bias * constant)
    signed = {(kind, s): s * sign * value for kind, value in moved.items() for s in (-1, 1)}
    coordinates = tuple(signed[kind, -1 if p < 0 else 1] for kind, p in zip(kinds, numerators))
    return ThresholdCoefficients(subset, sign * constant, coordinates, ties, relu, method, reason)


def _values_of_kinds(neuron: Neuron, kinds: Sequence[_Kind]
                     ) -> tuple[Callable[[_Kind | None], Fraction], int, str, str]:
    """ĝ(I) for None, ĝ(I △ {j}) for a kind of variable j, were all weights positive; ties; method and reason."""
    relevant = Counter(kind for kind in kinds if kind[0])
    irrelevant = sum(is_inside for magnitude, is_inside in kinds if magnitude == 0)
    count, function = sum(relevant.values()), slope_function(neuron)
    computed = (_EqualWeights if len({magnitude for magnitude, _ in relevant}) <= 1 else _IntegerWeights)(
        relevant, function)

    def value(kind: _Kind | None) -> Fraction:
        # A coefficient is 0 unless the subset holds no irrelevant variable.
        left_over = irrelevant if kind is None or kind[0] else irrelevant + (-1 if kind[1] else 1)
        if left_over:
            return Fraction(0)
        total = computed.total(None if kind is None or kind[0] == 0 else kind)
        return Fraction(int(total), function.denominator << count)

    ties = sum(computed.points_at(kink) for kink in neuron.pieces.kinks) << (neuron.n - count)
    return value, ties, computed.method, computed.reason


@dataclass
class _EqualWeights:
    """Σ_x g(x) χ(x) over the relevant variables, which all have magnitude 1."""

    relevant: Counter[_Kind]
    function: AffineSteps
    method = "krawtchouk"
    reason = "the weights have one magnitude besides 0: closed forms at any n"

    def __post_init__(self) -> None:
        self.count = sum(self.relevant.values())
        self.inside = sum(many for (_, is_inside), many in self.relevant.items() if is_inside)

    def total(self, kind: _Kind | None) -> int:
        """The sum for I, or for I with one variable of this kind moved in or out."""
        move = 0 if kind is None else -1 if kind[1] else 1
        return coefficient_sums(self.function, self.count, self.inside + move)

    def points_at(self, s: int) -> int:
        """How many points of the relevant variables have this sum."""
        place, odd = divmod(self.count - s, 2)
        return comb(self.count, place) if place >= 0 and not odd else 0


class _IntegerWeights:
    """Σ_x g(x) χ(x) over the relevant variables by one polynomial of degree R."""

    method = "dynamic programming"

    def __init__(self, relevant: Counter[_Kind], function: AffineSteps) -> None:
        self.reach = sum(magnitude * many for (magnitude, _), many in relevant.items())
        self.count = sum(relevant.values())
        self._require_room()
        self.reason = f"integer weights with sums of size up to {self.reach} over their common unit"
        self.steps = function.changes  # below its first step the slope of ReLU is 0
        self.factors = {kind: (fmpz_poly([1, -1 if kind[1] else 1])**many).inflate(kind[0])
                        for kind, many in relevant.items()}
        self.sums: list[fmpz] = list(accumulate(_product(list(self.factors.values())).coeffs()))

    def _require_room(self) -> None:
        need = (self.reach + 1) * (80 + self.count // 2)
        try:
            require_memory(0, min(need, 2**1000))  # a size that can be written in a message
        except InstanceTooLarge:
            raise InstanceTooLarge(
                f"'weights' of magnitudes that add up to R={abbreviate(self.reach)} over their common unit need "
                f"{abbreviate(need)} bytes, above the memory budget; threshold_coefficients takes weights of any "
                f"size.") from None

    def total(self, kind: _Kind | None) -> fmpz:
        """The sum for I, or for I with one variable of this kind moved in or out."""
        return sum((change * self._prefix((self.reach - start) // 2, kind) for start, change, _ in self.steps), fmpz(0))

    def _prefix(self, place: int, kind: _Kind | None) -> fmpz:
        """The sum over p ≤ place: one coefficient of P/(1-z), times (1±z^a)/(1∓z^a) for a moved variable."""
        top = min(place, self.reach)
        if top < 0:
            return fmpz(0)
        if kind is None or top < kind[0]:
            return self.sums[top]
        below = self.sums[top - kind[0]::-kind[0]]
        return self.sums[top] + 2 * (sum(below) if kind[1] else sum(below[1::2]) - sum(below[::2]))

    def points_at(self, s: int) -> int:
        """How many points of the relevant variables have this sum."""
        place, odd = divmod(self.reach - s, 2)
        if odd or not 0 <= place <= self.reach:
            return 0
        sizes: Counter[int] = Counter()
        for (magnitude, _), factor in self.factors.items():
            sizes[magnitude] += factor.degree() // magnitude
        return int(_product([(fmpz_poly([1, 1])**many).inflate(magnitude) for magnitude, many in sizes.items()])[place])


def _product(factors: list[fmpz_poly]) -> fmpz_poly:
    """Halves first, so that long polynomials are multiplied seldom."""
    if len(factors) == 1:
        return factors[0]
    return _product(factors[:len(factors) // 2]) * _product(factors[len(factors) // 2:])
