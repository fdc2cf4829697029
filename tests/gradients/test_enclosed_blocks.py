"""A block of filters against the definition; rows of features kept from the exact start until their filter moves."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat

from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients import enclosed_blocks
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.enclosed_blocks import FilterBlock
from theorycheck.gradients.flint_matrices import fractions_of, rational_matrix
from theorycheck.networks.activations import activation_named

F = Fraction
SIGNS = np.array(oracles.cube_points(2))
FILTERS = np.array([[F(1, 3), F(1, 2)], [F(-1, 2), F(2, 3)]], dtype=object)
BIASES = np.array([F(-1, 3), F(1, 6)], dtype=object)
READOUT = np.array([[F(1, 5), F(-2)], [F(3), F(1, 7)], [F(0), F(1)]], dtype=object)


def block(is_enclosed: bool, name: str = "relu", filters: np.ndarray = FILTERS,
          biases: np.ndarray = BIASES) -> FilterBlock:
    return FilterBlock(filters, biases, READOUT, [3, 2], SIGNS, activation_named(name), is_enclosed)


def test_tables_and_gradients_are_the_definitions() -> None:
    one = block(False)
    inner = [[sum(w * z for w, z in zip(row, point)) + b for point in SIGNS.tolist()]
             for row, b in zip(FILTERS, BIASES)]
    outer = [[max(t, F(0)) for t in row] for row in inner]
    assert fractions_of(one.features) == outer
    assert fractions_of(one.tables()) == [[sum(m * u * row[z] for m, u, row in zip((3, 2), us, outer))
                                           for z in range(4)] for us in READOUT]
    marginals = [[F(1, 2), F(-1, 4), F(0), F(1, 8)], [F(0), F(1, 3), F(1, 3), F(0)], [F(1), F(0), F(0), F(-1)]]
    by_readout, by_filters = one.gradients(rational_matrix(marginals))
    assert fractions_of(by_readout) == [[-sum(a * b for a, b in zip(row, values)) for values in outer]
                                        for row in marginals]
    assert fractions_of(by_filters) == [
        [-sum(READOUT[j][i] * marginals[j][z] * (inner[i][z] > 0) * int(SIGNS[z][bit])
              for j in range(3) for z in range(4)) for bit in range(2)] for i in range(2)]


def test_balls_contain_the_rationals_after_moves() -> None:
    exact, balls = block(False, "clipped_relu:1/2"), block(True, "clipped_relu:1/2")
    change = rational_matrix([[F(1, 7), F(0)], [F(1, 9), F(1, 11)]])
    for _ in range(3):
        exact.move(exact.readout * fmpq(1, 3), change)
        balls.move(balls.readout * arb(fmpq(1, 3)), arb_mat(change))
        for name in ("features", "slopes", "filters", "readout"):
            pairs = zip(getattr(balls, name).entries(), getattr(exact, name).entries())
            assert all(ball.contains(number) and ball.rad() < 1e-12 for ball, number in pairs)


def test_a_filter_that_has_not_moved_keeps_its_exact_kinks() -> None:
    # 1/3 + 1/3 - 2/3 = 0, which no ball at any precision shows.
    thirds = np.array([[F(1, 3), F(1, 3)], [F(1), F(1)]], dtype=object)
    one = block(True, filters=thirds, biases=np.array([F(-2, 3), F(-1)], dtype=object))
    assert one.kinks == [True, False, False, False] + [False] * 4
    none, second = fmpq_mat(3, 2), fmpq_mat(2, 2, [0, 0, fmpq(1, 7), 0])
    one.move(arb_mat(none), arb_mat(2, 2))
    one.move(arb_mat(none), arb_mat(second))
    assert one.kinks[0] and one.features[0, 0] == 0
    assert one.features[1, 0].contains(fmpq(6, 7)) and one.slopes[1, 0] == 1
    with pytest.raises(Undecided):
        one.move(arb_mat(none), arb_mat(2, 2, [arb(0, 1e-50), 0, 0, 0]))


def test_the_readout_alone_may_move() -> None:
    one = block(False)
    before = one.features
    one.move(one.readout, None)
    assert one.readout == fmpq_mat(3, 2) and one.features is before


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosed_blocks, "_ENTRY_LIMIT", 7)
    with pytest.raises(InstanceTooLarge, match="C=2 filters on 4 columns are above the limit of 7 values"):
        block(False)


def test_a_restored_block_knows_what_has_moved() -> None:
    thirds = np.array([[F(1, 3), F(1, 3)], [F(1), F(1)]], dtype=object)
    biases = np.array([F(-2, 3), F(-1)], dtype=object)
    one, other = block(True, filters=thirds, biases=biases), block(True, filters=thirds, biases=biases)
    one.move(one.readout, arb_mat(2, 2, [0, 0, arb(fmpq(1, 7)), 0]))
    other.restore(one.filters, one.readout)
    assert other.kinks == one.kinks and other.kinks[0]
    assert str(other.features) == str(one.features)
    with pytest.raises(Undecided):  # a ball around the start's numbers, but not the start's own ball
        other.restore(arb_mat(2, 2, [arb(fmpq(1, 3)) + arb(0, 1e-30), arb(fmpq(1, 3)), 1, 1]), one.readout)


@pytest.mark.parametrize("is_enclosed", [False, True])
def test_a_filter_that_moved_and_then_rests_is_where_it_moved_to(is_enclosed: bool) -> None:
    kind = arb_mat if is_enclosed else fmpq_mat
    block = FilterBlock(np.array([[1], [2]]), np.array([0, 0]), np.array([[1, 1]]), [1, 1], np.array([[1], [-1]]),
                        activation_named("identity"), is_enclosed)
    still = kind(1, 2, [0, 0])
    block.move(still, kind(2, 1, [3, 0]))
    block.move(still, kind(2, 1, [0, 0]))
    assert [float(entry) for entry in block.features.entries()] == [-2.0, 2.0, 2.0, -2.0]
    block.move(still, kind(2, 1, [0, 1]))
    assert [float(entry) for entry in block.features.entries()] == [-2.0, 2.0, 1.0, -1.0]
