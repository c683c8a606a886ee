"""Where a class stands: what the checks in students' notebooks said, from the outputs stored in the files.

Nothing is executed, except by `execute_copy`, and a file is taken at its word: whoever edits an output by hand appears
as having solved. Names, messages and errors are hostile text: here they become one short line without control
characters, and `class_page` escapes them.
"""

import asyncio
import hashlib
import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from azr_nb.course import predictions
from azr_nb.course.exercises.core import MARKS, MIME, get
from azr_nb.course.texts import cut

MARKS_AND_NONE = MARKS | {"not reached": "–"}
LARGEST = 50_000_000  # bytes of a notebook that is read
MOST_CHECKS = 100  # in one notebook


class ClassReportError(ValueError):
    """A report that cannot be made, in one line."""


@dataclass(frozen=True)
class StudentNotebook:
    """One notebook of one student: `number` is that of the course's notebook, "" if unknown.

    `checks` is (status, message) by exercise, with status right, wrong, open or not reached; `guesses` is (guess,
    result) by prediction; `stopped` is in one line the first error and its cell, `fault` why the file is left out; both
    are "" otherwise.
    """

    path: str
    student: str
    number: str
    checks: dict[str, tuple[str, str]] = field(default_factory=dict)
    guesses: dict[str, tuple[str, str]] = field(default_factory=dict)
    stopped: str = ""
    fault: str = ""

    def status(self, name: str) -> str:
        """The status of an exercise's check, "not reached" if there is none."""
        return self.checks.get(name, ("not reached", ""))[0]

    @property
    def right(self) -> int:
        """How many checks are right."""
        return sum(status == "right" for status, _ in self.checks.values())


@dataclass(frozen=True)
class ExerciseRow:
    """How many notebooks have a check of an exercise right, wrong, open or not reached; the title is "" if unknown."""

    name: str
    title: str
    counts: dict[str, int]


def plain(text: Any, most: int = 200) -> str:
    """A student's text as one line of printable characters, cut after `most`."""
    line = " ".join(str(text)[: 20 * most].split())
    return cut("".join(c if c.isprintable() else "�" for c in line), most)


def find_notebooks(folder: Path) -> list[tuple[str, Path]]:
    """Every notebook below a folder with its student, for the layouts that the command describes; in order.

    Raises `ClassReportError` if there is none.
    """
    base = folder / "submitted" if (folder / "submitted").is_dir() else folder
    found = []
    for path in sorted(base.rglob("*.ipynb")):
        inside = path.relative_to(base)
        if any(part.startswith(".") for part in inside.parts):
            continue  # a dangling link or a folder of that name is found too, and said to be none
        flat = re.fullmatch(r"(.+)_\d\d[a-z]?_[A-Za-z].*", path.stem)
        found.append((inside.parts[0] if len(inside.parts) > 1 else flat[1] if flat else path.stem, path))
    if not found:
        raise ClassReportError(
            f"there are no notebooks in {folder}: it should hold STUDENT/NN_topic.ipynb, "
            "STUDENT_NN_topic.ipynb or submitted/STUDENT/ASSIGNMENT/NN_topic.ipynb"
        )
    return found


def read_student_notebook(path: Path, student: str = "") -> StudentNotebook:
    """What the checks of a notebook said, from its file; one that cannot be read has a `fault` instead."""
    named = re.search(r"(?:^|_)(\d\d[a-z]?)_[A-Za-z][^/]*$", path.stem)
    empty = StudentNotebook(plain(path), plain(student or path.stem, 60), named[1] if named else "")
    try:
        if path.stat().st_size > LARGEST:
            return replace(empty, fault=f"is larger than {LARGEST // 1_000_000} MB")
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        checks, guesses, stopped = read_cells(cells)
    except OSError as error:
        return replace(empty, fault=f"cannot be opened: {plain(error.strerror)}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return replace(empty, fault="is not a whole notebook")
    prefixes = Counter(name.partition(".")[0] for name in checks).most_common(1)
    number = empty.number or (prefixes[0][0] if prefixes else "")
    if not number:
        return replace(empty, fault="has no checks and no number in its name")
    return replace(empty, number=number, checks=checks, guesses=guesses, stopped=stopped)


def read_cells(cells: list[dict[str, Any]]) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]], str]:
    """The last status and message of each check in a notebook's cells, the guesses that were compared with a result,
    and the first error with its cell.

    Raises `TypeError`, `KeyError` or `AttributeError` for what is not of a notebook's form.
    """
    checks: dict[str, tuple[str, str]] = {}
    guesses: dict[str, tuple[str, str]] = {}
    stopped = ""
    for place, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        for name in re.findall(r"""^check\(\s*["']([^"'\n]+)["']""", "".join(cell["source"]), re.MULTILINE):
            checks.setdefault(plain(name, 60), ("not reached", ""))
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            said, error = shown.get(MIME), f"{output.get('ename')}: {output.get('evalue')}"
            guess = shown.get(predictions.MIME)
            if isinstance(guess, dict) and guess.get("guess") is not None and guess.get("result") is not None:
                guesses[plain(guess.get("name"), 60)] = (plain(guess["guess"], 40), plain(guess["result"], 40))
            # under nbgrader a check that does not hold raises its result
            raised = re.match(r"AssertionError: ([✗○]) ([^:]+): (.*)", error, re.DOTALL)
            if isinstance(said, dict) and said.get("status") in MARKS:
                checks[plain(said.get("name"), 60)] = (said["status"], plain(said.get("message")))
            elif output.get("output_type") == "error" and raised:
                status = "wrong" if raised[1] == MARKS["wrong"] else "open"
                checks[plain(raised[2], 60)] = (status, plain(raised[3]))
            elif output.get("output_type") == "error":
                stopped = stopped or plain(f"cell {place} of {len(cells)}: {error}")
    return dict(list(checks.items())[:MOST_CHECKS]), dict(list(guesses.items())[:MOST_CHECKS]), stopped


def one_each(notebooks: Sequence[StudentNotebook]) -> list[StudentNotebook]:
    """Of several copies of one notebook by one student, only that with most checks right; the others get a fault."""
    best: dict[tuple[str, str], StudentNotebook] = {}
    for one in notebooks:
        key = (one.student, one.number)
        if not one.fault and (key not in best or one.right > best[key].right):
            best[key] = one
    copy = "is another copy of a notebook that counts"
    return [one if one.fault or one is best[one.student, one.number] else replace(one, fault=copy) for one in notebooks]


def without_names(notebooks: Sequence[StudentNotebook]) -> list[StudentNotebook]:
    """The same with numbers for students, and for files, which may be named after them.

    The numbers say nothing of the alphabet.
    """
    students = sorted({one.student for one in notebooks}, key=lambda name: hashlib.sha256(name.encode()).digest())
    number = {name: f"student {i}" for i, name in enumerate(students, 1)}
    hidden = [replace(one, student=number[one.student], path=f"a file of {number[one.student]}") for one in notebooks]
    return sorted(hidden, key=lambda one: int(one.student.partition(" ")[2]))


def class_table(notebooks: Sequence[StudentNotebook]) -> list[ExerciseRow]:
    """A row per exercise, in the order of the course; the counts of a row add up to the notebooks of its number."""
    rows = []
    for number in sorted({one.number for one in notebooks if not one.fault}):
        group = [one for one in notebooks if one.number == number and not one.fault]
        for name in dict.fromkeys(name for one in group for name in one.checks):
            counts = Counter(one.status(name) for one in group)
            rows.append(ExerciseRow(name, title_of(name), {status: counts[status] for status in MARKS_AND_NONE}))
    return rows


def title_of(name: str) -> str:
    """An exercise's title, "" if the course has none of that name."""
    try:
        return get(name).title if re.fullmatch(r"[0-9][0-9][a-z]?\.\w+", name) else ""
    except KeyError:
        return ""


def stuck(notebooks: Sequence[StudentNotebook], most: int = 3) -> dict[str, list[tuple[int, str]]]:
    """The most frequent messages of wrong answers by exercise, each with its count.

    Messages that differ in numbers alone count as one, shown as the first of them.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for one in notebooks:
        for name, (status, message) in one.checks.items():
            if status == "wrong" and not one.fault:
                found.setdefault(name, {}).setdefault(re.sub(r"\d+(\.\d+)?", "#", message), []).append(message)
    return {
        name: sorted(((len(same), same[0]) for same in groups.values()), key=lambda pair: -pair[0])[:most]
        for name, groups in found.items()
    }


@dataclass(frozen=True)
class GuessRow:
    """What a class guessed at one question: how often each guess was made, and what came out most often."""

    name: str
    title: str
    result: str
    counts: tuple[tuple[str, int], ...]


def guess_table(notebooks: Sequence[StudentNotebook]) -> list[GuessRow]:
    """A row per prediction, with the guesses in order of size or name."""
    made: dict[str, list[tuple[str, str]]] = {}
    for one in notebooks:
        for name, pair in one.guesses.items():
            made.setdefault(name, []).append(pair)
    rows = []
    for name, pairs in made.items():
        counts = Counter(_shown(name, guess) for guess, _ in pairs)
        result = Counter(_shown(name, result) for _, result in pairs).most_common(1)[0][0]
        rows.append(GuessRow(name, _question(name), result, tuple(sorted(counts.items(), key=_in_order))))
    return rows


def _question(name: str) -> str:
    """A prediction's title, "" if the course has none of that name."""
    try:
        return predictions.asked(name).title
    except KeyError:
        return ""


def _shown(name: str, text: str) -> str:
    """A guess or a result as a sentence would have it: a number in a few digits with its unit, a choice as it is."""
    try:
        return predictions.asked(name).shown(float(text))
    except (KeyError, ValueError):
        return text


def _in_order(count: tuple[str, int]) -> tuple[float, str]:
    try:
        return float(count[0].split()[0]), ""
    except (ValueError, IndexError):
        return 0.0, count[0]


def execute_copy(path: Path, target: Path, seconds: float) -> str:
    """Run a notebook's code in this account, errors left where they are, and write the outcome to another file.

    Returns in one line what ended it early, "" if nothing did. `seconds` is for the whole notebook; the working folder
    is the target's. Raises what nbformat does for a file that is not a notebook.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook, ended = nbformat.read(path, as_version=4), ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []  # nothing from the file is taken for an outcome
    place = {"metadata": {"path": str(target.parent)}}
    client = NotebookClient(notebook, timeout=None, allow_errors=True, kernel_name="python3", resources=place)
    begun = time.monotonic()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # a kernel's own, not the cells'
    try:
        asyncio.run(asyncio.wait_for(client.async_execute(**silent), seconds))
    except (TimeoutError, DeadKernelError):  # a kernel that is ended for its time dies, too
        late = time.monotonic() - begun >= seconds
        ended = f"not finished within {seconds:g} seconds" if late else "its kernel died"
    nbformat.write(notebook, target)
    return ended
