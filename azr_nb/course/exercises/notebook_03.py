"""Checks of notebook 03."""

import random

from azr_nb.course.exercises.core import data, exercise, require, short


@exercise("03.novelty", "a measure of novelty", difficulty=2, minutes=12)
def novelty(answer) -> None:
    """`novelty(program, known)`: 0 for what is known, up to names; at most 1; never more when more is known."""
    samples = data("03.novelty")["programs"]
    one, two = samples[:2]
    require(answer(one, [one]) == 0, "a program that is known already has the novelty 0")
    require(answer(one, []) == 1, "with nothing known every program has the novelty 1")
    same = "def f(x):\n    return x + 1"
    require(answer(same, [one]) == 0, f"{short(same)} is {short(one)} with another name, and has the novelty 0")
    rng = random.Random(3)
    for _ in range(30):
        program, *others = rng.sample(samples, 4)
        few, many = answer(program, others[:1]), answer(program, others)
        require(isinstance(few, (int, float)) and 0 <= few <= 1, f"a novelty lies between 0 and 1, not at {short(few)}")
        require(few > 0 and many > 0, f"{short(program)} is new beside {short(others[0])}, and has more than 0")
        newer = "a program does not become newer because more programs are known"
        require(many <= few + 1e-9, f"{newer}: {few:.3f} beside one, {many:.3f} beside three")
    near = "def f(a):\n    b = a * 2\n    return b - 4"
    least = answer(near, [two]) < answer(samples[4], [two])
    require(least, "a program that differs in one number should be less novel than one that shares no line")


@exercise("03.copied_lines", "what does the proposer copy?", difficulty=1, minutes=8)
def copied_lines(answer) -> None:
    """`copied_lines(program, references)`: share of the program's body lines that stand in some reference."""
    for one in data("03.copied_lines"):
        got, want = float(answer(one["program"], one["references"])), one["share"]
        wrong = f"for {short(one['program'])} the share is {want:.2f}, not {got:.2f}: {one['reason']}"
        require(abs(got - want) < 1e-9, wrong)
