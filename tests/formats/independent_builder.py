"""Columns of A and B from the JSON of an openLCA package, written a second time and without carbonlab.

Nothing of the package is imported here, not even its words: what both sides get wrong in the same way must be
a misreading of the format, not a shared line of code. Conventions:

- technosphere: outputs of products and waste +, inputs −; amounts in the reference unit of the flow;
- interventions: net output (outputs − inputs), so that no decision about the direction of a flow is needed;
- several producers: equal split; co-products: by mass if every one has a mass, else by energy, else the
  quantitative reference carries all;
- formulas are evaluated and replace the stored amounts.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class RawExchange:
    """An exchange in reference units."""

    flow: str
    is_input: bool
    is_reference: bool
    is_avoided: bool
    amount: float
    stored: float
    """Amount as the file stores it, in the unit of the file."""
    factor: float
    """Reference units in one unit of the file."""

    @property
    def net_output(self) -> float:
        return -self.amount if self.is_input and not self.is_avoided else self.amount


@dataclass(frozen=True)
class Column:
    """One column of A and B.

    ``technosphere`` has a key (flow, producer) for each linked input, (flow, "") for one without a supplier,
    and (flow, own process) for the product.
    """

    process: str
    product: str
    share: float
    basis: str
    technosphere: dict[tuple[str, str], float]
    interventions: dict[str, float]


class IndependentBuilder:
    """Reads a zip file in the layout of openLCA's schema version 1, everything at its top."""

    def __init__(self, path: Path) -> None:
        self._sets: dict[str, dict[str, Json]] = defaultdict(dict)
        self._exchanges: dict[str, list[RawExchange]] = {}
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                parts = name.split("/")
                if len(parts) == 2 and parts[1].endswith(".json"):
                    content = json.loads(archive.read(name))
                    self._sets[parts[0]][content["@id"]] = content

    @property
    def processes(self) -> dict[str, Json]:
        return self._sets["processes"]

    @property
    def flows(self) -> dict[str, Json]:
        return self._sets["flows"]

    # -- units -----------------------------------------------------------------------------------

    @cached_property
    def _unit_factors(self) -> dict[str, float]:
        groups = self._sets["unit_groups"].values()
        return {unit["@id"]: unit["conversionFactor"] for group in groups for unit in group["units"]}

    def reference_unit(self, flow: str) -> str:
        """Name of the unit that amounts of a flow are in."""
        quantity = next(
            q for q in self.flows[flow]["flowProperties"] if q.get("referenceFlowProperty") is True
        )
        group = self._sets["flow_properties"][quantity["flowProperty"]["@id"]]["unitGroup"]["@id"]
        units = self._sets["unit_groups"][group]["units"]
        return next(unit["name"] for unit in units if unit.get("referenceUnit"))

    def _factor(self, exchange: Json) -> float:
        factors = {
            q["flowProperty"]["@id"]: q["conversionFactor"]
            for q in self.flows[exchange["flow"]["@id"]]["flowProperties"]
        }
        return self._unit_factors[exchange["unit"]["@id"]] / factors[exchange["flowProperty"]["@id"]]

    # -- exchanges -------------------------------------------------------------------------------

    def exchanges(self, process: str) -> list[RawExchange]:
        """The exchanges of a process, formulas evaluated."""
        if process not in self._exchanges:
            self._exchanges[process] = self._read_exchanges(process)
        return self._exchanges[process]

    def _read_exchanges(self, process: str) -> list[RawExchange]:
        content = self.processes[process]
        names = _parameter_values(content.get("parameters", []))
        found = []
        for exchange in content["exchanges"]:
            formula = exchange.get("amountFormula")
            value = evaluate(formula, names) if formula else exchange["amount"]
            factor = self._factor(exchange)
            found.append(
                RawExchange(
                    flow=exchange["flow"]["@id"],
                    is_input=exchange["input"],
                    is_reference=exchange.get("quantitativeReference", False),
                    is_avoided=exchange.get("avoidedProduct", False),
                    amount=value * factor,
                    stored=exchange["amount"],
                    factor=factor,
                )
            )
        return found

    def kind(self, flow: str) -> str:
        return str(self.flows[flow]["flowType"])

    def products(self, process: str) -> list[RawExchange]:
        """The co-products of a process."""
        return [
            e
            for e in self.exchanges(process)
            if self.kind(e.flow) == "PRODUCT_FLOW" and not e.is_input and not e.is_avoided
        ]

    @cached_property
    def producers(self) -> dict[str, list[str]]:
        """The processes that make a product, by flow."""
        found: dict[str, list[str]] = defaultdict(list)
        for process in sorted(self.processes):
            for product in {e.flow for e in self.products(process)}:
                found[product].append(process)
        return dict(found)

    # -- columns ---------------------------------------------------------------------------------

    def shares(self, process: str) -> tuple[str, dict[str, float]]:
        """The basis and the share of each co-product."""
        made = {e.flow: e for e in self.products(process)}
        if len(made) == 1:
            return "single", dict.fromkeys(made, 1.0)
        units = {flow: self.reference_unit(flow) for flow in made}
        for basis, unit in (("mass", "kg"), ("energy", "MJ")):
            if set(units.values()) == {unit}:
                total = sum(e.amount for e in made.values())
                return basis, {flow: e.amount / total for flow, e in made.items()}
        return "reference", {flow: float(e.is_reference) for flow, e in made.items()}

    def columns(self, process: str, *, linked: bool = True) -> dict[str, Column]:
        """The columns of a process by product.

        With ``linked`` false every input stays one entry without producer, as it stands in the file.
        """
        basis, shares = self.shares(process)
        columns = {}
        for product, share in shares.items():
            technosphere: dict[tuple[str, str], float] = defaultdict(float)
            interventions: dict[str, float] = defaultdict(float)
            for e in self.exchanges(process):
                if self.kind(e.flow) == "ELEMENTARY_FLOW":
                    interventions[e.flow] += share * e.net_output
                elif e.flow in shares and not e.is_input and not e.is_avoided:
                    if e.flow == product:
                        technosphere[e.flow, process] += e.net_output
                else:
                    for producer, part in self._suppliers(e, linked).items():
                        technosphere[e.flow, producer] += share * part * e.net_output
            columns[product] = Column(process, product, share, basis, dict(technosphere), dict(interventions))
        return columns

    def _suppliers(self, exchange: RawExchange, linked: bool) -> dict[str, float]:
        found = self.producers.get(exchange.flow, []) if linked else []
        if self.kind(exchange.flow) != "PRODUCT_FLOW" or not found:
            return {"": 1.0}
        return dict.fromkeys(found, 1 / len(found))

    # -- processes that are hard to read -----------------------------------------------------------

    def chosen_to_hurt(self, count: int = 30) -> list[str]:
        """Ids of processes with what readers get wrong, the same for the same file."""
        chosen: list[str] = []
        traits = [
            self._is_multi_output_by_mass,
            self._is_multi_output_by_energy,
            self._is_multi_output_without_basis,
            self._has_formulas,
            self._has_negative_amounts,
            self._has_other_units,
            self._has_input_of_several_producers,
            self._has_elementary_flow_on_unusual_side,
            self._consumes_itself,
            self._has_waste,
        ]
        found = [iter([p for p in sorted(self.processes) if trait(p)]) for trait in traits]
        while found and len(chosen) < count:
            for candidates in list(found):
                process = next((p for p in candidates if p not in chosen), None)
                if process is None:
                    found.remove(candidates)
                elif len(chosen) < count:
                    chosen.append(process)
        return chosen

    def _basis_if_several(self, process: str) -> str:
        return self.shares(process)[0]

    def _is_multi_output_by_mass(self, process: str) -> bool:
        return self._basis_if_several(process) == "mass"

    def _is_multi_output_by_energy(self, process: str) -> bool:
        return self._basis_if_several(process) == "energy"

    def _is_multi_output_without_basis(self, process: str) -> bool:
        return self._basis_if_several(process) == "reference"

    def _has_formulas(self, process: str) -> bool:
        return any(e.get("amountFormula") for e in self.processes[process]["exchanges"])

    def _has_negative_amounts(self, process: str) -> bool:
        return any(e["amount"] < 0 for e in self.processes[process]["exchanges"])

    def _has_other_units(self, process: str) -> bool:
        return len({round(e.factor, 12) for e in self.exchanges(process)}) > 2

    def _has_input_of_several_producers(self, process: str) -> bool:
        several = {flow for flow, found in self.producers.items() if len(found) > 1}
        return any(e.is_input and e.flow in several for e in self.exchanges(process))

    def _has_elementary_flow_on_unusual_side(self, process: str) -> bool:
        return any(
            e.flow in self._on_both_sides for e in self.exchanges(process) if self.kind(e.flow)[0] == "E"
        )

    @cached_property
    def _on_both_sides(self) -> set[str]:
        sides: dict[str, set[bool]] = defaultdict(set)
        for process in self.processes.values():
            for exchange in process["exchanges"]:
                sides[exchange["flow"]["@id"]].add(exchange["input"])
        return {flow for flow, found in sides.items() if len(found) == 2}

    def _consumes_itself(self, process: str) -> bool:
        made = {e.flow for e in self.products(process)}
        return any(e.is_input and e.flow in made for e in self.exchanges(process))

    def _has_waste(self, process: str) -> bool:
        return any(self.kind(e.flow) == "WASTE_FLOW" for e in self.exchanges(process))


# -- formulas ----------------------------------------------------------------------------------------


def _parameter_values(parameters: list[Json]) -> dict[str, Any]:
    """Numbers of input parameters, formulas (as text) of the others; names in small letters, no blanks."""
    return {
        p["name"].strip().lower(): p["value"] if p["inputParameter"] else p["formula"] for p in parameters
    }


_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
}


def evaluate(formula: str, names: dict[str, Any]) -> float:
    """Evaluate a formula by way of Python's own syntax tree (arithmetic, comparison and IF only)."""
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", formula.strip().lower().replace(";", ",").replace("^", "**"))
    return _value(ast.parse(re.sub(r"\bif\(", "if_(", text), mode="eval").body, names)


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.Name):
        stated = names[node.id]
        return evaluate(stated, names) if isinstance(stated, str) else stated
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, names)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.Compare):
        return _OPERATORS[type(node.ops[0])](_value(node.left, names), _value(node.comparators[0], names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "if_":
        condition, then, otherwise = node.args
        return _value(then if _value(condition, names) else otherwise, names)
    raise ValueError(f"not a formula of the US LCI database: {ast.dump(node)}")
