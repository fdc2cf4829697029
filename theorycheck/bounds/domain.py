"""The set a symbol ranges over, and the check that a value lies in it."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.rigor import Real, decide
from theorycheck.rigor.real import RealLike


@dataclass(frozen=True)
class Domain:
    """The integers, or the real numbers, of an interval.

    Parameters
    ----------
    integer : bool
        Whether only integers belong; the ends then do (``lower_open`` and ``upper_open`` are ignored).
    lower, upper : Fraction or int or None
        The ends; None where there is none.
    lower_open, upper_open : bool
        Whether the end itself is left out.

    Examples
    --------
    >>> unit = Domain(lower=Fraction(0), upper=Fraction(1), lower_open=True, upper_open=True)
    >>> unit.text
    'greater than 0 and less than 1'
    >>> Domain(integer=True, lower=Fraction(1)).text
    'an integer at least 1'
    """

    integer: bool = False
    lower: Fraction | int | None = None
    upper: Fraction | int | None = None
    lower_open: bool = False
    upper_open: bool = False

    @property
    def is_positive(self) -> bool:
        """Whether every member is greater than zero."""
        return self.lower is not None and (self.lower > 0 or (self.lower == 0 and self.lower_open and not self.integer))

    @property
    def is_nonnegative(self) -> bool:
        """Whether every member is at least zero."""
        return self.lower is not None and self.lower >= 0

    @property
    def text(self) -> str:
        """The domain in words, as it stands behind 'must be' in a message."""
        parts = []
        if self.lower is not None:
            parts.append(f"{'greater than' if self.lower_open and not self.integer else 'at least'} {self.lower}")
        if self.upper is not None:
            parts.append(f"{'less than' if self.upper_open and not self.integer else 'at most'} {self.upper}")
        kind = "an integer" if self.integer else "" if parts else "a real number"
        return " ".join(part for part in (kind, " and ".join(parts)) if part)

    def check(self, name: str, value: RealLike) -> Real:
        """Return ``value`` as a Real if it certainly belongs to the domain.

        Raises
        ------
        ParameterError
            ``'delta' must be greater than 0 and less than 1, not 2.``; ``'k' must be an integer, not 5/2.``; and, for
            a number known by enclosures only, ``…; the enclosure of its value, […], does not show it.``

        Examples
        --------
        >>> Domain(lower=0, lower_open=True).check("eta", 0)
        Traceback (most recent call last):
            ...
        theorycheck.errors.ParameterError: 'eta' must be greater than 0, not 0.
        """
        number = Real(value)
        if self.integer:
            if number.exact is None or number.exact.denominator != 1:
                raise ParameterError(f"'{name}' must be an integer, not {_shown(number)}.")
            require_integer(name, number.exact.numerator, _integer_end(self.lower), _integer_end(self.upper))
            return number
        answers = []
        if self.lower is not None:
            answers.append(decide(number, ">" if self.lower_open else ">=", self.lower))
        if self.upper is not None:
            answers.append(decide(number, "<" if self.upper_open else "<=", self.upper))
        if False in answers:
            raise ParameterError(f"'{name}' must be {self.text}, not {_shown(number)}.")
        if None in answers:
            raise ParameterError(f"'{name}' must be {self.text}; the enclosure of its value, {_shown(number)}, "
                                 "does not show it.")
        return number


def _integer_end(end: Fraction | int | None) -> int | None:
    return None if end is None else int(end)


def _shown(number: Real) -> str:
    return abbreviate(number.exact) if number.exact is not None else number.enclose().str(15)
