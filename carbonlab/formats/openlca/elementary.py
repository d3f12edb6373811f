"""What the category and the name of an elementary flow say: compartment, direction, origin of its carbon.

The format itself states none of them: whether a flow is emitted or taken follows from the side of a process
on which it stands, and some flows stand on both.
"""

from __future__ import annotations

import re
from functools import lru_cache

from carbonlab.vocabulary import CarbonOrigin, Direction

_RESOURCE = re.compile(r"\b(?:resources?|raw materials?|land use|inputs? from nature)\b")
_MEDIA = (
    ("air", re.compile(r"\b(?:air|atmosphere|troposphere|stratosphere)\b")),
    ("water", re.compile(r"\b(?:\w*water|ocean|sea|river|lake)\b")),
    ("soil", re.compile(r"\bsoil\b")),
)
_DEPOSIT = re.compile(r"\b(?:deposited|final-waste-flow|final waste flows?)\b")
_EMISSION = re.compile(r"\bemissions?\b")
_SAYS_NOTHING = {"", "unspecified"}

_ORIGINS = (
    (CarbonOrigin.BIOGENIC, re.compile(r"\b(?:biogenic|non-?\s?fossil)\b")),
    (
        CarbonOrigin.LAND_USE,
        re.compile(
            r"\bland[ -](?:transformation|use)\b|\b(?:from|to) soil or biomass stock\b|\bpeat oxidation\b"
        ),
    ),
    (CarbonOrigin.FOSSIL, re.compile(r"\bfossil\b")),
)
_CARBON_DIOXIDE_FROM_AIR = re.compile(r"^carbon dioxide(?:,? in air)?$")


@lru_cache(maxsize=4096)
def compartment_of(category: str) -> str:
    """Return medium and part of it that a category path stands for; "" if it names none.

    Examples
    --------
    >>> compartment_of("Elementary flows/Emission to air/low population density")
    'air/low population density'
    >>> compartment_of("Elementary flows/resource/in ground")
    'resource/in ground'
    >>> compartment_of("Elementary flows/air/unspecified")
    'air'
    """
    parts = [part.strip() for part in category.split("/")]
    for position, part in enumerate(parts):
        medium = _medium_of(part.casefold())
        if medium:
            below = [below for below in parts[position + 1 :] if below.casefold() not in _SAYS_NOTHING]
            return "/".join([medium, *below])
    return ""


def _medium_of(part: str) -> str:
    if _RESOURCE.search(part):
        return "resource"
    if _DEPOSIT.search(part):
        return "deposited waste"
    return next((medium for medium, pattern in _MEDIA if pattern.search(part)), "")


@lru_cache(maxsize=4096)
def direction_of_category(category: str) -> Direction | None:
    """Return the direction that a category path implies; None if it implies none.

    Examples
    --------
    >>> direction_of_category("resource/in air").value
    'taken'
    """
    medium = compartment_of(category).partition("/")[0]
    if medium == "resource":
        return Direction.TAKEN
    return Direction.EMITTED if medium or _EMISSION.search(category.casefold()) else None


def direction_of(category: str, inputs: int, outputs: int) -> Direction:
    """Return the direction of an elementary flow.

    A resource is taken and what goes to the air is emitted, whatever side of a process it stands on: on the
    other side its amount is negative. Elsewhere the side decides where every exchange agrees (water is
    withdrawn under the name of the river that it would be discharged to), else the category, else the
    majority.

    Parameters
    ----------
    category : str
        Category path.
    inputs, outputs : int
        How many exchanges have it on each side.
    """
    implied = direction_of_category(category)
    is_decided = implied is Direction.TAKEN or compartment_of(category).partition("/")[0] == "air"
    if implied is not None and (is_decided or (inputs and outputs) or not (inputs or outputs)):
        return implied
    return Direction.TAKEN if inputs > outputs else Direction.EMITTED


def origin_of(name: str, direction: Direction) -> CarbonOrigin:
    """Return where the carbon of an elementary flow comes from, as its name says.

    Carbon dioxide that is taken from the air is what plants take up, under the names that inventories use.

    Examples
    --------
    >>> origin_of("Carbon dioxide, non-fossil", Direction.EMITTED).value
    'biogenic'
    >>> origin_of("Carbon dioxide, in air", Direction.TAKEN).value
    'biogenic'
    """
    text = name.casefold().strip()
    if direction is Direction.TAKEN and _CARBON_DIOXIDE_FROM_AIR.match(text):
        return CarbonOrigin.BIOGENIC
    return next((origin for origin, pattern in _ORIGINS if pattern.search(text)), CarbonOrigin.UNSPECIFIED)
