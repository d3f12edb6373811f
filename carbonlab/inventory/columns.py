"""Between arrow columns and the arrays and digests that the rest of carbonlab works with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonlab.inventory.schema import LATER, TABLES
from carbonlab.provenance import Digester


def array_of(table: pa.Table, column: str) -> NDArray[Any]:
    """Return a column as a numpy array (rows,): numbers as such, words and texts as objects ("" for none)."""
    chunks = table[column]
    kind = chunks.type
    if pa.types.is_boolean(kind):
        return np.asarray(pc.fill_null(chunks, False).to_numpy(), dtype=bool)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(chunks.to_numpy())
    if pa.types.is_list(kind):
        return np.array([tuple(item or ()) for item in chunks.to_pylist()] + [None], dtype=object)[:-1]
    if pa.types.is_dictionary(kind):
        codes, words = codes_of(table, column)
        return np.array([*words, ""], dtype=object)[codes]
    return np.array(pc.fill_null(chunks, "").to_pylist(), dtype=object)


def codes_of(table: pa.Table, column: str) -> tuple[NDArray[np.int32], list[str]]:
    """Return the codes (rows,) of a word column and the list of words; −1 stands for none."""
    return _codes_and_words(table[column])


def _codes_and_words(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[str]]:
    chunks = column.unify_dictionaries()
    if chunks.num_chunks == 0:
        return np.empty(0, np.int32), []
    codes = np.concatenate([pc.fill_null(chunk.indices, -1).to_numpy() for chunk in chunks.chunks])
    words = [word or "" for word in chunks.chunk(0).dictionary.to_pylist()]
    return codes.astype(np.int32, copy=False), words


def words_used(table: pa.Table, column: str) -> set[str]:
    """Return the words that at least one row of a word column holds."""
    used = pc.unique(table[column].cast(pa.string())).to_pylist()
    return {word for word in used if word}


def is_word(table: pa.Table, column: str, *words: str) -> NDArray[np.bool_]:
    """Return which rows (rows,) of a word column hold one of the words."""
    codes, known = codes_of(table, column)
    wanted = [code for code, word in enumerate(known) if word in words]
    return np.asarray(np.isin(codes, wanted), dtype=bool)


def table_of(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """Return an arrow table under a schema; empty words become null, so that "" and none are one thing.

    Columns of a spread that are not given are empty.
    """
    arrays = []
    rows = max(map(len, columns.values()), default=0)
    for entry in schema:
        values = columns.get(entry.name, empty_column(entry, rows) if entry.name in _SPREAD else [])
        if pa.types.is_dictionary(entry.type):
            text = pa.array([value or None for value in values], pa.string())
            encoded = text.dictionary_encode()
            codes = encoded.indices.cast(pa.int32())
            arrays.append(pa.DictionaryArray.from_arrays(codes, encoded.dictionary))
        else:
            arrays.append(pa.array(values, entry.type))
    return pa.table(arrays, schema=schema)


_SPREAD = frozenset(name for names in LATER.values() for name in names)


def empty_column(field: pa.Field, rows: int) -> list[Any]:
    """Return the values of a column of words or numbers that no row fills."""
    return [""] * rows if pa.types.is_dictionary(field.type) else [float("nan")] * rows


def with_later_columns(name: str, table: pa.Table) -> pa.Table:
    """Return a table that may have been stored under the first version of the schema with all of its columns."""
    schema = TABLES[name]
    missing = [column for column in LATER.get(name, ()) if column not in table.column_names]
    if not missing:
        return table
    fields = [schema.field(column) for column in missing]
    empty = table_of(pa.schema(fields), {f.name: empty_column(f, table.num_rows) for f in fields})
    for field in fields:
        table = table.append_column(field, empty[field.name])
    return table.select(schema.names).cast(schema)


def with_rows(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    """Return a table with further rows at its end, in one piece."""
    if not any(len(values) for values in columns.values()):
        return table
    return pa.concat_tables([table, table_of(table.schema, columns)]).unify_dictionaries().combine_chunks()


def digest_of_table(name: str, table: pa.Table) -> str:
    """Return the digest of a table's values.

    What does not count: how the table is cut into chunks, the order of the words in a dictionary and words
    that no row uses, none or "", the sign of zero, which of its many bit patterns a NaN has, and a column of
    `carbonlab.inventory.schema.LATER` that no row fills.
    """
    table = table.drop_columns([c for c in LATER.get(name, ()) if _is_empty(table[c])])
    digester = Digester(f"table {name}")
    digester.add_json("rows", table.num_rows)
    digester.add_json("columns", dict(zip(table.column_names, _digests_of_columns(table), strict=True)))
    return digester.digest()


def _is_empty(column: pa.ChunkedArray) -> bool:
    """Whether no row of a column of words or numbers is filled."""
    if pa.types.is_floating(column.type):
        return bool(np.isnan(column.to_numpy()).all())
    return bool(column.null_count == len(column))


def _digests_of_columns(table: pa.Table) -> list[str]:
    columns = [(entry.type, table[entry.name]) for entry in table.schema]
    if table.num_rows < ROWS_WORTH_THREADS:
        return [_digest_of_column(*column) for column in columns]
    with ThreadPoolExecutor(DIGEST_THREADS) as threads:
        return list(threads.map(lambda column: _digest_of_column(*column), columns))


DIGEST_THREADS = 4
"""Columns that are digested at once: hashing runs outside the interpreter's lock. Changes no digest."""
ROWS_WORTH_THREADS = 20_000


def _digest_of_column(kind: pa.DataType, column: pa.ChunkedArray) -> str:
    digester = Digester("column")  # not the name of the arrow type: it changes with versions and with Parquet
    if pa.types.is_dictionary(kind):
        _add_words(digester, column)
    elif pa.types.is_string(kind):
        _add_texts(digester, column)
    elif pa.types.is_list(kind):
        digester.add_json("lists", [item or [] for item in column.to_pylist()])
    elif pa.types.is_boolean(kind):  # three values: yes, no, not stated
        digester.add_bytes("answers", _bytes_of(pc.fill_null(column.cast(pa.uint8()), 2).to_numpy()))
    elif pa.types.is_int32(kind):
        digester.add_bytes("rows", _bytes_of(column.to_numpy().astype("<i4", copy=False)))
    else:
        digester.add_array("numbers", column.to_numpy())
    return digester.digest()


def _add_words(digester: Digester, column: pa.ChunkedArray) -> None:
    codes, words = _codes_and_words(column)
    counts = np.bincount(codes + 1, minlength=len(words) + 1)
    used = [word for word, count in zip(["", *words], counts, strict=True) if count]
    order = sorted(set(used))
    rank = {word: position for position, word in enumerate(order)}
    smallest = np.min_scalar_type(max(0, len(order) - 1)).newbyteorder("<")
    table = np.array([rank.get(word, 0) for word in ["", *words]], smallest)
    digester.add_json("words", order)
    digester.add_bytes("codes", _bytes_of(table[codes + 1]))


def _add_texts(digester: Digester, column: pa.ChunkedArray) -> None:
    whole = pc.fill_null(column, "")
    digester.add_bytes("lengths", _bytes_of(pc.binary_length(whole).to_numpy().astype("<i4", copy=False)))
    for chunk in whole.chunks:
        if len(chunk):
            begin, end = chunk.offset, chunk.offset + len(chunk) + 1
            offsets = np.frombuffer(chunk.buffers()[1], np.int32)[begin:end]
            data = chunk.buffers()[2]
            text = b"" if data is None else memoryview(data)[offsets[0] : offsets[-1]]
            digester.add_part(text)


def _bytes_of(values: NDArray[Any]) -> memoryview | bytes:
    return np.ascontiguousarray(values).data.cast("B") if values.size else b""
