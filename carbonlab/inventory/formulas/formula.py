"""Formulas of parameters and exchanges, as openLCA and Brightway write them.

A formula is arithmetic and nothing else: numbers, names, ``+ - * / ^ ** div mod``, comparisons,
``and or not``, brackets, ``pi``, ``e``, ``true``, ``false`` and the functions of
`carbonlab.inventory.formulas.functions`. Nothing is ever handed to Python for evaluation, and length, depth
and size are bounded, because formulas come from other people's files.

Two dialects differ where the tools do:

=====================  ===================================  =========================================
subject                ``Dialect.OPENLCA``                  ``Dialect.BRIGHTWAY``
=====================  ===================================  =========================================
``log(x)``             base 10, as ``lg`` and ``log10``     base e, as ``ln``
``round(2.5)``         3: halves go up                      2: halves go to the even number
power                  ``^``, from the left; ``-2^2`` = 4   ``**``, from the right; ``-2**2`` = −4
names                  any spelling of upper and lower case exactly as defined
``& |``                and, or                              refused: Python binds them too tightly
``%``                  refused: percentage or remainder?    remainder with the divisor's sign
truth and numbers      kept apart                           true counts as 1, a number ≠ 0 as true
=====================  ===================================  =========================================

Arguments are parted by ``;`` or ``,``, in one call by one of them; decimals have a point. ``random`` is
refused: a parameter has a distribution instead. ``int`` and ``frac`` cut towards zero at any size, where
openLCA's stop at 2³¹.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import functions
from carbonlab.inventory.formulas.evaluation import Evaluation, Result
from carbonlab.inventory.formulas.functions import Value
from carbonlab.inventory.formulas.operators import is_reserved
from carbonlab.inventory.formulas.parser import parse
from carbonlab.inventory.formulas.tree import Call, Dialect, Name, Node, formula_error

__all__ = ["Dialect", "Formula", "is_reserved", "parse_formula"]

Amount = float | NDArray[np.float64]
"""A number, or one per draw (draws,)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formula:
    """A formula that was read.

    Attributes
    ----------
    text : str
        As written.
    dialect : Dialect
        Whose rules it follows.
    tree : Number, Name or Call
        What it computes.
    names : tuple of str
        The names in it, as spelled, in the order of their first appearance. ``pi`` and ``e`` are among them:
        a parameter of that name hides the constant.

    Examples
    --------
    >>> formula = parse_formula("distance * load / 1000")
    >>> formula.names
    ('distance', 'load')
    >>> formula.evaluate({"distance": 500.0, "load": [10.0, 20.0]})
    array([ 5., 10.])
    >>> formula.derivatives({"distance": 500.0, "load": 10.0})
    {'distance': 0.01, 'load': 0.5}
    """

    text: str
    dialect: Dialect
    tree: Node
    names: tuple[str, ...]

    def evaluate(self, values: Mapping[str, ArrayLike]) -> Amount:
        """Return the value of the formula.

        Parameters
        ----------
        values : mapping of str to float or array (draws,)
            Value of each name.

        Returns
        -------
        float or array (draws,)
            A number if every value is one.

        Raises
        ------
        FormulaError
            If a name has no value, arrays differ in length, or the result is not a finite number.
        """
        bound, draws = self._bound(values)
        return _plain(self._run(bound, frozenset(), draws).value, draws)

    def linearize(
        self, values: Mapping[str, ArrayLike], names: Iterable[str] | None = None
    ) -> tuple[Amount, dict[str, Amount]]:
        """Return the value of the formula and its derivatives by some names (default: all but constants).

        Parameters and exceptions as in `evaluate`; a derivative that is not finite raises too. At a kink the
        branch that is active counts.
        """
        bound, draws = self._bound(values)
        wanted = frozenset(self.names if names is None else names)
        if names is None:
            wanted -= {name for name in self.names if _find(name, values, self.dialect) is None}
        result = self._run(bound, wanted, draws)
        slopes = {
            name: _plain(result.slopes.get(name, np.float64(0.0)), draws)
            for name in self.names
            if name in wanted
        }
        return _plain(result.value, draws), slopes

    def derivatives(
        self, values: Mapping[str, ArrayLike], names: Iterable[str] | None = None
    ) -> dict[str, Amount]:
        """Return the partial derivatives of the formula by some names (see `linearize`).

        Returns
        -------
        dict of str to float or array (draws,)
            Keyed by the names as this formula spells them.
        """
        return self.linearize(values, names)[1]

    def _run(self, bound: Mapping[str, Value], names: frozenset[str], draws: int | None) -> Result:
        return Evaluation(self.text, bound, names, draws).run(self.tree)

    def _bound(self, values: Mapping[str, ArrayLike]) -> tuple[dict[str, Value], int | None]:
        """Give every name of the formula its value, and count the draws."""
        bound: dict[str, Value] = {}
        draws: int | None = None
        for name in self.names:
            key = _find(name, values, self.dialect)
            if key is None and name_of_constant(name) is None:
                raise self.unknown_name(name, values)
            value = np.asarray(
                functions.CONSTANTS[name.lower()] if key is None else values[key], dtype=np.float64
            )
            if value.ndim > 1 or (value.ndim and draws not in (None, value.size)):
                raise FormulaError(
                    f"the values of the formula {self.text!r} differ in their number of draws",
                    where=f"{name!r} has the shape {value.shape}"
                    + (f", others have {draws} draws" if draws else ""),
                    remedy="give a number, or one value per draw, for every name",
                )
            draws = value.size if value.ndim else draws
            bound[name] = value[()]
        return bound, draws

    def unknown_name(self, name: str, known: Iterable[str]) -> FormulaError:
        """Return the error for a name that means nothing here, with the names that resemble it."""
        names = sorted(set(known))
        near = get_close_matches(name.lower(), [candidate.lower() for candidate in names], n=3)
        alike = [candidate for candidate in names if candidate.lower() in near]
        remedy = "define it as a parameter of the process or of the database, or correct the name"
        if alike:
            remedy = f"did you mean {' or '.join(map(repr, alike))}? Otherwise {remedy}"
        return formula_error(
            self.text, self.position_of(name), f"the name {name!r} is unknown", remedy=remedy
        )

    def position_of(self, name: str) -> int:
        """Return where (characters from 0) a name first stands in the formula."""
        return next((node.position for node in _names(self.tree) if node.name == name), 0)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


def parse_formula(text: str, *, dialect: Dialect = Dialect.OPENLCA) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        For example ``if(load > 0; fuel / load; 0)``.
    dialect : Dialect
        Whose rules to follow where tools disagree.

    Raises
    ------
    FormulaError
        If the text is no formula; the message shows it and points at the place.
    """
    tree = parse(text, dialect)
    return Formula(text, dialect, tree, tuple(dict.fromkeys(node.name for node in _names(tree))))


def name_of_constant(name: str) -> str | None:
    """Return the constant that a name means where no parameter has it: pi, e, or None."""
    return name.lower() if name.lower() in functions.CONSTANTS else None


def _names(tree: Node) -> list[Name]:
    """Return the names of a tree in the order of the text."""
    found: list[Name] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name):
            found.append(node)
        elif isinstance(node, Call):
            waiting.extend(node.arguments)
    return sorted(found, key=lambda name: name.position)


def _find(name: str, values: Mapping[str, ArrayLike], dialect: Dialect) -> str | None:
    """Return the key of a name: the same spelling first, then (openLCA) any other."""
    if name in values:
        return name
    if dialect is Dialect.OPENLCA:
        return next((key for key in values if key.lower() == name.lower()), None)
    return None


def _plain(value: Value, draws: int | None) -> Amount:
    """Return a Python float, or an array with one value per draw that nobody else holds."""
    if draws is None:
        return float(value)
    return np.array(np.broadcast_to(value, (draws,)), dtype=np.float64)
