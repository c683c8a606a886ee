"""The parent's side of the CPython workers: starts zygotes, hands them one program at a time, reads what comes back.

Programs and results pass between this process and a program's own process directly, over a socket pair that is made
for one call and never used again; the zygote only passes on the end of the socket. Every byte from a child is hostile
here: it is counted, decoded and cut, and it can only change what is said of the program that the child ran.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azr_nb.executor.child import request
from azr_nb.executor.core import Answer, Call, EngineUnavailable, Limits, Outcome
from azr_nb.executor.zygote import REQUEST, TOGETHER

START_SECONDS = 20.0  # a zygote needs a tenth of a second; a machine under load may need more
AHEAD = 2 * TOGETHER  # calls that a zygote has been told of beside the one that runs, so that it never waits for us
_GRACE = 5.0  # seconds beyond all limits after which a zygote counts as lost
_STATUSES = {
    "o": "ok",
    "e": "error",
    "m": "memory",
    "b": "too_big",
    "f": "forbidden",
    "n": "not_plain",
    "u": "unsupported",
    "d": "nondeterministic",
}
_ENDS = {
    b"t": Outcome("timeout", "ran longer than the time limit"),
    # no class of an exception in front: none was raised
    b"c": Outcome("error", "the program crashed its interpreter"),
    b"e": Outcome("error", "the program ended its process"),
}
_FLOODED = Outcome("too_big", "wrote more than any result may have")
BROKEN = Outcome("error", "a layer of isolation could not be put on, so nothing was run")
LOST = Outcome("error", "the worker was lost")


def read_reply(data: bytes, end: bytes, times: int, limits: Limits, flooded: bool = False) -> Answer:
    """What a child's bytes and its end say. Never raises, whatever the bytes.

    They begin with the sign that all layers are on; then come frames. What is missing is told by the child's end.
    """
    if not data.startswith(b"r"):
        return Answer((BROKEN if end == b"e" else _ENDS[end],) * times)
    outcomes: list[Outcome] = []
    at, seen = 1, False
    while len(outcomes) < times and at + 5 <= len(data) and end != b"t":
        letter, (length,) = chr(data[at]), struct.unpack_from("!I", data, at + 1)
        status = _STATUSES.get(letter.lower())
        text = data[at + 5 : at + 5 + length]
        if status is None or len(text) < length:
            break
        at += 5 + length
        seen |= letter.isupper()
        outcomes.append(_outcome(status, text, limits))
    missing = _FLOODED if flooded else _ENDS[end]
    if outcomes and outcomes[-1].status == "unsupported":  # the child ends there on purpose
        missing = outcomes[-1]
    return Answer((*outcomes, *[missing] * (times - len(outcomes))), seen)


def _outcome(status: str, data: bytes, limits: Limits) -> Outcome:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Outcome("error", "UnicodeDecodeError: the result is not text")
    if status != "ok":
        return Outcome(status, text[:200])
    if len(text) > limits.output_chars:
        return Outcome("too_big", f"the result's text has {len(text)} characters, more than {limits.output_chars}")
    return Outcome("ok", text)


@dataclass
class _Running:
    """A call that a zygote has been told of: where it belongs, its socket, and what was sent and received."""

    place: int
    call: Call
    jobs: frozenset[int]
    socket: socket.socket
    unsent: memoryview
    most: int  # bytes that a reply may have
    received: bytearray = field(default_factory=bytearray)
    over: bool = False  # nothing more will come
    flooded: bool = False

    def send(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                while self.unsent:
                    self.unsent = self.unsent[self.socket.send(self.unsent) :]
                    if not self.unsent:
                        self.socket.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                self.unsent = memoryview(b"")  # it ended without reading all

    def receive(self) -> None:
        """Take what is there."""
        with contextlib.suppress(BlockingIOError):
            while not self.over:
                try:
                    part = self.socket.recv(2**18)
                except ConnectionResetError:
                    part = b""
                self.received += part
                self.flooded = len(self.received) > self.most
                self.over = self.flooded or not part
        if self.flooded:
            self.socket.close()  # its next write fails


class Lane:
    """One zygote, and the calls that it has been told of, of which the first is running."""

    def __init__(self, role: str, seed: str = "0", without: Sequence[str] = ()) -> None:
        self.role, self.seed, self.without = role, seed, ",".join(without)
        self.layers: dict[str, bool | str] = {}
        self._process: subprocess.Popen | None = None
        self.calls: deque[tuple[int, Call, frozenset[int]]] = deque()  # place, call, and numbers of its jobs
        self.spent: set[int] = set()  # jobs of which a call took too long
        self.running: deque[_Running] = deque()
        self.answers: dict[int, Answer] = {}
        self._lost, self._late, self.looked = 0, 0.0, 0.0

    # --- the worker -----------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Start the zygote unless it runs. Raises `OSError` or `EngineUnavailable` where it does not start."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        ours, theirs = socket.socketpair()
        script = Path(__file__).with_name("zygote.py")
        # -P and an empty environment are -I without its refusal to hear PYTHONHASHSEED
        command = [sys.executable, "-P", "-s", "-S", str(script), str(os.getpid()), self.role, self.without]
        # what is linked at the start need not be linked in every child
        environment = {"PYTHONHASHSEED": self.seed, "LD_BIND_NOW": "1"}
        if "LD_LIBRARY_PATH" in os.environ:  # without which some interpreters do not start
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        self.control = ours
        ours.settimeout(START_SECONDS)
        try:
            (length,) = struct.unpack("!I", self._exactly(4))
            layers = json.loads(self._exactly(length))
        except TimeoutError:
            raise EngineUnavailable("the CPython worker does not answer") from None
        weaker = [name for name, before in self.layers.items() if before is True and layers.get(name) is not True]
        if weaker:  # it could not be tried out, as where memory is short; nothing may run with less
            self.close()
            raise EngineUnavailable(f"a CPython worker came back without its {' and '.join(weaker)}; start again")
        self.layers = layers
        ours.setblocking(False)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.control.recv(count - len(data))
            if not part:
                raise EngineUnavailable("the CPython worker ended before it was ready")
            data += part
        return data

    def close(self) -> None:
        """End the zygote and all that runs below it, and forget the calls that it had been told of."""
        for one in self.running:
            one.socket.close()
        self.running.clear()
        if self._process is None:
            return
        self.control.close()
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # --- calls ----------------------------------------------------------------------------------------------------
    def fill(self, limits: Limits) -> None:
        """Tell the zygote of calls, up to a few ahead, but of one call of a job at a time.

        A job of which a call took too long has spent its time: its other calls are not made.
        """
        # after a loss one at a time, so that it is known whose fault the next is
        while self.calls and len(self.running) <= (0 if self._lost else AHEAD):
            place, call, jobs = self.calls[0]
            if any(one.jobs & jobs for one in self.running):
                return
            self.calls.popleft()
            if jobs <= self.spent:
                self.answers[place] = Answer((_ENDS[b"t"],) * call.times)
                continue
            ours, theirs = socket.socketpair()
            with theirs:
                memory = int(limits.memory_mb * 2**20)
                message = REQUEST.pack(limits.seconds, memory, int(limits.output_chars), call.times)
                try:
                    socket.send_fds(self.control, [message], [theirs.fileno()])
                except OSError:
                    ours.close()
                    self.calls.appendleft((place, call, jobs))
                    self.recover()
                    continue
            ours.setblocking(False)
            data = memoryview(request(call.program, call.arguments))
            most = call.times * (4 * int(limits.output_chars) + 2000)
            self.running.append(_Running(place, call, jobs, ours, data, most))
            self.running[-1].send()
            if len(self.running) == 1:
                self._watch(limits)

    def _watch(self, limits: Limits) -> None:
        self._late = time.monotonic() + 4 * limits.seconds + _GRACE

    def step(self, limits: Limits) -> None:
        """Take what the zygote says, without waiting."""
        self.looked = time.monotonic()
        try:
            ends = self.control.recv(AHEAD + 2)
            if not ends:
                raise ConnectionResetError
        except BlockingIOError:
            # nothing ended for a while: a child may wait for us to take what it wrote, or its zygote may be lost
            for one in self.running:
                one.send()
                one.receive()
            if self.running and time.monotonic() > self._late:
                self.recover()
            return
        except OSError:
            self.recover()
            return
        for letter in ends:
            done = self.running.popleft()
            done.receive()
            done.socket.close()
            reply = bytes(done.received)
            self.answers[done.place] = read_reply(reply, bytes([letter]), done.call.times, limits, done.flooded)
            if letter == ord("t"):
                self.spent |= done.jobs
            self._lost = 0
            self._watch(limits)

    def recover(self) -> None:
        """Replace a zygote that is gone or silent; the call that ran gets a second chance, and no third."""
        waiting = [(one.place, one.call, one.jobs) for one in self.running]
        self.close()
        self._lost += 1
        if self._lost > 1 and waiting:
            place, call, _ = waiting.pop(0)
            self.answers[place] = Answer((LOST,) * call.times)
            self._lost = 0
        self.calls.extendleft(reversed(waiting))
        self.start()


def run_calls(work: Sequence[tuple[Lane, Sequence[tuple[Call, frozenset[int]]]]], limits: Limits) -> list[list[Answer]]:
    """The answers of each lane to its calls, in order; all lanes work at the same time.

    Each call comes with the numbers of its jobs, and calls of one job should not follow each other. An interruption
    ends the workers; they start again when they are next needed.
    """
    lanes = [lane for lane, _ in work]
    try:
        for lane, calls in work:
            lane.start()
            lane.calls.extend((place, call, jobs) for place, (call, jobs) in enumerate(calls))
            lane.answers, lane.spent = {}, set()
        while True:
            busy = [lane for lane in lanes if lane.calls or lane.running]
            if not busy:
                return [[lane.answers[i] for i in range(len(calls))] for lane, calls in work]
            for lane in busy:
                lane.fill(limits)
            poll = select.poll()
            for lane in busy:
                poll.register(lane.control, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll(20)}
            for lane in busy:
                if lane.control.fileno() in ready or time.monotonic() - lane.looked > 0.02:
                    lane.step(limits)
    except BaseException:
        for lane in lanes:
            lane.calls.clear()
            lane.close()
        raise
