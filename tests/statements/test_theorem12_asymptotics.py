"""n^(-Omega(log n)): the steps hold, and a wrong formula is noticed."""
from fractions import Fraction

import pytest

from theorycheck.bounds import theorem12 as formulas
from theorycheck.bounds import theorem12_asymptotics as bounds
from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import decide
from theorycheck.statements import theorem12_asymptotics
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED


def theorem12(**values):
    return Theorem12(Theorem12Parameters.from_values({"n": 16, "k": 4, **values}), Settings())


@pytest.mark.parametrize("n, k", [(1, 1), (2, 1), (16, 4), (16, 12), (16, 16), (10**4, 100), (1000, 999)])
def test_two_sided_bounds_and_what_is_close_to_n(n, k):
    instance = theorem12(n=n, k=k, q=2)
    for step in ("at_least", "at_most", "close_to_n"):
        assert getattr(theorem12_asymptotics, step)(instance).verdict is VERIFIED, step
    assert theorem12_asymptotics.close_to_n(instance).lhs.value.exact == 2


def test_the_sequence_and_its_golden_member():
    outcome = theorem12_asymptotics.exponent(theorem12())
    assert outcome.verdict is VERIFIED
    golden = {entry.label: entry.value for entry in outcome.alternatives}["log2 C(n,k)/(log2 n)^2 at n=1024"]
    assert decide(golden, ">", Fraction(781453, 10**6)) and decide(golden, "<", Fraction(781454, 10**6))


def test_the_limit_is_proved():
    outcome = theorem12_asymptotics.limit(theorem12())
    assert outcome.verdict is Verdict.PROVED and outcome.lhs.value.exact == 1


@pytest.mark.parametrize("module, name, step, wrong", [
    (bounds, "exponent_rate_bound", "exponent", lambda original: lambda n: original(n) / 6),
    (bounds, "exponent_ratio", "exponent", lambda original: lambda n, k: original(n, k) * 2),
    (bounds, "binomial_lower_bound", "at_least", lambda original: lambda n, k: original(n, k) * 10),
    (bounds, "binomial_upper_bound", "at_most", lambda original: lambda n, k: original(n, k) / 100),
    (bounds, "limit_of_the_lower_bound", "limit", lambda original: lambda: original() / 2),
    (formulas, "sharp_filter_gradient_bound", "close_to_n", lambda original: lambda: original() / 2)])
def test_a_wrong_formula_is_noticed(monkeypatch, module, name, step, wrong):
    monkeypatch.setattr(module, name, wrong(getattr(module, name)))
    assert getattr(theorem12_asymptotics, step)(theorem12()).verdict is REFUTED


def test_without_certificates_the_limit_is_only_verified(monkeypatch):
    from theorycheck.bounds import certificates
    monkeypatch.setattr(certificates, "check_certificate", lambda certificate: False)
    assert theorem12_asymptotics.limit(theorem12()).verdict is VERIFIED
