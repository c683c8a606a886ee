"""Views of notebook 12: what rewards of curiosity give for a pass rate, and for families of programs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from azr_nb.course.drawing import BAR, LEGEND, dress, panels, style
from azr_nb.course.views.rewards import expected
from azr_nb.environments.python_programs.grammar import render, sample_input
from azr_nb.environments.python_programs.television import television_proposal
from azr_nb.evaluation.measures import mean
from azr_nb.rewards.builtin import inverse, learnability, uncertainty
from azr_nb.rewards.curiosity import surprise
from azr_nb.runs.plots import GREY, Picture
from azr_nb.tasks import Proposal

TELEVISION = "television"
# families of deduction tasks: the types of the arguments, and the body; {k} is 2 to 9
FAMILIES = {
    "a + k": (("int",), "return a + {k}"),
    "a[::-1]": (("list",), "return a[::-1]"),
    "a % k": (("int",), "return a % {k}"),
    "two lines": (("int",), "b = a * {k}\nreturn b + a"),
    "a * b": (("int", "int"), "return a * b"),
    "many outcomes": (("list",), "c = {k}\nfor x in a:\n    c = c * 41 % 97 + x\nreturn c"),
}
DICE = (2, 3, 4, 6, 10)


def family_proposals(name: str, count: int, seed: int = 0) -> list[Proposal]:
    """Deduction proposals of a family, or televisions. Raises `KeyError` for a name that is neither."""
    rng = random.Random(f"{name}/{seed}")
    if name == TELEVISION:
        return [television_proposal(rng, "deduction") for _ in range(count)]
    types, body = FAMILIES[name]
    made = []
    for _ in range(count):
        program = render(types, body.format(k=rng.randint(2, 9)).split("\n"))
        made.append(Proposal("deduction", program, (sample_input(rng, types),)))
    return made


REWARDS: dict[str, Callable[[float], float]] = {
    "surprise": lambda solve_rate: surprise(solve_rate) / surprise(0.0),  # at most 1, like the others
    "inverse": inverse,
    "learnability": learnability,
    "uncertainty": uncertainty,
}


def family_pay(rates: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """By reward, the mean pay of each family, from the measured solve rates of its tasks."""
    return {
        name: {family: mean([pay(rate) for rate in measured]) for family, measured in rates.items()}
        for name, pay in REWARDS.items()
    }


def family_figure(pay: Mapping[str, Mapping[str, float]]) -> Picture:
    """A panel for each reward, a bar for each family."""
    figure, axes = panels(len(pay), 2.9, share=True)
    for axis, (name, row) in zip(axes, pay.items(), strict=True):
        looks = [BAR | ({"hatch": "///"} if family in (TELEVISION, "many outcomes") else {}) for family in row]
        for place, (value, look) in enumerate(zip(row.values(), looks, strict=True)):
            axis.barh(place, value, **look)
        axis.set_yticks(range(len(row)), list(row))
        dress(axis, name, "", "mean reward", xlim=(0, 1), xticks=[0, 0.5, 1])
    axes[0].invert_yaxis()
    return figure


def dice_figure(samples: Sequence[int] = (4, 8, 16, 64)) -> Picture:
    """Mean reward of a task that stays solved with chance p: left learnability by the number of samples n, right four
    rewards at n = 8. Dotted lines are dice of 2, 3, 4, 6 and 10 sides.
    """
    p = [i / 200 for i in range(1, 200)]
    percent = [100 * q for q in p]
    figure, axes = panels(2, 3.2, share=True)
    for number, n in enumerate(samples):
        axes[0].plot(percent, [expected(learnability, q, n) for q in p], **style(number, marker="", label=f"n = {n}"))
    for number, (name, pay) in enumerate(REWARDS.items()):
        axes[1].plot(percent, [expected(pay, q, 8) for q in p], **style(number, marker="", label=name))
    for axis, title, label in zip(axes, ("learnability", "four rewards, n = 8"), ("mean reward", ""), strict=True):
        for sides in DICE:
            axis.axvline(100 / sides, color=GREY, linewidth=0.7, linestyle=":")
        dress(axis, title, label, "chance of a right answer (%)", ylim=(0, 1), legend=LEGEND)
    return figure


def dice_view(sides: int = 4, samples: int = 8) -> Picture:
    """What three rewards pay for a die of so many sides, judged by so many samples."""
    figure, (axis,) = panels(1, 2.6)
    shown = ("inverse", "learnability", "uncertainty")
    pay = {name: expected(REWARDS[name], 1 / sides, samples) for name in shown}
    axis.bar(list(pay), list(pay.values()), width=0.5, **BAR)
    for place, value in enumerate(pay.values()):
        axis.text(place, value, f"{value:.2f}", ha="center", va="bottom", fontsize=9)
    dress(axis, f"a die of {sides} sides, {samples} samples", "mean reward", "", ylim=(0, 1.05))
    return figure
