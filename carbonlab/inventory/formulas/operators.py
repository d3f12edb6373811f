"""The operators of formulas: how tightly they bind, and which dialect refuses which."""

from __future__ import annotations

from carbonlab.inventory.formulas import functions
from carbonlab.inventory.formulas.functions import Function
from carbonlab.inventory.formulas.tree import Dialect

COMPARISON, SIGN = 5, 9
"""How tightly comparisons and a sign in front of an operand bind."""
OPERATORS: dict[str, tuple[int, int, Function]] = {
    "or": (1, 2, functions.OR), "|": (1, 2, functions.OR), "||": (1, 2, functions.OR),
    "xor": (2, 3, functions.XOR),
    "and": (3, 4, functions.AND), "&": (3, 4, functions.AND), "&&": (3, 4, functions.AND),
    "<": (5, 6, functions.LESS), "<=": (5, 6, functions.LESS_EQUAL),
    "=": (5, 6, functions.EQUAL), "==": (5, 6, functions.EQUAL),
    "<>": (5, 6, functions.NOT_EQUAL), "!=": (5, 6, functions.NOT_EQUAL),
    ">=": (5, 6, functions.GREATER_EQUAL), ">": (5, 6, functions.GREATER),
    "+": (6, 7, functions.ADD), "-": (6, 7, functions.SUBTRACT),
    "*": (7, 8, functions.MULTIPLY), "/": (7, 8, functions.DIVIDE),
    "div": (7, 8, functions.INTEGER_DIVIDE), "mod": (7, 8, functions.MODULO),
    "//": (7, 8, functions.FLOOR_DIVIDE), "%": (7, 8, functions.FLOOR_MODULO),
    "^": (8, 9, functions.POWER),
    "**": (10, 9, functions.POWER),
}  # fmt: skip
"""Sign or word → how tightly it binds on its left, on its right, and what it computes."""

REFUSED: dict[Dialect, dict[str, tuple[str, str]]] = {
    Dialect.OPENLCA: {
        "%": (
            "the sign % means a percentage to some and a remainder to others",
            "write /100, or mod for the remainder",
        ),
        "//": (
            "the sign // is not known in openLCA's formulas",
            "write floor(a/b), or a div b for whole numbers",
        ),
    },
    Dialect.BRIGHTWAY: {
        "^": ("the sign ^ is not a power in Brightway's formulas", "write **"),
        "&": ("the sign & binds tighter than a comparison in Brightway's formulas", "write and"),
        "|": ("the sign | binds tighter than a comparison in Brightway's formulas", "write or"),
        "div": ("Brightway's formulas have no operator div", "write //"),
        "mod": ("Brightway's formulas have no operator mod", "write %, which has the sign of the divisor"),
    },
}
"""Sign → what is wrong with it in a dialect, and what to write instead."""

RESERVED = frozenset({"or", "and", "xor", "not", "div", "mod", "if", "else", "true", "false"})
"""Names that a parameter cannot have, because a formula would read them as something else."""


def is_reserved(name: str) -> bool:
    """Whether a formula reads a name as an operator or truth value, so that no parameter can have it."""
    return name.lower() in RESERVED
