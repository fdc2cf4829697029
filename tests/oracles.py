"""Slow, obvious oracles for the tests: definitions written out with exact rationals.

Nothing here imports the package. Conventions: point number i of the cube has coordinate l equal to +1 if bit l of i
is 0 and -1 if it is 1; a subset is a bit mask; -1 is "true"; everything is 0-based. Filters are given by their sign
patterns: the index z of a point of {+1,-1}^k stands for w = z/k. Costs are exponential on purpose.
"""
from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from itertools import permutations, product
from math import comb, prod
from typing import Any, Callable, Iterator, Sequence

Activation = Callable[[Any], Any]


# ---------------------------------------------------------------- the cube
def cube_points(n: int) -> list[tuple[int, ...]]:
    """All x in {+1,-1}^n by index: x_l = +1 if bit l of the index is 0, else -1.
    Source: the convention of the package (least significant bit first)."""
    return [tuple(1 - 2 * ((index >> place) & 1) for place in range(n)) for index in range(2 ** n)]


def point_index(x: Sequence[int]) -> int:
    """The index of a point: sum of 2^l over the coordinates l with x_l = -1.
    Source: inverse of `cube_points`."""
    return sum(2 ** place for place, value in enumerate(x) if value == -1)


def character(subset: int, x: Sequence[int]) -> int:
    """chi_S(x) = product of x_l over l in S, S a bit mask.
    Source: O'Donnell, Analysis of Boolean Functions, Definition 1.2."""
    return prod(x[place] for place in range(len(x)) if (subset >> place) & 1)


def walsh_hadamard_sums(values: Sequence[Any]) -> list[Any]:
    """sum_x f(x) chi_S(x) for every S, as a direct O(4^n) double sum, not normalised.
    Source: O'Donnell, Proposition 1.8, times 2^n."""
    points = cube_points(dimension(values))
    return [sum(f * character(subset, x) for f, x in zip(values, points)) for subset in range(len(values))]


def fourier_coefficients(values: Sequence[Any]) -> list[Fraction]:
    """f^(S) = E f(x) chi_S(x), x uniform.
    Source: O'Donnell, Proposition 1.8."""
    return [Fraction(total) / len(values) for total in walsh_hadamard_sums(values)]


def level_weights(values: Sequence[Any]) -> list[Fraction]:
    """W^{=m}[f] = sum of f^(S)^2 over |S| = m, for m = 0..n.
    Source: O'Donnell, Definition 1.19."""
    weights = [Fraction(0)] * (dimension(values) + 1)
    for subset, coefficient in enumerate(fourier_coefficients(values)):
        weights[bin(subset).count("1")] += coefficient ** 2
    return weights


def degree(values: Sequence[Any]) -> int:
    """The largest |S| with f^(S) != 0; 0 for the zero function.
    Source: O'Donnell, Definition 1.10 (which leaves the zero function out)."""
    return max((level for level, weight in enumerate(level_weights(values)) if weight), default=0)


def influence(values: Sequence[Any], coordinate: int) -> Fraction:
    """Inf_l[f] = E ((f(x) - f(x with x_l flipped))/2)^2, which is P[f changes] for signs.
    Source: O'Donnell, Definition 2.17."""
    changes = [Fraction(f - values[index ^ (1 << coordinate)]) / 2 for index, f in enumerate(values)]
    return sum((change ** 2 for change in changes), Fraction(0)) / len(values)


def total_influence(values: Sequence[Any]) -> Fraction:
    """I[f] = sum of the n influences.
    Source: O'Donnell, Definition 2.27."""
    return sum((influence(values, coordinate) for coordinate in range(dimension(values))), Fraction(0))


def noise_stability(values: Sequence[Any], rho: Fraction) -> Fraction:
    """Stab_rho[f] = E f(x) f(y): x uniform, each y_l = x_l with probability (1+rho)/2, else -x_l.
    Source: O'Donnell, Definitions 2.41 and 2.42; a sum over all pairs."""
    n, total = dimension(values), Fraction(0)
    for first, f in enumerate(values):
        for second, g in enumerate(values):
            distance = bin(first ^ second).count("1")
            total += f * g * ((1 + rho) / 2) ** (n - distance) * ((1 - rho) / 2) ** distance
    return total / 2 ** n


def dimension(values: Sequence[Any]) -> int:
    """n for a table of length 2^n.
    Source: counting."""
    n = len(values).bit_length() - 1
    assert len(values) == 2 ** n
    return n


def window_marginal(values: Sequence[Any], k: int, offset: int) -> list[Any]:
    """M[z] = sum of f(x) over the x whose window x_offset..x_{offset+k-1} is z.
    Source: definition of a marginal."""
    sums = [Fraction(0)] * 2 ** k
    for value, x in zip(values, cube_points(dimension(values))):
        sums[point_index(x[offset:offset + k])] += value
    return sums


# ---------------------------------------------------------------- functions, -1 is true
def parity(x: Sequence[int]) -> int:
    """The product of all coordinates.
    Source: O'Donnell, Definition 1.2 with S = [n]."""
    return prod(x)


def conjunction(x: Sequence[int]) -> int:
    """AND: -1 if every coordinate is -1, else +1.
    Source: O'Donnell, Section 1.1 (-1 is true)."""
    return -1 if all(value == -1 for value in x) else 1


def disjunction(x: Sequence[int]) -> int:
    """OR: -1 if some coordinate is -1, else +1.
    Source: O'Donnell, Section 1.1 (-1 is true)."""
    return -1 if any(value == -1 for value in x) else 1


def linear_threshold(x: Sequence[int], weights: Sequence[Any], bias: Any = 0, tie: int = 1) -> int:
    """sign(bias + <weights, x>), and `tie` where that is 0.
    Source: O'Donnell, Definition 2.5 (sign(0) = +1)."""
    total = bias + sum(w * value for w, value in zip(weights, x))
    return tie if total == 0 else (1 if total > 0 else -1)


def majority(x: Sequence[int], tie: int = 1) -> int:
    """The sign of the sum of the coordinates, and `tie` where they balance.
    Source: O'Donnell, Definition 2.1."""
    return linear_threshold(x, [1] * len(x), 0, tie)


def tribes(x: Sequence[int], width: int) -> int:
    """OR of the ANDs of consecutive blocks of `width` coordinates.
    Source: O'Donnell, Definition 2.7."""
    return disjunction([conjunction(x[start:start + width]) for start in range(0, len(x), width)])


def table(n: int, function: Callable[[tuple[int, ...]], Any]) -> list[Any]:
    """The values of a function at all points, by index.
    Source: `cube_points`."""
    return [function(x) for x in cube_points(n)]


def pattern_table(n: int, k: int, pattern: Sequence[int], offset: int) -> list[int]:
    """f(x) = g(x_offset, ..., x_{offset+k-1}) for g given by its 2^k values.
    Source: MS21, Definition 3."""
    return table(n, lambda x: pattern[point_index(x[offset:offset + k])])


def all_patterns(k: int) -> list[tuple[int, ...]]:
    """All 2^(2^k) sign functions g on {+1,-1}^k, number t having g(z) = -1 iff bit z of t is set.
    Source: MS21, Definition 3."""
    return [tuple(1 - 2 * ((number >> z) & 1) for z in range(2 ** k)) for number in range(2 ** 2 ** k)]


# ---------------------------------------------------------------- probability
def multiplicity_law(k: int, q: int) -> dict[tuple[int, ...], Fraction]:
    """P[(m_z)_z = m] for q uniform draws of a sign pattern, by listing all (2^k)^q draws.
    Source: MS21, Lemma 6, definition of J_z."""
    law: dict[tuple[int, ...], Fraction] = {}
    for draws in product(range(2 ** k), repeat=q):
        counts = tuple(draws.count(z) for z in range(2 ** k))
        law[counts] = law.get(counts, Fraction(0)) + Fraction(1, 2 ** (k * q))
    return law


def event_minimum(k: int, q: int) -> int:
    """The smallest integer m with m > mu/2 = q/2^(k+1).
    Source: MS21, Lemma 6, the event."""
    return q // 2 ** (k + 1) + 1


def occupancy_count(cells: int, draws: int, minimum: int) -> int:
    """Ways to send labelled draws to cells so that each gets >= minimum: c_j(s) = sum_m C(s,m) c_{j-1}(s-m).
    Source: one cell at a time, last cell's draws chosen among s (definition)."""
    ways = {0: 1}
    for cell in range(1, cells + 1):
        last = draws - (cells - cell) * minimum
        totals = [draws] if cell == cells and draws >= cells * minimum else range(cell * minimum, last + 1)
        after = {}
        for total in totals:
            choose, result = comb(total, minimum), 0
            for taken in range(minimum, total - (cell - 1) * minimum + 1):
                result += choose * ways.get(total - taken, 0)
                choose = choose * (total - taken) // (taken + 1)
            after[total] = result
        ways = after
    return ways.get(draws, 0)


def event_probability(k: int, q: int, minimum: int | None = None) -> Fraction:
    """P[every m_z >= minimum], by default the event P[every m_z > mu/2].
    Source: MS21, Lemma 6; `occupancy_count` over (2^k)^q."""
    least = event_minimum(k, q) if minimum is None else minimum
    return Fraction(occupancy_count(2 ** k, q, least), 2 ** (k * q))


@lru_cache(maxsize=8)
def _few_in_each(cells: int, at_most: int) -> list[list[int]]:
    """Row j: the ways to send s labelled draws to j cells, each getting at most `at_most`, s = 0..j*at_most.
    Source: as `occupancy_count`, with the other inequality."""
    rows = [[1]]
    for cell in range(1, cells + 1):
        before = rows[-1]
        rows.append([sum(comb(total, taken) * before[total - taken]
                         for taken in range(min(at_most, total) + 1) if total - taken < len(before))
                     for total in range(cell * at_most + 1)])
    return rows


def bonferroni_terms(k: int, q: int) -> list[Fraction]:
    """S_j = C(2^k,j) P[cells 1..j all hold <= mu/2], j = 1..2^k; P[not the event] = S_1 - S_2 + S_3 - ...
    Source: inclusion and exclusion over the failing cells."""
    cells, terms = 2 ** k, []
    for chosen, few in enumerate(_few_in_each(cells, event_minimum(k, q) - 1)):
        choose, ways = 1, 0
        for total in range(min(len(few) - 1, q) + 1):
            ways += choose * few[total] * (cells - chosen) ** (q - total)
            choose = choose * (q - total) // (total + 1)
        terms.append(Fraction(comb(cells, chosen) * ways, cells ** q))
    return terms[1:]


def event_failure_probability(k: int, q: int) -> Fraction:
    """P[some m_z <= mu/2] as an alternating sum, independent of `event_probability` and faster.
    Source: inclusion and exclusion over the failing cells."""
    return sum(((-1) ** j * term for j, term in enumerate(bonferroni_terms(k, q))), Fraction(0))


def binomial_tail(trials: int, p: Fraction, at_most: int) -> Fraction:
    """P[Bin(trials, p) <= at_most] = sum_i C(trials,i) p^i (1-p)^(trials-i).
    Source: definition."""
    return sum((comb(trials, i) * p ** i * (1 - p) ** (trials - i) for i in range(at_most + 1)), Fraction(0))


def natural_logarithm(value: Fraction, digits: int = 60) -> Decimal:
    """ln of a positive rational to about `digits` digits.
    Source: the decimal module."""
    with localcontext() as context:
        context.prec = digits
        return Decimal(value.numerator).ln() - Decimal(value.denominator).ln()


def smallest_integer_above(value: Decimal) -> int:
    """The smallest integer > value, refusing a value that is an integer to 40 digits.
    Source: definition of the strict inequality."""
    assert abs(value - value.to_integral_value()) > Decimal(10) ** -40
    return int(value) + 1


def paper_q(k: int, delta: Fraction) -> int:
    """The smallest q with q > 2^(k+3) log(2^k/delta).
    Source: MS21, Lemma 6."""
    return smallest_integer_above(2 ** (k + 3) * natural_logarithm(2 ** k / delta))


def relative_entropy(p: Fraction) -> Decimal:
    """KL(p/2 || p) = (p/2) ln(1/2) + (1-p/2) ln((1-p/2)/(1-p)).
    Source: Chernoff-Hoeffding bound for P[Bin(q,p) <= qp/2]."""
    with localcontext() as context:
        context.prec = 60
        half = Decimal(p.numerator) / Decimal(2 * p.denominator)
        return half * natural_logarithm(Fraction(1, 2)) + (1 - half) * natural_logarithm((1 - p / 2) / (1 - p))


def smallest_q_by_exponent(k: int, delta: Fraction, rate: Decimal) -> int:
    """The smallest q with 2^k exp(-q rate) < delta, by the union bound over the cells.
    Source: MS21, Lemma 6, steps 3 to 5, with rate = 2^-k/8, 2^-k(1-ln 2)/2 or KL."""
    with localcontext() as context:
        context.prec = 60
        return smallest_integer_above(natural_logarithm(2 ** k / delta) / rate)


def smallest_q_exact(k: int, delta: Fraction, start: int | None = None) -> int:
    """The smallest q from which P[the event] stays >= 1-delta up to the paper's q, by looping downwards.
    Source: MS21, Lemma 6, with the exact probability (not monotone in q)."""
    q = paper_q(k, delta) if start is None else start
    assert event_failure_probability(k, q) <= delta
    while event_failure_probability(k, q - 1) <= delta:
        q -= 1
    return q


def clopper_pearson(successes: int, trials: int, alpha: Fraction,
                    bits: int = 60) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    """Brackets of width 2^-bits round both ends: P_low[X>=s] = alpha/2 and P_high[X<=s] = alpha/2.
    Source: Clopper and Pearson, Biometrika 26 (1934), by bisection on exact binomial tails."""
    def bisect(is_below: Callable[[Fraction], bool]) -> tuple[Fraction, Fraction]:
        low, high = Fraction(0), Fraction(1)
        for _ in range(bits):
            middle = (low + high) / 2
            low, high = (middle, high) if is_below(middle) else (low, middle)
        return low, high
    zero, one = (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))
    lower = zero if successes == 0 else bisect(
        lambda p: 1 - binomial_tail(trials, p, successes - 1) < alpha / 2)
    upper = one if successes == trials else bisect(lambda p: binomial_tail(trials, p, successes) > alpha / 2)
    return lower, upper


def truncated_decimal(value: Fraction, digits: int = 25) -> str:
    """The first `digits` significant decimal digits of a number in (0,1), not rounded, as 0.00...
    Source: long division."""
    assert 0 < value < 1
    places = digits
    while value * 10 ** (places - digits + 1) < 1:
        places += 1
    return "0." + str(value.numerator * 10 ** places // value.denominator).rjust(places, "0")


# ---------------------------------------------------------------- linear algebra
def row_reduce(rows: Sequence[Sequence[Any]], columns: int) -> tuple[list[list[Fraction]], list[int]]:
    """Reduced row echelon form, pivots searched in the first `columns` columns only; returns rows and pivots.
    Source: Gauss-Jordan elimination."""
    matrix = [[Fraction(entry) for entry in row] for row in rows]
    pivots: list[int] = []
    for column in range(columns):
        top = len(pivots)
        pivot = next((i for i in range(top, len(matrix)) if matrix[i][column]), None)
        if pivot is None:
            continue
        matrix[top], matrix[pivot] = matrix[pivot], matrix[top]
        scale = matrix[top][column]
        matrix[top] = [entry / scale if entry else entry for entry in matrix[top]]
        for i, row in enumerate(matrix):
            if i != top and row[column]:
                factor = row[column]
                matrix[i] = [a - factor * b if b else a for a, b in zip(row, matrix[top])]
        pivots.append(column)
    return matrix, pivots


def rank(rows: Sequence[Sequence[Any]]) -> int:
    """The rank of a rational matrix.
    Source: number of pivots of `row_reduce`."""
    return len(row_reduce(rows, len(rows[0]))[1]) if rows else 0


def solve_linear(matrix: Sequence[Sequence[Any]], sides: Sequence[Sequence[Any]]) -> list[list[Fraction] | None]:
    """For each right-hand side one solution of matrix y = side (free variables 0), or None if there is none.
    Source: `row_reduce` of the augmented matrix."""
    columns = len(matrix[0])
    reduced, pivots = row_reduce([list(row) + [side[i] for side in sides] for i, row in enumerate(matrix)], columns)
    solutions: list[list[Fraction] | None] = []
    for s in range(columns, columns + len(sides)):
        if any(row[s] for row in reduced[len(pivots):]):
            solutions.append(None)
            continue
        solution = [Fraction(0)] * columns
        for row, column in zip(reduced, pivots):
            solution[column] = row[s]
        solutions.append(solution)
    return solutions


# ---------------------------------------------------------------- networks
def relu(t: Any) -> Any:
    """max(0, t).
    Source: MS21, Section 2."""
    return max(t, 0 * t)


def relu_slope(at_zero: Any = Fraction(0)) -> Activation:
    """sigma'(t) = 1 above 0, 0 below 0 and the chosen slope at 0.
    Source: MS21, Section 2; the choice at the kink is a parameter."""
    return lambda t: Fraction(1) if t > 0 else (at_zero if t == 0 else Fraction(0))


def clipped(low: Any, high: Any) -> Activation:
    """t clipped to [low, high].
    Source: the clipped ReLU (low = 0) and the counterexample to MS21, Theorem 4."""
    return lambda t: max(Fraction(low), min(Fraction(high), t))


def clipped_slope(low: Any, high: Any) -> Activation:
    """The derivative of `clipped`: 1 strictly inside, 0 elsewhere.
    Source: definition."""
    return lambda t: Fraction(1) if low < t < high else Fraction(0)


def sign_filters(k: int, signs: Sequence[int]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """W and b of the paper's initialisation: w = z/k for the sign patterns given by index, b = 1/k - 1.
    Source: MS21, Lemma 6."""
    points = cube_points(k)
    return [[Fraction(value, k) for value in points[z]] for z in signs], [Fraction(1, k) - 1 for _ in signs]


def pre_activations(k: int) -> list[list[Fraction]]:
    """<w,z> + b for all 2^k patterns w = z'/k (rows) and all z (columns).
    Source: MS21, Lemma 6, step 6."""
    filters, biases = sign_filters(k, range(2 ** k))
    return [[dot(w, z) + b for z in cube_points(k)] for w, b in zip(filters, biases)]


def krawtchouk(n: int, m: int, minus_ones: int) -> int:
    """K_m(d) = sum of chi_S(x) over |S| = m for any x with d = minus_ones coordinates -1, by listing the subsets.
    Source: MacWilliams and Sloane, chapter 5, section 2."""
    x = [-1] * minus_ones + [1] * (n - minus_ones)
    return sum(character(subset, x) for subset in range(2 ** n) if bin(subset).count("1") == m)


def level_eigenvalues(k: int, sigma: Activation) -> list[Fraction]:
    """lambda_l: (Phi chi_S)(w) = lambda_|S| chi_S(w), Phi[w,z] = sigma(pre-activation), by applying Phi at w = 1.
    Source: MS21, Lemma 6, general activation."""
    first = [sigma(t) for t in pre_activations(k)[0]]
    return [sum((value * character(2 ** level - 1, z) for value, z in zip(first, cube_points(k))), Fraction(0))
            for level in range(k + 1)]


def dot(first: Sequence[Any], second: Sequence[Any]) -> Any:
    """<first, second>.
    Source: definition."""
    assert len(first) == len(second)
    return sum(a * b for a, b in zip(first, second))


def cnn_value(x: Sequence[int], u: Any, w: Any, b: Any, sigma: Activation = relu) -> Any:
    """h(x) = sum_j sum_i u[j][i] sigma(<w_i, x^(j)> + b_i); the number of windows is len(u).
    Source: MS21, Definition 1."""
    return sum(u[j][i] * sigma(dot(w[i], x[j:j + len(w[i])]) + b[i]) for j in range(len(u)) for i in range(len(w)))


def lcn_value(x: Sequence[int], u: Any, w: Any, b: Any, sigma: Activation = relu) -> Any:
    """h(x) = sum_j sum_i u[j][i] sigma(<w[j][i], x^(j)> + b[j][i]).
    Source: MS21, Definition 11."""
    return sum(u[j][i] * sigma(dot(w[j][i], x[j:j + len(w[j][i])]) + b[j][i])
               for j in range(len(u)) for i in range(len(w[j])))


def fcn_value(x: Sequence[int], u: Any, w: Any, b: Any, sigma: Activation = relu) -> Any:
    """h(x) = sum_i u_i sigma(<w_i, x> + b_i).
    Source: MS21, Definition 2."""
    return sum(u[i] * sigma(dot(w[i], x) + b[i]) for i in range(len(w)))


def embed_in_fcn(u: Any, w: Any, b: Any, n: int) -> tuple[Any, Any, Any]:
    """An LCN as an FCN: one neuron for each (window, filter), weights 0 off the window.
    Source: d'Ascoli, Sagun, Biroli and Bruna, NeurIPS 2019 (eFCN)."""
    places = [(j, i) for j in range(len(u)) for i in range(len(w[j]))]
    rows = [[Fraction(0)] * j + list(w[j][i]) + [Fraction(0)] * (n - j - len(w[j][i])) for j, i in places]
    return [u[j][i] for j, i in places], rows, [b[j][i] for j, i in places]


# ---------------------------------------------------------------- separators (MS21, Lemma 6)
def feature_matrix(n: int, w: Any, b: Any, windows: int, sigma: Activation = relu) -> list[list[Fraction]]:
    """Row x, column (j,i), j outer: sigma(<w_i, x^(j)> + b_i), so that h = (matrix) (u flattened).
    Source: MS21, Definition 1."""
    return [[sigma(dot(w[i], x[j:j + len(w[i])]) + b[i]) for j in range(windows) for i in range(len(w))]
            for x in cube_points(n)]


def canonical_separator(k: int, signs: Sequence[int], pattern: Sequence[int], offset: int,
                        windows: int) -> list[list[Fraction]]:
    """u[offset][i] = (k/m_z) g(z) for the filter i of sign pattern z; 0 in the other windows.
    Source: MS21, Lemma 6, step 7."""
    inside = [Fraction(k * pattern[z], list(signs).count(z)) for z in signs]
    return [inside if j == offset else [Fraction(0)] * len(signs) for j in range(windows)]


def minimum_norm_separators(features: Sequence[Sequence[Any]],
                            targets: Sequence[Sequence[Any]]) -> list[list[Fraction] | None]:
    """For each target f the u of smallest norm with features u = f, or None: [[I, A'], [A, 0]] (u, v) = (0, f).
    Source: Lagrange's conditions for min |u|^2 subject to A u = f, solved in full."""
    rows, columns = len(features), len(features[0])
    system = [[int(i == c) for c in range(columns)] + [features[r][i] for r in range(rows)] for i in range(columns)]
    system += [list(features[r]) + [0] * rows for r in range(rows)]
    solutions = solve_linear(system, [[0] * columns + list(target) for target in targets])
    return [None if solution is None else solution[:columns] for solution in solutions]


def minimum_squared_norms(n: int, k: int, signs: Sequence[int], patterns: Sequence[Sequence[int]], offset: int,
                          windows: int | None = None, sigma: Activation = relu) -> list[Fraction | None]:
    """min |u|^2 over all u with h_u = f on the cube, over all windows, for each pattern g; None if there is none.
    Source: MS21, Lemma 6, the global minimum norm."""
    count = n - k + 1 if windows is None else windows
    features = feature_matrix(n, *sign_filters(k, signs), count, sigma)
    found = minimum_norm_separators(features, [pattern_table(n, k, pattern, offset) for pattern in patterns])
    return [None if u is None else dot(u, u) for u in found]


def worst_pattern_squared_norm(n: int, k: int, signs: Sequence[int], offset: int) -> tuple[Fraction, list[int]]:
    """The largest minimum |u|^2 over all 2^(2^k) patterns and the numbers of the patterns that attain it.
    Source: MS21, Lemma 6 ("for every k-pattern"), by enumeration, k <= 2."""
    norms = minimum_squared_norms(n, k, signs, all_patterns(k), offset)
    finite = [norm for norm in norms if norm is not None]
    assert len(finite) == len(norms)
    return max(finite), [number for number, norm in enumerate(finite) if norm == max(finite)]


# ---------------------------------------------------------------- hinge loss and gradient descent
def hinge_loss(outputs: Sequence[Any], labels: Sequence[int], probabilities: Sequence[Any]) -> Any:
    """L = sum_x p(x) max(0, 1 - f(x) h(x)).
    Source: MS21, Section 2."""
    return sum(p * max(1 - f * h, 0 * h) for h, f, p in zip(outputs, labels, probabilities))


def hinge_weights(outputs: Sequence[Any], labels: Sequence[int], probabilities: Sequence[Any], gamma: Any) -> list[Any]:
    """-dL/dh(x) = p(x) f(x) s(x), s = 1, gamma, 0 as the margin f h is <, =, > 1.
    Source: MS21, Section 2; gamma is the slope chosen at margin exactly 1."""
    return [p * f * (1 if f * h < 1 else gamma if f * h == 1 else 0)
            for h, f, p in zip(outputs, labels, probabilities)]


def cnn_gradient(points: Any, weights: Any, u: Any, w: Any, b: Any, sigma: Activation, slope: Activation) -> Any:
    """dL/du[j][i] = -sum_x c sigma(t), dL/dw_i[l] = -sum_x c sum_j u[j][i] sigma'(t) x_(j+l), t = <w_i,x^(j)>+b_i.
    Source: chain rule; c(x) = -dL/dh(x) from `hinge_weights`."""
    k, zero = len(w[0]), 0 * w[0][0]
    du, dw = [[zero for _ in row] for row in u], [[zero for _ in row] for row in w]
    for x, c in zip(points, weights):
        for j, i in product(range(len(u)), range(len(w))):
            t = dot(w[i], x[j:j + k]) + b[i]
            du[j][i] -= c * sigma(t)
            for place in range(k):
                dw[i][place] -= c * u[j][i] * slope(t) * x[j + place]
    return du, dw


def lcn_gradient(points: Any, weights: Any, u: Any, w: Any, b: Any, sigma: Activation, slope: Activation) -> Any:
    """As `cnn_gradient`, with a filter and a bias of its own in every window.
    Source: chain rule on MS21, Definition 11."""
    du, dw = [], []
    for j, row in enumerate(u):
        shifted = [x[j:j + len(w[j][0])] for x in points]
        one_u, one_w = fcn_gradient(shifted, weights, row, w[j], b[j], sigma, slope)
        du.append(one_u)
        dw.append(one_w)
    return du, dw


def fcn_gradient(points: Any, weights: Any, u: Any, w: Any, b: Any, sigma: Activation, slope: Activation) -> Any:
    """dL/du_i = -sum_x c sigma(t), dL/dw_i[l] = -sum_x c u_i sigma'(t) x_l, t = <w_i,x>+b_i.
    Source: chain rule on MS21, Definition 2."""
    zero = 0 * w[0][0]
    du, dw = [zero for _ in u], [[zero for _ in row] for row in w]
    for x, c in zip(points, weights):
        for i, row in enumerate(w):
            t = dot(row, x) + b[i]
            du[i] -= c * sigma(t)
            for place in range(len(row)):
                dw[i][place] -= c * u[i] * slope(t) * x[place]
    return du, dw


NETWORKS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "cnn": (cnn_value, cnn_gradient), "lcn": (lcn_value, lcn_gradient), "fcn": (fcn_value, fcn_gradient)}


def descend(parameter: Any, gradient: Any, eta: Any) -> Any:
    """parameter - eta gradient, entry by entry through nested lists.
    Source: gradient descent, MS21, Section 2."""
    if isinstance(parameter, list):
        return [descend(p, g, eta) for p, g in zip(parameter, gradient)]
    return parameter - eta * gradient


def gradient_descent(network: str, u: Any, w: Any, b: Any, labels: Sequence[int], eta: Any, steps: int,
                     probabilities: Sequence[Any] | None = None, gamma: Any = Fraction(0),
                     at_zero: Any = Fraction(0), sigma: Activation = relu,
                     slope: Activation | None = None) -> Iterator[tuple[Any, Any, Any]]:
    """Yields (L(h_t), u_t, w_t) for t = 0..steps; u and w move together, b stays.
    Source: MS21, Section 2; D is uniform unless probabilities are given, by index of the point."""
    value, gradient = NETWORKS[network]
    points = cube_points(dimension(labels))
    chosen = [Fraction(1, len(points))] * len(points) if probabilities is None else probabilities
    derivative = relu_slope(at_zero) if slope is None else slope
    for step in range(steps + 1):
        outputs = [value(x, u, w, b, sigma) for x in points]
        yield hinge_loss(outputs, labels, chosen), u, w
        if step < steps:
            du, dw = gradient(points, hinge_weights(outputs, labels, chosen, gamma), u, w, b, sigma, derivative)
            u, w = descend(u, du, eta), descend(w, dw, eta)


def class_recursion(n: int, k: int, multiplicities: Sequence[int], labels: Sequence[int], eta: Any, steps: int,
                    gamma: Any = 0, tied: bool = True, one: Any = Fraction(1)) -> Iterator[tuple[Any, Any, Any]]:
    """Yields (L, u[j][z], a[j][z]): u += eta a G, a += eta k sum_j u G (tied) or eta k u G, G = E s f 1{x^(j)=z}.
    Source: MS21, Theorem 4's run, equal filters collapsed, ReLU, uniform D; `one` fixes the number type."""
    windows, cells, points = n - k + 1, range(2 ** k), cube_points(n)
    u = [[0 * one for _ in cells] for _ in range(windows)]
    a = [[one / k for _ in cells] for _ in range(windows)]
    where = [[point_index(x[j:j + k]) for j in range(windows)] for x in points]
    chosen = [one / len(points)] * len(points)
    for step in range(steps + 1):
        outputs = [sum(multiplicities[z] * a[j][z] * u[j][z] for j, z in enumerate(at)) for at in where]
        yield hinge_loss(outputs, labels, chosen), u, a
        for values in a:
            assert all(0 < v and (k <= 2 or v < one / k + one / (k - 2))
                       for v, m in zip(values, multiplicities) if m), "not frozen: the recursion does not hold"
        if step < steps:
            g = [[0 * one for _ in cells] for _ in range(windows)]
            for at, c in zip(where, hinge_weights(outputs, labels, chosen, gamma)):
                for j, z in enumerate(at):
                    g[j][z] += c
            force = [[sum(u[i][z] * g[i][z] for i in range(windows)) if tied else u[j][z] * g[j][z] for z in cells]
                     for j in range(windows)]
            u, a = ([[u[j][z] + eta * a[j][z] * g[j][z] for z in cells] for j in range(windows)],
                    [[a[j][z] + eta * k * force[j][z] for z in cells] for j in range(windows)])


def orbit_average_by_permutations(w: Sequence[Any], b: Any, k: int, at_zero: Any = Fraction(0)) -> tuple[Any, Any]:
    """Mean over the permutations of w of (|dL/dw|^2, (dL/du)^2) at u = 1, hinge slope 1, f = x_0...x_{k-1}.
    Source: MS21, Theorem 12, left-hand side of the identity, by listing the distinct permutations."""
    points, zero = cube_points(len(w)), Fraction(0)
    weights = [Fraction(parity(x[:k]), len(points)) for x in points]
    orders, total_w, total_u = sorted(set(permutations(w))), zero, zero
    for order in orders:
        du, dw = fcn_gradient(points, weights, [Fraction(1)], [list(map(Fraction, order))], [b], relu,
                              relu_slope(at_zero))
        total_w, total_u = total_w + dot(dw[0], dw[0]), total_u + du[0] ** 2
    return total_w / len(orders), total_u / len(orders)


def orbit_average_by_levels(w: Sequence[Any], b: Any, k: int, at_zero: Any = Fraction(0)) -> tuple[Any, Any]:
    """((n-k+1) W^{=k-1}[sigma'] + (k+1) W^{=k+1}[sigma']) / C(n,k) and W^{=k}[sigma] / C(n,k).
    Source: MS21, Theorem 12, right-hand side of the identity, u = 1."""
    n, slope = len(w), relu_slope(at_zero)
    inside = [dot(w, x) + b for x in cube_points(n)]
    slopes, values = level_weights([slope(t) for t in inside]) + [Fraction(0)], level_weights(list(map(relu, inside)))
    return ((n - k + 1) * slopes[k - 1] + (k + 1) * slopes[k + 1]) / comb(n, k), values[k] / comb(n, k)
