"""A study under several scenarios of its data: the same call and the same numbers, with a dimension
`scenario`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from carbonlab.errors import StudyError
from carbonlab.messages import message
from carbonlab.provenance import canonical_json
from carbonlab.results.calculate import Progress, calculate
from carbonlab.results.schema import VARIABLES
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.scenario import DEFAULT, Scenario, apply_scenario
from carbonlab.system.study import Study

_FILL = {"footprint": 0.0, "inventory": 0.0}
"""What a year that only another scenario has stands for; everything else has the same axes."""


def calculate_scenarios(
    study: Study,
    scenarios: Sequence[Scenario],
    rule_set: RuleSet | str | None = None,
    *,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the carbon footprint of every product of a study under each scenario.

    Parameters
    ----------
    study : Study
        What is asked.
    scenarios : sequence of Scenario
        Changes of data; the default one (no changes) is put first unless it is among them.
    rule_set : RuleSet or str, optional
        Answer under this rule set only; by default under all rule sets of the study: rules and scenarios
        are combined freely.
    progress : callable, optional
        Is told what begins.

    Returns
    -------
    xarray.Dataset
        As `carbonlab.results.calculate.calculate`, each variable with a dimension ``scenario``;
        ``sel(scenario="default")`` holds the
        numbers of the plain study, bit for bit. Coordinates ``study_digest`` and ``scenario_digest``
        (scenario,).

    Raises
    ------
    StudyError
        If two scenarios have the same key, or one without changes is called otherwise than ``default``.
    TableError
        If a change of a scenario leads nowhere.
    """
    chosen = list(scenarios) if any(scenario.is_default for scenario in scenarios) else [DEFAULT, *scenarios]
    keys = [scenario.key for scenario in chosen]
    if len(set(keys)) < len(keys):
        raise StudyError(
            "two scenarios have the same key",
            where=", ".join(keys),
            why="their results could not be told apart",
            remedy="rename one",
        )
    parts, digests = [], []
    for scenario in chosen:
        if progress:
            progress(message("progress.scenario", key=scenario.key, count=len(scenario.changes)))
        changed = apply_scenario(study, scenario)
        digests.append(changed.digest)
        parts.append(_part(calculate(changed, rule_set, progress=progress), scenario))
    result = xr.concat(
        parts,
        "scenario",
        join="outer",
        fill_value=_FILL,
        coords="minimal",
        compat="override",
        data_vars="all",
        combine_attrs="drop_conflicts",
    )
    for name, variable in VARIABLES.items():
        result[name].attrs = {"units": variable.units, "long_name": variable.long_name}
    result = result.assign_coords(
        study_digest=("scenario", digests),
        scenario_digest=("scenario", [scenario.digest for scenario in chosen]),
    )
    result.attrs["study_digest"] = study.digest
    result.attrs["residual_max"] = float(np.nanmax(result["residual"].values, initial=0.0))
    result.attrs["scenarios"] = canonical_json({scenario.key: len(scenario.changes) for scenario in chosen})
    return result


def _part(result: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    structure = result["structure_digest"]
    plain = result.drop_vars("structure_digest").expand_dims(scenario=[scenario.key])
    return plain.assign_coords(structure_digest=(("scenario", "rule_set"), structure.values[None]))
