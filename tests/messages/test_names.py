"""Names of the embedded inventory in other languages: none is missing, none is left over."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from carbonlab.messages import available_languages, in_language, name_in, shown_name
from carbonlab.messages.names import SEPARATORS, _names
from carbonlab.system.study_file import read_study
from carbonlab.teaching import list_studies, load_teaching_inventory, study_path

OTHERS = [code for code in available_languages() if code != "en"]


@pytest.fixture(scope="module")
def packaged_names() -> set[str]:
    """What a reader may see: processes, flows, categories, and studies with their products."""
    studies = [read_study(study_path(key)) for key in list_studies()]
    databases = [load_teaching_inventory(), *(study.foreground for study in studies if study.foreground)]
    names = {study.title for study in studies}
    for study in studies:
        names |= {unit.name for unit in study.units if unit.name}
    for database in databases:
        for table in (database.processes, database.flows):
            names |= set(table.column("name").to_pylist())
            for category in set(table.column("category").to_pylist()) - {"", None}:
                names |= set(category.split("/"))
    return names


@pytest.mark.parametrize("code", OTHERS)
def test_every_packaged_name_is_shown_in_the_language(code: str, packaged_names: set[str]) -> None:
    same = {name for name in packaged_names if name_in(name, code) == name}
    assert sorted(same) == [], f"add them, or their pieces, to messages/names/{code}.csv"
    assert len(packaged_names) > 700


@pytest.mark.parametrize("code", OTHERS)
def test_no_piece_is_left_over(code: str, packaged_names: set[str]) -> None:
    said = "\n".join(packaged_names)
    left = [
        piece
        for piece in _names(code)
        if not re.search(rf"(^|: |, ){re.escape(piece)}($|: |, )", said, re.MULTILINE)
        and piece not in SEPARATORS
    ]
    assert left == [], "no packaged name has them any more"


@pytest.mark.parametrize("code", OTHERS)
def test_a_piece_has_one_translation_and_its_line(code: str) -> None:
    text = resources.files("carbonlab.messages").joinpath("names", f"{code}.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["english", "shown"]
    assert [row[0] for row in rows[1:]] == sorted({row[0] for row in rows[1:]})
    assert all(len(row) == 2 and row[1].strip() == row[1] != "" for row in rows[1:])


def test_pieces_are_put_together() -> None:
    assert shown_name("Steel cord, China") == "Steel cord, China"
    with in_language("zh_CN"):
        assert shown_name("Steel cord, China") == "钢帘线，中国"
        assert shown_name("Mileage of 2.3 truck tyres: 2.3 new tyres") == "2.3条卡车轮胎的行驶里程：2.3条新胎"
        # the longest pieces first: this one holds separators of its own
        whole = "Recovery of glass, aluminium and copper from solar modules, Europe"
        assert shown_name(whole) == "从光伏组件回收玻璃、铝和铜，欧洲"


def test_a_name_that_is_not_known_stays_as_it_was_written() -> None:
    with in_language("zh_CN"):
        assert shown_name("Steel cord, Atlantis") == "Steel cord, Atlantis"
        assert shown_name("") == ""
