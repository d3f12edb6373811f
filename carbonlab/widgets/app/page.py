"""The page: a tab for each question, all of them about the same product under the same two rule sets."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError
from carbonlab.inventory.database import Database
from carbonlab.messages import available_languages, message, set_language
from carbonlab.messages.catalogue import current_language
from carbonlab.rules.rulefile import find_rule_set
from carbonlab.rules.ruleset import RuleSet
from carbonlab.system.study import Study
from carbonlab.widgets.app.subject import Subject
from carbonlab.widgets.contribution_explorer import ContributionExplorer, contributions
from carbonlab.widgets.find_product import ProductFinder, find_product
from carbonlab.widgets.my_product import MyProduct, my_product
from carbonlab.widgets.rules_bench import RulesBench, rules_bench
from carbonlab.widgets.sensitivity_bench import SensitivityBench, sensitivity_bench
from carbonlab.widgets.uncertainty_bench import UncertaintyBench, uncertainty_bench

LANGUAGES = {"en": "English", "zh_CN": "中文"}
"""Languages as they call themselves."""

STYLE = """<style>
.cl-app .lm-TabBar-tab, .cl-app .lm-TabBar-tabLabel { color: var(--jp-ui-font-color0, #000) !important; }
.cl-app .cl-app-tabs > .lm-TabBar,
.cl-app .cl-app-tabs > .lm-TabBar > .lm-TabBar-content { height: auto; max-height: none; }
.cl-app .cl-app-tabs > .lm-TabBar > .lm-TabBar-content { flex-wrap: wrap; }
.cl-app .cl-app-tabs > .lm-TabBar .lm-TabBar-tab { flex: 0 1 auto; min-width: 7em; }
.cl-app h1 { font-size: 1.6rem; margin: 0; }
</style>"""
"""Labels of closed tabs are too pale to read as ipywidgets draws them."""

Page = Callable[[], ipw.Widget]


class App:
    """The laboratory: find a product, turn rules, take the footprint apart, see how sure it is.

    A tab is made when it is opened, and made anew when the product or the rules have changed since.

    Parameters
    ----------
    question : Study or Database
        A study, or an inventory to choose a product of.
    product : str
        Of an inventory: id of the process whose product is chosen at first; none if it is empty.
    rule_set : RuleSet or str
        Where both sides of the rules bench begin.
    source : str
        Python expression that gives the question; every ``to_code`` writes it into its cell.
    own_tables : bool
        Whether tables of one's own can be read and mended: files of the machine that Python runs on, so not for
        visitors from elsewhere.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    tabs : ipywidgets.Tab
        The pages.
    finder : ProductFinder or None
        Chooses the product; there is none for a study.
    subject : Subject
        What is asked: a found product in some amount, or a study and which of its products.
    language_control
        The language of everything.
    bench, explorer, uncertainty, sensitivity, own
        What the tabs hold; None before they were opened.

    Raises
    ------
    NotFoundError, RuleError
        If there is no such product or rule set.
    """

    def __init__(
        self,
        question: Study | Database,
        *,
        product: str = "",
        rule_set: RuleSet | str = "default",
        source: str = "",
        own_tables: bool = True,
    ) -> None:
        self._source, self._own_tables = source, own_tables
        self._rules = find_rule_set(rule_set)
        self.subject = Subject(question, product=product, rules=self._rules, source=source)
        self.finder: ProductFinder | None = None
        self.bench: RulesBench | None = None
        self.explorer: ContributionExplorer | None = None
        self.uncertainty: UncertaintyBench | None = None
        self.sensitivity: SensitivityBench | None = None
        self.own: MyProduct | None = None
        self.language_control = ipw.Dropdown(
            options=[(LANGUAGES.get(code, code), code) for code in available_languages()],
            value=current_language(),
            layout=ipw.Layout(width="11rem"),
        )
        self._head = ipw.HTML()
        self.tabs = ipw.Tab()
        self.tabs.add_class("cl-app-tabs")
        bar = ipw.Layout(flex_flow="row wrap", align_items="center", justify_content="space-between")
        self.widget = ipw.VBox(
            [
                ipw.HBox([self._head, self.language_control], layout=bar),
                self.subject.widget,
                self.tabs,
            ]
        )
        self.widget.add_class("cl-app")
        self._filled: dict[int, Any] = {}
        self._compose()
        self.tabs.observe(lambda change: self._fill(), "selected_index")
        self.subject.on_change(self._product_changed)
        self.language_control.observe(lambda change: self._language_changed(), "value")

    @property
    def study(self) -> Study | None:
        """The study that all tabs are about; None while no product is chosen."""
        return self.subject.study

    @property
    def amount_control(self) -> ipw.BoundedFloatText:
        """How much of the product."""
        return self.subject.amount_control

    @property
    def rule_sets(self) -> tuple[RuleSet, ...]:
        """The two sides of the rules bench, one if they are equal.

        Raises
        ------
        RuleError
            If a parameter that was typed there cannot be read.
        """
        if self.bench is None:
            return (self._rules,)
        choice = self.bench.value
        sides = {rules.digest: rules for rules in (choice.baseline, choice.alternative)}
        return tuple(sides.values())

    def open(self, page: str) -> None:
        """Open a tab: ``find``, ``rules``, ``contributions``, ``uncertainty``, ``sensitivity`` or ``own``."""
        self.tabs.selected_index = list(self._pages()).index(page)

    def _pages(self) -> dict[str, Page]:
        pages: dict[str, Page] = {
            "rules": self._rules_page,
            "contributions": self._contributions_page,
            "uncertainty": self._uncertainty_page,
            "sensitivity": self._sensitivity_page,
        }
        if self.subject.inventory is None:
            return pages
        own: dict[str, Page] = {"own": self._own_page} if self._own_tables else {}
        return {"find": self._find_page, **pages, **own}

    def _compose(self) -> None:
        """Write everything in the present language."""
        self._filled.clear()
        said = f"<h1>{escape(message('app.title'))}</h1><p>{escape(message('app.subtitle'))}</p>"
        self._head.value = STYLE + said
        self.subject.compose()
        self.language_control.description = message("app.language")
        pages = self._pages()
        opened = self.tabs.selected_index
        self.tabs.children = tuple(ipw.VBox() for _ in pages)
        self.tabs.titles = tuple(message(f"app.{page}") for page in pages)
        self.tabs.selected_index = opened or 0
        self._fill()

    def _fill(self) -> None:
        """Make the open tab, unless it shows what it should already."""
        index = self.tabs.selected_index
        if index is None:
            return
        page, make = list(self._pages().items())[index]
        box = self.tabs.children[index]
        try:
            state = self._state(page)
            if index in self._filled and self._filled[index] == state:
                return
            box.children = (make(),)
            self._filled[index] = state
        except CarbonlabError as error:
            self._filled.pop(index, None)
            said = "".join(f"<p>{escape(line)}</p>" for line in str(error).splitlines())
            box.children = (ipw.HTML(f"<div class='cl-error' role='alert'>{said}</div>"),)

    def _state(self, page: str) -> Any:
        """Return what a tab was made for."""
        if page in ("find", "own"):
            return None
        study = self.study
        asked = study.digest if study is not None else ""
        return (asked, tuple(rules.digest for rules in self.rule_sets)) if page == "contributions" else asked

    def _find_page(self) -> ipw.Widget:
        assert self.subject.inventory is not None
        self.finder = find_product(self.subject.inventory, source=self._source)
        self._show_in_finder()
        self.finder.on_change(self._product_found)
        return self.finder.widget

    def _rules_page(self) -> ipw.Widget:
        study, before = self.study, self.bench
        if study is None:
            return _nothing_chosen()
        if before is None:
            self.bench = rules_bench(study, baseline=self._rules, source=self.subject.source)
            return self.bench.widget
        bases = (before.baseline_control.base, before.alternative_control.base)
        self.bench = rules_bench(study, baseline=bases[0], alternative=bases[1], source=self.subject.source)
        self.bench.turn_like(before)
        return self.bench.widget

    def _contributions_page(self) -> ipw.Widget:
        study = self.study
        if study is None:
            return _nothing_chosen()
        self._stop_working()
        self.explorer = contributions(study.with_rule_sets(*self.rule_sets), source=self.subject.source)
        return self.explorer.widget

    def _uncertainty_page(self) -> ipw.Widget:
        study = self.study
        if study is None:
            return _nothing_chosen()
        self._stop_working()
        self.uncertainty = uncertainty_bench(
            study,
            rule_sets=lambda: self.rule_sets,
            source=self.subject.source,
            turn_rules=lambda: self.open("rules"),
        )
        return self.uncertainty.widget

    def _sensitivity_page(self) -> ipw.Widget:
        study = self.study
        if study is None:
            return _nothing_chosen()
        self._stop_working()
        self.sensitivity = sensitivity_bench(
            study,
            rule_sets=lambda: self.rule_sets,
            source=self.subject.source,
            turn_rules=lambda: self.open("rules"),
        )
        return self.sensitivity.widget

    def _own_page(self) -> ipw.Widget:
        assert self.subject.inventory is not None
        self.own = my_product(background=self.subject.inventory, source=self._source)
        return self.own.widget

    def _product_found(self) -> None:
        if self.finder is not None and self.finder.value is not None:
            self.subject.choose(self.finder.value)

    def _show_in_finder(self) -> None:
        """Show as chosen what is asked: no row of the finder while a study is."""
        if self.finder is None:
            return
        self.finder.value = None if self.subject.is_study else self.subject.chosen
        if self.subject.is_study:
            self.finder.grid.said = message("find.study")

    def _product_changed(self) -> None:
        self._leave_question()
        self._show_in_finder()
        self._fill()

    def _language_changed(self) -> None:
        self._leave_question()
        set_language(self.language_control.value)
        self._compose()

    def _stop_working(self) -> None:
        for bench in (self.explorer, self.uncertainty, self.sensitivity):
            if bench is not None:
                bench.job.cancel()

    def _leave_question(self) -> None:
        """Stop all that is at work on a question or in a language that is left."""
        self._stop_working()
        if self.bench is not None:
            self.bench.job.cancel()

    def __repr__(self) -> str:
        study = self.study
        return f"App({study.title!r})" if study is not None else f"App: {message('app.no_product')}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else its text."""
        return dict(self.widget._repr_mimebundle_(**kwargs) or {}) | {"text/plain": repr(self)}


def _nothing_chosen() -> ipw.Widget:
    return ipw.HTML(f"<p role='status'>{escape(message('app.no_product'))}</p>")
