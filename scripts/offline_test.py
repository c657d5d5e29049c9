"""Runs the browser suite where there is no network: in a namespace that holds a loopback and a wire that leads nowhere.

Needs root, or a kernel that lets users make namespaces. Arguments are handed to pytest; without any, all browser tests
run. The suite itself fails at any request of a page to another machine; beside that every packet that anything here
(browser, web door, workers) sends to another machine is caught on the wire: there must be none.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITE = "tests/browser"
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_ADD_ROUTE, _GET_FLAGS, _SET_FLAGS, _SET_ADDRESS, _MAKE_WIRE = 0x890B, 0x8913, 0x8914, 0x8916, 0x400454CA
_IS_UP, _WIRE_KIND = 0x1, 0x1001  # IFF_UP; IFF_TUN and IFF_NO_PI
_ROUTE_IS_UP = 0x1
_WIRE = b"wire"


class _Route(ctypes.Structure):
    """``struct rtentry`` of linux/route.h."""

    _fields_ = (
        ("pad1", ctypes.c_ulong), ("destination", ctypes.c_ubyte * 16), ("gateway", ctypes.c_ubyte * 16),
        ("mask", ctypes.c_ubyte * 16), ("flags", ctypes.c_ushort), ("pad2", ctypes.c_short), ("pad3", ctypes.c_ulong),
        ("pad4", ctypes.c_void_p), ("metric", ctypes.c_short), ("device", ctypes.c_char_p), ("mtu", ctypes.c_ulong),
        ("window", ctypes.c_ulong), ("irtt", ctypes.c_ushort),
    )  # fmt: skip


def leave_network() -> None:
    """Move to an empty network namespace; ends the program where the kernel does not allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_NETWORK) == 0:
        return
    if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        sys.exit(f"offline test SKIPPED: no network namespace to be had ({os.strerror(ctypes.get_errno())}); be root")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def lay_wire() -> int:
    """Start the loopback, and a wire to which everything else goes; the descriptor from which it is read."""
    wire = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(wire, _MAKE_WIRE, struct.pack("16sH22s", _WIRE, _WIRE_KIND, b""))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        address = struct.pack("=H2s4s8s", socket.AF_INET, b"", socket.inet_aton("198.51.100.1"), b"")
        fcntl.ioctl(any_socket, _SET_ADDRESS, struct.pack("16s16s", _WIRE, address))
        for name in (b"lo", _WIRE):
            flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack("16sH14s", name, 0, b"")))
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14s", name, flags[1] | _IS_UP, b""))
        anywhere = (ctypes.c_ubyte * 16)(*struct.pack("=H", socket.AF_INET), *bytes(14))
        route = _Route(destination=anywhere, mask=anywhere, gateway=anywhere, flags=_ROUTE_IS_UP, device=_WIRE)
        fcntl.ioctl(any_socket, _ADD_ROUTE, bytes(route))
    return wire


def catch(wire: int, caught: Counter[str]) -> None:
    """Note where each packet on the wire wanted to go."""
    while packet := os.read(wire, 65536):
        if packet[0] >> 4 == 4:
            kind = {1: "ICMP", 6: "TCP", 17: "UDP"}.get(packet[9], str(packet[9]))
            head = 4 * (packet[0] & 15)
            port = int.from_bytes(packet[head + 2 : head + 4]) if packet[9] in (6, 17) else 0
            asked = f" for {asked_name(packet[head + 8 :])}" if port == 53 and kind == "UDP" else ""
            caught[f"{kind} {socket.inet_ntoa(packet[16:20])}:{port}{asked}"] += 1
        elif packet[0] >> 4 == 6 and packet[24] != 0xFF:  # a link's own multicast tells neighbours that it is there
            caught[f"IPv6 {socket.inet_ntop(socket.AF_INET6, packet[24:40])}"] += 1


def asked_name(message: bytes) -> str:
    """The name that a DNS query asks for (RFC 1035)."""
    parts, at = [], 12
    while at < len(message) and (size := message[at]):
        parts.append(message[at + 1 : at + 1 + size].decode("ascii", "replace"))
        at += 1 + size
    return ".".join(parts)


def check_wire(caught: Counter[str]) -> None:
    """The wire catches what is sent, and nobody answers."""
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=1).close()
    except OSError as error:
        sys.stdout.write(f"192.0.2.1 does not answer ({error}); caught: {dict(caught)}\n")
    else:
        sys.exit("offline test: 192.0.2.1 answers; nothing is cut off")
    if not caught:
        sys.exit("offline test: the wire catches nothing")
    caught.clear()


def main() -> int:
    leave_network()
    caught: Counter[str] = Counter()
    threading.Thread(target=catch, args=(lay_wire(), caught), daemon=True).start()
    check_wire(caught)
    command = [sys.executable, "-m", "pytest", *(sys.argv[1:] or [SUITE])]
    ended = subprocess.run(command, cwd=ROOT, check=False).returncode
    sys.stdout.write(f"packets to other machines: {caught.total()} {dict(caught) if caught else ''}\n")
    return ended or int(bool(caught))


if __name__ == "__main__":
    sys.exit(main())
