"""Single steps of Theorem 10, each made to fail by what it looks at."""
from dataclasses import replace

import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import Real
from theorycheck.statements import theorem10_steps
from theorycheck.statements.theorem10 import Theorem10Parameters
from theorycheck.statements.theorem10_steps import Theorem10, is_convex


def theorem10(**values):
    return Theorem10(Theorem10Parameters.from_values({"steps": 6, "dimension": 2, "sequence": "absolute", **values}),
                     Settings())


@pytest.mark.parametrize("step, changes", [
    ("identity", {"regret": Real(7)}), ("telescoped", {"regret": Real(1000)}), ("convexity", {"value": Real(1000)}),
    ("standard", {"value": Real(1000)}), ("sharp", {"value": Real(1000)}), ("stated", {"value": Real(1000)}),
    ("split", {"start_product": Real(1000)}), ("shifted", {"start_product": Real(-1000)})])
def test_every_step_looks_at_the_last_rounds(step, changes):
    check, instance = getattr(theorem10_steps, step), theorem10()
    assert check(instance).verdict is Verdict.VERIFIED
    instance.__dict__["prefixes"] = [*instance.prefixes[:-1], replace(instance.prefixes[-1], **changes)]
    outcome = check(instance)
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample["at"] == "T=6"


def test_the_shifted_run_is_an_equality_with_its_last_distance():
    outcome = theorem10_steps.shifted(theorem10())
    assert outcome.alternatives[0].value.exact == outcome.lhs.value.exact


def test_parallel_gradients_are_settled_by_the_named_inequality():
    # theta_1 a positive multiple of the constant gradient (1,1): both sides are irrational multiples of sqrt(2).
    instance = theorem10(sequence="linear", weights="1,1", start="3,3")
    outcome = theorem10_steps.split(instance)
    assert outcome.verdict is Verdict.VERIFIED
    assert outcome.lhs.value.exact == 6 and abs(float(outcome.rhs.value) - 6) < 1e-9


def test_convexity_is_looked_for_in_every_round():
    assert is_convex(theorem10()).met and is_convex(theorem10(sequence="training", q=8)).met
    assert not is_convex(theorem10(sequence="concave")).met
    # A concave run from its maximum stays there; the comparator gives it away.
    assert is_convex(theorem10(sequence="concave", start="0", comparator="1")).met is False


def test_an_identity_in_balls_is_contradicted_where_they_lie_apart():
    instance = theorem10(sequence="training", n=3, q=8)
    assert theorem10_steps.identity(instance).verdict is None
    last = replace(instance.prefixes[-1], regret=instance.prefixes[-1].regret + Real(1))
    instance.__dict__["prefixes"] = [*instance.prefixes[:-1], last]
    assert theorem10_steps.identity(instance).verdict is Verdict.REFUTED
