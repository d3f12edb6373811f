"""An interactive figure inside a widget, shown by the front end's own plotly: no bundle of its own travels along."""

from __future__ import annotations

import json
from html import escape

import ipywidgets as ipw
import plotly.graph_objects as go

from carbonlab.plots.theme import MIN_WIDTH

MIME = "application/vnd.plotly.v1+json"
LEAST = 600
"""Width of a figure below which it scrolls [px]."""


class FigureBox:
    """Shows one figure at a time, with its text alternative beside it for those who do not see it.

    Attributes
    ----------
    widget : ipywidgets.VBox
        The figure.
    """

    def __init__(self) -> None:
        self._output = ipw.Output()
        self.widget = ipw.VBox([self._output], layout=ipw.Layout(overflow="auto hidden"))

    def show(self, figure: go.Figure | None, *, alternative: str = "") -> None:
        """Show a figure, or nothing."""
        if figure is None:
            self._output.outputs = ()
            self._output.layout.min_width = None
            return
        data = {
            MIME: json.loads(figure.to_json()) | {"config": {"displaylogo": False, "responsive": True}},
            "text/html": f"<pre>{escape(alternative)}</pre>",  # where no plotly is at hand
            "text/plain": alternative,
        }
        least = (figure.layout.meta or {}).get(MIN_WIDTH, LEAST)
        self._output.layout.min_width = (
            f"{least}px"  # a narrow screen scrolls: labels would lie on each other
        )
        # set as a whole, so that it can be done from any thread and without a kernel
        self._output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
