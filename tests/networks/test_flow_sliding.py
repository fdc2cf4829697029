"""What follows when a sliding slope arrives at a bound, and which blocks arrive at margin 1 together."""
from __future__ import annotations

from fractions import Fraction

from theorycheck.networks.flow_modes import with_kinds
from theorycheck.networks.flow_sliding import arrival_keys, mode_after_slope
from theorycheck.networks.flow_structure import Equalities, FlowSystem, Quotient

F = Fraction


def system_of(*rows):
    rows = tuple({i: F(c) for i, c in enumerate(row) if c} for row in rows)
    return FlowSystem(1, (0, 0), (1, 1), rows, ({}, {}), (F(1, len(rows)),) * len(rows), (1, 1), (F(1),), (1,), F(1))


def trivial(system):
    return Quotient(system, Equalities((0, 1), (1, 1), (0,)), tuple(range(len(system.rows))))


def test_an_independent_block_leaves():
    coarse = trivial(system_of([1, 0], [0, 1]))
    before = with_kinds(["sliding", "sliding"], {})
    falling = mode_after_slope(coarse, before, 0, 0)
    assert falling.kinds == ("inactive", "sliding") and falling.leaving == {0: 2} and falling.slopes == {0: 0}
    assert mode_after_slope(coarse, before, 1, 1).kinds == ("sliding", "active")


def test_a_dependent_block_takes_over():
    # row 2 = row 0 + row 1: less of block 0 can be made up for by more of block 2 only if its share is negative.
    plus, minus = trivial(system_of([1, 0], [0, 1], [1, 1])), trivial(system_of([1, 0], [0, 1], [-1, 1]))
    kinds = ["sliding", "sliding", "bound"]
    taken = mode_after_slope(minus, with_kinds(kinds, {2: F(0)}), 0, 0)
    assert taken.kinds == ("bound", "sliding", "sliding") and taken.starting == {2: 0} and taken.slopes == {0: 0}
    at_one = mode_after_slope(plus, with_kinds(kinds, {2: F(1)}), 0, 0)
    assert at_one.kinds == ("bound", "sliding", "sliding") and at_one.starting == {2: 1}
    rising = mode_after_slope(plus, with_kinds(kinds, {2: F(0)}), 0, 1)
    assert rising.kinds == ("bound", "sliding", "sliding") and rising.slopes == {0: 1}


def test_where_nothing_takes_over_the_dependent_ones_leave_too():
    plus = trivial(system_of([1, 0], [0, 1], [1, 1]))
    left = mode_after_slope(plus, with_kinds(["sliding", "sliding", "bound"], {2: F(0)}), 0, 0)
    assert left.kinds == ("inactive", "sliding", "inactive") and left.leaving == {0: 2, 2: 2}


def test_arrivals_coincide_modulo_the_sliding_margins():
    # With p_2 = 1: p_0 - p_1 = p_2 - p_3 only if p_3 = 1 too.
    system = system_of([2, 1], [1, 1], [1, 0], [3, 1], [4, 2])
    keys = arrival_keys(system, [2], [0, 1, 3])
    assert len(set(keys.values())) == 3
    # p_0 - 1 = p_1 - 1 + p_2 and p_4 = 2 p_0: neither is 1 when the other is.
    assert arrival_keys(system, [], [0, 4])[0] != arrival_keys(system, [], [0, 4])[4]
    shifted = system_of([1, 1], [2, 1], [0, 1], [1, -1])
    # With p_0 = 1 and p_2: p_1 - 1 = p_0 - 1 + u, p_3 - 1 = p_0 - 1 - 2 v; u = 1 - v, so p_1 - 1 = -(v - 1).
    keys = arrival_keys(shifted, [0], [1, 2])
    assert keys[1] == keys[2]
