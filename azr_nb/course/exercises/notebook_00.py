"""Checks of notebook 00."""

from azr_nb.course.exercises.core import Unsolved, data, exercise, require


@exercise("00.two_rewards", "what are these three proposals paid?", difficulty=1, minutes=3)
def two_rewards(answer) -> None:
    """Three proposer rewards: not valid, 6 of 8 solved, none solved."""
    require(len(answer) == 3, f"give three numbers, one for each proposal, not {len(answer)}")
    for value, one in zip(answer, data("00.two_rewards"), strict=True):
        if value is ...:
            raise Unsolved(f"the reward of {one['case']} is still missing")
        right = abs(float(value) - one["paid"]) < 1e-9
        require(right, f"{one['case']} is not paid {float(value):g}: {one['reason']}")
