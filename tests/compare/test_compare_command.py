"""``carbonlab compare``: what it prints, its JSON, its exit codes and its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbonlab.cli.compare_rules import parse_rules
from carbonlab.cli.main import main
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.teaching import study_path

VARIANT = "default+multifunctionality=price+characterization=gwp20_ar6+linking=by_location"
INVENTORY = str(study_path("teaching").parents[1] / "inventory")
"""A folder of tables: an inventory, and not a study."""


def test_one_product_of_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["compare", "teaching", "aluminium_ingot_cn", "--rules", "default", "--rules", VARIANT, "--explain"]
    )
    shown = capsys.readouterr().out
    assert code == 0
    assert "A  default: carbonlab default  (baseline)" in shown
    assert "both rules give the same numbers in this inventory" in shown
    assert "together: Multifunctionality × Characterization" in shown
    assert "the other 8 slots have the same rule on both sides" in shown
    assert "measured against the neutral rule of its slot" in shown and "not against the baseline" in shown
    assert "counts 82.5 instead of 29.8 kg CO2e per kg" in shown
    assert max(len(line) for line in shown.splitlines()) < 240


def test_json_terms_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["compare", str(study_path("teaching")), "--rules", "default", "--rules", VARIANT, "--json"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["rule_sets"] == ["default", VARIANT] and found["difference"][0] == [0.0] * 4
    (attribution,) = found["attributions"]
    for product, difference in enumerate(attribution["difference"]):
        assert sum(attribution["shapley"][product]) == pytest.approx(difference, rel=1e-9)
        assert difference == pytest.approx(found["difference"][1][product], rel=1e-9)
    assert attribution["hybrids"] == 8


def test_a_product_without_a_number_gives_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(study_path("teaching")), "cement", "--rules", "default"]
    assert main([*words, "--rules", "default+multifunctionality=energy"]) == 3
    assert "no number: the co-products" in capsys.readouterr().out


def test_a_rule_set_that_is_not_written_for_a_product(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "compare",
        "teaching",
        "portland cement, china",
        "--rules",
        "iso-14067-2018",
        "--rules",
        "eu-battery-2023",
    ]
    assert main(words) == 3
    assert "n/a: the rule set is not written for this product" in capsys.readouterr().out
    assert main([*words, "--what-if"]) == 0
    shown = capsys.readouterr().out
    assert "eu-battery-2023+what-if" in shown and "by slot" in shown


def test_the_figure_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "w.svg"
    words = ["compare", str(study_path("teaching")), "lumber", "--rules", "default", "--rules", VARIANT]
    assert main([*words, "--svg", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith('<svg xmlns="http://www.w3.org/2000/svg"')


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["compare", "teaching", "portland cement, china", "--rules", "default"],
            "there is only the rule set 'default'",
        ),
        (["compare", INVENTORY, "--rules", "default", "--rules", VARIANT], "no process is named"),
        (
            ["compare", str(study_path("teaching")), "bread", "--rules", "default", "--rules", VARIANT],
            "has no product 'bread'",
        ),
        (
            [
                "compare",
                "teaching",
                "portland cement, china",
                "--rules",
                "default",
                "--rules",
                "default+color=red",
            ],
            "no rule slot 'color'",
        ),
        (
            [
                "compare",
                "teaching",
                "portland cement, china",
                "--rules",
                "default",
                "--rules",
                "default+timing",
            ],
            "default+timing",
        ),
    ],
)
def test_mistakes_are_named(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    assert told in capsys.readouterr().err


def test_a_rule_set_with_changes() -> None:
    found = parse_rules("default+multifunctionality=price+timing=none")
    assert found.digest == load_rule_set("default").replace(multifunctionality="price").digest
    assert parse_rules("default").key == "default"
