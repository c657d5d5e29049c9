"""Sightings taken over from a file, after a look at what would be added."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.access import needs
from data.importers import SightingImport, read_sightings, read_table
from data.importers.columns import SIGHTING_COLUMNS, guessed
from data.importers.files import Kind, kind_of, unpacked
from data.models import Case, Permission, Sighting, utc_now
from data.store import Store


@dataclass(frozen=True)
class SightingsPreview:
    """What importing a file would do: `new` would be added; `known` were imported before, and stay as they are."""

    read: SightingImport
    new: tuple[Sighting, ...]
    known: tuple[Sighting, ...]


def sighting_columns(data: bytes, file_name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The columns of a file and the guess of field to column; both empty for GPX, whose form is fixed."""
    if kind_of(unpacked(data, file_name), file_name) is Kind.GPX:
        return (), {}
    _, table = read_table(data, file_name)
    return table.columns, {field: names[0] for field, names in guessed(table.columns, SIGHTING_COLUMNS).items()}


@needs(Permission.EDIT)
def preview_sightings(
    store: Store,
    case: Case,
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping[str, str] | None = None,
    radius_m: float = 50.0,
    tolerance_s: float = 60.0,
) -> SightingsPreview:
    """Read a file; changes nothing. Times without a zone are read in the case's own, those in the future refused."""
    read = read_sightings(
        data,
        file_name,
        case_id=case.id,
        timezone=case.timezone,
        mapping=mapping,
        radius_m=radius_m,
        tolerance_s=tolerance_s,
        now=utc_now(),
    )
    return _compared(store, case.id, read)


def _compared(store: Store, case_id: str, read: SightingImport) -> SightingsPreview:
    taken = store.sighting_ids(case_id)
    return SightingsPreview(
        read=read,
        new=tuple(s for s in read.sightings if s.id not in taken),
        known=tuple(s for s in read.sightings if s.id in taken),
    )


@needs(Permission.EDIT)
def import_sightings(store: Store, case: Case, preview: SightingsPreview, *, by: str) -> tuple[Sighting, ...]:
    """Add the new sightings of a file, all or none, and return them; one withdrawn before stays withdrawn."""
    at = utc_now()
    with store.writing() as writing:
        now = _compared(store, case.id, preview.read)
        for sighting in now.new:
            writing.add(replace(sighting, created_at=at))
        writing.audit(
            at=at,
            by=by,
            action="sightings imported",
            case_id=case.id,
            file=preview.read.file_name,
            added=[sighting.id for sighting in now.new],
            known=len(now.known),
            rows_left_out=preview.read.rows_left_out,
        )
    return now.new
