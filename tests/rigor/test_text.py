from __future__ import annotations

import sys
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpz
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, from_text, to_text, working_precision

# A radius has at most 30 bits; those of exactly 30 are where Arb's own constructor widens it.
RADII = st.one_of(st.integers(0, 2**30 - 1), st.integers(2**29, 2**30 - 1), st.just(2**30 - 1), st.just(2**29))
EXPONENTS = st.one_of(st.integers(-200, 200), st.integers(-10**30, 10**30))


def parts(ball: arb) -> tuple[int, ...]:
    """Midpoint and radius as odd mantissas and exponents: the ball itself, in integers."""
    return tuple(int(part) for part in ball.mid().man_exp() + ball.rad().man_exp())


@given(st.fractions())
def test_rationals_round_trip(value):
    text = to_text(value)
    assert from_text(text).exact == value and Fraction(text) == value
    assert to_text(int(value)) == str(int(value))


def test_rationals_of_more_than_ten_thousand_digits_round_trip():
    assert sys.get_int_max_str_digits() in range(1, 10_000), "the limit that this test is about is off"
    large = 7**12_000
    for value in (Fraction(large), Fraction(-large), Fraction(3**25_000 + 1, large), Fraction(1, 2**50_000)):
        text = to_text(value)
        assert len(text) > 10_000 and from_text(text).exact == value


@given(st.integers(-2**300, 2**300), EXPONENTS, RADII, EXPONENTS)
def test_balls_round_trip_to_the_last_bit(middle, power, radius, radius_power):
    ball = from_text(f"[{middle}*2^{power} +/- {radius}*2^{radius_power}]").enclose()
    exact = parts(ball)
    shift = (radius & -radius).bit_length() - 1 if radius else 0
    assert exact[2:] == ((radius >> shift, radius_power + shift) if radius else (0, 0))
    shift = (middle & -middle).bit_length() - 1 if middle else 0
    assert exact[:2] == ((middle >> shift, power + shift) if middle else (0, 0))
    assert parts(from_text(to_text(ball)).enclose()) == exact


@given(st.integers(2, 10**9), st.sampled_from([53, 64, 128, 1000, 5000]))
def test_computed_balls_of_any_precision_round_trip(n, bits):
    with ctx.workprec(bits):
        ball = arb(n).sqrt() * arb(n + 1).log()
    back = from_text(to_text(ball))
    assert parts(back.enclose()) == parts(ball)
    # Reading or enclosing at another precision rounds nothing away either.
    with ctx.workprec(24):
        assert parts(from_text(to_text(ball)).enclose(24)) == parts(ball)


def test_a_refinable_number_is_written_at_the_working_precision():
    root = Real(2).sqrt()
    with working_precision(64):
        coarse = to_text(root)
    with working_precision(1024):
        fine = to_text(root)
    assert len(coarse) < len(fine)
    wide, narrow = from_text(coarse).enclose(), from_text(fine).enclose()
    assert wide.contains(narrow) and not narrow.contains(wide)


def test_a_hand_written_radius_of_too_many_bits_only_widens():
    radius = 2**40 + 1
    ball = from_text(f"[3*2^0 +/- {radius}*2^-60]").enclose()
    mantissa, exponent = ball.rad().man_exp()
    assert Fraction(radius, 2**60) <= int(mantissa) * Fraction(2) ** int(exponent) <= Fraction(radius + 2**12, 2**60)


@pytest.mark.parametrize("text, value", [("0", 0), ("-0", 0), ("7", 7), ("-3/6", Fraction(-1, 2)), ("007", 7)])
def test_rational_texts(text, value):
    assert from_text(text).exact == value


def test_golden():
    assert to_text(Fraction(-1, 3)) == "-1/3" and to_text(5) == "5" and to_text(0) == "0"
    assert to_text(arb((3, -2), (1, -10))) == "[3*2^-2 +/- 1*2^-10]"
    assert to_text(arb(0)) == "[0*2^0 +/- 0*2^0]"


@pytest.mark.parametrize("text", [
    "", " ", "1 ", " 1", "1\n", "+1", "1.5", "1e5", "1/0", "0/0", "1/-2", "1//2", "/2", "1/", "--1", "nan", "inf", "١",
    "1_000", "[1*2^0]", "[1*2^0 +/- 1*2^0", "1*2^0 +/- 1*2^0]", "[1*2^0 +/- -1*2^0]", "[1*2^0+/-1*2^0]",
    "[1.5*2^0 +/- 1*2^0]", "[1*2^0 +/- 1*2^0]]", "[1*2^0 +/- 1*2^0] ", "[1*2^0 +/- inf]", "[nan*2^0 +/- 0*2^0]",
    "[1*2^0.5 +/- 0*2^0]", "[1*10^0 +/- 0*2^0]", "[1*2^0 +/- 1*2^١]", "[1*2^- +/- 1*2^0]", "[*2^0 +/- 1*2^0]",
    None, 1, 0.5, b"1", ["1"], Fraction(1, 2)])
def test_malformed_texts_are_refused(text):
    with pytest.raises(ParameterError, match="^'text' must be "):
        from_text(text)


def test_a_long_malformed_text_is_cut_in_the_message():
    with pytest.raises(ParameterError) as caught:
        from_text("1" * 100_000 + "x")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [arb("nan"), arb("inf"), arb("-inf"), arb("0 +/- inf"), Real(-1).sqrt()])
def test_what_is_not_finite_has_no_text(value):
    with pytest.raises(ParameterError, match="its enclosure is not finite"):
        to_text(value)


def test_reading_is_independent_of_the_global_precision():
    mantissa = fmpz(3) ** 4000
    with ctx.workprec(10):
        ball = from_text(f"[{mantissa}*2^-1 +/- 0*2^0]").enclose(10)
    assert ball.is_exact() and ball.mid().man_exp() == (mantissa, -1)
