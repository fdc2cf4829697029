"""Hinge slopes other than 1: the true means by listing every draw of a small network, against the upper ends."""
from fractions import Fraction
from itertools import permutations, product
from math import comb, prod

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.networks.activations import activation_named
from theorycheck.rigor import Real, decide
from theorycheck.statements import theorem12_bounds, theorem12_margins
from theorycheck.statements.theorem12 import CLAIM, Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

VERIFIED, REFUTED, INCONCLUSIVE = Verdict.VERIFIED, Verdict.REFUTED, Verdict.INCONCLUSIVE


def theorem12(seed=0, **values):
    return Theorem12(Theorem12Parameters.from_values({"n": 4, "k": 2, "q": 1, "weights": "signs/n", **values}),
                     Settings(seed))


def check(**values):
    return run_claim(CLAIM, CLAIM.parameters.from_values({"n": 4, "k": 2, "q": 1, **values}), Settings())


def listed_means(weights, bias, activation, k, gamma, readouts, has_signs=False):
    """E‖∂L/∂W‖² and E‖∂L/∂u‖² over all permutations (and signs) of the weights, and all given readouts."""
    n, points, sigma = len(weights), list(product((1, -1), repeat=len(weights))), activation_named(activation)
    signs = points if has_signs else [(1,) * n]
    # All draws, equally likely.
    orders = sorted({tuple(a * b for a, b in zip(order, sign)) for order in permutations(weights) for sign in signs})
    filters, outer, count = Fraction(0), Fraction(0), 0
    for u in readouts:
        for rows in product(orders, repeat=len(u)):
            sums = [[sum(a * b for a, b in zip(row, x)) + bias for x in points] for row in rows]
            values = [[sigma(t).exact for t in line] for line in sums]
            slopes = [[sigma.derivative(t).exact for t in line] for line in sums]
            factor = []
            for place, x in enumerate(points):
                f = prod(x[:k])
                reached = f * sum(v[place] * entry for v, entry in zip(values, u))
                factor.append(f * (1 if reached < 1 else gamma if reached == 1 else 0))
            for v, s, entry in zip(values, slopes, u):
                outer += (sum(f * y for f, y in zip(factor, v)) / Fraction(len(points)))**2
                filters += entry**2 * sum((sum(f * y * x[j] for f, y, x in zip(factor, s, points))
                                           / Fraction(len(points)))**2 for j in range(n))
            count += 1
    return filters / count, outer / count


CASES = [
    ([Fraction(1, 3)] * 3, "signs/n", "relu", 0), ([Fraction(1, 3)] * 3, "signs/n", "relu", "1/2"),
    ([0, 1, 1], "parity:2", "peaks:2", 0), ([0, 1, 2], "orbit:0,1,2", "clip:-1,1", 0),
    ([1, 1, 1], "parity:3", "peaks:0", 0), ([0, -1, 2], "orbit:0,-1,2", "clip:-1/2,1", 0),
    ([Fraction(1, 2), Fraction(1, 3), 0], "orbit:1/2,1/3,0", "abs", "1/3"), ([0, 0, 1], "parity:1", "triangle:1", 0)]


@pytest.mark.parametrize("weights, law, activation, gamma", CASES, ids=str)
@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("readout", ["1/q", "ones"])
def test_one_neuron_is_exact_over_all_permutations(weights, law, activation, gamma, k, readout):
    instance = theorem12(n=3, k=k, weights=law, activation=activation, gamma=gamma, readout=readout)
    u = instance.largest_readout.exact
    expected = listed_means(weights, 0, activation, k, Fraction(gamma), [(u,), (-u,)] if readout == "1/q" else [(1,)],
                            law == "signs/n")
    assert theorem12_margins.one_neuron(instance) == expected


@pytest.mark.parametrize("weights, law, activation, gamma", CASES, ids=str)
@pytest.mark.parametrize("k", [1, 2])
def test_the_true_mean_of_two_neurons_is_below_the_upper_end(weights, law, activation, gamma, k):
    instance = theorem12(n=3, k=k, q=2, weights=law, activation=activation, gamma=gamma, readout="1/q")
    u = instance.largest_readout.exact
    true = listed_means(weights, 0, activation, k, Fraction(gamma), list(product((u, -u), repeat=2)))
    for kind, value in zip(("filters", "readout"), true):
        found = theorem12_margins.true_mean(instance, kind, theorem12_bounds.mean_of(instance, kind))
        assert decide(found.quantity.value, ">=", value) is not False
        assert found.is_bound == bool(theorem12_margins.margin(instance).expected)


def test_beyond_the_margin_bessels_inequality_is_left():
    # |h| = 2σ reaches 2: the true means are those of a hinge of slope 0 there.
    instance = theorem12(n=3, k=2, q=2, weights="signs/n", readout="ones")
    assert theorem12_margins.margin(instance) is None
    true = listed_means([Fraction(1, 3)] * 3, 0, "relu", 2, Fraction(0), [(1, 1)])
    for kind, value in zip(("filters", "readout"), true):
        found = theorem12_margins.true_mean(instance, kind, theorem12_bounds.mean_of(instance, kind))
        assert found.is_bound and found.quantity.value.exact == 2 >= value and "|h|>1" in found.note


@pytest.mark.parametrize("values, share", [
    ({}, Fraction(1, 16)), ({"activation": "abs"}, Fraction(1, 8)), ({"activation": "tanh"}, 0),
    ({"activation": "peaks:0"}, 1), ({"weights": "parity:2"}, Fraction(1, 4)), ({"weights": "uniform"}, 1),
    ({"weights": "signs/sqrt(n)", "n": 5}, Fraction(1, 32)), ({"weights": "orbit:0,0,0,0", "bias": 1}, 1),
    ({"weights": "orbit:0,1,2,4", "activation": "clip:-5,5"}, Fraction(1, 2)), ({"activation": "cosine:2"}, 0)],
    ids=str)
def test_how_often_one_neuron_is_at_its_largest(values, share):
    assert theorem12_margins.peak_share(theorem12(**values, readout="1/q")) == share


@pytest.mark.parametrize("values, expected", [
    ({}, Fraction(1, 64)), ({"q": 4}, Fraction(1, 256)), ({"gamma": 1}, 0), ({"c": 9}, 0),
    ({"readout": "pairs", "q": 2}, 0), ({"readout": "zero"}, 0), ({"readout": "ones"}, Fraction(1, 16)),
    ({"q": 10**9}, Fraction(1, 2**4100)), ({"readout": "ones", "activation": "clip:-1/2,1/2"}, 0),
    ({"activation": "zero", "readout": "ones", "q": 9}, 0)], ids=str)
def test_the_chance_of_a_margin_of_1(values, expected):
    values = {"readout": "1/q", "q": 2, **values} if values.get("readout") != "ones" else values
    assert theorem12_margins.margin(theorem12(**values)).expected == expected


def test_too_many_sums_are_not_looked_at():
    assert theorem12_margins.peak_share(theorem12(
        n=20, readout="ones", weights="orbit:" + ",".join(str(3**j) for j in range(20)))) == 1


# What the whole claim says.

@pytest.mark.parametrize("readout", ["1/q", "ones"])
def test_the_papers_counterexample_is_refuted(readout):
    # σ = 1 (peaks:0), q = u = 1, n = 4, k = 2: 1/4 > 1/6 at γ = 0, and 0 at γ = 1.
    report = check(activation="peaks:0", readout=readout)
    outcome = report.step("stated_readout").outcome
    assert report.verdict is REFUTED and outcome.verdict is REFUTED
    assert outcome.lhs.value.exact == Fraction(1, 4) and outcome.rhs.value.exact == Fraction(1, 6)
    assert check(activation="peaks:0", readout=readout, gamma=1).verdict is VERIFIED


@pytest.mark.parametrize("values", [
    {"gamma": 1}, {"gamma": 0}, {"gamma": "1/2", "activation": "tanh"},
    {"weights": "sparse:2", "activation": "peaks:1", "gamma": 1},
    {"n": 9, "k": 4}, {"activation": "clip:-1/4,1/4", "q": 4, "gamma": 1}], ids=str)
def test_readout_1_with_a_small_output_is_not_refuted(values):
    report = check(**{"readout": "ones", "weights": "signs/n", **values})
    assert report.step("gradient_formula").outcome.verdict is VERIFIED
    assert report.verdict is VERIFIED


def test_a_large_output_is_never_verified():
    # The copy of two neurons has |h| < 1, the instance of 1024 has not.
    parameters = CLAIM.parameters.from_values({"n": 16, "k": 2, "weights": "signs/n", "readout": "ones"})
    report = run_claim(CLAIM, parameters, Settings(without_hypotheses=True))
    assert report.verdict is INCONCLUSIVE
    assert report.step("stated_readout").outcome.verdict is INCONCLUSIVE


@pytest.mark.parametrize("values, verdict", [
    ({"n": 16, "k": 4, "q": 1024}, VERIFIED), ({"n": 12, "k": 3, "q": 1024, "weights": "uniform", "draws": 4},
                                               Verdict.CONSISTENT),
    ({"n": 60, "k": 3, "q": 1024, "weights": "uniform"}, VERIFIED),
    ({"n": 9, "k": 3, "q": 2, "weights": "parity:3", "activation": "cosine:2"}, VERIFIED),
    # The mean is the bound at slope 1, so what the margin adds is not decided.
    ({"n": 9, "k": 3, "q": 64, "weights": "parity:3", "activation": "peaks:3"}, INCONCLUSIVE)], ids=str)
def test_readout_over_cq_at_gamma_0(values, verdict):
    report = check(readout="1/q", **values)
    assert report.verdict is verdict
    if verdict is VERIFIED and "activation" not in values:
        assert "at most" in report.sentence and "exactly" not in report.sentence


def test_the_upper_end_is_the_mean_where_the_slope_is_1():
    instance = theorem12(readout="zero")
    assert theorem12_margins.bounded_above(instance, "filters", Real(Fraction(1, 7))).exact == Fraction(1, 7)
    assert comb(4, 2) == 6 and theorem12_margins.bounded_above(theorem12(activation="square", readout="ones"),
                                                               "filters", Real(1)) is None
