"""Lemma 9's bounds as numbers."""
from fractions import Fraction

from theorycheck.bounds import lemma8, lemma9
from theorycheck.bounds.evaluate import evaluate

_AT = {"n": 5, "k": 2, "q": 16, "N": 4, "T": 3, "eta": Fraction(1, 4), "c": 2, "norm_1": 8, "window_norms": 3}


def at(expression, **values):
    return evaluate(expression, {**_AT, **values}).exact


def test_the_pieces():
    assert at(lemma9.filter_distance_bound()) == 2 * at(lemma8.filter_move_bound()) == 3
    assert at(lemma9.sharp_loss_change_bound()) == 24
    assert at(lemma9.norm_1_bound()) == 12
    assert at(lemma9.loss_change_bound()) == 2 * Fraction(9, 16) * 5 * 2 * 4 * 3


def test_the_papers_step_size_gives_theorem_4s_first_term():
    # eta^2 T^2 = n/q and the norm 2^(k+1) k/sqrt(q) = 4 of Lemma 6: 2 c n^2 k^2 2^k/q.
    eta_squared = Fraction(5, 16) / 9
    stated = at(lemma9.loss_change_bound(eta=1, window_norms=Fraction(4))) * eta_squared
    assert stated == Fraction(2 * 2 * 25 * 4 * 4, 16)


def test_nothing_moves_in_the_first_step():
    assert at(lemma9.sharp_loss_change_bound(), T=1) == 0
