"""The finder answers what the browser asks, rows in sight only, and turns a choice into a study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carbonlab.errors import RefusedError
from carbonlab.inventory.product_list import build_product_list
from carbonlab.results.calculate import calculate
from carbonlab.teaching import load_teaching_inventory
from carbonlab.widgets import FoundProduct, ProductFinder, find_product
from carbonlab.widgets.find_product import MOST_ROWS
from tests.widgets.copied_code import run_cell


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ProductFinder, list[dict[str, Any]]]]:
    made = find_product(load_teaching_inventory())
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(made.grid, "send", lambda content, buffers=None: sent.append(content))
    yield made, sent
    made.widget.close_all()


Finder = tuple[ProductFinder, list[dict[str, Any]]]


def ask(finder: ProductFinder, **content: Any) -> None:
    finder.grid._handle_custom_msg({"ask": 1, "start": 0, "count": 20, **content}, [])


def test_rows_in_sight_are_answered(finder: Finder) -> None:
    made, sent = finder
    ask(made, text="sawmill southeast")
    (answer,) = sent
    assert answer["total"] == len(answer["rows"]) == len(answer["lines"]) >= 1
    assert all("Sawmill" in row[1] for row in answer["rows"])
    assert answer["said"].startswith(f"{answer['total']} of ")
    assert made.grid.text == "sawmill southeast"


def test_what_is_merely_spelled_alike_is_said_to_be(finder: Finder) -> None:
    made, sent = finder
    for text in ("clinkr", "banana", " ", "水泥"):
        ask(made, text=text)
    said = [answer["said"] for answer in sent]
    assert said[0].startswith("Nothing found for “clinkr”. Spelled alike: ") and sent[0]["total"]
    assert said[1].startswith("Nothing found for “banana” among ") and not sent[1]["rows"]
    assert [answer["near"] for answer in sent] == [True, False, False, False]
    assert [answer["text"] for answer in sent] == ["clinkr", "banana", " ", "水泥"]
    assert not any("Nothing found" in text for text in said[2:]) and sent[3]["total"] > 5


def test_a_chosen_product_that_is_not_in_sight_is_named(finder: Finder) -> None:
    made, sent = finder
    ask(made, text="banana")
    made.grid.line = int(made.grid.lines("planing lumber southeast")[0])
    assert made.value is not None
    for text in ("banana", "steel", "planing lumber"):
        ask(made, text=text)
    still = f"Chosen still: {made.value.name}"
    assert [still in answer["said"] for answer in sent] == [False, True, True, False]


def test_no_more_rows_than_a_screen_holds(finder: Finder) -> None:
    made, sent = finder
    ask(made, text="", count=10**9)
    ask(made, text="", start=3, count=2)
    ask(made, text="", start=10**9, count=5)
    assert len(sent[0]["rows"]) == min(MOST_ROWS, len(made.grid.products))
    assert sent[1]["rows"] == sent[0]["rows"][3:5]
    assert sent[2]["rows"] == []


def test_rows_are_ordered_by_a_column_and_by_nothing_else(finder: Finder) -> None:
    made, sent = finder
    ask(made, text="electricity", sort="location")
    ask(made, text="electricity", sort="location", descending=True)
    ask(made, text="electricity", sort="__class__")
    places = [row[2].casefold() for row in sent[0]["rows"]]
    assert places == sorted(places)
    assert sent[1]["rows"][0][2] == max(
        (made.grid.products.columns["location"][i] for i in made.grid.lines("electricity")), key=str.casefold
    )
    assert sent[2]["total"] == sent[0]["total"]


def test_a_choice_becomes_a_study(finder: Finder) -> None:
    made, _ = finder
    called: list[FoundProduct | None] = []
    made.on_change(lambda: called.append(made.value))
    with pytest.raises(RefusedError, match="no product is chosen"):
        made.study()
    made.grid.line = int(made.grid.lines("planing lumber southeast")[0])
    assert called == [made.value]
    assert made.value is not None and made.value.process == "planer_mill"
    assert str(made.value) in made.grid.said
    total = float(calculate(made.study(2, unit="t"))["total"].squeeze())
    again = run_cell(made.to_code())
    assert again.dataset is not None
    assert total == pytest.approx(2000 * float(again.dataset["total"].squeeze()))
    chosen = made.value
    made.value = None
    assert made.value is None and made.grid.said == ""
    made.value = chosen
    assert made.value == chosen


def test_what_was_found_is_taken_along(finder: Finder) -> None:
    made, _ = finder
    ask(made, text="sawmill")
    lines = made.view.export_bytes("csv").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(made.grid.lines("sawmill"))
    assert lines[0].endswith("Id of the process,Id of the flow")
    assert "Products of" in repr(made)


def test_chinese_words_of_the_trade_find_products_with_english_names() -> None:
    found = build_product_list(load_teaching_inventory())
    for text, english in (
        ("锯材", "lumber"),
        ("硅酸盐水泥", "portland"),
        ("合成氨", "ammonia"),
        ("炼油", "refin"),
    ):
        lines = [found.line(int(number)) for number in found.find(text)]
        assert lines and all(english in " ".join(line.values()).lower() for line in lines), text
