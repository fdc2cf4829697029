"""The first time at which a quantity that starts positive reaches zero, enclosed on a step's Taylor models."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from theorycheck.networks.flow_models import NotResolved, TaylorModel, value_range


@dataclass(frozen=True, eq=False)
class Guard:
    """A quantity that stays positive during a phase; where it reaches 0 the phase ends.

    Parameters
    ----------
    kind : str
        ``reaches`` (an active margin reaches 1), ``falls`` (an inactive one), ``slope_0``, ``slope_1`` (a sliding slope
        arrives), ``limit`` (a scale reaches its limit).
    part : int
        The block, the position among the sliding blocks, or the class.
    model : TaylorModel
    order : int
        How often the quantity is known to vanish at the step's beginning, as it starts the phase there.
    """

    kind: str
    part: int
    model: TaylorModel
    order: int = 0


@dataclass(frozen=True, eq=False)
class Event:
    """The guard that fails first, and an enclosure of the time since the step's beginning."""

    guard: Guard
    tau: arb


def first_event(guards: list[Guard], length: arb) -> Event | None:
    """Return which guard reaches 0 first within the step, or None.

    Raises
    ------
    NotResolved
        A guard touches 0 without visibly crossing it.

    Examples
    --------
    >>> line = TaylorModel((arb(1), arb(-2)))
    >>> float(first_event([Guard("reaches", 0, line)], arb(1)).tau)
    0.5
    """
    found: list[Event] = []
    for guard in guards:
        tau = first_root(guard.model.divided(guard.order), length)
        if tau is not None:
            found.append(Event(guard, tau))
    if not found:
        return None
    return min(found, key=lambda event: float(event.tau))


def first_root(model: TaylorModel, length: arb) -> arb | None:
    """Enclose the first zero on [0, length] of a model that is positive at 0; None if there is none.

    Raises
    ------
    NotResolved
        The enclosures cannot tell whether it is reached.
    """
    slope = model.derivative()
    if not model.coefficients[0] > 0:
        raise NotResolved("a quantity that should start positive does not")
    stack = [(arb(0), length)]
    smallest = length / 2**(ctx.prec // 4)
    while stack:
        low, high = stack.pop()
        if value_range(model, slope, low, high) > 0:
            continue
        side = low.union(high)
        if slope(side) < 0 and model(low) > 0:
            if model(high) < 0:
                return _newton(model, slope, low, high)
            if model(high) > 0:
                continue
        if high - low < smallest:
            raise NotResolved(f"an event near {low.str(10)} after its step's beginning is not decided")
        middle = arb(((low + high) / 2).mid())
        stack += [(middle, high), (low, middle)]
    return None


def _newton(model: TaylorModel, slope: TaylorModel, low: arb, high: arb) -> arb:
    """Refine the one zero in [low, high], where the derivative is negative throughout."""
    bracket = low.union(high)
    for _ in range(ctx.prec):
        middle = arb(bracket.mid())
        better: Any = middle - model(middle) / slope(bracket)
        if not better.overlaps(bracket):
            raise NotResolved("a zero was lost")
        narrowed = better.intersection(bracket)
        if not 2 * narrowed.rad() < bracket.rad():
            return narrowed
        bracket = narrowed
    return bracket
