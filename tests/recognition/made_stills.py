"""Still pictures made for tests: with what phones write into them, and as ZIPs of any kind."""

import io
import zipfile
from typing import Any

from PIL import Image as Pillow

PHONE_EXIF: dict[str, Any] = {
    "make": "Apple", "model": "iPhone 13", "taken": "2026:03:02 14:00:05", "offset": "+02:00",
    "lat": (60.0, 10.0, 12.0), "lon": (24.0, 56.0, 24.0), "error_m": 8.0,
}  # fmt: skip


def a_still(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), orientation: int = 1, **said: Any) -> bytes:
    """A picture, red on its upper left quarter, with EXIF that says so (see PHONE_EXIF for the names)."""
    picture = Pillow.new("RGB", size, "white")
    picture.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    stream = io.BytesIO()
    picture.save(
        stream, kind, **({"exif": an_exif(orientation=orientation, **said)} if said or orientation > 1 else {})
    )
    return stream.getvalue()


def an_exif(*, orientation: int = 1, **said: Any) -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    own: dict[int, Any] = {}
    gps: dict[int, Any] = {}
    for name, put in (
        ("make", lambda value: exif.__setitem__(0x010F, value)),
        ("model", lambda value: exif.__setitem__(0x0110, value)),
        ("taken", lambda value: own.__setitem__(0x9003, value)),
        ("offset", lambda value: own.__setitem__(0x9011, value)),
        ("fraction", lambda value: own.__setitem__(0x9291, value)),
        ("lat", lambda value: gps.update({1: "S" if value[0] < 0 else "N", 2: tuple(abs(part) for part in value)})),
        ("lon", lambda value: gps.update({3: "W" if value[0] < 0 else "E", 4: tuple(abs(part) for part in value)})),
        ("error_m", lambda value: gps.__setitem__(31, value)),
        ("gps_date", lambda value: gps.__setitem__(29, value)),
        ("gps_time", lambda value: gps.__setitem__(7, value)),
    ):
        if name in said:
            put(said[name])
    if own:
        exif[0x8769] = own
    if gps:
        exif[0x8825] = gps
    return exif


def a_zip(members: dict[str, bytes], *, packed: bool = False) -> bytes:
    """A ZIP of these files, in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as out:
        for name, content in members.items():
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content,
                         zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)  # fmt: skip
    return stream.getvalue()
