"""The executor's interface: jobs in, results out, engines behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

from azr_nb.programs.values import NotPlain, parse_value, same

MOST = {"seconds": 3600, "memory_mb": 1_000_000, "output_chars": 10_000_000}  # of each limit


class EngineUnavailable(RuntimeError):
    """This system cannot run the engine; the message says in one line why, and what to use instead."""


@dataclass(frozen=True)
class Limits:
    """What one call may use: seconds of processor time, memory in MB, and characters of text.

    A job of which one call took too long has spent its time, and its other calls count as too long as well.
    `output_chars` holds for the result's `repr`, for the argument text and for the program. All three are positive and
    at most what `MOST` says; anything else raises `ValueError`.
    """

    seconds: float = 2.0
    memory_mb: int = 256
    output_chars: int = 20_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise ValueError(f"limit {field.name} is {value!r}: choose a positive number")
            if value > MOST[field.name] or (field.name == "output_chars" and value != int(value)):
                raise ValueError(f"limit {field.name} is {value!r}: choose a number up to {MOST[field.name]:,}")


@dataclass(frozen=True)
class Job:
    """A program that defines `f`, and the argument texts to call it with: `Job("def f(a): …", ["3", "4"])`.

    Argument texts are literals, as in a call: "3, [1]". Anything else gets the status `unparsable` and is not run.
    Each call has a process of its own. With `times` above 1 it is made that often in this one process, and counts as
    nondeterministic where its values differ: what the first leaves behind, the second sees.
    """

    program: str
    calls: Sequence[str]
    times: int = 1

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"times is {self.times!r}: choose a whole number from 1")


@dataclass(frozen=True)
class Outcome:
    """One call's outcome: a status of `tasks.STATUSES`, and the `repr` of the result or the error's text."""

    status: str
    text: str


@dataclass(frozen=True)
class Result:
    """All outcomes of one job, in the order of its calls, the engine that decided, and the seconds it took.

    `engine` is "monty" or "cpython", or "checks" where the text alone told the outcome. The jobs of a batch share its
    seconds equally.
    """

    outcomes: tuple[Outcome, ...]
    engine: str
    seconds: float


@dataclass(frozen=True)
class Call:
    """One call of one program in a process of its own; `times` it is made there, with fresh arguments each time."""

    program: str
    arguments: str
    times: int = 1


@dataclass(frozen=True)
class Answer:
    """The outcomes of a call, one for each time it was made, and whether it looked at a hash or an order
    that depends on the process."""

    outcomes: tuple[Outcome, ...]
    chance_seen: bool = False


# whether an outcome of one run is what somebody hopes for, so that it has to be confirmed by the other runs
Wanted = Callable[[Call, Outcome], bool]
_DIFFERENT = Outcome("nondeterministic", "two runs gave different values")


def agreed(first: Outcome, second: Outcome) -> Outcome | None:
    """The one outcome that two runs share, or None where they differ.

    Values are compared as `values.same` does, and errors by the name of their class. Texts that are both no plain
    values count as agreed: the caller refuses them by their status.
    """
    if first == second:
        return first
    if first.status != second.status:
        # a program at the edge of a limit is not nondeterministic, it is too slow or too large
        return next((o for o in (first, second) if o.status in ("timeout", "memory")), None)
    if first.status == "error":
        return first if first.text.partition(":")[0] == second.text.partition(":")[0] else None
    if first.status != "ok":
        return first
    values = []
    for outcome in (first, second):
        try:
            values.append(parse_value(outcome.text))
        except NotPlain:
            pass
    return first if not values or (len(values) == 2 and same(*values)) else None


def all_agreed(answers: Sequence[Answer]) -> Outcome:
    """The outcome of every run of a call, or that they differ."""
    outcomes = [outcome for answer in answers for outcome in answer.outcomes]
    found: Outcome | None = outcomes[0]
    for other in outcomes[1:]:
        found = found and agreed(found, other)
    return found or _DIFFERENT


class Engine(Protocol):
    """What an engine must offer; it owns its worker processes between `__enter__` and `__exit__`."""

    name: str

    def __enter__(self) -> Engine: ...
    def __exit__(self, *exc: object) -> None: ...
    def run(self, jobs: Sequence[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]: ...
