"""What a file's own bytes say of how long it should be, where FFmpeg does not tell: GIF and ASF (WMV).

FFmpeg hands out whatever follows a damaged place of a GIF as one large picture, and drops the length that stands in an
ASF's header as soon as the file is cut off.
"""

from pathlib import Path
from typing import BinaryIO

_MOST_BLOCKS = 10_000_000
_ASF_HEAD_BYTES = 1 << 16
# ASF specification, 3.2: the File Properties Object
_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_PLAY_DURATION_AT, _PREROLL_AT, _FLAGS_AT = 64, 80, 88
_IS_BROADCAST = 1


def gif_is_whole(path: Path) -> bool:
    """Whether the blocks of a GIF follow each other without a break to the trailer (GIF89a, appendix A)."""
    with path.open("rb") as file:
        head = file.read(13)
        if len(head) < 13 or head[:3] != b"GIF":
            return False
        file.seek(_table_bytes(head[10]), 1)
        for _ in range(_MOST_BLOCKS):
            kind = file.read(1)
            if kind == b";":
                return True
            if kind == b"!":
                file.seek(1, 1)
            elif kind == b",":
                picture = file.read(9)
                if len(picture) < 9:
                    return False
                file.seek(_table_bytes(picture[8]) + 1, 1)
            else:
                return False
            if not _past_sub_blocks(file):
                return False
    return False


def asf_end_s(path: Path) -> float | None:
    """Where an ASF claims to end, in seconds, by its header; None where it does not say (a live stream)."""
    with path.open("rb") as file:
        head = file.read(_ASF_HEAD_BYTES)
    at = head.find(_FILE_PROPERTIES)
    if at < 0 or len(head) < at + _FLAGS_AT + 4:
        return None
    duration, preroll, flags = (
        int.from_bytes(head[at + start : at + start + size], "little")
        for start, size in ((_PLAY_DURATION_AT, 8), (_PREROLL_AT, 8), (_FLAGS_AT, 4))
    )
    end_s = duration / 1e7 - preroll / 1e3
    return end_s if end_s > 0 and not flags & _IS_BROADCAST else None


def _table_bytes(flags: int) -> int:
    """Size of the colour table that a GIF's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _past_sub_blocks(file: BinaryIO) -> bool:
    """Go behind a row of sub-blocks; False where the file ends in one."""
    while size := file.read(1):
        if size == b"\x00":
            return True
        file.seek(size[0], 1)
    return False
