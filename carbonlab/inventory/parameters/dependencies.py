"""Which definition needs which: the order of evaluation, loops, and the chain that leads to a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from carbonlab.errors import FormulaError
from carbonlab.inventory.formulas import Formula


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A parameter or the amount of an exchange: a plain number, or a formula of other definitions."""

    label: str
    """Name of the parameter, or what the exchange is called in messages."""
    where: str
    """Process and exchange in whose scope it stands."""
    formula: Formula | None
    uses: Mapping[str, int]
    """Name in the formula → number of the definition that it means; constants are not among them."""
    problem: FormulaError | None = None
    """Why its formula cannot be read, or which of its names is unknown."""

    @property
    def has_formula(self) -> bool:
        """Whether it is computed, or should be: a formula that cannot be read counts."""
        return self.formula is not None or self.problem is not None


def evaluation_order(definitions: Sequence[Definition]) -> tuple[list[int], dict[int, FormulaError]]:
    """Return the definitions so that each comes after those it uses, and an error for each that is on a loop.

    Definitions on a loop, and those that use them, are in the order too; their values cannot be computed.
    """
    order: list[int] = []
    loops: dict[int, FormulaError] = {}
    is_done = [False] * len(definitions)
    for start in range(len(definitions)):
        if not is_done[start]:
            _visit(definitions, start, is_done, order, loops)
    return order, loops


def _visit(
    definitions: Sequence[Definition],
    start: int,
    is_done: list[bool],
    order: list[int],
    loops: dict[int, FormulaError],
) -> None:
    """Walk down from one definition, with a stack of our own: chains may be longer than Python's."""
    path = [start]
    open_at = {start: 0}
    waiting = [iter(definitions[start].uses.values())]
    while path:
        following = next(waiting[-1], None)
        if following is None:
            number = path.pop()
            waiting.pop()
            del open_at[number]
            is_done[number] = True
            order.append(number)
        elif following in open_at:
            _note_loop(definitions, path[open_at[following] :], loops)
        elif not is_done[following]:
            open_at[following] = len(path)
            path.append(following)
            waiting.append(iter(definitions[following].uses.values()))


def _note_loop(
    definitions: Sequence[Definition], loop: Sequence[int], loops: dict[int, FormulaError]
) -> None:
    labels = [definitions[number].label for number in loop]
    first = definitions[loop[0]]
    error = FormulaError(
        f"parameters are defined by each other in a circle: {arrows([*labels, labels[0]])}",
        where=first.where,
        why="none of them has a value to begin with",
        remedy=f"give one of them a number, for example {labels[0]!r}"
        + (
            ""
            if len(loop) > 1
            else "; to use a parameter of a wider scope in it, give the inner one another name"
        ),
    )
    for number in loop:
        loops.setdefault(number, error)


def arrows(labels: Iterable[str]) -> str:
    """Return names as a chain: a -> b -> c."""
    return " -> ".join(labels)


def chain_to(
    definitions: Sequence[Definition], start: int, failed: Mapping[int, FormulaError | None]
) -> list[int]:
    """Return the definitions from one that failed to the one whose own mistake it is.

    Parameters
    ----------
    definitions : sequence of Definition
    start : int
        A definition that failed.
    failed : mapping of int to FormulaError or None
        What failed: with an error of its own, or with None because of something that it uses.
    """
    chain = [start]
    while failed[chain[-1]] is None:
        chain.append(next(used for used in definitions[chain[-1]].uses.values() if used in failed))
    return chain


def error_with_chain(
    definitions: Sequence[Definition], start: int, failed: Mapping[int, FormulaError | None]
) -> FormulaError:
    """Return the error of a definition, with the chain that led to the mistake if it lies further down."""
    chain = chain_to(definitions, start, failed)
    cause = failed[chain[-1]]
    assert cause is not None
    labels = arrows(definitions[number].label for number in chain)
    reached = f"reached by {labels}" if len(chain) > 1 else f"in {labels}"
    return FormulaError(
        cause.what,
        where=", ".join(part for part in (cause.where, reached, definitions[start].where) if part),
        why=cause.why,
        remedy=cause.remedy,
    )
