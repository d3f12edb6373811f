"""A generated system as a database: one process per column of A, one exchange per entry of A and B."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.arrow_columns import encoded, filled_table, numbered
from benchmarks.generated_system import COMPARTMENTS, GASES, GeneratedSystem
from carbonlab.inventory.columns import table_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta
from carbonlab.inventory.schema import EXCHANGES, FLOWS, PROCESSES, TABLES
from carbonlab.rules.factors.gases import load_gases
from carbonlab.vocabulary import Direction, DistributionKind, FlowKind, ProcessKind

LOCATIONS = ("CN", "US", "DE", "FR", "BR", "IN", "JP", "ZA", "RER", "GLO", "RoW")


def build_generated_database(system: GeneratedSystem) -> Database:
    """Return the database whose matrices are those of the system.

    Process k and flow k belong to column k of A; the flows of B follow. Amounts are the entries without their sign:
    a credit is an input of a negative amount. A spread is lognormal with the entry as its median. Exchanges are
    sorted by process; the entries of a column of A come first, its diagonal among them, then those of B.
    """
    tables = {name: table_of(schema, {}) for name, schema in TABLES.items()}
    tables["flows"] = _flows(system)
    tables["processes"] = _processes(system)
    tables["exchanges"] = _exchanges(system)
    meta = DatabaseMeta(name=system.name, version="1", licence="none needed")
    return Database(meta=meta, **tables)


def _flows(system: GeneratedSystem) -> pa.Table:
    n, flows = system.size, len(system.c)
    names = {gas.key: gas for gas in load_gases()}
    gases = [(names[key], origin) for key, origin, _ in GASES for _ in COMPARTMENTS]
    others = flows - len(gases)
    kind = np.concatenate([system.is_treatment.astype(int), np.full(flows, 2)])
    blank = [""] * n
    gas_names = [gas.names[0] for gas, _ in gases] + [f"substance {k}" for k in range(others)]
    compartments = [*COMPARTMENTS] * len(GASES) + ["water"] * others
    origins = [str(origin) for _, origin in gases] + [""] * others
    products = numbered("product ", np.arange(n)).to_pylist()
    columns: dict[str, Any] = {
        "id": numbered("flow-", np.arange(n + flows)),
        "name": pa.array(products + gas_names),
        "kind": encoded(kind, [FlowKind.PRODUCT, FlowKind.WASTE, FlowKind.ELEMENTARY]),
        "unit": encoded(np.zeros(n + flows, int), ["kg"]),
        "direction": encoded(np.where(kind == 2, 0, -1), [Direction.EMITTED]),
        "compartment": pa.array([None] * n + compartments).dictionary_encode(),
        "cas": pa.array(blank + [gas.cas for gas, _ in gases] + [""] * others),
        "origin": pa.array([None] * n + [word or None for word in origins]).dictionary_encode(),
    }
    return filled_table(FLOWS, columns)


def _processes(system: GeneratedSystem) -> pa.Table:
    rows = np.arange(system.size)
    kinds = np.where(system.is_market, 0, np.where(system.is_treatment, 1, 2))
    return filled_table(
        PROCESSES,
        {
            "id": numbered("process-", rows),
            "name": numbered("generated process ", rows),
            "kind": encoded(np.zeros(system.size, int), [ProcessKind.UNIT]),
            "location": encoded(rows % len(LOCATIONS), list(LOCATIONS)),
            "category": encoded(kinds, ["markets", "waste treatment", "production"]),
        },
    )


def _exchanges(system: GeneratedSystem) -> pa.Table:
    n, A, B = system.size, system.A, system.B
    owner = np.concatenate([_column_of(A.indptr), _column_of(B.indptr)])
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    is_technosphere = (np.arange(A.nnz + B.nnz) < A.nnz)[order]
    flow = np.concatenate([A.indices, n + B.indices])[order]
    value = np.concatenate([A.data, B.data])[order]
    sigma = np.concatenate([system.technosphere_sigma, system.intervention_sigma])[order].astype(float)
    is_own = is_technosphere & (flow == owner)
    of_treatment = is_technosphere & np.append(system.is_treatment, np.zeros(len(system.c), bool))[flow]
    is_input = is_technosphere & (is_own == of_treatment)
    amount = np.where(is_input, -value, value)
    spread = sigma > 0
    columns: dict[str, Any] = {
        "id": numbered("exchange-", np.arange(len(owner))),
        "process": pa.array(owner.astype(np.int32)),
        "flow": pa.array(flow.astype(np.int32)),
        "is_input": pa.array(is_input),
        "is_reference": pa.array(is_own),
        "amount": pa.array(amount),
        "published_amount": pa.array(amount),
        "published_unit": encoded(np.zeros(len(owner), int), ["kg"]),
        "unit_factor": pa.array(np.ones(len(owner))),
        "provider": encoded(
            np.where(is_technosphere & ~is_own, flow, -1), numbered("process-", np.arange(n)).to_pylist()
        ),
        "distribution": encoded(np.where(spread, 0, -1), [DistributionKind.LOGNORMAL]),
        "loc": pa.array(np.where(spread, amount, np.nan)),
        "scale": pa.array(np.where(spread, np.exp(sigma), np.nan)),
    }
    return filled_table(EXCHANGES, columns)


def _column_of(ends: NDArray[Any]) -> NDArray[np.int64]:
    """Return the column of every entry of a matrix in compressed columns."""
    return np.repeat(np.arange(len(ends) - 1), np.diff(ends))
