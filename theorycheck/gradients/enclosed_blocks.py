"""A group of filters that share their windows: features, tables and gradients as matrices of rationals or balls.

A CNN is one block whose readout has a row for each window; an LCN has a block, with a readout of one row, at each
window; an FCN is one block with one window, whose columns are the points themselves.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq_mat

from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.enclosed_activations import ActivationEvaluator
from theorycheck.gradients.flint_matrices import Matrix, Scalar, rational_matrix, sign_matrix
from theorycheck.networks.activations import Activation

_ENTRY_LIMIT = 2**22


class FilterBlock:
    """C filters on windows with 2^k contents (or any list of columns), and r rows of readout.

    Parameters
    ----------
    filters : array (C, k) of rationals
    biases : array (C,) of rationals
    readout : array (r, C) of rationals
    multiplicities : sequence of C integers
    signs : array (columns, k) of +1 and -1
    activation : Activation
    is_enclosed : bool

    Raises
    ------
    InstanceTooLarge
        ``C=5 filters on 1048576 columns are above the limit of 4194304 values held at once.``

    Notes
    -----
    A row of pre-activations comes from the exact start until its filter moves: a ball around a breakpoint of σ then
    never has to be decided where the exact number is known.
    """

    def __init__(self, filters: Any, biases: Any, readout: Any, multiplicities: Sequence[int], signs: np.ndarray,
                 activation: Activation, is_enclosed: bool) -> None:
        count, columns = filters.shape[0], signs.shape[0]
        if count * columns > _ENTRY_LIMIT:
            raise InstanceTooLarge(f"C={count} filters on {columns} columns are above the limit of {_ENTRY_LIMIT} "
                                   f"values held at once.")
        self._kind: Any = arb_mat if is_enclosed else fmpq_mat
        self._count, self._columns = count, columns
        start, shifts = rational_matrix(filters, "filters"), rational_matrix(biases[:, None], "biases")
        self._evaluator = ActivationEvaluator(activation, is_enclosed)
        transposed = sign_matrix(signs).transpose()
        spread = shifts * fmpq_mat(1, columns, [1] * columns)
        self._exact = self._evaluator.at_rationals((start * transposed + spread).entries())
        self._transposed, self._spread = self._kind(transposed), self._kind(spread)
        self._signs = self._transposed.transpose()
        self.filters, self.readout = self._kind(start), self._kind(rational_matrix(readout, "readout"))
        self._repeats = list(multiplicities) * self.readout.nrows()
        self._has_moved = [False] * count
        self._take(self._exact.values, self._exact.slopes, self._exact.kinks)

    def _take(self, values: list[Scalar], slopes: list[Scalar], kinks: list[bool]) -> None:
        self.features: Matrix = self._kind(self._count, self._columns, values)
        self._slopes, self.kinks = slopes, kinks

    @property
    def slopes(self) -> Matrix:
        """σ' at every filter and content, shape (C, columns)."""
        return self._kind(self._count, self._columns, self._slopes)

    def tables(self) -> Matrix:
        """Return Σ_i m_i u_i σ(⟨w_i, z⟩ + b_i) for each row of the readout and each column z."""
        weighted = [entry * repeat for entry, repeat in zip(self.readout.entries(), self._repeats)]
        return self._kind(self.readout.nrows(), self._count, weighted) * self.features

    def gradients(self, marginals: Matrix) -> tuple[Matrix, Matrix]:
        """Return the gradients of one copy's readout (r, C) and filter (C, k) at these marginals (r, columns)."""
        pulled = (self.readout.transpose() * marginals).entries()
        inner = self._kind(self._count, self._columns, [a * slope for a, slope in zip(pulled, self._slopes)])
        return -(marginals * self.features.transpose()), -(inner * self._signs)

    def move(self, readout_change: Matrix, filters_change: Matrix | None) -> None:
        """Subtract these changes; None leaves the filters where they are."""
        self.readout = self.readout - readout_change
        if filters_change is None:
            return
        k = self.filters.ncols()
        if not all(self._has_moved):
            changes = filters_change.entries()
            for row, has_moved in enumerate(self._has_moved):
                # Equal to 0 only where certain, so a filter that might have moved counts as moved.
                self._has_moved[row] = has_moved or not all(c == 0 for c in changes[row * k:(row + 1) * k])
        if any(self._has_moved):
            self.filters = self.filters - filters_change
            self._refresh()

    def restore(self, filters: Matrix, readout: Matrix) -> None:
        """Put the block where an earlier run of the same start and precision had it.

        A row that is still the start's, ball for ball, has not moved: a move widens a ball even where it keeps its
        middle.
        """
        k = filters.ncols()
        pairs = list(zip(self.filters.entries(), filters.entries(), strict=True))
        self._has_moved = [not all(_is_same(*pair) for pair in pairs[row * k:(row + 1) * k])
                           for row in range(self._count)]
        self.filters, self.readout = filters, readout
        self._refresh()

    def _refresh(self) -> None:
        points = (self.filters * self._transposed + self._spread).entries()
        if all(self._has_moved):
            self._take(*self._evaluator.at(points))
            return
        width = self._columns
        found = ([], [], [])  # type: tuple[list, list, list]
        for row, has_moved in enumerate(self._has_moved):
            part = slice(row * width, (row + 1) * width)
            new = self._evaluator.at(points[part]) if has_moved else tuple(piece[part] for piece in self._exact)
            for whole, piece in zip(found, new):
                whole.extend(piece)
        self._take(*found)


def _is_same(one: Scalar, other: Scalar) -> bool:
    """Whether two rationals are equal, or two balls the same ball."""
    if isinstance(one, arb):
        return bool(one.mid() == other.mid() and one.rad() == other.rad())
    return bool(one == other)
