"""Finding a process by id, name, words, or a mistyped word."""

from __future__ import annotations

import pytest

from benchmarks.generated import generate_inventory
from carbonlab.errors import NotFoundError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Exchange, Flow, UnitProcess
from carbonlab.inventory.search import find_process, search
from carbonlab.messages import in_language, shown_name
from carbonlab.teaching import load_teaching_inventory
from carbonlab.vocabulary import FlowKind


def _process(identity: str, name: str, product: str, **values: str) -> UnitProcess:
    output = Exchange(flow=product, is_input=False, amount=1.0, is_reference=True)
    return UnitProcess(id=identity, name=name, exchanges=(output,), **values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def db() -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="search"))
    builder.flows += [
        Flow(id="aluminum", name="Aluminum ingot", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(id="power", name="Electricity, medium voltage", kind=FlowKind.PRODUCT, unit="kWh"),
        Flow(id="chips", name="Wood chips", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(id="lumber", name="Sawn lumber", kind=FlowKind.PRODUCT, unit="m3"),
        Flow(id="slag", name="Slag to landfill", kind=FlowKind.WASTE, unit="kg"),
        Flow(id="铝锭", name="铝锭，重熔用", kind=FlowKind.PRODUCT, unit="kg"),
        Flow(id="co2", name="Carbon dioxide", kind=FlowKind.ELEMENTARY, unit="kg"),
    ]
    sawmill = UnitProcess(
        id="saw",
        name="Sawing of logs",
        location="CA",
        exchanges=(
            Exchange(flow="chips", is_input=False, amount=300.0),
            Exchange(flow="lumber", is_input=False, amount=1.0, is_reference=True),
            Exchange(flow="power", is_input=False, amount=1.0, is_avoided=True),
            Exchange(flow="co2", is_input=False, amount=1.0),
        ),
    )
    landfill = UnitProcess(
        id="fill",
        name="Landfill",
        exchanges=(Exchange(flow="slag", is_input=True, amount=1.0, is_reference=True),),
    )
    builder.processes += [
        _process(
            "smelt", "Aluminum, primary, smelt, at plant", "aluminum", location="RNA", category="Metals"
        ),
        _process("second", "Aluminum, secondary, at plant", "aluminum", location="RNA", category="Metals"),
        _process("mix-cn", "Electricity mix", "power", location="CN"),
        _process("mix-de", "Electricity mix", "power", location="DE"),
        _process("电解", "铝锭生产，电解", "铝锭", location="CN"),
        _process("wide", "Ｓｔｅｅｌ Straße", "power", location="JP"),
        sawmill,
        landfill,
    ]
    return builder.build()


def test_words_in_any_order_case_and_punctuation(db: Database) -> None:
    hits = search(db, "PLANT smelt, aluminum")
    assert [hit.id for hit in hits] == ["smelt"]
    assert hits[0].name == "Aluminum, primary, smelt, at plant"
    assert (hits[0].location, hits[0].products) == ("RNA", ("Aluminum ingot",))
    assert str(hits[0]) == "Aluminum, primary, smelt, at plant [RNA] (id smelt)"


def test_all_words_must_occur_somewhere(db: Database) -> None:
    assert [hit.id for hit in search(db, "electricity cn")] == ["mix-cn"]
    assert {hit.id for hit in search(db, "metals")} == {"smelt", "second"}, "a category counts"
    assert [hit.id for hit in search(db, "chips")] == ["saw"], "a co-product counts"
    assert [hit.id for hit in search(db, "slag")] == ["fill"], "a waste that is treated counts"


def test_products_are_what_a_process_is_made_for(db: Database) -> None:
    (sawmill,) = search(db, "sawing")
    assert sawmill.products == ("Sawn lumber", "Wood chips"), (
        "no avoided product, no emission; reference first"
    )


def test_chinese_and_full_width(db: Database) -> None:
    assert [hit.id for hit in search(db, "铝锭")] == ["电解"]
    assert [hit.id for hit in search(db, "电解 铝锭")] == ["电解"]
    assert search(db, "电解铝锭生产")[0].id == "电解", "not a substring, but spelled alike"
    assert [hit.id for hit in search(db, "steel STRASSE")] == ["wide"]


def test_the_very_name_comes_first(db: Database) -> None:
    exact = search(db, "electricity MIX")
    assert [(hit.id, hit.score) for hit in exact] == [("mix-cn", 100.0), ("mix-de", 100.0)]
    scores = [hit.score for hit in search(db, "al")]
    assert scores == sorted(scores, reverse=True) and all(80 <= score < 100 for score in scores)
    assert len(search(db, "al", limit=1)) == 1


def test_a_mistyped_word_finds_what_is_spelled_alike(db: Database) -> None:
    hits = search(db, "aluminium primery")
    assert hits[0].id == "smelt" and hits[0].score < 80
    assert search(db, "Sawn lumbr")[0].id == "saw", "products are compared too"
    assert search(db, "xyzzy qqqq") == []
    assert search(db, "  ,;") == []


def test_one_process_by_id_name_product_or_words(db: Database) -> None:
    assert find_process(db, "mix-cn") == "mix-cn"
    assert find_process(db, "aluminum, secondary, at plant") == "second"
    assert find_process(db, "Sawn lumber") == "saw"
    assert find_process(db, "electricity DE") == "mix-de"


def test_what_is_not_there_is_suggested_never_taken(db: Database) -> None:
    with pytest.raises(NotFoundError, match=r"database 'search' has no process like 'Aluminum primry'") as e:
        find_process(db, "Aluminum primry")
    assert e.value.remedy == "did you mean: Aluminum, primary, smelt, at plant [RNA] (id smelt)"
    with pytest.raises(NotFoundError, match=r"no process like 'xyzzy'") as e:
        find_process(db, "xyzzy")
    assert e.value.remedy.startswith("search with one or two other words of the name; where several")
    assert "names here are like 'Alumin" in e.value.remedy
    with pytest.raises(
        NotFoundError, match=r"no process of database 'search' is named: the text is empty"
    ) as e:
        find_process(db, " ")
    assert e.value.remedy.startswith("search with one or two")


def test_what_is_ambiguous_is_said_with_places(db: Database) -> None:
    with pytest.raises(NotFoundError, match=r"'Electricity mix' fits 2 processes of database 'search'") as e:
        find_process(db, "Electricity mix")
    assert e.value.why == "a footprint belongs to one of them"
    assert "Electricity mix [CN] (id mix-cn); Electricity mix [DE] (id mix-de)" in e.value.remedy
    with pytest.raises(NotFoundError, match=r"'Aluminum ingot' fits 2 processes"):
        find_process(db, "Aluminum ingot")


def test_words_of_the_glossary_find_the_other_language_and_spelling(db: Database) -> None:
    assert [hit.id for hit in search(db, "电力 DE")] == ["mix-de"]
    assert find_process(db, "aluminium, secondary") == "second"
    assert {hit.id for hit in search(db, "aluminium")} >= {"smelt", "second", "电解"}
    nearest = search(db, "铝")
    assert nearest[0].id in {"电解", "second"} and len(nearest) == 3


def test_what_is_merely_a_little_alike_is_not_offered(db: Database) -> None:
    assert search(db, "banana") == []
    with pytest.raises(NotFoundError) as e:
        find_process(db, "banana")
    assert "did you mean" not in e.value.remedy


def test_a_list_that_is_cut_says_so() -> None:
    builder = DatabaseBuilder(DatabaseMeta(name="many"))
    builder.flows.append(Flow(id="c", name="Cement", kind=FlowKind.PRODUCT, unit="kg"))
    builder.processes += [_process(f"c{i}", f"Cement plant {i}", "c") for i in range(9)]
    with pytest.raises(NotFoundError, match="'cement plant' fits 9 processes") as e:
        find_process(builder.build(), "cement plant")
    assert "the first 6 of 9 are Cement plant 0 (id c0); " in e.value.remedy
    assert e.value.remedy.count("(id ") == 6


NO_SUCH_ID = {
    "process by an alike id": ("process", "mix-cm", "did you mean: Electricity mix [CN] (id mix-cn)"),
    "process by its words": ("process", "aluminum", "Aluminum, primary, smelt, at plant [RNA] (id smelt)"),
    "process by its Chinese word": ("process", "电力", "(id mix-cn)"),
    "process like nothing": ("process", "banana", "find one with carbonlab.search(db, words)"),
    "flow by its name": ("flow", "carbon dioxide", "did you mean: Carbon dioxide, kg (id co2); else list"),
    "flow by an alike id": ("flow", "lumbre", "Sawn lumber, m3 (id lumber)"),
    "flow like nothing": ("flow", "xyzzy", "list db.flows"),
}


@pytest.mark.parametrize("name", NO_SUCH_ID)
def test_an_unknown_id_is_answered_with_what_comes_near(name: str, db: Database) -> None:
    kind, identity, words = NO_SUCH_ID[name]
    with pytest.raises(NotFoundError) as e:
        getattr(db, kind)(identity)
    assert e.value.what == f"database 'search' has no {kind} with the id {identity!r}"
    assert words in e.value.remedy
    if words.startswith(("find", "list")):
        assert e.value.remedy == words


def test_twenty_thousand_processes_are_searched() -> None:
    large = generate_inventory(20_000, 60_000)
    hits = {
        text: search(large, text)
        for text in ("metals production line 778", "metls prodction line 778", "电力")
    }
    assert "778" in hits["metals production line 778"][0].name
    assert hits["metls prodction line 778"][0].score < 80, "only the spelling is alike"
    assert len(hits) == 3


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("磷酸铁锂", "Lithium iron phosphate, China"),
        ("三元 电池", "Battery pack, NMC111, China"),
        ("钢帘线，中国", "Steel cord, China"),
        ("steel 中国 帘线", "Steel cord, China"),
        ("锂离子电心", "Lithium-ion cell, lithium iron phosphate, China"),
    ],
)
def test_names_that_are_packaged_in_another_language_are_found(words: str, first: str) -> None:
    hits = search(load_teaching_inventory(), words)
    assert hits[0].name == first
    with in_language("zh_CN"):
        assert str(hits[0]).startswith(shown_name(first) + " (" + first + ")")
    assert str(hits[0]).startswith(first)


def test_the_rolling_mills_are_found_by_what_they_make() -> None:
    names = {hit.name for hit in search(load_teaching_inventory(), "热轧 钢", limit=20)}
    assert {"Hot rolling, BOF route, China", "Hot rolling, EAF route, Germany"} <= names


def test_the_very_name_in_another_language_is_the_process() -> None:
    assert find_process(load_teaching_inventory(), "钢帘线，中国") == find_process(
        load_teaching_inventory(), "Steel cord, China"
    )
