"""What holds for all admissible parameters, with the certificate that says so."""
from __future__ import annotations

from dataclasses import dataclass

from theorycheck.claims.verdict import Verdict


@dataclass(frozen=True)
class Proof:
    """A relation between formulas, and whether a certificate for it was found and checked.

    Parameters
    ----------
    name, title : str
        Identifier, and what it says in words.
    relation : str
        The claim in one line of plain text.
    assumptions : tuple of str
        Its hypotheses, beside the domains of the symbols.
    verdict : Verdict
        PROVED where the certificate was checked, else INCONCLUSIVE.
    certificate : tuple of str
        Its lines: substitutions, and a difference that is visibly non-negative after them.
    """

    name: str
    title: str
    relation: str
    assumptions: tuple[str, ...]
    verdict: Verdict
    certificate: tuple[str, ...]
