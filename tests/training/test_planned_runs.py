"""One run of a comparison: the steps of ``train``, bit for bit, what is measured of them, and its file."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from math import inf

import numpy as np
import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.networks.activations import user_activation
from theorycheck.networks.architectures import FullyConnectedNetwork, with_float64_parameters
from theorycheck.networks.embedding import as_fully_connected
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.training import planned_runs
from theorycheck.training.descent import train
from theorycheck.training.planned_runs import INTERRUPTED, PlannedRun, Start

PROBLEM = LearningProblem(KPattern.parity(5, 2, 1))
CNN, COUNTS = collapsed_network(5, 2, [3, 1, 2, 2])
RNG = np.random.default_rng(5)
FCN = FullyConnectedNetwork(RNG.normal(size=(6, 5)), RNG.normal(size=6), RNG.normal(size=6) / 6)


def planned(network=CNN, counts=COUNTS, eta=F(1, 2), steps=12, recorded=(0, 1, 5, 12), problem=PROBLEM):
    return PlannedRun(Start("a name", network, counts), problem, eta, steps, recorded, None)


def quietly(step):
    """Show nothing."""


@pytest.mark.parametrize("network, counts", [
    (CNN, COUNTS), (collapsed_network(5, 2, [3, 1, 2, 2], tied=False)[0], COUNTS),
    (as_fully_connected(CNN), np.tile(COUNTS, 4)), (FCN, None)], ids=["CNN", "LCN", "eFCN", "FCN"])
def test_it_takes_the_steps_of_train(network, counts):
    run, _ = planned(network, counts).train(quietly)
    whole = train(network, PROBLEM, eta=F(1, 2), steps=12, multiplicities=counts, record=range(13))
    assert run.losses == whole.losses and run.is_finished and run.trouble == ""
    assert np.array_equal(run.network.filters, whole.network.filters)
    assert np.array_equal(run.network.readout, whole.network.readout)
    for record in run.records:
        other = whole.record(record.step)
        assert (record.loss, record.loss_error) == (other.loss, other.loss_error)
        assert record.squared_readout_norm == other.squared_readout_gradient_norm
        assert record.squared_filters_norm == other.squared_filters_gradient_norm


def test_what_is_recorded_encloses_the_exact_loss_and_accuracy():
    run, _ = planned(FCN, None).train(quietly)
    exact = exact_loss_and_gradient(run.network, PROBLEM)
    values = run.network.values_on_cube().fractions()
    wrong, zero = (F(sum(int(f) * h < 0 for f, h in zip(PROBLEM.labels(), values)), 32), F(values.count(0), 32))
    last = run.records[-1]
    assert last.step == 12 and abs(F(last.loss) - exact.loss) <= F(last.loss_error) < F(1, 10**9)
    # At two points every neuron is silent; the others are decided.
    assert (last.least_accuracy, last.largest_accuracy) == (1 - wrong - zero, 1 - wrong) and zero == F(1, 16)
    assert last.accuracy == 1 - wrong - zero / 2
    norm = float(sum(entry**2 for entry in exact.readout.fractions()))
    # Six entries, each within readout_error < 1e-12 of a number below 1.
    assert last.readout_error < 1e-12 and last.squared_readout_norm == pytest.approx(norm, abs=1e-10)


def test_a_start_of_zeros_has_every_accuracy():
    record = planned().train(quietly)[0].records[0]
    assert (record.accuracy, record.least_accuracy, record.largest_accuracy) == (0.5, 0.0, 1.0)


def test_a_run_at_rest_is_not_followed_but_recorded(monkeypatch):
    whole, _ = planned(eta=F(4)).train(quietly)
    assert whole.losses[-1] == 0.0 and whole.is_finished and [record.step for record in whole.records] == [0, 1, 5, 12]
    taken = []
    long, _ = planned(eta=F(4), steps=10**6, recorded=(0, 10**6)).train(taken.append)
    assert len(long.losses) == 10**6 + 1 and long.losses[-1] == 0.0 and len(taken) < 10
    assert np.array_equal(long.network.filters, whole.network.filters)
    # The same by steps that are all taken: train knows nothing of rest.
    slow = train(CNN, PROBLEM, eta=4, steps=12, multiplicities=COUNTS, record=range(13))
    assert slow.losses == whole.losses and np.array_equal(slow.network.readout, whole.network.readout)
    assert replace(whole.records[-1], step=5) == whole.records[-2]


def test_a_step_size_beyond_float64_ends_the_run_and_says_so():
    run, _ = planned(FCN, None, eta=F(2)**300, steps=40, recorded=(0, 1, 40)).train(quietly)
    assert not run.is_finished and "'eta' must be smaller" in run.trouble and len(run.losses) > 1
    assert all(record.step < len(run.losses) for record in run.records)


def test_a_start_that_is_no_start_is_an_error():
    with pytest.raises(ParameterError, match="dimension n=5, not 4"):
        planned(problem=LearningProblem(KPattern.parity(4, 2))).train(quietly)


def test_a_users_activation_has_no_bounds():
    cube = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2)
    network = FullyConnectedNetwork(np.eye(5), np.zeros(5), np.zeros(5), cube)
    record = planned(network, None).train(quietly)[0].records[0]
    assert record.loss == 1.0 and record.loss_error == record.filters_error == inf and record.least_accuracy == 0.0


@pytest.mark.parametrize("where", ["show", "measure"])
def test_ctrl_c_keeps_whole_steps(monkeypatch, where):
    real, calls = planned_runs.measure, []

    def stop(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments) if where == "measure" else None

    if where == "measure":
        monkeypatch.setattr(planned_runs, "measure", stop)
    run, _ = planned().train(stop if where == "show" else quietly)
    assert run.trouble == INTERRUPTED and not run.is_finished
    whole, _ = planned().train(quietly) if where == "show" else (None, None)
    # The third record is that of step 5, the third call of show that of step 2.
    assert len(run.losses) == (3 if where == "show" else 5)
    assert [record.step for record in run.records] == [0, 1]
    assert whole is None or whole.losses[:3] == run.losses


def test_a_file_comes_back_bit_for_bit_and_only_to_the_same_run(tmp_path):
    one = planned(with_float64_parameters(CNN))
    assert one.load(tmp_path) is None
    run, parameters = one.train(quietly)
    one.save(tmp_path, run, parameters)
    found = one.load(tmp_path)
    assert (found.losses, found.records, found.trouble) == (run.losses, run.records, "") and found.is_finished
    assert np.array_equal(found.network.filters, run.network.filters)
    assert np.array_equal(found.network.readout, run.network.readout)
    others = [planned(eta=F(1, 3)), planned(steps=13), planned(recorded=(0, 12)), planned(counts=[3, 1, 2, 3]),
              planned(problem=LearningProblem(KPattern.parity(5, 2))), planned(FCN, None)]
    assert all(other.load(tmp_path) is None for other in others)
    assert len({other.file(tmp_path) for other in [one, *others]}) == 7
    assert one.file(tmp_path).name.startswith("a-name-eta-1_2-")


@pytest.mark.parametrize("change", [lambda state: state.pop("losses"), lambda state: state["parameters"].pop("step"),
                                    lambda state: state["records"][0].update(more="0x0p+0"),
                                    lambda state: state["losses"].append("a"),
                                    lambda state: state["parameters"].update(filters="zz")])
def test_a_whole_file_of_another_version_is_noticed(tmp_path, monkeypatch, change):
    one, real = planned(), planned_runs.run_to_json

    def changed(*arguments):
        state = real(*arguments)
        change(state)
        return state
    monkeypatch.setattr(planned_runs, "run_to_json", changed)
    one.save(tmp_path, *one.train(quietly))
    with pytest.raises(ParameterError, match="'save' .*a-name-eta-1_2-.* holds no run of a comparison: "):
        one.load(tmp_path)


def test_a_damaged_file_is_noticed(tmp_path):
    one = planned()
    one.save(tmp_path, *one.train(quietly))
    path = one.file(tmp_path)
    path.write_text(path.read_text().replace('"trouble": ""', '"trouble": "none"'))
    with pytest.raises(ParameterError, match="'save' .*is cut off or was edited"):
        one.load(tmp_path)


def test_a_folder_in_place_of_the_file_is_noticed(tmp_path):
    one = planned()
    one.file(tmp_path).mkdir()
    with pytest.raises(ParameterError, match="cannot be read: Is a directory. Delete it, or give another folder"):
        one.load(tmp_path)
