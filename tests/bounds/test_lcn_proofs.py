"""The certificates of the LCN's bounds: they check, the claims hold at random instances, halved ones are not proved."""
from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.lcn_proofs import PROPOSITIONS, certificate
from theorycheck.bounds.prove import prove
from theorycheck.errors import ParameterError

NAMES = sorted(PROPOSITIONS)


def instance(random):
    windows = random.randint(2, 30)
    return {"n": windows + random.randint(0, 5), "k": random.randint(1, 6), "q": random.randint(1, 10**6), "N": windows,
            "T": random.randint(2, 10**4), "c": Fraction(random.randint(1, 99), random.randint(1, 99)),
            "eta": Fraction(random.randint(1, 99), 1000)}


@pytest.mark.parametrize("name", NAMES)
def test_certificate_checks(name):
    assert check_certificate(certificate(name)) is True
    assert certificate(name).relation == PROPOSITIONS[name].relation


@pytest.mark.parametrize("name", NAMES)
def test_the_claim_holds_at_random_instances(name):
    random = Random(4)
    for _ in range(12):
        # An equality of roots is never confirmed by balls, nor is one that a <= attains.
        assert evaluate_relation(PROPOSITIONS[name].relation, instance(random)) is not False


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"drift_is_below_the_cnns"}))
def test_a_smaller_side_is_false_somewhere(name):
    broken = PROPOSITIONS[name].relation._replace(rhs=PROPOSITIONS[name].relation.rhs / 4)
    random = Random(5)
    assert any(evaluate_relation(broken, instance(random)) is False for _ in range(12))


@pytest.mark.parametrize("name", ["drift_is_below_the_cnns", "movement_without_the_other_windows"])
def test_a_smaller_side_is_not_proved(name):
    relation = PROPOSITIONS[name].relation
    assert prove(relation._replace(rhs=relation.rhs / 2), PROPOSITIONS[name].assumptions) is None


def test_an_unknown_name():
    with pytest.raises(ParameterError, match="'name' must be one of movement_piece, .*, not 'banana'"):
        certificate("banana")
