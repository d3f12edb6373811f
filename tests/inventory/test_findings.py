"""Findings: counted, appended, and each with a text."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.generated import generate_inventory
from carbonlab.errors import InventoryError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.findings import count_findings, finding_text, findings_of, with_findings
from carbonlab.inventory.records import DatabaseMeta, Finding
from carbonlab.messages import has_message
from carbonlab.vocabulary import Severity
from tests.inventory.small_database import small_database

PACKAGE = Path(__file__).resolve().parents[2] / "carbonlab"

MORE = [
    Finding(
        code="input_left_out",
        process="sawmill",
        flow="power",
        exchange="sawmill-power",
        amount=-3.0,
        unit="kWh",
    ),
    Finding(code="input_left_out", process="sawmill", flow="chips", amount=4.0, unit="kg"),
    Finding(
        code="input_left_out", process="plant", flow="power", amount=2.0, unit="kWh", detail="no producer"
    ),
    Finding(code="input_left_out", flow="power"),
    Finding(code="gsd_one", severity=Severity.INFO, process="plant"),
]


def test_findings_are_counted_by_code_with_their_amounts() -> None:
    counts = count_findings(with_findings(small_database(), MORE))
    assert [(found.code, found.severity, found.count) for found in counts] == [
        ("input_left_out", Severity.WARNING, 4),
        ("unlinked", Severity.WARNING, 1),
        ("gsd_one", Severity.INFO, 1),
    ]
    left_out = counts[0]
    assert left_out.text == "inputs without a producer are left out"
    assert left_out.amounts == (("kWh", 5.0), ("kg", 4.0)), "absolute amounts: they do not cancel"
    assert (left_out.processes, left_out.flows) == (2, 2)
    assert counts[2].amounts == ()


def test_one_code_of_two_severities_is_counted_apart() -> None:
    both = [Finding(code="gsd_one"), Finding(code="gsd_one", severity=Severity.INFO)]
    assert [(found.severity, found.count) for found in count_findings(with_findings(_empty(), both))] == [
        (Severity.WARNING, 1),
        (Severity.INFO, 1),
    ]


def test_no_findings_are_no_rows() -> None:
    assert count_findings(_empty()) == []
    db = small_database()
    assert with_findings(db, []) is db


def test_findings_come_back_as_they_went_in() -> None:
    db = with_findings(small_database(), MORE)
    assert db.findings.num_rows == 6
    assert [repr(finding) for finding in findings_of(db, "input_left_out")] == [repr(f) for f in MORE[:4]]
    assert [finding.flow for finding in findings_of(db, "input_left_out", limit=2)] == ["power", "chips"]
    assert findings_of(db, "nothing of the kind") == []
    assert math.isnan(findings_of(db, "gsd_one")[0].amount)
    assert db.digest != small_database().digest


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding(code="gsd_one", process="mill"), r"the table processes of database 'small' .*: 'mill'"),
        (Finding(code="gsd_one", flow="steel"), r"the table flows of database 'small' .*: 'steel'"),
        (Finding(code="gsd_one", exchange="x/1"), r"the table exchanges of database 'small' .*: 'x/1'"),
    ],
)
def test_findings_of_what_does_not_exist_are_refused(finding: Finding, words: str) -> None:
    with pytest.raises(InventoryError, match=words) as error:
        with_findings(small_database(), [finding])
    assert error.value.why == "the finding would be attached to nothing"


def test_many_findings_are_appended_and_counted() -> None:
    db = generate_inventory(2_000, 100_000)
    findings = [
        Finding(
            code="input_left_out",
            process=f"process-{i % 2000}",
            exchange=f"exchange-{i}",
            amount=1.0,
            unit="kg",
        )
        for i in range(20_000)
    ]
    (count,) = count_findings(with_findings(db, findings))
    assert (count.count, count.amounts, count.processes) == (20_000, (("kg", 20_000.0),), 2_000)


def test_a_code_of_a_users_own_option_is_shown_in_words() -> None:
    assert finding_text("my_own_check") == "my own check"


# -- every code that the package writes has a text
# -----------------------------------------------------------------


def _codes_written(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the codes of findings in a module: ``code`` given by name, by place, by a variable or a table."""
    functions = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    tables = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            parameters = [p for p in functions.get(name, []) if p != "self"]
            if "code" in parameters and parameters.index("code") < len(node.args):
                values.append(node.args[parameters.index("code")])
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "code" for t in node.targets):
            values = [node.value]
        else:
            continue
        for value in values:
            yield from _texts_in(value, tables)


def _texts_in(value: ast.expr, tables: dict[str, ast.Dict]) -> Iterator[tuple[str, int]]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value, value.lineno
    elif isinstance(value, ast.IfExp):
        yield from _texts_in(value.body, tables)
        yield from _texts_in(value.orelse, tables)
    elif isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        table = tables.get(value.value.id)
        for item in table.values if table else []:
            yield from _texts_in(item, tables)


def test_the_search_for_codes_sees_every_way_of_writing_them() -> None:
    source = """
TABLE = {1: "by_table"}
def helper(self, code, detail):
    return Finding(code=code, detail=detail)
Finding(code="by_name")
Finding(code="yes" if x else "no")
self.helper("by_place", "")
Finding(code=TABLE[1])
code = "by_variable"
"""
    codes = {code for code, _ in _codes_written(ast.parse(source))}
    assert codes == {"by_name", "yes", "no", "by_place", "by_table", "by_variable"}


def test_every_code_in_the_package_has_a_text() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    found = {
        (code, f"{path.relative_to(PACKAGE)}:{line}")
        for path, source in sources.items()
        if "Finding" in source or "Remark" in source  # other things have codes too
        for code, line in _codes_written(ast.parse(source))
    }
    assert len({code for code, _ in found}) > 10, "the search finds something"
    without = sorted(f"{place}: {code}" for code, place in found if not has_message(f"finding.{code}"))
    assert not without, "codes without a text under [finding] in messages/en.toml:\n" + "\n".join(without)


def _empty() -> Database:
    return DatabaseBuilder(DatabaseMeta(name="empty")).build()
