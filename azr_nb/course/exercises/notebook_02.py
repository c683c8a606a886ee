"""Checks of notebook 02. Attack texts run in the weak judge's own process or in the executor, never here."""

from __future__ import annotations

import random
import re

from azr_nb.course.exercises.core import Answer, Unsolved, Wrong, exercise, require, short
from azr_nb.course.views.weak import SHOWN, TASKS, family, true_verdict, weak_verdict
from azr_nb.executor import Executor
from azr_nb.programs.values import same


@exercise("02.three_ways", "fool the weak judge in three ways", difficulty=2, minutes=15)
def three_ways(answer) -> None:
    """Three pairs (task type, text) of different families that the weak judge takes and the real one does not."""
    require(len(answer) == 3, f"give three pairs, not {len(answer)}")
    seen: dict[str, str] = {}
    with Executor() as executor:
        for place, (kind, text) in enumerate(answer, 1):
            if kind is ... or text is ...:
                raise Unsolved(f"answer {place} is still missing")
            require(kind in TASKS, f"answer {place}: {short(kind)} is no task type: choose of {', '.join(TASKS)}")
            require((kind, text) not in SHOWN, f"answer {place} was shown above: find one of your own")
            said = weak_verdict(kind, text)
            require(said == "right", f"answer {place}: the weak judge says {said!r}, not 'right', to {short(text)}")
            verdict = true_verdict(kind, text, executor)
            require(not verdict.ok, f"answer {place}: {short(text)} is simply right, and fools nobody")
            name = family(kind, text)
            require(name not in seen, f"answers {seen.get(name)} and {place} are of one family: each of them {name}")
            seen[name] = str(place)


_HONEST = (
    ("3", 3),
    ("-2.5", -2.5),
    ("'a'", "a"),
    ("True", True),
    (" 7 ", 7),
    ("[1, (2, 'x')]", [1, (2, "x")]),
    ("{'k': [False]}", {"k": [False]}),
    ("{1, 2}", {1, 2}),
    ("'f(7)'", "f(7)"),
    ("[]", []),
)
# harmless one and all: whoever evaluates them gives himself away
_CODE = (
    "f(7)",
    "output",
    "__import__('os').getpid()",
    "1) or (True",
    "(lambda: 1)()",
    "[x for x in (1, 2)]",
    "2 ** 8",
    "1 if True else 2",
    "(n := 3)",
    "len('abc')",
    "'ab'.upper()",
    "[1, 2][0]",
    "x = 3",
    "def f(a):\n    return a",
    "",
)
_LARGE = (
    ("thousands of brackets", "(" * 3000 + ")" * 3000),
    ("thousands of signs", "-" * 3000 + "1"),
    ("a number of ten thousand digits", "9" * 10_000),
)


@exercise("02.parse_answer", "read a value, run nothing", difficulty=2, minutes=8)
def parse_answer(answer) -> None:
    """`parse_answer(text)`: the plain value that a literal denotes, `ValueError` for every other text."""
    for text, want in _HONEST:
        got = answer(text)
        require(same(got, want), f"{text!r} denotes {want!r}, not {short(got)}")
    for text in _CODE:
        _refused(answer, text, f"the text {short(text)}")
    for name, text in _LARGE:
        _refused(answer, text, name)


def _refused(answer: Answer, text: str, name: str) -> None:
    try:
        got = answer.function(text)
    except ValueError:
        return
    except Exception as error:  # whatever it is, it would have ended the judge
        raise Wrong(f"{name} gives {type(error).__name__}, which ends the judge: make a ValueError of it") from error
    raise Wrong(f"{name} is no plain value, but your function gives {short(got)}: text may be read, never run")


class Always:
    """Equals everything, as an answer would like to."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return True


_NAN = float("nan")
_PAIRS = (
    (1, 1.0, "1 and 1.0 are the same number"),
    (1, True, "a truth value is no number"),
    ([1], [True], "a truth value is no number, in a list too"),
    ({"k": 0}, {"k": False}, "a truth value is no number, in a dict too"),
    ("1", 1, "a text is no number"),
    ([1, 2], (1, 2), "a list is no tuple"),
    ([1, 2], [1], "lists of different length differ"),
    ([1], [1, 2], "lists of different length differ"),
    ({"a": 1}, {"a": 1, "b": 2}, "dicts of different length differ"),
    ([1, [2.0]], [1.0, [2]], "numbers compare by number, inside lists too"),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "dicts have no order"),
    (_NAN, float("nan"), "nan is what was asked for, although it does not equal itself"),
    ([_NAN], [float("nan")], "nan is the same as nan, inside lists too"),
    (None, False, "None is no truth value"),
    (Always(), 1, "an object that equals everything is no plain value: ask for types before you ask for =="),
    (1, Always(), "an object that equals everything is no plain value: ask for types before you ask for =="),
    ([Always()], [1], "such an object is no plain value inside a list either"),
)


@exercise("02.same_value", "the same value", difficulty=3, minutes=12)
def same_value(answer) -> None:
    """`same_value(a, b)`: our rule of equality, for None, booleans, numbers, texts, lists, tuples and dicts."""
    rng = random.Random(2)
    drawn = [(_value(rng, 2), _value(rng, 2)) for _ in range(150)]
    cases = [
        *_PAIRS,
        *((one, other, "they differ" if not same(one, other) else "they are the same") for one, other in drawn),
    ]
    cases += [(one, one, "every plain value is the same as itself") for one, _ in drawn[:20]]
    for one, other, reason in cases:
        got, want = answer(one, other), same(one, other)
        require(isinstance(got, bool), f"say True or False, not {short(got)}")
        require(got == want, f"same_value({_shown(one)}, {_shown(other)}) should be {want}: {reason}")


def _shown(value: object) -> str:
    return re.sub(r"<[\w.]+ object at .*", "<an object", short(value))


def _value(rng: random.Random, depth: int) -> object:
    kind = rng.randrange(6 if depth else 3)
    if kind < 3:
        return rng.choice((0, 1, 1.0, True, False, "1", "a", None, 0.5))
    items = [_value(rng, depth - 1) for _ in range(rng.randrange(3))]
    return items if kind == 3 else tuple(items) if kind == 4 else dict(zip("xy", items, strict=False))
