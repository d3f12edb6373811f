"""What a widget asks: a study as it is, some of its products, or everything that one process makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carbonlab.errors import StudyError
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.vocabulary import FlowKind

Products = str | Sequence[str] | Sequence[UnitOfAnalysis]

RuleSets = Sequence[RuleSet] | Callable[[], Sequence[RuleSet]]
"""Rule sets that are compared, or what says which they are when it is asked."""


def co_products(database: Database, process: str) -> tuple[UnitOfAnalysis, ...]:
    """Return everything that one run of a process makes, each product in the amount that it makes of it.

    Raises
    ------
    NotFoundError
        If the database has no such process.
    StudyError
        If the process makes nothing.
    """
    found = _outputs(database, process)
    if not found:
        raise StudyError(
            f"process {process!r} of {database.meta.name!r} makes no product",
            why="there is nothing whose footprint could be shown",
            remedy="name a process with products; a treatment of waste is asked for by a study",
        )
    return found


def _outputs(database: Database, process: str) -> tuple[UnitOfAnalysis, ...]:
    found = []
    for exchange in database.process(process).exchanges:
        flow = database.flow(exchange.flow)
        if flow.kind == FlowKind.PRODUCT and not exchange.is_input and not exchange.is_avoided:
            found.append(
                UnitOfAnalysis(
                    key=flow.id,
                    name=flow.name,
                    process=process,
                    flow=flow.id,
                    amount=exchange.amount,
                    unit=flow.unit,
                )
            )
    return tuple(found)


def study_of(question: Study | Database, products: Products, rule_set: RuleSet) -> Study:
    """Return the study that a widget works on.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory with `products` saying what is asked of it.
    products : str or sequence
        Of an inventory: the id of a process, for everything that one run of it makes, or units of analysis.
        Of a study: keys of its products; none for all.
    rule_set : RuleSet
        The rule set that the study of an inventory begins with.

    Raises
    ------
    StudyError
        If the products do not say what is asked.
    """
    if isinstance(question, Study):
        return _some_of(question, [products] if isinstance(products, str) else list(products))
    if isinstance(products, str):
        name = question.process(products).name
        title = message("widget.one_run", process=name)
        units, key = co_products(question, products), products
    else:
        units = tuple(unit for unit in products if isinstance(unit, UnitOfAnalysis))
        title, key = question.meta.name, "bench"
        if not units or len(units) < len(products):
            raise StudyError(
                "it is not said what is asked of the inventory",
                remedy="give products='ID OF A PROCESS', or a list of UnitOfAnalysis",
            )
    return Study(key=key, title=title, units=units, databases=(question,), rule_sets=(rule_set,))


def question_under(
    question: Study | Database, products: Products, rule_sets: Sequence[RuleSet | str] | RuleSets
) -> tuple[Study, RuleSets]:
    """Return the study that a widget works on, and the rule sets that it compares: by default those of the study.

    Parameters
    ----------
    question, products
        As for `study_of`.
    rule_sets : sequence of RuleSet or str, or callable
        A callable is asked whenever the work begins.

    Raises
    ------
    StudyError, RuleError, NotFoundError
        If the products do not say what is asked, or there is no such rule set.
    """
    if callable(rule_sets):
        return study_of(question, products, find_rule_set("default")), rule_sets
    found = tuple(find_rule_set(rules) for rules in rule_sets)
    study = study_of(question, products, found[0] if found else find_rule_set("default"))
    return study, found or study.rule_sets


def _some_of(study: Study, keys: Sequence[str | UnitOfAnalysis]) -> Study:
    return study.with_products(*map(str, keys)) if keys else study


def source_of(question: Study | Database, products: Products, source: str) -> str:
    """Return the Python expression that gives what a widget works on: of a study, the products that were named.

    Examples
    --------
    >>> from carbonlab.system.study_file import read_study
    >>> from carbonlab.teaching import study_path
    >>> source_of(read_study(study_path()), "urea", "own")
    "own.with_products('urea')"
    """
    if not isinstance(question, Study) or not products or not source:
        return source
    keys = [products] if isinstance(products, str) else [str(key) for key in products]
    return f"{source}.with_products({', '.join(map(repr, keys))})"


def is_one_run(study: Study) -> bool:
    """Whether the products are all that one run of one process makes, so that their sum means something."""
    if len(study.databases) != 1 or study.foreground is not None:
        return False
    database, process = study.databases[0], study.units[0].process
    return database.has_process(process) and study.units == _outputs(database, process)
