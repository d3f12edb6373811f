"""Reading the names of elementary flows: which substance, which carbon, taken or emitted.

Inventories write one substance in many ways: ``Methane, tetrafluoro-, R-14``, ``tetrafluoromethane``,
``PFC-14``; and they put the origin of carbon into the name: ``Carbon dioxide, fossil ``, ``methane
(biogenic)``, ``Carbon dioxide, from soil or biomass stock``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from carbonlab.vocabulary import CarbonOrigin

ORIGIN_WORDS = {
    "fossil": CarbonOrigin.FOSSIL,
    "biogenic": CarbonOrigin.BIOGENIC,
    "non-fossil": CarbonOrigin.BIOGENIC,
    "non fossil": CarbonOrigin.BIOGENIC,
    "nonfossil": CarbonOrigin.BIOGENIC,
    "land use": CarbonOrigin.LAND_USE,
    "land use change": CarbonOrigin.LAND_USE,
    "land-use change": CarbonOrigin.LAND_USE,
    "land transformation": CarbonOrigin.LAND_USE,
    "from land transformation": CarbonOrigin.LAND_USE,
    "from soil or biomass stock": CarbonOrigin.LAND_USE,
    "to soil or biomass stock": CarbonOrigin.LAND_USE,
    "peat oxidation": CarbonOrigin.LAND_USE,
    "unspecified origin": CarbonOrigin.UNSPECIFIED,
}
"""Parts of a name that say where the carbon comes from."""

FROM_AIR = {"in air", "from air", "resource from air"}
"""Parts of a name that say that the substance is taken from the air."""

TO_STOCK = {"to soil or biomass stock"}
"""Parts of a name that say that carbon is put into soil or biomass: a removal, though written as emitted."""

OTHER_BASIS = {"kg c", "as c", "kg n", "as n", "as carbon", "as nitrogen", "c", "n"}
"""Parts of a name that say that the amount is the mass of one element, not of the gas."""

_PARENT = re.compile(r"(?:cyclo)?(?:methane|ethane|propane|butane|pentane|hexane|ethene|ethylene)")
_NUMBERED = re.compile(
    r"(?:cfc|hcfc|hfc|pfc|fc|hcc|hfo|hcfo|r|freon)[ -]?(c?[ -]?\d[\d-]*) ?([a-z]{0,3}\d?(?:\([ez]\))?)"
)
_HALON = re.compile(r"halon[ -]?(\d{3,4})")
_BRACKETED = re.compile(r"\[[^\]]*\]")
_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_COMMA = re.compile(r",\s+|,(?=[a-z])")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadName:
    """What a flow's name says.

    Attributes
    ----------
    substances : tuple of str
        Spellings of the substance to look up, best first, normalized.
    number : str
        Refrigerant number, e.g. ``134a``; empty if none.
    halon : str
        Halon number, e.g. ``1301``; empty if none.
    origin : CarbonOrigin
        Origin of the carbon.
    is_from_air : bool
        Whether it is taken from the air.
    is_to_stock : bool
        Whether it is put into soil or biomass.
    is_other_basis : bool
        Whether the amount is the mass of one element (``kg C``), not of the gas.
    """

    substances: tuple[str, ...]
    number: str = ""
    halon: str = ""
    origin: CarbonOrigin = CarbonOrigin.UNSPECIFIED
    is_from_air: bool = False
    is_to_stock: bool = False
    is_other_basis: bool = False


def normalize_name(name: str) -> str:
    """Return a name without what does not count: case, blanks, kinds of hyphen, "sulph" for "sulf".

    Examples
    --------
    >>> normalize_name("Sulphur  hexafluoride ")
    'sulfur hexafluoride'
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    for hyphen in "\u2010\u2011\u2012\u2013\u2212":
        text = text.replace(hyphen, "-")
    return _BLANKS.sub(" ", text.replace("sulph", "sulf")).strip(" ,;-")


def normalize_cas(number: str) -> str:
    """Return a CAS registry number without leading zeros and blanks.

    Examples
    --------
    >>> normalize_cas("000124-38-9")
    '124-38-9'
    """
    return number.strip().lstrip("0")


@lru_cache(maxsize=1 << 15)
def read_name(name: str) -> ReadName:
    """Return what the name of an elementary flow says.

    Examples
    --------
    >>> read_name("Methane, tetrafluoro-, R-14")
    ReadName(substances=('tetrafluoromethane', 'methane, tetrafluoro'), number='14', halon='', ...)
    >>> read_name("Carbon dioxide, fossil ").origin
    <CarbonOrigin.FOSSIL: 'fossil'>
    """
    text = normalize_name(_BRACKETED.sub(" ", name))
    marks: set[str] = set()
    aside: list[str] = []
    for inner in _PARENTHESIS.findall(text):
        if inner in ORIGIN_WORDS or inner in FROM_AIR:
            marks.add(inner)
            text = text.replace(f"({inner})", " ")
        elif len(inner) > 1:  # (e) and (z) belong to the name
            aside.append(inner)
    kept, numbers, halons = _parts(text, marks)
    substances = [*_spellings(kept), *aside]
    if aside and kept:
        substances.insert(1, normalize_name(_PARENTHESIS.sub(" ", ", ".join(kept))))
    return ReadName(
        substances=tuple(dict.fromkeys(filter(None, substances))),
        number=next(iter(numbers), ""),
        halon=next(iter(halons), ""),
        origin=next((ORIGIN_WORDS[m] for m in sorted(marks) if m in ORIGIN_WORDS), CarbonOrigin.UNSPECIFIED),
        is_from_air=bool(marks & FROM_AIR),
        is_to_stock=bool(marks & TO_STOCK),
        is_other_basis=bool(marks & OTHER_BASIS),
    )


def _parts(text: str, marks: set[str]) -> tuple[list[str], list[str], list[str]]:
    """Split a name at its commas: substance, refrigerant and halon numbers; qualifiers go to `marks`."""
    kept: list[str] = []
    numbers: list[str] = []
    halons: list[str] = []
    for raw in _COMMA.split(text):
        part = raw.strip(" -")
        bare = _PARENTHESIS.sub("", part).strip()
        if part in ORIGIN_WORDS or part in FROM_AIR or (kept and part in OTHER_BASIS):
            marks.add(part)
        elif numbered := _NUMBERED.fullmatch(part) or _NUMBERED.fullmatch(bare):
            numbers.append(re.sub(r"[ -]|^c", "", numbered[1]) + numbered[2])
            kept.extend([] if kept else [part])
        elif halon := _HALON.fullmatch(bare):
            halons.append(halon[1])
            kept.extend([] if kept else [part])
        elif part:
            kept.append(part)
    if len(kept) == 1:
        kept = [_without_origin_words(kept[0], marks)]
    return kept, numbers, halons


def _without_origin_words(text: str, marks: set[str]) -> str:
    """Take an origin written without comma (``fossil methane``, ``CO2 biogenic``) off a name."""
    for word in ("non-fossil", "fossil", "biogenic"):
        if text.startswith(f"{word} ") or text.endswith(f" {word}"):
            marks.add(word)
            return text.removeprefix(f"{word} ").removesuffix(f" {word}").strip()
    return text


def _spellings(kept: list[str]) -> list[str]:
    """Return the spellings of a substance: ``ethane`` + ``1,1-difluoro`` is ``1,1-difluoroethane``."""
    plain = ", ".join(kept)
    if len(kept) == 2 and _PARENT.fullmatch(kept[0]):
        return [f"{kept[1]}{kept[0]}", plain]
    return [plain]
