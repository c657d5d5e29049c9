import os
import zipfile
from pathlib import Path

import pytest

from data.errors import UnreadableFootage
from recognition.footage import frames, probe, segments
from recognition.tally import Tally
from tests.recognition.clips import giant_gif, walking, write_clip, write_sound


def refused(path: Path, *, max_pixels: int | None = None) -> str:
    with pytest.raises(UnreadableFootage) as caught:
        probe(path) if max_pixels is None else probe(path, max_pixels=max_pixels)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "list of other files"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "playlist"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"camera 4, front door\n" * 20, "is text"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"MZ\x90\x00" + bytes(200), "program"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "picture"),
        (bytes(range(256)) * 40, "no video or picture"),
    ],
)
def test_what_is_no_video_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "camera4.mp4"
    path.write_bytes(content)
    assert reason in refused(path)


def test_a_list_of_files_is_not_followed_even_to_a_good_video(tmp_path: Path) -> None:
    write_clip(tmp_path / "secret.mp4", walking(3))
    for content in ("ffconcat version 1.0\nfile secret.mp4\n", "#EXTM3U\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n"):
        path = tmp_path / "list.mp4"
        path.write_text(content)
        refused(path)


def test_a_name_that_looks_like_a_protocol_is_only_a_name(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", walking(3)).rename(tmp_path / "concat:a|b.mp4")
    assert probe(path).codec == "h264"


def test_a_zip_says_that_it_wants_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "export.mp4"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.mp4", b"x")
    assert "ZIP" in refused(path)


def test_a_pipe_a_device_and_a_folder_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    assert "pipe" in refused(pipe)
    assert "folder" in refused(tmp_path)
    assert "device" in refused(Path("/dev/zero"))
    link = tmp_path / "link.mp4"
    link.symlink_to("/dev/zero")
    assert "device" in refused(link)
    assert "cannot be read" in refused(tmp_path / "missing.mp4")


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    assert "sound but no video" in refused(write_sound(tmp_path / "a.mp4"))


def test_an_interrupted_recording_without_index_says_so(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "cut.mp4", walking(30))
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"moov") - 4])
    message = refused(path)
    assert "no index" in message
    assert "export it again" in message


def test_a_picture_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "large.mp4", walking(2, width=640, height=480))
    assert "640x480" in refused(path, max_pixels=320 * 240)
    for ask in (segments, frames):
        with pytest.raises(UnreadableFootage):
            list(
                ask(path, 1.0, max_pixels=76_800)
                if ask is segments
                else ask(path, None, sample_fps=1, tally=Tally(), max_pixels=76_800)
            )


def test_a_gif_that_asks_for_a_gigabyte_gets_none(tmp_path: Path) -> None:
    refused(giant_gif(tmp_path / "bomb.gif"))


def test_pictures_that_grow_too_large_on_the_way_are_counted_not_shown(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "s.h264", walking(10, width=160, height=120))
    large = write_clip(tmp_path / "l.h264", walking(10, width=640, height=480))
    path = tmp_path / "grows.h264"
    path.write_bytes(small.read_bytes() + large.read_bytes() + small.read_bytes())
    tally = Tally()
    found = list(frames(path, None, sample_fps=None, tally=tally, max_pixels=320 * 240))
    coverage = tally.coverage()
    assert {frame.image_bgr.shape for frame in found} == {(120, 160, 3)}
    assert len(found) == 20
    assert coverage.packets_read == 30
    assert coverage.packets_unreadable == 10
    assert coverage.unreadable_spans_s
