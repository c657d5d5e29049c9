"""A client of /api for programs in Python; needs httpx and nothing else of LastSeen.

    with Client("https://lastseen.example.org", token) as api:
        for case in api.every(api.list_cases, closed=False):
            print(case.number, [place.rank for place in api.rank_cameras(case.id).items])
        upload_id = api.upload(path, case.id)

One method stands for each operation (`api.client_calls`); refusals are `ApiError`.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, Protocol, TypeVar, cast

import httpx

from api.client_calls import Calls, JobOut
from api.client_line import UNSET, ApiError, Fault, decoded, raise_for

__all__ = ["UNSET", "ApiError", "Client", "Fault"]
PIECE_BYTES = 8 << 20
TRIES = 5
TUS = {"Tus-Resumable": "1.0.0"}
P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)


class Piece(Protocol[T_co]):
    """A piece of a list."""

    @property
    def items(self) -> tuple[T_co, ...]: ...
    @property
    def next(self) -> str | None: ...


class Client(Calls):
    """All calls, and what takes more than one of them."""

    def every(self, call: Callable[..., Piece[T_co]], *given: Any, **named: Any) -> Iterator[T_co]:
        """The rows of a list from its first to its last, asked for piece by piece."""
        cursor: str | None = ""
        while cursor is not None:
            piece = call(*given, **named, **({"cursor": cursor} if cursor else {}))
            yield from piece.items
            cursor = piece.next

    def upload(self, path: Path, case_id: str) -> str:
        """Send a file of footage for a case; the id by which `add_footage` takes it up.

        A line that breaks is taken up where it broke, some times over; each piece is sent with its hash.
        """
        size = path.stat().st_size
        named = {"filename": path.name, "case": case_id, "purpose": "footage"}
        told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in named.items())
        begun = self._tus("POST", "/api/uploads", {"Upload-Length": str(size), "Upload-Metadata": told})
        where = begun.headers["location"]
        with path.open("rb") as file:
            for _ in range(TRIES - 1):
                try:
                    self._send_pieces(where, file, size)
                    break
                except httpx.TransportError:
                    continue
            else:
                self._send_pieces(where, file, size)
        return where.rsplit("/", 1)[-1]

    def _send_pieces(self, where: str, file: BinaryIO, size: int) -> None:
        offset = int(self._tus("HEAD", where, {}).headers["upload-offset"])
        while offset < size:
            file.seek(offset)
            piece = file.read(PIECE_BYTES)
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers = {"Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {digest}",
                       "Content-Type": "application/offset+octet-stream"}  # fmt: skip
            offset = int(self._tus("PATCH", where, headers, piece).headers["upload-offset"])

    def _tus(self, method: str, path: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        answer = self._http.request(method, path, headers=TUS | headers, content=content)
        raise_for(answer)
        return answer

    def follow(self, job_id: str) -> Iterator[JobOut]:
        """A job each time that it has moved on, as it happens, until it ends."""
        with self._http.stream("GET", f"/api/v1/jobs/{job_id}/events", timeout=None) as answer:
            if not answer.is_success:
                answer.read()
                raise_for(answer)
            for line in answer.iter_lines():
                kind, _, told = line.partition(": ")
                if kind == "data" and (read := json.loads(told)).get("job") is not None:  # null: it is gone
                    yield cast(JobOut, decoded(JobOut, read["job"]))
