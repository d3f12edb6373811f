"""What `import carbonlab` offers: a snapshot of names and signatures, and how little it costs."""

from __future__ import annotations

import dataclasses
import difflib
import enum
import inspect
import json
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import carbonlab

SNAPSHOT = Path(__file__).with_name("public_api.txt")
UPDATE = "python tests/test_public_api.py"

CHANGED = f"""The public interface has changed.
Somebody's script may rely on what is gone or renamed. If the change is meant, say so in CHANGELOG.md and run

    {UPDATE}

then commit tests/public_api.txt with the change.

"""

HEAVY = {
    "numpy", "scipy", "xarray", "pandas", "pyarrow", "pint", "h5netcdf", "h5py", "jinja2", "rapidfuzz",
    "pooch", "openpyxl", "ipywidgets", "IPython", "SALib", "dask", "numba", "matplotlib", "plotly",
}  # fmt: skip


class _Bare:
    """An annotation that prints without quotes, on every version of Python."""

    def __init__(self, annotation: Any) -> None:
        self.text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)

    def __repr__(self) -> str:
        return self.text


def signature_of(value: Any) -> str:
    signature = inspect.signature(value)
    empty = inspect.Signature.empty
    parameters = [
        one if one.annotation is empty else one.replace(annotation=_Bare(one.annotation))
        for one in signature.parameters.values()
    ]
    returns = signature.return_annotation
    return str(
        signature.replace(
            parameters=parameters, return_annotation=returns if returns is empty else _Bare(returns)
        )
    )


def describe(name: str, value: Any) -> list[str]:
    """Return the lines of one public name; members of classes are indented."""
    if not inspect.isclass(value):
        return [f"{name}{signature_of(value)}" if callable(value) else f"{name}: {type(value).__name__}"]
    if issubclass(value, enum.Enum):
        return [f"class {name}", *(f"    {member.name} = {member.value!r}" for member in value)]
    lines = [f"class {name}{signature_of(value)}"]
    fields = {field.name for field in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else set()
    for member in sorted(set(dir(value)) - fields):
        found = inspect.getattr_static(value, member)
        if member.startswith("_") or getattr(found, "__objclass__", None) in (BaseException, object):
            continue
        if isinstance(found, classmethod | staticmethod):
            lines.append(f"    {type(found).__name__} {member}{signature_of(found.__func__)}")
        elif inspect.isfunction(found):
            lines.append(f"    {member}{signature_of(found)}")
        elif isinstance(found, property | cached_property) or not inspect.isroutine(found):
            lines.append(f"    {member}")
    return lines


def public_api() -> str:
    lines: list[str] = []
    for name in carbonlab.__all__:
        lines += describe(name, getattr(carbonlab, name))
    return "\n".join(lines) + "\n"


def test_the_public_interface_is_the_one_of_the_snapshot() -> None:
    stored = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    now = public_api().splitlines()
    if stored != now:
        difference = difflib.unified_diff(stored, now, "tests/public_api.txt", "now", lineterm="", n=1)
        pytest.fail(CHANGED + "\n".join(difference), pytrace=False)


def test_every_public_name_has_a_docstring() -> None:
    values = {name: getattr(carbonlab, name) for name in carbonlab.__all__ if name != "__version__"}
    assert [name for name, value in values.items() if not inspect.getdoc(value)] == []


def test_type_checkers_see_the_same_names() -> None:
    source = Path(carbonlab.__file__).read_text(encoding="utf-8")
    for_types = source.partition("if TYPE_CHECKING:")[2].partition("\n_HOME_OF_NAME")[0]
    home = carbonlab._HOME_OF_NAME
    stated = {
        words[5]: words[1]
        for line in for_types.splitlines()
        if (words := line.split())[:1] == ["from"] and len(words) == 6
    }
    assert stated == home


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'carbonlab' has no attribute 'footprnit'"):
        carbonlab.footprnit  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(carbonlab, "__wrapped__")


def test_public_names_are_listed_before_they_are_used() -> None:
    shown = in_a_new_process("import carbonlab; answer = dir(carbonlab)")
    assert set(carbonlab.__all__) <= set(shown)


def test_importing_carbonlab_imports_nothing_heavy() -> None:
    before = set(in_a_new_process("answer = list(sys.modules)"))
    after = set(in_a_new_process("import carbonlab; answer = list(sys.modules)"))
    assert "carbonlab" in after
    assert {name.partition(".")[0] for name in after} & HEAVY == set()
    assert {name for name in after if name.startswith("carbonlab.")} == set()
    assert len(after - before) < 20, sorted(after - before)


def test_one_name_brings_only_what_it_needs() -> None:
    loaded = set(in_a_new_process("import carbonlab; carbonlab.CarbonlabError; answer = list(sys.modules)"))
    assert "carbonlab.errors" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()


def test_the_version_is_that_of_the_installed_package() -> None:
    version = in_a_new_process("import carbonlab; answer = [carbonlab.__version__]")[0]
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    assert f'version = "{version}"' in project.read_text(encoding="utf-8")


def in_a_new_process(code: str) -> list[str]:
    """Run code that sets `answer`, a list of texts, in a Python that has imported nothing yet."""
    program = f"import json, sys\n{code}\nprint(json.dumps(answer))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[str] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    SNAPSHOT.write_text(public_api(), encoding="utf-8")
    print(f"wrote {SNAPSHOT}")
