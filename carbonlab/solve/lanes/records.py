"""What goes in and out of solving lanes: where values come from, what is handed over, what is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from carbonlab.solve.equilibration import FloatArray

LaneNumbers = NDArray[np.int64]
LaneValues = NDArray[np.float32]


class LaneStage(Enum):
    """Which stage answered; the value is the message."""

    SWEEPS = "sweeps with the lane's own incomplete elimination"
    KRYLOV = "BiCGSTAB on the lane's own matrix"
    REARRANGED = "BiCGSTAB on the lane's own matrix, its equations matched to its unknowns anew"
    DIRECT = "a factorization of the lane's own matrix"
    NONE = "no stage"


class LaneStatus(Enum):
    """What is known of a lane; the value is the message."""

    PROVED = "every unknown is within the bound on its error, which is proved"
    ESTIMATED = "every unknown is within the bound on its error, which is estimated"
    FAILED = "no stage reached the bound: its unknowns are not numbers"


class LaneSource(Protocol):
    """Values of lanes, whatever they come from; called by several threads at once."""

    def fill(self, lanes: LaneNumbers, values: LaneValues, right: FloatArray) -> None:
        """Write the values of some lanes.

        Parameters
        ----------
        lanes : integers (w,)
            Numbers of the lanes, in any order.
        values : array (r, w), written
            Entries of A, in the order of the plan.
        right : array (k, n, w), written
            Right-hand sides; only the rows of ``plan.right_rows`` matter.
        """


class HasIsSet(Protocol):
    """Something like `threading.Event`."""

    def is_set(self) -> bool:
        """Return whether to stop."""


@final
@dataclass(frozen=True, eq=False)
class LaneBlock:
    """Some lanes, solved. Its arrays are used again for other lanes: copy what is to be kept.

    Attributes
    ----------
    lanes : integers (w,)
        Numbers of the lanes.
    x : array (k, o, w)
        Unknowns that were asked for; NaN in a lane that failed.
    status, stage : tuples (w,)
        What is known of each lane, and the last stage that one of its right-hand sides needed.
    residual : array (k, w)
        Largest residual of an equation, relative to its terms.
    error : array (k, w)
        Bound on the error of the worst unknown, relative to the sum of its absolute contributions.
    sweeps : array (k, w)
        Sweeps of the first stage.
    failures : mapping of int to tuple of int
        Lanes that failed, with the unknowns that are to blame.
    """

    lanes: LaneNumbers
    x: FloatArray
    status: tuple[LaneStatus, ...]
    stage: tuple[LaneStage, ...]
    residual: FloatArray
    error: FloatArray
    sweeps: FloatArray
    failures: Mapping[int, tuple[int, ...]]


Consumer = Callable[[LaneBlock], None]


@final
@dataclass(frozen=True)
class LaneReport:
    """What happened to all lanes of one call.

    Attributes
    ----------
    lanes : int
        How many were solved.
    stages : mapping
        How many each stage answered.
    statuses : mapping
        How many have each status.
    compiled : bool
        Whether the kernels were compiled; without them everything is slower, and the first stage is left out.
    threads : int
        Blocks worked on at the same time.
    fill, solve, consume, total : float
        [s]: time to get values and to solve, summed over threads; in the consumer; of the whole call.
    error, residual : float
        The largest of lanes that did not fail.
    sweeps : float
        Mean number of the first stage, per right-hand side.
    cancelled : bool
        Whether it was stopped before the last lane.
    """

    lanes: int
    stages: Mapping[LaneStage, int]
    statuses: Mapping[LaneStatus, int]
    compiled: bool
    threads: int
    fill: float
    solve: float
    consume: float
    total: float
    error: float
    residual: float
    sweeps: float
    cancelled: bool
