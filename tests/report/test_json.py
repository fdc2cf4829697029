from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb
from sample_claim import SampleParameters, every_verdict, fixed, refuted, sample_claim, step, verified

from theorycheck import __version__
from theorycheck.claims import Outcome, Quantity, Settings, Verdict, run_claim
from theorycheck.report.json import SCHEMA_VERSION, content_hash, report_document, report_json
from theorycheck.rigor import Real, from_text

TESTS = Path(__file__).resolve().parent.parent


def sample_report(*steps, settings=None, parameters=SampleParameters(5, 2), **changes):
    return run_claim(sample_claim(*steps, **changes), parameters, settings)


def document(*steps, **options):
    return report_document(sample_report(*steps, **options))


def outcome_step(*arguments, **options):
    return step("s", lambda instance: Outcome(Verdict.INCONCLUSIVE, *arguments, **options))


def test_the_document_survives_json():
    report = sample_report(*every_verdict())
    assert json.loads(report_json(report)) == report_document(report)


def test_its_fields():
    found = document(*every_verdict(), settings=Settings(seed=7, precision=64))
    assert found["schema"] == SCHEMA_VERSION and found["claim"] == "sample" and found["source"] == "Nobody, Lemma 0"
    assert found["parameters"] == {"n": "5", "k_bits": "2", "delta": "1/10", "mode": "plain"}
    assert found["seed"] == 7 and found["precision"] == 64 and found["interrupted"] is False
    assert found["verdict"] == "REFUTED" and found["holds"] is False and found["sentence"] == "8 steps, REFUTED"
    assert found["hypotheses"] == [{"name": "even", "text": "n is even & small", "met": True, "note": "n is odd."}]
    assert [entry["verdict"] for entry in found["steps"]] == [verdict.value for verdict in Verdict][:3] + [
        "INCONSISTENT", "REFUTED", "VACUOUS", "INCONCLUSIVE", None]
    assert found["steps"][4]["counterexample"] == {"z": "3", "y": "2"} and found["steps"][1]["counterexample"] is None
    assert found["versions"]["theorycheck"] == __version__ and found["versions"]["python-flint"] != "not installed"
    assert found["command"] == sample_report(settings=Settings(seed=7, precision=64)).command


def test_numbers_read_back_exactly():
    large = Fraction(7**12_000, 3**9_000)
    root = Real(2).sqrt()
    entry = document(outcome_step(Quantity.of(large), Quantity.of(root), (Quantity.statistical(
        Fraction(1, 3), Fraction(2, 3), Fraction(99, 100), "seen"), Quantity.floating(0.1, "look"))))["steps"][0]
    assert from_text(entry["lhs"]["value"]).exact == large and entry["lhs"]["evidence"] == "exact"
    ball = from_text(entry["rhs"]["value"]).enclose()
    assert ball.mid() == root.enclose(128).mid() and ball.rad() == root.enclose(128).rad()
    slack, expected = from_text(entry["slack"]).enclose(), (root / large).enclose(128)
    assert slack.mid() == expected.mid() and slack.rad() == expected.rad()
    seen, look = entry["alternatives"]
    assert [from_text(end).exact for end in seen["interval"]] == [Fraction(1, 3), Fraction(2, 3)]
    assert from_text(seen["level"]).exact == Fraction(99, 100) and "value" not in seen
    assert float(look["look"]) == 0.1 and look["evidence"] == "float"


def test_balls_are_written_at_the_precision_of_the_run():
    sizes = [len(document(outcome_step(Quantity.of(Real(2).sqrt())), settings=Settings(precision=bits))
                 ["steps"][0]["lhs"]["value"]) for bits in (64, 1024)]
    assert sizes[1] > 10 * sizes[0] / 2


@pytest.mark.parametrize("ball", ["nan", "inf", "-inf", "0 +/- inf"])
def test_an_enclosure_that_is_not_finite_is_null_and_no_crash(ball):
    entry = document(outcome_step(Quantity.of(arb(ball)), Quantity.of(1)))["steps"][0]
    assert entry["lhs"]["value"] is None and entry["slack"] is None
    entry = document(outcome_step(Quantity.of(1), Quantity.of(arb(ball))))["steps"][0]
    assert entry["rhs"]["value"] is None and entry["slack"] is None


def test_a_numpy_float_is_written_as_a_plain_one():
    entry = document(outcome_step(Quantity.floating(np.float64(0.1))))["steps"][0]
    assert entry["lhs"]["look"] == "0.1"


def test_the_json_is_strict():
    def refuse(constant):
        raise AssertionError(constant)
    text = report_json(sample_report(outcome_step(Quantity.floating(float("nan")), Quantity.floating(float("inf")))))
    json.loads(text, parse_constant=refuse)


def test_the_hash_is_that_of_the_content():
    report = sample_report(*every_verdict())
    first, second = report_document(report), report_document(sample_report(*every_verdict()))
    assert first["content_hash"] == second["content_hash"] == content_hash(first) and len(first["content_hash"]) == 64
    backwards = {key: first[key] for key in reversed(first)}
    backwards["steps"] = [{key: entry[key] for key in reversed(entry)} for entry in first["steps"]]
    assert content_hash(backwards) == first["content_hash"]
    assert content_hash(json.loads(report_json(report))) == first["content_hash"]


def test_the_hash_leaves_out_the_versions_and_itself():
    found = document()
    assert content_hash({**found, "versions": {"numpy": "other"}, "content_hash": "x"}) == found["content_hash"]


def test_the_hash_does_not_depend_on_what_was_enclosed_before():
    number = Real(2).sqrt()
    first = document(outcome_step(Quantity.of(number)))
    number.enclose(5000)
    assert document(outcome_step(Quantity.of(number)))["content_hash"] == first["content_hash"]


def changed_reports():
    yield sample_report()
    yield sample_report(step("verified", fixed(Verdict.PROVED)))
    yield sample_report(step("verified", refuted))
    yield sample_report(settings=Settings(seed=1))
    yield sample_report(settings=Settings(precision=129))
    yield sample_report(parameters=SampleParameters(6, 2))
    yield sample_report(met=False, required=False)
    yield sample_report(met=False, settings=Settings(without_hypotheses=True))
    yield sample_report(note="other")
    yield sample_report(vacuous=True)
    yield sample_report(conclude=lambda *arguments: "other")
    yield sample_report(step("other", verified))
    yield sample_report(step("verified", verified), step("verified", verified))
    for value in (1, Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**4000), arb(1), arb((1, 0), (1, -100)),
                  arb((1, 0), (1, -101)), arb((2**100 + 1, -100), (1, -100)), Real(2).sqrt()):
        yield sample_report(outcome_step(Quantity.of(value)))
    yield sample_report(outcome_step(Quantity.of(1, "label")))
    yield sample_report(outcome_step(None, Quantity.of(1)))
    yield sample_report(outcome_step(None, None, (Quantity.of(1),)))
    yield sample_report(outcome_step())
    yield sample_report(outcome_step(note="other"))
    yield sample_report(outcome_step(method="other"))
    yield sample_report(outcome_step(counterexample={"z": "1"}))
    yield sample_report(outcome_step(counterexample={"z": "2"}))
    yield sample_report(outcome_step(Quantity.floating(1.0)))
    yield sample_report(outcome_step(Quantity.statistical(Fraction(0), Fraction(1), Fraction(9, 10))))
    yield sample_report(outcome_step(Quantity.statistical(Fraction(0), Fraction(1), Fraction(8, 10))))


def test_the_hash_changes_with_every_verdict_number_and_word():
    hashes = [report_document(report)["content_hash"] for report in changed_reports()]
    assert len(set(hashes)) == len(hashes)


def test_the_hash_is_the_same_in_another_process_with_another_hash_seed():
    code = ("from sample_claim import *; from theorycheck.claims import run_claim\n"
            "from theorycheck.report.json import report_document\n"
            "print(report_document(run_claim(sample_claim(*every_verdict()), SampleParameters(5, 2)))['content_hash'])")
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=TESTS.parent,
                          env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "12345"}, check=True)
    assert done.stdout.strip() == document(*every_verdict())["content_hash"]
