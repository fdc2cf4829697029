"""The bias-free steps of Comment 7: the drawn network, the parity it meets, and its exact descent by the oracle."""
from fractions import Fraction

import oracles
import pytest

from theorycheck.claims import Settings
from theorycheck.statements import comment7_bias_free
from theorycheck.statements.comment7 import Comment7Parameters
from theorycheck.statements.comment7_instance import Comment7


def instance(**values):
    return Comment7(Comment7Parameters.from_values({"q": 40, **values}), Settings())


@pytest.mark.parametrize("n, k, offset, bits", [(5, 3, 1, 3), (9, 4, 5, 3), (5, 5, 0, 5)])
def test_the_parity_is_odd_and_lies_in_the_window(n, k, offset, bits):
    target = comment7_bias_free.odd_parity(instance(n=n, k=k, offset=offset))
    subset = ((1 << bits) - 1) << target.offset
    assert target.n == min(n, k + 2) and target.offset == min(offset, target.n - k)
    assert target.truth_table().values.tolist() == [oracles.character(subset, x) for x in oracles.cube_points(target.n)]


def test_the_drawn_network_has_no_bias_and_short_weights():
    given = instance(n=5, k=3)
    network = comment7_bias_free.drawn_network(given)
    assert not any(network.biases) and network.window_count == 3 and network.filter_count == 4
    for row, drawn in zip(network.filters, given.filters.filters[:4]):
        assert all(entry.denominator <= 16 and abs(entry - Fraction(w)) <= Fraction(1, 32)
                   for entry, w in zip(row, drawn.tolist()))


def test_the_losses_by_the_oracle():
    given = instance(n=4, k=3, steps=2, eta="1/2")
    network, target = comment7_bias_free.drawn_network(given), comment7_bias_free.odd_parity(given)
    run = oracles.gradient_descent("cnn", network.readout.tolist(), network.filters.tolist(), network.biases.tolist(),
                                   target.truth_table().values.tolist(), Fraction(1, 2), 2)
    losses = [loss for loss, _, _ in run]
    outcome = comment7_bias_free.descent(given)
    assert [quantity.value.exact for quantity in outcome.alternatives] == [losses[0], losses[-1]]
    assert outcome.lhs.value.exact == min(losses)
    assert comment7_bias_free.barrier(given).lhs.value.exact == losses[0]


def test_small_windows_do_not_apply():
    given = instance(n=2, k=2)
    for step in ("odd_levels", "barrier", "descent"):
        assert getattr(comment7_bias_free, step)(given).verdict is None
    assert comment7_bias_free.patterns(instance(n=5, k=5)).verdict is None


def test_too_few_filters_are_no_counterexample():
    given = instance(n=3, k=3, q=2)
    assert comment7_bias_free.dimension(given).verdict is None
    assert comment7_bias_free.patterns(given).verdict is None
