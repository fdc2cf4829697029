"""Records and trajectories: which steps are recorded, norms, levels, evidence."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.claims.verdict import Evidence
from theorycheck.errors import ParameterError
from theorycheck.networks.architectures import ConvolutionalNetwork
from theorycheck.rigor import Real
from theorycheck.training.trajectories import MarginHistogram, Record, Trajectory, read_edges, record_steps

RECORD = Record(3, F(1), None, None, F(9, 4), F(2), F(0), F(1), 0, 0, 0.5, None, (F(0), F(1, 3), F(0)))
NETWORK = ConvolutionalNetwork([[1, 1]], [0], [[0]])


@given(st.integers(1, 10**6))
def test_automatic_steps_are_spread_evenly(steps: int) -> None:
    chosen = record_steps(steps)
    assert chosen[0] == 0 and chosen[-1] == steps and len(chosen) == min(steps, 20) + 1
    gaps = [b - a for a, b in zip(chosen, chosen[1:])]
    assert min(gaps) >= 1 and max(gaps) - min(gaps) <= 1


def test_given_steps_are_sorted_once() -> None:
    assert record_steps(10, (10, 3, np.int64(3), 0)) == (0, 3, 10)
    assert record_steps(10, range(0, 11, 5)) == (0, 5, 10) and record_steps(10, []) == ()


@pytest.mark.parametrize("record, message", [
    ([11], "'record' must be at least 0 and at most steps=10, not 11."),
    ([-1], "'record' must be at least 0 and at most steps=10, not -1."),
    ([True], "'record' must be an integer, not the boolean True."),
    ([1.0], "'record' must be an integer, not 1.0."),
    ("all", "'record' must be \"auto\" or steps, not 'all'."), (5, "'record' must be \"auto\" or steps, not 5.")])
def test_bad_steps(record, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        record_steps(10, record)
    assert str(caught.value) == message


@pytest.mark.parametrize("edges", [[], [1, 1], [2, 1]])
def test_bad_edges(edges) -> None:
    with pytest.raises(ParameterError, match="'margin_edges' must increase strictly and be at least one."):
        read_edges(edges)


def test_bad_edge() -> None:
    with pytest.raises(ParameterError, match="'margin_edges' must be a finite number, not nan."):
        read_edges([float("nan")])


def test_norms_are_roots_exact_where_rational() -> None:
    assert RECORD.drift.exact == F(3, 2) and RECORD.readout_norm.exact is None
    assert RECORD.readout_gradient_norm.exact == 0 and RECORD.filters_gradient_norm.exact == 1
    assert replace(RECORD, squared_drift=2.25).drift == 1.5


def test_levels_that_carry_weight() -> None:
    assert RECORD.levels == (1,)
    assert replace(RECORD, level_weights=None).levels is None
    # A ball that contains 0 does not carry weight for certain.
    assert replace(RECORD, level_weights=(Real(arb(0, 1e-9)), Real(arb(1, 1e-9)))).levels == (1,)
    assert replace(RECORD, level_weights=(1e-32, 1.0, 0.0, 1e-20)).levels == (1, 3)


def test_histograms_give_probabilities() -> None:
    histogram = MarginHistogram((F(0),), (1, 2), 3, 6)
    assert histogram.probabilities == (F(1, 6), F(1, 3))


def test_trajectories_say_how_far_and_how() -> None:
    run = Trajectory(NETWORK, np.array([1]), (RECORD,), 3, 5, F(1), F(1), True, "rational")
    assert run.record(3) is RECORD and run.losses == (1,) and not run.is_finished
    assert run.evidence is Evidence.EXACT and replace(run, arithmetic="enclosed").evidence is Evidence.ENCLOSED
    assert replace(run, arithmetic="float64").evidence is Evidence.FLOAT
    with pytest.raises(ParameterError) as caught:
        run.record(4)
    assert str(caught.value) == "'step' must be one of the recorded steps 3, not 4."
