"""Drawing q cells uniformly from 2^k, and their multiplicities: the law of random sign filters without a q×k matrix.

Cell ``z`` is a bit mask like a point of the cube {±1}^k: bit i is variable i, 0 stands for +1 and 1 for -1.  A draw is
k bits of a 64-bit word of the generator, lowest first, floor(64/k) draws to a word; what is left of a word, and of the
last word of a sample, is not used.  So a sample depends on the generator's state, q and k alone, never on the blocks it
was made in, and leaves the generator after a whole number of words.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer

_WORD = 64
_BLOCK_WORDS = 2**16
_LARGEST_K = 26


def sample_cells(q: int, k: int, rng: np.random.Generator) -> npt.NDArray[np.unsignedinteger]:
    """Draw q cells independently and uniformly from 2^k.

    Parameters
    ----------
    q : int
        Draws, at least 0.
    k : int
        Between 1 and 64.
    rng : numpy.random.Generator
        Advanced by ceil(q / floor(64/k)) words of 64 bits.

    Returns
    -------
    ndarray of shape (q,)
        Codes 0…2^k - 1 in the narrowest of uint8, uint16, uint32, uint64; fair and independent bits exactly, as far as
        the generator's are.

    Raises
    ------
    ParameterError
        ``'k' must be at least 1 and at most 64, not 0.``; ``'rng' must be a numpy.random.Generator, not ….``

    Notes
    -----
    A few nanoseconds a draw.  Source: the first layer of MS21, Lemma 6, with signs in place of ±1/k.

    Examples
    --------
    >>> sample_cells(6, 4, np.random.default_rng(0))
    array([15,  5,  2,  8,  2, 12], dtype=uint8)
    """
    q, k = _checked(q, k, _WORD, rng)
    cells = np.empty(q, dtype=cell_dtype(k))
    start = 0
    for block in _blocks(q, k, rng):
        cells[start:start + block.size] = block
        start += block.size
    return cells


def sample_multiplicities(q: int, k: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw the multiplicities (m_z) of q uniform draws from 2^k cells: multinomial, exactly.

    Parameters
    ----------
    q, k, rng
        As for :func:`sample_cells`, k at most 26; from the same state of ``rng`` these are the counts of that sample.

    Returns
    -------
    ndarray of shape (2^k,), dtype int64
        How often each cell was drawn; they sum to q.

    Raises
    ------
    ParameterError
        As for :func:`sample_cells`.
    InstanceTooLarge
        ``k=30 needs 16.0 GiB for the counts of 2^30 cells; the largest k is 26.``

    Notes
    -----
    A few nanoseconds a draw; memory a few MiB and twice the counts, whatever q.

    Examples
    --------
    >>> sample_multiplicities(1000, 2, np.random.default_rng(0)).sum()
    np.int64(1000)
    """
    q, k = _checked(q, k, None, rng)
    if k > _LARGEST_K:
        size = f"{2.0**(k - 26):.1f} GiB" if k < 64 else f"2^{k + 4} bytes"
        raise InstanceTooLarge(f"k={k} needs {size} for the counts of 2^{k} cells; the largest k is {_LARGEST_K}.")
    counts = np.zeros(2**k, dtype=np.int64)
    # Blocks at least as long as the counts keep the additions of whole count arrays few.
    for block in _blocks(q, k, rng, max(_BLOCK_WORDS, (1 << k) // draws_per_word(k))):
        counts += np.bincount(block, minlength=2**k)
    return counts


def draws_per_word(k: int) -> int:
    """Return how many draws of k bits come from one 64-bit word of the generator."""
    return _WORD // k


def cell_dtype(k: int) -> np.dtype[np.unsignedinteger]:
    """Return the narrowest unsigned type that holds k bits."""
    width = next(bits for bits in (8, 16, 32, 64) if k <= bits)
    return np.dtype(f"uint{width}")


def cells_of_words(words: npt.NDArray[np.uint64], k: int) -> npt.NDArray[np.unsignedinteger]:
    """Cut words of shape (..., w) into the draws (..., w * draws_per_word(k)), lowest bits first."""
    per_word = draws_per_word(k)
    cells = np.empty((*words.shape, per_word), dtype=cell_dtype(k))
    mask = np.uint64(2**k - 1)
    for i in range(per_word):
        cells[..., i] = (words >> np.uint64(k * i)) & mask
    return cells.reshape(*words.shape[:-1], -1)


def sample_words(count: int | tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Draw 64-bit words; each advances the generator by one word, so that splitting a request changes nothing."""
    return rng.integers(0, 2**_WORD, size=count, dtype=np.uint64)


def _blocks(q: int, k: int, rng: np.random.Generator,
            block_words: int = _BLOCK_WORDS) -> Iterator[npt.NDArray[np.unsignedinteger]]:
    per_word = draws_per_word(k)
    while q > 0:
        words = min(block_words, -(-q // per_word))
        block = cells_of_words(sample_words(words, rng), k)[:q]
        q -= block.size
        yield block


def _checked(q: object, k: object, largest: int | None, rng: object) -> tuple[int, int]:
    if not isinstance(rng, np.random.Generator):
        raise ParameterError(f"'rng' must be a numpy.random.Generator, not {rng!r}.")
    return require_integer("q", q, minimum=0), require_integer("k", k, minimum=1, maximum=largest)
