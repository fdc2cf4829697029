"""A small copy of an instance of Theorem 12: few bits, a rational scale, so that everything about it can be listed."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.errors import abbreviate
from theorycheck.rigor import Real

if TYPE_CHECKING:
    from theorycheck.networks.activations import Activation
    from theorycheck.neurons.neuron import Neuron
    from theorycheck.statements.theorem12_instance import Theorem12


@dataclass(frozen=True, eq=False)
class SmallCopy:
    """A neuron on few bits with some of the instance's weights, and a parity of its own.

    Attributes
    ----------
    neuron : Neuron
        Piecewise linear, with a rational scale, so that all about it is rational.
    subset : tuple of int
        Consecutive bits.
    note : str
        What was changed.
    """

    neuron: Neuron
    subset: tuple[int, ...]
    note: str

    @property
    def n(self) -> int:
        """Number of bits."""
        return self.neuron.n

    @property
    def k(self) -> int:
        """Bits of the parity."""
        return len(self.subset)

    @classmethod
    def of(cls, instance: Theorem12, largest: int, neuron: Neuron | None = None) -> SmallCopy:
        """Return a copy of an instance, or of another neuron of it, on at most ``largest`` bits."""
        given = instance.neuron if neuron is None else neuron
        n, k = instance.n, instance.k
        size = min(n, largest)
        # Two bits at least where the instance has two, and some bit outside where it has one.
        bits = k if n <= largest else min(size - (k < n), max(min(2, k), round(Fraction(k * size, n))))
        notes = [] if n <= largest else [f"n={size}, k={bits} in place of n={abbreviate(n)}, k={k}"]
        small, changed = _rational_copy(given, size)
        first = min(instance.offset, size - bits)
        return cls(small, tuple(range(first, first + bits)), "; ".join(notes + changed))


def _rational_copy(neuron: Neuron, size: int) -> tuple[Neuron, list[str]]:
    """A neuron on ``size`` bits with weights from the smallest to the largest, a rational scale, a piecewise line."""
    from theorycheck.networks.rationals import RationalArray, integer_array
    from theorycheck.neurons.neuron import read_neuron
    notes = []
    numerators = neuron.weights.numerators.tolist()
    if neuron.n > size:
        ordered = sorted(numerators, key=abs)
        numerators = [ordered[place * (neuron.n - 1) // max(1, size - 1)] for place in range(size)]
    activation: Activation | str = neuron.activation
    if not neuron.is_piecewise_linear:
        notes.append(f"relu in place of {neuron.activation.name}")
        activation = "relu"
    scale = neuron.squared_scale
    root = Real(scale).sqrt()
    if root.exact is None:
        nearest = max(Fraction(1, 16), Fraction(float(root)).limit_denominator(16))
        notes.append(f"scale {nearest} in place of sqrt({scale})")
        scale = nearest**2
    weights = RationalArray(integer_array(numerators, (size,)), neuron.weights.denominator)
    return read_neuron(weights, neuron.bias, activation, scale), notes


def joined(*notes: str) -> str:
    """Return the notes that say something, one after the other.

    Examples
    --------
    >>> joined("", "n=7", "relu")
    'n=7; relu'
    """
    return "; ".join(note for note in notes if note)
