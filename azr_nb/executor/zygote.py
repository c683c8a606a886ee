"""The process that every program's own process is forked from: it has imported what programs may import, and no more.

It never holds a program, an argument, an output or a gold value. It is started on a bare interpreter (no site, empty
environment) and gets nothing but messages of fixed length on a socket: limits, and one end of a socket pair. It forks;
the fork reads its program from that socket and writes its result there, straight from and to the parent of this
process. What comes back from here is one letter for each message in turn, which says how the child ended.

So no fork can find in the memory that it inherits what an earlier batch, a neighbour or the parent had there.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import struct
import sys
import time
import types
from functools import partial

if __package__:
    from azr_nb.executor import chance, child, sandbox
else:  # started as a script: three files beside this one, and nothing else of the package
    # what modules want done in each fork (new locks, a new seed for random) takes 0.3 ms, and no program needs it
    os.register_at_fork = lambda **steps: None
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import chance
    import child
    import sandbox

    del sys.path[0]

REQUEST = struct.Struct("!dQII")  # seconds, bytes of memory, characters of a result, times that the call is made
TOGETHER = 4  # answers that are sent together, at most
_SOON = 0.005  # seconds that answers wait for the next one
_SPACE = socket.CMSG_SPACE(4) if hasattr(socket, "CMSG_SPACE") else 0  # for one descriptor
ENDED, TIMED_OUT, CRASHED = b"e", b"t", b"c"
PLAIN, TURNED, BACKWARDS = "plain", "turned", "backwards"  # what `chance` does in a zygote's children
# no program may import these, and what needs them here holds them already
_HIDDEN = (
    "_ctypes",
    "_posixsubprocess",
    "_socket",
    "chance",
    "child",
    "ctypes",
    "fcntl",
    "mmap",
    "platform",
    "resource",
    "sandbox",
    "select",
    "selectors",
    "signal",
    "socket",
    "subprocess",
    "zygote",
)


class Zygote:
    """Knows which layers the system has, and runs one program at a time in a child of its own."""

    def __init__(self, control: socket.socket, role: str, without: set[str]) -> None:
        self.control, self.role, self.without = control, role, without
        self.layers: dict[str, bool | str] = {"fork": True}
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

    def isolate(self, parent: int) -> None:
        """The layers that this process takes on itself, before it has imported much; may go on in a child."""
        self.layer("no new privileges", sandbox.no_new_privileges)
        ended = sandbox.ends_with(parent)
        if os.getppid() != parent:
            os._exit(0)  # the parent ended before it could be watched
        if self.layer("namespaces", sandbox.own_namespaces):
            inner = os.fork()
            if inner:  # stays outside as the parent of process 1; when it goes, all inside go with it
                self.control.close()
                ended(inner)
            sandbox.die_with_parent()

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
        self.kept = self._chance()
        self._close_doors()
        self.base = sandbox.memory_in_use()
        self.fixed, self.missing = sandbox.limits()
        self.seccomp = self.layer("seccomp", lambda: sandbox.Seccomp(child.RESULT_FD))
        self.layer("landlock", sandbox.landlock)
        self.layer("no capabilities", sandbox.drop_capabilities)
        gc.collect()
        gc.disable()
        gc.freeze()
        self._probe()

    def _close_doors(self) -> None:
        """Take away the shortest ways from an allowed module to the system: a second line behind the layers."""
        for name in _HIDDEN:
            sys.modules.pop(name, None)
        sys.modules["__main__"] = types.ModuleType("__main__")
        for name in ("random", "contextlib"):  # these need it while they are imported, or for what nobody may do here
            for attribute in ("_os", "os"):
                vars(sys.modules[name]).pop(attribute, None)

    def _chance(self) -> object:
        """Make ready what runs in the children; plainly, or so that chance shows. What is returned has to be kept."""
        seen, kept, deeper = [False, False, False], [], 0
        names = chance.names(seen, turned=self.role != PLAIN)
        if self.role != PLAIN:
            try:
                slots = chance.Slots()
                chance.watch_sets(slots, seen, backwards=self.role == BACKWARDS)
                if self.role == TURNED:
                    chance.turn_addresses(slots)
                kept.append(slots)
                self.layers["order of sets"] = True
            except Exception as error:  # another layout of types: two hash seeds are what is left
                self.layers["order of sets"] = f"off: {error}"
        if self.role == TURNED:
            kept, deeper = [*kept, chance.shift_heap()], chance.DEEPER
        # a program that asks for random numbers without a seed of its own gets others in each process
        self.harness = child.Harness(names, seen, deeper, seed=self.role)
        seen[:] = False, False, False
        return kept

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
        self.limited = not refused
        self.layers["memory limit"] = True if sandbox.LINUX else "off: this system does not enforce RLIMIT_AS"
        if self.seccomp and works != "1":
            self.seccomp, self.layers["seccomp"] = None, f"off: {works[1:] or 'the filter ends the process'}"

    def _try_layers(self, writer: int) -> None:
        try:
            os.dup2(writer, child.RESULT_FD)
            fine, works = sandbox.limit(self.fixed, 1, self.base + 256 * 2**20), "1"
            refused = [*self.missing, *["a limit is refused"] * (not fine)]
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
        if self.layers["namespaces"] is not True:  # there the end of process 1 ends all
            if sandbox.LINUX:
                sandbox.die_with_parent()
            os.setpgid(0, 0)
        more = memory // 8 if self.role == TURNED else 0  # so that no value can depend on where memory ends
        if not sandbox.limit(self.fixed, seconds, self.base + memory + more) and self.limited:
            raise OSError("a limit was refused")
        if self.seccomp:
            self.seccomp.enter()

    def serve(self) -> None:
        """Fork a child for each message until the parent closes its end.

        Answers are sent a few at a time, or as soon as there is nothing else to do: a parent that is woken for each of
        them takes the processor away from the children.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        ends = b""
        while True:
            try:
                request = self._request(socket.MSG_DONTWAIT if ends else 0)
            except BlockingIOError:
                self.control.sendall(ends)
                ends = b""
                continue
            descriptor, seconds, memory, chars, times = request
            pid = os.fork()
            if not pid:
                child.run_child(descriptor, chars, times, partial(self.enter, seconds, memory), self.harness)
            os.close(descriptor)
            if not sandbox.wait_for_child(pid, min(seconds, _SOON)) and ends:
                self.control.sendall(ends)  # nobody waits for a slow program to hear of quick ones
                ends = b""
            ends += self._end_of(pid, seconds)
            if len(ends) == TOGETHER:
                self.control.sendall(ends)
                ends = b""

    def _request(self, flags: int) -> tuple:
        message, extra, _, _ = self.control.recvmsg(REQUEST.size, _SPACE, flags)
        if len(message) < REQUEST.size or not extra:
            os._exit(0)  # the parent closed its end, or has gone
        return (int.from_bytes(extra[0][2][:4], sys.byteorder), *REQUEST.unpack(message))

    def _end_of(self, pid: int, seconds: float) -> bytes:
        """Wait for a child, and end it when its time is over.

        The limit is one of processor time, so that a busy machine does not make programs slow; what sleeps instead of
        computing is ended after four times as long.
        """
        begun, left = time.monotonic(), seconds
        while not sandbox.wait_for_child(pid, left):
            left = min(seconds - sandbox.processor_seconds(pid), begun + 4 * seconds - time.monotonic())
            if left <= 0.001:
                os.kill(pid, signal.SIGKILL)
                self._reap(pid)
                return TIMED_OUT
        status = self._reap(pid)
        if not status & 0x7F:
            return ENDED
        return TIMED_OUT if status & 0x7F == signal.SIGXCPU else CRASHED

    def _reap(self, pid: int) -> int:
        """The exit status of a child, and the end of all that it may have found a way to start."""
        _, status = os.waitpid(pid, 0)
        try:
            if self.layers["namespaces"] is not True:
                os.killpg(pid, signal.SIGKILL)
            elif self.seccomp is None:
                os.kill(-1, signal.SIGKILL)
        except OSError:
            pass  # nobody is left
        return status


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    control = socket.socket(fileno=os.dup(0))
    parent, role, without = int(sys.argv[1]), sys.argv[2], set(sys.argv[3].split(","))
    zygote = Zygote(control, role, without)
    zygote.isolate(parent)
    zygote.prepare()
    hello = json.dumps(zygote.layers).encode()
    control.sendall(struct.pack("!I", len(hello)) + hello)
    zygote.serve()


if __name__ == "__main__":
    main()
