"""Tables of propositions: each certificate is searched for once, checked, and refused where it proves another claim."""
from dataclasses import replace

import pytest
from sympy import Integer

from theorycheck.bounds import propositions
from theorycheck.bounds.lemma6_proofs import PROPOSITIONS as OF_LEMMA_6
from theorycheck.bounds.lemma8_proofs import PROPOSITIONS, certificate
from theorycheck.bounds.propositions import Proposition, Propositions, checked_proofs
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import T
from theorycheck.claims import Verdict
from theorycheck.errors import ParameterError, TheoryCheckError


def table(rhs=T):
    return Propositions({"longer": Proposition("one step more is more", Relation(T + 1, ">", rhs))})


def test_a_table_is_a_mapping():
    given = table()
    assert list(given) == ["longer"] and len(given) == 1 and "banana" not in given
    assert given["longer"].title == "one step more is more" and given["longer"].assumptions == ()


def test_a_certificate_is_searched_for_once(monkeypatch):
    calls, original = [], propositions.prove
    monkeypatch.setattr(propositions, "prove", lambda *given, **hints: calls.append(given) or original(*given, **hints))
    given = table()
    assert given.certificate("longer") is given.certificate("longer") and len(calls) == 1


def test_the_hints_reach_the_prover():
    # Without its multiplier this one is not found.
    name = "norm_from_below"
    bare = Propositions({name: replace(OF_LEMMA_6[name], multiplier=None, split=None)})
    assert OF_LEMMA_6.certificate(name) is not None
    with pytest.raises(TheoryCheckError, match="No certificate was found for 'norm_from_below'"):
        bare.certificate(name)


def test_unknown_names_and_false_claims():
    with pytest.raises(ParameterError, match="'name' must be one of longer, not 'banana'"):
        table().certificate("banana")
    with pytest.raises(TheoryCheckError, match="No certificate was found for 'longer'"):
        table(T + Integer(2)).certificate("longer")


def test_proofs_are_checked_and_a_certificate_of_another_claim_is_not_believed():
    assert {proof.verdict for proof in checked_proofs(PROPOSITIONS, certificate)} == {Verdict.PROVED}
    names = list(PROPOSITIONS)
    swapped = dict(zip(names, names[1:] + names[:1]))
    broken = checked_proofs(PROPOSITIONS, lambda name: replace(certificate(name), relation=certificate(
        swapped[name]).relation))
    assert any(proof.verdict is Verdict.INCONCLUSIVE for proof in broken)
    assert [proof.name for proof in broken] == names
