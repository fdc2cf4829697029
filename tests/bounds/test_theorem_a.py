"""Theorem A's formulas: golden widths, golden bound, and where they come from."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from sympy import ceiling, simplify, sqrt

from theorycheck.bounds import lemma6_norms, theorem_a
from theorycheck.bounds.evaluate import evaluate
from theorycheck.bounds.symbols import k, q
from theorycheck.rigor import Real, decide

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())


@pytest.mark.parametrize("row", GOLDEN["theorem_a"]["frozen_width"])
def test_golden_frozen_widths(row):
    assert ceiling(theorem_a.frozen_width(row["k"])) == row["q"]


@pytest.mark.parametrize("bits", [3, 4, 5, 8])
def test_the_width_is_where_the_readout_bound_meets_the_threshold_on_the_event(bits):
    # On the event m > q 2^-(k+1) and ||u*||² <= 2 4^k k²/q; with both at their ends the bound is an equality.
    norm, least = lemma6_norms.sharp_squared_norm_bound(bits), q / 2**(bits + 1)
    bound = theorem_a.squared_readout_bound(norm, least, bits).subs(q, theorem_a.frozen_width(bits))
    assert simplify(bound - theorem_a.squared_frozen_readout(bits)) == 0


def test_the_threshold_is_the_frozen_scale():
    difference = 1 / k**2 + k * theorem_a.squared_frozen_readout() - theorem_a.frozen_scale()**2
    assert simplify(difference) == 0
    assert theorem_a.frozen_scale(4) == Fraction(3, 4)


def test_the_flow_bound_and_its_time():
    values = {"k": 2, "m_z": [3, 1, 2, 2], "s": 7}
    assert evaluate(theorem_a.flow_loss_bound(), values).exact == Fraction(28, 3) / 28
    assert evaluate(theorem_a.sufficient_time(), {**values, "epsilon": Fraction(1, 3)}).exact == 7
    assert theorem_a.flow_loss_bound(5, 20) == 1
    on_event = evaluate(theorem_a.event_flow_loss_bound(), {"k": 2, "q": 8, "s": 7}).exact
    assert on_event == Fraction(16 * 4, 2 * 8 * 7)


def test_golden_bound_of_the_finite_run():
    golden = GOLDEN["theorem4"]["reference_run"]
    counts = golden["multiplicities_by_index"]
    n, bits, width, steps = (golden[name] for name in ("n", "k", "q", "T"))
    eta = Real(Fraction(n, width * steps**2)).sqrt()
    # P_z = Σ_j p_j(z)² with two windows of probability 1/4; A from the run itself, 1/2 to five digits.
    square = Fraction(2, 16)
    values = {"k": bits, "T": steps, "eta": eta, "A": Fraction(500001, 10**6), "P": square, "Q": width * square,
              "m_z": counts}
    bound = evaluate(theorem_a.finite_loss_bound(), values)
    assert abs(float(bound) - float(golden["theorem_a_prime"])) < 5e-7
    pieces = [evaluate(term, values) for term in (theorem_a.comparator_term(), theorem_a.distance_term(),
                                                  theorem_a.gradient_term())]
    assert abs(sum(map(float, pieces)) - float(bound)) < 1e-15
    assert decide(evaluate(theorem_a.sharper_finite_loss_bound(), values), "<", bound) is True


def test_terms_scale_as_they_should():
    assert theorem_a.comparator_term(1, 1, 2, 1, 1) == 4 * theorem_a.comparator_term(1, 1, 1, 1, 1)
    assert theorem_a.distance_term(2, 2, 8) == 1 and theorem_a.gradient_term(2, 3, 5) == 45
    assert theorem_a.squared_readout_bound(0, 4, 2) == Fraction(1, 4)
    assert sqrt(theorem_a.squared_readout_bound(16, 1, 1)) == 5
