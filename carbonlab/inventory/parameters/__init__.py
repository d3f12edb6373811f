"""Parameters of a database, process or exchange: scopes, evaluation, amounts of formulas and their Jacobian."""

from carbonlab.inventory.parameters.checking import TOLERANCE, check_formulas, with_formula_amounts
from carbonlab.inventory.parameters.scopes import ParameterKey
from carbonlab.inventory.parameters.table import ParameterTable

__all__ = ["TOLERANCE", "ParameterKey", "ParameterTable", "check_formulas", "with_formula_amounts"]
