"""What a benchmark is: named items of one kind, where they come from, and what was left out.

| name | asked as | rows |
|---|---|---|
| `cruxeval-o` | deduction: program and input are given, the output is asked | CRUXEval |
| `cruxeval-i` | abduction: program and output are given, any input that gives it is asked | CRUXEval |
| `humaneval` | the rest of a function whose head and docstring are given | HumanEval |

Every label names the direction, since both are asked on the same rows. Other benchmarks are the business of an
evaluation harness: `azr-nb export` writes a folder that lm-evaluation-harness loads, and results are written as it
writes them.

Differs from the paper's table: that has HumanEval+, whose tests are many times as many; these are the tests of the
original benchmark, so the scores are higher and must not be compared with the "+" column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from azr_nb.tasks import Task

DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "deduction": "deduction: predict the output",
        "abduction": "abduction: find an input",
        "functional": "functional: write the function",
    }
)


@dataclass(frozen=True)
class ExecutionItem:
    """A recorded execution, by the row's own id: a task whose program defines `f`."""

    id: str
    task: Task


@dataclass(frozen=True)
class FunctionalItem:
    """A function to write, by the row's own id.

    `prompt` is what the model goes on from. `test` is Python source that defines `check(candidate)`, which asserts;
    `canonical` is a solution in the form of a completion. `stops` end a base model's completion.
    """

    id: str
    prompt: str
    entry_point: str
    test: str
    canonical: str
    stops: tuple[str, ...] = ()


Item = ExecutionItem | FunctionalItem


@dataclass(frozen=True)
class Benchmark:
    """Items of one kind: "deduction", "abduction" or "functional".

    `source` names the file, or the data set and its split. `rows` counts all rows of the source; `problems` has a
    sentence for each row that gave no item. With a limit there are fewer items than rows without a problem.
    """

    name: str
    kind: str
    source: str
    items: tuple[Item, ...]
    rows: int
    problems: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name and direction in words, such as "cruxeval-i (abduction: find an input)"."""
        return f"{self.name} ({DIRECTIONS[self.kind]})"

    @property
    def key(self) -> str:
        """The name for files and tables of results."""
        return self.name

    @property
    def extent(self) -> str:
        """How much of it there is, such as "157 of 164 rows"."""
        return f"{len(self.items)} of {self.rows} rows"
