"""Columns of a database made from arrays at once: words by their codes, numbered names, and what is not given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def filled_table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    """Return a table; columns that are not given hold no word, not a number, no."""
    count = len(columns["id"])
    empty: dict[pa.DataType, Any] = {pa.bool_(): False, pa.float64(): float("nan")}
    arrays = [
        columns[entry.name]
        if entry.name in columns
        else pa.array([empty.get(entry.type)] * count, entry.type)
        if not pa.types.is_dictionary(entry.type)
        else encoded(np.full(count, -1), ["unused"])
        for entry in schema
    ]
    return pa.table(arrays, schema=schema)


def encoded(codes: NDArray[Any], words: list[str]) -> pa.DictionaryArray:
    """Return a word column from codes (rows,), −1 for none, and the list of words."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array([str(word) for word in words], pa.string()))


def numbered(prefix: str, rows: NDArray[Any]) -> pa.Array:
    """Return a text column: the prefix and each number."""
    return pc.binary_join_element_wise(prefix, pa.array(rows).cast(pa.string()), "")
