"""Find a product: a search box and a grid over every product of an inventory, however many there are.

The kernel finds, orders and cuts; the browser gets the rows in sight and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as ipw
import traitlets

from carbonlab.errors import RefusedError
from carbonlab.inventory.database import Database
from carbonlab.inventory.product_list import FIELDS, Lines, ProductList, build_product_list
from carbonlab.messages import message, shown_name
from carbonlab.report.export import Column, Table
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.code import DISPLAY, inventory_lines, shown
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.take_along import TakeAlong
from carbonlab.widgets.view import View

WIDE = ("product", "process")
"""Columns that need more room."""
SHOWN = ("product", "process", "location", "unit", "category")
WORDS = ("search", "hint", "grid", "sort", "enter_empty", "enter_near")
"""Texts that the browser writes by itself."""
NAMES = ("product", "process", "category")
"""Columns of names."""
MOST_ROWS = 200
"""Rows that one answer holds at most, whatever was asked."""
LINES_OF_TEXT = 20
"""Lines that the text of a view holds."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class FoundProduct:
    """A product of an inventory.

    Attributes
    ----------
    process, flow : str
        Ids.
    name : str
        Of the product.
    made_by : str
        Name of the process.
    location : str
        Of the process.
    unit : str
        Of the product.
    """

    process: str
    flow: str
    name: str
    made_by: str
    location: str
    unit: str

    def __str__(self) -> str:
        place = f" [{self.location}]" if self.location else ""
        return f"{shown_name(self.name)} ({self.unit}), {shown_name(self.made_by)}{place}"


class ProductGrid(anywidget.AnyWidget):
    """What the browser shows; `ProductFinder` puts it together with the rest.

    Parameters
    ----------
    products : ProductList
        What is searched.
    text : str
        What stands in the box at first.
    """

    _esm = _HERE / "find_product.js"
    _css = _HERE / "find_product.css"
    line = traitlets.Int(-1).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    fields: Any = traitlets.List().tag(sync=True)

    def __init__(self, products: ProductList, *, text: str = "") -> None:
        self.products = products
        self._last: tuple[tuple[str, str, bool], Lines] | None = None
        super().__init__(
            text=text,
            words={word: message(f"find.{word}") for word in WORDS},
            fields=[
                {"key": key, "label": message(f"find.{key}"), "wide": key in WIDE}
                for key in SHOWN
            ],
        )  # fmt: skip
        self.on_msg(self._asked)

    def lines(self, text: str, sort: str = "", *, descending: bool = False) -> Lines:
        """Return the lines for what is typed and how they are ordered; asked again, they are at hand."""
        key = (text, sort, descending)
        if self._last is None or self._last[0] != key:
            found = self.products.find(text)
            if sort in SHOWN:
                found = self.products.ordered(found, sort, descending=descending)
            self._last = (key, found)
        return self._last[1]

    def _cell(self, name: str, line: int) -> str:
        """Return what stands in a cell: names as the reader's language writes them."""
        text = self.products.columns[name][line]
        return shown_name(text) if name in NAMES else text

    def _is_near(self, text: str, found: Lines) -> bool:
        """Whether what was found is merely spelled alike."""
        return bool(len(found) and text.strip() and not self.products.has(text))

    def _count(self, text: str, found: Lines) -> str:
        numbers = {"found": f"{len(found):,}", "all": f"{len(self.products):,}"}
        if not len(found):
            said = message("find.none", text=text, **numbers)
        elif self._is_near(text, found):
            said = message("find.near", text=text, **numbers)
        else:
            said = message("find.count", **numbers)
        is_hidden = 0 <= self.line < len(self.products) and self.line not in found
        return f"{said} {message('find.still', product=self.chosen())}" if is_hidden else said

    def chosen(self) -> str:
        """Return the name of the product that is chosen."""
        return shown_name(self.products.line(self.line)["product"])

    def _asked(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        if "ask" not in content:
            return
        text = str(content.get("text", ""))
        found = self.lines(text, str(content.get("sort", "")), descending=content.get("descending") is True)
        start = max(0, int(content.get("start", 0)))
        shown = found[start : start + min(MOST_ROWS, max(0, int(content.get("count", 0))))].tolist()
        if text != self.text:
            self.text = text
        self.send(
            {
                "ask": content["ask"],
                "start": start,
                "total": len(found),
                "lines": shown,
                "rows": [[self._cell(name, line) for name in SHOWN] for line in shown],
                "said": self._count(text, found),
                "text": text,
                "near": self._is_near(text, found),
            }
        )


class ProductFinder:
    """Search box and grid, and what was chosen (made by `find_product`).

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    """

    def __init__(self, database: Database, *, text: str = "", source: str = "") -> None:
        self._database, self._source = database, source
        self._callbacks: list[Callable[[], None]] = []
        self.grid = ProductGrid(build_product_list(database), text=text)
        self.take_along = TakeAlong(lambda: self.view, name="products")
        self.take_along.refresh()
        self.widget = ipw.VBox([self.grid, self.take_along])
        self.grid.observe(self._chosen, "line")

    @property
    def value(self) -> FoundProduct | None:
        """The product that is chosen; none before one is. Set it to choose another."""
        if not 0 <= self.grid.line < len(self.grid.products):
            return None
        line = self.grid.products.line(self.grid.line)
        return FoundProduct(
            line["process_id"],
            line["flow_id"],
            line["product"],
            line["process"],
            line["location"],
            line["unit"],
        )

    @value.setter
    def value(self, product: FoundProduct | None) -> None:
        ids = self.grid.products.columns["process_id"], self.grid.products.columns["flow_id"]
        pairs = list(zip(*ids, strict=True))
        self.grid.line = -1 if product is None else pairs.index((product.process, product.flow))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call something whenever another product is chosen."""
        self._callbacks.append(callback)

    def study(
        self, amount: float = 1.0, *, unit: str = "", rule_sets: Sequence[str | RuleSet] = ("default",)
    ) -> Study:
        """Return the study that asks for the chosen product.

        Parameters
        ----------
        amount : float
            In `unit`.
        unit : str
            Empty for the unit of the product.
        rule_sets : sequence of str or RuleSet
            Rule sets, or keys of packaged ones.

        Raises
        ------
        RefusedError
            If nothing is chosen.
        """
        chosen = self._needed()
        return Study.of(
            self._database, chosen.process, flow=chosen.flow, amount=amount, unit=unit, rule_sets=rule_sets
        )

    @property
    def view(self) -> View:
        """The products that fit what is typed, as a table with everything that is known of them."""
        text, products = self.grid.text, self.grid.products
        found = self.grid.lines(text).tolist()
        columns = [
            Column(message(f"find.{name}"), tuple(products.columns[name][i] for i in found))
            for name in FIELDS
        ]
        title = message("find.title", inventory=self._database.meta.name, text=text)
        shown = [Column(column.name, column.values[:LINES_OF_TEXT]) for column in columns[: len(SHOWN)]]
        first = Table(
            message("find.first", title=title, count=len(shown[0].values), all=len(found)), tuple(shown)
        )
        return View(
            tables_html([first], functional_unit=""),
            "\n".join([first.name, *table_text(first)]),
            title=title,
            tables=(Table(title, tuple(columns)),),
            code=self.to_code(),
        )

    def to_code(self) -> str:
        """Return a cell that asks for the chosen product; before one is chosen, a cell that shows what was found."""
        chosen = self.value
        footprint = [] if chosen is None else ["from carbonlab.widgets import result_view"]
        lines = ["import carbonlab as cl", DISPLAY, *footprint, ""]
        lines += inventory_lines(self._database, self._source)
        if chosen is None:
            lines += [shown(f"cl.search(database, {self.grid.text!r})")]
        else:
            lines += [
                f"# {str(chosen).splitlines()[0]}",
                f"study = cl.Study.of(database, {chosen.process!r}, flow={chosen.flow!r}, amount=1.0)",
                shown("result_view(cl.calculate(study))"),
            ]
        return "\n".join(lines) + "\n"

    def _needed(self) -> FoundProduct:
        if self.value is None:
            raise RefusedError(
                "no product is chosen",
                where=message("find.title", inventory=self._database.meta.name, text=self.grid.text),
                why="nobody could tell what the footprint is of",
                remedy="choose a line of the grid, by a click or with arrow keys and Enter",
            )
        return self.value

    def _chosen(self, change: Any) -> None:
        self.grid.said = message("find.chosen", product=str(self.value)) if self.value else ""
        self.take_along.refresh()
        for callback in self._callbacks:
            callback()

    def __repr__(self) -> str:
        return self.grid.said or self.view.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else what was found as a table."""
        bundle = dict(self.widget._repr_mimebundle_(**kwargs) or {})
        view = self.view
        return bundle | {"text/plain": repr(self), "text/html": view.html}


def find_product(database: Database, *, text: str = "", source: str = "") -> ProductFinder:
    """Return a search box with a grid of all products of an inventory.

    Parameters
    ----------
    database : Database
        The inventory.
    text : str
        What stands in the box at first.
    source : str
        Python expression that gives the inventory; `ProductFinder.to_code` writes it into the cell.

    Examples
    --------
    >>> from carbonlab.teaching import load_teaching_inventory
    >>> finder = find_product(load_teaching_inventory(), text="planing lumber southeast")
    >>> finder.grid.line = int(finder.grid.lines("planing lumber southeast")[0])
    >>> finder.value.process
    'planer_mill'
    """
    return ProductFinder(database, text=text, source=source)
