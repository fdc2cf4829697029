"""The smallest sufficient q: golden values, a plain downward loop over exact rationals, and its definition."""
from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import event_failure_probability, paper_q, relative_entropy, smallest_q_by_exponent

from theorycheck.errors import ParameterError
from theorycheck.probability import draws
from theorycheck.probability.draws import is_sufficient, smallest_sufficient_draws, sufficient_draws_bound
from theorycheck.probability.occupancy import exact_occupancy_probability, occupancy_failure_probability
from theorycheck.rigor import working_precision

ROWS = json.loads((Path(__file__).parents[1] / "data" / "lemma6_exact.json").read_text(encoding="utf-8"))["smallest_q"]
RISKS = st.fractions(Fraction(1, 10**6), Fraction(99, 100), max_denominator=10**6)


def test_golden_values_of_the_paper():
    assert [sufficient_draws_bound(k, "0.1") for k in range(1, 6)] == [48, 119, 281, 650, 1477]
    assert [smallest_sufficient_draws(k, "0.1") for k in range(1, 6)] == [13, 49, 132, 330, 836]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"k{row['k']}-delta{row['delta'].replace('/', 'over')}")
def test_golden_values_from_the_oracles(row):
    k, delta = row["k"], row["delta"]
    assert smallest_sufficient_draws(k, delta) == row["exact"]
    assert sufficient_draws_bound(k, delta) == row["paper"]
    assert sufficient_draws_bound(k, delta, "sharp_chernoff") == row["sharp_chernoff"]
    assert sufficient_draws_bound(k, delta, "kl") == row["relative_entropy"]


@given(st.integers(1, 2), RISKS.filter(lambda risk: risk > Fraction(1, 50)))
@settings(deadline=None, max_examples=12)
def test_smallest_against_a_loop_over_exact_rationals(k, delta):
    q = paper_q(k, delta)
    while event_failure_probability(k, q - 1) <= delta:
        q -= 1
    assert smallest_sufficient_draws(k, delta) == q


def test_equality_counts_as_sufficient():
    # δ is the failure probability at q=49 itself: a strict comparison would move on.
    delta = event_failure_probability(2, 49)
    assert is_sufficient(49, 2, delta)
    assert smallest_sufficient_draws(2, delta) == 49
    assert smallest_sufficient_draws(2, delta - Fraction(1, 10**60)) == 50


def test_equality_beyond_every_precision_is_decided_by_rationals():
    # At k q = 1200 the probability is enclosed, and 10^-2000 is below the finest enclosure tried.
    delta = 1 - exact_occupancy_probability(300, 4)
    assert is_sufficient(300, 4, delta)
    assert not is_sufficient(300, 4, delta - Fraction(1, 10**2000))


@given(st.integers(1, 60), RISKS)
@settings(deadline=None)
def test_bounds_against_the_decimal_module(k, delta):
    assert sufficient_draws_bound(k, delta) == paper_q(k, delta)
    assert sufficient_draws_bound(k, delta, "kl") == smallest_q_by_exponent(
        k, delta, relative_entropy(Fraction(1, 2**k)))


@pytest.mark.parametrize("k, steps", [(1, 2), (1, 5), (2, 5), (3, 9)])
def test_a_divergence_bound_that_is_an_integer_is_told(k, steps):
    # 2^k e^(-q KL(p/2||p)) is rational where 2^(k+1) divides q: no enclosure would ever tell that q is not exceeded.
    cells, q = 2**k, steps * 2**(k + 1)
    delta = cells * (Fraction(1, 2) * Fraction(2 * cells - 1, 2 * cells - 2) ** (2 * cells - 1)) ** -steps
    assert 0 < delta < 1
    assert sufficient_draws_bound(k, delta, "kl") == q + 1
    assert sufficient_draws_bound(k, delta + Fraction(1, 10**30), "kl") == q
    assert sufficient_draws_bound(k, delta - Fraction(1, 10**30), "kl") == q + 1


@given(st.integers(1, 12), RISKS.filter(lambda risk: risk < Fraction(1, 2)))
@settings(deadline=None, max_examples=25)
def test_the_order_of_the_four(k, delta):
    exact = smallest_sufficient_draws(k, delta)
    by_kl, by_sharp, by_chernoff = (sufficient_draws_bound(k, delta, kind)
                                    for kind in ("kl", "sharp_chernoff", "chernoff"))
    assert exact <= by_kl <= by_sharp <= by_chernoff
    assert is_sufficient(exact, k, delta) and not is_sufficient(exact - 1, k, delta)


def test_at_k_10():
    # Checked by the definition: all later threshold steps suffice, the draw before does not.
    found, upper = smallest_sufficient_draws(10, "0.1"), sufficient_draws_bound(10, "0.1")
    assert found == 47_664 and upper == 75_646
    assert not is_sufficient(found - 1, 10, "0.1")
    assert all(is_sufficient(q, 10, "0.1") for q in (found, *range(-(-found // 2048) * 2048, upper, 2048)))


def test_not_monotone_and_still_right():
    # At k=3 the event passes 0.9 before it stays there.
    found = smallest_sufficient_draws(3, "0.1")
    assert any(is_sufficient(q, 3, "0.1") for q in range(found - 16, found))


@pytest.mark.parametrize("bits", [8, 53, 512])
def test_the_working_precision_does_not_change_the_answer(bits):
    with working_precision(bits):
        assert smallest_sufficient_draws(4, "0.1") == 330
        assert sufficient_draws_bound(4, "0.1") == 650


def test_a_wrong_event_is_noticed(monkeypatch):
    # Negative control: at least half the mean instead of more.
    monkeypatch.setattr(draws, "event_threshold", lambda q, k: -(-q // 2**(k + 1)))
    monkeypatch.setattr(draws, "occupancy_failure_probability",
                        lambda q, k: occupancy_failure_probability(q, k, -(-q // 2**(k + 1))))
    assert [smallest_sufficient_draws(k, "0.1") for k in range(1, 4)] != [13, 49, 132]


def test_start_up_stays_light():
    # The exact probabilities answer on the standard library and python-flint alone.
    code = ("import sys, theorycheck.probability.draws, theorycheck.probability.intervals; "
            "print(sorted({'numpy', 'numba', 'scipy', 'sympy'} & set(sys.modules)))")
    root = Path(__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_fewer_draws_than_cells_never_suffice():
    assert not is_sufficient(0, 1, "0.99") and not is_sufficient(15, 4, "0.999")


@pytest.mark.parametrize("call, message", [
    (lambda: smallest_sufficient_draws(0, "0.1"), "'k' must be at least 1, not 0."),
    (lambda: smallest_sufficient_draws(2, 2), "'delta' must be above 0 and below 1, not 2."),
    (lambda: smallest_sufficient_draws(2, 0), "'delta' must be above 0 and below 1, not 0."),
    (lambda: sufficient_draws_bound(2, 1), "'delta' must be above 0 and below 1, not 1."),
    (lambda: sufficient_draws_bound(2, float("nan")), "'delta' must be a finite number, not nan."),
    (lambda: sufficient_draws_bound(2, "0.1", "best"),
     "'kind' must be one of chernoff, sharp_chernoff, kl, not 'best'."),
    (lambda: is_sufficient(-1, 2, "0.1"), "'q' must be at least 0, not -1."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
