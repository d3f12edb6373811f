"""The columnar database: digests, checks, records, edits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generated import generate_inventory
from carbonlab.errors import InventoryError, NotFoundError
from carbonlab.inventory.columns import digest_of_table, table_of
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import Exchange, UnitProcess
from carbonlab.inventory.schema import EXCHANGES, FLOWS, ROLES, TABLES
from carbonlab.vocabulary import LifeCycleStage, Role
from tests.inventory.small_database import STATED, small_builder, small_database


def _chunked(table: pa.Table, size: int) -> pa.Table:
    """Cut a table into chunks, each with a dictionary of its own in another order."""
    parts = []
    for begin in range(0, max(1, table.num_rows), size):
        columns = []
        for entry in table.schema:
            column = table[entry.name].slice(begin, size).combine_chunks()
            if pa.types.is_dictionary(entry.type):
                text = column.cast(pa.string())
                words = sorted({word for word in text.to_pylist() if word}, reverse=True)
                codes = [words.index(word) if word else None for word in text.to_pylist()]
                column = pa.DictionaryArray.from_arrays(
                    pa.array(codes, pa.int32()), pa.array(words, pa.string())
                )
            columns.append(column)
        parts.append(pa.table(columns, schema=table.schema))
    return pa.concat_tables(parts)


# -- digests
# ---------------------------------------------------------------------------------------------------


@given(size=st.integers(1, 60), begin=st.integers(0, 40))
@settings(max_examples=25, deadline=None)
def test_chunks_slices_and_dictionary_order_do_not_change_the_digest(size: int, begin: int) -> None:
    db = generate_inventory(20, 100)
    for name in ("flows", "processes", "exchanges"):
        table = getattr(db, name).slice(begin)
        assert digest_of_table(name, _chunked(table, size)) == digest_of_table(name, table)


@given(
    words=st.lists(st.sampled_from(["", "a", "b", "钢", "ü"]), max_size=30),
    numbers=st.lists(st.floats(allow_nan=True, width=64), max_size=30),
)
@settings(max_examples=50, deadline=None)
def test_the_digest_is_that_of_the_values(words: list[str], numbers: list[float]) -> None:
    schema = pa.schema([("word", FLOWS.field("kind").type)])
    first = table_of(schema, {"word": words})
    other_order = pa.DictionaryArray.from_arrays(
        pa.array([["ü", "unused", "钢", "", "b", "a"].index(word) for word in words], pa.int32()),
        pa.array(["ü", "unused", "钢", "", "b", "a"], pa.string()),
    )
    assert digest_of_table("t", first) == digest_of_table("t", pa.table([other_order], schema=schema))
    schema = pa.schema([("number", pa.float64())])
    values = np.array(numbers, float)
    plain = pa.table([pa.array(values)], schema=schema)
    odd = np.where(values == 0, -0.0, values)
    odd[np.isnan(odd)] = -np.float64(np.nan)  # another bit pattern, the same nothing
    assert digest_of_table("t", plain) == digest_of_table("t", pa.table([pa.array(odd)], schema=schema))
    if values.size and not np.isnan(values[0]):
        changed = values.copy()
        changed[0] = 0.0 if changed[0] > 0 else np.nextafter(changed[0], np.inf)
        assert digest_of_table("t", plain) != digest_of_table(
            "t", pa.table([pa.array(changed)], schema=schema)
        )


@given(texts=st.lists(st.text(max_size=5), min_size=2, max_size=8, unique=True))
@settings(max_examples=40, deadline=None)
def test_texts_cannot_run_into_each_other(texts: list[str]) -> None:
    def digest(values: list[str]) -> str:
        return digest_of_table("t", pa.table({"text": pa.array(values, pa.string())}))

    assert digest(texts) != digest([*texts[1:], texts[0]])
    assert digest(texts) == digest_of_table(
        "t", pa.table({"text": pa.chunked_array([texts[:1], texts[1:]], pa.string())})
    )
    if texts[0] and texts[1]:
        moved = [texts[0] + texts[1][0], texts[1][1:], *texts[2:]]
        assert digest(texts) != digest(moved)


def test_none_and_an_empty_text_are_one_thing() -> None:
    for kind in (pa.string(), FLOWS.field("unit").type):
        schema = pa.schema([("text", kind)])
        digests = {
            digest_of_table("t", pa.table([pa.array(values, pa.string()).cast(kind)], schema=schema))
            for values in (["kg", None], ["kg", ""])
        }
        assert len(digests) == 1


def test_every_column_counts_in_the_digest() -> None:
    """Change one value in each column of each table that has rows: the digest must follow."""
    db = small_database()
    for name, schema in TABLES.items():
        for entry in schema:
            values = getattr(db, name)[entry.name].to_pylist()
            values[0] = _another(values[0], entry.type)
            column = (
                pa.array(values, pa.string()).dictionary_encode()
                if _is_word(entry.type)
                else pa.array(values, entry.type)
            )
            if _is_word(entry.type):
                column = pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), column.dictionary)
            table = getattr(db, name).set_column(schema.get_field_index(entry.name), entry, column)
            changed = digest_of_table(name, table)
            assert changed != digest_of_table(name, getattr(db, name)), f"{name}.{entry.name}"


def _is_word(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind))


def _another(value: object, kind: pa.DataType) -> object:
    if pa.types.is_list(kind):
        return ["another"]
    if pa.types.is_boolean(kind):
        return not value
    if pa.types.is_integer(kind):
        return int(value) + 1  # type: ignore[call-overload]
    if pa.types.is_floating(kind):
        return 17.5
    return "another"


def test_not_stated_is_not_no() -> None:
    builder = small_builder()
    stated_no = replace(builder.processes[1], under_control=False)
    not_stated = small_database().digest
    builder.processes[1] = stated_no
    assert builder.build().digest != not_stated


def test_meta_and_findings_count_in_the_digest() -> None:
    db = small_database()
    digests = {
        db.digest,
        db.with_meta(version="2").digest,
        db.with_meta(decided_upstream={}).digest,
        db.with_tables(findings=db.findings.slice(0, 0)).digest,
    }
    assert len(digests) == 4
    assert db.digest == small_database().digest
    assert db.digest.startswith("blake2b-128:")


# -- records and edits
# -------------------------------------------------------------------------------------------


def test_records_come_out_as_they_went_in() -> None:
    builder = small_builder()
    db = builder.build()
    assert [db.flow(flow.id) for flow in builder.flows] == builder.flows
    sawmill = db.process("sawmill")
    assert (sawmill.stage, sawmill.under_control) == (LifeCycleStage.PRODUCTION, True)
    assert db.process("plant").under_control is None
    power = sawmill.exchanges[2]
    given_ = builder.processes[0].exchanges[2]
    assert (power.distribution.kind, power.distribution.loc) == (given_.distribution.kind, 40.0)
    assert math.isnan(power.distribution.minimum)
    assert replace(power, distribution=None, published_amount=None, year_offset=0.0) == replace(
        given_, distribution=None, published_amount=None, year_offset=0.0
    )
    assert power.provenance == STATED
    assert [process.id for process in db.each_process()] == ["sawmill", "plant"]
    assert list(db.is_word("flows", "kind", "product")) == [True, True, True, False]


def test_ids_are_made_from_what_an_exchange_is() -> None:
    builder = small_builder()
    before = builder.build().column("exchanges", "id")
    twice = Exchange(flow="co2", is_input=False, amount=0.1)
    builder.processes.insert(0, UnitProcess(id="new", name="New", exchanges=(twice, twice)))
    after = builder.build().column("exchanges", "id")
    assert list(after[:2]) == ["new/out/co2", "new/out/co2/2"]
    assert list(after[2:]) == list(before)


def test_new_amounts_replace_formula_and_spread() -> None:
    db = small_database()
    changed = db.with_amounts({"sawmill-power": 35.0})
    power = changed.process("sawmill").exchanges[2]
    assert (power.amount, power.published_amount, power.formula, power.distribution) == (35.0, 35.0, "", None)
    assert changed.digest != db.digest
    assert db.process("sawmill").exchanges[2].formula == "5 * k"
    assert changed.with_amounts({}).digest == changed.digest


def test_new_amounts_of_what_does_not_exist_are_refused() -> None:
    db = small_database()
    with pytest.raises(NotFoundError, match=r"no exchange with the id 'nothing'") as error:
        db.with_amounts({"nothing": 1.0})
    assert "the change would be lost" in str(error.value)
    with pytest.raises(InventoryError, match=r"'sawmill-power' is not a number: nan"):
        db.with_amounts({"sawmill-power": math.nan})
    ids = pa.array(["same"] * db.exchanges.num_rows)
    twice = db.with_tables(exchanges=db.exchanges.set_column(0, EXCHANGES.field("id"), ids))
    with pytest.raises(InventoryError, match=r"several exchanges with the id 'same'"):
        twice.with_amounts({"same": 1.0})


def test_unknown_processes_and_flows_are_named() -> None:
    with pytest.raises(NotFoundError, match=r"database 'small' has no process with the id 'mill'"):
        small_database().process("mill")
    with pytest.raises(NotFoundError, match=r"database 'small' has no flow with the id 'steel'"):
        small_database().flow("steel")


# -- checks
# ---------------------------------------------------------------------------------------------------


def test_a_table_with_other_columns_is_refused() -> None:
    db = small_database()
    with pytest.raises(InventoryError, match=r"the table roles .* has not the columns of the schema"):
        db.with_tables(roles=db.roles.drop_columns(["role"]))


@pytest.mark.parametrize("row", [7, -2, None])
def test_a_reference_to_a_row_that_does_not_exist_is_refused(row: int | None) -> None:
    with pytest.raises(InventoryError, match=r"points at a row of flows that does not exist"):
        _with_role(small_database(), flow=row)


def test_an_exchange_of_no_process_is_refused() -> None:
    db = small_database()
    rows = pa.array([-1] * db.exchanges.num_rows, pa.int32())
    with pytest.raises(InventoryError, match=r"exchanges .* points at a row of processes"):
        db.with_tables(exchanges=db.exchanges.set_column(1, EXCHANGES.field("process"), rows))


def test_a_word_that_the_code_does_not_know_is_refused() -> None:
    with pytest.raises(
        InventoryError, match=r"roles.role .* holds 'magic', which is not in the vocab"
    ) as error:
        _with_role(small_database(), role="magic")
    assert "fall out of every calculation" in str(error.value)
    assert "electricity" in error.value.remedy
    assert _with_role(small_database(), role=Role.HEAT).roles.num_rows == 1


def test_a_row_of_no_kind_is_refused() -> None:
    with pytest.raises(InventoryError, match=r"roles.role of database 'small' is empty in some row"):
        _with_role(small_database(), role="")


def _with_role(db: Database, **values: object) -> Database:
    row = {"flow": 0, "process": -1, "role": "heat", "source": "", "confidence": "high", **values}
    return db.with_tables(roles=table_of(ROLES, {name: [value] for name, value in row.items()}))


def test_identities_used_twice_are_refused() -> None:
    builder = small_builder()
    builder.flows.append(builder.flows[0])
    with pytest.raises(InventoryError, match=r"1 flow ids are empty or used more than once: 'lumber'"):
        builder.build()


def test_what_a_notebook_shows_is_escaped() -> None:
    html = small_database().with_meta(name="<script>")._repr_html_()
    assert "&lt;script&gt;" in html and "<script>" not in html
    assert "2 processes, 4 flows, 5 exchanges" in repr(small_database())
