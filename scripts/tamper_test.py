"""Tampers with the record of a store, again and again, by raw SQL, and asks whether the verifier finds it.

    python scripts/tamper_test.py --n 1000 [--seed 1]

Every tamper is made by one who can write to the database and knows the format: some only change a value, others compute
all hashes anew. They do not have the signing key. What is asked is `data.audit_verify`, with a head that was exported
before and the public key; a log that was not tampered with must verify.
"""

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa

from casework.access import Machine
from casework.custody import checkpoint
from data import audit_chain
from data.audit_verify import Verified, verify
from data.store import open_store

ENTRIES = 120
COLUMNS = ("at", "by", "action", "case_id", "details", "sequence", "salt", "details_hash", "prev_hash", "hash")
Database = sqlite3.Connection
Random = random.Random


def make(home: Path, *, entries: int = ENTRIES, by: str = "Ann") -> dict[str, Any]:
    """A store with a record, three checkpoints in it, and the head that was exported at its end."""
    store = open_store(home).guarded(Machine("tamper test"))
    for number in range(entries):
        with store.writing() as writing:
            writing.audit(
                at=datetime.now(UTC),
                by=by if number % 3 else "Ben",
                action=f"act {number % 7}",
                case_id=f"case-{number % 4}" if number % 5 else None,
                number=number,
                share=number / 7,
                words="žluťoučký 😀",
                nested={"a": [1, 2.5, None]},
            )
        if number in (entries // 3, 2 * entries // 3):
            checkpoint(store)
    head = checkpoint(store)
    store.close()
    with closing(sqlite3.connect(home / "store.sqlite")) as database:
        database.execute("PRAGMA journal_mode=DELETE")  # one file, to be copied
    return head


def check(home: Path, head: dict[str, Any], *, public_key: str) -> Verified:
    engine = sa.create_engine(f"sqlite:///{home / 'store.sqlite'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        return verify(connection, head=head, public_keys=[public_key])


def row(database: Database, sequence: int) -> dict[str, Any]:
    found = database.execute(f"SELECT {_names()} FROM audit WHERE sequence = ?", (sequence,)).fetchone()  # noqa: S608
    return dict(zip(COLUMNS, found, strict=True))


def _names() -> str:
    return ", ".join(f'"{name}"' for name in COLUMNS)


def last(database: Database) -> int:
    return int(database.execute("SELECT max(sequence) FROM audit").fetchone()[0])


def put(database: Database, sequence: int, **values: Any) -> None:
    names = ", ".join(f'"{name}" = ?' for name in values)
    database.execute(f"UPDATE audit SET {names} WHERE sequence = ?", (*values.values(), sequence))  # noqa: S608


def add(database: Database, values: dict[str, Any]) -> None:
    places = ", ".join("?" for _ in COLUMNS)
    database.execute(f"INSERT INTO audit ({_names()}) VALUES ({places})", [values[name] for name in COLUMNS])  # noqa: S608


def forged(of: dict[str, Any]) -> dict[str, Any]:
    """The entry with all its own hashes made right."""
    details = json.loads(of["details"])
    hashed = audit_chain.details_hash(details, of["salt"])
    at = datetime.fromisoformat(of["at"]).replace(tzinfo=UTC)
    told = {"at": at, "by": of["by"], "action": of["action"], "case_id": of["case_id"]}
    content = audit_chain.content_hash(**told, details_hash=hashed)
    whole = audit_chain.entry_hash(of["sequence"], content, of["prev_hash"])
    return of | {"details_hash": hashed, "hash": whole}


def rechain(database: Database, start: int) -> None:
    """Make every hash right from entry `start` to the end."""
    prev = audit_chain.NOTHING if start == 1 else row(database, start - 1)["hash"]
    for sequence in range(start, last(database) + 1):
        made = forged(row(database, sequence) | {"prev_hash": prev})
        put(database, sequence, prev_hash=prev, details_hash=made["details_hash"], hash=made["hash"])
        prev = made["hash"]


def shift(database: Database, start: int, by: int) -> None:
    """Renumber the entries from `start` on; by way of numbers that none has."""
    database.execute("UPDATE audit SET sequence = -(sequence + ?) WHERE sequence >= ?", (by, start))
    database.execute("UPDATE audit SET sequence = -sequence WHERE sequence < 0")


def other(random_: Random, name: str, value: Any) -> Any:
    """Another value for a column."""
    if name == "at":
        at = datetime.fromisoformat(value) + timedelta(microseconds=random_.choice([-1, 1, -60_000_000, 3_600_000_000]))
        return at.strftime("%Y-%m-%d %H:%M:%S.%f")
    if name == "details":
        details = json.loads(value)
        details[random_.choice([*details, "more"])] = random_.choice(["changed", 0.1, None, [1], {"x": 1}])
        return json.dumps(details) if details != json.loads(value) else json.dumps({})
    if name in ("salt", "details_hash", "prev_hash", "hash"):
        place = random_.randrange(len(value))
        return value[:place] + random_.choice([c for c in "0123456789abcdef" if c != value[place]]) + value[place + 1 :]
    if name == "case_id":
        return random_.choice([c for c in (None, "case-0", "case-1", "case-9") if c != value])
    return random_.choice([f"{value} ", f"{value}x", str(value)[:-1], "Mallory"])


# the tampers


def edit(database: Database, random_: Random) -> None:
    """One value of one entry."""
    sequence = random_.randint(1, last(database))
    name = random_.choice([name for name in COLUMNS if name != "sequence"])
    put(database, sequence, **{name: other(random_, name, row(database, sequence)[name])})


def edit_and_rehash(database: Database, random_: Random) -> None:
    """One entry, with its own hash made right."""
    sequence = random_.randint(1, last(database))
    name = random_.choice(["at", "by", "action", "case_id", "details"])
    of = row(database, sequence)
    made = forged(of | {name: other(random_, name, of[name])})
    put(database, sequence, **{part: made[part] for part in (name, "details_hash", "hash")})


def edit_and_rechain(database: Database, random_: Random) -> None:
    """One entry, with its own hash and all that follow made right."""
    sequence = random_.randint(1, last(database))
    name = random_.choice(["at", "by", "action", "case_id", "details"])
    put(database, sequence, **{name: other(random_, name, row(database, sequence)[name])})
    rechain(database, sequence)


def blank(database: Database, random_: Random) -> None:
    """The details of an entry, as if a certificate had destroyed them."""
    put(database, random_.randint(1, last(database)), details='{"certificate": "c-1"}', salt=None)


def delete(database: Database, random_: Random) -> None:
    """Some entries, with or without renumbering, with or without new hashes."""
    start = random_.randint(1, last(database) - 1)
    count = min(random_.choice([1, 1, 2, 7]), last(database) - start)
    database.execute("DELETE FROM audit WHERE sequence >= ? AND sequence < ?", (start, start + count))
    if random_.random() < 0.7:
        shift(database, start + count, -count)
        if random_.random() < 0.5:
            rechain(database, start)


def reorder(database: Database, random_: Random) -> None:
    """Two entries change places, as they are, or only in what they say."""
    first, second = random_.sample(range(1, last(database) + 1), 2)
    one, two = row(database, first), row(database, second)
    names = random_.choice([COLUMNS[:5], tuple(name for name in COLUMNS if name != "sequence")])
    if all(one[name] == two[name] for name in names):
        names = COLUMNS[:5]
    put(database, first, **{name: two[name] for name in names})
    put(database, second, **{name: one[name] for name in names})
    if random_.random() < 0.4:
        put(database, first, salt=two["salt"])
        put(database, second, salt=one["salt"])
        rechain(database, min(first, second))


def insert(database: Database, random_: Random) -> None:
    """An entry that never was, in the midst, with or without new hashes."""
    place = random_.randint(2, last(database))
    of = row(database, place - 1)
    shift(database, place, 1)
    said = {"action": random_.choice(["match confirm", of["action"]]), "by": "Mallory", "prev_hash": of["hash"]}
    add(database, forged(of | said | {"sequence": place}))
    if random_.random() < 0.6:
        rechain(database, place)


def append_back_dated(database: Database, random_: Random) -> None:
    """An entry at the end, rightly chained, that claims to be from before."""
    of = row(database, last(database))
    at = datetime.fromisoformat(of["at"]) - timedelta(minutes=random_.choice([5, 60, 60 * 24 * 30]))
    said = {"at": at.strftime("%Y-%m-%d %H:%M:%S.%f"), "action": "case opened", "sequence": of["sequence"] + 1}
    add(database, forged(of | said | {"prev_hash": of["hash"]}))


def back_date(database: Database, random_: Random) -> None:
    """An entry's time is set back, and all hashes made right or not."""
    sequence = random_.randint(2, last(database))
    of = row(database, sequence)
    at = datetime.fromisoformat(of["at"]) - timedelta(minutes=random_.choice([1, 10, 60 * 24]))
    put(database, sequence, at=at.strftime("%Y-%m-%d %H:%M:%S.%f"))
    if random_.random() < 0.7:
        rechain(database, sequence)


def cut_tail(database: Database, random_: Random) -> None:
    """The last entries, and, or not, the checkpoints that knew of them; others may be put in their place."""
    end, count = last(database), random_.choice([1, 2, 10, 60])
    database.execute("DELETE FROM audit WHERE sequence > ?", (end - count,))
    if random_.random() < 0.7:
        database.execute("DELETE FROM checkpoints WHERE sequence > ?", (end - count,))
    if random_.random() < 0.5:
        for _ in range(count):
            of = row(database, last(database))
            at = (datetime.fromisoformat(of["at"]) + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
            said = {"at": at, "action": "nothing happened", "sequence": of["sequence"] + 1, "prev_hash": of["hash"]}
            add(database, forged(of | said))


def tamper_with_checkpoints(database: Database, random_: Random) -> None:
    """A signed checkpoint is changed or taken out."""
    numbers = [n for (n,) in database.execute("SELECT number FROM checkpoints")]
    number = random_.choice(numbers)
    if random_.random() < 0.4:
        database.execute("DELETE FROM checkpoints WHERE number = ?", (number,))
        return
    (text,) = database.execute("SELECT document FROM checkpoints WHERE number = ?", (number,)).fetchone()
    document = json.loads(text)
    name = random_.choice(list(document))
    value = document[name]
    document[name] = value + 1 if isinstance(value, int) else other(random_, "", value)
    database.execute("UPDATE checkpoints SET document = ? WHERE number = ?", (json.dumps(document), number))


TAMPERS: tuple[Callable[[Database, Random], None], ...] = (
    edit,
    edit_and_rehash,
    edit_and_rechain,
    blank,
    delete,
    reorder,
    insert,
    append_back_dated,
    back_date,
    cut_tail,
    tamper_with_checkpoints,
)


def run(n: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Tamper `n` times; how often each kind was done, and what was not found."""
    random_ = random.Random(seed)
    home, another, work = folder / "home", folder / "another", folder / "work"
    head, _ = make(home), make(another, by="Mallory")
    untouched = check(home, head, public_key=head["key"])
    missed = [] if untouched.is_sound else [f"untouched: {untouched.wrong[0].what}"]
    done: Counter[str] = Counter()
    work.mkdir()
    for number in range(n):
        kind = random_.randrange(len(TAMPERS) + 1)
        shutil.copy((home if kind < len(TAMPERS) else another) / "store.sqlite", work / "store.sqlite")
        name = "swap_whole_log"
        if kind < len(TAMPERS):
            name = TAMPERS[kind].__name__
            with closing(sqlite3.connect(work / "store.sqlite")) as database:
                database.execute("PRAGMA synchronous=OFF")
                TAMPERS[kind](database, random_)
                database.commit()
        done[name] += 1
        if check(work, head, public_key=head["key"]).is_sound:
            missed.append(f"tamper {number} of seed {seed}: {name}")
    return done, missed


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done, missed = run(asked.n, asked.seed, Path(folder))
    for name, count in sorted(done.items()):
        print(f"{count:6} {name}")
    print(f"{asked.n - len(missed)} of {asked.n} found, in {time.monotonic() - began_s:.0f} s (seed {asked.seed})")
    for text in missed[:20]:
        print("NOT FOUND", text)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
