"""Checks of notebook 02. Attack texts run in the weak judge's own process or in the executor, never here."""

import itertools
import re

from azr_nb.course.exercises.core import Answer, Unsolved, Wrong, data, exercise, require, short
from azr_nb.course.views.executor import SHOWN, TASKS, family, true_verdict, weak_verdict
from azr_nb.executor import Executor
from azr_nb.programs.values import parse_value, same


@exercise("02.three_ways", "fool the weak judge in three ways", difficulty=2, minutes=15)
def three_ways(answer) -> None:
    """Three pairs (task type, text) of different families that the weak judge takes and the real one does not."""
    require(len(answer) == 3, f"give three pairs, not {len(answer)}")
    seen: dict[str, str] = {}
    with Executor() as executor:
        for place, (kind, text) in enumerate(answer, 1):
            if kind is ... or text is ...:
                raise Unsolved(f"answer {place} is still missing")
            require(
                kind in TASKS, f"answer {place}: {short(kind)} is not a task type: choose one of {', '.join(TASKS)}"
            )
            require((kind, text) not in SHOWN, f"answer {place} was shown above: find one of your own")
            said = weak_verdict(kind, text)
            require(said == "right", f"answer {place}: the weak judge says {said!r}, not 'right', to {short(text)}")
            verdict = true_verdict(kind, text, executor)
            require(not verdict.ok, f"answer {place}: {short(text)} is simply right, and fools nobody")
            name = family(kind, text)
            require(name not in seen, f"answers {seen.get(name)} and {place} are of one family: each of them {name}")
            seen[name] = str(place)


@exercise("02.parse_answer", "read a value, run nothing", difficulty=2, minutes=8)
def parse_answer(answer) -> None:
    """`parse_answer(text)`: the plain value that a literal denotes, `ValueError` for every other text."""
    texts = data("02.parse_answer")
    for text in texts["plain"]:
        got, want = answer(text), parse_value(text)
        require(same(got, want), f"{text!r} denotes {want!r}, not {short(got)}")
    refused = {f"the text {short(text)}": text for text in texts["code"]} | {
        "thousands of brackets": "(" * 3000 + ")" * 3000,
        "thousands of signs": "-" * 3000 + "1",
        "a number of ten thousand digits": "9" * 10_000,
    }
    for name, text in refused.items():
        _refused(answer, text, name)


def _refused(answer: Answer, text: str, name: str) -> None:
    try:
        got = answer.function(text)
    except ValueError:
        return
    except Exception as error:  # whatever it is, it would have ended the judge
        raise Wrong(f"{name} gives {type(error).__name__}, which ends the judge: make a ValueError of it") from error
    raise Wrong(f"{name} is not a plain value, but your function gives {short(got)}: text may be read, never run")


class Always:
    """Equals everything, as an answer would like to."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return True


_EAGER = "an object that equals everything is not a plain value: compare types before you use =="
_OBJECTS = (
    (Always(), 1, _EAGER),
    (1, Always(), _EAGER),
    ([Always()], [1], "such an object is not a plain value inside a list either"),
)


@exercise("02.same_value", "the same value", difficulty=3, minutes=12)
def same_value(answer) -> None:
    """`same_value(a, b)`: our rule of equality, for None, booleans, numbers, texts, lists, tuples and dicts."""
    given = data("02.same_value")
    cases = [(parse_value(one["one"]), parse_value(one["other"]), one["reason"]) for one in given["pairs"]]
    cases += _OBJECTS
    for one, other in itertools.product(map(parse_value, given["values"]), repeat=2):
        cases.append((one, other, "they are the same" if same(one, other) else "they differ"))
    for one, other, reason in cases:
        got, want = answer(one, other), same(one, other)
        require(isinstance(got, bool), f"say True or False, not {short(got)}")
        require(got == want, f"same_value({_shown(one)}, {_shown(other)}) should be {want}: {reason}")


def _shown(value: object) -> str:
    return re.sub(r"<[\w.]+ object at .*", "<an object", short(value))
