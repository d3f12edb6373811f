"""What the two schema versions of the format call the same thing.

Version 2 renamed the fields that hold yes or no, and writes categories as a path instead of a reference
(https://github.com/GreenDelta/olca-schema, CHANGES).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Names of the fields that differ between schema versions."""

    version: int
    is_input: str
    is_avoided: str
    is_reference: str
    is_reference_property: str
    is_reference_unit: str
    is_infrastructure_flow: str
    is_infrastructure_process: str
    is_input_parameter: str


VERSION_1 = FieldNames(
    version=1,
    is_input="input",
    is_avoided="avoidedProduct",
    is_reference="quantitativeReference",
    is_reference_property="referenceFlowProperty",
    is_reference_unit="referenceUnit",
    is_infrastructure_flow="infrastructureFlow",
    is_infrastructure_process="infrastructureProcess",
    is_input_parameter="inputParameter",
)

VERSION_2 = FieldNames(
    version=2,
    is_input="isInput",
    is_avoided="isAvoidedProduct",
    is_reference="isQuantitativeReference",
    is_reference_property="isRefFlowProperty",
    is_reference_unit="isRefUnit",
    is_infrastructure_flow="isInfrastructureFlow",
    is_infrastructure_process="isInfrastructureProcess",
    is_input_parameter="isInputParameter",
)

BY_VERSION = {1: VERSION_1, 2: VERSION_2}
