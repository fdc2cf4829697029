"""The closed form of the first steps on a parity, and when a run is known beforehand to stay frozen.

On the parity of all k bits of one window under the uniform distribution, from MS21's start (filters ±1/k, biases 1/k-1,
readout 0), only that window's readout moves until a margin reaches 1, and gradient descent is linear: with
θ = η√k 2^-k,

    L_t = 1 - (q 2^-k / (4 k^2.5)) [(1+θ)^(2t) - (1-θ)^(2t)],   a_t = [(1+θ)^t + (1-θ)^t] / (2k).

For a rational η both are rational: (1+θ)^t = A + B√k, and L_t = 1 - q 2^-k B_{2t} / (2k²), a_t = A_t / k.
"""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx
from numpy.typing import ArrayLike

from theorycheck.errors import require_integer
from theorycheck.networks.initialisers import read_multiplicities
from theorycheck.networks.requirements import require_step_size
from theorycheck.rigor import Real, decide


def linear_phase_loss(k: int, q: int, eta: Real | Fraction | int, t: int) -> Real:
    """Return L_t of the linear phase; rational for a rational η.

    Parameters
    ----------
    k, q : int
        Window length; number of filters, however they are shared out among the sign patterns.
    eta : Real, Fraction or int
        The step size, above 0.
    t : int
        Valid while t is at most :func:`linear_phase_length`.

    Raises
    ------
    ParameterError
        ``'eta' must be above 0, not -1.``

    Notes
    -----
    O(log t) products of numbers whose length grows with t.  MS21, Theorem 4's run.

    Examples
    --------
    >>> [str(linear_phase_loss(2, 4, 1, t).exact) for t in range(4)]
    ['1', '15/16', '55/64', '749/1024']
    """
    q = require_integer("q", q, minimum=1)
    return 1 - Fraction(q, 1 << require_integer("k", k, minimum=1)) * _margin_per_filter(k, eta, t)


def linear_phase_scale(k: int, eta: Real | Fraction | int, t: int) -> Real:
    """Return a_t, the value of each filter of the linear phase on its own sign pattern.

    Examples
    --------
    >>> linear_phase_scale(2, 1, 2).exact
    Fraction(9, 16)
    """
    return _power(k, eta, require_integer("t", t, minimum=0))[0] / k


def linear_phase_length(k: int, multiplicities: ArrayLike, eta: Real | Fraction | int) -> int:
    """Return the largest t at which the closed form holds.

    Parameters
    ----------
    k : int
    multiplicities : array of 2^k non-negative integers
        m_z, by sign pattern.
    eta : Real, Fraction or int

    Returns
    -------
    int
        The last t with no margin above 1 and, for k >= 3, with a_t at most 1/k + 1/(k-2): then every margin was below 1
        and every class frozen at the earlier steps, and no margin is cut off and no other pattern fires at step t.

    Raises
    ------
    ParameterError
        ``'multiplicities' must have a positive entry.``

    Notes
    -----
    Both grow with t, so O(log t) evaluations, in balls; exact only where the balls do not tell.  That no margin reached
    1 *before* step t is not enough: where one is above 1 at step t, the loss counts 0 there and the closed form is
    below it.

    Examples
    --------
    >>> linear_phase_length(2, [1, 1, 1, 1], 1)
    5
    """
    k = require_integer("k", k, minimum=1)
    largest = int(read_multiplicities(multiplicities, k).max())

    size = require_step_size(eta)
    # η as a recipe is never expanded to the rational (1+θ)^t, whose length grows with t.
    unexpanded = Real(lambda: size.enclose(ctx.prec))

    def is_linear(t: int) -> bool:
        pairs = [(_margin_per_filter, Fraction(1, largest))]
        if k > 2:
            pairs.append((linear_phase_scale, Fraction(1, k) + Fraction(1, k - 2)))
        for value, limit in pairs:
            in_balls = decide(value(k, unexpanded, t), "<=", limit)
            if (decide(value(k, size, t), "<=", limit) if in_balls is None else in_balls) is not True:
                return False
        return True

    high = 1
    while is_linear(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_linear(middle) else (low, middle)
    return low


def is_frozen_beforehand(k: int, window_count: int, eta: Real | Fraction | int, steps: int) -> bool | None:
    """Return whether ηT√(kN) <= arccosh 2, which keeps every class frozen for T steps, whatever D, f and m.

    Returns
    -------
    bool or None
        None where it is not decided.  False does not mean that a run leaves the frozen range.

    Notes
    -----
    As |E[s f 1{x^(j)=z}]| <= 1 at each of N windows, |a_t - 1/k| <= (cosh(ηt√(kN)) - 1)/k, strictly for t > 0; so
    0 < a_t < 2/k < 1/k + 1/(k-2).

    Examples
    --------
    >>> is_frozen_beforehand(3, 2, Fraction(1, 100), 53), is_frozen_beforehand(3, 2, Fraction(1, 100), 54)
    (True, False)
    """
    steps = require_integer("steps", steps, minimum=0)
    product = require_integer("k", k, minimum=1) * require_integer("window_count", window_count, minimum=1)
    return decide(require_step_size(eta) * steps * Real(product).sqrt(), "<=", (Real(3).sqrt() + 2).log())


def _margin_per_filter(k: int, eta: Real | Fraction | int, t: int) -> Real:
    """The margin at t on a sign pattern with one filter, B_{2t} / (2k²)."""
    return _power(k, eta, 2 * require_integer("t", t, minimum=0))[1] / (2 * k * k)


def _power(k: int, eta: Real | Fraction | int, exponent: int) -> tuple[Real, Real]:
    """A and B with (1+θ)^exponent = A + B√k and (1-θ)^exponent = A - B√k."""
    rate = require_step_size(eta) / (1 << k)
    if rate.exact is not None:
        even, odd = _exact_power(k, rate.exact, exponent)
        return Real(even), Real(odd)

    def part(sign: int, divisor: int) -> arb:
        root = arb(divisor).sqrt()
        theta = rate.enclose(ctx.prec) * arb(k).sqrt()
        return ((1 + theta) ** exponent + sign * (1 - theta) ** exponent) / (2 * root)

    return Real(lambda: part(1, 1)), Real(lambda: part(-1, k))


def _exact_power(k: int, rate: Fraction, exponent: int) -> tuple[Fraction, Fraction]:
    even, odd = Fraction(1), Fraction(0)
    base_even, base_odd = Fraction(1), rate
    while exponent:
        if exponent & 1:
            even, odd = even * base_even + k * odd * base_odd, even * base_odd + odd * base_even
        base_even, base_odd = base_even**2 + k * base_odd**2, 2 * base_even * base_odd
        exponent >>= 1
    return even, odd
