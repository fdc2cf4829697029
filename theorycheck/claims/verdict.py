"""What a check may answer, and how it knows."""
from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Evidence(Enum):
    """How a number was obtained, strongest first."""

    EXACT = "exact"
    ENCLOSED = "enclosed"
    STATISTICAL = "statistical"
    FLOAT = "float"


class Verdict(Enum):
    """The outcome of a step or of a whole claim.

    ========== ======================================================== ===========================================
    verdict    means                                                    comes only from
    ========== ======================================================== ===========================================
    PROVED     holds for all admissible parameters                      a certificate that can be re-checked
    VERIFIED   holds for this instance                                  integers, rationals, outward-rounded balls
    CONSISTENT the whole confidence interval lies on the right side     counts or bounded means, level printed
    INCONSISTENT the whole interval lies on the wrong side              the same
    REFUTED    fails, with a counterexample that replays                the same arithmetic as VERIFIED
    VACUOUS    true, but says nothing                                   tested before running
    INCONCLUSIVE the enclosure or interval straddles, or a float        raise the precision, then say so
    ========== ======================================================== ===========================================
    """

    PROVED = "PROVED"
    VERIFIED = "VERIFIED"
    CONSISTENT = "CONSISTENT"
    INCONSISTENT = "INCONSISTENT"
    REFUTED = "REFUTED"
    VACUOUS = "VACUOUS"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def holds(self) -> bool:
        """Whether the claim was found to hold: PROVED, VERIFIED or CONSISTENT."""
        return self in _STRENGTH

    @property
    def exit_code(self) -> int:
        """0 holds, 1 refuted or inconsistent, 3 vacuous or inconclusive."""
        if self.holds:
            return 0
        return 1 if self in (Verdict.REFUTED, Verdict.INCONSISTENT) else 3


_STRENGTH = (Verdict.PROVED, Verdict.VERIFIED, Verdict.CONSISTENT)


def conjunction(verdicts: Iterable[Verdict], conclusion_is_vacuous: bool = False) -> Verdict:
    """Return the verdict of a claim from the verdicts of its steps.

    Any REFUTED step makes the whole REFUTED; else any INCONSISTENT; else any INCONCLUSIVE; else VACUOUS if the
    conclusion is; else the weakest of PROVED > VERIFIED > CONSISTENT.  A vacuous step in mid-proof counts as VERIFIED:
    it holds, and says nothing.  Nothing checked is INCONCLUSIVE.

    Examples
    --------
    >>> conjunction([Verdict.PROVED, Verdict.CONSISTENT, Verdict.VERIFIED]).value
    'CONSISTENT'
    >>> conjunction([Verdict.VERIFIED, Verdict.INCONCLUSIVE, Verdict.REFUTED]).value
    'REFUTED'
    """
    seen = list(verdicts)
    for decisive in (Verdict.REFUTED, Verdict.INCONSISTENT, Verdict.INCONCLUSIVE):
        if decisive in seen:
            return decisive
    if not seen:
        return Verdict.INCONCLUSIVE
    if conclusion_is_vacuous:
        return Verdict.VACUOUS
    tiers = [Verdict.VERIFIED if verdict is Verdict.VACUOUS else verdict for verdict in seen]
    return max(tiers, key=_STRENGTH.index)
