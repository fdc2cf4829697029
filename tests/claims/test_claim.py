from __future__ import annotations

import dataclasses

import pytest
from sample_claim import SampleParameters, sample_claim

from theorycheck.claims import Claim, Cost, Hypothesis, HypothesisResult


def test_a_claim_without_more_is_never_vacuous_and_uses_nothing():
    given = {field.name: getattr(sample_claim(), field.name) for field in dataclasses.fields(Claim)
             if field.default is dataclasses.MISSING}
    claim = Claim(**given)
    assert claim.is_vacuous(object()) is False and claim.uses == () and claim.errata == ()


def test_a_hypothesis_is_not_required_unless_it_says_so():
    assert not Hypothesis("even", "n is even", lambda instance: HypothesisResult(True)).required


@pytest.mark.parametrize("thing, name", [(sample_claim(), "steps"), (sample_claim().hypotheses[0], "required"),
                                         (HypothesisResult(True), "met"), (Cost(1.0, 1), "bytes")])
def test_everything_is_frozen(thing, name):
    with pytest.raises(AttributeError):
        setattr(thing, name, None)


def test_its_representation_shows_no_functions():
    text = repr(sample_claim())
    assert "sample" in text and "lambda" not in text and "<function" not in text


def test_the_estimate_runs_nothing():
    assert sample_claim(prepare=None).estimate(SampleParameters(5, 2)) == Cost(0.5, 3 * 2**20, "all small")
