"""A case as a bag: what is in it, that it proves itself, and that nobody else is to be seen in a redacted one."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import av
import bagit
import pytest

from casework import custody
from casework.bag_verify import is_signed
from casework.export import export_case
from casework.export_redacted import Means
from data.errors import BadInput, Damaged, DiskFull, NotAllowed
from data.models import Footage, MatchState, Review, Subject, Verdict, utc_now
from data.store import Store, open_store
from recognition.eyes import OwnEyes
from tests.casework.exported import A_CASE, a_kept_case
from tests.factories import NOON
from tests.fakes import Anyone, FakeEngine

MEANS = Means(OwnEyes(), FakeEngine(), settings={"thoroughness": "balanced"})


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Store:
    return a_kept_case(store, tmp_path)


def run_verifier(bag: Path, *more: str) -> tuple[int, str]:
    """The bag's own verifier, as somebody would run it who has nothing but Python."""
    command = [sys.executable, "-I", "-S", str(bag / "verify.py"), str(bag), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def exported(kept: Store, target: Path, *, is_redacted: bool = False) -> Path:
    return export_case(kept, A_CASE, target, is_redacted=is_redacted, by="Ann", means=MEANS).path


def test_an_original_export_holds_everything_and_proves_itself(kept: Store, tmp_path: Path) -> None:
    bag = exported(kept, tmp_path / "bag")
    assert bagit.Bag(str(bag)).is_valid()
    assert run_verifier(bag, "--key", custody.public_key(kept))[0] == 0
    (footage,) = kept.footages(A_CASE)
    (original,) = (bag / "data" / "footage").iterdir()
    assert original.read_bytes() == b"".join(kept.files.chunks(footage.sha256))
    told = {path.stem: json.loads(path.read_text()) for path in (bag / "data").glob("*.json")}
    (match,) = told["matches"]["confirmed"]
    assert {review["by"] for review in match["reviews"]} == {"Ben", "Cid"}
    assert match["models"] == {"colours": "0" * 64}
    assert (match["similarity"], match["review_floor"]) == (0.97, 0.4)
    assert told["matches"]["others"] == {"rejected": 1}
    (search,) = told["footage"][0]["searches"]
    assert search["coverage"]["frames_decoded"] == 98
    assert search["coverage"]["unreadable_spans_s"] == [[1.0, 2.5]]
    assert told["settings"] == {"thoroughness": "balanced"}
    item = next(item for item in told["custody"] if item["kind"] == "footage")
    assert [act["action"] for act in item["acts"]] == ["footage added"]


def test_an_export_stands_in_the_record_with_what_it_signed(kept: Store, tmp_path: Path) -> None:
    bag = exported(kept, tmp_path / "bag")
    begun, done = (e for e in kept.audit_entries(A_CASE) if e.action in ("export begun", "case exported"))
    signed = json.loads((bag / "signed.json").read_text())
    assert (begun.by, done.details["manifest_sha256"]) == ("Ann", signed["manifest_sha256"])
    assert custody.verify(signed, public_key=custody.public_key(kept))


RECORD = "data/record.jsonl"
TAMPERS = {
    "a changed file": lambda bag: (bag / "data/case.json").write_text("{}"),
    "a missing file": lambda bag: (bag / "data/sightings.json").unlink(),
    "an added file": lambda bag: (bag / "data/more.json").write_text("{}"),
    "a file and its sums": lambda bag: _change_with_sums(bag, "data/case.json", lambda t: t.replace("2026", "2025")),
    "an entry's details": lambda bag: _change_with_sums(bag, RECORD, lambda t: t.replace("clip.mp4", "clap.mp4")),
    "an entry taken out": lambda bag: _change_with_sums(bag, RECORD, _without_the_third_line),
    "another's entry": lambda bag: _change_with_sums(bag, RECORD, _another_content),
    "the signature": lambda bag: _change(bag / "signed.json", "made_by", "Mallory"),
    "the bag's own words": lambda bag: (bag / "README.txt").write_text("Trust me"),
    "a link out of it": lambda bag: _link(bag),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bag nobody has touched, made once."""
    folder = tmp_path_factory.mktemp("sound")
    store = open_store(folder / "home").guarded(Anyone())
    bag = exported(a_kept_case(store, folder), folder / "bag")
    store.close()
    return bag


@pytest.mark.parametrize("tamper", TAMPERS)
def test_the_verifier_finds_every_change(sound: Path, tmp_path: Path, tamper: str) -> None:
    bag = Path(shutil.copytree(sound, tmp_path / "bag"))
    TAMPERS[tamper](bag)
    code, said = run_verifier(bag)
    assert code == 1
    assert "WRONG" in said
    assert "Traceback" not in said


def test_an_export_signed_by_somebody_else_is_not_taken(sound: Path) -> None:
    assert run_verifier(sound, "--key", "ab" * 32)[0] == 1


def _change_with_sums(bag: Path, name: str, change) -> None:  # type: ignore[no-untyped-def]
    """Change a file and make every sum right, as one would who has no key."""
    path = bag / name
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before
    saved = bagit.Bag(str(bag))
    saved.save(manifests=True)


def _without_the_third_line(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:2] + lines[3:])


def _another_content(text: str) -> str:
    lines = [json.loads(line) for line in text.splitlines()]
    next(line for line in lines if "content" in line)["content"] = "0" * 64
    return "".join(json.dumps(line) + "\n" for line in lines)


def _change(path: Path, name: str, value: str) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))


def _link(bag: Path) -> None:
    outside = bag.parent / "case.json"
    shutil.move(bag / "data/case.json", outside)
    (bag / "data/case.json").symlink_to(outside)


def test_a_zip_holds_the_same_bag(kept: Store, tmp_path: Path) -> None:
    packed = exported(kept, tmp_path / "case.zip")
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(tmp_path / "out")
    assert run_verifier(tmp_path / "out" / "case")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name or "packing" in path.name) == []


def test_nothing_of_a_redacted_export_shows_or_tells_of_anybody_else(kept: Store, tmp_path: Path) -> None:
    bag = exported(kept, tmp_path / "bag", is_redacted=True)
    assert run_verifier(bag)[0] == 0
    assert not (bag / "data" / "footage").exists()
    text = "".join(path.read_text("utf-8") for path in (bag / "data").glob("*.*") if path.suffix != ".mp4")
    assert "the owner's telephone" not in text
    assert "what neighbours say" not in text
    assert "@SUM(1)" not in text, "the note of a request"
    assert '"source"' not in text, "who told of a sighting"
    (film,) = (bag / "data" / "films").iterdir()
    with av.open(io.BytesIO(film.read_bytes())) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        pictures = [picture.to_ndarray(format="bgr24") for picture in container.decode(video=0)]
    faces = [FakeEngine().detect(picture).box_px for picture in pictures]
    assert all(len(found) <= 1 for found in faces)
    assert sum(len(found) for found in faces) > len(pictures) / 2, "the subject is still to be seen"
    derived = json.loads((bag / "data" / "derived.json").read_text())
    assert {one["parent_sha256"] for one in derived} >= {kept.footages(A_CASE)[0].sha256}


def test_names_from_outside_become_no_paths_and_no_formulas(kept: Store, tmp_path: Path) -> None:
    (footage,) = kept.footages(A_CASE)
    with kept.writing() as writing:
        writing.change(Footage, footage.id, original_name="../../=cmd|' /C calc'!A0.mp4\x1b", export_notes="=1+1")
    bag = exported(kept, tmp_path / "bag")
    (original,) = (bag / "data" / "footage").iterdir()
    assert original.name == f"{footage.id}-cmd-C-calc-A0.mp4"
    assert run_verifier(bag)[0] == 0
    for path in (bag / "data").glob("*.csv"):
        assert '"=' not in path.read_text()


def test_a_child_is_exported_only_when_released(kept: Store, tmp_path: Path) -> None:
    from dataclasses import replace

    case = kept.case(A_CASE)
    with kept.writing() as writing:
        writing.change_case(replace(case, subject=Subject("Aino", utc_now().date())))
    with pytest.raises(NotAllowed):
        exported(kept, tmp_path / "bag")
    with kept.writing() as writing:
        writing.change_case(replace(case, subject=Subject("Aino", utc_now().date()), release_reason="to the school"))
    assert exported(kept, tmp_path / "bag").is_dir()


def test_an_export_of_a_changed_original_is_refused_and_leaves_nothing(kept: Store, tmp_path: Path) -> None:
    (footage,) = kept.footages(A_CASE)
    path = kept.files.path(footage.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match=r"clip\.mp4.*backup"):
        exported(kept, tmp_path / "bag")
    assert not list(tmp_path.glob("bag*"))


def test_an_export_overwrites_nothing_and_asks_for_room_first(
    kept: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bag").mkdir()
    with pytest.raises(BadInput, match="never overwrites"):
        exported(kept, tmp_path / "bag")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(DiskFull, match="bytes of disk space are missing"):
        exported(kept, tmp_path / "other")


def test_half_confirmed_matches_stay_here(kept: Store, tmp_path: Path) -> None:
    with kept.writing() as writing:
        writing.set_match_state("m-1", MatchState.HALF_CONFIRMED)
        writing.add_review(Review("r-9", "m-1", Verdict.UNDO, "Cid", "", NOON), sequence=3)
        writing.audit(at=utc_now(), by="Ben", action="match confirm", case_id=A_CASE, match="m-1")
    bag = exported(kept, tmp_path / "bag")
    assert json.loads((bag / "data/matches.json").read_text()) == {
        "confirmed": [],
        "others": {"undecided": 1, "rejected": 1},
    }
    assert "match confirm" not in (bag / "data/record.jsonl").read_text()
    assert run_verifier(bag)[0] == 0
    assert not (bag / "data/matches").exists()


# RFC 8032, 7.1: keys, messages, signatures
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_verifier_in_the_bag_knows_the_signatures_of_rfc_8032(key: str, message: str, signature: str) -> None:
    raw = bytes.fromhex(signature)
    assert is_signed(bytes.fromhex(key), bytes.fromhex(message), raw)
    assert not is_signed(bytes.fromhex(key), bytes.fromhex(message) + b"x", raw)
    assert not is_signed(bytes.fromhex(key), bytes.fromhex(message), raw[:-1] + bytes([raw[-1] ^ 1]))
    assert not is_signed(bytes.fromhex(key), bytes.fromhex(message), raw[:10])
