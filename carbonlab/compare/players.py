"""Who takes part in an attribution: slots, or slots that only work together.
 Where a hybrid gives no number, the attribution would have to be made up. Slots are joined until no union of
players is such a hybrid; of the partitions that do it, one with most players is taken, the first in the order
of stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

JOINED = " + "
"""Between the slots of one player."""


def find_players(slots: int, missing: Sequence[int]) -> tuple[int, ...]:
    """Return the players as bit masks of slots.

    Parameters
    ----------
    slots : int
        Number of slots k.
    missing : sequence of int
        Hybrids (bit masks) without a number; neither 0 nor 2ᵏ − 1.

    Examples
    --------
    Of three slots the second cannot change without the first:

    >>> find_players(3, [0b010, 0b110])
    (3, 4)
    """
    for count in range(slots, 0, -1):
        for players in _partitions(slots, count):
            if not any(_is_union(hybrid, players) for hybrid in missing):
                return players
    return ()


def name_player(player: int, slots: Sequence[str]) -> str:
    """Return the name of a player: its slots."""
    return JOINED.join(slot for i, slot in enumerate(slots) if player >> i & 1)


def union(players: Sequence[int]) -> int:
    """Return the hybrid in which the slots of some players are the alternative's."""
    return reduce(or_, players, 0)


def _is_union(hybrid: int, players: Sequence[int]) -> bool:
    """Whether a hybrid cuts through no player."""
    return all(player & hybrid in (0, player) for player in players)


def _partitions(slots: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the partitions of slots into a number of parts, parts in the order of their first slots."""

    def extend(slot: int, made: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(made) + slots - slot < parts:
            return
        if slot == slots:
            yield made
            return
        for i in range(len(made)):
            yield from extend(slot + 1, (*made[:i], made[i] | 1 << slot, *made[i + 1 :]))
        if len(made) < parts:
            yield from extend(slot + 1, (*made, 1 << slot))

    yield from extend(0, ())
