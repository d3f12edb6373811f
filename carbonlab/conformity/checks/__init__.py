"""The checks, one module per group of requirements; importing this package registers them."""

from carbonlab.conformity.checks import (
    allocation,
    boundary,
    characterization,
    data_quality,
    electricity,
    goal_and_unit,
    interpretation,
    principles,
    special_flows,
    stages,
    stated_choices,
    time_use_end_of_life,
)

__all__ = [
    "allocation",
    "boundary",
    "characterization",
    "data_quality",
    "electricity",
    "goal_and_unit",
    "interpretation",
    "principles",
    "special_flows",
    "stages",
    "stated_choices",
    "time_use_end_of_life",
]
