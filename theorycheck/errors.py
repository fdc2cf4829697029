"""What can go wrong, and the argument checks that say so in one shape.

Every message names the argument, the admissible range and the value received::

    'k' must be at least 1 and at most n=20, not 21.

The checks accept anything with an exact integer value through ``__index__`` (NumPy integers included) and refuse
booleans, which Python would let pass for 0 and 1.
"""
from __future__ import annotations

import operator
from collections.abc import Iterable


class TheoryCheckError(Exception):
    """Base of every error this package raises on purpose."""


class ParameterError(TheoryCheckError, ValueError):
    """An argument is malformed or out of range: mend the call. Exit code 2 on the command line."""


class InstanceTooLarge(TheoryCheckError):
    """The instance needs more memory or time than is allowed: take a smaller one. Exit code 4.

    The message states what it would need and the nearest instance that fits.
    """


class HypothesisNotMet(TheoryCheckError):
    """The statement does not speak of this instance, so nothing was checked.  Exit code 2.

    The message names the hypothesis and the witness that fails it; ``without_hypotheses`` runs the steps all the same.
    """


def abbreviate(value: object, limit: int = 80) -> str:
    """Return ``value`` as text for a message: at most ``limit`` characters, and of an integer of any size.

    Examples
    --------
    >>> abbreviate(21), abbreviate("0" * 100, 8), abbreviate(10**5000)
    ('21', '0000000…', 'a number of more than 4300 digits')
    """
    try:
        text = str(value)
    except ValueError:
        return "a number of more than 4300 digits"  # Python converts no longer integers to text
    return text if len(text) <= limit else text[:limit - 1] + "…"


def require_integer(name: str, value: object, minimum: int | None = None, maximum: int | None = None,
                    maximum_name: str | None = None) -> int:
    """Return ``value`` as an ``int``, or raise ParameterError.

    Parameters
    ----------
    name : str
        The argument's name, quoted in the message.
    value : object
        An integer of any kind; booleans and floats are refused.
    minimum, maximum : int, optional
        Inclusive range.
    maximum_name : str, optional
        What the maximum is, so that the message reads ``at most n=20``.

    Raises
    ------
    ParameterError
        ``'k' must be an integer, not 2.5.`` or ``'k' must be at least 1 and at most n=20, not 21.``

    Examples
    --------
    >>> require_integer("k", 4, minimum=1, maximum=20, maximum_name="n")
    4
    >>> require_integer("k", 21, minimum=1, maximum=20, maximum_name="n")
    Traceback (most recent call last):
        ...
    theorycheck.errors.ParameterError: 'k' must be at least 1 and at most n=20, not 21.
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise ParameterError(f"'{name}' must be an integer, not the boolean {value!r}.")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ParameterError(f"'{name}' must be an integer, not {abbreviate(repr(value))}.") from None
    limits = []
    if minimum is not None:
        limits.append(f"at least {abbreviate(minimum)}")
    if maximum is not None:
        limits.append("at most " + (f"{maximum_name}=" if maximum_name else "") + abbreviate(maximum))
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        raise ParameterError(f"'{name}' must be {' and '.join(limits)}, not {abbreviate(number)}.")
    return number


def require_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``choices``, or raise ParameterError.

    Raises
    ------
    ParameterError
        ``'windows' must be one of all, paper, not 'some'.``

    Examples
    --------
    >>> require_choice("windows", "all", ("all", "paper"))
    'all'
    """
    options = tuple(choices)
    if not isinstance(value, str) or value not in options:
        raise ParameterError(f"'{name}' must be one of {', '.join(options)}, not {abbreviate(repr(value))}.")
    return value
