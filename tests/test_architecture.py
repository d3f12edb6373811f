"""The shape of the package, read from its source: who imports whom, what lies where, how long a module is.

A failure here means that a design decision was changed. Change it on purpose, in the tables of this file and
in the README, or move the code.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "carbonlab"
LONGEST_MODULE = 400

LAYERS = (
    ("errors",),
    ("arguments", "atomic", "messages", "provenance", "spelling", "units", "vocabulary"),
    ("display",),
    ("inventory",),
    ("sampling",),
    ("formats",),
    ("teaching",),
    ("rules",),
    ("system",),
    ("solve",),
    ("execution",),
    ("results",),
    ("monte_carlo",),
    ("sensitivity",),
    ("compare", "conformity"),
    ("report",),
    ("plots",),
    ("widgets",),
    ("cli",),
)
"""From the bottom up. A part imports itself and what stands in a line above it here, never its neighbours."""

ONLY_THESE = {"solve": {"errors"}}
"""Parts that may import less than their layer allows: the solver sees arrays, not the words of the field."""

ANYWHERE = None
THIRD_PARTY: dict[str, set[str] | None] = {
    "numpy": ANYWHERE,
    "scipy": ANYWHERE,
    "xarray": {"results", "monte_carlo", "sensitivity", "compare", "conformity",
               "report", "plots", "widgets", "cli"},
    "tomli_w": {"rules", "system"},
    "pyarrow": {"inventory", "formats"},
    "pandas": {"formats", "report", "results"},  # results: the indexes of a dataset
    "openpyxl": {"formats", "report"},
    "pooch": {"formats"},
    "pint": {"units"},
    "rapidfuzz": {"inventory", "formats", "cli"},
    "h5netcdf": {"results"},
    "jinja2": {"report"},
    "SALib": {"sensitivity"},
    "dask": {"execution"},
    "distributed": {"execution"},
    "numba": {"solve", "sampling", "monte_carlo"},
    "llvmlite": {"solve", "sampling"},
    "typst": {"report"},
    "plotly": {"plots", "widgets"},
    "matplotlib": {"plots", "widgets"},
    "anywidget": {"widgets"},
    "traitlets": {"widgets"},
    "ipywidgets": {"widgets"},
    "IPython": {"widgets"},
    "jupytext": {"cli"},
    "zmq": {"cli"},
}  # fmt: skip
"""Which parts may import a library. One that is missing here has no place yet: choose it, then add it."""

ONE_MODULE_OF = {"dask", "distributed", "typst", "rapidfuzz", "pooch", "openpyxl", "pint", "h5netcdf"}
"""Libraries that one module of a part wraps, so that they can be exchanged by editing one file."""

FUNCTION_LEVEL_IMPORTS: dict[str, str] = {
    "carbonlab.cli.run_study": "Monte Carlo, where draws are asked for: a run without them starts sooner",
    "carbonlab.cli.sensitivity_of_study": "figures need libraries of an extra, and most questions draw none",
    "carbonlab.execution.cluster": "an optional back end: most machines have no cluster",
    "carbonlab.widgets.view": "matplotlib takes half a second to load, and most views are never printed",
    "carbonlab.report.pdf": "an optional back end: reports are web pages where Typst is not installed",
    "carbonlab.units": "pint takes a tenth of a second to load, and most scripts convert no units",
    "carbonlab.cli.notebook_server": "the notebook tools are an extra; a command says so where they are missing",
    "carbonlab.cli.open_lab": "the notebook tools are an extra; a command says so where they are missing",
    "carbonlab.compare.comparison": "a comparison without draws does not wait for compiled code",
}
"""Module -> why it imports inside functions; an optional back end is a good reason."""

DYNAMIC_IMPORTS = {
    "carbonlab": "names are imported on first use, to keep `import carbonlab` light",
    "carbonlab.cli.main": "a command loads only its own module, so that each starts fast",
}
"""Module -> why it imports by name at run time."""

SAYS_NOTHING = {"utils", "util", "misc", "common", "core", "helpers", "helper", "base", "tools", "stuff"}
NOT_SAFE = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
NOT_CALLED = {"print", "eval", "exec", "__import__", "breakpoint"}


@dataclass(frozen=True)
class Import:
    """One imported module: where, and under which circumstances."""

    importer: str
    imported: str
    line: int
    in_function: bool
    for_types: bool

    @property
    def top(self) -> str:
        return self.imported.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.importer} (line {self.line}) imports {self.imported}"


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """Return the part of carbonlab that a module belongs to; "" for the package itself."""
    return [*module.split("."), ""][1]


@cache
def modules() -> dict[str, ast.Module]:
    return {module_name(path): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in files()}


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for name, tree in modules().items() for found in ImportFinder(name).of(tree))


class ImportFinder(ast.NodeVisitor):
    """Collect what one module imports, and whether inside a function or for type checkers only."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.found: list[Import] = []
        self.in_function = False
        self.for_types = False

    def of(self, tree: ast.AST) -> list[Import]:
        self.visit(tree)
        return self.found

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, (
            f"{self.module} (line {node.lineno}): write imports in full, from carbonlab on"
        )
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self.add(full if full in modules() else str(node.module), node.lineno)

    def add(self, imported: str, line: int) -> None:
        self.found.append(Import(self.module, imported, line, self.in_function, self.for_types))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before, self.in_function = self.in_function, True
        self.generic_visit(node)
        self.in_function = before

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast asks for

    def visit_If(self, node: ast.If) -> None:
        before, self.for_types = self.for_types, self.for_types or ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body:
            self.visit(statement)
        self.for_types = before
        for statement in node.orelse:
            self.visit(statement)


def within() -> list[Import]:
    """Return the imports of carbonlab by carbonlab, but for those of the package's own list of names."""
    return [found for found in imports() if found.top == "carbonlab" and found.importer != "carbonlab"]


def assert_none(problems: list[str], advice: str) -> None:
    assert not problems, "\n  ".join([f"{advice}:", *problems])


def level_of(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


def test_there_is_something_to_check() -> None:
    assert {"carbonlab", "carbonlab.errors", "carbonlab.inventory.database"} <= set(modules())
    assert any(found.imported == "carbonlab.errors" for found in within())
    assert any(found.imported == "numpy" for found in imports())


def test_imports_are_told_apart() -> None:
    source = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import numpy
else:
    import scipy.sparse
try:
    import dask
except ImportError:
    pass
def slow():
    from carbonlab import errors
    import json
"""
    found = {
        (one.imported, one.in_function, one.for_types)
        for one in ImportFinder("carbonlab.x").of(ast.parse(source))
    }
    assert found == {
        ("typing", False, False),
        ("numpy", False, True),
        ("scipy.sparse", False, False),
        ("dask", False, False),
        ("carbonlab.errors", True, False),
        ("json", True, False),
    }


def test_every_part_has_a_layer() -> None:
    known = {part for parts in LAYERS for part in parts}
    found = {part_of(name) for name in modules()} - {""}
    assert_none(sorted(found - known), "parts that no layer of LAYERS names")


def test_imports_go_down_only() -> None:
    upward = [
        str(found)
        for found in within()
        if part_of(found.importer) != part_of(found.imported)
        and level_of(part_of(found.imported)) >= level_of(part_of(found.importer))
    ]
    assert_none(upward, "imports that do not go down; move what is shared to the lower layer")


def test_nothing_inside_imports_the_package_itself() -> None:
    found = [str(found) for found in within() if found.imported == "carbonlab"]
    assert_none(found, "name the module that the thing lives in, not the package's list of public names")


def test_parts_that_must_know_little() -> None:
    found = [
        str(found)
        for found in within()
        if part_of(found.importer) in ONLY_THESE
        and part_of(found.imported) not in {*ONLY_THESE[part_of(found.importer)], part_of(found.importer)}
    ]
    assert_none(found, "imports beyond ONLY_THESE")


def test_no_import_cycles() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for found in within():
        if not found.for_types and not found.in_function and found.imported != found.importer:
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules that import each other: {' -> '.join(error.args[1])}")


def test_libraries_stay_where_they_belong() -> None:
    foreign = [
        found for found in imports() if found.top not in sys.stdlib_module_names and found.top != "carbonlab"
    ]
    homeless = [str(found) for found in foreign if found.top not in THIRD_PARTY]
    assert_none(homeless, "libraries that have no place in THIRD_PARTY")
    astray = []
    for found in foreign:
        allowed = THIRD_PARTY[found.top]
        if allowed is not None and part_of(found.importer) not in allowed:
            astray.append(f"{found}, which belongs in {', '.join(sorted(allowed))}")
    assert_none(astray, "libraries outside the part that they belong to")


@pytest.mark.parametrize("library", sorted(ONE_MODULE_OF))
def test_libraries_behind_one_module(library: str) -> None:
    users: dict[str, set[str]] = {}
    for found in imports():
        if found.top == library and not found.for_types:
            users.setdefault(part_of(found.importer), set()).add(found.importer)
    several = [f"{part}: {', '.join(sorted(names))}" for part, names in users.items() if len(names) > 1]
    assert_none(several, f"{library} is wrapped by one module of a part")


def test_every_library_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    ]
    names = {line.partition(">")[0].strip().lower().replace("-", "_") for line in stated}
    by_another = {"pandas": "xarray", "ipython": "ipywidgets", "traitlets": "ipywidgets", "zmq": "ipykernel"}
    undeclared = [
        str(found)
        for found in imports()
        if found.top not in sys.stdlib_module_names
        and found.top != "carbonlab"
        and found.top.lower() not in names
        and by_another.get(found.top.lower()) not in names
    ]
    assert_none(undeclared, "libraries that pyproject.toml does not declare")


def test_imports_stand_at_the_top() -> None:
    inside = [
        str(found)
        for found in imports()
        if found.in_function and found.importer not in FUNCTION_LEVEL_IMPORTS
    ]
    assert_none(inside, "imports inside functions, without a reason in FUNCTION_LEVEL_IMPORTS")
    used = {found.importer for found in imports() if found.in_function}
    assert_none(sorted(set(FUNCTION_LEVEL_IMPORTS) - used), "reasons that are no longer needed")


def test_imports_by_name_are_few() -> None:
    inside = [
        f"{name} (line {node.lineno})"
        for name, node in calls()
        if ast.unparse(node.func).endswith(("import_module", "__import__")) and name not in DYNAMIC_IMPORTS
    ]
    assert_none(inside, "imports by name, without a reason in DYNAMIC_IMPORTS")


def calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, node


def test_nothing_prints_or_runs_text() -> None:
    found = [
        f"{name} (line {node.lineno}) calls {node.func.id}"
        for name, node in calls()
        if isinstance(node.func, ast.Name) and node.func.id in NOT_CALLED
    ]
    assert_none(found, "calls that the package does without")


def test_nothing_reads_pickles() -> None:
    found = [str(found) for found in imports() if found.top in NOT_SAFE]
    found += [
        f"{name} (line {node.lineno}) sets allow_pickle"
        for name, node in calls()
        for keyword in node.keywords
        if keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
    ]
    assert_none(found, "a file from somebody else could run code through these")


def test_no_error_is_swallowed() -> None:
    found = [
        f"{name} (line {node.lineno})"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert_none(found, "handlers that catch everything and do not raise")


def test_modules_are_short() -> None:
    long = [
        f"{module_name(path)}: {lines} lines"
        for path in files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    ]
    assert_none(long, f"modules longer than {LONGEST_MODULE} lines; they have more than one subject")


def test_names_say_what_is_inside() -> None:
    vague = [name for name in modules() if set(name.split(".")) & SAYS_NOTHING]
    assert_none(vague, "module names that say nothing")


def test_every_module_says_its_subject() -> None:
    silent = [name for name, tree in modules().items() if not (ast.get_docstring(tree) or "").strip()]
    assert_none(silent, "modules without a docstring")


def test_every_folder_with_modules_is_a_package() -> None:
    bare = {
        str(path.parent.relative_to(REPOSITORY))
        for path in files()
        if not (path.parent / "__init__.py").exists()
    }
    assert_none(sorted(bare), "folders that lack an __init__.py")


def test_the_readme_shows_every_folder() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in files()} - {"."}
    shown = documented_folders()
    assert_none(sorted(folders - shown), "folders that the tree in README.md does not show")
    assert_none(sorted(shown - folders), "folders that the tree in README.md shows and that do not exist")


def documented_folders() -> set[str]:
    """Return the sub-packages named in the README's tree, where a folder's line begins with its path."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    tree = text.partition("<!-- tree -->")[2].partition("```text\n")[2].partition("```")[0]
    firsts = [line.split()[0] for line in tree.splitlines() if line.strip()]
    return {
        first.removeprefix("carbonlab/").rstrip("/")
        for first in firsts
        if first.startswith("carbonlab/") and first.endswith("/")
    }
