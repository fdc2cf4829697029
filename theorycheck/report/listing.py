"""Claims as text, without running them: the list, and one claim's page."""
from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from theorycheck.claims import Claim, Proof, Side, Step

_WIDTH = 100
_CITATIONS = {"MS21": "E. Malach and S. Shalev-Shwartz, Computational Separation Between Convolutional and "
                      "Fully-Connected Networks, ICLR 2021, arXiv:2010.01369"}
_LATEX_RELATIONS = {"<": "<", "<=": r"\le", "==": "=", ">=": r"\ge", ">": ">", "!=": r"\ne"}


def claims_text(claims: Iterable[Claim]) -> str:
    """Return one line a claim: its name, title, source and number of steps."""
    rows = [(claim.name, claim.title, f"{claim.source}; {len(claim.steps)} steps") for claim in claims]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:<{widths[0]}}  {title:<{widths[1]}}  {source}" for name, title, source in rows)


def claims_json(claims: Iterable[Claim]) -> str:
    """Return the same as JSON, with the statement and the names of the steps."""
    return json.dumps([{"name": claim.name, "title": claim.title, "source": claim.source, "statement": claim.statement,
                        "uses": claim.uses, "steps": [step.name for step in claim.steps]} for claim in claims],
                      indent=2, ensure_ascii=False)


def claim_page(claim: Claim) -> str:
    """Return everything a claim says of itself: statement, hypotheses, steps in text and LaTeX, source, errata."""
    blocks = [f"{claim.title}\n{'=' * len(claim.title)}\nSource: {claim.source}{_citation(claim)}",
              "Statement\n" + _fill(claim.statement)]
    if claim.uses:
        blocks.append("Uses\n  " + ", ".join(claim.uses))
    if claim.hypotheses:
        blocks.append("Hypotheses\n" + "\n".join(
            _fill(f"- {hypothesis.text}"
                  + ("" if hypothesis.required else " (marked if not met; the steps then decide)"))
            for hypothesis in claim.hypotheses))
    blocks.append("Steps\n" + "\n".join(_step_text(number, step) for number, step in enumerate(claim.steps, start=1)))
    if claim.errata:
        blocks.append("Errata and looseness\n" + "\n".join(_fill(f"- {erratum}") for erratum in claim.errata))
    return "\n\n".join(blocks)


def _step_text(number: int, step: Step) -> str:
    latex = f"{_latex(step.lhs)} {_LATEX_RELATIONS[step.relation]} {_latex(step.rhs)}"
    return f"  {number}. {step.title} [{step.name}]\n     {step.text}\n     ${latex}$"


def _latex(side: Side) -> str:
    if side.symbolic is None:
        return side.latex or rf"\text{{{side.text}}}"
    from theorycheck.bounds.display import as_latex
    return as_latex(side.symbolic())


def _citation(claim: Claim) -> str:
    return "".join(f"\n{key}: {work}" for key, work in _CITATIONS.items() if claim.source.startswith(key))


def _fill(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="    " if text.startswith("-") else "  ")


def proofs_text(proofs: Iterable[Proof], *, verbose: bool = False) -> str:
    """Return each proved relation with its hypotheses; verbose adds the certificates."""
    blocks = []
    for proof in proofs:
        lines = [f"{proof.verdict.value}: {proof.title} [{proof.name}]", f"  {proof.relation}"]
        lines += [f"  if {assumption}" for assumption in proof.assumptions]
        blocks.append("\n".join(lines + ([f"    {line}" for line in proof.certificate] if verbose else [])))
    return "\n\n".join(blocks) or "Nothing is proved for all parameters."


def proofs_json(proofs: Iterable[Proof]) -> str:
    """Return the same as JSON, certificates included."""
    return json.dumps([{"name": proof.name, "title": proof.title, "relation": proof.relation,
                        "assumptions": proof.assumptions, "verdict": proof.verdict.value,
                        "certificate": proof.certificate} for proof in proofs], indent=2, ensure_ascii=False)
