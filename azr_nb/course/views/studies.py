"""Views of notebooks 09 and 10: variants with their seeds and intervals, reward cards, bootstraps and pass@k."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence

from azr_nb.course.widgets import Page, markup
from azr_nb.evaluation.measures import mean, pass_at_k
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.runs.study import Change
from azr_nb.runs.vitals import running, signs

STYLES = (*LOOKS, ("#882255", "X", "-."), ("#332288", "*", ":"), ("#999933", "h", "--"))


def changes_figure(
    changes: Mapping[str, Change], title: str, label: str = "change of held-out pass@1 (points)"
) -> Picture:
    """A row per variant: a hollow mark per seed, a filled one for the mean, a bar for the 95 % interval."""
    figure = Picture(figsize=(8, 0.9 + 0.42 * len(changes)), layout="constrained", facecolor="white")
    axis = figure.subplots()
    for y, change in enumerate(changes.values()):
        color, marker, _ = STYLES[y % len(STYLES)]
        axis.plot((change.low, change.high), (y, y), color=color, linewidth=2)
        axis.plot(
            change.seeds,
            [y - 0.22] * len(change.seeds),
            color=color,
            marker=marker,
            mfc="white",
            markersize=5,
            linestyle="none",
        )
        axis.plot(change.mean, y, color=color, marker=marker, markersize=8)
    axis.axvline(0, color=INK, linewidth=0.8)
    plots._dress(axis, title, "", label)
    axis.xaxis.set_major_locator(plots.MaxNLocator(nbins=8))
    axis.set_yticks(range(len(changes)), list(changes))
    axis.set_ylim(len(changes) - 0.5, -0.7)
    return figure


def sign_bands(runs: Mapping[str, Sequence[Mapping[str, list[float]]]], sign: str, title: str, label: str) -> Picture:
    """One vital sign of several variants against the steps: the mean of the seeds, and a band from least to most."""
    figure, (axis,) = plots._panels(1, height=3.2)
    for (name, metrics), (color, marker, line) in zip(runs.items(), STYLES, strict=False):
        columns = [running(signs(m)[sign]) for m in metrics]
        steps = [i for i in range(min(map(len, columns))) if all(math.isfinite(c[i]) for c in columns)]
        if steps:
            least, most = ([end(c[i] for c in columns) for i in steps] for end in (min, max))
            axis.fill_between(steps, least, most, color=color, alpha=0.15, lw=0)
            axis.plot(
                steps,
                [mean([c[i] for c in columns]) for i in steps],
                color=color,
                marker=marker,
                linestyle=line,
                markevery=max(1, len(steps) // 6),
                label=name,
            )
    plots._dress(axis, title, label)
    axis.legend(frameon=False, fontsize=8.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def reward_curve(function: Callable[[float], float], samples: int = 8) -> Picture:
    """A proposer's reward at every solve rate that so many samples can show."""
    figure, (axis,) = plots._panels(1, height=2.4)
    rates = [k / samples for k in range(samples + 1)]
    axis.plot(rates, [function(rate) for rate in rates], color=LOOKS[0][0], marker="o")
    axis.axhline(0, color=GREY, linewidth=0.8)
    plots._dress(axis, "What a valid proposal is paid", "reward (points)", f"solve rate (of {samples} answers)")
    axis.set_xticks([k / 4 for k in range(5)])
    return figure


def reward_card(
    name: str, formula: str, function: Callable[[float], float], game: str, result: Change | None, command: str
) -> Page:
    """A reward on one page: definition, curve, how it can be gamed, seeds, result with interval, command."""
    if result is None:
        found = "not measured yet"
    else:
        seeds = ", ".join(f"{value:+.1f}" for value in result.seeds)
        found = (
            f"{result.mean:+.1f} points of held-out pass@1 [{result.low:+.1f}, {result.high:+.1f}] over "
            f"{len(result.seeds)} seeds ({seeds})"
        )
    rows = (("pays", formula), ("how it can be gamed", game), ("result", found), ("made by", command))
    lines = "".join(
        f"<tr><th style='text-align:left;vertical-align:top'>{html.escape(head)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for head, text in rows
    )
    return Page(
        '<div style="border:1px solid #999;padding:8px 14px;max-width:820px">'
        f"<h4>Reward card: {html.escape(name)}</h4><table>{lines}</table>"
        f"{markup(reward_curve(function))}</div>"
    )


# --- is it better? ---------------------------------------------------------------------------------------------------
def resampled_means(differences: Sequence[float], draws: int = 2000, seed: int = 0) -> list[float]:
    """Means of as many differences, drawn from them with repeats."""
    import numpy as np

    values, rng = np.asarray(differences, dtype=float), np.random.default_rng(seed)
    return values[rng.integers(len(values), size=(draws, len(values)))].mean(axis=1).tolist()


def interval_of(means: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of some means."""
    import numpy as np

    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def bootstrap_view(before: Sequence[float], after: Sequence[float], tasks: int = 200, paired: bool = True) -> Picture:
    """The distribution of the mean change over resampled tasks, for the first `tasks` of them, paired or not."""
    import numpy as np

    old, new = np.asarray(before[:tasks], dtype=float), np.asarray(after[:tasks], dtype=float)
    if paired:
        means = resampled_means(new - old)
    else:
        means = [a - b for a, b in zip(resampled_means(new, seed=1), resampled_means(old, seed=2), strict=True)]
    low, high = interval_of(means)
    figure, (axis,) = plots._panels(1, height=2.9)
    axis.hist(means, bins=40, color="#88CCEE", edgecolor="white", linewidth=0.4)
    for place in (low, high):
        axis.axvline(place, color=INK, linestyle="--", linewidth=1.2)
    axis.axvline(0, color=LOOKS[1][0], linewidth=1.5)
    kind = "paired by task" if paired else "as if they were different tasks"
    plots._dress(
        axis,
        f"{len(old)} tasks, {kind}: {float(np.mean(new - old)):+.1f} points [{low:+.1f}, {high:+.1f}]",
        "resamples",
        "mean change (points); solid line: no change",
    )
    axis.set_xlim(-15, 25)
    return figure


def pass_at_k_curve(right: Sequence[int], samples: int, most: int | None = None) -> list[float]:
    """Mean over tasks of the unbiased pass@k in percent, for k = 1 to `most`; `right` of `samples` were right."""
    return [100 * mean([pass_at_k(samples, c, k) for c in right]) for k in range(1, (most or samples) + 1)]


def pass_at_k_figure(before: Sequence[int], after: Sequence[int], samples: int, k: int = 8) -> Picture:
    """pass@k of two policies on the same tasks against k, on a logarithmic axis; `k` is marked."""
    figure, (axis,) = plots._panels(1, height=3.1)
    for (name, right), (color, marker, line) in zip((("before", before), ("after", after)), LOOKS, strict=False):
        curve = pass_at_k_curve(right, samples)
        label = f"{name}: {curve[k - 1]:.1f} at k = {k}"
        axis.plot(range(1, samples + 1), curve, color=color, linestyle=line, label=label)
        axis.plot(k, curve[k - 1], color=color, marker=marker, markersize=8)
    axis.set_xscale("log", base=2)
    plots._dress(axis, "Is the right answer among k? Do the curves meet?", "pass@k (%)", "k, samples per task")
    ticks = [2**i for i in range(int(math.log2(samples)) + 1)]
    axis.set_xticks(ticks, ticks)
    axis.legend(frameon=False, fontsize=9)
    return figure
