"""What public functions say to somebody who gives them something of another kind, and what a study refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carbonlab as cl
from carbonlab.errors import ArgumentError, CarbonlabError, RuleError, StudyError, UnitError
from tests.tiny import tiny_database

TINY = tiny_database(
    """
    [flows]
    a = "kg"
    e = "kWh"
    [[processes]]
    id = "p"
    out = { a = 1, co2 = 2 }
    [[processes]]
    id = "q"
    out = { a = 1, e = 2, co2 = 3 }
    """
)
ANY: Any = None

MISTAKES: dict[str, tuple[Callable[[], object], type[CarbonlabError], tuple[str, ...]]] = {
    "amount as text": (
        lambda: cl.Study.of(TINY, "p", amount="1000", unit="kg"),  # type: ignore[arg-type]
        ArgumentError,
        ("the amount of product 'product' has to be a number; the text '1000' was given", "write 1000, without"),
    ),
    "amount in words": (
        lambda: cl.Study.of(TINY, "p", amount="one"),  # type: ignore[arg-type]
        ArgumentError,
        ("the text 'one' was given", "such as 1000 or 2.5"),
    ),
    "amount as a truth": (lambda: cl.Study.of(TINY, "p", amount=True), ArgumentError, ("True was given",)),
    "less than nothing": (
        lambda: cl.Study.of(TINY, "p", amount=-5),
        StudyError,
        ("asks for an amount of -5", "less than nothing", "a finite amount greater than zero"),
    ),
    "infinite": (lambda: cl.Study.of(TINY, "p", amount=np.inf), StudyError, ("asks for an amount of inf",)),
    "exchanged": (
        lambda: cl.Study.of("p", TINY),  # type: ignore[arg-type]
        ArgumentError,
        ("the first argument has to be a Database; the text 'p' was given", "Study.of(database, process)"),
    ),
    "rule sets as one text": (
        lambda: cl.Study.of(TINY, "p", rule_sets="default"),
        ArgumentError,
        ("rule_sets has to be a list", "rule_sets=[...]"),
    ),
    "unknown unit": (
        lambda: cl.Study.of(TINY, "p", unit="kilos"),
        UnitError,
        ("the unit 'kilos' is unknown", "a is measured in kg", "ask for an amount in kg"),
    ),
    "unit of something else": (
        lambda: cl.Study.of(TINY, "p", unit="kWh"),
        UnitError,
        ("'kWh' does not convert to 'kg'", "product 'product'"),
    ),
    "unit of the other product": (
        lambda: cl.Study.of(TINY, "q", flow="e", unit="kg"),
        UnitError,
        ("'kg' does not convert to 'kWh'",),
    ),
    "a database calculated": (
        lambda: cl.calculate(TINY),  # type: ignore[arg-type]
        ArgumentError,
        ("what is asked has to be a Study; a Database was given", "Study.of(database, process)"),
    ),
    "a name calculated": (lambda: cl.calculate("cement"), ArgumentError, ("the text 'cement'",)),  # type: ignore[arg-type]
    "a database compared": (lambda: cl.compare(TINY), ArgumentError, ("compare(study)",)),  # type: ignore[arg-type]
    "a database simulated": (lambda: cl.simulate(TINY), ArgumentError, ("simulate(study)",)),  # type: ignore[arg-type]
    "a database taken apart": (lambda: cl.first_order(TINY), ArgumentError, ("a Database was given",)),  # type: ignore[arg-type]
    "a database under rules": (
        lambda: cl.data_and_rules(TINY, {}),  # type: ignore[arg-type]
        ArgumentError,
        ("data_and_rules(study)",),
    ),
    "a number as rule set": (
        lambda: cl.calculate(cl.Study.of(TINY, "p"), 5),  # type: ignore[arg-type]
        ArgumentError,
        ("a rule set is needed; the number 5 was given", "default"),
    ),
    "nothing as option": (
        lambda: cl.load_rule_set("default").replace(multifunctionality=ANY),
        RuleError,
        ("slot 'multifunctionality' cannot be decided by None", "name an option", "leave the slot out"),
    ),
    "a number read": (lambda: cl.read(5), ArgumentError, ("a path is needed; the number 5 was given", "read(path)")),  # type: ignore[arg-type]
    "nothing loaded": (lambda: cl.load_database(ANY), ArgumentError, ("load_database(folder)",)),
    "no study read": (lambda: cl.read_study(ANY), ArgumentError, ("read_study(path)",)),
    "no rules read": (lambda: cl.read_rule_set(ANY), ArgumentError, ("read_rule_set(path)",)),
    "no result loaded": (lambda: cl.load_result(ANY), ArgumentError, ("load_result(path)",)),
    "new amount as text": (
        lambda: TINY.with_amounts({TINY.exchange_at(0).id: "2"}),  # type: ignore[dict-item]
        ArgumentError,
        ("the new amount of", "the text '2' was given", "write 2,"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said_in_words(name: str) -> None:
    make, error, words = MISTAKES[name]
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_a_wrong_kind_is_a_type_error_too() -> None:
    with pytest.raises(TypeError):
        cl.read(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [2, 2.0, np.float32(2), np.int64(2), Fraction(2)])
def test_every_real_number_is_an_amount(amount: float) -> None:
    database = TINY.with_amounts({TINY.exchange_at(0).id: amount})
    assert database.column("exchanges", "amount")[0] == 2.0
    assert cl.Study.of(TINY, "p", amount=amount, unit="t").units[0].amount == 2


def test_the_unit_is_checked_where_the_foreground_makes_the_product() -> None:
    study = cl.Study.of(TINY, "p")
    unit = replace(study.units[0], unit="t")
    assert replace(study, foreground=TINY, databases=(), units=(unit,)).units == (unit,)
    with pytest.raises(UnitError, match="kWh"):
        replace(study, foreground=TINY, databases=(), units=(replace(unit, unit="kWh"),))


def test_an_inventory_of_another_kind_is_refused() -> None:
    with pytest.raises(ArgumentError, match="an inventory has to be a Database; the text 'uslci' was given"):
        replace(cl.Study.of(TINY, "p"), databases=("uslci",))


CALLS = {
    "alone": "",
    "after its package was imported": "import carbonlab.compare.ranks\n",
    "after a function was taken from it": "from carbonlab.compare import attribute\n",
}


@pytest.mark.parametrize("name", CALLS)
def test_compare_is_a_function_and_a_package(name: str) -> None:
    program = f"""
import carbonlab as cl
{CALLS[name]}
from tests.tiny import tiny_database
db = tiny_database('[flows]\\na = "kg"\\n[[processes]]\\nid = "p"\\nout = {{ a = 1, co2 = 2 }}')
found = cl.compare(cl.Study.of(db, "p"), ["default", "iso-14067-2018"])
assert found["difference"].dims == ("rule_set", "product"), found
import carbonlab.compare.ranks as ranks
assert ranks.rank_agreement and cl.compare.attribute
"""
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
