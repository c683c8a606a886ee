"""How often each answer came in the tasks so far, by type of value: what an answer has to be new against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from azr_nb.tasks import ERROR, Task

PARTS = ("input", "output", ERROR)


class AnswerHistory:
    """Counts of input texts, output texts and error names by type of value, from tasks in their order.

    `value_type` says of a text and its part what type it is (see `Environment.value_type`). The history holds nothing
    but what the tasks say, so that it can be built again from a buffer. The tasks are counted when it is first asked.
    """

    def __init__(self, tasks: Iterable[Task] = (), value_type: Callable[[str, str], str] | None = None) -> None:
        self._waiting, self._type = list(tasks), value_type or (lambda text, part: part)
        self._values: dict[str, dict[str, Counter[str]]] = {part: defaultdict(Counter) for part in PARTS}
        self._types: dict[str, Counter[str]] = {part: Counter() for part in PARTS}

    def add(self, task: Task) -> None:
        """Count the inputs and outputs of a task, or its error's name."""
        self._waiting.append(task)

    def _count(self) -> None:
        for task in self._waiting:
            last = ERROR if task.type == ERROR else "output"
            for pair in task.pairs:
                for part, text in zip(("input", last), pair, strict=True):
                    kind = self._type(text, part)
                    self._types[part][kind] += 1
                    self._values[part][kind][text] += 1
        self._waiting.clear()

    def total(self, part: str = "output") -> int:
        """How many inputs, outputs or errors were counted."""
        self._count()
        return self._types[part].total()

    def probability(self, text: str, part: str = "output") -> float:
        """Empirical probability of that very text: 0 to 1, and 0 if nothing was counted."""
        total = self.total(part)
        return self._values[part][self._type(text, part)][text] / total if total else 0.0

    def type_probability(self, text: str, part: str = "output") -> float:
        """Empirical probability of a value of that type: 0 to 1."""
        total = self.total(part)
        return self._types[part][self._type(text, part)] / total if total else 0.0

    def value_probability(self, text: str, part: str = "output") -> float:
        """Empirical probability of that text among those of its type: 0 to 1."""
        self._count()
        kind = self._type(text, part)
        total = self._types[part][kind]
        return self._values[part][kind][text] / total if total else 0.0
