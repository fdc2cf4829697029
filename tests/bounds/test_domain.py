"""Domains: membership at the ends, the words, and values known by enclosures only."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

from theorycheck.bounds.domain import Domain
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real

_UNIT = Domain(lower=0, upper=1, lower_open=True, upper_open=True)
_HALF_OPEN = Domain(lower=0, upper=1, upper_open=True)
_COUNT = Domain(integer=True, lower=1)


@pytest.mark.parametrize("domain, value, belongs", [
    (_UNIT, 0, False), (_UNIT, 1, False), (_UNIT, Fraction(1, 10**30), True), (_UNIT, 2, False),
    (_HALF_OPEN, 0, True), (_HALF_OPEN, 1, False), (_HALF_OPEN, -1, False),
    (_COUNT, 1, True), (_COUNT, 0, False), (_COUNT, Fraction(5, 2), False),
    (Domain(), -7, True), (Domain(upper=3), 3, True), (Domain(upper=3), 4, False)])
def test_membership(domain: Domain, value: Fraction | int, belongs: bool) -> None:
    if belongs:
        assert domain.check("x", value).exact == value
    else:
        with pytest.raises(ParameterError, match="^'x' must be "):
            domain.check("x", value)


@pytest.mark.parametrize("domain, value, message", [
    (_UNIT, 2, "'delta' must be greater than 0 and less than 1, not 2."),
    (_COUNT, Fraction(5, 2), "'delta' must be an integer, not 5/2."),
    (_COUNT, 0, "'delta' must be at least 1, not 0.")])
def test_messages(domain: Domain, value: Fraction, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        domain.check("delta", value)
    assert str(caught.value) == message


@pytest.mark.parametrize("domain, text", [
    (_UNIT, "greater than 0 and less than 1"), (_COUNT, "an integer at least 1"), (Domain(), "a real number"),
    (Domain(integer=True), "an integer"), (Domain(upper=3), "at most 3")])
def test_text(domain: Domain, text: str) -> None:
    assert domain.text == text


def test_enclosed_values_must_show_membership() -> None:
    root = Real(lambda: arb(2).sqrt() / 2)
    assert not _UNIT.check("p", root).is_exact
    zero_in_disguise = Real(lambda: arb(2).sqrt() * arb(2).sqrt() - 2)
    with pytest.raises(ParameterError, match="enclosure of its value, .* does not show it"):
        _UNIT.check("p", zero_in_disguise)
    with pytest.raises(ParameterError, match=r"must be greater than 0 and less than 1, not \[1.414"):
        _UNIT.check("p", Real(lambda: arb(2).sqrt()))
    with pytest.raises(ParameterError, match="must be an integer"):
        _COUNT.check("k", Real(lambda: arb(2).sqrt()))


@pytest.mark.parametrize("domain, positive, nonnegative", [
    (_UNIT, True, True), (_HALF_OPEN, False, True), (_COUNT, True, True), (Domain(integer=True, lower=0), False, True),
    (Domain(integer=True, lower=0, lower_open=True), False, True), (Domain(), False, False),
    (Domain(lower=-1), False, False)])
def test_signs(domain: Domain, positive: bool, nonnegative: bool) -> None:
    assert (domain.is_positive, domain.is_nonnegative) == (positive, nonnegative)


def test_long_value_in_message() -> None:
    with pytest.raises(ParameterError) as caught:
        _UNIT.check("p", 10**6000)
    assert len(str(caught.value)) < 200
