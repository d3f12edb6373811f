"""The two entry tables and the four verbs with which rules rewrite them.

An entry is one future matrix number,

    value = sign × amount(exchange) × Π factor,

and it never forgets the exchange that it came from. Rules **drop**, **relink**, **split** and **add**
entries and attach factors that are named after their slot. Tables are frozen: every verb returns a new
table. Rows are only ever appended, so that a row number names the same entry from the first stage to the
last; a dropped entry stays, marked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class EntryTable:
    """Entries of the technosphere or of the interventions; every array is (entries,).

    Attributes
    ----------
    exchange : int
        Row of the exchange whose amount the entry carries.
    process : int
        Row of the process that the entry belongs to.
    flow : int
        Row of the flow.
    provider : int
        Technosphere: row of the process that supplies (or treats) the flow; −1 while unlinked and for
        interventions.
    column : int
        Column of the matrices; −1 until multifunctionality has decided it.
    sign : float
        Technosphere: outputs +1, inputs −1, avoided inputs +1. Interventions: +1.
    alive : bool
        False once a rule dropped or split the entry.
    parent : int
        Row of the entry that it was split from; −1 for none.
    share_column : int
        Column whose allocation share, recomputed with the amounts, multiplies the entry; −1 for none.
    factors : dict of str to float arrays
        Factors by slot; a slot that runs again replaces its own.
    """

    exchange: IntArray
    process: IntArray
    flow: IntArray
    provider: IntArray
    column: IntArray
    sign: FloatArray
    alive: BoolArray
    parent: IntArray
    share_column: IntArray
    factors: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.exchange)

    @staticmethod
    def of(exchange: IntArray, process: IntArray, flow: IntArray, sign: FloatArray) -> EntryTable:
        """Return a table of fresh entries: unlinked, in no column, without factors."""
        count = len(exchange)
        none = np.full(count, -1, np.int64)
        return EntryTable(
            exchange=np.asarray(exchange, np.int64),
            process=np.asarray(process, np.int64),
            flow=np.asarray(flow, np.int64),
            provider=none,
            column=none,
            sign=np.asarray(sign, np.float64),
            alive=np.ones(count, bool),
            parent=none,
            share_column=none,
            factors={},
        )

    def multiplier(self, *, without: str = "") -> FloatArray:
        """Return sign × Π factor (entries,): what the amount is multiplied with; one factor may be left out."""
        product = self.sign.copy()
        for name, values in self.factors.items():
            if name != without:
                product *= values
        return product

    def values(self, amounts: FloatArray) -> FloatArray:
        """Return the matrix numbers (entries,) for the amounts of all exchanges (exchanges,); 0 for dropped ones."""
        return np.where(self.alive, self.multiplier() * amounts[self.exchange], 0.0)

    # -- verbs -----------------------------------------------------------------------------------------------

    def drop(self, rows: IntArray) -> EntryTable:
        """Return the table without the entries in `rows`: they stay, marked as dropped."""
        alive = self.alive.copy()
        alive[rows] = False
        return replace(self, alive=alive)

    def relink(self, rows: IntArray, providers: IntArray) -> EntryTable:
        """Return the table with other suppliers for the entries in `rows`."""
        provider = self.provider.copy()
        provider[rows] = providers
        return replace(self, provider=provider)

    def place(self, rows: IntArray, columns: IntArray) -> EntryTable:
        """Return the table with the entries in `rows` placed in matrix columns."""
        column = self.column.copy()
        column[rows] = columns
        return replace(self, column=column)

    def split(self, rows: IntArray, name: str, factors: FloatArray, **values: IntArray) -> EntryTable:
        """Return the table with the entries named in `rows` replaced by parts.

        Parameters
        ----------
        rows : int array (parts,)
            The entry that each part comes from; an entry with three parts is named three times.
        name : str
            Name of the factor: the slot, as a rule.
        factors : float array (parts,)
            Factor of each part; it multiplies a factor of that name which the entry has already.
        **values : int arrays (parts,)
            Other values of the parts: provider, flow, column, share_column.
        """
        own = {slot: old[rows] for slot, old in self.factors.items()}
        own[name] = own.get(name, np.ones(len(rows))) * factors
        plain = ("exchange", "process", "flow", "provider", "column", "share_column")
        parts = EntryTable(
            **{key: np.asarray(values.get(key, getattr(self, key)[rows]), np.int64) for key in plain},
            sign=self.sign[rows],
            alive=np.ones(len(rows), bool),
            parent=np.asarray(rows, np.int64),
            factors=own,
        )
        return self.drop(np.unique(rows)).add(parts)

    def add(self, fresh: EntryTable) -> EntryTable:
        """Return the table with the entries of another one appended."""
        if len(fresh) == 0:
            return self
        names = dict.fromkeys([*self.factors, *fresh.factors])
        factors = {
            name: np.concatenate([table.factors.get(name, np.ones(len(table))) for table in (self, fresh)])
            for name in names
        }
        arrays = {
            f.name: np.concatenate([getattr(self, f.name), getattr(fresh, f.name)])
            for f in fields(self)
            if f.name != "factors"
        }
        return EntryTable(**arrays, factors=factors)

    def factor(self, rows: IntArray, slot: str, factors: FloatArray) -> EntryTable:
        """Return the table with the slot's factor on the entries in `rows` set; other entries keep theirs."""
        own = self.factors.get(slot, np.ones(len(self))).copy()
        own[rows] = factors
        return replace(self, factors={**self.factors, slot: own})


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of the matrices: (process, functional flow) pairs; every array is (columns,).

    Attributes
    ----------
    process, flow : int
        Rows of the process and of its functional flow (a product output, or the waste input of a treatment).
    entry : int
        Technosphere entry of the functional flow itself: the diagonal.
    basis : str
        What the burdens of the process were shared by (`carbonlab.vocabulary.Basis`).
    weight : float
        Allocation property per reference unit of the flow; NaN where shares are stated numbers.
    status : str
        `carbonlab.vocabulary.Status` as far as the rules decide it.
    substitute : int
        Column that stands in for an absent one; −1 for none.
    """

    process: IntArray
    flow: IntArray
    entry: IntArray
    basis: NDArray[np.object_]
    weight: FloatArray
    status: NDArray[np.object_]
    substitute: IntArray

    def __len__(self) -> int:
        return len(self.process)

    def shares(self, output: FloatArray) -> FloatArray:
        """Return the share (columns,) of each column in its process, from the functional amounts (columns,).

        share_c = w_c a_c / Σ w a over the columns of the process; NaN where no weight is given.
        """
        part = self.weight * np.abs(output)
        total = np.zeros(int(self.process.max(initial=-1)) + 1)
        np.add.at(total, self.process, np.nan_to_num(part))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(part / total[self.process])
