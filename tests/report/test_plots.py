from __future__ import annotations

import sys

import pytest
from sample_claim import SampleParameters, sample_claim, step, verified

from theorycheck.claims import Curve, Evidence, run_claim
from theorycheck.errors import ParameterError, TheoryCheckError
from theorycheck.report import plots
from theorycheck.report.json import report_document
from theorycheck.report.plots import curves_figure, plot_report, require_plot_file


def curve(figure="loss", label="CNN", y=(1.0, 0.5), **changes):
    return Curve(figure, label, "step", "hinge loss", (0.0, 1.0), y, Evidence.FLOAT, **changes)


CURVES = (curve(), curve(label="CNN eta=2", y=(1.0, 0.75), is_main=False), curve(label="FCN", y=(1.0, 1.0)),
          curve("accuracy", "FCN", (0.5, 0.5)))


def report_with(*curves):
    return run_claim(sample_claim(step("v", verified), curves=lambda instance: curves), SampleParameters(5, 2))


@pytest.mark.parametrize("name, start", [("a.png", b"\x89PNG"), ("a.PDF", b"%PDF"), ("a.svg", b"<?xml")])
def test_a_report_is_drawn_in_the_format_of_its_name(tmp_path, name, start):
    plot_report(report_with(*CURVES), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_each_title_has_its_panel_with_the_curves_as_given():
    first, second = curves_figure(CURVES, "title").axes
    assert [axes.get_title() for axes in (first, second)] == ["loss (float)", "accuracy (float)"]
    drawn = {(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in first.lines}
    assert drawn == {(each.x, each.y) for each in CURVES[:3]}
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["CNN", "FCN"]
    assert first.get_xlabel() == "step" and first.get_ylabel() == "hinge loss"


def test_a_label_has_one_colour_in_every_panel_and_its_background_curves_share_it():
    first, second = curves_figure(CURVES).axes
    background, cnn, fcn = first.lines
    assert background.get_color() == cnn.get_color() != fcn.get_color() == second.lines[0].get_color()
    assert background.get_alpha() < cnn.get_alpha()


def test_scales_are_those_of_the_curves():
    linear, log, steps = curves_figure((curve(), Curve("b", "a", "n", "y", (1.0, 2.0), (0.0, 1.0), Evidence.EXACT,
                                                       x_scale="log"), curve("c", x_scale="symlog"))).axes
    assert [axes.get_xscale() for axes in (linear, log, steps)] == ["linear", "log", "symlog"]
    assert steps.get_xlim()[0] == 0


def test_a_curve_may_leave_the_picture():
    axes, = curves_figure((curve(y=(0.0, 1e9), y_top=2.0), curve(label="FCN", y=(1.0, 1.0), y_top=2.0))).axes
    bottom, top = axes.get_ylim()
    assert -0.2 < bottom < 0 and 2 < top < 2.1 and max(axes.lines[0].get_ydata()) == 1e9


def test_curves_reach_the_json_document():
    found = report_document(report_with(*CURVES))["curves"]
    assert found[1] == {"figure": "loss", "label": "CNN eta=2", "x_label": "step", "y_label": "hinge loss",
                        "evidence": "float", "is_main": False, "x_scale": "linear", "x": [0.0, 1.0], "y": [1.0, 0.75]}
    assert len(found) == 4 and report_document(report_with())["curves"] == []


def test_a_report_without_curves_is_refused(tmp_path):
    with pytest.raises(TheoryCheckError, match="The report has no curves to draw."):
        plot_report(report_with(), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name, message", [
    ("a.gif", "'plot' must end in .png, .svg or .pdf, not "), ("png", "'plot' must end in .png, .svg or .pdf, not "),
    ("nowhere/a.png", "'plot' must lie in a folder that exists, not "),
    ("folder.png", "'plot' must be a file that can be written, not "),
    ("a" * 300 + ".png", "'plot' must be a file that can be written, not "),
    ("a\0.png", "'plot' must be a file that can be written, not ")])
def test_a_place_that_takes_no_picture_is_refused(tmp_path, name, message):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ParameterError) as caught:
        require_plot_file(tmp_path / name)
    assert str(caught.value).startswith(message)


def test_a_place_that_is_no_path_is_refused():
    with pytest.raises(ParameterError, match="'plot' must be a path, not 5."):
        require_plot_file(5)


def test_dollar_signs_in_the_command_are_no_formula(tmp_path):
    picture = curves_figure(CURVES, "--save 'a$x_$b^{'")
    picture.savefig(tmp_path / "a.png")
    assert picture.get_suptitle() == "--save 'a$x_$b^{'"


def test_few_values_on_a_log_scale_are_written_out():
    eta = Curve("b", "a", "eta", "y", (0.25, 1.0, 4.0), (0.0, 1.0, 2.0), Evidence.EXACT, x_scale="log")
    axes, = curves_figure((eta,)).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.25", "1", "4"]
    assert not axes.xaxis.get_minorticklocs().size


def test_curves_on_one_line_are_all_seen():
    axes, = curves_figure((curve(), curve(label="LCN"), curve(label="eFCN"))).axes
    widths = [line.get_linewidth() for line in axes.lines]
    assert widths == sorted(widths, reverse=True) and len(set(widths)) == 3 and min(widths) > 1


def test_without_matplotlib_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(TheoryCheckError, match=r"'plot' needs matplotlib: pip install 'theorycheck\[plot\]'."):
        require_plot_file(tmp_path / "a.png")


def test_drawing_touches_no_global_state():
    curves_figure(CURVES)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()
