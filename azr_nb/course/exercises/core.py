"""Exercises: a check by name for each, that says in one sentence what is wrong.

    check("01.preimage", is_preimage)

shows a line in the notebook and never stops it, so that Restart-and-run-all works with exercises left open. Under
nbgrader, which sets NBGRADER_EXECUTION when it marks, a check that does not hold raises instead.
"""

import html
import importlib
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from azr_nb.config.assets import toml_asset
from azr_nb.course.texts import cut

MIME = "application/x-azr-nb-check+json"
MARKS = {"right": "✓", "wrong": "✗", "open": "○"}


class Unsolved(Exception):
    """The stub is still there: the answer is `...` or None, or raises NotImplementedError."""


class Wrong(Exception):
    """What is wrong with an answer, as one sentence."""


@dataclass(frozen=True)
class Exercise:
    """An exercise: `name` is "NN.word", `difficulty` 1 to 3. `examine` raises `Wrong` or returns."""

    name: str
    title: str
    difficulty: int
    minutes: int
    examine: Callable[[Any], None]

    @property
    def card(self) -> str:
        """The heading over the statement, in Markdown."""
        dots = "●" * self.difficulty + "○" * (3 - self.difficulty)
        card = f"*{self.name}, difficulty {self.difficulty} of 3 {dots}, {self.minutes} minutes*"
        return f"### Exercise: {self.title}\n\n{card}"


_EXERCISES: dict[str, Exercise] = {}


def exercise(name: str, title: str, difficulty: int, minutes: int):
    """Register a function of an answer as an exercise's check; it raises `Wrong` for an answer that is not right."""

    def register(examine: Callable[[Any], None]) -> Callable[[Any], None]:
        _EXERCISES[name] = Exercise(name, title, difficulty, minutes, examine)
        return examine

    return register


def get(name: str) -> Exercise:
    """The exercise of that name. Raises `KeyError` with the names of its notebook."""
    number = name.partition(".")[0]
    try:
        importlib.import_module(f"azr_nb.course.exercises.notebook_{number}")
    except ModuleNotFoundError:
        raise KeyError(f"no exercises belong to a notebook {number!r}") from None
    if name not in _EXERCISES:
        known = ", ".join(other for other in _EXERCISES if other.startswith(f"{number}."))
        raise KeyError(f"unknown exercise {name!r}: there are {known}")
    return _EXERCISES[name]


class Answer:
    """A learner's function: calls it, and turns what goes wrong into `Unsolved` or `Wrong`."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = ", ".join([*map(short, args), *(f"{name}={short(value)}" for name, value in kwargs.items())])
        try:
            result = self.function(*args, **kwargs)
        except NotImplementedError:
            raise Unsolved from None
        except Exception as error:  # whatever a learner's code raises, they are told which call did it
            raise Wrong(f"for ({given}) your function raises {type(error).__name__}: {error}") from error
        if result is None or result is ...:
            raise Unsolved
        return result


def short(value: Any, most: int = 70) -> str:
    """A value's repr, cut for a sentence."""
    return cut(" ".join(repr(value).split()), most)


@dataclass(frozen=True)
class Result:
    """What a check says: `status` is right, wrong or open."""

    name: str
    status: str
    message: str

    def __repr__(self) -> str:
        return f"{MARKS[self.status]} {self.name}: {self.message}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        colour = {"right": "#1B7837", "wrong": "#B2182B", "open": "#666666"}[self.status]
        mark = f"<b>{MARKS[self.status]} {self.status}</b> {html.escape(self.message)}"
        box = f"border-left:4px solid {colour};padding:4px 10px;white-space:pre-wrap"
        return {"text/plain": repr(self), "text/html": f'<div style="{box}">{mark}</div>', MIME: asdict(self)}


def check(name: str, answer: Any) -> Result:
    """Check an answer, a function or a value, and say what is wrong with it in one sentence.

    Raises `KeyError` for an unknown exercise, and under nbgrader `AssertionError` for an answer that is not right.
    """
    found = get(name)
    try:
        if answer is None or answer is ...:
            raise Unsolved
        found.examine(Answer(answer) if callable(answer) else answer)
        result = Result(name, "right", "that is right")
    except Unsolved as error:
        result = Result(name, "open", str(error) or "not solved yet; the hints are below")
    except Wrong as error:
        result = Result(name, "wrong", str(error))
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        result = Result(name, "wrong", f"your answer is not of the expected form: {error}")
    if os.environ.get("NBGRADER_EXECUTION") and result.status != "right":
        raise AssertionError(repr(result))
    return result


def require(holds: bool, message: str) -> None:
    """Raise `Wrong` with the message unless it holds."""
    if not holds:
        raise Wrong(message)


def one_of(value: Any, names: Iterable[str], what: str = "") -> None:
    """Raise `Wrong` unless the value is one of these names."""
    names = list(names)
    require(value in names, f"{short(value)} is not one of {what}{', '.join(names)}")


def three_parts(answer: Any, form: str) -> tuple[Any, Any, Any]:
    """The parts of a tuple or list of three. Raises `Wrong` with the form for another answer, `Unsolved` for `...`."""
    require(isinstance(answer, (tuple, list)) and len(answer) == 3, form)
    if ... in answer:
        raise Unsolved
    return tuple(answer)


def filled(answer: Any, names: Iterable[str], form: str, missing: str = "{} is still missing") -> None:
    """Raise `Wrong` with the form unless the answer is a dict, and `Unsolved` if a name has nothing in it yet."""
    require(isinstance(answer, dict), form)
    for name in names:
        if answer.get(name) in (None, ...):
            raise Unsolved(missing.format(name))


def data(name: str) -> Any:
    """What assets/exercises.toml holds for an exercise."""
    return toml_asset("exercises")[name]
