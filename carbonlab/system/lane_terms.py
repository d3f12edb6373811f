"""Entries of the matrices that differ between draws, and how each is computed.

A term is one entry at its place: value = multiplier × share × amount. A place that holds one term without a
changing share, whose amount is drawn itself, is *plain*; the others are sums of terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from carbonlab.rules.entries import BoolArray, EntryTable, FloatArray, IntArray
from carbonlab.system.drawn_amounts import DrawnAmounts
from carbonlab.system.product_system import Pattern


@dataclass(frozen=True, eq=False)
class Terms:
    """Terms of some places of a matrix; arrays are (terms,).

    Attributes
    ----------
    place : int
        Number of the place that the term adds to.
    exchange : int
        Row of the exchange whose amount it carries.
    multiplier : float
        sign × Π factor, less the share where it changes.
    share : int
        Column whose changing share multiplies it; −1 for none.
    """

    place: IntArray
    exchange: IntArray
    multiplier: FloatArray
    share: IntArray

    def __len__(self) -> int:
        return len(self.place)

    def take(self, rows: IntArray | BoolArray) -> Terms:
        """Return some of the terms."""
        return Terms(self.place[rows], self.exchange[rows], self.multiplier[rows], self.share[rows])

    def sums(self, places: int) -> sparse.csr_array:
        """Return what adds terms up to their places (places, terms)."""
        ones, term = np.ones(len(self)), np.arange(len(self))
        return sparse.csr_array(sparse.coo_array((ones, (self.place, term)), shape=(places, len(self))))


def terms_of(table: EntryTable, pattern: Pattern, place: IntArray, changing: BoolArray) -> Terms:
    """Return the terms of a pattern, given the place of each and which shares (columns,) change."""
    entry = pattern.entry
    share = table.share_column[entry]
    changes = (share >= 0) & changing[share]
    return Terms(
        place,
        table.exchange[entry],
        np.where(changes, table.multiplier(without="multifunctionality")[entry], table.multiplier()[entry]),
        np.where(changes, share, -1),
    )


def changing_shares(drawn: DrawnAmounts) -> BoolArray:
    """Return which columns (columns,) have an allocation share that differs between draws."""
    system = drawn.system
    columns = system.columns
    output = system.work.technosphere.exchange[columns.entry]
    varies = (drawn.input_of_exchange[output] >= 0) | drawn.is_formula[output] | (drawn.input_of_weight >= 0)
    weighted = np.isfinite(columns.weight)
    count = np.bincount(columns.process[weighted], minlength=system.database.processes.num_rows)
    moved = np.zeros(system.database.processes.num_rows, bool)
    moved[columns.process[varies & weighted]] = True
    return weighted & moved[columns.process] & (count[columns.process] > 1)


def drawn_shares(drawn: DrawnAmounts, changing: IntArray, lanes: IntArray) -> FloatArray:
    """Return the shares (changing columns, lanes); w a / Σ w a over the weighted columns of the process.

    Parameters
    ----------
    changing : int array
        The columns wanted: of each process all that have a weight.
    """
    columns = drawn.system.columns
    output = drawn.system.work.technosphere.exchange[columns.entry[changing]]
    weight = np.repeat(columns.weight[changing][:, None], len(lanes), axis=1)
    own = drawn.input_of_weight[changing]
    if (own >= 0).any():
        weight[own >= 0] *= drawn.ratios(own[own >= 0], lanes)
    part = weight * np.abs(drawn.amounts(output, lanes))
    processes, group = np.unique(columns.process[changing], return_inverse=True)
    shape = (len(processes), len(changing))
    adds = sparse.csr_array((np.ones(len(changing)), (group, np.arange(len(changing)))), shape=shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / (adds @ part)[group])


def places_in(matrix: sparse.csc_array, pattern: Pattern) -> IntArray:
    """Return where each entry of a pattern sits in the values of a compressed matrix (entries,)."""
    count = matrix.shape[0]
    column = np.repeat(np.arange(matrix.shape[1], dtype=np.int64), np.diff(matrix.indptr))
    return np.asarray(np.searchsorted(column * count + matrix.indices, pattern.column * count + pattern.row))


def values_of(
    terms: Terms, drawn: DrawnAmounts, shares: dict[int, int], share: FloatArray, lanes: IntArray
) -> FloatArray:
    """Return the values (terms, lanes) of terms.

    Parameters
    ----------
    shares : dict of int to int
        Column → row of `share`.
    share : float array (changing columns, lanes)
        Their shares.
    """
    exchanges, position = np.unique(terms.exchange, return_inverse=True)
    values = drawn.amounts(exchanges, lanes)[position] * terms.multiplier[:, None]
    shared = np.flatnonzero(terms.share >= 0)
    if len(shared):
        values[shared] *= share[[shares[column] for column in terms.share[shared].tolist()]]
    return values


def matters(pattern: Pattern, only: BoolArray | None) -> BoolArray:
    """Return which technosphere entries (entries,) of a pattern join two columns that can matter."""
    if only is None:
        return np.ones(len(pattern.entry), bool)
    return np.asarray(only[pattern.column] & only[pattern.row], bool)
