"""Which unknowns are solved in every lane, and in which order: from the pattern alone.

    fixed    what no varying entry can reach: the base solution holds for every lane;
    first    what depends on no loop;
    acyclic  the core (in loops or between them) without the feedback set, each after those it depends on;
    feedback the set without which the core has no loop;
    last     what no loop depends on.

Everything but the feedback set is computed in one pass, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from carbonlab.solve.dependence import follow, strong_components
from carbonlab.solve.lanes.feedback import find_feedback_set, levels

Indices = NDArray[np.intp]


@final
@dataclass(frozen=True, eq=False)
class Structure:
    """Unknowns in groups, each in its order of computation."""

    fixed: Indices
    first: Indices
    acyclic: Indices
    feedback: Indices
    last: Indices

    @property
    def order(self) -> Indices:
        """All unknowns that are solved per lane, in order."""
        return np.concatenate([self.first, self.acyclic, self.feedback, self.last])


def find_structure(
    graph: sparse.csr_array, moved: NDArray[np.bool_], wanted: Indices | None, lengths: Indices
) -> Structure:
    """Return the groups.

    Parameters
    ----------
    graph : sparse array (n, n)
        An entry (i, j) says that unknown i depends on unknown j.
    moved : array of bool (n,)
        Unknowns whose own equation differs between lanes.
    wanted : integers, optional
        Unknowns whose values are asked for; none stands for all.
    lengths : integers (n,)
        What distinguishes equations of different length: of those that could come in any order, equal ones come
        one after the other. Loops over their entries then end when the processor expects them to.
    """
    users = sparse.csr_array(graph.T)
    active = follow(users, np.flatnonzero(moved))
    if wanted is not None:
        active &= follow(graph, np.asarray(wanted, np.intp))
    names = np.flatnonzero(active)
    part = sparse.csr_array(graph[names][:, names])
    labels = strong_components(sparse.csc_array(part))
    in_loop = np.flatnonzero((np.bincount(labels) > 1)[labels]) if names.size else names
    after = follow(sparse.csr_array(part.T), in_loop)
    before = follow(part, in_loop)
    core = np.flatnonzero(after & before)
    inner = sparse.csr_array(part[core][:, core])
    cut = find_feedback_set(inner)
    rest = np.setdiff1d(np.arange(core.size), cut)
    acyclic = core[rest][_order(inner, rest, lengths[names[core]])]
    degree = np.diff(inner.indptr)[cut] + np.bincount(inner.indices, minlength=core.size)[cut]
    feedback = core[cut][np.argsort(degree, kind="stable")]
    first, last = np.flatnonzero(~after), np.flatnonzero(after & ~before)
    return Structure(
        fixed=np.flatnonzero(~active),
        first=names[first][_order(part, first, lengths[names])],
        acyclic=names[acyclic],
        feedback=names[feedback],
        last=names[last][_order(part, last, lengths[names])],
    )


def _order(graph: sparse.csr_array, members: Indices, lengths: Indices) -> Indices:
    return np.lexsort((lengths[members], levels(sparse.csr_array(graph[members][:, members]))))
