"""Text on its way into the map: the only way words reach folium and Leaflet.

folium writes text into a JavaScript template literal and Leaflet sets tooltips as HTML, so ``html.escape`` alone
stops neither a script nor a stray quote that blanks the map. A numeric entity is inert in all of these places.
"""

import unicodedata

_DANGEROUS = frozenset("&<>\"'`\\${}")
_SEPARATORS = frozenset("\u2028\u2029")  # line ends to JavaScript, though not to most editors
_INVISIBLE_BUT_NEEDED = frozenset("\u200c\u200d")  # joiners that Persian, Hindi and emoji are spelled with


def map_text(text: str) -> str:
    """`text` as HTML that shows itself and can do nothing else; control characters become spaces.

    Direction overrides, which would show a name in another order than it was written, are left out.
    """
    return "".join(_safe(character) for character in text)


def _safe(character: str) -> str:
    if character in _DANGEROUS:
        return f"&#{ord(character)};"
    if character in _INVISIBLE_BUT_NEEDED:
        return character
    category = unicodedata.category(character)
    if character in _SEPARATORS or category in {"Cc", "Cs"}:  # controls, and lone surrogates that no encoder takes
        return " "
    return "" if category == "Cf" else character
