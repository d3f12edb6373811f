"""A number on a label: whether it comes out again, and which rules would give it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from carbonlab.cli.main import main
from carbonlab.compare.label import LabelCheck, check_label
from carbonlab.errors import StudyError
from carbonlab.messages import in_language
from carbonlab.results.calculate import calculate
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.study import Study
from tests.tiny import tiny_database

DEFAULT = load_rule_set("default")
# methane 0.5 kg: 29.8 under AR6 (fossil), 30 under AR5 with feedbacks, 28 without
TINY = tiny_database(
    """
    [flows]
    steel = "kg"
    other = "kg"

    [[processes]]
    id = "mill"
    out = { steel = 1, co2 = 2, ch4 = 0.5 }

    [[processes]]
    id = "shop"
    out = { other = 1, co2 = 3 }
    """
)


def total_of(**rules: str) -> float:
    study = Study.of(TINY, "mill")
    return float(calculate(study, DEFAULT.replace(**rules))["total"].values[0, 0])


def checked(stated: str) -> LabelCheck:
    return check_label(Study.of(TINY, "mill"), stated, rule_set=DEFAULT, others=[DEFAULT])


@pytest.mark.parametrize("digits", [0, 1, 2, 6])
def test_a_label_agrees_with_what_rounds_to_it(digits: int) -> None:
    total = total_of()
    found = checked(f"{total:.{digits}f}")
    assert found.agrees and found.giving == found.nearest == () and found.tried == 0
    assert found.rounding == pytest.approx(0.5 * 10.0**-digits)
    assert found.recalculated == pytest.approx(total)
    wrong = checked(f"{total + 1.01 * 10.0**-digits:.{digits}f}")
    assert not wrong.agrees
    assert wrong.difference == pytest.approx(float(wrong.stated) - total)


def test_the_rule_that_gives_the_number_is_found_and_none_without_effect() -> None:
    other = total_of(characterization="gwp100_ar5")
    assert abs(other - total_of()) > 0.1
    found = checked(f"{other:.4f}")
    assert not found.agrees and found.nearest == ()
    assert {one.slot for one in found.giving} == {"characterization"}
    assert any("gwp100_ar5" in one.rule for one in found.giving)
    for one in found.giving:
        assert one.rule_set == "default" and one.total == pytest.approx(other, abs=found.rounding)


def test_another_rule_set_that_gives_it_comes_first() -> None:
    own = replace(DEFAULT.replace(characterization="gwp100_ar5"), key="theirs")
    total = total_of(characterization="gwp100_ar5")
    found = check_label(Study.of(TINY, "mill"), f"{total:.4f}", rule_set=DEFAULT, others=[DEFAULT, own])
    assert (found.giving[0].rule_set, found.giving[0].slot) == ("theirs", "")


def test_what_comes_nearest_is_told_where_nothing_gives_it() -> None:
    found = checked("1000.0")
    assert found.giving == () and 0 < len(found.nearest) <= 3
    away = [abs(one.total - 1000.0) for one in found.nearest]
    assert away == sorted(away) and found.tried >= len(found.nearest)


@pytest.mark.parametrize("text", ["", "1,900", "about 3", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match="is no number of a label"):
        checked(text)


def test_the_command_says_agree_or_what_would_give_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "urea", "--product", "field", "--label", "1", "--json"]) == 4
    data = json.loads(capsys.readouterr().out)
    assert not data["agrees"] and data["stated"] == 1.0 and math.isclose(data["rounding"], 0.5)
    right = f"{data['recalculated']:.1f}"
    assert main(["check", "urea", "--product", "field", "--label", right]) == 0
    said = capsys.readouterr().out
    assert "Agrees" in said and right in said and "kg CO2e" in said
    with in_language("zh_CN"):
        assert main(["check", "urea", "--product", "field", "--label", "1"]) == 4
        assert "不相符" in capsys.readouterr().out


def test_a_study_of_many_products_asks_which_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "urea", "--label", "1"]) == 1
    said = capsys.readouterr().err
    assert "has 3 products" in said and "--product" in said
