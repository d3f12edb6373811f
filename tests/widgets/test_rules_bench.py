"""The rules bench without a browser: turn any slot, and see numbers, waterfall, matrix and words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import pytest

from carbonlab.errors import RuleError
from carbonlab.inventory.database import Database
from carbonlab.messages import in_language, message
from carbonlab.report.figures import format_number
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.rules.slots import SLOTS
from carbonlab.system.study import Study
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import RulesBench, Session, rules_bench
from carbonlab.widgets.job import State, Stopped
from carbonlab.widgets.number_field import NumberField
from tests.widgets.copied_code import printed_by, run_cell

DEFAULT = load_rule_set("default")
WAIT = 60.0


@pytest.fixture(scope="module")
def inventory() -> Database:
    return load_teaching_inventory()


@pytest.fixture
def bench(inventory: Database) -> Iterator[RulesBench]:
    made = rules_bench(inventory, products="sawmill", rule_sets=["default", "eu-pef-2021", "cbam-2023"])
    yield made
    made.job.cancel()
    if made.job.state is State.RUNNING:
        assert made.job.wait(WAIT)


def turn(bench: RulesBench, slot: str, option: str) -> None:
    bench.alternative_control.slots[slot].option.value = option


def test_every_slot_is_a_control_on_both_sides(bench: RulesBench) -> None:
    for side in (bench.baseline_control, bench.alternative_control):
        assert list(side.slots) == [slot.key for slot in SLOTS]
        assert side.value is DEFAULT or side.value.digest == DEFAULT.digest


def test_a_turned_rule_is_in_numbers_and_waterfall(bench: RulesBench, inventory: Database) -> None:
    turn(bench, "multifunctionality", "price")
    expected = calculate(
        Study.of(inventory, "sawmill", flow="lumber_green"), DEFAULT.replace(multifunctionality="price")
    )
    total = float(expected["total"].values[0, 0])
    assert float(bench.alternative["total"].sel(product="lumber_green").values[0]) == pytest.approx(
        total, rel=1e-12
    )
    assert format_number(total) in bench.sides.html
    steps = bench.view.tables[0].columns
    assert steps[0].values[1] == "Multifunctionality"
    assert steps[2].values[-1] == pytest.approx(total, rel=1e-9)
    assert bench.grid.differing == ("multifunctionality",)
    assert "differs" in bench.grid._marks["multifunctionality"].value
    assert not bench.grid._marks["characterization"].value


def test_a_slider_and_its_number_turn_the_rule(bench: RulesBench) -> None:
    turn(bench, "aviation", "multiplier")
    field = bench.alternative_control.slots["aviation"].fields["factor"]
    assert isinstance(field, NumberField)
    field.value = "2.5"
    assert dict(bench.value.alternative.rules["aviation"].lines[-1].parameters) == {"factor": 2.5}
    field.value = "-"
    with pytest.raises(RuleError, match="cannot be read"):
        _ = bench.value
    assert "cannot be read" in bench.sides_box.body.value + bench.view.html
    assert "aviation" in bench.grid.differing


@pytest.mark.slow
def test_rule_sets_begin_a_side_and_hide_nothing(bench: RulesBench) -> None:
    bench.alternative_control.base_control.value = "eu-pef-2021"
    assert bench.job.wait(WAIT)
    assert bench.job.state is State.DONE
    assert bench.value.alternative.digest == load_rule_set("eu-pef-2021").digest
    labels = bench.view.tables[0].columns[0].values
    assert "together: Cut-off × Biogenic carbon" in labels
    assert bench.view.functional_unit.startswith("Declared unit (partial footprint): 1 kg Lumber")
    bench.interaction_control.value = "shared"
    assert not any("together" in str(label) for label in bench.view.tables[0].columns[0].values)
    bench.product_control.value = "bark"
    assert "Bark" in bench.view.functional_unit


def test_value_turns_everything_at_once(bench: RulesBench, inventory: Database) -> None:
    turn(bench, "characterization", "gwp20_ar6")
    bench.shown_control.value = "words"
    other = rules_bench(inventory, products="sawmill", rule_sets=["default"])
    other.value = bench.value
    for side in ("baseline", "alternative"):
        assert getattr(other.value, side).digest == getattr(bench.value, side).digest
    assert (other.value.shown, other.value.product) == ("words", bench.value.product)
    assert other.view.text == bench.view.text


def test_words_name_the_clause(bench: RulesBench) -> None:
    turn(bench, "biogenic_carbon", "zero_zero")
    bench.shown_control.value = "words"
    text = bench.view.text
    assert "Alternative: default+biogenic_carbon=zero_zero: Biogenic carbon: " in text
    assert "Characterization" not in text, "only rules that differ are told"
    bench.alternative_control.base_control.value = "eu-pef-2021"
    assert "[pef" in bench.view.text or "4.4" in bench.view.text


def test_the_matrix_says_where_there_is_no_number(bench: RulesBench) -> None:
    turn(bench, "multifunctionality", "price")
    bench.shown_control.value = "matrix"
    assert bench.job.wait(WAIT)
    numbers, _, missing = bench.view.tables
    rows = {row[0]: row[1:] for row in numbers.rows}
    assert set(rows) == {"default", "default+multifunctionality=price", "eu-pef-2021", "cbam-2023"}
    assert set(rows["cbam-2023"]) == {"n/a"}
    assert all("not written for this product" in str(row[2]) for row in missing.rows)
    totals = bench.alternative["total"].values[0].tolist()
    assert list(rows["default+multifunctionality=price"]) == pytest.approx(totals)


def test_a_refused_side_leaves_no_old_numbers(bench: RulesBench) -> None:
    turn(bench, "multifunctionality", "price")
    shown = bench.view.tables
    turn(bench, "multifunctionality", "refuse")
    assert shown and not bench.view.tables
    assert "no answer" in bench.sides_box.body.value and "no answer" in bench.view.html
    assert "Traceback" not in bench.view.html
    for box in (bench.sides_box, bench.box):
        assert box.take_along.layout.display == "none", "a message is nothing to take along"
    turn(bench, "multifunctionality", "price")
    assert bench.box.take_along.layout.display is None


def test_a_column_without_words_is_not_shown(bench: RulesBench) -> None:
    turn(bench, "multifunctionality", "price")
    [terms] = [one for one in bench.view.tables if one.name == "What each rule moves"]
    assert "Why it moves nothing" not in [column.name for column in terms.columns]
    turn(bench, "aviation", "multiplier")  # nothing flies here
    [terms] = [one for one in bench.view.tables if one.name == "What each rule moves"]
    assert terms.columns[-1].name == "Why it moves nothing" and any(terms.columns[-1].values)


def test_the_sides_alone_can_be_shown_and_taken_along(bench: RulesBench, tmp_path: Path) -> None:
    turn(bench, "multifunctionality", "price")
    bench.part_control.value = "fossil"
    assert "Fossil emissions [kg CO2e]" in bench.sides.text
    bench.shown_control.value = "sides"
    assert bench.view is bench.sides_box.view and not bench.box.view.html
    assert run_cell(bench.to_code()).text == bench.sides.text
    assert bench.sides.export(tmp_path / "sides.xlsx").stat().st_size > 200
    assert bench.product_control.layout.display == "none"


@pytest.mark.parametrize("shown", ["waterfall", "matrix", "words"])
def test_the_code_shows_the_same(bench: RulesBench, shown: str) -> None:
    turn(bench, "multifunctionality", "price")
    turn(bench, "characterization", "gwp20_ar6")
    bench.shown_control.value = shown
    if shown == "matrix":
        assert bench.job.wait(WAIT)
    again = run_cell(bench.to_code())
    assert again.text == bench.view.text
    assert again.tables == bench.view.tables


def test_the_code_prints_the_same_as_a_script(bench: RulesBench, tmp_path: Path) -> None:
    turn(bench, "multifunctionality", "price")
    assert "lumber" in bench.view.text.casefold()
    assert printed_by(bench.to_code(), tmp_path).strip() == bench.view.text.strip()


def test_files_of_every_format(bench: RulesBench, tmp_path: Path) -> None:
    turn(bench, "multifunctionality", "price")
    assert bench.view.formats == ("csv", "xlsx", "nc", "png", "svg", "html")
    for format in bench.view.formats:
        assert bench.view.export(tmp_path / f"view.{format}").stat().st_size > 200
    page = (tmp_path / "view.html").read_text(encoding="utf-8")
    assert "<svg role=" in page and "Declared unit (partial footprint)" in page


def test_take_along_gives_files_and_code(bench: RulesBench, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[dict[str, str], list[bytes]]] = []
    box = bench.box.take_along
    monkeypatch.setattr(box, "send", lambda content, buffers=None: sent.append((content, buffers or [])))
    box._handle_custom_msg({"export": "csv"}, [])
    box._handle_custom_msg({"code": True}, [])
    box._handle_custom_msg({"export": "exe"}, [])
    assert sent[0][0]["file"] == "carbonlab-rules-1-kg-Lumber-rough-green.csv" and sent[0][1][0].startswith(
        b"\xef\xbb\xbf"
    )
    assert sent[1][0]["code"] == bench.to_code()
    assert "cannot be given as" in sent[2][0]["said"]


def test_an_attribution_can_be_stopped(inventory: Database) -> None:
    session = Session(Study.of(inventory, "sawmill", flow="chips"))
    stop = threading.Event()

    class Asked:
        in_turns = False
        reports = 0

        def is_set(self) -> bool:
            return stop.is_set()

        def report(self, done: int, most: int) -> None:
            self.reports += 1
            if done >= 5:
                stop.set()

    asked = Asked()
    stopped: Callable[[], object] = lambda: session.attribution(  # noqa: E731
        DEFAULT,
        load_rule_set("eu-pef-2021"),
        watch=asked,  # type: ignore[arg-type]
    )
    with pytest.raises(Stopped):
        stopped()
    assert asked.reports == 6
    stop.clear()
    assert session.known_attribution(DEFAULT, load_rule_set("eu-pef-2021")) is None


def test_what_a_reader_cannot_know_is_said(bench: RulesBench) -> None:
    turn(bench, "multifunctionality", "price")
    assert "Only one rule is turned" in bench.view.html + bench.view.text
    assert "Shapley value of a rule is" not in bench.view.html
    turn(bench, "characterization", "gwp20_ar6")
    assert "Only one rule is turned" not in bench.view.html
    assert "Shapley value of a rule is what it moves on average" in bench.view.html
    control = bench.alternative_control.slots["aviation"]
    assert escape(control.option.label.partition(": ")[2]) in control.explanation.value
    assert "(recalled) recalled, to be checked against the text" in bench.grid._levels.value


def test_how_a_clause_is_known_is_said_in_the_language_of_the_page(bench: RulesBench) -> None:
    bench.shown_control.value = "words"
    bench.alternative_control.base_control.value = "eu-pef-2021"
    assert "(recalled, to be checked against the text)" in bench.view.html
    with in_language("zh_CN"):
        bench._refresh()
        assert message("source_level.recalled") in bench.view.html
        assert "to be checked" not in bench.view.html
