"""Views of notebook 03: the funnel from text to task, and what a proposer copies; pure functions of rollouts."""

import random
from collections.abc import Sequence
from itertools import pairwise

from azr_nb.config.assets import toml_asset
from azr_nb.course.drawing import LEGEND, SMALL_LEGEND, beside, count_bars, dress, panels, style
from azr_nb.evaluation.measures import mean
from azr_nb.programs import source as programs
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.tasks import Rollout, Task

GATES = toml_asset("gates")["proposal"]


def gates(rollouts: Sequence[Rollout]) -> dict[str, int]:
    """How many proposals get through each gate, all of them first."""
    count, left = len(rollouts), {"written": len(rollouts)}
    for gate, statuses in GATES.items():
        count -= sum(r.verdict.status in statuses for r in rollouts)
        left[gate] = count
    return left


def gates_figure(rollouts: Sequence[Rollout], title: str = "From text to task: at which gate is most lost?") -> Picture:
    """Bars of what gets through each gate, with the numbers beside them."""
    return funnel_figure(gates(rollouts), title)


def funnel_figure(left: dict[str, int], title: str) -> Picture:
    """The same of what `gates` counted."""
    lost = [0, *(before - count for before, count in pairwise(left.values()))]
    notes = [f"  (-{count})" if count else "" for count in lost]
    return count_bars(left, notes, title, "proposals", 2.9, room=1.15)[0]


def lost_most(rollouts: Sequence[Rollout]) -> str:
    """The gate at which most proposals are lost, the first of several."""
    left = [len(rollouts), *list(gates(rollouts).values())[1:]]
    lost = {gate: before - after for gate, (before, after) in zip(GATES, pairwise(left), strict=True)}
    return max(lost, key=lost.__getitem__)


def distinct_share(rollouts: Sequence[Rollout]) -> float:
    """Share of different programs among the valid proposals, counted up to names of variables: 0 to 1."""
    texts = [programs.renamed(r.proposal.program) for r in rollouts if r.verdict.valid]
    return len(set(texts)) / len(texts) if texts else 0.0


def nearest_distance(program: str, others: Sequence[str]) -> float:
    """Distance of a program to the nearest of others: 0 for a copy, 1 if nothing is alike or there are none."""
    return min((programs.tree_distance(program, other) for other in others), default=1.0)


def reference_distances(rollouts: Sequence[Rollout], known: dict[str, Task]) -> list[float]:
    """The distance of each valid program to the nearest reference that its proposer was shown."""
    return [
        nearest_distance(rollout.proposal.program, references)
        for rollout in rollouts
        if rollout.verdict.valid
        and (references := [known[name].program for name in rollout.references if name in known])
    ]


def near_copies(rollouts: Sequence[Rollout], known: dict[str, Task], within: float = 0.2) -> float:
    """Share of valid programs that are nearer than `within` to a reference of their own: 0 to 1."""
    distances = reference_distances(rollouts, known)
    return mean([float(distance < within) for distance in distances]) if distances else 0.0


def copying(rollouts: Sequence[Rollout], known: dict[str, Task], strangers: Sequence[str]) -> Picture:
    """Distances of new programs to the nearest reference they were shown, and to as many programs they were not.

    Those are drawn from `strangers` anew for each program, the same at every call.
    """
    rng, shown, unseen = random.Random(0), reference_distances(rollouts, known), []
    for rollout in rollouts:
        seen = sum(name in known for name in rollout.references)
        if rollout.verdict.valid and seen:
            others = rng.sample(list(strangers), min(len(strangers), seen))
            unseen.append(nearest_distance(rollout.proposal.program, others))
    figure, (axis,) = panels(1, 2.9)
    bins = [k / 20 for k in range(21)]
    axis.hist(unseen, bins, color="none", edgecolor=GREY, hatch="///", label="programs it did not see")
    axis.hist(shown, bins, color=LOOKS[0][0], alpha=0.55, label="its own references")
    for values, line, name in ((shown, "-", "references"), (unseen, "--", "others")):
        if values:
            axis.axvline(mean(values), color=INK, linestyle=line, linewidth=1.2, label=f"mean, {name}")
    title = "Is a new program nearer to what its proposer was shown?"
    near = "distance of syntax trees to the nearest one (0: a copy)"
    dress(axis, title, "proposals", near, ticks=6, xlim=(0, 1), legend=SMALL_LEGEND)
    return figure


def valid_share(rollouts: Sequence[Rollout]) -> float:
    """Share of valid proposals: 0 to 1."""
    return mean([float(r.verdict.valid) for r in rollouts])


def settings_view(cells: dict[tuple[int, float], Sequence[Rollout]], references: int, temperature: float) -> Picture:
    """The funnel of one measured setting of K and temperature, with its validity and diversity in the title."""
    rollouts = cells[references, temperature]
    return setting_figure(references, temperature, gates(rollouts), valid_share(rollouts), distinct_share(rollouts))


def setting_figure(
    references: int, temperature: float, left: dict[str, int], valid: float, different: float
) -> Picture:
    """The same of what was counted, and the two shares."""
    shares = f"{valid:.0%} valid, {different:.0%} of these different"
    return funnel_figure(left, f"K = {references}, temperature {temperature:g}: {shares}")


def trade_off(cells: dict[tuple[int, float], Sequence[Rollout]]) -> Picture:
    """Validity and diversity against temperature, a line for each K."""
    figure, axes = panels(2, 3.1, share=True)
    counts, temperatures = sorted({k for k, _ in cells}), sorted({t for _, t in cells})
    views = (("valid", "% of all", valid_share), ("different", "% of the valid", distinct_share))
    for axis, (name, label, measure) in zip(axes, views, strict=True):
        for number, k in enumerate(counts):
            values = [100 * measure(cells[k, t]) for t in temperatures]
            if name == "valid" or any(values):  # without valid proposals there is nothing to differ
                axis.plot(temperatures, values, **style(number, label=f"K = {k}"))
        dress(axis, f"{name} proposals", label, "temperature", ticks=6, ylim=(0, 105))
    axes[0].legend(**LEGEND)
    return figure


def family(task: Task, known: dict[str, Task]) -> list[Task]:
    """A task's line of first parents, oldest first."""
    line = [task]
    while line[-1].parents and line[-1].parents[0] in known and len(line) < 100:
        line.append(known[line[-1].parents[0]])
    return line[::-1]


def shares(rows: Sequence[tuple[float, float]], title: str) -> Picture:
    """Valid proposals and different programs among them, in per cent, step by step."""
    figure, (axis,) = panels(1, 2.7)
    below = -9 if abs(rows[-1][0] - rows[-1][1]) < 0.08 else 3  # the two names must not overlap
    for number, (name, aside) in enumerate((("valid,\nof all", below), ("different,\nof the valid", 3))):
        values = [100 * row[number] for row in rows]
        axis.plot(values, **style(number, markersize=4))
        looks = dict(va="center", color=LOOKS[number][0], annotation_clip=False)
        beside(axis, len(rows) - 1, values[-1], name, (6, aside), **looks)
    dress(axis, title, "share (%)", ylim=(0, 105), xlim=(0, 1.16 * max(1, len(rows) - 1)))
    return figure
