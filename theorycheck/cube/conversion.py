"""What the functions of this room accept: a BooleanFunction, a KPattern, or a truth table."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError

CubeFunction: TypeAlias = "BooleanFunction | KPattern | Sequence[Any] | NDArray[Any]"


def resolve(f: CubeFunction) -> tuple[BooleanFunction, int, int]:
    """Return the function of the variables that f looks at, n, and where those variables begin."""
    if isinstance(f, KPattern):
        return f.window_function, f.n, f.offset
    if not isinstance(f, BooleanFunction):
        f = BooleanFunction.from_truth_table(f)
    return f, f.n, 0


def as_boolean_function(f: CubeFunction) -> BooleanFunction:
    """Return f with its whole truth table; a KPattern is spread over its 2^n points, within the memory budget."""
    return f.truth_table() if isinstance(f, KPattern) else resolve(f)[0]


def require_exact(f: BooleanFunction) -> BooleanFunction:
    """Return f, or raise ParameterError where its values are floats."""
    if not f.is_exact:
        raise ParameterError("'f' must have integer or rational values: with floats no coefficient is known to be 0.")
    return f
