"""A series of numbers over another, as a report keeps it to be drawn."""
from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from theorycheck.claims.verdict import Evidence
from theorycheck.errors import ParameterError, abbreviate, require_choice

SCALES = ("linear", "log", "symlog")


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
    x_scale : str
        ``linear``, ``log``, or ``symlog``: linear from 0 to 1, logarithmic beyond, for steps counted from 0.
    y_top : float, optional
        Where the picture ends, above the curve's least y, for curves that may leave it.

    Raises
    ------
    ParameterError
        ``'x_scale' must be one of linear, log, symlog, not 'cubic'.``,
        ``'x' must be above 0 on a log scale, not 0.0.``,
        ``'y' must have as many entries as 'x'=2, not 1.``, ``'y' must be finite, not nan.``,
        ``'label' must be a non-empty text, not ''.``, ``'y_top' must be finite and above the least y, 0.5, not nan.``

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
    x_scale: str = "linear"
    y_top: float | None = None

    def __post_init__(self) -> None:
        require_choice("x_scale", self.x_scale, SCALES)
        for name, text in (("figure", self.figure), ("label", self.label)):
            if not isinstance(text, str) or not text.strip():
                raise ParameterError(f"'{name}' must be a non-empty text, not {abbreviate(repr(text))}.")
        if not self.x:
            raise ParameterError("'x' must have at least one entry.")
        if len(self.x) != len(self.y):
            raise ParameterError(f"'y' must have as many entries as 'x'={len(self.x)}, not {len(self.y)}.")
        for name, values in (("x", self.x), ("y", self.y)):
            for value in values:
                if not isfinite(value):
                    raise ParameterError(f"'{name}' must be finite, not {abbreviate(value)}.")
        if self.x_scale == "log" and min(self.x) <= 0:
            raise ParameterError(f"'x' must be above 0 on a log scale, not {min(self.x)}.")
        if self.y_top is not None and not min(self.y) < self.y_top < inf:
            raise ParameterError(f"'y_top' must be finite and above the least y, {min(self.y)}, not "
                                 f"{abbreviate(self.y_top)}.")
