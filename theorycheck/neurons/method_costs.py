"""Which methods can compute a neuron's level weights, and about how long each would take."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from theorycheck.cube.memory import require_memory
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.neurons.neuron import IntegerSteps, Neuron, require_neuron
from theorycheck.neurons.results import listed_levels

# Nanoseconds, of the order of the time alone.  The closed form takes a few operations on n-bit numbers a level; a
# product in a table of long integers; a butterfly of a transform; and what a transform takes at any size.
_PER_KRAWTCHOUK_BIT, _PER_TABLE_PRODUCT, _PER_BUTTERFLY, _PER_TRANSFORM = 60, 200, 0.5, 5_000_000
_MOST_VARIABLES = 128
_VARIABLES = "number of nonzero weights"


@dataclass(frozen=True)
class MethodCost:
    """Whether a method can compute some level weights of a neuron, and at what cost.

    Attributes
    ----------
    method : str
        ``quadratic``, ``krawtchouk``, ``classes``, ``transform`` or ``float``.
    obstacle : str
        Empty where the method can run, else why not.
    nanoseconds : int
        About how long it would take; of the order of the time, not nearer.
    reason : str
        What makes it the right one, in words.
    is_too_large : bool
        Whether the obstacle is the size of the instance, so that the method suits a smaller one.
    """

    method: str
    obstacle: str
    nanoseconds: int
    reason: str
    is_too_large: bool = False

    @property
    def is_feasible(self) -> bool:
        """Whether the method can run here."""
        return not self.obstacle


def feasible_methods(neuron: Neuron, slope_levels: Iterable[int],
                     value_levels: Iterable[int] = ()) -> tuple[MethodCost, ...]:
    """Return the methods that can compute these level weights, the one that ``auto`` takes first.

    Parameters
    ----------
    neuron : Neuron
    slope_levels, value_levels : iterables of int
        Levels above the number of nonzero weights, or below 0, cost nothing.

    Raises
    ------
    ParameterError
        ``'slope_levels' must be an integer, not 2.5.``

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> [cost.method for cost in feasible_methods(read_neuron([1] * 1000), [9, 11], [10])][0]
    'krawtchouk'
    """
    return tuple(cost for cost in method_costs(neuron, slope_levels, value_levels) if cost.is_feasible)


def method_costs(neuron: Neuron, slope_levels: Iterable[int],
                 value_levels: Iterable[int] = ()) -> tuple[MethodCost, ...]:
    """Return every method's cost or obstacle: exact methods by their cost first, ``float`` last.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> {cost.method: cost.obstacle for cost in method_costs(read_neuron([1, 2]), [1])}["krawtchouk"]
    'the nonzero weights have 2 magnitudes, not one'
    """
    size = _nonzero(require_neuron(neuron))
    slopes, values = ({level for level in listed_levels(name, levels) if 0 <= level <= size}
                      for name, levels in (("slope_levels", slope_levels), ("value_levels", value_levels)))
    costs = [_quadratic_cost(neuron), _krawtchouk_cost(neuron, slopes | values),
             _classes_cost(neuron, slopes | values), _transform_cost(neuron, slopes, values)]
    ordered = sorted(costs, key=lambda cost: (not cost.is_feasible, cost.nanoseconds))
    return (*ordered, _float_cost(neuron))


def _nonzero(neuron: Neuron) -> int:
    return sum(magnitude > 0 for magnitude in neuron.magnitudes)


def _kinds(neuron: Neuron) -> int:
    return sum(magnitude > 0 for magnitude, _ in neuron.classes)


def _attempted(check: Callable[[], object]) -> tuple[str, bool]:
    """Why ``check`` refuses, or nothing; and whether it is for the size of the instance."""
    try:
        check()
    except (InstanceTooLarge, ParameterError) as refusal:
        return str(refusal).rstrip("."), isinstance(refusal, InstanceTooLarge)
    return "", False


def _quadratic_cost(neuron: Neuron) -> MethodCost:
    from theorycheck.neurons.quadratic_levels import is_quadratic
    obstacle = "" if is_quadratic(neuron) else f"{neuron.activation.name} is not a quadratic polynomial"
    return MethodCost("quadratic", obstacle, neuron.n, "a quadratic polynomial within reach has a closed form")


def _krawtchouk_cost(neuron: Neuron, levels: set[int]) -> MethodCost:
    obstacle = "" if _kinds(neuron) <= 1 else f"the nonzero weights have {_kinds(neuron)} magnitudes, not one"
    if not neuron.is_piecewise_linear:
        obstacle = f"{neuron.activation.name} is not piecewise linear"
    return MethodCost("krawtchouk", obstacle, _PER_KRAWTCHOUK_BIT * neuron.n * max(1, len(levels)),
                      "all weights other than 0 have one magnitude: a closed form")


def _classes_cost(neuron: Neuron, levels: set[int]) -> MethodCost:
    reason = f"{_kinds(neuron)} distinct magnitudes besides 0: sums over count vectors"
    if not neuron.is_piecewise_linear:
        from theorycheck.neurons.table_levels import require_table, table_cost
        obstacle, is_too_large = _attempted(lambda: require_table(neuron, levels))
        bits = 1 + _nonzero(neuron) // 64
        cost = _PER_TABLE_PRODUCT * bits * sum(table_cost(neuron, levels))
        return MethodCost("classes", obstacle, cost, reason, is_too_large)
    from theorycheck.neurons.class_levels import class_split
    from theorycheck.neurons.class_splits import LARGEST_COST
    split = class_split(neuron, levels)
    if not levels:  # nothing to compute but the kinks, if they can be counted
        return MethodCost("classes", "", min(split.cost, LARGEST_COST), reason)
    limit = f"{LARGEST_COST // 10**9} seconds" if split.cost > LARGEST_COST else "the memory budget"
    obstacle = "" if split.is_feasible else (
        f"{_kinds(neuron)} distinct magnitudes at level {max(levels)} would take more than {limit}")
    return MethodCost("classes", obstacle, split.cost, reason, not split.is_feasible)


def _transform_cost(neuron: Neuron, slopes: set[int], values: set[int]) -> MethodCost:
    size = _nonzero(neuron)
    reason = f"a transform over the {size} variables with nonzero weights"
    if not neuron.is_piecewise_linear:
        return MethodCost("transform", f"{neuron.activation.name} is not piecewise linear", 0, reason)
    # Not even the smallest table fits: 4 bytes for each point of half the cube.
    obstacle, is_too_large = _attempted(lambda: require_memory(size, 2, _VARIABLES))
    if obstacle:
        return MethodCost("transform", obstacle, 0, reason, is_too_large)
    tables = _table_bytes(neuron, slopes, values)
    obstacle, is_too_large = _attempted(
        lambda: require_memory(size, max(1, -(-max(tables, default=0) // 2)), _VARIABLES))
    butterflies = sum(tables) // 4 * size << size
    return MethodCost("transform", obstacle, _PER_TRANSFORM + int(_PER_BUTTERFLY * butterflies / 2), reason,
                      is_too_large)


def _table_bytes(neuron: Neuron, slopes: set[int], values: set[int]) -> list[int]:
    """Bytes of an entry of the tables held at once, for each parity among the levels of the slope and the value."""
    from theorycheck.neurons.symmetric_parts import integer_components, symmetric_part
    from theorycheck.neurons.wide_levels import is_wide_cheaper, step_components
    pieces, magnitudes = neuron.pieces, tuple(magnitude for magnitude in neuron.magnitudes if magnitude)
    nothing, sizes = IntegerSteps((), (Fraction(0),)), []
    for intercept, rise, scale, levels in ((pieces.slope, nothing, Fraction(1), slopes),
                                           (pieces.intercept, pieces.rise, neuron.squared_scale, values)):
        for parity in {level % 2 for level in levels} if magnitudes else ():
            part = symmetric_part(intercept, rise, parity, neuron.reach)
            asked = sorted(level for level in levels if level % 2 == parity)
            components = integer_components(part, scale, magnitudes, asked[0])
            steps = step_components(part, len(magnitudes)) if is_wide_cheaper(components, len(magnitudes),
                                                                              asked) else None
            if steps is not None:
                components = [steps[0], *steps[1]]
            sizes.append(sum(component.itemsize for component in components))
    return sizes


def _float_cost(neuron: Neuron) -> MethodCost:
    from theorycheck.neurons.float_levels import require_float_levels
    size = _nonzero(neuron)
    obstacle, is_too_large = _attempted(lambda: require_float_levels(neuron))
    return MethodCost("float", obstacle, _PER_TRANSFORM + int(8 * size << min(size, _MOST_VARIABLES)),
                      "no exact method can run: a float64 transform with a proved bound on its rounding errors",
                      is_too_large)
