"""Checkpoints of training runs: one JSON file, replaced at once, that only the same instance takes up again.

Every number is written exactly: float64 by its bits, rationals and balls as text.  The file carries a hash of its
content, so that one cut off or edited is noticed.
"""
from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor import Real, from_text, to_text
from theorycheck.training.trajectories import MarginHistogram, Measured, Record

SCHEMA = "theorycheck.training/1"


def write_checkpoint(path: str | os.PathLike[str], instance: Mapping[str, str], state: Mapping[str, Any]) -> None:
    """Write a checkpoint, in place of the one that is there only once it is whole.

    Parameters
    ----------
    path : path
    instance : mapping of text to text
        Everything that determines the run; see :func:`theorycheck.training.fingerprints.instance_fingerprint`.
    state : mapping
        JSON's own types only.

    Raises
    ------
    ParameterError
        ``'checkpoint' must be in a folder that can be written to: ….``

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_checkpoint(Path(folder) / "run.json", {"eta": "1/2"}, {"step": 3})
    ...     read_checkpoint(Path(folder) / "run.json", {"eta": "1/2"})
    {'step': 3}
    """
    content = {"instance": dict(instance), "state": dict(state)}
    whole = {"schema": SCHEMA, "sha256": _hash(content), **content}
    target = Path(path)
    try:
        handle, temporary = _temporary_beside(target)
    except OSError as error:
        raise ParameterError(f"'checkpoint' must be in a folder that can be written to: {error}.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(whole, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        # Ctrl-C or a full disk: the checkpoint before this one stays.
        Path(temporary).unlink(missing_ok=True)
        raise


def require_writable(path: str | os.PathLike[str]) -> Path:
    """Return the path of a checkpoint once a file was made beside it and removed, before a long run relies on it.

    Raises
    ------
    ParameterError
        ``'checkpoint' must be in a folder that can be written to; …: No such file or directory.``,
        ``'checkpoint' … must be a file.``
    """
    try:
        target = Path(path)
        is_taken = target.exists() and not target.is_file()
        handle, temporary = _temporary_beside(target)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ParameterError(f"'checkpoint' must be in a folder that can be written to; {abbreviate(path)}: "
                             f"{reason}.") from None
    os.close(handle)
    os.unlink(temporary)
    if is_taken:
        raise ParameterError(f"'checkpoint' {path} must be a file.")
    return target


def read_checkpoint(path: str | os.PathLike[str], instance: Mapping[str, str]) -> dict[str, Any]:
    """Return the state of a checkpoint of this instance; the file is only read.

    Raises
    ------
    ParameterError
        ``'checkpoint' run.json cannot be read: ….``, ``'checkpoint' run.json is cut off or was edited: ….``,
        ``'checkpoint' run.json has the schema …, not theorycheck.training/1: ….``,
        ``'checkpoint' run.json is of another instance: its eta is 1/2, not 1/3. ….``
    """
    remedy = "Give another path to start anew, or delete it; it was left as it is."
    try:
        whole = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"'checkpoint' {path} cannot be read: {error.strerror}. Without resume a run starts "
                             "anew.") from None
    except (ValueError, RecursionError):
        raise ParameterError(f"'checkpoint' {path} is cut off or was edited: it is not JSON. {remedy}") from None
    if not isinstance(whole, dict) or whole.get("schema") != SCHEMA:
        found = abbreviate(repr(whole.get("schema"))) if isinstance(whole, dict) else "none"
        raise ParameterError(f"'checkpoint' {path} has the schema {found}, not {SCHEMA!r}. {remedy}")
    content: dict[str, Any] = {key: whole.get(key) for key in ("instance", "state")}
    if whole.get("sha256") != _hash(content) or not all(isinstance(part, dict) for part in content.values()):
        raise ParameterError(f"'checkpoint' {path} is cut off or was edited: its content does not have its hash. "
                             f"{remedy}")
    stored = content["instance"]
    for key in sorted({*stored, *instance}):
        if stored.get(key) != instance.get(key):
            raise ParameterError(f"'checkpoint' {path} is of another instance: its {key} is "
                                 f"{abbreviate(stored.get(key))}, not {abbreviate(instance.get(key))}. {remedy}")
    return dict(content["state"])


def number_text(value: Measured | None) -> str | None:
    """Write a number exactly: a float in hexadecimal, a rational or ball as :func:`theorycheck.rigor.to_text` does.

    Examples
    --------
    >>> number_text(0.1), number_text(Fraction(1, 10)), number_text(None)
    ('0x1.999999999999ap-4', '1/10', None)
    """
    if value is None:
        return None
    return value.hex() if isinstance(value, float) else to_text(value)


def read_number(text: str | None) -> Any:
    """Read back what :func:`number_text` wrote.

    Examples
    --------
    >>> read_number("0x1.999999999999ap-4"), read_number("1/10")
    (0.1, Fraction(1, 10))
    """
    if text is None:
        return None
    if text.lstrip("-").startswith(("0x", "inf", "nan")):
        return float.fromhex(text)
    number = from_text(text)
    return number if number.exact is None else number.exact


def record_to_json(record: Record) -> dict[str, Any]:
    """Return a record in JSON's own types, exactly."""
    values = {field.name: getattr(record, field.name) for field in fields(Record)}
    margins = values.pop("margins")
    written = None if margins is None else {
        "edges": [to_text(edge) for edge in margins.edges], "counts": [str(count) for count in margins.counts],
        "undecided": str(margins.undecided), "total": str(margins.total)}
    return {name: _plain(value) for name, value in values.items()} | {"margins": written}


def record_from_json(data: Mapping[str, Any]) -> Record:
    """Read back what :func:`record_to_json` wrote."""
    margins = data["margins"]
    values = {name: _from_plain(value) for name, value in data.items() if name != "margins"}
    return Record(**values, margins=None if margins is None else MarginHistogram(
        tuple(read_number(edge) for edge in margins["edges"]), tuple(int(count) for count in margins["counts"]),
        int(margins["undecided"]), int(margins["total"])))


def _temporary_beside(target: Path) -> tuple[int, str]:
    return tempfile.mkstemp(prefix=target.name + ".", suffix=".tmp", dir=target.parent)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [number_text(entry) for entry in value]
    return number_text(value) if isinstance(value, (float, Fraction, Real)) else value


def _from_plain(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(read_number(entry) for entry in value)
    return read_number(value) if isinstance(value, str) else value


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
