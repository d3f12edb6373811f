"""Systems of linear equations: arrays only.

`factorize` a square sparse matrix once, solve with it and with its transpose, every solution with its
residual and a bound on its error; `find_loops` and `reaches` tell how the unknowns hang together.
"""

from carbonlab.solve.accuracy import Solution, SolveStatus
from carbonlab.solve.dependence import Direction, reaches
from carbonlab.solve.factorization import Factorization, factorize
from carbonlab.solve.failures import FailureReason
from carbonlab.solve.loops import Edge, Loop, find_loops

__all__ = [
    "Direction",
    "Edge",
    "Factorization",
    "FailureReason",
    "Loop",
    "Solution",
    "SolveStatus",
    "factorize",
    "find_loops",
    "reaches",
]
