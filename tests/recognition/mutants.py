"""Sound files with something done to them: by chance, but the same for the same number."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_EXTREMES = (
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF0, 0x0100_0000,
)  # fmt: skip
_HEAD = 2048


@dataclass(frozen=True)
class Mutant:
    """Number `number`: the seed called `seed` after the `ways`."""

    number: int
    seed: str
    content: bytes
    ways: tuple[str, ...]


def mutant(number: int, seeds: Mapping[str, bytes], *, salt: str = "") -> Mutant:
    """The mutant of that number: one of the seeds with one to four things done to it."""
    dice = random.Random(f"{salt}{number}")
    names = sorted(seeds)
    seed = dice.choice(names)
    content = bytearray(seeds[seed])
    ways = tuple(dice.choice(list(_WAYS)) for _ in range(dice.choice((1, 1, 1, 2, 3, 4))))
    for way in ways:
        if content:
            _WAYS[way](content, dice, seeds[dice.choice(names)])
    return Mutant(number, seed, bytes(content), ways)


def _place(content: bytearray, dice: random.Random) -> tuple[int, int]:
    """Where, and how many bytes: mostly few, sometimes an eighth of all."""
    most = len(content) if dice.random() < 0.5 else min(len(content), _HEAD)
    size = dice.choice((1, 2, 4, 16, 188, 512, 4096, max(1, len(content) // 8)))
    return dice.randrange(most), size


def _noise(content: bytearray, dice: random.Random, _: bytes) -> None:
    at, size = _place(content, dice)
    content[at : at + size] = dice.randbytes(len(content[at : at + size]))


def _hole(content: bytearray, dice: random.Random, _: bytes) -> None:
    at, size = _place(content, dice)
    content[at : at + size] = bytes(len(content[at : at + size]))


def _cut(content: bytearray, dice: random.Random, _: bytes) -> None:
    at, size = _place(content, dice)
    del content[at : at + size]


def _truncated(content: bytearray, dice: random.Random, _: bytes) -> None:
    del content[dice.randrange(len(content)) :]


def _flips(content: bytearray, dice: random.Random, _: bytes) -> None:
    for _bit in range(dice.choice((1, 3, 20, 200))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def _head_flips(content: bytearray, dice: random.Random, _: bytes) -> None:
    for _bit in range(dice.choice((1, 3, 8))):
        content[dice.randrange(min(len(content), _HEAD))] ^= 1 << dice.randrange(8)


def _extreme(content: bytearray, dice: random.Random, _: bytes) -> None:
    """A number that is as large, small or odd as can be, where a number may stand."""
    at, _size = _place(content, dice)
    width = dice.choice((2, 4, 8))
    value = dice.choice(_EXTREMES) & ((1 << 8 * width) - 1)
    content[at : at + width] = value.to_bytes(width, dice.choice(("big", "little")))


def _tail_extreme(content: bytearray, dice: random.Random, _: bytes) -> None:
    """The same near the end, where many containers keep their index."""
    at = max(0, len(content) - dice.randrange(1, _HEAD))
    width = dice.choice((1, 2, 4, 8))
    value = dice.choice(_EXTREMES) & ((1 << 8 * width) - 1)
    content[at : at + width] = value.to_bytes(width, "big")


def _twice(content: bytearray, dice: random.Random, _: bytes) -> None:
    at, size = _place(content, dice)
    content[at:at] = content[at : at + size] * dice.choice((1, 2, 30))


def _swapped(content: bytearray, dice: random.Random, _: bytes) -> None:
    at, size = _place(content, dice)
    other = dice.randrange(len(content))
    one, two = bytes(content[at : at + size]), bytes(content[other : other + size])
    content[at : at + len(two)] = two
    content[other : other + len(one)] = one


def _spliced(content: bytearray, dice: random.Random, other: bytes) -> None:
    """The beginning of one file and the end of another."""
    content[dice.randrange(len(content)) :] = other[dice.randrange(max(1, len(other))) :]


def _grafted(content: bytearray, dice: random.Random, other: bytes) -> None:
    """A piece of another file in the middle of this one."""
    at, size = _place(content, dice)
    start = dice.randrange(max(1, len(other)))
    content[at : at + size] = other[start : start + size]


def _appended(content: bytearray, dice: random.Random, other: bytes) -> None:
    content += dice.choice((b"PK\x03\x04", b"#EXTM3U\nfile:///etc/passwd\n", b"<svg onload=alert(1)>", b"", bytes(64)))
    content += other


_WAYS: dict[str, Callable[[bytearray, random.Random, bytes], None]] = {
    "noise": _noise, "hole": _hole, "cut": _cut, "truncated": _truncated, "flips": _flips, "head flips": _head_flips,
    "extreme": _extreme, "tail extreme": _tail_extreme, "twice": _twice, "swapped": _swapped, "spliced": _spliced,
    "grafted": _grafted, "appended": _appended,
}  # fmt: skip
