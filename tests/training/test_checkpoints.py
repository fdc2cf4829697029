"""Checkpoints: exact round trips, and every way in which a file can be the wrong one."""
from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, to_text
from theorycheck.training.checkpoints import (number_text, read_checkpoint, read_number, record_from_json,
                                              record_to_json, require_writable, write_checkpoint)
from theorycheck.training.trajectories import MarginHistogram, Record

INSTANCE = {"eta": "1/2", "steps": "10"}
HISTOGRAM = MarginHistogram((F(-1, 2), F(1)), (1, 2**70, 3), 4, 2**71)
RECORD = Record(3, 0.1, 1e-300, None, 0.2, 0.3, -0.0, 5e-324, 1, 2, 0.4, HISTOGRAM, (0.1, 0.0))
EXACT = Record(3, F(1, 3), None, F(2), F(0), F(1), F(2), F(10**40, 7), 1, 2, 0.4, None, None)


def contents(record: Record) -> list:
    values = [getattr(record, field.name) for field in fields(record)]
    return [to_text(value) if isinstance(value, Real) else value for value in values]


@given(st.floats())
def test_floats_come_back_to_the_bit(value: float) -> None:
    assert read_number(number_text(value)).hex() == value.hex()


@given(st.fractions())
def test_rationals_come_back(value: F) -> None:
    assert read_number(number_text(value)) == value and isinstance(read_number(number_text(value)), F)


def test_balls_come_back_to_the_bit() -> None:
    ball = Real(arb(2).sqrt() * arb(1, 1e-30))
    again = read_number(number_text(ball))
    assert to_text(again) == to_text(ball) and again.exact is None
    # A point ball stays a ball: resumed arithmetic must not turn exact.
    assert read_number(number_text(Real(arb(3)))).exact is None


@pytest.mark.parametrize("record", [RECORD, EXACT,
                                    replace(EXACT, loss=Real(arb(1) / 3), level_weights=(Real(arb(2)),))])
def test_records_come_back(record: Record) -> None:
    again = record_from_json(json.loads(json.dumps(record_to_json(record))))
    first, second = (contents(one)[:-1] for one in (record, again))
    assert first == second and str(first) == str(second)
    weights = [None if one.level_weights is None else list(map(number_text, one.level_weights))
               for one in (record, again)]
    assert weights[0] == weights[1]


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_checkpoint(path, INSTANCE, {"step": 3, "text": "±"})
    assert read_checkpoint(str(path), INSTANCE) == {"step": 3, "text": "±"}
    write_checkpoint(path, INSTANCE, {"step": 4})
    assert read_checkpoint(path, INSTANCE) == {"step": 4} and os.listdir(tmp_path) == ["run.json"]


def refusal(path: Path, instance: dict = INSTANCE) -> str:
    before = path.read_bytes()
    with pytest.raises(ParameterError) as caught:
        read_checkpoint(path, instance)
    assert path.read_bytes() == before
    return str(caught.value)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_checkpoint(path, INSTANCE, {"step": 3})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refusal(path) == (f"'checkpoint' {path} is cut off or was edited: it is not JSON. "
                                 "Give another path to start anew, or delete it; it was left as it is.")


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_checkpoint(path, INSTANCE, {"step": 3})
    for old, new in (('"step": 3', '"step": 4'), ('"1/2"', '"1/3"'), ('"sha256": "', '"sha256": "0'),
                     ('"state": {"step": 3}', '"state": [3]'), ('"instance"', '"instances"')):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        assert "is cut off or was edited: its content does not have its hash." in refusal(path)
        path.write_text(text)


@pytest.mark.parametrize("text, found", [("{}", "None"), ('{"schema": "theorycheck.training/9"}',
                                                          "'theorycheck.training/9'"), ("[1]", "none"), ("3", "none")])
def test_another_schema_is_refused(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    assert refusal(path).startswith(f"'checkpoint' {path} has the schema {found}, not 'theorycheck.training/1'.")


def test_another_instance_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_checkpoint(path, INSTANCE, {"step": 3})
    assert refusal(path, {**INSTANCE, "eta": "1/3"}) == (
        f"'checkpoint' {path} is of another instance: its eta is 1/2, not 1/3. "
        "Give another path to start anew, or delete it; it was left as it is.")
    assert "its colour is None, not red." in refusal(path, {**INSTANCE, "colour": "red"})


def test_a_missing_file_and_a_binary_one(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read: No such file or directory. Without resume a run starts"):
        read_checkpoint(tmp_path / "none.json", INSTANCE)
    path = tmp_path / "run.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert "it is not JSON" in refusal(path)
    path.write_text("[" * 100000)
    assert "it is not JSON" in refusal(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'checkpoint' must be in a folder that can be written to: "):
        write_checkpoint(tmp_path / "none" / "run.json", INSTANCE, {})


@pytest.mark.parametrize("fault", [OSError("disk full"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault) -> None:
    path = tmp_path / "run.json"
    write_checkpoint(path, INSTANCE, {"step": 3})

    def fail(handle: int) -> None:
        raise fault

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(fault)):
        write_checkpoint(path, INSTANCE, {"step": 4})
    assert read_checkpoint(path, INSTANCE) == {"step": 3} and os.listdir(tmp_path) == ["run.json"]


def test_a_path_is_tried_before_the_run(tmp_path: Path) -> None:
    assert require_writable(tmp_path / "run.json") == tmp_path / "run.json" and list(tmp_path.iterdir()) == []
    with pytest.raises(ParameterError, match="must be a file."):
        require_writable(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParameterError, match="must be a file."):  # reading it would wait for ever
        require_writable(tmp_path / "pipe")
    for name, reason in (("none/run.json", "No such file or directory"), ("x" * 250, "File name too long"),
                         ("a\0b", "embedded null byte")):
        with pytest.raises(ParameterError, match=f"must be in a folder that can be written to; .*: {reason}."):
            require_writable(tmp_path / name)
