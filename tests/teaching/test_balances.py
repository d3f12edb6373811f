"""Mass, carbon and energy of every process of the teaching inventory and its studies: closed, or explained.

``carbonlab inspect teaching --balances`` prints what is open. A flow states what it holds in properties.csv (mass,
carbon, energy) or by its chemical formula; what cannot close is explained in balances.csv of its chapter.
"""

from __future__ import annotations

from collections import Counter

import pytest

from carbonlab.inventory.balances import Balance, Verdict, balances_of
from carbonlab.inventory.combine import combine
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import BalanceKind


@pytest.fixture(scope="module")
def balances() -> list[Balance]:
    study = read_study(study_path())
    assert study.foreground is not None
    return balances_of(combine([study.foreground, *study.databases]))


def words(balance: Balance) -> str:
    """Return what a reader needs to mend a balance."""
    return (
        f"{balance.process} {balance.kind}: {balance.entering:.4g} in, {balance.leaving:.4g} out, "
        f"{balance.from_air:.3g} from air [{balance.unit}], {balance.verdict} {', '.join(balance.unknown)}"
    )


@pytest.mark.parametrize("kind", list(BalanceKind))
def test_every_balance_closes_or_is_explained(balances: list[Balance], kind: BalanceKind) -> None:
    is_open = (Verdict.OPEN, Verdict.UNKNOWN)
    bare = [words(b) for b in balances if b.kind is kind and b.verdict in is_open and not b.explanation]
    assert not bare, "state the contents of flows in properties.csv, or explain in balances.csv"


@pytest.mark.parametrize("kind", list(BalanceKind))
def test_nothing_is_explained_that_closes(balances: list[Balance], kind: BalanceKind) -> None:
    idle = [words(b) for b in balances if b.kind is kind and b.explanation and not b.is_settled]
    assert not idle, "delete these rows of balances.csv"


def test_explanations_say_something(balances: list[Balance]) -> None:
    assert not [b.process for b in balances if b.explanation and len(b.explanation) < 15]


def test_balances_are_really_made(balances: list[Balance]) -> None:
    counted = Counter((b.kind, b.verdict) for b in balances)
    for kind in BalanceKind:
        closed, explained = counted[kind, Verdict.CLOSES], counted[kind, Verdict.OPEN]
        assert closed > 20, kind
        assert closed > explained / 2, kind
