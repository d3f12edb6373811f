"""Every product of an inventory as one line, found by what is typed, key by key.

A product is a (process, functional flow) pair: what a footprint belongs to. All words that were typed must
occur, in any script and order, in the names, the location, the category, the unit or the ids of a line; a
word of the packaged glossary also finds the word of the other language (Chinese, English) and the other
English spelling. Only if nothing is found are spellings compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonlab.inventory.database import Database
from carbonlab.inventory.glossary import Test, fold, word_test, words_of
from carbonlab.inventory.search import search
from carbonlab.vocabulary import FlowKind

FIELDS = ("product", "process", "location", "unit", "category", "process_id", "flow_id")
"""What a line shows, in this order."""
ALIKE_LINES = 50
"""Lines that are offered where only the spelling is alike."""

Lines = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProductList:
    """The products of an inventory (made by `build_product_list`).

    Attributes
    ----------
    database : Database
        The inventory.
    columns : dict of str to list of str
        Text of each of `FIELDS`, line by line.
    names, everything : list of str
        Folded: the names of a line, and all that is searched.
    """

    database: Database
    columns: dict[str, list[str]]
    names: list[str]
    everything: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def line(self, number: int) -> dict[str, str]:
        """Return what a line shows."""
        return {name: self.columns[name][number] for name in FIELDS}

    def find(self, text: str) -> Lines:
        """Return the lines that fit a text, the best first; all of them, as they stand, for an empty one.

        Parameters
        ----------
        text : str
            Words in any order, or parts of them.
        """
        words = words_of(text)
        if not words:
            return np.arange(len(self))
        found = list(range(len(self)))
        tests = [word_test(word) for word in words]
        for occurs in tests:
            found = [i for i in found if occurs(self.everything[i])]
        return self._ranked(found, words, tests) if found else self._spelled_alike(text)

    def has(self, text: str) -> bool:
        """Whether some line holds all words of a text; else what `find` returns is merely spelled alike."""
        tests = [word_test(word) for word in words_of(text)]
        return any(all(occurs(line) for occurs in tests) for line in self.everything)

    def ordered(self, lines: Lines, by: str, *, descending: bool = False) -> Lines:
        """Return lines in the order of one field; lines that are equal in it keep their order.

        Parameters
        ----------
        lines : int array
            As `find` returns them.
        by : str
            One of `FIELDS`.
        descending : bool
            Whether the order is turned around.
        """
        column = self.columns[by]
        order = sorted(range(len(lines)), key=lambda i: column[int(lines[i])].casefold(), reverse=descending)
        return lines[np.array(order, np.int64)]

    def _ranked(self, found: list[int], words: list[str], tests: list[Test]) -> Lines:
        """Return lines by how well they fit: names that begin so, all words in the names, elsewhere; short first."""
        query = " ".join(words)

        def rank(line: int) -> tuple[int, int]:
            name = self.names[line]
            if name.startswith(query):
                return (0, len(name))
            in_name = all(occurs(name) for occurs in tests)
            return (1 if in_name else 2, len(name))

        return np.array(sorted(found, key=rank), np.int64)

    def _spelled_alike(self, text: str) -> Lines:
        rank = {hit.id: i for i, hit in enumerate(search(self.database, text, limit=ALIKE_LINES))}
        lines = [i for i, process in enumerate(self.columns["process_id"]) if process in rank]
        return np.array(sorted(lines, key=lambda i: rank[self.columns["process_id"][i]]), np.int64)


def build_product_list(database: Database) -> ProductList:
    """Return the products of an inventory: product outputs, and wastes that a process treats.

    Parameters
    ----------
    database : Database
        The inventory.
    """
    flow, is_input, is_reference, is_avoided = (
        database.column("exchanges", name) for name in ("flow", "is_input", "is_reference", "is_avoided")
    )
    is_product = database.is_word("flows", "kind", FlowKind.PRODUCT)
    is_waste = database.is_word("flows", "kind", FlowKind.WASTE)
    is_made = is_product[flow] & ~is_input & ~is_avoided
    is_treated = is_waste[flow] & is_input & is_reference
    rows = np.flatnonzero(is_made | is_treated)
    owner, flows = database.column("exchanges", "process")[rows], flow[rows]
    order = np.lexsort((~is_reference[rows], owner))
    pairs = dict.fromkeys(zip(owner[order].tolist(), flows[order].tolist(), strict=True))
    processes = np.array([process for process, _ in pairs], np.int64)
    products = np.array([product for _, product in pairs], np.int64)

    def of(table: str, name: str, at: Lines) -> list[str]:
        return [str(text) for text in database.column(table, name)[at]]

    columns = {
        "product": of("flows", "name", products),
        "process": of("processes", "name", processes),
        "location": of("processes", "location", processes),
        "unit": of("flows", "unit", products),
        "category": of("processes", "category", processes),
        "process_id": of("processes", "id", processes),
        "flow_id": of("flows", "id", products),
    }
    names = [
        fold(f"{product} · {process}")
        for product, process in zip(columns["product"], columns["process"], strict=True)
    ]
    synonyms = of("flows", "synonyms", products)
    others = (columns[name] for name in ("location", "unit", "category", "process_id", "flow_id"))
    rest = [fold(" · ".join(texts)) for texts in zip(*others, synonyms, strict=True)]
    return ProductList(database, columns, names, [f"{a} · {b}" for a, b in zip(names, rest, strict=True)])
