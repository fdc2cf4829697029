"""The certificates of Theorem 4: they check, the claims hold at random instances, and halved claims are not proved."""
from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.prove import prove
from theorycheck.bounds.theorem4_proofs import PROPOSITIONS, certificate
from theorycheck.errors import ParameterError

NAMES = sorted(PROPOSITIONS)


def instance(random):
    windows = random.randint(1, 30)
    return {"n": windows + random.randint(0, 5), "k": random.randint(1, 6), "q": random.randint(1, 10**6), "N": windows,
            "T": random.randint(1, 10**4), "c": Fraction(random.randint(1, 99), random.randint(1, 99)),
            "eta": Fraction(random.randint(1, 99), 1000)}


@pytest.mark.parametrize("name", NAMES)
def test_certificate_checks(name):
    proof, proposition = certificate(name), PROPOSITIONS[name]
    assert check_certificate(proof) is True
    assert (proof.relation, proof.assumptions) == (proposition.relation, proposition.assumptions)


@pytest.mark.parametrize("name", NAMES)
def test_the_claim_holds_at_random_instances(name):
    random = Random(4)
    for _ in range(12):
        at = instance(random)
        assert all(evaluate_relation(assumption, at) for assumption in PROPOSITIONS[name].assumptions)
        # An equality of roots is never confirmed by balls, nor is one that a <= attains.
        assert evaluate_relation(PROPOSITIONS[name].relation, at) is not False


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"movement_sum_starts"}))
def test_a_smaller_side_is_false_somewhere(name):
    # Half of half: the mean of t(t-1)/2 tends to the bound itself, the others lose more.
    broken = PROPOSITIONS[name].relation._replace(rhs=PROPOSITIONS[name].relation.rhs / 4)
    random = Random(5)
    assert any(evaluate_relation(broken, instance(random)) is False for _ in range(12))


@pytest.mark.parametrize("name", ["norm_piece", "sharp_movement_sum", "movement_sum_grows", "one_more_round"])
def test_a_smaller_side_is_not_proved(name):
    relation = PROPOSITIONS[name].relation
    assert prove(relation._replace(rhs=relation.rhs / 4), PROPOSITIONS[name].assumptions) is None


def test_the_number_of_windows_must_be_at_most_n():
    assert prove(PROPOSITIONS["gradient_norm"].relation) is None


def test_an_unknown_name():
    with pytest.raises(ParameterError, match="'name' must be one of movement_piece, .*, not 'banana'"):
        certificate("banana")
