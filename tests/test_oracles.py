"""The oracles against one another, against closed forms, sympy and scipy, and the golden values re-derived by them."""
from __future__ import annotations

import json
import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction as F
from pathlib import Path

import mpmath
import numpy as np
import oracles
import pytest
import sympy
from scipy import stats
from sympy.discrete.transforms import fwht

DATA = Path(__file__).parent / "data"
GOLDEN = json.loads((DATA / "paper_golden.json").read_text())
EXACT = json.loads((DATA / "lemma6_exact.json").read_text())
LEMMA6, THEOREM4 = GOLDEN["lemma6"], GOLDEN["theorem4"]


def pattern_of(text, k):
    """The 2^k signs of a hexadecimal truth table."""
    return oracles.all_patterns(k)[int(text, 16)]


def signs_of(multiplicities):
    """One entry per filter: the index of its sign pattern."""
    return [z for z, count in enumerate(multiplicities) for _ in range(count)]


def rounds_to(value, text):
    """Does the value, rounded to the printed number of decimals, read as printed?"""
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, F) else Decimal(str(value))
    return exact.quantize(Decimal(text)) == Decimal(text)


def random_table(n, seed, spread=5):
    """2^n random small integers."""
    return [random.Random(seed).randint(-spread, spread) for _ in range(2 ** n)]


def random_rationals(shape, source):
    """Nested lists of random rationals with denominator 97."""
    return [random_rationals(shape[1:], source) for _ in range(shape[0])] if shape else F(source.randint(-97, 97), 97)


# ---------------------------------------------------------------- the cube
def test_points_follow_the_bit_convention():
    assert oracles.cube_points(2) == [(1, 1), (-1, 1), (1, -1), (-1, -1)]
    assert [oracles.point_index(x) for x in oracles.cube_points(4)] == list(range(16))
    assert oracles.character(0b101, (-1, 1, 1)) == -1 and oracles.character(0b101, (-1, 1, -1)) == 1


@pytest.mark.parametrize("n", [0, 1, 3, 5])
def test_walsh_hadamard_sums_agree_with_sympy_and_invert(n):
    values = random_table(n, n)
    sums = oracles.walsh_hadamard_sums(values)
    assert sums == [int(s) for s in fwht(values)]
    assert oracles.walsh_hadamard_sums(sums) == [2 ** n * value for value in values]
    assert sum(oracles.level_weights(values)) == F(sum(value ** 2 for value in values), 2 ** n)  # Parseval


def test_spectra_of_named_functions():
    half = F(1, 2)
    assert oracles.fourier_coefficients(oracles.table(3, oracles.majority)) == [0, half, half, 0, half, 0, 0, -half]
    assert oracles.fourier_coefficients(oracles.table(2, oracles.conjunction)) == [half, half, half, -half]
    assert oracles.fourier_coefficients(oracles.table(2, oracles.disjunction)) == [-half, half, half, half]
    assert oracles.level_weights(oracles.table(4, oracles.parity)) == [0, 0, 0, 0, 1]
    assert oracles.level_weights(oracles.table(5, oracles.majority)) == [0, F(45, 64), 0, F(10, 64), 0, F(9, 64)]
    assert oracles.degree([0, 0, 0, 0]) == 0 and oracles.degree(oracles.table(3, lambda x: x[0] * x[2])) == 2


def test_ties_thresholds_and_tribes():
    assert oracles.majority((1, -1)) == 1 and oracles.majority((1, -1), tie=-1) == -1
    assert oracles.linear_threshold((1, -1, -1), (3, 1, 1), -1, tie=-1) == -1  # the sum is exactly 0
    assert oracles.table(3, lambda x: oracles.linear_threshold(x, (1, 1, 1), 2)) == oracles.table(
        3, oracles.conjunction)
    values = oracles.table(6, lambda x: oracles.tribes(x, 2))
    assert sum(values) == 64 * (2 * F(3, 4) ** 3 - 1)  # P[no tribe is unanimous] = (1 - 2^-2)^3


@pytest.mark.parametrize("seed", [1, 2])
def test_influences_and_stability_agree_with_their_fourier_formulas(seed):
    values, rho = random_table(4, seed), F(2, 7)
    coefficients, weights = oracles.fourier_coefficients(values), oracles.level_weights(values)
    for coordinate in range(4):
        assert oracles.influence(values, coordinate) == sum(
            c ** 2 for subset, c in enumerate(coefficients) if (subset >> coordinate) & 1)
    assert oracles.total_influence(values) == sum(level * weight for level, weight in enumerate(weights))
    assert oracles.noise_stability(values, rho) == sum(rho ** level * weight for level, weight in enumerate(weights))


def test_influence_of_majority_and_window_marginals():
    assert oracles.influence(oracles.table(5, oracles.majority), 2) == F(math.comb(4, 2), 16)
    values = oracles.table(4, lambda x: 3 * (x[1] == -1) + 5 * (x[2] == -1))
    assert oracles.window_marginal(values, 2, 1) == [0, 12, 20, 32]  # four x for each window, bit 0 is x_1
    assert oracles.window_marginal([1] * 16, 3, 0) == [2] * 8


# ---------------------------------------------------------------- probability
@pytest.mark.parametrize("k, q", [(1, 1), (1, 7), (2, 4), (2, 5), (3, 3)])
def test_multiplicity_law_is_the_multinomial_and_gives_the_events(k, q):
    law = oracles.multiplicity_law(k, q)
    assert sum(law.values()) == 1
    for counts, probability in law.items():
        ways = math.factorial(q) // math.prod(math.factorial(m) for m in counts)
        assert probability == F(ways, 2 ** (k * q))
    for least in range(3):
        direct = sum(p for counts, p in law.items() if min(counts) >= least)
        assert oracles.event_probability(k, q, least) == direct
    event = sum(p for counts, p in law.items() if all(2 * m > F(q, 2 ** k) for m in counts))
    assert oracles.event_probability(k, q) == event == 1 - oracles.event_failure_probability(k, q)
    first = sum(p for counts, p in law.items() if counts[0] <= 1)
    assert oracles.binomial_tail(q, F(1, 2 ** k), 1) == first


@pytest.mark.parametrize("k, q", [(1, 16), (1, 97), (2, 16), (2, 15), (2, 120), (3, 131), (3, 132), (4, 330)])
def test_the_two_exact_routes_agree(k, q):
    failure = oracles.event_failure_probability(k, q)
    assert failure == 1 - oracles.event_probability(k, q)
    terms = oracles.bonferroni_terms(k, q)
    assert terms[0] == 2 ** k * oracles.binomial_tail(q, F(1, 2 ** k), oracles.event_minimum(k, q) - 1)
    partial = F(0)
    for j, term in enumerate(terms):
        partial += (-1) ** j * term
        assert partial >= failure if j % 2 == 0 else partial <= failure
    if k == 1:
        assert failure == 2 * oracles.binomial_tail(q, F(1, 2), q // 4)


def test_event_minimum_is_strict_at_a_multiple():
    assert [oracles.event_minimum(1, q) for q in (3, 4, 5, 7, 8)] == [1, 2, 2, 2, 3]


def test_binomial_tail_agrees_with_scipy():
    for trials, p, at_most in [(64, F(1, 4), 8), (50, F(1, 3), 20), (9, F(1, 2), 9), (9, F(1, 2), 0)]:
        # both are sums of positive terms; scipy states about 1e-14 for its incomplete beta function
        assert math.isclose(oracles.binomial_tail(trials, p, at_most), stats.binom.cdf(at_most, trials, float(p)),
                            rel_tol=1e-12)
    assert oracles.binomial_tail(9, F(2, 7), 9) == 1


@pytest.mark.parametrize("successes, trials", [(0, 10), (3, 10), (10, 10), (17, 30)])
def test_clopper_pearson_agrees_with_the_beta_quantiles(successes, trials):
    alpha = F(1, 20)
    lower, upper = oracles.clopper_pearson(successes, trials, alpha, bits=48)
    low = stats.beta.ppf(0.025, successes, trials - successes + 1) if successes else 0.0
    high = stats.beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1.0
    assert abs(float(lower[0]) - low) < 1e-10 and abs(float(upper[1]) - high) < 1e-10  # scipy's quantiles: ~1e-12
    assert lower[1] - lower[0] in (0, F(1, 2 ** 48)) and upper[1] - upper[0] in (0, F(1, 2 ** 48))
    if successes == 0:
        assert lower == (0, 0) and (1 - upper[1]) ** trials <= alpha / 2 <= (1 - upper[0]) ** trials


def test_truncated_decimal_and_logarithm():
    assert oracles.truncated_decimal(F(2, 3), 5) == "0.66666"
    assert oracles.truncated_decimal(F(1, 700), 4) == "0.001428"
    assert oracles.truncated_decimal(F(1, 10), 3) == "0.100"
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(str(oracles.natural_logarithm(F(160)))) - mpmath.log(160)) < mpmath.mpf(10) ** -55


@pytest.mark.parametrize("k", [1, 2])
def test_smallest_q_by_definition_and_by_blocks(k):
    delta = F(1, 10)
    q = oracles.smallest_q_exact(k, delta)
    passes = [oracles.event_probability(k, p) >= 1 - delta for p in range(1, oracles.paper_q(k, delta) + 1)]
    assert q == len(passes) - passes[::-1].index(False) + 1
    for p in range(1, 150):  # at a fixed threshold the probability increases with q
        if oracles.event_minimum(k, p) == oracles.event_minimum(k, p + 1):
            assert oracles.event_probability(k, p) <= oracles.event_probability(k, p + 1)


# ---------------------------------------------------------------- linear algebra, networks, separators
def test_elimination_agrees_with_sympy():
    for seed in range(4):
        source = random.Random(seed)
        left, right = ([[source.randint(-3, 3) for _ in range(r)] for _ in range(c)] for r, c in ((3, 5), (6, 3)))
        matrix = (np.array(left) @ np.array(right)).tolist()  # 5 x 6 of rank at most 3
        assert oracles.rank(matrix) == sympy.Matrix(matrix).rank()
        assert oracles.row_reduce(matrix, 6)[0] == sympy.Matrix(matrix).rref()[0].tolist()
        wanted = [source.randint(-3, 3) for _ in range(6)]
        side = [oracles.dot(row, wanted) for row in matrix]
        solution, = oracles.solve_linear(matrix, [side])
        assert [oracles.dot(row, solution) for row in matrix] == side
    assert oracles.solve_linear([[1, 1], [1, 1]], [[1, 2], [3, 3]]) == [None, [3, 0]]


def test_pre_activations_and_canonical_separator():
    k, n, offset = 2, 4, 1
    for z, row in enumerate(oracles.pre_activations(k)):
        assert row == [F(1 - 2 * bin(z ^ other).count("1"), k) for other in range(4)]
    signs = [0, 3, 1, 2, 3, 3, 0]
    filters, biases = oracles.sign_filters(k, signs)
    for pattern in oracles.all_patterns(k):
        u = oracles.canonical_separator(k, signs, pattern, offset, 3)
        assert [oracles.cnn_value(x, u, filters, biases) for x in oracles.cube_points(n)] == oracles.pattern_table(
            n, k, pattern, offset)


def test_minimum_norm_agrees_with_the_pseudo_inverse_and_with_the_window():
    signs, pattern = [0, 0, 1, 2, 3, 3], (1, 1, 1, -1)
    features = oracles.feature_matrix(3, *oracles.sign_filters(2, signs), 2)
    target = oracles.pattern_table(3, 2, pattern, 1)
    u, = oracles.minimum_norm_separators(features, [target])
    assert [oracles.dot(row, u) for row in features] == target
    # float64 pseudo-inverse of an 8 x 12 matrix with condition number below 10
    assert np.allclose(np.linalg.pinv(np.array(features, dtype=float)) @ target, np.array(u, dtype=float), atol=1e-12)
    flat = sum(oracles.canonical_separator(2, signs, pattern, 1, 2), [])
    assert oracles.dot(u, u) < oracles.dot(flat, flat)
    alone = oracles.minimum_squared_norms(2, 2, signs, [pattern], 0)  # a single window: the canonical one is best
    assert alone == [oracles.dot(flat, flat)]


@pytest.mark.parametrize("multiplicity", [1, 3])
def test_balanced_minimum_norm_has_the_closed_form(multiplicity):
    n, k, offset = 4, 2, 1
    holding = [3, 2, 2, 1]  # windows of x_0..x_3 that contain {}, {x_1}, {x_2}, {x_1, x_2}
    closed = [F(k * k, multiplicity) * sum(c ** 2 / r for c, r in zip(oracles.fourier_coefficients(g), holding)) * 4
              for g in oracles.all_patterns(k)]
    signs = list(range(4)) * multiplicity
    assert oracles.minimum_squared_norms(n, k, signs, oracles.all_patterns(k), offset) == closed


def test_krawtchouk_and_relu():
    for n in range(1, 5):
        for d in range(n + 1):
            expansion = sympy.Poly((1 - sympy.Symbol("t")) ** d * (1 + sympy.Symbol("t")) ** (n - d)).all_coeffs()
            assert [oracles.krawtchouk(n, m, d) for m in range(n + 1)] == expansion[::-1]
    for k in range(1, 5):
        assert oracles.level_eigenvalues(k, oracles.relu) == [F(1, k)] * (k + 1)
        patterns = [[oracles.relu(t) for t in row] for row in oracles.pre_activations(k)]
        assert patterns == [[F(int(i == j), k) for j in range(2 ** k)] for i in range(2 ** k)]


def random_networks(seed):
    """The same function as a CNN, as a tied LCN and as an FCN on n = 4, with k = 2 and 3 filters."""
    source = random.Random(seed)
    u, w, b = (random_rationals(shape, source) for shape in ((3, 3), (3, 2), (3,)))
    tied = (u, [w] * 3, [b] * 3)
    return {"cnn": (u, w, b), "lcn": tied, "fcn": oracles.embed_in_fcn(*tied, 4)}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("network", ["cnn", "lcn", "fcn"])
def test_gradients_are_exact_differences(network, seed):
    networks = random_networks(seed)
    value, gradient = oracles.NETWORKS[network]
    points, labels = oracles.cube_points(4), oracles.table(4, oracles.majority)
    chosen = [F(i + 1, 136) for i in range(16)]
    u, w, b = networks[network]
    outputs = [value(x, u, w, b) for x in points]
    assert outputs == [oracles.NETWORKS["cnn"][0](x, *networks["cnn"]) for x in points]
    assert all(f * h != 1 for f, h in zip(labels, outputs))
    gradients = gradient(points, oracles.hinge_weights(outputs, labels, chosen, F(0)), u, w, b, oracles.relu,
                         oracles.relu_slope())
    step, found = F(1, 10 ** 12), []  # no kink is that near: every quantity is a multiple of 97^-3
    for which in (0, 1):
        for sign in (1, -1):
            base = [u, w]
            direction = random_like(base[which], random.Random(seed + 9))
            base[which] = oracles.descend(base[which], direction, -sign * step)
            found.append(oracles.hinge_loss([value(x, *base, b) for x in points], labels, chosen))
        slope = (found[-2] - found[-1]) / (2 * step)
        assert slope == inner(gradients[which], random_like((u, w)[which], random.Random(seed + 9)))


def random_like(parameter, source):
    """Random small integers in the shape of nested lists."""
    return [random_like(p, source) for p in parameter] if isinstance(parameter, list) else source.randint(-3, 3)


def inner(first, second):
    """The sum of products through nested lists."""
    return sum(map(inner, first, second)) if isinstance(first, list) else first * second


def test_kinks_use_the_chosen_slopes():
    assert oracles.hinge_weights([1, 0, 2, -1], [1, 1, 1, -1], [F(1)] * 4, F(1, 3)) == [F(1, 3), 1, 0, -F(1, 3)]
    assert [oracles.relu_slope(F(1, 2))(t) for t in (-1, 0, 2)] == [0, F(1, 2), 1]
    assert [oracles.clipped(0, F(1, 2))(t) for t in (-1, F(1, 4), 3)] == [0, F(1, 4), F(1, 2)]
    assert [oracles.clipped_slope(0, F(1, 2))(t) for t in (-1, 0, F(1, 4), F(1, 2), 3)] == [0, 0, 1, 0, 0]
    du, dw = oracles.fcn_gradient([(1, -1)], [F(1)], [F(2)], [[F(1), F(1)]], [F(0)], oracles.relu,
                                  oracles.relu_slope(F(1, 2)))
    assert (du, dw) == ([0], [[-1, 1]])
    assert oracles.hinge_loss([F(3), F(1, 2), F(0)], [1, -1, 1], [F(1, 3)] * 3) == F(5, 6)


@pytest.mark.parametrize("multiplicities, tied", [([1, 1, 1, 1], True), ([2, 1, 3, 1], True), ([2, 1, 3, 1], False)])
def test_class_recursion_is_gradient_descent(multiplicities, tied):
    labels, signs = oracles.pattern_table(3, 2, (1, 1, -1, 1), 1), signs_of(multiplicities)
    w, b = oracles.sign_filters(2, signs)
    start = [[F(0)] * len(signs)] * 2
    network = ("cnn", start, w, b) if tied else ("lcn", start, [w] * 2, [b] * 2)
    descent = oracles.gradient_descent(*network, labels, F(1, 5), 4, gamma=F(1, 2))
    collapsed = oracles.class_recursion(3, 2, multiplicities, labels, F(1, 5), 4, gamma=F(1, 2), tied=tied)
    for (loss, u, _), (other, classes, _) in zip(descent, collapsed, strict=True):
        assert loss == other and u == [[row[z] for z in signs] for row in classes]


@pytest.mark.parametrize("k, n, multiplicities", [(2, 4, [3, 1, 2, 5]), (3, 4, [1] * 8)])
def test_linear_phase_has_the_closed_form(k, n, multiplicities):
    labels, eta = oracles.pattern_table(n, k, [oracles.parity(z) for z in oracles.cube_points(k)], 1), F(1, 7)
    for t, (loss, _, _) in enumerate(oracles.class_recursion(n, k, multiplicities, labels, eta, 3)):
        # odd part of (1+theta)^(2t), with the factor theta = eta sqrt(k)/2^k cancelled against k^2.5
        odd = 2 * sum(math.comb(2 * t, j) * (eta ** 2 * F(k, 4 ** k)) ** (j // 2) for j in range(1, 2 * t, 2))
        assert loss == 1 - F(sum(multiplicities), 2 ** k) * odd * eta / (4 * k ** 2 * 2 ** k)


# ---------------------------------------------------------------- golden values: Definitions and Lemma 6
def test_golden_definitions():
    for row in GOLDEN["definitions"]["rank_of_all_cnn_functions"]:
        n, k = row["n"], row["k"]
        grid = oracles.feature_matrix(n, *oracles.sign_filters(k, range(2 ** k)), n - k + 1)
        assert oracles.rank(grid) == row["rank"] == 2 ** (k - 1) * (n - k + 2)
    few = random_rationals((5, 2), random.Random(1)), random_rationals((5,), random.Random(2))
    assert oracles.rank(oracles.feature_matrix(4, *few, 3)) <= 8
    row = GOLDEN["definitions"]["window_count_erratum"]
    arguments = (row["n"], row["k"], [0, 1], [pattern_of(row["pattern"], 1)], row["offset"])
    assert oracles.minimum_squared_norms(*arguments, windows=row["windows"]) == [None]
    assert oracles.minimum_squared_norms(*arguments) == [2]


def test_golden_event_probabilities():
    for row in LEMMA6["event_probability"]:
        assert oracles.event_probability(row["k"], row["q"]) == F(row["value"])
    row, = LEMMA6["event_probability_decimal"]
    assert rounds_to(oracles.event_probability(row["k"], row["q"]), row["value"])
    assert 0 < abs(F(row["value"]) - F(row["as_printed"])) <= F(2, 10 ** 17)  # the text's last digit is off
    row = LEMMA6["binomial_tail"]
    assert 0 < abs(F(row["value"]) - F(row["as_printed"])) <= F(2, 10 ** 17)  # the text's last digit is off
    assert rounds_to(oracles.binomial_tail(row["trials"], F(row["p"]), row["at_most"]), row["value"])
    assert row["at_most"] * 2 == row["trials"] * F(row["p"]) and -row["trials"] * F(row["p"]) / 8 == F(
        row["chernoff_exponent"])
    row = LEMMA6["failure_at_paper_q"]
    exact = oracles.event_failure_probability(row["k"], row["q"])
    assert oracles.truncated_decimal(exact, 8) == row["exact_truncated"]
    assert rounds_to(16 * (-Decimal(650) / 128).exp(), row["union_chernoff"])


def test_golden_smallest_q():
    delta = F(LEMMA6["delta"])
    assert all(oracles.paper_q(row["k"], delta) == row["q"] for row in LEMMA6["paper_q"])
    for row in LEMMA6["smallest_q_exact"][:4]:
        assert oracles.smallest_q_exact(row["k"], delta) == row["q"]


@pytest.mark.slow
def test_golden_smallest_q_for_five_bits():
    row = LEMMA6["smallest_q_exact"][4]
    assert oracles.smallest_q_exact(row["k"], F(LEMMA6["delta"])) == row["q"] == EXACT["smallest_q"][4]["exact"]


def test_golden_norms_and_eigenvalues():
    for row in LEMMA6["balanced_minimum_squared_norm"]:
        signs = list(range(4)) * (row["q"] // 4)
        assert oracles.minimum_squared_norms(row["n"], row["k"], signs, [pattern_of(row["pattern"], 2)],
                                             row["offset"]) == [F(row["value"])]
    row = LEMMA6["unbalanced_minimum_squared_norm"]
    signs, pattern = signs_of(row["multiplicities_by_index"]), pattern_of(row["pattern"], 2)
    assert oracles.minimum_squared_norms(3, 2, signs, [pattern], row["offset"]) == [F(row["value"])]
    canonical = sum(oracles.canonical_separator(2, signs, pattern, 0, 2), [])
    assert oracles.dot(canonical, canonical) == F(row["canonical"])
    activations = {"absolute value": abs, "square": lambda t: t * t, "relu": oracles.relu}
    for row in LEMMA6["level_eigenvalues"]:
        found = oracles.level_eigenvalues(row["k"], activations[row["activation"]])
        assert found == [F(value) for value in row["values"]]


@pytest.mark.parametrize("row", EXACT["event_failure"], ids=lambda row: f"k={row['k']},q={row['q']}")
def test_exact_failure_probabilities(row):
    failure = oracles.event_failure_probability(row["k"], row["q"])
    assert oracles.truncated_decimal(failure) == row["decimal"] and F(row.get("exact", failure)) == failure
    assert oracles.event_minimum(row["k"], row["q"]) == row["minimum"]
    assert row["k"] == 5 or oracles.event_probability(row["k"], row["q"]) == 1 - failure


@pytest.mark.slow
def test_exact_failure_probability_for_five_bits_by_cells():
    assert oracles.truncated_decimal(1 - oracles.event_probability(5, 836)) == EXACT["event_failure"][-1]["decimal"]


@pytest.mark.parametrize("row", [pytest.param(row, id=f"k={row['k']},delta={row['delta']}",
                                              marks=[pytest.mark.slow] if row["k"] > 3 else [])
                                 for row in EXACT["smallest_q"] if row["k"] < 5])
def test_exact_smallest_q(row):
    k, delta = row["k"], F(row["delta"])
    sharp = (1 - oracles.natural_logarithm(F(2))) / 2 ** (k + 1)
    assert oracles.paper_q(k, delta) == row["paper"]
    assert oracles.smallest_q_by_exponent(k, delta, Decimal(1) / 2 ** (k + 3)) == row["paper"]
    assert oracles.smallest_q_by_exponent(k, delta, sharp) == row["sharp_chernoff"]
    assert oracles.smallest_q_by_exponent(k, delta, oracles.relative_entropy(F(1, 2 ** k))) == row["relative_entropy"]
    assert oracles.smallest_q_exact(k, delta) == row["exact"]


def test_exact_worst_patterns():
    for row in EXACT["worst_pattern_minimum_squared_norm"]:
        value, numbers = oracles.worst_pattern_squared_norm(row["n"], row["k"], signs_of(
            row["multiplicities_by_index"]), row["offset"])
        assert (str(value), [hex(number) for number in numbers]) == (row["value"], row["patterns"])


# ---------------------------------------------------------------- golden values: training
@pytest.mark.parametrize("row", GOLDEN["trajectories"]["runs"], ids=lambda row: "-".join(row["networks"]))
def test_golden_trajectories(row):
    n, k, losses = row["n"], row["k"], [F(loss) for loss in row["losses"]]
    labels, windows = oracles.pattern_table(n, k, pattern_of(row["pattern"], k), row["offset"]), n - k + 1
    w, b = oracles.sign_filters(k, range(2 ** k))
    u = [[F(0)] * 2 ** k] * windows
    untied = (u, [w] * windows, [b] * windows)
    starts = {"cnn": (u, w, b), "lcn": untied, "fcn": oracles.embed_in_fcn(*untied, n)}
    for network in row["networks"]:
        run = oracles.gradient_descent(network, *starts[network], labels, F(row["eta"]), len(losses) - 1)
        assert [loss for loss, _, _ in run] == losses
    run = oracles.class_recursion(n, k, [1] * 2 ** k, labels, F(row["eta"]), len(losses) - 1,
                                  tied="cnn" in row["networks"])
    assert [loss for loss, _, _ in run] == losses


def theorem4_bound(n, k, q, steps, c):
    """2cn^2k^2 2^k/q + 2(2^k k)^2/sqrt(qn) + c^2 n^1.5 sqrt(q)/T to 50 digits."""
    with localcontext() as context:
        context.prec = 50
        root = (Decimal(n) * q).sqrt()
        return Decimal(2 * c * n * n * k * k * 2 ** k) / q + 2 * (2 ** k * k) ** 2 / root + c * c * n * root / steps


def test_golden_theorem4_bounds_and_counterexample():
    for row in THEOREM4["bounds"]:
        assert rounds_to(theorem4_bound(row["n"], row["k"], row["q"], row["T"], row["c"]), row["value"])
    row = THEOREM4["counterexample"]
    assert rounds_to(theorem4_bound(row["n"], row["k"], row["q"], row["T"], row["c"]), row["bound"])
    low, high = map(F, row["activation_clip"])
    w, b = oracles.sign_filters(2, range(4))
    labels = oracles.pattern_table(2, 2, pattern_of(row["pattern"], 2), 0)
    run = oracles.gradient_descent("cnn", [[F(0)] * 4], w, b, labels, F(1, 3), 2, sigma=oracles.clipped(low, high),
                                   slope=oracles.clipped_slope(low, high))
    assert [(loss, u, weights) for loss, u, weights in run] == [(1, [[0] * 4], w)] * 3


@pytest.mark.parametrize("row", THEOREM4["smallest_work_below_one"]["values"], ids=lambda row: f"k={row['k']}")
def test_golden_smallest_work(row):
    k, n, best = row["k"], row["k"] + 1, row["q"] * row["T"]
    assert theorem4_bound(row["n"], k, row["q"], row["T"], 1) < 1
    while True:  # every n, q and the least T that float64 cannot exclude, then 50 digits decide
        first, second = 2 * n * n * k * k * 2 ** k, 2 * (2 ** k * k) ** 2
        low, high = max(oracles.paper_q(k, F(1, 10)), first + 1), int((best / n ** 1.5) ** (2 / 3)) + 2
        if low > high:  # qT > n^1.5 q^1.5 is then above the best for this n, and for every larger one
            break
        q = np.arange(low, high + 1, dtype=float)
        slack = 1 - first / q - second / np.sqrt(q * n)
        q, slack = q[slack > 0], slack[slack > 0]
        steps = np.floor(n ** 1.5 * np.sqrt(q) / slack * (1 - 1e-9)) + 1  # rounding errors stay below 1e-9
        for i in np.flatnonzero(q * steps <= best):
            at = (n, k, int(q[i]), int(steps[i]))
            assert at == (row["n"], k, row["q"], row["T"]) or theorem4_bound(*at, 1) >= 1
        n += 1


def test_golden_reference_run():
    row = THEOREM4["reference_run"]
    n, k, q, steps, m = row["n"], row["k"], row["q"], row["T"], row["multiplicities_by_index"]
    windows = n - k + 1
    with localcontext() as context:
        context.prec = 40
        eta, norm = (Decimal(n) / q).sqrt() / steps, k * k * sum(Decimal(1) / count for count in m)
        for run in row["mean_loss"]:
            labels = oracles.pattern_table(n, k, pattern_of(run["pattern"], k), row["offset"])
            states = list(oracles.class_recursion(n, k, m, labels, eta, steps - 1, one=Decimal(1)))
            assert rounds_to(sum(loss for loss, _, _ in states) / steps, run["value"])
            largest = max(a for _, _, layer in states for values in layer for a in values)
            mass = Decimal(windows) / 4 ** k  # P_z, the same for every z
            prime = k ** 3 * eta ** 2 * steps * largest ** 2 * mass + norm / (2 * eta * steps)
            assert rounds_to(prime + eta / 2 * largest ** 2 * mass * q, row["theorem_a_prime"])
        power = (Decimal(k * windows * n) / q).sqrt().exp()
        c = (power + 1 / power) / 2 / k
        sharp = k * c * windows * 2 ** k * k * eta ** 2 * (steps - 1) * (steps - 2) / 6
        assert rounds_to(sharp + norm / (2 * eta * steps) + eta / 2 * c ** 2 * q * windows, row["sharp_with_cosh"])


def test_golden_widths_and_ratio():
    for row in GOLDEN["theorem_a"]["frozen_width"]:
        k = row["k"]
        assert math.ceil(2 ** (k + 1) * (1 + 2 ** (k / 2)) * k * k * (k - 2) / math.sqrt(3 * k - 4)) == row["q"]
    row = GOLDEN["corollary5"]
    k = row["n"].bit_length() - 1
    assert rounds_to(math.log2(math.comb(row["n"], k)) / k ** 2, row["log_ratio"])


def test_golden_gaussian_eigenvalues():
    row = GOLDEN["comment7"]
    k, variance = row["k"], mpmath.mpf(row["k"]) + 1
    with mpmath.workdps(30):
        kernel = []
        for m in range(k + 1):
            # E relu(X) relu(Y) of standard Gaussians with correlation rho: integrate the conditional mean of relu(Y)
            rho = (k - 2 * m + 1) / variance
            spread = mpmath.sqrt(1 - rho ** 2)
            kernel.append(variance * mpmath.quad(lambda x: x * mpmath.npdf(x) * (rho * x if spread == 0 else (
                rho * x * mpmath.ncdf(rho * x / spread) + spread * mpmath.npdf(rho * x / spread))), [0, 2, 5, 20]))
        for level, text in enumerate(row["level_eigenvalues"]):
            assert rounds_to(sum(oracles.krawtchouk(k, m, level) * kernel[m] for m in range(k + 1)), text)


def test_golden_lemma8_counterexample():
    row = GOLDEN["lemma8"]["counterexample"]
    chosen = [F(0)] * 16
    chosen[oracles.point_index(row["point"])] = F(1)
    *_, (_, u, _) = oracles.gradient_descent(
        "cnn", [[F(0)]] * 3, [[F(value) for value in row["filter"]]], [F(1, 2) - 1], [row["label"]] * 16,
        F(row["eta"]), row["steps"], probabilities=chosen)
    assert u == [[F(row["readout"])]] * 3
    assert F(row["stated"]) == F(row["eta"]) * row["steps"] / 2 < F(row["readout"])


def test_golden_theorem10_example():
    row = GOLDEN["theorem10"]
    start, slope, eta, steps = F(row["theta_1"]), F(row["slope"]), F(row["eta"]), row["T"]
    assert steps == 1 and slope * start == F(row["value"])
    assert start * slope + eta * slope ** 2 == F(row["stated"])
    assert start * slope + eta * slope ** 2 / 2 == F(row["stated_with_half"])
    assert start ** 2 / (2 * eta) + eta * slope ** 2 / 2 == F(row["standard"])


def check_orbit_average(row):
    weights, bias, expected = row["weights"], F(row["bias"]), (F(row["filters"]), F(row["readout"]))
    for at_zero in (F(0), F(1, 2), F(1)):
        assert oracles.orbit_average_by_levels(weights, bias, row["k"], at_zero) == expected
    assert oracles.orbit_average_by_permutations(weights, bias, row["k"]) == expected


@pytest.mark.parametrize("row", [
    pytest.param(row, id=f"n={row['n']},{i}", marks=[pytest.mark.slow] if len(set(row["weights"])) > 1 else [])
    for i, row in enumerate(GOLDEN["theorem12"]["orbit_averages"])])
def test_golden_orbit_averages(row):
    check_orbit_average(row)


def test_orbit_identity_with_unequal_weights_and_kinks():
    for weights, bias, k, at_zero in [((1, 1, 2), F(0), 2, F(1, 2)), ((1, 1, 1, 3), F(0), 1, F(1, 3)),
                                      ((1, 2, 2, 1), F(1, 2), 3, F(0)), ((1, 2, 3), F(0), 3, F(1))]:
        assert oracles.orbit_average_by_permutations(weights, bias, k, at_zero) == oracles.orbit_average_by_levels(
            weights, bias, k, at_zero)


def test_golden_margin_counterexample():
    row = GOLDEN["theorem12"]["margin_counterexample"]
    labels = oracles.table(row["n"], lambda x: oracles.parity(x[:row["k"]]))
    weights = oracles.hinge_weights([F(1)] * 16, labels, [F(1, 16)] * 16, F(row["gamma"]))
    du, _ = oracles.fcn_gradient(oracles.cube_points(row["n"]), weights, [F(1)], [[F(0)] * row["n"]], [F(0)],
                                 lambda t: F(1), lambda t: F(0))
    assert du[0] ** 2 == F(row["squared_gradient"])
    assert F(row["stated"]) == F(1, math.comb(row["n"], row["k"])) < F(row["squared_gradient"])
    full = oracles.hinge_weights([F(1)] * 16, labels, [F(1, 16)] * 16, F(1))
    assert sum(full) == 0  # with the other slope at margin 1 the gradient vanishes
