"""What a visitor does in the laboratory, the same in JupyterLab and on the web page."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from carbonlab.messages import message
from carbonlab.report.figures import format_number
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from tests.browser.visit import Visit

PROCESS, FLOW = "sawmill", "lumber_green"
WORDS = "lumber rough southeast"
"""What is typed to find it."""


@cache
def expected(option: str) -> float:
    """Return the footprint [kg CO2e] under the default rules with another rule for co-products."""
    rules = load_rule_set("default")
    asked = rules.replace(multifunctionality=option) if option else rules
    study = Study.of(load_teaching_inventory(), PROCESS, flow=FLOW, rule_sets=(asked,))
    return float(calculate(study)["total"].squeeze())


def near(*numbers: float) -> Any:
    """Compare with numbers that were calculated in another way, as closely as two ways agree."""
    return pytest.approx(list(numbers), rel=1e-12)


def open_tab(here: Visit, page: str) -> Any:
    """Open a tab and return what it holds."""
    here.page.get_by_role("tab", name=message(f"app.{page}"), exact=True).click()
    return here.page.locator(".cl-app-tabs .widget-tab-contents > :visible").first


def search_for_a_product(here: Visit) -> None:
    """Type words, take the first line by keyboard, and see it as the subject of all tabs."""
    panel = open_tab(here, "find")
    lines = panel.locator(".cl-find-sheet [role=row]")
    lines.first.wait_for()
    box = panel.get_by_role("searchbox")
    subject = here.page.locator(".cl-subject").first
    before = subject.inner_text()
    box.press("Enter")
    panel.get_by_text(message("find.enter_empty")).wait_for()
    assert subject.inner_text() == before, "Enter before any word chooses nothing"
    box.fill("bauxite")
    box.press("Enter")  # before the rows for it are there
    subject.get_by_text("1 kg Bauxite").wait_for()
    box.fill("banana")
    panel.get_by_text("Chosen still: Bauxite").wait_for()
    box.press("Enter")
    subject.get_by_text("1 kg Bauxite").wait_for()
    box.fill("lumbr")
    panel.get_by_text("Spelled alike").wait_for()
    box.press("Enter")
    panel.get_by_text(message("find.enter_near")).wait_for()
    box.fill("bauxite")
    here.page.wait_for_function("document.querySelectorAll('.cl-find-sheet [role=row]').length < 5")
    lines.first.click()
    subject.get_by_text("1 kg Bauxite").wait_for()
    box.fill("")
    box.press_sequentially(WORDS, delay=30)
    lines.get_by_text("Lumber, rough, green").wait_for()
    box.press("ArrowDown")
    here.page.keyboard.press("Enter")
    subject.get_by_text("1 kg Lumber, rough, green · Sawmill, US Southeast").wait_for()
    here.picture("find")


def turn_a_rule(here: Visit) -> float:
    """Choose another rule for co-products; return the seconds until the new number and figure are in sight."""
    panel = open_tab(here, "rules")
    panel.locator(".js-plotly-plot").first.wait_for()
    before = waterfall_of(here)
    assert before == near(expected(""), expected("")), "two equal sides at first"
    turned = panel.get_by_label(message("slot.multifunctionality"), exact=True).nth(1)
    wanted = format_number(expected("price"))
    start = time.monotonic()
    turned.select_option(label=option_label(turned, "price"))
    panel.locator("td, .cl-bar span").get_by_text(wanted, exact=True).first.wait_for()
    here.page.wait_for_function(FIGURE_HAS, arg=wanted)
    took = time.monotonic() - start
    after = waterfall_of(here)
    assert len(after) == 3, "baseline, the rule that was turned, alternative"
    assert [after[0], after[0] + after[1], after[2]] == near(
        expected(""), expected("price"), expected("price")
    )
    here.picture("rules")
    return took


FIGURE_HAS = (
    "text => [...document.querySelectorAll('.js-plotly-plot')].some(one => one.textContent.includes(text))"
)


def waterfall_of(here: Visit) -> list[float]:
    """Return what the steps of the waterfall in sight move [kg CO2e], from its CSV file."""
    rows = list(csv.reader(io.StringIO(saved(here, "csv").decode("utf-8-sig"))))
    return [float(row[1]) for row in rows[1:]]


def option_label(dropdown: Any, key: str) -> str:
    """Return the words of an option that begins with its key."""
    texts = [str(text) for text in dropdown.locator("option").all_inner_texts()]
    [label] = [text for text in texts if text.startswith(f"{key}:")]
    return label


def saved(here: Visit, format: str) -> bytes:
    """Save the view in sight as a file, and return what was saved."""
    bar = here.page.locator(
        ".cl-take-along:visible"
    ).last  # the sides of the rules bench have one of their own
    bar.get_by_role("combobox").select_option(format)
    with here.page.expect_download() as download:
        bar.locator(".cl-export").click()
    name = download.value.suggested_filename
    assert name.endswith(f".{format}") and "1-kg-Lumber-rough-green" in name
    return Path(download.value.path()).read_bytes()


def save_every_format(here: Visit) -> None:
    """Save the waterfall in every format, and look inside."""
    open_tab(here, "rules")
    assert saved(here, "csv").startswith(b"\xef\xbb\xbf"), "without it, Excel garbles Chinese"
    book = openpyxl.load_workbook(io.BytesIO(saved(here, "xlsx")), read_only=True)
    assert book.sheetnames[0] == "README"
    readme = [str(cell) for row in book["README"].iter_rows(values_only=True) for cell in row if cell]
    assert any("1 kg Lumber, rough, green" in cell for cell in readme), "the functional unit"
    steps = [row[1] for row in book[book.sheetnames[1]].iter_rows(min_row=2, values_only=True)]
    assert [one for one in steps if isinstance(one, float)] == near(*waterfall_of(here))
    book.close()
    assert saved(here, "png").startswith(b"\x89PNG")
    assert b"<svg" in saved(here, "svg")[:2000]
    assert b"Lumber, rough" in saved(here, "html")


@dataclass(frozen=True)
class Shown:
    """What copied code gives when it is run: the first table, and the words."""

    rows: list[list[Any]]
    text: str


RUNNER = """\
import json, sys
import IPython.display
found = []
IPython.display.display = found.append
exec(compile(sys.stdin.read(), "cell", "exec"), {})
[view] = found
print(json.dumps([[list(row) for row in view.tables[0].rows], view.text]))
"""


def run_copied_code(here: Visit) -> Shown:
    """Copy the code of the view in sight and run it as it is, in a Python of its own."""
    bar = here.page.locator(
        ".cl-take-along:visible"
    ).last  # the sides of the rules bench have one of their own
    bar.locator(".cl-copy").click()
    bar.get_by_text(message("take.copied")).wait_for()
    code = here.page.evaluate("navigator.clipboard.readText()")
    assert code == bar.locator(".cl-code").inner_text()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER], input=code, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    rows, text = json.loads(done.stdout)
    return Shown(rows, text)


def the_code_gives_the_same_numbers(here: Visit) -> None:
    """Run the copied code of the waterfall, and compare every number with the page's."""
    open_tab(here, "rules")
    in_sight = waterfall_of(here)
    again = run_copied_code(here)
    assert [row[1] for row in again.rows] == in_sight, "to the last digit"
    here.picture("rules_code")


def take_a_footprint_apart(here: Visit) -> None:
    """Look at bars, tree, Sankey diagram and table; open a branch by keyboard."""
    panel = open_tab(here, "contributions")
    panel.locator(".js-plotly-plot").first.wait_for()
    here.picture("contributions_bars")
    for picture in ("tree", "sankey", "table"):
        panel.get_by_role("button", name=message(f"explore.{picture}"), exact=True).click()
        if picture == "tree":
            tree = panel.get_by_role("tree")
            tree.wait_for()
            count = tree.get_by_role("treeitem").count()
            tree.get_by_role("treeitem").first.focus()
            for _ in range(3):
                here.page.keyboard.press("ArrowRight")
                here.page.wait_for_timeout(150)
            here.page.wait_for_function(
                "count => document.querySelectorAll('[role=treeitem]').length > count", arg=count
            )
        elif picture == "sankey":
            panel.locator(".js-plotly-plot .sankey").first.wait_for()
        else:
            here.page.wait_for_function("!document.querySelector('.js-plotly-plot .sankey')")
        here.picture(f"contributions_{picture}")
        assert here.findings_of_axe(".cl-app") == []
    total = [row[-2] for row in run_copied_code(here).rows][-1]
    assert total == pytest.approx(expected(""), rel=1e-12), "the parts sum to the footprint"


def cancel_a_simulation(here: Visit) -> float:
    """Begin a million draws and cancel them; return the seconds that the cancel took."""
    panel = open_tab(here, "uncertainty")
    spread = panel.get_by_label(message("uncertainty.assumed"), exact=True).last
    spread.fill("1.2")
    spread.press("Tab")
    cancel = panel.get_by_role("button", name=message("job.cancel"), exact=True)
    draw(here, panel, 1_000_000)
    panel.locator("progress").wait_for()
    panel.locator(".js-plotly-plot").first.wait_for()  # the first draws are shown while others are made
    here.picture("uncertainty_at_work")
    for format, head in (("png", b"\x89PNG"), ("xlsx", b"PK")):
        start = time.monotonic()
        assert saved(here, format).startswith(head)
        here.measured[f"{format} saved while draws are made"] = time.monotonic() - start
    here.page.get_by_text("-partial.xlsx was given to the browser. Work goes on").wait_for()
    start = time.monotonic()
    cancel.click()
    panel.get_by_text(message("job.cancelled")).wait_for()
    took = time.monotonic() - start
    assert cancel.is_disabled()
    here.picture("uncertainty_cancelled")
    return took


def run_a_simulation(here: Visit) -> None:
    """Make a few draws to the end, and get the same statistics from the copied code."""
    panel = open_tab(here, "uncertainty")
    draw(here, panel, 256)
    panel.get_by_text(message("job.done")).wait_for()
    here.page.wait_for_timeout(300)
    here.picture("uncertainty")
    rows = list(csv.reader(io.StringIO(saved(here, "csv").decode("utf-8-sig"))))[1:]
    again = run_copied_code(here).rows
    assert [[str(cell) if cell is not None else "" for cell in row] for row in again] == rows
    panel.get_by_role("button", name=message("uncertainty.show_difference"), exact=True).click()
    here.page.wait_for_timeout(500)
    here.picture("uncertainty_difference")


def draw(here: Visit, panel: Any, draws: int) -> None:
    """Type a number of draws and begin."""
    field = panel.get_by_label(message("uncertainty.draws"), exact=True)
    field.fill(str(draws))
    field.press("Tab")
    panel.get_by_role("button", name=message("uncertainty.start"), exact=True).click()


def nothing_went_wrong(here: Visit) -> None:
    """Check what the page asked for and complained about since it was opened."""
    assert here.outside == [], "requests to other hosts"
    assert here.errors == [], "errors on the console"


class VisitorTests:
    """What one visitor does, step after step, in JupyterLab and on the web page alike."""

    def test_search(self, here: Visit) -> None:
        search_for_a_product(here)

    def test_turn_a_rule(self, here: Visit) -> None:
        here.measured["rule turned"] = turn_a_rule(here)

    def test_export(self, here: Visit) -> None:
        save_every_format(here)

    def test_the_code_gives_the_same_numbers(self, here: Visit) -> None:
        the_code_gives_the_same_numbers(here)

    def test_contributions(self, here: Visit) -> None:
        take_a_footprint_apart(here)

    def test_cancel(self, here: Visit) -> None:
        here.measured["cancelled"] = cancel_a_simulation(here)

    def test_simulate(self, here: Visit) -> None:
        run_a_simulation(here)
