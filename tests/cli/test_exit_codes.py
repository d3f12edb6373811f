"""What a command returns to the shell: scripts go by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.rules.rulefile import load_rule_set, write_rule_set

STUDY = """
[study]
key = "lumber"
title = "Lumber"
[[databases]]
name = "teaching"
embedded = true
[[products]]
key = "lumber"
name = "lumber of the sawmill"
process = "sawmill"
amount = 1
[rules]
sets = ["default", "stated.toml"]
"""


def test_a_run_whose_product_has_no_number_under_one_rule_set_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rule_set(load_rule_set("default").replace(multifunctionality="stated"), tmp_path / "stated.toml")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    assert main(["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out"), "--json"]) == 3
    one, other = json.loads(capsys.readouterr().out)["rule_sets"]
    assert one["products"][0]["status"] == "complete"
    assert one["products"][0]["total"] is not None
    assert (other["products"][0]["total"], other["products"][0]["status"]) == (None, "no_basis")


def test_control_c_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*words: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("carbonlab.cli.footprint.open_database", interrupted)
    assert main(["footprint", "teaching", "sawmill"]) == 130
    assert "interrupted" in capsys.readouterr().err
