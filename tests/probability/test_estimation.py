"""The Monte-Carlo estimate: the trials of drawing one by one, counts that add, an interrupt that keeps them."""
from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.probability import estimation
from theorycheck.probability.estimation import EventEstimate, estimate_event_probability
from theorycheck.probability.multiplicities import sample_multiplicities
from theorycheck.probability.occupancy import exact_occupancy_probability


@pytest.mark.parametrize("q, k, minimum", [(16, 1, None), (50, 2, None), (130, 4, 3), (0, 2, 0), (7, 3, None)])
@pytest.mark.parametrize("batch", [1, 1000, 2**25])
def test_counts_are_those_of_successive_samples(monkeypatch, q, k, minimum, batch):
    monkeypatch.setattr(estimation, "_BATCH_BYTES", batch)
    rng = np.random.default_rng(5)
    least = q // 2**(k + 1) + 1 if minimum is None else minimum
    expected = sum(all(count >= least for count in sample_multiplicities(q, k, rng)) for _ in range(60))
    estimate = estimate_event_probability(q, k, 60, np.random.default_rng(5), minimum)
    assert estimate == EventEstimate(q, k, least, expected, 60, 60)


@pytest.mark.parametrize("q, k", [(16, 1), (16, 2), (64, 2), (330, 4)])
def test_the_interval_contains_the_exact_probability(q, k):
    # Fails by chance one time in 10^6.
    estimate = estimate_event_probability(q, k, 4000, np.random.default_rng(2))
    assert exact_occupancy_probability(q, k) in estimate.interval(1 - Fraction(1, 10**6))


@pytest.mark.parametrize("minimum", [4, 6])
def test_a_wrong_threshold_is_noticed(minimum):
    # Negative control: one more or one less than the event asks at q=16, k=1 (exactly 0.92, others 0.98 and 0.79).
    estimate = estimate_event_probability(16, 1, 4000, np.random.default_rng(2), minimum)
    assert Fraction(30251, 32768) not in estimate.interval("0.999999")


def test_estimates_of_one_event_add():
    rng = np.random.default_rng(9)
    first, second = (estimate_event_probability(16, 1, trials, rng) for trials in (30, 70))
    assert first + second == estimate_event_probability(16, 1, 100, np.random.default_rng(9))
    assert (first + second).frequency == Fraction((first + second).successes, 100)
    with pytest.raises(ParameterError) as caught:
        first + EventEstimate(17, 1, 5, 0, 0, 0)
    assert str(caught.value) == ("'other' must estimate the same event (q=16, k=1, minimum=5), "
                                 "not (q=17, k=1, minimum=5).")
    with pytest.raises(TypeError):
        first + 1


def test_an_interrupt_keeps_what_is_done(monkeypatch):
    monkeypatch.setattr(estimation, "_BATCH_BYTES", 10 * (32 * 16 + 32 + 64))
    seen = []

    def progress(done, total):
        seen.append((done, total))
        if done >= 30:
            raise KeyboardInterrupt

    estimate = estimate_event_probability(16, 1, 1000, np.random.default_rng(4), progress=progress)
    assert seen == [(10, 1000), (20, 1000), (30, 1000)]
    assert (estimate.trials, estimate.requested, estimate.is_complete) == (30, 1000, False)
    assert estimate.successes == estimate_event_probability(16, 1, 30, np.random.default_rng(4)).successes


def test_an_interrupt_before_the_first_batch_says_nothing(monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(estimation, "_count_events", interrupted)
    estimate = estimate_event_probability(16, 1, 10, np.random.default_rng(4))
    assert estimate.trials == 0 and estimate.frequency is None
    assert (estimate.interval().lower, estimate.interval().upper) == (0, 1)


def test_memory_stays_bounded(monkeypatch):
    sizes = []
    count = estimation._count_events
    monkeypatch.setattr(estimation, "_count_events", lambda q, k, size, *rest: sizes.append(size) or count(
        q, k, size, *rest))
    estimate_event_probability(1000, 4, 3000, np.random.default_rng(0))
    assert max(sizes) * 32 * 1000 <= estimation._BATCH_BYTES and sum(sizes) == 3000 and len(sizes) > 1


def test_frozen_and_checked():
    estimate = EventEstimate(16, 1, 5, 3, 4, 4)
    with pytest.raises(FrozenInstanceError):
        estimate.successes = 4
    with pytest.raises(ParameterError, match="^'successes' must be at least 0 and at most trials=4, not 5.$"):
        EventEstimate(16, 1, 5, 5, 4, 4)
    with pytest.raises(ParameterError, match="^'trials' must be at least 0 and at most requested=3, not 4.$"):
        EventEstimate(16, 1, 5, 1, 4, 3)


@pytest.mark.parametrize("arguments, message", [
    ((16, 1, -1, np.random.default_rng(0)), "'trials' must be at least 0, not -1."),
    ((-16, 1, 1, np.random.default_rng(0)), "'q' must be at least 0, not -16."),
    ((16, 0, 1, np.random.default_rng(0)), "'k' must be at least 1, not 0."),
    ((16, 1, 1, 0), "'rng' must be a numpy.random.Generator, not 0."),
    ((16, 1, 1, np.random.default_rng(0), -1), "'minimum' must be at least 0, not -1."),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(ParameterError) as caught:
        estimate_event_probability(*arguments)
    assert str(caught.value) == message
