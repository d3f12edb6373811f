"""What the numbers of an inventory are told apart by: the keys of their streams, the same whatever else it holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.database import Database

IDENTITY = {
    "exchanges": ("process", "id"),
    "parameters": ("process", "exchange", "name"),
    "properties": ("process", "flow", "name"),
    "factors": ("flow", "metric"),
}
"""Columns of each table that tell its rows apart."""


def identities_of(database: Database, name: str, rows: NDArray[np.intp]) -> list[str]:
    """Return what each row of a table is told apart by, whatever else the inventory holds."""
    processes, flows = np.append(database.column("processes", "id"), ""), database.column("flows", "id")
    column = {c: database.column(name, c)[rows] for c in IDENTITY[name]}
    if name == "exchanges":
        return [f"{p}|{e}" for p, e in zip(processes[column["process"]], column["id"], strict=True)]
    if name == "parameters":
        exchanges = (
            np.append(database.column("exchanges", "id"), "")[column["exchange"]]
            if len(rows)
            else np.empty(0, object)
        )
        owner = processes[column["process"]]
        return [f"{p}|{e}|{n.lower()}" for p, e, n in zip(owner, exchanges, column["name"], strict=True)]
    if name == "properties":
        owner = processes[column["process"]]
        return [f"{p}|{f}|{n}" for p, f, n in zip(owner, flows[column["flow"]], column["name"], strict=True)]
    return [f"{f}|{m}" for f, m in zip(flows[column["flow"]], column["metric"], strict=True)]
