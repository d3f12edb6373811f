"""The columns of a database, written once.

Strings that repeat are dictionary-encoded; ``process``, ``flow`` and ``exchange`` columns hold row numbers
of the tables of that name (−1: none), so that 1,000,000 exchanges fit in some 150 MB.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

from carbonlab.vocabulary import (
    CarbonOrigin,
    Confidence,
    DataKind,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    ProcessKind,
    Role,
    Severity,
    ValueKind,
)

TEXT = pa.string()
WORD = pa.dictionary(pa.int32(), pa.string())
ROW = pa.int32()
NUMBER = pa.float64()
YES_NO = pa.bool_()

_PROVENANCE = [
    ("value_kind", WORD),
    ("year", WORD),
    ("geography", WORD),
    ("source", WORD),
    ("confidence", WORD),
    ("comment", WORD),
]
_DISTRIBUTION = [
    ("distribution", WORD),
    ("loc", NUMBER),
    ("scale", NUMBER),
    ("minimum", NUMBER),
    ("maximum", NUMBER),
    ("points", WORD),
]

FLOWS = pa.schema(
    [
        ("id", TEXT),
        ("name", TEXT),
        ("kind", WORD),
        ("unit", WORD),
        ("direction", WORD),
        ("compartment", WORD),
        ("cas", TEXT),
        ("formula", TEXT),
        ("origin", WORD),
        ("category", WORD),
        ("location", WORD),
        ("synonyms", pa.list_(pa.string())),
        ("metric", WORD),
        ("comment", TEXT),
    ]
)

PROCESSES = pa.schema(
    [
        ("id", TEXT),
        ("name", TEXT),
        ("kind", WORD),
        ("location", WORD),
        ("category", WORD),
        ("valid_from", WORD),
        ("valid_until", WORD),
        ("is_capital_good", YES_NO),
        ("default_basis", WORD),
        ("stage", WORD),
        ("under_control", YES_NO),
        ("data_kind", WORD),
        ("technology", TEXT),
        ("description", TEXT),
        ("data_quality", WORD),
        ("source", WORD),
    ]
)

EXCHANGES = pa.schema(
    [
        ("id", TEXT),
        ("process", ROW),
        ("flow", ROW),
        ("is_input", YES_NO),
        ("is_reference", YES_NO),
        ("is_avoided", YES_NO),
        ("amount", NUMBER),
        ("formula", WORD),
        ("published_amount", NUMBER),
        ("published_unit", WORD),
        ("unit_factor", NUMBER),
        ("provider", WORD),
        *_DISTRIBUTION,
        ("pedigree", WORD),
        ("stage", WORD),
        ("year_offset", NUMBER),
        *_PROVENANCE,
    ]
)

PARAMETERS = pa.schema(
    [
        ("name", TEXT),
        ("process", ROW),
        ("exchange", ROW),
        ("amount", NUMBER),
        ("formula", TEXT),
        ("unit", WORD),
        *_DISTRIBUTION,
        ("description", TEXT),
        *_PROVENANCE,
    ]
)

PROPERTIES = pa.schema(
    [
        ("flow", ROW),
        ("process", ROW),
        ("name", WORD),
        ("value", NUMBER),
        ("unit", WORD),
        *_DISTRIBUTION,
        *_PROVENANCE,
    ]
)

ALLOCATION = pa.schema(
    [("process", ROW), ("product", ROW), ("exchange", ROW), ("share", NUMBER), ("basis", WORD), *_PROVENANCE]
)

FACTORS = pa.schema([("flow", ROW), ("metric", WORD), ("value", NUMBER), *_DISTRIBUTION, *_PROVENANCE])

ROLES = pa.schema([("flow", ROW), ("process", ROW), ("role", WORD), ("source", WORD), ("confidence", WORD)])

SOURCES = pa.schema([("id", TEXT), ("citation", TEXT), ("year", TEXT), ("url", TEXT), ("licence", TEXT)])

FINDINGS = pa.schema(
    [
        ("code", WORD),
        ("severity", WORD),
        ("process", ROW),
        ("flow", ROW),
        ("exchange", ROW),
        ("amount", NUMBER),
        ("unit", WORD),
        ("detail", TEXT),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "flows": FLOWS,
    "processes": PROCESSES,
    "exchanges": EXCHANGES,
    "parameters": PARAMETERS,
    "properties": PROPERTIES,
    "allocation": ALLOCATION,
    "factors": FACTORS,
    "roles": ROLES,
    "sources": SOURCES,
    "findings": FINDINGS,
}
"""Every table of a database, in the order in which digests are taken and files are written."""

LATER = {
    "exchanges": ("points",),
    "parameters": ("points",),
    "properties": tuple(name for name, _ in _DISTRIBUTION),
    "factors": tuple(name for name, _ in _DISTRIBUTION),
}
"""Columns that the first version of the schema had not; one that no row fills leaves the digest as it was."""

ROW_COLUMNS = {"process": "processes", "flow": "flows", "product": "flows", "exchange": "exchanges"}
"""Columns of type `ROW` and the table whose rows they number."""

_IN_SEVERAL_TABLES: dict[str, type[StrEnum]] = {
    "confidence": Confidence,
    "value_kind": ValueKind,
    "distribution": DistributionKind,
}

VOCABULARY: dict[str, type[StrEnum]] = {
    "flows.kind": FlowKind,
    "flows.direction": Direction,
    "flows.origin": CarbonOrigin,
    "processes.kind": ProcessKind,
    "processes.stage": LifeCycleStage,
    "processes.data_kind": DataKind,
    "exchanges.stage": LifeCycleStage,
    "roles.role": Role,
    "findings.severity": Severity,
    **{
        f"{name}.{column}": vocabulary
        for name, schema in TABLES.items()
        for column, vocabulary in _IN_SEVERAL_TABLES.items()
        if column in schema.names
    },
}
"""Word columns (``table.column``) that the code branches on: no other word may stand in them."""

ALWAYS_STATED = ("flows.kind", "processes.kind", "roles.role", "findings.code", "findings.severity")
"""Word columns (``table.column``) that may not be empty in any row."""
