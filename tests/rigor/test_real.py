from __future__ import annotations

import threading
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide, working_precision
from theorycheck.rigor.real import precision_range

RATIONALS = st.fractions(min_value=-10**6, max_value=10**6, max_denominator=10**6)
OPERATIONS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}


def enclosed(number: Fraction) -> Real:
    """The same number, known only by balls that never have radius zero."""
    return Real(lambda: arb(fmpq(number.numerator, number.denominator)) + arb(0, arb(2) ** -ctx.prec))


def contains(ball: arb, number: Fraction) -> bool:
    # By exact ends, because arb.contains(fmpq) first rounds the fraction to the global precision.
    (middle, power), (radius, radius_power) = ball.mid().man_exp(), ball.rad().man_exp()
    centre = int(middle) * Fraction(2) ** int(power)
    return abs(number - centre) <= int(radius) * Fraction(2) ** int(radius_power)


@given(RATIONALS, RATIONALS, st.sampled_from("+-*/"))
def test_arithmetic_of_rationals_is_that_of_fractions(a, b, name):
    operation = OPERATIONS[name]
    if name == "/" and b == 0:
        for left, right in ((Real(a), b), (a, Real(b)), (Real(a), Real(b)), (enclosed(a), b)):
            with pytest.raises(ParameterError, match="^'divisor' must not be 0[.]$"):
                operation(left, right)
        return
    expected = operation(a, b)
    for left, right in ((Real(a), Real(b)), (Real(a), b), (a, Real(b))):
        assert operation(left, right).exact == expected


@given(RATIONALS, RATIONALS, st.sampled_from("+-*/"), st.integers(32, 400))
def test_arithmetic_of_balls_contains_the_true_value(a, b, name, bits):
    operation = OPERATIONS[name]
    for left, right in ((enclosed(a), enclosed(b)), (enclosed(a), b), (a, enclosed(b))):
        if name == "/" and b == 0:
            if not isinstance(right, Real):
                continue
            assert not operation(left, right).enclose(bits).is_finite()
            continue
        result = operation(left, right)
        assert not result.is_exact
        assert contains(result.enclose(bits), operation(a, b))


@given(RATIONALS)
def test_negation(a):
    assert (-Real(a)).exact == -a
    assert contains((-enclosed(a)).enclose(64), -a)


def test_the_order_of_the_operands_is_kept():
    assert (1 - Real(3)).exact == -2 and (1 / Real(4)).exact == Fraction(1, 4)
    assert decide(2 - enclosed(Fraction(5)), "<", -2) and decide(1 / enclosed(Fraction(4)), "<", Fraction(1, 3))


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**9))
def test_square_roots_of_squares_are_exact(a):
    assert Real(a * a).sqrt().exact == a


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**9))
def test_square_roots_enclose(a):
    root = Real(a).sqrt()
    if root.exact is not None:
        assert root.exact ** 2 == a
    else:
        ball = root.enclose(100)
        # The square of the ball must contain a, and be narrow: 90 of 100 bits.
        assert contains(ball * ball, a) and ball.rel_accuracy_bits() >= 90


@pytest.mark.parametrize("number", [Fraction(2), Fraction(4, 3), Fraction(3, 4), Fraction(8, 2) * 2])
def test_a_rational_that_is_no_square_has_no_exact_root(number):
    assert not Real(number).sqrt().is_exact


@given(st.fractions(min_value=-50, max_value=50, max_denominator=1000))
def test_logarithm_undoes_exponential(a):
    assert contains(Real(a).exp().log().enclose(200), a)


def test_exponential_and_logarithm_are_exact_where_rational():
    assert Real(0).exp().exact == 1 and Real(1).log().exact == 0
    assert not Real(1).exp().is_exact and not Real(2).log().is_exact


@pytest.mark.parametrize("number", [
    Real(-1).log(), Real(0).log(), Real(-4).sqrt(), Real(Fraction(-1, 3)).sqrt(), enclosed(Fraction(0)).log(),
    Real(1) / enclosed(Fraction(0)), Real(-1).log() * 0, Real(-1).sqrt() - Real(-1).sqrt()])
@pytest.mark.parametrize("relation", ["<", "<=", "==", ">=", ">", "!="])
def test_what_is_no_real_number_is_never_decided(number, relation):
    for side in (-10**9, 0, 10**9):
        assert decide(number, relation, side) is None and decide(side, relation, number) is None


def test_reals_refuse_the_comparisons_that_could_not_answer_not_known():
    for comparison in (lambda: Real(1) == Real(1), lambda: Real(1) == 1, lambda: Real(1) != 1, lambda: Real(1) < 2,
                       lambda: 2 >= Real(1), lambda: Real(1) in [Real(1)], lambda: {Real(1)}):
        with pytest.raises(TypeError):
            comparison()


@pytest.mark.parametrize("value", [True, float("nan"), "abc", None, 1j, [1]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ParameterError):
        Real(value)
    with pytest.raises(ParameterError):
        Real(1) + value


def test_a_copy_shares_value_and_recipe():
    calls = []
    original = Real(lambda: calls.append(1) or arb(2).sqrt())
    original.enclose(64)
    assert Real(original).enclose(64).overlaps(original.enclose(64)) and len(calls) == 1
    assert Real(Real(Fraction(1, 3))).exact == Fraction(1, 3)


def test_a_recipe_runs_at_the_precision_asked_for_and_leaves_the_global_one_alone():
    seen = []
    number = Real(lambda: seen.append(ctx.prec) or arb(1).exp())
    before = ctx.prec
    widths = [number.enclose(bits).rad() for bits in (64, 256, 1024)]
    assert seen == [64, 256, 1024] and ctx.prec == before
    assert bool(widths[0] > widths[1]) and bool(widths[1] > widths[2])
    number.enclose(64)
    number.enclose(64)
    assert seen == [64, 256, 1024, 64]  # one precision is remembered


def test_the_precision_reaches_through_nested_arithmetic():
    seen = []
    leaf = Real(lambda: seen.append(ctx.prec) or arb(3).exp())
    number = ((leaf + 1) * Fraction(1, 3) / 7 - leaf).exp().sqrt().log()
    assert number.enclose(777).rel_accuracy_bits() > 700 and set(seen) == {777}


def test_the_global_precision_comes_back_after_an_error():
    def broken():
        raise ArithmeticError("recipe")
    before = ctx.prec
    with pytest.raises(ArithmeticError):
        Real(broken).enclose(999)
    assert ctx.prec == before


def test_a_ball_given_directly_cannot_be_refined_and_loses_nothing():
    ball = arb(fmpq(1, 3), arb(2) ** -20)
    with ctx.workprec(1000):
        fine = arb(2).sqrt()
    assert Real(ball).enclose(5000).rad() == ball.rad()
    assert Real(fine).enclose(53).rad() == fine.rad() and Real(fine).enclose(53).mid() == fine.mid()


def test_working_precision_nests_and_is_restored_after_an_error():
    assert precision_range() == (128, 128 * 64)
    with pytest.raises(RuntimeError):
        with working_precision(256):
            with working_precision(64):
                assert precision_range() == (64, 4096)
            assert precision_range()[0] == 256
            raise RuntimeError
    assert precision_range()[0] == 128


def test_working_precision_stays_in_its_own_thread():
    seen = []
    with working_precision(512):
        thread = threading.Thread(target=lambda: seen.append(precision_range()[0]))
        thread.start()
        thread.join()
    assert seen == [128]


def test_representations_of_any_number():
    assert repr(Real(Fraction(1, 3))) == "Real(1/3)"
    assert repr(Real(10**5000)) == "Real(a number of more than 4300 digits)"
    assert repr(Real(lambda: arb(2).sqrt())).startswith("Real([1.414213562373")


def test_float_is_to_look_at():
    assert float(Real(Fraction(1, 3))) == 1 / 3
    # The midpoint of a 128-bit ball, rounded once: the nearest float.
    assert float(Real(lambda: arb(2).sqrt())) == 2 ** 0.5


def test_a_hundred_enclosed_terms_can_be_added_one_by_one():
    total = sum((enclosed(Fraction(1, i)) for i in range(1, 101)), Real(0))
    assert contains(total.enclose(128), sum(Fraction(1, i) for i in range(1, 101)))
