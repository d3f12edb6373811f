"""Every notebook runs from a clean kernel, holds no outputs, and its exercises can be solved."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat
import pytest

import carbonlab as cl
from carbonlab.results.evaluation import evaluate_system
from carbonlab.system.pipeline import build_product_system

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
SOLUTIONS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parent / "solutions").glob("*.toml")
}
"""Notebook -> name of the answer -> a solution that a student could write; one file per notebook."""

TEACHERS = FOLDER.parent / "docs" / "teachers.md"
PRINT_ANSWERS = (
    "print('ANSWERS', __import__('json').dumps({answers}, default=lambda x: getattr(x, 'tolist', x.item)()))"
)
"""Cell that prints the answers, so that the teacher's page can be compared with them."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return jupytext.read(path)


@pytest.fixture
def own_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep kernels away from the settings of whoever runs the tests; return a folder to run in."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("CARBONLAB_NOTEBOOK_SIZE", "small")  # fewer draws, smaller systems
    monkeypatch.delenv("CARBONLAB_USLCI", raising=False)  # the lesson on USLCI falls back to its excerpt
    return tmp_path


def execute(notebook: Any, folder: Path) -> str:
    """Run all cells in a fresh kernel; return what was printed and shown as text."""
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return "\n".join(shown_text(output) for cell in code_cells(notebook) for output in cell["outputs"])


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def shown_text(output: Any) -> str:
    if output["output_type"] == "stream":
        return str(output["text"]) if output["name"] == "stdout" else f"STDERR: {output['text']}"
    return str(output.get("data", {}).get("text/plain", ""))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS
    assert {path.stem for path in NOTEBOOKS} == set(SOLUTIONS), (
        "state the solutions of each notebook's exercises in tests/notebooks/solutions"
    )


def test_notebooks_are_plain_python_files() -> None:
    others = [path.name for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    assert others == [], "keep notebooks as py:percent: reviews show lines, and outputs cannot slip in"


@each_notebook
def test_kernel_is_named_and_nothing_is_stored(path: Path) -> None:
    notebook = read(path)
    assert notebook["metadata"]["kernelspec"] == {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    assert "widgets" not in notebook["metadata"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells(notebook))
    nbformat.validate(notebook)


@each_notebook
def test_text_says_what_is_learned_and_how_long_it_takes(path: Path) -> None:
    texts = [cell["source"] for cell in read(path)["cells"] if cell["cell_type"] == "markdown"]
    assert re.match(r"# \d+ · ", texts[0])
    for part in ("**Question.**", "**After this notebook you can**", "**Time:**", "**You need:**"):
        assert part in texts[0]
    exercises = re.findall(r"### Exercise (\d)", "\n".join(texts))
    assert exercises == [str(number) for number in range(1, len(SOLUTIONS[path.stem]) + 1)]
    assert 3 <= len(exercises) <= 5


@each_notebook
def test_last_cell_asserts_the_headline_by_another_path(path: Path) -> None:
    last = code_cells(read(path))[-1]["source"]
    assert last.count("assert np.isclose(headline, ") >= 2
    assert not re.search(r"headline\s*[,=]+\s*\d", last), "not a number typed in, but a second calculation"


@each_notebook
def test_lines_fit_a_screen(path: Path) -> None:
    long = [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 120]
    assert long == []


@pytest.mark.notebook
@each_notebook
def test_runs_from_a_clean_kernel(path: Path, own_jupyter: Path) -> None:
    shown = execute(read(path), own_jupyter)
    assert "STDERR" not in shown
    assert shown.count("not answered yet") == len(SOLUTIONS[path.stem])


@pytest.mark.notebook
@each_notebook
def test_exercises_can_be_solved(path: Path, own_jupyter: Path) -> None:
    notebook = read(path)
    for name, solution in SOLUTIONS[path.stem].items():
        [cell] = [cell for cell in code_cells(notebook) if f"{name} = None" in cell["source"]]
        cell["source"] = cell["source"].replace(f"{name} = None", f"{name} = {solution}")
    answers = ", ".join(f"{name!r}: {name}" for name in SOLUTIONS[path.stem])
    last = PRINT_ANSWERS.replace("{answers}", "{" + answers + "}")
    notebook["cells"].append(nbformat.v4.new_code_cell(last))
    shown = execute(notebook, own_jupyter)
    [printed] = re.findall(r"^ANSWERS (.*)$", shown, flags=re.MULTILINE)
    check_teachers_page(int(path.stem[:2]), json.loads(printed))
    assert len(re.findall(r"Exercise \d: right", shown)) == len(SOLUTIONS[path.stem]), shown


def check_teachers_page(notebook: int, answers: dict[str, Any]) -> None:
    """Compare the answers that the teacher's page gives with those that were calculated."""
    page = TEACHERS.read_text(encoding="utf-8")
    for name, answer in answers.items():
        exercise = f"{notebook}.{name.removeprefix('answer_')}"
        [stated] = re.findall(rf"^\| {re.escape(exercise)} \| ([^|]+) \|", page, flags=re.MULTILINE)
        if stated.startswith("≈"):
            continue
        if isinstance(answer, list):
            assert sorted(stated.split(", ")) == sorted(answer)
        elif isinstance(answer, str | bool):
            assert stated == str(answer)
        else:
            assert float(stated) == pytest.approx(answer, rel=0.01), exercise


def test_the_teachers_page_has_every_exercise() -> None:
    rows = re.findall(r"^\| (\d+\.\d) \|", TEACHERS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == [
        f"{int(stem[:2])}.{name.removeprefix('answer_')}"
        for stem, answers in sorted(SOLUTIONS.items())
        for name in sorted(answers)
    ]


@each_notebook
def test_the_teachers_page_knows_the_lesson(path: Path) -> None:
    number, page = int(path.stem[:2]), TEACHERS.read_text(encoding="utf-8")
    title = read(path)["cells"][0]["source"]
    [minutes] = re.findall(r"\*\*Time:\*\* (\d+) minutes", title)
    [needs] = re.findall(r"\*\*You need:\*\*(.*?)(?:\n\n|$)", title, flags=re.DOTALL)
    before = re.findall(r"\d+", needs.split("; notebook")[0])
    has_chinese = (FOLDER / "zh_CN" / path.name).is_file()
    [row] = re.findall(rf"^\| {number} \| [^|]+\?( \|.*\|)$", page, flags=re.MULTILINE)
    told = (minutes, str(len(SOLUTIONS[path.stem])), ", ".join(before) or "–", "yes" if has_chinese else "no")
    assert row == f" | {' | '.join(told)} |"
    heading = re.sub(r"^# ", "", title.splitlines()[0])
    assert re.search(rf"^### {re.escape(heading)} \({minutes} minutes", page, flags=re.MULTILINE)


@pytest.mark.notebook
@each_notebook
def test_wrong_answers_get_a_hint(path: Path, own_jupyter: Path) -> None:
    notebook = read(path)
    for cell in code_cells(notebook):
        cell["source"] = re.sub(r"^(answer_\d) = None$", r"\1 = 123456.0", cell["source"], flags=re.MULTILINE)
    shown = execute(notebook, own_jupyter)
    assert len(re.findall(r"Exercise \d: not yet\. \w", shown)) == len(SOLUTIONS[path.stem])


@pytest.mark.notebook
def test_lesson_on_uslci_runs_on_uslci(
    own_jupyter: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBONLAB_USLCI", str(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip"))
    shown = execute(read(FOLDER / "12_a_real_database.py"), own_jupyter)
    assert "766 processes" in shown
    assert "NOT FOUND" not in shown and "EXCERPT" not in shown
    assert "largest gain of a loop: 1.6404" in shown


@pytest.mark.notebook
def test_gains_that_lesson_2_states_for_uslci_are_calculated(shared_data: Path) -> None:
    database = cl.read(shared_data / "uslci" / "uslci_fy17q4_olca_jsonld.zip")
    rules = cl.load_rule_set("default")
    for folder in (FOLDER, FOLDER / "zh_CN"):
        lesson = (folder / "02_loops_and_why_trees_fail.py").read_text(encoding="utf-8")
        [paragraph] = re.findall(r"^# .*FY17\.Q4(?:.*\n)(?:# .*\n)*", lesson, flags=re.MULTILINE)
        stated = [float(number) for number in re.findall(r"\d\.\d\d", paragraph)]
        for option, gain in zip(("mass", "equal"), stated, strict=True):
            turned = rules.replace(multifunctionality=option)
            loops = evaluate_system(build_product_system([database], turned)).loops
            assert max(loop.gain for loop in loops) == pytest.approx(gain, abs=0.005)
