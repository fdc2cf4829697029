"""Many reports in one table: one line a claim."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from theorycheck.claims import Claim, Report
from theorycheck.report.json import SCHEMA_VERSION, content_hash, report_document


@dataclass(frozen=True, eq=False)
class Entry:
    """A claim with its report, or with the reason why there is none.

    Parameters
    ----------
    claim : Claim
        What was to be checked.
    report : Report or None
        None where the run was refused, or ended before anything was decided.
    reason : str
        Why there is no report.
    seconds : float
        How long it took.
    exit_code : int
        What the claim alone would have answered.
    """

    claim: Claim
    report: Report | None
    reason: str = ""
    seconds: float = 0.0
    exit_code: int = 0

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it: of the runs without a report only those have exit code 3."""
        return self.exit_code == 3 if self.report is None else self.report.interrupted


def summary_text(entries: Sequence[Entry]) -> str:
    """Return the table: name, verdict, steps decided, seconds, and the closing sentence, which wraps nowhere."""
    rows = [("claim", "verdict", "steps", "seconds", "conclusion")] + [_row(entry) for entry in entries]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]) for row in rows)


def _row(entry: Entry) -> tuple[str, str, str, str, str]:
    if entry.report is None:
        return entry.claim.name, "—", "", "", entry.reason
    report = entry.report
    held = sum(result.outcome.verdict is not None and result.outcome.verdict.holds for result in report.results)
    counted = sum(result.outcome.verdict is not None for result in report.results)
    return (entry.claim.name, report.verdict.value, f"{held}/{counted}", f"{entry.seconds:.1f}", report.sentence)


def summary_json(entries: Sequence[Entry]) -> str:
    """Return the reports as one JSON document, each as :func:`report_document` writes it, with a hash of them all.

    The seconds are left out of the content hash, as they differ from run to run.
    """
    reports = [{"claim": entry.claim.name, "refused": entry.reason} if entry.report is None
               else report_document(entry.report) for entry in entries]
    document = {"schema": SCHEMA_VERSION, "reports": reports}
    content = {"schema": SCHEMA_VERSION,
               "reports": [{key: value for key, value in report.items() if key != "versions"} for report in reports]}
    return json.dumps({**document, "seconds": {entry.claim.name: round(entry.seconds, 3) for entry in entries},
                       "content_hash": content_hash(content)}, indent=2, ensure_ascii=False)


def summary_exit_code(entries: Sequence[Entry]) -> int:
    """Return 1 if anything was refuted, else the gravest of the other codes, else 0."""
    codes = {entry.exit_code for entry in entries}
    return 1 if 1 in codes else max(codes, default=0)
