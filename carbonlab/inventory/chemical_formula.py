"""Mass shares of the elements in a chemical formula.

Standard atomic weights, abridged: Prohaska et al. 2022 (IUPAC), doi:10.1515/pac-2019-0603.
"""

from __future__ import annotations

import re
from functools import cache

ATOMIC_WEIGHTS = {
    "H": 1.008, "Li": 6.94, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990,
    "Mg": 24.305, "Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078,
    "Ti": 47.867, "V": 50.942, "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693,
    "Cu": 63.546, "Zn": 65.38, "As": 74.922, "Se": 78.971, "Br": 79.904, "Sr": 87.62, "Zr": 91.224,
    "Mo": 95.95, "Ag": 107.87, "Cd": 112.41, "Sn": 118.71, "I": 126.90, "Ba": 137.33, "W": 183.84,
    "Pt": 195.08, "Au": 196.97, "Hg": 200.59, "Pb": 207.2,
}  # fmt: skip
"""Element → standard atomic weight [g/mol]: those that inventories name."""

LONGEST = 100
"""Letters of a formula that is looked at."""

_PART = re.compile(r"(?P<element>[A-Z][a-z]?)|(?P<open>\()|(?P<close>\))")
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_WATER = re.compile(r"[·*.](?=\d*[A-Z(])")


@cache
def mass_shares(formula: str) -> dict[str, float] | None:
    """Return the mass share of each element in a substance.

    Parameters
    ----------
    formula : str
        Such as ``CO2``, ``(NH4)2HPO4`` or ``CaSO4·2H2O``.

    Returns
    -------
    dict of str to float or None
        Element → share of the mass [1]; None if the text is no formula of known elements.

    Examples
    --------
    >>> {element: round(share, 4) for element, share in mass_shares("CaCO3").items()}
    {'Ca': 0.4004, 'C': 0.12, 'O': 0.4796}
    >>> mass_shares("wood") is None
    True
    """
    if not formula or len(formula) > LONGEST:
        return None
    atoms: dict[str, float] = {}
    for part in _WATER.split(formula.strip()):
        factor, rest = _leading_number(part)
        found = _atoms_in(rest)
        if found is None:
            return None
        for element, count in found.items():
            atoms[element] = atoms.get(element, 0.0) + factor * count
    weights = {element: count * ATOMIC_WEIGHTS[element] for element, count in atoms.items()}
    total = sum(weights.values())
    return {element: weight / total for element, weight in weights.items()} if total else None


def _leading_number(text: str) -> tuple[float, str]:
    found = _NUMBER.match(text)
    return (float(found.group()), text[found.end() :]) if found else (1.0, text)


def _atoms_in(text: str) -> dict[str, float] | None:
    """Return the atoms of a formula without water of crystallization; None if it is none."""
    levels: list[dict[str, float]] = [{}]
    while text:
        part = _PART.match(text)
        if part is None:
            return None
        count, text = _leading_number(text[part.end() :])
        if part["open"]:
            if count != 1.0:
                return None
            levels.append({})
        elif part["close"]:
            if len(levels) == 1:
                return None
            for element, inner in levels.pop().items():
                levels[-1][element] = levels[-1].get(element, 0.0) + inner * count
        elif part["element"] in ATOMIC_WEIGHTS:
            levels[-1][part["element"]] = levels[-1].get(part["element"], 0.0) + count
        else:
            return None
    return levels[0] if len(levels) == 1 else None
