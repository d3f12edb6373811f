"""Verdicts follow from what was found and from how well the text is known; reports; comparability."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from carbonlab.cli.main import main
from carbonlab.conformity.assessment import as_data, assess, assess_context
from carbonlab.conformity.comparability import comparable, only
from carbonlab.conformity.requirements import STANDARDS, Mark, Requirement, load_requirements, requirements_of
from carbonlab.conformity.verdicts import Outcome, Result, Verdict, verdict_of
from carbonlab.errors import NotFoundError, StudyError
from carbonlab.messages import has_message, message
from carbonlab.system.study import Study
from carbonlab.system.study_file import read_study
from carbonlab.teaching import study_path
from tests.conformity.studies import SCENARIOS, UNITS, context, rules, study
from tests.conformity.test_checks import buys_offset, without_producer


@pytest.mark.parametrize(
    ("mark", "result", "verdict"),
    [
        (Mark.READ, Result.MET, Verdict.PASS),
        (Mark.READ, Result.NOT_MET, Verdict.FAIL),
        (Mark.RECALLED, Result.MET, Verdict.PASS_AS_INTERPRETED),
        (Mark.RECALLED, Result.NOT_MET, Verdict.FAIL_AS_INTERPRETED),
        (Mark.OPEN, Result.MET, Verdict.UNVERIFIED),
        (Mark.OPEN, Result.NOT_MET, Verdict.UNVERIFIED),
        (Mark.OPEN, Result.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
        (Mark.READ, Result.UPSTREAM, Verdict.NOT_VERIFIABLE_UPSTREAM),
        (Mark.RECALLED, Result.PERSON, Verdict.FOR_A_PERSON),
        (Mark.READ, Result.NO_RESULT, Verdict.NO_RESULT),
    ],
)
def test_verdicts(mark: Mark, result: Result, verdict: Verdict) -> None:
    requirement = Requirement(
        id="T-01", topic="t", clause="1", kind="C", text="t", mark={"iso-14067-2018": mark}
    )
    assert verdict_of(requirement, "iso-14067-2018", Outcome(result, "evidence")) is verdict


def test_requirements_are_those_of_the_list(shared_reference: Path) -> None:
    text = (shared_reference / "standards.md").read_text(encoding="utf-8")
    first = text[: text.index("### 1.12")]
    listed = set(re.findall(r"^\| ([A-Z]-\d\d) \|", first, re.MULTILINE)) | set(
        re.findall(r"^(E-L\d) ", first, re.MULTILINE)
    )
    assert {r.id for r in load_requirements()} == listed
    kinds = dict(re.findall(r"^\| ([A-Z]-\d\d) \|[^\n]*?\| ([CPDH](?:\+[CPDH])?) \|", first, re.MULTILINE))
    assert {r.id: r.kind for r in load_requirements() if r.id in kinds} == kinds


def test_every_verdict_has_words() -> None:
    assert all(has_message(f"verdict.{verdict}") for verdict in Verdict)


def test_nothing_speaks_of_certification() -> None:
    words = [message(f"verdict.{verdict}") for verdict in Verdict] + [r.text for r in load_requirements()]
    assert not [text for text in words if "certif" in text.lower()]


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_requirement_has_a_verdict_and_evidence(standard: str) -> None:
    assessment = assess(study("life"), standard, scenarios=SCENARIOS)
    assert [row.requirement.id for row in assessment.rows] == [r.id for r in requirements_of(standard)]
    assert all(row.outcome.evidence for row in assessment.rows)
    assert [row.requirement.id for row in assessment.failures] == ["N-03"]
    assert sum(assessment.counts.values()) == len(assessment.rows)


def test_what_gbt_adds_is_not_asked_of_iso() -> None:
    assert {r.id for r in requirements_of("gbt-24067-2024")} - {
        r.id for r in requirements_of("iso-14067-2018")
    } == {"Q-08", "I-07"}


def test_decided_upstream_is_not_verifiable() -> None:
    made = study("life")
    decided = made.databases[0].with_meta(decided_upstream={"multifunctionality": "price"})
    assessment = assess_context(context(replace(made, databases=(decided,))), "iso-14067-2018")
    for requirement in ("A-01", "A-02", "A-04", "A-05"):
        assert assessment.row(requirement).verdict is Verdict.NOT_VERIFIABLE_UPSTREAM
    assert "price (back)" in assessment.row("A-01").outcome.evidence


def test_aggregated_data_are_not_verifiable() -> None:
    cement = assess(read_study(study_path("aluminium")), "iso-14067-2018")
    for requirement in ("E-L1", "X-01"):
        assert cement.row(requirement).verdict is Verdict.NOT_VERIFIABLE_UPSTREAM


def test_a_study_with_offsets_is_not_calculated_and_fails_for_the_offset() -> None:
    assessment = assess(study("life", edit=buys_offset), "gbt-24067-2024")
    assert assessment.row("B-02").verdict is Verdict.FAIL
    assert "offsets: credit" in assessment.row("B-02").outcome.evidence
    assert assessment.row("L-02").verdict is Verdict.NO_RESULT
    assert assessment.row("P-03").verdict is Verdict.FOR_A_PERSON


def test_the_rule_set_of_the_standard_goes_first() -> None:
    made = study("life", rule_sets=(rules(), replace(rules(), key="iso-14067-2018")))
    assert assess(made, "iso-14067-2018").rule_set == "iso-14067-2018"
    assert assess(made, "gbt-24067-2024").rule_set == "default"
    assert (
        assess(made, "gbt-24067-2024", rule_set=rules(characterization="gwp20_ar6"))
        .row("I-03")
        .verdict.is_failure
    )


def test_what_does_not_exist() -> None:
    with pytest.raises(NotFoundError, match="no requirements are listed for the standard 'pas-2050'"):
        assess(study("life"), "pas-2050")
    with pytest.raises(StudyError, match="no product 'gate' to compare"):
        assess(study("life"), "iso-14067-2018", compared=("life", "gate"))


def test_plain_data_can_be_written() -> None:
    data = as_data(assess(study("life"), "gbt-24067-2024"))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["counts"]["fail_as_interpreted"] >= 1
    assert {"id", "clause", "verdict", "evidence", "numbers"} <= set(data["requirements"][0])


# -- comparability --------------------------------------------------------------------------------------


def reasons(a: Study, b: Study) -> str:
    found = comparable(a, b)
    assert found.may_be_compared == (not found.reasons)
    return "; ".join(found.reasons)


def test_a_study_may_be_compared_with_itself_and_with_other_data() -> None:
    other = study("life", edit=lambda own, back: back["processes"][0]["out"].update(co2=0.9))
    assert reasons(study("life"), study("life")) == reasons(study("life"), other) == ""


def test_a_unit_in_other_words_is_the_same_unit() -> None:
    grams = replace(UNITS["gate"], amount=1000.0, unit="g")
    assert reasons(study("gate"), replace(study("gate"), units=(grams,))) == ""


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            lambda: study("gate"),
            "unit: life is a functional unit, gate a declared one; unit: item and kg measure "
            "different things",
        ),
        (
            lambda: replace(study("life"), units=(replace(UNITS["life"], amount=2.0),)),
            "unit: 1 item against 2 item",
        ),
        (lambda: study("life", scope_without=("functions",)), "function: not stated by widget"),
        (
            lambda: study("life", rule_sets=(rules(boundary="no_capital_goods"),)),
            "boundary: slot boundary: as_modelled against no_capital_goods",
        ),
        (
            lambda: study("life", rule_sets=(rules(multifunctionality="mass"),)),
            "allocation: slot multifunctionality",
        ),
        (
            lambda: study("life", rule_sets=(rules(characterization="gwp100_ar5"),)),
            "characterization: slot characterization: gwp100_ar6 against",
        ),
        (
            lambda: study("life", edit=lambda own, back: own["processes"][1]["in"].pop("power")),
            "boundary: only widget models use",
        ),
    ],
)
def test_what_must_not_differ(other, words: str) -> None:
    assert words in reasons(study("life"), other())


def test_what_the_data_suppliers_decided_must_not_differ() -> None:
    made = study("life")
    decided = replace(
        made, databases=(made.databases[0].with_meta(decided_upstream={"recycling": "cut_off_100_0"}),)
    )
    assert (
        "data: slot recycling was decided upstream otherwise: not decided against cut_off_100_0"
        in reasons(made, decided)
    )


def test_years_and_places_are_a_question_for_a_person() -> None:
    found = comparable(study("life"), study("life", reference_year="2019"))
    assert found.may_be_compared
    assert found.questions == ("reference year: '2024' against '2019'",)


def test_which_product_has_to_be_said() -> None:
    both = study("life", "gate")
    with pytest.raises(StudyError, match="asks for 2 products"):
        comparable(both, both)
    assert reasons(only(both, "gate"), study("gate")) == ""
    with pytest.raises(StudyError, match="its products are life, gate"):
        only(both, "none")


def test_a_product_without_all_inputs_still_says_what_it_lacks() -> None:
    assert reasons(study("life"), study("life", edit=without_producer)) == ""
    assert assess(study("life", edit=without_producer), "iso-14067-2018").row("P-04").verdict is Verdict.FAIL


# -- command --------------------------------------------------------------------------------------------


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lumber", "--against", "iso-14067-2018"]) == 4
    out = capsys.readouterr().out
    assert "lumber against ISO 14067:2018, calculated under default" in out
    assert "G-02  FAIL: The scope states its twelve topics" in out
    assert "category_issues, review" in out


def test_command_as_json_with_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "scenarios.csv"
    lumber = read_study(study_path("lumber"))
    stages, ids = (lumber.foreground.column("exchanges", name) for name in ("stage", "id"))
    late = ids[stages == "end_of_life"][0]
    file.write_text(
        f"scenario,subject,id,value,reason\nsooner,year,{late},20,shorter life\n", encoding="utf-8"
    )
    main(["check", "lumber", "--scenarios", str(file), "--json"])
    data = json.loads(capsys.readouterr().out)
    verdicts = {row["id"]: row["verdict"] for row in data["requirements"]}
    assert verdicts["E-03"] == "pass_as_interpreted"
    assert verdicts["N-02"] == "pass_as_interpreted"


def test_a_clause_of_a_numbering_that_was_not_read_is_said_to_be_assumed() -> None:
    for requirement in requirements_of("gbt-24067-2024"):
        told = requirement.place_in("gbt-24067-2024")
        assert requirement.clause in told and "assumed parallel to ISO 14067" in told
    for requirement in requirements_of("iso-14067-2018"):
        assert requirement.place_in("iso-14067-2018") == f"clause {requirement.clause}"
