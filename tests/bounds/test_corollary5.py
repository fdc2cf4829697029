"""The formulas of Corollary 5: they solve Theorem 4's terms, and the lower bound lies below exact runs."""
from fractions import Fraction
from math import e, log, sinh, sqrt

import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.bounds import corollary5, theorem4
from theorycheck.bounds.evaluate import evaluate
from theorycheck.rigor import decide

sizes = st.tuples(st.integers(1, 40), st.integers(1, 8)).filter(lambda pair: pair[1] <= pair[0])
shares = st.fractions(min_value=Fraction(1, 50), max_value=Fraction(49, 50), max_denominator=50)


@given(sizes, shares, st.fractions(min_value=Fraction(1, 8), max_value=3, max_denominator=8))
def test_the_widths_make_each_term_exactly_a_third(size, epsilon, c):
    n, k = size
    first = corollary5.first_term_width(n, k, epsilon, c)
    assert theorem4.first_term(n, k, first, c) == corollary5.share(epsilon)
    second = corollary5.second_term_width(n, k, epsilon)
    assert evaluate(theorem4.second_term(n, k, second)**2).exact == (epsilon / 3)**2
    steps = corollary5.sufficient_steps(n, 7, epsilon, c)
    assert evaluate(theorem4.third_term(n, 7, steps, c)).exact == epsilon / 3


def test_the_sufficient_width_is_the_smallest_integer():
    # The first width 6*3*2^2*... and the second are integers here, the third is not and must be exceeded.
    assert evaluate(corollary5.sufficient_width(2, 1, Fraction(1, 2), Fraction(1, 10), 1)).exact == 1152
    small = evaluate(corollary5.sufficient_width(1, 1, 100, Fraction(1, 10**9), 1)).exact
    assert small == int(16 * log(4 * 10**9)) + 1
    first = evaluate(corollary5.sufficient_width(50, 1, Fraction(1, 7), Fraction(1, 10), 5)).exact
    assert first == 6 * 5 * 2500 * 2 * 7


def test_the_needed_constant_is_that_of_the_second_term():
    n, k, epsilon, delta = 9, 4, Fraction(1, 3), Fraction(1, 10)
    constant = corollary5.needed_constant(n, k, delta)
    q = corollary5.stated_width(n, k, epsilon, delta, constant)
    assert (q - corollary5.second_term_width(n, k, epsilon)).equals(0)


def test_208_suffices_up_to_the_logarithm_of_n():
    # From k=5 on 36k^4/(2^k k ln 2) falls; 2^k > n only helps; δ close to 1 is the worst.
    delta = Fraction(10**9 - 1, 10**9)
    values = [evaluate(corollary5.needed_constant(2**k, k, delta)) for k in range(1, 30)]
    assert all(decide(value, "<", 208) for value in values)
    assert max(map(float, values)) > 207.7
    for k in (1, 3, 4, 5, 8, 12):
        for n in (2**k, 2**k + 1, 4**k):
            for epsilon in (Fraction(1, 100), Fraction(999, 1000)):
                q = corollary5.stated_width(n, k, epsilon, delta, 208)
                assert decide(evaluate(theorem4.stated_bound(n, k, q, q, 1)), "<=", epsilon) is True


def test_no_constant_suffices_well_above():
    # k = 2 log2 n: the constant needed grows without bound.
    values = [float(evaluate(corollary5.needed_constant(2**j, 2 * j, Fraction(1, 10)))) for j in (2, 4, 8, 16)]
    assert all(later > 5 * earlier for earlier, later in zip(values, values[1:]))


def test_the_sample_sizes_in_numbers():
    assert corollary5.dimension_bound(2, 3) == 8 and corollary5.dimension_bound(3, 5) == 24
    assert float(evaluate(corollary5.dimension_examples(36, Fraction(1, 4), Fraction(1, 10)))) == pytest.approx(
        16 * (36 + log(10)))
    assert float(evaluate(corollary5.deviation_bound(36, 4000, Fraction(1, 20)))) == pytest.approx(
        sqrt(8 * (36 * log(2 * e * 4000 / 36) + log(80)) / 4000))
    assert float(evaluate(corollary5.stated_examples(10, 3, 100, Fraction(1, 4), Fraction(1, 10)))) == pytest.approx(
        16 * 3000 * log(30000))


def test_the_lower_bound_in_numbers():
    n, k, q, windows = 5, 2, 100, 4
    y = sqrt(n * k * windows / q) / 4
    value = evaluate(corollary5.loss_lower_bound(n, k, q, windows))
    assert float(value) == pytest.approx(1 - q * sinh(2 * y) / (8 * 4 * sqrt(8)))
    assert float(evaluate(corollary5.growth_exponent(n, k, q, windows))) == pytest.approx(y)
    assert corollary5.necessary_width(5, 2, Fraction(1, 5)) * 5 == Fraction(16, 25) * 256 * 16


@pytest.mark.parametrize("n, k, multiplicities, steps", [
    (4, 2, (4, 4, 4, 4), 5), (4, 2, (13, 1, 1, 1), 5), (4, 2, (0, 16, 0, 0), 4), (4, 1, (2, 2), 6),
    (4, 1, (24, 12), 3), (4, 3, (2,) * 8, 4), (4, 3, (9, 1, 1, 1, 1, 1, 1, 1), 4),
    (4, 2, (36, 36, 36, 36), 5), (4, 2, (100, 20, 14, 10), 5)])
@pytest.mark.parametrize("offset", [0, 1])
def test_every_step_of_an_exact_run_stays_above_the_lower_bound(n, k, multiplicities, steps, offset):
    q, windows = sum(multiplicities), n - k + 1
    root = {4: 2, 16: 4, 36: 6, 144: 12}[q]
    eta = Fraction(2, root * steps)  # √n/(√q T), rational for these n and q
    bound = evaluate(corollary5.loss_lower_bound(n, k, q, windows))
    labels = [oracles.character(((1 << k) - 1) << offset, x) for x in oracles.cube_points(n)]
    losses = [loss for loss, _, _ in oracles.class_recursion(n, k, multiplicities, labels, eta, steps)]
    assert all(decide(bound, "<=", loss) is True for loss in losses)


def test_the_lower_bound_is_close_in_the_linear_phase():
    # One window only: the bound differs from the closed form by sinh for its powers alone, θ² of a few percent.
    labels = [oracles.character(15, x) for x in oracles.cube_points(4)]
    *_, (loss, _, _) = oracles.class_recursion(4, 4, (1,) * 16, labels, Fraction(2, 4 * 6), 6)
    gained = 1 - float(evaluate(corollary5.loss_lower_bound(4, 4, 16, 1)))
    assert float(1 - loss) <= gained < 1.02 * float(1 - loss)
