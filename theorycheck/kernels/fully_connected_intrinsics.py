"""The inner loops of the fully-connected kernels, written in LLVM's own vector types.

LLVM splits a vector that the processor lacks, and every load and store states alignment 1.  Left to the vectoriser the
first loop is about three times slower, the second, in bytes, Numba would widen to 64-bit integers, and the third, whose
sum must keep its order, is not vectorised.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_intrinsic: Any = intrinsic  # untyped: the functions below take a typing context that their callers never see
_INT8, _INT16, _INT32, _INT64, _DOUBLE = (*(ir.IntType(bits) for bits in (8, 16, 32, 64)), ir.DoubleType())
BLOCK_COLUMNS = 8
BLOCK_ROWS = 4
_LANES = 4  # doubles in a vector of 32 bytes
_BYTES = 32
ROW_COLUMNS = 256


def _advance(builder: Any, pointer: Any, count: Any, element: Any) -> Any:
    return builder.gep(pointer, [_INT64(count) if isinstance(count, int) else count], source_etype=element)


def _load(builder: Any, pointer: Any, kind: Any) -> Any:
    return builder.load(builder.bitcast(pointer, ir.PointerType(kind)), align=1, typ=kind)


def _store(builder: Any, value: Any, pointer: Any) -> None:
    builder.store(value, builder.bitcast(pointer, ir.PointerType(value.type)), align=1)


def _splat(builder: Any, value: Any, lanes: int) -> Any:
    kind = ir.VectorType(value.type, lanes)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, _INT32(0))
    return builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined),
                                  ir.Constant(ir.VectorType(_INT32, lanes), [0] * lanes))


def _repeat(builder: Any, count: Any, initial: Sequence[Any],
            body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
    """Emit ``for index in range(count)`` carrying values in registers, and return them as they end."""
    before = builder.block
    head, inside, after = (builder.append_basic_block(name) for name in ("head", "inside", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    index, *carried = (builder.phi(value.type) for value in (_INT64(0), *initial))
    for phi, value in zip((index, *carried), (_INT64(0), *initial)):
        phi.add_incoming(value, before)
    builder.cbranch(builder.icmp_signed("<", index, count), inside, after)
    builder.position_at_end(inside)
    values = body(index, carried)
    for phi, value in zip((index, *carried), (builder.add(index, _INT64(1)), *values)):
        phi.add_incoming(value, builder.block)
    builder.branch(head)
    builder.position_at_end(after)
    return carried


@_intrinsic
def add_maxima(typing_context: Any, tables: Any, thresholds: Any, threshold_stride: Any, readout: Any, count: Any,
               values: Any, value_stride: Any) -> Any:
    """Add Σ_i readout[i] max(tables[i, column], thresholds[row, i]), i < count, to values: 4 rows, 8 columns.

    One rounding a term where the processor multiplies and adds at once, two elsewhere.
    """
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tables, thresholds, threshold_stride, readout, count, values, value_stride = arguments
        kind, halves = ir.VectorType(_DOUBLE, _LANES), range(BLOCK_COLUMNS // _LANES)
        multiply_add = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3),
                                                      f"llvm.fmuladd.v{_LANES}f64")
        rows = [builder.mul(threshold_stride, _INT64(row)) for row in range(BLOCK_ROWS)]
        places = [_advance(builder, _advance(builder, values, builder.mul(value_stride, _INT64(row)), _DOUBLE),
                           half * _LANES, _DOUBLE) for row in range(BLOCK_ROWS) for half in halves]

        def add_neuron(i: Any, sums: list[Any]) -> list[Any]:
            entry = _advance(builder, tables, builder.mul(i, _INT64(BLOCK_COLUMNS)), _DOUBLE)
            columns = [_load(builder, _advance(builder, entry, half * _LANES, _DOUBLE), kind) for half in halves]
            weight = _splat(builder, _load(builder, _advance(builder, readout, i, _DOUBLE), _DOUBLE), _LANES)
            added: list[Any] = []
            for row in range(BLOCK_ROWS):
                place = _advance(builder, thresholds, builder.add(rows[row], i), _DOUBLE)
                least = _splat(builder, _load(builder, place, _DOUBLE), _LANES)
                for half in halves:
                    larger = builder.select(builder.fcmp_ordered(">", columns[half], least), columns[half], least)
                    added.append(builder.call(multiply_add, [weight, larger, sums[len(added)]]))
            return added
        for value, place in zip(_repeat(builder, count, [_load(builder, place, kind) for place in places], add_neuron),
                                places):
            _store(builder, value, place)
        return context.get_dummy_value()
    doubles, integer = types.CPointer(types.float64), types.int64
    return types.void(doubles, doubles, integer, doubles, integer, doubles, integer), emit


@_intrinsic
def add_selected_bytes(typing_context: Any, ranks: Any, signs: Any, rows: Any, cutoffs: Any, count: Any,
                       column_sums: Any, row_sums: Any) -> Any:
    """Select the signs[row, column] with ranks[column] >= cutoff for ``count`` listed rows, and sum both ways.

    ``column_sums`` (256 bytes) is overwritten, which 127 rows cannot overflow; row_sums[row] is set.
    """
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        ranks, signs, rows, cutoffs, count, column_sums, row_sums = arguments
        kind, parts = ir.VectorType(_INT8, _BYTES), range(0, ROW_COLUMNS, _BYTES)
        nothing = ir.Constant(kind, None)

        def add_row(t: Any, sums: list[Any]) -> list[Any]:
            row = _load(builder, _advance(builder, rows, t, _INT64), _INT64)
            cutoff = _splat(builder, _load(builder, _advance(builder, cutoffs, t, _INT8), _INT8), _BYTES)
            line = _advance(builder, signs, builder.mul(row, _INT64(ROW_COLUMNS)), _INT8)
            total, added = None, []
            for place, so_far in zip(parts, sums):
                rank = _load(builder, _advance(builder, ranks, place, _INT8), kind)
                sign = _load(builder, _advance(builder, line, place, _INT8), kind)
                chosen = builder.select(builder.icmp_unsigned(">=", rank, cutoff), sign, nothing)
                added.append(builder.add(so_far, chosen))
                total = chosen if total is None else builder.add(total, chosen)
            # Each byte is at least -8: made positive, the 32 add up without carrying a sign.
            positive = builder.add(total, ir.Constant(kind, [ROW_COLUMNS // _BYTES] * _BYTES))
            wide = ir.VectorType(_INT32, _BYTES)
            reduce = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_INT32, [wide]),
                                                    f"llvm.vector.reduce.add.v{_BYTES}i32")
            reduced = builder.call(reduce, [builder.zext(positive, wide)])
            _store(builder, builder.sub(reduced, _INT32(ROW_COLUMNS)), _advance(builder, row_sums, row, _INT32))
            return added
        for value, place in zip(_repeat(builder, count, [nothing for _ in parts], add_row), parts):
            _store(builder, value, _advance(builder, column_sums, place, _INT8))
        return context.get_dummy_value()
    pointer = types.CPointer
    return types.void(pointer(types.uint8), pointer(types.int8), pointer(types.int64), pointer(types.uint8),
                      types.int64, pointer(types.int8), pointer(types.int32)), emit


@_intrinsic
def add_selected_doubles(typing_context: Any, columns: Any, threshold: Any, weights: Any, at_kink: Any,
                         column_sums: Any) -> Any:
    """Add weights[column] to column_sums where the column's value is above (or ``at_kink``: at) the threshold.

    Return their total over the 256 columns: sixteen lanes of sixteen terms, then the lanes in a fixed order.
    """
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        columns, threshold, weights, at_kink, column_sums = arguments
        kind, nothing = ir.VectorType(_DOUBLE, _LANES), ir.Constant(ir.VectorType(_DOUBLE, _LANES), None)
        least, wants_equal = _splat(builder, threshold, _LANES), _splat(builder, at_kink, _LANES)

        def add_columns(step: Any, lanes: list[Any]) -> list[Any]:
            added = []
            for part, lane in enumerate(lanes):
                place = builder.add(builder.mul(step, _INT64(_LANES * len(lanes))), _INT64(part * _LANES))
                value, weight, total = (_load(builder, _advance(builder, base, place, _DOUBLE), kind)
                                        for base in (columns, weights, column_sums))
                chosen = builder.select(wants_equal, builder.fcmp_ordered("==", value, least),
                                        builder.fcmp_ordered(">", value, least))
                chosen = builder.select(chosen, weight, nothing)
                _store(builder, builder.fadd(total, chosen), _advance(builder, column_sums, place, _DOUBLE))
                added.append(builder.fadd(lane, chosen))
            return added
        lanes = _repeat(builder, _INT64(ROW_COLUMNS // (4 * _LANES)), [nothing] * 4, add_columns)
        total = builder.fadd(builder.fadd(lanes[0], lanes[1]), builder.fadd(lanes[2], lanes[3]))
        entries = [builder.extract_element(total, _INT32(lane)) for lane in range(_LANES)]
        return builder.fadd(builder.fadd(entries[0], entries[1]), builder.fadd(entries[2], entries[3]))
    doubles = types.CPointer(types.float64)
    return types.float64(doubles, types.float64, doubles, types.boolean, doubles), emit
