"""`carbonlab lab` and `carbonlab app`, up to the point where a server starts."""

from __future__ import annotations

import argparse
import json
import socket
import stat
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import carbonlab
from carbonlab.cli import notebook_server, open_lab, serve_app
from carbonlab.cli.app_notebook import JUPYTER_DATA, JUPYTER_SETTINGS, app_notebook
from carbonlab.cli.main import main, parser
from carbonlab.cli.notebook_server import Address, chosen_address, serve
from carbonlab.errors import ExecutionError, RefusedError
from carbonlab.messages import available_languages, message
from carbonlab.messages.catalogue import in_language

TEMPLATE = JUPYTER_DATA / "voila" / "templates" / serve_app.TEMPLATE


def given(*words: str) -> argparse.Namespace:
    return parser(words).parse_args(words)


@pytest.fixture(autouse=True)
def no_token_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)


@pytest.fixture
def taken_port() -> Any:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_this_machine_alone_needs_no_token() -> None:
    address = chosen_address(given("app"), 0, asks_at_home=False)
    assert (address.ip, address.token) == ("127.0.0.1", "")
    assert address.url == f"http://127.0.0.1:{address.port}/"


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "192.0.2.1", "a-host-name"])
def test_others_need_a_token_that_nobody_guesses(ip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_server, "_free_port", lambda *_: 8866)
    tokens = {chosen_address(given("app", "--ip", ip), 8866, asks_at_home=False).token for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_recognized(ip: str) -> None:
    assert notebook_server.is_loopback(ip)


def test_the_lab_always_asks() -> None:
    assert chosen_address(given("lab"), 0, asks_at_home=True).token


@pytest.mark.parametrize("source", ["option", "environment"])
def test_a_short_token_is_refused(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["app", "--ip", "0.0.0.0"]
    if source == "option":
        words += ["--token", "secret"]
    else:
        monkeypatch.setenv("JUPYTER_TOKEN", "secret")
    with pytest.raises(RefusedError, match="the token has 6 characters, and 16 are the least") as refused:
        chosen_address(given(*words), 0, asks_at_home=False)
    assert "leave --token out" in refused.value.remedy


def test_an_empty_token_does_not_open_the_door() -> None:
    words = ("app", "--ip", "0.0.0.0", "--token", "")
    assert len(chosen_address(given(*words), 0, asks_at_home=False).token) >= 32


def test_the_token_is_in_the_address_for_the_browser() -> None:
    assert Address("::1", 9, "x" * 16).url == f"http://[::1]:9/?token={'x' * 16}"
    assert Address("0.0.0.0", 9).url == f"http://{socket.gethostname()}:9/"


def test_a_taken_port_is_refused_if_it_was_asked_for(taken_port: int) -> None:
    with pytest.raises(RefusedError, match=f"nothing can listen on port {taken_port}"):
        chosen_address(given("app", "--port", str(taken_port)), 0, asks_at_home=False)


def test_another_port_is_taken_if_none_was_asked_for(taken_port: int) -> None:
    assert chosen_address(given("app"), taken_port, asks_at_home=False).port not in (0, taken_port)


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(notebook_server, "find_spec", lambda name: None if name == "voila" else object())
    assert main(["app"]) == 1
    said = capsys.readouterr().err
    assert "the notebook tools are not installed: voila" in said
    assert 'pip install "carbonlab[lab]"' in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["teaching", "no such thing at all"], "no such thing at all"),
        (["nowhere.toml"], "nowhere.toml"),
        (["teaching", "--rules", "no-such-standard"], "no-such-standard"),
    ],
)
def test_mistakes_show_on_the_command_line_and_not_behind_an_empty_page(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve_app, "check_installed", lambda *_: None)
    monkeypatch.setattr(serve_app, "serve", lambda *_, **__: pytest.fail("a server was started"))
    assert main(["app", *words]) == 1
    assert said in capsys.readouterr().err


class Started:
    """What `serve` was asked for, instead of a server."""

    def __call__(self, command: list[str], address: Address, *, folder: Path, **settings: Any) -> int:
        self.command, self.address, self.folder, self.settings = command, address, folder, settings
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.files = {path.name: path.read_text(encoding="utf-8") for path in files}
        self.mode = stat.S_IMODE(folder.stat().st_mode)
        return 0


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    started = Started()
    for module in (serve_app, open_lab):
        monkeypatch.setattr(module, "serve", started)
        monkeypatch.setattr(module, "check_installed", lambda *_: None)
    return started


def test_the_app_keeps_its_token_off_the_command_line(started: Started) -> None:
    assert main(["app", "--ip", "0.0.0.0", "--warm", "5", "--idle", "20", "--language", "zh_CN"]) == 0
    settings = json.loads(started.files["voila.json"])
    token = started.address.token
    assert settings["Voila"]["token"] == token
    assert settings["Voila"]["port_retries"] == 0, "the address that was announced is the one"
    assert token not in " ".join(started.command) and token not in str(started.settings)
    if sys.platform != "win32":
        assert started.mode == 0o700
    assert settings["VoilaConfiguration"]["allow_template_override"] == "NO", "others load from other hosts"
    assert settings["VoilaConfiguration"]["default_pool_size"] == 5
    assert settings["MappingKernelManager"] == {
        "cull_idle_timeout": 20,
        "cull_interval": 20,
        "cull_connected": False,
    }
    assert settings["VoilaExporter"]["language_code"] == "zh-CN"
    assert not started.folder.exists(), "nothing is left behind"
    [cell] = json.loads(started.files["carbonlab.ipynb"])["cells"]
    assert "own_tables=False" in cell["source"], "visitors from elsewhere read no files of this machine"


def test_the_app_shows_what_was_asked_for(started: Started, tmp_path: Path) -> None:
    assert main(["app", "teaching", "aluminium_ingot_cn"]) == 0
    [cell] = json.loads(started.files["carbonlab.ipynb"])["cells"]
    wanted = "App(cl.load_teaching_inventory(), source='cl.load_teaching_inventory()', product='aluminium_ingot_cn')"
    assert wanted in cell["source"]
    assert main(["app"]) == 0
    [cell] = json.loads(started.files["carbonlab.ipynb"])["cells"]
    assert "product='sawmill'" in cell["source"]
    assert "own_tables" not in cell["source"]


def test_the_template_asks_no_other_host() -> None:
    names = {path.name for path in TEMPLATE.iterdir()}
    assert names == {"conf.json", "index.html.j2", "page.html"}
    for name in names:
        assert "//" not in (TEMPLATE / name).read_text(encoding="utf-8").replace("://www.w3.org", "")
    settings = json.loads((JUPYTER_SETTINGS / "labconfig" / "page_config.json").read_text(encoding="utf-8"))
    assert settings == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@pytest.mark.parametrize("language", available_languages())
def test_the_notebook_of_the_app_is_one(language: str) -> None:
    with in_language(language):
        notebook = app_notebook("cl.load_teaching_inventory()", language=language)
        assert notebook["metadata"]["title"] == message("app.title")
    nbformat.validate(notebook)


def test_a_refused_token_leaves_no_notebooks(
    started: Started, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", str(tmp_path / "course"), "--token", "s1"]) == 1
    assert "the token has 2 characters" in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_the_lab_holds_the_lessons_and_keeps_what_was_written(started: Started, tmp_path: Path) -> None:
    folder = tmp_path / "course"
    assert main(["lab", str(folder)]) == 0
    lessons = {
        path.relative_to(open_lab.lessons_folder()) for path in open_lab.lessons_folder().rglob("[0-9]*.py")
    }
    assert lessons
    written = {path.relative_to(folder) for path in folder.rglob("*.ipynb")}
    assert written == {lesson.with_suffix(".ipynb") for lesson in lessons} | {Path(open_lab.LABORATORY)}
    for path in written:
        notebook = nbformat.read(folder / path, as_version=4)
        nbformat.validate(notebook)
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    mine = folder / sorted(written)[0]
    mine.write_text("what a student wrote", encoding="utf-8")
    (folder / open_lab.LABORATORY).unlink()
    assert [path.name for path in open_lab.write_lessons(folder)] == [open_lab.LABORATORY]
    assert mine.read_text(encoding="utf-8") == "what a student wrote"


def test_the_lab_keeps_its_token_off_the_command_line(started: Started, tmp_path: Path) -> None:
    assert main(["lab", str(tmp_path / "course")]) == 0
    assert started.settings["environment"]["JUPYTER_TOKEN"] == started.address.token
    assert started.address.token not in " ".join(map(str, started.command))
    assert f"--ServerApp.root_dir={tmp_path / 'course'}" in started.command
    assert started.settings["path"] == "lab"


ANSWERS = """\
import socket, sys, time
with socket.socket() as door:
    door.bind(("127.0.0.1", int(sys.argv[1])))
    door.listen()
    time.sleep(0.5)
"""


def test_the_address_is_said_once_the_server_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = chosen_address(given("app"), 0, asks_at_home=True)
    code = serve(
        ["-c", ANSWERS, str(address.port)],
        address,
        folder=tmp_path,
        environment={},
        what="a test",
        path="lab",
        has_browser=False,
        as_json=True,
    )
    assert code == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"url": f"http://127.0.0.1:{address.port}/lab?token={address.token}", "what": "a test"}


def test_a_server_that_ends_at_once_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError, match="ended with exit code 7 before it answered"):
        serve(
            ["-c", "raise SystemExit(7)"],
            Address("127.0.0.1", 1),
            folder=tmp_path,
            environment={},
            what="",
            has_browser=False,
        )


def test_the_app_knows_embedded_studies() -> None:
    expression, process = serve_app.asked_source("lumber", "")
    study = eval(expression, {"cl": carbonlab})  # the expression that the page runs
    assert (study.key, process) == ("lumber", "")
    assert serve_app.asked_source("teaching", "")[0] == "cl.load_teaching_inventory()"
