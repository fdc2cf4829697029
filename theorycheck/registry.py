"""Which claims exist: an explicit tuple in the order of the paper, and the entry points of other packages."""
from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from theorycheck.claims import Claim
from theorycheck.errors import ParameterError, TheoryCheckError

_MODULES = (
    ("definitions", "theorycheck.statements.definitions"),
    ("theorem4", "theorycheck.statements.theorem4"),
    ("corollary5", "theorycheck.statements.corollary5"),
    ("lemma6", "theorycheck.statements.lemma6"),
    ("comment7", "theorycheck.statements.comment7"),
    ("lemma8", "theorycheck.statements.lemma8"),
    ("lemma9", "theorycheck.statements.lemma9"),
    ("theorem10", "theorycheck.statements.theorem10"),
    ("lcn", "theorycheck.statements.lcn"),
    ("theorem12", "theorycheck.statements.theorem12"),
    ("stuck", "theorycheck.statements.stuck"),
    ("separation", "theorycheck.statements.separation"),
    ("theorem_a", "theorycheck.statements.theorem_a"),
)
_GROUP = "theorycheck.claims"


def claim_names() -> tuple[str, ...]:
    """Return the names of all claims without importing any of them.

    Examples
    --------
    >>> "lemma6" in claim_names()
    True
    """
    return tuple(name for name, _ in _MODULES) + tuple(point.name for point in _foreign_entry_points())


def find_claim(name: str) -> Claim:
    """Return the claim called ``name``.

    Raises
    ------
    ParameterError
        ``'claim' must be one of definitions, …, theorem_a, not 'lemma7'.``

    Examples
    --------
    >>> find_claim("lemma6").source
    'MS21, Lemma 6'
    """
    for own, module in _MODULES:
        if own == name:
            claim = import_module(module).CLAIM
            break
    else:
        for point in _foreign_entry_points():
            if point.name == name:
                claim = _load(point)
                break
        else:
            raise ParameterError(f"'claim' must be one of {', '.join(claim_names())}, not {name!r}.")
    if not isinstance(claim, Claim) or claim.name != name:
        raise TheoryCheckError(f"The entry '{name}' must be a Claim of that name, not {claim!r}.")
    return claim


def all_claims() -> tuple[Claim, ...]:
    """Return all claims, having checked that every ``uses`` names a claim and that none rests on itself.

    Raises
    ------
    TheoryCheckError
        ``'a' uses 'b', which is not a claim.`` or ``The claims rest on one another in a circle: a, b, a.``
    """
    claims = tuple(find_claim(name) for name in claim_names())
    check_acyclic({claim.name: claim.uses for claim in claims})
    return claims


def check_acyclic(uses: dict[str, tuple[str, ...]]) -> None:
    """Raise TheoryCheckError if a name used is unknown, or if the names rest on one another in a circle.

    Examples
    --------
    >>> check_acyclic({"a": ("b",), "b": ("a",)})
    Traceback (most recent call last):
        ...
    theorycheck.errors.TheoryCheckError: The claims rest on one another in a circle: a, b, a.
    """
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = path[path.index(name):] + (name,)
            raise TheoryCheckError(f"The claims rest on one another in a circle: {', '.join(circle)}.")
        if name in finished:
            return
        for used in uses[name]:
            if used not in uses:
                raise TheoryCheckError(f"'{name}' uses '{used}', which is not a claim.")
            visit(used, path + (name,))
        finished.add(name)

    for name in uses:
        visit(name, ())


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:  # another package's code may raise anything
        raise TheoryCheckError(f"The claim '{point.name}' cannot be loaded from {point.value}: {error!r}.") from error


@lru_cache(maxsize=1)
def _foreign_entry_points() -> tuple:  # type: ignore[type-arg]
    own = {name for name, _ in _MODULES}
    points = tuple(entry_points(group=_GROUP))
    for point in points:
        if point.name in own or sum(other.name == point.name for other in points) > 1:
            raise TheoryCheckError(f"Two claims are called '{point.name}'; one comes from {point.value}.")
    return points
