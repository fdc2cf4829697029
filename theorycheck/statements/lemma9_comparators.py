"""The readouts u* for which Lemma 9 is checked, and their losses while the filters move."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flint import arb, ctx, fmpq

from theorycheck.gradients.flint_matrices import Scalar, as_real, rational_scalar
from theorycheck.rigor import Real
from theorycheck.statements.training_quantities import RunFrame

if TYPE_CHECKING:
    from theorycheck.statements.training_instance import Training
    from theorycheck.statements.training_records import TrainingRecord

# Readouts over all windows are judged at every point of the cube.
ENUMERATED = 10
_DRAWN_WINDOWS = 3


@dataclass(frozen=True, eq=False)
class Comparator:
    """A readout u*.

    Parameters
    ----------
    name : str
    readout : list of N lists of numbers
        Of one filter of each class, window by window.
    multiplicities : list of int
        Filters of each class.
    """

    name: str
    readout: list[list[Scalar]]
    multiplicities: list[int]

    @cached_property
    def windows(self) -> list[int]:
        """The windows that it reads."""
        return [j for j, row in enumerate(self.readout) if any(not _is_zero(u) for u in row)]

    @cached_property
    def norm_1(self) -> Real:
        """‖u*‖_1 over all q filters."""
        total: Any = sum((m * abs(u) for row in self.readout for m, u in zip(self.multiplicities, row)), fmpq(0))
        return as_real(total)

    def window_squares(self) -> list[Real]:
        """‖u*^(j)‖² for every window that it reads."""
        squares: list[Any] = [sum((m * u * u for m, u in zip(self.multiplicities, self.readout[j])), fmpq(0))
                              for j in self.windows]
        return [as_real(square) for square in squares]


def comparators(instance: Training) -> list[Comparator]:
    """Return Lemma 6's separator, readouts drawn from the seed, and the trained one.

    On a cube of more than 2^10 points those drawn read one window each, whose content decides the loss, and the trained
    one is left out.
    """
    counts, width = instance.class_multiplicities.tolist(), len(instance.occupied)
    found = []
    if instance.separator is not None:
        found.append(Comparator("Lemma 6's u*", [[rational_scalar(u) for u in row]
                                                 for row in instance.separator.tolist()], counts))
    rng, count = instance.rng, instance.window_count
    drawn = rng.integers(-instance.k, instance.k + 1, size=(count, width)).tolist()
    entries = [[fmpq(value or 1, m) for value, m in zip(row, counts)] for row in drawn]
    blank: list[Scalar] = [fmpq(0)] * width
    for j in rng.permutation(count)[:_DRAWN_WINDOWS].tolist():
        rows = [list(entries[i]) if i == j else blank for i in range(count)]
        found.append(Comparator(f"drawn on window {j + 1}", rows, counts))
    if instance.n <= ENUMERATED:
        found.append(Comparator("drawn on all windows", [list(row) for row in entries], counts))
        found.append(Comparator("trained", instance.run.record(-1).state.readout.tolist(), counts))
    return [comparator for comparator in found if comparator.windows]


class LossChange:
    """The loss of u* before and after the filters have moved, and what the proof puts between.

    Parameters
    ----------
    instance : Training
    comparator : Comparator
    """

    def __init__(self, instance: Training, comparator: Comparator) -> None:
        self.instance, self.comparator, self.frame = instance, comparator, RunFrame(instance)
        self._points = _points(instance, comparator.windows)
        self._known: dict[int, list[Scalar]] = {}
        self._precision = instance.run.precision

    def _features(self, record: TrainingRecord) -> list[Any]:
        """σ at every window that u* reads."""
        matrices = self.frame.by_window(record.state.features)
        return [matrices[0 if self.frame.tied else j] for j in self.comparator.windows]

    def _values(self, record: TrainingRecord) -> list[Scalar]:
        """h at every point."""
        if record.step not in self._known:
            self._known[record.step] = self._values_of(record)
        return self._known[record.step]

    def _values_of(self, record: TrainingRecord) -> list[Scalar]:
        counts, readout = self.comparator.multiplicities, self.comparator.readout
        tables = []
        for j, features in zip(self.comparator.windows, self._features(record)):
            weighted = [[m * u for m, u in zip(counts, readout[j])]]
            tables.append((type(features)(weighted) * features).entries())
        return [sum((table[z] for table, z in zip(tables, contents)), fmpq(0)) for _, _, contents in self._points]

    def _loss(self, values: Sequence[Scalar]) -> Scalar:
        total: Any = fmpq(0)
        for (weight, label, _), value in zip(self._points, values):
            gap = 1 - label * value
            total += weight * (gap.max(arb(0)) if isinstance(gap, arb) else max(gap, fmpq(0)))
        return total

    @cached_property
    def first_loss(self) -> Real:
        """L(u*, W^(0))."""
        return self.loss(self.instance.run.record(0))

    def loss(self, record: TrainingRecord) -> Real:
        """L(u*, W^(t))."""
        with ctx.workprec(self._precision):
            return as_real(self._loss(self._values(record)))

    def change(self, record: TrainingRecord) -> Real:
        """|L(u*, W^(t)) - L(u*, W^(0))|."""
        with ctx.workprec(self._precision):
            before: Any = self._loss(self._values(self.instance.run.record(0)))
            return as_real(abs(self._loss(self._values(record)) - before))

    def mean_difference(self, record: TrainingRecord) -> Real:
        """E|h_t - h_0|."""
        with ctx.workprec(self._precision):
            rows = zip(self._points, self._values(record), self._values(self.instance.run.record(0)))
            total: Any = sum((weight * abs(now - before) for (weight, _, _), now, before in rows), fmpq(0))
            return as_real(total)

    def termwise(self, record: TrainingRecord) -> Real:
        """Σ_j Σ_i |u*_i^(j)| E|σ(⟨w_i^(t),x^(j)⟩+b_i) - σ(⟨w_i^(0),x^(j)⟩+b_i)| over all q filters."""
        with ctx.workprec(self._precision):
            total: Any = fmpq(0)
            features = zip(self.comparator.windows, self._features(record), self._features(self.instance.run.record(0)))
            for j, now, before in features:
                masses = self.instance.distribution.window_marginal(self.instance.k, j)
                weights = [rational_scalar(mass) for mass in masses]
                for m, u, row, old in zip(self.comparator.multiplicities, self.comparator.readout[j], now.tolist(),
                                          before.tolist()):
                    total += m * abs(u) * sum((p * abs(a - b) for p, a, b in zip(weights, row, old)), fmpq(0))
            return as_real(total)


def _is_zero(value: Scalar) -> bool:
    return bool(value == 0)


def _points(instance: Training, windows: Sequence[int]) -> list[tuple[fmpq, int, tuple[int, ...]]]:
    """Weight, label and the contents of the windows, for points or for what of them matters to one window."""
    if len(windows) == 1:
        labelled = instance.distribution.window_expectation(instance.pattern, instance.k, windows[0])
        masses = instance.distribution.window_marginal(instance.k, windows[0])
        split = [((mass + label * mean) / 2, label, (z,)) for z, (mass, mean) in enumerate(zip(masses, labelled))
                 for label in (1, -1)]
        return [(rational_scalar(weight), label, contents) for weight, label, contents in split if weight]
    mask = 2**instance.k - 1
    return [(rational_scalar(weight), int(label), tuple(x >> j & mask for j in windows))
            for x, (weight, label) in enumerate(zip(instance.distribution.probabilities(), instance.problem.labels()))
            if weight]
