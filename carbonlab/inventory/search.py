"""Find a process by what a person remembers of it: an id, a name, some words, a mistyped word.

Words are compared without regard to case, width or punctuation, in any script; all of them must occur in
the name, the location, the category or the products of a process. A word of the packaged glossary also finds
the word of the other language, and names that are packaged in other languages are searched in all of them. Only if
that finds nothing are spellings compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from rapidfuzz import fuzz, process

from carbonlab.arguments import check_kind, describe
from carbonlab.display.record import record_html
from carbonlab.errors import ArgumentError, NotFoundError
from carbonlab.inventory.glossary import fold, in_other_words, word_test, words_of
from carbonlab.messages import available_languages, name_in, shown_name
from carbonlab.vocabulary import FlowKind

if TYPE_CHECKING:  # a database names what comes near an id that it has not, so the import goes the other way
    from carbonlab.inventory.database import Database

ALIKE = 60.0
"""Likeness of spellings, 0 to 100, below which a name is not looked at."""
WORDS_ALIKE = 70.0
"""Mean likeness of the words, 0 to 100, below which a name is not offered."""
SUGGESTIONS = 6
EXAMPLES = 3
"""Names that are shown where nothing is alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessHit:
    """A process that fits what was searched."""

    id: str
    name: str
    location: str
    products: tuple[str, ...]
    """Names of the flows it is made for: product outputs, and wastes that it treats."""
    score: float
    """100 for the very name, 80 to 100 where all words occur, below 80 where only the spelling is alike."""

    def __str__(self) -> str:
        place = f" [{self.location}]" if self.location else ""
        shown = shown_name(self.name)
        own = f"{shown} ({self.name})" if shown != self.name else self.name
        return f"{own}{place} (id {self.id})"

    def _repr_html_(self) -> str:
        return record_html(self)


@dataclass(frozen=True, slots=True)
class _Index:
    ids: list[str]
    names: list[str]
    locations: list[str]
    products: list[tuple[str, ...]]
    folded_ids: list[str]
    folded_names: list[str]
    other_names: list[str]
    """Names in other languages; "" where they are not known."""
    folded_products: list[str]
    other_products: list[str]
    made: list[frozenset[str]]
    """Products in all languages, folded."""
    folded: list[str]
    """Everything that is searched, per process."""

    def both_names(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each process, and what it is in other languages."""
        return zip(self.folded_names, self.other_names, strict=True)


_indexes: WeakKeyDictionary[Database, _Index] = WeakKeyDictionary()


def search(db: Database, text: str, *, limit: int = 10) -> list[ProcessHit]:
    """Return the processes that fit a text best, the best first.

    Parameters
    ----------
    db : Database
        Where to search.
    text : str
        Some words in any order; for a mistyped word the names spelled most alike are returned.
    limit : int
        Number of hits at most.

    Examples
    --------
    >>> from carbonlab.inventory.builder import DatabaseBuilder
    >>> from carbonlab.inventory.records import DatabaseMeta, UnitProcess
    >>> builder = DatabaseBuilder(DatabaseMeta(name="two"))
    >>> builder.processes += [
    ...     UnitProcess(id="a", name="Aluminum, primary, smelt, at plant", location="RNA"),
    ...     UnitProcess(id="b", name="Alumina, at plant", location="RNA"),
    ... ]
    >>> db = builder.build()
    >>> print(search(db, "smelt ALUMINUM")[0])
    Aluminum, primary, smelt, at plant [RNA] (id a)
    >>> print(search(db, "aluminium primary")[0])
    Aluminum, primary, smelt, at plant [RNA] (id a)
    """
    _check_asked(db, text, "search(database, text)")
    index = _index_of(db)
    rows = _rows_with_all_words(index, text) or _rows_spelled_alike(index, text, limit)
    best = sorted(rows.items(), key=lambda entry: (-entry[1], index.names[entry[0]], index.ids[entry[0]]))
    return [
        ProcessHit(
            id=index.ids[row],
            name=index.names[row],
            location=index.locations[row],
            products=index.products[row],
            score=round(score, 1),
        )
        for row, score in best[:limit]
    ]


def find_process(db: Database, text: str) -> str:
    """Return the id of the one process that a text means.

    Tried in this order: an id; a name; the name of a product that one process makes; words that only one
    process has. A name that is merely spelled alike is suggested, never taken: it could be another product.

    Raises
    ------
    NotFoundError
        If no process or more than one is meant; the error names the nearest with their ids and locations.
    """
    _check_asked(db, text, "find_process(database, text)")
    index = _index_of(db)
    if db.has_process(text):
        return text
    query = fold(text)
    for found in (
        [row for row, names in enumerate(index.both_names()) if query and query in names],
        [row for row, names in enumerate(index.made) if query in names],
        list(_rows_with_all_words(index, text)),
    ):
        if len(found) == 1:
            return index.ids[found[0]]
        if found:
            raise _ambiguous(db, text, len(found))
    raise _unknown(db, text)


def _check_asked(db: object, text: object, where: str) -> None:
    """Check that a database is searched for a text, and not the other way round."""
    if not hasattr(db, "has_process"):  # its class cannot be imported here: see above
        raise ArgumentError(
            f"the first argument has to be a Database; {describe(db)} was given",
            where=where,
            remedy="read one: read(path), load_database(folder) or load_teaching_inventory()",
        )
    check_kind(text, str, name="what is searched", where=where, remedy="give an id, a name, or some words")


def nearest_processes(db: Database, text: str) -> str:
    """Return the processes that a text may mean, in words; "" for none."""
    return "; ".join(str(hit) for hit in search(db, text, limit=SUGGESTIONS))


def nearest_flows(db: Database, text: str) -> str:
    """Return the flows that a text may mean by id, name, formula or synonym, in words; "" for none."""
    ids, names, formulas = (
        [fold(cell) for cell in db.column("flows", name)] for name in ("id", "name", "formula")
    )
    synonyms = [fold(" · ".join(words)) for words in db.column("flows", "synonyms")]
    everything = [" · ".join(cells) for cells in zip(ids, names, formulas, synonyms, strict=True)]
    tests = [word_test(word) for word in words_of(text)]
    query = fold(text)
    rows = {
        row: fuzz.ratio(query, ids[row])
        for row, content in enumerate(everything)
        if tests and all(occurs(content) for occurs in tests)
    }
    rows = rows or _spelled_alike(query, (ids, names), SUGGESTIONS)
    best = sorted(rows, key=lambda row: (-rows[row], ids[row]))[:SUGGESTIONS]
    shown = (db.flow(str(db.column("flows", "id")[row])) for row in best)
    return "; ".join(f"{flow.name}, {flow.unit} (id {flow.id})" for flow in shown)


def _rows_with_all_words(index: _Index, text: str) -> dict[int, float]:
    """Return the scores of the rows in which every word occurs: 85 in the name, 90 where words begin."""
    query = fold(text)
    words = words_of(text)
    if not words:
        return {}
    tests = [word_test(word) for word in words]
    queries = {query, " ".join(in_other_words(word) for word in words)}
    scores: dict[int, float] = {}
    for row, (content, names) in enumerate(zip(index.folded, index.both_names(), strict=True)):
        if not all(occurs(content) for occurs in tests):
            continue
        for name in filter(None, names):
            score = 80.0
            if all(occurs(name) for occurs in tests):
                score = 90.0 if all(_begins(word, name) for word in words) else 85.0
            likeness = max(fuzz.ratio(asked, name) for asked in queries)
            scores[row] = max(scores.get(row, 0.0), 100.0 if name == query else score + 0.099 * likeness)
    return scores


def _begins(word: str, name: str) -> bool:
    """Whether a word begins a word of a name that has it; what the glossary has for it always does."""
    return word not in name or any(own.startswith(word) for own in words_of(name))


def _rows_spelled_alike(index: _Index, text: str, limit: int) -> dict[int, float]:
    choices = (
        index.folded_ids,
        index.folded_names,
        index.other_names,
        index.folded_products,
        index.other_products,
    )
    return _spelled_alike(fold(text), choices, limit)


def _spelled_alike(query: str, columns: Sequence[Sequence[str]], limit: int) -> dict[int, float]:
    """Return the scores of the rows whose text in some column is spelled like a query, word by word.

    A scorer that likes parts of words finds banana in manganese: every word has to have its like.
    """
    scores: dict[int, float] = defaultdict(float)
    words = words_of(query)
    for choices in columns:
        found = process.extract(query, choices, scorer=fuzz.WRatio, limit=5 * limit, score_cutoff=ALIKE)
        for choice, likeness, row in found:  # WRatio also likes a long name that holds something alike
            if _words_alike(words, words_of(choice)) < WORDS_ALIKE:
                continue
            whole = fuzz.token_sort_ratio(query, choice)
            scores[row] = max(scores[row], 0.799 * (likeness + whole) / 2)
    return scores


def _words_alike(asked: Sequence[str], own: Sequence[str]) -> float:
    """Return the mean likeness of the words that were asked to the likest of a name's own, 0 to 100."""
    best = [max((fuzz.ratio(word, other) for other in own), default=0.0) for word in asked]
    return sum(best) / len(best) if best else 0.0


def _index_of(db: Database) -> _Index:
    index = _indexes.get(db)
    if index is None:
        index = _indexes[db] = _build_index(db)
    return index


def _build_index(db: Database) -> _Index:
    names, locations, categories = (db.column("processes", name) for name in ("name", "location", "category"))
    products = _products(db)
    folded_products = [fold(" · ".join(flows)) for flows in products]
    folded_names = [fold(name) for name in names]
    places = [
        fold(f"{location} · {category}") for location, category in zip(locations, categories, strict=True)
    ]
    others = [_in_other_languages(name) for name in names]
    translated = [[other for name in flows if (other := _in_other_languages(name))] for flows in products]
    other_products = [" · ".join(flows) for flows in translated]
    return _Index(
        ids=list(db.column("processes", "id")),
        names=list(names),
        locations=list(locations),
        products=products,
        folded_ids=[fold(identity) for identity in db.column("processes", "id")],
        folded_names=folded_names,
        other_names=others,
        folded_products=folded_products,
        other_products=other_products,
        made=[
            frozenset([*map(fold, flows), *more]) for flows, more in zip(products, translated, strict=True)
        ],
        folded=[
            " · ".join(filter(None, parts))
            for parts in zip(folded_names, others, folded_products, other_products, places, strict=True)
        ],
    )


def _in_other_languages(name: str) -> str:
    """Return a name, folded, in the languages that have one for it; "" if none has."""
    shown = (name_in(name, language) for language in available_languages())
    return " · ".join(fold(other) for other in shown if other != name)


def _products(db: Database) -> list[tuple[str, ...]]:
    """Return the names of the flows that each process is made for, the reference flow first."""
    flow, is_input, is_reference, is_avoided = (
        db.column("exchanges", name) for name in ("flow", "is_input", "is_reference", "is_avoided")
    )
    is_product = ~db.is_word("flows", "kind", FlowKind.ELEMENTARY, FlowKind.AGGREGATED_CO2E, FlowKind.WASTE)
    is_waste = db.is_word("flows", "kind", FlowKind.WASTE)
    is_made = is_product[flow] & ~is_input & ~is_avoided
    is_treated = is_waste[flow] & is_input & is_reference
    rows = np.flatnonzero(is_made | is_treated)
    rows = rows[np.argsort(~is_reference[rows], kind="stable")]
    flow_names = db.column("flows", "name")
    products: list[list[str]] = [[] for _ in range(db.processes.num_rows)]
    for owner, name in zip(db.column("exchanges", "process")[rows], flow_names[flow[rows]], strict=True):
        products[owner].append(name)
    return [tuple(names) for names in products]


def _ambiguous(db: Database, text: str, count: int) -> NotFoundError:
    listed = f"the first {SUGGESTIONS} of {count} are " if count > SUGGESTIONS else ""
    return NotFoundError(
        f"{text!r} fits {count} processes of database {db.meta.name!r}",
        why="a footprint belongs to one of them",
        remedy=f"give the id, or more words (a location is one): {listed}{nearest_processes(db, text)}",
    )


def _unknown(db: Database, text: str) -> NotFoundError:
    nearest = nearest_processes(db, text)
    examples = ", ".join(repr(name) for name in sorted(set(_index_of(db).names))[:EXAMPLES])
    return NotFoundError(
        f"database {db.meta.name!r} has no process like {text!r}"
        if fold(text)
        else f"no process of database {db.meta.name!r} is named: the text is empty",
        remedy=f"did you mean: {nearest}"
        if nearest
        else "search with one or two other words of the name; where several processes fit, they are listed with "
        f"their ids (names here are like {examples})",
    )
