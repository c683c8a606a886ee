"""The parent's side of one CPython worker: starts the zygote, sends it groups of jobs, reads what its children wrote.

Every byte from a child is hostile here: it is counted, decoded and cut, and it can only change what is said of the
program that the child ran.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from azr_nb.executor.checks import chunk_seconds
from azr_nb.executor.core import EngineUnavailable, Job, Limits, Outcome

START_SECONDS = 20.0  # a zygote needs a tenth of a second; a machine under load may need more
_GRACE = 1.0  # how long the parent waits beyond a group's time before it ends the zygote itself
_STATUSES = {b"o": "ok", b"e": "error", b"m": "memory", b"b": "too_big", b"f": "forbidden",
             b"n": "not_plain"}  # fmt: skip
_ENDS = {
    b"t": Outcome("timeout", "ran longer than the time limit"),
    b"f": Outcome("too_big", "wrote more than any result may have"),
    b"c": Outcome("error", "SystemError: the program crashed its interpreter"),
    b"e": Outcome("error", "SystemExit: the program ended its process"),
    b"b": Outcome("error", "SystemError: a layer of isolation could not be put on, so nothing was run"),
}
LOST = Outcome("error", "SystemError: the worker was lost")

Answers = list[list[Outcome | None]]  # for each job its outcomes; None where the child ended too soon to tell


def read_frames(data: bytes, calls: int, limits: Limits) -> list[Outcome]:
    """Outcomes from a child's bytes: at most `calls`, stopping at the first frame that is none. Never raises."""
    outcomes: list[Outcome] = []
    at = 0
    while len(outcomes) < calls and at + 5 <= len(data):
        status, (length,) = _STATUSES.get(data[at : at + 1]), struct.unpack_from("!I", data, at + 1)
        text = data[at + 5 : at + 5 + length]
        if status is None or len(text) < length:
            break
        at += 5 + length
        outcomes.append(_outcome(status, text, limits))
    return outcomes


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


class Lane:
    """One zygote and the thread that talks to it; groups of jobs go in, answers come out as a future."""

    def __init__(self, seed: str = "0", without: Sequence[str] = ()) -> None:
        self.seed, self.without = seed, ",".join(without)
        self.layers: dict[str, bool | str] = {}
        self._process: subprocess.Popen | None = None
        self._submitted = self._cancelled = 0
        # The zygote dies with the thread that started it, so that thread has to live as long as the lane.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="azr-lane")

    def start(self) -> Future:
        return self._thread.submit(self._start)

    def submit(self, jobs: Sequence[Job], groups: Sequence[Sequence[int]], limits: Limits) -> Future:
        """Run groups of places in `jobs`, a child per group; the future gives `Answers`."""
        self._submitted += 1
        return self._thread.submit(self._run, self._submitted, jobs, groups, limits)

    def cancel(self) -> None:
        """Have everything submitted so far stop after the child that runs now."""
        self._cancelled = self._submitted

    def close(self) -> None:
        self.cancel()
        self._thread.submit(self._stop).result()
        self._thread.shutdown()

    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # --- in the lane's thread ------------------------------------------------------------------------------------
    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._stop()
        script = Path(__file__).with_name("zygote.py")
        # -P and an empty environment are -I without its refusal to hear PYTHONHASHSEED
        command = [sys.executable, "-P", "-s", "-S", str(script), str(os.getpid()), self.without]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", bufsize=0,
            env={"PYTHONHASHSEED": self.seed}, start_new_session=True,
        )  # fmt: skip
        self._poll = select.poll()
        self._poll.register(self._process.stdout, select.POLLIN)
        _, data = self._receive(START_SECONDS)
        self.layers = json.loads(data)

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.stdin.close()
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._process = None

    def _run(self, number: int, jobs: Sequence[Job], groups: Sequence[Sequence[int]], limits: Limits) -> Answers:
        answers: Answers = [[None] * len(job.calls) for job in jobs]
        for places in groups:
            if number <= self._cancelled:
                break
            for place, outcomes in zip(places, self._group([jobs[i] for i in places], limits), strict=True):
                answers[place] = outcomes
        return answers

    def _group(self, jobs: list[Job], limits: Limits) -> Answers:
        seconds = limits.seconds if len(jobs) == 1 else chunk_seconds(limits)
        request = {"jobs": [[job.program, list(job.calls)] for job in jobs], "seconds": seconds,
                   "memory": int(limits.memory_mb * 2**20), "chars": limits.output_chars}  # fmt: skip
        data = json.dumps(request).encode()
        counts = [len(job.calls) for job in jobs]
        begun = time.monotonic()
        for last in (False, True):
            try:
                self._start()
                self._send(struct.pack("!I", len(data)) + data)
                end, data = self._receive(seconds + _GRACE)
                break
            except (OSError, EngineUnavailable):
                self._stop()  # a zygote that is gone or silent is replaced
                if last or time.monotonic() > begun + seconds:
                    return [[LOST] * count for count in counts]
        outcomes: list[Outcome | None] = [*read_frames(data, sum(counts), limits)]
        missing = _ENDS.get(end, LOST) if len(jobs) == 1 else None
        outcomes += [missing] * (sum(counts) - len(outcomes))
        rest = iter(outcomes)
        return [[next(rest) for _ in range(count)] for count in counts]

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._process.stdin.write(view) :]

    def _receive(self, seconds: float) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + seconds
        kind, length = struct.unpack("!cI", self._read(5, deadline))
        return kind, self._read(length, deadline)

    def _read(self, count: int, deadline: float) -> bytes:
        parts = []
        while count:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000 + 1):
                raise EngineUnavailable("the CPython worker does not answer")
            part = self._process.stdout.read(min(count, 2**20))
            if not part:
                raise EngineUnavailable("the CPython worker ended")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def collect(lanes: Sequence[Lane], futures: Sequence[Future]) -> list:
    """The results of futures; on Ctrl-C the lanes stop after the child that runs."""
    try:
        return [future.result() for future in futures]
    except BaseException:
        for lane in lanes:
            lane.cancel()
        raise
