from datetime import timedelta

from data.models import FootageRequest, RequestState
from tests.factories import NOON


def a_request(id: str = "r-1", **fields: object) -> FootageRequest:
    """A footage request for ten minutes from NOON, valid as it is, each field replaceable."""
    known = {"id": id, "case_id": "case-1", "camera_id": "cam-1", "from_at": NOON}
    known |= {"to_at": NOON + timedelta(minutes=10), "clock_offset_s": 0.0, "retention_days": 3.0, "score": 0.5}
    known |= {"state": RequestState.DRAFT, "created_at": NOON}
    return FootageRequest(**(known | fields))  # type: ignore[arg-type]
