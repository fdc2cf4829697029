"""Gradient descent in rationals and balls: golden trajectories, the oracle, counterexamples, and what is refused."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import oracles
import pytest
from flint import arb, ctx

from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import ExplicitDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients import filtered_sets
from theorycheck.gradients.exact_gradients import exact_descent
from theorycheck.gradients.flint_matrices import fractions_of
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork
from theorycheck.networks.collapse import collapse
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import from_flint
from theorycheck.rigor import Real
from theorycheck.training.enclosed_descent import DescentStep, ResumePoint, descend
from theorycheck.training.enclosed_run import enclosed_run

F = Fraction
GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())
MAKERS: dict[str, Any] = {"cnn": lambda n: n, "lcn": as_locally_connected, "fcn": as_fully_connected}
RUNS = [(run, kind) for run in GOLDEN["trajectories"]["runs"] for kind in run["networks"]]


def golden_problem(run: dict) -> LearningProblem:
    return LearningProblem(KPattern.from_hex(run["n"], run["k"], run["pattern"], run["offset"]))


@pytest.mark.parametrize("run, kind", RUNS)
def test_golden_trajectories(run: dict, kind: str) -> None:
    start = MAKERS[kind](collapsed_network(run["n"], run["k"], [1] * 2 ** run["k"])[0])
    losses = [F(loss) for loss in run["losses"]]
    steps = list(descend(start, golden_problem(run), F(run["eta"]), len(losses) - 1))
    assert [from_flint(step.loss) for step in steps] == losses
    balls = list(descend(start, golden_problem(run), F(run["eta"]), len(losses) - 1, arithmetic="enclosed"))
    assert all(ball.loss.contains(step.loss) and ball.loss.rad() < 1e-35 for ball, step in zip(balls, steps))
    assert all(ball.marginals == step.marginals for ball, step in zip(balls, steps))


def parameters(step: DescentStep) -> list[Fraction]:
    filters = step.filters if isinstance(step.filters, tuple) else (step.filters,)
    return [entry for matrix in (*filters, step.readout) for row in fractions_of(matrix) for entry in row]


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", ["relu", "clipped_relu:1/2", "abs"])
def test_every_step_is_the_oracles(kind: str, name: str) -> None:
    sigma, slope = {"relu": (oracles.relu, oracles.relu_slope(F(1, 3))), "abs": (abs, lambda t: -1 if t <= 0 else 1),
                    "clipped_relu:1/2": (oracles.clipped(F(0), F(1, 2)), oracles.clipped_slope(F(0), F(1, 2)))}[name]
    activation = activation_named(name).with_kink_slope(F(1, 3) if name == "relu" else 0)
    rng = np.random.default_rng(3)
    filters = [[F(int(e), 4) for e in row] for row in rng.integers(-4, 5, (3, 2))]
    readout = [[F(int(e), 8) for e in row] for row in rng.integers(-4, 5, (2, 3))]
    start = MAKERS[kind](ConvolutionalNetwork(filters, [F(1, 2), F(0), F(-1, 4)], readout, activation))
    weights = {0: F(1, 6), 3: F(1, 3), 5: F(1, 2)}
    pattern = KPattern.from_hex(3, 2, "0xB", offset=1)
    problem = LearningProblem(pattern, ExplicitDistribution(3, weights), F(1, 4))
    steps = list(descend(start, problem, F(1, 3), 4))
    probabilities = [weights.get(x, F(0)) for x in range(8)]
    oracle = oracles.gradient_descent(kind, start.readout.tolist(), start.filters.tolist(), start.biases.tolist(),
                                      problem.labels().tolist(), F(1, 3), 4, probabilities, F(1, 4), F(1, 3), sigma,
                                      slope)
    for step, (loss, u, w) in zip(steps, oracle, strict=True):
        assert from_flint(step.loss) == loss
        assert parameters(step) == [*np.array(w, dtype=object).ravel(), *np.array(u, dtype=object).ravel()]
    for step, (_, result) in zip(steps, exact_descent(start, problem, F(1, 3), 4), strict=True):
        assert (step.margin_kinks, step.activation_kinks) == (result.margin_kinks, result.activation_kinks)


def test_every_field_belongs_to_its_step() -> None:
    start, copies = collapsed_network(4, 2, [3, 1, 2, 2], activation="clipped_relu:3/4")
    problem = LearningProblem(KPattern.parity(4, 2, offset=1))
    step = list(descend(start, problem, F(1, 2), 3, multiplicities=copies))[3]
    z = oracles.cube_points(2)
    inner = [[sum(w * s for w, s in zip(row, point)) - F(1, 2) for point in z] for row in fractions_of(step.filters)]
    assert fractions_of(step.features) == [[min(max(t, F(0)), F(3, 4)) for t in row] for row in inner]
    assert fractions_of(step.slopes) == [[F(0 < t < F(3, 4)) for t in row] for row in inner]
    readout, features = fractions_of(step.readout), fractions_of(step.features)
    assert fractions_of(step.tables) == [[sum(m * u * row[c] for m, u, row in zip(copies.tolist(), us, features))
                                          for c in range(4)] for us in readout]
    values = [sum(fractions_of(step.tables)[j][oracles.point_index(x[j:j + 2])] for j in range(3))
              for x in oracles.cube_points(4)]
    labels = problem.labels().tolist()
    assert from_flint(step.loss) == oracles.hinge_loss(values, labels, [F(1, 16)] * 16)
    weights = oracles.hinge_weights(values, labels, [F(1, 16)] * 16, 0)
    assert fractions_of(step.marginals) == [oracles.window_marginal(weights, 2, j) for j in range(3)]
    assert step.smallest_distance == float(min(abs(1 - f * h) for f, h in zip(labels, values)))


def test_training_the_readout_only_keeps_the_filters() -> None:
    start, copies = collapsed_network(3, 2, [2, 2, 2, 2])
    steps = list(descend(start, LearningProblem(KPattern.parity(3, 2)), 1, 3, multiplicities=copies, trains="readout"))
    assert all(step.filters == steps[0].filters for step in steps) and steps[3].readout != steps[2].readout
    # Any activation may then be enclosed, as its arguments stay the exact ones.
    root = user_activation("root", lambda t: Real(t + 2).sqrt(), derivative=lambda t: Real(0), is_rational=False)
    balls = list(descend(ConvolutionalNetwork(start.filters, start.biases, start.readout, root),
                         LearningProblem(KPattern.parity(3, 2)), 1, 2, arithmetic="enclosed", trains="readout"))
    assert balls[2].loss.rad() < 1e-30
    with pytest.raises(ParameterError, match="piecewise polynomial, tanh or cosine"):
        list(descend(ConvolutionalNetwork(start.filters, start.biases, [[1] * 4] * 2, user_activation(
            "line", lambda t: t, derivative=lambda t: 1)), LearningProblem(KPattern.parity(3, 2)), F(1, 9), 2,
            arithmetic="enclosed"))


def mean_loss(steps: Any, count: int) -> arb:
    return sum((step.loss for step in steps if step.t < count), arb(0)) / count


@pytest.mark.parametrize("run", GOLDEN["theorem4"]["reference_run"]["mean_loss"])
def test_the_reference_run(run: dict) -> None:
    given = GOLDEN["theorem4"]["reference_run"]
    n, k, q, steps = (given[name] for name in ("n", "k", "q", "T"))
    start, copies = collapsed_network(n, k, given["multiplicities_by_index"])
    problem = LearningProblem(KPattern.from_hex(n, k, run["pattern"], given["offset"]))
    found = enclosed_run(start, problem, Real(n).sqrt() / (Real(q).sqrt() * steps), steps,
                         lambda trace: mean_loss(trace, steps), multiplicities=copies)
    assert found.restarts == 0 and found.result.rad() < 1e-30
    assert abs(found.result - arb(run["value"])) < 5e-7  # the golden value is rounded to six digits


def test_the_filter_does_not_change_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    start, copies = collapsed_network(6, 2, [500] * 4)
    problem, eta = LearningProblem(KPattern.parity(6, 2, offset=2)), Real(6).sqrt() / (Real(2000).sqrt() * 60)
    runs = []
    for bits in (14, 1):  # enumerated, then filtered
        monkeypatch.setattr(filtered_sets, "ENUMERATED_BITS", bits)
        runs.append([step.marginals for step in descend(start, problem, eta, 60, multiplicities=copies,
                                                        arithmetic="enclosed")])
    assert runs[0] == runs[1] and len({str(marginals) for marginals in runs[0]}) > 1


def test_lemma_8_fails_for_plain_relu_on_a_point() -> None:
    given = GOLDEN["lemma8"]["counterexample"]
    n, k = given["n"], given["k"]
    start = ConvolutionalNetwork([[F(w) for w in given["filter"]]], [F(1, k) - 1], [[0]] * (n - k + 1))
    problem = LearningProblem(KPattern(n, k, 0, np.ones(4, dtype=np.int8)), ExplicitDistribution(n, {0: 1}))
    last = list(descend(start, problem, F(given["eta"]), given["steps"]))[-1]
    assert fractions_of(last.readout) == [[F(given["readout"])]] * 3 and F(given["readout"]) > F(given["stated"])


@pytest.mark.parametrize("arithmetic", ["rational", "enclosed"])
def test_theorem_4_fails_for_a_clip(arithmetic: str) -> None:
    given = GOLDEN["theorem4"]["counterexample"]
    start, copies = collapsed_network(2, 2, [given["q"] // 4] * 4, activation="clip:-2,2")
    eta = F(1, given["T"]) if arithmetic == "rational" else Real(2).sqrt() / (Real(given["q"]).sqrt() * given["T"])
    for step in descend(start, LearningProblem(KPattern.parity(2, 2)), eta, 50, multiplicities=copies,
                        arithmetic=arithmetic):
        assert step.loss == 1 and all(entry == 0 for entry in step.readout_gradient.entries())


def test_collapsed_runs_are_the_uncollapsed_ones() -> None:
    start = ConvolutionalNetwork([[F(1, 2), F(1, 2)], [F(-1, 2), F(1, 2)], [F(1, 2), F(1, 2)]], [F(-1, 2)] * 3,
                                 [[0, F(1, 5), 0], [F(1, 7), 0, F(1, 7)]])
    small = collapse(start)
    problem = LearningProblem(KPattern.parity(3, 2))
    whole = list(descend(start, problem, 1, 3))
    classes = list(descend(small.network, problem, 1, 3, multiplicities=small.multiplicities))
    assert small.multiplicities.tolist() == [2, 1]
    for one, other in zip(whole, classes, strict=True):
        assert one.loss == other.loss and one.marginals == other.marginals
        rows = np.array(fractions_of(other.filters), dtype=object)
        assert small.spread(rows, 0).tolist() == fractions_of(one.filters)


def test_precision_is_left_as_it_was() -> None:
    with ctx.workprec(77):
        for _ in descend(collapsed_network(3, 2, [1] * 4)[0], LearningProblem(KPattern.parity(3, 2)), 1, 2,
                         arithmetic="enclosed", precision=200):
            assert ctx.prec == 77


@pytest.mark.parametrize("change, message", [
    ({"eta": 0}, "'eta' must be above 0, not 0."), ({"eta": F(-1)}, "'eta' must be above 0, not -1."),
    ({"eta": Real(2).sqrt()}, "'eta' must be rational for arithmetic='rational'."),
    ({"steps": -1}, "'steps' must be at least 0, not -1."), ({"steps": True}, "'steps' must be an integer"),
    ({"arithmetic": "float64"}, "'arithmetic' must be one of rational, enclosed, not 'float64'."),
    ({"trains": "filters"}, "'trains' must be one of all, readout"),
    ({"precision": 2}, "'precision' must be at least 16"),
    ({"multiplicities": [1, 2]}, "'multiplicities' must be q=1 non-negative integers"),
    ({"problem": LearningProblem(KPattern.parity(4, 2))}, "'problem' must have the network's dimension n=2, not 4.")])
def test_bad_input_is_refused_before_anything_runs(change: dict, message: str) -> None:
    given: dict[str, Any] = {"network": FullyConnectedNetwork([[1, 1]], [0], [0]), "eta": 1, "steps": 1,
                             "problem": LearningProblem(KPattern.parity(2, 2)), **change}
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        next(descend(**given))


@pytest.mark.parametrize("arithmetic", ["rational", "enclosed"])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_resumed_run_is_the_same_run(arithmetic: str, kind: str) -> None:
    small, copies = collapsed_network(3, 2, [2, 0, 1, 3], activation="clipped_relu:3/4")
    # The last filter never fires and so never moves.
    still = ConvolutionalNetwork([*small.filters.tolist(), [F(0), F(0)]], [*small.biases.tolist(), F(-1)],
                                 [[0] * 4] * 2, small.activation)
    given: Any = (MAKERS[kind](still), LearningProblem(KPattern.parity(3, 2)), F(1, 3), 6)
    options: Any = {"multiplicities": [*copies, 1] if kind != "fcn" else None, "arithmetic": arithmetic}
    whole = list(descend(*given, **options))
    point = ResumePoint(3, whole[3].filters, whole[3].readout)
    for resumed in (list(descend(*given, **options, resume=whole[3])), list(descend(*given, **options, resume=point))):
        assert [step.t for step in resumed] == [3, 4, 5, 6]
        for one, other in zip(whole[3:], resumed):
            for name in ("filters", "readout", "features", "loss", "readout_gradient"):
                assert str(getattr(one, name)) == str(getattr(other, name)), name
    with pytest.raises(ParameterError, match="'resume' must be at least 0 and at most steps=2, not 3."):
        descend(*given[:3], 2, **options, resume=point)


@pytest.mark.parametrize("n", [3, 4])
def test_the_papers_windows_leave_the_last_one_out(n: int) -> None:
    start, copies = collapsed_network(n, 2, [1, 2, 1, 1], windows="paper")
    problem = LearningProblem(KPattern.parity(n, 2))
    steps = list(descend(start, problem, 1, 3, multiplicities=copies))
    exact = [result.loss for _, result in exact_descent(start, problem, 1, 3, multiplicities=copies)]
    assert [from_flint(step.loss) for step in steps] == exact and steps[0].readout.nrows() == n - 2
    # A pattern on the window that is missing cannot be learnt: its parity has loss at least 1 throughout.
    missing = LearningProblem(KPattern.parity(n, 2, offset=n - 2))
    assert all(step.loss >= 1 for step in descend(start, missing, 1, 3, multiplicities=copies))


@pytest.mark.parametrize("changes, message", [
    ({"network": 5}, "'network' must be a network, not 5."),
    ({"problem": 5}, "'problem' must be a LearningProblem, not 5."),
    ({"eta": float("nan")}, "'eta' must be a finite number, not nan."),
    ({"precision": 10**30}, f"'precision' must be at least 16 and at most {2**26}, not {10**30}."),
    ({"resume": 5}, "'resume' must be a ResumePoint or a DescentStep, not 5.")])
def test_what_is_not_even_of_the_right_kind(changes: dict, message: str) -> None:
    start, problem = collapsed_network(3, 2, [1] * 4)[0], LearningProblem(KPattern.parity(3, 2))
    with pytest.raises(ParameterError) as caught:
        descend(**{"network": start, "problem": problem, "eta": 1, "steps": 1, **changes})
    assert str(caught.value) == message
