"""A comparison: every start with every step size, finished runs kept through Ctrl-C, a full disk and another call."""
from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.training import planned_runs
from theorycheck.training.comparison import Start, compare_networks

PROBLEM = LearningProblem(KPattern.parity(5, 2, 1))
CNN = Start("CNN", *collapsed_network(5, 2, [4, 4, 4, 4]))
RNG = np.random.default_rng(8)
FCN = Start("FCN", FullyConnectedNetwork(RNG.normal(size=(6, 5)), RNG.normal(size=6), np.zeros(6)))
GRID = ("1/8", "1/2", 1)


def compare(starts=(CNN, FCN), problem=PROBLEM, etas=GRID, steps=10, **options):
    return compare_networks(starts, problem, etas=etas, steps=steps, **options)


def same(first, second):
    assert [(run.name, run.eta, run.losses, run.records, run.trouble) for run in first.runs] == [
        (run.name, run.eta, run.losses, run.records, run.trouble) for run in second.runs]
    for one, other in zip(first.runs, second.runs):
        assert np.array_equal(one.network.filters, other.network.filters)
        assert np.array_equal(one.network.readout, other.network.readout)


def interrupt_after(monkeypatch, count):
    """Ctrl-C in the course of the run after ``count`` records."""
    real, calls = planned_runs.measure, []

    def measure(*arguments):
        calls.append(1)
        if len(calls) > count:
            raise KeyboardInterrupt
        return real(*arguments)
    monkeypatch.setattr(planned_runs, "measure", measure)


def test_every_start_meets_every_step_size_and_all_are_kept():
    found = compare()
    assert [(run.name, str(run.eta)) for run in found.runs] == [
        (name, eta) for name in ("CNN", "FCN") for eta in ("1/8", "1/2", "1")]
    assert all(run.is_finished for run in found.runs) and not found.is_interrupted and found.limits == ()
    assert found.best("CNN", F(1, 10)).eta == 1 and found.of("FCN") == found.runs[3:]
    # Of the CNN's grid the largest step size is the quickest: each step adds eta/64 by filter until margin 1.
    assert [run.settled(F(1, 10)) for run in found.of("CNN")] == sorted(
        (run.settled(F(1, 10)) for run in found.of("CNN")), key=lambda t: -(t or 99))


def test_nothing_depends_on_threads():
    same(compare(threads=1), compare(threads=3))


def test_progress_counts_all_steps_and_ends_with_a_clear_line():
    seen = []
    compare(progress=lambda *row: seen.append(row))
    assert seen[-1] == (60, 60, "") and {total for _, total, _ in seen} == {60}
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert (10, 60, "CNN eta=1/2, step 0 of 10") in seen


def test_a_folder_takes_up_where_ctrl_c_left(tmp_path, monkeypatch):
    folder = tmp_path / "runs" / "deep"
    whole = compare()
    records = len(whole.runs[0].records)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3 * records + 2)
        partial = compare(save=folder)
    assert partial.is_interrupted and len(partial.runs) == 4 and not partial.runs[3].is_finished
    assert len(list(folder.iterdir())) == 3
    started = []
    with monkeypatch.context() as patch:
        real = planned_runs.PlannedRun.train
        patch.setattr(planned_runs.PlannedRun, "train", lambda self, show: (started.append(self.title),
                                                                            real(self, show))[1])
        resumed = compare(save=folder)
    same(resumed, whole)
    assert started == ["FCN eta=1/8", "FCN eta=1/2", "FCN eta=1"]
    same(compare(save=folder), whole)
    assert len(list(folder.iterdir())) == 6


def test_ctrl_c_before_the_first_step_keeps_nothing_and_raises_nothing(monkeypatch):
    interrupt_after(monkeypatch, 0)
    found = compare()
    assert found.runs == () and found.is_interrupted and found.best("CNN", F(1, 10)) is None


def test_other_instances_share_the_folder(tmp_path):
    compare(save=tmp_path, steps=5)
    compare(save=tmp_path, steps=6)
    assert len(list(tmp_path.iterdir())) == 12


def test_a_file_that_cannot_be_written_is_reported_and_nothing_is_lost(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError("no space left on device")
    monkeypatch.setattr(planned_runs, "write_checkpoint", refuse)
    found = compare([CNN], save=tmp_path)
    assert len(found.runs) == 3 and all(run.is_finished for run in found.runs)
    assert found.limits[0] == "CNN eta=1/8 could not be saved: no space left on device"


def test_ctrl_c_while_a_run_is_saved_keeps_the_run(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt
    monkeypatch.setattr(planned_runs, "write_checkpoint", interrupt)
    found = compare([CNN], save=tmp_path)
    assert found.is_interrupted and [run.is_finished for run in found.runs] == [True]


def test_too_many_steps_are_declined():
    with pytest.raises(InstanceTooLarge, match="'steps' must be at most 1000000, not 10000000000: every run keeps"):
        compare(steps=10**10)


def test_a_run_that_diverges_is_kept_and_the_others_go_on(tmp_path):
    found = compare([FCN], etas=[F(2)**400, 1], steps=30, save=tmp_path)
    assert "'eta' must be smaller" in found.runs[0].trouble and found.runs[1].is_finished
    assert found.best("FCN", F(1, 10)) is found.runs[1] and len(list(tmp_path.iterdir())) == 2
    same(compare([FCN], etas=[F(2)**400, 1], steps=30, save=tmp_path), found)


@pytest.mark.parametrize("options, message", [
    ({"etas": []}, "'etas' must be at least one number above 0."), ({"etas": [0]}, "'etas' must be .* not 0."),
    ({"etas": [1, "1.0"]}, "'etas' must differ"), ({"etas": "1,2"}, "'etas' must be several numbers, not '1,2'."),
    ({"etas": [F(2)**1001]}, "'etas' must be in 2.-1000 ... 2.1000."), ({"etas": [float("nan")]}, "finite number"),
    ({"steps": 0}, "'steps' must be at least 1, not 0."), ({"record": [11]}, "'record' must be at least 0 and at most"),
    ({"starts": []}, "'starts' must be at least one Start."), ({"starts": [CNN, CNN]}, "names of their own, not CNN"),
    ({"starts": [Start("", CNN.network)]}, "'starts' must have names"), ({"save": 5}, "'save' must be a path, not 5."),
    ({"starts": [Start("x", CNN.network, [1])]}, "'multiplicities' must be q=4"),
    ({"problem": LearningProblem(KPattern.parity(4, 2))}, "dimension n=5, not 4")])
def test_bad_input_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        compare(**options)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    for place in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(ParameterError, match="'save' must be a folder that can be written to; .*taken"):
            compare(save=place)
    assert (tmp_path / "taken").read_text() == ""
