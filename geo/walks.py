"""Walks in, ranked cameras out, as JSON lines: the contract of ``cli.py rank``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.errors import BadInput
from data.models import Camera, Mode, Sighting, in_utc
from geo.ranked import RankedCamera
from geo.ranking import rank
from geo.streets import StreetNetwork

MOST = 1e12  # no place, radius, time or speed is larger, and squares of it are still numbers


@dataclass(frozen=True)
class Walk:
    """What is known of one walk. `v_max_m_s` None: the top speed of the mode."""

    id: str
    mode: Mode
    sightings: tuple[Sighting, ...]
    now: datetime
    v_max_m_s: float | None = None


def parse_walk(line: str) -> Walk:
    """
    One line of walks.jsonl.

    Parameters
    ----------
    line
        ``{"id", "mode", "sightings": [{"lat", "lon", "radius_m", "time", "tolerance_s"}, ...], "now"}`` and, if wanted,
        ``"v_max_m_s"``. Times in ISO 8601 with their zone; `radius_m` and `tolerance_s` may be left out, being 0, and
        `now`, being the time of the last sighting.

    Returns
    -------
    walk
        With the sightings in the order given.

    Raises
    ------
    BadInput
        Names the walk and the field that cannot be read.
    """
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput("walks: a line is no JSON object") from error
    if not isinstance(told, dict) or "id" not in told:
        raise BadInput("walks: a line has no id")
    name = f"walk {' '.join(str(told['id']).split())[:80]}"  # one line, whatever the id
    try:
        sightings = tuple(_sighting(seen, f"{name}, sighting {n}") for n, seen in enumerate(told["sightings"], 1))
        now = _time(told["now"], f"{name}, now") if "now" in told else max(s.at for s in sightings)
        return Walk(str(told["id"]), _mode(told.get("mode", "walk"), name), sightings, now, _speed(told, name))
    except BadInput:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"{name}: {_fault(error)}") from error


def answer(walk: Walk, cameras: Sequence[Camera], streets: StreetNetwork | None) -> dict[str, Any]:
    """
    One line of answers.jsonl, ready for JSON.

    Returns
    -------
    answer
        ``{"id", "basis", "warnings", "cameras": [{"camera_id", "score", "chance", "from", "to", "best_guess",
        "recorder_from", "recorder_to", "reasons"}, ...]}``, best camera first; times in UTC to the millisecond,
        windows rounded outward. On an open end `likely_to` says by when most will have passed.
    """
    ranking = rank(cameras, walk.sightings, now=walk.now, mode=walk.mode, streets=streets, v_max_m_s=walk.v_max_m_s)
    return {
        "id": walk.id,
        "basis": ranking.basis,
        "warnings": list(ranking.warnings),
        "cameras": [_ranked(camera) for camera in ranking.cameras],
    }


def _ranked(ranked: RankedCamera) -> dict[str, Any]:
    told: dict[str, Any] = {
        "camera_id": ranked.camera.id,
        "score": ranked.score,
        "chance": round(ranked.chance, 4),
        "from": _zulu(ranked.start),
        "to": _zulu(ranked.end),
        "best_guess": _zulu(ranked.best_guess),
        "recorder_from": _zulu(ranked.recorder_start),
        "recorder_to": _zulu(ranked.recorder_end),
        "reasons": list(ranked.reasons),
    }
    if ranked.likely_end is not None:
        told["likely_to"] = _zulu(ranked.likely_end)
    return told


def _zulu(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sighting(seen: Mapping[str, Any], what: str) -> Sighting:
    lat, lon = _number(seen, "lat", what), _number(seen, "lon", what)
    radius_m, tolerance_s = _number(seen, "radius_m", what, 0.0), _number(seen, "tolerance_s", what, 0.0)
    try:
        return Sighting("", "", lat, lon, radius_m, _time(seen["time"], what), tolerance_s)
    except KeyError as error:
        raise BadInput(f"{what}: has no {error.args[0]}") from error


def _number(told: Mapping[str, Any], field: str, what: str, default: float | None = None) -> float:
    value = told.get(field, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # written so that nan fails too, and whole numbers of any length are only compared
    if not is_number or not -MOST <= value <= MOST:
        raise BadInput(f"{what}: {field} {value!r} is no number")
    return float(value)


def _time(text: object, what: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(str(text)), what)
    except BadInput:
        raise
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{what}: {text!r} is no time in ISO 8601") from error


def _mode(text: object, name: str) -> Mode:
    try:
        return Mode(str(text))
    except ValueError as error:
        raise BadInput(f"{name}: mode {text!r} is none of {', '.join(Mode)}") from error


def _speed(told: Mapping[str, Any], name: str) -> float | None:
    if told.get("v_max_m_s") is None:
        return None
    speed = _number(told, "v_max_m_s", name)
    if speed <= 0:
        raise BadInput(f"{name}: v_max_m_s {speed} must be above 0")
    return speed


def _fault(error: Exception) -> str:
    return f"has no {error.args[0]}" if isinstance(error, KeyError) else "its sightings cannot be read"
