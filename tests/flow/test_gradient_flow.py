"""Gradient flow against closed forms, against small gradient steps, and against its own invariants."""
from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube import BooleanFunction, ExplicitDistribution, KPattern, ProductDistribution
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.flow import gradient_flow as flow_module
from theorycheck.flow.gradient_flow import GradientFlow
from theorycheck.flow.path import Solution
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import decide


def small_steps(problem, k, multiplicities, end, steps, tied):
    """The losses of gradient descent with step end/steps: straight from MS21, Definition 1, collapsed, in float64."""
    n = problem.n
    count = n - k + 1
    windows = (np.arange(2**n)[:, None] >> np.arange(count)) & (2**k - 1)
    f = problem.labels().astype(float)
    p = np.array([float(value) for value in problem.distribution.probabilities()])
    m, u, a = np.array(multiplicities, dtype=float), np.zeros((count, 2**k)), np.full((count, 2**k), 1 / k)
    eta, losses = end / steps, []
    for _ in range(steps + 1):
        h = sum((m * a[j] * u[j])[windows[:, j]] for j in range(count))
        losses.append(float(p @ np.maximum(0, 1 - f * h)))
        active = p * f * (f * h < 1)
        force = np.stack([np.bincount(windows[:, j], active, 2**k) for j in range(count)])
        pull = k * u * force
        u, a = u + eta * a * force, a + eta * (np.broadcast_to(pull.sum(0), pull.shape) if tied else pull)
    return losses


def assert_close_to_small_steps(flow, steps=4000):
    end = float(flow.phases[-1].start if flow.stop == "rest" else flow.end)
    losses = small_steps(flow.problem, flow.k, flow.multiplicities, end, steps, flow.tied)
    exact_end = Fraction(end)
    for share in (3, 5, 8, 9):
        seen = float(flow.loss(exact_end * share / 10))
        # The Euler error is O(end/steps); along slides the margins chatter by eta.  Seen below 3e-4 at 4000 steps.
        assert abs(seen - losses[steps * share // 10]) < 1e-3, (share, seen)


@pytest.mark.parametrize("m", [(1, 1, 1, 1), (1, 2, 3, 4), (5, 4, 4, 4)])
def test_one_window_is_solved_in_closed_form(m):
    # Each z is alone: u = sinh(ws)/k^(3/2), a = cosh(ws)/k, w = sqrt(k) 2^-k, until m sinh(2ws) = 2 k^(5/2).
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), m)
    w = math.sqrt(2) / 4
    times = sorted({math.asinh(2 * 2**2.5 / count) / (2 * w) for count in m})
    assert [float(phase.start) for phase in flow.phases[1:]] == pytest.approx(times, rel=1e-14)
    assert flow.stop == "rest"
    s = Fraction(1)
    for z, count in enumerate(m):
        sign = KPattern.parity(2, 2).table[z]
        assert float(flow.readout(s, z)) == pytest.approx(sign * math.sinh(w) / 2**1.5, rel=1e-14)
        assert float(flow.scale(s, z)) == pytest.approx(math.cosh(w) / 2, rel=1e-14)
    expected = sum(0.25 * (1 - count * math.sinh(2 * w) / (2 * 2**2.5)) for count in m)
    assert float(flow.loss(s)) == pytest.approx(expected, rel=1e-13)


def test_the_enclosure_holds_the_closed_form():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 1))
    with ctx.workprec(300):
        w = arb(2).sqrt() / 4
        loss = 1 - (2 * w).sinh() / (2 * arb(2)**arb("2.5"))
    ball = flow.loss(1).enclose(128)
    assert ball.contains(arb(loss.mid())) and ball.rad() < arb("1e-20")


@pytest.mark.parametrize("n, k, m, pattern, offset, tied, means", [
    (3, 2, (1, 2, 3, 4), "and", 1, True, None),
    (4, 2, (1, 2, 3, 4), "parity", 1, True, None),
    (4, 2, (3, 1, 2, 2), "0xD", 2, False, ("1/3", "0", "-1/5", "1/7")),
    (3, 1, (2, 3), "0x2", 1, True, ("1/5", "2/5", "-3/5")),
    (4, 3, (4, 3, 3, 4, 3, 5, 4, 2), "0x5A", 1, True, None)])
def test_sliding_flow_is_the_limit_of_small_steps(n, k, m, pattern, offset, tied, means):
    distribution = None if means is None else ProductDistribution(means)
    flow = GradientFlow(LearningProblem(KPattern.from_name(pattern, n, k, offset), distribution), m, tied=tied)
    assert any(not phase.is_linear for phase in flow.phases)
    assert_close_to_small_steps(flow)


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_random_flows_are_the_limit_of_small_steps(data):
    k = data.draw(st.integers(1, 2))
    n = data.draw(st.integers(max(k, 2), 3))
    m = data.draw(st.lists(st.integers(1, 5), min_size=2**k, max_size=2**k))
    table = data.draw(st.lists(st.sampled_from((-1, 1)), min_size=2**k, max_size=2**k))
    means = data.draw(st.lists(st.sampled_from(("0", "1/3", "-2/5")), min_size=n, max_size=n))
    pattern = KPattern(n, k, data.draw(st.integers(0, n - k)), np.array(table, dtype=np.int8))
    flow = GradientFlow(LearningProblem(pattern, ProductDistribution(means)), m, tied=data.draw(st.booleans()))
    assert flow.stop == "rest"
    assert_close_to_small_steps(flow)
    for s in (Fraction(1, 2), Fraction(3)):
        assert all(abs(value) < arb("1e-6") for value in flow.snapshot(s).invariant_of.values())


def test_the_reference_instance():
    m = (2681, 2681, 2681, 2680)
    flow = GradientFlow(LearningProblem(KPattern.parity(3, 2)), m)
    norm = 4 * sum(Fraction(1, count) for count in m)
    assert flow.stop == "rest" and [phase.event for phase in flow.phases] == ["reaches", "reaches", ""]
    # Three of the four sign patterns arrive at the same time; what follows tells their points apart.
    assert flow.phases[1].sliding == (2, 6) and flow.phases[1].resting == (0, 4)
    assert decide(flow.loss(norm / 2), "<", Fraction(1, 2))
    assert decide(flow.loss(norm / 2), ">", Fraction(499999, 10**6))


def test_nearly_equal_classes_are_resolved():
    flow = GradientFlow(LearningProblem(KPattern.parity(4, 3)), [74843] + [74842] * 7)
    assert flow.stop == "rest" and len(flow.phases) >= 4
    assert decide(flow.phases[-1].error, "<", Fraction(1, 10**20))


def test_more_bits_narrow_the_same_enclosure():
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2)), (1, 2, 3, 4))
    for s in (Fraction(1), Fraction(3), Fraction(4)):
        coarse, fine = flow.loss(s).enclose(128), flow.loss(s).enclose(256)
        assert coarse.overlaps(fine) and fine.rad() < coarse.rad()


def test_the_loss_never_grows():
    flow = GradientFlow(LearningProblem(KPattern.from_hex(4, 2, "0xD", 1)), (2, 1, 3, 1))
    losses = [flow.loss(Fraction(i, 4)) for i in range(24)]
    assert all(decide(late, "<=", early) is not False for early, late in zip(losses, losses[1:]))


def test_a_hidden_window_keeps_the_loss_at_one():
    flow = GradientFlow(LearningProblem(KPattern.parity(3, 1, 2)), (1, 1), windows="paper")
    assert flow.stop == "rest" and len(flow.phases) == 1 and flow.loss(7).enclose().overlaps(arb(1))


def test_an_empty_class_keeps_its_share_of_the_loss():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 0))
    assert flow.stop == "rest" and flow.loss(10).enclose().overlaps(arb("0.25"))
    with pytest.raises(ParameterError, match="'z' must have a filter"):
        flow.scale(1, 3)


def test_a_point_mass_moves_one_class_only():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2), ExplicitDistribution(2, {1: 1})), (1, 1, 1, 1))
    assert flow.scale(1, 0).exact == Fraction(1, 2) and flow.readout(1, 0).exact == 0
    assert float(flow.readout(1, 1)) == pytest.approx(-math.sinh(math.sqrt(2)) / 2**1.5)


def test_a_class_unfreezes_and_the_flow_stops():
    # One filter must carry the whole margin: a reaches 1/3 + 1 before a*u = 1.
    flow = GradientFlow(LearningProblem(KPattern.parity(3, 3), ExplicitDistribution(3, {0: 1})), [1] * 8)
    assert flow.stop == "limit" or decide(flow.scale_bound, "<", Fraction(4, 3))
    capped = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 1), cap="3/5")
    assert capped.stop == "limit" and float(capped.scale(Fraction(float(capped.end)) * 999 / 1000, 0)) < 0.6
    # cosh(w s)/2 = 3/5.
    assert float(capped.end) == pytest.approx(math.acosh(1.2) * 4 / math.sqrt(2), rel=1e-12)
    with pytest.raises(ParameterError, match="until which the flow is known"):
        capped.loss(2)


def test_a_horizon_ends_the_flow_early():
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2)), (1, 2, 3, 4), horizon="1/2")
    assert flow.stop == "horizon" and flow.end.exact == Fraction(1, 2)
    with pytest.raises(ParameterError, match="'s' must be at most 0.5, until which the flow is known, not 1."):
        flow.loss(1)


def test_what_is_no_problem_is_refused():
    with pytest.raises(ParameterError, match="^'problem' must be a LearningProblem, not 5.$"):
        GradientFlow(5, (1, 1, 1, 1))


def test_a_target_that_is_no_pattern_needs_k():
    f = BooleanFunction([1, -1, -1, -1])
    with pytest.raises(ParameterError, match="'k' must be given"):
        GradientFlow(LearningProblem(f), (1, 1))
    assert float(GradientFlow(LearningProblem(f), (1, 1), k=1).loss(1)) < 1


@pytest.mark.parametrize("arguments, message", [
    ({"multiplicities": (1, 1, 1)}, "must have 2\\^k=4 entries"),
    ({"multiplicities": (0, 0, 0, 0)}, "have a positive entry"),
    ({"multiplicities": (1, 1, 1, -1)}, "at least 0 and at most [0-9]+, not -1"),
    ({"horizon": 0}, "'horizon' must be greater than 0"),
    ({"horizon": "nan"}, "'horizon' must be a finite number"), ({"cap": "1/3"}, "'cap' must be at least 1/k=1/2"),
    ({"windows": "some"}, "'windows' must be one of"), ({"precision": 8}, "'precision' must be at least 32")])
def test_bad_arguments(arguments, message):
    given_arguments = {"multiplicities": (1, 1, 1, 1), **arguments}
    with pytest.raises(ParameterError, match=message):
        GradientFlow(LearningProblem(KPattern.parity(3, 2)), **given_arguments)


def test_negative_times_and_large_cubes_are_refused():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 1))
    with pytest.raises(ParameterError, match="'s' must be at least 0, not -1."):
        flow.loss(-1)
    with pytest.raises(InstanceTooLarge, match="n must be at most 13, not 14"):
        GradientFlow(LearningProblem(KPattern.parity(14, 1)), (1, 1))


@pytest.mark.parametrize("n, k, pattern, m, means, tied", [
    (3, 2, "and", (1, 2, 3, 4), None, True), (4, 2, "0xD", (3, 1, 2, 2), ("1/3", "0", "-1/5", "1/7"), False),
    (4, 3, "0x5A", (4, 3, 3, 4, 3, 5, 4, 2), None, True), (3, 2, "parity", (2, 0, 3, 1), ("1/3", "1", "0"), True)])
def test_linear_phases_against_scipy(n, k, pattern, m, means, tied):
    """The flow's equations, written once more and integrated by scipy until margins slide."""
    from scipy.integrate import solve_ivp
    problem = LearningProblem(KPattern.from_name(pattern, n, k), None if means is None else ProductDistribution(means))
    flow, count, weights = GradientFlow(problem, m, tied=tied), n - k + 1, np.array(m, dtype=float)
    windows = (np.arange(2**n)[:, None] >> np.arange(count)) & (2**k - 1)
    f, p = problem.labels().astype(float), np.array([float(v) for v in problem.distribution.probabilities()])
    state = np.concatenate([np.zeros(count * 2**k), np.full(count * 2**k, 1 / k)])

    def margins(y):
        u, a = y.reshape(2, count, -1)
        return f * sum((weights * a[j] * u[j])[windows[:, j]] for j in range(count))
    for phase in flow.phases:
        if not phase.is_linear or phase.end is None:
            break
        active = np.isin(np.arange(2**n), phase.active) * p * f
        force = np.stack([np.bincount(windows[:, j], active, 2**k) for j in range(count)])

        def velocity(s, y):
            u, a = y.reshape(2, count, -1)
            pull = k * u * force
            return np.concatenate([(a * force).ravel(),
                                   (np.broadcast_to(pull.sum(0), pull.shape) if tied else pull).ravel()])
        end = float(phase.end)
        state = solve_ivp(velocity, (float(phase.start), end), state, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
        # rtol 1e-12 at each of some ten steps; the slope of the loss is of order 1.
        seen = float(p @ np.maximum(0, 1 - margins(state)))
        assert seen == pytest.approx(float(flow.loss(Fraction(end) * (1 - Fraction(1, 10**12)))), abs=1e-9)
        assert min(abs(margins(state)[p > 0] - 1)) < 1e-9
    assert phase is not flow.phases[0]


def test_at_rest_the_enclosure_does_not_grow_like_an_exponential():
    problem = LearningProblem(KPattern.majority(4, 3), ProductDistribution((-1, 1, 1, "-1/3")))
    flow = GradientFlow(problem, (31,) * 7 + (30,), horizon=1000)
    # √(τL) with L about the error of the path; e^{λτ} would be some 10^700.
    assert flow.stop == "rest" and flow.loss(1000).enclose().rad() < arb("1e-6")
    assert all(value.contains(0) for value in flow.snapshot(1000).invariant_of.values())


def test_where_more_bits_are_not_resolved_the_coarser_path_serves(monkeypatch):
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2)), (1, 2, 3, 4))
    assert flow.stop == "rest"
    lost = Solution(flow._solution(128).system, flow._solution(128).phases[:1], "unresolved", "")
    monkeypatch.setattr(flow_module, "solve_flow", lambda *arguments: lost)
    assert flow._solution(256) is flow._solution(128)
    assert flow.loss(3).enclose(256).overlaps(flow.loss(3).enclose(128))
