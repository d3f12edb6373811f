"""Which products are simulated: those that a study asks for, or one unit of every product of its inventory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import StudyError
from carbonlab.monte_carlo.moments import FloatArray, IntArray
from carbonlab.results.evaluation import Evaluation
from carbonlab.system.product_system import ProductSystem
from carbonlab.system.study import Study, reference_amount
from carbonlab.vocabulary import Status

ALL = "all"
"""Asks for one unit of every product."""
MOST_PAIRED = 64
"""Products of which every pair is compared draw by draw: pairs grow with the square."""

Asked = str | tuple[str, ...] | None
"""`ALL`, keys of units of analysis, or all units of analysis."""


@dataclass(frozen=True, eq=False)
class Products:
    """Products with their columns; every array is (products,).

    Attributes
    ----------
    key, name, unit : text
        What they are called, and the unit that `amount` is in.
    amount : float
        As asked.
    column : int
        Column of A.
    demand : float
        Amount in the unit of the column's flow, with the sign of the column (−1: a waste that is treated).
    is_all : bool
        Whether these are all products of the inventory.
    """

    key: list[str]
    name: list[str]
    unit: list[str]
    amount: FloatArray
    column: IntArray
    demand: FloatArray
    is_all: bool

    def __len__(self) -> int:
        return len(self.column)

    def statuses(self, evaluation: Evaluation) -> NDArray[np.object_]:
        """Return what the static number of each product is worth under a rule set (products,)."""
        system = evaluation.system
        found = np.array([Status(word) for word in evaluation.status[self.column]], object)
        process, flow = system.columns.process[self.column], system.columns.flow[self.column]
        words = [system.database.column("processes", name)[process] for name in ("name", "category")]
        words.append(system.database.column("flows", "name")[flow])
        for place, own in enumerate(zip(self.name, *words, strict=True)):
            if not system.rule_set.applies(*(str(word or "") for word in own)):
                found[place] = Status.NOT_APPLICABLE
        return found


def products_of(study: Study, system: ProductSystem, asked: Asked) -> Products:
    """Return the products that are asked for; the same under every rule set.

    Raises
    ------
    StudyError
        If a key is not one of the study's.
    """
    if asked == ALL:
        return _all(system)
    units = study.units
    if asked is not None:
        keys = (asked,) if isinstance(asked, str) else asked
        unknown = sorted(set(keys) - {unit.key for unit in units})
        if unknown or not keys:
            raise StudyError(
                f"study {study.key!r} asks for no product {unknown[0]!r}"
                if unknown
                else "no product is asked for",
                remedy=f"use 'all', or some of {', '.join(unit.key for unit in units)}",
            )
        units = tuple(unit for unit in units if unit.key in keys)
    column = np.array([system.column_of(unit.process, unit.flow) for unit in units], np.int64)
    flow_units = system.database.column("flows", "unit")[system.columns.flow[column]]
    demand = [reference_amount(unit, own) for unit, own in zip(units, flow_units, strict=True)]
    return Products(
        key=[unit.key for unit in units],
        name=[unit.name for unit in units],
        unit=[unit.unit or str(own) for unit, own in zip(units, flow_units, strict=True)],
        amount=np.array([unit.amount for unit in units]),
        column=column,
        demand=np.array(demand) * system.sign[column],
        is_all=False,
    )


def _all(system: ProductSystem) -> Products:
    columns, database = system.columns, system.database
    process = database.column("processes", "id")[columns.process]
    flow = database.column("flows", "id")[columns.flow]
    return Products(
        key=[f"{p} {f}" for p, f in zip(process, flow, strict=True)],
        name=database.column("processes", "name")[columns.process].tolist(),
        unit=database.column("flows", "unit")[columns.flow].tolist(),
        amount=np.ones(len(columns)),
        column=np.arange(len(columns), dtype=np.int64),
        demand=system.sign.copy(),
        is_all=True,
    )


def asked_of(products: Sequence[str] | str | None) -> Asked:
    """Return what is asked for in a form that can be compared and sent."""
    return products if products is None or isinstance(products, str) else tuple(products)


def paired_products(products: Products, named: Sequence[str] | None) -> tuple[int, ...]:
    """Return the positions of the products that are compared with each other draw by draw; none, or two at least.

    Parameters
    ----------
    products : Products
        All that are simulated.
    named : sequence of str, optional
        Keys of those to compare. By default a study's own products, if there are no more than `MOST_PAIRED`; of all
        products of an inventory none.

    Raises
    ------
    StudyError
        If a key is not among the products, is named twice or alone, or there are too many.
    """
    if named is None:
        count = len(products)
        return tuple(range(count)) if not products.is_all and 1 < count <= MOST_PAIRED else ()
    keys = (named,) if isinstance(named, str) else tuple(named)
    position = {key: i for i, key in enumerate(products.key)}
    unknown = [key for key in keys if key not in position]
    if unknown:
        raise StudyError(
            f"there is no product {unknown[0]!r} to compare with others",
            where="product_pairs",
            why="a comparison that was asked for would be missing",
            remedy=f"use keys of products that are simulated, such as {', '.join(products.key[:3])}",
        )
    if keys and (len(keys) == 1 or len(set(keys)) < len(keys) or len(keys) > MOST_PAIRED):
        raise StudyError(
            f"{len(keys)} products are named to be compared with each other",
            where="product_pairs",
            why=f"they have to be 2 to {MOST_PAIRED} different ones: pairs grow with the square",
            remedy="name those whose order matters, each once",
        )
    return tuple(position[key] for key in keys)
