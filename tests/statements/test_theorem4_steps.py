"""The steps of Theorem 4's proof against runs worked out by the slow oracle, in rationals."""
from fractions import Fraction

import oracles
import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import decide
from theorycheck.statements import theorem4_steps
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters

# One filter of every sign pattern; rational step size, so that everything is exact.
TINY = {"n": 3, "k": 2, "q": 4, "steps": 4, "eta": "1/3", "pattern": "0x8", "activation": "relu", "records": 9}


def instance(**values):
    return Theorem4(Theorem4Parameters.from_values({**TINY, **values}), Settings())


def oracle_losses(labels, steps=4, **options):
    """(L(h_t), L(u*, W^(t)), ‖∇_u‖²) for t = 0…steps, one filter of every sign pattern."""
    filters, biases = oracles.sign_filters(2, range(4))
    start = [[Fraction(0)] * 4 for _ in range(2)]
    pattern = [labels[z] for z in range(4)]
    separator = oracles.canonical_separator(2, range(4), pattern, 0, 2)
    points, share = oracles.cube_points(3), [Fraction(1, 8)] * 8
    rows = []
    for loss, u, w in oracles.gradient_descent("cnn", start, filters, biases, labels, Fraction(1, 3), steps):
        compared = oracles.hinge_loss([oracles.cnn_value(x, separator, w, biases) for x in points], labels, share)
        outputs = [oracles.cnn_value(x, u, w, biases) for x in points]
        slopes, _ = oracles.cnn_gradient(points, oracles.hinge_weights(outputs, labels, share, Fraction(0)), u, w,
                                         biases, oracles.relu, oracles.relu_slope())
        rows.append((loss, compared, sum(entry**2 for row in slopes for entry in row)))
    return rows


LABELS = oracles.table(3, lambda x: -1 if (x[0], x[1]) == (-1, -1) else 1)


def test_the_means_are_the_oracles():
    given, rows = instance(), oracle_losses(LABELS)
    first = theorem4_steps.conclusion_from_start(given).lhs.value.exact
    assert first == sum(row[0] for row in rows[:4]) / 4
    assert theorem4_steps.conclusion(given).lhs.value.exact == sum(row[0] for row in rows[1:]) / 4 != first


def test_the_comparators_mean_is_the_oracles():
    assert theorem4_steps.comparator(instance()).lhs.value.exact == sum(row[1] for row in oracle_losses(LABELS)[:4]) / 4


def test_theorem_10_is_put_together_from_the_run():
    rows, eta = oracle_losses(LABELS), Fraction(1, 3)
    outcome = theorem4_steps.online(instance())
    squares, compared = (sum(row[place] for row in rows[:4]) / 4 for place in (2, 1))
    assert outcome.verdict is Verdict.VERIFIED and "4 recorded steps" in outcome.note
    assert outcome.lhs.value.exact == sum(row[0] for row in rows[:4]) / 4
    assert outcome.rhs.value.exact == compared + Fraction(16) / (2 * eta * 4) + eta * squares
    assert outcome.alternatives[0].value.exact == outcome.rhs.value.exact - eta * squares / 2
    assert decide(outcome.alternatives[1].value, "<=", outcome.alternatives[0].value) is True
    assert decide(outcome.lhs.value, "<=", outcome.alternatives[1].value) is True


def test_the_largest_gradient_is_shown():
    rows = oracle_losses(LABELS)
    outcome = theorem4_steps.gradient_norm(instance())
    largest = max(row[2] for row in rows[:4])
    gap = outcome.lhs.value * outcome.lhs.value - largest
    # Roots of rationals, in balls of 128 bits.
    assert decide(gap, "<", Fraction(1, 10**30)) is True and decide(gap, ">", -Fraction(1, 10**30)) is True
    assert "4 comparisons" in outcome.note


def test_the_sharp_bound_at_the_oracles_numbers():
    given = instance(c="1")
    outcome = theorem4_steps.sharp(given)
    eta = Fraction(1, 3)
    # k c N ‖u*‖_1 η² (T-1)(T-2)/6 + ‖u*‖²/(2ηT) + (η/2) c² q N
    assert outcome.rhs.value.exact == 2 * 2 * 8 * eta**2 + 16 / (2 * eta * 4) + eta / 2 * 8
    after = theorem4_steps.sharp_after_steps(given)
    assert after.rhs.value.exact == (2 * 2 * 8 * eta**2 * Fraction(15, 6) + 16 / (2 * eta * 4)
                                     + eta / 2 * 8 * Fraction(5, 4) - Fraction(1, 4))


@pytest.mark.parametrize("pattern", ["parity", "and", "0x0", "0xb"])
@pytest.mark.parametrize("activation", ["relu", "clipped_relu:1/2", "zero", "clip:-2,2", "abs", "leaky_relu:1/4"])
@pytest.mark.parametrize("distribution", ["uniform", "product:1/3,0,-1/2", "point:3"])
def test_the_separators_loss_is_the_definitions(pattern, activation, distribution):
    given = instance(pattern=pattern, activation=activation, distribution=distribution, q=6, init="2,1,2,1")
    signs = [0, 0, 1, 2, 2, 3]
    filters, biases = oracles.sign_filters(2, signs)
    table = given.pattern.table.tolist()
    separator = oracles.canonical_separator(2, signs, table, 0, 2)
    points = oracles.cube_points(3)
    weights = probabilities(distribution)
    outputs = [oracles.cnn_value(x, separator, filters, biases, lambda t: given.activation(t).exact) for x in points]
    labels = [table[(x & 3)] for x in range(8)]
    outcome = theorem4_steps.separator(given)
    assert outcome.lhs.value.exact == oracles.hinge_loss(outputs, labels, weights)
    assert outcome.verdict is (Verdict.VERIFIED if outcome.lhs.value.exact == 0 else Verdict.REFUTED)


def probabilities(distribution):
    if distribution == "uniform":
        return [Fraction(1, 8)] * 8
    if distribution == "point:3":
        return [Fraction(int(x == 3)) for x in range(8)]
    means = [Fraction(1, 3), Fraction(0), Fraction(-1, 2)]
    weights = []
    for x in oracles.cube_points(3):
        weight = Fraction(1)
        for value, mean in zip(x, means):
            weight *= (1 + value * mean) / 2
        weights.append(weight)
    return weights


def test_the_separators_norm_on_and_off_the_event():
    on = theorem4_steps.separator_norm(instance())
    assert on.verdict is Verdict.VERIFIED and on.lhs.value.exact == 4 and on.rhs.value.exact == 8
    off = theorem4_steps.separator_norm(instance(q=40, init="1,13,13,13"))
    assert off.verdict is None and "outside Lemma 6's event" in off.note


def test_the_movement_is_checked_at_every_record():
    outcome = theorem4_steps.movement(instance())
    assert outcome.verdict is Verdict.VERIFIED and "4 comparisons" in outcome.note
    broken = theorem4_steps.movement(instance(activation="zero"))
    assert broken.verdict is Verdict.REFUTED or decide(broken.rhs.value, ">=", 1) is True


def test_substitution_needs_the_papers_step_size():
    assert theorem4_steps.substitution(instance()).verdict is Verdict.REFUTED
    assert theorem4_steps.substitution(instance(eta="paper")).verdict is Verdict.VERIFIED
    # √n/(√q T) = √4/(√16·4), written out.
    assert theorem4_steps.substitution(instance(n=4, q=16, eta="1/8")).verdict is Verdict.VERIFIED
    assert theorem4_steps.substitution(instance(n=4, q=16, eta="1/9")).verdict is Verdict.REFUTED
    # Also where c is known by a ball only.
    outcome = theorem4_steps.substitution(instance(eta="paper", activation="relu"))
    assert outcome.verdict is Verdict.VERIFIED and not outcome.rhs.value.is_exact


def test_the_smallest_product_speaks_only_of_runs_whose_bound_speaks():
    assert theorem4_steps.smallest_work(instance(eta="paper")).verdict is None
    assert theorem4_steps.smallest_work(instance(n=2, k=1, q=104, steps=99, eta="paper", pattern="parity",
                                                 activation="clipped_relu:1")).verdict is Verdict.VERIFIED


def test_without_a_separator_nothing_is_compared_with_it():
    given = instance(q=4, init="2,1,1,0")
    for step in (theorem4_steps.separator, theorem4_steps.movement, theorem4_steps.comparator, theorem4_steps.online,
                 theorem4_steps.sharp, theorem4_steps.sharp_after_steps):
        assert step(given).verdict is None and "z=3" in step(given).note
    assert theorem4_steps.gradient_norm(given).verdict is Verdict.VERIFIED


def test_a_gradient_longer_than_c_allows_is_noticed():
    assert theorem4_steps.gradient_norm(instance(c="1/10")).verdict is Verdict.REFUTED
    assert theorem4_steps.gradient_norm(instance(c="1/2")).verdict is Verdict.VERIFIED


def test_a_gradient_exactly_as_long_as_c_allows():
    # All three filters are 1 on the one point: the norm is √3, which no ball tells from its bound.
    values = {"n": 1, "k": 1, "q": 3, "init": "3,0", "pattern": "0x3", "distribution": "point:0", "eta": "paper",
              "steps": 2, "c": "1"}
    outcome = theorem4_steps.gradient_norm(instance(**values))
    assert outcome.verdict is Verdict.VERIFIED and "each of its q*N entries is at most c" in outcome.note
    assert theorem4_steps.gradient_norm(instance(**{**values, "c": "999999999999/1000000000000"})).verdict is (
        Verdict.REFUTED)


def test_a_target_that_is_not_reached_names_the_cheapest_that_reach_it():
    given = instance(n=2, k=1, q=104, steps=99, eta="paper", pattern="0x2", activation="clipped_relu:1", epsilon="1/2")
    outcome = theorem4_steps.target(given)
    q, steps = given.parameters.cheapest
    assert outcome.verdict is None and f"q={q}, T={steps}" in outcome.note
    assert theorem4_steps.target(instance(n=2, k=1, q=q, steps=steps, eta="paper", pattern="0x2", epsilon="1/2",
                                          activation="clipped_relu:1")).verdict is Verdict.VERIFIED
    unreached = theorem4_steps.target(instance(activation="abs", c="1", epsilon="1/2"))
    assert unreached.verdict is None and unreached.note.startswith("this q and T do not")
