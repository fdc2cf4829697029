"""Butterflies on 32-byte vectors, written in LLVM's own vector types.

LLVM splits a vector that the processor lacks (into two of 16 bytes on NEON or SSE), and every load and store states
alignment 1, so nothing here asks for AVX2 or for an aligned buffer.  Loops left to the vectoriser are half as fast.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

VECTOR_BYTES = 32
_intrinsic: Any = intrinsic  # untyped: the functions below take a typing context that their callers never see


class _Vectors:
    """Emits loads, stores, sums and shuffles of vectors of ``size`` bytes for one element type."""

    def __init__(self, context: Any, builder: Any, element: Any, size: int = VECTOR_BYTES) -> None:
        self.builder = builder
        self.element = context.get_data_type(element)
        self.bits = element.bitwidth
        self.lanes = size * 8 // element.bitwidth
        self.is_float = isinstance(element, types.Float)
        self.add = builder.fadd if self.is_float else builder.add
        self.subtract = builder.fsub if self.is_float else builder.sub

    def pointer(self, base: Any, *offsets: Any) -> Any:
        """Return ``base`` advanced by a sum of element counts (constants or run-time values)."""
        for offset in offsets:
            offset = ir.Constant(ir.IntType(64), offset) if isinstance(offset, int) else offset
            base = self.builder.gep(base, [offset], source_etype=self.element)
        return base

    def load(self, pointer: Any, lanes: int) -> Any:
        vector = ir.VectorType(self.element, lanes)
        pointer = self.builder.bitcast(pointer, ir.PointerType(vector))
        return self.builder.load(pointer, align=1, typ=vector)

    def store(self, value: Any, pointer: Any) -> None:
        self.builder.store(value, self.builder.bitcast(pointer, ir.PointerType(value.type)), align=1)

    def shuffle(self, left: Any, right: Any, lanes: list[int]) -> Any:
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
        return self.builder.shuffle_vector(left, right, mask)

    def across(self, vectors: list[Any], steps: list[int]) -> list[Any]:
        """Butterfly whole vectors at each distance in ``steps``."""
        vectors = list(vectors)
        for step in steps:
            for low in range(len(vectors)):
                if not low & step:
                    x, y = vectors[low], vectors[low + step]
                    vectors[low], vectors[low + step] = self.add(x, y), self.subtract(x, y)
        return vectors

    def within(self, vector: Any, step: int) -> Any:
        """Butterfly the lanes of one vector at distance ``step``."""
        lanes = range(self.lanes)
        swapped = self.shuffle(vector, vector, [lane ^ step for lane in lanes])
        if self.is_float:  # x + (-y) rounds as x - y does, and flipping signs leaves the scarce adders free
            integers = ir.VectorType(ir.IntType(self.bits), self.lanes)
            signs = ir.Constant(integers, [1 << (self.bits - 1) if lane & step else 0 for lane in lanes])
            flipped = self.builder.xor(self.builder.bitcast(vector, integers), signs)
            return self.add(swapped, self.builder.bitcast(flipped, vector.type))
        total, difference = self.add(vector, swapped), self.subtract(swapped, vector)
        return self.shuffle(total, difference, [lane + self.lanes if lane & step else lane for lane in lanes])


def _is_pointer(kind: Any) -> bool:
    return isinstance(kind, types.CPointer) and isinstance(kind.dtype, (types.Integer, types.Float))


@_intrinsic
def address(typing_context: Any, array: Any) -> Any:
    """Point at the first element of an array, which the caller keeps alive."""
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data
    return types.CPointer(array.dtype)(array), emit


@_intrinsic
def advanced(typing_context: Any, pointer: Any, count: Any) -> Any:
    """Return ``pointer`` moved on by ``count`` elements."""
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _Vectors(context, builder, signature.args[0].dtype).pointer(*arguments)
    return pointer(pointer, types.int64), emit


@_intrinsic
def atomic_add(typing_context: Any, counters: Any, index: Any, amount: Any) -> Any:
    """Add to an int64 counter that other threads change too, and return what it held before."""
    if not (isinstance(counters, types.Array) and counters.dtype == types.int64 and counters.ndim == 1):
        return None

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = _Vectors(context, builder, types.int64).pointer(data, arguments[1])
        return builder.atomic_rmw("add", pointer, arguments[2], "acq_rel")
    return types.int64(counters, types.int64, types.int64), emit


def _butterfly(radix: int, size: int) -> Callable[..., None]:
    @_intrinsic
    def butterfly(typing_context: Any, source: Any, source_stride: Any, target: Any, target_stride: Any,
                  column: Any) -> Any:
        """Transform ``radix`` vectors that lie ``source_stride`` apart, storing them ``target_stride`` apart."""
        if not (_is_pointer(source) and source == target):
            return None

        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source, source_stride, target, target_stride, column = arguments
            vectors = _Vectors(context, builder, signature.args[0].dtype, size)
            source, target = vectors.pointer(source, column), vectors.pointer(target, column)
            values = []
            for _ in range(radix):
                values.append(vectors.load(source, vectors.lanes))
                source = vectors.pointer(source, source_stride)
            for value in vectors.across(values, [1 << level for level in range(radix.bit_length() - 1)]):
                vectors.store(value, target)
                target = vectors.pointer(target, target_stride)
            return context.get_dummy_value()
        integer = types.int64
        return types.void(source, integer, target, integer, integer), emit
    return butterfly


butterfly_2, butterfly_4, butterfly_8 = (_butterfly(radix, VECTOR_BYTES) for radix in (2, 4, 8))
half_butterfly_2, half_butterfly_4, half_butterfly_8 = (_butterfly(radix, VECTOR_BYTES // 2) for radix in (2, 4, 8))


@_intrinsic
def transform_eight_vectors(typing_context: Any, pointer: Any) -> Any:
    """Transform eight consecutive vectors in registers, levels in ascending order."""
    if not _is_pointer(pointer):
        return None

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vectors = _Vectors(context, builder, signature.args[0].dtype)
        lanes, half = vectors.lanes, vectors.lanes // 2
        halves = [vectors.load(vectors.pointer(arguments[0], k * half), half) for k in range(16)]
        # Pair the halves of neighbouring vectors while loading: the widest step within a vector becomes a step across.
        paired = [vectors.shuffle(halves[k + j], halves[k + j + 2], list(range(lanes)))
                  for k in range(0, 16, 4) for j in (0, 1)]
        step = 1
        while step < half:
            paired = [vectors.within(vector, step) for vector in paired]
            step *= 2
        paired = vectors.across(paired, [1])
        low = [lane if lane < half else lane + half for lane in range(lanes)]
        unpaired = [vectors.shuffle(paired[k], paired[k + 1], [lane + shift for lane in low])
                    for k in range(0, 8, 2) for shift in (0, half)]
        for k, vector in enumerate(vectors.across(unpaired, [1, 2, 4])):
            vectors.store(vector, vectors.pointer(arguments[0], k * lanes))
        return context.get_dummy_value()
    return types.void(pointer), emit
