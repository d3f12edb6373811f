"""The climate gas of one elementary flow, from its identity, registry number and name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from carbonlab.rules.factors.gases import load_gas_uuids, load_gases
from carbonlab.rules.factors.names import ReadName, normalize_cas, normalize_name, read_name


class MatchWay(StrEnum):
    """How a flow was recognized."""

    UUID = "uuid"
    CAS = "cas"
    NAME = "name"
    SYNONYM = "synonym"
    NUMBER = "refrigerant number"
    AGGREGATED = "already characterized"


@dataclass(frozen=True)
class _Lookup:
    cas: Mapping[str, str]
    name: Mapping[str, str]
    any_name: Mapping[str, str]
    number: Mapping[str, str]
    halon: Mapping[str, str]


@cache
def _lookup() -> _Lookup:
    gases = load_gases()
    names = {normalize_name(name): gas.key for gas in gases for name in gas.names}
    return _Lookup(
        cas={gas.cas: gas.key for gas in gases if gas.cas},
        name=names,
        any_name={**{normalize_name(name): gas.key for gas in gases for name in gas.synonyms}, **names},
        number={number: gas.key for gas in gases for number in gas.refrigerants},
        halon={number: gas.key for gas in gases for number in gas.halons},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The gas of a flow, how it was recognized, and what speaks for another gas ("" if nothing does)."""

    gas: str
    way: MatchWay
    contradiction: str = ""


def identify(uuid: str, cas: str, read: ReadName, synonyms: Iterable[str] = ()) -> Identity | None:
    """Return the climate gas of a flow; None if it is none.

    Parameters
    ----------
    uuid : str
        Identity of the flow; counts where it is in a public flow list.
    cas : str
        CAS registry number, with or without leading zeros.
    read : ReadName
        What its name says.
    synonyms : iterable of str
        Synonyms that the database gives.
    """
    lookup = _lookup()
    names = [read.substances, *(read_name(synonym).substances for synonym in synonyms)]
    spellings = [spelling for substances in names for spelling in substances]
    ways = (
        (MatchWay.UUID, load_gas_uuids().get(uuid.casefold())),
        (MatchWay.CAS, lookup.cas.get(normalize_cas(cas)) if cas else None),
        (MatchWay.NAME, next((lookup.name[s] for s in read.substances if s in lookup.name), None)),
        (MatchWay.SYNONYM, next((lookup.any_name[s] for s in spellings if s in lookup.any_name), None)),
        (MatchWay.NUMBER, lookup.number.get(read.number) or lookup.halon.get(read.halon)),
    )
    found = [(way, gas) for way, gas in ways if gas]
    if not found:
        return None
    way, gas = found[0]
    others = [f"the {other_way} of {other}" for other_way, other in found[1:] if other != gas]
    against = f"it has the {way} of {gas} but {', '.join(others)}; {gas} is used" if others else ""
    return Identity(gas=gas, way=way, contradiction=against)
