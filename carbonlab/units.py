"""Units at the edges: what life-cycle files write, and how one unit converts to another.

The registry is a closed list, ``units.toml``: only what is written there is known, so that ``Pm``, ``pt`` or
``a`` can never be read as something that a general registry knows by the same letters. pint holds the
definitions as exact fractions, which become floats once, at the end; it is loaded when two different units
meet for the first time.

Choices that other tools make differently:

- a year ``a`` has 365 days (8,760 h), as in openLCA; ``a`` never means are;
- ``t`` is 1000 kg, ``sh tn`` 2000 lb, ``long tn`` 2240 lb; a plain ``ton`` is refused;
- ``gal`` is the US liquid gallon, ``bbl`` 42 of them; ``btu``, ``cal`` are the International Steam Table's;
- every currency, and every year of one, is a dimension of its own; so are items, persons and vehicles;
- ``kg CO2e``, ``kg CO2``, ``kg C`` are no masses of a product: they do not convert to kg or to each other.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from carbonlab.errors import UnitError

Powers = Mapping[str, int]
"""Defined unit → power."""

_LONGEST = 80
_CO2E = re.compile(r"CO2[ _-]?e(?:q(?:uiv(?:alents?)?)?)?\b\.?", re.IGNORECASE)
_GLUED = re.compile(r"(?<=[gt])(?=CO2)")
_CURRENCY = re.compile(r"([A-Z]{3}|€) ?((?:19|20)[0-9]{2})?(?![A-Za-z0-9])")
_WORD = re.compile(r"[^\s*/·()]+")
_POWER = re.compile(r"\^?(-?[1-9])")


def conversion_factor(from_unit: str, to_unit: str) -> float:
    """Return the number that an amount in one unit is multiplied by to be in another [-].

    Raises
    ------
    UnitError
        If a unit is unknown, or the two measure different things.

    Examples
    --------
    >>> conversion_factor("kWh", "MJ")
    3.6
    >>> conversion_factor("sh tn", "kg")
    907.18474
    """
    return _factor(from_unit, to_unit)


def is_known(unit: str) -> bool:
    """Whether a unit is in the list."""
    try:
        _powers(unit)
    except UnitError:
        return False
    return True


def is_convertible(from_unit: str, to_unit: str) -> bool:
    """Whether two units are known and measure the same."""
    try:
        _factor(from_unit, to_unit)
    except UnitError:
        return False
    return True


def check_known(unit: str) -> None:
    """Raise `UnitError` if a unit is unknown."""
    _powers(unit)


def check_convertible(from_unit: str, to_unit: str) -> None:
    """Raise `UnitError` if a unit is unknown, or the two measure different things."""
    _factor(from_unit, to_unit)


def dimension(unit: str) -> str:
    """Return what a unit measures, in words.

    Raises
    ------
    UnitError
        If the unit is unknown.

    Examples
    --------
    >>> dimension("t*km")
    'length * mass'
    """
    return _dimension(_powers(unit))


# -- the list ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """What ``units.toml`` says."""

    definitions: dict[str, str]
    """Unit → its definition, in pint's notation."""
    spellings: tuple[tuple[str, Powers], ...]
    """Every way to write a unit, the longest first, so that ``cu ft`` is seen before ``cu``."""
    masses: frozenset[str]
    qualifiers: dict[str, str]
    currencies: frozenset[str]
    currency_synonyms: dict[str, str]
    ambiguous: dict[str, str]


@cache
def _list() -> _List:
    text = resources.files("carbonlab").joinpath("units.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    scaled = {
        f"{prefix}{unit}": f"{table['prefixes'][prefix]} {unit}"
        for unit, prefixes in table["prefixed"].items()
        for prefix in prefixes.split()
    }
    currencies = frozenset(table["currencies"]["codes"].split())
    bases = {unit: _base(measures) for unit, measures in table["bases"].items()}
    qualifiers = table["qualifiers"]
    defined = {**bases, **table["masses"], **table["defined"], **scaled}
    spellings: dict[str, Powers] = {
        unit: {unit: 1} for unit in defined if "_" not in unit and unit not in qualifiers.values()
    }
    for unit, words in table["spellings"].items():
        powers = dict(_defined_power(factor, defined) for factor in unit.split())
        spellings |= dict.fromkeys(words, powers)
    return _List(
        definitions=defined | {code: _base(f"price in {code}") for code in currencies},
        spellings=tuple(sorted(spellings.items(), key=lambda entry: -len(entry[0]))),
        masses=frozenset({"g", *table["masses"], *(name for name in scaled if name[-1] in "gt")}),
        qualifiers=qualifiers,
        currencies=currencies,
        currency_synonyms=table["currencies"]["synonyms"],
        ambiguous=table["ambiguous"],
    )


def _base(measures: str) -> str:
    return f"[{measures.replace(' ', '_')}]"


def _defined_power(factor: str, defined: Mapping[str, str]) -> tuple[str, int]:
    return (factor, 1) if factor in defined else (factor[:-1], int(factor[-1]))


# -- conversion ----------------------------------------------------------------------------------


_MULTIPLE = re.compile(r"[0-9.e+-]+ (\w+)")
"""The definition of a unit as a number times another one."""


@cache
def _registry() -> Any:
    """Build pint's registry, once."""
    import pint  # a tenth of a second that a script pays only if it converts units

    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    registry.load_definitions([f"{unit} = {text}" for unit, text in _list().definitions.items()])
    return registry


@lru_cache(maxsize=4096)
def _factor(from_unit: str, to_unit: str) -> float:
    source, target = _powers(from_unit), _powers(to_unit)
    if source == target:
        return 1.0
    measured, wanted = _dimension(source), _dimension(target)
    if measured != wanted:
        raise UnitError(
            f"{from_unit!r} does not convert to {to_unit!r}: one measures {measured}, the other {wanted}",
            why="the amount would mean something else",
            remedy="correct the unit, or state what relates the two: a density, an energy content, a price",
        )
    registry = _registry()
    container = registry.UnitsContainer
    return float(registry.convert(Fraction(1), container(source), container(target)))


def _dimension(powers: Powers) -> str:
    return _base_dimension(powers) or _dimension_by_pint(powers)


def _base_dimension(powers: Powers) -> str:
    """Return what a unit measures that is a multiple of a base unit; "" for any other. It spares the registry."""
    if list(powers.values()) != [1]:
        return ""
    definitions = _list().definitions
    definition = definitions.get(next(iter(powers)), "")
    while multiple := _MULTIPLE.fullmatch(definition):
        definition = definitions.get(multiple[1], "")
    return definition.strip("[]").replace("_", " ") if definition.startswith("[") else ""


def _dimension_by_pint(powers: Powers) -> str:
    registry = _registry()
    found = registry.get_dimensionality(registry.UnitsContainer(powers))
    named = sorted((name.strip("[]").replace("_", " "), int(power)) for name, power in found.items())
    return " * ".join(name if power == 1 else f"{name}^{power}" for name, power in named) or "a plain number"


@cache
def _currency_of_year(code: str, year: str) -> str:
    """Define a currency of a year, and return its name."""
    name = f"{code}_{year}"
    _registry().define(f"{name} = {_base(f'price in {code} {year}')}")
    return name


# -- reading -------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _powers(unit: str) -> Powers:
    """Return a unit as powers of what is defined."""
    text = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("**", "^").strip()
    text = _GLUED.sub(" ", _CO2E.sub("CO2e", text))
    if not text or len(text) > _LONGEST:
        raise _unknown(unit, text)
    if text in _list().ambiguous:
        raise UnitError(
            f"the unit {unit!r} means different things to different people", remedy=_list().ambiguous[text]
        )
    reader = _Reader(unit, text)
    powers = reader.product()
    if reader.position < len(text):
        raise _unknown(unit, text)
    return powers


class _Reader:
    """Reads a product of units: ``kg CO2e/(t*km)``."""

    def __init__(self, unit: str, text: str) -> None:
        self.unit = unit
        self.text = text
        self.position = 0

    def product(self) -> Powers:
        """Read factors up to the end or to a closing bracket."""
        total: dict[str, int] = {}
        sign, has_slash = 1, False
        while True:
            for unit, power in self.factor().items():
                total[unit] = total.get(unit, 0) + sign * power
            following = self.following()
            if following in ("", ")"):
                return {unit: power for unit, power in total.items() if power}
            if has_slash:
                raise UnitError(
                    f"the unit {self.unit!r} can be read in two ways after its /",
                    remedy="put what is divided by in brackets, as in kg/(m2*a)",
                )
            if following in "*·/":
                self.position += 1
            sign, has_slash = (-1, True) if following == "/" else (1, False)

    def factor(self) -> Powers:
        if self.following() == "(":
            self.position += 1
            inner = self.product()
            if self.following() != ")":
                raise _unknown(self.unit, self.text)
            self.position += 1
            return inner
        powers = self.currency() or self.named()
        if _list().masses.isdisjoint(powers):
            return powers
        self.following()
        for word, qualifier in _list().qualifiers.items():
            end = self.position + len(word)
            if self.text.startswith(word, self.position) and self.is_end(end):
                self.position = end
                return {**powers, qualifier: 1}
        return powers

    def currency(self) -> Powers | None:
        found = _CURRENCY.match(self.text, self.position)
        code = _list().currency_synonyms.get(found[1], found[1]) if found else ""
        if not found or code not in _list().currencies:
            return None
        self.position = found.end()
        return {_currency_of_year(code, found[2]) if found[2] else code: 1}

    def named(self) -> Powers:
        for word, powers in _list().spellings:
            if not self.text.startswith(word, self.position):
                continue
            end = self.position + len(word)
            exponent = _POWER.match(self.text, end)
            if exponent and self.is_end(exponent.end()):
                self.position = exponent.end()
                return {unit: power * int(exponent[1]) for unit, power in powers.items()}
            if self.is_end(end):
                self.position = end
                return powers
        part = _WORD.match(self.text, self.position)
        raise _unknown(self.unit, part[0] if part else self.text)

    def following(self) -> str:
        """Skip blanks and return the next character; "" at the end."""
        while self.text[self.position : self.position + 1].isspace():
            self.position += 1
        return self.text[self.position : self.position + 1]

    def is_end(self, position: int) -> bool:
        following = self.text[position : position + 1]
        return not following or following in " */·()"


def _unknown(unit: str, text: str) -> UnitError:
    """Return the error for a unit of which a part (`text`) is unknown."""
    known = [word for word, _ in _list().spellings] + sorted(_list().currencies)
    alike = [word for word in known if word.lower() == text.lower()]
    near = alike or get_close_matches(text, known, n=3)
    return UnitError(
        f"the unit {unit!r} is unknown" if text else "the unit is empty",
        why="an amount without a known unit cannot be converted",
        remedy=f"did you mean {' or '.join(near)}?"
        if near
        else "write a unit such as kg, MJ, kWh, m3, t*km or item",
    )
