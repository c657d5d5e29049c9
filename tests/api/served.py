"""The upload door alone behind uvicorn, for tests that need a real server: kill it, cut its connections, weigh it."""

import os
from pathlib import Path

from starlette.applications import Starlette

from api.uploads import upload_routes
from casework.uploads import Desk, desk_at
from data.store import open_store

HOME = Path(os.environ["LASTSEEN_HOME"])
_open: list[Desk] = []


def desk() -> Desk:
    if not _open:
        _open.append(desk_at(open_store(HOME), HOME, max_upload_mb=4096, max_uploads=50, free_bytes=0))
    return _open[0]


app = Starlette(routes=upload_routes(desk))
