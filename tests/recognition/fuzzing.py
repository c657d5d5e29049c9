"""Damaged files through the confined child, one after the other, and what came of each.

One child looks at many mutants: they are written over each other into the one file it may read. It is replaced when it
dies, and after `_MUTANTS_A_CHILD`. Every mutant must end in a refusal with its reason, in results whose counts hold
against a plain count made elsewhere (`tests.recognition.plain_count`), or in a ChildKilled that says why.
"""

import json
import re
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import ChildKilled, LastSeenError
from data.models import Coverage, Thoroughness
from recognition.apart import Apart, ChildLimits, Opening
from recognition.footage import Segment
from recognition.references import References
from tests.recognition.mutants import Mutant

PIXELS = 40_000_000
PLAIN_COUNT = Path(__file__).with_name("plain_count.py")
_PROGRAM = "tests.recognition.harmful_child"  # with the engine "fake", which does no harm
_MUTANTS_A_CHILD = 250


@dataclass
class Result:
    """What came of the mutants so far. `problems` must stay empty; `lost` are pictures less than the seed's."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    peak_kib: int = 0
    pictures_read: int = 0
    lost_pictures: int = 0
    lost_said: int = 0
    lost_unknowable: Counter[str] = field(default_factory=Counter)
    children: int = 0
    plain_counts: int = 0

    def lines(self) -> list[str]:
        """The report, one fact a line."""
        return [
            f"outcomes: {dict(self.outcomes.most_common())}",
            f"children: {self.children}, most memory one held: {self.peak_kib / 1024:.0f} MiB",
            f"children that died, each with its reason: {dict(self.killed)}",
            f"counts held against a plain count of their own: {self.plain_counts}",
            f"pictures read: {self.pictures_read}; files that gave fewer pictures than their seed: "
            f"{self.lost_said + self.lost_unknowable.total()} ({self.lost_pictures} pictures); of these files said so: "
            f"{self.lost_said}; hold no trace of what is gone: {dict(self.lost_unknowable.most_common())}",
            f"refusals: {dict(self.refusals.most_common(12))}",
            f"problems: {len(self.problems)}",
            *self.problems[:20],
        ]


class PlainCounter:
    """The plain count, in a process of its own."""

    def __init__(self) -> None:
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(PLAIN_COUNT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def count(self, path: Path) -> dict[str, Any] | None:
        """The counts; None where counting cost the process its life."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        if line := self._process.stdout.readline():
            counted: dict[str, Any] = json.loads(line)
            return counted
        self.close()
        self._process = self._started()
        return None

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Fuzz:
    """Looks at mutants; use as a context manager."""

    def __init__(self, folder: Path, references: References, *, memory_mb: int = 1024) -> None:
        self._path = folder / "camera4.mp4"
        self._path.touch()
        self._opening = Opening("fake", models_dir=folder / "models", cache_dir=folder / "engines")
        self._limits = ChildLimits(memory_mb=memory_mb, segment_s=30.0)
        self._references = references
        self._child: Apart | None = None
        self._served = 0
        self._plain = PlainCounter()
        self.result = Result()

    def __enter__(self) -> "Fuzz":
        return self

    def __exit__(self, *_: object) -> None:
        self._replace()
        self._plain.close()

    def footage(self, mutant: Mutant, *, pictures: int) -> None:
        """Read a mutant of a clip that held so many pictures."""
        self._write(mutant)
        with self._judged(mutant) as judged:
            judged.coverage = self._read(mutant)
        if judged.coverage is not None:
            self.result.pictures_read += judged.coverage.frames_decoded
            self._hold_against_plain(mutant, judged.coverage)
            self._note_lost(mutant, judged.coverage, pictures)

    def photo(self, mutant: Mutant) -> None:
        """Check a mutant of a reference photo."""
        self._write(mutant)
        with self._judged(mutant):
            checked = self._asked().check_photo(name="him.jpg", max_pixels=PIXELS)
            if not (checked.preview_jpeg.startswith(b"\xff\xd8") and checked.crop_jpeg.startswith(b"\xff\xd8")):
                self._problem(mutant, "a checked photo without its pictures")

    def _read(self, mutant: Mutant) -> Coverage:
        """Everything a worker asks for a footage; gives the coverage of the whole in one piece."""
        child = self._asked()
        info = child.probe(max_pixels=PIXELS)
        parts = child.segments(0.5, max_pixels=PIXELS)
        whole = Segment(0, 0.0, max(info.duration_s or 0.0, 1.0))
        how = {"references": self._references, "max_pixels": PIXELS}
        coverage = child.scan_segment(whole, thoroughness=Thoroughness.EVERY_FRAME, **how).coverage  # type: ignore[arg-type]
        if mutant.number % 4 == 0:
            for part in parts:
                self._check_sums(mutant, child.scan_segment(part, **how).coverage)  # type: ignore[arg-type]
        if mutant.number % 10 == 0:
            child.first_look(max_pixels=PIXELS)
            child.pictures_at(info.first_frame_s, (1.0, 1.0, 20.0, 20.0), max_pixels=PIXELS)
        self._check_sums(mutant, coverage)
        return coverage

    def _check_sums(self, mutant: Mutant, coverage: Coverage) -> None:
        """What must hold whatever the file is."""
        if not 0 <= coverage.frames_examined <= coverage.frames_decoded:
            self._problem(mutant, f"more examined than decoded: {coverage}")
        if not 0 <= coverage.packets_unreadable <= coverage.packets_read:
            self._problem(mutant, f"more unreadable than read: {coverage}")
        if any(end <= start for start, end in coverage.unreadable_spans_s):
            self._problem(mutant, f"a span that ends before it begins: {coverage}")

    def _hold_against_plain(self, mutant: Mutant, coverage: Coverage) -> None:
        """The counts against those of a plain loop, in another process."""
        plain = self._plain.count(self._path)
        if plain is None:
            self.result.killed["the plain counter crashed"] += 1
            return
        if not plain["opened"]:
            self._problem(mutant, "read here, but the plain counter could not open it")
            return
        self.result.plain_counts += 1
        told = f"said {coverage}, counted {plain}"
        if coverage.frames_decoded != plain["pictures"] or coverage.frames_claimed != plain["claimed"]:
            self._problem(mutant, f"pictures differ: {told}")
        # a GIF whose blocks break off counts as one packet more, which cannot be read
        more = coverage.packets_read - plain["packets"] - plain["failures"]
        if more and not (more == 1 and plain["kind"] == "gif"):
            self._problem(mutant, f"packets differ: {told}")
        missing = coverage.packets_read - coverage.frames_decoded - plain["hidden"]
        # half a packet beside one that gave its picture is no packet lost, but its moment is an unreadable span
        if missing > coverage.packets_unreadable + len(coverage.unreadable_spans_s):
            self._problem(mutant, f"{missing} packets gave no picture and nobody said so: {told}")

    def _note_lost(self, mutant: Mutant, coverage: Coverage, pictures: int) -> None:
        """Whether a file that gives fewer pictures than it once held says that something is missing."""
        lost = pictures - coverage.frames_decoded
        if lost <= 0:
            return
        self.result.lost_pictures += lost
        claims_more = (coverage.frames_claimed or 0) > coverage.frames_decoded
        if coverage.packets_unreadable or coverage.unreadable_spans_s or claims_more:
            self.result.lost_said += 1
        else:
            self.result.lost_unknowable[mutant.seed] += 1

    def _write(self, mutant: Mutant) -> None:
        """Into the same file: the child may open no other."""
        with self._path.open("r+b") as file:
            file.write(mutant.content)
            file.truncate()

    def _asked(self) -> Apart:
        """The child, a fresh one where it is dead or has served for long."""
        if self._child is None or not self._child.is_alive or self._served >= _MUTANTS_A_CHILD:
            self._replace()
            self._child = Apart(self._path, opening=self._opening, limits=self._limits, program=_PROGRAM)
            self.result.children += 1
        self._served += 1
        return self._child

    def _replace(self) -> None:
        if self._child is not None:
            self._child.close()
        self._child, self._served = None, 0

    def _problem(self, mutant: Mutant, what: str) -> None:
        self.result.problems.append(f"mutant {mutant.number} ({mutant.seed}: {', '.join(mutant.ways)}): {what}")

    def _judged(self, mutant: Mutant) -> "_Judged":
        return _Judged(self, mutant)

    def note_memory(self) -> None:
        """The most resident memory that the child ever held (VmHWM, proc(5))."""
        if self._child is None:
            return
        try:
            status = Path(f"/proc/{self._child.pid}/status").read_text()
        except OSError:
            return
        if found := re.search(r"VmHWM:\s+(\d+) kB", status):
            self.result.peak_kib = max(self.result.peak_kib, int(found[1]))


class _Judged:
    """Notes how looking at one mutant ended."""

    def __init__(self, fuzz: Fuzz, mutant: Mutant) -> None:
        self._fuzz, self._mutant = fuzz, mutant
        self.coverage: Coverage | None = None

    def __enter__(self) -> "_Judged":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        fuzz, result = self._fuzz, self._fuzz.result
        fuzz.note_memory()
        if error is None:
            result.outcomes["read"] += 1
        elif isinstance(error, ChildKilled):
            result.outcomes["cost a child"] += 1
            result.killed[error.why] += 1
            if error.why.startswith(("failed (", "answered what cannot be", "ended without an answer")):
                fuzz._problem(self._mutant, f"the child {error.why}")
        elif isinstance(error, LastSeenError):
            result.outcomes["refused"] += 1
            result.refusals[re.sub(r"\d+", "N", str(error))[:90]] += 1
        elif isinstance(error, Exception):
            fuzz._problem(self._mutant, "".join(traceback.format_exception_only(error)).strip())
        else:
            return False
        return True


def seeds(made: Mapping[str, tuple[str, Any]]) -> dict[str, bytes]:
    """The sound files of `tests.recognition.media_seeds`, name to content."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: make(Path(folder)) for name, (_, make) in made.items()}
