"""The table: names, assumptions that match the domains, and what a stranger gets."""
from __future__ import annotations

import pytest

from theorycheck.bounds import symbols
from theorycheck.bounds.symbols import SYMBOLS, symbol
from theorycheck.errors import ParameterError


def test_rows_are_complete_and_unique() -> None:
    assert all(row.description and row.latex and row.domain.text for row in SYMBOLS.values())
    assert len({row.latex for row in SYMBOLS.values()}) == len(SYMBOLS)
    assert {"n", "k", "N", "q", "T", "m", "l", "mu", "delta", "epsilon", "eta", "gamma", "c"} <= set(SYMBOLS)


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_assumptions_say_no_more_than_the_domain(name: str) -> None:
    domain, made = SYMBOLS[name].domain, symbol(name)
    assert made == symbol(name) and made.name == name
    assert bool(made.is_integer) == domain.integer
    assert bool(made.is_positive) == domain.is_positive
    assert bool(made.is_nonnegative) == domain.is_nonnegative
    assert made.is_real and made.is_negative is not True


def test_module_names_are_the_tables_symbols() -> None:
    assert symbols.k == symbol("k") and symbols.level == symbol("l") and symbols.hamming_distance == symbol("m")
    assert symbols.multiplicity == symbol("m_z") and str(symbols.multiplicities.label) == "m_z"


def test_unknown_name_and_frozen_table() -> None:
    with pytest.raises(ParameterError, match="'name' must be a symbol of the table .*, not 'banana'"):
        symbol("banana")
    with pytest.raises(TypeError):
        SYMBOLS["x"] = SYMBOLS["k"]  # type: ignore[index]


def test_no_name_of_python_reaches_latex() -> None:
    assert all(row.latex.count("\\") for row in SYMBOLS.values() if len(row.name.split("_")[0]) > 1)
