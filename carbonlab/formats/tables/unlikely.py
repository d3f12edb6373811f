"""Amounts that a slip of the unit makes: read as they stand, and told with row and columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from carbonlab.formats.tables.exchanges import Draft
from carbonlab.inventory.records import Finding
from carbonlab.units import conversion_factor, is_convertible, is_known
from carbonlab.vocabulary import FlowKind, Severity

MOST_ENERGY = 1000.0
"""Energy that one input may bring per kilogram that goes through a process [MJ/kg] before it is told.

Some seven times what a kilogram of hydrogen, the fuel that holds most, gives off when it burns."""

MOST_MASS = 100.0
"""Mass that one input may bring, per mass of all that comes out, before it is told [1]."""


def findings_about_units(drafts: Sequence[Draft]) -> list[Finding]:
    """Return a warning for each input whose energy or mass is out of all proportion to what its process moves.

    Only inputs of products are judged: energy in processes that move something in a unit of mass, mass in those
    of which every product is in a unit of mass.
    """
    of_process: dict[str, list[Draft]] = {}
    for draft in drafts:
        of_process.setdefault(draft.process, []).append(draft)
    return [finding for of_one in of_process.values() for finding in _of_process(of_one)]


def _of_process(drafts: Sequence[Draft]) -> Iterable[Finding]:
    masses = [(draft, _in_unit(draft, "kg")) for draft in drafts]
    moved = [
        math.fsum(mass for draft, mass in masses if draft.exchange.is_input is is_input)
        for is_input in (True, False)
    ]
    through = max(moved)
    is_weighed = all(mass for draft, mass in masses if draft.is_functional)
    for draft, mass in masses:
        if not _is_bought(draft):
            continue
        energy = _in_unit(draft, "MJ")
        if through and energy > MOST_ENERGY * through:
            yield _finding("unlikely_energy", draft, energy / through, "MJ/kg")
        if is_weighed and moved[1] and mass > MOST_MASS * moved[1]:
            yield _finding("unlikely_mass", draft, mass / moved[1], "kg/kg")


def _is_bought(draft: Draft) -> bool:
    exchange = draft.exchange
    is_product = draft.flow.kind is FlowKind.PRODUCT
    return is_product and exchange.is_input and not exchange.is_avoided


def _in_unit(draft: Draft, unit: str) -> float:
    """Return the size of an amount in a unit; 0 if it is of another dimension or has no value."""
    own = draft.flow.unit
    if not is_known(own) or not is_convertible(own, unit) or math.isnan(draft.exchange.amount):
        return 0.0
    return abs(draft.exchange.amount) * conversion_factor(own, unit)


def _finding(code: str, draft: Draft, ratio: float, unit: str) -> Finding:
    exchange, row = draft.exchange, draft.row
    cell = "formula" if exchange.formula else "amount"
    name = draft.flow.name or draft.flow.id
    amount = exchange.amount / exchange.unit_factor
    stated = f"{amount:.6g} {exchange.published_unit or draft.flow.unit}"
    return Finding(
        code=code,
        severity=Severity.WARNING,
        process=draft.process,
        flow=draft.flow.id,
        amount=amount,
        unit=exchange.published_unit or draft.flow.unit,
        detail=f"{row.sheet.file}, row {row.number}, columns {cell} and unit: {name}, {stated} ({ratio:.3g} {unit})",
    )
