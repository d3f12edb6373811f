"""What a formula becomes when it is read: an immutable tree of numbers, names and calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas.functions import Function


class Dialect(StrEnum):
    """Whose rules a formula follows where tools disagree (see `carbonlab.inventory.formulas`)."""

    OPENLCA = "openlca"
    """openLCA, spreadsheets and carbonlab's own tables: ``log`` has base 10, names ignore case."""
    BRIGHTWAY = "brightway"
    """Brightway, that is Python and numpy: ``log`` has base e, names are case-sensitive."""


# Trees are never compared or printed: a sum of a thousand terms is a thousand levels deep on its left.


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Number:
    """A number that the formula states, or the truth value ``true`` or ``false``."""

    value: float | bool
    position: int
    is_truth: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name:
    """A parameter or constant, as the formula spells it."""

    name: str
    position: int
    is_truth: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """An operator or function with its arguments."""

    function: Function
    arguments: tuple[Node, ...]
    position: int
    is_truth: bool = False


Node: TypeAlias = Number | Name | Call

EXCERPT = 60
"""Characters of a long formula that an error shows around the place in question."""


def formula_error(text: str, position: int, what: str, *, why: str = "", remedy: str = "") -> FormulaError:
    """Return an error that shows the formula and points at a position in it.

    Parameters
    ----------
    text : str
        The formula.
    position : int
        Character that the problem begins at, counted from 0.
    what, why, remedy : str
        As in `CarbonlabError`.
    """
    position = min(max(position, 0), len(text))
    start = max(0, min(position - EXCERPT // 2, len(text) - EXCERPT))
    end = min(len(text), start + EXCERPT)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[start:end])
    marker = " " * (len(before) + position - start) + "^"
    return FormulaError(
        f"{what}\n    {before}{shown}{after}\n    {marker}",
        where=f"character {position + 1} of the formula",
        why=why,
        remedy=remedy,
    )
