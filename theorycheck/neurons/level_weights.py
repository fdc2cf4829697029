"""Level weights of one neuron by the cheapest method that can run, and by two of them against one another."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_choice, require_integer
from theorycheck.networks.smooth_forms import HyperbolicTangent
from theorycheck.neurons.method_costs import MethodCost, feasible_methods, method_costs
from theorycheck.neurons.neuron import Neuron, require_neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels
from theorycheck.rigor import Real, exact_rational

METHODS = ("auto", "quadratic", "krawtchouk", "classes", "transform", "float")


def neuron_level_weights(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int], *,
                         method: str = "auto", threads: int | None = None) -> NeuronLevels:
    """Return W^{=m}[σ'(·)] and W^{=m}[σ(·)] of one neuron at the levels asked for.

    Parameters
    ----------
    neuron : Neuron
    slope_levels, value_levels : iterables of int
        Levels between 0 and n.
    method : str
        ``auto`` takes the cheapest exact method that can run, else ``float``; or one of ``quadratic``,
        ``krawtchouk``, ``classes``, ``transform``, ``float``.
    threads : int, optional
        Of the transforms; the result does not depend on it.

    Returns
    -------
    NeuronLevels
        With the method used and why.

    Raises
    ------
    ParameterError
        ``'slope_levels' must be at least 0 and at most n=4, not 5.``, ``'method' must be one of auto, …``,
        ``'method' must be one that can run here, not quadratic: relu is not a quadratic polynomial.``
    InstanceTooLarge
        ``No method can compute level weights of this neuron: transform: …=60 needs …; …``,
        ``The method float cannot run here: …=60 needs …``

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> levels = neuron_level_weights(read_neuron([1] * 6), [1, 3], [2])
    >>> levels.method, levels.slope[1].exact, levels.value[2].exact
    ('krawtchouk', Fraction(75, 512), Fraction(135, 256))
    """
    require_neuron(neuron)
    require_choice("method", method, METHODS)
    slopes, values = _read_levels("slope_levels", neuron, slope_levels), _read_levels("value_levels", neuron,
                                                                                      value_levels)
    inner_slopes, inner_values = _nonzero_levels(neuron, slopes, 1), _nonzero_levels(neuron, values, 0)
    costs = method_costs(neuron, slopes, values)
    chosen = _choose(costs, method)
    found = _COMPUTE[chosen.method](neuron, inner_slopes, inner_values, threads)
    return replace(found, slope=_completed(found.slope, slopes), value=_completed(found.value, values),
                   reason=_reason(chosen, costs, method))


@dataclass(frozen=True, eq=False)
class CrossCheck:
    """Two methods beside one another.

    Attributes
    ----------
    first, second : NeuronLevels
    agrees : bool or None
        Whether all level weights (and the kinks, where both count them) are equal; None where only enclosures that
        overlap were compared.
    differences : tuple of str
        Where they differ: ``slope 3``, ``value 2``, ``kinks``.
    """

    first: NeuronLevels
    second: NeuronLevels
    agrees: bool | None
    differences: tuple[str, ...]


def cross_check(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int], *, seconds: float = 10,
                threads: int | None = None) -> CrossCheck | None:
    """Compute the level weights by the two cheapest methods and compare them; None where no second one can run.

    Parameters
    ----------
    neuron : Neuron
    slope_levels, value_levels : iterables of int
    seconds : rational
        At least 0; a method that would take longer, by its rough estimate, is left out.
    threads : int, optional

    Raises
    ------
    ParameterError
        ``'seconds' must be at least 0, not -1.``, and as :func:`neuron_level_weights`.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> check = cross_check(read_neuron([1] * 6), [1, 3], [2])
    >>> check.agrees, check.first.method, check.second.method
    (True, 'krawtchouk', 'classes')
    """
    require_neuron(neuron)
    slopes, values = (_read_levels(name, neuron, levels)
                      for name, levels in (("slope_levels", slope_levels), ("value_levels", value_levels)))
    patience = exact_rational(seconds, "seconds") * 10**9
    if patience < 0:
        raise ParameterError(f"'seconds' must be at least 0, not {abbreviate(seconds)}.")
    methods = [cost.method for cost in feasible_methods(neuron, slopes, values) if cost.nanoseconds <= patience][:2]
    if len(methods) < 2:
        return None
    first, second = (neuron_level_weights(neuron, slopes, values, method=method, threads=threads)
                     for method in methods)
    return compare_levels(first, second)


def compare_levels(first: NeuronLevels, second: NeuronLevels) -> CrossCheck:
    """Compare what two methods say of the same levels of one neuron.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> one, other = (neuron_level_weights(read_neuron(w), [], [1]) for w in ([2, 1], [3, 1]))
    >>> compare_levels(one, other).differences
    ('value 1',)
    """
    answers = {f"{kind} {level}": _equal(ours[level], theirs[level])
               for kind, ours, theirs in (("slope", first.slope, second.slope), ("value", first.value, second.value))
               for level in sorted(set(ours) & set(theirs))}
    if first.kinks is not None and second.kinks is not None:
        answers["kinks"] = first.kinks == second.kinks
    differences = tuple(label for label, answer in answers.items() if answer is False)
    agrees = False if differences else (None if None in answers.values() else True)
    return CrossCheck(first, second, agrees, differences)


def _equal(left: Real, right: Real) -> bool | None:
    if left.exact is not None and right.exact is not None:
        return left.exact == right.exact
    # No precision tells equal balls apart, so they are compared once.
    return None if left.enclose().overlaps(right.enclose()) else False


def _read_levels(name: str, neuron: Neuron, levels: Iterable[int]) -> list[int]:
    return sorted({require_integer(name, level, 0, neuron.n, "n") for level in listed_levels(name, levels)})


def _nonzero_levels(neuron: Neuron, levels: list[int], order: int) -> list[int]:
    """The levels whose weight, of σ (order 0) or σ' (order 1), is not known to be 0 beforehand.

    Variables of weight 0 are irrelevant; an odd function has odd levels only, and its slope even ones.
    """
    nonzero = sum(magnitude > 0 for magnitude in neuron.magnitudes)
    is_odd = neuron.bias == 0 and isinstance(neuron.activation.form, HyperbolicTangent)
    return [level for level in levels if level <= nonzero and not (is_odd and level % 2 == order)]


def _completed(found: Mapping[int, Real], levels: Iterable[int]) -> dict[int, Real]:
    return {level: found[level] if level in found else Real(0) for level in levels}


def _choose(costs: tuple[MethodCost, ...], method: str) -> MethodCost:
    named = {cost.method: cost for cost in costs}
    if method != "auto":
        chosen = named[method]
        if chosen.is_too_large:
            raise InstanceTooLarge(f"The method {method} cannot run here: {chosen.obstacle}.")
        if not chosen.is_feasible:
            raise ParameterError(f"'method' must be one that can run here, not {method}: {chosen.obstacle}.")
        return chosen
    for cost in costs:
        if cost.is_feasible:
            return cost
    raise InstanceTooLarge("No method can compute level weights of this neuron: "
                           + "; ".join(f"{cost.method}: {cost.obstacle.rstrip('.')}" for cost in costs) + ".")


def _reason(chosen: MethodCost, costs: tuple[MethodCost, ...], method: str) -> str:
    if method != "auto":
        return "asked for"
    others = [cost.method for cost in costs if cost.is_feasible and cost is not chosen]
    return chosen.reason + (f" (also possible: {', '.join(others)})" if others else "")


def _quadratic(neuron: Neuron, slopes: list[int], values: list[int], threads: int | None) -> NeuronLevels:
    from theorycheck.neurons.quadratic_levels import quadratic_levels
    return quadratic_levels(neuron, slopes, values)


def _krawtchouk(neuron: Neuron, slopes: list[int], values: list[int], threads: int | None) -> NeuronLevels:
    from theorycheck.neurons.krawtchouk import krawtchouk_levels
    return krawtchouk_levels(neuron, slopes, values)


def _classes(neuron: Neuron, slopes: list[int], values: list[int], threads: int | None) -> NeuronLevels:
    if not neuron.is_piecewise_linear:
        from theorycheck.neurons.table_levels import table_levels
        return table_levels(neuron, slopes, values)
    from theorycheck.neurons.class_levels import class_levels
    return class_levels(neuron, slopes, values)


def _transform(neuron: Neuron, slopes: list[int], values: list[int], threads: int | None) -> NeuronLevels:
    from theorycheck.neurons.transform_levels import transform_levels
    return transform_levels(neuron, slopes, values, threads=threads)


def _float(neuron: Neuron, slopes: list[int], values: list[int], threads: int | None) -> NeuronLevels:
    from theorycheck.neurons.float_levels import float_levels
    return float_levels(neuron, slopes, values, threads=threads)


_COMPUTE: dict[str, Callable[[Neuron, list[int], list[int], int | None], NeuronLevels]] = {
    "quadratic": _quadratic, "krawtchouk": _krawtchouk, "classes": _classes, "transform": _transform, "float": _float}
