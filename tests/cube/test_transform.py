"""The public transform: values against direct sums and sympy, widths at their limits, refusals."""
from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.discrete.transforms import fwht

from theorycheck.cube.memory import memory_budget
from theorycheck.cube.transform import largest_magnitude, walsh_hadamard_transform
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import integer_functions


def test_golden_order_of_the_masks() -> None:
    # x_0 at the points 00, 01, 10, 11 (bits from the right) is +, -, +, -: all weight on mask 0b01.
    assert walsh_hadamard_transform([1, -1, 1, -1]).tolist() == [0, 4, 0, 0]
    assert walsh_hadamard_transform([1, 2, 3, 4]).tolist() == [10, -2, -4, 0]


@settings(deadline=None, max_examples=40)
@given(integer_functions())
def test_direct_sums_and_sympy(f: Any) -> None:
    spectrum = walsh_hadamard_transform(f.values)
    assert spectrum.tolist() == oracles.walsh_hadamard_sums(f.values.tolist())
    assert spectrum.tolist() == fwht(f.values.tolist())
    assert walsh_hadamard_transform(spectrum).tolist() == (f.values.astype(int) << f.n).tolist()


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint32, np.float32, np.float64])
def test_dtypes_in_and_out(dtype: type) -> None:
    values = np.random.default_rng(1).integers(0, 100, 1 << 12).astype(dtype)
    spectrum = walsh_hadamard_transform(values)
    assert spectrum.dtype == (dtype if values.dtype.kind == "f" else np.int32)
    # All sums are integers below 2^24, exact in float32 too.
    assert spectrum[:8].tolist() == [int(values @ np.array([1 - 2 * ((x & s).bit_count() & 1) for x in range(1 << 12)]))
                                     for s in range(8)]


@pytest.mark.parametrize("largest, width", [(2**29 - 1, np.int32), (2**29, np.int64), (-(2**29) + 1, np.int32),
                                            (-(2**29), np.int64), (2**61 - 1, np.int64)])
def test_width_is_chosen_from_the_bound(largest: int, width: type) -> None:
    spectrum = walsh_hadamard_transform([largest] * 4)
    assert spectrum.dtype == width and spectrum.tolist() == [4 * largest, 0, 0, 0]


def test_what_might_overflow_is_refused_and_what_cannot_is_not() -> None:
    with pytest.raises(ParameterError, match="^'values' have a transform that may exceed 64 bits.$"):
        walsh_hadamard_transform([2**61] * 4)
    with pytest.raises(ParameterError, match="exceed 64 bits"):
        walsh_hadamard_transform(np.array([2**63, 0], dtype=np.uint64))
    with pytest.raises(ParameterError, match="exceed 64 bits"):
        walsh_hadamard_transform(np.array([-(2**63), 0]))
    # 2^n max is too large here, but the sum of all magnitudes is not.
    assert walsh_hadamard_transform([2**62, 0, -1, 0]).tolist() == [2**62 - 1, 2**62 - 1, 2**62 + 1, 2**62 + 1]


def test_in_place_out_of_place_and_the_input_left_alone() -> None:
    values = np.array([1, 2, 3, 4], dtype=np.int32)
    out = np.empty(4, dtype=np.int32)
    assert walsh_hadamard_transform(values, out=out) is out
    assert out.tolist() == [10, -2, -4, 0] and values.tolist() == [1, 2, 3, 4]
    assert walsh_hadamard_transform(values, out=values) is values
    assert values.tolist() == [10, -2, -4, 0]


def test_strided_and_foreign_byte_orders_are_copied() -> None:
    values = np.arange(8, dtype=np.int32)
    assert walsh_hadamard_transform(values[::2]).tolist() == [12, -4, -8, 0]
    assert walsh_hadamard_transform(np.array([1, 3], dtype=">i4")).tolist() == [4, -2]


def test_one_value() -> None:
    assert walsh_hadamard_transform([7]).tolist() == [7]


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 5))
def test_threads_do_not_change_a_bit(threads: int) -> None:
    values = np.random.default_rng(0).standard_normal(1 << 18)
    one = walsh_hadamard_transform(values, threads=1)
    assert np.array_equal(walsh_hadamard_transform(values, threads=threads), one)


@pytest.mark.parametrize("values, options, text", [
    ([1, 2, 3], {}, "'values' must have a power of two of entries, not 3."),
    ([], {}, "'values' must have a power of two of entries, not 0."),
    ([[1, 2], [3, 4]], {}, "'values' must be a vector, not of shape (2, 2)."),
    (np.array([True, False]), {}, "'values' must be integers, float32 or float64, not bool."),
    (np.array([1, 2], dtype=np.float16), {}, "'values' must be integers, float32 or float64, not float16."),
    (["a", "b"], {}, "'values' must be integers, float32 or float64, not <U1."),
    ([1.0, np.nan], {}, "'values' must be finite and have a finite transform."),
    ([1.0, -np.inf], {}, "'values' must be finite and have a finite transform."),
    ([1e308, 1e308], {}, "'values' must be finite and have a finite transform."),
    (np.full(4, 1e38, dtype=np.float32), {}, "'values' must be finite and have a finite transform."),
    ([1, 2], {"threads": 0}, "'threads' must be at least 1, not 0."),
    ([1, 2], {"threads": True}, "'threads' must be an integer, not the boolean True."),
    ([2**40, 2], {"out": np.empty(2, np.int32)}, "'out' must be int64 to hold the transform, not int32."),
    ([1, 2], {"out": np.empty(2, np.float64)}, "'out' must be int32 to hold the transform, not float64."),
    ([1, 2], {"out": np.empty(4, np.int32)}, "'out' must be an array of 2 entries."),
    ([1, 2], {"out": [0, 0]}, "'out' must be an array of 2 entries."),
    ([1, 2], {"out": np.empty(4, np.int32)[::2]}, "'out' must be contiguous, writeable and of native byte order."),
    ([1, 2], {"out": np.frombuffer(bytes(8), np.int32)},
     "'out' must be contiguous, writeable and of native byte order."),
])
def test_bad_input(values: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        walsh_hadamard_transform(values, **options)
    assert str(caught.value) == text


def test_memory_is_asked_for_in_bytes_of_the_output() -> None:
    with memory_budget(64):
        walsh_hadamard_transform(np.ones(16, dtype=np.int8))
        with pytest.raises(InstanceTooLarge, match="largest n that fits is 3"):
            walsh_hadamard_transform(np.ones(16, dtype=np.float64))


def test_largest_magnitude() -> None:
    assert largest_magnitude(np.array([-128, 127], dtype=np.int8)) == 128
    assert largest_magnitude(np.array([-(2**63), 5])) == 2**63


def test_int64_may_be_transformed_in_place_though_int32_would_do() -> None:
    values = np.arange(8)
    assert values.dtype == np.int64
    expected = walsh_hadamard_transform(values)
    assert walsh_hadamard_transform(values, out=values) is values
    assert expected.dtype == np.int32 and values.tolist() == expected.tolist()
