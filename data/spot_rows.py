"""Rows of spots: see `casework.spots`."""

import sqlalchemy as sa

from data import schema
from data.models import Camera
from data.rows import plain
from data.writing import Writing, of_case


def like(writing: Writing, spot: Camera) -> Camera | None:
    """The spot of the same case with this one's place, radius and name, where there is one."""
    table = schema.cameras
    same = (table.c[name] == getattr(spot, name) for name in ("spot_of", "lat", "lon", "range_m", "name"))
    row = writing.connection.execute(sa.select(table).where(*same).order_by(table.c.id).limit(1)).mappings().first()
    return None if row is None else plain(Camera, row)


def remove_unused(writing: Writing, camera_id: str) -> bool:
    """Forget a spot that no footage is of any more; whether there was such a one."""
    cameras, footage = schema.cameras, schema.footage
    used = sa.select(footage.c.id).where(footage.c.camera_id == camera_id).exists()
    its = sa.and_(cameras.c.id == camera_id, cameras.c.spot_of != "")
    case_id = writing.connection.scalar(sa.select(cameras.c.spot_of).where(its, ~used))
    if case_id is None:
        return False
    writing.connection.execute(sa.delete(cameras).where(its))
    writing.changed(of_case(str(case_id)))
    return True
