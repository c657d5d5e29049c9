"""Benchmarks without their material say so; with it, what they search for is never what they pasted."""

from pathlib import Path

import pytest

from benchmarks import completeness, footage_made, material, run, scan_memory, scan_speed
from benchmarks.made_heads import all_heads, references_of, strangers
from tests.material import shared


@pytest.mark.parametrize("benchmark", [scan_speed, completeness, scan_memory, footage_made])
def test_a_benchmark_without_material_says_so_and_passes(
    benchmark: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(material, "FACES", tmp_path / "nowhere")
    assert benchmark.main([]) == 0  # type: ignore[attr-defined]
    assert "skipped: no ../shared" in capsys.readouterr().out


def test_a_part_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["sacn"]) == 2
    assert "'sacn' is no part" in capsys.readouterr().err


def test_made_clips_are_kept_where_the_setting_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LASTSEEN_BENCH", str(tmp_path / "kept"))
    assert material.cache_folder() == tmp_path / "kept"
    assert (tmp_path / "kept").is_dir()


def test_no_reference_photo_and_no_stranger_is_ever_pasted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shared("faces/lfw10/labels.csv")
    monkeypatch.setenv("LASTSEEN_BENCH", str(tmp_path))
    heads = all_heads()
    pasted = {head.file for head in heads}
    people = {head.person for head in heads}
    for person in ("Tony_Blair", "Gerhard_Schroeder"):
        assert person in people
        assert len(references_of(person)) == 3
        assert not pasted & {path.name for path in references_of(person)}
    assert not people & set(strangers())
    assert all(min(h.box_px[2] - h.box_px[0], h.box_px[3] - h.box_px[1]) == pytest.approx(128) for h in heads)
