"""The cheapest width and steps: the paper's numbers, every smaller product tried out, and broken formulas."""
from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.bounds import lcn, theorem4, theorem4_search
from theorycheck.bounds.evaluate import evaluate
from theorycheck.bounds.theorem4_search import LossTarget, cheapest
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem4"]
TENTH, ONE = Fraction(1, 10), Fraction(1)


def least_steps_by_formula(target, widths):
    """The real T that each width needs, in floats: c²n^1.5 √q over what is left of the target; inf where nothing is."""
    n, k, cells = target.n, target.k, 2**target.k
    windows = n - k + 1 if target.windows is None else target.windows
    in_lcn = target.formulas is lcn
    root = np.sqrt(widths.astype(float))
    reach = math.sqrt(k * n * (1 if in_lcn else windows))
    c = np.full(widths.shape, float(target.c)) if target.c is not None else np.cosh(reach / root) / k
    rest = float(target.limit) - 2 * c * n**(1 if in_lcn else 2) * k * k * cells / widths
    rest -= 2 * (cells * k)**2 / np.sqrt(widths * float(n))
    with np.errstate(divide="ignore"):
        return np.where(rest > 0, c**2 * n**1.5 * root / np.maximum(rest, 0), np.inf)


def meets_in_many_digits(target, q, T):
    """The target itself at one pair, in 40 digits."""
    n, k = target.n, target.k
    windows = n - k + 1 if target.windows is None else target.windows
    in_lcn = target.formulas is lcn
    with mpmath.workdps(40):
        inner = mpmath.mpf(k * n * (1 if in_lcn else windows)) / q
        c = mpmath.mpf(target.c.numerator) / target.c.denominator if target.c is not None else (
            mpmath.cosh(mpmath.sqrt(inner)) / k)
        value = (2 * c * n**(1 if in_lcn else 2) * k * k * 2**k / q + 2 * (2**k * k)**2 / mpmath.sqrt(q * n)
                 + c**2 * mpmath.mpf(n)**1.5 * mpmath.sqrt(q) / T)
        limit = mpmath.mpf(target.limit.numerator) / target.limit.denominator
        return value < limit if target.epsilon is None else value <= limit


def assert_cheapest(target):
    """No pair of a smaller product meets the target: every width is looked at."""
    q, T = cheapest(target)
    assert q >= target.least_q and meets_in_many_digits(target, q, T)
    widths = np.arange(target.least_q, q * T)
    steps = least_steps_by_formula(target, widths)
    # Twelve digits of the float are right; whatever could be below the product goes through the many digits.
    candidates = np.flatnonzero(widths * np.floor(steps * (1 - 1e-12)) < q * T)
    for index in candidates.tolist():
        width = int(widths[index])
        for rounds in range(max(1, math.floor(steps[index] * (1 - 1e-12))), (q * T - 1) // width + 1):
            assert not meets_in_many_digits(target, width, rounds), (width, rounds)


@pytest.mark.parametrize("row", GOLDEN["smallest_work_below_one"]["values"], ids=str)
def test_golden_smallest_products(row):
    given_by = GOLDEN["smallest_work_below_one"]
    found = {n: cheapest(LossTarget(n, row["k"], Fraction(given_by["delta"]), c=Fraction(given_by["c"])))
             for n in range(row["k"] + 1, row["k"] + 4)}
    best = min(found, key=lambda n: found[n][0] * found[n][1])
    assert (best, *found[best]) == (row["n"], row["q"], row["T"])


@pytest.mark.parametrize("target", [
    LossTarget(2, 1, TENTH, c=ONE), LossTarget(3, 1, TENTH, c=ONE), LossTarget(3, 1, TENTH),
    LossTarget(2, 1, TENTH, Fraction(5), ONE), LossTarget(5, 1, TENTH, Fraction(20), ONE),
    LossTarget(2, 2, TENTH, Fraction(4), ONE), LossTarget(3, 2, TENTH, Fraction(3)),
    LossTarget(2, 1, Fraction(1, 10**40), c=ONE), LossTarget(4, 1, TENTH, c=Fraction(1, 9)),
    LossTarget(3, 1, TENTH, c=ONE, formulas=lcn), LossTarget(2, 1, TENTH, c=ONE, formulas=lcn),
    LossTarget(4, 2, TENTH, Fraction(3), formulas=lcn),
    LossTarget(1, 1, Fraction(99, 100), Fraction(100), Fraction(50))], ids=str)
def test_no_smaller_product_meets_the_target(target):
    assert_cheapest(target)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 6), k=st.integers(1, 2), delta=st.sampled_from([Fraction(1, 10), Fraction(1, 10**9)]),
       epsilon=st.fractions(2, 40, max_denominator=7),
       c=st.one_of(st.none(), st.fractions(Fraction(1, 7), 4, max_denominator=7)))
def test_no_smaller_product_meets_random_targets(n, k, delta, epsilon, c):
    target = LossTarget(max(n, k), k, delta, epsilon, c)
    q, T = cheapest(target)
    if q * T < 10**6:
        assert_cheapest(target)


@settings(max_examples=40, deadline=None)
@given(k=st.integers(1, 5), more=st.integers(0, 30), q=st.integers(1, 10**9),
       c=st.one_of(st.none(), st.fractions(Fraction(1, 7), 4, max_denominator=7)))
def test_least_steps_and_least_filters_are_least(k, more, q, c):
    target = LossTarget(k + more, k, TENTH, c=c)
    T = target.least_steps(q)
    if T is None:
        assert not target.is_met(q, 10**40)
        return
    assert target.is_met(q, T) and not (T > 1 and target.is_met(q, T - 1))
    least = target.least_filters(T)
    if q >= target.least_q:
        assert least is not None and least <= q and target.is_met(least, T)
        assert least == target.least_q or not target.is_met(least - 1, T)


def test_the_test_agrees_with_the_stated_bound():
    for c in (ONE, None):
        target = LossTarget(4, 2, TENTH, c=c)
        for q, T in ((8900, 2858), (8900, 2857), (8899, 2858), (20000, 400), (5000, 10**9)):
            constant = evaluate(theorem4.paper_relu_constant(4, 2, q, 3)) if c is None else c
            stated = evaluate(theorem4.stated_bound(), {"n": 4, "k": 2, "q": q, "T": T, "c": constant})
            assert decide(stated, "<", 1) is target.is_met(q, T)
            gap = stated - target.bound(q, T)
            assert decide(gap, "<", Fraction(1, 10**30)) and decide(gap, ">", Fraction(-1, 10**30))


def test_an_equality_meets_a_target_and_is_not_below_one():
    # n = k = 1, c = 16: 4c/q + 8/√q + c²√q/T at q = 256, T = 16384 is 1/4 + 1/2 + 1/4.
    assert evaluate(theorem4.stated_bound(1, 1, 256, 16384, 16)).exact == 1
    below, at = (LossTarget(1, 1, Fraction(99, 100), epsilon, Fraction(16)) for epsilon in (None, ONE))
    assert at.is_met(256, 16384) and at.least_steps(256) == 16384
    assert not below.is_met(256, 16384) and below.least_steps(256) == 16385


def test_large_instances_are_found_at_once():
    q, T = cheapest(LossTarget(9, 8, TENTH, c=ONE))
    target = LossTarget(9, 8, TENTH, c=ONE)
    assert q > 10**13 and target.is_met(q, T) and not target.is_met(q, T - 1) and not target.is_met(q - 1, T)


def test_a_smaller_target_costs_more():
    costs = [math.prod(cheapest(LossTarget(3, 2, TENTH, Fraction(1, bound), ONE))) for bound in (1, 2, 10, 1000)]
    assert costs == sorted(costs) and costs[0] < costs[1]


@pytest.mark.parametrize("name", ["first_term", "second_term", "third_term"])
def test_a_term_halved_changes_the_answer(name):
    broken = ModuleType("broken")
    for formula in ("first_term", "second_term", "third_term", "paper_relu_constant"):
        setattr(broken, formula, getattr(theorem4, formula))
    setattr(broken, name, lambda *arguments: getattr(theorem4, name)(*arguments) / 2)
    assert math.prod(cheapest(LossTarget(3, 2, TENTH, c=ONE, formulas=broken))) < 10669 * 2084


@pytest.mark.parametrize("values, message", [
    ({"n": 0}, "'n' must be at least 1, not 0."), ({"k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"epsilon": Fraction(0)}, "'epsilon' must be greater than 0, not 0."),
    ({"c": Fraction(-1)}, "'c' must be greater than 0, not -1."),
    ({"n": True}, "'n' must be an integer, not the boolean True.")])
def test_bad_targets(values, message):
    with pytest.raises(ParameterError) as error:
        LossTarget(**{"n": 3, "k": 2, "delta": TENTH, **values})
    assert str(error.value) == message


@pytest.mark.parametrize("n, k, c, formulas", [
    (2, 1, 3, theorem4), (3, 1, 10, lcn), (2, 2, 1, lcn), (3, 2, "1/4", theorem4)])
def test_going_through_widths_or_through_steps_finds_the_same(n, k, c, formulas):
    target = LossTarget(n, k, Fraction(1, 10), c=Fraction(c), formulas=formulas)
    q = 2 * target._guess
    start = (target, q, target.least_steps(q))
    found = theorem4_search._through_filters(*start)
    assert found == theorem4_search._through_steps(*start) and found[1:] == cheapest(target)


def test_a_large_constant_takes_a_few_widths(monkeypatch):
    # Nearly 10^5 numbers of steps have a product within reach of the best, but only a handful of widths.
    tried = []
    original = LossTarget.is_met
    monkeypatch.setattr(LossTarget, "is_met", lambda self, q, T: tried.append(q) or original(self, q, T))
    assert cheapest(LossTarget(3, 2, Fraction(1, 10), c=Fraction(999))) is not None and len(tried) < 1000
    assert cheapest(LossTarget(3, 2, Fraction(1, 10), c=Fraction(1000))) == (553293, 10167827970)
