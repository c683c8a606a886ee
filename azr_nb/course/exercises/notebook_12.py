"""Checks of notebook 12."""

import math

from azr_nb.course.exercises.core import Wrong, exercise, require
from azr_nb.course.views.room import Counts
from azr_nb.rewards.registry import RewardRecord
from azr_nb.tasks import Verdict


@exercise("12.surprise", "how improbable it was", difficulty=1, minutes=4)
def surprise(answer) -> None:
    """`surprise(model, key, outcome)`: -log of the chance that the model gives to the outcome."""
    model = Counts()
    for outcome in ("left", "left", "left", "right"):
        model.add("key", outcome)
    for key, outcome in (("key", "left"), ("key", "right"), ("key", "up"), ("new", "left")):
        chance = model.chance(key, outcome)
        got, want = float(answer(model, key, outcome)), -math.log(chance)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        require(not math.isclose(got, -want, abs_tol=1e-9), "the sign is missing: what is improbable surprises more")
        require(not math.isclose(got, -math.log2(chance), abs_tol=1e-9), "these are bits: nats are wanted")
        require(not math.isclose(got, 1 - chance, abs_tol=1e-9), "this is 1 - p, which is bounded: -log p is wanted")
        require(not math.isclose(got, chance, abs_tol=1e-9), "this is the chance itself: what is its surprise?")
        raise Wrong(f"for an outcome of chance {chance:.3f} it is {want:.3f} nats, not {got:.3f}")


@exercise("12.progress", "by how much the model improved", difficulty=1, minutes=4)
def progress(answer) -> None:
    """`progress(before, after)`: -log before minus -log after."""
    for before, after in ((0.1, 0.4), (0.5, 0.5), (0.4, 0.3), (0.01, 0.9)):
        got, want = float(answer(before, after)), math.log(after / before)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        for value, reason in (
            (abs(want), "a model that got worse makes negative progress"),
            (max(0.0, want), "a model that got worse makes negative progress"),
            (-want, "the sign is the wrong way round: a model that gives the outcome more chance has improved"),
            (after - before, "this is a difference of chances: surprises are wanted, which are -log of them"),
        ):
            require(math.isclose(value, want, abs_tol=1e-9) or not math.isclose(got, value, abs_tol=1e-9), reason)
        raise Wrong(f"from a chance of {before:g} to {after:g} it is {want:.3f} nats, not {got:.3f}")


@exercise("12.ignores_dice", "a reward that ignores the die", difficulty=2, minutes=10)
def ignores_dice(answer) -> None:
    """`reward(record)`: at most 0.1 for a die of any number of sides, more for a task that got less surprising."""

    def paid(rate: float, now: float, before: float) -> float:
        signals = {"gold_nll": now, "gold_nll_before": before}
        value = float(answer(RewardRecord("propose", "deduction", Verdict("ok"), rate, signals=signals)))
        require(math.isfinite(value) and -1 <= value <= 1, f"a reward has to be between -1 and 1, and yours is {value}")
        return value

    dice = {sides: paid(1 / sides, math.log(sides), math.log(sides)) for sides in (2, 4, 10, 50)}
    for sides, value in dice.items():
        require(value <= 0.1, f"a die of {sides} sides earns {value:.2f}, and it never becomes less surprising")
    for rate, now, before in ((0.25, 1.4, 2.0), (0.5, 0.7, 1.2), (0.75, 0.3, 0.9)):
        value = paid(rate, now, before)
        require(
            value > max(dice.values()),
            f"a task whose surprise fell from {before} to {now} nats earns {value:.2f}, no more than a die",
        )
