"""Asking for a product: one way everywhere, by key or id, by name, or by words; nothing is guessed."""

from __future__ import annotations

import json

import pytest

import carbonlab as cl
from carbonlab.cli.main import main
from carbonlab.errors import NotFoundError, StudyError
from carbonlab.system.find_product import find_product
from carbonlab.system.study_file import read_study
from carbonlab.teaching import load_teaching_inventory, study_path

CATEGORIES = read_study(study_path("categories"))


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("battery_nmc_china", "battery_nmc_china"),
        ("BATTERY_NMC_CHINA", "battery_nmc_china"),
        ("1 kWh from an NMC battery, made in China, by ship", "battery_nmc_china"),
        ("nmc china", "battery_nmc_china"),
        ("lfp", "battery_lfp_china"),
        ("tyre germany", "tyre_germany"),
        ("lumber", "wood_lumber_us"),
        ("三元（NMC）电池输出1 kWh，中国制造，海运", "battery_nmc_china"),
        ("三元 中国", "battery_nmc_china"),
    ],
)
def test_a_product_of_a_study(asked: str, key: str) -> None:
    assert find_product(CATEGORIES.units, asked, study="s") == key
    assert [unit.key for unit in CATEGORIES.with_products(asked).units] == [key]


def test_several_products_are_listed_and_none_is_taken() -> None:
    with pytest.raises(StudyError, match="'nmc' fits 2 products") as caught:
        CATEGORIES.with_products("nmc")
    assert "battery_nmc_china, battery_nmc_europe" in str(caught.value)


def test_what_is_only_spelled_alike_is_suggested() -> None:
    with pytest.raises(StudyError, match="has no product 'tyre_chna'") as caught:
        CATEGORIES.with_products("tyre_chna")
    assert "did you mean 'tyre_china'" in str(caught.value)


@pytest.mark.parametrize("nothing", ["", " ", "?"])
def test_an_empty_text_names_no_product(nothing: str) -> None:
    with pytest.raises(StudyError, match="has no product"):
        CATEGORIES.with_products(nothing)


def test_a_study_of_one_product_takes_names_as_the_commands_do(capsys: pytest.CaptureFixture[str]) -> None:
    inventory = load_teaching_inventory()
    for words in ("cement_blended_cn", "Portland slag cement, China", "slag cement china", "矿渣 水泥 中国"):
        try:
            asked = cl.find_process(inventory, words)
        except NotFoundError:
            with pytest.raises(NotFoundError):
                cl.Study.of(inventory, words)
            continue
        assert cl.Study.of(inventory, words).units[0].process == asked
        assert main(["footprint", "teaching", words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["process"] == asked
    with pytest.raises(NotFoundError, match="fits 15 processes"):
        cl.Study.of(inventory, "cement")


def test_a_command_takes_words_for_a_product_of_a_study(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "categories", "lumber", "--rules", "default", "--rules", "pas-2050-2011", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["products"] == ["wood_lumber_us"]
