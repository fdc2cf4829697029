from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.cube.transform import walsh_hadamard_transform
from theorycheck.neurons import half_spectra
from theorycheck.neurons.half_cubes import HalfCube
from theorycheck.neurons.half_spectra import level_products
from theorycheck.neurons.symmetric_parts import Component


def component(magnitudes, constants, slopes, itemsize, squares_fit):
    return Component(tuple(constants), tuple(slopes), tuple(magnitudes), Fraction(1), False, itemsize, squares_fit)


def full_spectrum(magnitudes, starts, chosen):
    """The transform of the table in one piece, in int64."""
    d = len(magnitudes)
    signs = 1 - 2 * (np.arange(1 << (d - 1))[:, None] >> np.arange(d) & 1)
    sums = signs @ np.array(magnitudes)
    place = np.searchsorted(starts, sums, side="right")
    return walsh_hadamard_transform(np.array(chosen.constants)[place] + np.array(chosen.slopes)[place] * sums)


def products_by_level(left, right):
    totals = defaultdict(int)
    for subset, (a, b) in enumerate(zip(left.tolist(), right.tolist())):
        totals[subset.bit_count()] += a * b
    return totals


# One row; rows split by the high bits, for one thread and for two; up to the most rows.
@pytest.mark.parametrize("d, row_bytes", [(1, 2**20), (2, 2**20), (6, 2**20), (11, 2**20), (11, 2**10), (13, 2**11),
                                          (15, 2**10)])
@pytest.mark.parametrize("threads", [1, 2])
def test_products_of_all_levels(monkeypatch, d, row_bytes, threads):
    monkeypatch.setattr(half_spectra, "_ROW_BYTES", row_bytes)
    monkeypatch.setattr(half_spectra, "_ENTRIES_PER_PART", 2**9)
    magnitudes, starts = tuple(range(1, d + 1)), [-d, 1, 2 * d]
    given = [component(magnitudes, (0, 1, 0, -1), (0,) * 4, 4, True),
             component(magnitudes, (0, 1, 0, 10), (1, 0, -1, 1), 4, False),
             component(magnitudes, (10**9, 0, 0, -5), (10**6, 10**7, 0, -10**7), 8, False)]
    whole = [full_spectrum(magnitudes, starts, chosen) for chosen in given]
    levels = list(range(-1, d + 2))
    found = level_products(HalfCube(magnitudes), starts, given, levels, threads)
    assert sorted(found) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    for (place, other), sums in found.items():
        expected = products_by_level(whole[place], whole[other])
        assert sums == [expected[m] for m in levels]
    some = [m for m in levels if m % 3 == 1]
    expected = products_by_level(whole[0], whole[0])
    assert level_products(HalfCube(magnitudes), starts, given[:1], some, threads) == {
        (0, 0): [expected[m] for m in some]}


def test_tables_of_different_types_are_split_alike(monkeypatch):
    # Rows that hold 2 KiB of the wider type, so that the narrower one has as many rows.
    monkeypatch.setattr(half_spectra, "_ROW_BYTES", 2**11)
    magnitudes = tuple(range(1, 13))
    narrow = component(magnitudes, (0, 1), (0, 0), 4, True)
    found = level_products(HalfCube(magnitudes), [3], [narrow, replace(narrow, itemsize=8, squares_fit=False)],
                           range(12), 2)
    assert found[0, 0] == found[1, 0] == found[1, 1]


def test_levels_not_asked_for_may_wrap():
    # At the empty set the sum is 2^33 and wraps; the levels asked for are exact all the same.
    magnitudes, high = (1,) * 5, 2**29 - 1
    wide, step = (component(magnitudes, constants, (0, 0), 4, True) for constants in ((high, high - 1), (0, 1)))
    half = HalfCube(magnitudes)
    assert level_products(half, [1], [wide], [1, 2, 3], 1) == level_products(half, [1], [step], [1, 2, 3], 1)


def test_a_failure_in_a_thread_is_passed_on(monkeypatch):
    def fail(*arguments):
        raise MemoryError("no room")
    monkeypatch.setattr(half_spectra, "_ROW_BYTES", 2**10)
    monkeypatch.setattr(half_spectra, "_add_squares", fail)
    magnitudes = (1,) * 12
    with pytest.raises(MemoryError, match="no room"):
        level_products(HalfCube(magnitudes), [1], [component(magnitudes, (0, 1), (0, 0), 4, True)], [3], 2)
