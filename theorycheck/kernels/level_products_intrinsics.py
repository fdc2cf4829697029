"""Products of 64-bit integers added up in 128 bits: three instructions of the processor that Numba does not offer."""
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_intrinsic: Any = intrinsic  # untyped: the function below takes a typing context that its callers never see


@_intrinsic
def add_product(typing_context: Any, high: Any, low: Any, left: Any, right: Any) -> Any:
    """Return high·2^64 + low + left·right as another such pair; all are int64, ``low`` holding unsigned bits."""
    pair = types.UniTuple(types.int64, 2)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        half = ir.Constant(wide, 64)
        high, low, left, right = arguments
        total = builder.or_(builder.shl(builder.zext(high, wide), half), builder.zext(low, wide))
        total = builder.add(total, builder.mul(builder.sext(left, wide), builder.sext(right, wide)))
        parts = builder.trunc(builder.lshr(total, half), narrow), builder.trunc(total, narrow)
        return context.make_tuple(builder, pair, parts)
    return pair(types.int64, types.int64, types.int64, types.int64), emit
