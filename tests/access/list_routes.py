"""Prints every route of the served app as JSON, ours and those of the pages' library.

In a process of its own, for importing the app sets up this one as a server.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.web.server.starlette.starlette_app import create_streamlit_routes


class Anything:
    """Stands for the library's runtime, of which its routes only keep pieces."""

    def __getattr__(self, _name: str) -> "Anything":
        return Anything()

    def __call__(self, *_given: Any, **_named: Any) -> "Anything":
        return Anything()

    def __fspath__(self) -> str:
        return "/nowhere"


def _all(routes: list[Any]) -> Iterator[Any]:
    """Routes, and those of routers included among them."""
    for route in routes:
        router = getattr(route, "original_router", None)
        yield from _all(router.routes) if router is not None else [route]


def main() -> None:
    import app

    found = []
    for route in [*app.app._user_routes, *create_streamlit_routes(Anything())]:  # type: ignore[arg-type]
        inner = getattr(route, "app", None) if route.path == "/api" else None
        for one in _all(inner.routes) if inner is not None else [route]:
            path = f"/api{one.path}" if inner is not None else one.path
            methods = sorted(
                getattr(one, "methods", None) or ["WEBSOCKET" if "WebSocket" in type(one).__name__ else "GET"]
            )
            found += [(method, path) for method in methods]
    print(json.dumps(sorted(set(found))))


if __name__ == "__main__":
    main()
