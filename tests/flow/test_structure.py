"""The quotient of the flow: what it merges moves alike, and what it keeps apart need not."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube import KPattern
from theorycheck.flow.points import point_system
from theorycheck.flow.structure import at_start, quotient
from theorycheck.networks.problems import LearningProblem


def free_quotient(n, k, m, pattern, offset=0, tied=True):
    system, _ = point_system(LearningProblem(pattern), k, m, tied=tied)
    return system, quotient(system, at_start(system), {})


@pytest.mark.parametrize("n, k, m, blocks, slots", [
    (3, 2, (1, 1, 1, 1), 1, 1), (2, 2, (1, 2, 1, 2), 2, 2), (2, 2, (1, 2, 3, 4), 4, 4), (3, 2, (5, 5, 5, 4), 8, 8)])
def test_parities(n, k, m, blocks, slots):
    _, found = free_quotient(n, k, m, KPattern.parity(n, k))
    assert (len(found.system.rows), len(found.system.class_of)) == (blocks, slots)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_euler_steps_respect_the_quotient(data):
    """Random slopes, equal on blocks: after exact steps, parts with one label are equal up to their signs."""
    k = data.draw(st.integers(1, 2))
    n = data.draw(st.integers(k, 3))
    m = tuple(data.draw(st.lists(st.integers(1, 2), min_size=2**k, max_size=2**k)))
    table = np.array(data.draw(st.lists(st.sampled_from((-1, 1)), min_size=2**k, max_size=2**k)), dtype=np.int8)
    system, found = free_quotient(n, k, m, KPattern(n, k, data.draw(st.integers(0, n - k)), table),
                                  tied=data.draw(st.booleans()))
    a, u = [Fraction(1, k)] * system.class_total, [Fraction(0)] * len(system.class_of)
    for _ in range(3):
        slopes = [Fraction(data.draw(st.integers(0, 3)), 3) for _ in found.system.rows]
        force = [sum((slopes[found.blocks[b]] * s for b, s in f.items()), Fraction(0)) for f in system.forces]
        pull = [Fraction(0)] * system.class_total
        for i, owner in enumerate(system.class_of):
            pull[owner] += k * u[i] * force[i]
        u = [v + a[owner] * g for v, owner, g in zip(u, system.class_of, force)]
        a = [v + p for v, p in zip(a, pull)]
    equal = found.equalities
    labelled: dict = {}
    for value, label, sign in zip(u, equal.slots, equal.signs):
        assert value == 0 if label is None else labelled.setdefault(label, sign * value) == sign * value
    owners: dict = {}
    assert all(owners.setdefault(label, value) == value for value, label in zip(a, equal.classes))
    margins: dict = {}
    for b, row in enumerate(system.rows):
        margin = sum((c * a[system.class_of[i]] * u[i] for i, c in row.items()), Fraction(0))
        assert margins.setdefault(found.blocks[b], margin) == margin
        coarse = found.system.rows[found.blocks[b]]
        assert margin == sum((c * owners[found.system.class_of[i]] * labelled[i] for i, c in coarse.items()),
                             Fraction(0))


def test_weights_are_kept():
    system, found = free_quotient(3, 2, (5, 5, 5, 4), KPattern.logical_and(3, 2))
    assert sum(found.system.probabilities) == 1 and found.system.lightest and min(found.system.lightest) == 4
    assert sum(found.system.class_weights) == Fraction(19, 2) == sum(system.class_weights)
    assert sum(found.system.slot_weights) <= sum(system.slot_weights) == 38


def test_fixed_slopes_merge_more_than_free_ones():
    system, found = free_quotient(3, 2, (5, 5, 5, 4), KPattern.parity(3, 2))
    coarse = quotient(found.system, at_start(found.system), dict.fromkeys(range(8), Fraction(1)))
    # With every slope 1 only the first window moves, and only two multiplicities differ.
    assert len(coarse.system.class_of) == 1 and len(coarse.system.rows) == 2 < len(found.system.rows)
