"""Lemmas 8 and 9 along an LCN's run, against the slow oracle in rationals, and with bounds that are too small."""
from fractions import Fraction

import oracles
import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.rigor import decide
from theorycheck.statements import lcn_steps
from theorycheck.statements.lcn import LCN, LCNParameters

TINY = {"n": 3, "k": 2, "q": 4, "steps": 3, "eta": "1", "pattern": "0x8", "activation": "relu", "records": 9}
LABELS = oracles.table(3, lambda x: -1 if (x[0], x[1]) == (-1, -1) else 1)


def instance(**values):
    return LCN(LCNParameters.from_values({**TINY, **values}), Settings())


def oracle_run():
    """(u, w) of the LCN for t = 0…3, one filter of every sign pattern at both locations."""
    filters, biases = oracles.sign_filters(2, range(4))
    start = [[Fraction(0)] * 4 for _ in range(2)]
    run = oracles.gradient_descent("lcn", start, [filters] * 2, [biases] * 2, LABELS, Fraction(1), 3)
    return filters, biases, [(u, w) for _, u, w in run]


def test_each_locations_drift_is_the_oracles():
    filters, _, run = oracle_run()
    drifts = [[sum((a - b)**2 for row, old in zip(rows, filters) for a, b in zip(row, old)) for rows in w]
              for _, w in run]
    given = instance()
    assert [[square.exact for square in record.squared_drifts] for record in given.run.records] == drifts
    assert lcn_steps.window_drift(given).verdict is lcn_steps.drift(given).verdict is Verdict.VERIFIED
    shown = lcn_steps.drift(given)
    assert shown.lhs.value.exact in [sum(row) for row in drifts] and "3 comparisons" in shown.note
    assert "6 comparisons" in lcn_steps.window_drift(given).note


def test_the_readouts_norms_are_the_oracles():
    _, _, run = oracle_run()
    given = instance()
    for record, (u, _) in zip(given.run.records, run):
        for norm, row in zip(record.window_norms, u):
            gap = norm * norm - sum(entry**2 for entry in row)
            # Roots of rationals, in balls of 128 bits.
            assert decide(gap, "<", Fraction(1, 10**30)) is True and decide(gap, ">", -Fraction(1, 10**30)) is True
    outcome = lcn_steps.readout(given)
    assert outcome.verdict is Verdict.VERIFIED and "6 comparisons" in outcome.note


def test_the_separators_loss_is_the_oracles():
    _, biases, run = oracle_run()
    separator = oracles.canonical_separator(2, range(4), [LABELS[z] for z in range(4)], 0, 2)
    share = [Fraction(1, 8)] * 8
    losses = [oracles.hinge_loss([oracles.lcn_value(x, separator, w, [biases] * 2) for x in oracles.cube_points(3)],
                                 LABELS, share) for _, w in run]
    given = instance()
    assert [record.comparator_loss.exact for record in given.run.records] == losses
    outcome = lcn_steps.loss_change(given)
    assert outcome.verdict is Verdict.VERIFIED and "3 comparisons" in outcome.note
    assert outcome.lhs.value.exact in [abs(loss - losses[0]) for loss in losses]


@pytest.mark.parametrize("step", [lcn_steps.readout, lcn_steps.window_drift, lcn_steps.drift])
def test_too_small_a_constant_is_noticed(step):
    assert step(instance(c="1/1000")).verdict is Verdict.REFUTED
    assert step(instance(c="1/2", eta="1/50")).verdict is Verdict.VERIFIED


def test_a_cnn_would_not_pass_the_lcns_bound_on_its_filters():
    # All windows agree on the point, so a CNN's weight moves with both readout entries: twice as far.
    from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters
    values = {"n": 3, "k": 2, "q": 1, "steps": 2, "eta": "1/9", "pattern": "0x0", "activation": "relu", "c": "1/2",
              "init": "1,0,0,0", "distribution": "point:0", "records": 9}
    own, shared = (kind(given.from_values(values), Settings()) for kind, given in (
        (LCN, LCNParameters), (Theorem4, Theorem4Parameters)))
    sharp = own.bound("sharp_window_drift_bound")
    assert all(decide(square, "<=", sharp * sharp) is not False for square in own.run.record(-1).squared_drifts)
    assert decide(shared.run.record(-1).squared_drifts[0], ">", sharp * sharp) is True


def test_without_a_separator_the_lemma_on_it_is_left_out():
    given = instance(init="2,1,1,0")
    assert lcn_steps.loss_change(given).verdict is None
    assert lcn_steps.drift(given).verdict is Verdict.VERIFIED


def test_a_readout_exactly_as_long_as_allowed():
    values = {"n": 1, "k": 1, "q": 3, "init": "3,0", "pattern": "0x3", "distribution": "point:0", "eta": "paper",
              "steps": 2, "c": "1"}
    outcome = lcn_steps.readout(instance(**values))
    assert outcome.verdict is Verdict.VERIFIED and "gains at most eta*c a step" in outcome.note
    assert lcn_steps.readout(instance(**{**values, "c": "999999999999/1000000000000"})).verdict is Verdict.REFUTED
