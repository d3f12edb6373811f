"""Commands in Chinese, and the files that they write on demand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.messages import current_language
from carbonlab.report import pdf
from carbonlab.teaching import study_path

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("before", [["--language", "zh_CN"], ["--language=zh_CN"]])
def test_a_language_may_stand_before_the_command(
    before: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*before, "rules", "list"]) == 0
    first = capsys.readouterr().out
    assert main(["rules", "list", "--language", "zh_CN"]) == 0
    assert first == capsys.readouterr().out and CHINESE.search(first)
    with pytest.raises(SystemExit):
        main([*before])


def test_footprint_in_chinese_and_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not pdf.chinese_font():
        pytest.skip("FONT ABSENT: no font with Chinese letters on this machine")
    files = tmp_path / "footprint.pdf", tmp_path / "footprint.xlsx"
    words = ["footprint", "teaching", "cement_portland_cn", "--language", "zh_CN"]
    assert main([*words, "--pdf", str(files[0]), "--xlsx", str(files[1])]) == 0
    shown = capsys.readouterr().out
    heads = [line for line in shown.splitlines() if line.strip().startswith("kg CO2e ")]
    assert [CHINESE.search(line) is not None for line in heads] == [True, True, True], "three tables"
    assert "规则集 default" in shown and "完整: " in shown
    assert files[0].read_bytes().startswith(b"%PDF-")
    assert files[1].read_bytes().startswith(b"PK")
    assert current_language() == "en", "the language was that of one command"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inspect", "teaching"], ("基本流", "在规则集 default 下", "环路规模")),
        (["rules", "show", "gbt-24067-2024"], ("决定项", "依据程度", "视为与 ISO 14067 相同")),
        (["rules", "list"], ("软件包中的规则集", "GB/T 24067-2024，一种解读", "派生自")),
        (
            [
                "compare",
                "teaching",
                "sawmill",
                "--rules",
                "default",
                "--rules",
                "default+multifunctionality=price",
            ],
            ("（基线）", "决定项"),
        ),
    ],
    ids=lambda words: words[0],
)
def test_tables_of_commands_in_chinese(
    words: list[str],
    said: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # narrow tables break the words
    assert main([*words, "--language", "zh_CN"]) == 0
    shown = capsys.readouterr().out
    assert [text for text in said if text not in shown] == []


ENGLISH_OF_OURS = (
    "against",
    "written",
    "same in both",
    "same numbers",
    "Dimensions",
    "Switches",
    "Product category",
    "no slot",
    "own choice",
    "(recalled)",
    "(summary)",
    "(own)",
    " and luc_shape",
    "site data",
    "building and solving",
    "rule set",
    "kg CO2e per ",
)
"""Words that the package says itself: keys, names of data and statements of standards may be English."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rules", "list"], ("规则集",)),
        (["rules", "show", "default"], ("维度：default", "开关：default", "无决定项：拒绝", "自行选择")),
        (
            ["rules", "show", "sawn-wood-en-15804"],
            ("产品种类：sawn-wood-en-15804", "现场数据", "使用与生命末期"),
        ),
        (
            ["rules", "diff", "default", "gbt-24067-2024"],
            ("default 与 gbt-24067-2024 相比", "自行选择（自定）"),
        ),
        (
            ["rules", "diff", "iso-14067-2018", "eu-pef-2021", "--dimensions"],
            ("两者相同：", "逐个维度", "never（摘要）"),
        ),
        (["rules", "diff", "default", "default"], ("每条规则都相同",)),
    ],
    ids=lambda words: "-".join(words[:3]),
)
def test_no_word_of_ours_is_english_in_chinese(
    words: list[str],
    said: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([*words, "--language", "zh_CN"]) == 0
    printed = capsys.readouterr()
    shown = printed.out + printed.err
    assert [text for text in said if text not in shown] == []
    assert [word for word in ENGLISH_OF_OURS if word in shown] == []


@pytest.mark.parametrize("words", [["show", "sawn-wood-en-15804"], ["diff", "default", "pact-v3"]])
def test_data_about_rules_are_the_same_in_every_language(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Columns and cells of JSON are read by programs."""
    found = []
    for code in ("en", "zh_CN"):
        assert main(["rules", *words, "--json", "--language", code]) == 0
        found.append({name: table["rows"] for name, table in json.loads(capsys.readouterr().out).items()})
    assert found[0] == found[1] and "written in" in found[0]["slots"][0]


def test_an_error_names_its_parts_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "teaching", "no such thing at all", "--language", "zh_CN"]) == 1
    assert "处理办法: " in capsys.readouterr().err


def test_an_unknown_language_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["footprint", "teaching", "sawmill", "--language", "xx"])
    assert ended.value.code == 2
    assert "zh_CN" in capsys.readouterr().err


def test_run_writes_documents_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert main(["run", str(study_path("cement")), "--out", str(folder), "--pdf", "--xlsx"]) == 0
    shown = capsys.readouterr().out
    for name in ("study_report.pdf", "declaration.pdf", "tables.xlsx"):
        assert (folder / name).stat().st_size > 5_000
        assert name in shown and name in (folder / "manifest.json").read_text(encoding="utf-8")


def test_without_a_font_nothing_is_calculated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pdf, "chinese_font", lambda: "")
    folder = tmp_path / "out"
    assert main(["run", str(study_path("cement")), "--out", str(folder), "--pdf", "--language", "zh_CN"]) == 1
    assert "fonts-noto-cjk" in capsys.readouterr().err
    assert not folder.exists()
