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
    if not isinstance(path, (str, os.PathLike)):
        raise ParameterError(f"'plot' must be a path, not {abbreviate(repr(path))}.")
    target = Path(path)
    if target.suffix.lower().lstrip(".") not in _FORMATS:
        raise ParameterError(f"'plot' must end in .png, .svg or .pdf, not {abbreviate(repr(str(path)))}.")
    try:
        is_placed, is_folder = target.parent.is_dir(), target.is_dir()
        is_writable = os.access(target if target.exists() else target.parent, os.W_OK)
    except OSError:  # a name too long
        is_placed, is_folder, is_writable = True, False, False
    if not is_placed:
        raise ParameterError(f"'plot' must lie in a folder that exists, not {abbreviate(repr(str(path)))}.")
    if is_folder or not is_writable or "\0" in str(path):
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
        picture.suptitle(title, fontsize=9, parse_math=False)  # a path may hold dollar signs
    colours = _colours(curves)
    for axes, name in zip(picture.subplots(1, len(names), squeeze=False)[0], names):
        panel = [curve for curve in curves if curve.figure == name]
        for curve in sorted(panel, key=lambda each: each.is_main):
            _draw(axes, curve, colours[curve.label])
        axes.set_title(f"{name} ({', '.join(sorted({curve.evidence.value for curve in panel}))})", fontsize=10)
        _scale(axes, panel)
        if (top := panel[0].y_top) is not None:
            low = min(min(curve.y) for curve in panel)
            axes.set_ylim(low - 0.05 * (top - low), top + 0.02 * (top - low))
        axes.set_xlabel(panel[0].x_label)
        axes.set_ylabel(panel[0].y_label)
        axes.grid(alpha=0.25)
        if any(curve.is_main for curve in panel):
            axes.legend(fontsize=8)
    return picture


def _draw(axes: Any, curve: Curve, place: int) -> None:
    """Later curves are narrower, so that of several on one line all are seen."""
    colour, rank = _COLOURS[place % len(_COLOURS)], min(place, len(_DASHES) - 1)
    if not curve.is_main:
        axes.plot(curve.x, curve.y, color=colour, linewidth=0.8, alpha=0.3)
        return
    axes.plot(curve.x, curve.y, color=colour, linestyle=_DASHES[place % len(_DASHES)], linewidth=3 - 0.5 * rank,
              alpha=1, label=curve.label, marker="o" if len(curve.x) <= _FEW_POINTS else None, markersize=10 - 2 * rank)


def _scale(axes: Any, panel: list[Curve]) -> None:
    """The x axis, with plain numbers; on a log scale the values themselves where they are few."""
    scale = panel[0].x_scale
    axes.set_xscale(scale, **({"linthresh": 1} if scale == "symlog" else {}))
    if scale == "symlog":
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    values = sorted({value for curve in panel for value in curve.x})
    if scale == "log" and len(values) <= _FEW_POINTS:
        axes.set_xticks(values, [f"{value:.3g}" for value in values], rotation=90 if len(values) > 6 else 0)
        axes.minorticks_off()


def _colours(curves: tuple[Curve, ...]) -> dict[str, int]:
    """A place in the list of colours for every label, the same in every panel."""
    mains = list(dict.fromkeys(curve.label for curve in curves if curve.is_main))
    places = {label: place for place, label in enumerate(mains)}
    for curve in curves:
        if curve.label not in places:
            owners = [label for label in mains if curve.label.split()[0] == label.split()[0]]
            places[curve.label] = places[owners[0]] if owners else len(places)
    return places
