"""What widgets with a job share: what is in sight, its code, an error in its place, and what a saved notebook keeps."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Generic, TypeVar

import ipywidgets as ipw

from carbonlab.errors import CarbonlabError
from carbonlab.messages import message, shown_name
from carbonlab.system.study import Study
from carbonlab.widgets.boundary import boundary_html
from carbonlab.widgets.choice import choice
from carbonlab.widgets.job import Job
from carbonlab.widgets.view import View
from carbonlab.widgets.view_box import ViewBox
from carbonlab.widgets.views import error_view

T = TypeVar("T")

GRACE = 0.5
"""Seconds that a cell waits for a first answer."""


class WorkingWidget(Generic[T]):
    """Controls above a job, and below it the view of what it found.

    Parameters
    ----------
    study : Study, optional
        What is asked; its functional unit stays in sight beside an error.
    label : str
        Of the job: what is done.
    title : str
        Of the widget, and of what has no answer.
    name : str
        Of exported files.
    threads : bool
        Whether to work in a thread, where there are any.
    again : bool
        Whether the job offers to begin again; for widgets without a button that begins.

    Attributes
    ----------
    widget : ipywidgets.Widget
        What is shown.
    job : Job
        The work, with the button that cancels.
    box : ViewBox
        The view in sight.
    boundary : ipywidgets.HTML
        Where the product system ends: to stand above the numbers.
    """

    widget: ipw.Widget

    def __init__(
        self,
        study: Study | None,
        *,
        label: str,
        title: str,
        name: str,
        threads: bool = True,
        again: bool = False,
    ) -> None:
        self.study, self._title = study, title
        self.job: Job[T] = Job(label=label, threads=threads, again=again)
        self.box = ViewBox(name=name)
        self.boundary = ipw.HTML()
        self.say_boundary()

    def say_boundary(self, product: str = "") -> None:
        """Say beside the numbers where the system of a product ends, or of all products."""
        self.boundary.value = boundary_html(self.study, product) if self.study is not None else ""

    @property
    def view(self) -> View:
        """What is shown."""
        return self.box.view

    def to_code(self) -> str:
        """Return a cell that shows the same as `view`.

        Raises
        ------
        CarbonlabError
            If nothing is shown that a cell could show.
        """
        return self.view.to_code()

    def _job_ended(self) -> None:
        """Show why the work failed; a defect is raised where the work is done."""
        if isinstance(self.job.error, CarbonlabError):
            self._show_error(self.job.error)

    def _show_error(self, error: CarbonlabError) -> None:
        self.box.show(self._view_of(error))

    def _view_of(self, error: CarbonlabError, *, side: str = "") -> View:
        return error_view(error, self.study, side=side or self._title)

    def __repr__(self) -> str:
        title = self.study.title if self.study is not None else ""
        return self.box.view.text or ": ".join(filter(None, (self._title, title)))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget where there is a kernel, else the present picture, else its text."""
        self.job.wait(GRACE)  # a notebook is saved with the answer, where it comes that soon
        bundle = dict(self.widget._repr_mimebundle_(**kwargs) or {})
        return bundle | {"text/plain": repr(self), "text/html": self._static_html() or escape(repr(self))}

    def _static_html(self) -> str:
        return self.box.view._repr_html_()


def start_button(label: str) -> ipw.Button:
    """Return the button that begins the work: as wide as its label, also where there is little room."""
    return ipw.Button(
        description=label, button_style="primary", layout=ipw.Layout(width="auto", flex="0 0 auto")
    )


def rules_button(turn_rules: Callable[[], None] | None) -> ipw.Button:
    """Return the button that brings a reader to where rules are turned; hidden until there is need for it."""
    made = ipw.Button(description=message("bench.turn_rule"), layout=ipw.Layout(width="auto", display="none"))
    if turn_rules is not None:
        made.on_click(lambda button: turn_rules())
    return made


def row_of(*widgets: ipw.Widget) -> ipw.HBox:
    """Return widgets beside each other, below each other where there is little room."""
    return ipw.HBox(list(widgets), layout=ipw.Layout(align_items="center", flex_flow="row wrap"))


def product_control(study: Study, *, label: str = "widget.product", width: str = "12rem") -> ipw.Dropdown:
    """Return the control that chooses one of a study's products by its key."""
    return choice(
        options=[(shown_name(unit.name), unit.key) for unit in study.units],
        description=message(label),
        style={"description_width": width},
        layout=ipw.Layout(width="min(44rem, 98%)"),
    )
