"""Lemma 9's bounds, for all parameters."""
import pytest
from proposition_checks import require_certificate, require_no_proof_of_a_third, require_true_at_random

from theorycheck.bounds.lemma9_proofs import PROPOSITIONS, certificate
from theorycheck.errors import ParameterError

EVERY = pytest.mark.parametrize("name", sorted(PROPOSITIONS))


@EVERY
def test_the_certificate_checks(name):
    require_certificate(PROPOSITIONS[name], certificate(name))


@EVERY
def test_the_claim_holds_at_random_instances(name):
    require_true_at_random(PROPOSITIONS[name].relation, n=20)


@EVERY
def test_a_claim_off_by_a_factor_is_not_proved(name):
    require_no_proof_of_a_third(PROPOSITIONS[name])


def test_unknown_names():
    with pytest.raises(ParameterError, match="'name' must be one of distance"):
        certificate("banana")
