"""docs/security.md, docs/privacy.md and docs/asvs.md name tests, tables and files that exist, and leave none out."""

import ast
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from data.schema import metadata
from settings import PROJECT

DOCS = PROJECT / "docs"
ASVS = (DOCS / "asvs.md").read_text()
# The level of each requirement of OWASP ASVS 5.0.0, section by section, in order: 345 in all.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22",
    "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
STATES = {"met", "partly", "not met", "does not apply"}
TEST_ID = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PATH = re.compile(
    r"`((?:docs|tests|scripts|casework|dashboard|data|api|recognition|geo)/[\w./-]+\.(?:py|md))(?:::\w+)?`"
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
DOCUMENTS = [DOCS / "asvs.md", DOCS / "privacy.md", DOCS / "security.md", PROJECT / "README.md"]


def rows() -> list[list[str]]:
    """The cells of each row that begins with a requirement's number."""
    found = re.findall(r"^\| (\d+\.\d+\.\d+) \|(.*)\|$", ASVS, re.MULTILINE)
    return [[number, *(cell.strip() for cell in rest.split(" | "))] for number, rest in found]


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_requirement_of_levels_1_and_2_stands_there_once() -> None:
    wanted = {
        f"{section}.{place}": level
        for section, levels in LEVELS.items()
        for place, level in enumerate(levels, 1)
        if level in "12"
    }
    assert (list(wanted.values()).count("1"), list(wanted.values()).count("2")) == (70, 183)
    assert [number for number, *_ in rows()] == list(wanted)
    assert {number: level for number, level, *_ in rows()} == wanted


def test_every_requirement_has_a_state_and_a_test_or_a_reason() -> None:
    for number, _level, words, state, why in rows():
        assert state in STATES, f"{number}: {state!r}"
        assert len(words) >= 4, f"{number}: says nothing"
        assert TEST_ID.search(why) or len(why) >= 10, f"{number}: neither a test nor a reason"
        assert state == "met" or len(TEST_ID.sub("", why)) >= 10, f"{number}: {state} without a reason"


def test_the_head_counts_the_states_right() -> None:
    states = [state for *_, state, _why in rows()]
    for state in STATES:
        assert re.search(rf"\| {state} \| {states.count(state)} \|", ASVS), f"{state}: {states.count(state)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_file_and_link_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    missing = [
        f"{path}::{name}"
        for path, name in TEST_ID.findall(text)
        if not (PROJECT / path).is_file() or name not in names_in(PROJECT / path)
    ]
    missing += [path for path in PATH.findall(text) if not (PROJECT / path).is_file()]
    missing += [link for link in LINK.findall(text) if not (document.parent / unquote(link)).exists()]
    assert missing == []


def test_the_privacy_document_names_every_table_that_is_kept() -> None:
    text = (DOCS / "privacy.md").read_text()
    assert [name for name in metadata.tables if f"`{name}`" not in text] == []


def test_the_privacy_document_names_no_table_that_is_not_there() -> None:
    section = (DOCS / "privacy.md").read_text().split("## In the database")[1].split("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert named <= set(metadata.tables)


def test_the_threat_table_names_a_test_for_every_threat() -> None:
    section = (DOCS / "security.md").read_text().split("## Threats")[1].split("\n## ")[0]
    threats = re.findall(r"^\| (T\d+) \|(.*)\|$", section, re.MULTILINE)
    assert len(threats) >= 25
    assert [number for number, rest in threats if not TEST_ID.search(rest)] == []
    assert [number for number, _ in threats] == [f"T{place}" for place in range(1, len(threats) + 1)]
