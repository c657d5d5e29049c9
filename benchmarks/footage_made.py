"""Footage whose every appearance is known: heads of ../shared pasted into real scenes, encoded as recorders do.

    python -m benchmarks.footage_made [quiet noisy noisy-b still] [--quick]      makes them, prints where

Everything is seeded: the same plan gives the same pictures. Clips and their truth (JSON) are kept in the cache folder
($LASTSEEN_BENCH, else lastseen-bench beside other temporary files) and made only once.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isclose
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.made_heads import Head, all_heads, references_of
from benchmarks.made_people import Image, Person, Role
from benchmarks.made_scenes import HEIGHT, WIDTH, Scene
from benchmarks.made_truth import Box, Clip, read_clip, write_clip_truth
from benchmarks.material import cache_folder, missing

CLIPS_VERSION = 2
RATE = 25

_CCTV = {"preset": "veryfast", "crf": "23", "g": "50", "bf": "0", "sc_threshold": "0", "threads": "2"}
_NARROW = {
    "preset": "veryfast", "b": "4M", "maxrate": "4M", "bufsize": "4M", "nal-hrd": "cbr", "g": "50", "bf": "0",
    "sc_threshold": "0", "threads": "2",
}  # fmt: skip

_SIZES_PX = (32, 64, 28, 48, 96, 36, 24, 56, 40, 80, 30, 72)
_VISIBLE_S = (1.5, 0.6, 2.4, 1.0, 3.0, 2.0, 4.0, 0.5, 1.2, 0.8, 1.8, 1.0)


@dataclass(frozen=True)
class Plan:
    """One made clip: how long, what scene, who appears in it, how it is encoded."""

    name: str
    how: str
    seconds: int
    appearances: int
    sought: str
    encoding: dict[str, str]
    noise: float = 1.6
    moves: bool = False
    light: float = 1.0
    seed: int = 1


def plan_of(name: str, *, quick: bool = False) -> Plan:
    """The plan called quiet, noisy, noisy-b or still; the quick form is shorter with the same share of faces."""
    if name == "quiet":
        how = "fixed camera, light noise (sigma 1.6), x264 crf 23, keyframe every 2 s, no B-frames"
        return Plan(name, how, *((60, 4) if quick else (180, 12)), "Tony_Blair", _CCTV)
    if name in ("noisy", "noisy-b"):
        how = "swaying camera and foliage, sensor noise of sigma 6, 4 Mbit/s constant, keyframe every 2 s, "
        has_b = name == "noisy-b"
        encoding = _NARROW | ({"bf": "3"} if has_b else {})
        return Plan(
            name, how + ("3 B-frames" if has_b else "no B-frames"), *((24, 4) if quick else (75, 10)),
            "Gerhard_Schroeder", encoding, noise=6.0, moves=True, light=0.8, seed=2,
        )  # fmt: skip
    if name == "still":
        how = "fixed camera, nothing moves, light noise (sigma 1.6), encoded as quiet"
        return Plan(name, how, 40 if quick else 120, 0, "Tony_Blair", _CCTV, seed=3)
    raise ValueError(f"clip {name!r} is unknown")


def made(plan: Plan, casting: Callable[[Plan, list[Head]], list[Role]] | None = None) -> Clip:
    """The clip of a plan, with its truth; from the cache when it is there. `casting` says who appears when and how."""
    path = cache_folder() / f"{plan.name}-{plan.seconds}s-v{CLIPS_VERSION}.mp4"
    return read_clip(path) or _make(plan, path, (casting or cast_of)(plan, all_heads()))


def cast_of(plan: Plan, heads: list[Head]) -> list[Role]:
    """Who appears: a third or more the person sought, each at a different size, in turns over the whole clip."""
    rng = np.random.default_rng(plan.seed)
    sought = [h for h in heads if h.person == plan.sought]
    strangers = [h for h in heads if h.person != plan.sought]
    rng.shuffle(strangers)
    roles: list[Role] = []
    for i in range(plan.appearances):
        is_sought = i % 5 in (0, 3)
        head = sought[(i // 2) % len(sought)] if is_sought else strangers[i % len(strangers)]
        slot = plan.seconds / plan.appearances
        visible = _VISIBLE_S[i % len(_VISIBLE_S)]
        start = slot * i + float(rng.uniform(0.5, max(0.6, slot - visible - 0.5)))
        start = round(start * RATE) / RATE
        roles.append(role(i, head, is_sought, start, visible, float(_SIZES_PX[i % len(_SIZES_PX)]), rng))
    return roles


def role(
    number: int, head: Head, is_sought: bool, start_s: float, visible_s: float, face_px: float, rng: np.random.Generator
) -> Role:
    """A person of that size and time, walking (3 of 5) or standing, in some light, focus and clothes."""
    walks = rng.random() < 0.6
    speed = float(rng.uniform(1.0, 3.5)) * face_px * (1 if rng.random() < 0.5 else -1) if walks else 0.0
    speed = min(max(speed, -1000 / visible_s), 1000 / visible_s)  # stays in the picture
    reach = speed * visible_s
    x = float(rng.uniform(120 + max(0.0, -reach), WIDTH - 120 - max(0.0, reach)))
    y = float(rng.uniform(130, HEIGHT - 260))
    return Role(
        number, head, is_sought, start_s, start_s + round(visible_s * RATE) / RATE, face_px, x, y,
        vx=speed, vy=float(rng.uniform(-0.15, 0.3)) * face_px if walks else 0.0,
        light=float(rng.uniform(0.5, 1.0)), blur_px=float(rng.uniform(0.0, 0.025)) * face_px,
        has_body=rng.random() < 0.7,
    )  # fmt: skip


def _make(plan: Plan, path: Path, roles: list[Role]) -> Clip:
    print(f"  making {path.name} ...", flush=True)
    scene = Scene(noise=plan.noise, moves=plan.moves, light=plan.light, seed=plan.seed)
    shown: dict[int, list[tuple[float, Box]]] = {r.number: [] for r in roles}
    n = plan.seconds * RATE
    encode(path, pictures(scene, [Person(r) for r in roles], n, shown), plan.encoding)
    clip = Clip(
        name=plan.name,
        path=path,
        how=plan.how,
        width=WIDTH,
        height=HEIGHT,
        frames=n,
        duration_s=n / RATE,
        sought=plan.sought,
        references=references_of(plan.sought),
        appearances=tuple(r.appearance(shown[r.number]) for r in roles),
    )
    write_clip_truth(clip)
    return clip


def pictures(
    scene: Scene, people: list[Person], frames: int, shown: dict[int, list[tuple[float, Box]]]
) -> Iterator[Image]:
    """``(height * 3 / 2, width)`` I420 pictures one after the other; `shown` gets the faces' true boxes."""
    empty: Image | None = None
    for i in range(frames):
        time_s = i / RATE
        on = [p for p in people if p.role.is_on(time_s) or isclose(p.role.start_s, time_s)]
        if not on and not scene.moves:
            empty = _i420(scene.picture(0.0)) if empty is None else empty
            planes = empty.copy()
        else:
            image, shift = scene.picture(time_s), scene.shift(time_s)
            for person in on:
                person.draw(image, time_s, shift)
                shown[person.role.number].append((time_s, person.role.box(time_s, shift)))
            planes = _i420(image)
        scene.noisy(planes[:HEIGHT])
        yield planes


def _i420(image_bgr: Image) -> Image:
    return np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)


def encode(path: Path, planes: Iterator[Image], encoding: dict[str, str]) -> None:
    """Write H.264 in MP4, complete or not at all."""
    part = path.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options=encoding)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i, picture in enumerate(planes):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(path)


def main(arguments: list[str]) -> int:
    if missing():
        print(f"made footage: {missing()}")
        return 0
    names = [a for a in arguments if not a.startswith("-")] or ["quiet", "noisy", "noisy-b", "still"]
    for name in names:
        clip = made(plan_of(name, quick="--quick" in arguments))
        print(f"{clip.path} ({clip.path.stat().st_size / clip.duration_s / 1e6 * 8:.2f} Mbit/s), {clip.how}")
        for a in clip.appearances:
            who = f"{a.person}{' (sought)' if a.is_sought else ''}"
            print(f"  {a.start_s:6.2f}-{a.end_s:6.2f} s {a.face_px:3.0f} px {a.motion:6s} light {a.light:.2f} {who}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
