"""A series of numbers over another, as a report keeps it to be drawn."""
from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from theorycheck.claims.verdict import Evidence
from theorycheck.errors import ParameterError, abbreviate


@dataclass(frozen=True)
class Curve:
    """One line of one figure.

    Parameters
    ----------
    figure : str
        The title of the figure it belongs to; curves of one title share their axes.
    label : str
        Its name in the legend.
    x_label, y_label : str
        What the axes show.
    x, y : tuple of floats
        Of one length, at least one point, finite.
    evidence : Evidence
        How ``y`` was obtained.
    is_main : bool
        False for what stands in the background: the runs beside the best one.

    Raises
    ------
    ParameterError
        ``'y' must have as many entries as 'x'=2, not 1.``, ``'y' must be finite, not nan.``

    Examples
    --------
    >>> Curve("loss", "CNN", "step", "hinge loss", (0.0, 1.0), (1.0, 0.5), Evidence.FLOAT).y
    (1.0, 0.5)
    """

    figure: str
    label: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    evidence: Evidence
    is_main: bool = True

    def __post_init__(self) -> None:
        if not self.x:
            raise ParameterError("'x' must have at least one entry.")
        if len(self.x) != len(self.y):
            raise ParameterError(f"'y' must have as many entries as 'x'={len(self.x)}, not {len(self.y)}.")
        for name, values in (("x", self.x), ("y", self.y)):
            for value in values:
                if not isfinite(value):
                    raise ParameterError(f"'{name}' must be finite, not {abbreviate(value)}.")
