import html
import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.text import map_text


def test_every_character_that_means_something_to_html_or_javascript_becomes_a_number() -> None:
    assert map_text("&<>\"'`\\${}") == "&#38;&#60;&#62;&#34;&#39;&#96;&#92;&#36;&#123;&#125;"


def test_plain_words_in_any_script_stay_as_they_are() -> None:
    for words in ("", "Kauppatori 3, north", "Ünïcode", "相機", "كاميرا", "می\u200cخواهم", "📷"):
        assert map_text(words) == words


def test_control_characters_and_lone_surrogates_become_spaces() -> None:
    assert map_text("a\x00b\nc\u2028d\ud800e") == "a b c d e"


def test_direction_overrides_are_left_out() -> None:
    assert map_text("gate \u202egpj.exe") == "gate gpj.exe"


@given(st.text())
def test_no_text_leaves_anything_but_entities_and_harmless_characters(text: str) -> None:
    assert not re.search(r"[<>\"'`\\${}\x00-\x1f\x7f\u2028\u2029]|&(?!#\d+;)", map_text(text))


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_a_browser_shows_the_text_that_was_given(text: str) -> None:
    assert html.unescape(map_text(text)) == text
