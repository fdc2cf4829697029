"""What a comparison keeps of a run: which is best, when it settles, exact text and back."""
from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction as F
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.rigor import decide
from theorycheck.training.compared_runs import (ComparedRecord, ComparedRun, best_run, compared_steps, run_from_json,
                                                run_to_json)

NETWORK = FullyConnectedNetwork(np.eye(2), np.zeros(2), np.zeros(2))
RECORD = ComparedRecord(3, 0.1, 2.0**-40, 0.75, 0.5, 1.0, 0.25, 1 / 3, 1e-300, inf)


def run_of(*losses, eta=1, steps=None, name="CNN"):
    return ComparedRun(name, F(eta), len(losses) - 1 if steps is None else steps, losses, (), NETWORK)


@given(st.integers(1, 5000))
def test_the_recorded_steps_are_dense_first_and_end_with_the_last(steps):
    found = compared_steps(steps)
    assert found[0] == 0 and found[-1] == steps and list(found) == sorted(set(found))
    # No gap is above a quarter of where it begins, rounded up: a quick network is not shown as a slow one.
    assert all(b - a <= max(1, -(-a // 4)) for a, b in zip(found, found[1:]))
    assert set(range(min(steps, 5) + 1)) <= set(found)


def test_settling_is_for_good():
    assert run_of(1.0, 0.05, 0.3, 0.0625, 0.0).settled(F(1, 10)) == 3
    assert run_of(0.0, 0.0).settled(F(1, 10)) == 0
    assert run_of(1.0, 0.0, 0.5).settled(F(1, 10)) is None
    assert run_of(1.0, 0.0, steps=5).settled(F(1, 10)) is None, "unfinished"


def test_the_target_is_an_exact_number():
    # The float 0.1 is above 1/10.
    assert run_of(1.0, 0.1).settled(F(1, 10)) is None and run_of(1.0, 0.1).settled(F(0.1)) == 1


def test_the_best_run_settles_first_then_ends_lowest_then_steps_least():
    target = F(1, 10)
    quick, slow, lowest, unfinished = (run_of(1.0, 0.0625, 0.0625), run_of(1.0, 1.0, 0.0), run_of(1.0, 1.0, 0.5),
                                       run_of(0.0, steps=2))
    high = run_of(1.0, 9.0, 0.75)
    assert best_run((slow, quick, lowest), target) is quick
    assert best_run((high, lowest, unfinished), target) is lowest
    assert best_run((unfinished,), target) is None
    large = replace(quick, eta=F(2))
    assert best_run((large, quick), target) is quick


def test_a_run_whose_loss_is_not_known_comes_after_those_whose_loss_is():
    # A step size far too large leads to a computed loss of 0 with an error bound above the target.
    target = F(1, 10)
    wild = replace(run_of(1.0, 0.0, 0.0, eta=2**600), records=(replace(RECORD, step=2, loss=0.0, loss_error=1e99),))
    sound = replace(run_of(1.0, 1.0, 0.0), records=(replace(RECORD, step=2, loss=0.0, loss_error=1e-9),))
    above = replace(sound, losses=(1.0, 1.0, 0.5), records=())
    assert best_run((wild, sound), target) is sound and best_run((wild, above), target) is wild


@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 1.0]), min_size=1, max_size=8),
       st.sampled_from([F(1, 10), F(1, 4), F(3, 10), F(0.3), 0.3]))
def test_settling_as_it_is_defined(losses, target):
    run = run_of(*losses) if len(losses) > 1 else run_of(*losses, 0.0)
    staying = (step for step in range(len(run.losses)) if all(F(loss) <= target for loss in run.losses[step:]))
    assert run.settled(target) == next(staying, None)


@given(st.floats(0, 1e6), st.floats(1e-290, 1e3))
def test_the_enclosed_loss_holds_both_ends(loss, error):
    found = replace(RECORD, loss=loss, loss_error=error).enclosed_loss
    low, high = max(F(0), F(loss) - F(error)), F(loss) + F(error)
    for end in (low, high):
        assert decide(found, "<", end) is not True and decide(found, ">", end) is not True
    assert decide(found, "<", high * 2 + 1) is True


def test_an_unknown_error_encloses_nothing():
    found = replace(RECORD, loss=0.5, loss_error=inf).enclosed_loss
    assert decide(found, "<=", 1) is None and decide(found, ">=", 0) is not False


def test_records_come_back_exactly():
    run = ComparedRun("CNN", F(1, 3), 9, (1.0, 0.1, inf), (RECORD, replace(RECORD, step=4)), NETWORK, "it left")
    state = json.loads(json.dumps(run_to_json(run, {"step": 2})))
    found = run_from_json(state, "CNN", F(1, 3), 9, NETWORK)
    assert found.records == run.records and found.losses == run.losses and found.trouble == "it left"
    assert not found.is_finished and found.record(4) == run.records[1] and found.record(5) is None
    assert state["parameters"] == {"step": 2}


@pytest.mark.parametrize("key", ["losses", "records"])
def test_a_number_is_written_by_its_bits(key):
    run = ComparedRun("CNN", F(1), 1, (0.1,), (RECORD,), NETWORK)
    assert (0.1).hex() in json.dumps(run_to_json(run, {})[key])
