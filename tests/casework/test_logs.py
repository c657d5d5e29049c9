"""Nothing secret reaches a log, whoever writes the line."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.masking import MASK, mask, masked, names_a_secret, secrets_in
from settings import PROJECT

PLANTED = "hunter2-Geheim"
LINES = [
    f"cannot open rtsp://admin:{PLANTED}@10.0.0.5:554/stream1",
    f"cannot open rtsp://admin:p@ss/{PLANTED}@10.0.0.5:554/stream1",
    f"rtsp://:{PLANTED}@10.0.0.5/1",
    f"postgresql+psycopg://lastseen:{PLANTED}@db.example/lastseen: refused",
    f"mail by smtps://post:{PLANTED}@mail.example:465",
    f"s3 with aws_secret_access_key={PLANTED} failed",
    f"connection string host=db password={PLANTED} dbname=x",
    f'sent {{"api_key": "{PLANTED}", "city": "Oulu"}}',
    f"GET /case?case=1&token={PLANTED} HTTP/1.1",
    f'"GET /api/footage?name={PLANTED} HTTP/1.1" 200',
    f"https://bucket.example/key?X-Amz-Signature={PLANTED}",
    f"Authorization: Bearer {PLANTED}",
    f"authorization: Basic {PLANTED}",
    f"https://{PLANTED}@errors.example/1",
    f"LASTSEEN_SMTP_PASSWORD={PLANTED}",
]


@pytest.mark.parametrize("line", LINES)
def test_a_planted_secret_is_masked(line: str) -> None:
    assert PLANTED not in mask(line)


@pytest.mark.parametrize(
    "line",
    [
        "worker ready",
        "footage clip.mp4: frames 275, tracks 3",
        "https://host:8501/case?case=ab12",
        "the token bucket is empty",
        "GET /api/health HTTP/1.1",
        "2026-11-21T14:00:00+00:00 a@b.example wrote",
    ],
)
def test_what_is_no_secret_stays_as_it_is(line: str) -> None:
    assert mask(line) == line


def test_what_names_the_host_stays_readable() -> None:
    assert mask("postgresql://u:secret@db/x") == f"postgresql://u:{MASK}@db/x"
    assert mask("GET /case?case=1 HTTP/1.1") == "GET /case HTTP/1.1"


def test_a_secret_that_is_known_is_masked_wherever_it_stands() -> None:
    (secret,) = secrets_in(f"postgresql://u:{PLANTED}@db/x")
    assert secret == PLANTED
    assert mask(f"user said {PLANTED}!", [secret]) == f"user said {MASK}!"


def test_values_under_a_name_that_tells_are_masked_however_deep() -> None:
    told = masked({"event": "x", "smtp": {"password": PLANTED, "host": "mail"}, "urls": [f"rtsp://a:{PLANTED}@b"]})
    assert PLANTED not in str(told)
    assert told["smtp"]["host"] == "mail"


def test_names_that_tell_and_names_that_do_not() -> None:
    assert all(map(names_a_secret, ["password", "SMTP_PASSWORD", "api_key", "aws-secret-access-key", "auth_token"]))
    assert not any(map(names_a_secret, ["event", "case", "passenger", "tokens_left_of", "keys", "secretary"]))


@given(st.text())
def test_any_text_can_be_masked_and_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@pytest.mark.parametrize("piece", ["a", "a://b:", "token", "password=", "GET /", "http://a", "=: ", "sig"])
def test_long_hostile_lines_are_masked_in_no_time(piece: str) -> None:
    began_s = time.process_time()
    mask(piece * (200_000 // len(piece)))
    assert time.process_time() - began_s < 2


SCRIPT = """
import logging, sys, structlog
early = logging.getLogger("streamlit")
early.propagate = False
early.addHandler(logging.StreamHandler(sys.stdout))
from casework.logs import configure
configure(sys.argv[1], secrets=["known-%(planted)s"])
log = structlog.get_logger("worker")
log.info("opening", url="rtsp://admin:%(planted)s@cam/1", password="%(planted)s", job="j-1")
logging.getLogger("uvicorn.access").info("who asked for what is not written down")
logging.getLogger("uvicorn.access").warning('%%s - "%%s" %%d', "1.2.3.4", "GET /case?q=%(planted)s HTTP/1.1", 200)
early.warning("postgresql://u:%(planted)s@db")
try:
    raise ValueError("smtp://u:%(planted)s@mail known-%(planted)s")
except ValueError:
    log.exception("job failed")
    logging.getLogger("dbos").error("job failed", exc_info=True)
raise RuntimeError("s3 secret_key=%(planted)s")
"""


def written(format: str) -> str:
    script = SCRIPT % {"planted": PLANTED}
    done = subprocess.run([sys.executable, "-c", script, format], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == ""
    return done.stderr


def test_every_line_of_every_library_is_one_json_object_without_secrets() -> None:
    text = written("json")
    assert PLANTED not in text
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    assert [line["logger"] for line in lines] == ["worker", "uvicorn.access", "streamlit", "worker", "dbos", "lastseen"]
    assert lines[0]["event"] == "opening"
    assert lines[0]["job"] == "j-1"
    assert all({"timestamp", "level"} <= line.keys() for line in lines)
    assert "ValueError" in lines[3]["exception"]
    assert "RuntimeError" in lines[5]["exception"]


def test_the_text_form_keeps_no_secret_either_and_can_be_read() -> None:
    text = written("text")
    assert PLANTED not in text
    assert "opening" in text
    assert "job=j-1" in text
