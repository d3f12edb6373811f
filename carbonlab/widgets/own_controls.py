"""Controls of `my_product`: where the tables lie, the cell that is mended, and what is asked of them."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import ipywidgets as ipw

from carbonlab.formats.tables import write_example
from carbonlab.inventory.database import Database
from carbonlab.inventory.product_list import build_product_list
from carbonlab.messages import message
from carbonlab.rules.rulefile import list_rule_sets
from carbonlab.widgets.choice import choice
from carbonlab.widgets.own_tables import Reading, own_places
from carbonlab.widgets.take_along import TYPES

STYLE = {"description_width": "9rem"}
EXAMPLE = "carbonlab-example.xlsx"


class OwnControls:
    """Controls and words of the widget, without what they do.

    Attributes
    ----------
    path_control, place_control, upload_control, read_button
        Where the tables lie.
    mistake_control, text_control, correct_button
        The cell that is mended.
    product_control, amount_control, rule_set_control
        What is asked.
    said, problems, unit_label : ipywidgets.HTML
        What became of reading, the mistakes, and the unit of the amount.
    """

    def __init__(self, path: Path | str) -> None:
        self.place_control = choice(description=message("own.here"), layout=_wide(), style=STYLE)
        self.path_control = ipw.Text(
            value=str(path), description=message("own.path"), layout=_wide(), style=STYLE
        )
        self.upload_control = ipw.FileUpload(
            accept=".xlsx",
            multiple=False,
            icon="",
            description=message("own.upload"),
            layout=ipw.Layout(width="auto"),
        )
        self.read_button = _button("own.read")
        self.mistake_control = choice(
            description=message("own.mistake"), layout=ipw.Layout(width="98%"), style=STYLE
        )
        self.text_control = ipw.Text(description=message("own.new_text"), layout=_wide(), style=STYLE)
        self.correct_button = _button("own.correct")
        self.product_control = choice(description=message("explore.product"), layout=_wide(), style=STYLE)
        self.amount_control = ipw.FloatText(value=1.0, description=message("own.amount"), style=STYLE)
        self.unit_label = ipw.HTML()
        self.rule_set_control = choice(
            options=list_rule_sets(),
            value="default",
            description=message("explore.rule_set"),
            layout=_wide(),
            style=STYLE,
        )
        self.said, self.problems = ipw.HTML(), ipw.HTML()

    def _composed(self, job: ipw.Widget, view: ipw.Widget) -> ipw.VBox:
        """Put controls, the job and the view together, from the tables down to the answer."""
        row = ipw.Layout(flex_flow="row wrap")
        self._mending = ipw.VBox(
            [self.mistake_control, ipw.HBox([self.text_control, self.correct_button], layout=row)]
        )
        self._asking = ipw.VBox(
            [
                ipw.HBox([self.product_control, self.rule_set_control], layout=row),
                ipw.HBox([self.amount_control, self.unit_label], layout=row),
            ]
        )
        where = ipw.HBox([self.path_control, self.read_button, self.upload_control], layout=row)
        intro = ipw.HTML(f"<p>{escape(message('own.intro'))} {example_link()}</p>")
        parts = [
            intro,
            self.place_control,
            where,
            self.said,
            self.problems,
            self._mending,
            self._asking,
            job,
            view,
        ]
        return ipw.VBox(parts)

    def _list_places(self) -> None:
        here = Path.cwd()
        places = own_places(here)
        found = [(str(place.relative_to(here)), str(place)) for place in places]
        self.place_control.options = [(message("own.choose"), ""), *found]
        self.place_control.layout.display = "" if places else "none"

    def _fill_mistakes(self, reading: Reading | None) -> None:
        mistakes = reading.mistakes if reading else ()
        in_cells = [(str(one), i) for i, one in enumerate(mistakes) if one.is_in_a_cell]
        self.mistake_control.options = in_cells
        self.mistake_control.index = 0 if in_cells else None
        self._mending.layout.display = "" if in_cells else "none"

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
        self.product_control.index = _final(database, [value for _, value in options])
        if before in [value for _, value in options]:
            self.product_control.value = before
        self._asking.layout.display = "" if database is not None else "none"

    def _say(self, text: str, *, is_error: bool = False) -> None:
        role = "alert" if is_error else "status"
        self.said.value = (
            f"<div role='{role}' style='white-space: pre-wrap'>{escape(text)}</div>" if text else ""
        )

    def _say_reading(self, reading: Reading | None) -> None:
        """Say what came of reading."""
        if reading is None:
            self._say("")
        elif reading.database is None:
            text = message("own.not_read") if reading.mistakes else str(reading.error)
            self._say(text, is_error=True)
        else:
            database = reading.database
            counts = {"processes": database.processes.num_rows, "exchanges": database.exchanges.num_rows}
            self._say(message("own.was_read", name=database.meta.name, **counts))


def example_link() -> str:
    """Return a link that saves the example workbook; it lies in the link itself, so that nothing has to be served."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / EXAMPLE
        write_example(path)
        content = b64encode(path.read_bytes()).decode("ascii")
    said = escape(message("own.example_workbook"))
    return (
        f"<a class='cl-example' style='text-decoration: underline' "
        f"download='{EXAMPLE}' href='data:{TYPES['xlsx']};base64,{content}'>{said}</a>"
    )


def _wide() -> ipw.Layout:
    """Return a layout; each control has its own, as hiding one must not hide the others."""
    return ipw.Layout(width="min(34rem, 98%)")


def _button(key: str) -> ipw.Button:
    return ipw.Button(description=message(key), layout=ipw.Layout(width="auto"))


def _final(database: Database | None, products: list[tuple[str, str]]) -> int | None:
    """Return the position of what the tables were made for, of products given as process and flow.

    No process of the tables takes it, and rather than a co-product it is what its process is run for.
    """
    if database is None or not products:
        return None
    exchanges = database.column("exchanges", "flow")[database.column("exchanges", "is_input")]
    taken = set(database.column("flows", "id")[exchanges])

    def rank(place: int) -> tuple[bool, bool, int]:
        process, flow = products[place]
        runs_for = {one.flow for one in database.process(process).exchanges if one.is_reference}
        return flow in taken, bool(runs_for) and flow not in runs_for, place

    return min(range(len(products)), key=rank)
