"""The words of a trained network's options: its distribution, and how many filters start at each sign pattern."""
from __future__ import annotations

from typing import TYPE_CHECKING

from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate
from theorycheck.rigor import exact_rational

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.cube.distributions import Distribution

# Draws of a sign pattern: a few nanoseconds each.
_MOST_DRAWS = 10**9


def distribution_named(text: str, n: int) -> Distribution:
    """Return the distribution on the n-cube that the option names.

    Parameters
    ----------
    text : str
        ``uniform``, ``product:B`` or ``product:B1,…,Bn`` with B = E x_i, or ``point:INDEX``.
    n : int

    Raises
    ------
    ParameterError
        ``'distribution' must be one of uniform, product:B, product:B1,…,Bn, point:INDEX, not 'normal'.``,
        ``'distribution' product needs 1 or n=3 means, not 2.``

    Examples
    --------
    >>> distribution_named("product:1/2", 2).biases
    (Fraction(1, 2), Fraction(1, 2))
    """
    from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
    from theorycheck.cube.weighted_distributions import ExplicitDistribution
    name, colon, arguments = text.partition(":")
    if name == "uniform" and not colon:
        return UniformDistribution(n)
    if name == "product" and colon:
        biases = [exact_rational(part, "distribution") for part in arguments.split(",")]
        if len(biases) not in (1, n):
            raise ParameterError(f"'distribution' product needs 1 or n={n} means, not {len(biases)}.")
        return ProductDistribution(biases * (n if len(biases) == 1 else 1))
    if name == "point" and colon and arguments.strip().isdecimal():
        # Python's own int() gives up on thousands of digits.
        return ExplicitDistribution(n, {exact_rational(arguments, "distribution").numerator: 1})
    raise ParameterError("'distribution' must be one of uniform, product:B, product:B1,…,Bn, point:INDEX, not "
                         f"{abbreviate(repr(text))}.")


def multiplicities_named(text: str, q: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return m_z for the 2^k sign patterns z, int64, summing to q.

    Parameters
    ----------
    text : str
        ``balanced`` (as equal as possible, the first ones larger), ``paper`` (drawn) or ``M0,M1,…`` by index.
    q, k : int
    rng : numpy.random.Generator
        For ``paper``, in which case the draw is that of :func:`theorycheck.probability.multiplicities.sample_cells`.

    Raises
    ------
    ParameterError
        ``'init' must be one of balanced, paper, M0,M1,…, not 'glorot'.``,
        ``'init' must give 2^k=4 multiplicities that sum to q=7, not 3 that sum to 6.``
    InstanceTooLarge
        ``'q' must be at most 1000000000 to be drawn, not ….``

    Examples
    --------
    >>> import numpy as np
    >>> multiplicities_named("balanced", 7, 2, np.random.default_rng(0)).tolist()
    [2, 2, 2, 1]
    """
    import numpy as np

    from theorycheck.probability.multiplicities import sample_multiplicities
    if q >= 2**62:
        raise InstanceTooLarge(f"'q' must be below 2^62, not {abbreviate(q)}.")
    if text == "balanced":
        return np.array([q // 2**k + (z < q % 2**k) for z in range(2**k)], dtype=np.int64)
    if text == "paper":
        if q > _MOST_DRAWS:
            raise InstanceTooLarge(f"'q' must be at most {_MOST_DRAWS} to be drawn, not {abbreviate(q)}; 'init' "
                                   "balanced takes any.")
        return sample_multiplicities(q, k, rng)
    if not text.replace(",", "").replace(" ", "").isdecimal():
        raise ParameterError(f"'init' must be one of balanced, paper, M0,M1,…, not {abbreviate(repr(text))}.")
    given = [exact_rational(part, "init") for part in text.split(",")]
    if len(given) != 2**k or sum(given) != q:
        raise ParameterError(f"'init' must give 2^k={2**k} multiplicities that sum to q={q}, not {len(given)} that sum "
                             f"to {sum(given)}.")
    return np.array([int(m) for m in given], dtype=np.int64)
