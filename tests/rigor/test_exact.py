from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import exact_rational


@given(st.integers(), st.integers(1, 10**30), st.sampled_from(["{}/{}", " {}/{}\n", "+{}/{}"]))
def test_a_fraction_in_text_is_read_exactly(top, bottom, form):
    top = abs(top)
    assert exact_rational(form.format(top, bottom)) == Fraction(top, bottom)
    assert exact_rational(f"-{top}/{bottom}") == -Fraction(top, bottom)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_read_exactly_as_object_and_as_text(value):
    # Fraction's own reading is the oracle; its exponents are bounded here by those hypothesis draws.
    assert exact_rational(value) == exact_rational(str(value)) == Fraction(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_its_shortest_decimal(value):
    assert exact_rational(value) == Fraction(repr(value))
    assert float(exact_rational(value)) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_numpy_float_keeps_no_noise_digits(value):
    number = exact_rational(np.float32(value))
    assert np.float32(float(number)) == np.float32(value)
    assert len(str(np.float32(value)).split("e")[0].strip("-0.").replace(".", "").rstrip("0")) <= 9
    assert exact_rational(np.float64(value)) == Fraction(repr(float(value)))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_a_tenth_is_a_tenth_in_every_width(kind):
    assert exact_rational(kind("0.1")) == Fraction(1, 10)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_numpy_integers_at_their_ends(kind):
    for end in (np.iinfo(kind).min, np.iinfo(kind).max):
        number = exact_rational(kind(end))
        assert number == end and type(number) is Fraction and type(number.numerator) is int


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp <= 1024, reason="long double is double on this platform")
def test_a_long_double_beyond_the_range_of_floats_is_finite():
    assert exact_rational(np.longdouble("1e400")) == 10**400


@pytest.mark.parametrize("text, number", [
    ("0.1", Fraction(1, 10)), (" 0.1\t", Fraction(1, 10)), (".5", Fraction(1, 2)), ("5.", Fraction(5)),
    ("+.5e-1", Fraction(1, 20)), ("-1E+2", Fraction(-100)), ("1_000", Fraction(1000)), ("1_0.0_1", Fraction(1001, 100)),
    ("007", Fraction(7)), ("-0", Fraction(0)), ("-0.0", Fraction(0)), ("-0/7", Fraction(0)), ("2/6", Fraction(1, 3)),
    ("1e400", Fraction(10**400)), ("1e-400", Fraction(1, 10**400)), ("1e5000", Fraction(10**5000)),
    ("0e7", Fraction(0))])
def test_texts_that_are_numbers(text, number):
    assert exact_rational(text) == number


@pytest.mark.parametrize("value", [
    "", " ", ".", "-", "e5", ".e5", "abc", "nan", "NaN", "inf", "-Infinity", "0x10", "1 / 3", "1/0", "1/-3", "1/3e2",
    "1.5/2", "1//2", "--1", "+-1", "1e", "1e1.5", "1_", "_1", "1__0", "1._5", "1,5", "1 000", "١", "½", "1\n2", "1/3/5",
    "1e9" + "9" * 40,
    True, False, np.True_, np.False_, None, b"1", 1j, 1 + 0j, [1], np.array(0.5), np.array([1]), object(),
    float("nan"), float("inf"), float("-inf"), np.float32("nan"), np.float16("inf"), np.longdouble("-inf"),
    np.complex128(1), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_anything_else_is_refused_by_name(value):
    with pytest.raises(ParameterError, match="^'delta' must be a finite number, not "):
        exact_rational(value, "delta")


@pytest.mark.parametrize("value", ["1e999999999", "1e-999999999", "0e999999999", "1e100001", "-3.5E-100001",
                                   Decimal("1e999999999"), Decimal("1e-999999999")])
def test_an_exponent_that_would_fill_memory_is_refused(value):
    # 10**999999999 would take half a gigabyte and minutes: this test would not come back.
    with pytest.raises(ParameterError, match="^'q' must have an exponent of at most 100000 in size, not "):
        exact_rational(value, "q")


def test_the_largest_exponent_is_read():
    assert exact_rational("1e100000") == 10**100_000
    assert exact_rational("1e-100000") * 10**100_000 == 1


def test_integers_and_fractions_beyond_python_s_limit_of_4300_digits():
    digits = "12345678901" * 1000
    number = exact_rational(digits)
    assert number == exact_rational(f"{digits}/1") == exact_rational(int(number))
    assert number.numerator % 10**11 == 12345678901 and number.numerator % 9 == sum(map(int, digits)) % 9
    assert exact_rational(Fraction(1, int(number))) * number == 1


def test_a_long_refused_text_is_cut_in_the_message():
    with pytest.raises(ParameterError) as caught:
        exact_rational("7" * 100_000 + "x")
    assert len(str(caught.value)) < 200


def test_a_number_type_whose_text_is_rounded_is_refused():
    # str of an mpmath number shows 15 digits whatever its precision: reading it would change the number silently.
    mpmath = pytest.importorskip("mpmath")
    with pytest.raises(ParameterError, match="must be a finite number"):
        exact_rational(mpmath.mpf(1) / 3)
