"""What a reader takes along from a view: files through the browser's own download, and the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from carbonlab.errors import CarbonlabError
from carbonlab.messages import message
from carbonlab.widgets.view import View

TYPES = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "nc": "application/x-netcdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html;charset=utf-8",
}
"""Media type of each format."""
_HERE = Path(__file__).parent
WORDS = ("format", "save", "copy", "copied", "selected", "changed")
"""Texts that the browser writes by itself."""

PARTIAL = "partial"
"""In the name of a file that was saved before the work was done: a table alone could not say so."""
LONGEST = 80
"""Characters of a file's name: it has to fit beside a folder of some depth."""


def file_name(name: str, functional_unit: str) -> str:
    """Return the name of a file, without an ending, that says what its numbers are for.

    Examples
    --------
    >>> file_name("carbonlab-rules", "Declared unit (partial footprint): 0.5 kg Lumber, green")
    'carbonlab-rules-0.5-kg-Lumber-green'
    """
    _, _, asked = functional_unit.partition(": ")
    words = re.sub(r"[^\w.]+", "-", asked)
    return f"{name}-{words}"[:LONGEST].strip("-.")


class TakeAlong(anywidget.AnyWidget):
    """Choose a format and save; show and copy the code.

    Nothing is made before somebody asks for it.

    Parameters
    ----------
    view : callable
        Returns the view that is in sight.
    name : str
        What files begin with; the functional unit of the view and an ending follow.
    """

    _esm = _HERE / "take_along.js"
    _css = _HERE / "take_along.css"
    formats = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    has_code = traitlets.Bool(True).tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)

    def __init__(self, view: Callable[[], View], *, name: str = "carbonlab") -> None:
        self._view, self._name = view, name
        super().__init__(
            words={word: message(f"take.{word}") for word in WORDS},
            names={format: message(f"take.{format}") for format in TYPES},
        )
        self.on_msg(self._asked)

    def refresh(self) -> None:
        """Tell the browser that another view is in sight now; where nothing can be taken, nothing is offered."""
        view = self._view()
        is_something = any(table.rows for table in view.tables) or bool(view.code)
        self.layout.display = None if is_something else "none"
        if is_something:  # the chosen format is kept while there is nothing
            self.formats, self.has_code = list(view.formats), bool(view.code)
        self.version += 1

    def _asked(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        try:
            if "export" in content:
                self._give_file(str(content["export"]))
            elif "code" in content:
                self.send({"code": self._view().to_code()})
        except CarbonlabError as error:
            self.send({"said": str(error)})

    def _give_file(self, format: str) -> None:
        view = self._view()
        data = view.export_bytes(format)
        ending = f"-{PARTIAL}.{format}" if view.state else f".{format}"
        name = f"{file_name(self._name, view.functional_unit)}{ending}"
        said = " ".join(filter(None, (message("take.saved", name=name), view.state)))
        self.send({"file": name, "type": TYPES[format], "said": said}, buffers=[data])
