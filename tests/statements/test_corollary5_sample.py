"""Training on a sample: the oracle's descent, the judgement of the result, and the bound beside the gap."""
from fractions import Fraction

import numpy as np
import oracles
import pytest
from flint import arb

from theorycheck.claims import Settings, Verdict
from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.statements import corollary5_sample
from theorycheck.statements.corollary5 import Corollary5Parameters
from theorycheck.statements.corollary5_instance import Corollary5


def instance(seed=0, **values):
    return Corollary5(Corollary5Parameters.from_values(values), Settings(seed=seed))


@pytest.mark.parametrize("pattern", ["parity", "and"])
def test_the_fit_by_the_oracle(pattern):
    given = instance(n=4, k=2, sample=9, fit_steps=3, pattern=pattern)
    indices = np.array([0, 3, 3, 5, 6, 9, 10, 12, 15])
    fit = corollary5_sample.fit_sample(given, indices)
    labels = given.pattern.truth_table().values.tolist()
    weights = [Fraction(int((indices == x).sum()), 9) for x in range(16)]
    w, b = oracles.sign_filters(2, [0, 1, 2, 3])
    *_, (loss, u, w) = oracles.gradient_descent("cnn", [[Fraction(0)] * 4 for _ in range(3)], w, b, labels,
                                                Fraction(1, 2), 3, weights)
    values = [oracles.cnn_value(x, u, w, b) for x in oracles.cube_points(4)]
    assert fit.size == 9 and fit.distinct == 8
    uniform = [Fraction(1, 16)] * 16
    # Balls of 128 bits around the oracle's rationals.
    for ball, exact in ((fit.sample_loss, loss), (fit.population_loss, oracles.hinge_loss(values, labels, uniform))):
        assert bool(abs((ball - exact).enclose()) < 1e-30) and (ball - exact).enclose().contains(arb(0))
    wrong = [int((h >= 0) != (y > 0)) for h, y in zip(values, labels)]
    assert fit.population_error == Fraction(sum(wrong), 16)
    assert fit.sample_error == sum((p * e for p, e in zip(weights, wrong)), Fraction(0))


def test_a_point_never_seen_costs():
    given = instance(n=3, k=2, sample=2, fit_steps=10)
    fit = corollary5_sample.fit_sample(given, np.array([0, 0]))
    assert fit.sample_error == 0 and fit.distinct == 1
    # Half of the labels are -1, and an untouched readout says sign(0) = +1 there.
    assert fit.population_error == Fraction(1, 2)


def test_a_sign_that_is_not_decided_is_said():
    with pytest.raises(Undecided, match="is not decided"):
        corollary5_sample._judge([arb(0, 1), arb(1)], [1, 1], [1, 0])


def test_an_undecided_run_is_inconclusive(monkeypatch):
    def undecided(*given):
        raise Undecided("The sign of h is not decided.")
    monkeypatch.setattr(corollary5_sample, "fit_sample", undecided)
    outcome = corollary5_sample.generalisation(instance(n=3, k=2, sample=2))
    assert outcome.verdict is Verdict.INCONCLUSIVE and "not decided" in outcome.note


def test_few_draws_make_the_bound_vacuous():
    outcome = corollary5_sample.generalisation(instance(n=4, k=2, sample=30, fit_steps=5))
    assert outcome.verdict is Verdict.VACUOUS and "at least 1" in outcome.note
    fewer = corollary5_sample.generalisation(instance(n=4, k=2, sample=3, fit_steps=5))
    assert fewer.verdict is Verdict.VACUOUS and fewer.rhs is None


def test_the_trials_are_statistical_and_judge_no_sizes_but_their_own():
    outcome = corollary5_sample.trials(instance(n=3, k=2, sample=1, trials=20, fit_steps=3))
    # One example leaves half of the inputs wrong, always: the interval lies below 0.9.
    assert outcome.lhs.interval[1] < 0.9 and outcome.lhs.evidence.value == "statistical"
    assert outcome.lhs.level == Fraction(99, 100)
    assert outcome.verdict is None and "neither for nor against it" in outcome.note


def test_the_size_is_limited():
    given = instance(n=13, k=2)
    with pytest.raises(InstanceTooLarge, match="'n' must be at most 12 for a sample, not 13"):
        corollary5_sample.fit_sample(given, np.array([0]))


def test_the_step_size_gives_a_quarter_of_the_rate():
    for k in (1, 2, 4):
        theta_squared = (corollary5_sample.fit_step_size(k) / 2**k)**2 * k
        assert theta_squared == Fraction(1, 16 * k)


# One step from one filter for every sign pattern leaves h at exactly 0 on inputs far from the 20 drawn.
def test_an_h_of_exactly_0_is_decided_in_rationals(monkeypatch):
    given = instance(n=8, k=6, pattern="random", sample=20, fit_steps=1, trials=2)
    assert corollary5_sample.generalisation(given).lhs.value.is_exact
    assert corollary5_sample.trials(given).lhs is not None
    monkeypatch.setattr(corollary5_sample, "RATIONAL_STEPS", 0)
    again = instance(n=8, k=6, pattern="random", sample=20, fit_steps=1, trials=2)
    assert {corollary5_sample.generalisation(again).verdict, corollary5_sample.trials(again).verdict} == {
        Verdict.INCONCLUSIVE}
