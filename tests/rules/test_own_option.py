"""The page on options of one's own does what it says, with the numbers of a hand calculation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from carbonlab.errors import RuleError
from carbonlab.results.calculate import calculate
from carbonlab.rules import registry
from carbonlab.rules.comparison_table import diff_table
from carbonlab.rules.rulefile import load_rule_set, parse_rule_set
from carbonlab.rules.ruleset import Line, Rule
from carbonlab.system.study import Study
from tests.tiny import tiny_database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own_option.md"
KEY = ("boundary", "light_packaging")
CASE = {
    "flows": {"bag": "kg", "cement": "kg"},
    "processes": [
        {"id": "bag", "out": {"bag": 1, "co2": 2}},
        {"id": "cement", "out": {"cement": 10, "co2": 8}, "in": {"bag": 1}},
    ],
    "roles": {"bag": "packaging"},
}


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def registered() -> Iterator[str]:
    """Run the first block of the page; take the option away again afterwards."""
    code = blocks()[0]
    exec(compile(code, str(PAGE), "exec"), {"__name__": "own_option"})
    yield code
    del registry._OPTIONS[KEY]


def test_the_page_has_its_two_examples() -> None:
    assert len(blocks()) == 2
    lines = [line for line in blocks()[0].splitlines() if line.strip() and "import" not in line]
    assert len(lines) <= 10


def test_the_option_gives_the_numbers_of_a_hand_calculation(registered: str) -> None:
    """Cement: (8 + 1·2)/10 = 1; half the bag: (8 + 0.5·2)/10 = 0.9; a quarter: (8 + 0.25·2)/10 = 0.85."""
    database = tiny_database(CASE)
    default = load_rule_set("default")
    quarter = Rule("boundary", (Line("light_packaging", parameters={"share": 0.25}),))
    sets = (default, default.replace(boundary="light_packaging"), default.replace(boundary=quarter))
    totals = [
        float(calculate(Study.of(database, "cement", rule_sets=[one]))["total"].squeeze()) for one in sets
    ]
    np.testing.assert_allclose(totals, [1.0, 0.9, 0.85], rtol=1e-12)


def test_it_changes_what_it_should_and_nothing_else(registered: str) -> None:
    database = tiny_database(CASE)
    mine = load_rule_set("default").replace(boundary="light_packaging")
    assert float(calculate(Study.of(database, "bag", rule_sets=[mine]))["total"].squeeze()) == pytest.approx(
        2.0, rel=1e-12
    )


def test_it_is_like_any_other_option(registered: str) -> None:
    default = load_rule_set("default")
    mine = default.replace(boundary="light_packaging")
    assert mine.digest != default.digest
    assert [change.slot for change in default.diff(mine)] == ["boundary"]
    assert "light_packaging" in diff_table(default, mine).text()
    assert registry.option_of(*KEY).summary.startswith("Packaging counts with a share")
    text = f"""
key = "mine"
title = "Mine"
edition = "2026"
base = {{ key = "default", digest = "{default.digest}" }}
[slots.boundary]
option = "light_packaging"
parameters = {{ share = 0.5 }}
reference = {{ source = "own", note = "a test" }}
"""
    assert parse_rule_set(text, "mine.toml").rules["boundary"].lines[0].parameters == {"share": 0.5}
    with pytest.raises(RuleError, match="parameter 'share' of option 'light_packaging' is 'half'"):
        parse_rule_set(text.replace("0.5", '"half"'), "mine.toml")


def test_without_it_a_rule_file_that_uses_it_is_refused() -> None:
    with pytest.raises(RuleError, match="no option 'light_packaging'"):
        load_rule_set("default").replace(boundary="light_packaging")


def test_its_key_is_taken_once(registered: str) -> None:
    with pytest.raises(RuleError, match="is registered already"):

        @registry.register(*KEY)
        def another(work, rows, parameters):  # type: ignore[no-untyped-def]
            """Do something else."""
            return work


def test_the_second_example_runs(registered: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(blocks()[1], str(PAGE), "exec"), {"__name__": "own_option"})
    difference = [float(word) for word in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", capsys.readouterr().out)]
    assert len(difference) == 5
    assert all(value < 0 for value in difference[:4]), "half of the bags is less"
    assert difference[4] == 0, "cement that is sold without a bag"
