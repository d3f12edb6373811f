"""The closed set of rule slots, in the order in which the stages run.

A slot is one methodological decision. No slot is ever empty: "no cut-off" is a rule too, with a reference
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carbonlab.errors import RuleError


class Subject(StrEnum):
    """What the lines of a slot select."""

    ENTRY = "entry"
    """Every technosphere and intervention entry but the functional flows themselves."""
    LINK = "link"
    """Technosphere entries that need a supplier."""
    PROCESS = "process"
    """Processes with more than one functional flow."""
    INTERVENTION = "intervention"
    """Intervention entries."""
    FLOW = "flow"
    """Elementary flows: the slot acts after assembly."""


@dataclass(frozen=True)
class Slot:
    """One methodological decision.

    Attributes
    ----------
    key : str
        Name in rule files.
    subject : Subject
        What a line of its rules selects.
    neutral : str
        Option that changes nothing: what a rule moved is measured against it.
    dimensions : tuple of int
        Rows of the dimension × standard matrix that it covers (GWP vintage = 1 … verification = 22).
    """

    key: str
    subject: Subject
    neutral: str
    dimensions: tuple[int, ...]


SLOTS: tuple[Slot, ...] = (
    Slot("boundary", Subject.ENTRY, "as_modelled", (13, 16, 17, 19)),
    Slot("linking", Subject.LINK, "equal_split", ()),
    Slot("electricity", Subject.LINK, "as_linked", (11, 12)),
    Slot("multifunctionality", Subject.PROCESS, "default_chain", (9,)),
    Slot("recycling", Subject.LINK, "as_modelled", (10,)),
    Slot("cut_off", Subject.LINK, "none", (14,)),
    Slot("biogenic_carbon", Subject.INTERVENTION, "minus_one_plus_one", (4, 5)),
    Slot("land_use_change", Subject.INTERVENTION, "as_published", (7, 8)),
    Slot("timing", Subject.INTERVENTION, "none", (6,)),
    Slot("aviation", Subject.INTERVENTION, "none", (18,)),
    Slot("characterization", Subject.FLOW, "gwp100_ar6", (1, 2, 3)),
)
"""Dimensions that are no slot: 15 offsets (always refused), 20 primary data, 21 validity, 22 verification."""

BY_KEY = {slot.key: slot for slot in SLOTS}


def slot_of(key: str, where: str = "") -> Slot:
    """Return the slot of a key.

    Raises
    ------
    RuleError
        If there is no such slot; the set is closed.
    """
    if key not in BY_KEY:
        raise RuleError(
            f"there is no rule slot {key!r}",
            where=where,
            why="a rule in an unknown slot would never run",
            remedy=f"use one of {', '.join(BY_KEY)}",
        )
    return BY_KEY[key]
