"""Categories, locations, sources and currencies: what flows and processes refer to by id."""

from __future__ import annotations

from carbonlab.formats.openlca.nodes import Node
from carbonlab.formats.openlca.package import Package
from carbonlab.inventory.records import Source


class ReferenceData:
    """Categories, locations, sources and currencies of a package.

    Attributes
    ----------
    sources : dict of str to Source
        By id.
    """

    def __init__(self, package: Package) -> None:
        self._categories = {node.text("@id"): node for node in package.data_sets("categories")}
        self._paths: dict[str, str] = {}
        self._locations = {
            node.text("@id"): node.text("code") or node.text("name")
            for node in package.data_sets("locations")
        }
        self._currencies = {
            node.text("@id"): node.text("code") or node.text("name")
            for node in package.data_sets("currencies")
        }
        self.sources = {node.text("@id"): _source(node) for node in package.data_sets("sources")}

    def category(self, node: Node) -> str:
        """Return the category path of a data set, from the top, separated by ``/``; "" if it has none.

        Version 2 writes the path; version 1 refers to a category data set, which may refer to one above it.
        """
        if isinstance(node.values.get("category"), str):
            return "/".join(part.strip() for part in node.text("category").split("/"))
        reference = node.node("category")
        return self._path(reference) if reference else ""

    def _path(self, reference: Node) -> str:
        identity = reference.text("@id")
        if identity not in self._paths:
            parts: list[str] = []
            seen: set[str] = set()
            above: Node | None = reference
            while above:
                here = above.text("@id")
                if here in seen:
                    raise self._categories[here].error(
                        "category",
                        "the category lies in itself",
                        why="its path would never end",
                        remedy="correct the category above it",
                    )
                seen.add(here)
                known = self._categories.get(here)
                if known is None:
                    stated = above.values.get("categoryPath")
                    path = [str(part) for part in stated] if isinstance(stated, list) else []
                    parts = [*path, above.text("name"), *parts]
                    break
                parts = [known.text("name"), *parts]
                above = known.node("category")
            self._paths[identity] = "/".join(part.strip() for part in parts if part.strip())
        return self._paths[identity]

    def location(self, node: Node) -> str:
        """Return the code of the location that a data set or exchange refers to; "" if there is none."""
        return _looked_up(node, "location", self._locations)

    def currency(self, node: Node) -> str:
        """Return the code of the currency that an exchange refers to; "" if there is none."""
        return _looked_up(node, "currency", self._currencies)


def _looked_up(node: Node, key: str, known: dict[str, str]) -> str:
    if isinstance(node.values.get(key), str):
        return node.text(key)
    reference = node.node(key)
    if reference is None:
        return ""
    return known.get(reference.text("@id")) or reference.text("name")


def _source(node: Node) -> Source:
    """Return a source; what the format calls its text reference is the citation, where it is filled in."""
    name, reference, description = node.text("name"), node.text("textReference"), node.text("description")
    citation = ": ".join(dict.fromkeys(part for part in (name, reference or description) if part))
    return Source(
        id=node.text("@id"), citation=citation or "not stated", year=node.text("year"), url=node.text("url")
    )
