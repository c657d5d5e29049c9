"""A store full of text that wants to be markup, script, path or formula: every text field of everything a page shows.

Planted straight into the store, past every check of the verbs: what stands there may have come from anywhere. Each text
ends in the name of its field, so that a page can be asked which ones it shows as they were typed.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from casework.search import set_streets
from data import account_rows, alert_rows, role_rows, tip_rows
from data.alert_models import AddressKind, Alert, AlertEvent, AlertState, Audience, Lane, Language, Recipient
from data.models import (
    Account,
    Area,
    CaseRole,
    Coverage,
    FootageRequest,
    JobState,
    MatchState,
    Provenance,
    RequestState,
    Review,
    Role,
    Subject,
    Verdict,
    utc_now,
)
from data.store import Store
from data.tip_models import Tip, TipPage
from geo.shapes import circle, feature_of
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting, a_track
from tests.fakes import Anyone

PAYLOADS = (
    "<script>window.top.ran='raw'</script>",
    "<img src=/pwn?img onerror=\"window.top.ran='img'\">",
    "<svg onload=\"window.top.ran='svg'\"><animate onbegin=\"window.top.ran='animate'\"></svg>",
    "${window.top.ran='dollar'}",
    "`;window.top.ran='backtick';`",
    "\\20 \\u003cimg src=x\\u003e \\`${window.top.ran='escape'}\\`",
    "';window.top.ran='quote';'",
    "\";window.top.ran='double';\"",
    "</script></textarea></title><script>window.top.ran='closed'</script>",
    "javascript:window.top.ran='scheme'",
    "[click](javascript:window.top.ran='link') ![picture](/pwn?picture)",
    "<https://evil.example/pwn> www.evil.example a@evil.example",
    "photo\u202egnp.exe \u2066isolated\u2069",
    "{{constructor.constructor('window.top.ran=1')()}} {% raw %} #{7*7}",
    "<!-- --><iframe srcdoc=\"<script>window.top.ran='frame'</script>\"></iframe><!--",
    "<b style=\"background:url('/pwn?css')\" onmouseover=\"window.top.ran='over'\">x</b> @import '/pwn?import';",
    '=HYPERLINK("http://evil.example/pwn","x")+cmd|\' /C calc\'!A0',
    "$\\href{javascript:window.top.ran='tex'}{x}$ :material/home: :red[red] :rainbow[y] ~~gone~~",
    "bell\x07 escape\x1b[31m line\nfeed\ttab\u2028separator ]]> &lt;img src=x onerror=window.top.ran=1&gt; &#60;",
    "../../../../etc/passwd\\..\\..\\con.aux|*?",
    "long " + "<i onclick=window.top.ran=1>" * 40,
    "كاميرا 相機 📷 Ünïcode",
)
CASES = 2
ANALYST, ADMIN = "analyst", "admin"
T = TypeVar("T")


def filled(thing: T, payload: str, *, but: Sequence[str] = ()) -> T:
    """`thing` with the payload in each of its text fields, ending in the field's name; identifiers stay."""
    kind = type(thing).__name__.lower()
    kept = {"id", "sha256", "timezone", "engine", "kind", "queue", "time_source", "how", "spot_of", *but}
    changed: dict[str, Any] = {}
    for field in fields(thing):  # type: ignore[arg-type]
        is_text = field.type in (str, str | None) and not field.name.endswith(("_id", "_sha256", "_run"))
        if is_text and field.name not in kept:
            changed[field.name] = f"{payload}⟦{kind}.{field.name}⟧"
    return replace(thing, **changed)  # type: ignore[type-var]


def everything(place: int) -> str:
    """All payloads in one text, in another order for each case."""
    return " ‖ ".join(PAYLOADS[place * 7 :] + PAYLOADS[: place * 7])


def plant(store: Store, home: Path) -> dict[str, Account]:
    """Fill an empty store; the accounts that may look at it, by name."""
    accounts = {
        ANALYST: Account("acc-1", ANALYST, f"{everything(0)}⟦account.full_name⟧", utc_now()),
        ADMIN: Account("acc-2", ADMIN, f"{everything(1)}⟦account.full_name⟧", utc_now(), is_admin=True),
    }
    with store.writing() as writing:
        for account in accounts.values():
            account_rows.add_account(writing, account)
        for number, payload in enumerate(PAYLOADS):
            other = Account(f"other-{number}", f"other-{number}", f"{payload}⟦account.full_name⟧", utc_now())
            account_rows.add_account(writing, other)
        writing.add_cameras(list(_cameras()))
    for place in range(CASES):
        _plant_case(store, place)
    _plant_streets(store, home)
    return accounts


def _cameras() -> Iterator[Any]:
    texts = [*PAYLOADS, *(everything(place) for place in range(CASES))]
    for number, payload in enumerate(texts):
        camera = a_camera(f"cam-{number}", lat=60.170 + number * 0.0008, lon=24.940 + number * 0.0003)
        yield filled(replace(camera, retention_days=30.0), payload)


def camera_of_everything(place: int) -> str:
    return f"cam-{len(PAYLOADS) + place}"


def _plant_case(store: Store, place: int) -> None:
    now, all_of_it = utc_now(), everything(place)
    case_id = f"case-{place}"
    case = filled(a_case(id=case_id, created_at=now, expires_at=now + timedelta(days=90)), all_of_it, but=("owner",))
    subject = Subject(f"{all_of_it}⟦subject.name⟧", None, f"{all_of_it}⟦subject.description⟧")
    with store.writing() as writing:
        writing.add_case(replace(case, subject=subject, owner=ANALYST))
        writing.put_area(Area(case_id, tuple(_areas())))
        for role in Role:
            role_rows.give(writing, CaseRole(case_id, "acc-1", role, now, f"{all_of_it}⟦role.given_by⟧"))
        for number, payload in enumerate([*PAYLOADS, all_of_it]):
            of_case = {"case_id": case_id}
            at = now - timedelta(hours=5) + timedelta(minutes=number)
            camera_id = f"cam-{number}" if number < len(PAYLOADS) else camera_of_everything(place)
            key = f"{place}-{number}"
            sighting = a_sighting(f"s-{key}", lat=60.17 + number * 0.0004, at=at, **of_case)
            writing.add(filled(sighting, payload))
            writing.add(filled(a_photo(f"p-{key}", **of_case), payload, but=("problem",)))
            writing.add(filled(a_photo(f"q-{key}", box_px=None, quality=None, **of_case), payload))
            _plant_footage(writing, payload, key=key, camera_id=camera_id, case_id=case_id)
            request = FootageRequest(
                f"r-{key}", case_id, camera_id, at, at + timedelta(minutes=20), 0.0, 30.0, 0.5,
                list(RequestState)[number % 3], now, changed_at=now,
            )  # fmt: skip
            writing.add(filled(request, payload))
        page = TipPage(case_id, f"code-{place}", True, "", "", now, "", "secret")
        tip_rows.put_page(writing, filled(page, all_of_it, but=("case_id", "code", "secret")))
        tip = Tip(f"tip-{place}", case_id, f"AAAA-000{place}", now, lat=60.171, lon=24.941, radius_m=50.0, seen_at=now)
        said = filled(tip, all_of_it, but=("number", "decided_by", "reason"))
        tip_rows.add_tip(writing, said, ticket=f"t-{place}", contact="")
        _plant_alerts(writing, all_of_it, case_id)
        writing.audit(at=now, by=all_of_it, action=all_of_it, case_id=case_id, details=f"{all_of_it}⟦audit.details⟧")


def _plant_alerts(writing: Any, payload: str, case_id: str) -> None:
    """Somebody who is told, a message to them that is unknown, and one that failed and was left so."""
    now, team, english = utc_now(), Audience.TEAM, Language.ENGLISH
    whom = Recipient(f"to-{case_id}", case_id, "", AddressKind.EMAIL, "", team, english, now, "")
    alert_rows.add_recipient(writing, filled(whom, payload))
    for state, but in ((AlertState.UNKNOWN, ("left_by",)), (AlertState.FAILED, ())):
        id = f"{state}-{case_id}"
        lead = Alert(id, case_id, whom.id, AlertEvent.CANDIDATE, Lane.LEADS, id, state, now, now, claimed_at=now)
        alert_rows.enqueue(writing, [filled(lead, payload, but=("key", "again_of", *but))])


def _areas() -> Iterator[dict[str, object]]:
    for number, payload in enumerate(PAYLOADS):
        yield feature_of(circle(60.17, 24.94, 150_000.0 + number), id=f"{number:032x}", name=payload)


def _plant_footage(writing: Any, payload: str, *, key: str, camera_id: str, case_id: str) -> None:
    now = utc_now()
    footage = a_footage(f"f-{key}", case_id=case_id, camera_id=camera_id, started_at=now - timedelta(hours=4))
    came = Provenance(now, f"{payload}⟦provenance.by⟧", f"{payload}⟦provenance.how⟧", f"{payload}⟦provenance.name⟧")
    writing.add(filled(replace(footage, provenance=(came,)), payload))
    coverage = Coverage(100, 90, 5, 85, 40, 3, ((1.0, 2.0),), thoroughness=payload)
    state = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)[int(key.rpartition("-")[2]) % 3]
    job = a_job(f"j-{key}", case_id=case_id, of_id=footage.id, state=state, coverage=coverage, seconds_total=60.0)
    job = replace(job, given_up=((3.0, 4.0, f"{payload}⟦job.given_up⟧"),), ended_at=now, seconds_done=60.0)
    writing.add(filled(job, payload))
    track = a_track(f"t-{key}", scan_id=job.id)
    writing.put_track(track)
    match = a_match(f"m-{key}", case_id=case_id, footage_id=footage.id, track=track, state=MatchState.TO_REVIEW)
    writing.add_match(match)
    review = Review(f"v-{key}", match.id, Verdict.UNSURE, f"{payload}⟦review.by⟧", f"{payload}⟦review.note⟧", now)
    writing.add_review(review, sequence=1)


def _plant_streets(store: Store, home: Path) -> None:
    """A street file whose name holds every payload, for each case."""
    line = {"type": "LineString", "coordinates": [[24.94, 60.17], [24.95, 60.18]]}
    feature = {"type": "Feature", "geometry": line, "properties": {"name": PAYLOADS[0], "highway": "residential"}}
    path = home / "streets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    for place in range(CASES):
        name = f"{everything(place)}⟦streets.name⟧.geojson"
        set_streets(store.guarded(Anyone()), f"case-{place}", path, name=name, by=ANALYST)


_JOINER = "\u2060"


def as_shown(text: str) -> str:
    """`text` without what no eye sees: formatting and control characters, and how much white there is."""
    seen = "".join(c if unicodedata.category(c) not in ("Cf", "Cs") else "" for c in text.replace(_JOINER, ""))
    seen = re.sub("[\u2028\u2029\x00-\x1f\x7f]", " ", seen)
    return " ".join(seen.split())
