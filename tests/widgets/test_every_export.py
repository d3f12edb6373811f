"""Every view in every format: what was written is opened again, and holds the numbers, units and functional unit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import xarray as xr
from matplotlib.image import imread

from carbonlab.compare.attribution import attribute
from carbonlab.compare.movement import explain
from carbonlab.errors import RefusedError
from carbonlab.monte_carlo.simulate import simulate
from carbonlab.plots import contribution_tree
from carbonlab.plots.distributions import GRID
from carbonlab.report.figures import format_number
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.sensitivity.data_and_rules import data_and_rules
from carbonlab.sensitivity.first_order import first_order
from carbonlab.sensitivity.global_sensitivity import global_sensitivity
from carbonlab.sensitivity.perturbation import perturb
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import (
    View,
    bars_view,
    comparison_view,
    contribution_view,
    convergence_view,
    difference_view,
    distribution_view,
    indices_view,
    matrix_view,
    result_view,
    tornado_view,
    waterfall_view,
    words_view,
)
from carbonlab.widgets.sensitivity_bench import differing_slots
from carbonlab.widgets.simulation_steps import with_assumed_spread
from carbonlab.widgets.view import FORMATS

DEFAULT = load_rule_set("default")
PRICE = DEFAULT.replace(multifunctionality="price")
UNIT = "1 kg Sawmill, US Southeast"


@cache
def study() -> Study:
    asked = Study.of(load_teaching_inventory(), "sawmill", flow="lumber_green", rule_sets=(DEFAULT, PRICE))
    return with_assumed_spread(asked, 1.2)


@cache
def result() -> xr.Dataset:
    return calculate(study())


@cache
def simulation(draws: int) -> xr.Dataset:
    return simulate(study(), rule_sets=(DEFAULT, PRICE), draws=draws, quantiles=GRID)


def words() -> View:
    return words_view({rules.key: explain(study(), rules) for rules in (DEFAULT, PRICE)}, study())


VIEWS: dict[str, Callable[[], View]] = {
    "result": lambda: result_view(result().isel(rule_set=[0])),
    "comparison": lambda: comparison_view(result().isel(rule_set=[0]), result().isel(rule_set=[1])),
    "bars": lambda: bars_view([(UNIT, 2.5), ("credit", -1.25)], unit="kg CO2e", title=f"Two of {UNIT}"),
    "contribution_bars": lambda: contribution_view(study()),
    "contribution_tree": lambda: contribution_view(study(), PRICE, picture="tree", level=2.0),
    "contribution_sankey": lambda: contribution_view(study(), picture="sankey"),
    "contribution_table": lambda: contribution_view(study(), by="gas", picture="table"),
    "waterfall": lambda: waterfall_view(attribute(study(), DEFAULT, PRICE), study()),
    "matrix": lambda: matrix_view(result(), study()),
    "words": words,
    "distribution": lambda: distribution_view(simulation(64), study()),
    "difference": lambda: difference_view(simulation(64), study()),
    "convergence": lambda: convergence_view([simulation(64), simulation(128)], study()),
    "perturbation": lambda: tornado_view(perturb(study(), product="product", rule_set=DEFAULT), study()),
    "tornado": lambda: tornado_view(
        first_order(study(), product="product", rule_set=DEFAULT, largest=20), study()
    ),
    "sobol": lambda: indices_view(
        global_sensitivity(study(), product="product", rule_set=DEFAULT, samples=16), study()
    ),
    "data_and_rules": lambda: indices_view(
        data_and_rules(study(), differing_slots((DEFAULT, PRICE)), base=DEFAULT, draws=16), study()
    ),
}


@cache
def made(name: str) -> View:
    return VIEWS[name]()


def numbers_of(view: View) -> list[float]:
    """Return the numbers of the first table, row by row."""
    return [cell for row in view.tables[0].rows for cell in row if isinstance(cell, (int, float))]


def units_of(view: View) -> set[str]:
    return {column.unit for column in view.tables[0].columns if column.unit}


def check_csv(path: Path, view: View) -> None:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "without it, Excel garbles Chinese"
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head == view.tables[0].head
    assert all(any(f"[{unit}]" in title for title in head) for unit in units_of(view))
    written = [cell for row in rows for cell in row]
    expected = ["" if cell is None else str(cell) for row in view.tables[0].rows for cell in row]
    assert written == expected


def check_xlsx(path: Path, view: View) -> None:
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 1 + len(view.tables)
    readme = " ".join(str(cell) for row in book["README"].iter_rows(values_only=True) for cell in row if cell)
    assert view.title in readme and UNIT in readme
    sheet = book[book.sheetnames[1]]
    cells = [cell for row in sheet.iter_rows(min_row=2, values_only=True) for cell in row]
    found = [float(cell) for cell in cells if isinstance(cell, (int, float))]
    assert found == pytest.approx(numbers_of(view))


def check_nc(path: Path, view: View) -> None:
    with xr.open_dataset(path, engine="h5netcdf") as again:
        if view.dataset is not None:
            xr.testing.assert_allclose(again.load()[list(view.dataset)], view.dataset)
            return
        assert again.attrs["functional_unit"] == view.functional_unit
        for number, column in enumerate(view.tables[0].columns, start=1):
            variable = again[f"table_1_column_{number}"]
            assert (variable.attrs["long_name"], variable.attrs["units"]) == (column.name, column.unit)
            if all(isinstance(cell, float) for cell in column.values):
                assert variable.values.tolist() == pytest.approx(list(column.values))
            else:
                assert len(variable) == len(column.values)


def check_png(path: Path, view: View) -> None:
    pixels = imread(path)
    assert min(pixels.shape[:2]) > 300, "large enough to be read"
    assert 0.002 < (pixels[..., :3].min(axis=2) < 0.9).mean() < 0.9, "drawn on, and not all over"


def check_svg(path: Path, view: View) -> None:
    texts = " ".join(
        "".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text")
    )
    joined = " ".join(texts.split())
    assert UNIT in joined, "the functional unit is in sight"
    assert "kg CO2e" in joined or "Share" in joined or "[%]" in joined or "index" in joined, "with a unit"


def check_html(path: Path, view: View) -> None:
    page = path.read_text(encoding="utf-8")
    assert "<meta charset='utf-8'>" in page and "<html lang='en'>" in page
    assert UNIT in page
    assert "<script" not in page and "src=" not in page, "self-contained"
    numbers = [number for number in numbers_of(view) if number]
    assert sum(format_number(float(number)) in page for number in numbers) > 0.6 * len(numbers)


CHECKS: dict[str, Callable[[Path, View], None]] = {
    "csv": check_csv, "xlsx": check_xlsx, "nc": check_nc, "png": check_png, "svg": check_svg, "html": check_html,
}  # fmt: skip


def test_no_format_is_forgotten() -> None:
    assert tuple(CHECKS) == FORMATS


def test_no_view_is_forgotten() -> None:
    from carbonlab import widgets

    named = {name.removesuffix("_view") for name in widgets.__all__ if name.endswith("_view")}
    covered = {name.partition("_")[0] if name.startswith("contribution_") else name for name in VIEWS}
    assert named <= covered | {"indices"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", VIEWS)
def test_what_is_written_can_be_read(name: str, format: str, tmp_path: Path) -> None:
    view = made(name)
    assert view.formats == FORMATS
    path = view.export(tmp_path / f"{name}.{format}")
    CHECKS[format](path, view)


def test_a_tree_that_cannot_be_read_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contribution_tree, "MOST_LINES", 3)
    with pytest.raises(RefusedError, match="cannot be read"):
        made("contribution_tree").export_bytes("png")


def test_a_tree_in_print_is_indented_and_signed() -> None:
    view = made("contribution_tree")
    assert view.printed is not None
    figure: Any = view.printed()
    texts, bars = figure.axes
    assert [text.get_position()[0] for text in texts.texts] == [
        3 * int(row[0]) for row in view.tables[0].rows
    ]
    footprints = [row[5] for row in view.tables[0].rows]
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(footprints)
