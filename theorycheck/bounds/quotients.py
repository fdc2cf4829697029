"""Formulas as quotients of polynomials in the fresh variables of a certificate.

Powers with symbolic exponents are split into prime bases (8**(k+1) becomes 8*(2**k)**3) and logarithms of products
into sums, as far as the factors are positive for every admissible value; what is left are atoms, each replaced by its
equation.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, exp, factorint, floor, log
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from theorycheck.bounds.rules import Equation
from theorycheck.bounds.symbols import SYMBOLS

Quotient: TypeAlias = tuple[Any, Any]


class MissingEquation(Exception):
    """An atom for which no equation was given."""

    def __init__(self, atom: Expr) -> None:
        super().__init__(str(atom))
        self.atom = atom


class NotRational(Exception):
    """A formula that these rules do not turn into a quotient of polynomials."""


class Quotients:
    """Turns expressions into pairs (numerator, denominator) of sparse polynomials with rational coefficients.

    Parameters
    ----------
    equations : sequence of Equation
        What replaces the atoms.  Replacements may contain atoms again; a cycle is an error.
    variables : sequence of Symbol
        The generators of the polynomial ring: the fresh variables.
    """

    def __init__(self, equations: Sequence[Equation], variables: Sequence[Symbol]) -> None:
        self.ring, *generators = ring([variable.name for variable in variables] or ["unused"], QQ)
        self.generators: Mapping[Symbol, Any] = dict(zip(variables, generators))
        self._equations = {equation.atom: equation.replacement for equation in equations}
        self._known: dict[Expr, Quotient] = {}
        self._active: set[Expr] = set()

    def of(self, expression: Expr) -> Quotient:
        """Return (numerator, denominator), not in lowest terms.

        Raises
        ------
        MissingEquation
            An atom has no equation.
        NotRational
            The expression uses an operation not known here, divides by zero, or its equations run in a circle.
        """
        if expression not in self._known:
            self._known[expression] = self._compute(expression)
        return self._known[expression]

    def of_logarithm(self, argument: Expr) -> Quotient:
        """Return the natural logarithm of a positive expression."""
        if isinstance(argument, Rational) and argument > 0:
            return self._sum([self._times(self._atom(log(prime)), self._constant(count))
                              for prime, count in _prime_exponents(argument)])
        if isinstance(argument, exp):
            return self.of(argument.args[0])
        if isinstance(argument, Pow) and is_product_of_positives(argument.base):
            return self._times(self.of(argument.exp), self.of_logarithm(argument.base))
        if isinstance(argument, Mul):
            positive = [factor for factor in argument.args if is_product_of_positives(factor)]
            rest = [factor for factor in argument.args if factor not in positive]
            if positive:
                return self._sum([self.of_logarithm(factor) for factor in positive]
                                 + ([self._atom(log(Mul(*rest)))] if rest else []))
        return self._atom(log(argument))

    def difference(self, left: Quotient, right: Quotient) -> Quotient:
        """Return ``left - right``."""
        return self._sum([left, self._times(right, self._constant(-1))])

    def _compute(self, expression: Expr) -> Quotient:
        if isinstance(expression, Rational):
            return self._constant(expression)
        if expression in self.generators:
            return self.generators[expression], self.ring.one
        if isinstance(expression, Add):
            return self._sum([self.of(term) for term in expression.args])
        if isinstance(expression, Mul):
            result = self._constant(1)
            for factor in expression.args:
                result = self._times(result, self.of(factor))
            return result
        if isinstance(expression, log):
            return self.of_logarithm(expression.args[0])
        if isinstance(expression, Pow):
            return self._power(expression)
        if isinstance(expression, Symbol):
            return self._atom(expression)
        raise NotRational(f"{expression} is not made of sums, products, powers and logarithms")

    def _power(self, expression: Pow) -> Quotient:
        base, exponent = expression.base, expression.exp
        if isinstance(exponent, Integer):
            return self._raise(self.of(base), int(exponent))
        if not (isinstance(base, Rational) and base > 0):
            raise NotRational(f"{expression} has neither an integer exponent nor a rational base")
        result = self._constant(1)
        for prime, count in _prime_exponents(base):
            for term in Add.make_args((count * exponent).expand()):
                coefficient, symbolic = term.as_coeff_Mul()
                if symbolic == 1:
                    whole = floor(coefficient)
                    result = self._times(result, self._raise(self._constant(prime), int(whole)))
                    symbolic, coefficient = coefficient - whole, Integer(1)
                if not isinstance(coefficient, Integer):
                    raise NotRational(f"{expression} has an exponent that is not a whole multiple of its symbols")
                if symbolic != 0:
                    result = self._times(result, self._raise(self._atom(Pow(prime, symbolic)), int(coefficient)))
        return result

    def _atom(self, atom: Expr) -> Quotient:
        if atom in self._active:
            raise NotRational(f"the equation of {atom} leads back to it")
        if atom not in self._equations:
            raise MissingEquation(atom)
        self._active.add(atom)
        try:
            return self.of(self._equations[atom])
        finally:
            self._active.remove(atom)

    def _constant(self, value: Any) -> Quotient:
        number = Rational(value)
        return self.ring(QQ(int(number.p), int(number.q))), self.ring.one

    def _sum(self, terms: Sequence[Quotient]) -> Quotient:
        numerator, denominator = self.ring.zero, self.ring.one
        for above, below in terms:
            if below == denominator:
                numerator += above
            else:
                numerator, denominator = numerator * below + above * denominator, denominator * below
        return numerator, denominator

    def _times(self, left: Quotient, right: Quotient) -> Quotient:
        return left[0] * right[0], left[1] * right[1]

    def _raise(self, quotient: Quotient, exponent: int) -> Quotient:
        above, below = quotient if exponent >= 0 else quotient[::-1]
        if below == 0:
            raise NotRational("a division by zero")
        return above**abs(exponent), below**abs(exponent)


def is_product_of_positives(expression: Expr) -> bool:
    """Return whether an expression is visibly positive: a product of powers of positive numbers, symbols and exp.

    Examples
    --------
    >>> from theorycheck.bounds.symbols import delta, k
    >>> is_product_of_positives(delta / 2**k), is_product_of_positives(1 - delta)
    (True, False)
    """
    if isinstance(expression, Symbol):
        row = SYMBOLS.get(expression.name)
        return row is not None and row.symbol == expression and row.domain.is_positive
    if isinstance(expression, Rational):
        return bool(expression > 0)
    if isinstance(expression, Pow):
        return is_product_of_positives(expression.base)
    if isinstance(expression, Mul):
        return all(is_product_of_positives(factor) for factor in expression.args)
    return isinstance(expression, exp)


def _prime_exponents(value: Rational) -> list[tuple[int, int]]:
    factors = dict(factorint(int(value.p)))
    for prime, count in factorint(int(value.q)).items():
        factors[prime] = factors.get(prime, 0) - count
    return [(int(prime), int(count)) for prime, count in factors.items()]
