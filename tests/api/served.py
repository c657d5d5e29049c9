"""The upload door alone behind uvicorn, for tests that need a real server: kill it, cut its connections, weigh it."""

import os
from pathlib import Path

from starlette.applications import Starlette

from api.uploads import upload_routes
from casework.uploads import Desk, desk_at
from data.store import open_store
from tests.api.asking import as_account
from tests.factories import an_account
from tests.fakes import Anyone

HOME = Path(os.environ["LASTSEEN_HOME"])
_open: list[Desk] = []


def desk() -> Desk:
    if not _open:
        store = open_store(HOME).guarded(Anyone())
        _open.append(desk_at(store, HOME, max_upload_mb=4096, max_uploads=50, free_bytes=0))
    return _open[0]


app = as_account(an_account(), Starlette(routes=upload_routes(lambda _: desk())))
