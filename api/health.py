"""The HTTP door, mounted at /api. So far it only tells whether the web process answers."""

from fastapi import FastAPI
from pydantic import BaseModel

# FastAPI's own documentation pages load scripts from a CDN; nothing leaves this machine
api = FastAPI(title="LastSeen", docs_url=None, redoc_url=None)


class Health(BaseModel):
    """The answer of /api/health."""

    status: str


@api.get("/health")
async def health() -> Health:
    """Whether the web process answers; says nothing of any case."""
    return Health(status="ok")
