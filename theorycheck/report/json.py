"""A report as JSON: exact rationals and balls as text, and a hash of the content."""
from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from theorycheck._version import __version__
from theorycheck.claims import Claim, Curve, Outcome, Parameters, Quantity, Report
from theorycheck.rigor import Real, to_text, working_precision

SCHEMA_VERSION = 1
_PACKAGES = ("numpy", "scipy", "sympy", "numba", "python-flint")


def report_json(report: Report) -> str:
    """Return ``report`` as an indented JSON document; see :func:`report_document` for its fields."""
    return json.dumps(report_document(report), indent=2, ensure_ascii=False)


def report_document(report: Report) -> dict[str, Any]:
    """Return ``report`` as a dictionary of texts.

    Numbers are texts: ``p/q``, or a ball ``[m*2^e +/- r*2^s]``, as :func:`theorycheck.rigor.from_text` reads them; null
    where the enclosure is not finite.  Curves are there to be drawn: their points are JSON's numbers.
    ``content_hash`` is the SHA-256 of the canonical JSON of everything else but ``versions``, so that two runs that
    found the same have the same hash.
    """
    with working_precision(report.precision):
        document: dict[str, Any] = {
            "schema": SCHEMA_VERSION, "claim": report.claim.name, "source": report.claim.source,
            "command": report.command, "parameters": dict(report.parameters.texts()), "seed": report.seed,
            "precision": report.precision, "verdict": report.verdict.value, "holds": report.holds,
            "sentence": report.sentence, "interrupted": report.interrupted,
            "without_hypotheses": report.without_hypotheses,
            "hypotheses": [{"name": hypothesis.name, "text": hypothesis.text, "met": result.met, "note": result.note}
                           for hypothesis, result in report.hypotheses],
            "steps": [{"name": result.step.name, "title": result.step.title, "relation": result.step.text,
                       **_outcome(result.outcome)} for result in report.results],
            "curves": [_curve(curve) for curve in report.curves],
            "versions": _versions(),
        }
    document["content_hash"] = content_hash(document)
    return document


def cost_json(claim: Claim, parameters: Parameters) -> str:
    """Return the estimate of time and memory of a run as JSON, without running it."""
    return json.dumps({"schema": SCHEMA_VERSION, "claim": claim.name, "parameters": dict(parameters.texts()),
                       **dataclasses.asdict(claim.estimate(parameters))}, indent=2, ensure_ascii=False)


def content_hash(document: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of ``document`` without its ``versions`` and ``content_hash``.

    Examples
    --------
    >>> content_hash({"verdict": "VERIFIED", "versions": {}}) == content_hash({"verdict": "VERIFIED"})
    True
    """
    content = {key: value for key, value in document.items() if key not in ("versions", "content_hash")}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"verdict": outcome.verdict.value if outcome.verdict else None, "lhs": _quantity(outcome.lhs),
            "rhs": _quantity(outcome.rhs), "slack": _real(outcome.slack),
            "alternatives": [_quantity(quantity) for quantity in outcome.alternatives], "method": outcome.method,
            "note": outcome.note,
            "counterexample": None if outcome.counterexample is None else dict(outcome.counterexample)}


def _curve(curve: Curve) -> dict[str, Any]:
    return {"figure": curve.figure, "label": curve.label, "x_label": curve.x_label, "y_label": curve.y_label,
            "evidence": curve.evidence.value, "is_main": curve.is_main, "x_scale": curve.x_scale,
            "x": list(curve.x), "y": list(curve.y)}


def _quantity(quantity: Quantity | None) -> dict[str, Any] | None:
    if quantity is None:
        return None
    document: dict[str, Any] = {"label": quantity.label, "evidence": quantity.evidence.value}
    if quantity.value is not None:
        document["value"] = _real(quantity.value)
    if quantity.interval is not None:
        document["interval"] = [to_text(end) for end in quantity.interval]
        document["level"] = None if quantity.level is None else to_text(quantity.level)
    if quantity.look is not None:
        document["look"] = repr(float(quantity.look))
    return document


def _real(value: Real | None) -> str | None:
    if value is None or (value.exact is None and not value.enclose().is_finite()):
        return None
    return to_text(value)


def _versions() -> dict[str, str]:
    found = {"theorycheck": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
