"""Bodies of requests, read to a limit: what somebody sends must not fill this process's memory."""

from fastapi import Request
from starlette.requests import ClientDisconnect

from data.errors import BadInput, TooLarge

MOST_JSON = 1 << 20
"""Bytes of a request that carries no picture and no file."""


async def body_in(request: Request, most_bytes: int) -> bytes:
    """The body, of so many bytes at most; TooLarge as soon as there are more."""
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > most_bytes:
                raise TooLarge(f"body: has more than the {most_bytes:,} bytes that are taken in")
    except ClientDisconnect as error:
        raise BadInput("body: was cut off") from error
    return bytes(found)
