"""Sound files of every kind that is taken in, made by code, to be damaged by tests and `make fuzz-media`."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

from PIL import Image as Pillow

from recognition.faces import Image
from tests.recognition.clips import GREEN, RED, grey, square, walking, write_clip

PICTURES = 40
_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_PLAIN = Fraction(1, 25)  # the time base of codecs and containers that know no finer one
_FAST_START = {"movflags": "+faststart"}


def _pictures() -> Iterator[Image]:
    return walking(PICTURES, colours=(RED, GREEN), width=128, height=112)


def _clip(suffix: str, **how: object) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        path = folder / f"seed{suffix}"
        content = write_clip(path, _pictures(), **how).read_bytes()  # type: ignore[arg-type]
        path.unlink()
        return content

    return make


# name to (file's suffix, maker); every clip holds PICTURES pictures
CLIPS: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "mp4": (".mp4", _clip(".mp4")),
    "mp4, index first": (".mp4", _clip(".mp4", options=_FAST_START)),
    "mp4, fragments": (".mp4", _clip(".mp4", options=_FRAGMENTS)),
    "mp4, hevc": (".mp4", _clip(".mp4", codec="libx265")),
    "mov, mpeg4": (".mov", _clip(".mov", codec="mpeg4", b_frames=0, time_base=_PLAIN)),
    "mkv": (".mkv", _clip(".mkv")),
    "webm": (".webm", _clip(".webm", codec="libvpx", codec_options={"cpu-used": "8", "deadline": "realtime"})),
    "avi": (".avi", _clip(".avi", b_frames=0, time_base=_PLAIN)),
    "avi, mpeg4": (".avi", _clip(".avi", codec="mpeg4", time_base=_PLAIN)),
    "avi, mjpeg": (".avi", _clip(".avi", codec="mjpeg", time_base=_PLAIN, pix_fmt="yuvj420p")),
    "ts": (".ts", _clip(".ts")),
    "ts, mpeg2": (".ts", _clip(".ts", codec="mpeg2video", time_base=_PLAIN)),
    "mpeg": (".mpg", _clip(".mpg", codec="mpeg2video", time_base=_PLAIN)),
    "flv": (".flv", _clip(".flv", b_frames=0)),
    "asf": (".wmv", _clip(".wmv", codec="wmv2")),
    "gif": (".gif", _clip(".gif", codec="gif", pix_fmt="rgb8")),
    "h264": (".h264", _clip(".h264", b_frames=0)),
    "hevc": (".hevc", _clip(".hevc", codec="libx265")),
    "m4v": (".m4v", _clip(".m4v", codec="mpeg4", kind="m4v", time_base=_PLAIN)),
    "mjpeg": (".mjpeg", _clip(".mjpeg", codec="mjpeg", pix_fmt="yuvj420p")),
}


def _photo(kind: str, **how: object) -> Callable[[Path], bytes]:
    def make(_: Path) -> bytes:
        stream = BytesIO()
        picture = square(grey(160, 120), RED, 50, 40, 48)
        exif = Pillow.Exif()
        exif[0x0112], exif[0x010E] = 6, "<script>" * 20  # turned, and described
        more = {"exif": exif} if kind in _WITH_EXIF else {}
        Pillow.fromarray(picture[:, :, ::-1]).save(stream, kind, **more, **how)
        return stream.getvalue()

    return make


_WITH_EXIF = ("JPEG", "PNG", "WEBP", "TIFF")
PHOTOS: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "jpeg": (".jpg", _photo("JPEG")),
    "jpeg, progressive": (".jpg", _photo("JPEG", progressive=True)),
    "png": (".png", _photo("PNG")),
    "gif": (".gif", _photo("GIF")),
    "webp": (".webp", _photo("WEBP")),
    "webp, lossless": (".webp", _photo("WEBP", lossless=True)),
    "bmp": (".bmp", _photo("BMP")),
    "tiff": (".tif", _photo("TIFF")),
    "tiff, lzw": (".tif", _photo("TIFF", compression="tiff_lzw")),
}
