"""Between arrow columns and the arrays and digests that the rest of carbonlab works with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonlab.provenance import Digester


def array_of(table: pa.Table, column: str) -> NDArray[Any]:
    """Return a column as a numpy array (rows,): numbers as they are, words and texts as objects ("" for none)."""
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
    chunks = table[column].unify_dictionaries()
    if chunks.num_chunks == 0:
        return np.empty(0, np.int32), []
    codes = np.concatenate([pc.fill_null(chunk.indices, -1).to_numpy() for chunk in chunks.chunks])
    return codes.astype(np.int32), chunks.chunk(0).dictionary.to_pylist()


def is_word(table: pa.Table, column: str, *words: str) -> NDArray[np.bool_]:
    """Return which rows (rows,) of a word column hold one of the words."""
    codes, known = codes_of(table, column)
    wanted = [code for code, word in enumerate(known) if word in words]
    return np.asarray(np.isin(codes, wanted), dtype=bool)


def table_of(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """Return an arrow table under a schema; empty words become null, so that "" and none are one thing."""
    arrays = []
    for entry in schema:
        values = columns.get(entry.name, [])
        if pa.types.is_dictionary(entry.type):
            text = pa.array([value or None for value in values], pa.string())
            encoded = text.dictionary_encode()
            arrays.append(pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), encoded.dictionary))
        else:
            arrays.append(pa.array(values, entry.type))
    return pa.table(arrays, schema=schema)


def add_table_to_digest(digester: Digester, name: str, table: pa.Table) -> None:
    """Digest a table by its values: chunking and dictionary order do not count."""
    for entry in table.schema:
        column = table[entry.name]
        key = f"{name}.{entry.name}"
        if pa.types.is_dictionary(entry.type):
            codes, words = codes_of(table, entry.name)
            used, compact = np.unique(codes, return_inverse=True)
            names = ["" if code < 0 else words[code] for code in used]
            order = np.argsort(np.array(names, dtype=object), kind="stable")
            rank = np.empty_like(order)
            rank[order] = np.arange(len(order))
            digester.add_json(f"{key}.words", [names[i] for i in order])
            digester.add_array(key, rank[compact])
        elif pa.types.is_string(entry.type):
            _add_texts(digester, key, column)
        elif pa.types.is_list(entry.type):
            digester.add_json(key, column.to_pylist())
        else:
            if pa.types.is_boolean(entry.type):  # three values: yes, no, not stated
                column = pc.fill_null(column.cast(pa.int8()), 2)
            digester.add_array(key, column.to_numpy())


def _add_texts(digester: Digester, key: str, column: pa.ChunkedArray) -> None:
    whole = pc.fill_null(column, "")
    digester.add_array(f"{key}.lengths", pc.binary_length(whole).to_numpy())
    for chunk in whole.chunks:
        if len(chunk):
            offsets = np.frombuffer(chunk.buffers()[1], np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            data = chunk.buffers()[2]
            text = b"" if data is None else memoryview(data)[offsets[0] : offsets[-1]]
            digester.add_part(text)
