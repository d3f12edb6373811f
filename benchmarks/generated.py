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
from numpy.typing import NDArray

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
    return _table(
        FLOWS,
        {
            "id": _numbered("flow-", rows),
            "name": _numbered("flow number ", rows),
            "kind": _words(np.where(is_product, 0, 1), [FlowKind.PRODUCT, FlowKind.ELEMENTARY]),
            "unit": _words(rows % 3, ["kg", "MJ", "kWh"]),
            "direction": _words(np.where(is_product, -1, 0), ["emitted"]),
            "category": _words(rows % len(SECTORS), list(SECTORS)),
        },
    )


def _processes(count: int) -> pa.Table:
    rows = np.arange(count)
    sectors = _words(rows % len(SECTORS), list(SECTORS)).cast(pa.string())
    return _table(
        PROCESSES,
        {
            "id": _numbered("process-", rows),
            "name": pc.binary_join_element_wise(sectors, _numbered("production line ", rows), ", "),
            "kind": _words(np.zeros(count, int), [ProcessKind.UNIT]),
            "location": _words(rows % len(LOCATIONS), list(LOCATIONS)),
            "category": _words(rows % len(SECTORS), list(SECTORS)),
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
        "id": _numbered("exchange-", np.arange(count)),
        "process": pa.array(owner[order], pa.int32()),
        "flow": pa.array(flow[order], pa.int32()),
        "is_input": pa.array((~is_own & ~is_emission)[order]),
        "is_reference": pa.array(is_own[order]),
        "amount": pa.array(amount[order]),
        "published_amount": pa.array(amount[order]),
        "published_unit": _words(flow[order] % 3, ["kg", "MJ", "kWh"]),
        "unit_factor": pa.array(np.ones(count)),
        "provider": _words(
            np.where(is_own | is_emission, -1, hub)[order], [f"process-{i}" for i in range(processes)]
        ),
        "distribution": _words(np.where(spread, 0, -1)[order], [DistributionKind.LOGNORMAL]),
        "loc": pa.array(np.where(spread, amount, np.nan)[order]),
        "scale": pa.array(np.where(spread, 1.05 + random.random(count).round(2), np.nan)[order]),
        "pedigree": _words(random.integers(0, len(PEDIGREES) - 1, count), list(PEDIGREES)),
        "year": _words(random.integers(0, 20, count), [str(2000 + year) for year in range(20)]),
        "comment": _words(
            random.integers(0, 5000, count), [f"literature value, note {i}" for i in range(5000)]
        ),
    }
    return _table(EXCHANGES, columns)


def _table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """Fill the columns that are not given: no word, not a number, no."""
    count = len(columns["id"])
    empty: dict[pa.DataType, Any] = {pa.bool_(): False, pa.float64(): float("nan")}
    arrays = [
        columns[entry.name]
        if entry.name in columns
        else pa.array([empty.get(entry.type)] * count, entry.type)
        if not pa.types.is_dictionary(entry.type)
        else _words(np.full(count, -1), ["unused"])
        for entry in schema
    ]
    return pa.table(arrays, schema=schema)


def _words(codes: NDArray[Any], words: list[str]) -> pa.DictionaryArray:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array([str(word) for word in words], pa.string()))


def _numbered(prefix: str, rows: NDArray[Any]) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(rows).cast(pa.string()), "")
