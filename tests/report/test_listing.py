from __future__ import annotations

import json
import sys
import types

from sample_claim import every_verdict, sample_claim

from theorycheck.claims import Outcome, Side, Step
from theorycheck.report.listing import claim_page, claims_json, claims_text


def refuse(*arguments):
    raise AssertionError("a listing ran something")


def inert_claim(**changes):
    """A claim that fails the test when anything of it runs."""
    steps = tuple(Step(each.name, each.title, each.lhs, each.relation, each.rhs, refuse) for each in every_verdict())
    return sample_claim(*steps, prepare=refuse, conclude=refuse, estimate=refuse, is_vacuous=refuse, **changes)


def test_the_list_has_one_aligned_line_a_claim():
    claims = (inert_claim(), inert_claim(name="a_longer_name", title="T"))
    first, second = claims_text(claims).splitlines()
    assert first.split("  ")[0].rstrip() == "sample" and second.startswith("a_longer_name  T")
    assert first.index("Nobody, Lemma 0; 8 steps") == second.index("Nobody, Lemma 0; 8 steps")


def test_the_list_takes_any_iterable():
    assert claims_text(iter([inert_claim()])).startswith("sample")


def test_the_list_as_json():
    claims = (inert_claim(uses=("definitions",)), inert_claim(name="other", title="Ünïcode ≤"))
    found = json.loads(claims_json(claims))
    assert [entry["name"] for entry in found] == ["sample", "other"] and found[0]["uses"] == ["definitions"]
    assert found[0]["steps"] == [each.name for each in every_verdict()] and found[1]["title"] == "Ünïcode ≤"
    assert "≤" in claims_json(claims)


def test_the_page_of_a_claim_says_everything_and_runs_nothing():
    page = claim_page(inert_claim(uses=("definitions", "lemma6"), errata=("First.", "Second.")))
    for part in ("Sample <claim>\n==============\nSource: Nobody, Lemma 0",
                 "Statement\n  One third is at most one half.", "Uses\n  definitions, lemma6",
                 "Hypotheses\n  - n is even & small", "  5. The step refuted [refuted]\n     a <= b",
                 "Errata and looseness\n  - First.\n  - Second."):
        assert part in page, part
    assert "LaTeX" not in page


def test_the_page_tells_required_hypotheses_from_the_rest():
    assert "marked if not met" not in claim_page(inert_claim())
    assert "- n is even & small (marked if not met; the steps then decide)" in claim_page(inert_claim(required=False))


def test_the_page_leaves_out_what_a_claim_does_not_have():
    page = claim_page(inert_claim(errata=()))
    assert "Errata" not in page and "Uses" not in page


def test_long_text_is_wrapped_and_indented():
    page = claim_page(inert_claim(statement="word " * 100, errata=("other " * 100,)))
    assert max(map(len, page.splitlines())) <= 100
    assert page.count("\n  word") > 3 and page.count("\n    other") > 3


def test_symbolic_sides_are_shown_as_latex(monkeypatch):
    display = types.ModuleType("theorycheck.bounds.display")
    display.as_latex = lambda expression: rf"\latex{{{expression}}}"
    monkeypatch.setitem(sys.modules, "theorycheck.bounds.display", display)
    step = Step("s", "Title", Side("x", lambda: "X"), "<=", Side("y"), lambda instance: Outcome(None))
    page = claim_page(sample_claim(step))
    assert r"     $\latex{X} \le \text{y}$" in page.splitlines()


def test_a_side_may_bring_its_latex():
    step = Step("s", "Title", Side("E m", latex=r"E\, m"), "==", Side("2^n", latex="2^n"), lambda _: Outcome(None))
    assert r"     $E\, m = 2^n$" in claim_page(sample_claim(step)).splitlines()


def test_real_sympy_sides_are_shown_as_latex():
    import sympy
    step = Step("s", "Title", Side("x"), "<=", Side("1/2^k", lambda: 2 ** -sympy.Symbol("k")),
                lambda instance: Outcome(None))
    assert r"$\text{x} \le 2^{- k}$" in claim_page(sample_claim(step))
