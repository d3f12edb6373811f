"""Whether the solver works on this machine, and how fast: a generated system, solved and checked."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import final

import numpy as np
import scipy
from scipy import sparse

from carbonlab.solve.equilibration import read_matrix
from carbonlab.solve.factorization import factorize


@final
@dataclass(frozen=True)
class BackEndReport:
    """What a back end did with the generated system.

    Attributes
    ----------
    name, version : str
        The back end.
    unknowns, entries, fill : int
        Size of the system, its entries, and those of its factors.
    factorization_time, solve_time : float
        [s], the second for one right-hand side with refinement and error bound.
    error : float
        Bound on the relative error of the worst unknown.
    duality : float
        Relative difference of gᵀA⁻¹f computed forward and transposed, which are equal in exact arithmetic.
    """

    name: str
    version: str
    unknowns: int
    entries: int
    fill: int
    factorization_time: float
    solve_time: float
    error: float
    duality: float


def self_test(unknowns: int = 5_000, *, seed: int = 0) -> tuple[BackEndReport, ...]:
    """Solve a generated system with every back end and report time and accuracy.

    Raises
    ------
    SolveError
        If a solution misses the bound on its error.
    """
    A = generate_hub_matrix(unknowns, seed=seed)
    rng = np.random.default_rng(seed)
    g, f = rng.random(unknowns), np.zeros(unknowns)
    f[unknowns // 2] = 1.0
    start = perf_counter()
    factorization = factorize(A)
    factorized = perf_counter()
    forward = factorization.solve(f)
    solved = perf_counter()
    transposed = factorization.solve_transposed(g)
    one, other = float(g @ forward.x), float(transposed.x @ f)
    report = BackEndReport(
        name="SuperLU of SciPy",
        version=scipy.__version__,
        unknowns=unknowns,
        entries=A.nnz,
        fill=factorization.fill,
        factorization_time=factorized - start,
        solve_time=solved - factorized,
        error=float(max(forward.error[0], transposed.error[0])),
        duality=abs(one - other) / abs(one),
    )
    return (report,)


def generate_hub_matrix(unknowns: int, *, seed: int = 0, gain: float = 0.65) -> sparse.csc_array:
    """Generate a matrix with the structure of a large supply network, in mixed units.

    Of some twelve entries per column seven in ten lie in the rows of a few hundred hubs, by a power law of
    popularity, the others beside the diagonal, most of them to one side. A third of the unknowns is used by
    no other.

    Parameters
    ----------
    unknowns : int
        Its size n, 100 at least.
    seed : int
        Of the generator.
    gain : float
        Spectral radius of the coupling; 1 or more means a loop that consumes more than it makes.

    Returns
    -------
    sparse array (n, n)
        Units are powers of two between 2⁻²⁰ and 2²⁰ per row and column.
    """
    rng = np.random.default_rng(seed)
    used, hubs, count = int(0.64 * unknowns), max(unknowns // 40, 10), int(12.5 * unknowns)
    column = rng.integers(0, unknowns, count)
    popularity = np.cumsum(1.0 / np.arange(1, hubs + 1) ** 0.9)
    hub = rng.choice(used, hubs, replace=False)
    row = hub[np.searchsorted(popularity, rng.random(count) * popularity[-1])]
    is_near = rng.random(count) < 0.3
    distance = rng.geometric(0.05, count) * np.where(rng.random(count) < 0.95, -1, 1)
    near = np.clip(column * used // unknowns + distance, 0, used - 1)
    row = np.where(is_near, near, row)
    amount = rng.lognormal(-3.0, 1.5, count)
    beside = row != column
    shape = (unknowns, unknowns)
    coupling = sparse.csr_array((amount[beside], (row[beside], column[beside])), shape=shape)
    vector, growth = np.ones(unknowns), 1.0
    for _ in range(100):
        vector = coupling @ vector
        growth = float(np.linalg.norm(vector))
        vector /= growth
    place = rng.permutation(unknowns)
    A = (sparse.eye_array(unknowns) - coupling * (gain / growth)).tocsr()[place][:, place].tocoo()
    units = rng.integers(-20, 21, (2, unknowns))
    value = np.ldexp(A.data, units[0][A.row] + units[1][A.col])
    return read_matrix(sparse.coo_array((value, (A.row, A.col)), shape=shape))
