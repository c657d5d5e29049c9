"""The process that looks at one file from strangers: ``python -m recognition.apart_child START``, with START as JSON.

It confines itself before anything else is loaded, opens the engine, says that it is ready, and answers requests on its
standard input, one after the other, until that ends. `recognition.apart` is the other side.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognition.confinement import confine

if TYPE_CHECKING:
    from recognition.faces import Engine

PROJECT = Path(__file__).resolve().parents[1]
_CODE = ("recognition", "data")


def main(opened: "Callable[..., Engine] | None" = None, *, code: tuple[str, ...] = _CODE) -> None:
    """Serve one file; `opened` opens another engine than `recognition.engines` would, for tests."""
    start: dict[str, Any] = json.loads(sys.argv[1])
    replies, requests = os.dup(1), os.dup(0)
    # what a library prints must not be read as an answer
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(nowhere, fd)
    opening = start["opening"]
    folders = ("models_dir", "cache_dir", "calibrations_dir")
    models = [] if opening is None else [Path(opening[name]) for name in folders if opening[name]]
    if opening is not None and Path(pack := opening["name"].partition(":")[2]).is_absolute():
        models.append(Path(pack))
    confined = confine(
        Path(start["file"]),
        code=[PROJECT / name for name in code],
        models=models,
        memory_mb=start["memory_mb"],
        parent_pid=start["parent_pid"],
        with_accelerator=opening is not None and opening["device"] != "cpu",
    )
    tempfile.tempdir = "/nowhere"  # there is none to be had, and libraries ask for one when they are loaded
    # only now: the libraries start threads, which Landlock binds only when it came first
    from recognition.apart_serving import serve

    serve(requests, replies, start, confined, opened)


if __name__ == "__main__":
    main()
