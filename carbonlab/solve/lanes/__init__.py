"""Many systems of equations on one pattern: lanes, eight at a time.

`plan_lanes` looks at the pattern and the base values once; `solve_lanes` solves any number of lanes, each with a bound
on its error. Arrays only.
"""

from carbonlab.solve.lanes.entries import LaneDirection
from carbonlab.solve.lanes.plan import LanePlan, plan_lanes
from carbonlab.solve.lanes.records import LaneBlock, LaneReport, LaneSource, LaneStage, LaneStatus
from carbonlab.solve.lanes.solving import solve_lanes

__all__ = [
    "LaneBlock",
    "LaneDirection",
    "LanePlan",
    "LaneReport",
    "LaneSource",
    "LaneStage",
    "LaneStatus",
    "plan_lanes",
    "solve_lanes",
]
