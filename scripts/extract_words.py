"""The texts of the pages, and what the catalogues of other languages lack.

extract_words.py            says what is missing, unused, or has other {places} than the English; fails if any is
extract_words.py --write    brings dashboard/locale/*/pages.po up to date: new texts with nothing beside, old ones gone
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from babel.messages import Catalog, Message  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from dashboard.catalogues import ENGLISH, LOCALES, languages  # noqa: E402

FOLDERS = ("dashboard", "api")
KEYWORDS = {"t": 1, "tn": 2, "later": 1, "later_n": 2}
"""By function, how many texts it is handed."""
PLACES = re.compile(r"{(\w+)[^{}]*}")


def texts() -> Catalog:
    """Every text that the code hands to t, tn, later or later_n, also inside an f-string."""
    found = Catalog(charset="utf-8")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
                if words := literals(call):
                    found.add(words if len(words) > 1 else words[0], locations=[(str(path.relative_to(ROOT)), 0)])
    return found


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of the functions of dashboard.words, in the order of the lines."""
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    yield from sorted((call for call in named if call.func.id in KEYWORDS), key=lambda call: call.lineno)  # type: ignore[attr-defined]


def literals(call: ast.Call) -> tuple[str, ...]:
    """The texts of a call where they are written out; none where it is handed a text kept by `later`."""
    first = call.args[: KEYWORDS[call.func.id]]  # type: ignore[attr-defined]
    words = tuple(each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return words if len(words) == KEYWORDS[call.func.id] else ()  # type: ignore[attr-defined]


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
