"""System calls that a process looking at pictures never needs, refused by the kernel: seccomp, where it is there.

Landlock shuts files; it does not stop new processes, sockets that are no TCP, or changes of a file's mode and times.
The filter is classic BPF, https://docs.kernel.org/userspace-api/seccomp_filter.html; a refused call fails with EPERM.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_CLONE_THREAD = 0x10000
_SET_SECCOMP, _MODE_FILTER = 22, 2

# name: (x86-64, arm64); None where the architecture has none
_NEVER: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "sendmsg": (46, 211),
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kill": (62, 129), "tkill": (200, 130), "setsid": (112, 157), "setpgid": (109, 154),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "io_uring_setup": (425, 425),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "userfaultfd": (323, 282),
    "perf_event_open": (298, 241), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
_CLONE, _CLONE3, _TGKILL = (56, 220), (435, 435), (234, 131)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32_BIT = 0x40000000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_syscalls() -> bool:
    """Refuse the calls above to this process and all its later threads; False where that cannot be done."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    column, audit_name = _ARCHITECTURES[platform.machine()]
    program = b"".join(_instructions(column, audit_name, own_pid=os.getpid()))
    filled = _Program(len(program) // 8, program)
    libc = ctypes.CDLL(None)
    return bool(libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filled), 0, 0) == 0)


def _instructions(column: int, audit_name: int, *, own_pid: int) -> list[bytes]:
    """The filter: refused are the calls above, new processes (not threads), and signals to other processes."""
    refuse, allow = _does(_RETURN, _REFUSE | errno.EPERM), _does(_RETURN, _ALLOW)
    found = [_does(_LOAD, _ARCHITECTURE_AT), _does(_JUMP_EQUAL, audit_name, 1, 0), _does(_RETURN, _KILL)]
    found += [_does(_LOAD, _NUMBER_AT), _does(_JUMP_ANY_BIT, _X32_BIT, 0, 1), refuse]
    for numbers in _NEVER.values():
        number = numbers[column]
        if number is not None:
            found += [_does(_JUMP_EQUAL, number, 0, 1), refuse]
    # "not known here" makes the C library fall back to clone, whose flags can be read
    found += [_does(_JUMP_EQUAL, _CLONE3[column], 0, 1), _does(_RETURN, _REFUSE | errno.ENOSYS)]
    for number, is_harmless in (
        (_CLONE[column], _does(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0)),
        (_TGKILL[column], _does(_JUMP_EQUAL, own_pid, 1, 0)),
    ):
        found += [_does(_JUMP_EQUAL, number, 0, 4), _does(_LOAD, _FIRST_ARGUMENT_AT), is_harmless, refuse, allow]
    return [*found, allow]


def _does(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
