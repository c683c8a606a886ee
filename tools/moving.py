"""The site's moving parts: each `explore(...)` of the notebooks, with what a reader without a kernel can set.

`VIEWS` is the one table. A view shows frames, which its function gives when the site is built, or it is a drawing,
which `moving_charts.js` makes in the page of `numbers`. Texts that a reader types are menus of prepared texts here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from azr_nb.course.views import advantages, curiosity, rewards, room, tasks, things, toy, update, zero
from azr_nb.course.views import diagnosis as ward
from tools import moving_views as views

MOST = 60  # pictures of a view
TYPED = "These are prepared texts. To type your own, run the notebook."
TIMED = "These times are of the machine that built this site. For your own, run the notebook."
AGAIN = "Sampled again with the same seed. Machines round differently: a percent may differ from the picture above."
SAMPLED = "These are prepared programs, answered once. To type your own, run the notebook."
OWN = "Your own reward, <code>mine</code>, needs the notebook."


@dataclass(frozen=True)
class Control:
    """A slider or a menu: its values in order, and the one that it starts with."""

    kind: str
    values: Sequence[Any]
    start: Any


@dataclass(frozen=True)
class View:
    """What stands in place of `explore(name, ...)` in a notebook."""

    notebook: str
    name: str
    draw: Callable[..., object]
    controls: dict[str, Control]
    note: str = ""
    numbers: Callable[[], dict[str, Any]] | None = None  # of a drawing in the page

    def settings(self) -> list[dict[str, Any]]:
        """All settings of the controls; the last control changes fastest."""
        return [
            dict(zip(self.controls, values, strict=True))
            for values in product(*(control.values for control in self.controls.values()))
        ]

    def start(self) -> dict[str, Any]:
        """The setting that a reader finds."""
        return {name: control.start for name, control in self.controls.items()}


def slider(values: Sequence[Any], start: Any) -> Control:
    """A slider over these values, which need not be even."""
    return Control("slider", list(values), start)


def menu(values: Sequence[Any], start: Any) -> Control:
    """A menu of these values."""
    return Control("menu", list(values), start)


def steps(low: float, high: float, step: float) -> list[float]:
    """Even values from `low` to `high`, without the tails of binary fractions."""
    return [round(low + i * step, 6) for i in range(round((high - low) / step) + 1)]


_VALUES = ("1", "1.0", "True", "'1'", "[1]", "[True]", "(1,)")
_ANSWERS = ("4", "7", "2", "a % 3 * 2", "ZeroDivisionError")
_GROUPS = ("1, -0.5, -0.5, 1", "1, 1, 1, 1", "0, 0, 0, 0.001", "1, 0, 0, 0", "1, 1, 1, 0")
_LENGTHS = ("10, 10, 10, 10", "90, 10, 10, 10", "10, 10, 10, 90")
_MOVEMENTS = ("n", "e", "s", "w", "nn", "ne", "se", "en", "ee")

VIEWS = (
    View(
        "00b_toy",
        "chase_view",
        toy.chase_view,
        {"reward": menu(toy.toy_rewards(), "learnability"), "step": slider(range(301), 300)},
        numbers=views.chase_numbers,
    ),
    View(
        "01_three_questions",
        "question",
        views.question,
        {
            "about": menu(views.ZOO, "twice the remainder"),
            "hidden": menu(tasks.HIDDEN, "input"),
            "answer": menu(_ANSWERS, "4"),
        },
        TYPED,
    ),
    View(
        "01_three_questions",
        "compared",
        views.compared,
        {"one": menu(_VALUES, "1"), "other": menu(_VALUES, "True")},
        TYPED,
    ),
    View(
        "01_three_questions",
        "answers_for",
        views.answers_for,
        {"output": slider(range(10), 2), "divisor": slider(range(2, 8), 3)},
    ),
    View("02_executor", "gates", views.gates, {"program": menu(views.PROPOSALS, next(iter(views.PROPOSALS)))}, TYPED),
    View("02_executor", "limit", views.limit, {"seconds": slider((0.1, 0.3, 0.5, 0.7, 1.0), 0.3)}, TIMED),
    View(
        "03_proposing",
        "knobs",
        views.knobs,
        {"references": menu((0, 1, 2, 4), 2), "temperature": menu((0.4, 0.7, 1.0, 1.4), 1.0)},
        AGAIN,
    ),
    View(
        "04_rewards",
        "reward_view",
        rewards.reward_view,
        {
            "solve_rate": slider(steps(0, 1, 0.01), 0.25),
            "samples": slider(range(2, max(rewards.SIZES) + 1), 8),
            "variant": menu(rewards.SHAPES, "paper"),
        },
        numbers=views.reward_numbers,
    ),
    View(
        "05_advantages",
        "baseline_view",
        advantages.baseline_view,
        {"baseline": slider(steps(-1, 2, 0.01), 0.0), "shift": slider(steps(-1, 1, 0.05), 0.0)},
        numbers=views.policy_numbers,
    ),
    View(
        "05_advantages",
        "group_table",
        advantages.group_table,
        {"rewards": menu(_GROUPS, _GROUPS[0]), "lengths": menu(_LENGTHS, _LENGTHS[0])},
        TYPED,
    ),
    View(
        "06_lora_update", "ranks", views.ranks, {"rank": slider((1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128), 8)}
    ),
    View(
        "06b_clip_and_kl",
        "clip_view",
        update.clip_view,
        {"clip": slider(steps(0.05, 0.5, 0.01), 0.2), "clip_high": slider(steps(0.05, 1, 0.01), 0.28)},
        numbers=dict,
    ),
    View(
        "06b_clip_and_kl",
        "beta_view",
        update.beta_view,
        {"beta": slider(steps(0.05, 3, 0.01), 0.5)},
        numbers=views.policy_numbers,
    ),
    View(
        "07_self_play",
        "replay",
        views.replay,
        {"step": slider((*range(0, 100, 10), 99), 50), "proposal": slider(range(36), 11)},
        "Every tenth step and the last are here; the notebook has all.",
    ),
    View("07_self_play", "family", views.family, {"task": slider(range(12), 0)}),
    View("08_read_the_run", "mystery_view", ward.mystery_view, {"run": menu(ward.MYSTERY, "A")}),
    View("09_reward_lab", "curve", views.curve, {"reward": menu(views.named_rewards(), "learnability")}, OWN),
    View("09_reward_lab", "frontier", views.frontier, {"arm": menu(views.arms(), "learnability")}),
    View(
        "10_is_it_better",
        "bootstrap",
        views.bootstrap,
        {"tasks": slider(range(10, 121, 10), 120), "paired": menu(("yes", "no"), "yes")},
    ),
    View("10_is_it_better", "among", views.among, {"k": slider((1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64), 8)}),
    View("10_is_it_better", "ask", views.ask, {"program": menu(views.OWN, next(iter(views.OWN)))}, SAMPLED),
    View("11_movement", "next_look", things.next_look, {"movement": menu(_MOVEMENTS, "n")}),
    View(
        "12_curiosity",
        "room_view",
        room.room_view,
        {
            "curiosity": menu(room.CURIOSITIES, "surprise"),
            "television": menu(("random", "in order"), "random"),
            "steps": slider((1000, 2000, 3000, 6000, 10_000, 16_000), 3000),
        },
    ),
    View(
        "12_curiosity",
        "dice_view",
        curiosity.dice_view,
        {"sides": slider((*range(2, 13), 16, 24, 40), 4), "samples": menu((4, 8, 16, 64), 8)},
    ),
    View(
        "13_zero",
        "alarms_view",
        zero.alarms_view,
        {"comparisons": slider((1, 2, 3, 5, 7, 10, 15, 20, 30, 40), 20), "level": menu((90, 95, 99, 99.5), 95)},
    ),
)
