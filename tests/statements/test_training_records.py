"""What a run tells about itself."""
import pytest

from theorycheck.claims import Settings
from theorycheck.statements.training_instance import Training, TrainingParameters


def run_of(**values):
    return Training(TrainingParameters.from_values({"n": 3, "k": 2, "q": 4, "steps": 3, **values}), Settings()).run


def test_records_by_step():
    run = run_of(eta="1/2")
    assert run.record(-1) is run.records[-1] and run.record(2).step == 2
    with pytest.raises(StopIteration):
        run.record(7)


def test_the_drift_is_the_root_over_all_windows():
    record = run_of(eta="1/2").record(-1)
    assert (record.drift * record.drift).enclose().overlaps(sum(part.enclose() for part in record.squared_drifts))


def test_a_drift_that_is_a_ball_round_zero_is_a_number():
    # Filters (1/3,1/3,1/3) do not move in the first step, and a ball round 1/3 minus 1/3 is one round 0.
    run = run_of(k=3, q=8, steps=5, pattern="0x69")
    ball = run.record(1).drift.enclose()
    assert ball.is_finite() and ball.contains(0) and ball < 1e-15


def test_the_method_says_the_arithmetic():
    assert run_of(eta="1/2").method == "exact gradient descent in rationals"
    assert run_of().method == "gradient descent in balls of 128 bits"
    assert Training(TrainingParameters(n=3, k=2, q=4, steps=3), Settings(precision=64)).run.precision == 64
