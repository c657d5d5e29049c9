"""Makes the demo's CCTV clips: people walk through a lit room, filmed by a worn recorder with a clock in the picture.

Everything is seeded: the same plan gives the same frames. Faces are real photographs (`data.demo_heads`) that are
scaled, leaned, dimmed, blurred, covered with noise and compressed; the subject's are all made from her one reference
photo. Whoever tests a recogniser's accuracy needs other material.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from math import pi, sin
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from data.demo import DemoCase, DemoClip
from data.demo_people import FACE_BOX_PX, SPRITE_HEIGHT_PX, SPRITE_WIDTH_PX, STEP_PHASES, sprites
from data.demo_scenes import Scene, draw
from data.demo_takes import FRAME_RATE, STEP_M, TAKES, Take, Walker, sprite_place
from data.errors import DiskFull

Image = NDArray[np.uint8]
Float = NDArray[np.float32]

GENERATOR_VERSION = 1  # raise it when the pictures change, so that old clips are made again
MANIFEST = "demo-clips.json"
_NOISE_PICTURES = 6


@dataclass(frozen=True)
class _Actor:
    """A walker with its pictures, in full and at half size: far people are drawn from the small ones."""

    walker: Walker
    full: list[Image]
    half: list[Image]


def _actor(walker: Walker, take: Take, seed: int) -> _Actor:
    full = [_pale(picture, take.saturation) for picture in sprites(walker.head, walker.outfit, seed=seed)]
    size = (SPRITE_WIDTH_PX // 2, SPRITE_HEIGHT_PX // 2)
    half = [np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8) for picture in full]
    return _Actor(walker, full, half)


def _pale(picture: Image, saturation: float) -> Image:
    """The picture with less colour, as a cheap sensor sees it; a fourth channel stays as it is."""
    colours = picture[..., :3]
    grey = cv2.cvtColor(cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    mixed = cv2.addWeighted(colours, saturation, grey, 1 - saturation, 0)
    return np.dstack([mixed, picture[..., 3:]]) if picture.shape[2] == 4 else np.asarray(mixed, dtype=np.uint8)


def _shadow(frame: Image, scene: Scene, x: float, z: float) -> None:
    """A soft dark patch on the floor under a person, in place."""
    foot_x, foot_y = scene.foot_px(x, z)
    wide = 0.42 * scene.focal_px / z
    high = wide * 0.42 * scene.camera_height_m / z * 1.6
    left, right = max(int(foot_x - 2 * wide), 0), min(int(foot_x + 2 * wide), scene.width_px)
    top, bottom = max(int(foot_y - 2 * high), 0), min(int(foot_y + 2 * high), scene.height_px)
    if right <= left or bottom <= top:
        return
    dy, dx = np.mgrid[top:bottom, left:right].astype(np.float32)
    distance = ((dx - foot_x) / wide) ** 2 + ((dy - foot_y) / high) ** 2
    shade = (1 - 0.55 * np.exp(-1.6 * distance))[..., None]
    frame[top:bottom, left:right] = (frame[top:bottom, left:right] * shade).astype(np.uint8)


def _place_actor(frame: Image, take: Take, actor: _Actor, time_s: float) -> None:
    """Draw one person into the frame, in place: turned a little, lit by the lamps, blurred by the movement."""
    scene, walker = take.scene, actor.walker
    place = walker.at(time_s)
    if place is None:
        return
    _shadow(frame, scene, *place)
    scale, left, top = sprite_place(scene, walker, time_s, place)
    x0, y0 = max(int(left), 0), max(int(top), 0)
    x1 = min(int(left + SPRITE_WIDTH_PX * scale) + 1, scene.width_px)
    y1 = min(int(top + SPRITE_HEIGHT_PX * scale) + 1, scene.height_px)
    if x1 <= x0 or y1 <= y0:
        return
    steps = walker.walked_m(time_s) / STEP_M
    lean = np.deg2rad(1.6 * sin(pi * steps + 0.6))
    keystone = 3e-5 * sin(0.9 * time_s + walker.height * 40)  # the head turns slightly about the upright axis
    to_picture = _homography(scale, left - x0, top - y0, lean, keystone)
    pictures, shrunk = (actor.half, 2.0) if scale < 0.6 else (actor.full, 1.0)
    picture = pictures[int(steps / 2 * STEP_PHASES) % STEP_PHASES]
    patch = cv2.warpPerspective(picture, to_picture @ np.diag([shrunk, shrunk, 1.0]), (x1 - x0, y1 - y0))
    patch = cv2.GaussianBlur(patch, (0, 0), take.softness_px)
    smear = _smear_px(scene, walker, time_s, place)
    if smear > 1:
        patch = cv2.blur(patch, (smear, 1))
    gain = min(max(scene.light_at(*place), 0.02), 1.25) ** (1 / 2.2)
    below = frame[y0:y1, x0:x1]
    mixed = below * (1 - patch[..., 3:].astype(np.float32) / 255) + patch[..., :3] * np.float32(gain)
    frame[y0:y1, x0:x1] = np.minimum(mixed, 255).astype(np.uint8)


def _smear_px(scene: Scene, walker: Walker, time_s: float, place: tuple[float, float]) -> int:
    """How far a walker moves sideways in the picture during one exposure of 1/50 s, in pixels."""
    before = walker.at(time_s - 0.02) or place
    return round(abs(place[0] / place[1] - before[0] / before[1]) * scene.focal_px)


def _homography(scale: float, left: float, top: float, lean: float, keystone: float) -> NDArray[np.float64]:
    """Sprite to picture: about the face's middle, a lean and a slight keystone, then scale and place."""
    cx, cy = SPRITE_WIDTH_PX / 2, float(FACE_BOX_PX[1] + FACE_BOX_PX[3]) / 2
    to_face = np.array([[1, 0, -cx], [0, 1, -cy], [0, 0, 1]])
    turn = np.array([[np.cos(lean), -np.sin(lean), 0], [np.sin(lean), np.cos(lean), 0], [keystone, 0, 1]])
    put = np.array([[scale, 0, left + cx * scale], [0, scale, top + cy * scale], [0, 0, 1]])
    return np.asarray(put @ turn @ to_face, dtype=np.float64)


def _caption(frame: Image, lines: tuple[str, str]) -> None:
    """Burn the camera's name and the recorder's clock into the picture, in place."""
    dark, light = (20, 20, 20), (236, 236, 236)
    for text, y in zip(lines, (34, frame.shape[0] - 22), strict=True):
        for dx, dy, colour in ((-1, -1, dark), (1, -1, dark), (-1, 1, dark), (2, 2, dark), (0, 0, light)):
            cv2.putText(frame, text, (22 + dx, y + dy), cv2.FONT_HERSHEY_SIMPLEX, 0.72, colour, 1, cv2.LINE_AA)


def clock_text(clip: DemoClip, time_s: float, zone: str) -> str:
    """What the recorder's clock shows in the picture at a container time."""
    shown = (clip.started_at + timedelta(seconds=time_s)).astimezone(ZoneInfo(zone))
    return shown.strftime("%Y-%m-%d %H:%M:%S")


def _noise_pictures(take: Take) -> list[NDArray[np.int16]]:
    """Sensor noise with a little grain of its own size; frames take them in turn, shifted."""
    random = np.random.default_rng(take.seed)
    shape = (take.scene.height_px, take.scene.width_px)
    made = []
    for _ in range(_NOISE_PICTURES):
        grey = random.normal(0, take.noise, shape).astype(np.float32)
        coarse = cv2.resize(
            random.normal(0, take.noise * 0.5, (shape[0] // 3, shape[1] // 3, 3)).astype(np.float32), shape[::-1]
        )
        made.append((grey[..., None] + coarse).astype(np.int16))
    return made


def frames(take: Take, clip: DemoClip, caption: str, zone: str) -> Iterator[Image]:
    """The pictures of one clip, in order."""
    background = _pale(np.asarray(cv2.GaussianBlur(draw(take.scene), (0, 0), take.softness_px)), take.saturation)
    actors = [_actor(walker, take, take.seed * 100 + number) for number, walker in enumerate(take.walkers)]
    noise = _noise_pictures(take)
    random = np.random.default_rng(take.seed + 1)
    for number in range(int(clip.duration_s * FRAME_RATE)):
        time_s = float(number / FRAME_RATE)
        frame = background.copy()
        there = [(place[1], actor) for actor in actors if (place := actor.walker.at(time_s))]
        for _, actor in sorted(there, key=lambda far: -far[0]):
            _place_actor(frame, take, actor, time_s)
        shift = (int(random.integers(take.scene.height_px)), int(random.integers(take.scene.width_px)))
        grain = np.roll(noise[number % _NOISE_PICTURES], shift, axis=(0, 1))
        frame = np.asarray(cv2.add(frame, grain, dtype=cv2.CV_8U), dtype=np.uint8)
        _caption(frame, (caption, clock_text(clip, time_s, zone)))
        yield frame


def _encode(path: Path, take: Take, pictures: Iterator[Image]) -> None:
    """Write an MP4 file: H.264 where PyAV brings x264, else MPEG-4."""
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    with av.open(str(path), "w", format="mp4") as container:
        stream = cast(av.VideoStream, container.add_stream(codec, rate=FRAME_RATE))
        stream.width, stream.height, stream.pix_fmt = take.scene.width_px, take.scene.height_px, "yuv420p"
        if codec == "libx264":  # without B-frames the first frame stands at 0 s
            stream.options = {"preset": "veryfast", "crf": str(take.crf), "bf": "0", "g": "50", "threads": "1"}
        else:
            stream.bit_rate = 2_500_000
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


def _make_clip(folder: Path, clip: DemoClip, caption: str, zone: str) -> None:
    """One clip, complete on disk under its name or not there at all."""
    take, part = TAKES[clip.camera_id], folder / f".{clip.file_name}.part"
    try:
        _encode(part, take, frames(take, clip, caption, zone))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(folder / clip.file_name)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"{clip.file_name}: no room on the disk for the demo clip") from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plan(clip: DemoClip, caption: str, zone: str) -> str:
    """A hash of all that decides a clip's pictures."""
    return hashlib.sha256(repr((GENERATOR_VERSION, clip, TAKES[clip.camera_id], caption, zone)).encode()).hexdigest()


def _is_made(path: Path, plan: str, manifest: dict[str, dict[str, str]]) -> bool:
    entry = manifest.get(path.name, {})
    return entry.get("plan") == plan and path.is_file() and entry.get("sha256") == _sha256(path)


def _read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """What an earlier run made; nothing when there is no such note or it is damaged, so that all is made again."""
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {name: entry for name, entry in noted.items() if isinstance(entry, dict)} if isinstance(noted, dict) else {}


def _write_durably(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_clips(folder: Path, demo: DemoCase) -> list[Path]:
    """The demo's clips as MP4 files in `folder`, in the order of `demo.clips`; those already there are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = _read_manifest(folder / MANIFEST)
    names = {camera.id: camera.name.upper() for camera in demo.cameras}
    zone = demo.case.timezone
    plans = {clip.file_name: _plan(clip, names[clip.camera_id], zone) for clip in demo.clips}
    missing = [clip for clip in demo.clips if not _is_made(folder / clip.file_name, plans[clip.file_name], manifest)]
    if missing:
        with ThreadPoolExecutor(max_workers=2) as workers:
            list(workers.map(lambda clip: _make_clip(folder, clip, names[clip.camera_id], zone), missing))
        made = {name: {"plan": plan, "sha256": _sha256(folder / name)} for name, plan in plans.items()}
        _write_durably(folder / MANIFEST, json.dumps(made, indent=1))
    return [folder / clip.file_name for clip in demo.clips]
