"""Three-valued comparison: true, false, or not decided at any precision tried."""
from __future__ import annotations

from flint import arb

from theorycheck.errors import require_choice
from theorycheck.rigor.real import Real, RealLike, precision_range

RELATIONS = ("<", "<=", "==", ">=", ">", "!=")


def decide(lhs: RealLike, relation: str, rhs: RealLike) -> bool | None:
    """Decide ``lhs relation rhs``, raising the precision before giving up.

    Parameters
    ----------
    lhs, rhs : Real, int, Fraction or flint.arb
        The two sides.
    relation : str
        One of ``<``, ``<=``, ``==``, ``>=``, ``>``, ``!=``.

    Returns
    -------
    bool or None
        None where the enclosures still overlap at 64 times the working precision: the sides are equal, or closer than
        that precision tells.  Two rationals are always decided; an equality of enclosed numbers is never confirmed.

    Examples
    --------
    >>> from flint import arb
    >>> e = Real(lambda: arb(1).exp())
    >>> decide(e, "<", 3), decide(e, ">=", 3), decide(e, "<=", e)
    (True, False, None)
    """
    require_choice("relation", relation, RELATIONS)
    left, right = Real(lhs), Real(rhs)
    if left.exact is not None and right.exact is not None:
        return _holds((left.exact > right.exact) - (left.exact < right.exact), relation)
    bits, limit = precision_range()
    while bits <= limit:
        answer = _decide_balls(left.enclose(bits), right.enclose(bits), relation)
        if answer is not None:
            return answer
        bits *= 2
    return None


def _holds(sign: int, relation: str) -> bool:
    return {"<": sign < 0, "<=": sign <= 0, "==": sign == 0, ">=": sign >= 0, ">": sign > 0, "!=": sign != 0}[relation]


def _decide_balls(left: arb, right: arb, relation: str) -> bool | None:
    if not (left.is_finite() and right.is_finite()):
        return None  # an overflow or a pole: not yet a real number
    # An Arb comparison is True only when it is certain, so each answer needs its own question.
    if left < right:
        return _holds(-1, relation)
    if left > right:
        return _holds(1, relation)
    if relation in ("<=", ">") and left <= right:
        return relation == "<="
    if relation in (">=", "<") and left >= right:
        return relation == ">="
    if relation in ("==", "!=") and left.is_exact() and right.is_exact():
        return (relation == "==") == bool(left == right)
    return None
