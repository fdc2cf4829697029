from __future__ import annotations

import re
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpz
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, lower_decimal, nearest_decimal, upper_decimal, working_precision

DIGITS = st.integers(1, 25)
RATIONALS = st.one_of(
    st.fractions(),
    st.builds(lambda a, b, c: Fraction(a, b) * Fraction(10) ** c,
              st.integers(), st.integers(1, 10**30), st.integers(-400, 400)),
    st.builds(lambda a, c: a * Fraction(2) ** c, st.integers(-2**70, 2**70), st.integers(-3000, 3000)),
    # Next to a power of ten, where the exponent and the number of digits change.
    st.builds(lambda c, d, e, s: s * (Fraction(10) ** c + d * Fraction(10) ** (c - e)),
              st.integers(-60, 60), st.integers(-2, 2), st.integers(1, 60), st.sampled_from([-1, 1])))
BALLS = st.builds(lambda m, e, r, s: arb((m, e), (r, e + s)), st.integers(-2**80, 2**80), st.integers(-3000, 3000),
                  st.integers(0, 2**29), st.integers(-40, 60))


def significant(text: str) -> str:
    """The significant digits that a decimal shows, without zeros at either end."""
    return text.lstrip("-").split("e")[0].replace(".", "").replace("…", "").strip("0")


def ends(ball: arb) -> tuple[Fraction, Fraction]:
    (middle, power), (radius, radius_power) = ball.mid().man_exp(), ball.rad().man_exp()
    centre = int(middle) * Fraction(2) ** int(power)
    width = int(radius) * Fraction(2) ** int(radius_power)
    return centre - width, centre + width


def unit(value: Fraction, digits: int) -> Fraction:
    """One unit in the last of ``digits`` significant digits of ``value``, by counting."""
    exponent = 0
    while Fraction(10) ** exponent > abs(value):
        exponent -= 1
    while Fraction(10) ** (exponent + 1) <= abs(value):
        exponent += 1
    return Fraction(10) ** (exponent + 1 - digits)


def is_cut_of(text: str, value: Fraction, digits: int) -> bool:
    """Whether ``text`` shows leading digits of ``value``: cut towards zero, less than one unit of its last away."""
    shown = Fraction(text.replace("…", ""))
    if "…" not in text:
        return shown == value
    mantissa = text.lstrip("-").split("…")[0]
    last = Fraction(10) ** -len(mantissa.partition(".")[2]) * Fraction("1e" + (text.partition("e")[2] or "0"))
    return abs(shown) <= abs(value) < abs(shown) + last and shown * value > 0


@given(RATIONALS, DIGITS)
def test_rationals_print_outwards_and_as_tightly_as_the_digits_allow(value, digits):
    low, high = lower_decimal(value, digits), upper_decimal(value, digits)
    assert Fraction(low) <= value <= Fraction(high)
    assert len(significant(low)) <= digits and len(significant(high)) <= digits
    if value == 0:
        assert low == high == "0"
    else:
        assert Fraction(high) - Fraction(low) <= unit(value, digits)
        # A number that needs no more digits prints as itself.
        assert (Fraction(low) == value) == (Fraction(high) == value)
        assert (Fraction(low) == value) or Fraction(low) < value < Fraction(high)


@given(RATIONALS, DIGITS)
def test_the_sign_mirrors(value, digits):
    flipped = lower_decimal(-value, digits)
    assert upper_decimal(value, digits) == (flipped[1:] if flipped[0] == "-" else "-" + flipped if value else "0")


@given(RATIONALS, DIGITS)
def test_nearest_shows_the_numbers_own_digits(value, digits):
    text = nearest_decimal(value, digits)
    assert is_cut_of(text, value, digits)
    shown = text.lstrip("-").split("e")[0].replace("…", "").replace(".", "").lstrip("0")
    if "…" in text:
        assert len(shown) == digits


@given(BALLS, DIGITS)
def test_balls_print_outwards(ball, digits):
    low, high = ends(ball)
    assert Fraction(lower_decimal(ball, digits)) <= low
    assert Fraction(upper_decimal(ball, digits)) >= high


@given(BALLS, DIGITS)
def test_nearest_of_a_ball_shows_digits_of_every_number_in_it(ball, digits):
    low, high = ends(ball)
    text = nearest_decimal(ball, digits)
    if text.startswith("["):
        left, right = re.fullmatch(r"\[(\S+), (\S+)\]", text).groups()
        assert Fraction(left) <= low and high <= Fraction(right)
    else:
        assert low > 0 or high < 0 or low == high
        for value in (low, (low + high) / 2, high):
            assert is_cut_of(text, value, digits)


@given(st.integers(1, 10**6), DIGITS)
def test_a_narrow_ball_shows_all_the_digits_asked_for(n, digits):
    # The root of 4n^2 + 1 is irrational; 128 bits hold 38 digits, so all 25 must agree unless nines or zeros run on.
    root = Real(4 * n * n + 1).sqrt()
    text = nearest_decimal(root, digits)
    shown = text.split("e")[0].replace("…", "").replace(".", "")
    exact = Fraction(text.replace("…", ""))
    assert len(shown) == digits
    assert exact ** 2 < 4 * n * n + 1


@pytest.mark.parametrize("value, digits, low, cut, high", [
    (Fraction(2, 3), 4, "0.6666", "0.6666…", "0.6667"),
    (Fraction(-2, 3), 4, "-0.6667", "-0.6666…", "-0.6666"),
    (Fraction(1, 2), 4, "0.5", "0.5", "0.5"),
    (0, 1, "0", "0", "0"),
    (7, 1, "7", "7", "7"),
    (1200, 2, "1200", "1200", "1200"),
    (123456, 3, "123000", "1.23…e5", "124000"),
    (Fraction(131073, 2), 4, "65530", "6.553…e4", "65540"),
    (999_999, 1, "900000", "9…e5", "1000000"),
    (Fraction(99999, 10000), 1, "9", "9…", "10"),
    (Fraction(99999, 10000), 5, "9.9999", "9.9999", "9.9999"),
    (Fraction(-99999, 10000), 2, "-10", "-9.9…", "-9.9"),
    (10**15 - 1, 15, "999999999999999", "999999999999999", "999999999999999"),
    (10**15, 3, "1e15", "1e15", "1e15"),
    (10**14, 3, "100000000000000", "100000000000000", "100000000000000"),
    (Fraction(1, 10**4), 2, "0.0001", "0.0001", "0.0001"),
    (Fraction(1, 10**5), 2, "0.00001", "0.00001", "0.00001"),
    (Fraction(1, 10**6), 2, "1e-6", "1e-6", "1e-6"),
    (Fraction(1003, 10), 3, "100", "100…", "101"),
    (Fraction(10001, 100), 4, "100", "100.0…", "100.1"),
    (Fraction(1, 3 * 10**9), 3, "3.33e-10", "3.33…e-10", "3.34e-10"),
])
def test_golden(value, digits, low, cut, high):
    assert (lower_decimal(value, digits), nearest_decimal(value, digits), upper_decimal(value, digits)) == (
        low, cut, high)


@pytest.mark.parametrize("value", [
    Fraction(2) ** 30000, Fraction(2) ** -30000, -3 * Fraction(2) ** 30000, 1 + Fraction(2) ** -30000,
    Fraction(10) ** 9000, Fraction(10**9000 - 1), Fraction(10**9000 + 1), 1 / Fraction(10**9000 + 1),
    Fraction(10**9000 - 1, 10**9000), -1 / (Fraction(7) ** 12000), Fraction(2**120_000, 10**36_123)])
@pytest.mark.parametrize("digits", [1, 2, 12])
def test_rationals_of_many_thousands_of_digits(value, digits):
    low, high = Fraction(lower_decimal(value, digits)), Fraction(upper_decimal(value, digits))
    assert low <= value <= high and high - low <= abs(value) * Fraction(10) ** (1 - digits)
    assert is_cut_of(nearest_decimal(value, digits), value, digits)


def test_the_ends_of_dyadics_beyond_what_is_written_out():
    for middle, power in ((1, 30_000), (-5, -30_000), (3, 99_999), (2**60 + 1, -100_000)):
        value = middle * Fraction(2) ** power
        ball = arb((middle, power))
        assert Fraction(lower_decimal(ball)) <= value <= Fraction(upper_decimal(ball))
        assert is_cut_of(nearest_decimal(ball), value, 6)


def as_ball(text: str) -> arb:
    """A decimal of any exponent as an enclosure at the present precision."""
    body, _, exponent = text.replace("…", "").partition("e")
    number = Fraction(body)
    return arb(fmpz(number.numerator)) / number.denominator * (arb(10).log() * int(exponent or "0")).exp()


@pytest.mark.parametrize("recipe", [
    lambda: arb(-10**6).exp(), lambda: -arb(-10**6).exp(), lambda: arb(-10**12).exp(), lambda: -arb(10**12).exp(),
    lambda: arb(10**12 + 1).exp(), lambda: arb(10**40).exp(), lambda: arb(-10**40).exp() / 3,
    lambda: arb((3, 10**9)), lambda: arb((-3, -10**9)), lambda: (arb(10).log() * 10**12).exp(),
    lambda: arb((1, 10**30))])
@pytest.mark.parametrize("digits", [1, 6, 20])
def test_exponents_that_cannot_be_written_out(recipe, digits):
    number = Real(recipe)
    low, cut, high = (shown(number, digits) for shown in (lower_decimal, nearest_decimal, upper_decimal))
    with ctx.workprec(3000):
        value = recipe()
        # Not even the far ends of these enclosures may contradict the order.
        assert not bool(as_ball(low) > value) and not bool(as_ball(high) < value)
        assert bool(abs(as_ball(high) - as_ball(low)) <= abs(value) * arb(10) ** (2 - digits))
        assert len(significant(low)) <= digits and len(significant(high)) <= digits
        if not cut.startswith("["):
            assert not bool(abs(as_ball(cut)) > abs(value)) and bool(
                abs(value - as_ball(cut)) <= abs(value) * arb(10) ** (1 - digits))


def test_next_to_a_power_of_ten_beyond_what_is_written_out():
    ball = arb(fmpz(10) ** 110_000)
    low, high = lower_decimal(ball, 6), upper_decimal(ball, 6)
    assert low in ("9.99999e109999", "1e110000") and high in ("1e110000", "1.00001e110000")


def test_a_probability_just_below_one_does_not_print_as_one():
    almost = Real(1) - Real(lambda: arb(-1000).exp())
    assert lower_decimal(almost, 6) == "0.999999" and upper_decimal(almost, 6) == "1.00001"
    with working_precision(2048):  # exp(-1000) is about 2^-1443
        assert upper_decimal(almost, 6) == "1" and nearest_decimal(almost, 6) == "0.999999…"


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0 +/- inf"])
def test_what_is_not_finite_says_so(text):
    assert lower_decimal(arb(text)) == "-inf" and upper_decimal(arb(text)) == "inf"
    assert nearest_decimal(arb(text)) == "[-inf, inf]"


def test_a_ball_around_zero_shows_both_ends():
    assert nearest_decimal(arb((0, 0), (1, -1))) == "[-0.5, 0.5]"
    root = Real(2).sqrt()
    low, high = re.fullmatch(r"\[(\S+), (\S+)\]", nearest_decimal(root - root)).groups()
    assert Fraction(low) < 0 < Fraction(high) and float(high) < 1e-30


def test_a_ball_across_a_carry_shows_both_ends():
    assert nearest_decimal(Real(2).sqrt() * Real(2).sqrt()) == "[1.99999, 2.00001]"


def test_an_exact_ball_prints_as_the_number_it_is():
    assert nearest_decimal(arb(0.5)) == "0.5" and nearest_decimal(arb(-3)) == "-3" and nearest_decimal(arb(0)) == "0"
    assert nearest_decimal(arb((1, -20)), 4) == "9.536…e-7"


def test_thirty_digits_do_not_stop_at_the_global_precision_of_53_bits():
    assert nearest_decimal(Real(2).sqrt(), 30) == "1.41421356237309504880168872420…"
    with working_precision(64):
        assert nearest_decimal(Real(2).sqrt(), 6) == "1.41421…"


def test_printing_uses_the_working_precision():
    # 1 + exp(-200) - 1 cancels 288 bits: nothing is known of it at 128 bits, six digits at 512.
    number = Real(1) + Real(lambda: arb(-200).exp()) - 1
    assert nearest_decimal(number).startswith("[")
    with working_precision(512):
        assert nearest_decimal(number) == "1.38389…e-87"


def test_printing_leaves_the_global_precision_alone():
    before = ctx.prec
    for shown in (lower_decimal, upper_decimal, nearest_decimal):
        shown(Real(2).sqrt(), 50)
        shown(arb((1, 10**9)), 50)
    assert ctx.prec == before


@pytest.mark.parametrize("shown", [lower_decimal, upper_decimal, nearest_decimal])
@pytest.mark.parametrize("digits", [0, -1, 2.0, True, None, 5000])
@pytest.mark.parametrize("value", [Fraction(1, 3), arb(2), Fraction(0)])
def test_the_number_of_digits_is_checked(shown, digits, value):
    with pytest.raises(ParameterError, match="^'digits' must be "):
        shown(value, digits)
