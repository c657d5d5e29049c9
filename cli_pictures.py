"""The shell door to pictures and films from phones, social media or news: `cli.py footage add-pictures`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settings import Settings

if TYPE_CHECKING:
    from casework.bundles import Handful
    from casework.footage import Place
    from data.models import Case


def add_pictures(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, films, folders of them, or ZIPs")],
    *,
    case: Annotated[str, typer.Option(help="Number or id of the case")],
    as_files_say: Annotated[
        bool, typer.Option("--as-files-say", help="I have looked: what the files say of place and time counts")
    ] = False,
    place: Annotated[str, typer.Option(help="LAT,LON of those that do not say theirs, such as 60.17,24.94")] = "",
    within: Annotated[float, typer.Option(help="How far that place may be off, in metres")] = 50.0,
    taken_at: Annotated[str, typer.Option(help="Time of those that do not say theirs, ISO 8601")] = "",
    zone: Annotated[str, typer.Option(help="Zone of clocks that do not name theirs; the case's own if empty")] = "",
    called: Annotated[str, typer.Option(help="Whose or what they are, such as a witness's phone")] = "",
    search: Annotated[bool, typer.Option(help="Ask for a search of each, where the case may be searched")] = True,
) -> None:
    """Add pictures and films; without --as-files-say or --place and --taken-at, only list what each says of itself."""
    from casework.bundles import Handful, details_for
    from casework.picture_files import lying
    from cli import case_named, one_line_errors, store_of
    from data.clock import parse_time
    from data.clock import zone as zone_of

    with one_line_errors():
        settings = Settings()
        store = store_of(settings)
        found = case_named(store, case)
        zone_of(zone or found.timezone, "--zone")
        said = Handful(
            zone or found.timezone, as_files_say, as_files_say,
            parse_time(taken_at, found.timezone, field="--taken-at") if taken_at else None,
            _place(place, within, called) if place else None, called=called,
        )  # fmt: skip
        is_listed = not (as_files_say or (place and taken_at))
        left = 0
        limits = {"max_pixels": settings.max_pixels, "memory_mb": settings.child_memory_mb}
        for one in lying(paths, most_bytes=settings.max_upload_mb << 20, **limits):
            details = None if one.said.why else details_for(one.said, said)
            if is_listed or details is None:
                left += not is_listed
                typer.echo(f"{one.said.name}: {_words(one.said, said)}", err=not is_listed)
                continue
            _add(store, found, one, details, settings, search=search)
        if left:
            typer.echo(f"{left} left out: give --place and --taken-at for them", err=True)
            raise typer.Exit(1)


def _place(text: str, within: float, called: str) -> "Place":
    from casework.footage import Place, check_place
    from data.errors import BadInput

    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"--place {text[:40]}: write it as 60.17,24.94") from error
    place = Place(lat, lon, within, called)
    check_place(place)
    return place


def _words(one: Any, said: "Handful") -> str:
    """What a file says of itself, on one line."""
    from casework.bundles import place_of, taken_at

    if one.why:
        return str(one.why)
    at, place = taken_at(one, said.timezone), place_of(one, "")
    when = at[0].isoformat() if at else "says no time"
    where = f"{place.lat:.6f},{place.lon:.6f} within {place.radius_m:.0f} m" if place else "says no place"
    return f"{one.kind}; {when}; {where}" + (f"; {one.taken.device}" if one.taken.device else "")


def _add(store: Any, case: "Case", one: Any, details: Any, settings: Settings, *, search: bool) -> None:
    from casework.footage import keep_content
    from casework.jobs import request_scan, why_no_search
    from cli import _by

    store.files.check_room(one.said.size_bytes, one.said.name)
    content = store.files.put(one.opened(), what=one.said.name)
    named = {"original_name": one.said.name, "by": _by(), "how": "command line"}
    kept = keep_content(store, case.id, content, details=details, **named)
    typer.echo(f"{kept.id} {kept.sha256} {one.said.name}")
    has_photo = any(photo.is_usable for photo in store.photos(case.id))
    if search and has_photo and not store.jobs(of_id=kept.id) and why_no_search(store, case.id) is None:
        request_scan(store, kept.id, engine=settings.engine, by=_by())
