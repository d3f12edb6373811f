"""The layout of carbonlab tables: every table, every column, what a cell may hold. Written once, here.

Readers, writers and the documentation page take it from this module. A table is a CSV file of that name in a
folder, or a sheet of that name in a workbook.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from carbonlab.vocabulary import (
    BalanceKind,
    Basis,
    CarbonOrigin,
    Confidence,
    DataKind,
    Direction,
    DistributionKind,
    FlowKind,
    LifeCycleStage,
    ProcessKind,
    Role,
    ValueKind,
)


class Holds(StrEnum):
    """What the cells of a column hold."""

    ID = "id"
    REFERENCE = "id of another row"
    TEXT = "text"
    WORD = "one of the listed words"
    NUMBER = "number"
    UNIT = "unit"
    FORMULA = "formula"
    YES_NO = "yes or no"
    YEAR = "year"
    DATE = "date"
    LIST = "texts separated by semicolons"


class Side(StrEnum):
    """Side of a process on which an exchange stands."""

    INPUT = "input"
    OUTPUT = "output"


class Subject(StrEnum):
    """What plays a role."""

    FLOW = "flow"
    PROCESS = "process"


class SharedBy(StrEnum):
    """On what a stated allocation factor rests."""

    PHYSICAL = "physical"
    ECONOMIC = "economic"
    CAUSAL = "causal"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    holds: Holds
    meaning: str
    required: bool = False
    """The column must exist and none of its cells may be empty."""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A table: its columns in the order in which they are written."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def required_names(self) -> frozenset[str]:
        """Names of the columns that must exist and have no empty cell."""
        return frozenset(column.name for column in self.columns if column.required)


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(word) for word in words)


def _id(name: str, meaning: str) -> Column:
    return Column(name, Holds.ID, meaning, required=True)


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Holds.TEXT, meaning, required)


def _word(name: str, words: Iterable[str], meaning: str, *, required: bool = False) -> Column:
    return Column(name, Holds.WORD, meaning, required, _words(words))


def _refers(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Holds.REFERENCE, meaning, required)


def _number(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Holds.NUMBER, meaning, required)


def _unit(meaning: str, *, required: bool = True) -> Column:
    return Column("unit", Holds.UNIT, meaning, required)


_PROVENANCE = (
    _word("value_kind", ValueKind, "how the value came about; an `assumption` needs its reason in `comment`"),
    Column("year", Holds.YEAR, "year that the value describes: `2019`, `2015-2019`, `2024-03`, or `n.d.`"),
    _text("geography", "where the value holds"),
    _refers("source", "id of a row of `sources`"),
    _word("confidence", Confidence, "how far the value was checked"),
    _text("comment", "anything a reader of the value should know"),
)

_DISTRIBUTION = (
    _word("distribution", DistributionKind, "shape of the uncertainty; empty for none"),
    _number(
        "loc",
        "lognormal: geometric mean; normal, gamma: mean; triangular, beta_pert: mode (in the unit of the row)",
    ),
    _number("scale", "lognormal: geometric standard deviation, 1 or more; normal, gamma: standard deviation"),
    _number("minimum", "triangular, uniform, beta_pert: smallest value; gamma: where it begins, 0 as a rule"),
    _number("maximum", "triangular, uniform, beta_pert: largest value"),
    _text("points", "discrete: `value:weight; value:weight`; empirical: observations, `value; value`"),
)

_PROPERTY_MEANING = "`mass`, `energy`, `price`, `carbon`, `biogenic_carbon`, or a name of your own"

DATABASE = Layout(
    "database",
    "What the database says of itself.",
    (
        _text(
            "key", "`name`, `version`, `licence`, `description`, or `decided_upstream.<slot>`", required=True
        ),
        _text("value", "the value; for `decided_upstream.<slot>` the option that was already applied"),
    ),
)

FLOWS = Layout(
    "flows",
    "Everything that enters or leaves a process.",
    (
        _id("id", "short name without blanks at its ends, unique among flows"),
        _text("name", "name for people", required=True),
        _word("kind", FlowKind, "`elementary` comes from nature or goes there", required=True),
        _unit("reference unit: amounts are converted to it"),
        _word(
            "direction",
            Direction,
            "elementary flows only, and always: `emitted` to nature or `taken` from it",
        ),
        _text("compartment", "where an elementary flow goes or comes from, e.g. `air`"),
        _text("cas", "CAS number of a substance"),
        _text("formula", "chemical formula"),
        _word("origin", CarbonOrigin, "where the carbon of an elementary flow comes from"),
        _text("category", "group of flows"),
        _text("location", "region"),
        Column("synonyms", Holds.LIST, "other names, separated by semicolons"),
        _text("metric", "`aggregated_co2e` flows only, and always: metric and vintage, e.g. `GWP100 AR5`"),
        _text("comment", "anything else"),
    ),
    required=True,
)

PROCESSES = Layout(
    "processes",
    "The unit processes.",
    (
        _id("id", "short name without blanks at its ends, unique among processes"),
        _text("name", "name for people", required=True),
        _text("location", "region, e.g. `CN`"),
        _text("category", "group of processes"),
        Column("valid_from", Holds.DATE, "first day or year for which the data hold: `2019` or `2019-01-01`"),
        Column("valid_until", Holds.DATE, "last day or year for which the data hold"),
        _word("kind", ProcessKind, "`unit_process` if empty; `aggregated` for a cradle-to-gate inventory"),
        Column("capital_good", Holds.YES_NO, "`yes` for machines, buildings, roads"),
        _word("stage", LifeCycleStage, "life-cycle stage; foreground of a study only"),
        Column("control", Holds.YES_NO, "under control of the reporting organization? Foreground only"),
        _word("data_kind", DataKind, "site-specific, other primary, or secondary data"),
        _word(
            "default_basis",
            dict.fromkeys([*_words(Basis), *_words(SharedBy)]),
            "allocation that the data supplier names as default",
        ),
        _text("technology", "technology covered"),
        _text("description", "what the process does"),
        _text("data_quality", "data-quality score as published"),
        _text("source", "where the process as a whole is described: an id of `sources`, or text"),
    ),
    required=True,
)

EXCHANGES = Layout(
    "exchanges",
    "Inputs and outputs: one row for each flow that enters or leaves a process.",
    (
        _refers("process", "id of the process", required=True),
        _refers("flow", "id of the flow", required=True),
        _word("direction", Side, "seen from the process", required=True),
        _number("amount", "the amount, in `unit`; empty if `formula` gives it"),
        _unit("any unit that converts to the unit of the flow"),
        Column(
            "formula", Holds.FORMULA, "gives the amount from parameters; an `amount` beside it is checked"
        ),
        _refers("provider", "id of the process that supplies the flow; empty if it is not stated"),
        Column(
            "reference", Holds.YES_NO, "`yes` for the one flow of the process that amounts are related to"
        ),
        Column("avoided", Holds.YES_NO, "`yes` if the process replaces this product elsewhere"),
        _word("stage", LifeCycleStage, "life-cycle stage of the link; foreground of a study only"),
        _number("year_offset", "years after the reference year of the study; foreground only"),
        *_DISTRIBUTION,
        _text("pedigree", "pedigree scores, e.g. `(2;3;2;1;1)`"),
        *_PROVENANCE,
        Column("id", Holds.ID, "identity of the row, unique; made from process, side and flow if empty"),
    ),
    required=True,
)

PROPERTIES = Layout(
    "properties",
    "Properties of flows, per reference unit of the flow: what co-products are weighed by.",
    (
        _refers("flow", "id of the flow", required=True),
        _refers("process", "id of the process in which the value holds; empty for everywhere"),
        _text("property", _PROPERTY_MEANING, required=True),
        _number("value", "value per reference unit of the flow, in `unit`", required=True),
        _unit(
            "mass unit for `mass`, energy unit for `energy`, e.g. `kg C` for carbon, e.g. `EUR` for `price`"
        ),
        *_DISTRIBUTION,
        *_PROVENANCE,
    ),
)

ALLOCATION = Layout(
    "allocation",
    "Stated shares of the burdens of a process that its co-products take.",
    (
        _refers("process", "id of the process", required=True),
        _refers("product", "id of the co-product", required=True),
        _number("share", "between 0 and 1; the shares of one process and basis sum to 1", required=True),
        _word("basis", SharedBy, "on what the share rests", required=True),
        _refers("exchange", "id of the one exchange that is shared; empty for all of the process"),
        *_PROVENANCE,
    ),
)

PARAMETERS = Layout(
    "parameters",
    "Named numbers that formulas use.",
    (
        Column("name", Holds.ID, "name as formulas write it", required=True),
        _refers("process", "id of the process in which it is known; empty for the whole database"),
        _refers("exchange", "id of the exchange in which it is known; empty for a wider scope"),
        _number("amount", "the value; empty if `formula` gives it"),
        _unit("unit of the value, for people: formulas do not convert units", required=False),
        Column("formula", Holds.FORMULA, "gives the value from other parameters"),
        *_DISTRIBUTION,
        _text("description", "what it is"),
        *_PROVENANCE,
    ),
)

FACTORS = Layout(
    "factors",
    "Characterization factors that the owner of the data states, where the usual ones must not be used.",
    (
        _refers("flow", "id of an elementary flow", required=True),
        _text("metric", "e.g. `GWP100`", required=True),
        _number("value", "the factor, in `unit`", required=True),
        _unit("`kg CO2e`, or with the unit of the flow: `kg CO2e/kg`"),
        *_DISTRIBUTION,
        *_PROVENANCE,
    ),
)

ROLES = Layout(
    "roles",
    "What a flow or process is for a rule.",
    (
        _word("subject", Subject, "what `id` names", required=True),
        _refers("id", "id of the flow or process", required=True),
        _word("role", Role, "the role", required=True),
        _text("source", "who or what says so"),
        _word("confidence", Confidence, "how sure it is"),
    ),
)

BALANCES = Layout(
    "balances",
    "Why a balance of a unit process does not close, where it does not.",
    (
        _refers("process", "id of the process", required=True),
        _word("balance", BalanceKind, "the balance that stays open", required=True),
        _text("explanation", "what is missing on which side, and why", required=True),
    ),
)

SOURCES = Layout(
    "sources",
    "Publications and files that values are taken from.",
    (
        _id("id", "short name, unique among sources"),
        _text("citation", "author, title, publisher", required=True),
        Column("year", Holds.YEAR, "year of publication"),
        _text("url", "where it can be read"),
        _text("licence", "licence of the data"),
    ),
)

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        DATABASE,
        SOURCES,
        FLOWS,
        PROCESSES,
        PARAMETERS,
        EXCHANGES,
        PROPERTIES,
        ALLOCATION,
        FACTORS,
        ROLES,
        BALANCES,
    )
}
"""Every table, in the order in which they are read: what is referred to comes first."""

NOTES = "notes"
"""A file or sheet of this name is for people and is not read."""

DATABASE_KEYS = ("name", "version", "licence", "description")
DECIDED_UPSTREAM = "decided_upstream."

STANDARD_PROPERTY_UNITS = {"mass": "kg", "energy": "MJ", "carbon": "kg C", "biogenic_carbon": "kg C"}
"""Units in which these properties are kept, per reference unit of the flow; ``kg C``: kilograms of carbon."""

PRICE = "price"
"""The property that is in a currency: its code, with the year of the price if it is known: ``EUR 2020``."""


def layout_markdown() -> str:
    """Return the layout as Markdown tables, as the documentation page shows it."""
    parts = []
    for layout in LAYOUTS.values():
        parts.append(
            f"### `{layout.name}`\n\n{layout.meaning} {'Required.' if layout.required else 'Optional.'}\n"
        )
        lines = ["| column | filled | holds | meaning |", "|---|---|---|---|"]
        for column in layout.columns:
            words = ", ".join(f"`{word}`" for word in column.words) or str(column.holds)
            filled = "always" if column.required else ""
            lines.append(f"| `{column.name}` | {filled} | {words} | {column.meaning} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
