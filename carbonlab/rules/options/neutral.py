"""Slots that have only their neutral rule so far: what the data say is taken as it stands."""

from __future__ import annotations

from carbonlab.rules.entries import IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work


@register("recycling", "as_modelled")
def recycling_as_modelled(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Recycled content and end of life are as the inventory models them."""
    return work


@register("biogenic_carbon", "minus_one_plus_one")
def minus_one_plus_one(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Biogenic CO2 counts −1 when taken up and +1 when released (ISO 14067 6.5.2, summary)."""
    return work


@register("land_use_change", "as_published")
def land_use_change_as_published(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Emissions of land-use change are amortized as the inventory did."""
    return work


@register("timing", "none")
def no_timing(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Every emission counts as if at the start of the assessment period (ISO 14067 6.4.8, summary)."""
    return work


@register("aviation", "none")
def no_aviation_multiplier(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """No multiplier for the altitude of aircraft emissions (ISO 14067 6.4.9.7, recalled)."""
    return work
