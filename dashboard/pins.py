"""A case as the map shows it: what is known of it as pins and lines, in the words of the pages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard import parts
from dashboard.map import BADGES
from dashboard.map_layers import CameraPin, LookedPin, MatchLook, MatchPin, RequestPin, SightingPin, TipPin, View
from dashboard.sighting_form import KINDS
from dashboard.words import later, t
from data.models import (
    Camera,
    Case,
    Footage,
    FootageRequest,
    Match,
    MatchState,
    RequestState,
    Sighting,
    SightingKind,
)
from data.tip_models import Tip
from geo.coverage import sectors
from geo.ranking import RankedCamera
from geo.reach import Reach

IN_VIEW = 10
"""So many of the first cameras are in view when the map appears, beside all sightings."""

REQUEST_WORDS = {
    RequestState.DRAFT: later("footage request: draft, not sent"),
    RequestState.SENT: later("footage request: sent, waiting"),
    RequestState.RECEIVED: later("footage request: received"),
    RequestState.REFUSED: later("footage request: refused"),
    RequestState.EXPIRED: later("footage request: too late, overwritten"),
}
_SHOWN_FIRST = list(REQUEST_WORDS)  # of several requests to one camera, what still is to be done
_NOTHING_SEEN = (MatchState.REJECTED, MatchState.DROPPED)


@dataclass(frozen=True)
class Told:
    """
    What is known of a case at one hour, by whoever looks. The requests' states are those of that hour.

    `later` are sightings that are known by now and were not then; `reach` is where the subject can have been at that
    hour by all that is known by now.
    """

    at: datetime
    sightings: Sequence[Sighting]
    matches: Sequence[Match]
    requests: Sequence[FootageRequest]
    footages: Sequence[Footage]
    searched: Collection[str]
    reach: Reach
    later: Sequence[Sighting] = ()
    spots: Mapping[str, Camera] = field(default_factory=dict)

    @property
    def in_time(self) -> list[Sighting]:
        """All sightings, as they are numbered."""
        return sorted((*self.sightings, *self.later), key=lambda sighting: (sighting.at, sighting.id))


def camera_pins(
    cameras: Mapping[str, Camera],
    ranked: Sequence[RankedCamera],
    rank_of: Mapping[str, int],
    *,
    selected: str | None,
    with_footage: Collection[str],
) -> list[CameraPin]:
    """The cameras that are markers of their own: the first to ask, with their fields of view, the selected one and
    those with footage. `cameras` are all by id.
    """
    wanted = dict.fromkeys([*(r.camera.id for r in ranked[:BADGES]), *sorted(with_footage), selected or ""])
    pins = []
    for camera in (cameras[id] for id in wanted if id in cameras):
        place = rank_of.get(camera.id)
        shows_sector = camera.id == selected or (place is not None and place <= BADGES)
        name = camera.name or camera.id
        pins.append(
            CameraPin(
                camera.id,
                camera.lat,
                camera.lon,
                f"{place}. {name}\n{camera.owner}" if place else f"{name}\n{camera.owner}",
                rank=place,
                sectors=sectors(camera) if shows_sector else (),
                is_selected=camera.id == selected,
                has_footage=camera.id in with_footage,
            )
        )
    return pins


def sighting_pins(told: Told, case: Case) -> list[SightingPin]:
    """The sightings, numbered by time; the last one before the hour stands out."""
    later = {sighting.id for sighting in told.later}
    last = sum(sighting.at <= told.at for sighting in told.in_time) or len(told.in_time)
    return [
        SightingPin(
            s.id,
            s.lat,
            s.lon,
            f"{number}. {t(KINDS[s.kind])}\n{parts.local(s.at, case)}\n{s.source}",
            number=number,
            radius_m=s.radius_m,
            is_confirmed_match=s.kind is SightingKind.CONFIRMED_MATCH,
            is_last=number == last,
            is_told_later=s.id in later,
        )
        for number, s in enumerate(told.in_time, start=1)
    ]


def match_pins(told: Told, cameras: Mapping[str, Camera]) -> list[MatchPin]:
    """The candidates at their cameras or spots, those most alike first."""
    camera_of = {f.id: cameras.get(f.camera_id) or told.spots.get(f.camera_id) for f in told.footages}
    looks = set(MatchLook)
    pins = []
    for match in sorted(told.matches, key=lambda match: (-match.track.similarity, match.id)):
        camera = camera_of.get(match.footage_id)
        if camera is None or match.state.value not in looks:
            continue
        words = t("{state}: similarity {number}", state=t(parts.STATE_WORDS[match.state]), number=_two(match))
        label = f"{words}\n{camera.name or camera.id}"
        pins.append(MatchPin(match.id, camera.lat, camera.lon, label, MatchLook(match.state.value)))
    return pins


def tip_pins(tips: Iterable[Tip], case: Case) -> list[TipPin]:
    """What the public sent and nobody has decided on yet, where the tipsters say."""
    pins = []
    for tip in tips:
        if tip.lat is None or tip.lon is None:
            continue
        came = t("came {time}", time=parts.short_time(tip.came_at, case))
        label = f"{t('Tip {number}, not checked: no evidence', number=tip.number)}\n{came}\n{tip.words[:120]}"
        pins.append(TipPin(tip.id, tip.lat, tip.lon, label, tip.radius_m))
    return pins


def request_pins(requests: Iterable[FootageRequest], cameras: Mapping[str, Camera], case: Case) -> list[RequestPin]:
    """One a camera, for all that was asked of it; its shape is that of what still is to be done."""
    by_camera: dict[str, list[FootageRequest]] = {}
    for request in sorted(requests, key=lambda request: (_SHOWN_FIRST.index(request.state), request.from_at)):
        by_camera.setdefault(request.camera_id, []).append(request)
    pins = []
    for camera_id, asked in by_camera.items():
        if (camera := cameras.get(camera_id)) is None:
            continue
        lines = [f"{t(REQUEST_WORDS[r.state])} · {parts.short_span(r.from_at, r.to_at, case)}" for r in asked[:4]]
        label = "\n".join([camera.name or camera.id, *lines])
        pins.append(RequestPin(camera_id, camera.lat, camera.lon, label, asked[0].state.value))
    return pins


def looked_pins(told: Told, cameras: Mapping[str, Camera]) -> list[LookedPin]:
    """Cameras whose footage was searched, and nothing that was found in it may still be the subject."""
    held = {match.footage_id for match in told.matches if match.state not in _NOTHING_SEEN}
    by_camera: dict[str, list[Footage]] = {}
    for footage in told.footages:
        by_camera.setdefault(footage.camera_id, []).append(footage)
    pins = []
    for camera_id, footages in by_camera.items():
        done = [footage for footage in footages if footage.id in told.searched]
        if not done or any(footage.id in held for footage in footages) or (camera := cameras.get(camera_id)) is None:
            continue
        words = t("looked at, nothing seen: {done} of {all} recordings", done=len(done), all=len(footages))
        pins.append(LookedPin(camera_id, camera.lat, camera.lon, f"{camera.name or camera_id}\n{words}"))
    return pins


def case_view(
    sightings: Sequence[Sighting],
    ranked: Sequence[RankedCamera],
    box: tuple[float, float, float, float] | None,
    *,
    go_to: Camera | None,
) -> View:
    """All sightings and the first cameras; before there is a sighting, `box` (south, west, north, east) of all cameras.

    The map goes there again only when a sighting comes or goes, or another camera is to be gone to.
    """
    places = [(s.lat, s.lon) for s in sightings]
    token = ",".join(s.id for s in sightings)
    if sightings:
        places += [(r.camera.lat, r.camera.lon) for r in ranked[:IN_VIEW]]
    elif box is not None and go_to is None:
        return View(*box, token)
    if go_to is not None:
        places.append((go_to.lat, go_to.lon))
        token += f"+{go_to.id}"
    return View.around(places, token=token)


def _two(match: Match) -> str:
    return f"{match.track.similarity:.2f}"
