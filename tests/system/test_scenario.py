"""Scenarios: changes of data apart from rules; the default one is the study itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from carbonlab.errors import FormatError, StudyError, TableError
from carbonlab.inventory.builder import DatabaseBuilder
from carbonlab.inventory.database import Database
from carbonlab.inventory.records import DatabaseMeta, Distribution, Exchange, Flow, Parameter, UnitProcess
from carbonlab.results.calculate import calculate
from carbonlab.results.scenarios import calculate_scenarios
from carbonlab.system.scenario import DEFAULT, Change, Scenario, Subject, apply_scenario
from carbonlab.system.scenario_table import read_scenarios
from carbonlab.system.study import Study, UnitOfAnalysis
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from carbonlab.vocabulary import DistributionKind, FlowKind
from tests.tiny import tiny_database

BACKGROUND = """
[flows]
power = "kWh"
steel = "kg"
slag = "kg"
[[processes]]
id = "grid"
out = { power = 1, co2 = 0.6 }
[[processes]]
id = "hydro"
out = { power = 1, co2 = 0.02 }
[[processes]]
id = "furnace"
out = { steel = 1, slag = 0.3, co2 = 2 }
[[allocation]]
process = "furnace"
product = "steel"
share = 0.9
[[allocation]]
process = "furnace"
product = "slag"
share = 0.1
"""
FOREGROUND = """
[flows]
power = "kWh"
steel = "kg"
widget = "kg"
[[processes]]
id = "plant"
out = { widget = 1 }
[processes.in]
power = { amount = 10, provider = "grid" }
steel = { amount = 2, provider = "furnace", stage = "raw_material_acquisition", year = 0 }
"""


@pytest.fixture
def study() -> Study:
    unit = UnitOfAnalysis(key="widget", name="1 kg of widget", process="plant", amount=1.0, unit="kg")
    rules = Study.of(tiny_database(BACKGROUND), "grid").rule_sets
    return Study(
        key="widget",
        title="widget",
        units=(unit,),
        foreground=tiny_database(FOREGROUND, "own"),
        databases=(tiny_database(BACKGROUND, "back"),),
        rule_sets=(rules[0], rules[0].replace(multifunctionality="equal")),
    )


def change(subject: str, identity: str, value: float | str, **more: str) -> Change:
    return Change(subject=Subject(subject), id=identity, value=value, reason="test", **more)


def total(study: Study, *changes: Change) -> list[float]:
    result = calculate_scenarios(study, [Scenario(key="s", changes=changes)])
    return result["total"].sel(scenario="s", product="widget").values.tolist()


def test_default_scenario_is_the_study_itself(study: Study) -> None:
    assert apply_scenario(study, DEFAULT) is study


@pytest.mark.parametrize("embedded", ["aluminium", "lumber"])
def test_default_scenario_reproduces_the_plain_result_bit_for_bit(embedded: str) -> None:
    study = read_study(study_path(embedded))
    some = study.foreground.exchanges["id"][3].as_py()  # another scenario beside it must not disturb it
    other = Scenario(key="other", changes=(change("year", some, 7.0),))
    plain, both = calculate(study), calculate_scenarios(study, [other])
    default = both.sel(scenario="default", year=plain["year"].values)
    for name in plain.data_vars:
        xr.testing.assert_identical(plain[name].variable, default[name].transpose(*plain[name].dims).variable)
    assert both.attrs["study_digest"] == plain.attrs["study_digest"] == both["study_digest"].values[0]


# grid 0.6/kWh, hydro 0.02/kWh; steel by stated shares 2·0.9 = 1.8 per kg, by equal shares 1.0 per kg
def test_amount(study: Study) -> None:
    assert total(study) == pytest.approx([10 * 0.6 + 2 * 1.8, 10 * 0.6 + 2 * 1.0])
    assert total(study, change("amount", "plant/in/power/grid", 5.0)) == pytest.approx([3 + 3.6, 3 + 2])


def test_amount_in_another_unit(study: Study) -> None:
    assert total(study, change("amount", "plant/in/power/grid", 18.0, unit="MJ")) == pytest.approx(
        [3 + 3.6, 3 + 2]
    )


def test_provider(study: Study) -> None:
    assert total(study, change("provider", "plant/in/power/grid", "hydro")) == pytest.approx(
        [0.2 + 3.6, 0.2 + 2]
    )


def test_shares_move_with_stated_allocation_only(study: Study) -> None:
    shares = (
        change("share", "steel", 0.75, process="furnace"),
        change("share", "slag", 0.25, process="furnace"),
    )
    assert total(study, *shares) == pytest.approx([6 + 2 * 1.5, 6 + 2 * 1.0])


def test_year_moves_the_emission_and_keeps_the_total(study: Study) -> None:
    late = Scenario(key="late", changes=(change("year", "plant/in/steel/furnace", 30.0),))
    result = calculate_scenarios(study, [late]).isel(rule_set=0, product=0)
    by_year = result["footprint"].sum(["stage", "gas", "component"])
    assert by_year.sel(scenario="late", year=30.0) == pytest.approx(3.6)
    assert by_year.sel(scenario="default", year=30.0) == 0
    assert result["total"].values == pytest.approx([9.6, 9.6])


def test_changes_come_together_in_any_order(study: Study) -> None:
    changes = (
        change("amount", "plant/in/power/grid", 5.0),
        change("provider", "plant/in/power/grid", "hydro"),
    )
    assert total(study, *changes) == total(study, *changes[::-1]) == pytest.approx([0.1 + 3.6, 0.1 + 2])
    assert Scenario(key="a", changes=changes).digest == Scenario(key="b", changes=changes[::-1]).digest


def test_the_study_is_left_as_it_was(study: Study) -> None:
    before = study.digest
    apply_scenario(study, Scenario(key="s", changes=(change("amount", "plant/in/power/grid", 5.0),)))
    assert study.digest == before


def with_parameters() -> Database:
    builder = DatabaseBuilder(DatabaseMeta(name="formulas"))
    gas = Flow(
        id="co2",
        name="Carbon dioxide, fossil",
        kind=FlowKind.ELEMENTARY,
        unit="kg",
        direction="emitted",
        compartment="air",
        cas="124-38-9",
    )
    builder.flows += [Flow(id="ride", name="ride", kind=FlowKind.PRODUCT, unit="km"), gas]
    spread = Distribution(kind=DistributionKind.LOGNORMAL, loc=0.3, scale=1.2)
    exchanges = (
        Exchange(flow="ride", is_input=False, amount=1.0, is_reference=True),
        Exchange(flow="co2", is_input=False, amount=0.3, formula="use * factor", id="tail"),
        Exchange(flow="co2", is_input=False, amount=0.1 + 0.2, id="wear", distribution=spread),
    )
    builder.processes.append(UnitProcess(id="car", name="car", exchanges=exchanges))
    builder.parameters += [
        Parameter(name="use", amount=0.1, process="car"),
        Parameter(name="carbon", amount=0.9),
        Parameter(name="factor", formula="carbon / 0.3", amount=3.0),
    ]
    return builder.build()


def test_parameters_move_every_amount_that_depends_on_them() -> None:
    study = Study.of(with_parameters(), "car")
    scenario = Scenario(key="less", changes=(change("parameter", "carbon", 0.6),))
    changed = apply_scenario(study, scenario).databases[0]
    amounts = dict(zip(changed.column("exchanges", "id"), changed.column("exchanges", "amount"), strict=True))
    assert amounts["tail"] == pytest.approx(0.1 * 2)
    assert amounts["wear"] == 0.1 + 0.2  # to the last bit
    assert dict(
        zip(changed.column("parameters", "name"), changed.column("parameters", "amount"), strict=True)
    )["factor"] == pytest.approx(2)
    assert changed.column("exchanges", "formula")[1] == "use * factor"


def test_spread_moves_with_the_amount() -> None:
    study = Study.of(with_parameters(), "car")
    changed = apply_scenario(study, Scenario(key="s", changes=(change("amount", "wear", 0.6),))).databases[0]
    spread = changed.process("car").exchanges[2].distribution
    assert spread is not None
    assert (spread.loc, spread.scale) == (pytest.approx(0.6), 1.2)
    reversed_ = apply_scenario(study, Scenario(key="s", changes=(change("amount", "wear", -0.6),))).databases[
        0
    ]
    assert reversed_.process("car").exchanges[2].distribution is None


def test_parameter_of_a_process_needs_its_process() -> None:
    study = Study.of(with_parameters(), "car")
    with pytest.raises(TableError, match="no parameter 'use' in formulas"):
        apply_scenario(study, Scenario(key="s", changes=(change("parameter", "use", 1.0),)))
    changed = apply_scenario(
        study, Scenario(key="s", changes=(change("parameter", "use", 0.2, process="car"),))
    )
    assert calculate(changed)["total"].item() == pytest.approx(0.6 + 0.3)


def test_a_stored_amount_that_is_not_its_formula_is_refused() -> None:
    database = with_parameters()
    off = database.with_tables(
        parameters=apply_scenario(
            Study.of(database, "car"), Scenario(key="s", changes=(change("parameter", "carbon", 0.6),))
        )
        .databases[0]
        .parameters
    )
    with pytest.raises(StudyError, match="is not what its formula gives"):
        apply_scenario(Study.of(off, "car"), Scenario(key="s", changes=(change("parameter", "carbon", 0.9),)))


WRONG = [
    (change("amount", "nothing", 1.0), "there is no exchange 'nothing' in own, back"),
    (change("amount", "plant/in/power/grid", 1.0, unit="kg"), "use kWh or what converts to it"),
    (change("amount", "plant/in/power/grid", float("nan")), "is no number"),
    (change("provider", "plant/in/power/grid", "nobody"), "there is no process 'nobody'"),
    (
        change("provider", "plant/in/power/grid", "furnace"),
        "neither makes nor treats 'power'; it supplies: slag, steel",
    ),
    (change("share", "steel", 0.5), "no stated share of the co-product 'steel'"),
    (change("share", "steel", 1.5, process="furnace"), "does not lie between 0 and 1"),
    (change("share", "steel", 0.5, process="furnace"), "the shares sum to 0.6"),
    (change("parameter", "loss", 0.5), "there is no parameter 'loss'"),
    (change("year", "plant/in/power/grid", "soon"), "is no number"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_changes_that_lead_nowhere(study: Study, wrong: Change, words: str) -> None:
    with pytest.raises(TableError, match=words):
        apply_scenario(study, Scenario(key="s", changes=(wrong,)))


def test_scenarios_that_contradict_themselves() -> None:
    one = change("amount", "a", 1.0)
    with pytest.raises(StudyError, match="changes the amount 'a' twice"):
        Scenario(key="s", changes=(one, change("amount", "a", 2.0)))
    with pytest.raises(StudyError, match="no reason"):
        Scenario(key="s", changes=(Change(subject=Subject.AMOUNT, id="a", value=1.0),))


def test_two_scenarios_of_one_key(study: Study) -> None:
    with pytest.raises(StudyError, match="same key"):
        calculate_scenarios(
            study, [Scenario(key="default", changes=(change("amount", "plant/in/power/grid", 5.0),))]
        )


GOOD = """\
scenario;subject;id;value;reason;process;unit;source
hydro;provider;plant/in/power/grid;hydro;contract;;;
shares;share;steel;0.75;price;furnace;;ledger
shares;share;slag;0.25;price;furnace;;ledger
shares;amount;plant/in/power/grid;18;meter;;MJ;
"""


def test_reading_a_table(study: Study, tmp_path: Path) -> None:
    file = tmp_path / "scenarios.csv"
    file.write_text(GOOD, encoding="utf-8-sig")
    hydro, shares = read_scenarios(file, study=study)
    assert (hydro.key, hydro.changes[0].value, shares.changes[0].source) == ("hydro", "hydro", "ledger")
    result = calculate_scenarios(study, [hydro, shares])
    assert result["scenario"].values.tolist() == ["default", "hydro", "shares"]
    assert result["total"].isel(rule_set=0, product=0).values == pytest.approx([9.6, 3.8, 6.0])
    assert len(np.unique(result["study_digest"])) == 3


def test_all_mistakes_of_a_table_at_once(study: Study, tmp_path: Path) -> None:
    file = tmp_path / "scenarios.csv"
    file.write_text(
        "scenario,subject,id,value,reason\n"
        "a,amuont,plant/in/power/grid,1,why\n"
        "a,amount,plant/in/power/grid,one,why\n"
        "a,amount,nothing,1,why\n"
        "a,provider,plant/in/power/grid,furnace,\n"
        "b,amount,plant/in/power/grid,1,why\n"
        "b,amount,plant/in/power/grid,2,why\n"
        "b,amount,x,2,why,not,so\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError) as error:
        read_scenarios(file, study=study)
    words = str(error.value)
    for line in (
        "scenarios.csv, row 2, column subject: 'amuont' is nothing that a scenario changes; did you "
        "mean 'amount'?",
        "scenarios.csv, row 3, column value: 'one' is no number",
        "scenarios.csv, row 4, column id: there is no exchange 'nothing' in own, back",
        "scenarios.csv, row 5, column reason: the cell is empty",
        "scenarios.csv, row 7, column id: row 6 changes the same amount",
        "scenarios.csv, row 8: the row has 7 cells, the header 5",
    ):
        assert line in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the table is empty"),
        ("scenario,subject,id,value,reason\n", "a header but no rows"),
        ("scenario,subject,id,valeu,reason\na,amount,b,1,c\n", "did you mean 'value'"),
        ("scenario,subject,id,value,reason,id\n", "stands twice"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "scenarios.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=words):
        read_scenarios(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        read_scenarios(tmp_path / "absent.csv")
    (tmp_path / "old.csv").write_bytes("scenario\xe9".encode("latin-1"))
    with pytest.raises(FormatError, match="not UTF-8"):
        read_scenarios(tmp_path / "old.csv")
