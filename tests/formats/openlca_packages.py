"""Small openLCA packages for tests: made in either schema version, then changed as a test needs."""

from __future__ import annotations

import json
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

Json = dict[str, Any]

NAMES = {
    1: {
        "input": "input",
        "avoided": "avoidedProduct",
        "reference": "quantitativeReference",
        "reference_property": "referenceFlowProperty",
        "reference_unit": "referenceUnit",
        "infrastructure_flow": "infrastructureFlow",
        "infrastructure_process": "infrastructureProcess",
        "input_parameter": "inputParameter",
    },
    2: {
        "input": "isInput",
        "avoided": "isAvoidedProduct",
        "reference": "isQuantitativeReference",
        "reference_property": "isRefFlowProperty",
        "reference_unit": "isRefUnit",
        "infrastructure_flow": "isInfrastructureFlow",
        "infrastructure_process": "isInfrastructureProcess",
        "input_parameter": "isInputParameter",
    },
}

KINDS = {"product": "PRODUCT_FLOW", "waste": "WASTE_FLOW", "elementary": "ELEMENTARY_FLOW"}


class PackageDraft:
    """A package as files by name; JSON objects can be changed before it is written."""

    def __init__(self, version: int = 1) -> None:
        self.names = NAMES[version]
        self.files: dict[str, Any] = {}
        if version == 1:
            self.files["context.json"] = {"@vocab": "http://openlca.org/schema/v1.1/"}
        else:
            self.files["olca-schema.json"] = {"version": 2}
        self.version = version
        self.units("mass", "Mass", {"kg": 1.0, "g": 0.001, "t": 1000.0})
        self.units("energy", "Energy", {"MJ": 1.0, "kWh": 3.6})
        self.units("calorific", "Net calorific value", group="energy")
        self.units("volume", "Volume", {"m3": 1.0, "l": 0.001})

    def add(self, folder: str, identity: str, content: Json) -> Json:
        kind = {"processes": "Process", "flows": "Flow"}.get(folder)
        content = {"@id": identity, **({"@type": kind} if kind else {}), **content}
        self.files[f"{folder}/{identity}.json"] = content
        return content

    def units(
        self, identity: str, name: str, units: dict[str, float] | None = None, *, group: str = ""
    ) -> None:
        if units:
            listed = [
                {
                    "@id": f"unit-{unit}",
                    "name": unit,
                    "conversionFactor": factor,
                    self.names["reference_unit"]: factor == 1,
                }
                for unit, factor in units.items()
            ]
            self.add("unit_groups", f"group-{identity}", {"name": f"Units of {name}", "units": listed})
        content = {
            "name": name,
            "flowPropertyType": "PHYSICAL_QUANTITY",
            "unitGroup": {"@id": f"group-{group or identity}"},
        }
        self.add("flow_properties", identity, content)

    def flow(
        self,
        identity: str,
        kind: str = "product",
        properties: dict[str, float] | None = None,
        category: str = "",
        **more: Any,
    ) -> Json:
        """Add a flow; its first property is the reference."""
        listed = [
            {
                "flowProperty": {"@id": name},
                "conversionFactor": factor,
                self.names["reference_property"]: position == 0,
            }
            for position, (name, factor) in enumerate((properties or {"mass": 1.0}).items())
        ]
        content = {"name": identity, "flowType": KINDS[kind], "flowProperties": listed, **more}
        if category:
            content["category"] = self.category(category)
        return self.add("flows", identity, content)

    def category(self, path: str) -> Any:
        if self.version == 2:
            return path
        above: Json | None = None
        for depth, part in enumerate(path.split("/")):
            identity = "category-" + "-".join(path.split("/")[: depth + 1])
            self.add("categories", identity, {"name": part, **({"category": above} if above else {})})
            above = {"@id": identity, "name": part}
        return above

    def exchange(
        self, flow: str, amount: Any, *, input: bool = False, unit: str = "kg", of: str = "mass", **more: Any
    ) -> Json:
        renamed = {self.names.get(key, key): value for key, value in more.items()}
        return {
            "flow": {"@id": flow},
            self.names["input"]: input,
            self.names["avoided"]: False,
            "amount": amount,
            "unit": {"@id": f"unit-{unit}", "name": unit},
            "flowProperty": {"@id": of},
            **renamed,
        }

    def process(self, identity: str, *exchanges: Json, **more: Any) -> Json:
        """Add a process; where none is marked, its first exchange is the reference."""
        listed = [dict(exchange) for exchange in exchanges]
        if listed and not any(self.names["reference"] in exchange for exchange in listed):
            listed[0][self.names["reference"]] = True
        content = {"name": identity, "processType": "UNIT_PROCESS", "exchanges": listed, **more}
        return self.add("processes", identity, content)

    def write_zip(self, path: Path, *, inside: str = "", reverse: bool = False) -> Path:
        names = sorted(self.files, reverse=reverse)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(f"{inside}{name}", _bytes(self.files[name]))
        return path

    def write_folder(self, path: Path) -> Path:
        for name, content in self.files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_bytes(content))
        return path

    def copy(self) -> PackageDraft:
        return deepcopy(self)


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return json.dumps(content).encode()


def steel_package(version: int = 1) -> PackageDraft:
    """Steel from ore and power: two processes that need each other's products, an emission, a resource."""
    draft = PackageDraft(version)
    draft.flow("steel", properties={"mass": 1.0, "calorific": 0.5})
    draft.flow("slag")
    draft.flow("power", properties={"energy": 1.0})
    draft.flow("co2", "elementary", category="Elementary flows/Emission to air/unspecified")
    draft.flow("ore", "elementary", category="Elementary flows/resource/in ground")
    draft.process(
        "steelworks",
        draft.exchange("steel", 2.0, unit="t"),
        draft.exchange("power", 300.0, input=True, unit="kWh", of="energy"),
        draft.exchange("ore", 3.0, input=True, unit="t"),
        draft.exchange("co2", 1500.0),
    )
    draft.process(
        "power plant",
        draft.exchange("power", 1.0, unit="MJ", of="energy"),
        draft.exchange("steel", 1.0, input=True, unit="g"),
        draft.exchange("co2", 0.1),
    )
    return draft
