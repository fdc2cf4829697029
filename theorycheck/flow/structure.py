"""What moves alike under the gradient flow: points, slots and classes, and their exact equalities.

A **slot** is a pair (window j, sign pattern z) with its readout u_z^(j); a **class** holds the scale a_z that the slots
of one pattern share (CNN), or that one slot has to itself (LCN); a **block** is a set of points with equal margins.
Equalities that the dynamics keeps, up to the sign of a readout, are found by refining a partition until it is stable:
the flow then lives on the quotient, and events that symmetry makes simultaneous are one event.
"""
from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, eq=False)
class FlowSystem:
    """The equations: U' = A G, A' = k Σ count·U·G over the slots of a class, G = Σ_b s_b force_b, p_b = Σ row·A·U.

    Parameters
    ----------
    k : int
    class_of : tuple of int
        The class of each slot.
    counts : tuple of int
        How many equal slots each stands for in its class.
    rows : tuple of dict
        For each block the coefficients of A·U in its margin, slot to coefficient.
    forces : tuple of dict
        For each slot its force from each block at hinge slope 1, block to rational.
    probabilities : tuple of Fraction
        Of each block.
    slot_weights : tuple of int
        Total multiplicity of the readouts that each slot stands for.
    class_weights : tuple of Fraction
        The same of each class, over k: the squared norm is Σ slot_weight·U² + Σ class_weight·A².
    lightest : tuple of int
        The least multiplicity in each class.
    curvature_squared : Fraction
        λ², where the loss plus λ‖·‖²/2 is convex: k times the largest Σ_j p_j(z)² of a class.
    """

    k: int
    class_of: tuple[int, ...]
    counts: tuple[int, ...]
    rows: tuple[dict[int, Fraction], ...]
    forces: tuple[dict[int, Fraction], ...]
    probabilities: tuple[Fraction, ...]
    slot_weights: tuple[int, ...]
    class_weights: tuple[Fraction, ...]
    lightest: tuple[int, ...]
    curvature_squared: Fraction

    @property
    def class_total(self) -> int:
        """Number of classes."""
        return len(self.class_weights)


@dataclass(frozen=True, eq=False)
class Equalities:
    """Which parts of a state are equal: labels of slots (None: the readout is 0) with signs, and labels of classes."""

    slots: tuple[int | None, ...]
    signs: tuple[int, ...]
    classes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Quotient:
    """A coarser system, and where each part of the finer one went: ``blocks[b]`` is b's block in ``system``."""

    system: FlowSystem
    equalities: Equalities
    blocks: tuple[int, ...]


def at_start(system: FlowSystem) -> Equalities:
    """Return the equalities of the initial state: every readout 0, every scale 1/k.

    Examples
    --------
    >>> system = FlowSystem(1, (0,), (1,), ({0: Fraction(1)},), ({0: Fraction(1)},), (Fraction(1),), (1,),
    ...                     (Fraction(1),), (1,), Fraction(1))
    >>> at_start(system).slots
    (None,)
    """
    slots = len(system.class_of)
    return Equalities((None,) * slots, (1,) * slots, (0,) * system.class_total)


def quotient(system: FlowSystem, state: Equalities, fixed: Mapping[int, Fraction]) -> Quotient:
    """Return the coarsest quotient that the flow keeps while the slopes of some blocks are fixed.

    Parameters
    ----------
    system : FlowSystem
    state : Equalities
        What is equal at the beginning.
    fixed : mapping of block to Fraction
        Hinge slopes that do not change; every other block's slope is free, but equal within a block of the result.

    Notes
    -----
    Partition refinement: at most one round for each new part, each linear in the size of the system.
    """
    base = [sum((s * fixed[b] for b, s in force.items() if b in fixed), Fraction(0)) for force in system.forces]
    free = [b for b in range(len(system.rows)) if b not in fixed]
    classes, colours = list(state.classes), {b: 0 for b in free}
    while True:
        slots, signs = _slot_labels(system, state, base, classes, colours)
        finer_classes = _numbered((classes[c], tuple(sorted((slots[i], system.counts[i]) for i in members
                                                            if slots[i] is not None)))
                                  for c, members in enumerate(_members(system)))
        finer = _numbered((colours[b], _formal(system.rows[b], slots, signs)) for b in free)
        finer_colours = dict(zip(free, finer))
        stable = _size(finer_classes) == _size(classes) and _size(finer) == _size(colours.values())
        classes, colours = finer_classes, finer_colours
        if stable:
            break
    equalities = Equalities(tuple(slots), tuple(signs), tuple(classes))
    keys: list[Hashable] = [("free", colours[b]) if b in colours else
                            ("fixed", fixed[b], _formal(row, slots, signs)) for b, row in enumerate(system.rows)]
    return _coarsen(system, equalities, tuple(_numbered(keys)))


def _slot_labels(system: FlowSystem, state: Equalities, base: list[Fraction], classes: list[int],
                 colours: Mapping[int, int]) -> tuple[list[int | None], list[int]]:
    keys: list[Hashable] = []
    signs = list(state.signs)
    for i, force in enumerate(system.forces):
        parts: dict[int, Fraction] = {-1: base[i]}
        for b, share in force.items():
            if b in colours:
                parts[colours[b]] = parts.get(colours[b], Fraction(0)) + share
        vector = tuple(sorted((key, value) for key, value in parts.items() if value))
        if state.slots[i] is None:
            if not vector:
                keys.append(None)
                continue
            signs[i] = 1 if vector[0][1] > 0 else -1
        keys.append((-1 if state.slots[i] is None else state.slots[i], classes[system.class_of[i]],
                     tuple((key, signs[i] * value) for key, value in vector)))
    labels = iter(_numbered(key for key in keys if key is not None))
    return [None if key is None else next(labels) for key in keys], signs


def _formal(row: Mapping[int, Fraction], slots: list[int | None], signs: list[int]) -> tuple[tuple[int, Fraction], ...]:
    """The margin as a sum over labels: equal sums are equal margins."""
    total: dict[int, Fraction] = {}
    for i, coefficient in row.items():
        label = slots[i]
        if label is not None:
            total[label] = total.get(label, Fraction(0)) + signs[i] * coefficient
    return tuple(sorted((label, value) for label, value in total.items() if value))


def _coarsen(system: FlowSystem, equalities: Equalities, blocks: tuple[int, ...]) -> Quotient:
    slots, signs = list(equalities.slots), list(equalities.signs)
    first: dict[int, int] = {}
    for i, label in enumerate(slots):
        if label is not None:
            first.setdefault(label, i)
    class_of, counts, forces = [], [], []
    for label in range(len(first)):
        i = first[label]
        owner = system.class_of[i]
        class_of.append(equalities.classes[owner])
        counts.append(sum(system.counts[j] for j, other in enumerate(slots)
                          if other == label and system.class_of[j] == owner))
        merged: dict[int, Fraction] = {}
        for b, share in system.forces[i].items():
            merged[blocks[b]] = merged.get(blocks[b], Fraction(0)) + signs[i] * share
        forces.append({b: share for b, share in merged.items() if share})
    total = _size(blocks)
    representative = {blocks[b]: b for b in reversed(range(len(blocks)))}
    rows = tuple(dict(_formal(system.rows[representative[b]], slots, signs)) for b in range(total))
    weights = [Fraction(0)] * total
    for b, weight in enumerate(system.probabilities):
        weights[blocks[b]] += weight
    owners = range(_size(equalities.classes))
    coarse = FlowSystem(
        system.k, tuple(class_of), tuple(counts), rows, tuple(forces), tuple(weights),
        tuple(sum(w for w, other in zip(system.slot_weights, slots) if other == label) for label in range(len(first))),
        tuple(sum((w for w, other in zip(system.class_weights, equalities.classes) if other == c), Fraction(0))
              for c in owners),
        tuple(min(m for m, other in zip(system.lightest, equalities.classes) if other == c) for c in owners),
        system.curvature_squared)
    return Quotient(coarse, equalities, blocks)


def _members(system: FlowSystem) -> list[list[int]]:
    members: list[list[int]] = [[] for _ in range(system.class_total)]
    for i, owner in enumerate(system.class_of):
        members[owner].append(i)
    return members


def _numbered(keys: Iterable[Hashable]) -> list[int]:
    """Number the distinct keys in the order of their first appearance."""
    seen: dict[Hashable, int] = {}
    return [seen.setdefault(key, len(seen)) for key in keys]


def _size(labels: Iterable[int]) -> int:
    return len(set(labels))
