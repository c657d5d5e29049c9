"""The line between a program and /api: how values are written and read, what is tried again, what is remembered."""

import dataclasses
import json
import time
import types
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Self, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import quote

import httpx

T = TypeVar("T")
KEPT_ANSWERS = 200
"""So many answers are kept with their ETags, not to be sent again while nothing has changed."""


class Unset(Enum):
    """What stands for a field that is not sent at all, unlike None."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclasses.dataclass(frozen=True)
class Fault:
    """One field that could not be used."""

    field: str
    detail: str


class ApiError(Exception):
    """The API refused, or could not do it: problem+json as an exception."""

    def __init__(self, status: int, told: Mapping[str, Any], retry_after_s: float = 0.0) -> None:
        self.status = status
        self.type = str(told.get("type", "about:blank"))
        self.detail = str(told.get("detail", ""))
        self.faults = tuple(Fault(str(one["field"]), str(one["detail"])) for one in told.get("errors") or ())
        self.retry_after_s = retry_after_s
        super().__init__(f"{status}: {self.detail}")


class Line:
    """A connection to one LastSeen with one token; close it, or use it in a `with`.

    What was refused because it came too soon (429, 503 with `Retry-After`) is asked again, for `patience_s` at most.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        patience_s: float = 60.0,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=address.rstrip("/"), headers=headers, timeout=timeout_s, transport=transport, trust_env=False
        )
        self._patience_s = patience_s
        self._sleep = sleep
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: Sequence[str], kind: type[T], **more: Any) -> T:
        """Ask, and read the answer as `kind`; what more there is to say, see `tell`."""
        answer = self.tell(method, path, **more)
        return cast(T, answer if kind is bytes else decoded(kind, json.loads(answer)))

    def tell(
        self,
        method: str,
        path: Sequence[str],
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: tuple[str, bytes] | None = None,
    ) -> bytes:
        """Ask, and give the answer as it came; of a path every second part is a value."""
        way = "/api" + "".join(quote(str(part), safe="") if i % 2 else part for i, part in enumerate(path))
        told = {name: str(encoded(value)) for name, value in (headers or {}).items() if value is not UNSET}
        asked: dict[str, Any] = {"params": _query(query or {}), "headers": told}
        if body is not None:
            asked["json"] = encoded(body)
        if content is not None:
            asked["content"], told["Content-Type"] = content[1], content[0]
        return self._patiently(method, way, asked)

    def _patiently(self, method: str, path: str, asked: Mapping[str, Any]) -> bytes:
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return self._once(method, path, asked)
            except ApiError as error:
                if not error.retry_after_s or time.monotonic() + error.retry_after_s > until:
                    raise
                self._sleep(error.retry_after_s)

    def _once(self, method: str, path: str, asked: Mapping[str, Any]) -> bytes:
        request = self._http.build_request(method, path, **asked)
        where = str(request.url)
        if method == "GET" and where in self._kept:
            request.headers["If-None-Match"] = self._kept[where][0]
        answer = self._http.send(request)
        if answer.status_code == 304:
            self._kept.move_to_end(where)
            return self._kept[where][1]
        raise_for(answer)
        if method == "GET" and "etag" in answer.headers:
            self._kept[where] = (answer.headers["etag"], answer.content)
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)
        return answer.content


def raise_for(answer: httpx.Response) -> None:
    """ApiError where it is no success; the body must have been read."""
    if answer.is_success:
        return
    try:
        told = answer.json()
    except ValueError:
        told = {"detail": answer.text[:300]}
    waits = answer.headers.get("retry-after", "")
    retry = float(waits) if answer.status_code in (429, 503) and waits.isdecimal() else 0.0
    raise ApiError(answer.status_code, told if isinstance(told, dict) else {}, retry)


def _query(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if value is not UNSET and value is not None:
            some = value if isinstance(value, tuple | list) else [value]
            pairs += [(name, str(encoded(one)).lower() if isinstance(one, bool) else str(encoded(one))) for one in some]
    return pairs


def encoded(value: Any) -> Any:
    """A value as JSON has it; fields that are not set are left out."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name.rstrip("_"): getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): encoded(one) for name, one in value.items() if one is not UNSET}
    if isinstance(value, tuple | list):
        return [encoded(one) for one in value]
    return value


def decoded(kind: Any, value: Any) -> Any:
    """JSON as a type says; fields that this client does not know are left out: a newer server may send more."""
    origin, inner = get_origin(kind), get_args(kind)
    if value is None or kind is Any or origin is Literal:
        return value
    if origin in (Union, types.UnionType):
        return decoded(next((one for one in inner if _fits(one, value)), Any), value)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {name: name.rstrip("_") for name in hints if name.rstrip("_") in value}
        return cast(type[Any], kind)(**{name: decoded(hints[name], value[sent]) for name, sent in known.items()})
    if origin is tuple:
        each = [inner[0]] * len(value) if inner[-1] is ... else inner
        return tuple(decoded(one, part) for one, part in zip(each, value, strict=True))
    if origin is dict:
        return {name: decoded(inner[1], one) for name, one in value.items()}
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return float(value) if kind is float else value


def _fits(kind: Any, value: Any) -> bool:
    """Whether a JSON value may be of this type, as far as alternatives have to be told apart."""
    if kind is type(None):
        return False
    if dataclasses.is_dataclass(kind) or get_origin(kind) is dict:
        return isinstance(value, dict)
    if get_origin(kind) is tuple:
        return isinstance(value, list)
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind in (int, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in (datetime, date, str):
        return isinstance(value, str)
    return kind is Any or isinstance(value, kind)
