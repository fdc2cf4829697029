"""Laws of a neuron's weights, invariant under permutations as MS21's Theorem 12 asks, and a user's own.

``orbit:W1,…,WN`` (a uniformly random permutation of a fixed vector), ``signs/n`` and ``signs/sqrt(n)`` (independent
signs over n and √n), ``gaussian`` (independent standard normal; ``gaussian:BETA`` adds β times one more to the bias),
``uniform`` (independent, uniform between ±1/√n), ``sparse:R`` (±1/√R at R random places, else 0), ``parity:R`` (the
indicator of a random R-subset; with the cosine or triangle activation its neuron's slope is that subset's parity).
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.networks.activations import Activation
from theorycheck.networks.rationals import RationalArray, rational_array
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.rigor import exact_rational

LAWS = ("orbit:W1,…,WN", "signs/n", "signs/sqrt(n)", "gaussian", "gaussian:BETA", "uniform", "sparse:R", "parity:R")


@dataclass(frozen=True, eq=False)
class WeightLaw:
    """A law of the n weights of a neuron.

    Attributes
    ----------
    name : str
    sampler : callable (n, rng) -> n rationals or floats
        A float stands for the dyadic number that it is; ``√squared_scale(n)`` multiplies them all.
    squared_scale : callable n -> Fraction
    shares_orbit : bool
        Whether all draws have the same orbit average, which is then the law's: they differ by permutations and signs.
    is_invariant : bool
        Whether the law is known to be permutation invariant; False for a user's, to be tested.
    squared_norm_bound : callable n -> Fraction or None
        An upper end of ‖w‖² that every draw keeps, scale included; None where there is none or none is known.
    is_normal : bool
        Whether the weights are independent standard normal, so that ‖w‖² is chi-squared.
    bias_scale : Fraction
        The standard deviation of a normal bias that is added to the given one.
    size : int or None
        The only n that the law has; None where it has all.
    least : int
        The smallest n.

    See Also
    --------
    law_named, user_law

    Examples
    --------
    >>> law = law_named("signs/sqrt(n)")
    >>> neuron = law.sample_neuron(4, np.random.default_rng(0))
    >>> neuron.magnitudes, neuron.squared_scale, law.shares_orbit
    ((1, 1, 1, 1), Fraction(1, 4), True)
    """

    name: str
    sampler: Callable[[int, np.random.Generator], Any]
    squared_scale: Callable[[int], Fraction] = lambda n: Fraction(1)
    shares_orbit: bool = False
    is_invariant: bool = True
    squared_norm_bound: Callable[[int], Fraction | None] = lambda n: None
    is_normal: bool = False
    bias_scale: Fraction = Fraction(0)
    size: int | None = None
    least: int = 1

    def require_size(self, n: int) -> int:
        """Return ``n`` where the law has weights for n variables, or raise ParameterError.

        Raises
        ------
        ParameterError
            ``'n' must be 3 for the law orbit:1,2,3, not 4.``, ``'n' must be at least 5 for the law
            sparse:5, not 4.``
        """
        n = require_integer("n", n, minimum=1)
        if n < self.least:
            raise ParameterError(f"'n' must be at least {self.least} for the law {abbreviate(self.name)}, not {n}.")
        if self.size is not None and n != self.size:
            raise ParameterError(f"'n' must be {self.size} for the law {abbreviate(self.name)}, not {abbreviate(n)}.")
        return n

    def sample_weights(self, n: int, rng: np.random.Generator) -> RationalArray:
        """Draw n weights, exact, without the factor √squared_scale.

        Raises
        ------
        ParameterError
            ``'sampler' must return 4 weights, not shape (3,).``; ``'squared_norm_bound' must be at least the squared
            norm of every draw, here 4, not 1.`` of a user's law; as :meth:`require_size`.
        """
        n = self.require_size(n)
        _require_generator(rng)
        weights = rational_array(self.sampler(n, rng), "sampler")
        if weights.shape != (n,):
            raise ParameterError(f"'sampler' must return {n} weights, not shape {weights.shape}.")
        if not self.is_invariant:
            self._require_norm(weights)
        return weights

    def _require_norm(self, weights: RationalArray) -> None:
        """Refuse a draw beyond the bound that the user vouches for: intervals rest on it."""
        n, bound = weights.shape[0], self.squared_norm_bound(weights.shape[0])
        square = sum((weight**2 for weight in weights.fractions()), Fraction(0)) * self.squared_scale(n)
        if bound is not None and square > bound:
            raise ParameterError(f"'squared_norm_bound' must be at least the squared norm of every draw, here "
                                 f"{abbreviate(square)}, not {abbreviate(bound)}.")

    def sample_neuron(self, n: int, rng: np.random.Generator, bias: Any = 0,
                      activation: Activation | str = "relu") -> Neuron:
        """Draw a neuron; the weights first, then what the law adds to the bias."""
        weights = self.sample_weights(n, rng)
        shift = exact_rational(bias, "bias")
        if self.bias_scale:
            shift += self.bias_scale * Fraction(float(rng.standard_normal()))
        return read_neuron(weights, shift, activation, self.squared_scale(n))


def law_named(text: str) -> WeightLaw:
    """Return the law that ``text`` names.

    Raises
    ------
    ParameterError
        ``'weights' must be one of orbit:W1,…,WN, signs/n, …, parity:R, not 'xavier'.``,
        ``'weights' sparse needs R, as in sparse:3.``

    Examples
    --------
    >>> law = law_named("parity:2")
    >>> sorted(law.sample_weights(4, np.random.default_rng(0)).fractions())
    [Fraction(0, 1), Fraction(0, 1), Fraction(1, 1), Fraction(1, 1)]
    """
    name, colon, argument = text.strip().partition(":") if isinstance(text, str) else ("", "", "")
    if name in _PLAIN and not colon:
        return _PLAIN[name]()
    if name == "gaussian":
        return _gaussian(text.strip(), exact_rational(argument, "weights"))
    if name in _WITH_ARGUMENT:
        maker, shape, example = _WITH_ARGUMENT[name]
        if not argument.strip():
            raise ParameterError(f"'weights' {name} needs {shape}, as in {name}:{example}.")
        return maker(text.strip(), argument)
    raise ParameterError(f"'weights' must be one of {', '.join(LAWS)}, not {abbreviate(repr(text))}.")


def user_law(name: str, sampler: Callable[[int, np.random.Generator], Any], *,
             squared_norm_bound: Any = None) -> WeightLaw:
    """Return the law of a user's sampler, whose permutation invariance is not known.

    Parameters
    ----------
    name : str
    sampler : callable (n, rng) -> n rationals or floats
        Draws must be independent of one another.
    squared_norm_bound : rational, optional
        An upper end of ‖w‖² that the user vouches for.

    See Also
    --------
    theorycheck.orbits.invariance.invariance_test

    Examples
    --------
    >>> law = user_law("ones", lambda n, rng: np.ones(n), squared_norm_bound=10)
    >>> law.is_invariant, law.sample_neuron(3, np.random.default_rng(0)).magnitudes
    (False, (1, 1, 1))
    """
    if not callable(sampler):
        raise ParameterError(f"'sampler' must be callable, not {abbreviate(repr(sampler))}.")
    bound = None if squared_norm_bound is None else exact_rational(squared_norm_bound, "squared_norm_bound")
    if bound is not None and bound < 0:
        raise ParameterError(f"'squared_norm_bound' must be at least 0, not {abbreviate(bound)}.")
    return WeightLaw(name, sampler, is_invariant=False, squared_norm_bound=lambda n: bound)


def _require_generator(rng: object) -> None:
    if not isinstance(rng, np.random.Generator):
        raise ParameterError(f"'rng' must be a numpy.random.Generator, not {abbreviate(repr(rng))}.")


def _sample_signs(n: int, rng: np.random.Generator) -> np.ndarray:
    return 1 - 2 * rng.integers(0, 2, size=n)


def _signs(name: str, squared_scale: Callable[[int], Fraction]) -> WeightLaw:
    return WeightLaw(name, _sample_signs, squared_scale, shares_orbit=True,
                     squared_norm_bound=lambda n: n * squared_scale(n))


def _gaussian(name: str, bias_scale: Fraction) -> WeightLaw:
    if bias_scale < 0:
        raise ParameterError(f"'weights' gaussian must have a bias scale of at least 0, not {abbreviate(bias_scale)}.")
    return WeightLaw(name, lambda n, rng: rng.standard_normal(n), is_normal=True, bias_scale=bias_scale)


def _uniform() -> WeightLaw:
    # The float nearest to 1/√n: what is drawn lies between ± that float.
    return WeightLaw("uniform", lambda n, rng: rng.uniform(-n**-0.5, n**-0.5, n),
                     squared_norm_bound=lambda n: n * Fraction(n**-0.5)**2)


def _orbit(name: str, argument: str) -> WeightLaw:
    weights = rational_array([exact_rational(part, "weights") for part in argument.split(",")], "weights")
    norm = sum((weight**2 for weight in weights.fractions()), Fraction(0))
    return WeightLaw(name, lambda n, rng: weights[rng.permutation(n)], shares_orbit=True,
                     squared_norm_bound=lambda n: norm, size=weights.shape[0])


def _read_count(law: str, argument: str, minimum: int) -> int:
    try:
        count = exact_rational(argument, "weights")
    except ParameterError:
        count = Fraction(-1)
    if count.denominator != 1 or count < minimum:
        raise ParameterError(f"'weights' {law} must have a whole R of at least {minimum}, not "
                             f"{abbreviate(argument)}.")
    return int(count)


def _sparse(name: str, argument: str) -> WeightLaw:
    count = _read_count("sparse", argument, 1)

    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        weights = np.zeros(n, dtype=np.int64)
        weights[rng.permutation(n)[:count]] = _sample_signs(count, rng)
        return weights

    return WeightLaw(name, sample, lambda n: Fraction(1, count), shares_orbit=True,
                     squared_norm_bound=lambda n: Fraction(1), least=count)


def _parity(name: str, argument: str) -> WeightLaw:
    count = _read_count("parity", argument, 0)

    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        weights = np.zeros(n, dtype=np.int64)
        weights[rng.permutation(n)[:count]] = 1
        return weights

    return WeightLaw(name, sample, shares_orbit=True, squared_norm_bound=lambda n: Fraction(count),
                     least=max(1, count))


_PLAIN: dict[str, Callable[[], WeightLaw]] = {
    "signs/n": lambda: _signs("signs/n", lambda n: Fraction(1, n * n)),
    "signs/sqrt(n)": lambda: _signs("signs/sqrt(n)", lambda n: Fraction(1, n)),
    "gaussian": lambda: _gaussian("gaussian", Fraction(0)),
    "uniform": _uniform,
}
_WITH_ARGUMENT: dict[str, tuple[Callable[[str, str], WeightLaw], str, str]] = {
    "orbit": (_orbit, "its weights", "1,2,3"),
    "sparse": (_sparse, "R", "3"),
    "parity": (_parity, "R", "3"),
}
