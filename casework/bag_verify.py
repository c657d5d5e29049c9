#!/usr/bin/env python3
"""Verifies an export of LastSeen with Python's standard library alone:  python3 -I -S verify.py [BAG] [--key KEY]

BAG is the export's folder (the one this file lies in, unless given), KEY the 64 digits of the public key, as whoever
exported it told them another way. It checks that every file is there and is the one that was exported, that the case's
record is part of the signed chain with nothing changed, added or taken out, and both signatures.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def point(encoded: bytes) -> tuple[int, int, int, int]:
    """RFC 8032, 5.1.3: a point of the curve in extended coordinates; ValueError where it is none."""
    sign, y = encoded[31] >> 7, int.from_bytes(encoded, "little") & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P or y >= P or (x == 0 and sign):
        raise ValueError("is no point")
    x = P - x if x % 2 != sign else x
    return x, y, 1, x * y % P


def add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, int, int, int]:
    p, q = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    r, s = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = q - p, s - r, s + r, q + p
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n: int, a: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    found = (0, 1, 1, 0)
    while n:
        found, a, n = add(found, a) if n & 1 else found, add(a, a), n >> 1
    return found


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032, 5.1.7: Ed25519."""
    try:
        r, a, s = point(signature[:32]), point(key), int.from_bytes(signature[32:], "little")
    except (ValueError, IndexError):
        return False
    if len(signature) != 64 or len(key) != 32 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(s, point(BASE_Y.to_bytes(32, "little"))), add(r, times(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def digest(value: object) -> str:
    """SHA-256 of RFC 8785 JSON; what is hashed here holds but words and whole numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_signature(document: dict, name: str, key: str) -> list[str]:  # type: ignore[type-arg]
    unsigned = {part: value for part, value in document.items() if part != "signature"}
    text = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if document["key"] != key:
        return [f"{name}: was signed by another key, {document['key'][:16]}…"]
    if not is_signed(bytes.fromhex(key), text.encode(), base64.b64decode(document["signature"])):
        return [f"{name}: its signature is wrong"]
    return []


def check_files(bag: Path) -> list[str]:
    """Every file of the payload stands in both manifests and is unchanged, and so are the tag files."""
    wrong = []
    for manifest in sorted(bag.glob("*manifest-*.txt")):
        kind, algorithm = manifest.stem.split("-")
        listed = dict(line.split("  ", 1)[::-1] for line in manifest.read_text("utf-8").splitlines())
        for name, told in listed.items():
            if (bag / name).is_symlink() or not (bag / name).is_file():
                wrong.append(f"{name}: is missing")
                continue
            found = hashlib.new(algorithm)
            with (bag / name).open("rb") as stream:
                for piece in iter(lambda: stream.read(1 << 20), b""):
                    found.update(piece)
            if found.hexdigest() != told:
                wrong.append(f"{name}: was changed ({algorithm})")
        there = {str(path.relative_to(bag)) for path in (bag / "data").rglob("*") if not path.is_dir()}
        wrong += [f"{name}: is in no {manifest.name}" for name in sorted(there - set(listed)) if kind == "manifest"]
    return wrong


def check_record(bag: Path, head: dict) -> list[str]:  # type: ignore[type-arg]
    """The case's entries, and the hashes of all others between them, lead to the signed head of the chain."""
    lines = (json.loads(line) for line in (bag / "data/record.jsonl").open(encoding="utf-8"))
    first, wrong = next(lines), []
    sequence, chain = first["first"] - 1, first["prev_hash"]
    for entry in lines:
        content = entry.get("content")
        if content is None:
            if entry.get("details") is not None:
                told = f'{{"details":{entry["details"]},"salt":{json.dumps(entry["salt"])}}}'
                if hashlib.sha256(told.encode()).hexdigest() != entry["details_hash"]:
                    wrong.append(f"record, entry {entry['sequence']}: its details were changed")
            content = digest({name: entry[name] for name in ("action", "at", "by", "case_id", "details_hash")})
        if entry["sequence"] != sequence + 1:
            wrong.append(f"record, entry {entry['sequence']}: does not follow {sequence}")
        sequence = entry["sequence"]
        chain = digest({"content": content, "prev_hash": chain, "sequence": sequence})
    if (sequence, chain) != (head["sequence"], head["hash"]):
        wrong.append("record: does not lead to the signed head: entries were changed, added or taken out")
    return wrong


def main(arguments: list[str]) -> int:
    key = arguments.pop(arguments.index("--key") + 1) if "--key" in arguments[:-1] else None
    rest = [argument for argument in arguments if argument != "--key"]
    bag = Path(rest[0]) if rest else Path(__file__).resolve().parent
    try:
        signed = json.loads((bag / "signed.json").read_text("utf-8"))
        wrong = check_files(bag) + check_signature(signed, "signed.json", (key or signed["key"]).strip().lower())
        wrong += check_signature(signed["head"], "head of the record", signed["key"])
        manifest = hashlib.sha256((bag / "manifest-sha256.txt").read_bytes()).hexdigest()
        if manifest != signed["manifest_sha256"]:
            wrong.append("manifest-sha256.txt: is not the one that was signed")
        wrong += check_record(bag, signed["head"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = [f"the export cannot be read: {type(error).__name__}: {error}"]
        signed = {"key": ""}
    for line in wrong:
        sys.stdout.write(f"WRONG  {line}\n")
    if not wrong:
        sys.stdout.write(
            f"Every file, the record and both signatures are as they were exported, by the key\n{signed['key']}\n"
        )
        sys.stdout.write("" if key else "Compare this key with the one that the exporter gave you another way.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
