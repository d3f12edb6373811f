"""The requirements of a standard as data: in our own words, each with clause, kind and how well its text
is known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources

from carbonlab.errors import NotFoundError
from carbonlab.messages import message


class Mark(StrEnum):
    """How well the text of a requirement is known."""

    READ = "read"
    """A public source was read."""
    RECALLED = "recalled"
    """General professional knowledge, to be checked against the text: a verdict is one *as interpreted*."""
    OPEN = "open"
    """Unresolved or contradictory: no verdict, the evidence is shown all the same."""


STANDARDS = {
    "gbt-24067-2024": "GB/T 24067-2024",
    "iso-14067-2018": "ISO 14067:2018",
}
"""Standards whose requirements are listed; keys are those of the packaged rule sets."""
CLAUSES_OF = "iso-14067-2018"
"""The standard whose numbering the clauses of requirements have."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement.

    Attributes
    ----------
    id, topic, clause, text : str
        Number, heading, clause of ISO 14067 (that of GB/T is assumed parallel), and what is required, in
        our own words.
    kind : str
        ``C`` computable, ``P`` parameter of the rule set, ``D`` documentation, ``H`` human judgment,
        joined by ``+``.
    mark : mapping of standard to Mark
        The standards that have it, and how well its text is known in each.
    check : str
        Key of the check; empty if only a person can close it.
    person : str
        What a person still has to judge when the check has passed.
    """

    id: str
    topic: str
    clause: str
    kind: str
    text: str
    mark: Mapping[str, Mark] = field(default_factory=dict)
    check: str = ""
    person: str = ""

    def place_in(self, standard: str) -> str:
        """Return the clause in words; of a standard whose numbering was not read, that it is assumed."""
        parallel = standard != CLAUSES_OF
        return message("conformity.clause_parallel" if parallel else "conformity.clause", clause=self.clause)


@cache
def load_requirements() -> tuple[Requirement, ...]:
    """Return all requirements in the order of their topics."""
    text = resources.files("carbonlab.conformity").joinpath("requirements.toml").read_text(encoding="utf-8")
    return tuple(
        Requirement(**{**row, "mark": {standard: Mark(word) for standard, word in row["mark"].items()}})
        for row in tomllib.loads(text)["requirements"]
    )


def requirements_of(standard: str) -> tuple[Requirement, ...]:
    """Return the requirements of a standard.

    Raises
    ------
    NotFoundError
        If no requirements are listed for it.
    """
    if standard not in STANDARDS:
        raise NotFoundError(
            f"no requirements are listed for the standard {standard!r}",
            why="a study can only be checked against requirements that are written down",
            remedy=f"use one of {', '.join(STANDARDS)}",
        )
    return tuple(requirement for requirement in load_requirements() if standard in requirement.mark)
