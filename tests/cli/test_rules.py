"""``carbonlab rules``: what it lists, shows, compares and writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbonlab.cli.main import COMMANDS, main
from carbonlab.rules.dimensions import DIMENSIONS, SWITCHES
from carbonlab.rules.rulefile import list_rule_sets, load_rule_set, read_rule_set
from carbonlab.rules.slots import SLOTS


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["rules", *words]) == 0
    return capsys.readouterr().out


def test_the_command_is_known() -> None:
    assert COMMANDS["rules"][0] == "carbonlab.cli.rules"


@pytest.mark.usefixtures("narrow")
def test_list_shows_every_packaged_rule_set(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "list")
    assert max(map(len, out.splitlines())) <= 100
    rows = json.loads(shown(capsys, "list", "--json"))["rule_sets"]["rows"]
    assert [row["key"] for row in rows] == list(list_rule_sets())
    assert all(key in out for key in list_rule_sets() if len(key) < 20)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("key", ["iso-14067-2018", "eu-pef-2021", "cement-en-15804", "default"])
def test_show_has_slots_dimensions_and_switches(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "show", key)
    words = " ".join(out.split())
    assert load_rule_set(key).digest in words
    for slot in SLOTS:
        assert slot.key in words
    data = json.loads(shown(capsys, "show", key, "--json"))
    assert [row["no."] for row in data["dimensions"]["rows"]] == [str(one.number) for one in DIMENSIONS]
    assert [row["switch"] for row in data["switches"]["rows"]] == list(SWITCHES)
    assert all(row["decided by"] for row in data["dimensions"]["rows"])
    assert {row["decided by"] for row in data["dimensions"]["rows"] if row["no."] == "15"} == {
        "no slot: refused"
    }
    assert ("category" in data) == (key == "cement-en-15804")


@pytest.mark.usefixtures("narrow")
def test_diff_shows_what_differs_and_where_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "diff", "iso-14067-2018", "eu-pef-2021")
    for word in (
        "zero_zero",
        "minus_one_plus_one",
        "cut_off",
        "ISO 14067:2018",
        "(recalled)",
        "the same in both:",
    ):
        assert word in out
    assert "dimension by dimension" not in out
    more = shown(capsys, "diff", "iso-14067-2018", "eu-pef-2021", "--dimensions")
    assert "Circular" in more and "dimension by dimension" in more


def test_diff_of_a_rule_set_to_itself_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the two give the same numbers" in shown(capsys, "diff", "pact-v3", "pact-v3")
    data = json.loads(shown(capsys, "diff", "pact-v3", "pact-v3", "--json"))
    assert data["slots"]["rows"] == []


def test_json_may_stand_before_the_second_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--json", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["rule_sets"]["rows"]


def test_new_writes_a_file_that_runs_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "derives from en-15804-a2" in shown(
        capsys, "new", "my-paint", "--base", "en-15804-a2", "--out", str(tmp_path)
    )
    file = tmp_path / "my-paint.toml"
    rules = read_rule_set(file)
    assert rules.diff(load_rule_set("en-15804-a2")) == ()
    assert "the two give the same numbers" in shown(capsys, "diff", "en-15804-a2", str(file))
    assert main(["footprint", "teaching", "cement_portland_cn", "--rules", str(file)]) == 0
    capsys.readouterr()
    assert main(["rules", "new", "my-paint", "--out", str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err
    out = shown(capsys, "new", "my-varnish", "--base", str(file), "--out", str(tmp_path), "--json")
    assert json.loads(out)["base"] == "my-paint"
    assert read_rule_set(tmp_path / "my-varnish.toml").base == rules.digest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "iso-14067"), "there is no rule set 'iso-14067'"),
        (("diff", "default", "nobody"), "there is no rule set 'nobody'"),
        (("show", "nowhere.toml"), "the rule file cannot be read"),
        (("new", "My Paint"), "cannot be used"),
        (("new", "default"), "the package has a rule set 'default' already"),
        (("new", "mine", "--base", "nobody"), "there is no rule set 'nobody'"),
    ],
)
def test_mistakes_are_said_in_words(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["rules", *words]) == 1
    err = capsys.readouterr().err
    assert message in err and "remedy:" in err
    assert list(tmp_path.iterdir()) == []


def test_a_base_in_another_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    shown(capsys, "new", "first", "--out", str(tmp_path / "one"))
    assert (
        main(
            [
                "rules",
                "new",
                "second",
                "--base",
                str(tmp_path / "one" / "first.toml"),
                "--out",
                str(tmp_path / "two"),
            ]
        )
        == 1
    )
    assert "does not lie in the folder" in capsys.readouterr().err


def test_without_a_second_word_the_command_line_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["rules"])
    assert caught.value.code == 2
    assert "WHAT" in capsys.readouterr().err


def test_tables_say_rules_in_words_with_their_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = shown(capsys, "show", "eu-pef-2021")
    assert "cradle to grave (cradle_to_grave):" in out and "leaving out" in out
    assert "Biogenic carbon" in out and "(biogenic_carbon)" in out
    assert "circular_footprint_formula" in out  # a key is not broken in two
    data = json.loads(shown(capsys, "show", "eu-pef-2021", "--json"))
    assert data["slots"]["rows"][0]["slot"] == "boundary"  # data keep keys, in every language
    assert data["slots"]["rows"][0]["rule"].startswith("cradle_to_grave")


def test_a_difference_says_what_is_equal_by_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    assert "equal by assumption, not by finding" in shown(capsys, "diff", "gbt-24067-2024", "iso-14067-2018")
    assert "by assumption" not in shown(capsys, "diff", "gbt-24067-2024", "eu-pef-2021")
