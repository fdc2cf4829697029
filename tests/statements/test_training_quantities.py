"""The pieces behind a record: largest sizes, roots round 0, frozen or not."""
from fractions import Fraction

import pytest
from flint import arb, fmpq, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.claims import Settings
from theorycheck.statements.training_instance import Training, TrainingParameters
from theorycheck.statements.training_quantities import RunFrame, StepQuantities, largest_size, square_root

_RATIONALS = st.lists(st.fractions(max_denominator=50), max_size=8)


@given(_RATIONALS)
def test_largest_size_of_rationals_and_of_balls(values):
    wanted = max([abs(value) for value in values], default=Fraction(0))
    numbers = [fmpq(value.numerator, value.denominator) for value in values]
    assert largest_size(numbers) == fmpq(wanted.numerator, wanted.denominator)
    ball = largest_size([arb(number) for number in numbers])
    assert arb(fmpq(wanted.numerator, wanted.denominator)).overlaps(arb(ball) if isinstance(ball, fmpq) else ball)


def test_largest_size_of_overlapping_balls_contains_both():
    first, second = arb(1, 0.25), arb(-1.125, 0.25)
    found = largest_size([first, second])
    assert found.contains(arb(1.375)) and not found < arb(1.125)
    assert largest_size([fmpq(1, 2)], fmpq(2)) == 2


def test_roots_round_zero_are_numbers():
    assert square_root(fmpq(9, 4)).exact == Fraction(3, 2)
    ball = square_root(arb(0, 1e-20)).enclose()
    assert ball.is_finite() and ball.contains(arb(0)) and ball.contains(arb(1e-10))
    assert square_root(arb(4)).enclose().contains(arb(2)) and square_root(arb(0)).enclose() == 0


class _State:
    """Only the features: class 0 at z=0 and class 3 at z=3 of k=2."""

    def __init__(self, rows):
        self.features = fmpq_mat(rows)


@pytest.mark.parametrize("rows, frozen", [
    ([[1, 0, 0, 0], [0, 0, 0, 2]], True), ([[1, 0, fmpq(1, 9), 0], [0, 0, 0, 2]], False),
    ([[1, 0, 0, 0], [0, 0, 0, 0]], False), ([[0, 0, 0, 1], [1, 0, 0, 0]], False)])
def test_frozen_means_positive_on_its_own_content_only(rows, frozen):
    parameters = TrainingParameters.from_values({"n": 2, "k": 2, "q": 2, "init": "1,0,0,1"})
    frame = RunFrame(Training(parameters, Settings()))
    assert StepQuantities(frame, _State(rows)).is_frozen() is frozen


def test_frozen_is_not_decided_by_a_ball_round_zero():
    parameters = TrainingParameters.from_values({"n": 2, "k": 2, "q": 1, "init": "1,0,0,0"})
    frame, state = RunFrame(Training(parameters, Settings())), _State([[1, 0, 0, 0]])
    state.features = type("M", (), {"table": lambda self: [[arb(1), arb(0, 1e-9), arb(0), arb(0)]]})()
    assert StepQuantities(frame, state).is_frozen() is None
