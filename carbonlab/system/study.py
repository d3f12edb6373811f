"""A study: goal and scope, units of analysis, its own foreground, and the databases and rules it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from carbonlab.arguments import check_kind, check_kinds, checked_number, describe
from carbonlab.display.record import record_html
from carbonlab.errors import ArgumentError, StudyError, UnitError
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Flow
from carbonlab.inventory.search import find_process
from carbonlab.inventory.views import flow_at
from carbonlab.provenance import digest_of_json
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.sampling.plan import SamplingPlan
from carbonlab.system.display import study_html
from carbonlab.system.find_product import find_product
from carbonlab.units import check_convertible, conversion_factor

GOAL = ("application", "reasons", "audience", "communication")
"""The four fields that state the goal (ISO 14067 6.3.2, summary)."""

SCOPE = (
    "system",
    "functions",
    "boundary",
    "geography",
    "time_boundary",
    "data_quality",
    "use_and_end_of_life",
    "allocation",
    "special_flows",
    "category_issues",
    "review",
    "limitations",
)
"""The fields that state the scope (ISO 14067 6.3.3, summary)."""

SERVICE_LIFE = "service_life"
"""Field of the scope that a functional unit needs where the product is in use for a time, and others do not."""

_READ = "read one: read(path), load_database(folder) or load_teaching_inventory()"


@dataclass(frozen=True, kw_only=True)
class UnitOfAnalysis:
    """A functional or declared unit with its reference flow.

    Attributes
    ----------
    key, name : str
        Short key and the words that a reader sees, e.g. "1 t of Portland cement at the factory gate".
    unit_type : str
        ``functional`` or ``declared`` (for partial footprints only).
    process, flow : str
        Ids of the process and of the functional flow that it supplies; an empty flow means the reference
        flow.
    amount : float
        Amount of the reference flow, in `unit`.
    unit : str
        Any unit that converts to the flow's; empty for the flow's own.
    """

    key: str
    name: str
    process: str
    amount: float
    flow: str = ""
    unit: str = ""
    unit_type: str = "declared"

    def _repr_html_(self) -> str:
        return record_html(self)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Study:
    """A product carbon footprint study; frozen, `replace` makes a variant.

    Attributes
    ----------
    units : tuple of UnitOfAnalysis
        What is asked.
    databases : tuple of Database
        Attached inventories.
    foreground : Database, optional
        Processes and links that the study models itself.
    rule_sets : tuple of RuleSet
        Under which it is answered.
    goal, scope : mapping of str to str
        See `GOAL` and `SCOPE`; what is not known is left out here and printed as missing in the report.
    sampling : SamplingPlan, optional
        How uncertain numbers are drawn; none if the study does not say.
    """

    key: str
    title: str
    units: tuple[UnitOfAnalysis, ...]
    databases: tuple[Database, ...]
    rule_sets: tuple[RuleSet, ...]
    foreground: Database | None = None
    goal: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    reference_year: str = ""
    sampling: SamplingPlan | None = None

    def __post_init__(self) -> None:
        self._check_kinds()
        for what, given, known in (("goal", self.goal, GOAL), ("scope", self.scope, (*SCOPE, SERVICE_LIFE))):
            unknown = sorted(set(given) - set(known))
            if unknown:
                raise StudyError(
                    f"the {what} of study {self.key!r} has a field {unknown[0]!r}",
                    why="the report would not show it",
                    remedy=f"use {', '.join(known)}",
                )
        keys = [unit.key for unit in self.units]
        if not keys or len(set(keys)) < len(keys):
            raise StudyError(
                f"study {self.key!r} has no products, or two of the same key",
                remedy="add [[products]] entries with keys of their own",
            )
        if not self.databases and self.foreground is None:
            raise StudyError(
                f"study {self.key!r} has no inventory", remedy="add [[databases]] or [foreground]"
            )
        if not self.rule_sets:
            raise StudyError(
                f"study {self.key!r} names no rule set", remedy='add sets = ["default"] under [rules]'
            )
        for unit in self.units:
            if unit.unit_type not in ("functional", "declared"):
                raise StudyError(
                    f"product {unit.key!r} has the unit type {unit.unit_type!r}",
                    remedy="use functional or declared",
                )
            amount = checked_number(unit.amount, name=f"the amount of product {unit.key!r}")
            if not 0 < amount < 1e30:
                raise StudyError(
                    f"product {unit.key!r} asks for an amount of {unit.amount}",
                    why="a footprint is relative to a quantified unit; less than nothing of a product is none",
                    remedy="give a finite amount greater than zero, also of a waste: it is the amount treated",
                )
            self._check_unit(unit)

    def _check_kinds(self) -> None:
        where = f"Study {self.key!r}"
        inventories = (*self.databases, *([] if self.foreground is None else [self.foreground]))
        check_kinds(inventories, Database, name="an inventory", where=where, remedy=_READ)
        check_kinds(self.rule_sets, RuleSet, name="a rule set", where=where, remedy="use load_rule_set(key)")
        check_kinds(self.units, UnitOfAnalysis, name="a product", where=where, remedy="make a UnitOfAnalysis")

    def _check_unit(self, unit: UnitOfAnalysis) -> None:
        """Refuse a unit that cannot measure the product, if the product can be told before the rules are applied."""
        if not unit.unit:
            return
        inventories = (*([] if self.foreground is None else [self.foreground]), *self.databases)
        for database in inventories:
            if database.has_process(unit.process):
                flow = _flow_of(unit, database, inventories)
                break
        else:
            return
        if flow is None or flow.unit == unit.unit:
            return
        try:
            check_convertible(unit.unit, flow.unit)
        except UnitError as error:
            raise UnitError(
                error.what,
                where=f"product {unit.key!r}: {flow.name or flow.id} is measured in {flow.unit}",
                why=error.why,
                remedy=(f"{error.remedy} " if error.remedy.startswith("did you mean") else "")
                + f"ask for an amount in {flow.unit}, or in a unit that converts to it",
            ) from error

    @staticmethod
    def of(
        database: Database,
        process: str,
        *,
        amount: float = 1.0,
        unit: str = "",
        flow: str = "",
        rule_sets: Sequence[str | RuleSet] = ("default",),
    ) -> Study:
        """Return the study that asks for one product of one database.

        Parameters
        ----------
        database : Database
            The inventory.
        process : str
            The process that supplies the product: its id, its name, or words that only one process has
            (`carbonlab.find_process`).
        amount, unit, flow
            See `UnitOfAnalysis`.
        rule_sets : sequence of str or RuleSet
            Rule sets, or keys of packaged ones.

        Raises
        ------
        NotFoundError
            If the database has no such process, or several.
        ArgumentError
            If something given is of another kind: the two arguments exchanged, or an amount as text.
        StudyError, UnitError
            If the amount is not positive, or its unit cannot measure the product.
        """
        where = "Study.of(database, process)"
        check_kind(database, Database, name="the first argument", where=where, remedy=_READ)
        check_kind(
            process,
            str,
            name="the second argument",
            where=where,
            remedy="give the id or the name of a process",
        )
        process = find_process(database, process)
        record = database.process_row(process)
        name = database.processes["name"][record].as_py()
        if isinstance(rule_sets, str | RuleSet):
            raise ArgumentError(
                f"rule_sets has to be a list of rule sets; {describe(rule_sets)} was given",
                where=where,
                remedy="put it in brackets: rule_sets=[...]",
            )
        chosen = tuple(map(find_rule_set, rule_sets))
        asked = UnitOfAnalysis(key="product", name=name, process=process, flow=flow, amount=amount, unit=unit)
        return Study(key=process, title=name, units=(asked,), databases=(database,), rule_sets=chosen)

    def with_rule_sets(self, *rule_sets: RuleSet | str) -> Study:
        """Return the study under other rule sets."""
        chosen = tuple(map(find_rule_set, rule_sets))
        return replace(self, rule_sets=chosen)

    def with_products(self, *keys: str) -> Study:
        """Return the study of some of its products, named by key, name, or words that only one of them has.

        Raises
        ------
        StudyError
            If it has no such product, or several.
        """
        known = {unit.key: unit for unit in self.units}
        found = [find_product(self.units, key, study=self.key) for key in keys]
        return replace(self, units=tuple(known[key] for key in found))

    def with_sampling(self, plan: SamplingPlan | None) -> Study:
        """Return the study under another sampling plan."""
        return replace(self, sampling=plan)

    @cached_property
    def digest(self) -> str:
        """Digest of everything asked and everything that the answer stands on."""
        drawn = {"sampling": self.sampling.digest} if self.sampling is not None else {}
        return digest_of_json(
            "study",
            {
                "units": [asdict(unit) for unit in self.units],
                "databases": [db.digest for db in self.databases],
                "foreground": self.foreground.digest if self.foreground is not None else "",
                "rule_sets": [rules.digest for rules in self.rule_sets],
                "goal": dict(self.goal),
                "scope": dict(self.scope),
                "reference_year": self.reference_year,
                **drawn,
            },
        )

    def __repr__(self) -> str:
        lines = [f"Study {self.key!r}: {self.title} [{self.digest}]"]
        lines += [
            f"  {unit.key}: {unit.amount:g} {unit.unit or 'of the reference flow'}, {unit.name}"
            for unit in self.units
        ]
        lines += [f"  on {db.meta.name} {db.meta.version}" for db in self.databases]
        lines += [f"  under {rules.key}: {rules.title}" for rules in self.rule_sets]
        if self.sampling is not None:
            lines += [f"  {self.sampling.draws} draws by {self.sampling.kind}, seed {self.sampling.seed}"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return study_html(self)


def check_study(study: object, asked: str) -> None:
    """Check that what a public function was given is a study.

    Parameters
    ----------
    study : object
        What was given.
    asked : str
        Name of the function.

    Raises
    ------
    ArgumentError
        If it is something else.
    """
    check_kind(
        study,
        Study,
        name="what is asked",
        where=f"{asked}(study)",
        remedy="make one: Study.of(database, process), or read_study(path)",
    )


def _flow_of(unit: UnitOfAnalysis, database: Database, inventories: Sequence[Database]) -> Flow | None:
    """Return the flow that a unit of analysis asks for; None if the inventory does not tell it without rules."""
    if unit.flow:
        return next((db.flow(unit.flow) for db in inventories if db.has_flow(unit.flow)), None)
    rows = database.exchange_rows(database.process_row(unit.process))
    flow, is_reference = (database.column("exchanges", name)[rows] for name in ("flow", "is_reference"))
    stated = set(flow[is_reference].tolist())
    return flow_at(database, stated.pop()) if len(stated) == 1 else None


def reference_amount(unit: UnitOfAnalysis, flow_unit: str) -> float:
    """Return the amount of a unit of analysis in the unit of its reference flow.

    Raises
    ------
    UnitError
        If the units do not convert.
    """
    if unit.unit in ("", flow_unit):  # also for units that only this database knows
        return unit.amount
    return unit.amount * conversion_factor(unit.unit, flow_unit)
