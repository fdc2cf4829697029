"""The cheapest width and number of steps for which Theorem 4's bound says something: found, exactly.

The stated bound is c*A/q + B/sqrt(q) + c^2*C*sqrt(q)/T with A, B, C from its three terms.  With s = 1/sqrt(q), the
number of steps it needs, T >= G(s) = c^2*C/(s*(epsilon - B*s - c*A*s^2)), has a convex logarithm where it is finite
(so it has for plain ReLU, whose c = cosh(r*s)/k grows with s), and the logarithm of a product q*T is T's minus
2 log s.  Hence the pairs (log T, s) that meet the bound at a product of at most b form a convex set, the T among them
an interval and the q too: the search goes through the T next to a first guess, both ways, and stops on each side once
no real q would do at a smaller product than the best so far; or through the q, and real T, where q is the smaller, so
that there are fewer of them.  How good the guess is only matters for the time.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from types import ModuleType

from flint import ctx

from theorycheck.bounds import lemma6, theorem4
from theorycheck.bounds.evaluate import evaluate
from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor import Real, decide, exact_rational, nearest_decimal
from theorycheck.rigor.exact import LARGEST_EXPONENT

# No search goes on for longer: a bound that has to be met beyond is out of reach of any run.
_LARGEST = 10**LARGEST_EXPONENT


@dataclass(frozen=True)
class LossTarget:
    """What is asked of the stated bound: at most ``epsilon``, or below 1, at q above Lemma 6's.

    Parameters
    ----------
    n, k : int
        Dimension, number of bits of the pattern.
    delta : Fraction
        Probability of failure, strictly between 0 and 1.
    epsilon : Fraction or None
        The target; None asks for less than 1, the loss of h = 0.
    c : Fraction or None
        The constant |σ| <= c; None for plain ReLU, whose constant cosh(sqrt(k*N*n/q))/k goes with q.
    windows : int or None
        N in ReLU's constant; n-k+1 unless given.
    formulas : module
        Where ``first_term``, ``second_term`` and ``third_term`` and ``paper_relu_constant`` are: Theorem 4's, or the
        LCN's.

    Examples
    --------
    >>> target = LossTarget(3, 2, Fraction(1, 10), c=Fraction(1))
    >>> target.is_met(10669, 2084), target.is_met(10669, 2083), target.least_steps(10669)
    (True, False, 2084)
    """

    n: int
    k: int
    delta: Fraction
    epsilon: Fraction | None = None
    c: Fraction | None = None
    windows: int | None = None
    formulas: ModuleType = theorem4

    def __post_init__(self) -> None:
        require_integer("n", self.n, minimum=1)
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        for name, value in (("epsilon", self.epsilon), ("c", self.c)):
            if value is not None and exact_rational(value, name) <= 0:
                raise ParameterError(f"'{name}' must be greater than 0, not {value}.")

    @cached_property
    def least_q(self) -> int:
        """The smallest q above Lemma 6's 2^(k+3) ln(2^k/δ)."""
        least = evaluate(lemma6.smallest_integer_above(lemma6.sufficient_filters()), {"k": self.k, "delta": self.delta})
        assert least.exact is not None
        return least.exact.numerator

    @property
    def limit(self) -> Fraction:
        """What the bound must not exceed (1 must not even be reached)."""
        return Fraction(1) if self.epsilon is None else self.epsilon

    @cached_property
    def _terms(self) -> tuple[Real, Real, Real, Real]:
        """A, and B², BC, C², at c = q = T = 1: all of them rational."""
        first = evaluate(self.formulas.first_term(self.n, self.k, 1, 1))
        second = evaluate(self.formulas.second_term(self.n, self.k, 1))
        third = evaluate(self.formulas.third_term(self.n, 1, 1, 1))
        second_squared = evaluate(self.formulas.second_term(self.n, self.k, 1)**2)
        third_squared = evaluate(self.formulas.third_term(self.n, 1, 1, 1)**2)
        both = (second_squared * third_squared).sqrt()
        assert first.is_exact and (both.is_exact or not (second.is_exact and third.is_exact))
        return first, second_squared, both, third_squared

    def constant(self, q: int) -> Real:
        """Return c at this width."""
        if self.c is not None:
            return Real(self.c)
        windows = self.n - self.k + 1 if self.windows is None else self.windows
        return evaluate(self.formulas.paper_relu_constant(self.n, self.k, q, windows))

    def is_met(self, q: int, T: int) -> bool:
        """Return whether the stated bound at (q, T) meets the target: in rationals where c is one.

        B + c^2 C q/T against (epsilon - cA/q) sqrt(q): both sides squared, where the right one is positive.
        """
        first, second, both, third = self._terms
        c = self.constant(q)
        rest = self.limit - c * first / q
        if decide(rest, ">", 0) is not True:
            return False
        share = c * c * q / T
        relation = "<" if self.epsilon is None else "<="
        return decide(second + 2 * both * share + third * share * share, relation, rest * rest * q) is True

    def is_falling(self, q: int, T: int) -> bool:
        """Return whether the bound at T falls as q grows: the sign of its derivative in s = 1/sqrt(q)."""
        first, second, _, third = self._terms
        c, root = self.constant(q), Real(q).sqrt()
        s, growth = 1 / root, Real(0)
        if self.c is None:
            # c = cosh(r s)/k: its derivative in s is r sinh(r s)/k, where cosh is k c; r s = arccosh of it.
            scaled = c * self.k
            reach = Real(lambda: scaled.enclose(ctx.prec).acosh())
            growth = reach * root * Real(lambda: reach.enclose(ctx.prec).sinh()) / self.k
        steps = (2 * growth - c * root) * c * root * third.sqrt() / T
        return decide(growth * first * s * s + 2 * c * first * s + second.sqrt() + steps, ">", 0) is True

    def least_steps(self, q: int) -> int | None:
        """Return the least T that meets the target at this width; None where the first two terms already exceed it.

        Examples
        --------
        >>> LossTarget(3, 2, Fraction(1, 10), c=Fraction(1)).least_steps(100) is None
        True
        """
        first, second, _, third = self._terms
        c, root = self.constant(q), Real(q).sqrt()
        rest = self.limit - c * first / q - second.sqrt() / root
        if decide(rest, ">", 0) is not True:
            return None
        guess = max(1, _nearest(c * c * third.sqrt() * root / rest))
        return _first(lambda T: self.is_met(q, T), 1, guess)

    def least_filters(self, T: int, guess: int | None = None) -> int | None:
        """Return the least q above Lemma 6's that meets the target at this number of steps; None where none does.

        Examples
        --------
        >>> target = LossTarget(3, 2, Fraction(1, 10), c=Fraction(1))
        >>> target.least_filters(2084), target.least_filters(100) is None
        (10669, True)
        """
        q = self.turning_filters(T, guess)
        return q if self.is_met(q, T) else None

    def turning_filters(self, T: int, guess: int | None = None) -> int:
        """Return the least q above Lemma 6's that meets the target at T, or from which on the bound grows with q.

        Every real q below it (and above Lemma 6's) misses the target at T, since the bound is convex in 1/sqrt(q).
        """
        return _first(lambda q: self.is_met(q, T) or not self.is_falling(q, T), self.least_q,
                      self._guess if guess is None else guess)

    @cached_property
    def _guess(self) -> int:
        """About the q of the smallest product, at the constant of wide networks: 3 epsilon = 4Bs + 5cAs^2."""
        first, second, _, _ = self._terms
        c = Real(self.c if self.c is not None else Fraction(1, self.k))
        linear, quadratic = 4 * second.sqrt(), 5 * c * first
        root = (linear * linear + 12 * self.limit * quadratic).sqrt()
        inverse = (linear + root) / (6 * self.limit)  # 1/s
        return max(self.least_q, _nearest(inverse * inverse))

    def bound(self, q: int, T: int) -> Real:
        """Return the stated bound at (q, T)."""
        c = self.constant(q)
        return (c * evaluate(self.formulas.first_term(self.n, self.k, q, 1))
                + evaluate(self.formulas.second_term(self.n, self.k, q))
                + c * c * evaluate(self.formulas.third_term(self.n, q, T, 1)))


@lru_cache(maxsize=256)
def cheapest(target: LossTarget) -> tuple[int, int]:
    """Return the (q, T) of smallest product q*T that meets the target, q above Lemma 6's; of two, the narrower.

    Notes
    -----
    About n^(3/2) values of the smaller of T and q at the most are tried, whatever k, c and epsilon, each with a
    bisection in exact arithmetic: a few milliseconds for small n.  Source: MS21, Theorem 4.

    Examples
    --------
    >>> cheapest(LossTarget(2, 1, Fraction(1, 10), c=Fraction(1)))
    (104, 99)
    """
    q = target._guess
    steps = target.least_steps(q)
    while steps is None:
        q *= 2
        if q > _LARGEST:
            raise ParameterError(f"'epsilon' must be larger for the bound to reach it, not {target.limit}.")
        steps = target.least_steps(q)
    best = (_through_filters if q < steps else _through_steps)(target, q, steps)
    return best[1], best[2]


def _through_steps(target: LossTarget, q: int, steps: int) -> tuple[int, int, int]:
    """The smallest (q*T, q, T), looking at one T after the other."""
    best = (q * steps, q, steps)
    for direction in (-1, 1):
        T, guess = steps if direction < 0 else steps + 1, q
        while T >= 1:
            guess = target.turning_filters(T, guess)
            if target.is_met(guess, T):
                best = min(best, (guess * T, guess, T))
            elif direction < 0 and _is_hopeless(target, guess, T):
                break
            # Every real q that will do at T is above guess-1, or at least the least allowed: then no product is as
            # small as the best, and none is further on.
            if T * (guess - 1) >= best[0] if guess > target.least_q else T * guess > best[0]:
                break
            T += direction
    return best


def _through_filters(target: LossTarget, start: int, steps: int) -> tuple[int, int, int]:
    """The smallest (q*T, q, T), looking at one q after the other."""
    best = (start * steps, start, steps)
    for direction in (-1, 1):
        q = start + direction
        while q >= target.least_q:
            T = target.least_steps(q)
            # Where a q will not do at any T, none further on will.
            if T is None:
                break
            best = min(best, (q * T, q, T))
            # Every real T that will do is above T-1, and at least 1 counts: no product further on is as small.
            if q * (T - 1) >= best[0] or q > best[0]:
                break
            q += direction
    return best


def _is_hopeless(target: LossTarget, q: int, T: int) -> bool:
    """Whether no real width at all meets the target at T, where the bound turns between q-1 and q."""
    if q == target.least_q:
        return True
    # Each term at the end of [q-1, q] where it is least.
    first, second, _, third = target._terms
    c, wide, narrow = target.constant(q), Real(q).sqrt(), Real(q - 1).sqrt()
    least = c * first / q + second.sqrt() / wide + c * c * third.sqrt() * narrow / T
    return decide(least, ">", target.limit) is True


def _first(holds: Callable[[int], bool], lowest: int, guess: int) -> int:
    """The least integer from ``lowest`` on at which a condition holds that goes on holding: gallop, then bisect."""
    guess, stride = max(lowest, guess), 1
    if holds(guess):
        high = guess
        low = guess - 1
        while low >= lowest and holds(low):
            high, low, stride = low, low - 2 * stride, 2 * stride
        low = max(low, lowest - 1)
    else:
        low, high = guess, guess + 1
        while not holds(high):
            low, high, stride = high, high + 2 * stride, 2 * stride
            if high > _LARGEST:
                raise ParameterError(f"The bound is not met up to {nearest_decimal(_LARGEST, 2)}.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _nearest(value: Real) -> int:
    """An integer near the value, to begin a search from."""
    middle = value.enclose().mid().floor().unique_fmpz()
    return int(middle) if middle is not None else 1
