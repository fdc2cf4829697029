"""The one place where Numba's options are chosen, and where compiled code is kept between runs.

Numba's own disk cache raises where no folder is writable, trusts a damaged file, and misses a change in another file
whose kernel or intrinsic was inlined.  The cache below compiles again in each of these cases.
"""
from __future__ import annotations

import functools
import hashlib
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

# nogil: callers may thread over blocks.  error_model numpy: no zero-division branches in loops (callers validate).
# No fastmath anywhere: it reorders sums, and rounding bounds are proved for the written order.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


@functools.cache
def _warn_uncached(reason: str) -> None:
    warnings.warn(f"compiled kernels are not kept between runs, so each run compiles them anew ({reason}); "
                  "set NUMBA_CACHE_DIR to a writable folder.", RuntimeWarning, stacklevel=2)


@functools.cache
def _folder_digest(folder: Path) -> str:
    """Hash the Python sources of a folder: whatever a kernel there may have inlined."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode() + content)
    return digest.hexdigest()


class _CheckedFile:
    """Numba's cache file of one function, each entry stored under a digest that is checked when it is read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.flush = inner.flush

    @staticmethod
    def _digest(key: Any, content: bytes) -> bytes:
        return hashlib.sha256(repr(key).encode() + content).digest()

    def save(self, key: Any, data: Any) -> None:
        content = dumps(data)
        self._inner.save(key, (self._digest(key, content), content))

    def load(self, key: Any) -> Any:
        entry = self._inner.load(key)
        if entry is None:
            return None
        digest, content = entry
        if digest != self._digest(key, content):
            raise pickle.UnpicklingError("the entry is damaged")
        return pickle.loads(content)


class _KernelCache(FunctionCache):
    """A cache that is stale once a source beside the kernel or beside this module has changed, and survives damage."""

    _cache_file: Any

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        folders = {Path(__file__).parent, Path(function.__code__.co_filename).parent}
        self._cache_file._source_stamp = (self._cache_file._source_stamp, numba.__version__, llvmlite.__version__,
                                          *sorted(map(_folder_digest, folders)))
        self._cache_file = _CheckedFile(self._cache_file)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(signature, target_context)
        except Exception:  # a damaged pickle may raise anything; start the file afresh
            self._attempt(self.flush)
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        self._attempt(super().save_overload, signature, data)

    def _attempt(self, write: Callable[..., None], *arguments: Any) -> None:
        try:
            write(*arguments)
        except OSError as error:  # the disk is full, or the folder has gone or become read-only
            self.disable()
            _warn_uncached(error.strerror or str(error))


def kernel(function: Callable[..., Any]) -> Any:
    """Compile ``function`` on its first call, in nopython mode with the package's options, once per machine."""
    compiled: Any = numba.njit(**_OPTIONS)(function)
    if compiled is function:  # NUMBA_DISABLE_JIT
        return compiled
    try:
        compiled._cache = _KernelCache(function)
    except RuntimeError:  # Numba's locators found no folder
        _warn_uncached("no writable folder")
    except AttributeError as error:  # a Numba whose cache is laid out otherwise
        _warn_uncached(f"unknown cache of Numba {numba.__version__}: {error}")
    return compiled
