"""What the page is about: a product of an inventory, or a study with its own functional unit and boundary."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from html import escape

import ipywidgets as ipw

from carbonlab.errors import StudyError
from carbonlab.inventory.database import Database
from carbonlab.messages import message, shown_name
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.system.study_file import read_study
from carbonlab.teaching import list_studies, load_teaching_inventory, study_path
from carbonlab.vocabulary import FlowKind
from carbonlab.widgets.answers import functional_unit, functional_units, unit_of
from carbonlab.widgets.boundary import boundary_of
from carbonlab.widgets.choice import choice
from carbonlab.widgets.find_product import FoundProduct

ALL = ""
"""Of the control that chooses a product of a study: all of them."""
NO_STUDY = ""
TEACHING = "carbonlab teaching inventory"
WIDE = "min(52rem, 98%)"


class Subject:
    """The controls that say what is asked, and the line that says it in words.

    A study is opened with the first of its products: its own functional unit, and not the product at a gate.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory to choose a product of.
    product : str
        Of an inventory: id of the process whose product is chosen at first; none if it is empty.
    rules : RuleSet
        The rule set of the study that a chosen product becomes.
    source : str
        Python expression that gives the question.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    inventory : Database or None
        Where products are found; there is none for a study.
    chosen : FoundProduct or None
        The product that was found.
    amount_control : ipywidgets.BoundedFloatText
        How much of a product of the inventory.
    study_control : ipywidgets.Dropdown
        Studies that stand on the inventory; shown for the teaching inventory.
    product_control : ipywidgets.Dropdown
        Of a study with several products: which of them.
    """

    def __init__(self, question: Study | Database, *, product: str, rules: RuleSet, source: str) -> None:
        self._rules, self._source = rules, source
        self._study = question if isinstance(question, Study) else None
        self.inventory = question if isinstance(question, Database) else None
        self.chosen = product_of(self.inventory, product) if self.inventory and product else None
        self._callbacks: list[Callable[[], None]] = []
        self._quiet = True
        self._line = ipw.HTML()
        self.amount_control = ipw.BoundedFloatText(
            value=1.0, min=1e-12, max=1e12, layout=ipw.Layout(width="11rem")
        )
        self.study_control, self.product_control = (
            choice(layout=ipw.Layout(width=WIDE), style={"description_width": "auto"}) for _ in range(2)
        )
        row = ipw.Layout(align_items="center")
        self.widget = ipw.VBox(
            [
                self.study_control,
                self.product_control,
                ipw.HBox([self.amount_control, self._line], layout=row),
            ]
        )
        self._list_products()
        self.compose()
        self.study_control.observe(lambda change: self._study_chosen(), "value")
        for control in (self.amount_control, self.product_control):
            control.observe(lambda change: self._changed(), "value")

    @property
    def study(self) -> Study | None:
        """The study that is asked; None while no product is chosen."""
        if self._study is not None:
            return self._study.with_products(self._key) if self._key else self._study
        if self.chosen is None or self.inventory is None:
            return None
        chosen = self.chosen
        unit = UnitOfAnalysis(
            key=chosen.flow,
            name=chosen.name,
            process=chosen.process,
            flow=chosen.flow,
            amount=float(self.amount_control.value),
            unit=chosen.unit,
        )
        title = f"{chosen.name}, {chosen.made_by}"
        return Study(
            key=chosen.process,
            title=title,
            units=(unit,),
            databases=(self.inventory,),
            rule_sets=(self._rules,),
        )

    @property
    def is_study(self) -> bool:
        """Whether a study is asked, and not a product of the inventory."""
        return self._study is not None

    @property
    def source(self) -> str:
        """Python expression that gives the study, or the inventory that it is made of."""
        if self._study is None:
            return self._source
        read = self._source
        if self.inventory is not None:
            read = f"cl.read_study(cl.study_path({self.study_control.value!r}))"
        return f"{read}.with_products({self._key!r})" if read and self._key else read

    @property
    def _key(self) -> str:
        """Key of the only product that is asked; empty for all that the study has."""
        assert self._study is not None
        return str(self.product_control.value) if len(self._study.units) > 1 else ALL

    def choose(self, found: FoundProduct) -> None:
        """Ask for a product of the inventory; a study that is open is left."""
        self.chosen, self._study = found, None
        self._quiet = True
        self.study_control.value = NO_STUDY
        self._changed()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call something whenever something else is asked."""
        self._callbacks.append(callback)

    def compose(self) -> None:
        """Write everything in the present language."""
        self._quiet = True
        self.amount_control.description = message("app.amount")
        self.product_control.description = message("app.product_of_study")
        self.study_control.description = message("app.asked")
        has_studies = self.inventory is not None and _is_teaching(self.inventory)
        opened = self.study_control.value or NO_STUDY
        titles = (
            [(f"{key}: {shown_name(title)}", key) for key, title in _titles().items()] if has_studies else []
        )
        self.study_control.options = [(message("app.found_product"), NO_STUDY), *titles]
        self.study_control.value = opened
        self.study_control.layout.display = None if has_studies else "none"
        if self._study is not None:
            key = self.product_control.value
            self._list_products()
            self.product_control.value = key
        self._say()
        self._quiet = False

    def _list_products(self) -> None:
        units = self._study.units if self._study is not None else ()
        everything = [(message("app.all_products", count=len(units)), ALL)] if len(units) > 1 else []
        self.product_control.options = [*((shown_name(unit.name), unit.key) for unit in units), *everything]
        self.product_control.index = 0 if units else None  # the study's own functional unit

    def _study_chosen(self) -> None:
        if self._quiet:
            return
        key = self.study_control.value
        self._study = read_study(study_path(key)) if key else None
        self._quiet = True
        self._list_products()
        self._changed()

    def _changed(self) -> None:
        self._quiet = False
        self._say()
        for callback in self._callbacks:
            callback()

    def _say(self) -> None:
        several = self._study is not None and len(self._study.units) > 1
        self.product_control.layout.display = None if several else "none"
        self.amount_control.layout.display = None if self._study is None else "none"
        study = self.study
        if study is None:
            self._line.value = _paragraph(message("app.no_product"))
            return
        if self._study is None and self.chosen is not None:
            place = f" [{self.chosen.location}]" if self.chosen.location else ""
            asked = f"{functional_unit(study.units[0])} · {shown_name(self.chosen.made_by)}{place}"
        elif len(study.units) == 1:
            asked = functional_unit(unit_of(study))
        else:
            asked = functional_units(study)
        self._line.value = _paragraph(asked, boundary_of(study))


def product_of(database: Database, process: str) -> FoundProduct:
    """Return the reference flow of a process, or the first of what it makes.

    Raises
    ------
    NotFoundError
        If there is no such process.
    StudyError
        If it makes no product.
    """
    record = database.process(process)
    functional = [one for one in record.exchanges if one.is_reference] + [
        one for one in record.exchanges if not one.is_input and not one.is_avoided
    ]
    for exchange in functional:
        flow = database.flow(exchange.flow)
        if exchange.is_reference or flow.kind == FlowKind.PRODUCT:
            return FoundProduct(process, flow.id, flow.name, record.name, record.location, flow.unit)
    raise StudyError(
        f"process {process!r} makes no product",
        why="there is nothing whose footprint could be shown",
        remedy="name a process with a product, or none",
    )


@cache
def _titles() -> dict[str, str]:
    """Return the titles of the teaching studies by key."""
    return {
        key: str(tomllib.loads(study_path(key).read_text(encoding="utf-8"))["study"]["title"])
        for key in list_studies()
    }


def _is_teaching(database: Database) -> bool:
    """Whether it is the teaching inventory, which is read for a look only where the name is the same."""
    return database.meta.name == TEACHING and database.digest == load_teaching_inventory().digest


def _paragraph(text: str, boundary: str = "") -> str:
    below = f"<br>{escape(message('widget.boundary'))}: {escape(boundary)}" if boundary else ""
    return f"<p class='cl-subject' role='status'><b>{escape(text)}</b>{below}</p>"
