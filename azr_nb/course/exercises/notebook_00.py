"""Checks of notebook 00."""

from __future__ import annotations

from azr_nb.course.exercises.core import Unsolved, exercise, require

_CASES = ("the program that does not run", "the proposal that 6 of 8 answers solved", "the proposal that nobody solved")


@exercise("00.two_rewards", "what are these three proposals paid?", difficulty=1, minutes=3)
def two_rewards(answer) -> None:
    """Three proposer rewards: not valid, 6 of 8 solved, none solved."""
    expected = (-1.0, 0.25, 0.0)
    reasons = (
        "what is no valid task costs one point",
        "it is 1 minus the share of answers that were right",
        "a task that nobody solves teaches nothing and earns nothing",
    )
    require(len(answer) == 3, f"give three numbers, one for each proposal, not {len(answer)}")
    for value, want, case, reason in zip(answer, expected, _CASES, reasons, strict=True):
        if value is ...:
            raise Unsolved(f"the reward of {case} is still missing")
        require(abs(float(value) - want) < 1e-9, f"{case} is not paid {float(value):g}: {reason}")
