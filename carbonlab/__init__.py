"""carbonlab: product carbon footprints in which accounting rules are objects.

``import carbonlab`` loads nothing but this module: every name below, and every sub-module, is imported when
it is first used, so that a script which computes one footprint does not wait for reports and widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names once more, for type checkers and editors; a test compares the two lists
    from carbonlab.compare.attribute_draws import attribute_draws as attribute_draws
    from carbonlab.compare.comparison import compare as compare
    from carbonlab.errors import CarbonlabError as CarbonlabError
    from carbonlab.formats import read as read
    from carbonlab.inventory.builder import DatabaseBuilder as DatabaseBuilder
    from carbonlab.inventory.database import Database as Database
    from carbonlab.inventory.search import find_process as find_process
    from carbonlab.inventory.search import search as search
    from carbonlab.inventory.store import load_database as load_database
    from carbonlab.inventory.store import save_database as save_database
    from carbonlab.messages.catalogue import set_language as set_language
    from carbonlab.monte_carlo.simulate import simulate as simulate
    from carbonlab.results.calculate import calculate as calculate
    from carbonlab.results.store import load_result as load_result
    from carbonlab.results.store import save_result as save_result
    from carbonlab.rules.rulefile import list_rule_sets as list_rule_sets
    from carbonlab.rules.rulefile import load_rule_set as load_rule_set
    from carbonlab.rules.rulefile import read_rule_set as read_rule_set
    from carbonlab.rules.rulefile import write_rule_set as write_rule_set
    from carbonlab.rules.ruleset import RuleSet as RuleSet
    from carbonlab.sensitivity.data_and_rules import data_and_rules as data_and_rules
    from carbonlab.sensitivity.first_order import first_order as first_order
    from carbonlab.sensitivity.global_sensitivity import global_sensitivity as global_sensitivity
    from carbonlab.sensitivity.perturbation import perturb as perturb
    from carbonlab.sensitivity.screening import screen as screen
    from carbonlab.system.study import Study as Study
    from carbonlab.system.study import UnitOfAnalysis as UnitOfAnalysis
    from carbonlab.system.study_file import read_study as read_study
    from carbonlab.system.study_file import write_study as write_study
    from carbonlab.teaching import list_studies as list_studies
    from carbonlab.teaching import load_teaching_inventory as load_teaching_inventory
    from carbonlab.teaching import study_path as study_path

    __version__: str

_HOME_OF_NAME = {
    "CarbonlabError": "carbonlab.errors",
    "Database": "carbonlab.inventory.database",
    "DatabaseBuilder": "carbonlab.inventory.builder",
    "RuleSet": "carbonlab.rules.ruleset",
    "Study": "carbonlab.system.study",
    "UnitOfAnalysis": "carbonlab.system.study",
    "attribute_draws": "carbonlab.compare.attribute_draws",
    "calculate": "carbonlab.results.calculate",
    "compare": "carbonlab.compare.comparison",
    "data_and_rules": "carbonlab.sensitivity.data_and_rules",
    "find_process": "carbonlab.inventory.search",
    "first_order": "carbonlab.sensitivity.first_order",
    "global_sensitivity": "carbonlab.sensitivity.global_sensitivity",
    "list_rule_sets": "carbonlab.rules.rulefile",
    "list_studies": "carbonlab.teaching",
    "load_database": "carbonlab.inventory.store",
    "load_result": "carbonlab.results.store",
    "load_rule_set": "carbonlab.rules.rulefile",
    "load_teaching_inventory": "carbonlab.teaching",
    "perturb": "carbonlab.sensitivity.perturbation",
    "read": "carbonlab.formats",
    "read_rule_set": "carbonlab.rules.rulefile",
    "read_study": "carbonlab.system.study_file",
    "save_database": "carbonlab.inventory.store",
    "save_result": "carbonlab.results.store",
    "screen": "carbonlab.sensitivity.screening",
    "search": "carbonlab.inventory.search",
    "simulate": "carbonlab.monte_carlo.simulate",
    "set_language": "carbonlab.messages.catalogue",
    "study_path": "carbonlab.teaching",
    "write_rule_set": "carbonlab.rules.rulefile",
    "write_study": "carbonlab.system.study_file",
}
"""The public names and the module that each lives in. To publish a name, add it here and above."""

__all__ = ["__version__", *sorted(_HOME_OF_NAME)]

if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise believe that every attribute exists

    def __getattr__(name: str) -> Any:
        """Import a public name or a sub-module on first use."""
        if name == "__version__":
            value = import_module("importlib.metadata").version("carbonlab")
        elif name in _HOME_OF_NAME:
            value = getattr(import_module(_HOME_OF_NAME[name]), name)
        elif not name.startswith("_") and import_module("importlib.util").find_spec(f"carbonlab.{name}"):
            value = import_module(f"carbonlab.{name}")
        else:
            raise AttributeError(f"module 'carbonlab' has no attribute {name!r}")
        return globals().setdefault(name, value)  # an imported package keeps its name: carbonlab.compare


def __dir__() -> list[str]:
    """List the public names, also those that were not used yet."""
    return sorted({*globals(), *__all__})
