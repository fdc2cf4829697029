"""Drawing the first layer: the paper's sign grid, Gaussian or uniform."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_choice, require_integer
from theorycheck.features.filters import GivenFilters, SignGridFilters
from theorycheck.probability.multiplicities import sample_cells
from theorycheck.rigor import exact_rational

_NAMES = ("paper", "gaussian", "gaussian:BETA", "uniform")
# float64 weights held at once: one GiB.
WEIGHT_LIMIT = 2**27


def sample_sign_grid(q: int, k: int, rng: np.random.Generator) -> SignGridFilters:
    """Draw q filters uniformly from {±1/k}^k.

    Notes
    -----
    O(q) time; eight bytes for each filter at most.  MS21, Lemma 6.

    Examples
    --------
    >>> sample_sign_grid(1000, 3, np.random.default_rng(0)).multiplicities().sum()
    np.int64(1000)
    """
    return SignGridFilters(k, sample_cells(require_integer("q", q, minimum=1), k, rng))


def sample_gaussian(q: int, k: int, rng: np.random.Generator, bias_scale: object = 0) -> GivenFilters:
    """Draw w ~ N(0, I_k) and b ~ N(0, β²), β = ``bias_scale``, in float64.

    Notes
    -----
    8qk bytes.  β is rounded to float64, so that the biases are dyadic rationals; a β that float64 would round to 0 or
    to infinity is refused.  MS21, Comment 7.

    Examples
    --------
    >>> sample_gaussian(5, 3, np.random.default_rng(0)).filters.shape
    (5, 3)
    """
    _require_weights(q, k)
    scale = _float_scale(_scale(bias_scale))
    weights = rng.standard_normal((q, k))
    return GivenFilters(weights, scale * rng.standard_normal(q) if scale else np.zeros(q))


def sample_uniform(q: int, k: int, rng: np.random.Generator) -> GivenFilters:
    """Draw weights and biases uniformly from [-1/√k, 1/√k), the common default of deep-learning libraries.

    Examples
    --------
    >>> bool(abs(sample_uniform(5, 4, np.random.default_rng(0)).filters).max() <= 0.5)
    True
    """
    _require_weights(q, k)
    reach = k**-0.5
    return GivenFilters(rng.uniform(-reach, reach, (q, k)), rng.uniform(-reach, reach, q))


@dataclass(frozen=True)
class Initialisation:
    """A law of the first layer.

    Parameters
    ----------
    name : str
        ``paper``, ``gaussian`` or ``uniform``.
    bias_scale : Fraction
        β of the Gaussian; 0 means no bias.

    Examples
    --------
    >>> initialisation_named("paper").sample(3, 2, np.random.default_rng(0)).q
    3
    """

    name: str
    bias_scale: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        require_choice("name", self.name, ("paper", "gaussian", "uniform"))
        object.__setattr__(self, "bias_scale", _scale(self.bias_scale))

    def sample(self, q: int, k: int, rng: np.random.Generator) -> SignGridFilters | GivenFilters:
        """Draw q filters of k weights."""
        if self.name == "paper":
            return sample_sign_grid(q, k, rng)
        if self.name == "gaussian":
            return sample_gaussian(q, k, rng, self.bias_scale)
        return sample_uniform(q, k, rng)


def initialisation_named(text: str) -> Initialisation:
    """Return the law that ``text`` names: ``paper``, ``gaussian``, ``gaussian:1`` (bias scale β) or ``uniform``.

    Raises
    ------
    ParameterError
        ``'init' must be one of paper, gaussian, gaussian:BETA, uniform, not 'xavier'.``

    Examples
    --------
    >>> initialisation_named("gaussian:1/2").bias_scale
    Fraction(1, 2)
    """
    name, colon, scale = text.strip().partition(":") if isinstance(text, str) else ("", "", "")
    if name not in ("paper", "gaussian", "uniform") or (colon and name != "gaussian"):
        raise ParameterError(f"'init' must be one of {', '.join(_NAMES)}, not {text!r}.")
    return Initialisation(name, _scale(scale) if colon else Fraction(0))


def _scale(value: object) -> Fraction:
    scale = exact_rational(value, "bias_scale")
    if scale < 0:
        raise ParameterError(f"'bias_scale' must be at least 0, not {abbreviate(scale)}.")
    return scale


def _float_scale(scale: Fraction) -> float:
    if scale and not 2**-1000 <= scale <= 2**1000:
        raise ParameterError(f"'bias_scale' must be 0 or in 2^-1000 ... 2^1000 to be drawn, not {abbreviate(scale)}.")
    return float(scale)


def _require_weights(q: int, k: int) -> None:
    require_integer("q", q, minimum=1)
    require_integer("k", k, minimum=1)
    if q * k > WEIGHT_LIMIT:
        raise InstanceTooLarge(f"q={q}, k={k} needs {8 * q * k} bytes of weights; the largest q that fits is "
                               f"{WEIGHT_LIMIT // k}.")
