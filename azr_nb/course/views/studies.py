"""Views of notebooks 09 and 10: variants with their seeds and intervals, reward cards, bootstraps and pass@k."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from azr_nb.course.drawing import LEGEND, dress, panels, style
from azr_nb.course.texts import written
from azr_nb.course.widgets import markup
from azr_nb.evaluation.measures import mean, pass_at_k
from azr_nb.runs.pages import Page
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.runs.study import Change

_POINTS = "change of held-out pass@1 (points)"
Reward = Callable[[float], float]


def changes_figure(
    changes: Mapping[str, Change], title: str, label: str = _POINTS, order: Sequence[str] = ()
) -> Picture:
    """A row per variant: a hollow mark per seed, a filled one for the mean, a bar for the 95 % interval.

    A variant's place in `order` gives its colour and marker, so that they are the same in several figures.
    """
    figure, (axis,) = panels(1, 0.9 + 0.42 * len(changes))
    for y, (name, change) in enumerate(changes.items()):
        looks = style(order.index(name) if name in order else y, linestyle="none")
        axis.plot((change.low, change.high), (y, y), color=looks["color"], linewidth=2)
        axis.plot(change.seeds, [y - 0.22] * len(change.seeds), mfc="white", markersize=5, **looks)
        axis.plot(change.mean, y, markersize=8, **looks)
    axis.axvline(0, color=INK, linewidth=0.8)
    axis.set_yticks(range(len(changes)), list(changes))
    dress(axis, title, "", label, ticks=8, ylim=(len(changes) - 0.5, -0.7))
    return figure


def reward_curve(function: Reward, samples: int = 8) -> Picture:
    """A proposer's reward at every solve rate that so many samples can show."""
    figure, (axis,) = panels(1, 2.4)
    rates = [k / samples for k in range(samples + 1)]
    axis.plot(rates, [function(rate) for rate in rates], color=LOOKS[0][0], marker="o")
    axis.axhline(0, color=GREY, linewidth=0.8)
    ticks, named = [k / 4 for k in range(5)], f"solve rate (of {samples} answers)"
    dress(axis, "What a valid proposal is paid", "reward (points)", named, xticks=ticks)
    return figure


def reward_card(name: str, formula: str, function: Reward, game: str, result: Change | None, command: str) -> Page:
    """A reward on one page: definition, curve, how it can be gamed, seeds, result with interval, command."""
    found = "not measured yet"
    if result is not None:
        seeds = f"{len(result.seeds)} seeds ({', '.join(f'{value:+.1f}' for value in result.seeds)})"
        points = f"{result.mean:+.1f} points of held-out pass@1 [{result.low:+.1f}, {result.high:+.1f}]"
        found = f"{points} over {seeds}"
    rows = (("pays", formula), ("how it can be gamed", game), ("result", found), ("made by", command))
    return Page(written("reward_card.html.j2", name=name, rows=rows, curve=markup(reward_curve(function))))


# --- is it better? ---------------------------------------------------------------------------------------------------
def resampled_means(differences: Sequence[float], draws: int = 2000, seed: int = 0) -> list[float]:
    """Means of as many differences, drawn from them with repeats."""
    values, rng = np.asarray(differences, dtype=float), np.random.default_rng(seed)
    return values[rng.integers(len(values), size=(draws, len(values)))].mean(axis=1).tolist()


def interval_of(means: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of some means."""
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def bootstrap_view(before: Sequence[float], after: Sequence[float], tasks: int = 200, paired: bool = True) -> Picture:
    """The distribution of the mean change over resampled tasks, for the first `tasks` of them, paired or not."""
    old, new = np.asarray(before[:tasks], dtype=float), np.asarray(after[:tasks], dtype=float)
    if paired:
        means = resampled_means(new - old)
    else:
        means = [a - b for a, b in zip(resampled_means(new, seed=1), resampled_means(old, seed=2), strict=True)]
    low, high = interval_of(means)
    figure, (axis,) = panels(1, 2.9)
    axis.hist(means, bins=_bins(means), color="#88CCEE", edgecolor="white", linewidth=0.4)
    for place in (low, high):
        axis.axvline(place, color=INK, linestyle="--", linewidth=1.2)
    axis.axvline(0, color=LOOKS[1][0], linewidth=1.5)
    kind = "paired by task" if paired else "as if they were different tasks"
    title = f"{len(old)} tasks, {kind}: {float(np.mean(new - old)):+.1f} points [{low:+.1f}, {high:+.1f}]"
    dress(axis, title, "resamples", "mean change (points); solid line: no change", xlim=(-15, 25))
    return figure


def _bins(means: Sequence[float], most: int = 40) -> np.ndarray:
    """Edges of at most about so many bins; each bin has as many of the possible means, which lie on a grid."""
    values = np.unique(np.round(means, 9))
    grid = float(np.diff(values).min()) if len(values) > 1 else 1.0
    wide = grid * max(1, math.ceil((values[-1] - values[0]) / grid / most))
    return np.arange(values[0] - grid / 2, values[-1] + 1.5 * wide, wide)


def pass_at_k_curve(right: Sequence[int], samples: int) -> list[float]:
    """Mean over tasks of the unbiased pass@k in percent, for k = 1 to `samples`, of which `right` were right."""
    return [100 * mean([pass_at_k(samples, c, k) for c in right]) for k in range(1, samples + 1)]


def pass_at_k_figure(before: Sequence[int], after: Sequence[int], samples: int, k: int = 8) -> Picture:
    """pass@k of two policies on the same tasks against k, on a logarithmic axis; `k` is marked."""
    figure, (axis,) = panels(1, 3.1)
    for number, (name, right) in enumerate((("before", before), ("after", after))):
        curve = pass_at_k_curve(right, samples)
        label = f"{name}: {curve[k - 1]:.1f} at k = {k}"
        axis.plot(range(1, samples + 1), curve, **style(number, marker=None, label=label))
        axis.plot(k, curve[k - 1], **style(number, markersize=8))
    axis.set_xscale("log", base=2)
    title = "Is the right answer among k? Do the curves meet?"
    dress(axis, title, "pass@k (%)", "k, samples per task", legend=LEGEND)
    ticks = [2**i for i in range(int(math.log2(samples)) + 1)]
    axis.set_xticks(ticks, ticks)
    return figure
