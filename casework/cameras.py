"""The cameras: taken over from files after a look at what would change, or entered and corrected by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from math import isfinite

from casework.access import needs
from data.camera_rows import chosen_columns
from data.errors import BadInput, Conflict, NotFound
from data.importers import CameraImport, Duplicate, find_duplicates, not_yet_known, read_cameras, read_table
from data.importers.columns import CAMERA_COLUMNS, OSM_CAMERA_COLUMNS, guessed
from data.importers.files import Kind, one_line
from data.models import Camera, Permission, utc_now
from data.store import Store

# What a file may say of a camera that is known already; ids and names of sources differ by nature.
_NOT_COMPARED = ("id", "source", "direction_text", "clock_checked", "verified_by", "spot_of")
_COMPARED = tuple(f.name for f in fields(Camera) if f.name not in _NOT_COMPARED)
_SAMPLED = 50
_SAME_PLACE_DEG = 1e-5  # about a metre


@dataclass(frozen=True)
class FileColumns:
    """The columns of a file, and the guess which of them holds which field; both empty for OpenStreetMap's own forms.

    `has_places` says that latitude and longitude need no column; `samples` has a value of each column.
    """

    columns: tuple[str, ...] = ()
    guess: Mapping[str, str] | None = None
    has_places: bool = False
    samples: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields a column may be chosen for, in the order to show them."""
        return tuple(name for name in CAMERA_COLUMNS if not (self.has_places and name in ("lat", "lon")))


@dataclass(frozen=True)
class ImportPreview:
    """What importing a file would do to the cameras as they stand.

    `new` would be added; `known` are left as they are; `conflicts` share an id with a camera elsewhere, and are added
    under an id of their own (they are among `new`). `chosen` are the columns that a person chose for fields.
    """

    read: CameraImport
    new: tuple[Camera, ...]
    known: tuple[Duplicate, ...]
    conflicts: tuple[Duplicate, ...]
    chosen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did. No camera that was there before is changed."""

    added: int
    known: int
    conflicts: int
    rows_left_out: int
    cameras: tuple[Camera, ...] = ()


def file_columns(data: bytes, file_name: str) -> FileColumns:
    """The columns to choose from before an import; BadInput where the file cannot be used at all."""
    kind, table = read_table(data, file_name)
    is_osm = "man_made" in table.columns
    if kind is not Kind.CSV and (is_osm or kind is not Kind.JSON):
        return FileColumns(has_places=table.has_places)
    known = OSM_CAMERA_COLUMNS if is_osm else CAMERA_COLUMNS
    guess = {field: names[0] for field, names in guessed(table.columns, known).items()}
    looked_at = table.rows[:_SAMPLED]
    samples = {name: next((v for row in looked_at if (v := row.values.get(name))), "") for name in table.columns}
    return FileColumns(table.columns, guess, table.has_places, samples)


@needs(Permission.EDIT_CAMERAS)
def remembered_columns(store: Store, columns: Sequence[str]) -> dict[str, str]:
    """Which of these columns people chose for which field in earlier imports; the last choice counts."""
    found: dict[str, str] = {}
    for chosen in chosen_columns(store):
        for name, column in chosen.items():
            if name in CAMERA_COLUMNS and column in columns and column not in found.values():
                found.setdefault(name, column)
    return found


@needs(Permission.EDIT_CAMERAS)
def preview_import(
    store: Store,
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    near: tuple[float, float] | None = None,
) -> ImportPreview:
    """Read a file and compare it with the cameras of the store; changes nothing.

    `near`, such as the last sighting, lets exchanged latitudes and longitudes be noticed.
    """
    existing = store.cameras()
    read = read_cameras(data, file_name, mapping=mapping, units=units, near=near)
    return _compared(read, existing, {**(mapping or {})})


def _compared(read: CameraImport, existing: list[Camera], chosen: Mapping[str, str]) -> ImportPreview:
    duplicates = find_duplicates(read.cameras, existing)
    return ImportPreview(
        read=read,
        new=not_yet_known(read.cameras, existing),
        known=tuple(d for d in duplicates if not d.is_conflict),
        conflicts=tuple(d for d in duplicates if d.is_conflict),
        chosen=chosen,
    )


@needs(Permission.EDIT_CAMERAS)
def import_cameras(store: Store, preview: ImportPreview, *, by: str) -> ImportOutcome:
    """Add the new cameras of a file, all or none.

    The file is compared anew with the cameras of this moment, so that two people importing it add it once.
    """
    with store.writing() as writing:
        now = _compared(preview.read, store.cameras(), preview.chosen)
        writing.add_cameras(now.new)
        outcome = ImportOutcome(len(now.new), len(now.known), len(now.conflicts), preview.read.rows_left_out, now.new)
        writing.audit(
            at=utc_now(),
            by=by,
            action="cameras imported",
            case_id=None,
            file=preview.read.file_name,
            added=outcome.added,
            known=outcome.known,
            conflicts=outcome.conflicts,
            rows_left_out=outcome.rows_left_out,
            columns=dict(preview.chosen),
        )
    return outcome


def differences(duplicate: Duplicate) -> tuple[str, ...]:
    """The fields in which a file says something, and something else than the camera it repeats."""
    new, known = duplicate.new, duplicate.existing
    return tuple(
        name
        for name in _COMPARED
        if (said := getattr(new, name)) not in (None, "", ())
        and said != getattr(known, name)
        and not (name in ("lat", "lon") and abs(said - getattr(known, name)) < _SAME_PLACE_DEG)
        and not (name == "name" and said == new.id)
        and not (name == "clock_offset_s" and said == 0.0)
    )


@needs(Permission.EDIT_CAMERAS)
def save_camera(store: Store, camera: Camera, *, by: str, was: Camera | None = None) -> Camera:
    """Add a camera, or correct the one with its id; the record keeps what each changed value was before.

    `was` is the camera as the editor saw it: Conflict when somebody else corrected or removed it meanwhile.
    """
    camera = tidied(camera)
    with store.writing() as writing:
        try:
            known = store.camera(camera.id)
        except NotFound:
            if was is not None:
                raise Conflict(f"camera {was.name or was.id}: someone else removed it just now") from None
            writing.add(camera)
            writing.audit(
                at=utc_now(),
                by=by,
                action="camera added",
                case_id=None,
                camera=camera.id,
                lat=camera.lat,
                lon=camera.lon,
            )
            return camera
        if known.spot_of or was not in (None, known):
            raise Conflict(f"camera {known.name or known.id}: someone else corrected it just now; look again")
        changes = {
            f.name: [recorded(getattr(known, f.name)), recorded(getattr(camera, f.name))]
            for f in fields(Camera)
            if getattr(known, f.name) != getattr(camera, f.name)
        }
        if changes:
            writing.put_camera(camera)
            writing.audit(at=utc_now(), by=by, action="camera changed", case_id=None, camera=camera.id, changes=changes)
    return camera


@needs(Permission.EDIT_CAMERAS)
def remove_camera(store: Store, camera_id: str, *, by: str) -> None:
    """Take a camera out; Conflict when footage or a request of any case refers to it."""
    with store.writing() as writing:
        camera = store.camera(camera_id)
        if camera.spot_of:
            raise Conflict(f"camera {camera.name}: is a spot of a case, which goes with its footage")
        writing.remove_camera(camera_id)
        kept = {f.name: recorded(getattr(camera, f.name)) for f in fields(Camera)}
        writing.audit(at=utc_now(), by=by, action="camera removed", case_id=None, camera=camera_id, was=kept)


def recorded(value: object) -> object:
    """A field's value as the record's JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def tidied(camera: Camera) -> Camera:
    """Texts on one line, headings within 0 to 360; BadInput where the camera has no id or a heading is no number."""
    texts = {f.name: one_line(value) for f in fields(Camera) if isinstance(value := getattr(camera, f.name), str)}
    if not texts["id"]:
        raise BadInput("camera id: must not be empty")
    if texts["spot_of"]:
        raise BadInput(f"camera {texts['name'] or texts['id']}: is a spot of a case, which is put with its footage")
    for heading in camera.headings_deg:
        if not isfinite(heading):
            raise BadInput(f"camera {texts['name'] or texts['id']}: heading {heading} is not a number of degrees")
    for name in ("width_px", "height_px"):
        pixels = getattr(camera, name)
        if pixels is not None and not 0 < pixels <= 100_000:
            raise BadInput(f"camera {texts['name'] or texts['id']}: {pixels} is no number of pixels")
    headings = tuple(heading % 360.0 for heading in camera.headings_deg)
    return replace(camera, **texts, headings_deg=headings)  # type: ignore[arg-type]
