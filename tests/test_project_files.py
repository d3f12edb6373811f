"""What a stranger reads and pastes first: README, pyproject.toml and the files beside them agree."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from carbonlab.cli.main import COMMANDS as CLI_COMMANDS
from carbonlab.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="continuous integration runs in bash")
COMMANDS = ("run", "test", "run-windows", "test-windows", "run-uv", "test-uv", "run-conda")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    return tomllib.loads(text_of("pyproject.toml"))


def readme_command(key: str) -> str:
    _, marker, rest = text_of("README.md").partition(f"<!-- command: {key} -->\n")
    assert marker, f"README.md has no marker for the command {key}"
    found = FENCE.match(rest)
    assert found, f"no code block follows the marker of the command {key}"
    lines = found.group(2).splitlines()
    assert len(lines) == 1, f"the command {key} is to be pasted as one line"
    return lines[0]


@pytest.mark.parametrize("key", COMMANDS)
def test_each_command_is_one_line(key: str) -> None:
    assert readme_command(key)


@pytest.mark.parametrize("key", ["run", "test"])
def test_commands_make_their_own_environment(key: str) -> None:
    steps = [shlex.split(step) for step in readme_command(key).split("&&")]
    assert steps[0] == ["python3", "-m", "venv", ".venv"]
    assert all(step[0].startswith(".venv/bin/") for step in steps[1:])


def test_commands_install_what_they_need_and_no_more() -> None:
    assert shlex.split(readme_command("run").split("&&")[1])[-1] == "."
    assert shlex.split(readme_command("test").split("&&")[1])[-1] == ".[test]"
    assert readme_command("run").endswith("carbonlab run")
    assert shlex.split(readme_command("test"))[-4:] == [".venv/bin/python", "-m", "pytest", "-q"]


@pytest.mark.parametrize("key", ["run", "test"])
def test_windows_commands_are_the_same_steps(key: str) -> None:
    line = readme_command(f"{key}-windows").removeprefix('cmd /c "').removesuffix('"')
    translated = line.replace(".venv\\Scripts\\", ".venv/bin/").replace("python -m venv", "python3 -m venv")
    assert shlex.split(translated) == shlex.split(readme_command(key))


@needs_bash
def test_ci_runs_the_commands_of_the_readme() -> None:
    script = text_of(".ci/run")
    function = script[script.index("readme_command() {") : script.index("# section TITLE")]
    for key in ("run", "test"):
        assert f"readme_command {key})" in script
        program = f"set -euo pipefail; repository={shlex.quote(str(ROOT))}; {function}\nreadme_command {key}"
        done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout == readme_command(key) + "\n"


@needs_bash
def test_ci_stops_when_the_readme_has_no_command(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing to paste\n", encoding="utf-8")
    script = text_of(".ci/run")
    function = script[script.index("readme_command() {") : script.index("# section TITLE")]
    program = f"set -euo pipefail; repository={shlex.quote(str(tmp_path))}; {function}\nreadme_command test"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "README.md has no single line under the marker" in done.stderr


@pytest.mark.parametrize(
    "section", ["README: install and test", "notebooks", "browser", "ruff", "mypy", "benchmark smoke"]
)
def test_ci_has_its_sections(section: str) -> None:
    assert re.search(rf'^section "{section}', text_of(".ci/run"), re.MULTILINE)


def test_every_dependency_says_why() -> None:
    silent = []
    for line in text_of("pyproject.toml").splitlines():
        if re.match(r'    "[A-Za-z0-9_.-]+>=', line) and not re.search(r'",\s+# \w.{10,}', line):
            silent.append(line.strip())
    assert silent == []


def test_every_dependency_has_a_floor_and_no_cap() -> None:
    tables = project()
    stated = [*tables["project"]["dependencies"]]
    for lines in [
        *tables["project"]["optional-dependencies"].values(),
        *tables["dependency-groups"].values(),
    ]:
        stated += lines
    assert [line for line in stated if not re.fullmatch(r"[A-Za-z0-9-]+>=[0-9.]+", line)] == []


def test_the_core_has_no_notebook_tools() -> None:
    core = {line.partition(">")[0] for line in project()["project"]["dependencies"]}
    assert core & {"ipywidgets", "ipykernel", "jupyterlab", "pytest", "bw2calc"} == set()


def test_the_same_library_has_the_same_floor_everywhere() -> None:
    floors: dict[str, set[str]] = {}
    for lines in project()["project"]["optional-dependencies"].values():
        for line in lines:
            floors.setdefault(line.partition(">")[0], set()).add(line)
    assert [found for found in floors.values() if len(found) > 1] == []


def test_python_versions_agree() -> None:
    lowest = project()["project"]["requires-python"].removeprefix(">=")
    assert sys.version_info >= tuple(int(part) for part in lowest.split("."))
    assert f"Python {lowest} or newer" in text_of("README.md")
    assert f"python>={lowest}" in text_of("environment.yml")
    assert project()["tool"]["ruff"]["target-version"] == "py" + lowest.replace(".", "")


def test_conda_takes_its_versions_from_pyproject() -> None:
    lines = [
        line.strip() for line in text_of("environment.yml").splitlines() if line.strip().startswith("- ")
    ]
    assert lines == ["- conda-forge", "- python>=3.11", "- pip", "- pip:", "- -e .[lab]"]


def test_extras_named_in_the_documents_exist() -> None:
    extras = project()["project"]["optional-dependencies"].keys()
    for name in ("README.md", "CONTRIBUTING.md", "environment.yml"):
        for names in re.findall(r"\.\[([a-z,]+)\]", text_of(name)):
            assert set(names.split(",")) <= set(extras), f"{name} installs an extra that does not exist"


def test_the_license_is_stated_alike() -> None:
    assert text_of("LICENSE").startswith("BSD 3-Clause License\n\nCopyright (c) 2026, carbonlab contributors")
    assert "Neither the name of the copyright holder" in text_of("LICENSE")
    assert project()["project"]["license"] == "BSD-3-Clause"


def test_every_version_says_which_numbers_changed() -> None:
    versions = re.split(r"^## ", text_of("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert versions
    for version in versions:
        _, heading, body = version.partition("### Numbers that changed\n")
        title = version.splitlines()[0]
        assert heading, f"{title} in CHANGELOG.md lacks the section 'Numbers that changed'"
        assert body.partition("\n#")[0].strip(), f"{title}: write 'None' where no number changed"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(name))
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def commands_of_the_readme() -> list[str]:
    return re.findall(r"^\| `carbonlab (\w+)", text_of("README.md"), re.MULTILINE)


def test_the_command_line_is_the_one_of_the_readme() -> None:
    assert project()["project"]["scripts"] == {"carbonlab": "carbonlab.cli.main:main"}
    assert set(commands_of_the_readme()) == set(CLI_COMMANDS), "README lists the commands that there are"


@pytest.mark.parametrize("command", commands_of_the_readme())
def test_every_command_of_the_readme_has_help_and_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    blocks = [code for language, code in FENCE.findall(text_of("README.md")) if language == "python"]
    assert len(blocks) == 2
    program = tmp_path / "readme.py"
    program.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
