"""Equal weights: every coefficient of a neuron is a Krawtchouk number, at any n.

With all magnitudes 1, s = n-2p where p counts the coordinates that pull s down, and the sum of χ_S over the points with
that p is K_p(|S|; n), the coefficient of z^p in (1-z)^|S| (1+z)^(n-|S|).  Sums of them over p ≤ P divide that
polynomial by 1-z: they are K_P(|S|-1; n-1), and so one number decides the coefficient of a threshold.  Multiplying by s
moves one variable in or out of S.  Weights that are 0 are irrelevant variables.

Source: MacWilliams and Sloane, The Theory of Error-Correcting Codes, chapter 5, section 7; O'Donnell, Analysis of
Boolean Functions, Section 5.3 (majority).
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import comb

from theorycheck.errors import ParameterError, require_integer
from theorycheck.neurons.affine_steps import AffineSteps, ValueParts, slope_function, value_parts
from theorycheck.neurons.neuron import Neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels
from theorycheck.rigor import Real


def krawtchouk_numbers(n: int, x: int, places: Iterable[int]) -> dict[int, int]:
    """Return K_p(x; n) = Σ_i (-1)^i C(x,i) C(n-x,p-i) for each p in ``places``; 0 outside 0 … n.

    Parameters
    ----------
    n, x : int
        0 ≤ x ≤ n.
    places : iterable of int

    Notes
    -----
    A few places: min(x, n-x, p, n-p)+1 terms each.  Many: the recurrence in p, at most n/2 steps, for all together.

    Examples
    --------
    >>> krawtchouk_numbers(3, 1, range(-1, 5))
    {-1: 0, 0: 1, 1: 1, 2: -1, 3: -1, 4: 0}
    """
    n = require_integer("n", n, minimum=0)
    x = require_integer("x", x, minimum=0, maximum=n, maximum_name="n")
    asked = [require_integer("places", place) for place in places]
    folded = {min(place, n - place) for place in asked if 0 <= place <= n}
    few = sum(min(x, n - x, place) + 2 for place in folded)
    near = {place: _krawtchouk_sum(n, x, place) for place in folded} if few <= max(folded, default=0) else (
        _krawtchouk_recurrence(n, x, folded))
    # K_(n-p)(x) = (-1)^x K_p(x).
    return {place: 0 if not 0 <= place <= n else near[place] if 2 * place <= n else (-1)**x * near[n - place]
            for place in asked}


def _krawtchouk_sum(n: int, x: int, p: int) -> int:
    """The definition's sum, each term from the one before it."""
    first = max(0, p - (n - x))
    term = (-1)**first * comb(x, first) * comb(n - x, p - first)
    total = term
    for i in range(first, min(x, p)):
        term = -term * ((x - i) * (p - i)) // ((i + 1) * (n - x - p + i + 1))
        total += term
    return total


def _krawtchouk_recurrence(n: int, x: int, places: Iterable[int]) -> dict[int, int]:
    """(p+1) K_(p+1) = (n-2x) K_p - (n-p+1) K_(p-1), from K_0 = 1 up to the largest place."""
    wanted = set(places)
    found, before, now = {}, 0, 1
    for p in range(max(wanted, default=-1) + 1):
        if p in wanted:
            found[p] = now
        before, now = now, ((n - 2 * x) * now - (n - p + 1) * before) // (p + 1)
    return found


def binomial_prefix_sums(n: int, places: Iterable[int]) -> dict[int, int]:
    """Return Σ_(i≤p) C(n,i) for each p in ``places``; 0 below 0 and 2^n from n on.

    Notes
    -----
    One pass from the middle, where the sum is known, to the place farthest from it.

    Examples
    --------
    >>> binomial_prefix_sums(4, (-1, 0, 1, 2, 9))
    {-1: 0, 0: 1, 1: 5, 2: 11, 9: 16}
    """
    n = require_integer("n", n, minimum=0)
    asked = [require_integer("places", place) for place in places]
    # The number of subsets with more than p elements is that with less than n-p.
    folded = {min(place, n - 1 - place) for place in asked if 0 <= place < n}
    middle = (n - 1) // 2
    total = 2**(n - 1) if n % 2 else (2**n - comb(n, n // 2)) // 2
    term, found = comb(n, middle) if n else 0, {}
    for place in range(middle, min(folded, default=middle + 1) - 1, -1):
        if place in folded:
            found[place] = total
        total, term = total - term, term * place // (n - place + 1)
    return {place: 0 if place < 0 else 2**n if place >= n else found[place] if place <= middle
            else 2**n - found[n - 1 - place] for place in asked}


def coefficient_sums(function: AffineSteps, n: int, level: int) -> int:
    """Return Σ_x f(Σ_j x_j) χ_S(x) over {±1}^n for |S| = level, with f's denominator left out.

    Parameters
    ----------
    function : AffineSteps
    n, level : int
        0 ≤ level ≤ n.

    Examples
    --------
    The coefficients of the majority of three at the levels 0 … 3, times 8: 0, 1/2, 0, -1/2.

    >>> majority = AffineSteps((0,), (-1, 1), (0, 0), 1)
    >>> [coefficient_sums(majority, 3, level) for level in range(4)]
    [0, 4, 0, -4]
    """
    level = require_integer("level", level, minimum=0, maximum=n, maximum_name="n")
    total = 2**n * (function.intercepts[0] if level == 0 else function.rises[0] if level == 1 else 0)
    changes = function.changes
    steps = _threshold_sums(n, level, [start for start, change, _ in changes if change])
    total += sum(change * steps[start] for start, change, _ in changes if change)
    risen = [start for start, _, change in changes if change]
    if risen:  # s χ_S is the sum of χ over the neighbours of S: one variable less, or one more
        less = _threshold_sums(n, level - 1, risen) if level else dict.fromkeys(risen, 0)
        more = _threshold_sums(n, level + 1, risen) if level < n else dict.fromkeys(risen, 0)
        total += sum(change * (level * less[start] + (n - level) * more[start])
                     for start, _, change in changes if change)
    return total


def _threshold_sums(n: int, level: int, starts: Sequence[int]) -> dict[int, int]:
    """Σ_x 1{s ≥ start} χ_S(x) for |S| = level: the sum over the places p ≤ (n-start)/2."""
    places = {start: (n - start) // 2 for start in starts}
    sums = krawtchouk_numbers(n - 1, level - 1, places.values()) if level else (
        binomial_prefix_sums(n, places.values()))
    return {start: sums[place] for start, place in places.items()}


def krawtchouk_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int]) -> NeuronLevels:
    """Return level weights of a piecewise linear neuron whose weights have one magnitude besides 0, exactly.

    Parameters
    ----------
    neuron : Neuron
    slope_levels, value_levels : iterable of int
        Levels outside 0 … n have weight 0.

    Returns
    -------
    NeuronLevels
        Method ``krawtchouk``; exact wherever the weight is rational.

    Raises
    ------
    ParameterError
        ``'weights' must have at most one magnitude besides 0 here, not 3.``,
        ``'activation' must be piecewise linear here, not tanh.``

    Notes
    -----
    For each level at most n steps on integers of about n bits: n = 10,000 takes milliseconds to a few tens of them.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> levels = krawtchouk_levels(read_neuron([1] * 6), (1, 3), (2,))
    >>> levels.slope, levels.value, levels.kinks
    ({1: Real(75/512), 3: Real(5/256)}, {2: Real(135/256)}, 20)
    """
    kinds = {magnitude for magnitude in neuron.magnitudes if magnitude}
    if len(kinds) > 1:
        raise ParameterError(f"'weights' must have at most one magnitude besides 0 here, not {len(kinds)}.")
    count = sum(magnitude > 0 for magnitude in neuron.magnitudes)
    parts = value_parts(neuron)
    slopes = ValueParts((slope_function(neuron),), Fraction(1))
    kinks = sum(comb(count, (count - kink) // 2) for kink in neuron.pieces.kinks
                if abs(kink) <= count and (count - kink) % 2 == 0)
    slope, value = ({level: _level_weight(part, count, level) for level in listed_levels(name, levels)}
                    for part, name, levels in ((slopes, "slope_levels", slope_levels),
                                               (parts, "value_levels", value_levels)))
    return NeuronLevels(slope, value, kinks << (neuron.n - count), "krawtchouk",
                        f"all {count} weights other than 0 have one magnitude: a closed form at any n")


def _level_weight(parts: ValueParts, n: int, level: int) -> Real:
    if not 0 <= level <= n:
        return Real(0)
    sums = [coefficient_sums(function, n, level) for function in parts.functions]
    return parts.weight(tuple(
        Fraction(comb(n, level) * sums[i] * sums[j],
                 (parts.functions[i].denominator * parts.functions[j].denominator) << (2 * n))
        for i, j in parts.pairs))
