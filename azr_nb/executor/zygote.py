"""The process behind the CPython engine: imports what programs may import, then forks one limited child per group.

Started as a script on a bare interpreter (no site, empty environment); it reads requests on stdin and answers on
stdout. A request is a 4-byte length and JSON: programs with their call texts, and limits. An answer is a byte that
says how the child ended, a 4-byte length, and what the child wrote: one frame per call, which only the parent reads.
The child's bytes are never looked at here.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import struct
import sys
import time
import types

if __package__:
    from azr_nb.executor import child, sandbox
else:  # started as a script: two files beside this one, and nothing else of the package
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import child
    import sandbox

    del sys.path[0]

MAX_REPLY = 16 * 2**20
ENDED, TIMED_OUT, FLOODED, CRASHED, BROKEN = b"etfcb"  # how a child ended


class Zygote:
    """Knows which layers the system has, and runs one group of programs at a time in a child of its own."""

    def __init__(self, without: set[str]) -> None:
        self.without, self.layers = without, {"fork": True}
        self.seccomp: sandbox.Seccomp | None = None

    def layer(self, name: str, step) -> object:
        """Take one step of isolation, and note whether the system had it."""
        try:
            if name in self.without:
                raise OSError("switched off")
            done = step()
            self.layers[name] = True
            return done if done is not None else True
        except Exception as error:
            self.layers[name] = f"off: {error}"
            return None

    def isolate(self) -> None:
        """The layers that this process takes on itself, before it has imported much; may go on in a child."""
        self.layer("die with parent", sandbox.die_with_parent)
        if os.getppid() != int(sys.argv[1]):
            os._exit(0)  # the parent ended before it could be watched
        self.layer("no new privileges", sandbox.no_new_privileges)
        if self.layer("namespaces", sandbox.own_namespaces):
            inner = os.fork()
            if inner:  # stays outside as the parent of process 1; when it goes, all inside go with it
                os.closerange(0, 256)
                _, status = os.waitpid(inner, 0)
                os._exit(0 if status == 0 else 1)
            self.layer("die with parent", sandbox.die_with_parent)

    def prepare(self) -> None:
        """Import all that programs may import, then give up files and capabilities, and freeze what is there."""
        import importlib
        import warnings

        for name in (*child.ALLOWED_MODULES, *child.LATER):
            try:
                importlib.import_module(name)
            except ImportError:
                pass  # a Python that was built without it
        warnings.simplefilter("ignore")
        sys.stdin, sys.stdout, sys.stderr = None, child.Nowhere(), child.Nowhere()
        sys.modules["__main__"] = types.ModuleType("__main__")
        self.base = sandbox.memory_in_use()
        self.seccomp = self.layer("seccomp", lambda: sandbox.Seccomp(child.RESULT_FD))
        self.layer("landlock", sandbox.landlock)
        self.layer("no capabilities", sandbox.drop_capabilities)
        gc.collect()
        gc.disable()
        gc.freeze()
        self._probe()

    def _probe(self) -> None:
        """Try the layers that only a child takes on; what fails here is left out of all children."""
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            self._try_layers(writer)
        os.close(writer)
        refused, _, works = os.read(reader, 4096).decode().partition("\n")
        os.close(reader)
        os.waitpid(pid, 0)
        self.layers["rlimits"] = f"off: {refused}" if refused else True
        self.layers["memory limit"] = True if sandbox.LINUX else "off: this system does not enforce RLIMIT_AS"
        if self.seccomp and works != "1":
            self.seccomp, self.layers["seccomp"] = None, f"off: {works[1:] or 'the filter ends the process'}"

    def _try_layers(self, writer: int) -> None:
        try:
            os.dup2(writer, child.RESULT_FD)
            refused, works = sandbox.limit(1, self.base + 256 * 2**20), "1"
            try:
                if self.seccomp:
                    self.seccomp.enter()
            except OSError as error:
                works = f"0{error}"
            child.write(f"{' '.join(refused)}\n{works}".encode())
        finally:
            os._exit(0)

    def enter(self, seconds: float, memory: int) -> None:
        """Take on a child's own layers; raises where one that worked in the probe does not work now."""
        if self.layers.get("die with parent") is True:
            sandbox.die_with_parent()
        refused = sandbox.limit(seconds, self.base + memory)
        if refused and self.layers["rlimits"] is True:
            raise OSError("a limit was refused")
        if self.seccomp:
            self.seccomp.enter()

    def run(self, request: dict) -> tuple[int, bytes]:
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            child.run_child(writer, request, self.enter)
        os.close(writer)
        ending, data = self._collect(reader, time.monotonic() + request["seconds"])
        os.close(reader)
        status = self._reap(pid)
        if ending == ENDED and status == child.BROKEN_EXIT << 8:
            ending = BROKEN
        elif ending == ENDED and status & 0x7F:
            ending = TIMED_OUT if status & 0x7F == signal.SIGXCPU else CRASHED
        return ending, data

    def _collect(self, reader: int, deadline: float) -> tuple[int, bytes]:
        """Read until the child closes its end, takes too long or writes too much; leave if the parent has gone."""
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        poll.register(0, select.POLLIN)  # nothing may arrive here while a child runs, so it can only be the end
        parts, size = [], 0
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return TIMED_OUT, b"".join(parts)
            events = dict(poll.poll(left * 1000 + 1))
            if 0 in events:
                return BROKEN, b""
            if reader in events:
                data = os.read(reader, 65536)
                if not data:
                    return ENDED, b"".join(parts)
                parts.append(data)
                size += len(data)
                if size > MAX_REPLY:
                    return FLOODED, b"".join(parts)

    def _reap(self, pid: int) -> int:
        for kill, number in ((os.killpg, pid), (os.kill, pid)):
            try:
                kill(number, signal.SIGKILL)
            except OSError:
                pass
        _, status = os.waitpid(pid, 0)
        if self.layers.get("namespaces") is True:
            try:
                os.kill(-1, signal.SIGKILL)  # all that is left in this space, if a program found a way to fork
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except OSError:
                pass
        return status


def _read_exactly(count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            os._exit(0)  # the parent closed its end, or has gone
        data += part
    return data


def _answer(kind: int, data: bytes) -> None:
    data = struct.pack("!BI", kind, len(data)) + data
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    zygote = Zygote(set(sys.argv[2].split(",")))
    zygote.isolate()
    zygote.prepare()
    _answer(ENDED, json.dumps(zygote.layers).encode())
    while True:
        (length,) = struct.unpack("!I", _read_exactly(4))
        _answer(*zygote.run(json.loads(_read_exactly(length))))


if __name__ == "__main__":
    main()
