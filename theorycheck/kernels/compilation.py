"""The one place where Numba's options are chosen."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# cache: compile once per machine.  nogil: callers may thread over blocks.  error_model numpy: no zero-division
# branches in loops (callers validate).  No fastmath anywhere: it reorders sums, and rounding bounds are proved for the
# written order.
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` in nopython mode with the package's options."""
    return numba.njit(**_OPTIONS)(function)


def parallel_kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` with ``prange`` threaded; use only above about half a millisecond of work."""
    return numba.njit(parallel=True, **_OPTIONS)(function)
