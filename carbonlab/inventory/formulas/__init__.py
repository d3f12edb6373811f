"""The language of formulas: reading, evaluating and differentiating arithmetic, never by Python's own evaluation."""

from carbonlab.inventory.formulas.formula import (
    Amount,
    Dialect,
    Formula,
    is_reserved,
    name_of_constant,
    parse_formula,
)

__all__ = ["Amount", "Dialect", "Formula", "is_reserved", "name_of_constant", "parse_formula"]
