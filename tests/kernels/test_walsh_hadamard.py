"""The transform against direct sums, other people's matrices, its own algebra and the textbook loop, bit for bit."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import scipy.linalg
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from theorycheck.kernels import walsh_hadamard
from theorycheck.kernels.walsh_hadamard import _short_transform, transform_in_place, transform_rows_in_place

DTYPES = [np.int32, np.int64, np.float32, np.float64]
Transform = Callable[[np.ndarray], None]


def textbook(values: np.ndarray) -> np.ndarray:
    """Radix 2, levels ascending, on a copy of the same dtype."""
    result = values.copy()
    stride = 1
    while stride < result.size:
        pairs = result.reshape(-1, 2, stride)
        low, high = pairs[:, 0].copy(), pairs[:, 1].copy()
        pairs[:, 0], pairs[:, 1] = low + high, low - high
        stride *= 2
    return result


def random_values(size: int, dtype: type, seed: int = 0) -> np.ndarray:
    """Entries that use the whole width, so that integers wrap and floats round."""
    generator = np.random.default_rng(seed)
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, size, dtype=dtype, endpoint=True)
    return generator.standard_normal(size).astype(dtype)


def placed(values: np.ndarray, offset: int) -> np.ndarray:
    """A copy that begins ``offset`` bytes after a multiple of 64."""
    buffer = np.empty(values.nbytes + 128, np.uint8)
    start = -buffer.ctypes.data % 64 + offset
    copy = buffer[start:start + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy


def assert_same_bits(left: np.ndarray, right: np.ndarray) -> None:
    assert left.dtype == right.dtype and left.tobytes() == right.tobytes()


def direct_sum(values: list[int]) -> list[int]:
    """The definition, in Python integers."""
    return [sum(-value if (subset & x).bit_count() % 2 else value for x, value in enumerate(values))
            for subset in range(len(values))]


def assert_transforms(transform: Transform, dtype: type = np.int64, largest: int = 7) -> None:
    """Compare ``transform`` with the definition for every n up to ``largest``."""
    for n in range(largest + 1):
        values = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
        result = values.astype(dtype)
        transform(result)
        assert result.tolist() == direct_sum(values.tolist()), n  # integers below 2^24 are exact in float32 too


# --- the right one passes, wrong ones do not -----------------------------------------------------------------------

def butterflies(values: np.ndarray, wrong_pair: tuple[int, int] | None = None, first_level: int = 0) -> None:
    """A plain transform; at ``wrong_pair`` = (n, index) the last level of size 2^n adds where it should subtract."""
    n = values.size.bit_length() - 1
    for level in range(first_level, n):
        for low in range(values.size):
            if not low >> level & 1:
                x, y = values[low], values[low + (1 << level)]
                values[low], values[low + (1 << level)] = x + y, x - y
                if level == n - 1 and (n, low) == wrong_pair:
                    values[low + (1 << level)] = x + y


def bit_reversed(values: np.ndarray) -> None:
    n = values.size.bit_length() - 1
    butterflies(values)
    values[:] = values[[int(f"{index:0{n}b}"[::-1], 2) if n else 0 for index in range(values.size)]].copy()


def gray_ordered(values: np.ndarray) -> None:
    butterflies(values)
    values[:] = values[[index ^ index >> 1 for index in range(values.size)]].copy()


@pytest.mark.parametrize("dtype", DTYPES)
def test_against_the_definition(dtype: type) -> None:
    assert_transforms(transform_in_place, dtype)
    assert_transforms(_short_transform, dtype)
    assert_transforms(_short_transform.py_func, dtype)
    assert_transforms(butterflies, dtype)


@pytest.mark.parametrize("wrong", [
    lambda values: butterflies(values, (1, 0)),
    lambda values: butterflies(values, (6, 17)),
    lambda values: butterflies(values, first_level=1),
    bit_reversed,
    gray_ordered,
    lambda values: butterflies(values[::-1]),
    lambda values: None,
], ids=["sign-smallest", "sign-inside", "level-missing", "bit-reversed", "sequency-order", "reversed", "identity"])
def test_a_wrong_transform_is_noticed(wrong: Transform) -> None:
    with pytest.raises(AssertionError):
        assert_transforms(wrong)


def test_a_wrong_sign_breaks_the_comparison_with_the_textbook_loop() -> None:
    values = random_values(1 << 7, np.float64)
    wrong = values.copy()
    butterflies(wrong, (7, 40))
    with pytest.raises(AssertionError):
        assert_same_bits(wrong, textbook(values))


# --- other people's transforms -------------------------------------------------------------------------------------

@pytest.mark.parametrize("n", range(9))
def test_against_scipy(n: int) -> None:
    values = np.random.default_rng(n).integers(-1000, 1000, 1 << n)
    expected = scipy.linalg.hadamard(1 << n).astype(np.int64) @ values
    transform_in_place(values)
    assert values.tolist() == expected.tolist()


@pytest.mark.parametrize("n", range(9))
def test_against_sympy(n: int) -> None:
    values = random_values(1 << n, np.int64, n) >> n  # so that nothing wraps
    expected = sympy.fwht(values.tolist())
    transform_in_place(values)
    assert values.tolist() == expected


# --- the textbook loop, bit for bit --------------------------------------------------------------------------------

# Every boundary: 8 vectors (2^5, 2^6), one piece (2^11, 2^12), eight pieces, blocks of 1 MiB, then 16 rows of them.
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_size(dtype: type) -> None:
    for n in range(22):
        values = random_values(1 << n, dtype, n)
        expected = textbook(values)
        transform_in_place(values)
        assert_same_bits(values, expected)


# Small blocks and tiles send small arrays along every path of the large ones: rows 2 to 4096, several passes over the
# columns, tiles of one window or of many, and for each an aligned buffer, one off by half a vector and one by an entry.
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("block", "tile", "row_levels"), [(8, 8, 12), (8, 12, 12), (9, 20, 4), (10, 9, 3), (9, 10, 6)])
def test_every_path(dtype: type, block: int, tile: int, row_levels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walsh_hadamard, "_PIECE_BYTES", 1 << 8)
    monkeypatch.setattr(walsh_hadamard, "_BLOCK_BYTES", 1 << block)
    monkeypatch.setattr(walsh_hadamard, "_TILE_BYTES", 1 << tile)
    monkeypatch.setattr(walsh_hadamard, "_MOST_ROW_LEVELS", row_levels)
    monkeypatch.setattr(walsh_hadamard, "_BYTES_PER_THREAD", 1 << 8)
    for n in range(5, 19 if row_levels == 12 else 14):
        values = random_values(1 << n, dtype, n)
        expected = textbook(values)
        for offset in (0, 16, np.dtype(dtype).itemsize):
            for threads in (1, 3):
                result = placed(values, offset)
                transform_in_place(result, threads)
                assert_same_bits(result, expected)


def test_a_tile_stays_within_its_allocation(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles: list[tuple[np.ndarray, np.ndarray]] = []
    allocate = walsh_hadamard._tile

    def guarded(values: np.ndarray) -> np.ndarray:
        size = allocate(values).size
        buffer = np.full(size + 64, 77, values.dtype)
        start = 16 + (values.ctypes.data - buffer.ctypes.data) % 64 // values.itemsize
        tiles.append((buffer[:start], buffer[start + size:]))
        return buffer[start:]

    monkeypatch.setattr(walsh_hadamard, "_PIECE_BYTES", 1 << 8)
    monkeypatch.setattr(walsh_hadamard, "_BLOCK_BYTES", 1 << 9)
    monkeypatch.setattr(walsh_hadamard, "_TILE_BYTES", 1 << 9)
    monkeypatch.setattr(walsh_hadamard, "_MOST_ROW_LEVELS", 4)
    monkeypatch.setattr(walsh_hadamard, "_tile", guarded)
    for offset in (0, 16):
        values = placed(random_values(1 << 14, np.int32), offset)
        expected = textbook(values)
        transform_in_place(values, 1)
        assert_same_bits(values, expected)
    assert len(tiles) == 2
    assert all((part == 77).all() for pair in tiles for part in pair)


def test_an_element_may_straddle_alignment() -> None:
    values = random_values(1 << 9, np.float64)
    result = placed(values, 1)
    assert not result.flags.aligned
    transform_in_place(result)
    assert_same_bits(result.copy(), textbook(values))
    short = placed(values[:4], 3)
    transform_in_place(short)
    assert_same_bits(short.copy(), textbook(values[:4]))


def test_neighbouring_memory_is_left_alone() -> None:
    for n in range(15):
        for offset in (1, 2, 4, 7):
            buffer = random_values((1 << n) + 16, np.int32, n)
            expected = buffer.copy()
            expected[offset:offset + (1 << n)] = textbook(buffer[offset:offset + (1 << n)])
            transform_in_place(buffer[offset:offset + (1 << n)])
            assert_same_bits(buffer, expected)


# --- algebra -------------------------------------------------------------------------------------------------------

@st.composite
def tables(draw: st.DrawFn, largest: int = 9) -> np.ndarray:
    n = draw(st.integers(0, largest))
    limit = 2 ** (62 - 2 * n)
    return draw(npst.arrays(np.int64, 1 << n, elements=st.integers(-limit, limit)))


def transformed(values: np.ndarray) -> np.ndarray:
    result = values.copy()
    transform_in_place(result)
    return result


@given(tables())
def test_twice_is_the_size_times_the_identity_and_parseval(values: np.ndarray) -> None:
    spectrum = transformed(values)
    assert transformed(spectrum).tolist() == [values.size * value for value in values.tolist()]
    assert sum(value**2 for value in spectrum.tolist()) == values.size * sum(value**2 for value in values.tolist())


@given(tables(largest=8), st.integers(-7, 7))
def test_linearity(values: np.ndarray, factor: int) -> None:
    other = np.random.default_rng(values.size).integers(-1000, 1000, values.size)
    small = values >> 20
    assert transformed(factor * small + other).tolist() == (factor * transformed(small) + transformed(other)).tolist()


@pytest.mark.parametrize(("n", "points"), [(5, range(32)), (18, [0, 1, 77_777, (1 << 18) - 1])])
def test_an_impulse_becomes_a_character(n: int, points: range | list[int]) -> None:
    masks = np.arange(1 << n)
    for point in points:
        impulse = np.zeros(1 << n, np.int32)
        impulse[point] = 1
        transform_in_place(impulse)
        assert (impulse == np.where(np.bitwise_count(masks & point) & 1, -1, 1)).all()


def test_integers_wrap() -> None:
    values = random_values(1 << 12, np.int32)
    assert_same_bits(transformed(values), transformed(values.astype(np.int64)).astype(np.int32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_floats_pass_as_through_the_textbook_loop(dtype: type) -> None:
    values = random_values(1 << 8, dtype)
    values[[3, 100]] = np.inf, 5e-324
    with np.errstate(invalid="ignore", under="ignore"):
        assert np.array_equal(transformed(values), textbook(values), equal_nan=True)
    zeros = np.full(1 << 8, -0.0, dtype)
    assert_same_bits(transformed(zeros), textbook(zeros))


# --- threads -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_the_number_of_threads_does_not_matter(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walsh_hadamard, "_BYTES_PER_THREAD", 1 << 16)
    values = random_values(1 << 21, dtype)
    expected = textbook(values)
    for threads in (1, 2, 5, 200, None):
        result = values.copy()
        transform_in_place(result, threads)
        assert_same_bits(result, expected)


def test_parts_that_stay_undone_elsewhere_end_the_wait() -> None:
    progress = np.array([4, 3], np.int64)  # of four parts one is under way
    assert not walsh_hadamard._all_done(progress, 1, 4)
    progress[1] = 4
    assert walsh_hadamard._all_done(progress, 1, 4)


def test_a_thread_whose_fellow_is_slow_sleeps_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [True, False, False]
    pauses: list[float] = []
    monkeypatch.setattr(walsh_hadamard, "_transform", lambda *_: answers.pop())
    monkeypatch.setattr(time, "sleep", pauses.append)
    transform_in_place(np.zeros(1 << 12))
    assert answers == [] and len(pauses) == 2


def test_a_part_claimed_and_abandoned_is_waited_for() -> None:
    values = np.ones(1 << 12)
    progress = np.zeros(4, np.int64)
    progress[0] = 1  # somebody has claimed the first block of 2^9 and not finished it
    arguments = values, 1 << 9, 1 << 9, 8, values, 1 << 9, 0, progress
    assert not walsh_hadamard._transform(*arguments)
    assert (values[:1 << 9] == 1).all() and values[1 << 9] == 1 << 9  # the other blocks are done, no column is begun
    assert progress.tolist() == [9, 7, 0, 0]
    values[:1 << 9] = textbook(values[:1 << 9])
    progress[1] += 1
    assert walsh_hadamard._transform(*arguments)
    assert_same_bits(values, textbook(np.ones(1 << 12)))


def test_concurrent_transforms_share_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walsh_hadamard, "_BYTES_PER_THREAD", 1 << 12)
    monkeypatch.setattr(walsh_hadamard, "_PIECE_BYTES", 1 << 10)
    monkeypatch.setattr(walsh_hadamard, "_BLOCK_BYTES", 1 << 12)
    sources = [random_values(1 << 16, np.float64, seed) for seed in range(6)]
    results = [source.copy() for source in sources]

    def work(result: np.ndarray) -> None:
        for _ in range(5):
            transform_in_place(result, 40)

    callers = [threading.Thread(target=work, args=(result,)) for result in results]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
        assert not caller.is_alive()
    for source, result in zip(sources, results):
        for _ in range(5):
            source = textbook(source)
        assert_same_bits(result, source)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_may_transform() -> None:
    program = """if True:
        import os, signal, warnings
        import numpy as np
        from theorycheck.kernels.walsh_hadamard import transform_in_place
        warnings.simplefilter("ignore")
        values = np.zeros(1 << 20)
        values[0] = 1
        transform_in_place(values, 2)
        child = os.fork()
        if not child:
            signal.alarm(60)
            transform_in_place(values, 2)
            os._exit(0 if values[0] == 1 << 20 and not values[1:].any() else 1)
        assert os.waitpid(child, 0)[1] == 0
        """
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_memory_beside_the_array_stays_below_64_mebibytes() -> None:
    tile = walsh_hadamard._tile(np.zeros(1 << 12, np.int32))
    assert walsh_hadamard.MAXIMUM_THREADS * (tile.nbytes + 64) < 64 << 20


@pytest.mark.parametrize("rows, columns", [(1, 1), (3, 2), (2, 2**11), (3, 2**13), (2, 2**18), (2, 2**19)])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("skipped", [0, 1])
def test_rows_are_transformed_one_by_one(rows, columns, dtype, skipped):
    # ``skipped`` entries in front move the table off its alignment.
    room = np.random.default_rng(0).integers(-9, 9, rows * columns + 16, dtype=dtype)
    table = room[skipped * (16 // room.itemsize):][:rows * columns].reshape(rows, columns)
    expected = table.copy()
    for row in expected:
        transform_in_place(row, 1)
    transform_rows_in_place(table)
    assert np.array_equal(table, expected)
