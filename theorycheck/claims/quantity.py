"""A number together with how it was obtained."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims.verdict import Evidence, Verdict
from theorycheck.errors import ParameterError, require_choice
from theorycheck.rigor import RELATIONS, Real, decide
from theorycheck.rigor.real import RealLike


@dataclass(frozen=True, eq=False)
class Quantity:
    """One labelled number of a report.

    Parameters
    ----------
    label : str
        What it is, in words or as a formula.
    value : Real or None
        The number where it is exact or enclosed.
    evidence : Evidence
        How it was obtained.
    interval : (Fraction, Fraction), optional
        The confidence interval of a statistical quantity, rounded outwards.
    level : Fraction, optional
        Its confidence level.
    look : float, optional
        A float that may be printed but decides nothing.
    """

    label: str
    value: Real | None
    evidence: Evidence
    interval: tuple[Fraction, Fraction] | None = None
    level: Fraction | None = None
    look: float | None = None

    @classmethod
    def of(cls, value: RealLike, label: str = "") -> Quantity:
        """Label a number; the evidence is exact for a rational and enclosed otherwise.

        Examples
        --------
        >>> Quantity.of(Fraction(1, 3), "p").evidence.value
        'exact'
        """
        number = Real(value)
        return cls(label, number, Evidence.EXACT if number.is_exact else Evidence.ENCLOSED)

    @classmethod
    def statistical(cls, low: Fraction, high: Fraction, level: Fraction, label: str = "") -> Quantity:
        """Label a confidence interval ``[low, high]`` of confidence ``level``."""
        if low > high:
            raise ParameterError(f"'low' must be at most high={high}, not {low}.")
        return cls(label, None, Evidence.STATISTICAL, (low, high), level)

    @classmethod
    def floating(cls, value: float, label: str = "") -> Quantity:
        """Label a float: shown, never decided on."""
        return cls(label, None, Evidence.FLOAT, look=value)


def compare(lhs: Quantity, relation: str, rhs: Quantity) -> Verdict:
    """Return what the evidence says of ``lhs relation rhs``.

    Examples
    --------
    >>> compare(Quantity.of(1), "<", Quantity.of(2)).value
    'VERIFIED'
    >>> seen = Quantity.statistical(Fraction(1, 2), Fraction(2, 3), level=Fraction(99, 100))
    >>> compare(seen, ">=", Quantity.of(Fraction(3, 4))).value
    'INCONSISTENT'
    >>> compare(Quantity.floating(1.0), "<", Quantity.of(2)).value
    'INCONCLUSIVE'
    """
    require_choice("relation", relation, RELATIONS)
    if Evidence.FLOAT in (lhs.evidence, rhs.evidence):
        return Verdict.INCONCLUSIVE
    if lhs.interval is None and rhs.interval is None:
        assert lhs.value is not None and rhs.value is not None
        return {True: Verdict.VERIFIED, False: Verdict.REFUTED, None: Verdict.INCONCLUSIVE}[
            decide(lhs.value, relation, rhs.value)]
    if relation in ("==", "!="):
        # An interval never confirms an equality, but one that lies apart speaks against it.
        apart = any(_agreed(lhs, order, rhs) for order in ("<", ">"))
        if not apart:
            return Verdict.INCONCLUSIVE
        return Verdict.INCONSISTENT if relation == "==" else Verdict.CONSISTENT
    return {True: Verdict.CONSISTENT, False: Verdict.INCONSISTENT, None: Verdict.INCONCLUSIVE}[
        _agreed(lhs, relation, rhs)]


def _agreed(lhs: Quantity, relation: str, rhs: Quantity) -> bool | None:
    """The answer all pairs of ends give alike; an order relation is monotone, so it then holds everywhere between."""
    answers = {decide(left, relation, right) for left in _ends(lhs) for right in _ends(rhs)}
    return answers.pop() if len(answers) == 1 else None


def _ends(quantity: Quantity) -> tuple[Real, ...]:
    if quantity.interval is not None:
        return Real(quantity.interval[0]), Real(quantity.interval[1])
    assert quantity.value is not None
    return (quantity.value,)
