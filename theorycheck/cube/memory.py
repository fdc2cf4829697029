"""How much memory an enumeration of the cube may take."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from theorycheck.errors import InstanceTooLarge, require_integer

_BUDGET = ContextVar("bytes that one enumeration may take", default=4 * 2**30)


@contextmanager
def memory_budget(size: int) -> Iterator[None]:
    """Within the block, let an enumeration of the cube take up to ``size`` bytes (default 4 GiB).

    Raises
    ------
    ParameterError
        ``'size' must be at least 1, not 0.``

    Examples
    --------
    >>> with memory_budget(1000):
    ...     require_memory(10, 1)
    Traceback (most recent call last):
        ...
    theorycheck.errors.InstanceTooLarge: n=10 needs 1.0 KiB (1 byte for each of 2^10 points), above the budget of \
1000 bytes; the largest n that fits is 9.
    """
    token = _BUDGET.set(require_integer("size", size, minimum=1))
    try:
        yield
    finally:
        _BUDGET.reset(token)


def require_memory(n: int, bytes_per_point: int, name: str = "n") -> None:
    """Raise InstanceTooLarge unless ``bytes_per_point * 2^n`` bytes are within the budget.

    Parameters
    ----------
    n : int
        Dimension of the cube to be enumerated.
    bytes_per_point : int
        All arrays held at once, counted per point.
    name : str
        What the dimension is called in the message.
    """
    budget = _BUDGET.get()
    if n < 128 and bytes_per_point << n <= budget:
        return
    need = _size_text(bytes_per_point << n) if n < 128 else f"{bytes_per_point}*2^{n} bytes"
    largest = max(0, (budget // bytes_per_point).bit_length() - 1)
    unit = "byte" if bytes_per_point == 1 else "bytes"
    raise InstanceTooLarge(f"{name}={n} needs {need} ({bytes_per_point} {unit} for each of 2^{n} points), above the "
                           f"budget of {_size_text(budget)}; the largest {name} that fits is {largest}.")


def _size_text(size: int) -> str:
    if size < 1024:
        return f"{size} bytes"
    step = min(8, (size.bit_length() - 1) // 10)
    return f"{size / 1024**step:.1f} {'KMGTPEZY'[step - 1]}iB"
