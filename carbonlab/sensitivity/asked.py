"""Which footprint a sensitivity is about: one product of a study under one rule set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from carbonlab.errors import RefusedError
from carbonlab.monte_carlo.products import products_of
from carbonlab.provenance import canonical_json, installed_versions
from carbonlab.results.calculate import evaluate
from carbonlab.results.evaluation import Evaluation
from carbonlab.results.schema import IMPACT_UNIT, SCHEMA_VERSION
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.study import Study, check_study
from carbonlab.vocabulary import Status


@dataclass(frozen=True, eq=False)
class AskedFootprint:
    """One product of a study under one rule set, solved.

    Attributes
    ----------
    study : Study
        With that one product and that one rule set.
    evaluation : Evaluation
    column : int
        Column that supplies the product.
    demand : float
        In the unit of the column's flow.
    name, unit : str
        What the product is called, and ``kg CO2e per …``.
    plan : SamplingPlan
        How uncertain numbers are spread: that of the study, as independent streams.
    """

    study: Study
    evaluation: Evaluation
    column: int
    demand: float
    name: str
    unit: str
    plan: SamplingPlan

    def attributes(self, kind: str) -> dict[str, Any]:
        """Return the attributes that every sensitivity carries."""
        return common_attributes(self.study, self.evaluation.system.rule_set, self.plan, kind) | {
            "product": self.study.units[0].key,
            "product_name": self.name,
            "unit": self.unit,
            "status": str(self.evaluation.status[self.column]),
        }


def common_attributes(study: Study, rules: RuleSet, plan: SamplingPlan, kind: str) -> dict[str, Any]:
    """Return the attributes that say what a sensitivity belongs to."""
    return {
        "schema": SCHEMA_VERSION,
        "kind": kind,
        "study": study.key,
        "title": study.title,
        "study_digest": study.digest,
        "rule_set": rules.key,
        "rule_set_digest": rules.digest,
        "seed": str(plan.seed),
        "lognormal_keeps": plan.lognormal_keeps,
        "sign_changes": plan.sign_changes,
        "pedigree": plan.pedigree,
        "versions": canonical_json(dict(installed_versions())),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def footprint_of(
    study: Study,
    *,
    product: str | None = None,
    rule_set: RuleSet | str | None = None,
    evaluation: Evaluation | None = None,
) -> AskedFootprint:
    """Return what a sensitivity is about.

    Parameters
    ----------
    study : Study
    product : str, optional
        Key of a unit of analysis; by default the first one.
    rule_set : RuleSet or str, optional
        By default the first one of the study.
    evaluation : Evaluation, optional
        The study's inventory under that rule set, if it is solved already.

    Raises
    ------
    StudyError
        If the study has no such product.
    RefusedError
        If the product has no footprint under the rule set.
    """
    check_study(study, "sensitivity")
    rules = study.rule_sets[0] if rule_set is None else find_rule_set(rule_set)
    key = study.units[0].key if product is None else product
    solved = evaluation if evaluation is not None else evaluate(study.with_rule_sets(rules))[0]
    products = products_of(study, solved.system, (key,))
    status = products.statuses(solved)[0]
    if not Status(status).has_number:
        raise RefusedError(
            f"product {key!r} has no footprint under {solved.system.rule_set.key!r}: {status}",
            why="there is nothing that could be sensitive to anything",
            remedy="look at the findings, or choose another rule set",
        )
    plan = (study.sampling or SamplingPlan()).replace(kind="streams", inputs=())
    asked = tuple(unit for unit in study.units if unit.key == key)
    column = int(products.column[0])
    return AskedFootprint(
        study=replace(study, units=asked).with_rule_sets(solved.system.rule_set),
        evaluation=solved,
        column=column,
        demand=float(products.demand[0] * solved.system.sign[column]),
        name=products.name[0],
        unit=f"{IMPACT_UNIT} per {products.amount[0]:g} {products.unit[0]}",
        plan=plan,
    )
