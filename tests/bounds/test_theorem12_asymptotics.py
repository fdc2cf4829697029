"""n^(-Omega(log n)): the sequence, its bounds, its limit."""
from fractions import Fraction
from math import comb, log2

import pytest
from sympy import Symbol, oo

from theorycheck.bounds import theorem12_asymptotics as asymptotics
from theorycheck.bounds.evaluate import evaluate
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide


def test_the_golden_ratio_at_2_to_the_10():
    ratio = evaluate(asymptotics.exponent_ratio(), {"n": 1024, "k": asymptotics.logarithmic_size(1024)})
    assert decide(ratio, ">", Fraction(781453, 10**6)) and decide(ratio, "<", Fraction(781454, 10**6))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 8, 9, 100, 1023, 1024, 10**6])
def test_the_ratio_lies_between_its_bounds(n):
    k = asymptotics.logarithmic_size(n)
    assert 2**k <= n < 2**(k + 1)
    ratio = evaluate(asymptotics.exponent_ratio(), {"n": n, "k": k})
    allowed = evaluate(asymptotics.exponent_rate_bound(), {"n": n})
    # 1e-9 covers the rounding of Python's own logarithm.
    assert abs(float(ratio) - log2(comb(n, k)) / log2(n)**2) < 1e-9
    lower = asymptotics.exponent_ratio_lower_bound(Symbol("L", positive=True))
    length = evaluate(asymptotics.binomial_exponent(), {"n": n, "k": k}) / ratio  # log2(n)
    assert decide(ratio, "<=", 1) is not False
    assert float(evaluate(lower, {"L": length})) <= float(ratio) + 1e-12
    assert float(1 - ratio) <= float(allowed)


@pytest.mark.parametrize("n", range(1, 12))
def test_two_sided_bounds(n):
    for k in range(0, n + 1):
        low = evaluate(asymptotics.binomial_lower_bound(n, k)).exact
        assert low <= comb(n, k) <= evaluate(asymptotics.binomial_upper_bound(n, k)).exact


def test_the_limits_are_those_of_sympy_and_not_built_in(monkeypatch):
    assert asymptotics.limit_of_the_lower_bound() == 1 and asymptotics.limit_of_the_rate() == 0
    original = asymptotics.exponent_ratio_lower_bound
    monkeypatch.setattr(asymptotics, "exponent_ratio_lower_bound", lambda L: L * original(L))
    assert asymptotics.limit_of_the_lower_bound() == oo


def test_close_to_n_there_is_no_such_decay():
    # C(n, n-2) = n^e with e below 2, however large n is.
    for n in (10, 1000, 10**6):
        assert decide(evaluate(asymptotics.binomial_exponent(), {"n": n, "k": n - 2}), "<", 2)


def test_bad_input():
    with pytest.raises(ParameterError, match="'n' must be at least 1, not 0."):
        asymptotics.logarithmic_size(0)
