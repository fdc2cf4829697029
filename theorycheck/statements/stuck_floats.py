"""The steps of "stuck" about floating point: for which parities θ - η∇L_I rounds to θ, at the start, in one step.

While |h| < 1 the gradient of L_I is v̂(I), and a step that rounds back to θ is followed by the same one for ever.  A
parameter with room r, the distance from θ_c to the nearest real that rounds elsewhere, moves only if η|v̂_c(I)| >= r.
By Markov's inequality that is so for at most the share η² W^{=k}[v_c]/(r² C(n,k)) of the parities, and the shares of
all parameters add up.
"""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, comb, floor
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor import Real, decide
from theorycheck.statements.stuck_averages import average_of
from theorycheck.statements.stuck_instance import Stuck

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.networks.architectures import FullyConnectedNetwork
    from theorycheck.orbits.parities import ParityAverage
    from theorycheck.orbits.parity_differences import ParityDifferences

_MOVES = "the run on fair-coin labels moves, so that the gradient is not small"
_LARGEST_N = 2**11


def rounded_network(network: FullyConnectedNetwork, float_format: str) -> FullyConnectedNetwork:
    """Return the network with every parameter rounded to a float format, as rationals.

    Raises
    ------
    ParameterError
        ``'network' must have parameters within the range of float32.``
    """
    import numpy as np

    from theorycheck.networks.rationals import exact_entries
    from theorycheck.training.rounded_steps import round_to_float
    parts: dict[str, Any] = {}
    for name in ("filters", "biases", "readout"):
        entries, shape = exact_entries(getattr(network, name), name)
        known = {entry: round_to_float(entry, float_format) for entry in set(entries)}
        rounded = [known[entry] for entry in entries]
        if not np.isfinite(np.array(rounded, dtype=np.float64)).all():
            raise ParameterError(f"'network' must have parameters within the range of {float_format}.")
        parts[name] = np.array(rounded, dtype=np.float64).reshape(shape)
    return replace(network, **parts)


def room_of(value: Any, float_format: str) -> Fraction:
    """Return the distance from a float of this format to the nearer end of its rounding interval."""
    import numpy as np

    from theorycheck.training.rounded_steps import rounding_interval
    number = np.dtype(float_format).type(value)
    interval, exact = rounding_interval(number), Fraction(float(number))
    return min(interval.high - exact, exact - interval.low)


def moved_share_bound(instance: Stuck, network: FullyConnectedNetwork, average: ParityAverage,
                      float_format: str) -> Real:
    """Return the sum over all parameters of the bounds on the share of parities that move it."""
    from theorycheck.networks.rationals import total_of
    shares = []
    for neuron in average.neurons:
        first = list(neuron.places)
        for name, mean in (("filters", neuron.filters), ("readout", neuron.readout)):
            if mean.exact == 0:
                continue
            sizes = set(map(abs, getattr(network, name)[first].ravel().tolist()))
            room = min(room_of(size, float_format) for size in sizes)
            # The mean over C(n,k) parities is given, so the formula's moment is that mean with one parity.
            shares.append(instance.bound("moved_bound", n=1, k=1, room=room, G_squared=mean))
    return total_of(shares)


def moved_parities(instance: Stuck, network: FullyConnectedNetwork, float_format: str) -> int | None:
    """Return for how many parities some parameter moves, exactly; None where they are too many to list."""
    import numpy as np

    from theorycheck.orbits.network_tables import is_enumerated_exactly
    from theorycheck.orbits.parity_differences import DIFFERENCE_LIMIT, parity_differences
    if instance.parities * instance.n > DIFFERENCE_LIMIT or not is_enumerated_exactly(network, instance.gamma):
        return None
    moved = np.zeros(instance.parities, dtype=bool)
    for part in parity_differences(network, instance.k, hinge_slope=instance.gamma, threads=instance.threads):
        moved |= _moved_by(instance, network, part, float_format)
    return int(np.count_nonzero(moved))


def _moved_by(instance: Stuck, network: FullyConnectedNetwork, part: ParityDifferences,
              float_format: str) -> np.ndarray:
    """For which parities a parameter of these neurons moves: η times the difference, against rounding intervals."""
    import numpy as np
    moved = np.zeros(part.readout.shape, dtype=bool)
    for place in part.places:
        u = Fraction(float(network.readout[place]))
        moved |= _outside(network.readout[place], instance.eta, part.readout, float_format)
        for j in range(network.n):
            moved |= _outside(network.filters[place, j], instance.eta * u, part.filters[:, j], float_format)
    return moved


def _outside(value: Any, factor: Fraction, slopes: Any, float_format: str) -> np.ndarray:
    """Where value - factor·slope rounds to another float: the ends of the interval, in units of the slopes."""
    import numpy as np

    from theorycheck.training.rounded_steps import rounding_interval
    numbers = slopes.numerators
    if factor == 0:
        return np.zeros(numbers.shape, dtype=bool)
    number = np.dtype(float_format).type(value)
    interval, exact = rounding_interval(number), Fraction(float(number))
    ends = sorted((exact - end) * slopes.denominator / factor for end in (interval.low, interval.high))
    # The numbers are integers, and so are the first and the last that stay.
    first, last = (ceil(ends[0]), floor(ends[1])) if interval.is_closed else (floor(ends[0]) + 1, ceil(ends[1]) - 1)
    return np.asarray((numbers < first) | (numbers > last), dtype=bool)


def moved_share(instance: Stuck, float_format: str) -> Outcome:
    """The share of parities for which one step in this format moves any parameter, against its bound."""
    if not instance.is_still:
        return Outcome(None, note=_MOVES)
    try:
        network = rounded_network(instance.network, float_format)
    except ParameterError:
        return Outcome(None, note=f"a parameter is beyond the range of {float_format}")
    average = average_of(network, instance.k, instance.gamma, instance.threads)
    if not average.is_still:
        return Outcome(None, note=f"rounded to {float_format}, |h| reaches 1")
    bound = moved_share_bound(instance, network, average, float_format)
    count = moved_parities(instance, network, float_format)
    label = Quantity.of(bound, "sum over parameters of eta^2*mean/room^2")
    method = f"start rounded to {float_format}; theta - eta*gradient rounded once, ties to even, decided in rationals"
    if count is None:
        outcome = relation_outcome(label, "<=", Quantity.of(1, "all parities"), method=method,
                                   note=f"C(n,k)={instance.parities_text} parities are too many to list; the left side "
                                        "bounds the share that moves")
        # A bound above 1 is no failure of anything: it says nothing.
        is_silent = decide(bound, ">=", 1) is True
        return replace(outcome, verdict=Verdict.VACUOUS, counterexample=None) if is_silent else outcome
    share = Quantity.of(Fraction(count, instance.parities), "share of parities that move a parameter")
    note = f"{count} of all C(n,k)={instance.parities_text} parities, listed"
    if any(value == 0 for name in ("filters", "readout") for value in getattr(network, name).ravel().tolist()):
        note += "; a parameter at 0 moves unless its gradient is 0, or nearly so"
    outcome = relation_outcome(share, "<=", label, method=method, note=note,
                               counterexample={"format": float_format})
    says_nothing = outcome.verdict is Verdict.VERIFIED and decide(bound, ">=", 1) is True
    return replace(outcome, verdict=Verdict.VACUOUS) if says_nothing else outcome


def float_share_at(n: int, q: int, bias: Fraction, eta: Fraction, float_format: str) -> Fraction:
    """Bound the share of parities of n/2 bits that move a start with weights ±1/n, bias b, readout ±1/(2cq), rounded.

    By Parseval alone: E v² is at most u² for each of the n weights of a neuron, and c² for its readout, where
    c = n·|w|+|b| bounds the value of any σ with σ(0)=0 and |σ'| <= 1.
    """
    from theorycheck.training.rounded_steps import round_to_float
    weight = round_to_float(Fraction(1, n), float_format)
    c = n * Fraction(float(weight)) + Fraction(float(round_to_float(abs(bias), float_format)))
    outer = round_to_float(1 / (2 * c * q), float_format)
    u = Fraction(float(outer))
    share = n * (eta * u / room_of(weight, float_format))**2 + (eta * c / room_of(outer, float_format))**2
    return q * share / comb(n, n // 2)


def smallest_still_size(q: int, bias: Fraction, eta: Fraction, float_format: str) -> tuple[int, Fraction] | None:
    """Return the least even n from which on at least half of the parities of n/2 bits move nothing, and the bound.

    From which on: at every even n up to 2048.
    """
    found = None
    for n in range(2, _LARGEST_N + 1, 2):
        share = float_share_at(n, q, bias, eta, float_format)
        found = None if share >= Fraction(1, 2) else found or (n, share)
    return found


def stuck_from(instance: Stuck, float_format: str) -> Outcome:
    """From which n on the floats alone keep at least half of all parities of n/2 bits where they start."""
    import numpy as np

    from theorycheck.training.rounded_steps import round_to_float
    given = instance.q, Fraction(instance.parameters.bias), instance.eta
    if not np.isfinite(round_to_float(given[1], float_format)):
        return Outcome(None, note=f"the bias is beyond the range of {float_format}")
    found = smallest_still_size(*given, float_format)
    if found is None:
        return Outcome(Verdict.INCONCLUSIVE, note=f"no n up to {_LARGEST_N} is enough at this step size")
    n, share = found
    before = Quantity.of(float_share_at(n - 2, *given, float_format), f"at n={n - 2}") if n > 2 else None
    return relation_outcome(
        Quantity.of(share, f"share of parities that move a parameter, at most, at n={n}"), "<",
        Quantity.of(Fraction(1, 2)), alternatives=() if before is None else (before,),
        method=f"Parseval's inequality and the rooms of {float_format}, in rationals",
        note=f"n={n}, k={n // 2}, q={instance.q}, eta={abbreviate(instance.eta)}: weights ±1/n, readout ±1/(2cq), "
             f"bias {abbreviate(instance.parameters.bias)}, |sigma'| <= 1 and sigma(0) = 0; below 1/2 at every "
             f"even n above, up to {_LARGEST_N}")
