from __future__ import annotations

import subprocess
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sample_claim import sample_claim

from theorycheck import registry
from theorycheck.claims import Claim
from theorycheck.errors import ParameterError, TheoryCheckError
from theorycheck.registry import all_claims, check_acyclic, claim_names, find_claim

ROOT = Path(__file__).resolve().parent.parent
OWN = ("definitions", "theorem4", "corollary5", "lemma6", "comment7", "lemma8", "lemma9", "theorem10", "lcn",
       "theorem12", "stuck", "separation", "theorem_a")


@pytest.fixture
def plug_in(monkeypatch):
    """Announce objects as claims of another package, under the names given."""
    def announce(*pairs):
        module = types.ModuleType("foreign_claims")
        points = []
        for number, (name, value) in enumerate(pairs):
            setattr(module, f"CLAIM_{number}", value)
            points.append(EntryPoint(name, f"foreign_claims:CLAIM_{number}", "theorycheck.claims"))
        monkeypatch.setitem(sys.modules, "foreign_claims", module)
        announce_points(points)

    def announce_points(points):
        monkeypatch.setattr(registry, "entry_points",
                            lambda group: [point for point in points if point.group == group])
        registry._foreign_entry_points.cache_clear()
    announce.points = announce_points
    announce()
    yield announce
    monkeypatch.undo()
    registry._foreign_entry_points.cache_clear()


def test_the_claims_of_the_paper_in_its_order(plug_in):
    assert claim_names() == OWN and tuple(claim.name for claim in all_claims()) == OWN


@pytest.mark.parametrize("name", OWN)
def test_every_claim_is_found_by_name_and_its_page_is_complete(name):
    claim = find_claim(name)
    assert isinstance(claim, Claim) and claim.name == name and claim is find_claim(name)
    assert claim.title and claim.statement and "MS21" in claim.source and claim.steps
    assert len({step.name for step in claim.steps}) == len(claim.steps)
    assert len({hypothesis.name for hypothesis in claim.hypotheses}) == len(claim.hypotheses)
    assert {step.relation for step in claim.steps} <= {"<", "<=", "==", ">=", ">"}


@pytest.mark.parametrize("name", OWN)
def test_one_name_serves_for_the_module_and_the_test_file(name):
    assert (ROOT / "theorycheck" / "statements" / f"{name}.py").is_file()
    assert (ROOT / "tests" / "statements" / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", ["lemma7", "Lemma6", "lemma6 ", "", "theorycheck", None, 6, True, ["lemma6"]])
def test_an_unknown_name_lists_the_known_ones(plug_in, name):
    with pytest.raises(ParameterError) as caught:
        find_claim(name)
    assert str(caught.value) == f"'claim' must be one of {', '.join(OWN)}, not {name!r}."


def test_a_claim_of_another_package(plug_in):
    claim = sample_claim(uses=("lemma6",))
    plug_in(("sample", claim))
    assert claim_names() == OWN + ("sample",) and find_claim("sample") is claim and all_claims()[-1] is claim
    with pytest.raises(ParameterError, match=f"{', '.join(OWN)}, sample, not 'other'"):
        find_claim("other")


def test_names_are_listed_without_loading_anything(plug_in):
    plug_in.points([EntryPoint("sample", "no_such_module_anywhere:CLAIM", "theorycheck.claims"),
                    EntryPoint("elsewhere", "no_such_module_anywhere:CLAIM", "another.group")])
    assert claim_names() == OWN + ("sample",)


@pytest.mark.parametrize("value", ["no_such_module_anywhere:CLAIM", "json:no_such_name"])
def test_a_claim_that_cannot_be_loaded_is_named(plug_in, value):
    plug_in.points([EntryPoint("sample", value, "theorycheck.claims")])
    with pytest.raises(TheoryCheckError, match=f"^The claim 'sample' cannot be loaded from {value}: "):
        find_claim("sample")
    assert find_claim("lemma6").name == "lemma6"  # the others still work


@pytest.mark.parametrize("value", [None, 1, Claim, "sample"])
def test_an_entry_that_is_no_claim_is_refused(plug_in, value):
    plug_in(("sample", value))
    with pytest.raises(TheoryCheckError, match="^The entry 'sample' must be a Claim of that name"):
        find_claim("sample")


def test_an_entry_under_another_name_is_refused(plug_in):
    plug_in(("other", sample_claim()))
    with pytest.raises(TheoryCheckError, match="^The entry 'other' must be a Claim of that name"):
        all_claims()


@pytest.mark.parametrize("names", [("lemma6",), ("sample", "sample")])
def test_two_claims_of_one_name_are_refused(plug_in, names):
    plug_in(*((name, sample_claim(name=name)) for name in names))
    for ask in (claim_names, all_claims, lambda: find_claim("sample")):
        with pytest.raises(TheoryCheckError, match=f"^Two claims are called '{names[0]}'; one comes from foreign"):
            ask()


@pytest.mark.parametrize("uses, circle", [
    ({"a": ("a",)}, "a, a"), ({"a": ("b",), "b": ("a",)}, "a, b, a"),
    ({"a": ("b",), "b": ("c",), "c": ("b",)}, "b, c, b"), ({"a": (), "b": ("a", "c"), "c": ("a", "b")}, "b, c, b")])
def test_a_circle_is_shown(uses, circle):
    with pytest.raises(TheoryCheckError) as caught:
        check_acyclic(uses)
    assert str(caught.value) == f"The claims rest on one another in a circle: {circle}."


@pytest.mark.parametrize("uses", [{}, {"a": ()}, {"a": ("b", "c"), "b": ("c",), "c": ()},
                                  {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}])
def test_a_diamond_is_no_circle(uses):
    assert check_acyclic(uses) is None


def test_a_ladder_of_diamonds_is_walked_once():
    # 2^40 paths lead from the top to the bottom: walking each would not come back.
    uses = {f"{side}{i}": (f"l{i + 1}", f"r{i + 1}") for i in range(40) for side in "lr"}
    check_acyclic({**uses, "l40": (), "r40": ()})


def test_an_unknown_name_used_is_refused(plug_in):
    with pytest.raises(TheoryCheckError, match="^'a' uses 'b', which is not a claim[.]$"):
        check_acyclic({"a": ("b",)})
    plug_in(("sample", sample_claim(uses=("lemma0",))))
    with pytest.raises(TheoryCheckError, match="^'sample' uses 'lemma0', which is not a claim[.]$"):
        all_claims()


def test_claims_that_use_themselves_through_the_paper_are_refused(plug_in):
    plug_in(("first", sample_claim(name="first", uses=("second", "lemma6"))),
            ("second", sample_claim(name="second", uses=("first",))))
    with pytest.raises(TheoryCheckError, match="in a circle: first, second, first[.]$"):
        all_claims()


def test_listing_names_imports_no_statement():
    code = ("import sys; from theorycheck.registry import claim_names; claim_names()\n"
            "assert not [name for name in sys.modules if name.startswith('theorycheck.statements')]")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
