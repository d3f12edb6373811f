"""Walk the tree of a formula: values, and exact derivatives carried along (forward mode).

Only what counts is evaluated: the branch of an ``if`` that a draw does not take may divide by zero there.
So every value is computed for a set of draws, and ``if``, ``and`` and ``or`` hand smaller sets down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import functions
from carbonlab.inventory.formulas.functions import Value, finite
from carbonlab.inventory.formulas.tree import Call, Name, Node, Number, formula_error


class Result(NamedTuple):
    """A value, and its derivative by each name that was asked for and that it depends on."""

    value: Value
    slopes: Mapping[str, Value]


class Evaluation:
    """One evaluation of a formula.

    Parameters
    ----------
    text : str
        The formula, for messages.
    values : mapping of str to float or array (draws,)
        A value for every name of the formula.
    names : set of str
        The names to differentiate by.
    draws : int or None
        Length of the arrays; None if every value is a number.
    """

    def __init__(
        self, text: str, values: Mapping[str, Value], names: frozenset[str], draws: int | None
    ) -> None:
        self.text = text
        self.values = values
        self.names = names
        self.draws = draws

    def run(self, tree: Node) -> Result:
        """Return the value of the formula and its derivatives.

        Raises
        ------
        FormulaError
            If a value or a derivative is not a finite number.
        """
        with np.errstate(all="ignore"):
            return self._result(tree, None)

    def _result(self, node: Node, lanes: NDArray[np.intp] | None) -> Result:
        """Evaluate a node for some draws (`lanes`; None for all).

        The left side of the tree is walked in a loop: a long sum is deep there.
        """
        spine: list[Call] = []
        while isinstance(node, Call) and not node.function.is_lazy:
            spine.append(node)
            node = node.arguments[0]
        if isinstance(node, Number):
            found = Result(node.value if node.is_truth else np.float64(node.value), {})
        elif isinstance(node, Name):
            found = self._named(node, lanes)
        elif node.function is functions.IF:
            found = self._choice(node, lanes)
        else:
            found = Result(self._and_or(node, lanes), {})
        for call in reversed(spine):
            arguments = [found, *(self._result(argument, lanes) for argument in call.arguments[1:])]
            found = self._apply(call, arguments, lanes)
        return found

    def _named(self, node: Name, lanes: NDArray[np.intp] | None) -> Result:
        value = self.values[node.name]
        if lanes is not None and np.ndim(value):
            value = value[lanes]
        self._check_finite(node, value, lanes, f"the value of {node.name!r} is not a finite number")
        return Result(value, {node.name: np.float64(1.0)} if node.name in self.names else {})

    def _apply(self, call: Call, arguments: list[Result], lanes: NDArray[np.intp] | None) -> Result:
        function = call.function
        values = [argument.value for argument in arguments]
        value = function.value(*values)
        if not function.gives_truth and not finite(value).all():
            raise self._not_finite(call, values, value, lanes)
        slopes: dict[str, Value] = {}
        for i, argument in enumerate(arguments):
            if argument.slopes and function.slope is not None:
                partial = function.slope(i, values, value)
                for name, slope in argument.slopes.items():
                    # an infinite slope of a clipped argument (slope 0) does not count
                    step = (
                        partial * slope
                        if finite(partial).all()
                        else np.where(slope == 0.0, 0.0, partial * slope)
                    )
                    slopes[name] = slopes[name] + step if name in slopes else step
        for name, slope in slopes.items():
            self._check_finite(call, slope, lanes, f"{function.name!r} has no finite derivative by {name!r}")
        return Result(value, slopes)

    # -- only the draws that take a branch ---------------------------------------------------------

    def _choice(self, call: Call, lanes: NDArray[np.intp] | None) -> Result:
        condition = self._result(call.arguments[0], lanes).value
        if np.ndim(condition) == 0:
            return self._result(call.arguments[1 if condition else 2], lanes)
        taken = [np.flatnonzero(condition), np.flatnonzero(~condition)]
        if not taken[0].size or not taken[1].size:
            return self._result(call.arguments[1 if taken[0].size else 2], lanes)
        branches = [
            self._result(branch, part if lanes is None else lanes[part])
            for branch, part in zip(call.arguments[1:], taken, strict=True)
        ]
        value = _merged(condition, taken, [branch.value for branch in branches])
        names = [
            *branches[0].slopes,
            *(name for name in branches[1].slopes if name not in branches[0].slopes),
        ]
        slopes = {
            name: _merged(condition, taken, [branch.slopes.get(name, 0.0) for branch in branches])
            for name in names
        }
        return Result(value, slopes)

    def _and_or(self, call: Call, lanes: NDArray[np.intp] | None) -> Value:
        """Evaluate later conditions only where the earlier ones have not decided."""
        decided_by = call.function is functions.OR
        result = self._result(call.arguments[0], lanes).value
        for argument in call.arguments[1:]:
            if np.ndim(result) == 0:
                if bool(result) == decided_by:
                    break
                result = self._result(argument, lanes).value
                continue
            undecided = np.flatnonzero(result != decided_by)
            if undecided.size:
                result = result.copy()
                part = undecided if lanes is None else lanes[undecided]
                result[undecided] = self._result(argument, part).value
        return result

    # -- refusing ----------------------------------------------------------------------------------

    def _check_finite(self, node: Node, value: Value, lanes: NDArray[np.intp] | None, what: str) -> None:
        good = finite(value)
        if not good.all():
            raise formula_error(
                self.text,
                node.position,
                what + self._which(good, lanes),
                why="an amount that is not a number would spread through the whole system",
                remedy="give it a finite value, or guard the place with if(condition; a; b)",
            )

    def _not_finite(
        self, call: Call, values: list[Value], value: Value, lanes: NDArray[np.intp] | None
    ) -> FormulaError:
        function = call.function
        good = finite(value)
        index = int(np.argmin(good))
        at = [_pick(item, index) for item in values]
        shown = ", ".join(f"{item:.6g}" for item in at)
        if function.domain and (np.isnan(_pick(value, index)) or 0.0 in at or function.most == 1):
            what = f"{function.name!r} has no value for {shown}: {function.domain}"
        else:
            what = f"{function.name!r} of {shown} is too large to be a number"
        return formula_error(
            self.text,
            call.position,
            what + self._which(good, lanes),
            why="an amount that is not a number would spread through the whole system",
            remedy="check the values of its parameters, or guard the place with if(condition; a; b)",
        )

    def _which(self, good: NDArray[np.bool_], lanes: NDArray[np.intp] | None) -> str:
        """Say in which draws something failed; nothing if there is only one."""
        if self.draws is None or not good.ndim:
            return ""
        bad = np.flatnonzero(~good)
        first = bad[0] if lanes is None else lanes[bad[0]]
        return f" (in {len(bad)} of {self.draws} draws, first in draw {first})"


def _merged(condition: NDArray[np.bool_], taken: list[NDArray[np.intp]], parts: list[Value]) -> Value:
    kind = np.result_type(*(np.asarray(part) for part in parts))
    merged = np.empty(condition.shape, kind)
    for rows, part in zip(taken, parts, strict=True):
        merged[rows] = part
    return merged


def _pick(value: Value, index: int) -> float:
    return float(value[index]) if np.ndim(value) else float(value)
