"""The sparse Jacobian of matrix entries by exchange amounts: one amount touches many entries through allocation shares.

For an entry v = sign · a_x · f · share_c with share_c = w_c o_c / Σ_k w_k o_k (o: functional amounts of
the process),

    ∂v/∂a_x = sign · f · share_c,        ∂v/∂o_k = sign · a_x · f · (δ_ck w_c − share_c w_k) / Σ_k w_k o_k.

Times `ParameterTable.jacobian` (amounts by parameters) it is the Jacobian by parameters.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from carbonlab.rules.entries import EntryTable
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
    return sparse.csr_array(own + _by_shares(system, entries, shape))


def _by_shares(system: ProductSystem, entries: EntryTable, shape: tuple[int, int]) -> sparse.coo_array:
    """Return the part of the Jacobian that goes through allocation shares."""
    columns, amounts = system.columns, system.work.amounts
    output_exchange = system.work.technosphere.exchange[columns.entry]
    output = amounts[output_exchange]
    shares = columns.shares(output)
    part = columns.weight * np.abs(output)
    total = np.zeros(system.database.processes.num_rows)
    np.add.at(total, columns.process, np.nan_to_num(part))
    shared = np.flatnonzero(entries.alive & (entries.share_column >= 0))
    order = np.argsort(columns.process, kind="stable")
    process = columns.process[entries.share_column[shared]]
    first = np.searchsorted(columns.process[order], process, "left")
    count = np.searchsorted(columns.process[order], process, "right") - first
    entry = np.repeat(shared, count)
    step = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    sibling = order[np.repeat(first, count) + step]
    column = entries.share_column[entry]
    value = entries.multiplier()[entry] * amounts[entries.exchange[entry]]
    with np.errstate(invalid="ignore", divide="ignore"):
        without_share = np.where(shares[column] != 0, value / shares[column], 0.0)
    weight = columns.weight[sibling] * np.sign(output[sibling])
    slope = ((column == sibling) * weight - shares[column] * weight) / total[columns.process[column]]
    return sparse.coo_array((without_share * slope, (entry, output_exchange[sibling])), shape=shape)
