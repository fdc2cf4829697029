"""Random functions and integers.  All randomness comes from the generator that the caller passes."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.functions import junta, linear_threshold, parity
from theorycheck.cube.memory import require_memory
from theorycheck.errors import require_integer


def sample_boolean_function(n: int, rng: np.random.Generator) -> BooleanFunction:
    """Return a sign-valued function drawn uniformly from all 2^(2^n).

    Examples
    --------
    >>> sample_boolean_function(3, np.random.default_rng(0)).is_sign_valued
    True
    """
    n = require_integer("n", n, minimum=1)
    require_memory(n, 3)
    signs = rng.integers(0, 2, size=1 << n, dtype=np.int8)
    return BooleanFunction(1 - 2 * signs)


def sample_integer_function(n: int, bound: int, rng: np.random.Generator) -> BooleanFunction:
    """Return a function whose values are drawn uniformly from the integers in [-bound, bound]."""
    n, bound = require_integer("n", n, minimum=1), require_integer("bound", bound, 0, 2**62 - 1)
    require_memory(n, 16)
    return BooleanFunction(rng.integers(-bound, bound, size=1 << n, endpoint=True))


def sample_linear_threshold(n: int, bound: int, rng: np.random.Generator, tie: int = 1) -> BooleanFunction:
    """Return a linear threshold function with weights and bias drawn uniformly from the integers in [-bound, bound]."""
    n, bound = require_integer("n", n, minimum=1), require_integer("bound", bound, 0, 2**31)
    drawn = rng.integers(-bound, bound, size=n + 1, endpoint=True).tolist()
    return linear_threshold(drawn[:-1], drawn[-1], tie)


def sample_junta(n: int, size: int, rng: np.random.Generator) -> BooleanFunction:
    """Return a uniformly random sign-valued function of ``size`` variables chosen uniformly among n."""
    n = require_integer("n", n, minimum=1)
    size = require_integer("size", size, 1, n, "n")
    variables = np.sort(rng.choice(n, size=size, replace=False)).tolist()
    return junta(n, variables, sample_boolean_function(size, rng).values)


def sample_parity(n: int, size: int, rng: np.random.Generator) -> BooleanFunction:
    """Return the parity of ``size`` variables chosen uniformly among n."""
    n = require_integer("n", n, minimum=1)
    size = require_integer("size", size, 0, n, "n")
    return parity(n, rng.choice(n, size=size, replace=False).tolist())


def sample_below(bound: int, size: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return ``size`` uniformly random integers in 0 ... bound-1: int64, or Python's own where that is too narrow."""
    if bound <= 2**63:
        return rng.integers(0, bound - 1, size=size, endpoint=True)
    width = bound.bit_length()
    drawn: list[int] = []
    while len(drawn) < size:
        # Rejection: each draw lands below the bound with probability at least 1/2.
        number = int.from_bytes(rng.bytes(-(-width // 8)), "little") & ((1 << width) - 1)
        if number < bound:
            drawn.append(number)
    return np.array(drawn, dtype=object)
