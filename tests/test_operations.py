"""docs/operations.md says what the code does: its commands, units, compose file and settings are looked up in it."""

import re
import shlex
from collections.abc import Iterator
from configparser import RawConfigParser
from typing import Any

import pytest
import typer
import yaml
from streamlit import config as streamlit_config

import cli
from api.events import PATH as EVENTS
from api.health import api
from settings import PROJECT, Settings

DOCUMENT = (PROJECT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


def compose() -> Any:
    (text,) = blocks("yaml")
    return yaml.safe_load(text)


def units() -> list[RawConfigParser]:
    found = []
    for text in blocks("ini"):
        unit = RawConfigParser(strict=True)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        found.append(unit)
    return found


def commands() -> Iterator[str]:
    """Every command line of the document that starts something of ours."""
    for text in blocks("sh"):
        yield from text.splitlines()
    yield from (unit["Service"]["ExecStart"] for unit in units())
    yield from (service["command"] for service in compose()["services"].values() if "command" in service)
    yield from re.findall(r"`(cli\.py [^`]+)`", DOCUMENT)


def ours(word: str) -> list[list[str]]:
    """What follows `word` in each command line that has it."""
    split = [shlex.split(command) for command in commands()]
    return [words[words.index(word) + 1 :] for words in split if word in words]


def look_up(words: list[str]) -> None:
    """Fail unless these words are a subcommand of cli.py with options that it has."""
    found: Any = typer.main.get_command(cli.app)
    rest = list(words)
    while hasattr(found, "commands"):
        name = rest.pop(0)
        assert name in found.commands, f"cli.py {' '.join(words)}: there is no {name}"
        found = found.commands[name]
    options = {option for parameter in found.params for option in parameter.opts} | {"--help"}
    for word in rest:
        assert not word.startswith("--") or word in options, f"cli.py {' '.join(words)}: there is no {word}"


def test_every_command_exists_with_its_options() -> None:
    asked = ours("cli.py")
    assert len(asked) >= 8
    for words in asked:
        look_up(words)


def test_the_web_page_is_started_with_options_that_streamlit_has() -> None:
    started = ours("streamlit")
    assert len(started) == 2
    for words in started:
        assert words[:2] == ["run", "app.py"]
        for option in (word for word in words if word.startswith("--")):
            assert option.removeprefix("--") in streamlit_config.get_config_options()


def test_every_setting_named_exists() -> None:
    known = {name for names in Settings.variables().values() for name in names}
    named = set(re.findall(r"LASTSEEN_[A-Z_]+", DOCUMENT))
    assert len(named) > 10
    assert named <= known


@pytest.mark.parametrize("text", blocks("env"))
def test_every_environment_file_makes_settings(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in text.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    Settings()


def test_every_target_of_make_exists() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    for command in commands():
        words = shlex.split(command)
        for target in (word for word in words[1:] if words[0] == "make" and not word.startswith(("-", "/"))):
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"make {target}"
    assert "\npower-test:" in makefile


def test_the_endpoints_exist() -> None:
    named = set(re.findall(r"/api(/[\w/]*\w)", DOCUMENT))
    there = {getattr(route, "path", "") for route in api.routes} | {EVENTS.removeprefix("/api")}
    assert {"/health", "/ready"} <= named <= there


def test_units_stop_as_long_as_the_processes_need_and_run_as_one_user() -> None:
    for unit in units():
        service = unit["Service"]
        assert int(service["TimeoutStopSec"]) >= 15
        assert (service["KillMode"], service["User"], service["UMask"]) == ("mixed", "lastseen", "0077")
        assert service["WorkingDirectory"] == "/opt/lastseen"


def test_the_compose_file_sets_nothing_that_is_no_setting() -> None:
    known = {name for names in Settings.variables().values() for name in names}
    services = compose()["services"]
    assert set(services) == {"db", "web", "worker"}
    for name in ("web", "worker"):
        assert {key for key in services[name]["environment"] if key.startswith("LASTSEEN_")} <= known
    assert services["web"]["ports"] == ["127.0.0.1:8501:8501"], "there is no sign-in yet"
