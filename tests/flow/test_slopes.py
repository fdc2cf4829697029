"""Proposed slopes satisfy the conditions of the shortest velocity, and relations are exact."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.flow.slopes import (arrival_keys, dependence, least_velocity, linear_relation, reduce_slopes,
                                     refined_slopes)
from theorycheck.flow.structure import FlowSystem


def system_of(rows):
    rows = tuple({i: Fraction(c) for i, c in enumerate(row) if c} for row in rows)
    size = max((i for row in rows for i in row), default=0) + 1
    return FlowSystem(1, (0,) * size, (1,) * size, rows, ({},) * size, (Fraction(1, len(rows)),) * len(rows),
                      (1,) * size, (Fraction(1),), (1,), Fraction(1))


VECTORS = st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=3)


@settings(deadline=None)
@given(VECTORS, st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_the_conditions_of_the_shortest_velocity(vectors, start):
    """v = start + Σ s_b g_b: a slope inside keeps its margin, 0 lets it rise, 1 lets it fall."""
    g = np.array([v for v in vectors if any(v)] or [[1, 0, 0, 0]], dtype=float)
    gram, rates = g @ g.T, g @ np.array(start, dtype=float)
    slopes = least_velocity(gram, rates, np.ones(len(g)))
    assert (slopes >= 0).all() and (slopes <= 1).all()
    moving = gram @ slopes + rates
    # The ridge of 1e-9 and float64 leave about 1e-6 at these sizes (entries up to 36).
    assert (moving[slopes < 1e-6] > -1e-5).all() and (moving[slopes > 1 - 1e-6] < 1e-5).all()
    inside = (slopes > 1e-4) & (slopes < 1 - 1e-4)
    assert (abs(moving[inside]) < 1e-5).all()


def test_refinement_reaches_the_working_precision_and_small_slopes():
    with ctx.workprec(128):
        tiny = arb("1e-15")
        slopes = refined_slopes([[arb(2), arb(0)], [arb(0), arb(3)]], [-2 * tiny, arb(1)], [0.0, 0.4])
        assert slopes is not None and abs(slopes[0] / tiny - 1) < arb("1e-20") and slopes[1].is_zero()
        # The second margin would fall at slope 0: it must be let in although it was proposed at the bound.
        wrong = refined_slopes([[arb(2)]], [arb(-1)], [0.0])
        assert wrong is not None and float(wrong[0]) == 0.5
        assert refined_slopes([[arb(1), arb(1)], [arb(1), arb(1)]], [arb(-1), arb(-1)], [0.5, 0.5]) is None


@given(st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=1, max_size=4))
def test_relations_are_exact_and_found(rows):
    relation = linear_relation(system_of(rows), range(len(rows)))
    assert (relation is None) == (np.linalg.matrix_rank(np.array(rows)) == len(rows))
    if relation is not None:
        assert any(relation)
        assert all(sum(c * Fraction(row[i]) for c, row in zip(relation, rows)) == 0 for i in range(3))


def test_dependence_and_reduction():
    system = system_of([[1, 0], [0, 1], [1, 1], [0, 2]])
    assert dependence(system, (0, 1), 2) == {0: 1, 1: 1} and dependence(system, (0,), 3) is None
    slopes = {0: 0.5, 1: 0.25, 2: 0.125}
    out = reduce_slopes(system, (0, 1, 2), slopes)
    assert len(out) == 1 and linear_relation(system, [b for b in (0, 1, 2) if b not in out]) is None
    # The joint force on each product is unchanged: s_0 + s_2 and s_1 + s_2.
    assert abs(slopes[0] + slopes[2] - 0.625) < 1e-12 and abs(slopes[1] + slopes[2] - 0.375) < 1e-12
    (taken, bound), = out.items()
    assert abs(slopes[taken] - float(bound)) < 1e-12


def test_arrivals_coincide_modulo_the_sliding_margins():
    # With p_2 = 1: p_0 - p_1 = p_2 - p_3 only if p_3 = 1 too.
    system = system_of([[2, 1], [1, 1], [1, 0], [3, 1], [4, 2]])
    keys = arrival_keys(system, [2], [0, 1, 3])
    assert len(set(keys.values())) == 3
    # p_0 - 1 = p_1 - 1 + p_2 and p_4 = 2 p_0: neither is 1 when the other is.
    assert arrival_keys(system, [], [0, 4])[0] != arrival_keys(system, [], [0, 4])[4]
    shifted = system_of([[1, 1], [2, 1], [0, 1], [1, -1]])
    # With p_0 = 1 and p_2: p_1 - 1 = p_0 - 1 + u, p_3 - 1 = p_0 - 1 - 2 v; u = 1 - v, so p_1 - 1 = -(v - 1).
    keys = arrival_keys(shifted, [0], [1, 2])
    assert keys[1] == keys[2]
