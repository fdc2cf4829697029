"""Drawn cells and their counts: the same draw for both, no trace of blocks, and the right law."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.probability import multiplicities
from theorycheck.probability.multiplicities import (cells_of_words, draws_per_word, sample_cells, sample_multiplicities,
                                                    sample_words)


@given(st.integers(0, 300), st.integers(1, 12), st.integers(0, 2**32), st.sampled_from([np.random.PCG64,
                                                                                       np.random.MT19937]))
@settings(deadline=None, max_examples=60)
def test_counts_are_those_of_the_cells_from_the_same_seed(q, k, seed, bits):
    cells = sample_cells(q, k, np.random.Generator(bits(seed)))
    counts = sample_multiplicities(q, k, np.random.Generator(bits(seed)))
    assert counts.dtype == np.int64 and counts.shape == (2**k,) and counts.sum() == q
    assert [int(count) for count in counts] == [int((cells == cell).sum()) for cell in range(2**k)]


@pytest.mark.parametrize("k, dtype", [(1, np.uint8), (8, np.uint8), (9, np.uint16), (16, np.uint16), (17, np.uint32),
                                      (32, np.uint32), (33, np.uint64), (64, np.uint64)])
def test_compact_types_and_ranges(k, dtype):
    cells = sample_cells(2000, k, np.random.default_rng(1))
    assert cells.dtype == dtype and cells.shape == (2000,)
    assert int(cells.max()) < 2**k
    # Every bit is 0 somewhere and 1 somewhere: fails by chance with probability below 64 * 2 * 2^-2000.
    for bit in range(k):
        seen = (cells >> np.asarray(bit, dtype=dtype)) & np.asarray(1, dtype=dtype)
        assert seen.min() == 0 and seen.max() == 1


@pytest.mark.parametrize("generator", [np.random.PCG64, np.random.MT19937, np.random.Philox])
@pytest.mark.parametrize("k", [1, 3, 5, 20])
def test_the_block_size_does_not_show(monkeypatch, generator, k):
    whole = sample_cells(1000, k, np.random.Generator(generator(7)))
    counts = sample_multiplicities(1000, k, np.random.Generator(generator(7)))
    for words in (1, 3, 17):
        monkeypatch.setattr(multiplicities, "_BLOCK_WORDS", words)
        assert (sample_cells(1000, k, np.random.Generator(generator(7))) == whole).all()
        assert (sample_multiplicities(1000, k, np.random.Generator(generator(7))) == counts).all()


def test_the_generator_advances_by_whole_words():
    used, counted = np.random.default_rng(3), np.random.default_rng(3)
    sample_cells(25, 5, used)
    # 12 draws of 5 bits to a word: 25 draws take 3 words.
    sample_words(3, counted)
    assert used.integers(2**40) == counted.integers(2**40)


def test_cells_are_cut_from_words_lowest_bits_first():
    assert draws_per_word(20) == 3
    words = np.array([0x3 | 0x5 << 20 | 0x7 << 40 | 0xF << 60, 2**64 - 1], dtype=np.uint64)
    assert cells_of_words(words, 20).tolist() == [3, 5, 7, 2**20 - 1, 2**20 - 1, 2**20 - 1]
    assert cells_of_words(np.array([0b1101], dtype=np.uint64), 1).tolist() == [1, 0, 1, 1] + [0] * 60


@pytest.mark.parametrize("k", [1, 4, 7, 10])
def test_uniform_and_independent(k):
    # Chi-square of 200000 draws' cells, and of neighbouring pairs' lowest bits; each fails by chance one time in 10^6.
    cells = sample_cells(200_000, k, np.random.default_rng(11)).astype(np.int64)
    for values, classes in ((cells, 2**k), ((cells[:-1:2] & 1) * 2 + (cells[1::2] & 1), 4)):
        expected = values.size / classes
        statistic = ((np.bincount(values, minlength=classes) - expected)**2 / expected).sum()
        assert chi2.sf(statistic, classes - 1) > 1e-6


def test_a_biased_draw_would_be_noticed():
    # Negative control of the chi-square: one bit in fifty forced to zero.
    cells = sample_cells(200_000, 4, np.random.default_rng(11)).astype(np.int64)
    cells[::50] &= 7
    expected = cells.size / 16
    assert chi2.sf(((np.bincount(cells, minlength=16) - expected)**2 / expected).sum(), 15) < 1e-6


def test_seeds_give_different_and_repeatable_samples():
    first, again, other = (sample_cells(100, 4, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("call, message", [
    (lambda: sample_cells(-1, 4, np.random.default_rng(0)), "'q' must be at least 0, not -1."),
    (lambda: sample_cells(1, 65, np.random.default_rng(0)), "'k' must be at least 1 and at most 64, not 65."),
    (lambda: sample_multiplicities(1, 0, np.random.default_rng(0)), "'k' must be at least 1, not 0."),
    (lambda: sample_cells(1, 4, 0), "'rng' must be a numpy.random.Generator, not 0."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message


def test_counts_of_too_many_cells_are_refused():
    with pytest.raises(InstanceTooLarge) as caught:
        sample_multiplicities(1, 30, np.random.default_rng(0))
    assert str(caught.value) == "k=30 needs 16.0 GiB for the counts of 2^30 cells; the largest k is 26."
    with pytest.raises(InstanceTooLarge, match=r"^k=100 needs 2\^104 bytes"):
        sample_multiplicities(1, 100, np.random.default_rng(0))
