"""Which entries an incomplete elimination keeps, and the steps that compute them: once for all lanes.

The unknowns of the core are eliminated in their order, rows from the top, on the base values in units in which every
base solution is about one: an entry then is a share. Entries with a share below `drop` are left out, those that arise
on the way too. What is kept is a fixed pattern, and each lane repeats the steps with its own values (ILUT: Y. Saad,
1994, doi:10.1002/nla.1680010405, with the pattern found on the base values).
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.equilibration import FloatArray

DROP = 0.01
"""Smallest share that is kept. Of 0.001 to 0.1, 0.01 was best."""
MOST_KEPT = 100
"""Entries kept per row at most, the largest, on either side of the diagonal."""

Int32 = NDArray[np.int32]


@final
@dataclass(frozen=True, eq=False)
class Elimination:
    """Steps of an incomplete elimination L U with a fixed pattern.

    Attributes
    ----------
    start : integers (m + 1,)
        Where the kept entries of every row begin, those left of the diagonal first.
    middle, split : integers (m,)
        Where those right of the diagonal begin; where, left of it, the columns of the feedback set begin.
    column : integers (kept,)
        Column of every kept entry, the diagonal not among them.
    entry : integers (kept,)
        Its place in the entries of the core matrix that was given; −1 if it arises during elimination.
    step_start : integers (kept + 1,)
        Where the steps of every entry left of the diagonal begin.
    target, source : integers (steps,)
        Entry that is changed (−1: the diagonal of the row) and entry of the row above that it is changed by.
    """

    start: Int32
    middle: Int32
    split: Int32
    column: Int32
    entry: Int32
    step_start: Int32
    target: Int32
    source: Int32


def plan_elimination(shares: sparse.csr_array, acyclic: int, *, drop: float = DROP) -> Elimination:
    """Return the steps for a core matrix with a diagonal of one.

    Parameters
    ----------
    shares : sparse array (m, m)
        Base values in the order of elimination, scaled; rows sorted by column.
    acyclic : int
        How many unknowns come before the feedback set.
    drop : float
        Smallest share that is kept.
    """
    kept_rows = _Rows()
    upper: list[tuple[dict[int, int], dict[int, float]]] = []
    large = (np.abs(shares.data) >= drop) & (
        shares.indices != np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    )
    at = np.flatnonzero(large)
    rows = np.searchsorted(shares.indptr, at, side="right") - 1
    starts = np.searchsorted(rows, np.arange(shares.shape[0] + 1)).tolist()
    columns, values, entries = shares.indices[at].tolist(), shares.data[at].tolist(), at.tolist()
    diagonal: list[float] = []
    for row in range(shares.shape[0]):
        part = slice(starts[row], starts[row + 1])
        values_of = dict(zip(columns[part], values[part], strict=True))
        entry_of = dict(zip(columns[part], entries[part], strict=True))
        pivot, left, right = _eliminate(row, values_of, diagonal, upper, drop)
        diagonal.append(pivot)
        base = kept_rows.add(left, right, entry_of, acyclic)
        upper.append(({column: base + len(left) + place for place, column in enumerate(right)}, values_of))
        kept_rows.add_steps(row, left, right, base, upper)
    return _prune(kept_rows.finish(), acyclic)


def _eliminate(
    row: int,
    values: dict[int, float],
    diagonal: list[float],
    upper: list[tuple[dict[int, int], dict[int, float]]],
    drop: float,
) -> tuple[float, list[int], list[int]]:
    """Eliminate one row; return its pivot and the columns kept left and right of the diagonal."""
    waiting = sorted(column for column in values if column < row)
    left, pivot, known = [], 1.0, set(waiting)
    while waiting:
        k = heappop(waiting)
        factor = values[k] / diagonal[k]
        if abs(factor) < drop:
            continue
        left.append(k)
        above = upper[k][1]
        for column in upper[k][0]:
            change = factor * above[column]
            if column == row:
                pivot -= change
                continue
            if column < row and column not in known:
                heappush(waiting, column)
                known.add(column)
            values[column] = values.get(column, 0.0) - change
    right = [column for column, value in values.items() if column > row and abs(value) >= drop]
    if len(right) > MOST_KEPT:
        right = sorted(right, key=lambda column: -abs(values[column]))[:MOST_KEPT]
    if len(left) > MOST_KEPT:
        left = sorted(left, key=lambda column: -abs(values[column]))[:MOST_KEPT]
    if abs(pivot) < drop:  # a loop of gain one: as a preconditioner any pivot will do
        pivot = drop if pivot >= 0 else -drop
    return pivot, sorted(left), sorted(right)


class _Rows:
    """The pattern as it grows."""

    def __init__(self) -> None:
        self.start = [0]
        self.middle: list[int] = []
        self.split: list[int] = []
        self.column: list[int] = []
        self.entry: list[int] = []
        self.step_start = [0]
        self.target: list[int] = []
        self.source: list[int] = []

    def add(self, left: list[int], right: list[int], entry_of: dict[int, int], acyclic: int) -> int:
        base = len(self.column)
        self.column += left + right
        self.entry += [entry_of.get(column, -1) for column in left + right]
        self.middle.append(base + len(left))
        self.split.append(base + sum(column < acyclic for column in left))
        self.start.append(len(self.column))
        return base

    def add_steps(
        self,
        row: int,
        left: list[int],
        right: list[int],
        base: int,
        upper: list[tuple[dict[int, int], dict[int, float]]],
    ) -> None:
        place = {column: base + number for number, column in enumerate(left + right)}
        place[row] = -1
        for k in left:
            for column, source in upper[k][0].items():
                target = place.get(column)
                if target is not None:
                    self.target.append(target)
                    self.source.append(source)
            self.step_start.append(len(self.target))
        self.step_start += [len(self.target)] * len(right)

    def finish(self) -> Elimination:
        lists = (self.start, self.middle, self.split, self.column, self.entry, self.step_start)
        arrays = [np.array(one, np.int32) for one in (*lists, self.target, self.source)]
        return Elimination(*arrays)


def _prune(whole: Elimination, acyclic: int) -> Elimination:
    """Leave out what has no effect on the rows of the feedback set."""
    rows, kept = len(whole.middle), len(whole.column)
    row = np.repeat(np.arange(rows), np.diff(whole.start))
    step_entry = np.repeat(np.arange(kept), np.diff(whole.step_start))
    useful = (row >= acyclic) & (whole.column >= acyclic)
    while True:
        used = np.where(whole.target >= 0, useful[whole.target], row[step_entry] >= acyclic)
        before = int(useful.sum())
        useful[whole.source[used]] = True
        useful[step_entry[used]] = True
        if int(useful.sum()) == before:
            break
    place = np.cumsum(useful) - 1
    counts = np.bincount(step_entry[used], minlength=kept)[useful]
    left = useful & (np.arange(kept) < whole.middle[row])
    before_split = left & (whole.column < acyclic)
    start = np.concatenate([[0], np.cumsum(np.bincount(row[useful], minlength=rows))])
    target = whole.target[used]
    return Elimination(
        start=start.astype(np.int32),
        middle=(start[:-1] + np.bincount(row[left], minlength=rows)).astype(np.int32),
        split=(start[:-1] + np.bincount(row[before_split], minlength=rows)).astype(np.int32),
        column=whole.column[useful],
        entry=whole.entry[useful],
        step_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        target=np.where(target >= 0, place[target], -1).astype(np.int32),
        source=place[whole.source[used]].astype(np.int32),
    )


def solve_incomplete(elimination: Elimination, values: FloatArray, b: FloatArray) -> FloatArray:
    """Solve for b (m,) with the given values of the core (diagonal of one): the steps as they are, in Python."""
    kept = np.where(elimination.entry >= 0, values[elimination.entry], 0.0)
    m = len(elimination.middle)
    pivot, x = np.ones(m), b.astype(float).copy()
    for row in range(m):
        for e in range(elimination.start[row], elimination.middle[row]):
            kept[e] /= pivot[elimination.column[e]]
            for step in range(elimination.step_start[e], elimination.step_start[e + 1]):
                change = kept[e] * kept[elimination.source[step]]
                if elimination.target[step] < 0:
                    pivot[row] -= change
                else:
                    kept[elimination.target[step]] -= change
            x[row] -= kept[e] * x[elimination.column[e]]
    for row in range(m - 1, -1, -1):
        part = slice(elimination.middle[row], elimination.start[row + 1])
        x[row] = (x[row] - kept[part] @ x[elimination.column[part]]) / pivot[row]
    return x
