"""Systems of linear equations: arrays only.

`prepare` a square sparse matrix once (`factorize` it, or where it is large `prepare_iteration`), solve with
it and with its transpose, every solution with its residual and a bound on its error; `find_loops` and
`reaches` tell how the unknowns hang together.
"""

from carbonlab.solve.accuracy import Solution, SolveStatus
from carbonlab.solve.choice import Prepared, prepare
from carbonlab.solve.dependence import Direction, reaches
from carbonlab.solve.factorization import Factorization, factorize
from carbonlab.solve.failures import FailureReason
from carbonlab.solve.iterative import Iteration, prepare_iteration
from carbonlab.solve.loops import Edge, Loop, find_loops

__all__ = [
    "Direction",
    "Edge",
    "Factorization",
    "FailureReason",
    "Iteration",
    "Loop",
    "Prepared",
    "Solution",
    "SolveStatus",
    "factorize",
    "find_loops",
    "prepare",
    "prepare_iteration",
    "reaches",
]
