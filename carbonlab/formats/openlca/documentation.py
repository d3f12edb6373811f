"""What a process data set says about itself in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from carbonlab.formats.openlca.nodes import Node
from carbonlab.inventory.records import Source

_LABELS = {
    "geographyDescription": "Geography",
    "timeDescription": "Time",
    "intendedApplication": "Intended application",
    "inventoryMethodDescription": "Inventory method",
    "modelingConstantsDescription": "Modeling constants",
    "completenessDescription": "Completeness",
    "dataSelectionDescription": "Data selection",
    "dataTreatmentDescription": "Data treatment",
    "dataCollectionDescription": "Data collection",
    "samplingDescription": "Sampling",
    "useAdvice": "Advice for use",
    "projectDescription": "Project",
    "restrictionsDescription": "Restrictions",
    "reviewDetails": "Review",
}
"""Fields of the documentation that a record has no field for, in the order in which they are told."""

_PEOPLE = {
    "dataGenerator": "Data generator",
    "dataDocumentor": "Documented by",
    "dataSetOwner": "Owner",
    "reviewer": "Reviewer",
}
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Documentation:
    """Documentation of a process.

    Attributes
    ----------
    technology, description : str
        Texts; the description holds every text that has no field of its own, each under its title.
    valid_from, valid_until : str
        Dates.
    data_quality : str
        Entry of the process's data quality system, and the name of the system.
    source : str
        Id of the publication; of the first source if there is no publication; empty if there is neither.
    """

    def __init__(self, process: Node, sources: Mapping[str, Source]) -> None:
        texts = process.node("processDocumentation") or Node(process.file, "processDocumentation", {})
        self.technology = texts.text("technologyDescription")
        self.valid_from = _date(texts.text("validFrom"))
        self.valid_until = _date(texts.text("validUntil"))
        system = process.node("dqSystem")
        self.data_quality = " ".join(
            filter(None, (process.text("dqEntry"), system.text("name") if system else ""))
        )
        publication = texts.node("publication")
        cited = [*([publication] if publication else []), *texts.nodes("sources")]
        known = [node for node in cited if node.text("@id") in sources]
        self.source = known[0].text("@id") if known else ""
        others = [node for node in cited if node.text("@id") != self.source]
        self.description = "\n\n".join([*_parts(process, texts), *_further(others, sources)])


def _parts(process: Node, texts: Node) -> list[str]:
    parts = [process.text("description")]
    for key, label in _LABELS.items():
        parts.append(_titled(label, texts.text(key)))
    for key, label in _PEOPLE.items():
        person = texts.node(key)
        parts.append(_titled(label, person.text("name") if person else ""))
    for review in texts.nodes("reviews"):
        parts.append(
            _titled("Review", " ".join(filter(None, (review.text("reviewType"), review.text("details")))))
        )
    return [part for part in parts if part]


def _further(others: list[Node], sources: Mapping[str, Source]) -> list[str]:
    """Return the sources beside the one that the record names."""
    citations = dict.fromkeys(
        sources[identity].citation if (identity := node.text("@id")) in sources else node.text("name")
        for node in others
    )
    return [_titled("Further source", citation) for citation in citations if citation]


def _titled(title: str, text: str) -> str:
    return f"{title}: {text}" if text else ""


def _date(text: str) -> str:
    """Return year, month or day at the beginning of a time stamp; another text stays as it is."""
    match = _DATE.match(text)
    return match.group() if match else text
