"""Reading the values of symbols: exact, by name or symbol, once each."""
from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from flint import arb

from theorycheck.bounds.symbols import k, multiplicities, q
from theorycheck.bounds.values import domains, read_number, values_by_name
from theorycheck.errors import ParameterError


def test_keys() -> None:
    assert values_by_name({k: 1, "q": 2, multiplicities: [3]}) == {"k": 1, "q": 2, "m_z": [3]}
    with pytest.raises(ParameterError, match="each symbol once, not 'q' twice"):
        values_by_name({q: 1, "q": 2})
    with pytest.raises(ParameterError, match="keyed by symbols or their names, not by 3"):
        values_by_name({3: 1})


@pytest.mark.parametrize("value, exact", [
    (3, Fraction(3)), ("0.1", Fraction(1, 10)), (0.1, Fraction(1, 10)), (sympy.Rational(1, 3), Fraction(1, 3)),
    (Fraction(2, 7), Fraction(2, 7))])
def test_numbers_are_read_exactly(value: object, exact: Fraction) -> None:
    assert read_number("x", value).exact == exact


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, None, "x", sympy.Float("0.5"), sympy.pi,
                                   arb("nan"), arb("inf"), [1]])
def test_refused_numbers(value: object) -> None:
    with pytest.raises(ParameterError, match="^'x' must be "):
        read_number("x", value)


def test_domains_of_symbols() -> None:
    assert [domain.text for domain in domains(k)] == ["an integer at least 1"]
    assert [domain.text for domain in domains(sympy.Symbol("w", negative=True, integer=True))] == [
        "an integer at most -1"]
    assert [domain.text for domain in domains(sympy.Symbol("w"))] == ["a real number"]
    # A stranger called k answers to the table and to its own assumptions.
    assert len(domains(sympy.Symbol("k", positive=True))) == 2


@pytest.mark.parametrize("assumption", ["even", "prime", "imaginary", "odd"])
def test_other_assumptions_are_refused(assumption: str) -> None:
    # sympy would simplify by them, and no value is checked against them.
    with pytest.raises(ParameterError, match="'w' must be a symbol of the table"):
        domains(sympy.Symbol("w", **{assumption: True}))
