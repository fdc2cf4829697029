"""Certificates of Corollary 5: found, checked, and not found for what is false."""
import dataclasses

import pytest

from theorycheck.bounds import corollary5_proofs
from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.errors import ParameterError


@pytest.mark.parametrize("name", corollary5_proofs.PROPOSITIONS)
def test_every_proposition_has_a_certificate(name):
    found = corollary5_proofs.certificate(name)
    proposition = corollary5_proofs.PROPOSITIONS[name]
    assert check_certificate(found) and found.relation == proposition.relation
    assert found.assumptions == proposition.assumptions


@pytest.mark.parametrize("name", corollary5_proofs.PROPOSITIONS)
def test_half_the_right_side_is_not_proved(name):
    lhs, relation, rhs = corollary5_proofs.PROPOSITIONS[name].relation
    broken = Relation(lhs, relation, rhs / 2)
    if name == "features":  # the others try every substitution for seconds before they give up
        assert prove(broken, corollary5_proofs.PROPOSITIONS[name].assumptions) is None
    assert not check_certificate(dataclasses.replace(corollary5_proofs.certificate(name), relation=broken))


def test_bad_names():
    with pytest.raises(ParameterError, match="'name' must be one of"):
        corollary5_proofs.certificate("banana")
