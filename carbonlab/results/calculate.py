"""Study → xarray.Dataset: one call from question to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from carbonlab.errors import StudyError
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.provenance import canonical_json, installed_versions
from carbonlab.results.contributions import by_elementary_flow, by_process
from carbonlab.results.delay import delay_effect
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.results.in_memory import Placed, build_dataset
from carbonlab.results.life_cycle import split_by_state
from carbonlab.results.reference import product_of, solver
from carbonlab.results.schema import SCHEMA_VERSION, VARIABLES, check_result
from carbonlab.results.shared_solves import SharedFactorizations
from carbonlab.rules.ruleset import RuleSet
from carbonlab.solve import Solution
from carbonlab.system.pipeline import SharedStages, build_inventory
from carbonlab.system.study import Study, UnitOfAnalysis, check_study, reference_amount
from carbonlab.vocabulary import Component, LifeCycleStage, Status

Progress = Callable[[str], None]
"""Is told what begins."""


def calculate(
    study: Study, rule_set: RuleSet | str | None = None, *, progress: Progress | None = None
) -> xr.Dataset:
    """Return the carbon footprint of every product of a study.

    Parameters
    ----------
    study : Study
        What is asked.
    rule_set : RuleSet or str, optional
        Answer under this rule set only; by default under all rule sets of the study.
    progress : callable, optional
        Is told what begins.

    Returns
    -------
    xarray.Dataset
        Under the written schema (`carbonlab.results.schema`).

    Raises
    ------
    StudyError, RefusedError, RuleError, SolveError
        If the study, the rules or the system do not admit a trustworthy number.
    """
    check_study(study, "calculate")
    chosen = study if rule_set is None else study.with_rule_sets(rule_set)
    return collect(chosen, evaluate(chosen, progress=progress))


def evaluate(study: Study, *, progress: Progress | None = None) -> tuple[Evaluation, ...]:
    """Return the solved product system of a study under each of its rule sets, for questions beyond the dataset."""
    return tuple(each_evaluation(study, progress=progress))


def each_evaluation(study: Study, *, progress: Progress | None = None) -> Iterator[Evaluation]:
    """Yield what `evaluate` returns, one rule set after the other, for those who show how far it is."""
    keys = [rules.key for rules in study.rule_sets]
    if len(set(keys)) < len(keys):
        raise StudyError(
            f"two rule sets of study {study.key!r} have the same key",
            why="their results could not be told apart",
            remedy="give each its own key",
        )
    shared = SharedFactorizations()
    inventory = build_inventory(study.databases, foreground=study.foreground)
    stages = SharedStages(inventory, solve=solver(product_of(study.units), shared=shared))
    for rules in study.rule_sets:
        if progress:
            progress(message("progress.rule_set", key=rules.key))
        yield evaluate_system(stages.build(rules), shared=shared)


def collect(study: Study, evaluations: Sequence[Evaluation]) -> xr.Dataset:
    """Return the dataset of a study's evaluations, checked against the schema."""
    result = _side_by_side([_of_rule_set(study, evaluation) for evaluation in evaluations])
    for name, variable in VARIABLES.items():
        result[name].attrs = {"units": variable.units, "long_name": variable.long_name}
    methods = sorted({evaluation.factorization.method for evaluation in evaluations})
    result.attrs = _attributes(study, result, "; ".join(methods))
    check_result(result)
    return result


def _side_by_side(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    if len(parts) == 1:
        return parts[0]
    return xr.concat(
        parts,
        "rule_set",
        join="outer",
        fill_value=_FILL,
        combine_attrs="drop_conflicts",
        coords="minimal",
        compat="override",
        data_vars="all",
    )


_FILL = {"footprint": 0.0, "inventory": 0.0, "intensity": np.nan}


def _of_rule_set(study: Study, evaluation: Evaluation) -> xr.Dataset:
    answers = [_Answer(study, evaluation, unit) for unit in study.units]
    years = sorted({year for answer in answers for _, year in answer.states} | {0.0})
    gases = sorted({channel.gas for channel in evaluation.channels})
    system = evaluation.system
    processes, columns = system.database.column, system.columns
    own_flow = columns.flow
    coords: dict[str, Any] = {
        "rule_set": [system.rule_set.key],
        "rule_set_digest": ("rule_set", [system.rule_set.digest]),
        "rule_set_title": ("rule_set", [system.rule_set.title]),
        "structure_digest": ("rule_set", [system.structure_digest]),
        "product": [unit.key for unit in study.units],
        "product_name": ("product", [unit.name for unit in study.units]),
        "product_amount": ("product", [unit.amount for unit in study.units]),
        "product_unit": ("product", [answer.unit for answer in answers]),
        "unit_type": ("product", [unit.unit_type for unit in study.units]),
        "stage": [str(stage) for stage in LifeCycleStage],
        "year": years,
        "gas": gases,
        "component": [str(component) for component in Component],
        "in_total": (
            ("rule_set", "component"),
            [[component not in system.work.apart for component in Component]],
        ),
        "process": processes("processes", "id"),
        "process_name": ("process", processes("processes", "name")),
        "process_location": ("process", processes("processes", "location")),
        "elementary_flow": system.intervention_labels,
        "elementary_flow_name": ("elementary_flow", processes("flows", "name")[system.interventions]),
        "column": np.arange(len(columns)),
        "column_process": ("column", processes("processes", "id")[columns.process]),
        "column_flow": ("column", processes("flows", "id")[own_flow]),
        "column_unit": ("column", processes("flows", "unit")[own_flow]),
    }
    variables = _product_variables(answers, years, gases) | _column_variables(evaluation)
    data = {
        name: (("rule_set", *VARIABLES[name].dims[1:]), values[None]) for name, values in variables.items()
    }
    return build_dataset(data, {name: _placed(name, value) for name, value in coords.items()})


def _placed(name: str, value: Any) -> Placed:
    """Return dimensions and array; object arrays of text become fixed-width text, which NetCDF keeps as it is."""
    dims, values = value if isinstance(value, tuple) else (name, value)
    array = np.asarray(values)
    return (dims,) if isinstance(dims, str) else dims, array.astype(str) if array.dtype == object else array


class _Answer:
    """One product under one rule set."""

    def __init__(self, study: Study, evaluation: Evaluation, unit: UnitOfAnalysis) -> None:
        system = evaluation.system
        self.evaluation = evaluation
        self.column = system.column_of(unit.process, unit.flow)
        flow = int(system.columns.flow[self.column])
        flow_unit = system.database.column("flows", "unit")[flow]
        self.unit = unit.unit or flow_unit
        self.status = Status(evaluation.status[self.column])
        if not system.rule_set.applies(
            unit.name, *_names(system.database, int(system.columns.process[self.column]), flow)
        ):
            self.status = Status.NOT_APPLICABLE
        demand = reference_amount(unit, flow_unit)
        channels = len(evaluation.channels)
        self.solution: Solution | None = None
        if self.status.has_number:
            self.solution = evaluation.run(self.column, demand)
            sign = system.sign[self.column]
            self.states = split_by_state(
                system,
                self.column,
                sign * demand,
                evaluation.adjoint.x,
                evaluation.weights,
                repeats=evaluation.repeats,
            )
            self.delay = delay_effect(evaluation, self.states)
        else:
            self.delay = {}
            self.states = {(LifeCycleStage.PRODUCTION, 0.0): np.full(channels, np.nan)}

    def by_gas(self, years: list[float], gases: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return footprint and inventory (stage, year, gas, component)."""
        stages, components = list(LifeCycleStage), list(Component)
        shape = (len(stages), len(years), len(gases), len(components))
        impact, mass = np.zeros(shape), np.zeros(shape)
        for (stage, year), masses in self.states.items():
            for channel, kilograms in zip(self.evaluation.channels, masses, strict=True):
                here = (stages.index(LifeCycleStage(stage)), years.index(year), gases.index(channel.gas))
                mass[(*here, components.index(channel.component))] += kilograms
                impact[(*here, components.index(channel.component))] += kilograms * channel.factor
        for (stage, year), effects in self.delay.items():
            for channel, effect in zip(self.evaluation.channels, effects, strict=True):
                here = (stages.index(LifeCycleStage(stage)), years.index(year), gases.index(channel.gas))
                impact[(*here, components.index(Component.DELAY_EFFECT))] += effect
        return impact, mass


def _names(database: Database, process: int, flow: int) -> tuple[str, ...]:
    """Return what a product is called in the inventory: name and category of its process, name of its flow."""
    process_names = (
        str(database.processes[column][process].as_py() or "") for column in ("name", "category")
    )
    return (*process_names, str(database.flows["name"][flow].as_py()))


def _product_variables(answers: list[_Answer], years: list[float], gases: list[str]) -> dict[str, np.ndarray]:
    pairs = [answer.by_gas(years, gases) for answer in answers]
    solved = [answer.solution for answer in answers]
    footprint = np.stack([impact for impact, _ in pairs])
    evaluation = answers[0].evaluation
    counted = np.array([component not in evaluation.system.work.apart for component in Component])
    total = footprint.sum(axis=(1, 2, 3)) @ counted.astype(float)  # NaN stays NaN
    worst = max((float(np.max(answer.evaluation.adjoint.residual)) for answer in answers), default=0.0)
    return {
        "footprint": footprint,
        "inventory": np.stack([mass for _, mass in pairs]),
        "total": total,
        "status": np.array([str(answer.status) for answer in answers]),
        "residual": np.array([max(worst, float(s.residual.max())) if s else np.nan for s in solved]),
        "error_estimate": np.array([float(s.error.max()) if s else np.nan for s in solved]),
        "process_contribution": np.stack(
            [
                by_process(evaluation, s.x)
                if s
                else np.full(evaluation.system.database.processes.num_rows, np.nan)
                for s in solved
            ]
        ),
        "flow_contribution": np.stack(
            [
                by_elementary_flow(evaluation, s.x)
                if s
                else np.full(len(evaluation.system.interventions), np.nan)
                for s in solved
            ]
        ),
    }


def _column_variables(evaluation: Evaluation) -> dict[str, np.ndarray]:
    components = list(Component)
    by_component = np.zeros((len(evaluation.system.columns), len(components)))
    for number, channel in enumerate(evaluation.channels):
        by_component[:, components.index(channel.component)] += (
            evaluation.mass_intensity[:, number] * channel.factor
        )
    return {
        "intensity": by_component,
        "column_status": evaluation.status.astype(str),
        "column_basis": evaluation.system.columns.basis.astype(str),
    }


def _attributes(study: Study, result: xr.Dataset, solver: str) -> dict[str, str | float]:
    return {
        "schema": SCHEMA_VERSION,
        "study": study.key,
        "title": study.title,
        "study_digest": study.digest,
        "database_digests": canonical_json({db.meta.name: db.digest for db in study.databases}),
        "foreground_digest": study.foreground.digest if study.foreground is not None else "",
        "solver": solver,
        "versions": canonical_json(dict(installed_versions())),
        "seed": "none: static values",
        "residual_max": float(np.nanmax(result["residual"].values, initial=0.0)),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
