from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck import errors
from theorycheck.errors import (HypothesisNotMet, InstanceTooLarge, ParameterError, TheoryCheckError, abbreviate,
                                require_choice, require_integer)


@pytest.mark.parametrize("error", [ParameterError, InstanceTooLarge, HypothesisNotMet])
def test_every_error_is_a_theory_check_error(error):
    assert issubclass(error, TheoryCheckError)


def test_only_a_parameter_error_is_a_value_error():
    assert issubclass(ParameterError, ValueError)
    assert not issubclass(InstanceTooLarge, ValueError) and not issubclass(HypothesisNotMet, ValueError)


@pytest.mark.parametrize("value", [4, np.int8(4), np.uint64(4), np.int64(4), np.array(4)])
def test_integers_of_any_kind_become_python_integers(value):
    number = require_integer("k", value, 4, 4)
    assert number == 4 and type(number) is int


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_, 2.0, 2.5, np.float64(2), float("nan"), "2", None,
                                   b"2", [2], np.array([2]), np.array(True), 2 + 0j])
def test_anything_else_is_refused(value):
    with pytest.raises(ParameterError, match="^'k' must be an integer, not "):
        require_integer("k", value)


@given(st.integers(-30, 30), st.one_of(st.none(), st.integers(-20, 20)), st.one_of(st.none(), st.integers(-20, 20)))
def test_the_range_is_inclusive_on_both_sides(value, minimum, maximum):
    inside = (minimum is None or minimum <= value) and (maximum is None or value <= maximum)
    if inside:
        assert require_integer("k", value, minimum, maximum) == value
    else:
        with pytest.raises(ParameterError, match=f"not {value}[.]$"):
            require_integer("k", value, minimum, maximum)


@pytest.mark.parametrize("limits, message", [
    (dict(minimum=22), "'k' must be at least 22, not 21."),
    (dict(maximum=20), "'k' must be at most 20, not 21."),
    (dict(minimum=1, maximum=20, maximum_name="n"), "'k' must be at least 1 and at most n=20, not 21."),
])
def test_the_one_shape_of_message(limits, message):
    with pytest.raises(ParameterError) as caught:
        require_integer("k", 21, **limits)
    assert str(caught.value) == message


def test_a_refused_integer_of_thousands_of_digits_still_gets_a_message():
    # Python refuses to write integers of more than 4300 digits, with a ValueError of its own.
    with pytest.raises(ParameterError, match="at most 20, not a number of more than 4300 digits[.]$"):
        require_integer("k", 10**5000, maximum=20)
    assert require_integer("k", 10**5000, minimum=1) == 10**5000


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(ParameterError) as caught:
        require_integer("k", "7" * 100_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", ["some", "ALL", "", None, 1, True, ["all"], np.array(["all"])])
def test_a_word_outside_the_choices_is_refused(value):
    with pytest.raises(ParameterError, match="^'windows' must be one of all, paper, not "):
        require_choice("windows", value, ("all", "paper"))


def test_choices_may_be_any_iterable():
    assert require_choice("windows", "paper", iter(("all", "paper"))) == "paper"


@given(st.text(), st.integers(1, 100))
def test_abbreviate_keeps_the_limit_and_the_beginning(text, limit):
    short = abbreviate(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_the_module_names_no_other_error():
    names = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert names == {"TheoryCheckError", "ParameterError", "InstanceTooLarge", "HypothesisNotMet"}
