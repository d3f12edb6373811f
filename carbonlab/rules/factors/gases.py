"""The climate gases that carbonlab knows: keys, formulas, registry numbers and names."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

AGGREGATED_GAS = "co2e"
"""Pseudo-gas of flows that arrive already characterized; its factor is 1 under every factor set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gas:
    """A climate gas.

    Attributes
    ----------
    key : str
        As in the factor tables, e.g. ``HFC134a``.
    formula : str
        Chemical formula.
    cas : str
        CAS registry number without leading zeros; empty if none was read in a public source.
    cas_source : str
        Where the CAS number was read (see the head of ``gases.toml``).
    names, synonyms : tuple of str
        Names in tables and inventories; formulas and further spellings.
    refrigerants, halons : tuple of str
        Numbers that name the gas whatever letters stand before them, e.g. ``134a``.
    """

    key: str
    formula: str
    cas: str
    cas_source: str
    names: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    refrigerants: tuple[str, ...] = ()
    halons: tuple[str, ...] = ()


@cache
def load_gases() -> tuple[Gas, ...]:
    """Return every climate gas that carbonlab knows, in the order of the packaged list.

    Examples
    --------
    >>> next(gas.names[0] for gas in load_gases() if gas.cas == "75-73-0")
    'Carbon tetrafluoride'
    """
    entries: list[dict[str, Any]] = tomllib.loads(_packaged("gases.toml"))["gas"]
    lists = ("names", "synonyms", "refrigerants", "halons")
    return tuple(
        Gas(**{**entry, **{name: tuple(entry.get(name, ())) for name in lists}}) for entry in entries
    )


@cache
def load_gas_uuids() -> dict[str, str]:
    """Return gas keys by the UUID of elementary flows in public flow lists (lower case)."""
    return {row["uuid"]: row["gas"] for row in csv.DictReader(io.StringIO(_packaged("gas_uuids.csv")))}


def _packaged(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
