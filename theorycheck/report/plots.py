"""A report's curves as a picture; needs matplotlib, the extra ``plot``."""
from __future__ import annotations

import os
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from theorycheck.claims import Curve, Report
from theorycheck.errors import ParameterError, TheoryCheckError, abbreviate

_FORMATS = ("png", "svg", "pdf")
# Okabe and Ito's colours, which readers with any colour vision tell apart, and dashes for print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", "-.", ":")
_FEW_POINTS = 12


def require_plot_file(path: str | os.PathLike[str]) -> Path:
    """Return ``path`` if a picture can be written there, so that no long run ends without its picture.

    Raises
    ------
    ParameterError
        ``'plot' must end in .png, .svg or .pdf, not 'curves.gif'.``, ``'plot' must lie in a folder that exists, not
        'nowhere/curves.png'.``
    TheoryCheckError
        ``'plot' needs matplotlib: pip install 'theorycheck[plot]'.``

    Examples
    --------
    >>> require_plot_file("curves.png").name
    'curves.png'
    """
    target = Path(path)
    if target.suffix.lower().lstrip(".") not in _FORMATS:
        raise ParameterError(f"'plot' must end in .png, .svg or .pdf, not {abbreviate(repr(str(path)))}.")
    if not target.parent.is_dir():
        raise ParameterError(f"'plot' must lie in a folder that exists, not {abbreviate(repr(str(path)))}.")
    if target.is_dir() or not os.access(target if target.exists() else target.parent, os.W_OK):
        raise ParameterError(f"'plot' must be a file that can be written, not {abbreviate(repr(str(path)))}.")
    if find_spec("matplotlib") is None:
        raise TheoryCheckError("'plot' needs matplotlib: pip install 'theorycheck[plot]'.")
    return target


def plot_report(report: Report, path: str | os.PathLike[str]) -> None:
    """Draw the report's curves side by side, one figure for each title, and write them to ``path``.

    Raises
    ------
    TheoryCheckError
        ``The report has no curves to draw.``, ``The picture cannot be written: ….``
    ParameterError
        As :func:`require_plot_file`.
    """
    target = require_plot_file(path)
    if not report.curves:
        raise TheoryCheckError("The report has no curves to draw.")
    lines = textwrap.wrap(report.command, 110, break_long_words=False, break_on_hyphens=False)
    picture = curves_figure(report.curves, "\n".join([report.claim.title, *lines]))
    try:
        picture.savefig(target, dpi=150)
    except OSError as error:
        raise TheoryCheckError(f"The picture cannot be written: {error.strerror or error}.") from error


def curves_figure(curves: tuple[Curve, ...], title: str = "") -> Any:
    """Return a matplotlib Figure with one panel for each figure title, in order; no global state is touched.

    Background curves (``is_main`` false) are thin and pale, in the colour of the main curve whose label theirs begins
    with.
    """
    from matplotlib.figure import Figure
    names = list(dict.fromkeys(curve.figure for curve in curves))
    picture = Figure(figsize=(max(6.4, 5.6 * len(names)), 4.8), layout="constrained")
    if title:
        picture.suptitle(title, fontsize=9)
    colours = _colours(curves)
    for axes, name in zip(picture.subplots(1, len(names), squeeze=False)[0], names):
        panel = [curve for curve in curves if curve.figure == name]
        for curve in sorted(panel, key=lambda each: each.is_main):
            place = colours[curve.label]
            axes.plot(curve.x, curve.y, color=_COLOURS[place % len(_COLOURS)],
                      linestyle=_DASHES[place % len(_DASHES)] if curve.is_main else "-",
                      linewidth=2 if curve.is_main else 0.8, alpha=1 if curve.is_main else 0.3,
                      label=curve.label if curve.is_main else None,
                      marker="o" if curve.is_main and len(curve.x) <= _FEW_POINTS else None)
        axes.set_title(f"{name} ({', '.join(sorted({curve.evidence.value for curve in panel}))})", fontsize=10)
        axes.set_xscale(panel[0].x_scale, **({"linthresh": 1} if panel[0].x_scale == "symlog" else {}))
        if panel[0].x_scale == "symlog":
            axes.set_xlim(left=0)
        if (top := panel[0].y_top) is not None:
            low = min(min(curve.y) for curve in panel)
            axes.set_ylim(low - 0.05 * (top - low), top + 0.02 * (top - low))
        axes.set_xlabel(panel[0].x_label)
        axes.set_ylabel(panel[0].y_label)
        axes.grid(alpha=0.25)
        if any(curve.is_main for curve in panel):
            axes.legend(fontsize=8)
    return picture


def _colours(curves: tuple[Curve, ...]) -> dict[str, int]:
    """A place in the list of colours for every label, the same in every panel."""
    mains = list(dict.fromkeys(curve.label for curve in curves if curve.is_main))
    places = {label: place for place, label in enumerate(mains)}
    for curve in curves:
        if curve.label not in places:
            owners = [label for label in mains if curve.label.split()[0] == label.split()[0]]
            places[curve.label] = places[owners[0]] if owners else len(places)
    return places
