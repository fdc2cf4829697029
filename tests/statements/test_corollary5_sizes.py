"""The steps of Corollary 5 about width and steps, one by one."""
from fractions import Fraction

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import decide
from theorycheck.statements import corollary5_sizes
from theorycheck.statements.corollary5 import Corollary5Parameters
from theorycheck.statements.corollary5_instance import Corollary5


def instance(**values):
    return Corollary5(Corollary5Parameters.from_values(values), Settings())


def test_one_filter_or_step_less_breaks_a_third():
    given = instance(n=4, k=2)
    for fewer, step in (({"q": given.q - 1}, "second_term"), ({"steps": given.steps - 1}, "third_term")):
        assert getattr(corollary5_sizes, step)(given).verdict is Verdict.VERIFIED
        outcome = getattr(corollary5_sizes, step)(instance(n=4, k=2, **fewer))
        assert outcome.verdict is None and "from which on it holds" in outcome.note
        assert decide(outcome.lhs.value, ">", Fraction(1, 12)) is True


def test_the_stated_terms_scale_with_the_constant():
    seconds = [corollary5_sizes.stated_rate(instance(n=64, k=6, constant=constant)).alternatives[1].value
               for constant in (50, 200)]
    # Rounding q up to an integer changes it by less than one in 10^10.
    assert float(seconds[0] / seconds[1]) == pytest.approx(2, rel=1e-9)


def test_the_needed_constant_is_where_the_second_term_is_a_third():
    needed = Fraction(float(corollary5_sizes.stated_rate(instance(n=64, k=6)).alternatives[3].value))
    above = corollary5_sizes.stated_rate(instance(n=64, k=6, constant=needed * Fraction(101, 100)))
    below = corollary5_sizes.stated_rate(instance(n=64, k=6, constant=needed * Fraction(99, 100)))
    assert float(above.alternatives[1].value) < 1 / 12 < float(below.alternatives[1].value)


def test_a_negative_lower_bound_says_nothing():
    outcome = corollary5_sizes.stated_width(instance(n=4, k=2))
    assert outcome.lhs.value.exact == 0 and outcome.note == "the lower bound says nothing here"
    assert outcome.verdict is Verdict.VERIFIED and outcome.alternatives == ()


def test_no_lower_bound_no_necessary_width():
    # ε close to 1: the smallest q to which the bound applies already has a bound below it.
    outcome = corollary5_sizes.necessary_width(instance(n=40, k=1, epsilon="99/100"))
    assert outcome.verdict is None


def test_half_of_delta_is_left_to_the_sample():
    # Where Lemma 6's width rules, q - 1 filters would leave more than δ/2.
    given = instance(n=1, k=1, epsilon=100, delta="1e-9")
    assert given.q == 354 and corollary5_sizes.features(given).verdict is Verdict.VERIFIED
    assert float(corollary5_sizes.features(given).lhs.value) > 0.9 * 0.5e-9
    assert corollary5_sizes.features(instance(n=1, k=1, epsilon=100, delta="1e-9", q=353)).verdict is None


def test_an_accuracy_that_h_0_has_refutes_nothing():
    # The paper's constant is far too small here; at an epsilon below 1 that refutes the proof's substitution.
    values = {"n": 3, "k": 3, "constant": "1/1000"}
    assert corollary5_sizes.stated_rate(instance(**values, epsilon="0.999")).verdict is Verdict.REFUTED
    for epsilon in ("1", "2"):
        outcome = corollary5_sizes.stated_rate(instance(**values, epsilon=epsilon))
        assert outcome.verdict is None and outcome.counterexample is None
