from __future__ import annotations

import io

import pytest

from theorycheck.report.progress import progress_reporter


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and counts flushes."""

    flushed = 0

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.flushed += 1


@pytest.fixture(autouse=True)
def terminal_that_erases(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")


def screen(written: str) -> str:
    """What one line of a terminal shows after ``written``."""
    line = ""
    for part in written.split("\r")[1:]:
        assert part.startswith("\x1b[2K") and "\n" not in part
        line = part.removeprefix("\x1b[2K")
    return line


def test_a_pipe_stays_empty():
    stream = io.StringIO()
    progress_reporter(stream)(0, 2, "title")
    assert stream.getvalue() == ""


def test_quiet_is_quiet_on_a_terminal():
    stream = Terminal()
    progress_reporter(stream, quiet=True)(0, 2, "title")
    assert stream.getvalue() == ""


def test_a_terminal_that_cannot_erase_stays_clean(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    progress_reporter(stream)(0, 2, "title")
    assert stream.getvalue() == ""


def test_a_terminal_shows_one_line_that_the_last_call_clears():
    stream = Terminal()
    show = progress_reporter(stream)
    shown = []
    for call in ((0, 2, "first"), (1, 2, "second"), (2, 2, "")):
        show(*call)
        shown.append(screen(stream.getvalue()))
    assert shown == ["[1/2] first", "[2/2] second", ""] and stream.flushed >= 3


@pytest.mark.parametrize("columns", [20, 80, 300])
def test_a_long_title_does_not_wrap(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    progress_reporter(stream)(0, 1, "t" * 1000)
    assert len(screen(stream.getvalue())) == columns - 1


def test_a_claim_without_steps_only_clears():
    stream = Terminal()
    progress_reporter(stream)(0, 0, "")
    assert screen(stream.getvalue()) == ""
