"""What a ranking says: cameras, minutes and reasons."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from data.models import Camera
from geo.route import Route

Basis = Literal["streets", "haversine"]


@dataclass(frozen=True)
class Window:
    """A stretch of time in which the subject can have been in view, and the likeliest moment in it. True time, UTC."""

    start: datetime
    end: datetime
    best_guess: datetime


@dataclass(frozen=True)
class RankedCamera:
    """
    A camera worth asking, with the minutes to pull and the reasons. Times are true times in UTC.

    `start` to `end` holds every moment at which the subject, no faster than the top speed, can have been in view.
    `score` orders: what the camera adds to those before it for each minute of its window, 1 for the first camera, never
    rising. `chance` is the share of likely routes that it is on, times the chance that it shows them, 0 to 1; it rests
    on a model of how people move and is no probability that can be sworn to.
    """

    camera: Camera
    score: float
    start: datetime
    end: datetime
    best_guess: datetime
    distance_m: float  # from the sighting the window starts at to the nearest point the camera covers
    reasons: tuple[str, ...] = ()
    chance: float = 0.0
    likely_end: datetime | None = None  # open end: most will have passed by then; the window itself runs on
    earlier: tuple[Window, ...] = ()  # when it can have been passed on legs before the one `start` to `end` is for

    @property
    def recorder_start(self) -> datetime:
        """What the recorder's clock showed at `start`."""
        return self.start + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def recorder_end(self) -> datetime:
        """What the recorder's clock showed at `end`."""
        return self.end + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def recorder_best_guess(self) -> datetime:
        """What the recorder's clock showed at `best_guess`."""
        return self.best_guess + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def overwritten_at(self) -> datetime | None:
        """When the last minute of the window is overwritten; None when the retention is not known."""
        if self.camera.retention_days is None:
            return None
        return self.end + timedelta(days=self.camera.retention_days)


@dataclass(frozen=True)
class Ranking:
    """
    Cameras that the subject can have passed, best first.

    `nearest_beyond` is filled only when a drawn area holds no such camera: the nearest ones outside it, nearest first.
    """

    cameras: tuple[RankedCamera, ...] = ()
    warnings: tuple[str, ...] = ()
    basis: Basis = "haversine"
    nearest_beyond: tuple[RankedCamera, ...] = ()
    outside_area: int = 0
    out_of_reach: int = 0
    route: Route = field(default_factory=Route)


@dataclass(frozen=True)
class Examined:
    """
    Footage of a camera that was looked through without finding the subject.

    `chance` is the chance that looking would have shown the subject, had it been there, 0 to 1.
    """

    camera_id: str
    start: datetime
    end: datetime
    chance: float = 0.8
