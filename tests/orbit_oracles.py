"""Slow, obvious oracles for the means over permutations and over parities (MS21, Theorem 12): definitions written out.

Nothing here imports the package.  Conventions as in `oracles`: bit l of an index is variable l, bit 0 means +1, bit 1
means -1; a subset is a bit mask.  A neuron is x -> sigma(sqrt(r) <w,x> + b) with sigma piecewise linear, so its values
are p + q sqrt(r) with rational p and q: a `Surd`.  Costs are exponential on purpose.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations, product
from math import comb, factorial, isqrt, prod
from typing import Any, Callable, Iterator, Sequence

from oracles import character, cube_points


# ---------------------------------------------------------------- numbers p + q sqrt(r)
@dataclass(frozen=True)
class Surd:
    """plain + over·sqrt(r), r > 0 rational; only numbers of the same r meet.
    Source: definition of Q(sqrt r)."""

    plain: Fraction
    over: Fraction
    r: Fraction

    def __add__(self, other: Any) -> Surd:
        right = self._read(other)
        return Surd(self.plain + right.plain, self.over + right.over, self.r)

    def __mul__(self, other: Any) -> Surd:
        right = self._read(other)
        return Surd(self.plain * right.plain + self.over * right.over * self.r,
                    self.plain * right.over + self.over * right.plain, self.r)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Surd:
        return Surd(self.plain / other, self.over / other, self.r)

    def _read(self, other: Any) -> Surd:
        if isinstance(other, Surd):
            assert other.r == self.r
            return other
        return Surd(Fraction(other), Fraction(0), self.r)

    def sign(self) -> int:
        """-1, 0 or 1: compare plain with -over sqrt(r) by squares.
        Source: x < y iff x^2 < y^2 for non-negative x, y."""
        one, two = (self.plain > 0) - (self.plain < 0), (self.over > 0) - (self.over < 0)
        if one * two >= 0:
            return one or two
        larger = self.plain ** 2 - self.over ** 2 * self.r
        return one if larger > 0 else two if larger < 0 else 0

    def exact(self) -> Fraction | None:
        """The rational that it is, or None.
        Source: sqrt(p/q) is rational iff p and q, in lowest terms, are squares."""
        p, q = isqrt(self.r.numerator), isqrt(self.r.denominator)
        if p * p == self.r.numerator and q * q == self.r.denominator:
            return self.plain + self.over * Fraction(p, q)
        return self.plain if self.over == 0 else None

    def ends(self, digits: int = 60) -> tuple[Fraction, Fraction]:
        """A rational interval that contains it, of length |over| 10^-digits.
        Source: isqrt(n) <= sqrt(n) < isqrt(n) + 1."""
        scale = 10 ** digits
        root = isqrt(self.r.numerator * self.r.denominator * scale ** 2)
        low, high = (Fraction(root + step, self.r.denominator * scale) for step in (0, 1))
        two = sorted((self.plain + self.over * low, self.plain + self.over * high))
        return two[0], two[1]


# ---------------------------------------------------------------- one neuron
@dataclass(frozen=True)
class NeuronOracle:
    """sigma(sqrt(r) <w,x> + b), sigma(t) = c + s t on pieces; a breakpoint's value belongs to the right, its slope is
    (1 - share) left + share right.
    Source: MS21, Definition 2 with one neuron; the slope at a kink is a parameter."""

    weights: tuple[Fraction, ...]
    bias: Fraction
    breakpoints: tuple[Fraction, ...]
    pieces: tuple[tuple[Fraction, Fraction], ...]
    share: Fraction = Fraction(0)
    r: Fraction = Fraction(1)

    def inside(self, x: Sequence[int]) -> Surd:
        """The pre-activation.
        Source: definition."""
        return Surd(self.bias, sum((w * value for w, value in zip(self.weights, x)), Fraction(0)), self.r)

    def value(self, t: Surd) -> Surd:
        """sigma(t).
        Source: definition."""
        intercept, slope = self.pieces[sum((t + -point).sign() >= 0 for point in self.breakpoints)]
        return t * slope + intercept

    def slope(self, t: Surd) -> Fraction:
        """sigma'(t), the chosen one at a breakpoint.
        Source: definition."""
        left = self.pieces[sum((t + -point).sign() > 0 for point in self.breakpoints)][1]
        right = self.pieces[sum((t + -point).sign() >= 0 for point in self.breakpoints)][1]
        return (1 - self.share) * left + self.share * right

    def is_kink(self, t: Surd) -> bool:
        """Whether t is a breakpoint.
        Source: definition."""
        return any((t + -point).sign() == 0 for point in self.breakpoints)

    def tables(self) -> tuple[list[Fraction], list[Surd]]:
        """The slopes and the values at all points of the cube, by index.
        Source: definition."""
        inside = [self.inside(x) for x in cube_points(len(self.weights))]
        return [self.slope(t) for t in inside], [self.value(t) for t in inside]

    def kinks(self) -> int:
        """How many points of the cube are at a breakpoint.
        Source: counting."""
        return sum(self.is_kink(self.inside(x)) for x in cube_points(len(self.weights)))

    def permuted(self, order: Sequence[int]) -> NeuronOracle:
        """The neuron whose weight j is the old weight order[j].
        Source: definition."""
        return NeuronOracle(tuple(self.weights[j] for j in order), self.bias, self.breakpoints, self.pieces, self.share,
                            self.r)


def relu_neuron(weights: Sequence[Any], bias: Any = 0, share: Any = 0, r: Any = 1) -> NeuronOracle:
    """sigma = max(0, t).
    Source: MS21, Section 2."""
    return NeuronOracle(tuple(map(Fraction, weights)), Fraction(bias), (Fraction(0),),
                        ((Fraction(0), Fraction(0)), (Fraction(0), Fraction(1))), Fraction(share), Fraction(r))


def gradient_at_zero_output(neuron: NeuronOracle, subset: int) -> tuple[list[Fraction], Surd]:
    """(E[x_j sigma'(.) chi_I])_j and E[sigma(.) chi_I]: minus the gradient at u = 1 where every hinge slope is 1.
    Source: MS21, Theorem 12, first step of the proof."""
    slopes, values = neuron.tables()
    points = cube_points(len(neuron.weights))
    signs = [character(subset, x) for x in points]
    rows = [sum((s * x[j] * g for s, x, g in zip(signs, points, slopes)), Fraction(0)) / len(points)
            for j in range(len(neuron.weights))]
    return rows, sum((value * sign for value, sign in zip(values, signs)), zero(neuron.r)) / len(points)


def zero(r: Fraction) -> Surd:
    """0 in Q(sqrt r).
    Source: definition."""
    return Surd(Fraction(0), Fraction(0), r)


# ---------------------------------------------------------------- the three ways to the orbit average
def average_over_permutations(neuron: NeuronOracle, k: int) -> tuple[Fraction, Surd]:
    """Mean over all n! permutations of w of |dL/dw|^2 and (dL/du)^2, f = x_0 ... x_{k-1}, u = 1, hinge slope 1.
    Source: MS21, Theorem 12, the mean over the orbit, by listing it."""
    n, filters, readout = len(neuron.weights), Fraction(0), zero(neuron.r)
    for order in permutations(range(n)):
        rows, value = gradient_at_zero_output(neuron.permuted(order), 2 ** k - 1)
        filters, readout = filters + sum((c * c for c in rows), Fraction(0)), readout + value * value
    return filters / factorial(n), readout / factorial(n)


def average_over_parities(neuron: NeuronOracle, k: int) -> tuple[Fraction, Surd]:
    """The same means over all k-subsets I instead, w fixed.
    Source: MS21, Theorem 12, chi_I(pi(x)) = chi_pi(I)(x)."""
    n, filters, readout = len(neuron.weights), Fraction(0), zero(neuron.r)
    for subset in k_subsets(n, k):
        rows, value = gradient_at_zero_output(neuron, subset)
        filters, readout = filters + sum((c * c for c in rows), Fraction(0)), readout + value * value
    return filters / comb(n, k), readout / comb(n, k)


def average_by_levels(neuron: NeuronOracle, k: int) -> tuple[Fraction, Surd]:
    """((n-k+1) W^{=k-1}[sigma'] + (k+1) W^{=k+1}[sigma']) / C(n,k) and W^{=k}[sigma] / C(n,k).
    Source: MS21, Theorem 12, the exact identity."""
    n, (slopes, values) = len(neuron.weights), levels(neuron)
    above = slopes[k + 1] if k < n else 0
    return ((n - k + 1) * slopes[k - 1] + (k + 1) * above) / comb(n, k), values[k] / comb(n, k)


def k_subsets(n: int, k: int) -> Iterator[int]:
    """All k-subsets of n variables.
    Source: definition."""
    return (sum(2 ** place for place in chosen) for chosen in combinations(range(n), k))


def levels(neuron: NeuronOracle) -> tuple[list[Fraction], list[Surd]]:
    """W^{=m}[sigma'] and W^{=m}[sigma], m = 0..n, by all 2^n coefficients.
    Source: O'Donnell, Definition 1.19."""
    n, (slopes, values) = len(neuron.weights), neuron.tables()
    found, other = [Fraction(0)] * (n + 1), [zero(neuron.r)] * (n + 1)
    points = cube_points(n)
    for subset in range(2 ** n):
        signs, level = [character(subset, x) for x in points], bin(subset).count("1")
        coefficient = sum((s * g for s, g in zip(signs, slopes)), Fraction(0)) / 2 ** n
        surd = sum((value * s for value, s in zip(values, signs)), zero(neuron.r)) / 2 ** n
        found[level], other[level] = found[level] + coefficient ** 2, other[level] + surd * surd
    return found, other


# ---------------------------------------------------------------- many variables, few distinct magnitudes
def krawtchouk_sum(n: int, negatives: int, level: int) -> int:
    """Sum of chi_S(x), |S| = level, over the x with this many -1 among n: the i of them inside S each give a sign.
    Source: MacWilliams and Sloane, chapter 5, section 2."""
    return sum((-1) ** i * comb(level, i) * comb(n - level, negatives - i) for i in range(min(level, negatives) + 1))


def class_coefficient(classes: Sequence[tuple[Any, int]], counts: Sequence[int],
                      function: Callable[[Fraction], Fraction]) -> Fraction:
    """E[f(sum) chi_S]: classes are (weight, how many), S has counts[i] variables of class i.
    Source: the points by their numbers of -1 in each class, times their sums of chi_S."""
    total = Fraction(0)
    for negatives in product(*(range(size + 1) for _, size in classes)):
        s = sum((Fraction(w) * (size - 2 * d) for (w, size), d in zip(classes, negatives)), Fraction(0))
        ways = prod(krawtchouk_sum(size, d, c) for (_, size), d, c in zip(classes, negatives, counts))
        total += function(s) * ways
    return total / 2 ** sum(size for _, size in classes)


def class_level(classes: Sequence[tuple[Any, int]], level: int, function: Callable[[Fraction], Fraction]) -> Fraction:
    """W^{=level} of x -> f(sum), by the sizes of S in each class.
    Source: coefficients are equal for all S with the same sizes."""
    total = Fraction(0)
    for counts in product(*(range(size + 1) for _, size in classes)):
        if sum(counts) == level:
            ways = prod(comb(size, c) for (_, size), c in zip(classes, counts))
            total += ways * class_coefficient(classes, counts, function) ** 2
    return total


# ---------------------------------------------------------------- spectra in closed form
def majority_coefficient(n: int, level: int) -> Fraction:
    """Maj^(S), n odd, |S| = level: 0 for even levels, else
    (-1)^((l-1)/2) C((n-1)/2, (l-1)/2) / C(n-1, l-1) · 2^(1-n) C(n-1, (n-1)/2).
    Source: O'Donnell, Theorem 5.19."""
    assert n % 2 == 1
    if level % 2 == 0:
        return Fraction(0)
    half = (n - 1) // 2
    return (-1) ** ((level - 1) // 2) * Fraction(comb(half, (level - 1) // 2), comb(n - 1, level - 1)) * Fraction(
        comb(n - 1, half), 2 ** (n - 1))


def threshold_coefficient(n: int, most_negatives: int, level: int) -> Fraction:
    """E[1{at most d coordinates are -1} chi_S], |S| = level: 2^-n K_d(level - 1) on n - 1 variables, level >= 1.
    Source: O'Donnell, Exercise 5.28's derivative argument; sums of Krawtchouk polynomials, MacWilliams and Sloane."""
    if level == 0:
        return Fraction(sum(comb(n, d) for d in range(most_negatives + 1)), 2 ** n)
    return Fraction(krawtchouk_sum(n - 1, most_negatives, level - 1), 2 ** n)


# ---------------------------------------------------------------- one coefficient and its neighbours
def threshold_expectations(weights: Sequence[Any], bias: Any, subset: int,
                           share: Any = 0) -> tuple[Fraction, list[Fraction], int, Fraction]:
    """E[chi_I g], E[x_j chi_I g] for all j, the number of ties, E[chi_I relu], g = 1, share, 0 as <w,x> + b is >, =, <.
    Source: definition, point by point."""
    exact, n = [Fraction(w) for w in weights], len(weights)
    constant, relu, ties, rows = Fraction(0), Fraction(0), 0, [Fraction(0)] * n
    for x in cube_points(n):
        t = sum((w * value for w, value in zip(exact, x)), Fraction(bias))
        g, ties = Fraction(1 if t > 0 else 0) if t else Fraction(share), ties + (t == 0)
        sign = character(subset, x)
        constant, relu = constant + sign * g, relu + sign * max(t, Fraction(0))
        rows = [row + sign * value * g for row, value in zip(rows, x)]
    return constant / 2 ** n, [row / 2 ** n for row in rows], ties, relu / 2 ** n


# ---------------------------------------------------------------- all parities at once, any margins
def hinge_slope(margin: Fraction, gamma: Fraction) -> Fraction:
    """1, gamma, 0 as the margin is below, at, above 1.
    Source: MS21, Section 2; gamma is a parameter."""
    return Fraction(1) if margin < 1 else gamma if margin == 1 else Fraction(0)


def network_gradient(neurons: Sequence[NeuronOracle], readout: Sequence[Any], labels: Sequence[Any],
                     gamma: Any) -> list[Fraction]:
    """dL/dw (neuron by neuron, of the scaled weights), then dL/du, D uniform, labels +1 or -1; r must be a square.
    Source: the chain rule on MS21, Definition 2."""
    points, size = cube_points(len(neurons[0].weights)), len(labels)
    tables = [(slopes, [exactly(v) for v in values]) for slopes, values in (g.tables() for g in neurons)]
    outputs = [sum((Fraction(u) * values[place] for u, (_, values) in zip(readout, tables)), Fraction(0))
               for place in range(size)]
    pulls = [-Fraction(y) * hinge_slope(y * h, Fraction(gamma)) / size for y, h in zip(labels, outputs)]
    filters = [Fraction(u) * sum((c * slope * x[j] for c, slope, x in zip(pulls, slopes, points)), Fraction(0))
               for u, (slopes, _) in zip(readout, tables) for j in range(len(points[0]))]
    return filters + [sum((c * value for c, value in zip(pulls, values)), Fraction(0)) for _, values in tables]


def exactly(value: Surd) -> Fraction:
    """A surd that is rational.
    Source: `Surd.exact`."""
    found = value.exact()
    assert found is not None
    return found


def coin_gradient(neurons: Sequence[NeuronOracle], readout: Sequence[Any], gamma: Any) -> list[Fraction]:
    """The gradient of L_0 = (E l(h, 1) + E l(h, -1)) / 2, labels that are fair coins.
    Source: definition of L_0."""
    size = 2 ** len(neurons[0].weights)
    sides = [network_gradient(neurons, readout, [y] * size, gamma) for y in (1, -1)]
    return [(a + b) / 2 for a, b in zip(*sides)]


def parity_deviations(neurons: Sequence[NeuronOracle], readout: Sequence[Any], k: int, gamma: Any) -> dict[int, Any]:
    """|grad L_I - grad L_0|^2 as (filters, readout), for every k-subset I.
    Source: definition, one gradient for each I."""
    n, coin, found = len(neurons[0].weights), coin_gradient(neurons, readout, gamma), {}
    for subset in k_subsets(n, k):
        labels = [character(subset, x) for x in cube_points(n)]
        squares = [(a - b) ** 2 for a, b in zip(network_gradient(neurons, readout, labels, gamma), coin)]
        cut = n * len(neurons)
        found[subset] = (sum(squares[:cut], Fraction(0)), sum(squares[cut:], Fraction(0)))
    return found


def deviation_mean_by_levels(neurons: Sequence[NeuronOracle], readout: Sequence[Any], k: int,
                             gamma: Any) -> tuple[Fraction, Fraction, Fraction]:
    """Sum_c W^{=k}[v_c] / C(n,k) over the filters' and over the readout's parameters, and G^2 = sum_c E[v_c^2],
    v_c = -(s(h) + s(-h))/2 dh/dc.
    Source: the restored text on what "stuck" needs, after MS21, Theorem 12."""
    n, points = len(neurons[0].weights), cube_points(len(neurons[0].weights))
    tables = [g.tables() for g in neurons]
    outputs = [sum((Fraction(u) * exactly(values[place]) for u, (_, values) in zip(readout, tables)), Fraction(0))
               for place in range(2 ** n)]
    factors = [-(hinge_slope(h, Fraction(gamma)) + hinge_slope(-h, Fraction(gamma))) / 2 for h in outputs]
    inner = [[c * Fraction(u) * slope * x[j] for c, slope, x in zip(factors, slopes, points)]
             for u, (slopes, _) in zip(readout, tables) for j in range(n)]
    outer = [[c * exactly(value) for c, value in zip(factors, values)] for _, values in tables]
    means = [sum((level_weight(v, k) for v in group), Fraction(0)) / comb(n, k) for group in (inner, outer)]
    size = sum((sum((entry ** 2 for entry in v), Fraction(0)) / 2 ** n for v in inner + outer), Fraction(0))
    return means[0], means[1], size


def level_weight(values: Sequence[Fraction], level: int) -> Fraction:
    """W^{=level} of a table.
    Source: O'Donnell, Definition 1.19."""
    n = len(values).bit_length() - 1
    points, total = cube_points(n), Fraction(0)
    for subset in k_subsets(n, level):
        total += (sum((character(subset, x) * v for x, v in zip(points, values)), Fraction(0)) / 2 ** n) ** 2
    return total


# ---------------------------------------------------------------- equality in Theorem 12
def equality_values(n: int, k: int, ones: int) -> tuple[Fraction, Fraction]:
    """Orbit averages of w = indicator of `ones` places when sigma' (then sigma) is at every x the product of those
    coordinates: W^{=ones} = 1 and no other level.
    Source: the identity of MS21, Theorem 12."""
    at = {ones - 1: Fraction(ones, comb(n, k)), ones + 1: Fraction(n - ones, comb(n, k))}
    return at.get(k, Fraction(0)), Fraction(int(k == ones), comb(n, k))
