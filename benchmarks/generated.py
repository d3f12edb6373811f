"""A generated inventory of any size, with the habits of a real background database.

Nothing in it is data about the world: amounts are random, names are numbered. What is realistic is the shape:
some 50 exchanges per process, a few hub products that many processes buy, spreads on most numbers, provider
links, texts that repeat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.arrow_columns import encoded, filled_table, numbered
from carbonlab.inventory.columns import table_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta
from carbonlab.inventory.schema import EXCHANGES, FLOWS, PROCESSES, TABLES
from carbonlab.vocabulary import DistributionKind, FlowKind, ProcessKind

LOCATIONS = ("CN", "US", "DE", "FR", "BR", "IN", "JP", "ZA", "RER", "GLO", "RoW")
SECTORS = (
    "electricity",
    "heat",
    "transport",
    "chemicals",
    "metals",
    "minerals",
    "wood",
    "food",
    "waste treatment",
)
PEDIGREES = ("(1;1;1;1;1)", "(2;2;2;2;2)", "(2;3;4;3;2)", "(4;4;5;5;4)", "")


def generate_inventory(processes: int, exchanges: int, *, seed: int = 1) -> Database:
    """Return a database of the wanted size.

    Parameters
    ----------
    processes : int
        Number of unit processes; each makes one product of its own.
    exchanges : int
        Number of exchanges in total, at least 3 per process.
    seed : int
        The same seed gives the same database.
    """
    random = np.random.default_rng(seed)
    elementary = max(10, processes // 10)
    tables = {name: table_of(schema, {}) for name, schema in TABLES.items()}
    tables["flows"] = _flows(processes, elementary)
    tables["processes"] = _processes(processes)
    tables["exchanges"] = _exchanges(processes, elementary, exchanges, random)
    return Database(meta=DatabaseMeta(name="generated", version=str(seed), licence="none needed"), **tables)


def _flows(products: int, elementary: int) -> pa.Table:
    rows = np.arange(products + elementary)
    is_product = rows < products
    return filled_table(
        FLOWS,
        {
            "id": numbered("flow-", rows),
            "name": numbered("flow number ", rows),
            "kind": encoded(np.where(is_product, 0, 1), [FlowKind.PRODUCT, FlowKind.ELEMENTARY]),
            "unit": encoded(rows % 3, ["kg", "MJ", "kWh"]),
            "direction": encoded(np.where(is_product, -1, 0), ["emitted"]),
            "category": encoded(rows % len(SECTORS), list(SECTORS)),
        },
    )


def _processes(count: int) -> pa.Table:
    rows = np.arange(count)
    sectors = encoded(rows % len(SECTORS), list(SECTORS)).cast(pa.string())
    return filled_table(
        PROCESSES,
        {
            "id": numbered("process-", rows),
            "name": pc.binary_join_element_wise(sectors, numbered("production line ", rows), ", "),
            "kind": encoded(np.zeros(count, int), [ProcessKind.UNIT]),
            "location": encoded(rows % len(LOCATIONS), list(LOCATIONS)),
            "category": encoded(rows % len(SECTORS), list(SECTORS)),
            "is_capital_good": pa.array(rows % 40 == 0),
        },
    )


def _exchanges(processes: int, elementary: int, count: int, random: np.random.Generator) -> pa.Table:
    """One product output per process, then inputs of products and emissions, sorted by process."""
    others = count - processes
    owner = np.concatenate([np.arange(processes), np.sort(random.integers(0, processes, others))])
    is_own = np.arange(count) < processes
    is_emission = ~is_own & (random.random(count) < 0.4)
    hub = (random.random(count) ** 4 * processes).astype(int)  # few products are bought by many
    flow = np.where(is_own, owner, np.where(is_emission, processes + hub % elementary, hub))
    amount = np.where(is_own, 1.0, random.lognormal(-5.0, 2.0, count))
    spread = ~is_own & (random.random(count) < 0.7)
    order = np.argsort(owner, kind="stable")
    columns: dict[str, Any] = {
        "id": numbered("exchange-", np.arange(count)),
        "process": pa.array(owner[order], pa.int32()),
        "flow": pa.array(flow[order], pa.int32()),
        "is_input": pa.array((~is_own & ~is_emission)[order]),
        "is_reference": pa.array(is_own[order]),
        "amount": pa.array(amount[order]),
        "published_amount": pa.array(amount[order]),
        "published_unit": encoded(flow[order] % 3, ["kg", "MJ", "kWh"]),
        "unit_factor": pa.array(np.ones(count)),
        "provider": encoded(
            np.where(is_own | is_emission, -1, hub)[order], [f"process-{i}" for i in range(processes)]
        ),
        "distribution": encoded(np.where(spread, 0, -1)[order], [DistributionKind.LOGNORMAL]),
        "loc": pa.array(np.where(spread, amount, np.nan)[order]),
        "scale": pa.array(np.where(spread, 1.05 + random.random(count).round(2), np.nan)[order]),
        "pedigree": encoded(random.integers(0, len(PEDIGREES) - 1, count), list(PEDIGREES)),
        "year": encoded(random.integers(0, 20, count), [str(2000 + year) for year in range(20)]),
        "comment": encoded(
            random.integers(0, 5000, count), [f"literature value, note {i}" for i in range(5000)]
        ),
    }
    return filled_table(EXCHANGES, columns)
