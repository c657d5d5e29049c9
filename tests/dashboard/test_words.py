import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard import upload_field, words
from dashboard.catalogues import chosen, language, languages
from dashboard.parts import ago, counted
from dashboard.words import dated, later, later_n, measured, speak, t, tn
from scripts.extract_words import KEYWORDS, calls, faults, literals

DASHBOARD = Path(words.__file__).parent
SOURCES = [path for folder in ("dashboard", "api") for path in sorted((DASHBOARD.parent / folder).rglob("*.py"))]
NIGHT = datetime(2026, 3, 2, 23, 5, tzinfo=UTC)


@pytest.fixture
def _arabic() -> Iterator[None]:
    speak("ar")
    yield
    speak("en")


def test_english_stands_in_the_code_and_values_fill_its_places() -> None:
    assert t("Show more of {n}", n=3) == "Show more of 3"
    assert t("100 % {of}") == "100 % {of}"
    assert t("") == ""
    assert tn("{n} camera", "{n} cameras", 1) == "1 camera"
    assert tn("{n} camera", "{n} cameras", 0) == "0 cameras"
    assert tn(*later_n("{n:,} row", "{n:,} rows"), 1200) == "1,200 rows"
    assert later("sent") == "sent"
    assert dated(NIGHT, "%a %d %b %Y, %H:%M") == "Mon 02 Mar 2026, 23:05"
    assert measured("60.1, 24.9") == "60.1, 24.9"


def test_what_a_person_typed_is_never_taken_for_a_template() -> None:
    assert t("Open {what}", what="{n} {0} {what.__class__}") == "Open {n} {0} {what.__class__}"
    assert tn("{n} of {what}", "{n} of {what}", 2, what="{what}") == "2 of {what}"


@pytest.mark.usefixtures("_arabic")
def test_arabic_has_its_own_words_its_six_ways_to_count_and_its_months() -> None:
    assert t("Map") == "الخريطة"
    assert counted(1, "request") == "طلب واحد"
    assert counted(2, "request") == "طلبان"
    assert counted(3, "request") == "3 طلبات"
    assert counted(11, "request") == "11 طلبًا"
    assert counted(100, "request") == "100 طلب"
    assert "مارس" in dated(NIGHT, "%d %b %Y")
    assert t("No catalogue has this.") == "No catalogue has this."


@pytest.mark.usefixtures("_arabic")
def test_what_reads_from_left_to_right_stands_apart_in_arabic() -> None:
    assert t("Open {what}", what="A-17") == "فتح \u2068A-17\u2069"
    assert measured("60.1, 24.9") == "\u206660.1, 24.9\u2069"
    assert "\u2068" not in ago(NIGHT - NIGHT), "numbers alone need no isolation"


@pytest.mark.parametrize(
    ("wanted", "accepted", "code"),
    [
        ("", "", "en"),
        ("ar", "en-GB", "ar"),
        ("", "ar-EG,ar;q=0.9,en;q=0.5", "ar"),
        ("", "fi,en;q=0.9,ar;q=0.8", "en"),
        ("", "en;q=0.2, ar;q=0.7", "ar"),
        ("tlh", "de", "en"),
        ("../../etc", "ar;q=nan, ;q=x,,", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_first_of_the_browser_s_that_there_is(
    wanted: str, accepted: str, code: str
) -> None:
    assert chosen(wanted, accepted) == code


def test_each_language_knows_its_own_name_and_direction() -> None:
    assert languages() == ("en", "ar")
    assert (language("en").direction, language("ar").direction) == ("ltr", "rtl")
    assert language("ar").own_name == "العربية"


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_no_text_of_the_pages_is_missing_from_a_catalogue(code: str) -> None:
    """`scripts/extract_words.py --write` puts new texts into the catalogues, to be translated there."""
    assert list(faults(code)) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(DASHBOARD.parent).as_posix())
def test_texts_are_written_out_and_none_is_translated_before_anybody_reads_it(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in calls(tree):
        texts = call.args[: KEYWORDS[call.func.id]]  # type: ignore[attr-defined]
        joined = [each for each in texts if isinstance(each, ast.JoinedStr | ast.BinOp)]
        assert not joined, f"line {call.lineno}: a catalogue cannot know a text that is put together"
        name = call.func.id  # type: ignore[attr-defined]
        assert literals(call) or name in ("t", "tn"), f"line {call.lineno}: {name} keeps texts that are written out"
    if path.name == "main.py" or path.parent.name == "pages":
        return  # these run anew for each reader
    later_on = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    made_early = [node for node in tree.body if not isinstance(node, later_on)]
    for node in made_early:
        inside = [each for each in ast.walk(node) if isinstance(each, ast.Lambda)]
        kept = {id(each) for function in inside for each in ast.walk(function)}
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and id(each) not in kept:
                assert each.func.id not in ("t", "tn"), (
                    f"line {each.lineno}: use later(...), and t(...) when it is shown"
                )


def test_the_upload_field_s_script_says_only_what_python_hands_it() -> None:
    script = (DASHBOARD / "static" / "lastseen-upload.js").read_text(encoding="utf-8")
    assert set(re.findall(r'\bt\("([^"]*)"', script)) == set(upload_field._TEXTS)
