import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import PROJECT, Settings


def test_every_setting_is_documented_with_its_variable() -> None:
    documented = (PROJECT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`LASTSEEN_{name.upper()}`" in documented, f"docs/settings.md lacks LASTSEEN_{name.upper()}"
        assert field.description


def test_nothing_leaves_the_machine_unless_a_setting_says_so() -> None:
    fresh = Settings()
    assert fresh.tiles_url == ""
    assert fresh.address == "127.0.0.1"


def test_port_and_home_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "9123")
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path))
    assert (Settings().port, Settings().home) == (9123, tmp_path)


def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_THREADS", "0")
    with pytest.raises(ValidationError, match="LASTSEEN_THREADS|threads"):
        Settings()


def test_no_part_sends_usage_statistics() -> None:
    with (PROJECT / ".streamlit" / "config.toml").open("rb") as file:
        told = tomllib.load(file)
    assert told["browser"]["gatherUsageStats"] is False
    assert told["server"]["showEmailPrompt"] is False


def test_passwords_in_addresses_and_keys_in_the_environment_are_known_as_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LASTSEEN_DATABASE_URL", "postgresql+psycopg://u:hunter2@db/x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("PWD", "/work/main")
    assert {"hunter2", "wJalrXUtnFEMI"} <= set(Settings().secrets)
    assert "/work/main" not in Settings().secrets


def test_no_page_that_frames_or_opened_ours_may_tell_it_what_to_do() -> None:
    """Streamlit obeys messages of its hosting service's pages unless it is told that there are none."""
    written = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())
    assert written["client"]["allowedOrigins"] == []
