"""Theorem 10's bounds as numbers: the example in which neither form is the better one."""
import json
from fractions import Fraction
from pathlib import Path

from theorycheck.bounds import theorem10
from theorycheck.bounds.evaluate import evaluate

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem10"]


def test_the_golden_example():
    # theta_1=10, theta*=0, f=theta/10, eta=T=1.
    slope = Fraction(GOLDEN["slope"])
    at = {"T": 1, "eta": 1, "values": 0, "start_norm": 10, "comparator_square": 0, "start_square": 100, "norms": slope,
          "squares": slope**2}
    for bound, name in ((theorem10.stated_bound, "stated"), (theorem10.sharp_bound, "stated_with_half"),
                        (theorem10.standard_bound, "standard")):
        assert evaluate(bound(), at).exact == Fraction(GOLDEN[name])


def test_telescoped_terms():
    at = {"T": 4, "eta": Fraction(1, 2), "start_square": 9, "end_square": 1, "squares": 3}
    assert evaluate(theorem10.telescoped(), at).exact == 2 + Fraction(3, 4)
    assert evaluate(theorem10.telescoped(end_square=0), at).exact == Fraction(9, 4) + Fraction(3, 4)


def test_the_stated_form_adds_half_the_last_term():
    assert theorem10.stated_bound() - theorem10.sharp_bound() == theorem10.symbols.eta * theorem10.squares / 2
