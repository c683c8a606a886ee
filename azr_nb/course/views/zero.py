"""Views of notebook 13: what was put in by hand, what each arm of the study gained, and false alarms."""

from __future__ import annotations

import csv
import inspect
import math
from collections.abc import Mapping

from azr_nb.config import SelfPlayConfig
from azr_nb.config.assets import ASSETS, toml_asset
from azr_nb.course.drawing import BAR, LEGEND, dress, panels, style
from azr_nb.environments.python_programs import grammar, statements
from azr_nb.policy.load import Policy, load_policy
from azr_nb.runs.plots import INK, Picture
from azr_nb.runs.study import Change, scores
from azr_nb.tasks import STATUSES, TASK_TYPES


def ledger() -> list[tuple[str, str, str]]:
    """What people put in by hand before a run of the preset classroom begins: what, how much, and where it stands."""
    with (ASSETS / "tiny" / "loss.csv").open(encoding="utf-8") as file:
        tokens = int(list(csv.DictReader(file))[-1]["tokens"])
    lines = sum(len(inspect.getsource(module).splitlines()) for module in (grammar, statements))
    settings = len(SelfPlayConfig.model_fields)
    return [
        ("solved tasks that the policy read", f"{tokens / 1e6:.1f} million tokens", "azr_nb/assets/tiny"),
        ("a grammar that wrote them", f"{lines} lines", "python_programs/grammar.py, statements.py"),
        ("a vocabulary cut for Python", f"{len(load_policy('tiny').tokenizer)} tokens", "assets/tokens.toml"),
        ("kinds of questions", f"{len(TASK_TYPES)} task types", "azr_nb/tasks.py"),
        ("a verifier", f"{len(STATUSES)} verdicts", "azr_nb/executor, python_programs/verifier.py"),
        ("rewards and penalties", "two formulas, three penalties", "azr_nb/rewards"),
        ("settings", f"{settings}, of which classroom changes {_changed('classroom')}", "docs/settings.md"),
    ]


def _changed(preset: str) -> int:
    return len(set(toml_asset("presets")[preset]) - {"like"})


def untaught(seed: int = 0) -> Policy:
    """The tiny policy before any warm-up: its architecture and tokenizer with random weights."""
    from azr_nb.learning.warmup import new_model

    tokenizer = load_policy("tiny").tokenizer
    return Policy(new_model(tokenizer, seed).eval(), tokenizer, "untaught")


def arms_figure(groups: Mapping[str, Mapping[str, tuple[Change, Change]]], title: str, label: str) -> Picture:
    """A row for each arm, a colour for each group: a mark for the mean, small hollow ones for seeds.

    The pair has the same change with two intervals, the narrow one drawn thick, the wide one thin.
    """
    rows = [(group, name, pair) for group, arms in groups.items() for name, pair in arms.items()]
    figure, (axis,) = panels(1, 1.1 + 0.36 * len(rows))
    named = list(groups)
    for y, (group, name, (narrow, wide)) in enumerate(rows):
        looks = style(named.index(group), linestyle="none")
        for change, width in ((narrow, 3.0), (wide, 1.0)):
            axis.plot((change.low, change.high), (y, y), color=looks["color"], linewidth=width)
        axis.plot(narrow.seeds, [y - 0.26] * len(narrow.seeds), mfc="white", markersize=4, **looks)
        first = name == next(iter(groups[group]))
        axis.plot(narrow.mean, y, markersize=7, **looks, **({"label": group} if first else {}))
    axis.axvline(0, color=INK, linewidth=0.8)
    axis.set_yticks(range(len(rows)), [name for _, name, _ in rows])
    below = dict(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=len(groups))
    dress(axis, title, "", label, ticks=8, legend=LEGEND | below, ylim=(len(rows) - 0.5, -0.8))
    return figure


def forms_rows(variant: str) -> list[tuple[str, str, str, str]]:
    """For each form of the sealed suite its size, and a variant's greedy scores before and after in percent."""
    before, after = (scores(variant, side, "greedy", sealed=True) for side in ("before", "after"))
    return [
        (cell[1], str(values.shape[1]), f"{values.mean():.0f}", f"{after[cell].mean():.0f}")
        for cell, values in before.items()
    ]


def alarms(comparisons: int, level: float) -> list[float]:
    """Chance of 0, 1, 2, ... false alarms among independent comparisons of equals, at a level in percent."""
    p = 1 - level / 100
    return [math.comb(comparisons, k) * p**k * (1 - p) ** (comparisons - k) for k in range(comparisons + 1)]


def alarms_view(comparisons: int = 20, level: float = 95) -> Picture:
    """How many of so many intervals leave out zero although nothing differs."""
    chances = alarms(comparisons, level)[:7]
    figure, (axis,) = panels(1, 2.6)
    axis.bar(range(len(chances)), [100 * chance for chance in chances], width=0.6, **BAR)
    some = f"at least one false alarm in {100 * (1 - chances[0]):.0f} % of studies"
    title = f"{comparisons} comparisons at {level:g} %: {some}"
    dress(axis, title, "chance (%)", "false alarms", ylim=(0, 100), xlim=(-0.6, 6.6))
    return figure
