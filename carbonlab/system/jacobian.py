"""The sparse Jacobian of matrix entries by exchange amounts and by allocation weights: one number touches many entries.

For an entry v = sign · a_x · f · share_c with share_c = w_c o_c / Σ_k w_k o_k (o: absolute functional amounts of
the process, w: weights),

    ∂v/∂a_x = sign · f · share_c,
    ∂v/∂o_k = sign · a_x · f · (δ_ck w_c − share_c w_k) / Σ_k w_k o_k,
    ∂v/∂w_k = sign · a_x · f · (δ_ck o_c − share_c o_k) / Σ_k w_k o_k.

Times `ParameterTable.jacobian` (amounts by parameters) it is the Jacobian by parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from carbonlab.rules.entries import EntryTable, FloatArray, IntArray
from carbonlab.system.product_system import ProductSystem


def entry_jacobian(system: ProductSystem, table: str) -> sparse.csr_array:
    """Return ∂(entry value)/∂(exchange amount) at nominal amounts.

    Parameters
    ----------
    system : ProductSystem
        Where to take the entries from.
    table : str
        ``technosphere`` or ``intervention``.

    Returns
    -------
    sparse array (entries, exchanges)
        Rows of dropped entries are empty.
    """
    entries: EntryTable = getattr(system.work, table)
    shape = (len(entries), system.database.exchanges.num_rows)
    rows = np.flatnonzero(entries.alive)
    own = sparse.coo_array((entries.multiplier()[rows], (rows, entries.exchange[rows])), shape=shape)
    pairs = _shared_pairs(system, entries)
    if not len(pairs.entry):
        return sparse.csr_array(own)
    output = system.work.technosphere.exchange[system.columns.entry]
    moved = system.columns.weight * np.sign(system.work.amounts[output])
    shares = sparse.coo_array((pairs.slopes(moved), (pairs.entry, output[pairs.sibling])), shape=shape)
    return sparse.csr_array(own + shares)


def weight_jacobian(system: ProductSystem, table: str) -> sparse.csr_array:
    """Return ∂(entry value)/∂(allocation weight of a column) at nominal amounts (entries, columns).

    Parameters
    ----------
    system, table
        As in `entry_jacobian`.
    """
    entries: EntryTable = getattr(system.work, table)
    pairs = _shared_pairs(system, entries)
    output = np.abs(system.work.amounts[system.work.technosphere.exchange[system.columns.entry]])
    shape = (len(entries), len(system.columns))
    return sparse.csr_array(
        sparse.coo_array((pairs.slopes(output), (pairs.entry, pairs.sibling)), shape=shape)
    )


@dataclass(frozen=True, eq=False)
class _SharedPairs:
    """Every entry with a share, beside every column of its process; arrays are (pairs,).

    Attributes
    ----------
    entry, column, sibling : int
        Entry, the column whose share it has, and a column of the same process.
    without_share : float
        Value of the entry, less its share.
    share, total : float
        Share, and Σ w o of the process.
    """

    entry: IntArray
    column: IntArray
    sibling: IntArray
    without_share: FloatArray
    share: FloatArray
    total: FloatArray

    def slopes(self, moved: FloatArray) -> FloatArray:
        """Return the derivative (pairs,) of each entry by w_k or o_k of its sibling; `moved` (columns,) is the
        other of the two.
        """
        own = moved[self.sibling]
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = ((self.column == self.sibling) - self.share) * own / self.total
        return np.asarray(self.without_share * slope)


def _shared_pairs(system: ProductSystem, entries: EntryTable) -> _SharedPairs:
    columns, amounts = system.columns, system.work.amounts
    shared = np.flatnonzero(entries.alive & (entries.share_column >= 0))
    if not len(shared):
        none, empty = np.empty(0, np.int64), np.empty(0)
        return _SharedPairs(none, none, none, empty, empty, empty)
    output = amounts[system.work.technosphere.exchange[columns.entry]]
    shares = columns.shares(output)
    total = np.zeros(system.database.processes.num_rows)
    np.add.at(total, columns.process, np.nan_to_num(columns.weight * np.abs(output)))
    order = np.argsort(columns.process, kind="stable")
    process = columns.process[entries.share_column[shared]]
    first = np.searchsorted(columns.process[order], process, "left")
    count = np.searchsorted(columns.process[order], process, "right") - first
    entry = np.repeat(shared, count)
    step = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    column = entries.share_column[entry]
    without_share = entries.multiplier(without="multifunctionality")[entry] * amounts[entries.exchange[entry]]
    return _SharedPairs(
        entry,
        column,
        order[np.repeat(first, count) + step],
        without_share,
        shares[column],
        total[columns.process[column]],
    )
