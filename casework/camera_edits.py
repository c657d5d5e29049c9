"""Many cameras changed at once: planned, looked at, written all or none, and taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from casework.access import needs
from casework.cameras import recorded, tidied
from data.errors import Conflict
from data.models import Camera, Permission, utc_now
from data.store import Store

ENTRY_OF = 500
"""How many cameras one entry of the record tells of; a larger edit makes several."""
NAMED = 3


@dataclass(frozen=True)
class Change:
    """A camera as its editor saw it, and as it is to be."""

    before: Camera
    after: Camera

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what differs."""
        return tuple(name for name in _FIELDS if getattr(self.before, name) != getattr(self.after, name))


_FIELDS = tuple(f.name for f in fields(Camera))


def planned(cameras: Iterable[Camera], wanted: Mapping[str, object]) -> tuple[Change, ...]:
    """What setting these fields would change; cameras that have these values already are left out.

    BadInput for a value that no camera may have.
    """
    changes = (Change(camera, tidied(replace(camera, **wanted))) for camera in cameras)  # type: ignore[arg-type]
    return tuple(change for change in changes if change.before != change.after)


def verified(cameras: Iterable[Camera], *, on: date, by: str) -> tuple[Change, ...]:
    """What changes when somebody has looked at these cameras on that day, and all that is known of them is true."""
    return planned(cameras, {"last_verified": on, "verified_by": by})


def undone(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that take these back."""
    return tuple(Change(change.after, change.before) for change in changes)


def merged(base: Camera, mine: Camera, theirs: Camera, *, theirs_first: bool) -> Camera:
    """Two people's edits of `base` in one: of a field that both set, one value, by `theirs_first`."""
    taken = {}
    for name in _FIELDS:
        was, own, other = (getattr(camera, name) for camera in (base, mine, theirs))
        taken[name] = other if own == was or (theirs_first and other != was) else own
    return Camera(**taken)


@needs(Permission.EDIT_CAMERAS)
def change_cameras(store: Store, changes: Sequence[Change], *, by: str) -> None:
    """Write all of these changes or none: Conflict when one of the cameras is no longer as its editor saw it."""
    if not changes:
        return
    with store.writing() as writing:
        now = store.cameras_by_id([change.before.id for change in changes])
        moved = [c.before for c in changes if now.get(c.before.id) != c.before or c.before.spot_of]
        if moved:
            message = f"someone else changed or removed {_named(moved)} just now; nothing was written, look again"
            raise Conflict(message)
        writing.change_cameras([tidied(change.after) for change in changes])
        for start in range(0, len(changes), ENTRY_OF):
            part = changes[start : start + ENTRY_OF]
            writing.audit(
                at=utc_now(), by=by, action="cameras changed", case_id=None, cameras=len(part), changes=_told(part)
            )


@needs(Permission.EDIT_CAMERAS)
def remove_cameras(store: Store, cameras: Sequence[Camera], *, by: str) -> None:
    """Take all of these out, as an import is taken back: Conflict when one was changed since, or is referred to."""
    if not cameras:
        return
    with store.writing() as writing:
        now = store.cameras_by_id([camera.id for camera in cameras])
        moved = [camera for camera in cameras if now.get(camera.id) != camera or camera.spot_of]
        if moved:
            raise Conflict(f"{_named(moved)} changed since; nothing was removed")
        writing.remove_cameras([camera.id for camera in cameras])
        ids = [camera.id for camera in cameras]
        for start in range(0, len(ids), ENTRY_OF):
            part = ids[start : start + ENTRY_OF]
            writing.audit(at=utc_now(), by=by, action="cameras removed", case_id=None, cameras=part)


def _named(cameras: Sequence[Camera]) -> str:
    named = ", ".join(camera.name or camera.id for camera in cameras[:NAMED])
    return f"{named} and {len(cameras) - NAMED} more" if len(cameras) > NAMED else named


def _told(changes: Sequence[Change]) -> dict[str, dict[str, list[object]]]:
    """By camera and field, what it was and what it is now."""
    return {
        change.after.id: {
            name: [recorded(getattr(change.before, name)), recorded(getattr(change.after, name))]
            for name in change.fields
        }
        for change in changes
    }
