"""One step of the gradient flow's path: Taylor polynomials, and how far they are from solving the equation.

While the hinge slopes of all blocks but the sliding ones are fixed, the state follows an analytic equation; the slopes
of the sliding blocks solve the linear system that keeps their margins at 1.  The path consists of polynomials with thin
coefficients, so what they miss is a polynomial too, and its size on the step is bounded coefficient by coefficient:
nothing has to be known about the solution beforehand.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any

from flint import arb, arb_mat, arb_poly, ctx

from theorycheck.flow.models import NotResolved, TaylorModel, ball, folded, reach
from theorycheck.flow.structure import FlowSystem

_ZERO = arb(0)


@dataclass(frozen=True, eq=False)
class FlowStep:
    """A step of the path.

    Attributes
    ----------
    length : arb
        h, an exact float.
    scales, readouts, slopes, margins : tuples of TaylorModel
        Of the classes, the slots, the sliding blocks and all blocks.
    defect : arb
        Bound on the norm of (derivative of the path - velocity at its state and slopes), on [0, h].
    """

    length: arb
    scales: tuple[TaylorModel, ...]
    readouts: tuple[TaylorModel, ...]
    slopes: tuple[TaylorModel, ...]
    margins: tuple[TaylorModel, ...]
    defect: arb


class FlowField:
    """The equation of one phase, on the quotient's slots and classes.

    Parameters
    ----------
    system : FlowSystem
    fixed : dict of block to Fraction
        Fixed hinge slopes.
    sliding : tuple of int
        The blocks whose margin stays at 1, with linearly independent rows.
    """

    def __init__(self, system: FlowSystem, fixed: dict[int, Fraction], sliding: tuple[int, ...]) -> None:
        self.system, self.sliding = system, sliding
        self.exact_force = tuple(sum((s * fixed.get(b, Fraction(0)) for b, s in force.items()), Fraction(0))
                                 for force in system.forces)
        self._force = [ball(g) for g in self.exact_force]
        # Sparse: (position in sliding, coefficient) for each slot, and (slot, coefficient) for each block.
        self._share = [[(p, ball(force[b])) for p, b in enumerate(sliding) if b in force] for force in system.forces]
        self._rows = [[(i, ball(c)) for i, c in row.items()] for row in system.rows]
        self._owned = [[(i, system.k * system.counts[i]) for i, owner in enumerate(system.class_of) if owner == c]
                       for c in range(system.class_total)]
        self._row_sums = [self._by_class(b) for b in sliding]

    def _by_class(self, b: int) -> dict[int, list[tuple[int, arb]]]:
        inside: dict[int, list[tuple[int, arb]]] = {}
        for i, c in self._rows[b]:
            inside.setdefault(self.system.class_of[i], []).append((i, c))
        return inside

    def responses(self, scales: Any, readouts: Any) -> list[list[Any]]:
        """Return H: the derivative of each sliding margin is Σ_i H[b][i] G_i."""
        zero = 0 * scales[0]
        table = []
        for inside in self._row_sums:
            line = [zero] * len(readouts)
            for owner, members in inside.items():
                held = sum((c * readouts[i] for i, c in members), zero)
                for i, weight in self._owned[owner]:
                    line[i] = held * readouts[i] * weight
                for i, c in members:
                    line[i] += c * scales[owner] * scales[owner]
            table.append(line)
        return table

    def _system_matrix(self, response: list[list[Any]]) -> list[list[Any]]:
        size = len(self.sliding)
        matrix = [[0 * line[0] for _ in range(size)] for line in response]
        for b, line in enumerate(response):
            for i, shares in enumerate(self._share):
                for p, share in shares:
                    matrix[b][p] += line[i] * share
        return matrix

    def margin_rates(self, scales: Any, readouts: Any) -> tuple[list[list[Any]], list[Any]]:
        """Return M and r: the derivatives of the sliding margins are M s + r at slopes s."""
        response = self.responses(scales, readouts)
        rates = [sum((line[i] * g for i, g in enumerate(self._force)), 0 * line[0]) for line in response]
        return self._system_matrix(response), rates

    def slopes(self, scales: Any, readouts: Any) -> list[Any]:
        """Return the hinge slopes that keep the sliding margins at 1.

        Raises
        ------
        NotResolved
            The linear system is not certainly regular.
        """
        if not self.sliding:
            return []
        matrix, rates = self.margin_rates(scales, readouts)
        try:
            return arb_mat(matrix).solve(arb_mat([[-r] for r in rates])).entries()
        except ZeroDivisionError:
            raise NotResolved("the sliding slopes are not determined") from None

    def forces(self, slopes: list[Any]) -> list[Any]:
        """Return G for every slot."""
        return [sum((slopes[p] * share for p, share in shares), g) for g, shares in zip(self._force, self._share)]

    def margins(self, scales: list[arb], readouts: list[arb]) -> list[arb]:
        """Return every block's margin."""
        products = [scales[owner] * readouts[i] for i, owner in enumerate(self.system.class_of)]
        return [sum((c * products[i] for i, c in row), arb(0)) for row in self._rows]

    def force_norm(self, b: int, scales: tuple[TaylorModel, ...], readouts: tuple[TaylorModel, ...],
                   length: arb) -> arb:
        """Bound on the norm of the velocity that block ``b`` gives at slope 1, on [0, length]."""
        share = [ball(force.get(b, Fraction(0))) for force in self.system.forces]
        a = [reach(model.coefficients, length) for model in scales]
        u = [reach(model.coefficients, length) for model in readouts]
        square = arb(0)
        for i, owner in enumerate(self.system.class_of):
            pulled = a[owner] * share[i]
            square += self.system.slot_weights[i] * pulled * pulled
        for c, owned in enumerate(self._owned):
            pulled = sum((u[i] * abs(share[i]) * weight for i, weight in owned), arb(0))
            square += ball(self.system.class_weights[c]) * pulled * pulled
        return arb(square.sqrt().upper())

    def expansion(self, scales: list[arb], readouts: list[arb]) -> list[list[list[arb]]]:
        """Return the Taylor coefficients of scales, readouts and slopes from a state of exact numbers."""
        return self.series(scales, readouts, ctx.prec // 4 + 4)[:3]

    def step(self, lines: list[list[list[arb]]], length: arb | None = None) -> FlowStep:
        """Return the step of an expansion, as long as keeps its defect about 2^(-0.7·precision) unless given."""
        order = len(lines[0][0]) - 1
        length = self._length(lines, order) if length is None else length
        a, u, slopes = ([arb_poly(line) for line in group] for group in lines)
        force = [sum((slopes[p] * share for p, share in shares), arb_poly([g]))
                 for g, shares in zip(self._force, self._share)]
        products = [a[owner] * u[i] for i, owner in enumerate(self.system.class_of)]
        margins = [sum((products[i] * c for i, c in row), arb_poly([0])) for row in self._rows]
        square = arb(0)
        for i, owner in enumerate(self.system.class_of):
            missed = reach((u[i].derivative() - a[owner] * force[i]).coeffs(), length)
            square += self.system.slot_weights[i] * missed * missed
        for c, owned in enumerate(self._owned):
            pulled = sum((u[i] * force[i] * weight for i, weight in owned), arb_poly([0]))
            missed = reach((a[c].derivative() - pulled).coeffs(), length)
            square += ball(self.system.class_weights[c]) * missed * missed
        of_a, of_u, of_slopes, of_margins = (tuple(folded(poly, order, length) for poly in group)
                                             for group in (a, u, slopes, margins))
        return FlowStep(length, of_a, of_u, of_slopes, of_margins, arb(square.sqrt().upper()))

    def _length(self, lines: list[list[list[arb]]], order: int) -> arb:
        """A step at which the last terms are 2^(-0.7·precision) of the state's size; it need only be good."""
        import math
        size = math.log(max(float(abs(line[0]).upper()) for line in lines[0]))
        shortest = math.inf
        for group in lines:
            for line in group:
                for i in (order - 1, order):
                    mantissa, exponent = abs(line[i]).upper().man_exp()
                    if mantissa != 0:
                        logarithm = (int(exponent) + int(mantissa).bit_length()) * math.log(2)
                        shortest = min(shortest, (size - 0.7 * ctx.prec * math.log(2) - logarithm) / i)
        # Twelve bits, so that times within a phase add up exactly.
        fraction, power = math.frexp(math.exp(min(shortest, 3.0)))
        return arb(math.ldexp(math.floor(fraction * 2**12), power - 12))

    def series(self, scales: list[arb], readouts: list[arb], order: int) -> list[list[list[arb]]]:
        """Return the Taylor coefficients 0…order of scales, readouts, slopes and margins."""
        owner = self.system.class_of
        a, u = [[v] for v in scales], [[v] for v in readouts]
        squares: list[list[arb]] = [[] for _ in scales]
        force: list[list[arb]] = [[] for _ in readouts]
        rate: list[list[arb]] = [[] for _ in scales]
        slopes: list[list[arb]] = [[] for _ in self.sliding]
        inverse = self._inverse(scales, readouts)
        for i in range(order + 1):
            for c, line in enumerate(a):
                squares[c].append(_convolve(line, line, i))
            for s in range(len(u)):
                force[s].append(self._force[s] if i == 0 else arb(0))
            rates = self._class_rates(u, force, i)
            if self.sliding:
                found = self._next_slopes(inverse, squares, u, force, rate, rates, i)
                for p, value in enumerate(found):
                    slopes[p].append(value)
                for s, shares in enumerate(self._share):
                    for p, share in shares:
                        force[s][i] += share * found[p]
                rates = self._class_rates(u, force, i)
            for c, value in enumerate(rates):
                rate[c].append(value)
            if i < order:
                for s, line in enumerate(u):
                    line.append(_convolve(a[owner[s]], force[s], i) / (i + 1))
                for c, line in enumerate(a):
                    line.append(rate[c][i] / (i + 1))
        products = [[_convolve(a[owner[s]], line, i) for i in range(order + 1)] for s, line in enumerate(u)]
        margins = [[sum((c * products[s][i] for s, c in row), arb(0)) for i in range(order + 1)] for row in self._rows]
        return [a, u, slopes, margins]

    def _inverse(self, scales: list[arb], readouts: list[arb]) -> arb_mat | None:
        if not self.sliding:
            return None
        try:
            return arb_mat(self._system_matrix(self.responses(scales, readouts))).inv()
        except ZeroDivisionError:
            raise NotResolved("the sliding slopes are not determined") from None

    def _class_rates(self, u: list[list[arb]], force: list[list[arb]], i: int) -> list[arb]:
        return [sum((weight * _convolve(u[s], force[s], i) for s, weight in owned), arb(0)) for owned in self._owned]

    def _next_slopes(self, inverse: arb_mat | None, squares: Any, u: Any, force: Any, rate: Any, rates: list[arb],
                     i: int) -> list[arb]:
        """Coefficient i of the slopes: coefficient i of Σ_s c A² G + Σ_class (Σ_s c U) A' vanishes."""
        assert inverse is not None
        residual = []
        for inside in self._row_sums:
            total = arb(0)
            for owner, members in inside.items():
                for s, c in members:
                    total += c * _convolve(squares[owner], force[s], i)
                history = [*rate[owner], rates[owner]]
                for s, c in members:
                    total += c * _convolve(u[s], history, i)
            residual.append([-total])
        return (inverse * arb_mat(residual)).entries()


def _convolve(first: list[arb], second: list[arb], i: int) -> arb:
    return sum(map(mul, first[:i + 1], second[i::-1]), _ZERO)
