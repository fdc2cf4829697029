"""Training: the paper's trajectories exactly, collapsed = whole, float64 within its bound, resumption to the bit."""
from __future__ import annotations

import json
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, with_float64_parameters
from theorycheck.networks.collapse import collapse
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.initialisers import (balanced_multiplicities, collapsed_network, sample_convolutional_network,
                                               sample_fully_connected_network)
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real, decide
from theorycheck.strategies import (convolutional_networks, fully_connected_networks, learning_problems,
                                    locally_connected_networks, multiplicities)
from theorycheck.training import certified_descent
from theorycheck.training import descent as training
from theorycheck.training.checkpoints import number_text, record_to_json
from theorycheck.training.descent import train
from theorycheck.training.trajectories import Trajectory

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["trajectories"]["runs"]
START, COUNTS = collapsed_network(4, 2, [3, 1, 2, 2])
PROBLEM = LearningProblem(KPattern.parity(4, 2, 1))
KINDS = {"cnn": lambda network: network, "lcn": as_locally_connected, "fcn": as_fully_connected}


@pytest.mark.parametrize("run, kind", [(run, kind) for run in GOLDEN for kind in run["networks"]])
@pytest.mark.parametrize("arithmetic", ["rational", "enclosed", "float64"])
def test_the_trajectories_of_the_paper(run: dict, kind: str, arithmetic: str) -> None:
    n, k = run["n"], run["k"]
    network = KINDS[kind](collapsed_network(n, k, [1] * 2**k)[0])
    problem = LearningProblem(KPattern.from_hex(n, k, run["pattern"], run["offset"]))
    losses = [F(loss) for loss in run["losses"]]
    found = train(network, problem, eta=run["eta"], steps=len(losses) - 1, arithmetic=arithmetic)
    if arithmetic == "rational":
        assert list(found.losses) == losses and found.mean_loss == sum(losses[:-1]) / F(len(losses) - 1)
    elif arithmetic == "enclosed":
        assert all(decide(Real(ball) - loss, "<", F(1, 2**100)) is not False for ball, loss in zip(
            found.losses, losses, strict=True))
        assert all(decide(ball, "<", loss) is not True and decide(ball, ">", loss) is not True
                   for ball, loss in zip(found.losses, losses))
    else:
        # These dyadic numbers of few bits are exact in float64.
        assert list(found.losses) == losses
    assert found.is_finished and not found.interrupted and found.limits == ()


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_collapsed_runs_are_whole_runs(data: st.DataObject) -> None:
    small = data.draw(st.one_of(convolutional_networks(3, 2), locally_connected_networks(3, 2),
                                fully_connected_networks(3)))
    counts = data.draw(multiplicities(small.filter_count, 3))
    counts[0] += 1
    problem = data.draw(learning_problems(3))
    collapsed = collapse(small, counts)
    axis = {"filters": 0, "biases": 0, "readout": 1}
    whole = spread(small, counts, axis)
    settings_ = {"eta": F(1, 2), "steps": 2, "arithmetic": "rational"}
    one = train(small, problem, multiplicities=counts, **settings_)
    two = train(whole, problem, **settings_)
    three = train(collapsed.network, problem, multiplicities=collapsed.multiplicities, **settings_)
    rows = [[record_to_json(record) | {"activation_kinks": 0} for record in run.records] for run in (one, two, three)]
    assert rows[0] == rows[1] == rows[2]


def spread(network: Any, counts: np.ndarray, axis: dict) -> Any:
    kind = type(network)
    if kind is ConvolutionalNetwork:
        return kind(np.repeat(network.filters, counts, axis=0), np.repeat(network.biases, counts),
                    np.repeat(network.readout, counts, axis=1), network.activation, network.windows)
    if kind is FullyConnectedNetwork:
        return kind(np.repeat(network.filters, counts, axis=0), np.repeat(network.biases, counts),
                    np.repeat(network.readout, counts), network.activation)
    return kind(np.repeat(network.filters, counts, axis=1), np.repeat(network.biases, counts, axis=1),
                np.repeat(network.readout, counts, axis=1), network.activation, network.windows)


def test_collapsed_float_runs_are_whole_runs() -> None:
    counts = balanced_multiplicities(37, 2)
    small, copies = collapsed_network(5, 2, counts)
    whole = sample_convolutional_network(5, 2, 37, np.random.default_rng(0), law="balanced")
    problem = LearningProblem(KPattern.parity(5, 2, 2))
    one, two = (train(start, problem, eta=F(1, 20), steps=200, multiplicities=m)
                for start, m in ((small, copies), (whole, None)))
    # 200 steps of sums of 37 numbers in another order; the losses stay below 2.
    assert np.allclose(one.losses, two.losses, rtol=0, atol=1e-11)
    assert float(one.losses[-1]) < 0.2 < float(one.losses[0])


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_float_losses_are_within_their_bound_of_the_exact_ones(data: st.DataObject) -> None:
    start = with_float64_parameters(data.draw(st.one_of(
        convolutional_networks(3, 2), locally_connected_networks(3, 2), fully_connected_networks(3))))
    counts = data.draw(multiplicities(start.filter_count, 3))
    problem = data.draw(learning_problems(3))
    run = train(start, problem, eta=F(1, 16), steps=3, multiplicities=counts, population=problem)
    exact = exact_loss_and_gradient(run.network, problem, multiplicities=counts).loss
    last = run.records[-1]
    assert last.loss_error is not None and abs(F(last.loss) - exact) <= F(last.loss_error)
    assert last.population_loss == last.loss
    # What a whole run loses to rounding while both runs agree which points are active.
    precise = train(start, problem, eta=F(1, 16), steps=1, multiplicities=counts, arithmetic="rational")
    if min(record.smallest_distance for record in precise.records) > 1e-6:
        # Parameters and slopes below 2^6, so gradients err by less than 2^-35 and losses by less than 2^-23.
        assert abs(F(run.record(1).loss) - precise.record(1).loss) < F(1, 2**23)


@pytest.mark.parametrize("pattern, mean", [("0x6", "0.178656"), ("0xE", "0.134048")])
def test_the_reference_run_of_theorem_4(pattern: str, mean: str) -> None:
    q, steps = 10723, 2074
    start, counts = collapsed_network(3, 2, balanced_multiplicities(q, 2))
    problem = LearningProblem(KPattern.from_hex(3, 2, pattern))
    eta = (Real(3) / q).sqrt() / steps
    close, ball = (train(start, problem, eta=eta, steps=steps, multiplicities=counts, arithmetic=arithmetic, record=[0])
                   for arithmetic in ("float64", "enclosed"))
    # Rounded to six digits in the paper's golden values.
    assert decide(Real(ball.mean_loss) - F(mean), "<", F(1, 2 * 10**6)) is True
    assert decide(Real(ball.mean_loss) - F(mean), ">", -F(1, 2 * 10**6)) is True
    # 2074 steps with numbers near 1 in float64.
    assert abs(close.mean_loss - float(Real(ball.mean_loss))) < 1e-10


def test_one_window_makes_cnn_and_lcn_one_network() -> None:
    network, counts = collapsed_network(2, 2, [2, 1, 1, 3])
    for distribution in (None, ExplicitDistribution(2, {0: "1/3", 1: "1/6", 3: "1/2"})):
        problem = LearningProblem(KPattern.logical_and(2, 2), distribution) if distribution else LearningProblem(
            KPattern.logical_and(2, 2))
        runs = [train(start, problem, eta=F(1, 2), steps=4, arithmetic="rational", multiplicities=counts)
                for start in (network, as_locally_connected(network))]
        assert runs[0].losses == runs[1].losses
        assert runs[0].network.filters.tolist() == runs[1].network.filters[0].tolist()


def test_frozen_filters_make_cnn_and_tied_lcn_one_network() -> None:
    network, counts = collapsed_network(3, 2, [1, 1, 1, 1])
    problem = LearningProblem(KPattern.from_hex(3, 2, "0x8"))
    runs = {trains: [train(start, problem, eta=1, steps=4, arithmetic="rational", trains=trains) for start in (
        network, as_locally_connected(network))] for trains in ("all", "readout")}
    assert runs["readout"][0].losses == runs["readout"][1].losses
    assert runs["readout"][0].network.filters.tolist() == network.filters.tolist()
    assert all(record.squared_drift == 0 for record in runs["readout"][0].records)
    # With moving filters the two differ, as the paper's trajectories do.
    assert runs["all"][0].losses[1] == runs["all"][1].losses[1] and runs["all"][0].losses[2] != runs["all"][1].losses[2]


@settings(max_examples=15, deadline=None)
@given(fully_connected_networks(3), learning_problems(3), st.permutations(range(3)))
def test_a_fully_connected_run_is_permutation_equivariant(start: FullyConnectedNetwork, problem: LearningProblem,
                                                          order: list[int]) -> None:
    cube = BooleanCube(3)
    points = cube.points(np.arange(8))
    place = cube.indices(points[:, order])  # x ↦ (x_order[0], …): f∘π and D∘π by looking there
    target = BooleanFunction(problem.labels()[place])
    masses = problem.distribution.probabilities()
    moved = LearningProblem(target, ExplicitDistribution(3, [masses[i] for i in place.tolist()]), problem.hinge_slope)
    other = FullyConnectedNetwork(start.filters[:, np.argsort(order)], start.biases, start.readout, start.activation)
    one, two = (train(network, p, eta=F(1, 2), steps=2, arithmetic="rational")
                for network, p in ((start, problem), (other, moved)))
    assert one.losses == two.losses
    assert one.network.filters[:, np.argsort(order)].tolist() == two.network.filters.tolist()
    assert one.network.readout.tolist() == two.network.readout.tolist()
    assert one.records[-1].level_weights == two.records[-1].level_weights


@settings(max_examples=10, deadline=None)
@given(convolutional_networks(3, 2), learning_problems(3))
def test_flipping_labels_and_readout_flips_the_run(start: ConvolutionalNetwork, problem: LearningProblem) -> None:
    flipped = LearningProblem(BooleanFunction(-problem.labels()), problem.distribution, problem.hinge_slope)
    other = ConvolutionalNetwork(start.filters, start.biases, -start.readout, start.activation)
    one, two = (train(network, p, eta=F(1, 2), steps=2, arithmetic="rational")
                for network, p in ((start, problem), (other, flipped)))
    assert one.losses == two.losses and one.network.readout.tolist() == (-two.network.readout).tolist()


def texts(run: Trajectory) -> list:
    arrays = [run.network.filters, run.network.readout]
    return [record_to_json(record) for record in run.records] + [number_text(run.mean_loss), run.step, run.radius,
                                                                 run.precision, run.restarts, run.limits] + [
        array.tobytes() if array.dtype == float else [str(entry) for entry in array.ravel()] for array in arrays]


def interrupted_at(step: int) -> Any:
    def progress(done: int, total: int, title: str) -> None:
        if title and done == step:
            raise KeyboardInterrupt
    return progress


RUNS: list[tuple[Any, LearningProblem, dict]] = [
    (START, PROBLEM, {"arithmetic": "rational", "steps": 5, "eta": F(1, 3), "multiplicities": COUNTS}),
    (START, PROBLEM, {"arithmetic": "enclosed", "steps": 6, "eta": Real(2).sqrt() / 3, "multiplicities": COUNTS}),
    (as_locally_connected(START), PROBLEM, {"arithmetic": "enclosed", "steps": 5, "eta": F(1, 3),
                                            "population": LearningProblem(KPattern.parity(4, 2))}),
    (START, PROBLEM, {"arithmetic": "float64", "steps": 7, "eta": F(1, 3), "multiplicities": COUNTS,
                      "population": LearningProblem(KPattern.parity(4, 2))}),
    (sample_fully_connected_network(4, 3, np.random.default_rng(5), readout=[0.5, -1.0, 0.25]), PROBLEM,
     {"arithmetic": "float64", "steps": 5, "eta": 0.1, "record": [0, 2, 4]})]


@pytest.mark.parametrize("network, problem, arguments", RUNS, ids=range(len(RUNS)))
def test_a_run_interrupted_anywhere_resumes_to_the_bit(network: Any, problem: LearningProblem, arguments: dict,
                                                       tmp_path: Path) -> None:
    whole_path = tmp_path / "whole.json"
    whole = train(network, problem, checkpoint=whole_path, **arguments)
    for t in range(arguments["steps"]):
        path = tmp_path / f"{t}.json"
        part = train(network, problem, checkpoint=path, progress=interrupted_at(t), **arguments)
        assert part.interrupted and part.step == t and not part.is_finished
        assert [record.step for record in part.records] == [r.step for r in whole.records if r.step <= t]
        assert (part.mean_loss is None) == (t == 0)
        rest = train(network, problem, checkpoint=path, resume=True, **arguments)
        assert texts(rest) == texts(whole) and not rest.interrupted
        assert path.read_bytes() == whole_path.read_bytes()
    # A finished run is only read back.
    assert texts(train(network, problem, checkpoint=whole_path, resume=True, **arguments)) == texts(whole)


def test_two_interruptions_and_a_checkpoint_in_passing(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    arguments: dict[str, Any] = {"eta": F(1, 10), "steps": 40, "checkpoint_every": 5}
    whole = train(START, PROBLEM, **arguments)
    seen: list[int] = []

    def crash(done: int, total: int, title: str) -> None:
        if title and done == 17:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        train(START, PROBLEM, checkpoint=path, progress=crash, **arguments)

    def look(done: int, total: int, title: str) -> None:
        seen.append(done)
        if title and done == 30:
            raise KeyboardInterrupt

    part = train(START, PROBLEM, checkpoint=path, resume=True, progress=look, **arguments)
    assert seen[0] == 15 and part.step == 30
    assert texts(train(START, PROBLEM, checkpoint=path, resume=True, **arguments)) == texts(whole)


def test_an_interruption_before_the_first_step_goes_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(certified_descent, "descend", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(START, PROBLEM, eta=1, steps=3, arithmetic="rational", checkpoint=tmp_path / "run.json")
    assert not (tmp_path / "run.json").exists()


def test_an_undecided_margin_doubles_the_precision(tmp_path: Path) -> None:
    # 16 bits are too few for a margin near 1 to be told from it.
    arguments: dict[str, Any] = {"eta": F(1, 7), "steps": 60, "arithmetic": "enclosed", "precision": 16,
                                 "multiplicities": COUNTS, "record": [0, 60]}
    titles: set[str] = set()
    run = train(START, PROBLEM, progress=lambda done, total, title: titles.add(title), **arguments)
    assert run.restarts > 0 and run.precision == 16 * 2**run.restarts
    assert f"gradient descent at {run.precision} bits" in titles and "gradient descent" in titles
    fine = train(START, PROBLEM, **{**arguments, "precision": run.precision})
    assert texts(fine)[:3] == texts(run)[:3] and fine.restarts == 0
    path = tmp_path / "run.json"

    def stop(done: int, total: int, title: str) -> None:
        if done == 50 and str(run.precision) in title:
            raise KeyboardInterrupt

    assert train(START, PROBLEM, checkpoint=path, progress=stop, **arguments).step == 50
    assert texts(train(START, PROBLEM, checkpoint=path, resume=True, **arguments)) == texts(run)


def test_a_kink_that_no_precision_decides_is_reported() -> None:
    # A margin of exactly 1 after one step, at parameters that balls do not hold exactly.
    network = FullyConnectedNetwork([["1/3"]], [0], [0], "identity")
    problem = LearningProblem(BooleanFunction([1, -1]))
    with pytest.raises(Undecided):
        train(network, problem, eta=9, steps=1, arithmetic="enclosed", trains="readout")
    exact = train(network, problem, eta=9, steps=1, arithmetic="rational", trains="readout")
    assert exact.records[-1].margin_kinks == 2 and exact.records[-1].loss == 0


def test_a_sample_and_its_population() -> None:
    points = PROBLEM.distribution.sample(5, np.random.default_rng(1))
    sample = LearningProblem(PROBLEM.target, EmpiricalDistribution(points))
    exact, close = (train(START, sample, eta=F(1, 2), steps=5, arithmetic=arithmetic, multiplicities=COUNTS,
                          population=PROBLEM) for arithmetic in ("rational", "float64"))
    for one, two in zip(exact.records, close.records, strict=True):
        # Five steps with numbers near 1 in float64.
        assert abs(float(one.population_loss) - two.population_loss) < 1e-12
        assert abs(float(one.loss) - two.loss) < 1e-12
    last = exact.records[-1]
    assert last.population_loss == exact_loss_and_gradient(exact.network, PROBLEM, multiplicities=COUNTS).loss
    assert last.loss < last.population_loss


def test_the_counterexample_of_lemma_8() -> None:
    network = ConvolutionalNetwork([["1/2", "1/2"]], ["-1/2"], [[0]] * 3)
    problem = LearningProblem(KPattern(4, 2, 0, [1, 1, 1, 1]), ExplicitDistribution(4, {0: 1}))
    run = train(network, problem, eta="1/50", steps=6, arithmetic="rational")
    assert run.network.readout.tolist() == [[F(4725027, 78125000)]] * 3


def test_the_final_network_is_a_start() -> None:
    both = train(START, PROBLEM, eta=F(1, 2), steps=4, arithmetic="rational", multiplicities=COUNTS)
    first = train(START, PROBLEM, eta=F(1, 2), steps=2, arithmetic="rational", multiplicities=COUNTS)
    second = train(first.network, PROBLEM, eta=F(1, 2), steps=2, arithmetic="rational",
                   multiplicities=first.multiplicities)
    assert second.losses == both.losses[2:] and second.network.readout.tolist() == both.network.readout.tolist()


@pytest.mark.parametrize("network", [START, sample_fully_connected_network(4, 5, np.random.default_rng(2))])
def test_nothing_depends_on_the_threads(network: Any) -> None:
    runs = [train(network, PROBLEM, eta=F(1, 3), steps=20, threads=threads) for threads in (1, 2, None)]
    assert texts(runs[0]) == texts(runs[1]) == texts(runs[2])


def test_progress_is_called_about_a_thousand_times_and_cleared() -> None:
    calls: list[tuple[int, int, str]] = []
    train(START, PROBLEM, eta=F(1, 10**6), steps=2500, record=[], progress=lambda *call: calls.append(call))
    assert calls[0] == (0, 2500, "gradient descent") and calls[-1] == (2500, 2500, "")
    assert 1000 <= len(calls) <= 1300 and [call[0] for call in calls] == sorted(call[0] for call in calls)


@pytest.mark.parametrize("changes, message", [
    ({"network": 3}, "'network' must be a network, not 3."),
    ({"problem": None}, "'problem' must be a LearningProblem, not None."),
    ({"problem": LearningProblem(KPattern.parity(3, 2))}, "'problem' must have the network's dimension n=4, not 3."),
    ({"population": LearningProblem(KPattern.parity(3, 2))},
     "'population' must have the network's dimension n=4, not 3."),
    ({"population": 3}, "'population' must be a LearningProblem, not 3."),
    ({"eta": 0}, "'eta' must be above 0, not 0."), ({"eta": "-1/2"}, "'eta' must be above 0, not -1/2."),
    ({"eta": float("nan")}, "'eta' must be a finite number, not nan."),
    ({"eta": float("inf")}, "'eta' must be a finite number, not inf."),
    ({"eta": True}, "'eta' must be a finite number, not True."),
    ({"eta": "1e-400"}, "'eta' must be in 2^-1000 ... 2^1000 for arithmetic='float64'."),
    ({"eta": Real(2).sqrt(), "arithmetic": "rational"}, "'eta' must be rational for arithmetic='rational'."),
    ({"steps": 0}, "'steps' must be at least 1, not 0."),
    ({"steps": True}, "'steps' must be an integer, not the boolean True."),
    ({"steps": 2.0}, "'steps' must be an integer, not 2.0."),
    ({"arithmetic": "float32"}, "'arithmetic' must be one of float64, rational, enclosed, not 'float32'."),
    ({"trains": "filters"}, "'trains' must be one of all, readout, not 'filters'."),
    ({"multiplicities": [1, 2]}, "'multiplicities' must be q=4 non-negative integers, not [1, 2]."),
    ({"multiplicities": [True] * 4},
     "'multiplicities' must be q=4 non-negative integers, not [True, True, True, True]."),
    ({"record": [6]}, "'record' must be at least 0 and at most steps=5, not 6."),
    ({"record": [True]}, "'record' must be an integer, not the boolean True."),
    ({"margin_edges": [1, 0]}, "'margin_edges' must increase strictly and be at least one."),
    ({"precision": 8}, "'precision' must be at least 16 and at most 65536, not 8."),
    ({"threads": 0}, "'threads' must be at least 1, not 0."),
    ({"progress": 3}, "'progress' must be callable, not 3."),
    ({"checkpoint_every": 0}, "'checkpoint_every' must be at least 1, not 0."),
    ({"checkpoint": 3}, "'checkpoint' must be a path, not 3."),
    ({"checkpoint": "/no/such/folder/run.json"},
     "'checkpoint' must be in a folder that can be written to; /no/such/folder/run.json: No such file or directory."),
    ({"checkpoint": "run\0.json"},
     "'checkpoint' must be in a folder that can be written to; run\0.json: embedded null byte."),
    ({"checkpoint": "x" * 300},
     f"'checkpoint' must be in a folder that can be written to; {'x' * 79}…: File name too long."),
    ({"checkpoint": "/dev", "resume": True}, "'checkpoint' /dev must be a file."),
    ({"resume": True}, "'checkpoint' must be given to resume."),
    ({"resume": 1}, "'resume' must be True or False, not 1.")])
def test_bad_input(changes: dict, message: str) -> None:
    arguments = {"network": START, "problem": PROBLEM, "eta": F(1, 2), "steps": 5, **changes}
    with pytest.raises(ParameterError) as caught:
        train(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("make", [
    lambda: ConvolutionalNetwork(np.array([[1.0, np.nan]]), [0.0], [[0.0]]),
    lambda: LearningProblem(BooleanFunction([1, 0])), lambda: ExplicitDistribution(1, ["1/2", "1/3"])])
def test_what_cannot_be_trained_is_refused_when_made(make: Any) -> None:
    with pytest.raises(ParameterError):
        make()


def test_a_checkpoint_is_never_overwritten_or_taken_for_another(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    arguments: dict[str, Any] = {"eta": F(1, 2), "steps": 4, "checkpoint": path}
    with pytest.raises(ParameterError, match="cannot be read: No such file or directory"):
        train(START, PROBLEM, resume=True, **arguments)
    train(START, PROBLEM, progress=interrupted_at(2), **arguments)
    before = path.read_bytes()
    with pytest.raises(ParameterError) as caught:
        train(START, PROBLEM, **arguments)
    assert str(caught.value) == (f"'checkpoint' {path} exists already: resume=True goes on from it; give another path "
                                 "to start anew, or delete it.")
    for changes, part in (({"eta": F(1, 3)}, "its eta is 1/2, not 1/3"), ({"steps": 5}, "its record is"),
                          ({"record": [0], "steps": 4}, "its record is"),
                          ({"arithmetic": "rational"}, "its arithmetic is float64, not rational"),
                          ({"trains": "readout"}, "its trains is all, not readout"),
                          ({"multiplicities": COUNTS}, "its multiplicities is"),
                          ({"population": PROBLEM}, "its population is none, not n=4")):
        with pytest.raises(ParameterError, match=f"is of another instance: {part}"):
            train(START, PROBLEM, resume=True, **{**arguments, **changes})
    other = ConvolutionalNetwork(START.filters, START.biases, START.readout, "abs")
    with pytest.raises(ParameterError, match="is of another instance: its activation is"):
        train(other, PROBLEM, resume=True, **arguments)
    path.write_bytes(before[:-40])
    with pytest.raises(ParameterError, match="is cut off or was edited"):
        train(START, PROBLEM, resume=True, **arguments)
    assert path.read_bytes() == before[:-40]


def test_a_full_disk_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(training, "write_checkpoint", full)
    run = train(START, PROBLEM, eta=F(1, 2), steps=4, checkpoint=tmp_path / "run.json", checkpoint_every=1)
    assert run.is_finished and run.limits == ("The checkpoint could not be written: No space left on device",)


def test_precision_factor_limits_the_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    bits: list[int] = []

    def undecided(*_: Any, precision: int, **__: Any) -> Any:
        bits.append(precision)
        raise Undecided("never")

    monkeypatch.setattr(certified_descent, "descend", undecided)
    monkeypatch.setattr(training, "PRECISION_FACTOR", 4)
    with pytest.raises(Undecided):
        train(START, PROBLEM, eta=1, steps=1, arithmetic="enclosed", precision=32)
    assert bits == [32, 64, 128]
