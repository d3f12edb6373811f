"""A view in sight: the interactive figure, the same as a table, and what to take along."""

from __future__ import annotations

import ipywidgets as ipw

from carbonlab.widgets.figure_box import FigureBox
from carbonlab.widgets.take_along import TakeAlong
from carbonlab.widgets.view import View


class ViewBox:
    """Shows one view after the other.

    Parameters
    ----------
    name : str
        Of exported files.

    Attributes
    ----------
    widget : ipywidgets.VBox
        What is shown.
    view : View
        What is in sight.
    """

    def __init__(self, *, name: str = "carbonlab") -> None:
        self.view = View("", "")
        self.figure = FigureBox()
        self.body = ipw.HTML()
        self.take_along = TakeAlong(lambda: self.view, name=name)
        self.widget = ipw.VBox([self.figure.widget, self.body, self.take_along])

    def show(self, view: View) -> None:
        """Show a view; nothing is sent for one that is in sight already."""
        self.view = view
        figure = view.interactive() if view.interactive is not None else None
        self.figure.show(figure, alternative=view.text)
        self.body.value = view.html
        self.take_along.refresh()
