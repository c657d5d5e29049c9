"""The texts of the pages, and what the catalogues of other languages lack.

extract_words.py            says what is missing, unused, or has other {places} than the English; fails if any is
extract_words.py --write    brings dashboard/locale/*/pages.po up to date: new texts with nothing beside, old ones gone
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from babel.messages import Catalog, Message  # noqa: E402
from babel.messages.extract import extract_from_file  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from dashboard.catalogues import ENGLISH, LOCALES, languages  # noqa: E402

FOLDERS = ("dashboard", "api")
KEYWORDS = {"t": None, "tn": (1, 2), "later": None}
PLACES = re.compile(r"{(\w+)[^{}]*}")


def texts() -> Catalog:
    """Every text that the code hands to t, tn or later."""
    found = Catalog(charset="utf-8")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
                found.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
    return found


def read(code: str) -> Catalog:
    with (LOCALES / code / "pages.po").open("rb") as text:
        return read_po(text, locale=code, charset="utf-8")


def told(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def faults(code: str) -> Iterator[str]:
    """What is wrong with a catalogue, a line each."""
    wanted, there = texts(), read(code)
    for message in wanted:
        if not message.id:
            continue
        known = there.get(message.id)
        said = [known.string] if known and isinstance(known.string, str) else list(known.string) if known else []
        if not said or not all(said) or (known and known.fuzzy):
            yield f"missing: {told(message)!r} ({message.locations[0][0]})"
        elif message.pluralizable != bool(known and known.pluralizable):
            yield f"counts in one place and not in the other: {told(message)!r}"
        elif wrong := [words for words in said if not _places_fit(message, words)]:
            yield f"other places than the English: {told(message)!r}: {wrong[0]!r}"
    yield from (f"no longer used: {told(old)!r}" for old in there if old.id and wanted.get(old.id) is None)


def _places_fit(message: Message, words: str) -> bool:
    """The same {places}; a form of a text that counts may do without {n}, where the language has a word for it."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = {place for text in ids for place in PLACES.findall(text)}
    found = set(PLACES.findall(words))
    return found == wanted or (message.pluralizable and found == wanted - {"n"})


def written(code: str) -> bytes:
    """The catalogue with every text there is, in the order of the files."""
    catalogue = read(code)
    catalogue.update(texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.locations = [(path, None) for path in sorted({path for path, _ in message.locations})]
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, omit_header=False)
    return out.getvalue()


def main() -> int:
    others = [code for code in languages() if code != ENGLISH]
    if "--write" in sys.argv:
        for code in others:
            (LOCALES / code / "pages.po").write_bytes(written(code))
    found = [f"{code}: {fault}" for code in others for fault in faults(code)]
    print("\n".join(found) or "nothing is missing")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
