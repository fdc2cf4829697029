"""The sum of conditioned cells against the exact rational, at every precision, and against the other method."""
from __future__ import annotations

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import event_probability

from theorycheck.errors import InstanceTooLarge
from theorycheck.probability import convolution
from theorycheck.probability.convolution import event_by_convolution
from theorycheck.probability.orthants import failure_by_inclusion_exclusion


@given(st.integers(1, 3), st.data(), st.sampled_from([2, 8, 53, 128]))
@settings(deadline=None, max_examples=150)
def test_contains_the_exact_rational(encloses, k, data, bits):
    q = data.draw(st.integers(2**k, 50))
    minimum = data.draw(st.integers(1, q // 2**k))
    with ctx.workprec(bits):
        ball = event_by_convolution(q, k, minimum)
    assert encloses(ball, event_probability(k, q, minimum))
    # Fine relative to the probability, even where it is 16!/16^16-like.
    assert ball.rel_accuracy_bits() >= bits


@pytest.mark.parametrize("rate", [0.5, 4.0, 40.0])
def test_any_rate_gives_a_right_answer(monkeypatch, encloses, rate):
    monkeypatch.setattr(convolution, "_rate_of_mean", lambda mean, minimum: rate)
    with ctx.workprec(128):
        assert encloses(event_by_convolution(48, 3, 4), event_probability(3, 48, 4))


@pytest.mark.parametrize("q, k, minimum", [(38_000, 10, 19), (100_000, 10, 70), (650, 4, 21), (3000, 6, 24)])
def test_agrees_with_inclusion_and_exclusion(q, k, minimum):
    with ctx.workprec(128):
        event = event_by_convolution(q, k, minimum)
        failure = failure_by_inclusion_exclusion(q, 2**k, minimum - 1)
        # Two methods without common code meet to some 120 bits.
        difference = event + failure - 1
    assert difference.contains(0) and abs(difference) < arb(2)**-118


@pytest.mark.parametrize("q, k, minimum", [(10**6, 10, 880), (10**6, 10, 970), (10**6, 1, 499_000), (10**6, 16, 8)])
def test_refines_with_precision_at_a_million_draws(q, k, minimum):
    with ctx.workprec(53):
        coarse = event_by_convolution(q, k, minimum)
    with ctx.workprec(120):
        fine = event_by_convolution(q, k, minimum)
    assert coarse.overlaps(fine)
    assert coarse.rel_accuracy_bits() >= 53 and fine.rel_accuracy_bits() >= 120


def test_neighbouring_instances_are_told_apart(encloses):
    exact = event_probability(3, 40, 3)
    with ctx.workprec(64):
        assert encloses(event_by_convolution(40, 3, 3), exact)
        for other in ((40, 3, 4), (40, 3, 2), (41, 3, 3), (39, 3, 3)):
            assert not encloses(event_by_convolution(*other), exact)


def test_lost_mass_widens_the_ball_instead_of_shifting_it(monkeypatch, encloses):
    # A tenth of every probability is thrown away, as rounding would: the ball must still contain the answer.
    monkeypatch.setattr(convolution, "_floor", lambda value: value.lower().floor().unique_fmpz() * 9 // 10)
    with ctx.workprec(64):
        ball = event_by_convolution(40, 2, 6)
    assert encloses(ball, event_probability(2, 40, 6)) and ball.rel_accuracy_bits() < 5


@pytest.mark.parametrize("kept", [8, 12, 20])
def test_weights_cut_short_widen_the_ball(monkeypatch, encloses, kept):
    # At rate 10 the terms from 6 + 8 on fall, so the geometric bound holds and must account for what was cut.
    whole = convolution._truncated_weights
    monkeypatch.setattr(convolution, "_rate_of_mean", lambda mean, minimum: 10.0)
    monkeypatch.setattr(convolution, "_truncated_weights", lambda *arguments: whole(*arguments)[:kept])
    with ctx.workprec(64):
        ball = event_by_convolution(40, 2, 6)
    assert encloses(ball, event_probability(2, 40, 6)) and ball.rel_accuracy_bits() < 60


def test_too_many_draws_are_refused():
    with pytest.raises(InstanceTooLarge, match="^q=1000000001 draws are too many .* the largest q is 1000000000.$"):
        event_by_convolution(10**9 + 1, 2, 10**8)
