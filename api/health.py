"""Is the web process alive, and can it take work: /api/health and /api/ready. Neither says anything of any case."""

import threading
import time
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel

from casework.readiness import Readiness, readiness
from settings import Settings

# FastAPI's own documentation pages load scripts from a CDN; nothing leaves this machine
api = FastAPI(title="LastSeen", version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None)

KEPT_S = 2.0


class Health(BaseModel):
    """The answer of /api/health."""

    status: str


class Ready(BaseModel):
    """The answer of /api/ready: `reasons` say in plain words what is missing."""

    status: str
    reasons: list[str]


class Watch:
    """Looks at the installation, and remembers for two seconds what it saw: whoever asks often costs little."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._seen: tuple[float, Readiness] | None = None

    def look(self) -> Readiness:
        with self._lock:
            if self._seen is None or time.monotonic() - self._seen[0] > KEPT_S:
                known = self.settings
                found = readiness(
                    known.home,
                    database_url=known.database_url,
                    files_url=known.files_url,
                    free_bytes=known.free_disk_mb << 20,
                )
                self._seen = (time.monotonic(), found)
            return self._seen[1]


@lru_cache(maxsize=1)
def watch() -> Watch:
    """The watch of this process."""
    return Watch(Settings())


@api.get("/health", tags=["machine"], operation_id="readHealth")
async def health() -> Health:
    """Whether the web process answers; says nothing of any case."""
    return Health(status="ok")


@api.get(
    "/ready",
    tags=["machine"],
    operation_id="readReadiness",
    responses={503: {"model": Ready, "description": "Something is missing."}},
)
def ready(response: Response, watching: Annotated[Watch, Depends(watch)]) -> Ready:
    """Whether store, disk, files and a worker are there; 503 and the reasons when something is missing."""
    found = watching.look()
    response.headers["Cache-Control"] = "no-store"
    if not found.is_ready:
        response.status_code = 503
    return Ready(status="ready" if found.is_ready else "not ready", reasons=list(found.reasons))
