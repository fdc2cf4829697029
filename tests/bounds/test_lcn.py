"""The LCN's formulas: the CNN's with 1 for n where its own filters count, worst growths, and the sharp sums."""
from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Rational, sqrt

from theorycheck.bounds import lcn, lemma8, lemma9, theorem4
from theorycheck.bounds.evaluate import evaluate
from theorycheck.bounds.symbols import N, T, c, eta, k, n, q
from theorycheck.rigor import decide

AT = {n: 5, k: 2, q: 640, N: 4, T: 30, c: Fraction(2, 3), eta: Fraction(1, 50)}


def test_lemma8_with_one_for_n_at_each_location():
    assert lcn.window_drift_bound() == lemma8.drift_bound(n=1)
    assert lcn.sharp_window_drift_bound() == lemma8.sharp_drift_bound(N=1)
    # c η² T² √(qk) = (2/3)(1/2500)(900)√1280, and half of 30·29/30² of it.
    stated = evaluate(lcn.window_drift_bound()**2, AT).exact
    assert stated == (Fraction(2, 3) * 900 / 2500)**2 * 1280
    assert evaluate(lcn.sharp_window_drift_bound()**2, AT).exact == stated * Fraction(29, 60)**2


def test_all_locations_together_move_root_n_as_much():
    assert evaluate((lcn.drift_bound() / lcn.window_drift_bound())**2, AT).exact == 4
    assert evaluate((lcn.sharp_drift_bound() / lcn.sharp_window_drift_bound())**2, AT).exact == 4
    assert lcn.window_norm_bound() == lemma8.window_norm_bound()


def test_lemma9_with_one_for_n():
    assert lcn.loss_change_bound() == lemma9.loss_change_bound(n=1)
    assert lcn.sharp_loss_change_bound() == lemma9.sharp_loss_change_bound(N=1)


def test_theorem4_loses_a_factor_n_in_its_first_term_only():
    assert (lcn.first_term() * n).expand() == theorem4.first_term()
    assert lcn.stated_bound() - lcn.first_term() == theorem4.stated_bound() - theorem4.first_term()
    assert evaluate(lcn.stated_bound(4, 1, 16, 8, 1)).exact == 6
    assert lcn.movement_piece() * n == theorem4.movement_piece()


def test_the_first_term_is_lemma9_at_the_papers_step_size():
    at = {**{symbol: AT[symbol] for symbol in (n, k, q, T)}, c: Rational(2, 3)}
    piece = lcn.movement_piece().subs(eta, sqrt(n) / (sqrt(q) * T)).subs(at)
    assert (piece - lcn.first_term().subs(at)).expand() == 0
    assert (piece - theorem4.first_term().subs(at)).expand() != 0


@pytest.mark.parametrize("steps", [1, 2, 3, 8])
def test_the_sharp_sums_over_steps(steps):
    pairs = [Fraction(t * (t - 1), 2) for t in range(steps + 1)]
    at = {k: 2, q: 5, N: 3, T: steps, eta: Fraction(1, 7), c: Fraction(2, 3)}
    # One readout entry moves a weight: no factor N; the gradient in u still has all N windows.
    movement = 2 * Fraction(2, 3) * 8 * Fraction(1, 49)
    norm, gradients = 4 / (2 * Fraction(1, 7)), Fraction(1, 14) * Fraction(4, 9) * 15
    assert evaluate(lcn.sharp_bound(squared_norm=4), at).exact == (
        movement * sum(pairs[:steps]) + norm + steps * gradients) / steps
    assert evaluate(lcn.sharp_bound_after_steps(squared_norm=4), at).exact == (
        movement * sum(pairs[1:]) + norm + (steps + 1) * gradients - 1) / steps


def test_the_sharp_event_bound_is_below_half_the_stated_one():
    at = {"n": 3, "k": 2, "q": 10723, "T": 2074, "N": 2, "c": 1}
    at["eta"] = evaluate(lcn.paper_step_size(), at)
    event, stated = evaluate(lcn.sharp_event_bound(), at), evaluate(lcn.stated_bound(), at)
    assert decide(evaluate(lcn.sharp_bound(), at), "<", event) is True
    assert decide(event, "<", stated / 2) is True and decide(event, ">", stated / 4) is True


@pytest.mark.parametrize("bits, size, steps", [(1, Fraction(1, 5), 9), (2, Fraction(1, 9), 20), (3, Fraction(2, 7), 5)])
def test_the_relu_constant_bounds_the_worst_growth(bits, size, steps):
    activation, entry = Fraction(1, bits), Fraction(0)
    for t in range(1, steps + 1):
        # Both from the old values; a weight moves with one entry of the readout.
        entry, activation = entry + size * activation, activation + size * bits * entry
        step = Rational(size.numerator, size.denominator)
        assert decide(activation, "<=", evaluate(lcn.relu_constant(bits, t, step))) is True
    # Negative control: with half the step size it is passed.
    assert decide(activation, ">", evaluate(lcn.relu_constant(bits, steps, step / 2))) is True


def test_the_relu_constant_at_the_papers_step_size():
    at = {"n": 3, "k": 2, "q": 10723, "T": 2074, "N": 2}
    at["eta"] = evaluate(lcn.paper_step_size(), at)
    gap = evaluate(lcn.relu_constant(), at) - evaluate(lcn.paper_relu_constant(), at)
    assert decide(gap, "<", Fraction(1, 10**30)) is True and decide(gap, ">", Fraction(-1, 10**30)) is True
    # One location's filters grow less than shared ones.
    assert decide(evaluate(lcn.paper_relu_constant(), at), "<", evaluate(theorem4.paper_relu_constant(), at)) is True
