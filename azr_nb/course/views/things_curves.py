"""Views of notebook 11: numbers of the evidence learner and of self-play in the environment of things, as figures.

Pure functions of plain numbers. A band, or a thin line on a bar, is the range of the seeds.
"""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from azr_nb.course.drawing import BESIDE, LEGEND, dress, panels, style
from azr_nb.environments.things.evidence import LIMIT
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.runs.study import Change

Curves = Sequence[Sequence[float]]  # one for each seed


# --- the learner without a language model ----------------------------------------------------------------------------
def looks_figure(tables: Mapping[int, Mapping[str, Mapping[str, float]]]) -> Picture:
    """Looks to certainty against the number of things in memory, a line for each policy; whiskers end at the 90th
    percentile.

    `tables` has what `looks_table` gives, by the number of things.
    """
    figure, (axis,) = panels(1, 3.6)
    sizes, policies = sorted(tables), list(tables[min(tables)])
    for number, name in enumerate(policies):
        places = [size * 1.035 ** (number - (len(policies) - 1) / 2) for size in sizes]  # whiskers side by side
        means, tops = ([tables[size][name][column] for size in sizes] for column in ("mean", "p90"))
        axis.plot(places, means, **style(number, label=name, markersize=6))
        axis.vlines(places, means, tops, color=style(number)["color"], lw=1, alpha=0.7)
    axis.axhline(LIMIT, color=GREY, linewidth=0.8, linestyle=":", label=f"gives up ({LIMIT})")
    axis.set_xscale("log")
    title = "How many looks until one thing is certain? Whiskers: nine of ten need no more"
    dress(axis, title, "looks after the first", "things in memory", legend=LEGEND | BESIDE, ylim=(0, LIMIT + 2))
    axis.set_xticks(sizes, sizes)
    axis.minorticks_off()
    return figure


def goals_figure(curves: Mapping[str, Mapping[str, Curves]], every: int = 30) -> Picture:
    """Nodes predicted right (percent) against episodes, a panel for each world and a line for each goal.

    `curves` has, by world ("quiet", "flicker") and goal, a curve for each seed, with a value after `every` episodes.
    """
    figure, axes = panels(len(curves), 3.7, share=True)
    for axis, (world, goals) in zip(axes, curves.items(), strict=True):
        for number, (name, seeds) in enumerate(goals.items()):
            places = [every * (i + 1) for i in range(len(seeds[0]))]
            _band(axis, places, list(zip(*seeds, strict=True)), number, name)
        title = f"{world}: does any goal learn faster\nthan plain coverage?"
        dress(axis, title, "nodes predicted right (%)" if axis is axes[0] else "", "episodes", ylim=(0, 100))
        axis.set(xlim=(0, None), xticks=[0, *places])
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=5, **LEGEND)
    return figure


def _band(axis: Axes, places: Sequence[float], rows: Sequence[Sequence[float]], number: int, name: str, **more) -> None:
    """A line through the means, and a band from the least to the most."""
    looks = style(number, label=name, markersize=5) | more
    axis.fill_between(places, [min(r) for r in rows], [max(r) for r in rows], color=looks["color"], alpha=0.13, lw=0)
    axis.plot(places, [sum(row) / len(row) for row in rows], **looks)


def attraction_figure(shares: Mapping[str, Mapping[str, Sequence[float]]]) -> Picture:
    """The share of episodes that go to the two flickering things of eight, a pair of bars for each rule of choice.

    `shares` has, by world ("quiet", "flicker") and rule, a share (0 to 1) for each seed, as `attraction` gives it.
    """
    figure, (axis,) = panels(1, 3.4)
    rules = list(next(iter(shares.values())))
    fills = dict(color="white", hatch="///"), dict(color=LOOKS[1][0])
    for number, (world, found) in enumerate(shares.items()):
        rows = [[100 * share for share in found[rule]] for rule in rules]
        places = [i + 0.38 * (number - 0.5) for i in range(len(rules))]
        means = [sum(row) / len(row) for row in rows]
        axis.bar(places, means, 0.36, **dict(edgecolor=INK, linewidth=0.6, label=world) | fills[number % 2])
        axis.vlines(places, [min(row) for row in rows], [max(row) for row in rows], color=INK, lw=1)
    axis.axhline(25, color=LOOKS[0][0], linewidth=1.2, linestyle="--", label="chance (25 %)")
    title = "If two things of eight flicker, which rule keeps coming back to them?"
    dress(axis, title, "episodes with the two (%)", "rule by which the learner chooses a thing", ylim=(0, 100))
    axis.set_xticks(range(len(rules)), rules)
    axis.legend(**LEGEND | BESIDE)
    return figure


# --- self-play -------------------------------------------------------------------------------------------------------
def two_curves(metrics: plots.Columns) -> Picture:
    """Steps of proposed paths, and the solve rate (percent) of new tasks, against the steps of self-play so far."""
    figure, (left, right) = panels(2)
    color, marker, line = LOOKS[1]
    columns = {"proposer": metrics.get("programs/steps", ())}
    plots.curves(left, metrics, columns, color=color, marker=marker, linestyle=line)
    dress(left, "The proposer: do its paths get longer\nas the solver learns?", "length of proposed paths (steps)")
    plots.curves(right, metrics, plots.by_type(metrics, "solve_rate/"), 100)
    dress(right, "The solver: does it keep up\nwith the new paths?", "solve rate of new tasks (%)")
    steps = [step for step in metrics.get("step", ()) if math.isfinite(step)]
    for axis, limits in ((left, (0, None)), (right, (-3, 103))):
        if axis.has_data():
            axis.set(ylim=limits, xlim=(steps[0] - 0.5, steps[-1] + 0.5))
    return figure


def frontier_figure(arms: Mapping[str, Sequence[Mapping[int | str, float]]]) -> Picture:
    """Greedy pass rate (percent) by the number of steps, a line for each arm; the arm "before" is grey.

    `arms` has for each arm the scores of each seed by difficulty, such as {1: 100.0, 12: 35.0}.
    """
    figure, (axis,) = panels(1, 3.8)
    last = _frontier(axis, arms, "Up to how many steps are paths predicted right? Bands: lowest to highest run")
    figure.alt = f"Figure. Right answers by the number of steps of a path, mean of seeds: {last}"
    return figure


def two_environments(arms: Mapping[str, Sequence[Mapping[int | str, float]]], changes: Mapping[str, Change]) -> Picture:
    """The frontier (see `frontier_figure`), and beside it the changes of greedy answers about Python programs."""
    figure, (left, right) = panels(2, 3.8)
    last = _frontier(left, arms, "Paths over a grid: self-play moves\nthe edge of what the policy can do")
    for y, change in enumerate(changes.values()):
        looks = style(y, linestyle="none")
        right.plot((change.low, change.high), (y, y), color=looks["color"], linewidth=2)
        right.plot(change.mean, y, markersize=8, **looks)
    right.axvline(0, color=INK, linewidth=0.8)
    right.set_yticks(range(len(changes)), list(changes))
    title = "Python programs, 30 steps:\nno arm changes clearly"
    dress(right, title, "", "change of greedy answers (points)", ylim=(len(changes) - 0.5, -0.7))
    told = "; ".join(f"{name} {change.mean:+.1f}" for name, change in changes.items())
    figure.alt = f"Figure. Left, right answers by steps of a path: {last}. Right, changes in Python programs: {told}"
    return figure


def _frontier(axis: Axes, arms: Mapping[str, Sequence[Mapping[int | str, float]]], title: str) -> str:
    """Draw the lines of `frontier_figure`; gives in words where they end."""
    ends: dict[str, tuple[int, float, str]] = {}
    ticks: set[int] = set()
    for name, seeds in arms.items():
        scores = [{int(steps): score for steps, score in one.items()} for one in seeds]
        places = sorted(set.intersection(*(set(one) for one in scores)))
        rows = [[one[place] for one in scores] for place in places]
        grey = dict(color=GREY, marker=".", linestyle="--") if name == "before" else {}
        _band(axis, places, rows, len(set(ends) - {"before"}), name, **grey)
        ends[name] = (places[-1], sum(rows[-1]) / len(rows[-1]), axis.lines[-1].get_color())
        ticks |= set(places)
    order = sorted(ends, key=lambda name: ends[name][1])
    for name, height in zip(order, _apart([ends[name][1] for name in order], 6.5), strict=True):
        *end, color = ends[name]
        looks = dict(textcoords=axis.get_yaxis_transform(), va="center", fontsize=9, color=INK)
        arrow = dict(arrowstyle="-", color=color, lw=1.2, shrinkA=0, shrinkB=3, relpos=(0, 0.5))
        axis.annotate(name, end, (1.02, height), arrowprops=arrow, **looks)
    dress(axis, title, "right answers, greedy (%)", "steps of a path", ylim=(-3, 103), xticks=sorted(ticks))
    return "; ".join(f"{name} {score:.0f} % at {steps} steps" for name, (steps, score, _) in ends.items())


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights, moved so that none is nearer than `gap` to the next, between 0 and 100 if they fit."""
    found = list(heights)
    for i in range(1, len(found)):
        found[i] = max(found[i], found[i - 1] + gap)
    for i in reversed(range(len(found))):
        found[i] = min(found[i], 100 - gap * (len(found) - 1 - i))
    return found


def over_steps(arms: Mapping[str, Sequence[plots.Columns]], column: str, title: str, label: str) -> Picture:
    """A column of metrics against steps, a line for each arm: mean and range of its runs."""
    figure, (axis,) = panels(1, 3.6)
    for number, (name, runs) in enumerate(arms.items()):
        rows = list(zip(*(run[column] for run in runs), strict=True))
        _band(axis, runs[0]["step"], rows, number, name)
    dress(axis, title, label, "step", legend=LEGEND | BESIDE)
    return figure


def moving_frontier(runs: Sequence[plots.Columns], every: int = 2) -> dict[str, list[dict[str, float]]]:
    """Greedy scores in percent by difficulty, as they were during the runs; every so many evaluations one, for
    `frontier_figure`.
    """
    names = [name for name in runs[0] if name.startswith("held_out/frontier/") and name.endswith("/greedy")]
    places = [i for i, value in enumerate(runs[0][names[0]]) if math.isfinite(value)][every - 1 :: every]
    return {
        f"step {runs[0]['step'][i] + 1:.0f}": [
            {name.split("/")[2]: 100 * run[name][i] for name in names} for run in runs
        ]
        for i in places
    }
