"""The facts a certificate may use: for each atom of a formula, a substitution that holds at every admissible point.

An equation ``atom = replacement`` introduces one fresh variable of known sign and says: whatever values the symbols
take in their domains and under the assumptions, some value of that variable, of that sign, makes the equation true.
Facts about different atoms may be combined freely, because each has a fresh variable of its own.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr, Integer, Pow, Rational, Symbol, log

from theorycheck.bounds.arithmetic import integer_value, rounded
from theorycheck.bounds.domain import Domain
from theorycheck.bounds.evaluate import evaluate
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import SYMBOLS

# Constants are bounded by multiples of this, which is fine enough for the proofs at hand and keeps certificates short.
_GRID = 8


@dataclass(frozen=True)
class Equation:
    """One substitution of a certificate.

    Parameters
    ----------
    atom : Expr
        A symbol of the table, a power ``2**k``, a logarithm, or a constant such as log(2).
    replacement : Expr
        What stands for it; contains ``variable``.
    variable : Symbol
        The fresh variable.
    sign : str
        ``positive``, ``nonnegative`` or ``real``: what is known of the variable.
    rule : str
        Which fact: domain, assumption, range (between two bounds), power, logarithm, constant, free.
    """

    atom: Expr
    replacement: Expr
    variable: Symbol
    sign: str
    rule: str


def permitted_equations(atom: Expr, variable: Symbol, assumptions: Sequence[Relation] = ()) -> Iterator[Equation]:
    """Yield every equation that the rules permit for an atom.

    Parameters
    ----------
    atom : Expr
        What is to be replaced.
    variable : Symbol
        A variable that occurs nowhere else.
    assumptions : sequence of Relation
        Hypotheses ``symbol >= expression`` or ``symbol <= expression`` (or strict); others are not read.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import delta, k
    >>> s = Symbol("s")
    >>> [(equation.replacement, equation.sign) for equation in permitted_equations(2**k, s)]
    [(s + 2, 'nonnegative'), (s, 'real')]
    >>> next(permitted_equations(delta, s)).replacement
    1/(s + 1)
    """
    if isinstance(atom, Symbol):
        yield from _symbol_equations(atom, variable, assumptions)
    elif not atom.free_symbols:
        yield from _constant_equations(atom, variable)
    elif isinstance(atom, log):
        inner = atom.args[0]
        # For every y > 0: 1 - 1/y <= ln y <= y - 1. The certificate must show y > 0.
        yield Equation(atom, 1 - 1 / inner + variable, variable, "nonnegative", "logarithm")
        yield Equation(atom, inner - 1 - variable, variable, "nonnegative", "logarithm")
    elif isinstance(atom, Pow) and isinstance(atom.base, Integer) and atom.base >= 2 and isinstance(atom.exp, Symbol):
        domain = _domain(atom.exp)
        if domain.integer and domain.is_nonnegative:
            # A power of a base above 1 increases with its exponent.
            least = Integer(atom.base)**_rational(domain.lower)
            yield Equation(atom, least + variable, variable, "nonnegative", "power")
    # What cancels needs no sign.
    yield Equation(atom, variable, variable, "real", "free")


def _domain(symbol: Symbol) -> Domain:
    row = SYMBOLS.get(symbol.name)
    return row.domain if row is not None and row.symbol == symbol else Domain()


def _symbol_equations(atom: Symbol, variable: Symbol, assumptions: Sequence[Relation]) -> Iterator[Equation]:
    domain = _domain(atom)
    low = [(rhs, relation == ">", "assumption") for lhs, relation, rhs in assumptions
           if lhs == atom and relation in (">", ">=")]
    high = [(rhs, relation == "<", "assumption") for lhs, relation, rhs in assumptions
            if lhs == atom and relation in ("<", "<=")]
    if domain.lower is not None:
        low.append((_rational(domain.lower), domain.lower_open and not domain.integer, "domain"))
    if domain.upper is not None:
        high.append((_rational(domain.upper), domain.upper_open and not domain.integer, "domain"))
    yield from _between(atom, variable, low, high)
    for bound, strict, rule in low:
        yield Equation(atom, bound + variable, variable, _sign(strict), rule)
    for bound, strict, rule in high:
        yield Equation(atom, bound - variable, variable, _sign(strict), rule)


def _between(atom: Expr, variable: Symbol, low: Sequence[tuple[Expr, bool, str]],
             high: Sequence[tuple[Expr, bool, str]]) -> Iterator[Equation]:
    """Both bounds at once, where one at least is strict: the variable is the ratio of the distances to them."""
    for below, below_strict, _ in low:
        for above, above_strict, _ in high:
            if below_strict:
                ratio = (above + below * variable) / (1 + variable)
                yield Equation(atom, ratio, variable, _sign(above_strict), "range")
            elif above_strict:
                yield Equation(atom, (below + above * variable) / (1 + variable), variable, "nonnegative", "range")


def _constant_equations(atom: Expr, variable: Symbol) -> Iterator[Equation]:
    value = evaluate(atom)
    below, above = integer_value(rounded(value * _GRID, False)), integer_value(rounded(value * _GRID, True))
    if below is None or above is None or below == above:
        return
    # A constant off the grid lies strictly between its neighbours there, as the enclosure that rounded it shows.
    low, high = ((Rational(end, _GRID), True, "constant") for end in (below, above))
    for equation in _between(atom, variable, [low], [high]):
        yield Equation(atom, equation.replacement, variable, equation.sign, "constant")


def _sign(strict: bool) -> str:
    return "positive" if strict else "nonnegative"


def _rational(value: Fraction | int | None) -> Rational:
    fraction = Fraction(0 if value is None else value)
    return Rational(fraction.numerator, fraction.denominator)
