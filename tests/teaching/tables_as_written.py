"""The teaching tables as they are written: read with the csv module alone, to trust no code under test."""

from __future__ import annotations

import ast
import csv
import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TEACHING = HERE.parents[1] / "carbonlab" / "teaching"
FOLDERS = (TEACHING / "inventory", TEACHING / "studies" / "foreground")
"""Each holds chapters: sub-folders with tables of their own."""
OPTIONAL = ("provider", "formula", "metric", "kind")
VALUE_TABLES = ("exchanges", "properties", "parameters", "allocation")

_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FIGURE = re.compile(r"figures: (?P<name>(?:\([^()]*\)|.)+?)(?=; | \+ figures: |$)")
_FACTOR = re.compile(r"; x (?P<factor>[0-9.e+-]+)(?:;|$)")
_ARITHMETIC = re.compile(r"(?:computed|stoichiometry): (?P<expression>[^;]+)")

Row = Mapping[str, str]


@dataclass(frozen=True)
class Origin:
    """What the comment of a value says of where its number comes from."""

    figures: tuple[str, ...]
    factor: float
    expression: str
    """Arithmetic with numbers only; empty if the number stands alone."""


def chapters(folder: Path) -> list[Path]:
    """Return the sub-folders that hold tables, in the order of their names."""
    return sorted({path.parent for path in folder.glob("*/*.csv")})


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_with_every_column(row) for row in csv.DictReader(file)]


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a table of all chapters; a source that several chapters repeat stands once."""
    found = [row for chapter in chapters(folder) for row in rows_of(chapter / f"{table}.csv")]
    return list({row["id"]: row for row in found}.values()) if table == "sources" else found


def each_value() -> Iterator[tuple[str, Row]]:
    """Return every row that carries a value, with a name for messages."""
    for folder in FOLDERS:
        for chapter in chapters(folder):
            for table in VALUE_TABLES:
                for number, row in enumerate(rows_of(chapter / f"{table}.csv"), start=2):
                    yield f"{folder.name}/{chapter.name}/{table}.csv:{number}", row


def _with_every_column(row: dict[str, str]) -> dict[str, str]:
    """Return a row with the columns that a chapter may leave out, empty."""
    return dict.fromkeys(OPTIONAL, "") | row


def value_of(row: Row) -> float | None:
    """Return the number of a row; None where a formula stands in its place."""
    text = row.get("amount") or row.get("value") or row.get("share") or ""
    return float(text) if text else None


def origin_of(row: Row) -> Origin:
    """Return what the comment says of the origin of the number."""
    comment = row["comment"]
    factor = _FACTOR.search(comment)
    arithmetic = _ARITHMETIC.search(comment)
    return Origin(
        figures=tuple(match["name"] for match in _FIGURE.finditer(comment)),
        factor=float(factor["factor"]) if factor else 1.0,
        expression=arithmetic["expression"] if arithmetic else "",
    )


def numbers_in(expression: str) -> set[float]:
    """Return the numbers that stand in an arithmetic expression."""
    tree = ast.walk(ast.parse(expression, mode="eval"))
    return {float(node.value) for node in tree if isinstance(node, ast.Constant)}  # type: ignore[arg-type]


def arithmetic(expression: str, names: Mapping[str, float] | None = None) -> float:
    """Return the value of an expression of numbers, names and the four operations."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(_OPERATIONS[type(node.op)](value(node.left), value(node.right)))  # type: ignore[index]
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name) and names is not None:
            return names[node.id]
        raise ValueError(f"no arithmetic: {ast.unparse(node)}")

    return value(ast.parse(expression, mode="eval").body)


def parameters() -> dict[str, float]:
    """Return the parameters of the inventory; their formulas are of numbers only."""
    found = [row for folder in FOLDERS for row in rows(folder, "parameters")]
    return {
        row["name"]: float(row["amount"]) if row["amount"] else arithmetic(row["formula"]) for row in found
    }


def amounts() -> Iterator[tuple[Row, float]]:
    """Return the exchanges of inventory and foreground with their amounts, formulas evaluated."""
    names = parameters()
    for folder in FOLDERS:
        for row in rows(folder, "exchanges"):
            yield row, arithmetic(row["formula"], names) if row.get("formula") else float(row["amount"])
