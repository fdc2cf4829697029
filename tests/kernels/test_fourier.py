"""The sums over levels, against a dictionary of exact squares."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from theorycheck.kernels.fourier import add_square, bit_count, level_sums, wide_level_sums


def oracle(spectrum: Sequence[int], n: int) -> list[int]:
    totals: dict[int, int] = defaultdict(int)
    for subset, value in enumerate(spectrum):
        totals[bin(subset).count("1")] += int(value) ** 2
    return [totals[level] for level in range(n + 1)]


def from_limbs(limbs: np.ndarray) -> list[int]:
    return [sum(int(limb) << (32 * place) for place, limb in enumerate(row)) for row in limbs]


def variants(function: object) -> Iterator[object]:
    yield function
    yield function.py_func  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [0, 1, 2, 3, 0b1011, 2**40 + 1, 2**62 - 1])
def test_bit_count(value: int) -> None:
    for count in variants(bit_count):
        assert count(value) == bin(value).count("1")  # type: ignore[operator]


# Below, at and above the 8 low bits that are kept together.
@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 11])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
def test_level_sums(n: int, dtype: type) -> None:
    spectrum = np.random.default_rng(n).integers(-1000, 1000, 1 << n).astype(dtype)
    for add in variants(level_sums):
        sums = np.zeros(n + 1, dtype=np.float64 if dtype is np.float64 else np.int64)
        add(spectrum, sums)  # type: ignore[operator]
        # Integers below 2^53 are exact in float64 too.
        assert sums.tolist() == oracle(spectrum.tolist(), n)


def test_level_sums_squares_in_64_bits_though_the_spectrum_has_32() -> None:
    spectrum = np.full(4, 2**31 - 1, dtype=np.int32)
    sums = np.zeros(3, dtype=np.int64)
    level_sums(spectrum, sums)
    assert sums.tolist() == oracle(spectrum.tolist(), 2)


@pytest.mark.parametrize("value", [0, 1, -1, 2**31, 2**32 - 1, 2**32, -(2**32) - 1, 2**63 - 1, -(2**63) + 1,
                                   0x7FFFFFFF_FFFFFFFF - 0xFFFFFFFF, 0x12345678_9ABCDEF0])
def test_add_square(value: int) -> None:
    for add in variants(add_square):
        limbs = np.zeros(4, dtype=np.uint64)
        add(np.int64(value), limbs)  # type: ignore[operator]
        add(np.int64(value), limbs)  # type: ignore[operator]
        assert from_limbs(limbs[None]) == [2 * value**2]


@pytest.mark.parametrize("n", [1, 5, 9])
def test_wide_level_sums(n: int) -> None:
    # Beyond 2^128 for n = 9: three limbs would not hold the sums.
    spectrum = np.random.default_rng(n).integers(-(2**63) + 1, 2**63 - 1, 1 << n)
    for add in variants(wide_level_sums):
        limbs = np.zeros((n + 1, 4), dtype=np.uint64)
        add(spectrum, limbs)  # type: ignore[operator]
        assert from_limbs(limbs) == oracle(spectrum.tolist(), n)
