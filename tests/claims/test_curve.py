from __future__ import annotations

import pytest

from theorycheck.claims import Curve, Evidence
from theorycheck.errors import ParameterError


@pytest.mark.parametrize("x, y, message", [
    ((), (), "'x' must have at least one entry."),
    ((0.0, 1.0), (1.0,), "'y' must have as many entries as 'x'=2, not 1."),
    ((0.0,), (float("nan"),), "'y' must be finite, not nan."),
    ((float("inf"),), (1.0,), "'x' must be finite, not inf.")])
def test_a_curve_that_cannot_be_drawn_is_refused(x, y, message):
    with pytest.raises(ParameterError) as caught:
        Curve("loss", "CNN", "step", "hinge loss", x, y, Evidence.FLOAT)
    assert str(caught.value) == message


@pytest.mark.parametrize("scale, message", [
    ("cubic", "'x_scale' must be one of linear, log, symlog, not 'cubic'."),
    ("log", "'x' must be above 0 on a log scale, not 0.0.")])
def test_scales_are_checked(scale, message):
    with pytest.raises(ParameterError) as caught:
        Curve("loss", "CNN", "step", "hinge loss", (0.0, 1.0), (1.0, 1.0), Evidence.FLOAT, x_scale=scale)
    assert str(caught.value) == message


@pytest.mark.parametrize("changes, message", [
    ({"label": ""}, "'label' must be a non-empty text, not ''."),
    ({"figure": None}, "'figure' must be a non-empty text, not None."),
    ({"y_top": float("nan")}, "'y_top' must be finite and above the least y, 0.5, not nan."),
    ({"y_top": float("inf")}, "'y_top' must be finite and above the least y, 0.5, not inf."),
    ({"y_top": 0.5}, "'y_top' must be finite and above the least y, 0.5, not 0.5.")])
def test_names_and_the_top_are_checked(changes, message):
    given = {"figure": "loss", "label": "CNN", **changes}
    with pytest.raises(ParameterError) as caught:
        Curve(x_label="step", y_label="hinge loss", x=(0.0, 1.0), y=(1.0, 0.5), evidence=Evidence.FLOAT, **given)
    assert str(caught.value) == message


def test_a_curve_of_one_point_is_a_curve():
    curve = Curve("loss", "CNN", "step", "hinge loss", (0.0,), (1.0,), Evidence.ENCLOSED)
    assert curve.is_main and curve.evidence is Evidence.ENCLOSED
