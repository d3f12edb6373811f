"""Values and derivatives of definitions that use each other, each computed after those it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Amount
from carbonlab.inventory.parameters.dependencies import error_with_chain
from carbonlab.inventory.parameters.scopes import Definitions

Failures: TypeAlias = dict[int, FormulaError | None]
"""Definition that has no value → its own mistake, or None if it uses something that has none."""


def needed_by(definitions: Definitions, wanted: Iterable[int]) -> NDArray[np.bool_]:
    """Return which definitions (definitions,) are wanted or used by one that is."""
    needed = np.zeros(len(definitions.items), dtype=bool)
    waiting = list(wanted)
    while waiting:
        number = waiting.pop()
        if not needed[number]:
            needed[number] = True
            waiting.extend(definitions.items[number].uses.values())
    return needed


def values_of(
    definitions: Definitions, wanted: Iterable[int], changed: Mapping[int, Amount]
) -> tuple[dict[int, Amount], Failures]:
    """Return the values of what is wanted or needed, in an order of evaluation, and what has none.

    Parameters
    ----------
    definitions : Definitions
    wanted : iterable of int
        Numbers of definitions.
    changed : mapping of int to float or array (draws,)
        Values of input parameters other than the stored ones.
    """
    order, loops = definitions.order
    needed = needed_by(definitions, wanted)
    values: dict[int, Amount] = {}
    failed: Failures = {}
    for number in order:
        if not needed[number]:
            continue
        item = definitions.items[number]
        if item.problem or number in loops:
            failed[number] = item.problem or loops[number]
        elif any(used in failed for used in item.uses.values()):
            failed[number] = None
        else:
            try:
                values[number] = _value(definitions, number, values, changed)
            except FormulaError as error:
                failed[number] = error
    return values, failed


def _value(
    definitions: Definitions, number: int, values: Mapping[int, Amount], changed: Mapping[int, Amount]
) -> Amount:
    item = definitions.items[number]
    if item.formula is not None:
        return item.formula.evaluate({name: values[used] for name, used in item.uses.items()})
    value = changed.get(number, float(definitions.stored[number]))
    if not np.isfinite(value).all():
        raise FormulaError(
            f"the parameter {item.label!r} has no value",
            where=item.where,
            why="an amount that is not a number would spread through the whole system",
            remedy="give it a finite number or a formula",
        )
    return value


def slopes_of(
    definitions: Definitions, values: Mapping[int, Amount], columns: Mapping[int, int]
) -> dict[int, dict[int, float]]:
    """Return the derivative of every definition by the inputs that it depends on.

    Parameters
    ----------
    definitions : Definitions
    values : mapping of int to float
        What `values_of` returned: each definition after those it uses.
    columns : mapping of int to int
        Column of each input parameter.

    Returns
    -------
    dict of int to dict of int to float
        Definition → {column: derivative}, by the chain rule.

    Raises
    ------
    FormulaError
        If a derivative is not finite.
    """
    slopes: dict[int, dict[int, float]] = {}
    for number in values:
        item = definitions.items[number]
        if item.formula is None:
            slopes[number] = {columns[number]: 1.0}
            continue
        try:
            partials = item.formula.derivatives({name: values[used] for name, used in item.uses.items()})
        except FormulaError as error:
            raise error_with_chain(definitions.items, number, {number: error}) from None
        total: dict[int, float] = {}
        for name, partial in partials.items():
            for column, slope in slopes[item.uses[name]].items():
                total[column] = total.get(column, 0.0) + float(partial) * slope
        slopes[number] = total
    return slopes
