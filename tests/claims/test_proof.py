from __future__ import annotations

import dataclasses

import pytest

from theorycheck.claims import Verdict
from theorycheck.claims.proof import Proof

PROOF = Proof("norm", "The norm", "a <= b", ("q >= 1",), Verdict.PROVED, ("b - a = q - 1", "q = 1 + t, t >= 0"))


def test_a_proof_is_frozen_and_compares_by_content():
    with pytest.raises(AttributeError):
        PROOF.verdict = Verdict.INCONCLUSIVE
    assert PROOF == dataclasses.replace(PROOF) and hash(PROOF) == hash(dataclasses.replace(PROOF))


def test_a_proof_without_its_certificate_is_another():
    for changes in (dict(certificate=()), dict(assumptions=()), dict(verdict=Verdict.INCONCLUSIVE)):
        assert PROOF != dataclasses.replace(PROOF, **changes)


def test_every_field_must_be_given():
    with pytest.raises(TypeError):
        Proof("norm", "The norm", "a <= b", (), Verdict.PROVED)
