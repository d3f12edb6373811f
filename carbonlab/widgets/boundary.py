"""Where a product system ends: said beside each number, since a gate and a whole life differ even in sign."""

from __future__ import annotations

from html import escape

from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name, translated
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.widgets.answers import unit_of


def boundary_of(study: Study, product: str = "") -> str:
    """Return in words where the systems of a study's products begin and end.

    A declared unit is one at a gate: everything up to the process that supplies it counts, and nothing after it. What
    a functional unit holds is for the study to state.

    Parameters
    ----------
    study : Study
        What is asked.
    product : str
        Key of one product; by default all of them.
    """
    units = [unit_of(study, product)] if product else list(study.units)
    declared = [unit for unit in units if unit.unit_type == "declared"]
    said = []
    if len(declared) < len(units):
        stated = study.scope.get("boundary", "")
        said.append(translated(stated) if stated else message("widget.boundary_unstated"))
    if len(units) == 1 and declared:
        said.append(message("widget.boundary_gate", process=_process_name(study, units[0])))
    elif declared:
        said.append(message("widget.boundary_gates"))
    return " ".join(said)


def boundary_html(study: Study, product: str = "") -> str:
    """Return the boundary as a line to stand directly above the numbers that it is of."""
    name, said = message("widget.boundary"), boundary_of(study, product)
    return f"<p class='cl-boundary'><b>{escape(name)}:</b> {escape(said)}</p>"


def _process_name(study: Study, unit: UnitOfAnalysis) -> str:
    holders: list[Database] = [
        *([study.foreground] if study.foreground is not None else []),
        *study.databases,
    ]
    for database in holders:
        if database.has_process(unit.process):
            return shown_name(str(database.process(unit.process).name))
    return unit.process
