from __future__ import annotations

import json

import pytest
from sample_claim import SampleParameters, fixed, sample_claim, step

from theorycheck.claims import Verdict, run_claim
from theorycheck.report.summary import Entry, summary_exit_code, summary_json, summary_text

INSTANCE = SampleParameters(5, 2)


def entry(verdict=Verdict.VERIFIED, seconds=1.26, **changes):
    claim = sample_claim(step("s", fixed(verdict)), step("t", fixed(None)), vacuous=verdict is Verdict.VACUOUS,
                         **changes)
    report = run_claim(claim, INSTANCE)
    return Entry(claim, report, "", seconds, report.exit_code)


def refusal(code=2, reason="not checked: no such thing.", **changes):
    return Entry(sample_claim(**changes), None, reason, 0.0, code)


def test_the_table_has_one_line_a_claim_and_counts_the_steps_that_hold():
    lines = summary_text([entry(), entry(Verdict.REFUTED), refusal()]).split("\n")
    assert [line.split() for line in lines] == [
        ["claim", "verdict", "steps", "seconds", "conclusion"],
        ["sample", "VERIFIED", "1/1", "1.3", "2", "steps,", "VERIFIED"],
        ["sample", "REFUTED", "0/1", "1.3", "2", "steps,", "REFUTED"],
        ["sample", "—", "not", "checked:", "no", "such", "thing."]]
    assert len({line.index("2 steps") for line in lines if "2 steps" in line} | {lines[0].index("conclusion")}) == 1


@pytest.mark.parametrize("entries, code", [
    ([], 0), ([entry()], 0), ([entry(), entry(Verdict.VACUOUS)], 3), ([entry(Verdict.VACUOUS), refusal(4)], 4),
    ([refusal(4), entry(Verdict.REFUTED)], 1), ([refusal(2), entry()], 2)])
def test_a_refutation_decides_the_exit_code_else_the_gravest(entries, code):
    assert summary_exit_code(entries) == code


def test_an_interrupt_is_known_with_and_without_a_report():
    def stop(instance):
        raise KeyboardInterrupt
    report = run_claim(sample_claim(step("s", stop)), INSTANCE)
    assert Entry(report.claim, report, "", 0.0, report.exit_code).is_interrupted and refusal(3).is_interrupted
    assert not any(each.is_interrupted for each in (entry(), entry(Verdict.VACUOUS), refusal(2), refusal(4)))


def test_json_holds_every_report_and_a_hash_that_time_does_not_change():
    refused = refusal(name="refused")
    first, second = (json.loads(summary_json([entry(seconds=seconds), refused])) for seconds in (1.0, 2.0))
    assert first["seconds"] != second["seconds"] and first["content_hash"] == second["content_hash"]
    assert first["reports"][0]["verdict"] == "VERIFIED" and first["reports"][1]["refused"].startswith("not checked")
    other = json.loads(summary_json([entry(Verdict.REFUTED), refusal(name="refused")]))
    assert other["content_hash"] != first["content_hash"]
