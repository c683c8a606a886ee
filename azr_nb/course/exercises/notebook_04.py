"""Checks of notebook 04."""

import math
import numbers
import random

from azr_nb.course.exercises.core import Unsolved, Wrong, data, exercise, require, short
from azr_nb.course.views.rewards import expected
from azr_nb.rewards import RewardRecord, learnability
from azr_nb.tasks import Verdict


@exercise("04.expected_learnability", "what does a task earn on average?", difficulty=2, minutes=10)
def expected_learnability(answer) -> None:
    """`expected_learnability(p, n)`: mean of the paper's reward over all outcomes of n samples."""
    rng = random.Random(4)
    cases = [(0.5, 2), (0.25, 8), (0.02, 8), (0.0, 4), (1.0, 4), (0.5, 1)]
    cases += [(rng.random(), rng.randint(2, 40)) for _ in range(20)]
    for p, n in cases:
        got, want = float(answer(p, n)), expected(learnability, p, n)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        why = f"for p = {p:.3g} and n = {n} the mean is {want:.4f}, not {got:.4f}"
        if math.isclose(got, 1 - p, abs_tol=1e-9):
            raise Wrong(f"{why}: 1 - p is what a task would earn if its solve rate were known without noise")
        if math.isclose(got, want - p**n, abs_tol=1e-9):
            raise Wrong(f"{why}: all right costs nothing more, since 1 - 1 is 0 already; only the other end is cut")
        raise Wrong(f"{why}: weigh the reward of each k of n by its probability")


@exercise("04.tickets", "a lottery in disguise", difficulty=1, minutes=4)
def tickets(answer) -> None:
    """The number of equally likely answers, 1 or more, with which learnability from 8 samples pays most."""
    whole = isinstance(answer, int) and answer >= 1
    require(whole, f"give a whole number (int) of tickets, 1 or more, not {short(answer)}")
    pay = {m: expected(learnability, 1 / m, 8) for m in range(1, 65)}
    best = max(pay, key=pay.get)
    mine = expected(learnability, 1 / answer, 8)
    side = "fewer" if answer > best else "more"
    require(answer == best, f"a lottery of {answer} earns {mine:.2f} on average: one of {side} tickets earns more")


def _paid(answer, program: str, solve_rate: float) -> float:
    answers = ("3",) * round(8 * solve_rate) + ("4",) * round(8 - 8 * solve_rate)
    given = dict(program=program, pairs=(("3", "3"),), answers=answers)
    record = RewardRecord("propose", "deduction", Verdict("ok"), solve_rate, **given)
    try:
        value = answer(record)
    except Unsolved:
        raise Unsolved from None  # a record is too long for a message
    except Wrong as error:
        cause = error.__cause__
        raise Wrong(f"at the solve rate {solve_rate:g} your reward raises {type(cause).__name__}: {cause}") from cause
    where = f"for a task of solve rate {solve_rate:g}"
    require(isinstance(value, numbers.Real), f"a reward is one number, not {short(value)}, {where}")
    require(math.isfinite(value), f"your reward is {value}, {where}: a run stops at what is not finite")
    bounded = "stay between -1 and 1, the range of all other rewards"
    require(-1 <= value <= 1, f"your reward is {value:g}, {where}: {bounded}")
    return float(value)


@exercise("04.my_reward", "a reward of your own", difficulty=3, minutes=15)
def my_reward(answer) -> None:
    """`my_reward(record)`: finite, from -1 to 1, and no trivial or impossible task is among the best paid."""
    programs = data("04.my_reward")["programs"]
    best = max(_paid(answer, program, k / 8) for program in programs for k in range(1, 8))
    for solve_rate, name in ((0.0, "impossible"), (1.0, "trivial")):
        for program in programs:
            value = _paid(answer, program, solve_rate)
            task = f"the {name} task {short(program, 60)} earns {value:g}"
            more = "no task that is solved sometimes earns more: a proposer would write only that"
            require(value < best - 1e-9, f"{task}, and {more}")
