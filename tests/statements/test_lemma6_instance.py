"""The instance of Lemma 6: what it draws, and what it derives from the draw."""
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.registry import find_claim
from theorycheck.statements.lemma6_instance import Lemma6, formula


def instance(seed=0, **values):
    return Lemma6(find_claim("lemma6").parameters(**values), Settings(seed=seed))


def test_multiplicities_count_the_cells():
    drawn = instance(n=3, k=3, q=500)
    assert drawn.multiplicities.sum() == 500 and drawn.multiplicities.shape == (8,)
    assert [int((drawn.cells == z).sum()) for z in range(8)] == drawn.multiplicities.tolist()
    assert drawn.squared_norm == 9 * sum(Fraction(1, int(m)) for m in drawn.multiplicities)


def test_gaussian_filters_have_sign_cells():
    drawn = instance(n=3, k=2, q=6, init="gaussian:1")
    weights = drawn.filters.filters
    assert [int(w[0] < 0) + 2 * int(w[1] < 0) for w in weights] == np.asarray(drawn.cells).tolist()


def test_the_event_is_strict():
    drawn = instance(n=2, k=2, q=8)
    drawn.__dict__["multiplicities"] = np.array([1, 3, 2, 2])
    assert not drawn.is_in_event
    drawn.__dict__["multiplicities"] = np.array([2, 2, 2, 2])
    assert drawn.is_in_event


def test_the_pattern_stream_is_not_the_draw():
    plain, patterned = instance(n=4, k=3, q=50), instance(n=4, k=3, q=50, pattern="random")
    assert np.array_equal(plain.cells, patterned.cells)
    assert not np.array_equal(instance(seed=1, n=4, k=3, q=50).cells, plain.cells)


def test_formulas_come_from_both_modules():
    assert str(formula("cell_probability")) == "2**(-k)" and formula("norm_bound") is not None
    with pytest.raises(AttributeError):
        formula("no_such_bound")


def test_a_broken_draw_reaches_the_verdict(monkeypatch):
    # The multiplicities belong to the draw: miscounting one must end in REFUTED, not in silence.
    from theorycheck.claims import run_claim
    monkeypatch.setattr(Lemma6, "multiplicities", property(
        lambda self: np.bincount(self.cells, minlength=4) + np.array([1, 0, 0, 0])))
    claim = find_claim("lemma6")
    report = run_claim(claim, claim.parameters(n=4, k=2))
    assert report.verdict is Verdict.REFUTED
