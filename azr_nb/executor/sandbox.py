"""What a worker gives up before it runs a program: the layers of isolation, from `rlimit` to seccomp.

Used by `zygote.py` inside the worker, so it knows nothing but the standard library and imports nothing of the
package. Each function raises `OSError` where the system does not offer its layer; `zygote.py` notes that down.
Linux has all layers, for ordinary users too. Elsewhere there are `rlimit`s and `fork` only.

Covered by the layers together: files, sockets, other processes, memory, time. Not covered: faults of the kernel
itself, and timing side channels.
"""

from __future__ import annotations

import functools
import math
import os
import platform
import select
import signal
import struct
import sys
import time

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
        "audit": 0xC000003E,
        "write": 1,
        "mmap": 9,
        "mprotect": 10,
        "others": (11, 12, 15, 24, 25, 35, 60, 96, 201, 202, 219, 228, 230, 231, 318),
    },
    "aarch64": {
        "audit": 0xC00000B7,
        "write": 64,
        "mmap": 222,
        "mprotect": 226,
        "others": (93, 94, 98, 101, 113, 115, 124, 128, 139, 169, 214, 215, 216, 278),
    },
}
# x86-64: munmap brk rt_sigreturn sched_yield mremap nanosleep exit gettimeofday time futex restart_syscall
# clock_gettime clock_nanosleep exit_group getrandom; aarch64: exit exit_group futex nanosleep clock_gettime
# clock_nanosleep sched_yield restart_syscall rt_sigreturn gettimeofday brk munmap mremap getrandom
# Left out although an interpreter may ask for them: rt_sigprocmask, rt_sigaction, sigaltstack, select and madvise,
# which tell without a crash whether an address is mapped.


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


def ends_with(parent: int):
    """A function for a process that stands between `parent` and a child: it waits until either ends, then ends both.

    It watches the parent as a process, and not the thread that started us, which may end long before.
    """
    try:
        watched = os.pidfd_open(parent)
    except (AttributeError, OSError):
        watched = None

    def wait(child: int) -> None:
        own = os.pidfd_open(child) if watched is not None else None
        os.closerange(0, 3)
        if watched is None:
            os.waitpid(child, 0)
        else:
            poll = select.poll()
            poll.register(watched, select.POLLIN)
            poll.register(own, select.POLLIN)
            poll.poll()
            os.waitpid(child, os.WNOHANG)
        os._exit(0)  # and the kernel ends the child with us

    return wait


def wait_for_child(pid: int, seconds: float) -> bool:
    """Whether a child ends within that time; it is left to be reaped. Needs SIGCHLD to be blocked."""
    deadline = time.monotonic() + seconds
    # the signal may be that of another child, and that of this one may have been merged with it
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        if hasattr(signal, "sigtimedwait"):
            signal.sigtimedwait({signal.SIGCHLD}, left)
        else:
            time.sleep(min(left, 0.001))
    return True


def processor_seconds(pid: int) -> float:
    """Processor time that a child has used; infinite where the system does not tell, so that only the clock counts."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # the kernel's number for the processor clock of a process
    except (AttributeError, OSError):
        return math.inf


def limits() -> tuple[list[tuple[int, int]], list[str]]:
    """The `rlimit`s that are the same for every child, as (kind, value), and the names of those that are missing."""
    wanted = {"RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 0, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
    there = [(getattr(resource, name), value) for name, value in wanted.items() if hasattr(resource, name)]
    return there, [name for name in wanted if not hasattr(resource, name)]


def limit(fixed: list[tuple[int, int]], seconds: float, memory_bytes: int) -> bool:
    """Set this process's `rlimit`s, soft and hard; False if the system refused any."""
    cpu = 4 * int(seconds) + 4  # a backstop: the zygote's clock comes first
    try:
        for kind, value in fixed:
            resource.setrlimit(kind, (value, value))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))  # so that SIGXCPU names the cause
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ValueError, OSError):
        return False
    return True


def memory_in_use() -> int:
    """Bytes of address space that this process has already, to be added to a program's allowance."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 512 * 2**20  # no /proc: macOS, where RLIMIT_AS is not enforced anyway
