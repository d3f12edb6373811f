"""My product: choose tables, see every mistake with row and column, mend them, read again, get the footprint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from carbonlab.errors import CarbonlabError, FormatError
from carbonlab.formats.tables.correcting import correct_cell, value_of_cell
from carbonlab.inventory.database import Database
from carbonlab.messages import message
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.widgets.answered import Answered, answering
from carbonlab.widgets.contribution_views import ContributionChoice, drawn
from carbonlab.widgets.job import Watch
from carbonlab.widgets.own_code import code_of_own
from carbonlab.widgets.own_controls import OwnControls
from carbonlab.widgets.own_tables import Mistake, Reading, findings_table, mistakes_table, read_own
from carbonlab.widgets.table_html import table_text, tables_html
from carbonlab.widgets.view import View
from carbonlab.widgets.working_widget import WorkingWidget

UPLOADED_BYTES = 50 * 2**20
"""Largest file that is taken from a browser."""


class MyProduct(OwnControls, WorkingWidget[Reading | Answered]):
    """Tables of one's own and the footprint of their products (made by `my_product`).

    Controls are those of `OwnControls`.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    job : Job
        Reads the tables, and answers what is asked of them.
    """

    def __init__(
        self,
        path: Path | str = "",
        *,
        background: Database | None = None,
        source: str = "",
        threads: bool = True,
    ) -> None:
        OwnControls.__init__(self, path)
        WorkingWidget.__init__(
            self, None, label=message("own.job"), title=message("own.title"), name="carbonlab-my-product",
            threads=threads, again=True,
        )  # fmt: skip
        self._background, self._source = background, source
        self._reading: Reading | None = None
        self._answered: dict[tuple[str, str, float, str], Answered] = {}
        self._uploads: Path | None = None
        self._quiet = self._is_reading = False
        self.widget = self._composed(self.job.widget, self.box.widget)
        self.job.widget.layout.display = "none"
        self._list_places()
        self._observe()
        self._show_reading()
        if path:
            self._begin_reading()

    # -- what is asked ------------------------------------------------------------------------------------

    @property
    def reading(self) -> Reading | None:
        """What came of reading the tables last; waits for it, so never ask for it in a callback."""
        self.job.wait()
        return self._reading

    @property
    def value(self) -> Study | None:
        """The study that asks for the chosen product; none while there is nothing to ask of."""
        self.job.wait()
        return self._asked()

    @property
    def view(self) -> View:
        """What is shown: the footprint with its contributions, or what stands in its way; waits for it."""
        self.job.wait()
        return self.box.view

    def read(self, path: Path | str = "") -> Reading | None:
        """Read the tables, or read them again, and wait for what comes of it.

        Parameters
        ----------
        path : Path or str
            Folder or workbook; by default the one in the path field.
        """
        self._begin_reading(path)
        return self.reading

    def correct(self, mistake: Mistake, text: str) -> Reading | None:
        """Write a text into the cell of a mistake, in the file itself, read the tables again, and wait.

        Raises
        ------
        FormatError, StoreError
            If the cell cannot be named, or the disk refuses.
        """
        self._correct(mistake, text)
        return self.reading

    # -- the work -----------------------------------------------------------------------------------------

    def _begin_reading(self, path: Path | str = "") -> None:
        if path:
            self.path_control.value = str(path)
        place, self._is_reading = self.path_control.value.strip(), True
        self.job.widget.layout.display = None
        self.job.start(
            lambda watch: self._read_and_answer(place, watch), on_step=self._take_step, on_end=self._ended
        )

    def _read_and_answer(self, place: str, watch: Watch) -> Iterator[Reading | Answered]:
        watch.report(0, 2)
        attached = () if self._background is None else (self._background,)
        yield read_own(place, attached=attached)
        study = self._asked()  # the step above was taken: the controls offer what was read
        if study is not None:
            yield from answering(study, watch)

    def _begin_answering(self) -> None:
        """Answer what is asked now; while the tables are read, that comes by itself."""
        study = self._asked()
        if self._quiet or self._is_reading or study is None:
            return
        self._say_unit()
        known = self._answered.get(_key(study))
        if known is not None:
            self._show_answer(known)
            return
        self.box.show(View("", ""))  # numbers of another question must not stay in sight
        self.job.start(lambda watch: answering(study, watch), on_step=self._take_step, on_end=self._job_ended)

    def _take_step(self, found: Reading | Answered) -> None:
        if isinstance(found, Reading):
            self._reading = found
            self._answered.clear()
            self._show_reading()
        else:
            self._answered[_key(found.study)] = found
            self._show_answer(found)

    def _ended(self) -> None:
        self._is_reading = False
        self._job_ended()

    def _asked(self) -> Study | None:
        database = self._reading.database if self._reading else None
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
        rules = find_rule_set(self.rule_set_control.value)
        return Study(key="my_product", title=line, units=(unit,), rule_sets=(rules,), **own)

    def _correct(self, mistake: Mistake, text: str) -> None:
        if self._reading is None or not mistake.is_in_a_cell:
            raise FormatError(
                "this mistake is not in one cell",
                where=str(mistake),
                remedy="mend it in the program that the tables were made with, and read them again",
            )
        correct_cell(self._reading.path, mistake.file, mistake.row, mistake.column, text)
        self._begin_reading()

    # -- what is shown ------------------------------------------------------------------------------------

    def _footprint(self, answered: Answered) -> View:
        assert self._reading is not None and self._reading.database is not None
        study = answered.study
        shown = drawn(answered, ContributionChoice(study.units[0].key))
        table = findings_table(self._reading.database, answered.evaluations[0].findings)
        more = () if table is None else (table,)
        return replace(
            shown,
            html=shown.html + tables_html(more, functional_unit=""),
            text="\n".join([shown.text, *(line for one in more for line in (one.name, *table_text(one)))]),
            tables=(*shown.tables, *more),
            code=code_of_own(self._path_in_code(), study, background=self._background, source=self._source),
        )

    def _path_in_code(self) -> str:
        """Return the path that a cell reads: of an uploaded workbook its name, as whoever runs the cell has it."""
        assert self._reading is not None
        path = self._reading.path
        return path.name if self._uploads is not None and path.is_relative_to(self._uploads) else str(path)

    def _view_of_mistakes(self, reading: Reading) -> View:
        table = mistakes_table(reading.mistakes)
        return View(
            tables_html([table], functional_unit=""), str(reading.error), title=table.name, tables=(table,)
        )

    # -- what is shown ------------------------------------------------------------------------------------

    def _show_reading(self) -> None:
        """Show what was read, with its mistakes; the footprint follows."""
        reading, self._quiet = self._reading, True
        database = reading.database if reading else None
        self._fill_mistakes(reading)
        self._fill_products(database)
        self.problems.value = self._view_of_mistakes(reading).html if reading and reading.mistakes else ""
        self._quiet = False
        self._say_reading(reading)
        self._show_cell()
        if reading is None:
            self.box.show(View("", message("own.nothing_read"), title=self._title))
        elif database is None:
            self.box.show(replace(self._view_of_mistakes(reading), html=""))  # they are in sight already
        elif self._asked() is None:
            self.box.show(View("", message("own.no_products"), title=self._title))
        else:
            self._say_unit()
            self.box.show(View("", ""))

    def _show_answer(self, answered: Answered) -> None:
        try:
            self.box.show(self._footprint(answered))
        except CarbonlabError as error:
            self._show_error(error)

    def _view_of(self, error: CarbonlabError, *, side: str = "") -> View:
        self.study = self._asked()
        return super()._view_of(error, side=side)

    def _say_unit(self) -> None:
        assert self._reading is not None and self._reading.database is not None
        unit = self._reading.database.flow(self.product_control.value[1]).unit
        self.unit_label.value = escape(unit)

    def _show_cell(self) -> None:
        mistakes = self._reading.mistakes if self._reading else ()
        chosen = self.mistake_control.value
        if self._reading is None or chosen is None or chosen >= len(mistakes):
            return
        one = mistakes[chosen]
        try:
            self.text_control.value = value_of_cell(self._reading.path, one.file, one.row, one.column)
        except CarbonlabError as error:
            self._say(str(error), is_error=True)

    # -- controls -----------------------------------------------------------------------------------------

    def _observe(self) -> None:
        self.read_button.on_click(lambda button: self._begin_reading())
        self.correct_button.on_click(lambda button: self._correct_chosen())
        self.place_control.observe(lambda change: self._placed(), "value")
        self.upload_control.observe(lambda change: self._uploaded_files(change["new"]), "value")
        self.mistake_control.observe(lambda change: self._show_cell(), "value")
        for control in (self.product_control, self.amount_control, self.rule_set_control):
            control.observe(lambda change: self._begin_answering(), "value")

    def _placed(self) -> None:
        if self.place_control.value:
            self._begin_reading(self.place_control.value)

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
            self._begin_reading(target)

    def _correct_chosen(self) -> None:
        mistakes = self._reading.mistakes if self._reading else ()
        chosen = self.mistake_control.value
        if chosen is None or not 0 <= chosen < len(mistakes):
            return
        try:
            self._correct(mistakes[chosen], self.text_control.value)
        except CarbonlabError as error:
            self._say(str(error), is_error=True)


def _key(study: Study) -> tuple[str, str, float, str]:
    """Return what tells questions to the same tables apart."""
    unit = study.units[0]
    return unit.process, unit.flow, unit.amount, study.rule_sets[0].key


def my_product(
    path: Path | str = "", *, background: Database | None = None, source: str = "", threads: bool = True
) -> MyProduct:
    """Return a widget that reads tables of one's own, shows their mistakes, and the footprint of their products.

    Parameters
    ----------
        path : Path or str
            Folder of CSV files or workbook; see ``docs/tables.md``. It can be chosen in the widget, too.
        background : Database, optional
            Inventory whose flows and processes the tables may name.
        source : str
            Python expression that gives the background, for the code.
        threads : bool
            Whether to work in a thread; else in turns with everything else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from carbonlab.formats.tables import write_example
    >>> with TemporaryDirectory() as folder:
    ...     write_example(f"{folder}/cup")
    ...     mine = my_product(f"{folder}/cup")
    ...     mistakes = mine.reading.mistakes
    >>> mistakes
    ()
    """
    return MyProduct(path, background=background, source=source, threads=threads)
