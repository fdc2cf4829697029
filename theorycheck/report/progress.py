"""Progress on stderr: a live line on a terminal, nothing in a pipe or on a terminal that cannot erase."""
from __future__ import annotations

import os
from collections.abc import Callable
from shutil import get_terminal_size
from typing import TextIO


def progress_reporter(stream: TextIO, *, quiet: bool = False) -> Callable[[int, int, str], None]:
    """Return ``progress(done, total, title)`` that keeps one line of ``stream`` up to date; a last call clears it."""
    if quiet or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return lambda done, total, title: None

    def show(done: int, total: int, title: str) -> None:
        text = f"[{done + 1}/{total}] {title}" if done < total else ""
        # A line that wraps could not be cleared again.
        stream.write("\r\x1b[2K" + text[:get_terminal_size().columns - 1])
        stream.flush()

    return show
