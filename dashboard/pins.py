"""A case as the map shows it: its cameras, sightings and matches as pins, in the words of the pages."""

from collections.abc import Collection, Mapping, Sequence

from casework.review import Candidate
from dashboard import parts
from dashboard.map import BADGES, CameraPin, MatchLook, MatchPin, SightingPin, View
from dashboard.sighting_form import KINDS
from data.models import Camera, Case, Sighting, SightingKind
from geo.coverage import sectors
from geo.ranking import RankedCamera

IN_VIEW = 10
"""So many of the first cameras are in view when the map appears, beside all sightings."""


def camera_pins(
    cameras: Mapping[str, Camera],
    ranked: Sequence[RankedCamera],
    *,
    selected: str | None,
    with_footage: Collection[str],
) -> list[CameraPin]:
    """The cameras that are markers of their own: the first to ask, with their fields of view, the selected one and
    those with footage. `cameras` are all by id.
    """
    place_of = {r.camera.id: place for place, r in enumerate(ranked, start=1)}
    wanted = dict.fromkeys([*(r.camera.id for r in ranked[:BADGES]), *sorted(with_footage), selected or ""])
    pins = []
    for camera in (cameras[id] for id in wanted if id in cameras):
        place = place_of.get(camera.id)
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


def sighting_pins(sightings: Sequence[Sighting], case: Case) -> list[SightingPin]:
    """The sightings, numbered by time; the last one stands out."""
    return [
        SightingPin(
            s.id,
            s.lat,
            s.lon,
            f"{number}. {KINDS[s.kind]}\n{parts.local(s.at, case)}\n{s.source}",
            number=number,
            radius_m=s.radius_m,
            is_confirmed_match=s.kind is SightingKind.CONFIRMED_MATCH,
            is_last=number == len(sightings),
        )
        for number, s in enumerate(sightings, start=1)
    ]


def match_pins(candidates: Sequence[Candidate]) -> list[MatchPin]:
    """The candidates at their cameras."""
    return [
        MatchPin(
            c.match.id,
            c.camera.lat,
            c.camera.lon,
            f"{parts.STATE_WORDS[c.match.state]}: similarity {c.match.track.similarity:.2f}\n{c.camera.name}",
            MatchLook(c.match.state.value),
        )
        for c in candidates
    ]


def case_view(
    sightings: Sequence[Sighting], ranked: Sequence[RankedCamera], cameras: Sequence[Camera], *, go_to: Camera | None
) -> View:
    """All sightings and the first cameras; before there is a sighting, every camera.

    The map goes there again only when a sighting comes or goes, or another camera is to be gone to.
    """
    places = [(s.lat, s.lon) for s in sightings]
    first = [r.camera for r in ranked[:IN_VIEW]] if sightings else cameras
    places += [(camera.lat, camera.lon) for camera in first]
    token = ",".join(s.id for s in sightings)
    if go_to is not None:
        places.append((go_to.lat, go_to.lon))
        token += f"+{go_to.id}"
    return View.around(places, token=token)


def circle_around(place: Sighting, radius_m: float) -> dict[str, object]:
    """A circle around a sighting, as the map's drawing tool would report it."""
    geometry = {"type": "Point", "coordinates": [place.lon, place.lat]}
    return {"type": "Feature", "properties": {"radius": radius_m}, "geometry": geometry}
