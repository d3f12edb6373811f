"""Every product is found by what a person types, in either language; the best fit stands first."""

from __future__ import annotations

import numpy as np
import pytest

from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.product_list import FIELDS, ProductList, build_product_list
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, UnitProcess
from carbonlab.vocabulary import FlowKind

PROCESSES = (
    ("smelter", "Aluminum, primary, smelt, at plant", "RNA", ("Aluminum ingot",)),
    ("smelter_cn", "铝锭生产", "CN", ("铝锭",)),
    ("kiln", "Ｐortland cement, at plant", "US", ("Portland cement",)),
    ("rolling", "Hot rolling", "DE", ("Reinforcement bar",)),
    ("sawmill", "Sawmill, of pine", "US", ("Rough lumber", "Sawdust")),
)


def database() -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="small"))
    for key, name, place, products in PROCESSES:
        outputs = []
        for number, product in enumerate(products):
            flow = f"{key}_{number}"
            synonyms = ("Tonewood",) if product == "Rough lumber" else ()
            builder.flows.append(
                Flow(id=flow, name=product, kind=FlowKind.PRODUCT, unit="kg", synonyms=synonyms)
            )
            outputs.append(Exchange(flow=flow, is_input=False, amount=1.0, is_reference=number == 0))
        builder.processes.append(UnitProcess(id=key, name=name, location=place, exchanges=tuple(outputs)))
    builder.flows.append(Flow(id="ash", name="Ash", kind=FlowKind.WASTE, unit="kg"))
    treated = Exchange(flow="ash", is_input=True, amount=1.0, is_reference=True)
    builder.processes.append(UnitProcess(id="landfill", name="Landfill", location="US", exchanges=(treated,)))
    return builder.build()


@pytest.fixture(scope="module")
def products() -> ProductList:
    return build_product_list(database())


def found(products: ProductList, text: str) -> list[str]:
    return [products.line(int(i))["product"] for i in products.find(text)]


def test_every_product_and_treated_waste_is_a_line(products: ProductList) -> None:
    assert found(products, "  ") == [
        "Aluminum ingot", "铝锭", "Portland cement", "Reinforcement bar", "Rough lumber", "Sawdust", "Ash"
    ]  # fmt: skip
    assert tuple(products.line(0)) == FIELDS
    assert products.line(5)["process_id"] == "sawmill"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INGOT alum", ["Aluminum ingot"]),
        ("portland", ["Portland cement"]),
        ("tonewood", ["Rough lumber"]),
        ("sawmill", ["Sawdust", "Rough lumber"]),
        ("锭", ["铝锭"]),
        ("水泥", ["Portland cement"]),
        ("铝", ["铝锭", "Aluminum ingot"]),
        ("aluminium", ["铝锭", "Aluminum ingot"]),
        ("aluminum cn", ["铝锭"]),
        ("ash landfill", ["Ash"]),
        ("kiln_0", ["Portland cement"]),
        ("cement lumber", []),
    ],
)
def test_what_is_typed_finds(products: ProductList, text: str, expected: list[str]) -> None:
    assert found(products, text)[: len(expected)] == expected
    if not expected:
        assert "Aluminum ingot" not in found(products, text)


def test_a_word_of_the_glossary_begins_a_word(products: ProductList) -> None:
    assert found(products, "水泥") == ["Portland cement"]
    assert found(products, "einforcem") == ["Reinforcement bar"]


def test_a_mistyped_word_finds_what_is_spelled_alike(products: ProductList) -> None:
    assert found(products, "portlnd cemnt")[0] == "Portland cement"
    assert found(products, "qqqqqqqqqq") == []
    assert not products.has("portlnd cemnt")
    assert products.has("portland 水泥") and products.has(" ")


def test_lines_are_ordered_by_a_field(products: ProductList) -> None:
    everything = products.find("")
    names = [products.line(int(i))["product"] for i in products.ordered(everything, "product")]
    assert names == [
        "Aluminum ingot",
        "Ash",
        "Portland cement",
        "Reinforcement bar",
        "Rough lumber",
        "Sawdust",
        "铝锭",
    ]
    turned = products.ordered(everything, "product", descending=True)
    assert [products.line(int(i))["product"] for i in turned] == names[::-1]
    assert len(products.ordered(np.array([], np.int64), "unit")) == 0
