"""Slots that have only their neutral rule so far: what the data say is taken as it stands."""

from __future__ import annotations

from carbonlab.rules.entries import IntArray
from carbonlab.rules.registry import Parameters, register
from carbonlab.rules.work import Work


@register("recycling", "as_modelled")
def recycling_as_modelled(work: Work, rows: IntArray, parameters: Parameters) -> Work:
    """Recycled content and end of life are as the inventory models them."""
    return work
