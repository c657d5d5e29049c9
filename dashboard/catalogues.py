"""Catalogues of the languages that pages speak beside English: `dashboard/locale/LANGUAGE/pages.po`, read once.

English stands in the code. A text that a catalogue lacks is shown in English, and `scripts/extract_words.py` names it.
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).with_name("locale")
ENGLISH = "en"
_RIGHT_TO_LEFT = "rtl"
_ASKED_MOST = 20  # languages in a browser's list; more is no browser's


@dataclass(frozen=True)
class Language:
    """A language that pages can be read in."""

    code: str
    own_name: str
    """What its readers call it."""
    direction: str
    """ltr or rtl."""
    texts: NullTranslations

    @property
    def is_right_to_left(self) -> bool:
        return self.direction == _RIGHT_TO_LEFT

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.code)


@cache
def languages() -> tuple[str, ...]:
    """Codes of all languages there are, English first."""
    return (ENGLISH, *sorted(path.parent.name for path in LOCALES.glob("*/pages.po")))


@cache
def language(code: str) -> Language:
    """The language of a code out of `languages`."""
    locale = Locale.parse(code)
    texts = NullTranslations() if code == ENGLISH else _read(LOCALES / code / "pages.po", code)
    return Language(code, locale.get_display_name() or code, locale.text_direction, texts)


def _read(path: Path, code: str) -> GNUTranslations:
    with path.open("rb") as text:
        catalogue = read_po(text, locale=code, charset="utf-8")
    compiled = BytesIO()
    write_mo(compiled, catalogue)  # what is marked as fuzzy is left out
    compiled.seek(0)
    return GNUTranslations(compiled)


def chosen(wanted: str, accepted: str) -> str:
    """The code a reader `wanted` where there is one, or else the first of a browser's Accept-Language, or English."""
    if wanted in languages():
        return wanted
    for code in _by_weight(accepted):
        if code in languages():
            return code
    return ENGLISH


def _by_weight(accepted: str) -> list[str]:
    """Language codes of an Accept-Language header without their regions, the most wanted first."""
    asked: list[tuple[float, str]] = []
    for part in accepted[:400].split(",")[:_ASKED_MOST]:
        name, _, weight = part.partition(";q=")
        try:
            share = float(weight) if weight else 1.0
        except ValueError:
            share = 0.0
        if share > 0:  # NaN is not
            asked.append((-share, name.strip().partition("-")[0].casefold()))
    return [code for _, code in sorted(asked, key=lambda pair: pair[0])]
