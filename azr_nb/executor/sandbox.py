"""What a worker gives up before it runs a program: the layers of isolation, from `rlimit` to seccomp.

Used by `zygote.py` inside the worker, so it knows nothing but the standard library and imports nothing of the
package. Each function raises `OSError` where the system does not offer its layer; `zygote.py` notes that down.
Linux has all layers, for ordinary users too. Elsewhere there are `rlimit`s and `fork` only.

Covered by the layers together: files, sockets, other processes, memory, time. Not covered: faults of the kernel
itself, and timing side channels.
"""

from __future__ import annotations

import functools
import os
import platform
import struct
import sys

try:
    import resource  # now: after the fork no file can be opened any more
except ImportError:
    resource = None  # Windows, where none of this is used

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 22, 38, 9
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000

# System calls that an interpreter needs to compute, allocate, sleep, write its result and end; numbers from the
# kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
_CALLS = {
    "x86_64": {
        "audit": 0xC000003E, "write": 1, "mmap": 9, "mprotect": 10,
        "others": (11, 12, 13, 14, 15, 23, 24, 25, 28, 35, 60, 96, 131, 186, 201, 202, 219, 228, 229, 230, 231, 270,
                   318),
    },
    "aarch64": {
        "audit": 0xC00000B7, "write": 64, "mmap": 222, "mprotect": 226,
        "others": (72, 73, 93, 94, 98, 101, 113, 114, 115, 124, 128, 132, 134, 135, 139, 169, 178, 214, 215, 216, 233,
                   278),
    },
}  # fmt: skip
# x86-64: munmap brk rt_sigaction rt_sigprocmask rt_sigreturn select sched_yield mremap madvise nanosleep exit
# gettimeofday sigaltstack gettid time futex restart_syscall clock_gettime clock_getres clock_nanosleep exit_group
# pselect6 getrandom; aarch64: pselect6 ppoll exit exit_group futex nanosleep clock_gettime clock_getres
# clock_nanosleep sched_yield restart_syscall sigaltstack rt_sigaction rt_sigprocmask rt_sigreturn gettimeofday gettid
# brk munmap mremap madvise getrandom


@functools.cache
def _libc():
    import ctypes  # not on other systems: there it would only widen what a program can reach

    return ctypes, ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments) -> int:
    ctypes, libc = _libc()
    result = getattr(libc, name)(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends."""
    if not LINUX:
        raise OSError("Linux only")
    _call("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def no_new_privileges() -> None:
    if not LINUX:
        raise OSError("Linux only")
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def own_namespaces() -> None:
    """Leave the host's users, processes, network and shared memory; the next child is process 1 of the new space."""
    if not LINUX:
        raise OSError("Linux only")
    _call("unshare", CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC)


def drop_capabilities() -> None:
    """Give up every capability, which also makes the process limit hold for root."""
    if not LINUX:
        raise OSError("Linux only")
    ctypes, _ = _libc()
    header = struct.pack("=Ii", 0x20080522, 0)  # version 3, this process
    _call("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


def landlock() -> int:
    """Refuse all files, and TCP and signals to others where the kernel knows how; returns the Landlock version."""
    if not LINUX:
        raise OSError("Linux only")
    ctypes, _ = _libc()
    create, restrict = 444, 446
    version = _call("syscall", create, ctypes.c_void_p(), 0, 1)
    files = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    rules = struct.pack("=QQQ", 2**files - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call("syscall", create, ctypes.c_char_p(rules), size, 0)
    try:
        _call("syscall", restrict, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _filter(calls: dict, write_to: int) -> bytes:
    """The BPF program: the listed calls may pass, no memory becomes executable, the rest gets EPERM.

    `write` passes for one descriptor only. Each instruction is (code, jump if true, jump if false, constant).
    """
    load, equal, at_least, mask, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    number, machine, argument = 0, 4, lambda i: 16 + 8 * i  # offsets in seccomp_data; low halves, little-endian
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    code = [(load, 0, 0, machine), (equal, 1, 0, calls["audit"]), (answer, 0, 0, kill), (load, 0, 0, number)]
    code += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, refuse)]  # the x32 twins of the x86-64 calls
    for call in calls["others"]:
        code += [(equal, 0, 1, call), (answer, 0, 0, allow)]
    for name in ("mmap", "mprotect"):
        code += [(equal, 0, 4, calls[name]), (load, 0, 0, argument(2)), (mask, 0, 1, 4)]  # 4: PROT_EXEC
        code += [(answer, 0, 0, refuse), (answer, 0, 0, allow)]
    code += [(equal, 0, 3, calls["write"]), (load, 0, 0, argument(0)), (equal, 0, 1, write_to)]
    code += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


class Seccomp:
    """The system call filter, built once in the zygote and switched on in each child."""

    def __init__(self, write_to: int) -> None:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        if not LINUX or machine not in _CALLS or sys.maxsize < 2**32 or sys.byteorder != "little":
            raise OSError(f"no table of system calls for {sys.platform} {machine}")
        ctypes, self._libc = _libc()
        self._code = ctypes.create_string_buffer(_filter(_CALLS[machine], write_to))
        length = (len(self._code) - 1) // 8

        class Program(ctypes.Structure):
            _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

        self._program = Program(length, ctypes.addressof(self._code))
        word = ctypes.c_ulong
        self._arguments = (PR_SET_SECCOMP, word(2), ctypes.byref(self._program), word(0), word(0))

    def enter(self) -> None:
        if self._libc.prctl(*self._arguments) != 0:
            raise OSError("seccomp filter refused")


def limit(seconds: float, memory_bytes: int) -> list[str]:
    """Set this process's `rlimit`s, soft and hard; returns the names of those that the system refused."""
    cpu = int(seconds) + 2  # a backstop: the zygote's clock comes first
    wanted = {"RLIMIT_AS": memory_bytes, "RLIMIT_CPU": cpu, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 0,
              "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}  # fmt: skip
    refused = []
    for name, value in wanted.items():
        try:
            hard = value + 1 if name == "RLIMIT_CPU" else value  # so that SIGXCPU names the cause
            resource.setrlimit(getattr(resource, name), (value, hard))
        except (AttributeError, ValueError, OSError):
            refused.append(name)
    return refused


def memory_in_use() -> int:
    """Bytes of address space that this process has already, to be added to a program's allowance."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 512 * 2**20  # no /proc: macOS, where RLIMIT_AS is not enforced anyway
