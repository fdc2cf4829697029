from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_claim import SampleParameters

from theorycheck.claims import Choice, Count, Level, Parameters, Rational, Text, option
from theorycheck.errors import ParameterError


@given(st.integers(1, 10**60))
def test_a_count_reads_integers(n):
    for text in (str(n), f" {n} ", f"+{n}", f"{n:_}", f"0{n}"):
        assert Count().read("n", text) == n
    assert Count().check("n", n) == n and type(Count().check("n", np.int64(7))) is int


@pytest.mark.parametrize("text", ["", " ", "2.5", "2.0", "1e3", "nan", "inf", "True", "0x10", "1/1", "--1", "1__0",
                                  "_1", "1_", "١", "one", "1 2", "0b1"])
def test_a_count_refuses_other_text(text):
    with pytest.raises(ParameterError, match="^'n' must be an integer, not "):
        Count().read("n", text)


@pytest.mark.parametrize("value", [True, False, np.True_, 2.5, 2.0, np.float64(2), float("nan"), "2", "1e3", None,
                                   Fraction(2), Decimal(2)])
def test_a_count_refuses_other_values(value):
    with pytest.raises(ParameterError, match="^'n' must be an integer, not "):
        Count().check("n", value)


def test_a_count_has_a_minimum():
    assert Count(0).read("seed", "0") == 0
    for read in (lambda: Count(0).read("seed", "-1"), lambda: Count(0).check("seed", -1)):
        with pytest.raises(ParameterError, match="^'seed' must be at least 0, not -1[.]$"):
            read()
    with pytest.raises(ParameterError, match="^'n' must be at least 1, not 0[.]$"):
        Count().read("n", "-0")


def test_a_count_of_thousands_of_digits_is_no_crash():
    assert Count().read("n", "1" + "0" * 5000) == 10**5000
    with pytest.raises(ParameterError, match="not a number of more than 4300 digits"):
        Count().read("n", "-1" + "0" * 5000)
    with pytest.raises(ParameterError, match="between 0 and 1, not a number of more than 4300 digits"):
        Level().check("delta", 10**5000)


@given(st.fractions(min_value=0, max_value=1).filter(lambda p: 0 < p < 1))
def test_a_level_is_read_exactly(p):
    assert Level().read("delta", str(p)) == Level().check("delta", p) == p


@pytest.mark.parametrize("value", ["0.1", "1/10", "1e-1", 0.1, np.float32(0.1), Decimal("0.1"), Fraction(1, 10)])
def test_a_tenth_is_a_tenth(value):
    assert Level().check("delta", value) == Fraction(1, 10)


@pytest.mark.parametrize("value", [0, 1, -0.1, 1.5, "0", "1", "2/2", "-1/3", 10**400, "1e5000"])
def test_a_level_lies_strictly_between_zero_and_one(value):
    with pytest.raises(ParameterError, match="^'delta' must be strictly between 0 and 1, not "):
        Level().check("delta", value)


@pytest.mark.parametrize("value", [True, False, float("nan"), float("inf"), "abc", "", "1/0", None, [0.1]])
def test_a_level_refuses_what_is_no_number(value):
    with pytest.raises(ParameterError, match="^'delta' must be a finite number, not "):
        Level().check("delta", value)


def test_a_choice_and_a_text():
    assert Choice(("all", "paper")).read("windows", "paper") == "paper"
    for value in ("Paper", "", None, 1):
        with pytest.raises(ParameterError, match="^'windows' must be one of all, paper, not "):
            Choice(("all", "paper")).check("windows", value)
    assert Text().read("pattern", " 0x6 ") == "0x6"
    for value in ("", "  ", None, 6, True):
        with pytest.raises(ParameterError, match="^'pattern' must be a non-empty text, not "):
            Text().check("pattern", value)


def test_a_text_that_takes_numbers_reads_them_exactly():
    eta = Text("X", takes_numbers=True)
    assert [eta.check("eta", value) for value in ("paper", 0.1, Fraction(1, 3), np.int8(2))] == ["paper", "1/10", "1/3",
                                                                                                 "2"]
    for value in (True, float("nan"), [1]):
        with pytest.raises(ParameterError, match="^'eta' must be a finite number, not "):
            eta.check("eta", value)
    with pytest.raises(ParameterError, match="^'eta' must be a non-empty text, not None"):
        eta.check("eta", None)


def test_building_from_values_and_from_texts_agree():
    values = SampleParameters.from_values(dict(n=np.int8(5), k_bits=2, delta=0.25, pattern="p"))
    texts = SampleParameters.from_text(dict(n="5", k_bits="2", delta="25e-2", pattern=" p "))
    assert values == texts == SampleParameters(n=5, k_bits=2, delta=Fraction(1, 4), pattern="p")
    assert type(values.n) is int and values.mode == "plain"


@pytest.mark.parametrize("build", [SampleParameters.from_values, SampleParameters.from_text])
def test_unknown_and_missing_names(build):
    with pytest.raises(ParameterError, match="^'q' must be one of n, k_bits, delta, mode, pattern[.]$"):
        build(dict(n="5", k_bits="2", q="3") if build == SampleParameters.from_text else dict(n=5, k_bits=2, q=3))
    with pytest.raises(ParameterError, match="^'k_bits' must be given: window[.]$"):
        build(dict(n="5") if build == SampleParameters.from_text else dict(n=5))


def test_what_concerns_two_parameters_is_checked_however_they_are_built():
    for build in (lambda: SampleParameters(3, 4), lambda: SampleParameters.from_values(dict(n=3, k_bits=4)),
                  lambda: dataclasses.replace(SampleParameters(4, 4), n=3)):
        with pytest.raises(ParameterError, match="^'k_bits' must be at least 1 and at most n=3, not 4[.]$"):
            build()


@pytest.mark.parametrize("changes", [dict(n=True), dict(n=None), dict(n=2.5), dict(delta=None), dict(delta=1),
                                     dict(mode="odd"), dict(mode=None), dict(pattern=""), dict(pattern=3)])
def test_the_constructor_checks_too(changes):
    with pytest.raises(ParameterError):
        SampleParameters(**{**dict(n=5, k_bits=2), **changes})


def test_only_a_parameter_whose_default_is_none_may_be_none():
    assert SampleParameters(5, 2, pattern=None).pattern is None


def test_parameters_are_immutable_and_hashable():
    parameters = SampleParameters(5, 2)
    for change in (lambda: setattr(parameters, "n", 6), lambda: delattr(parameters, "n"),
                   lambda: setattr(parameters, "other", 1)):
        with pytest.raises(AttributeError):
            change()
    assert hash(parameters) == hash(SampleParameters(5, 2)) and parameters != SampleParameters(5, 3)


def test_a_subclass_cannot_thaw():
    with pytest.raises(TypeError, match="frozen"):
        @dataclass
        class Thawed(Parameters):
            n: int = option(Count(), "bits")


@given(st.integers(1, 10**9), st.fractions(min_value=0, max_value=1).filter(lambda p: 0 < p < 1),
       st.one_of(st.none(), st.text(min_size=1).filter(lambda text: text.strip() != "")))
def test_texts_read_back_to_the_same_parameters(n, delta, pattern):
    parameters = SampleParameters(n, 1, delta, "fancy", pattern)
    assert SampleParameters.from_text(dict(parameters.texts())) == parameters


def test_texts_of_thousands_of_digits_read_back():
    parameters = SampleParameters(10**5000, 1, Fraction(1, 7**6000))
    assert SampleParameters.from_text(dict(parameters.texts())) == parameters


def test_texts_leave_out_what_has_no_value():
    assert dict(SampleParameters(5, 2).texts()) == {"n": "5", "k_bits": "2", "delta": "1/10", "mode": "plain"}


@given(st.fractions(min_value=-2, max_value=3))
def test_a_rational_is_read_exactly_within_its_range(x):
    assert Rational(-2, 3).read("gamma", str(x)) == Rational().check("gamma", x) == x


@pytest.mark.parametrize("kind, value, message", [
    (Rational(0, 1), 2, "'gamma' must be at least 0 and at most 1, not 2."),
    (Rational(0, 1), "-1e-9", "'gamma' must be at least 0 and at most 1, not -1e-9."),
    (Rational(0), -1, "'gamma' must be at least 0, not -1."),
    (Rational(None, 1), 1.5, "'gamma' must be at most 1, not 1.5."),
    (Rational(), True, "'gamma' must be a finite number, not True."), (Rational(), "nan", "'gamma' must be a finite"),
    (Rational(), float("inf"), "'gamma' must be a finite"), (Rational(), "one", "'gamma' must be a finite"),
    (Rational(), None, "'gamma' must be a finite")])
def test_a_rational_refuses_what_is_outside_or_no_number(kind, value, message):
    with pytest.raises(ParameterError) as caught:
        kind.check("gamma", value)
    assert str(caught.value).startswith(message)


def test_a_rational_takes_the_ends_of_its_range():
    assert Rational(0, 1).check("gamma", 0) == 0 and Rational(0, 1).check("gamma", "1.0") == 1
