"""Between parameters and window tables: T = Σ_i u_i σ(⟨w_i, z⟩ + b_i), and from ∂L/∂T back to ∂L/∂u and ∂L/∂W.

The arrays over contents and filters are [z, i].  Clipped ReLU runs in compiled loops, any other σ through its array
functions; either way a tied network's products go through BLAS.
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from theorycheck.errors import InstanceTooLarge
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.evaluation import NEURON_TABLE_LIMIT

_SHARED_VALUES = 2**20  # σ at so many filters, windows and contents takes more than a millisecond
_CHUNK_VALUES = 2048  # of one window at once, 16 KiB, where every window has filters of its own


class Rectifier(NamedTuple):
    """ReLU clipped at ``cap``, which may be infinite, with the slopes taken at its two kinks."""

    cap: float
    at_zero: float
    at_cap: float


def rectifier_of(activation: Activation) -> Rectifier | None:
    """Return σ as a clipped ReLU if it is one.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> rectifier_of(activation_named("clipped_relu:1/2")), rectifier_of(activation_named("tanh"))
    (Rectifier(cap=0.5, at_zero=0.0, at_cap=1.0), None)
    """
    form = activation.form
    if not isinstance(form, PiecewisePolynomial) or form.breakpoints[:1] != (Fraction(0),):
        return None
    pieces = [tuple(c for c in reversed(piece)) for piece in form.coefficients]
    stripped = [_without_zeros(piece) for piece in pieces]
    share = float(activation.kink_slope)
    if stripped[:2] != [(), (1, 0)] or len(stripped) > 3:
        return None
    if len(stripped) == 2:
        return Rectifier(np.inf, share, 1.0)
    cap = form.breakpoints[1]
    return Rectifier(float(cap), share, 1.0 - share) if stripped[2] == (cap,) else None


def _without_zeros(piece: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Coefficients from the highest, without leading zeros."""
    while piece and piece[0] == 0:
        piece = piece[1:]
    return piece


class WindowFilters(Protocol):
    """The way of one network shape; keeps buffers, so one thread at a time, and ``gradients`` follows ``tables``."""

    def tables(self, filters: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
        """Write the window tables (N, 2^k), ``weights`` (N, q) being readouts times multiplicities."""

    def gradients(self, filters: np.ndarray, readout: np.ndarray, slopes: np.ndarray, readout_gradient: np.ndarray,
                  filters_gradient: np.ndarray) -> None:
        """Write ∂L/∂u and ∂L/∂W for one copy of each filter, given ``slopes`` = ∂L/∂T (N, 2^k)."""


class SharedFilters:
    """The same filters at every window (CNN).

    Parameters
    ----------
    activation : Activation
    biases : ndarray (q,)
    k : int

    Raises
    ------
    InstanceTooLarge
        ``'q'=1000000 filters on 2^10 contents are above the limit of 67108864 values held at once.``
    """

    def __init__(self, activation: Activation, biases: np.ndarray, k: int) -> None:
        from theorycheck.kernels import window_gradients as kernels
        q, self._kernels = biases.size, kernels
        if q << k > NEURON_TABLE_LIMIT:
            raise InstanceTooLarge(f"'q'={q} filters on 2^{k} contents are above the limit of {NEURON_TABLE_LIMIT} "
                                   f"values held at once.")
        self._activation, self.biases, self._rectifier = activation, biases, rectifier_of(activation)
        self._k, self._doubled, self._moments = k, np.empty((k, q)), np.empty((k + 1, q))
        self._values, self._features, self._pulls = np.empty((3, 1 << k, q))

    def tables(self, filters: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
        """Write the window tables (N, 2^k)."""
        kernels = self._kernels
        kernels.pre_activations(filters, self.biases, 0, self.biases.size, self._doubled, self._values)
        if self._rectifier is not None:
            kernels.clip_values(self._values, self._rectifier.cap, self._features)
        else:
            self._features[...] = self._activation.on_array(self._values)
        np.dot(weights, self._features.T, out=out)

    def gradients(self, filters: np.ndarray, readout: np.ndarray, slopes: np.ndarray, readout_gradient: np.ndarray,
                  filters_gradient: np.ndarray) -> None:
        """Write the gradients."""
        kernels = self._kernels
        np.dot(slopes, self._features, out=readout_gradient)
        np.dot(slopes.T, readout, out=self._pulls)
        if self._rectifier is not None:
            kernels.weigh_by_slope(self._values, *self._rectifier, self._pulls)
        else:
            self._pulls *= self._activation.derivative_on_array(self._values)
        kernels.fold_filters(self._pulls, self.biases.size, self._k, self._moments)
        kernels.turn_over(self._moments, filters_gradient)


class LocalFilters:
    """Filters of their own at every window (LCN), any activation: window by window.

    Parameters
    ----------
    activation : Activation
    biases : ndarray (N, q)
    k : int
    """

    def __init__(self, activation: Activation, biases: np.ndarray, k: int) -> None:
        self._window = SharedFilters(activation, biases[0], k)
        self._biases = biases

    def tables(self, filters: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
        """Write the window tables (N, 2^k)."""
        for j in range(out.shape[0]):
            self._at(j).tables(filters[j], weights[j:j + 1], out[j:j + 1])

    def gradients(self, filters: np.ndarray, readout: np.ndarray, slopes: np.ndarray, readout_gradient: np.ndarray,
                  filters_gradient: np.ndarray) -> None:
        """Write the gradients; the features of each window are worked out again, since they are not kept."""
        unused = np.empty((1, slopes.shape[1]))
        for j in range(slopes.shape[0]):
            window = self._at(j)
            window.tables(filters[j], readout[j:j + 1], unused)
            window.gradients(filters[j], readout[j:j + 1], slopes[j:j + 1], readout_gradient[j:j + 1],
                             filters_gradient[j])

    def _at(self, j: int) -> SharedFilters:
        self._window.biases = self._biases[j]
        return self._window


class LocalRectifiers:
    """Filters of their own at every window (LCN), clipped ReLU with slope 0 at 0: all in compiled loops.

    Parameters
    ----------
    rectifier : Rectifier
        Its slopes at the kinks must be 0 and 1.
    biases : ndarray (N, q)
    k : int
    threads : int, optional
        Most threads; windows do not depend on one another.
    """

    def __init__(self, rectifier: Rectifier, biases: np.ndarray, k: int, threads: int | None = None) -> None:
        self._cap, self._biases, self._threads = rectifier.cap, biases, threads
        self._chunk = max(16, _CHUNK_VALUES >> k)
        windows = biases.shape[0]
        parts = min(windows, 4) if biases.size << k >= _SHARED_VALUES else 1
        ends = [windows * part // parts for part in range(parts + 1)]
        self._parts = [slice(*pair) for pair in zip(ends, ends[1:])]

    def tables(self, filters: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
        """Write the window tables (N, 2^k)."""
        from theorycheck.kernels.window_gradients import local_tables
        self._each(lambda at: local_tables(filters[at], self._biases[at], weights[at], self._cap, self._chunk, out[at]))

    def gradients(self, filters: np.ndarray, readout: np.ndarray, slopes: np.ndarray, readout_gradient: np.ndarray,
                  filters_gradient: np.ndarray) -> None:
        """Write the gradients."""
        from theorycheck.kernels.window_gradients import local_gradients
        self._each(lambda at: local_gradients(filters[at], self._biases[at], readout[at], slopes[at], self._cap,
                                              self._chunk, readout_gradient[at], filters_gradient[at]))

    def _each(self, work: Callable[[slice], object]) -> None:
        from theorycheck.kernels.threads import run_parts
        run_parts(len(self._parts), lambda part: work(self._parts[part]), self._threads)


def window_filters(activation: Activation, biases: np.ndarray, k: int, threads: int | None = None) -> WindowFilters:
    """Return the way for a CNN, biases (q,), or an LCN, biases (N, q).

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> type(window_filters(activation_named("tanh"), np.zeros((2, 3)), 2)).__name__
    'LocalFilters'
    """
    if biases.ndim == 1:
        return SharedFilters(activation, biases, k)
    rectifier = rectifier_of(activation)
    if rectifier is not None and rectifier.at_zero == 0.0:
        return LocalRectifiers(rectifier, biases, k, threads)
    return LocalFilters(activation, biases, k)
