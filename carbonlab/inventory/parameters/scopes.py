"""What a name in a formula means: the parameter of the narrowest scope that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Dialect, Formula, name_of_constant, parse_formula
from carbonlab.inventory.parameters.dependencies import Definition, evaluation_order

if TYPE_CHECKING:
    from carbonlab.inventory.database import Database


class ParameterKey(NamedTuple):
    """Identity of a parameter: its name and the scope that it belongs to."""

    name: str
    process: str = ""
    """Id of the process; empty for a parameter of the whole database."""
    exchange: str = ""
    """Id of the exchange; empty for a wider scope."""


Scope: TypeAlias = tuple[int, int]
"""Rows of the process and of the exchange; −1 for none."""


class Scopes:
    """The parameters of every scope, by name."""

    def __init__(self, dialect: Dialect) -> None:
        self._ignores_case = dialect is Dialect.OPENLCA
        self._exact: dict[Scope, dict[str, list[int]]] = {}
        self._folded: dict[Scope, dict[str, list[int]]] = {}

    def add(self, scope: Scope, name: str, number: int) -> None:
        """Enter the parameter of a number under its name."""
        self._exact.setdefault(scope, {}).setdefault(name, []).append(number)
        if self._ignores_case:
            self._folded.setdefault(scope, {}).setdefault(name.lower(), []).append(number)

    def find(self, name: str, scope: Scope) -> list[int]:
        """Return the parameters that a name may mean in a scope: none, one, or several if defined twice."""
        for wider in _outwards(scope):
            found = self._exact.get(wider, {}).get(name) or self._folded.get(wider, {}).get(name.lower())
            if found:
                return found
        return []

    def names(self, scope: Scope) -> list[str]:
        """Return every name that can be used in a scope."""
        return [name for wider in _outwards(scope) for name in self._exact.get(wider, {})]


def _outwards(scope: Scope) -> tuple[Scope, ...]:
    process, exchange = scope
    wider: tuple[Scope, ...] = ((-1, -1),)
    if process >= 0:
        wider = ((process, -1), *wider)
    return (scope, *wider) if exchange >= 0 else wider


@dataclass(frozen=True, eq=False)
class Definitions:
    """What formulas of a database use or compute: its parameters first, then exchanges with a formula.

    Attributes
    ----------
    items : tuple of Definition
    keys : tuple of ParameterKey
        Of the parameters, in the order of their table.
    stored : array (parameters,)
        Their stored values; NaN for none.
    rows : array (formula exchanges,)
        Rows of the exchanges that have a formula.
    """

    items: tuple[Definition, ...]
    keys: tuple[ParameterKey, ...]
    stored: NDArray[np.float64]
    rows: NDArray[np.intp]

    @cached_property
    def order(self) -> tuple[list[int], dict[int, FormulaError]]:
        """Definitions in an order of evaluation, and an error for each that is on a loop."""
        return evaluation_order(self.items)


def definitions_of(db: Database, dialect: Dialect) -> Definitions:
    """Read every formula of a database and find out what its names mean.

    Mistakes are noted in the definitions, not raised: one broken formula does not spoil the others.
    """
    return _Reading(db, dialect).run()


class _Reading:
    """One pass over the parameters and the exchanges with a formula; each distinct text is parsed once."""

    def __init__(self, db: Database, dialect: Dialect) -> None:
        self.db = db
        self.dialect = dialect
        self.scopes = Scopes(dialect)
        self.parsed: dict[str, Formula | FormulaError] = {}

    def run(self) -> Definitions:
        codes, words = self.db.codes("exchanges", "formula")
        has_text = np.array([bool(word.strip()) for word in words] + [False])
        rows = np.flatnonzero(has_text[codes])
        names = [name.strip() for name in self.db.column("parameters", "name")]
        scopes = self.parameter_scopes()
        for number, (name, scope) in enumerate(zip(names, scopes, strict=True)):
            self.scopes.add(scope, name, number)
        keys = tuple(ParameterKey(name, *self.ids(scope)) for name, scope in zip(names, scopes, strict=True))
        formulas = self.db.column("parameters", "formula")
        items = [
            self.definition(name, self.where(scope), text, scope)
            for name, scope, text in zip(names, scopes, formulas, strict=True)
        ]
        items += self.exchanges(rows, [words[code] for code in codes[rows]])
        return Definitions(tuple(items), keys, self.db.column("parameters", "amount"), rows)

    def parameter_scopes(self) -> list[Scope]:
        process = self.db.column("parameters", "process").astype(np.intp)
        exchange = self.db.column("parameters", "exchange").astype(np.intp)
        if exchange.size and exchange.max() >= 0:
            owner = self.db.column("exchanges", "process")
            process = np.where(exchange >= 0, owner[exchange], process)
        return [(int(p), int(e)) for p, e in zip(process, exchange, strict=True)]

    def exchanges(self, rows: NDArray[np.intp], texts: Sequence[str]) -> list[Definition]:
        flows = self.db.exchanges["flow"].take(rows).to_pylist()
        processes = self.db.exchanges["process"].take(rows).to_pylist()
        made = []
        for row, flow, process, text in zip(rows.tolist(), flows, processes, texts, strict=True):
            scope = (process, row)
            label = f"amount of {self.db.flows['name'][flow].as_py()!r}"
            made.append(self.definition(label, self.where(scope), text, scope))
        return made

    def ids(self, scope: Scope) -> tuple[str, str]:
        process, exchange = scope
        return (
            self.db.processes["id"][process].as_py() if process >= 0 else "",
            self.db.exchanges["id"][exchange].as_py() if exchange >= 0 else "",
        )

    def where(self, scope: Scope) -> str:
        process, exchange = self.ids(scope)
        if not process:
            return f"parameters of the database {self.db.meta.name!r}"
        name = self.db.processes["name"][scope[0]].as_py()
        return f"process {name!r} ({process})" + (f", exchange {exchange!r}" if exchange else "")

    def definition(self, label: str, where: str, text: str, scope: Scope) -> Definition:
        if not text.strip():
            return Definition(label, where, None, {})
        formula = self.parse(text)
        if isinstance(formula, FormulaError):
            return Definition(label, where, None, {}, formula)
        uses: dict[str, int] = {}
        for name in formula.names:
            found = self.scopes.find(name, scope)
            if len(found) == 1:
                uses[name] = found[0]
            elif found or name_of_constant(name) is None:
                problem = (
                    _defined_twice(name) if found else formula.unknown_name(name, self.scopes.names(scope))
                )
                return Definition(label, where, formula, uses, problem)
        return Definition(label, where, formula, uses)

    def parse(self, text: str) -> Formula | FormulaError:
        if text not in self.parsed:
            try:
                self.parsed[text] = parse_formula(text, dialect=self.dialect)
            except FormulaError as error:
                self.parsed[text] = error
        return self.parsed[text]


def _defined_twice(name: str) -> FormulaError:
    return FormulaError(
        f"the parameter {name!r} is defined more than once in the same scope",
        why="the formula could mean either",
        remedy="rename one of them; blanks around a name do not count, and capitals count in Brightway only",
    )
