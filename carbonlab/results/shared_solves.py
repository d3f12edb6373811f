"""Technology matrices that are equal to the last bit are factorized once, whatever rules led to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from scipy import sparse

from carbonlab.provenance import Digester
from carbonlab.solve import Loop, Prepared, find_loops, prepare

KEPT = 32
"""Matrices whose factors are kept at a time: a rule space alternates between few of them."""


class SharedFactorizations:
    """Factorizations and loops by the values of A; the least recently used ones are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._last: tuple[Any, str] = (None, "")

    def factorization(self, A: sparse.csc_array) -> Prepared:
        """Return A prepared for solves; `SolveError` as `carbonlab.solve.prepare` raises it."""
        found: Prepared = self._of("factorization", A, prepare)
        return found

    def loops(self, A: sparse.csc_array) -> tuple[Loop, ...]:
        """Return the loops of A (`carbonlab.solve.find_loops`)."""
        found: tuple[Loop, ...] = self._of("loops", A, find_loops)
        return found

    def _of(self, kind: str, A: sparse.csc_array, make: Callable[[Any], Any]) -> Any:
        if self._last[0] is not A:
            self._last = (A, digest_of_matrix(A))
        key = (kind, self._last[1])
        if key not in self._kept:
            self._kept[key] = make(A)
            if len(self._kept) > 2 * KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def digest_of_matrix(matrix: sparse.csc_array) -> str:
    """Return the digest of shape, pattern and values of a matrix."""
    digester = Digester("matrix")
    digester.add_json("shape", list(matrix.shape))
    for name in ("indptr", "indices", "data"):
        digester.add_array(name, getattr(matrix, name))
    return digester.digest()
