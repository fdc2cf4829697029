"""Exact binomial and occupancy probabilities, beside what Chernoff and the union bound say of them.

A number is an exact rational while the instance is small and otherwise an enclosure that refines on demand: see
:class:`theorycheck.rigor.Real`.  Events of random filters are those of q balls in 2^k equally likely cells.
"""
