"""Chinese lessons are the English ones in other words: the same code, run from a clean kernel, exercises solved."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import pytest

from tests.notebooks.test_notebooks import FOLDER, SOLUTIONS, code_cells, execute, own_jupyter, read

__all__ = ["own_jupyter"]

CHINESE = sorted((FOLDER / "zh_CN").glob("*.py"))
each_lesson = pytest.mark.parametrize("path", CHINESE, ids=lambda path: path.stem)
LANGUAGE = 'cl.set_language("zh_CN")'
OWN_SOLUTIONS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parent / "solutions" / "zh_CN").glob("*.toml")
}
"""Notebook -> solutions that name a Chinese label; the others are those of the English lesson."""


class Wordless(ast.NodeTransformer):
    """Blank what is said, keep what is done."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(value="") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
        said = sorted(
            f"{ast.dump(self.visit(value.value))}:{value.format_spec and ast.dump(value.format_spec)}"
            for value in values
        )
        return ast.Constant(value="; ".join(said))


def shape_of(notebook: Any) -> list[str]:
    sources = [cell["source"].replace(LANGUAGE, "") for cell in code_cells(notebook)]
    return [ast.dump(Wordless().visit(ast.parse(source))) for source in sources]


def test_there_are_chinese_lessons() -> None:
    assert CHINESE
    assert {path.name for path in CHINESE} <= {path.name for path in FOLDER.glob("*.py")}


@each_lesson
def test_code_is_that_of_the_english_lesson(path: Path) -> None:
    assert shape_of(jupytext.read(path)) == shape_of(read(FOLDER / path.name))


@each_lesson
def test_text_is_chinese(path: Path) -> None:
    texts = [cell["source"] for cell in read(path)["cells"] if cell["cell_type"] == "markdown"]
    assert LANGUAGE in path.read_text(encoding="utf-8")
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts)
    for part in ("**问题。**", "**学完本课，你能够**", "**用时：**", "**需要：**"):
        assert part in texts[0]
    exercises = re.findall(r"### 练习 (\d)", "\n".join(texts))
    assert exercises == [str(number) for number in range(1, len(SOLUTIONS[path.stem]) + 1)]


@pytest.mark.notebook
@each_lesson
def test_runs_and_asks(path: Path, own_jupyter: Path) -> None:
    shown = execute(read(path), own_jupyter)
    assert "STDERR" not in shown
    assert shown.count("尚未作答") == len(SOLUTIONS[path.stem])


@pytest.mark.notebook
@each_lesson
def test_exercises_can_be_solved(path: Path, own_jupyter: Path) -> None:
    notebook = read(path)
    for name, solution in (SOLUTIONS[path.stem] | OWN_SOLUTIONS.get(path.stem, {})).items():
        [cell] = [cell for cell in code_cells(notebook) if f"{name} = None" in cell["source"]]
        cell["source"] = cell["source"].replace(f"{name} = None", f"{name} = {solution}")
    shown = execute(notebook, own_jupyter)
    assert len(re.findall(r"练习 \d：正确", shown)) == len(SOLUTIONS[path.stem]), shown


@pytest.mark.notebook
@each_lesson
def test_wrong_answers_get_a_chinese_hint(path: Path, own_jupyter: Path) -> None:
    notebook = read(path)
    for cell in code_cells(notebook):
        cell["source"] = re.sub(r"^(answer_\d) = None$", r"\1 = 123456.0", cell["source"], flags=re.MULTILINE)
    shown = execute(notebook, own_jupyter)
    assert len(re.findall(r"练习 \d：还不对。\S", shown)) == len(SOLUTIONS[path.stem]), shown
