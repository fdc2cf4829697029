"""The mode after an arrival: stay, cross, rest, against what the equations say; and after a slope reached a bound."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.flow.modes import choose_mode, mode_after_slope, with_kinds
from theorycheck.flow.points import point_system
from theorycheck.flow.structure import Equalities, FlowSystem, Quotient, at_start, quotient
from theorycheck.flow.taylor import FlowField
from theorycheck.networks.problems import LearningProblem


def arrived(n, m, pattern, arriving, scales, readouts):
    system, _ = point_system(LearningProblem(pattern), pattern.k, m)
    structure = quotient(system, at_start(system), {})
    before = with_kinds(["active"] * len(structure.system.rows), {})
    with ctx.workprec(128):
        a, u = ([arb(v.numerator) / v.denominator for v in map(Fraction, group)] for group in (scales, readouts))
        equal = quotient(structure.system, at_start(structure.system), before.slopes).equalities
        mode = choose_mode(structure.system, equal, before, arriving, a, u)
        slopes = FlowField(structure.system, mode.slopes, mode.blocks("sliding")).slopes(a, u)
    return mode, slopes


def test_alone_in_its_class_a_block_rests():
    mode, _ = arrived(2, (1, 2, 3, 4), KPattern.parity(2, 2), [3], ["1/2"] * 4, ["1/3", "1/3", "1/3", "1/2"])
    assert mode.kinds == ("active", "active", "active", "resting") and mode.slopes[3] == 0


def test_the_last_block_makes_all_rest():
    system, _ = point_system(LearningProblem(KPattern.parity(2, 2)), 2, (1, 2, 3, 4))
    before = with_kinds(["resting", "resting", "inactive", "active"], {})
    mode = choose_mode(system, at_start(system), before, [3], [arb(1) / 2] * 4, [arb(0)] * 4)
    assert mode.kinds == ("resting", "resting", "inactive", "resting")


def test_three_patterns_that_arrive_together_part():
    # Three sign patterns with 5 a u = 1 at once, the readouts of window 2 still 0; |u| by slot, signs factored out.
    mode, slopes = arrived(3, (5, 5, 5, 4), KPattern.parity(3, 2), [0, 1, 2, 4, 5, 6],
                           ["1/2"] * 4, ["2/5"] * 4 + ["0"] * 4)
    # x_1 x_2 = +1 at z = 0: nothing pulls its points.  At z = 1 a_z grows, so that the margin rises; z = 2 shares its
    # second windows with the class that has not arrived, and is held.
    assert mode.kinds == ("resting", "inactive", "sliding", "active", "resting", "inactive", "sliding", "active")
    assert mode.leaving == {1: 1, 5: 1} and len(slopes) == 2
    # P[x]·(2·m a² + ...): with a = 1/2 everywhere, u = 0.4: the second window pushes by a²·m_z'(1-s), the first pulls.
    a, u = Fraction(1, 2), Fraction(2, 5)
    first = 5 * (a**2 + 2 * u**2)
    # Points 2 and 6 have second windows 1 (m=5) and 3 (m=4); d/ds margin = 0 for both.
    s, t = map(float, slopes)
    rates = (first * (s + t) + 5 * a**2 * (s - 1), first * (s + t) + 4 * a**2 * (t - 1))
    assert all(abs(float(rate)) < 1e-12 for rate in rates)


@pytest.mark.parametrize("kinds, bounds, slopes", [
    (["active", "inactive", "resting", "sliding"], {}, {0: 1, 1: 0, 2: 0}),
    (["bound", "bound"], {0: Fraction(0), 1: Fraction(1)}, {0: 0, 1: 1})])
def test_the_slopes_of_a_mode(kinds, bounds, slopes):
    mode = with_kinds(kinds, bounds)
    assert mode.slopes == slopes and mode.blocks("active", "sliding") == tuple(
        b for b, kind in enumerate(kinds) if kind in ("active", "sliding"))


def tiny_system(*rows):
    rows = tuple({i: Fraction(c) for i, c in enumerate(row) if c} for row in rows)
    return FlowSystem(1, (0, 0), (1, 1), rows, ({}, {}), (Fraction(1, len(rows)),) * len(rows), (1, 1), (Fraction(1),),
                      (1,), Fraction(1))


def trivial(system):
    return Quotient(system, Equalities((0, 1), (1, 1), (0,)), tuple(range(len(system.rows))))


def test_an_independent_block_leaves():
    coarse = trivial(tiny_system([1, 0], [0, 1]))
    before = with_kinds(["sliding", "sliding"], {})
    falling = mode_after_slope(coarse, before, 0, 0)
    assert falling.kinds == ("inactive", "sliding") and falling.leaving == {0: 2} and falling.slopes == {0: 0}
    assert mode_after_slope(coarse, before, 1, 1).kinds == ("sliding", "active")


def test_a_dependent_block_takes_over():
    # row 2 = row 0 + row 1: less of block 0 can be made up for by more of block 2 only if its share is negative.
    plus, minus = trivial(tiny_system([1, 0], [0, 1], [1, 1])), trivial(tiny_system([1, 0], [0, 1], [-1, 1]))
    kinds = ["sliding", "sliding", "bound"]
    taken = mode_after_slope(minus, with_kinds(kinds, {2: Fraction(0)}), 0, 0)
    assert taken.kinds == ("bound", "sliding", "sliding") and taken.starting == {2: 0} and taken.slopes == {0: 0}
    at_one = mode_after_slope(plus, with_kinds(kinds, {2: Fraction(1)}), 0, 0)
    assert at_one.kinds == ("bound", "sliding", "sliding") and at_one.starting == {2: 1}
    rising = mode_after_slope(plus, with_kinds(kinds, {2: Fraction(0)}), 0, 1)
    assert rising.kinds == ("bound", "sliding", "sliding") and rising.slopes == {0: 1}


def test_where_nothing_takes_over_the_dependent_ones_leave_too():
    plus = trivial(tiny_system([1, 0], [0, 1], [1, 1]))
    left = mode_after_slope(plus, with_kinds(["sliding", "sliding", "bound"], {2: Fraction(0)}), 0, 0)
    assert left.kinds == ("inactive", "sliding", "inactive") and left.leaving == {0: 2, 2: 2}
