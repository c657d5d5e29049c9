"""The demo: an invented disappearance whose end is known, so that a test can check that the loop finds her.

Nobody is missing. The subject's photograph is NASA's public-domain portrait of the astronaut Eileen Collins, as
scikit-image packages it; name, story, cameras and owners are invented. The clips (`data.demo_clips`) show that same
photograph, changed and degraded, so finding her there proves that the loop runs, not how accurate a recogniser is.

The story, hours before the demo is loaded: she leaves the art museum (seen), pays at a market kiosk (card payment),
and her telephone reports once more from the market's edge (phone fix). After that she walks through an arcade, through
a hotel's foyer by the river and, over the bridge, through a dark underpass; she is found at the evening school beyond
it. Each of those three cameras comes near the top of the ranking once she was confirmed at the one before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data.demo_heads import reference_photos
from data.demo_town import TIMEZONE, demo_cameras, demo_streets, place
from data.models import Camera, Case, Mode, Sighting, SightingKind, Subject, in_utc

CASE_ID = "demo-case"


@dataclass(frozen=True)
class DemoClip:
    """One clip to be made. `started_at` is what the recorder's clock shows on the first frame, in UTC.

    `appearances` are the container seconds (from, to) during which the subject's whole face is in the picture.
    """

    camera_id: str
    file_name: str
    started_at: datetime
    duration_s: float
    appearances: tuple[tuple[float, float], ...] = ()

    @property
    def shows_subject(self) -> bool:
        return bool(self.appearances)


@dataclass(frozen=True)
class Passage:
    """The subject before one camera, in true time."""

    camera_id: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True)
class DemoTruth:
    """What really happened: her way as (time, lat, lon), the cameras that saw her, and where she was found."""

    path: tuple[tuple[datetime, float, float], ...]
    passages: tuple[Passage, ...]
    found_at: datetime
    found_place: tuple[float, float]


@dataclass(frozen=True)
class DemoCase:
    """Everything the demo puts into an empty store, and what a test may compare the outcome with.

    `photos` are JPEG files, `streets` is GeoJSON; sightings are in time order.
    """

    case: Case
    photos: tuple[bytes, ...]
    cameras: tuple[Camera, ...]
    sightings: tuple[Sighting, ...]
    streets: dict[str, object]
    clips: tuple[DemoClip, ...]
    truth: DemoTruth


# x, y (m), radius (m), minutes before the last sighting, tolerance (s), kind, source
_SIGHTINGS = (
    (-62, -392, 25, 45, 300, SightingKind.SEEN, "Museum attendant: left by the front steps, alone, on foot"),
    (70, 52, 15, 22, 60, SightingKind.CARD_PAYMENT, "Card payment at Market Kiosk Karhula: tea and a newspaper"),
    (150, 95, 100, 0, 120, SightingKind.PHONE_FIX, "Operator's fix of her telephone; it has been off since"),
)
_LAST_SEEN_BEFORE_NOW = timedelta(hours=6)

# camera, file name, seconds from the last sighting to the clip's first frame (true time), length, appearances
_CLIPS: tuple[tuple[str, str, float, float, tuple[tuple[float, float], ...]], ...] = (
    ("demo-cam-07", "brahe-arcade-middle.mp4", 144, 17.0, ((3.84, 10.0),)),
    ("demo-cam-13", "hotel-three-bridges-foyer.mp4", 438, 18.0, ((4.16, 10.4),)),
    ("demo-cam-17", "cathedral-underpass.mp4", 776, 16.0, ((5.6, 11.92),)),
    ("demo-cam-25", "coach-station-hall.mp4", 570, 16.0, ()),
)
# true way: minutes after the last sighting, x, y (m)
_WAY = ((-45, -62, -392), (-38, -60, -60), (-24, 60, 60), (-22, 70, 52), (-14, 0, 0), (-6, 62, 64), (0, 150, 66),
        (0.8, 195, 64), (2.5, 262, 125), (4.2, 335, 190), (5.4, 335, 262), (7.2, 410, 258), (9, 470, 262),
        (10.6, 470, 345), (13, 540, 392), (14, 584, 428),
        (15, 620, 470), (18, 628, 612))  # fmt: skip


def demo_case(now: datetime) -> DemoCase:
    """The demo as it stands when loaded at `now`: last seen six hours ago, to the whole minute."""
    last = in_utc(now, "now").replace(second=0, microsecond=0) - _LAST_SEEN_BEFORE_NOW
    cameras = demo_cameras()
    clips = _clips(last, {camera.id: camera for camera in cameras})
    return DemoCase(
        case=_case(last),
        photos=tuple(reference_photos()),
        cameras=cameras,
        sightings=_sightings(last),
        streets=demo_streets(),
        clips=clips,
        truth=_truth(last, clips, {camera.id: camera for camera in cameras}),
    )


def _case(last: datetime) -> Case:
    return Case(
        id=CASE_ID,
        number="DEMO-0001",
        subject=Subject(
            name="Elin Exempel (demo, invented)",
            birth_date=date(last.year - 38, 4, 12),
            description="Short fair hair. Blue coat, red scarf, brown shoulder bag. Sometimes loses her way. "
            "Nobody is missing: the photograph is NASA's portrait of the astronaut Eileen Collins.",
        ),
        mode=Mode.WALK,
        timezone=TIMEZONE,
        created_at=last + timedelta(hours=3),
        is_demo=True,
        legal_basis="Invented: section 1 of the Demonstration Act",
        authority_reference="Invented: Demonstration Police, order D-1",
        purpose="Invented: to find Elin, who may be in danger",
        owner="demonstration",
        expires_at=last + timedelta(days=365),
        notes="Invented from beginning to end. The clips were made from the reference photograph itself, "
        "so high similarities here say nothing about accuracy on real footage.",
    )


def _sightings(last: datetime) -> tuple[Sighting, ...]:
    made = []
    for number, (x, y, radius, before_min, tolerance, kind, source) in enumerate(_SIGHTINGS, start=1):
        lat, lon = place(x, y)
        made.append(
            Sighting(
                id=f"demo-sighting-{number}",
                case_id=CASE_ID,
                lat=lat,
                lon=lon,
                radius_m=radius,
                at=last - timedelta(minutes=before_min),
                tolerance_s=tolerance,
                kind=kind,
                source=source,
                created_at=last + timedelta(hours=3),
            )
        )
    return tuple(made)


def _clips(last: datetime, cameras: dict[str, Camera]) -> tuple[DemoClip, ...]:
    return tuple(
        DemoClip(
            camera_id=camera_id,
            file_name=file_name,
            started_at=last + timedelta(seconds=after_s + cameras[camera_id].clock_offset_s),
            duration_s=duration_s,
            appearances=appearances,
        )
        for camera_id, file_name, after_s, duration_s, appearances in _CLIPS
    )


def _truth(last: datetime, clips: tuple[DemoClip, ...], cameras: dict[str, Camera]) -> DemoTruth:
    path = tuple((last + timedelta(minutes=minutes), *place(x, y)) for minutes, x, y in _WAY)
    passages = []
    for clip in clips:
        true_start = clip.started_at - timedelta(seconds=cameras[clip.camera_id].clock_offset_s)
        passages += [
            Passage(clip.camera_id, true_start + timedelta(seconds=start_s), true_start + timedelta(seconds=end_s))
            for start_s, end_s in clip.appearances
        ]
    return DemoTruth(path, tuple(passages), path[-1][0], path[-1][1:])
