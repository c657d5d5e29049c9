"""A picture in the body of a request: its bytes, or base64 text within JSON. Read up to a limit, and decoded nowhere
here: that is done in a confined process."""

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.bodies import body_in
from casework.face_desk import MOST_BYTES
from data.errors import BadInput

_JSON = "application/json"
_MOST_AROUND = 4096  # JSON around the base64 text


async def json_in(request: Request, pictures: int) -> dict[str, Any]:
    """A JSON object with so many pictures in it."""
    body = await body_in(request, pictures * (MOST_BYTES * 4 // 3 + _MOST_AROUND))
    return await run_in_threadpool(_object, body)


async def picture_in(request: Request) -> bytes:
    """The picture that a request carries: the body itself, or `picture` of a JSON object."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON:
        return decoded(await json_in(request, 1), "picture")
    picture = await body_in(request, MOST_BYTES)
    if not picture:
        raise BadInput("body: holds no picture; send its bytes, or JSON with the base64 text of `picture`")
    return picture


Picture = Annotated[bytes, Depends(picture_in)]


def decoded(said: dict[str, Any], name: str) -> bytes:
    """The bytes of the base64 text under `name`; a data: address of a browser's canvas is taken too."""
    text = said.get(name)
    if not isinstance(text, str) or not text:
        raise BadInput(f"{name}: give the picture as base64 text")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        picture = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{name}: is no base64 text") from error
    if not picture:
        raise BadInput(f"{name}: is empty")
    return picture


def picture_body(*names: str) -> dict[str, Any]:
    """What the documentation says of such a body: raw bytes where there is one picture, and JSON."""
    text = {"type": "string", "contentEncoding": "base64", "minLength": 1}
    schema = {"type": "object", "properties": dict.fromkeys(names, text), "required": list(names)}
    content: dict[str, Any] = {_JSON: {"schema": schema}}
    if len(names) == 1:
        raw = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        content = {"image/jpeg": raw, "image/png": raw, "image/webp": raw} | content
    return {"requestBody": {"required": True, "content": content}}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("body: is no JSON") from error
    if not isinstance(said, dict):
        raise BadInput("body: must be a JSON object")
    return said
