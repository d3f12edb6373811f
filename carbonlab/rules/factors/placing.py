"""Into which part of a footprint an elementary flow of a climate gas goes, and with which sign.

Following ISO 14067 (6.5.2, 7.2), carbon dioxide taken from the air counts −1 and biogenic carbon dioxide
that is released +1, each as a component of its own; carbon of land-use change is a third; everything else
is the fossil component. Flows keep their own direction (emitted and taken are both positive amounts), so
the sign is part of the factor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from carbonlab.rules.factors.factor_tables import CARBON_DIOXIDE, METHANE
from carbonlab.rules.factors.names import ReadName
from carbonlab.vocabulary import CarbonOrigin, Component, Direction, Severity

CARBON_GASES = {CARBON_DIOXIDE, METHANE}
"""Gases whose result depends on where their carbon comes from."""


class Medium(StrEnum):
    """What a compartment belongs to, as far as it decides whether a gas reaches the air."""

    AIR = "air"
    WATER = "water"
    SOIL = "soil"
    OTHER = "ground or waste"
    UNKNOWN = "not stated"


_MEDIA = (
    (Medium.AIR, re.compile(r"\b(?:air|atmosphere|troposphere|stratosphere)\b")),
    (Medium.WATER, re.compile(r"\b(?:\w*water|ocean|sea|river|lake)\b")),
    (Medium.SOIL, re.compile(r"\bsoil\b")),
    (Medium.OTHER, re.compile(r"\b(?:ground|wastes?|deposit\w*|landfill)\b|final-waste")),
)


@lru_cache(maxsize=4096)
def medium_of(compartment: str) -> Medium:
    """Return the medium that a compartment belongs to.

    Examples
    --------
    >>> medium_of("Elementary flows/Emission to air/unspecified").value
    'air'
    """
    text = compartment.casefold()
    return next((medium for medium, pattern in _MEDIA if pattern.search(text)), Medium.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where a flow goes: its component, the sign of its factor, and the origin of its carbon."""

    component: Component
    sign: int
    origin: CarbonOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to tell about a flow: the code of a finding, its severity, and the reason in words."""

    code: str
    severity: Severity
    reason: str


def place(
    gas: str, read: ReadName, *, direction: Direction, medium: Medium, stated_origin: CarbonOrigin
) -> tuple[Placing | None, list[Remark]]:
    """Return where a flow of a climate gas goes (None: it is not counted), and what is to be told about it.

    Parameters
    ----------
    gas : str
        Key of the gas.
    read : ReadName
        What the flow's name says.
    direction : Direction
        Emitted or taken.
    medium : Medium
        What its compartment belongs to.
    stated_origin : CarbonOrigin
        Origin of the carbon as the database states it; it goes before what the name says.
    """
    remarks: list[Remark] = []
    origin = stated_origin if stated_origin is not CarbonOrigin.UNSPECIFIED else read.origin
    if CarbonOrigin.UNSPECIFIED not in (stated_origin, read.origin) and stated_origin is not read.origin:
        reason = f"the database states {stated_origin}, the name says {read.origin}; the statement is used"
        remarks.append(_warning("origin_contradiction", reason))
    if read.is_other_basis:
        reason = "its amount is the mass of one element, not of the gas"
        return None, [*remarks, _warning("climate_flow_without_factor", reason)]
    if direction is Direction.TAKEN:
        return _place_taken(gas, read, medium, origin, remarks)
    if read.is_from_air:
        reason = "the name says that it is taken from the air, the database that it is emitted"
        return None, [*remarks, _warning("climate_flow_without_factor", reason)]
    if gas == CARBON_DIOXIDE and read.is_to_stock:
        return Placing(component=Component.LAND_USE_CHANGE, sign=-1, origin=origin), remarks
    if medium not in (Medium.AIR, Medium.UNKNOWN):
        return None, [*remarks, _excluded(f"it does not go to the air but to {medium}")]
    if origin is CarbonOrigin.UNSPECIFIED and gas in CARBON_GASES:
        remarks.append(_warning("origin_unspecified", "counted as fossil"))
    return Placing(component=_COMPONENT_OF_EMISSION[origin], sign=1, origin=origin), remarks


_COMPONENT_OF_EMISSION = {
    CarbonOrigin.FOSSIL: Component.FOSSIL,
    CarbonOrigin.UNSPECIFIED: Component.FOSSIL,
    CarbonOrigin.BIOGENIC: Component.BIOGENIC_EMISSION,
    CarbonOrigin.LAND_USE: Component.LAND_USE_CHANGE,
}


def _place_taken(
    gas: str, read: ReadName, medium: Medium, origin: CarbonOrigin, remarks: list[Remark]
) -> tuple[Placing | None, list[Remark]]:
    """Place what is taken: carbon dioxide from the air is an uptake, a gas from the ground a resource."""
    from_air = read.is_from_air or medium is Medium.AIR
    if gas != CARBON_DIOXIDE:
        told = [_excluded("only carbon dioxide counts as taken from the air")] if from_air else []
        return None, [*remarks, *told]
    if not from_air and medium is not Medium.UNKNOWN:
        return None, [*remarks, _excluded(f"it is not taken from the air but from {medium}")]
    if origin is CarbonOrigin.FOSSIL:
        reason = "carbon dioxide taken from the air is said to be fossil"
        return None, [*remarks, _warning("climate_flow_without_factor", reason)]
    if origin is CarbonOrigin.LAND_USE:
        return Placing(component=Component.LAND_USE_CHANGE, sign=-1, origin=origin), remarks
    return Placing(component=Component.BIOGENIC_UPTAKE, sign=-1, origin=CarbonOrigin.BIOGENIC), remarks


def component_of(direction: Direction | None, origin: CarbonOrigin) -> Component:
    """Return the component of a flow of which only direction and origin are known: its factor is stated."""
    if direction is Direction.TAKEN and origin is not CarbonOrigin.LAND_USE:
        return Component.BIOGENIC_UPTAKE
    return _COMPONENT_OF_EMISSION[origin]


def _warning(code: str, reason: str) -> Remark:
    return Remark(code=code, severity=Severity.WARNING, reason=reason)


def _excluded(reason: str) -> Remark:
    return Remark(code="climate_flow_excluded", severity=Severity.INFO, reason=reason)
