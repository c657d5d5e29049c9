"""Which kinds of file are opened as footage, and in plain words why another is not.

FFmpeg tells kinds by content, not by name: a text file named .mp4 that lists other files (concat, HLS) would
be followed. So only the kinds below are tried, and each of them holds its pictures in the file itself.
"""

import stat
from pathlib import Path

from data.errors import UnreadableFootage

# FFmpeg's names; dhav is what Dahua recorders export.
ALLOWED = "mov,matroska,avi,mpegts,mpeg,h264,hevc,m4v,mpegvideo,mjpeg,flv,asf,gif,dhav"

# Their clocks run on from an arbitrary start, so container time 0 is the first thing in the file.
RUNNING_CLOCK = frozenset({"mpegts", "mpeg", "dhav"})

# They hold no times at all: whatever FFmpeg reports for them is a guessed frame rate.
TIMELESS = frozenset({"h264", "hevc", "m4v", "mpegvideo", "mjpeg"})

# They hold decoding times only: pictures get them in the order in which they are shown.
DECODING_TIMES_ONLY = frozenset({"avi"})

# Their index lists every picture, so that none is lost without a word; times without a picture were meant so.
INDEXED = frozenset({"mov", "gif"})

_HEADS = (
    (b"PK\x03\x04", "is a ZIP archive; unpack it and give the video inside"),
    (b"Rar!", "is a RAR archive; unpack it and give the video inside"),
    (b"7z\xbc\xaf", "is a 7-Zip archive; unpack it and give the video inside"),
    (b"\x1f\x8b", "is a gzip archive; unpack it and give the video inside"),
    (b"BZh", "is a bzip2 archive; unpack it and give the video inside"),
    (b"\xfd7zXZ", "is an xz archive; unpack it and give the video inside"),
    (b"%PDF", "is a PDF, not a video"),
    (b"MZ", "is a Windows program, perhaps a recorder's player; export the recording as MP4, MKV or AVI"),
    (b"II*\x00", "is a TIFF or raw picture; save it as JPEG or PNG"),
    (b"MM\x00*", "is a TIFF or raw picture; save it as JPEG or PNG"),
    (b"%!PS", "is a PostScript document, not a video"),
    (b"\x7fELF", "is a program, not a video"),
    (b"#EXTM3U", "is a playlist that names other files; give the video itself"),
    (b"ffconcat", "is a list of other files; give the video itself"),
)
_SNIFFED_BYTES = 4096


def check_file(path: Path) -> None:
    """Refuse what is no ordinary file, before anything opens it: a pipe or a device would hang for ever.

    Raises
    ------
    UnreadableFootage
        The path is missing, may not be read, is empty, a folder, a pipe or a device.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFootage(f"{path.name}: cannot be read ({reason})") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFootage(f"{path.name}: is not a file but a {_kind(status.st_mode)}")
    if status.st_size == 0:
        raise UnreadableFootage(f"{path.name}: is empty (0 bytes); the copy or the export did not finish")


def refusal(path: Path) -> str:
    """Why FFmpeg could not open `path` as one of ALLOWED, in one plain sentence naming the file."""
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED_BYTES)
            if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip") and not _has_index(path):
                return (
                    f"{path.name}: the MP4 has no index (moov): the recording or the copy was cut off; "
                    "export it again, if possible as MKV or TS"
                )
    except OSError as error:
        return f"{path.name}: cannot be read ({error.strerror})"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for start, words in _HEADS:
        if head.startswith(start) or text.startswith(start):
            return f"{path.name}: {words}"
    if head[257:262] == b"ustar":
        return f"{path.name}: is a tar archive; unpack it and give the video inside"
    text = text.lower()
    if text.startswith((b"<?xml", b"<mpd", b"<smoothstreaming", b"<svg")):
        return f"{path.name}: is XML, such as a playlist, a drawing or a web page, not a video"
    if text.startswith((b"<!doctype", b"<html", b"<head")):
        return f"{path.name}: is a web page, perhaps an error message saved as video; download it again"
    if not any(byte < 9 for byte in head):
        return f"{path.name}: is text, not a video"
    return (
        f"{path.name}: is no video or picture that this program reads "
        "(MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)"
    )


def _kind(mode: int) -> str:
    for is_kind, word in ((stat.S_ISDIR, "folder"), (stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket")):
        if is_kind(mode):
            return word
    return "device"


def _has_index(path: Path) -> bool:
    """Whether a moov box stands among the top-level boxes of an MP4."""
    size_of_file = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        for _ in range(10_000):  # a hostile file may consist of headers only
            file.seek(at)
            header = file.read(16)
            if len(header) < 8:
                return False
            size, kind = int.from_bytes(header[:4]), header[4:8]
            if kind == b"moov":
                return True
            if size == 1 and len(header) == 16:
                size = int.from_bytes(header[8:16])
            if size < 8 or at + size >= size_of_file:
                return False
            at += size
    return False
