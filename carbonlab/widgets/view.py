"""A view: a picture of a result, the text that says the same, and everything that a reader may take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from carbonlab.atomic import new_file
from carbonlab.errors import RefusedError
from carbonlab.messages import has_message, message, translated
from carbonlab.report.export import Table, csv_bytes, xlsx_bytes
from carbonlab.results.store import save_result

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

FORMATS = ("csv", "xlsx", "nc", "png", "svg", "html")
"""What a view can be exported as."""


@dataclass(frozen=True, eq=False)
class View:
    """A picture and the text that says the same.

    Attributes
    ----------
    html : str
        Self-contained: no script, nothing from outside.
    text : str
        For a terminal, for a screen reader, for those who copy numbers.
    title : str
        What is shown.
    functional_unit : str
        What the numbers are for.
    tables : tuple of Table
        The same numbers, with units.
    code : str
        A cell that shows the same.
    dataset : xarray.Dataset, optional
        The result that is drawn.
    printed : callable, optional
        Draws the picture for print; called when it is exported.
    interactive : callable, optional
        Draws the picture for the screen; called where there is one.
    is_pictured : bool
        Whether the picture for print stands beside the text, and is not for export only.
    state : str
        Of a view that is shown before the work is done: what it holds so far; empty for one that is complete.
    about : mapping of str to str
        Further facts for whoever opens a file of it, such as the titles of rule sets.
    """

    html: str
    text: str
    title: str = ""
    functional_unit: str = ""
    tables: tuple[Table, ...] = ()
    code: str = ""
    dataset: xr.Dataset | None = None
    printed: Callable[[], Figure] | None = field(default=None, repr=False)
    interactive: Callable[[], go.Figure] | None = field(default=None, repr=False)
    is_pictured: bool = True
    state: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    def to_code(self) -> str:
        """Return a cell that shows the same.

        Raises
        ------
        RefusedError
            If the view was made from something that no code can name.
        """
        if not self.code:
            raise self._lacks("code")
        return self.code

    @property
    def formats(self) -> tuple[str, ...]:
        """What this view can be exported as, of `FORMATS`."""
        has = {
            "csv": bool(self.tables),
            "xlsx": bool(self.tables),
            "nc": self.dataset is not None or bool(self.tables),
            "png": self.printed is not None,
            "svg": self.printed is not None,
            "html": True,
        }
        return tuple(name for name in FORMATS if has[name])

    def export_bytes(self, format: str) -> bytes:
        """Return the view as the content of a file.

        Parameters
        ----------
        format : str
            One of `formats`: ``csv`` holds the first table; ``xlsx`` all of them and a README sheet.

        Raises
        ------
        RefusedError
            If the view has nothing to fill such a file with.
        """
        if format not in self.formats:
            raise self._lacks(format)
        match format:
            case "csv":
                return csv_bytes(self.tables[0])
            case "xlsx":
                return xlsx_bytes(self.tables, self._about())
            case "nc":
                found = _of_tables(self) if self.dataset is None else self.dataset
                return _netcdf(found.assign_attrs(state=self.state) if self.state else found)
            case "html":
                return self._page().encode("utf-8")
            case _:
                return self._figure(format)

    def export(self, path: Path | str) -> Path:
        """Write the view to a file whose ending says the format; it is there whole or not at all.

        Raises
        ------
        RefusedError
            As `export_bytes`.
        StoreError
            If the disk refuses.
        """
        path = Path(path)
        content = self.export_bytes(path.suffix.lstrip(".").lower())
        with new_file(path) as draft:
            draft.write_bytes(content)
        return path

    def _about(self) -> dict[str, str]:
        return {
            message("export.title"): self.title,
            message("export.functional_unit"): self.functional_unit,
            **({message("export.state"): self.state} if self.state else {}),
            **self.about,
            **_facts(self.dataset),
        }

    def _page(self) -> str:
        return (
            f"<!doctype html><html lang='{message('report.language')}'><head><meta charset='utf-8'>"
            f"<title>{escape(self.title)}</title>"
            "<style>body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}</style>"
            f"</head><body><main>{self._state()}{self._picture()}{self.html}</main></body></html>"
        )

    def _state(self) -> str:
        return f"<p><b>{escape(self.state)}</b></p>" if self.state else ""

    def _picture(self) -> str:
        """Return the picture for print as an element of a page; empty where the page draws it already."""
        if self.printed is None or not self.is_pictured or "<svg class='bars" in self.html:
            return ""
        drawn = self._figure("svg").decode("utf-8")
        labelled = f'<svg role="img" aria-label="{escape(self.title)}" style="max-width:100%;height:auto" '
        return drawn[drawn.index("<svg") :].replace("<svg ", labelled, 1)

    def _figure(self, format: str) -> bytes:
        from carbonlab.plots.theme import figure_bytes

        assert self.printed is not None
        return figure_bytes(self.printed, format)

    def _lacks(self, what: str) -> RefusedError:
        return RefusedError(
            f"this view cannot be given as {what!r}",
            where=self.title,
            why="the file would be empty",
            remedy=f"it can be given as: {', '.join(self.formats)}",
        )

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self._picture() + self.html


def _facts(dataset: xr.Dataset | None) -> dict[str, str]:
    """Return what a dataset says of itself, in words: rule sets by their titles, digests, when it was made."""
    if dataset is None:
        return {}
    titles = {}
    if "rule_set_title" in dataset and "rule_set" in dataset["rule_set_title"].dims:
        keys, said = (
            map(str, dataset[name].values.ravel().tolist()) for name in ("rule_set", "rule_set_title")
        )
        titles = {
            message("export.rule_set", key=key): translated(title)
            for key, title in zip(keys, said, strict=True)
        }
    kept = sorted(key for key in map(str, dataset.attrs) if "digest" in key or key == "created")
    return titles | {_fact_name(key): str(dataset.attrs[key]) for key in kept}


def _fact_name(key: str) -> str:
    return message(f"export.{key}") if has_message(f"export.{key}") else key


def _of_tables(view: View) -> xr.Dataset:
    """Return the tables of a view as variables; a dimension for the rows of each."""
    variables = {}
    for number, one in enumerate(view.tables, start=1):
        for place, column in enumerate(one.columns, start=1):
            is_number = all(not isinstance(cell, str) for cell in column.values)
            values = [
                (float("nan") if is_number else "") if cell is None else (cell if is_number else str(cell))
                for cell in column.values
            ]
            attributes = {"long_name": column.name, "units": column.unit, "table": one.name}
            data = np.asarray(values, float if is_number else object)
            variables[f"table_{number}_column_{place}"] = (f"row_{number}", data, attributes)
    return xr.Dataset(variables, attrs={"title": view.title, "functional_unit": view.functional_unit})


def _netcdf(dataset: xr.Dataset) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "result.nc"
        if "schema" in dataset.attrs:
            save_result(dataset, path)
        else:  # what is derived from results: attributions, a few variables of several rule sets
            dataset.to_netcdf(path, engine="h5netcdf")
        return path.read_bytes()
