"""ZIPs of pictures and films from strangers: what is in them is told, and no trick in them comes out."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from data.errors import BadInput
from recognition import bundle
from recognition.apart_bundle import BundleApart
from recognition.bundle import Bundled, bundled, content, shown_name
from tests.recognition.made_stills import PHONE_EXIF, a_still, a_zip

PIXELS = 1_000_000


def written(folder: Path, data: bytes) -> Path:
    path = folder / "from the aunt.zip"
    path.write_bytes(data)
    return path


def looked(folder: Path, data: bytes) -> list[Bundled]:
    return list(bundled(written(folder, data), max_pixels=PIXELS))


def test_pictures_and_films_are_told_with_what_they_say_and_the_rest_with_its_reason(tmp_path: Path) -> None:
    found = looked(
        tmp_path,
        a_zip(
            {
                "DCIM/": b"", "DCIM/IMG_1.jpg": a_still(**PHONE_EXIF), "clip.MP4": b"\x00\x00\x00\x18ftypmp42",
                "notes.txt": b"hello", "__MACOSX/DCIM/._IMG_1.jpg": b"x", "DCIM/Thumbs.db": b"x", "empty.jpg": b"",
                "inner.zip": a_zip({"a.jpg": a_still()}), "cut.png": a_still("PNG")[:40],
            }
        ),
    )  # fmt: skip
    assert [(one.name, one.kind, one.why) for one in found] == [
        ("DCIM/IMG_1.jpg", "picture", ""),
        ("clip.MP4", "film", ""),
        ("notes.txt", "", "is no picture or film"),
        ("empty.jpg", "", "is empty"),
        ("inner.zip", "", "is no picture or film"),
        ("cut.png", "picture", found[5].why),
    ]
    assert found[5].why
    assert found[0].taken.device == "Apple iPhone 13"
    assert [one.number for one in found] == [1, 2, 3, 6, 7, 8]


def test_a_file_comes_out_as_it_went_in(tmp_path: Path) -> None:
    picture = a_still(**PHONE_EXIF)
    path = written(tmp_path, a_zip({"a.jpg": picture, "b.jpg": a_still("PNG")}, packed=True))
    assert b"".join(content(path, 0, most_bytes=1 << 20)) == picture
    with BundleApart(path) as child:
        assert child.bundle(max_pixels=PIXELS) == tuple(bundled(path, max_pixels=PIXELS))
        assert b"".join(child.content(0, most_bytes=1 << 20)) == picture
        with pytest.raises(BadInput, match="is larger than the 10 bytes"):
            list(child.content(0, most_bytes=10))
        with pytest.raises(BadInput, match="holds no file 7"):
            list(child.content(7, most_bytes=10))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\system32\\a.jpg", "system32/a.jpg"),
        ("a/b/c/d.jpg", "c/d.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("\x1b[2J\x00.jpg", "[2J .jpg"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("x" * 500, "x" * bundle.MOST_NAME),
    ],
)
def test_a_name_is_a_text_and_never_a_path(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_bomb_is_stopped_while_it_comes(tmp_path: Path) -> None:
    head = a_still()
    path = written(tmp_path, a_zip({"a.jpg": head + bytes(60 << 20)}, packed=True))
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match="unpacks to far more than it holds"):
        list(bundled(path, max_pixels=PIXELS))
    with pytest.raises(BadInput, match="unpacks to far more than it holds"):
        list(content(path, 0, most_bytes=1 << 30))


def test_entries_that_share_their_bytes_do_not_multiply_them(tmp_path: Path) -> None:
    """As in Fifield's "better zip bomb": many entries that all lead to one content."""
    picture = a_still() + bytes(2 << 20)
    plain = a_zip({"a.jpg": picture})
    start = plain.index(b"PK\x01\x02")
    central = plain[start : plain.index(b"PK\x05\x06")]
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 200, 200, len(central) * 200, start, 0)
    path = written(tmp_path, plain[:start] + central * 200 + end)
    with pytest.raises(BadInput, match="unpacks to far more than it holds"):
        list(bundled(path, max_pixels=PIXELS))


def test_locked_linked_and_oddly_packed_files_are_left_out_with_their_reason(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
        out.writestr(zipfile.ZipInfo("odd.jpg"), a_still(), zipfile.ZIP_LZMA)
        out.writestr("locked.jpg", a_still())
    data = stream.getvalue()
    at = data.rindex(b"PK\x01\x02")
    data = data[: at + 8] + struct.pack("<H", 1) + data[at + 10 :]
    assert [one.why for one in looked(tmp_path, data)] == [
        "is a link to another file", "is packed in a way that is not read here", "is locked with a password",
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x00" * 5000, b"PK\x03\x04" * 999])
def test_what_is_no_zip_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, data)
    try:
        assert list(bundled(path, max_pixels=PIXELS)) == []
    except BadInput as error:
        assert "is no ZIP archive, or a damaged one" in str(error)  # noqa: PT017


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_zip_that_is_cut_off_is_refused_in_words(tmp_path: Path, keep: float) -> None:
    data = a_zip({f"{n}.jpg": a_still() for n in range(5)})
    with pytest.raises(BadInput, match="is no ZIP archive, or a damaged one"):
        looked(tmp_path, data[: int(len(data) * keep)])


def test_flipped_bytes_anywhere_end_in_words_or_in_fewer_files(tmp_path: Path) -> None:
    data = bytearray(a_zip({f"{n}.jpg": a_still(**PHONE_EXIF) for n in range(3)}, packed=True))
    for at in range(0, len(data), 37):
        mutant = bytes(data[:at]) + bytes([data[at] ^ 0xFF]) + bytes(data[at + 1 :])
        try:
            assert len(looked(tmp_path, mutant)) <= 3
        except BadInput:
            continue


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_MEMBERS", 3)
    with pytest.raises(BadInput, match="holds 4 files, and at most 3 are taken"):
        looked(tmp_path, a_zip({f"{n}.jpg": b"x" for n in range(4)}))
