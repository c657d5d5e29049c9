"""A conquered child: it answers every request with a lie, which its engine's name tells; for test_apart.py."""

import json
import os
import struct
import sys

import numpy as np

from recognition.apart_wire import Message, packed, received

TRACK = {
    "segment": 0, "start_s": 0.0, "end_s": 1.0, "best_s": 0.5, "best_box_px": [0, 0, 9, 9],
    "first_box_px": [0, 0, 9, 9], "last_box_px": [0, 0, 9, 9], "seen": 3, "shots": 1, "similarity": 0.5,
    "quality": 0.5, "time_source": "container",
}  # fmt: skip
SHOTS = {"shot_px": np.ones(1), "shot_quality": np.ones(1), "vectors": np.ones((1, 3), np.float32)}


def track(**lies: object) -> bytes:
    value = json.dumps({"kind": "track", "value": TRACK | lies, "parts": []}).encode()
    honest = packed(Message("track", TRACK, SHOTS))
    if not lies:
        return honest
    head_bytes, body_bytes = struct.unpack("!II", honest[:8])
    head = json.loads(honest[8 : 8 + head_bytes]) | {"value": json.loads(value)["value"]}
    said = json.dumps(head).encode()
    return struct.pack("!II", len(said), body_bytes) + said + honest[8 + head_bytes :]


def raw(head: bytes, body: bytes = b"") -> bytes:
    return struct.pack("!II", len(head), len(body)) + head + body


def shaped(kind: str, shape: list[int]) -> bytes:
    head = {"kind": "track", "value": TRACK, "parts": [["vectors", kind, shape]]}
    return raw(json.dumps(head).encode(), bytes(8))


LIES = {
    "endless head": struct.pack("!II", 0xFFFFFFFF, 0),
    "endless body": struct.pack("!II", 2, 0xFFFFFFFF) + b"{}",
    "no JSON": raw(b"\x80\x04pickled"),
    "deep JSON": raw(b"[" * 60_000),
    "no object": raw(b"[]"),
    "other kind": packed(Message("info", {})),
    "no tracks' number": track(similarity="much"),
    "not finite": track(start_s=float("nan")),
    "endless number": track(seen=10**4000),
    "endless time": track(best_s=10**4000),
    "surer than sure": track(similarity=7.0),
    "other segment": track(segment=5),
    "other end": track(best_s=99.0),
    "no source": track(time_source="<b>"),
    "huge shape": shaped("f4", [2**40, 2**40]),
    "negative shape": shaped("f4", [-1, 3]),
    "no JPEG": packed(Message("track", TRACK, {**SHOTS, "crop_jpeg": b"<svg onload=alert(1)>"})),
    "object type": shaped("O", [1, 1]),
    "error of another kind": packed(Message("refused", {"error": "SystemExit", "words": "bye"})),
}  # fmt: skip


def lie(name: str) -> None:
    if name == "endless tracks":
        while True:
            os.write(1, track())
    if name == "endless bytes":
        piece = raw(json.dumps({"kind": "track", "value": TRACK, "parts": [["vectors", "f4", [4096, 4096]],
                    ["shot_px", "f8", [1]], ["shot_quality", "f8", [1]]]}).encode(), bytes((1 << 26) + 16))  # fmt: skip
        os.write(1, piece)
    if name == "long words":
        os.write(1, packed(Message("refused", {"error": "BadInput", "words": "a\n\x1b[31m\u202e" + "x" * 9000})))
        return
    os.write(1, LIES[name])


if __name__ == "__main__":
    start = json.loads(sys.argv[1])
    os.write(1, packed(Message("ready", {"landlock": 0, "network": "open", "has_filter": False, "runs_on": "CPU"})))
    received(lambda n: os.read(0, n))
    lie(start["opening"]["name"])
    os.read(0, 1)
