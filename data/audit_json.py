"""JSON as the record hashes it: RFC 8785, written anew for the verifier, which shares nothing with the writer."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any


def canonical(value: Any) -> bytes:
    """The RFC 8785 form; what it has no form for as the decision file tells."""
    return "".join(_pieces(value)).encode()


def _pieces(value: Any) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield "null" if value is None else "true" if value else "false"
    elif isinstance(value, str):
        yield _text(value)
    elif isinstance(value, int):
        yield str(value) if abs(value) < 2**53 else f'"{value}"'
    elif isinstance(value, float):
        yield _number(value)
    elif isinstance(value, list | tuple):
        yield from _joined("[]", value, _pieces)
    elif isinstance(value, dict):
        names = sorted(value, key=lambda name: _whole(name).encode("utf-16-be"))
        yield from _joined("{}", names, lambda name: [_text(name), ":", *_pieces(value[name])])
    else:
        raise TypeError(f"{type(value).__name__} is no JSON")


def _joined(brackets: str, parts: Iterable[Any], of: Callable[[Any], Iterable[str]]) -> Iterator[str]:
    yield brackets[0]
    for place, part in enumerate(parts):
        yield "," if place else ""
        yield from of(part)
    yield brackets[1]


def _whole(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def _text(text: str) -> str:
    return json.dumps(_whole(text), ensure_ascii=False)


def _number(value: float) -> str:
    """A number as ECMAScript writes it: the shortest digits that read back as the same."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("is no number")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if 0 < point <= 21:
        shown = text.ljust(point, "0") if len(text) <= point else f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        shown = f"0.{'0' * -point}{text}"
    else:
        shown = f"{text[0]}{'.' if len(text) > 1 else ''}{text[1:]}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return ("-" if sign else "") + shown


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def read_object(text: Any) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("says one thing twice")
        return dict(pairs)

    read = json.loads(text, object_pairs_hook=once)
    if not isinstance(read, dict):
        raise ValueError("is no object")
    return read
