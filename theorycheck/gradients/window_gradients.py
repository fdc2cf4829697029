"""Hinge loss and gradient of a CNN or LCN over the whole cube in float64, through window tables and their marginals.

h(x) = Σ_j T_j[x^(j)] with N tables of 2^k entries.  With M_j[z] = E[s f 1{x^(j) = z}], s = 1, γ, 0 as the margin is
below, at, above 1: ∂L/∂T = -M and L = P(margin < 1) - Σ ⟨E[f 1{margin < 1, x^(j) = z}], T⟩.  So the q filters meet
tables of 2^k entries only, and the 2^n points only the N tables.
"""
from __future__ import annotations

from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.errors import ParameterError
from theorycheck.gradients.results import ErrorBounds, SignMasses
from theorycheck.gradients.window_filters import window_filters
from theorycheck.gradients.window_sources import WindowMasses, mass_source
from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork, Network
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import float_parameters


class WindowLossAndGradient:
    """What :meth:`WindowGradients.evaluate` returns; see :class:`theorycheck.gradients.results.LossAndGradient`.

    Attributes
    ----------
    loss : float
    readout : ndarray (N, q)
        ∂L/∂u of one copy of each filter.
    filters : ndarray (q, k), or (N, q, k) for an LCN
        ∂L/∂W of one copy of each filter.
    tables : ndarray (N, 2^k)
        The window tables T.
    margin_kinks : int
    smallest_distance : float
    """

    def __init__(self, plan: WindowGradients, parameters: tuple[np.ndarray, np.ndarray], tables: np.ndarray,
                 masses: WindowMasses, slopes: np.ndarray, loss: float,
                 gradients: tuple[np.ndarray, np.ndarray]) -> None:
        self.plan, self.parameters, self.tables, self.masses, self.slopes = plan, parameters, tables, masses, slopes
        self.loss, (self.readout, self.filters) = loss, gradients
        self.margin_kinks, self.smallest_distance = masses.tied_count, masses.smallest_distance

    @cached_property
    def activation_kinks(self) -> int:
        """Pairs of a filter (at a window, for an LCN) and a content of positive probability with t at a kink of σ."""
        from theorycheck.gradients.window_rounding import kink_count
        return kink_count(self)

    def error_bounds(self) -> ErrorBounds:
        """Return rigorous bounds on the rounding errors; see :mod:`theorycheck.gradients.window_rounding`.

        Raises
        ------
        ParameterError
            ``'activation' must be a piecewise polynomial or tanh for rounding-error bounds, not cube.``
        """
        from theorycheck.gradients.window_rounding import error_bounds
        return error_bounds(self)


class WindowGradients:
    """The plan for one CNN or LCN and one problem: :class:`theorycheck.gradients.results.GradientPlan`.

    Parameters
    ----------
    network : ConvolutionalNetwork or LocallyConnectedNetwork
        Its biases, rounded to float64, and its activation are kept; its filters and readout only give the shapes.
    problem : LearningProblem
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones; the gradient is that of one of them.
    threads : int, optional
        Most threads; results do not depend on it.

    Raises
    ------
    ParameterError
        ``'network' must be a ConvolutionalNetwork or a LocallyConnectedNetwork, not FullyConnectedNetwork.``,
        ``'problem' must have the network's dimension n=3, not 4.``
    InstanceTooLarge
        Where 2^k values of q filters, or the lists or the enumeration of the cube, are above their limits.

    Notes
    -----
    A step costs O(N q 2^k) for the filters, and for the cube O(2^(n/2)) up to k and n for a k-pattern under the uniform
    or a product distribution, O(2^n) for another target, O(mN) for m listed points.  A plan keeps its buffers: use one
    in each thread.

    Examples
    --------
    >>> from theorycheck.cube import KPattern
    >>> network = ConvolutionalNetwork([[0.5, 0.5], [0.5, -0.5]], [-0.5, -0.5], np.ones((2, 2)))
    >>> plan = WindowGradients(network, LearningProblem(KPattern.parity(3, 2)))
    >>> result = plan.evaluate(network.filters, network.readout)
    >>> result.loss, result.readout.tolist(), result.margin_kinks
    (1.0, [[0.0, 0.125], [0.0625, 0.0625]], 2)
    """

    def __init__(self, network: Network, problem: LearningProblem, *, multiplicities: ArrayLike | None = None,
                 threads: int | None = None) -> None:
        from theorycheck.kernels import window_gradients as kernels
        if not isinstance(network, (ConvolutionalNetwork, LocallyConnectedNetwork)):
            raise ParameterError("'network' must be a ConvolutionalNetwork or a LocallyConnectedNetwork, not "
                                 f"{type(network).__name__}.")
        if problem.n != network.n:
            raise ParameterError(f"'problem' must have the network's dimension n={network.n}, not {problem.n}.")
        self.network, self.problem = network, problem
        self.biases = np.asarray(network.biases, dtype=np.float64)
        self.multiplicities = None if multiplicities is None else require_multiplicities(network, multiplicities)
        self._copies = None if self.multiplicities is None else self.multiplicities.astype(np.float64)
        self._gamma, self._kernels = float(problem.hinge_slope), kernels
        self._shapes = network.filters.shape, network.readout.shape
        self._filters = window_filters(network.activation, self.biases, network.k, threads)
        self.source = mass_source(problem, network.window_count, network.k, threads)

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> WindowLossAndGradient:
        """Return loss and gradient at these float64 parameters.

        Parameters
        ----------
        filters : array (q, k), or (N, q, k) for an LCN
        readout : array (N, q)

        Raises
        ------
        ParameterError
            ``'filters' must have shape (2, 2), not (2, 3).``, ``'filters' must be finite.``, ``'parameters' must have
            finite window tables.``
        """
        w, u, tables = self._tables(filters, readout)
        masses = self.source.find(tables)
        slopes = np.empty(tables.shape)
        loss = masses.active_mass + self._kernels.oppose(masses.active, tables, slopes)
        if masses.tied is not None and self._gamma:
            slopes -= self._gamma * masses.tied
        gradients = np.empty(u.shape), np.empty(w.shape)
        self._filters.gradients(w, u, slopes, *gradients)
        return WindowLossAndGradient(self, (w, u), tables, masses, slopes, loss, gradients)

    def sign_masses(self, filters: np.ndarray, readout: np.ndarray, radius: float = 0.0) -> SignMasses:
        """Return where h is for certain of the wrong sign, and where it is nearer to 0 than ``radius``.

        Costs a pass over the margins, two where the radius is not 0.  See
        :meth:`theorycheck.gradients.results.GradientPlan.sign_masses`.

        Examples
        --------
        >>> from theorycheck.cube import KPattern
        >>> network = ConvolutionalNetwork([[0.5, 0.5]], [-0.5], np.ones((2, 1)))
        >>> plan = WindowGradients(network, LearningProblem(KPattern.parity(3, 2)))
        >>> plan.sign_masses(network.filters, network.readout)
        SignMasses(wrong=0.125, undecided=0.625)
        """
        tables = self._tables(filters, readout)[2]
        below = self.source.find(tables, -radius)
        upto = below if radius == 0 else self.source.find(tables, radius)
        return SignMasses(below.active_mass, max(0.0, upto.active_mass + upto.tied_mass - below.active_mass))

    def _tables(self, filters: np.ndarray, readout: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The parameters, as copies, and their window tables."""
        w, u = self._own("filters", filters, self._shapes[0]), self._own("readout", readout, self._shapes[1])
        tables = np.empty((u.shape[0], 1 << w.shape[-1]))
        self._filters.tables(w, u if self._copies is None else u * self._copies, tables)
        if not isfinite(self._kernels.reach_of(tables)):
            raise ParameterError("'parameters' must have finite window tables.")
        return w, u, tables

    def _own(self, name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
        """A contiguous copy, since the bounds are worked out later and callers may step in place."""
        array = float_parameters(name, values, shape)
        copy = np.empty(shape)
        if not self._kernels.copy_finite(array.ravel(), copy.ravel()):
            raise ParameterError(f"'{name}' must be finite.")
        return copy
