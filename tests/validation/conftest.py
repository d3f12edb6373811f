"""Real inventories, read once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carbonlab.formats.openlca import read_openlca
from carbonlab.inventory.database import Database
from carbonlab.results.evaluation import Evaluation, evaluate_system
from carbonlab.rules.rulefile import load_rule_set
from carbonlab.system.pipeline import build_product_system

USLCI = "uslci/uslci_fy17q4_olca_jsonld.zip"
"""The US LCI database, release FY17.Q4, as openLCA JSON-LD: 766 processes."""


@pytest.fixture(scope="session")
def uslci_path(shared_data: Path) -> Path:
    return shared_data / USLCI


@pytest.fixture(scope="session")
def uslci(uslci_path: Path) -> Database:
    return read_openlca(uslci_path)


@pytest.fixture(scope="session")
def uslci_under(uslci: Database) -> Callable[..., Evaluation]:
    """Return a function that gives US LCI, solved under the default rules with some options replaced."""
    solved: dict[tuple[tuple[str, str], ...], Evaluation] = {}

    def under(**options: str) -> Evaluation:
        key = tuple(sorted(options.items()))
        if key not in solved:
            rules = load_rule_set("default").replace(**options)
            solved[key] = evaluate_system(build_product_system([uslci], rules))
        return solved[key]

    return under


@pytest.fixture(scope="session")
def uslci_default(uslci_under: Callable[..., Evaluation]) -> Evaluation:
    return uslci_under()
