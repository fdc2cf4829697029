"""theorycheck: is a statement of learning theory true as written, and what does each step of its proof lose?

>>> import theorycheck
>>> report = theorycheck.check("lemma6", n=6, k=2, seed=1)
>>> report.verdict.value
'VERIFIED'

Importing this package compiles nothing and imports neither numba nor sympy.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from theorycheck._version import __version__

if TYPE_CHECKING:
    from theorycheck.claims import Claim, Proof, Report
    from theorycheck.claims.verdict import Verdict

__all__ = ["Verdict", "__version__", "check", "list_claims", "prepare", "prove"]


def check(name: str, *, seed: int = 0, precision: int = 128, threads: int | None = None,
          without_hypotheses: bool = False, **parameters: object) -> Report:
    """Check the claim called ``name`` at an instance and return its report.

    Parameters
    ----------
    name : str
        A claim's name, see :func:`list_claims`.
    seed : int
        Seed of every random draw; printed in the report.
    precision : int
        Bits at which enclosures begin; comparisons refine up to 64 times that before they are INCONCLUSIVE.
    threads : int, optional
        Worker threads; results do not depend on it.
    without_hypotheses : bool
        Run the steps although a required hypothesis fails.
    **parameters
        The claim's parameters, e.g. ``n=20, k=4``.

    Returns
    -------
    Report
        ``.verdict``, ``.holds``, ``.results``; displays itself in a notebook.

    Raises
    ------
    ParameterError
        A parameter is malformed, missing or unknown.
    HypothesisNotMet
        The statement does not speak of this instance.
    InstanceTooLarge
        The instance needs more memory than allowed.
    """
    import theorycheck.report  # noqa: F401  (installs the notebook renderer)
    from theorycheck.claims.run import Settings, run_claim
    from theorycheck.registry import find_claim
    settings = Settings(seed, precision, threads, without_hypotheses)
    claim = find_claim(name)
    return run_claim(claim, claim.parameters.from_values(parameters), settings, find_claim)


def prepare(name: str, *, seed: int = 0, precision: int = 128, threads: int | None = None,
            **parameters: object) -> Any:
    """Return the instance that the steps of the claim called ``name`` look at, with nothing checked yet.

    Parameters
    ----------
    name, seed, precision, threads, **parameters
        As for :func:`check`.

    Returns
    -------
    object
        The claim's own: its sizes, its draws, its bounds and, where it has them, its runs, each made when first asked.

    Examples
    --------
    >>> prepare("lemma6", n=6, k=2, q=64).mean
    Fraction(16, 1)
    """
    from theorycheck.claims.run import Settings
    from theorycheck.registry import find_claim
    claim = find_claim(name)
    return claim.prepare(claim.parameters.from_values(parameters), Settings(seed, precision, threads))


def list_claims() -> tuple[Claim, ...]:
    """Return every registered claim, in the order of the paper.

    Examples
    --------
    >>> [claim.name for claim in list_claims()][:2]
    ['definitions', 'theorem4']
    """
    from theorycheck.registry import all_claims
    return all_claims()


def prove(name: str) -> tuple[Proof, ...]:
    """Return what is proved of a claim for all admissible parameters, each certificate checked anew.

    Raises
    ------
    ParameterError
        ``'claim' must be one of definitions, …, theorem_a, not 'lemma7'.``

    Examples
    --------
    >>> {proof.verdict.value for proof in prove("lemma6")}
    {'PROVED'}
    """
    from theorycheck.registry import find_claim
    return find_claim(name).proofs()


def __getattr__(name: str) -> Any:
    if name == "Verdict":
        from theorycheck.claims.verdict import Verdict
        return Verdict
    raise AttributeError(f"module 'theorycheck' has no attribute {name!r}")
