"""Gradient flow of a CNN or LCN with ReLU from the paper's initialisation, while frozen, with rigorous enclosures.

Collapsed into classes, the flow is da_z/ds = k Σ_j u_z^(j) G_z^(j), du_z^(j)/ds = a_z G_z^(j), where G_z^(j) =
E[s(x) f(x) 1{x^(j) = z}] and the hinge slope s(x) is 1 below margin 1 and 0 above it.  At margin 1 it is what the flow
makes it: where that keeps the margin at 1, the margin slides.  Between the events G is constant or follows from the
state, and a^2 - k‖u‖^2 = 1/k^2 never changes.
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb, ctx
from numpy.typing import ArrayLike

from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import WINDOWS, window_count
from theorycheck.errors import ParameterError, require_choice, require_integer
from theorycheck.flow.models import ball
from theorycheck.flow.path import FlowPhase, Phase, Solution, largest_scale
from theorycheck.flow.phases import solve_flow
from theorycheck.flow.points import flow_points, point_system
from theorycheck.flow.snapshots import FlowSnapshot, snapshot_at
from theorycheck.flow.structure import at_start, quotient
from theorycheck.networks.initialisers import read_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem
from theorycheck.rigor import Real, exact_rational

# Precision doubles this often where the path cannot be followed to its end.
_DOUBLINGS, _MOST_BITS = 2, 4096


class GradientFlow:
    """Gradient flow from the paper's initialisation: w = z/k for m_z filters, b = 1/k - 1, readout 0, ReLU.

    Parameters
    ----------
    problem : LearningProblem
        Any distribution; its ``hinge_slope`` plays no part, as the flow finds the slopes at margin 1 itself.
    multiplicities : array of 2^k integers
        m_z by index; a pattern without filters has m_z = 0.
    k : int, optional
        Window length; the pattern's unless given.
    tied : bool
        A CNN, or an LCN if False.
    windows : str
        ``all`` or ``paper``.
    cap : rational, optional
        The cap of a clipped ReLU, at least 1/k: the flow is followed while every scale is below it.
    horizon : rational, optional
        Until when the flow is followed; until it rests unless given.
    precision : int
        Bits of the first attempt; doubled up to twice where they do not resolve the events.

    Raises
    ------
    ParameterError
        ``'problem' must be a LearningProblem, not 5.``,
        ``'k' must be given for a target that is not a k-pattern.``, ``'horizon' must be greater than 0, not 0.``,
        ``'cap' must be at least 1/k=1/2, not 1/3.``
    InstanceTooLarge
        ``The flow follows every point: n must be at most 13, not 14.``
    TheoryCheckError
        ``The flow does not rest within 20000 steps; give a 'horizon'.``

    Notes
    -----
    MS21, beyond: Theorem A.  :mod:`theorycheck.flow.phases` says why the enclosures hold.  A phase costs
    about n_points·N operations for its symmetries, and some (slots)·precision² for each Taylor step, mostly one.
    A class is frozen while a_z < 1/k + 1/(k-2) (always for k <= 2); beyond, the equations are others, and it stops.

    Examples
    --------
    >>> flow = GradientFlow(LearningProblem(KPattern.parity(3, 2)), [1, 1, 1, 1])
    >>> [(phase.event, len(phase.active)) for phase in flow.phases], flow.stop
    ([('reaches', 8), ('', 0)], 'rest')
    >>> flow.loss(0), float(flow.loss(1)) < 1
    (Real(1), True)
    """

    def __init__(self, problem: LearningProblem, multiplicities: ArrayLike, *, k: int | None = None, tied: bool = True,
                 windows: str = "all", cap: object | None = None, horizon: object | None = None, precision: int = 128,
                 progress: Callable[[int], None] = lambda steps: None) -> None:
        require_problem(problem)
        if k is None:
            if not isinstance(problem.target, KPattern):
                raise ParameterError("'k' must be given for a target that is not a k-pattern.")
            k = problem.target.k
        self.k = require_integer("k", k, minimum=1, maximum=problem.n, maximum_name="n")
        self.problem, self.tied, self.windows = problem, tied, require_choice("windows", windows, WINDOWS)
        self.window_count = window_count(problem.n, self.k, windows)
        self.multiplicities = tuple(read_multiplicities(multiplicities, self.k).tolist())
        self.precision = require_integer("precision", precision, minimum=32, maximum=_MOST_BITS)
        self.horizon = None if horizon is None else exact_rational(horizon, "horizon")
        if self.horizon is not None and self.horizon <= 0:
            raise ParameterError(f"'horizon' must be greater than 0, not {self.horizon}.")
        self.limit = self._limit(cap)
        self.points = flow_points(problem)
        raw, self.slots = point_system(problem, self.k, self.multiplicities, tied=tied, windows=windows)
        self._quotient = quotient(raw, at_start(raw), {})
        self._raw, self._progress = raw, progress
        self._solutions: dict[int, Solution] = {}
        self._snapshots: dict[tuple[int, Fraction], FlowSnapshot] = {}

    def _limit(self, cap: object | None) -> Fraction | None:
        frozen = None if self.k <= 2 else Fraction(1, self.k) + Fraction(1, self.k - 2)
        if cap is None:
            return frozen
        exact = exact_rational(cap, "cap")
        if exact < Fraction(1, self.k):
            raise ParameterError(f"'cap' must be at least 1/k=1/{self.k}, not {exact}.")
        return exact if frozen is None else min(frozen, exact)

    # -------------------------------------------------------------- the solution

    def _bits(self, bits: int) -> int:
        # A comparison of equal numbers asks for ever more bits; each doubling costs about five times as much.
        return min(max(bits, self.precision), 2 * self.precision)

    def _solution(self, bits: int) -> Solution:
        bits = self._bits(bits)
        if bits not in self._solutions:
            for doublings in range(_DOUBLINGS + 1 if bits == self.precision else 1):
                with ctx.workprec(bits << doublings):
                    found = solve_flow(self._quotient.system, self.limit,
                                       None if self.horizon is None else ball(self.horizon), self._progress)
                if found.stop != "unresolved":
                    break
            # A coarser path that is resolved encloses as rightly.
            is_lost = found.stop == "unresolved" and bits > self.precision
            self._solutions[bits] = self._solution(self.precision) if is_lost else found
        return self._solutions[bits]

    @property
    def stop(self) -> str:
        """Why the path ends: ``rest`` (it never moves again), ``horizon``, ``limit`` or ``unresolved``."""
        return self._solution(self.precision).stop

    @property
    def end(self) -> Real | None:
        """Until when the state is known; None if for ever."""
        solution = self._solution(self.precision)
        last = solution.phases[-1]
        if solution.stop in ("rest", "horizon"):
            return None if solution.stop == "rest" or self.horizon is None else Real(self.horizon)
        if isinstance(arrival := self._event_time(last), arb):  # before it no scale of the flow itself arrives
            return Real(arb(arrival.lower()))
        if last.end is not None:
            return Real(last.end)
        known = last.stretches[-1] if last.stretches else None
        return Real(last.start if known is None else last.start + known.offset + known.step.length)

    @property
    def phases(self) -> tuple[FlowPhase, ...]:
        """The phases in order."""
        return tuple(self._phase(phase) for phase in self._solution(self.precision).phases)

    def _phase(self, phase: Phase) -> FlowPhase:
        def points(*kinds: str) -> tuple[int, ...]:
            wanted = set(phase.mode.blocks(*kinds))
            return tuple(x for x, b in zip(self.points, self._quotient.blocks) if b in wanted)
        known = self._event_time(phase)
        return FlowPhase(Real(phase.start), None if phase.end is None else Real(phase.end), phase.event,
                         points("active"), points("sliding"), points("bound", "resting"), points("inactive"),
                         Real(phase.error), *((None, known) if isinstance(known, str) else (Real(known), "")))

    def _event_time(self, phase: Phase) -> arb | str:
        with ctx.workprec(self.precision << _DOUBLINGS + 1):
            return phase.event_time if isinstance(phase.event_time, str) else phase.start + phase.event_time

    @property
    def scale_bound(self) -> Real:
        """Bound on every scale a_z as long as the flow is known."""
        def enclose() -> arb:
            return max((largest_scale(phase) for phase in self._solution(ctx.prec).phases), key=float)
        return Real(enclose)

    # -------------------------------------------------------------- what is asked of it

    def quantity(self, s: object, measure: Callable[[FlowSnapshot], arb]) -> Real:
        """Return a number computed from the flow at time s, refined as far as a comparison asks.

        Parameters
        ----------
        s : rational >= 0
        measure : callable
            Takes a FlowSnapshot at the working precision (at most twice the flow's) and returns a ball.

        Raises
        ------
        ParameterError
            ``'s' must be at least 0, not -1.``; ``'s' must be at most 2.5, until which the flow is known, not 3.``

        Examples
        --------
        >>> flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), [1, 1, 1, 1])
        >>> flow.quantity("1/2", lambda now: now.largest_scale) > 0
        Traceback (most recent call last):
            ...
        TypeError: '>' not supported between instances of 'Real' and 'int'
        """
        time = self._time(s)
        return Real(lambda: measure(self.snapshot(time, ctx.prec)))

    def snapshot(self, s: object, bits: int | None = None) -> FlowSnapshot:
        """Return enclosures of everything at time s, computed with ``bits`` bits."""
        time, bits = self._time(s), self._bits(bits or 0)
        if (bits, time) not in self._snapshots:
            while len(self._snapshots) >= 256:
                self._snapshots.pop(next(iter(self._snapshots)))
            with ctx.workprec(bits):
                self._snapshots[bits, time] = snapshot_at(self._solution(bits), self._quotient, self._raw, self.slots,
                                                          ball(time))
        return self._snapshots[bits, time]

    def _time(self, s: object) -> Fraction:
        time = exact_rational(s, "s")
        if time < 0:
            raise ParameterError(f"'s' must be at least 0, not {time}.")
        end = self.end
        if end is not None and not end.enclose() >= ball(time) and not end.exact == time:
            raise ParameterError(f"'s' must be at most {float(end):.6g}, until which the flow is known, not {time}.")
        return time

    def loss(self, s: object) -> Real:
        """Return L(s): exact at s = 0, else enclosed."""
        return Real(1) if self._time(s) == 0 else self.quantity(s, lambda now: now.loss)

    def scale(self, s: object, z: int, window: int = 0) -> Real:
        """Return a_z at time s, of the given window for an LCN; 1/k for a class that no point touches.

        Raises
        ------
        ParameterError
            ``'z' must have a filter; its multiplicity is 0.``
        """
        self._require_class(z)
        key = (window, z)
        if self._time(s) == 0 or not any(slot[1] == z and (self.tied or slot == key) for slot in self.slots):
            return Real(Fraction(1, self.k))
        return self.quantity(s, lambda now: now.scale_of[z if self.tied else key])

    def readout(self, s: object, z: int, window: int = 0) -> Real:
        """Return u_z^(window) at time s; 0 where no point touches it."""
        self._require_class(z)
        if self._time(s) == 0 or (window, z) not in self.slots:
            return Real(0)
        return self.quantity(s, lambda now: now.readout_of[window, z])

    def _require_class(self, z: int) -> None:
        require_integer("z", z, minimum=0, maximum=2**self.k - 1, maximum_name="2^k-1")
        if not self.multiplicities[z]:
            raise ParameterError("'z' must have a filter; its multiplicity is 0.")
