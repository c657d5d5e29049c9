"""Whether this machine's clock can be believed: every time in a case rests on it."""

import ctypes
import sys
import time
from collections.abc import Iterator

from casework.doctor.findings import Finding, Installation, ok, warning
from data.models import utc_now

_STATUS_AT = 40  # bytes into Linux's struct timex on 64-bit machines
_STA_UNSYNC = 0x0040


def clock(at: Installation) -> Iterator[Finding]:  # noqa: ARG001  every check takes the installation
    said = f"{utc_now():%Y-%m-%d %H:%M:%S} UTC; the zone of this machine is {time.strftime('%Z, %z')}"
    is_kept = kept_right()
    if is_kept is False:
        yield warning(
            "clock", f"{said}; no time service keeps it right",
            "compare it with a phone; then switch on a time service, such as systemd-timesyncd or chrony",
        )  # fmt: skip
    else:
        yield ok("clock", said + ("; a time service keeps it right" if is_kept else ""))


def kept_right() -> bool | None:
    """Whether the kernel says that its clock is disciplined by a time service; None where it cannot be asked."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_long) != 8:
        return None
    told = ctypes.create_string_buffer(512)  # struct timex; modes = 0 only reads
    try:
        answer = ctypes.CDLL(None).adjtimex(told)
    except AttributeError:
        return None
    if answer < 0:
        return None
    status = int.from_bytes(told.raw[_STATUS_AT : _STATUS_AT + 4], sys.byteorder)
    return not status & _STA_UNSYNC
