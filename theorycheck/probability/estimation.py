"""Monte-Carlo estimate of the event that every cell holds enough: counts that add, and an exact interval for them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from theorycheck.errors import ParameterError, require_integer
from theorycheck.probability.intervals import ConfidenceInterval, clopper_pearson_interval
from theorycheck.probability.multiplicities import cells_of_words, draws_per_word, sample_multiplicities, sample_words
from theorycheck.probability.occupancy import event_threshold

# Bytes of the largest batch of trials, all arrays counted.
_BATCH_BYTES = 2**25


@dataclass(frozen=True)
class EventEstimate:
    """How often every cell held at least ``minimum`` draws; estimates of one event from independent draws add.

    Parameters
    ----------
    q, k, minimum : int
        Draws, log2 of the number of cells, and what each must hold.
    successes, trials : int
        Trials in which the event happened, and trials done.
    requested : int
        Trials asked for; more than ``trials`` where the run was interrupted.

    Raises
    ------
    ParameterError
        ``'successes' must be at least 0 and at most trials=10, not 11.``;
        on adding: ``'other' must estimate the same event (q=16, k=1, minimum=5), not (q=17, k=1, minimum=5).``

    Examples
    --------
    >>> total = EventEstimate(16, 1, 5, 90, 100, 100) + EventEstimate(16, 1, 5, 95, 100, 100)
    >>> total.successes, total.trials, total.is_complete
    (185, 200, True)
    >>> interval = total.interval("0.99")
    >>> round(float(interval.lower), 4), round(float(interval.upper), 4)
    (0.8638, 0.9649)
    """

    q: int
    k: int
    minimum: int
    successes: int
    trials: int
    requested: int

    def __post_init__(self) -> None:
        require_integer("trials", self.trials, minimum=0, maximum=self.requested, maximum_name="requested")
        require_integer("successes", self.successes, minimum=0, maximum=self.trials, maximum_name="trials")

    @property
    def is_complete(self) -> bool:
        """Whether all requested trials were done."""
        return self.trials == self.requested

    @property
    def frequency(self) -> Fraction | None:
        """Successes per trial; None before the first trial."""
        return Fraction(self.successes, self.trials) if self.trials else None

    def interval(self, level: Fraction | float | str = Fraction(99, 100)) -> ConfidenceInterval:
        """Return the Clopper–Pearson interval for the event's probability, with certified rational ends."""
        return clopper_pearson_interval(self.successes, self.trials, level)

    def __add__(self, other: EventEstimate) -> EventEstimate:
        if not isinstance(other, EventEstimate):
            return NotImplemented
        if (self.q, self.k, self.minimum) != (other.q, other.k, other.minimum):
            raise ParameterError(f"'other' must estimate the same event {self._event()}, not {other._event()}.")
        return EventEstimate(self.q, self.k, self.minimum, self.successes + other.successes,
                             self.trials + other.trials, self.requested + other.requested)

    def _event(self) -> str:
        return f"(q={self.q}, k={self.k}, minimum={self.minimum})"


def estimate_event_probability(q: int, k: int, trials: int, rng: np.random.Generator, minimum: int | None = None,
                               progress: Callable[[int, int], None] | None = None) -> EventEstimate:
    """Draw the multiplicities ``trials`` times and count how often every cell holds at least ``minimum``.

    Parameters
    ----------
    q : int
        Draws in each trial, at least 0.
    k : int
        Between 1 and 26; there are 2^k cells.
    trials : int
        At least 0.
    rng : numpy.random.Generator
        Trial after trial draws what successive calls of
        :func:`~theorycheck.probability.multiplicities.sample_multiplicities` would: batches do not change the counts.
    minimum : int, optional
        Default: more than half the mean, the event of MS21's Lemma 6.
    progress : callable, optional
        Called with (done, trials) after every batch.

    Returns
    -------
    EventEstimate
        Counts; ``.interval(level)`` encloses the probability.  After a KeyboardInterrupt those of the batches that
        were finished, with ``is_complete`` False.

    Raises
    ------
    ParameterError
        ``'trials' must be at least 0, not -1.`` and as for ``sample_multiplicities``.
    InstanceTooLarge
        As for ``sample_multiplicities``.

    Notes
    -----
    About five nanoseconds a draw, at most 64 MiB beside the counts.

    Examples
    --------
    >>> estimate = estimate_event_probability(16, 1, 1000, np.random.default_rng(0))
    >>> Fraction(30251, 32768) in estimate.interval("0.999")
    True
    """
    trials = require_integer("trials", trials, minimum=0)
    sample_multiplicities(0, k, rng)  # checks k and rng, draws nothing
    q = require_integer("q", q, minimum=0)
    least = event_threshold(q, k) if minimum is None else require_integer("minimum", minimum, minimum=0)
    batch = max(1, _BATCH_BYTES // _bytes_per_trial(q, k))
    counted = 0, 0
    try:
        while counted[1] < trials:
            size = min(batch, trials - counted[1])
            # One assignment, so that an interrupt finds successes and trials in step.
            counted = counted[0] + _count_events(q, k, size, least, rng), counted[1] + size
            if progress is not None:
                progress(counted[1], trials)
    except KeyboardInterrupt:
        # What is counted is still a fair sample: an interrupt does not look at the outcome.
        return EventEstimate(q, k, least, *counted, trials)
    return EventEstimate(q, k, least, *counted, trials)


def _bytes_per_trial(q: int, k: int) -> int:
    # Words and cells, then the cells again as int64 with an offset (twice while they are added), then the counts.
    return 32 * q + 16 * 2**k + 64


def _count_events(q: int, k: int, size: int, minimum: int, rng: np.random.Generator) -> int:
    if size == 1:
        return int(sample_multiplicities(q, k, rng).min() >= minimum)
    words = sample_words((size, -(-q // draws_per_word(k))), rng)
    places = cells_of_words(words, k)[:, :q].astype(np.int64)
    places += np.arange(size, dtype=np.int64)[:, np.newaxis] << k
    counts = np.bincount(places.ravel(), minlength=size << k).reshape(size, 1 << k)
    return int((counts.min(axis=1) >= minimum).sum())
