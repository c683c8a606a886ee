"""What one student's seat takes on a shared machine: memory and processor time of each notebook, measured.

`measure` executes a notebook by `run_notebooks.run` and looks at the kernel and everything that it starts: the most
memory at once (resident, looked at twice a second; pages that processes share count in each, so it is on the safe
side), and the processor seconds of all of them, user and system. `table` makes a page of it for so many students.

It leaves out the Jupyter server of a seat, and reading: a student who reads uses memory and no processor. Processor
time is measured on Linux and macOS.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from azr_nb.config import ConfigError
from tools.run_notebooks import OUT, Peak, run

MARKERS = "<!-- seats: begin -->", "<!-- seats: end -->"


@dataclass(frozen=True)
class Seat:
    """One notebook in one seat: peak memory in MB, processor seconds, wall seconds, and why it failed, if it did."""

    notebook: str
    megabytes: float
    processor_seconds: float
    seconds: float
    failure: str = ""


def _reaped() -> float:
    """User and system seconds of all our children that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def measure(notebook: Path, tier: str = "cpu", threads: int = 1, out: Path = OUT) -> Seat:
    """Execute one notebook with that many threads for the kernel's arithmetic, and say what it took.

    A notebook that fails gives a `Seat` with the reason. Raises `ConfigError` without psutil.
    """
    if importlib.util.find_spec("psutil") is None:
        raise ConfigError("psutil is missing; it is in the extra 'dev', which `make setup` installs")
    before, reaped, begun, failure = os.environ.get("OMP_NUM_THREADS"), _reaped(), time.perf_counter(), ""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # the kernel inherits it
    try:
        with Peak() as peak:
            try:
                run(notebook, tier, out)
            except Exception as error:  # papermill's and nbclient's, and whatever a kernel dies of
                failure = " ".join(str(error).split())[-120:] or type(error).__name__
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    # the kernel has ended by now, and its time is in that of our children: nothing between two looks is missed
    return Seat(notebook.stem, peak.megabytes, _reaped() - reaped, time.perf_counter() - begun, failure)


def table(seats: Sequence[Seat], threads: int = 1, students: int = 30) -> str:
    """The measured seats as a Markdown table, with a sum, and what so many students take together."""
    if not seats:
        raise ConfigError("there is nothing to put into the table: no notebook was measured")
    lines = ["| notebook | peak memory, MB | processor seconds | minutes |", "|---|---:|---:|---:|"]
    for seat in seats:
        failed = " (failed)" if seat.failure else ""
        lines.append(
            f"| {seat.notebook}{failed} | {seat.megabytes:.0f} | {seat.processor_seconds:.0f} | "
            f"{seat.seconds / 60:.1f} |"
        )
    most = max(seats, key=lambda seat: seat.megabytes)
    work = sum(seat.processor_seconds for seat in seats)
    minutes = sum(seat.seconds for seat in seats) / 60
    heavy = max(seats, key=lambda seat: seat.processor_seconds)
    gigabytes = students * most.megabytes / 1000
    lines.append(f"| all | {most.megabytes:.0f} (the most) | {work:.0f} | {minutes:.1f} |")
    word = "thread" if threads == 1 else "threads"
    return "\n".join(lines) + (
        f"\n\nOne run of each, kernels with {threads} {word}. {students} students with one kernel each, all in "
        f"{most.notebook}: {gigabytes:.1f} GB. The whole course once for {students}: "
        f"{students * work / 3600:.1f} processor hours. All {students} pressing Run All in {heavy.notebook} within "
        f"five minutes: {students * heavy.processor_seconds / 300:.1f} cores, or longer waits."
    )
