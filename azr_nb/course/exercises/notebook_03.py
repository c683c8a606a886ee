"""Checks of notebook 03."""

from __future__ import annotations

import random

from azr_nb.course.exercises.core import exercise, require, short
from azr_nb.programs import source as programs

_SAMPLES = (
    "def f(a):\n    return a + 1",
    "def f(a):\n    b = a * 2\n    return b - 3",
    "def f(a):\n    return a[::-1]",
    "def f(a):\n    b = sorted(a)\n    return b[0]",
    "def f(a):\n    if len(a) > 2:\n        a = a[1:]\n    return a.upper()",
    "def f(a):\n    return [x for x in a if x > 1]",
)


@exercise("03.novelty", "a measure of novelty", difficulty=2, minutes=12)
def novelty(answer) -> None:
    """`novelty(program, known)`: 0 for what is known, up to names; at most 1; never more when more is known."""
    one, two = _SAMPLES[0], _SAMPLES[1]
    require(answer(one, [one]) == 0, "a program that is known already has the novelty 0")
    require(answer(one, []) == 1, "with nothing known every program has the novelty 1")
    same = "def f(x):\n    return x + 1"
    require(answer(same, [one]) == 0, f"{short(same)} is {short(one)} with another name, and has the novelty 0")
    rng = random.Random(3)
    for _ in range(30):
        program, *others = rng.sample(_SAMPLES, 4)
        few, many = answer(program, others[:1]), answer(program, others)
        require(isinstance(few, (int, float)) and 0 <= few <= 1, f"a novelty lies between 0 and 1, not at {short(few)}")
        require(few > 0 and many > 0, f"{short(program)} is new beside {short(others[0])}, and has more than 0")
        require(
            many <= few + 1e-9,
            "a program does not become newer because more programs are known: "
            f"{few:.3f} beside one, {many:.3f} beside three",
        )
    near = "def f(a):\n    b = a * 2\n    return b - 4"
    require(
        answer(near, [two]) < answer(_SAMPLES[4], [two]),
        "a program that differs in one number should be less novel than one that shares no line",
    )


@exercise("03.copied_lines", "what does the proposer copy?", difficulty=1, minutes=8)
def copied_lines(answer) -> None:
    """`copied_lines(program, references)`: share of the program's body lines that stand in some reference."""
    first, second = _SAMPLES[1], _SAMPLES[3]
    cases = [
        (first, [], 0.0, "without references nothing can be copied"),
        (first, [first], 1.0, "every line of a copy is copied"),
        ("def f(a):\n    b = a * 2\n    return b", [first], 0.5, "one of two lines below def stands in the reference"),
        ("def f(a):\n    b = sorted(a)\n    return b - 3", [first, second], 1.0, "a line may come from any reference"),
        (
            "def f(a):\n    if a:\n        b = a * 2\n    return b",
            [first],
            1 / 3,
            "compare lines without their indentation, and leave out the def line, which all programs share",
        ),
    ]
    for program, references, want, reason in cases:
        got = answer(program, references)
        wrong = f"for {short(program)} the share is {want:.2f}, not {float(got):.2f}: {reason}"
        require(abs(float(got) - want) < 1e-9, wrong)


def reference_novelty(program: str, known: list[str]) -> float:
    """The solution of `03.novelty`: the distance to the nearest known program, up to names of variables."""
    form = programs.renamed(program)
    return min((programs.tree_distance(form, programs.renamed(other)) for other in known), default=1.0)
