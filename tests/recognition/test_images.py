"""Still pictures from strangers: sizes first, pixels after, one clear line when a picture cannot be used."""

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from data.errors import UnreadableImage
from recognition.images import read_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30), colour: object = RED) -> Pillow.Image:
    return Pillow.new(mode, size, colour)  # type: ignore[arg-type]


def saved(image: Pillow.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is that large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_each_kind_gives_blue_green_red_bytes(kind: str) -> None:
    image = read_image(saved(picture(), kind))
    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - [0, 0, 255]).max() < 5


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [
        ("L", 200, "PNG"),
        ("1", 1, "PNG"),
        ("P", 3, "GIF"),
        ("LA", (200, 255), "PNG"),
        ("RGBA", (10, 20, 30, 255), "PNG"),
        ("CMYK", (0, 0, 0, 0), "JPEG"),
        ("I;16", 40_000, "PNG"),
        ("I", 40_000, "TIFF"),
        ("F", 0.5, "TIFF"),
        ("YCbCr", (100, 128, 128), "JPEG"),
    ],
)
def test_every_kind_of_pixel_becomes_three_bytes(mode: str, colour: object, kind: str) -> None:
    image = read_image(saved(picture(mode, colour=colour), kind))
    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8


def test_greys_of_sixteen_bits_keep_their_shades() -> None:
    greys = np.linspace(0, 65535, 40 * 30).reshape(30, 40).astype(np.uint16)
    image = read_image(saved(Pillow.fromarray(greys), "PNG"))
    assert np.abs(image[:, :, 0].astype(int) - greys // 256).max() <= 1


def test_transparent_parts_lie_on_white() -> None:
    assert (read_image(saved(picture("RGBA", colour=(255, 0, 0, 0)), "PNG")) == 255).all()
    assert (read_image(saved(picture("LA", colour=(0, 0)), "PNG")) == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_camera_was(orientation: int) -> None:
    upright = picture(size=(60, 40), colour=BLUE)
    upright.paste(RED, (0, 0, 30, 20))  # red stands at the top left
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that undo each orientation
    stored = upright.transpose(Pillow.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = read_image(saved(stored, "PNG", exif=exif))
    assert image.shape == (40, 60, 3)
    assert tuple(image[5, 5]) == RED[::-1]
    assert tuple(image[35, 55]) == BLUE[::-1]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [picture(colour=GREEN), picture(colour=RED)]
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert np.abs(read_image(content)[10, 10].astype(int) - GREEN[::-1]).max() < 5


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (50_000, 3_000), (2**31 - 1, 2**31 - 1), (10_000, 4_001)]
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_unfolds(width: int, height: int) -> None:
    begun = time.monotonic()
    with pytest.raises(UnreadableImage, match="pixels") as refused:
        read_image(png_that_claims(width, height), name="bomb.png")
    assert str(refused.value).startswith("bomb.png: ")
    assert time.monotonic() - begun < 1


def test_a_phones_double_jpeg_gives_its_first_picture() -> None:
    content = saved(picture(colour=RED), "MPO", save_all=True, append_images=[picture(colour=BLUE)])
    assert np.abs(read_image(content).astype(int) - RED[::-1]).max() < 5


def test_every_kind_is_known_from_the_first_picture_on(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(saved(picture(), "WEBP"))
    code = f"from recognition.images import read_image; read_image({str(tmp_path / 'photo')!r})"
    project = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=project, check=False, timeout=60).returncode == 0


def test_the_limit_is_the_callers() -> None:
    content = saved(picture(size=(100, 100)), "PNG")
    assert read_image(content, max_pixels=10_000).shape == (100, 100, 3)
    with pytest.raises(UnreadableImage, match="100 x 100 pixels is more than the 9,999 allowed"):
        read_image(content, max_pixels=9_999)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_off_picture_is_refused_in_one_line(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    content = saved(Pillow.fromarray(noise), kind)
    with pytest.raises(UnreadableImage) as refused:
        read_image(content[: int(len(content) * share)], name="photo")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        b"\x89PNG\r\n\x1a\n",
        b"P6 9 9 255 ",
    ],
)
def test_what_is_no_picture_of_a_known_kind_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableImage, match="photo: "):
        read_image(content, name="photo")


@pytest.mark.parametrize("kind", ["EPS", "PPM", "ICO", "TGA", "PCX"])
def test_kinds_off_the_list_are_refused(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="known kind"):
        read_image(saved(picture(), kind))


def test_files_are_named_and_folders_pipes_and_missing_files_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(saved(picture(), "PNG"))
    assert read_image(good).shape == (30, 40, 3)
    assert read_image(str(good)).shape == (30, 40, 3)
    os.mkfifo(tmp_path / "pipe")
    for bad in (tmp_path, tmp_path / "gone.png", tmp_path / "pipe"):
        with pytest.raises(UnreadableImage, match=bad.name):
            read_image(bad)


@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@given(data=st.data())
def test_a_damaged_picture_gives_a_picture_or_one_clear_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"]))
    content = bytearray(saved(picture(size=(16, 12)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = read_image(bytes(content), max_pixels=100_000)
    except UnreadableImage:
        return
    assert image.ndim == 3
    assert image.shape[2] == 3
