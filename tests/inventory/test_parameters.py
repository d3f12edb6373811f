"""Parameters: scopes, draws, derivatives, mistakes by their words, and real inventories."""

from __future__ import annotations

import re
import zipfile
from json import loads
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import FormulaError, NotFoundError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.formulas import Dialect
from carbonlab.inventory.parameters import (
    ParameterKey,
    ParameterTable,
    check_formulas,
    with_formula_amounts,
)
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, Parameter, UnitProcess
from carbonlab.messages import has_message
from carbonlab.vocabulary import FlowKind
from tests.inventory.uslci_json import database_of

NAN = float("nan")
FY17Q4 = "uslci/uslci_fy17q4_olca_jsonld.zip"
TRANSPORT = "uslci/flcac_uslci-transport_jsonld2.zip"


def database(parameters: list[Parameter], **formulas: str | tuple[str, float, float]) -> Database:
    """A process `truck` (and an empty one, `ship`) whose inputs have formulas, by id of the exchange.

    A formula may come with its stored amount and its unit factor.
    """
    builder = DatabaseBuilder(DatabaseMeta(name="small"))
    builder.flows.append(Flow(id="diesel", name="Diesel", kind=FlowKind.PRODUCT, unit="kg"))
    exchanges = []
    for identity, formula in formulas.items():
        text, amount, factor = (formula, NAN, 1.0) if isinstance(formula, str) else formula
        exchanges.append(
            Exchange(
                id=identity,
                flow="diesel",
                is_input=True,
                amount=amount * factor,
                published_amount=amount,
                unit_factor=factor,
                formula=text,
            )
        )
    builder.processes.append(UnitProcess(id="truck", name="Truck, 40 t", exchanges=tuple(exchanges)))
    builder.processes.append(UnitProcess(id="ship", name="Ship"))
    builder.parameters.extend(parameters)
    return builder.build()


def number(name: str, amount: float, process: str = "", exchange: str = "") -> Parameter:
    return Parameter(name=name, amount=amount, process=process, exchange=exchange)


def formula(name: str, text: str, process: str = "", exchange: str = "") -> Parameter:
    return Parameter(name=name, formula=text, process=process, exchange=exchange)


def error_of(db: Database) -> FormulaError:
    with pytest.raises(FormulaError) as raised:
        ParameterTable.of(db).evaluate()
    return raised.value


# -- what a name means -----------------------------------------------------------------------------


def test_inner_scopes_hide_outer_ones() -> None:
    parameters = [
        number("x", 1.0),
        number("x", 10.0, "truck"),
        number("x", 100.0, "", "own"),
        number("x", 7.0, "ship"),
        number("y", 2.0),
    ]
    table = ParameterTable.of(database(parameters, own="x + y", other="x + y"))
    np.testing.assert_array_equal(table.evaluate(), [102.0, 12.0])


def test_a_formula_sees_its_own_scope_and_wider_ones_only() -> None:
    """The database's `twice` uses the database's x, whoever asks; the process's own uses the process's."""
    parameters = [
        number("x", 1.0),
        number("x", 10.0, "truck"),
        formula("twice", "2 * x"),
        formula("thrice", "3 * x", "truck"),
    ]
    table = ParameterTable.of(database(parameters, a="twice", b="thrice"))
    np.testing.assert_array_equal(table.evaluate(), [2.0, 30.0])


def test_names_ignore_blanks_around_them_and_case() -> None:
    table = ParameterTable.of(database([number("Belt_Length  ", 4.0, "truck")], a="belt_length * 2"))
    assert table.evaluate() == [8.0]
    assert table.inputs == (ParameterKey("Belt_Length", "truck"),)


def test_the_same_spelling_comes_first() -> None:
    parameters = [number("A", 1.0), number("a", 2.0)]
    np.testing.assert_array_equal(
        ParameterTable.of(database(parameters, x="A", y="a")).evaluate(), [1.0, 2.0]
    )


def test_brightway_names_are_case_sensitive_through_all_scopes() -> None:
    db = database([number("A", 1.0, "truck"), number("a", 2.0)], x="a")
    assert ParameterTable.of(db).evaluate() == [1.0]
    assert ParameterTable.of(db, dialect=Dialect.BRIGHTWAY).evaluate() == [2.0]


def test_a_parameter_hides_a_constant() -> None:
    table = ParameterTable.of(database([number("e", 3.0, "truck")], x="e", y="pi"))
    np.testing.assert_allclose(table.evaluate(), [3.0, np.pi])


def test_unit_factors_count() -> None:
    table = ParameterTable.of(database([number("x", 2.0)], t=("x", 2.0, 1000.0), kg=("3 * x", 6.0, 1.0)))
    np.testing.assert_array_equal(table.evaluate(), [2000.0, 6.0])
    np.testing.assert_array_equal(table.jacobian().toarray(), [[1000.0], [3.0]])


def test_no_parameters_and_no_formulas() -> None:
    table = ParameterTable.of(database([]))
    assert table.evaluate().shape == (0,)
    assert table.jacobian().shape == (0, 0)
    assert check_formulas(database([])) == []


def test_blank_formulas_are_none() -> None:
    assert ParameterTable.of(database([], a=("  ", 1.0, 1.0))).exchange_rows.size == 0


# -- values from outside, draws ---------------------------------------------------------------------


def two_levels() -> ParameterTable:
    parameters = [
        number("distance", 100.0, "truck"),
        number("load", 2.0, "truck"),
        formula("work", "distance * load", "truck"),
        number("use", 0.05),
        number("share", 0.5, "truck"),
    ]
    return ParameterTable.of(
        database(parameters, fuel="use * work", urea="share * work / load", constant="4")
    )


def test_draws_run_through_dependent_parameters() -> None:
    table = two_levels()
    np.testing.assert_allclose(table.evaluate(), [10.0, 50.0, 4.0])
    changed = table.evaluate({ParameterKey("distance", "truck"): [100.0, 200.0], ParameterKey("use"): 0.1})
    np.testing.assert_allclose(changed, [[20.0, 40.0], [50.0, 100.0], [4.0, 4.0]])
    np.testing.assert_allclose(table.evaluate(), [10.0, 50.0, 4.0])


def test_a_plain_tuple_is_a_key() -> None:
    assert two_levels().evaluate({("use", "", ""): 0.1})[0] == pytest.approx(20.0)


def test_some_rows_only() -> None:
    table = two_levels()
    np.testing.assert_allclose(table.evaluate(rows=[2, 0]), [4.0, 10.0])
    assert table.jacobian(rows=[1]).shape == (1, 4)
    with pytest.raises(FormulaError, match="the exchange in row 7 has no formula"):
        table.evaluate(rows=[0, 7])


def test_values_of_all_parameters() -> None:
    values = two_levels().parameter_values({ParameterKey("load", "truck"): [1.0, 3.0]})
    np.testing.assert_allclose(values[ParameterKey("work", "truck")], [100.0, 300.0])
    assert values[ParameterKey("use")] == 0.05


def test_values_from_outside_are_checked() -> None:
    table = two_levels()
    with pytest.raises(NotFoundError, match="there is no parameter 'use' in process 'truck'") as raised:
        table.evaluate({ParameterKey("use", "truck"): 1.0})
    assert "('use', '', '')" in raised.value.remedy
    with pytest.raises(NotFoundError, match="there is no parameter 'usage' of the database itself"):
        table.evaluate({ParameterKey("usage"): 1.0})
    with pytest.raises(FormulaError, match="'work' is computed by a formula and takes no other value"):
        table.evaluate({ParameterKey("work", "truck"): 1.0})
    with pytest.raises(FormulaError, match="differ in their number of draws"):
        table.evaluate({ParameterKey("use"): [1.0, 2.0], ParameterKey("load", "truck"): [1.0, 2.0, 3.0]})
    with pytest.raises(FormulaError, match="the parameter 'use' has no value"):
        table.evaluate({ParameterKey("use"): [1.0, NAN]})
    with pytest.raises(FormulaError, match="derivatives are taken at one point"):
        table.jacobian({ParameterKey("use"): [1.0, 2.0]})  # type: ignore[dict-item]


# -- derivatives ------------------------------------------------------------------------------------


def test_jacobian_by_hand() -> None:
    """fuel = use·distance·load; urea = share·distance·load/load: the load cancels."""
    table = two_levels()
    assert [key.name for key in table.inputs] == ["distance", "load", "use", "share"]
    np.testing.assert_array_equal(table.input_rows, [0, 1, 3, 4])
    expected = [[0.1, 5.0, 200.0, 0.0], [0.5, 0.0, 0.0, 100.0], [0.0, 0.0, 0.0, 0.0]]
    np.testing.assert_allclose(table.jacobian().toarray(), expected, atol=1e-12)
    moved = table.jacobian({ParameterKey("load", "truck"): 4.0}).toarray()
    np.testing.assert_allclose(moved[0], [0.2, 5.0, 400.0, 0.0])


SHAPES = ["{a} * {b}", "{a} + 2 * {b}", "{a} / {b}", "sqrt({a}) * {b}", "max({a}; {b} / 2)"]
ANY = st.integers(0, 10**6)
LINKS = st.lists(st.tuples(st.sampled_from(SHAPES), ANY, ANY), min_size=1, max_size=6)


@given(LINKS, st.lists(st.floats(0.5, 2.0), min_size=3, max_size=3))
def test_jacobian_agrees_with_differences(links: list[tuple[str, int, int]], start: list[float]) -> None:
    """Dependent parameters that use any earlier ones, defined in reverse order."""
    parameters = [number(f"p{i}", value) for i, value in enumerate(start)]
    for i, (text, a, b) in enumerate(links, start=3):
        parameters.append(formula(f"p{i}", text.format(a=f"p{a % i}", b=f"p{b % i}")))
    last = len(parameters) - 1
    table = ParameterTable.of(database(parameters[::-1], x=f"p{last}", y=f"p{last} * p0"))
    exact = table.jacobian().toarray()
    for column, key in enumerate(table.inputs):
        at = start[int(key.name[1:])]
        step = 1e-6 * at
        low, middle, high = table.evaluate({key: [at - step, at, at + step]}).T
        difference = (high - low) / (2 * step)
        noise = 1e-7 * np.abs(middle) / at
        is_kink = np.abs(high - 2 * middle + low) / step > 1e-3 * np.abs(difference) + noise
        off = np.abs(exact[:, column] - difference)
        assert (is_kink | (off <= 1e-4 * np.abs(difference) + noise)).all()


def test_a_chain_longer_than_pythons_stack() -> None:
    parameters = [number("p0", 1.0)] + [formula(f"p{i}", f"p{i - 1} + 1") for i in range(1, 3000)]
    table = ParameterTable.of(database(parameters[::-1], x="p2999"))
    assert table.evaluate() == [3000.0]
    assert table.jacobian().toarray() == [[1.0]]


# -- mistakes ---------------------------------------------------------------------------------------


def test_an_unknown_name_names_the_chain() -> None:
    parameters = [
        formula("a", "2 * b", "truck"),
        formula("b", "c + 1", "truck"),
        formula("c", "distnce ^ 2", "truck"),
        number("distance", 1.0, "truck"),
    ]
    error = error_of(database(parameters, fuel="a"))
    assert error.what.startswith("the name 'distnce' is unknown\n    distnce ^ 2\n    ^")
    assert "reached by amount of 'Diesel' -> a -> b -> c" in error.where
    assert "process 'Truck, 40 t' (truck), exchange 'fuel'" in error.where
    assert "did you mean 'distance'?" in error.remedy


def test_a_name_of_another_process_is_unknown() -> None:
    error = error_of(database([number("x", 1.0, "ship")], fuel="x"))
    assert error.what.startswith("the name 'x' is unknown")
    assert "define it as a parameter of the process or of the database" in error.remedy


def test_a_circle_names_the_loop() -> None:
    parameters = [formula("a", "b + 1"), formula("b", "c * 2"), formula("c", "a"), formula("d", "a")]
    error = error_of(database(parameters, fuel="d"))
    assert error.what == "parameters are defined by each other in a circle: a -> b -> c -> a"
    assert "reached by amount of 'Diesel' -> d -> a" in error.where
    assert "give one of them a number, for example 'a'" in error.remedy


def test_a_parameter_that_uses_itself() -> None:
    error = error_of(database([number("x", 1.0), formula("x", "x * 2", "truck")], fuel="x"))
    assert error.what == "parameters are defined by each other in a circle: x -> x"
    assert "give the inner one another name" in error.remedy


def test_two_circles_that_share_a_parameter() -> None:
    parameters = [formula("a", "b + c"), formula("b", "a"), formula("c", "b")]
    for wanted in ("a", "b", "c"):
        assert "in a circle: a -> b -> a" in error_of(database(parameters, fuel=wanted)).what


def test_division_by_zero_below() -> None:
    error = error_of(database([number("n", 0.0), formula("rate", "1 / n")], fuel="rate * 2"))
    assert error.what.startswith("'/' has no value for 1, 0: the divisor must not be 0\n    1 / n")
    assert "reached by amount of 'Diesel' -> rate" in error.where


def test_a_broken_formula_below() -> None:
    error = error_of(database([formula("rate", "1 +")], fuel="rate * 2"))
    assert error.what.startswith("the formula ends where a number")
    assert "reached by amount of 'Diesel' -> rate" in error.where


def test_a_parameter_without_a_value() -> None:
    error = error_of(database([Parameter(name="x")], fuel="x"))
    assert error.what == "the parameter 'x' has no value"
    assert "parameters of the database 'small'" in error.where


def test_a_parameter_defined_twice() -> None:
    error = error_of(database([number("x", 1.0), number("x ", 2.0)], fuel="x"))
    assert error.what == "the parameter 'x' is defined more than once in the same scope"
    error = error_of(database([number("Xx", 1.0), number("xX", 2.0)], fuel="xx"))
    assert error.what == "the parameter 'xx' is defined more than once in the same scope"


def test_other_failures_are_counted() -> None:
    error = error_of(database([], a="x", b="y", c="1"))
    assert "(1 more formulas have no value; check_formulas lists them)" in error.remedy


def test_no_finite_derivative() -> None:
    table = ParameterTable.of(database([number("x", 0.0), formula("root", "sqrt(x)")], a="root"))
    assert table.evaluate() == [0.0]
    with pytest.raises(FormulaError, match="'sqrt' has no finite derivative by 'x'"):
        table.jacobian()


def test_failures_by_row() -> None:
    table = ParameterTable.of(database([number("x", 1.0)], good="x", bad="y", worse="1 / (x - 1)"))
    failures = table.failures()
    assert sorted(failures) == [1, 2]
    assert "the name 'y' is unknown" in str(failures[1])
    np.testing.assert_array_equal(table.evaluate(rows=[0]), [1.0])
    assert sorted(table.failures({ParameterKey("x"): 2.0})) == [1]


# -- findings, amounts from formulas ------------------------------------------------------------------


def test_findings() -> None:
    parameters = [number("x", 2.0), formula("unused", "y", "ship"), formula("above", "unused", "ship")]
    db = database(
        parameters,
        same=("x", 2.0, 1000.0),
        nearly=("x", 2.0000001, 1.0),
        other=("x * 3", 5.0, 1000.0),
        broken=("x +", 7.0, 1.0),
        unstored="x",
    )
    findings = check_formulas(db)
    assert [(f.code, f.exchange, f.process, f.amount, f.unit) for f in findings[:2]] == [
        ("formula_error", "broken", "truck", 7.0, "kg"),
        ("formula_mismatch", "other", "truck", 5000.0, "kg"),
    ]
    assert findings[0].detail.startswith("formula 'x +': the formula ends where")
    assert findings[1].detail == "formula 'x * 3' gives 6000, stored is 5000"
    assert [(f.code, f.process) for f in findings[2:]] == [("formula_error", "ship")]
    assert findings[2].detail.startswith("parameter 'unused': the name 'y' is unknown")
    assert all(has_message(f"finding.{f.code}") for f in findings)


def test_amounts_from_formulas() -> None:
    db = database([number("x", 2.0)], a="x", b=("x * 3", 5.0, 1.0), c=("x", NAN, 1000.0))
    filled = with_formula_amounts(db)
    np.testing.assert_array_equal(filled.column("exchanges", "amount"), [2.0, 5.0, 2000.0])
    np.testing.assert_array_equal(filled.column("exchanges", "published_amount"), [2.0, 5.0, 2.0])
    assert filled.exchanges.schema == db.exchanges.schema
    assert with_formula_amounts(filled) is filled
    with pytest.raises(FormulaError, match="the name 'y' is unknown"):
        with_formula_amounts(database([], a="y"))
    np.testing.assert_array_equal(
        with_formula_amounts(database([], a=("y", 3.0, 1.0))).column("exchanges", "amount"), [3.0]
    )


# -- real inventories ---------------------------------------------------------------------------------


def test_uslci_fy17q4(shared_data: Path) -> None:
    db = database_of(shared_data / FY17Q4)
    table = ParameterTable.of(db)
    assert len(table.definitions.keys) == 537
    assert len(table.exchange_rows) == 259
    assert check_formulas(db) == []
    stored = db.column("exchanges", "amount")[table.exchange_rows]
    np.testing.assert_allclose(table.evaluate(), stored, rtol=1e-6)


def test_uslci_blanks_at_the_end_of_names(shared_data: Path) -> None:
    """Fourteen formulas lead to parameters whose names end in blanks: unstripped, they have no value."""
    with zipfile.ZipFile(shared_data / FY17Q4) as archive:
        processes = [loads(archive.read(name)) for name in archive.namelist() if "processes/" in name]
    blank = {
        (process["@id"], parameter["name"].strip().lower())
        for process in processes
        for parameter in process.get("parameters", [])
        if parameter["name"] != parameter["name"].strip()
    }
    table = ParameterTable.of(database_of(shared_data / FY17Q4))
    keys, items = table.definitions.keys, table.definitions.items
    needs_blank = [(key.process, key.name.lower()) in blank for key in keys]
    for item_number in table.definitions.order[0]:
        if item_number < len(keys):
            uses = items[item_number].uses.values()
            needs_blank[item_number] |= any(needs_blank[used] for used in uses)
    formulas = items[len(keys) :]
    assert sum(any(needs_blank[used] for used in item.uses.values()) for item in formulas) == 14


def test_uslci_jacobian(shared_data: Path) -> None:
    """A small step of all inputs but the switches, which formulas compare with 1, shows all derivatives."""
    table = ParameterTable.of(database_of(shared_data / FY17Q4))
    stored = table.definitions.stored[table.input_rows]
    texts = " ".join(item.formula.text for item in table.definitions.items if item.formula)
    switches = {name.lower() for name in re.findall(r"(\w+) *=", texts)}
    is_moved = np.array([key.name.lower() not in switches for key in table.inputs])
    direction = np.random.default_rng(1).normal(size=len(stored)) * stored * is_moved
    step = 1e-6
    moved = {
        key: [value - step * move, value + step * move]
        for key, value, move in zip(table.inputs, stored, direction, strict=True)
    }
    low, high = table.evaluate(moved).T
    expected = (high - low) / (2 * step)
    scale = np.abs(table.evaluate()) + 1e-300
    np.testing.assert_allclose(table.jacobian() @ direction / scale, expected / scale, atol=1e-7)


def test_uslci_transport(shared_data: Path) -> None:
    """Two levels: the amounts use parameters that are products of parameters."""
    db = database_of(shared_data / TRANSPORT)
    table = ParameterTable.of(db)
    assert len(table.exchange_rows) == 197
    assert (len(table.definitions.keys), len(table.inputs)) == (591, 394)
    assert check_formulas(db) == []
    np.testing.assert_allclose(
        table.evaluate(), db.column("exchanges", "amount")[table.exchange_rows], rtol=1e-6
    )
    assert table.jacobian().nnz == 394
