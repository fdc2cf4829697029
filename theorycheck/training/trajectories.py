"""What a training run leaves behind: records at chosen steps, the final network, and how its numbers were obtained."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any, TypeAlias

import numpy as np

from theorycheck.claims.verdict import Evidence
from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.networks.architectures import Network
from theorycheck.rigor import Real, decide, exact_rational

# What a run measures: a float in float64, a Fraction in rationals, a Real in balls.
Measured: TypeAlias = "float | Fraction | Real"
MARGIN_EDGES = tuple(Fraction(half, 2) for half in range(-2, 5))
# Below this share of E h² a computed level weight is taken for rounding: coefficients to about 12 digits.
FLOAT_SHARE = 2.0**-80


@dataclass(frozen=True)
class MarginHistogram:
    """How the margins f(x)h(x) are spread, in exact weights.

    Attributes
    ----------
    edges : tuple of r Fractions
        Increasing.  Bin i holds the margins in [edges[i-1], edges[i]), bin 0 all below, bin r the last edge and above.
    counts : tuple of r+1 integers
        P(margin in bin i) times ``total``; the numbers of points where D is uniform on the cube or on a sample.
    undecided : int
        The same of points whose ball does not tell its bin; 0 unless arithmetic is enclosed.
    total : int

    Examples
    --------
    >>> MarginHistogram((Fraction(0), Fraction(1)), (1, 3, 0), 0, 4).probabilities
    (Fraction(1, 4), Fraction(3, 4), Fraction(0, 1))
    """

    edges: tuple[Fraction, ...]
    counts: tuple[int, ...]
    undecided: int
    total: int

    @property
    def probabilities(self) -> tuple[Fraction, ...]:
        """P(margin in bin i)."""
        return tuple(Fraction(count, self.total) for count in self.counts)


@dataclass(frozen=True, eq=False)
class Record:
    """Everything about one step t.  Norms are those of the full network: a class i counts multiplicities[i] times.

    Attributes
    ----------
    step : int
        t.
    loss : number
        L(h_t) on the problem that is trained on.
    loss_error : float or None
        In float64: a bound on the rounding error of ``loss`` at these float64 parameters.
    population_loss : number or None
        The loss on the second problem, where one was given.
    squared_drift : number
        ‖W_t-W_0‖_F².
    squared_readout_norm, squared_readout_gradient_norm, squared_filters_gradient_norm : number
        ‖u_t‖², ‖∂L/∂u‖², ‖∂L/∂W‖_F².
    margin_kinks, activation_kinks : int
        Points of positive probability with margin exactly 1; pairs (filter, content) on a breakpoint of σ.
    smallest_distance : float
        min |1 - f(x)h(x)| over the points of positive probability, rounded.
    margins : MarginHistogram or None
        None where the points are too many.
    level_weights : tuple of n+1 numbers or None
        Σ_{|S|=m} ĥ_t(S)², uniform measure; None for an FCN where the cube is too large.
    """

    step: int
    loss: Measured
    loss_error: float | None
    population_loss: Measured | None
    squared_drift: Measured
    squared_readout_norm: Measured
    squared_readout_gradient_norm: Measured
    squared_filters_gradient_norm: Measured
    margin_kinks: int
    activation_kinks: int
    smallest_distance: float
    margins: MarginHistogram | None
    level_weights: tuple[Measured, ...] | None

    @property
    def drift(self) -> float | Real:
        """‖W_t-W_0‖_F."""
        return _root(self.squared_drift)

    @property
    def readout_norm(self) -> float | Real:
        """‖u_t‖ over all windows."""
        return _root(self.squared_readout_norm)

    @property
    def readout_gradient_norm(self) -> float | Real:
        """‖∂L/∂u‖."""
        return _root(self.squared_readout_gradient_norm)

    @property
    def filters_gradient_norm(self) -> float | Real:
        """‖∂L/∂W‖_F."""
        return _root(self.squared_filters_gradient_norm)

    @property
    def levels(self) -> tuple[int, ...] | None:
        """The levels that carry weight: for certain, or in float64 above 2^-80 of E h² as computed."""
        if self.level_weights is None:
            return None
        total = sum(weight for weight in self.level_weights if isinstance(weight, float))
        return tuple(level for level, weight in enumerate(self.level_weights)
                     if (weight > FLOAT_SHARE * total if isinstance(weight, float) else
                         decide(weight, ">", 0) is True))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A run of gradient descent.

    Attributes
    ----------
    network : Network
        After the last step done; a start for another run.  Of an enclosed run: its balls' mid points, as rationals.
    multiplicities : ndarray (q,) of int64
        How many equal filters each filter stands for.
    records : tuple of Record
        At the chosen steps, as far as the run came.
    step, steps : int
        The last step done, and T.
    eta : Fraction or Real
        As given; float64 runs use the nearest float.
    mean_loss : number or None
        (1/t) Σ_{s<t} L(h_s) for t = ``step``: over 0…T-1 once finished.  None at t = 0.
    interrupted : bool
        Whether Ctrl-C ended the run early.
    arithmetic : str
        ``float64``, ``rational`` or ``enclosed``.
    radius : float
        The largest radius of a parameter's ball, rounded up; 0 unless enclosed.
    precision, restarts : int
        Bits of the balls, and how often an undecided kink doubled them.
    limits : tuple of str
        What the records leave out, and why; and whether the last checkpoint could not be written.
    """

    network: Network
    multiplicities: np.ndarray
    records: tuple[Record, ...]
    step: int
    steps: int
    eta: Fraction | Real
    mean_loss: Measured | None
    interrupted: bool
    arithmetic: str
    radius: float = 0.0
    precision: int = 0
    restarts: int = 0
    limits: tuple[str, ...] = ()

    @property
    def evidence(self) -> Evidence:
        """How the numbers were obtained: exact, enclosed or float."""
        return {"rational": Evidence.EXACT, "enclosed": Evidence.ENCLOSED, "float64": Evidence.FLOAT}[self.arithmetic]

    @property
    def is_finished(self) -> bool:
        """Whether all T steps are done."""
        return self.step == self.steps

    @property
    def losses(self) -> tuple[Measured, ...]:
        """The losses of the records."""
        return tuple(record.loss for record in self.records)

    def record(self, step: int) -> Record:
        """Return the record of a step, one of those chosen.

        Raises
        ------
        ParameterError
            ``'step' must be one of the recorded steps 0, 5, 10, not 3.``
        """
        for record in self.records:
            if record.step == step:
                return record
        known = ", ".join(str(record.step) for record in self.records)
        raise ParameterError(f"'step' must be one of the recorded steps {abbreviate(known)}, not {abbreviate(step)}.")


def record_steps(steps: int, record: Any = "auto") -> tuple[int, ...]:
    """Return the steps to record, in increasing order.

    Parameters
    ----------
    steps : int
        T.
    record : "auto" or iterable of int
        ``"auto"``: at most 21 evenly spread steps, 0 and T among them.

    Raises
    ------
    ParameterError
        ``'record' must be at least 0 and at most steps=10, not 11.``, ``'record' must be "auto" or steps, not 'all'.``

    Examples
    --------
    >>> record_steps(4), record_steps(10, [10, 0])
    ((0, 1, 2, 3, 4), (0, 10))
    >>> record_steps(24589)[:3]
    (0, 1229, 2459)
    """
    if isinstance(record, str) and record == "auto":
        parts = min(steps, 20)
        return tuple(sorted({(2 * part * steps + parts) // (2 * parts) for part in range(parts + 1)}))
    if isinstance(record, str) or not isinstance(record, Iterable):
        raise ParameterError(f"'record' must be \"auto\" or steps, not {abbreviate(repr(record))}.")
    return tuple(sorted({require_integer("record", step, 0, steps, "steps") for step in record}))


def read_edges(edges: Any) -> tuple[Fraction, ...]:
    """Return the edges of a margin histogram.

    Raises
    ------
    ParameterError
        ``'margin_edges' must increase strictly and be at least one.``

    Examples
    --------
    >>> read_edges([0, "1/2"])
    (Fraction(0, 1), Fraction(1, 2))
    """
    listed = tuple(exact_rational(edge, "margin_edges") for edge in (edges if isinstance(edges, Iterable) else [edges]))
    if not listed or any(a >= b for a, b in zip(listed, listed[1:])):
        raise ParameterError("'margin_edges' must increase strictly and be at least one.")
    return listed


def _root(square: Measured) -> float | Real:
    return sqrt(square) if isinstance(square, float) else Real(square).sqrt()
