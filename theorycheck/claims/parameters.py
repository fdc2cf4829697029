"""A claim's parameters: frozen, validated, and the source of its command-line options."""
from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theorycheck.errors import ParameterError, abbreviate, require_choice, require_integer
from theorycheck.rigor import exact_rational, to_text

_INTEGER = re.compile(r"[+-]?\d+(_\d+)*", re.ASCII)
_UNSET = object()


@dataclass(frozen=True)
class Count:
    """An integer parameter of at least ``minimum``."""

    minimum: int = 1
    metavar: str = "N"

    def read(self, name: str, text: str) -> int:
        """Read command-line text; 2.5 and 1e3 are refused."""
        return self.check(name, exact_rational(text, name).numerator if _INTEGER.fullmatch(text.strip()) else text)

    def check(self, name: str, value: object) -> int:
        """Validate a Python value."""
        return require_integer(name, value, minimum=self.minimum)


@dataclass(frozen=True)
class Level:
    """A rational parameter strictly between 0 and 1; decimals are read exactly."""

    metavar: str = "P"

    def read(self, name: str, text: str) -> Fraction:
        """Read command-line text such as 0.1 or 1/10."""
        return self.check(name, text)

    def check(self, name: str, value: object) -> Fraction:
        """Validate a Python value."""
        number = exact_rational(value, name)
        if not 0 < number < 1:
            raise ParameterError(f"'{name}' must be strictly between 0 and 1, not {abbreviate(value)}.")
        return number


@dataclass(frozen=True)
class Rational:
    """A rational parameter in a closed range, either end of which may be missing; decimals are read exactly."""

    minimum: Fraction | int | None = None
    maximum: Fraction | int | None = None
    metavar: str = "X"

    def read(self, name: str, text: str) -> Fraction:
        """Read command-line text such as 0.5 or 1/2."""
        return self.check(name, text)

    def check(self, name: str, value: object) -> Fraction:
        """Validate a Python value."""
        number = exact_rational(value, name)
        ends = [f"at least {self.minimum}"] if self.minimum is not None else []
        ends += [f"at most {self.maximum}"] if self.maximum is not None else []
        if (self.minimum is not None and number < self.minimum) or (self.maximum is not None and number > self.maximum):
            raise ParameterError(f"'{name}' must be {' and '.join(ends)}, not {abbreviate(value)}.")
        return number


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    choices: tuple[str, ...]
    metavar: str = "WORD"

    def read(self, name: str, text: str) -> str:
        """Read command-line text."""
        return self.check(name, text)

    def check(self, name: str, value: object) -> str:
        """Validate a Python value."""
        return require_choice(name, value, self.choices)


@dataclass(frozen=True)
class Text:
    """A word with a meaning of its own, or a number if ``takes_numbers``; the claim's ``validate`` reads it."""

    metavar: str = "TEXT"
    takes_numbers: bool = False

    def read(self, name: str, text: str) -> str:
        """Read command-line text."""
        return self.check(name, text)

    def check(self, name: str, value: object) -> str:
        """Validate a Python value."""
        if self.takes_numbers and value is not None and not isinstance(value, str):
            return to_text(exact_rational(value, name))
        if not isinstance(value, str) or not value.strip():
            raise ParameterError(f"'{name}' must be a non-empty text, not {abbreviate(repr(value))}.")
        return value.strip()


def option(kind: Count | Level | Rational | Choice | Text, help: str, default: Any = _UNSET) -> Any:
    """Declare a parameter: its kind, its help line, and its default (none: required; None: may be left out)."""
    metadata = {"kind": kind, "help": help}
    if default is _UNSET:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Parameters:
    """Base of every claim's parameters; a subclass declares fields with :func:`option` and overrides ``validate``."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None or field.default is not None:
                object.__setattr__(self, field.name, field.metadata["kind"].check(field.name, value))
        self.validate()

    def validate(self) -> None:
        """Check what concerns several parameters at once; raise ParameterError."""

    @classmethod
    def from_text(cls, texts: dict[str, str]) -> Parameters:
        """Build from command-line texts, name to text."""
        kinds = {field.name: field.metadata["kind"] for field in dataclasses.fields(cls)}
        return cls.from_values({name: kinds[name].read(name, text) if name in kinds else text
                                for name, text in texts.items()})

    @classmethod
    def from_values(cls, values: dict[str, object]) -> Parameters:
        """Build from Python values, refusing names the claim does not have and asking for those it misses."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name in values:
            if name not in fields:
                raise ParameterError(f"'{name}' must be one of {', '.join(fields)}.")
        for name, field in fields.items():
            if field.default is dataclasses.MISSING and name not in values:
                raise ParameterError(f"'{name}' must be given: {field.metadata['help']}.")
        return cls(**values)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every parameter that has a value, as name and exact text that ``from_text`` reads back."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None:
                yield field.name, value if isinstance(value, str) else to_text(value)
