"""What a process that opens strangers' files gives up before it does: memory without end, the disk, the network.

Called first thing in a fresh process, before any library has started a thread: Landlock binds the calling thread and
those it starts later. Each measure is taken where the kernel has it, and what was taken is told; limits always are.

Landlock: Linux 5.13 and later, https://docs.kernel.org/userspace-api/landlock.html; system calls 444 to 446 and the
bits below are those of ``linux/landlock.h``.
"""

import ctypes
import os
import resource
import signal
import stat
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recognition.syscalls import forbid_syscalls

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_ALL_AT_FIRST = (1 << 13) - 1  # execute, write, read, remove and make: everything of version 1
_ADDED = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # refer, truncate, ioctl on devices
_TCP, _TCP_SINCE = 0b11, 4  # bind and connect
_SCOPES, _SCOPES_SINCE = 0b11, 6  # abstract unix sockets and signals to processes outside
_NO_NEW_PRIVILEGES, _PARENT_DEATH_SIGNAL = 38, 1
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000

MOST_FILES = 64
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/proc/self",
           "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom", "/dev/null")  # fmt: skip
_DRIVERS = [Path(place) for place in ("/proc/driver", "/proc/devices", "/proc/modules", "/sys", "/usr/local/cuda")]


@dataclass(frozen=True)
class Confinement:
    """What is in force in a child. `landlock` is its version, 0 where the kernel has none.

    `network` is "none" (a network namespace of its own, without any interface), "no TCP", or "open".
    `has_filter`: starting programs and processes, sockets and changes of a file's owner, mode or times are refused.
    """

    landlock: int
    network: str
    has_filter: bool


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(
    file: Path,
    *,
    code: Iterable[Path],
    models: Iterable[Path],
    memory_mb: int,
    parent_pid: int,
    with_accelerator: bool = False,
) -> Confinement:
    """Give up everything but reading `file`, Python and its libraries, and the folders `code` and `models`.

    Parameters
    ----------
    file
        The one file to be looked at; where it is a link, what it leads to stays shut.
    memory_mb
        Most private memory, in MiB; threads' stacks count.
    parent_pid
        Whose end is the end of this process too.
    with_accelerator
        Whether it may also use the machine's graphics processors, by what their drivers need.
    """
    has_network = not _leave_network()
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        # after the user namespace, which clears it
        libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != parent_pid:
        raise SystemExit("the parent is gone")
    _limit(memory_mb)
    nodes = _accelerators() if with_accelerator else []
    version = _landlock(file, [*_python_folders(), *code, *models, *(_DRIVERS if nodes else [])], nodes)
    network = "none" if not has_network else "no TCP" if version >= _TCP_SINCE else "open"
    return Confinement(version, network, forbid_syscalls())


def limit_cpu(seconds: float) -> None:
    """End this process when it has computed for so many more seconds, even if its parent does not look after it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(memory_mb: int) -> None:
    """Limits that cannot be raised again. RLIMIT_DATA and not RLIMIT_AS: libraries map a gigabyte they never touch."""
    for which, most in (
        (resource.RLIMIT_DATA, memory_mb << 20),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _leave_network() -> bool:
    """Move to an empty network namespace; False where the kernel does not let us."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.unshare(_NEW_NETWORK) == 0 or libc.unshare(_NEW_USER | _NEW_NETWORK) == 0)


def _python_folders() -> list[Path]:
    """Where the interpreter and its libraries lie."""
    paths = sysconfig.get_paths()
    own = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    # with a virtual environment the libpython of the base lies beside the standard library
    return [Path(place) for place in (*sorted(own), f"{sys.base_prefix}/lib", *_SYSTEM)]


def _accelerators() -> list[Path]:
    return [node for pattern in ("nvidia*", "dri/renderD*") for node in sorted(Path("/dev").glob(pattern))]


def _landlock(file: Path, folders: Iterable[Path], nodes: Iterable[Path]) -> int:
    """Shut everything but these, to be read, and device nodes, to be used; the version in force, 0 for none."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None)
    version = int(libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG))
    if version < 1:
        return 0
    handled = _ALL_AT_FIRST | sum(bit for since, bit in _ADDED.items() if version >= since)
    ruleset = _Ruleset(handled, _TCP if version >= _TCP_SINCE else 0, _SCOPES if version >= _SCOPES_SINCE else 0)
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _TCP_SINCE else 8
    ruleset_fd = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    if ruleset_fd < 0:
        return 0
    _allow(libc, ruleset_fd, file, follow=False)
    for folder in folders:
        _allow(libc, ruleset_fd, folder, follow=True)
    for node in nodes:
        _allow(libc, ruleset_fd, node, follow=True, more=_WRITE_FILE | (handled & _ADDED[5]))
    is_done = libc.syscall(_RESTRICT_SELF, ruleset_fd, 0) == 0
    os.close(ruleset_fd)
    return version if is_done else 0


def _allow(libc: ctypes.CDLL, ruleset_fd: int, path: Path, *, follow: bool, more: int = 0) -> None:
    """Reading `path`, and all beneath where it is a folder; what is missing here needs no rule."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    except OSError:
        return
    is_folder = stat.S_ISDIR(os.fstat(fd).st_mode)
    # a folder given in the place of the footage is not opened up
    if follow or not is_folder:
        rule = _PathBeneath(_READ_FILE | more | (_READ_DIR if is_folder else 0), fd)
        libc.syscall(_ADD_RULE, ruleset_fd, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(fd)
