"""How many SMS a text takes: GSM 03.38's seven-bit alphabet where it suffices, UCS-2 else (3GPP TS 23.038, 23.040)."""

from dataclasses import dataclass

# 3GPP TS 23.038, 6.2.1: the default alphabet without its escape, and the extension table, whose letters cost two
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_ONE_GSM, _PART_GSM = 160, 153  # septets; a part gives up 7 to say which part it is
_ONE_UCS2, _PART_UCS2 = 70, 67  # 16-bit units


@dataclass(frozen=True)
class SmsLength:
    """`units` are septets (GSM-7) or 16-bit units (UCS-2)."""

    is_gsm7: bool
    units: int
    segments: int


def sms_length(text: str) -> SmsLength:
    """How a text is sent as SMS; no letter is torn between two parts.

    >>> sms_length("")
    SmsLength(is_gsm7=True, units=0, segments=1)
    >>> sms_length("a" * 160).segments, sms_length("a" * 161).segments
    (1, 2)
    >>> sms_length("€" * 80), sms_length("ё" * 71).segments
    (SmsLength(is_gsm7=True, units=160, segments=1), 2)
    """
    is_gsm7 = all(letter in _BASIC or letter in _EXTENDED for letter in text)
    if is_gsm7:
        costs = [2 if letter in _EXTENDED else 1 for letter in text]
        whole, part = _ONE_GSM, _PART_GSM
    else:
        costs = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
        whole, part = _ONE_UCS2, _PART_UCS2
    units = sum(costs)
    return SmsLength(is_gsm7, units, 1 if units <= whole else _parts(costs, part))


def _parts(costs: list[int], part: int) -> int:
    count, used = 1, 0
    for cost in costs:
        if used + cost > part:
            count, used = count + 1, 0
        used += cost
    return count
