"""Load the invented demonstration case: people, cameras, streets, and clips made on this machine."""

import json
from io import BytesIO
from pathlib import Path

from casework import cases, jobs, search
from casework.access import for_machines
from casework.footage import add_footage
from casework.scanning import Workshop
from data.demo import DemoCase, demo_case
from data.demo_clips import make_clips
from data.errors import NotFound
from data.models import utc_now
from data.store import Store

BY = "demonstration"
# left for the user to add by hand: it shows where she went in the end
HELD_BACK = "cathedral-underpass.mp4"


@for_machines
def load_demo(workshop: Workshop, home: Path, *, engine: str) -> str:
    """Load the demonstration case, unless it is there; its id.

    Its clips lie in `home`/demo-clips; all but HELD_BACK are added as footage, and a search of each is asked for.
    The photo is checked at once, in this process, as a search needs it.
    """
    store = workshop.store
    demo = demo_case(utc_now())
    try:
        return store.case(demo.case.id).id
    except NotFound:
        pass
    clips = make_clips(home / "demo-clips", demo)
    with store.writing() as writing:
        for camera in demo.cameras:
            writing.put_camera(camera)
        writing.add_case(demo.case)
        for sighting in demo.sightings:
            writing.add(sighting)
        writing.audit(at=utc_now(), by=BY, action="demonstration loaded", case_id=demo.case.id)
    _set_streets(store, home, demo)
    for number, picture in enumerate(demo.photos, start=1):
        name = f"reference-{number}.jpg"
        photo = cases.add_photo(store, demo.case.id, stream=BytesIO(picture), original_name=name, by=BY)
        workshop.check_photo(jobs.check_photo(store, photo.id, engine=engine, by=BY).id)
    _add_clips(store, demo, clips, engine=engine)
    return demo.case.id


def _set_streets(store: Store, home: Path, demo: DemoCase) -> None:
    path = home / "demo-clips" / "streets.geojson"
    path.write_text(json.dumps(demo.streets), encoding="utf-8")
    search.set_streets(store, demo.case.id, path, name="streets.geojson", by=BY)


def _add_clips(store: Store, demo: DemoCase, clips: list[Path], *, engine: str) -> None:
    offsets = {camera.id: camera.clock_offset_s for camera in demo.cameras}
    told = {clip.file_name: clip for clip in demo.clips}
    for path in clips:
        clip = told[path.name]
        if clip.file_name == HELD_BACK:
            continue
        with path.open("rb") as stream:
            footage = add_footage(
                store,
                demo.case.id,
                camera_id=clip.camera_id,
                stream=stream,
                original_name=path.name,
                size_bytes=path.stat().st_size,
                started_at=clip.started_at,
                clock_offset_s=offsets[clip.camera_id],
                by=BY,
            )
        jobs.request_scan(store, footage.id, engine=engine, by=BY)
