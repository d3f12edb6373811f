"""My product: choose tables, see every mistake with row and column, mend them, read again, get the footprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError, FormatError
from carbonlab.formats.tables.correcting import correct_cell, value_of_cell
from carbonlab.inventory.database import Database
from carbonlab.inventory.product_list import build_product_list
from carbonlab.messages import message
from carbonlab.rules.rulefile import find_rule_set, list_rule_sets
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.widgets.answered import Answered
from carbonlab.widgets.contribution_views import ContributionChoice, drawn
from carbonlab.widgets.own_code import code_of_own
from carbonlab.widgets.own_tables import (
    Mistake,
    Reading,
    findings_table,
    mistakes_table,
    own_places,
    read_own,
)
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox

UPLOADED_BYTES = 50 * 2**20
"""Largest file that is taken from a browser."""


class MyProduct:
    """Tables of one's own and the footprint of their products (made by `my_product`).

    Attributes
    ----------
    reading : Reading, optional
        What came of reading the tables last.
    widget : ipywidgets.VBox
        What is shown.
    path_control, place_control, upload_control, read_button
        Where the tables lie.
    mistake_control, text_control, correct_button
        The cell that is mended.
    product_control, amount_control, rule_set_control
        What is asked.
    """

    def __init__(
        self, path: Path | str = "", *, background: Database | None = None, source: str = ""
    ) -> None:
        self.reading: Reading | None = None
        self._background, self._source = background, source
        self._answered: dict[tuple[str, str, float, str], Answered] = {}
        self._uploads: Path | None = None
        self._quiet = False
        row = ipw.Layout(flex_flow="row wrap")

        def wide() -> ipw.Layout:  # one for each: to hide one control must not hide the others
            return ipw.Layout(width="min(34rem, 98%)")

        style = {"description_width": "9rem"}
        self.place_control = ipw.Dropdown(description=message("own.here"), layout=wide(), style=style)
        self.path_control = ipw.Text(
            value=str(path), description=message("own.path"), layout=wide(), style=style
        )
        self.upload_control = ipw.FileUpload(
            accept=".xlsx",
            multiple=False,
            icon="",
            description=message("own.upload"),
            layout=ipw.Layout(width="auto"),
        )
        self.read_button = _button("own.read")
        self.mistake_control = ipw.Dropdown(
            description=message("own.mistake"), layout=ipw.Layout(width="98%"), style=style
        )
        self.text_control = ipw.Text(description=message("own.new_text"), layout=wide(), style=style)
        self.correct_button = _button("own.correct")
        self.product_control = ipw.Dropdown(
            description=message("explore.product"), layout=wide(), style=style
        )
        self.amount_control = ipw.FloatText(value=1.0, description=message("own.amount"), style=style)
        self.unit_label = ipw.HTML()
        self.rule_set_control = ipw.Dropdown(
            options=list_rule_sets(),
            value="default",
            description=message("explore.rule_set"),
            layout=wide(),
            style=style,
        )
        self.said, self.problems = ipw.HTML(), ipw.HTML()
        self._mending = ipw.VBox(
            [self.mistake_control, ipw.HBox([self.text_control, self.correct_button], layout=row)]
        )
        self.box = ViewBox(name="carbonlab-my-product")
        self._asking = ipw.VBox(
            [
                ipw.HBox([self.product_control, self.rule_set_control], layout=row),
                ipw.HBox([self.amount_control, self.unit_label], layout=row),
                self.box.widget,
            ]
        )
        self.widget = ipw.VBox(
            [
                self.place_control,
                ipw.HBox([self.path_control, self.read_button, self.upload_control], layout=row),
                self.said, self.problems, self._mending, self._asking,
            ]
        )  # fmt: skip
        self._list_places()
        self._observe()
        self._show()
        if path:
            self.read()

    # -- what is asked ------------------------------------------------------------------------------------

    @property
    def value(self) -> Study | None:
        """The study that asks for the chosen product; none while there is nothing to ask of."""
        database = self.reading.database if self.reading else None
        if database is None or self.product_control.value is None:
            return None
        process, flow = self.product_control.value
        line = next(text for text, value in self.product_control.options if value == (process, flow))
        unit = UnitOfAnalysis(
            key="product", name=line, process=process, flow=flow, amount=self.amount_control.value
        )
        own = {"databases": (database,)} if self._background is None else {
            "databases": (self._background,), "foreground": database
        }  # fmt: skip
        return Study(key="my_product", title=line, units=(unit,), rule_sets=(self._rules(),), **own)

    def read(self, path: Path | str = "") -> Reading:
        """Read the tables, or read them again, and show what came of it.

        Parameters
        ----------
        path : Path or str
            Folder or workbook; by default the one in the path field.
        """
        if path:
            self.path_control.value = str(path)
        attached = () if self._background is None else (self._background,)
        self.reading = read_own(self.path_control.value.strip(), attached=attached)
        self._answered.clear()
        self._show()
        return self.reading

    def correct(self, mistake: Mistake, text: str) -> Reading:
        """Write a text into the cell of a mistake, in the file itself, and read the tables again.

        Raises
        ------
        FormatError, StoreError
            If the cell cannot be named, or the disk refuses.
        """
        if self.reading is None or not mistake.is_in_a_cell:
            raise FormatError(
                "this mistake is not in one cell",
                where=str(mistake),
                remedy="mend it in the program that the tables were made with, and read them again",
            )
        correct_cell(self.reading.path, mistake.file, mistake.row, mistake.column, text)
        return self.read()

    @property
    def view(self) -> View:
        """What is shown: the footprint with its contributions, or what stands in its way."""
        if self.reading is None:
            return View("", message("own.nothing_read"), title=message("own.title"))
        if self.reading.database is None:
            return self._view_of_mistakes(self.reading)
        study = self.value
        if study is None:
            return View("", message("own.no_products"), title=message("own.title"))
        answered = self._answer(study)
        shown = drawn(answered, ContributionChoice(study.units[0].key))
        table = findings_table(self.reading.database, answered.evaluations[0].findings)
        more = () if table is None else (table,)
        return replace(
            shown,
            html=shown.html + tables_html(more, functional_unit=""),
            text="\n".join([shown.text, *(line for one in more for line in (one.name, *table_text(one)))]),
            tables=(*shown.tables, *more),
            code=code_of_own(self._path_in_code(), study, background=self._background, source=self._source),
        )

    def to_code(self) -> str:
        """Return a cell that reads the same tables and shows the same footprint.

        Raises
        ------
        RefusedError
            If there is no footprint.
        """
        return self.view.to_code()

    def _answer(self, study: Study) -> Answered:
        unit = study.units[0]
        key = (unit.process, unit.flow, unit.amount, study.rule_sets[0].key)
        if key not in self._answered:
            self._answered[key] = Answered.of(study)
        return self._answered[key]

    def _path_in_code(self) -> str:
        """Return the path that a cell reads: of an uploaded workbook its name, as whoever runs the cell has it."""
        assert self.reading is not None
        path = self.reading.path
        return path.name if self._uploads is not None and path.is_relative_to(self._uploads) else str(path)

    def _rules(self) -> RuleSet:
        return find_rule_set(self.rule_set_control.value)

    def _view_of_mistakes(self, reading: Reading) -> View:
        table = mistakes_table(reading.mistakes)
        return View(
            tables_html([table], functional_unit=""), str(reading.error), title=table.name, tables=(table,)
        )

    # -- what is shown ------------------------------------------------------------------------------------

    def _observe(self) -> None:
        self.read_button.on_click(lambda button: self.read())
        self.correct_button.on_click(lambda button: self._correct_chosen())
        self.place_control.observe(self._placed, "value")
        self.upload_control.observe(lambda change: self._uploaded_files(change["new"]), "value")
        self.mistake_control.observe(lambda change: self._show_cell(), "value")
        for control in (self.product_control, self.amount_control, self.rule_set_control):
            control.observe(lambda change: self._show_footprint(), "value")

    def _list_places(self) -> None:
        places = own_places(Path.cwd())
        self.place_control.options = [
            (message("own.choose"), ""),
            *((str(p.relative_to(Path.cwd())), str(p)) for p in places),
        ]
        self.place_control.layout.display = "" if places else "none"

    def _placed(self, change: Any) -> None:
        if self.place_control.value:
            self.read(self.place_control.value)

    def _uploaded_files(self, files: Iterable[Mapping[str, Any]]) -> None:
        """Keep files that came through the browser in a folder of their own, and read them."""
        for file in files:
            if file["size"] > UPLOADED_BYTES:
                self._say(message("own.too_large", name=file["name"], most=UPLOADED_BYTES // 2**20))
                return
            if self._uploads is None:
                self._uploads = Path(mkdtemp(prefix="carbonlab-"))
                finalize(self, rmtree, self._uploads, ignore_errors=True)
            target = self._uploads / Path(str(file["name"]).replace("\\", "/")).name
            target.write_bytes(bytes(file["content"]))
            self.read(target)

    def _correct_chosen(self) -> None:
        mistakes = self.reading.mistakes if self.reading else ()
        chosen = self.mistake_control.value
        if chosen is None or not 0 <= chosen < len(mistakes):
            return
        try:
            self.correct(mistakes[chosen], self.text_control.value)
        except CarbonlabError as error:
            self._say(str(error), is_error=True)

    def _show(self) -> None:
        reading, self._quiet = self.reading, True
        mistakes = reading.mistakes if reading else ()
        in_cells = [(str(one), i) for i, one in enumerate(mistakes) if one.is_in_a_cell]
        self.mistake_control.options = in_cells
        self.mistake_control.index = 0 if in_cells else None
        self._mending.layout.display = "" if in_cells else "none"
        self.problems.value = self._view_of_mistakes(reading).html if reading and mistakes else ""
        database = reading.database if reading else None
        self._asking.layout.display = "" if database is not None else "none"
        self._fill_products(database)
        self._quiet = False
        if reading is None:
            self._say("")
        elif database is None:
            self._say(str(reading.error) if not mistakes else message("own.not_read"), is_error=True)
        else:
            counts = {"processes": database.processes.num_rows, "exchanges": database.exchanges.num_rows}
            self._say(message("own.was_read", name=database.meta.name, **counts))
        self._show_cell()
        self._show_footprint()

    def _fill_products(self, database: Database | None) -> None:
        before = self.product_control.value
        products = build_product_list(database) if database is not None else None
        options = []
        for number in range(len(products) if products else 0):
            line = products.line(number)  # type: ignore[union-attr]
            place = f" [{line['location']}]" if line["location"] else ""
            options.append(
                (f"{line['product']}, {line['process']}{place}", (line["process_id"], line["flow_id"]))
            )
        self.product_control.options = options
        self.product_control.index = _final(database, [flow for _, (_, flow) in options])
        if before in [value for _, value in options]:
            self.product_control.value = before

    def _show_cell(self) -> None:
        mistakes = self.reading.mistakes if self.reading else ()
        chosen = self.mistake_control.value
        if self.reading is None or chosen is None or chosen >= len(mistakes):
            return
        one = mistakes[chosen]
        try:
            self.text_control.value = value_of_cell(self.reading.path, one.file, one.row, one.column)
        except CarbonlabError as error:
            self._say(str(error), is_error=True)

    def _show_footprint(self) -> None:
        if self._quiet or self.value is None:
            return
        database = self.reading.database if self.reading else None
        assert database is not None
        unit = database.flow(self.product_control.value[1]).unit
        self.unit_label.value = escape(unit)
        try:
            view = self.view
        except CarbonlabError as error:
            box = f"<div class='cl-error' role='alert'><pre>{escape(str(error))}</pre></div>"
            view = View(box, str(error), title=message("own.title"))
        self.box.show(view)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        role = "alert" if is_error else "status"
        self.said.value = (
            f"<div role='{role}' style='white-space: pre-wrap'>{escape(text)}</div>" if text else ""
        )

    def __repr__(self) -> str:
        return self.view.text

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else what was read as text."""
        return dict(self.widget._repr_mimebundle_(**kwargs) or {}) | {"text/plain": repr(self)}


def _final(database: Database | None, flows: list[str]) -> int | None:
    """Return the position of the first product that no process of the tables takes: what they were made for."""
    if database is None or not flows:
        return None
    exchanges = database.column("exchanges", "flow")[database.column("exchanges", "is_input")]
    taken = set(database.column("flows", "id")[exchanges])
    return next((place for place, flow in enumerate(flows) if flow not in taken), 0)


def _button(key: str) -> ipw.Button:
    return ipw.Button(description=message(key), layout=ipw.Layout(width="auto"))


def my_product(path: Path | str = "", *, background: Database | None = None, source: str = "") -> MyProduct:
    """Return a widget that reads tables of one's own, shows their mistakes, and the footprint of their products.

    Parameters
    ----------
        path : Path or str
            Folder of CSV files or workbook; see ``docs/tables.md``. It can be chosen in the widget, too.
        background : Database, optional
            Inventory whose flows and processes the tables may name.
        source : str
            Python expression that gives the background, for the code.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from carbonlab.formats.tables import write_example
    >>> with TemporaryDirectory() as folder:
    ...     write_example(f"{folder}/cup")
    ...     mine = my_product(f"{folder}/cup")
    >>> mine.reading.mistakes
    ()
    """
    return MyProduct(path, background=background, source=source)
