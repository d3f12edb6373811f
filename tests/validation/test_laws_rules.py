"""Laws of the rules, on random systems: shares, order, repetition, digests, and the log as the account of a change."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlab.errors import SolveError
from carbonlab.inventory.database import Database
from carbonlab.rules.apply import apply_rule
from carbonlab.rules.rulefile import read_rule_set, write_rule_set
from carbonlab.rules.ruleset import Line, Rule, RuleSet
from carbonlab.rules.selectors import Selector
from carbonlab.rules.slots import SLOTS
from carbonlab.system.explain import explain
from carbonlab.system.product_system import ProductSystem
from tests.tiny import tiny_database
from tests.validation.agreement import CANCELLATION, disagreement
from tests.validation.random_systems import (
    DEFAULT,
    KEYS,
    SHARED,
    Spec,
    by_name,
    examples,
    rules_with,
    solved,
    system_of,
    systems,
)

few = examples(8)
very_few = examples(4)
"""For laws that are asked of every option: their systems differ from option to option."""


# -- shares ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
@very_few
@given(data=systems(), seed=st.integers(0, 2**32 - 1))
def test_shares_sum_to_one(key: str, data: Spec, seed: int) -> None:
    """What the columns of a process hold adds up to its exchanges, for nominal and for other amounts."""
    system = system_of(data, rules_with(key))
    other = system.work.amounts * np.random.default_rng(seed).uniform(0.5, 2.0, len(system.work.amounts))
    for amounts in (system.work.amounts, other):
        sign = np.where(system.database.column("exchanges", "is_input"), -1.0, 1.0)
        values = system.entry_values(amounts)
        for table, value in zip((system.work.technosphere, system.work.intervention), values, strict=True):
            rows = np.unique(table.exchange)
            total = np.bincount(table.exchange, value, minlength=len(amounts))[rows]
            expected = (amounts * sign)[rows] if table is system.work.technosphere else amounts[rows]
            np.testing.assert_allclose(total, expected, rtol=1e-12)


@pytest.mark.parametrize("key", KEYS)
@very_few
@given(data=systems())
def test_matrix_columns_of_a_process_add_up_to_it(key: str, data: Spec) -> None:
    """Σ over co-products of (share × burden) is the unallocated total, read from A and B."""
    system = system_of(data, rules_with(key))
    flows, matrices = system.database.column("flows", "id"), system.matrices
    row_flow = flows[system.columns.flow]
    for process in data["processes"]:
        own = system.columns.process == system.database.process_row(process["id"])
        net = matrices.A[:, own].sum(axis=1)
        emitted = matrices.B[:, own].sum(axis=1)
        for flow in {*data["flows"]}:
            expected = process["out"].get(flow, 0.0) - process["in"].get(flow, 0.0)
            size = process["out"].get(flow, 0.0) + process["in"].get(flow, 0.0)
            assert abs(net[row_flow == flow].sum() - expected) <= 1e-12 * max(size, 1.0)
        for position, row in enumerate(system.interventions):
            exchanged = process["out"].get(flows[row], 0.0) + process["in"].get(flows[row], 0.0)
            assert emitted[position] == pytest.approx(exchanged, rel=1e-12)


@pytest.mark.parametrize("key", ["mass", "price", "equal", "reference_flow", "stated"])
@very_few
@given(data=systems(carbon=True), seed=st.integers(0, 2**32 - 1))
def test_inherent_carbon_is_moved_not_made(key: str, data: Spec, seed: int) -> None:
    """The entries that let carbon follow the flow sum to zero over each process, for any amounts."""
    system = system_of(data, rules_with(key, inherent=True))
    table = system.work.intervention
    own_flow = system.database.column("exchanges", "flow")[table.exchange]
    added = table.flow != own_flow
    other = system.work.amounts * np.random.default_rng(seed).uniform(0.5, 2.0, len(system.work.amounts))
    for amounts in (system.work.amounts, other):
        value = np.where(added, system.entry_values(amounts)[1], 0.0)
        total = np.bincount(table.process, value, minlength=1)
        size = np.bincount(table.process, np.abs(value), minlength=1)
        assert (np.abs(total) <= 1e-12 * size).all()


# -- order and repetition ----------------------------------------------------------------------------------


def shuffled(data: Spec, seed: int) -> Spec:
    chance = random.Random(seed)

    def mixed(values: dict[str, Any]) -> dict[str, Any]:
        return dict(chance.sample(list(values.items()), len(values)))

    processes = [{**p, "in": mixed(p["in"]), "out": mixed(p["out"])} for p in data["processes"]]
    return {
        "flows": mixed(data["flows"]),
        "processes": chance.sample(processes, len(processes)),
        "properties": chance.sample(data["properties"], len(data["properties"])),
        "allocation": chance.sample(data["allocation"], len(data["allocation"])),
    }


@few
@given(
    data=systems(carbon=True),
    seed=st.integers(0, 2**32 - 1),
    key=st.sampled_from(KEYS),
    linking=st.sampled_from(["equal_split", "by_location"]),
)
def test_the_order_of_anything_changes_nothing(data: Spec, seed: int, key: str, linking: str) -> None:
    rules = rules_with(key, inherent=True).replace(linking=linking)
    try:
        one, other = solved(data, rules), solved(shuffled(data, seed), rules)
    except SolveError:
        return
    before, after = by_name(one.system, one.intensity()), by_name(other.system, other.intensity())
    assert set(before) == set(after)
    assert by_name(one.system, one.status) == by_name(other.system, other.status)
    scale = np.abs(one.mass_intensity * one.factors).sum(axis=1)
    for (name, size), value in zip(by_name(one.system, scale).items(), before.values(), strict=True):
        assert disagreement(value, after[name], size) <= CANCELLATION


@examples(20)
@given(
    data=systems(carbon=True),
    key=st.sampled_from(KEYS),
    slot=st.sampled_from(["multifunctionality", *(slot.key for slot in SLOTS)]),
)
def test_running_a_stage_again_changes_nothing(data: Spec, key: str, slot: str) -> None:
    rules = rules_with(key, inherent=True)
    system = system_of(data, rules)
    again = replace(system, work=apply_rule(system.work, rules.rules[slot]))
    for matrix in ("A", "B"):
        one, other = (getattr(s.matrices, matrix).toarray() for s in (system, again))
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    for field in ("gas", "component", "mass", "factor", "label"):
        one, other = (getattr(s.work.characterization, field) for s in (system, again))
        np.testing.assert_array_equal(one, other)


@few
@given(data=systems())
def test_substitution_again_changes_nothing(data: Spec) -> None:
    rules = DEFAULT.replace(multifunctionality=Rule("multifunctionality", (Line("substitution"),)))
    system = system_of(data, rules)
    again = replace(system, work=apply_rule(system.work, rules.rules["multifunctionality"]))
    np.testing.assert_array_equal(system.matrices.A.toarray(), again.matrices.A.toarray())
    np.testing.assert_array_equal(system.status, again.status)


# -- digests -----------------------------------------------------------------------------------------------


@few
@given(data=systems(carbon=True), key=st.sampled_from(KEYS))
def test_equal_digest_means_equal_numbers(data: Spec, key: str, tmp_path_factory: Any) -> None:
    """To the last bit: the database built again, the rules written and read again."""
    rules = rules_with(key, inherent=True)
    file: Path = tmp_path_factory.mktemp("rules") / "rules.toml"
    write_rule_set(rules, file)
    read, first, second = read_rule_set(file), tiny_database(data), tiny_database(data)
    assert first.digest == second.digest
    assert read.digest == rules.digest
    assert rules.diff(read) == ()
    one, other = system_of(first, rules), system_of(second, read)
    assert one.structure_digest == other.structure_digest
    try:
        before = solved(first, rules)
    except SolveError:
        with pytest.raises(SolveError):
            solved(second, read)
        return
    np.testing.assert_array_equal(before.mass_intensity, solved(second, read).mass_intensity)


@few
@given(data=systems(), position=st.integers(0, 10**6))
def test_another_amount_is_another_digest(data: Spec, position: int) -> None:
    database = tiny_database(data)
    identity = database.column("exchanges", "id")[position % database.exchanges.num_rows]
    amount = float(database.column("exchanges", "amount")[position % database.exchanges.num_rows])
    assert database.with_amounts({identity: amount * (1 + 1e-12)}).digest != database.digest


def test_replacing_nothing_changes_nothing() -> None:
    same = DEFAULT.replace()
    assert (same.digest, same.rules, same.key) == (DEFAULT.digest, DEFAULT.rules, DEFAULT.key)
    assert DEFAULT.diff(same) == ()
    again = DEFAULT.replace(**{slot: rule for slot, rule in DEFAULT.rules.items()})
    assert again.digest == DEFAULT.digest
    assert DEFAULT.diff(again) == ()


@few
@given(data=systems())
def test_an_empty_change_moves_no_number(data: Spec) -> None:
    one, other = solved(data), solved(data, DEFAULT.replace(**DEFAULT.rules))
    assert one.system.rule_set.diff(other.system.rule_set) == ()
    np.testing.assert_array_equal(one.intensity(), other.intensity())
    np.testing.assert_array_equal(one.status, other.status)


# -- the log is the account of a change ----------------------------------------------------------------------


def numbers_by_exchange(system: ProductSystem) -> dict[tuple[str, int], dict[tuple[int, int], float]]:
    """Return what each exchange adds to each place of A and B."""
    found: dict[tuple[str, int], dict[tuple[int, int], float]] = {}
    values = system.entry_values(system.work.amounts)
    patterns = (system.technosphere_pattern, system.intervention_pattern)
    tables = ("technosphere", "intervention")
    for name, pattern, value in zip(tables, patterns, values, strict=True):
        exchange = getattr(system.work, name).exchange
        for row, column, entry in zip(pattern.row, pattern.column, pattern.entry, strict=True):
            place = found.setdefault((name, int(exchange[entry])), {})
            place[int(row), int(column)] = place.get((int(row), int(column)), 0.0) + value[entry]
    return found


def changed(one: ProductSystem, other: ProductSystem) -> set[tuple[str, int]]:
    before, after = numbers_by_exchange(one), numbers_by_exchange(other)
    found = set()
    for exchange in {*before, *after}:
        places = before.get(exchange, {}), after.get(exchange, {})
        if any(
            places[0].get(place, 0.0) != pytest.approx(places[1].get(place, 0.0), rel=1e-12, abs=1e-12)
            for place in {*places[0], *places[1]}
        ):
            found.add(exchange)
    return found


def named(system: ProductSystem, slot: str) -> set[tuple[str, int]]:
    """Return the exchanges whose entries the log of a slot names, and the products that lost their column by it."""
    lost = system.work.technosphere.exchange[system.columns.entry[~system.has_column]]
    return {("technosphere", int(exchange)) for exchange in lost} | {
        (line.table, int(exchange))
        for line in system.work.log
        if line.slot == slot
        for exchange in getattr(system.work, line.table).exchange[line.rows]
    }


def rule(slot: str, option: str, select: dict[str, str] | None = None, **parameters: Any) -> RuleSet:
    lines = [Line(option, Selector(**(select or {})), parameters)]
    if select:
        lines.append(DEFAULT.rules[slot].lines[-1])
    return DEFAULT.replace(**{slot: Rule(slot, tuple(lines))})


CHANGES: dict[str, tuple[str, Callable[[], RuleSet]]] = {
    "no capital goods": ("boundary", lambda: rule("boundary", "no_capital_goods")),
    "two stages": ("boundary", lambda: rule("boundary", "stages", keep=["production", "use"])),
    "a place left out": ("boundary", lambda: rule("boundary", "exclude", {"location": "CN"})),
    "a gas left out": ("boundary", lambda: rule("boundary", "exclude", {"flow": "ch4"})),
    "nearest producer": ("linking", lambda: rule("linking", "by_location")),
    "nearest producer, one place": ("linking", lambda: rule("linking", "by_location", {"location": "US"})),
    "price": ("multifunctionality", lambda: rules_with("price")),
    "price in one process": (
        "multifunctionality",
        lambda: rule("multifunctionality", "price", {"process": "p0"}),
    ),
    "equal": ("multifunctionality", lambda: rules_with("equal")),
    "reference flow": ("multifunctionality", lambda: rules_with("reference_flow")),
    "an absent property": (
        "multifunctionality",
        lambda: rule("multifunctionality", "property", name="beauty"),
    ),
    "substitution": ("multifunctionality", lambda: rule("multifunctionality", "substitution")),
    "GWP20": ("characterization", lambda: DEFAULT.replace(characterization="gwp20_ar6")),
}


@pytest.mark.parametrize("change", CHANGES)
@very_few
@given(data=systems(carbon=True))
def test_switching_a_slot_changes_only_what_its_log_names(change: str, data: Spec) -> None:
    """All later slots are neutral, as the default rules have them."""
    slot, make = CHANGES[change]
    one, other = system_of(data), system_of(data, make())
    assert changed(one, other) <= named(one, slot) | named(other, slot)


@few
@given(data=systems())
def test_another_linking_changes_only_ambiguous_inputs(data: Spec) -> None:
    one, other = system_of(data), system_of(data, DEFAULT.replace(linking="by_location"))
    flow = one.database.column("flows", "id")[one.database.column("exchanges", "flow")]
    assert all(
        table == "technosphere" and flow[exchange] == SHARED for table, exchange in changed(one, other)
    )


@few
@given(data=systems())
def test_sharing_in_one_process_changes_only_its_exchanges(data: Spec) -> None:
    one, other = system_of(data), system_of(data, rule("multifunctionality", "price", {"process": "p0"}))
    process = one.database.column("exchanges", "process")
    assert all(process[exchange] == one.database.process_row("p0") for _, exchange in changed(one, other))


@few
@given(data=systems(), factor=st.sampled_from(["gwp20_ar6", "gwp100_ar4", "gtp100_ar5"]))
def test_another_metric_touches_no_matrix(data: Spec, factor: str) -> None:
    one, other = system_of(data), system_of(data, DEFAULT.replace(characterization=factor))
    assert changed(one, other) == set()
    assert one.structure_digest == other.structure_digest


@very_few
@given(data=systems())
def test_axes_are_the_same_under_every_rule_set(data: Spec) -> None:
    base = tiny_database(data)
    for key in (*KEYS, "substitution"):
        system = system_of(
            base, rules_with(key) if key != "substitution" else rule("multifunctionality", key)
        )
        assert list(by_name(system, system.status)) == list(by_name(system_of(base), system.status))
        absent = ~system.has_column
        identity = system.matrices.A[:, absent].toarray()
        np.testing.assert_array_equal(identity, np.eye(len(absent))[:, absent])


@few
@given(data=systems(carbon=True), key=st.sampled_from([*KEYS, "substitution"]))
def test_every_number_is_explained(data: Spec, key: str) -> None:
    """The entries that `explain` returns add up to the number; where nothing stands, they are none."""
    rules = rules_with(key, inherent=True) if key != "substitution" else rule("multifunctionality", key)
    system = system_of(data, rules)
    for name, matrix in (("A", system.matrices.A.toarray()), ("B", system.matrices.B.toarray())):
        for row, column in np.ndindex(*matrix.shape):
            parts = explain(system, row, column, matrix=name)
            expected = matrix[row, column] if system.has_column[column] else 0.0
            size = sum(abs(part.value) for part in parts)
            assert abs(sum(part.value for part in parts) - expected) <= 1e-12 * size
            for part in parts:
                product = part.sign * part.amount * np.prod(list(part.factors.values()))
                assert part.value == pytest.approx(product, rel=1e-12)
                assert all(touch.clause for touch in part.touches if touch.slot != "multifunctionality")


def test_rules_leave_the_database_as_it_was() -> None:
    database: Database = tiny_database(
        '[flows]\na = "kg"\nb = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, b = 2, co2 = 3 }'
    )
    before = database.digest
    work = system_of(database).work
    assert work.database is database
    fresh = tiny_database(
        '[flows]\na = "kg"\nb = "kg"\n[[processes]]\nid = "p"\nout = { a = 1, b = 2, co2 = 3 }'
    )
    assert before == fresh.digest
