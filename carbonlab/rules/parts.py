"""Flows of which a rule may show a part as a component of its own.

The component of an emission belongs to its flow. Some rules ask for more: biogenic CO2 apart from biogenic
methane, or the emissions of aircraft apart from the same gas of other processes. Such a flow has a second row
on the intervention axis, under every rule set on the inventory alike; it stays empty until a rule puts
entries there (`carbonlab.rules.work.Work.show_as`).
"""

from __future__ import annotations

import numpy as np

from carbonlab.inventory.database import Database
from carbonlab.rules.entries import BoolArray, IntArray
from carbonlab.rules.factors import COMPONENTS, GASES, match_flows
from carbonlab.rules.selectors import flow_has_role, process_has_role
from carbonlab.vocabulary import Component, Role


def separable_flows(database: Database) -> tuple[tuple[Component, IntArray], ...]:
    """Return the components that a part of a flow may be shown as, each with the rows of such flows."""
    match = match_flows(database)
    emitted = match.is_matched & (match.sign > 0)
    aircraft = emitted & air_transport_processes(database).any()
    return (
        (Component.BIOGENIC_CO2, np.flatnonzero(is_biogenic_co2(database, Component.BIOGENIC_EMISSION))),
        (
            Component.AIRCRAFT,
            np.flatnonzero(aircraft & (match.component != COMPONENTS.index(Component.AGGREGATED))),
        ),
    )


def is_biogenic_co2(database: Database, component: Component) -> BoolArray:
    """Return which flows (flows,) are biogenic carbon dioxide, taken up or released (`component`)."""
    match = match_flows(database)
    return np.asarray((match.component == COMPONENTS.index(component)) & (match.gas == GASES.index("CO2")))


def air_transport_processes(database: Database) -> BoolArray:
    """Return which processes (processes,) are air transport: by their role, or that of what they supply."""
    found = process_has_role(database, Role.AIR_TRANSPORT)
    outputs = database.column("exchanges", "is_reference") & ~database.column("exchanges", "is_input")
    supplied = outputs & flow_has_role(database, Role.AIR_TRANSPORT)[database.column("exchanges", "flow")]
    found = found.copy()
    found[database.column("exchanges", "process")[supplied]] = True
    return found
