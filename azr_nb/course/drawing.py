"""How the figures of the course begin, and how their axes, lines and boxes look; `runs.plots` has the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture

STYLES = (*LOOKS, ("#882255", "X", "-."), ("#332288", "*", ":"), ("#999933", "h", "--"))
BAR = dict(color="#88CCEE", edgecolor=INK, linewidth=0.6)
HERE = dict(color=LOOKS[1][0], marker="o", markersize=8, linestyle="none")  # the place that a control has chosen
LEGEND, SMALL_LEGEND = dict(frameon=False, fontsize=9), dict(frameon=False, fontsize=8.5)
BESIDE = dict(loc="center left", bbox_to_anchor=(1.0, 0.5))  # where a legend may stand


def panels(columns: int = 1, height: float = 3.2, share: bool = False, width: float = 8) -> tuple[Picture, list[Axes]]:
    """A figure of panels side by side; with `share` they have one y axis."""
    figure = Picture(figsize=(width, height), layout="constrained", facecolor="white")
    return figure, list(figure.subplots(1, columns, sharey=share, squeeze=False).flat)


def canvas(height: float, x: tuple[float, float], y: tuple[float, float]) -> tuple[Picture, Axes]:
    """A figure without axes, for boxes and words at these coordinates."""
    figure = Picture(figsize=(8, height), facecolor="white")
    axis = figure.add_axes((0, 0, 1, 1), xlim=x, ylim=y)
    axis.set_axis_off()
    return figure, axis


def dress(axis: Axes, title: str, y_label: str, x_label: str = "step", ticks: int = 0, legend=None, **limits) -> None:
    """Title, labels with units, a light grid, limits and a legend, when all is drawn.

    `ticks` is how many there may be on an x axis of fractions.
    """
    plots._dress(axis, title, y_label, x_label)
    if ticks:
        axis.xaxis.set_major_locator(MaxNLocator(nbins=ticks))
    axis.set(**limits)
    if legend:
        axis.legend(**legend)


def style(number: int, **more: Any) -> dict[str, Any]:
    """Colour, marker and line style of a figure's line with this number, and more."""
    return dict(zip(("color", "marker", "linestyle"), STYLES[number % len(STYLES)], strict=True)) | more


def lines(axis: Axes, places: Sequence[float], curves: Mapping[str, Sequence[float]], **looks: Any) -> None:
    """A line for each curve, by its name."""
    for number, (name, values) in enumerate(curves.items()):
        axis.plot(places, values, **style(number, label=name, **looks))


def box(axis: Axes, x: float, y: float, size: tuple[float, float], looks: Mapping[str, Any]) -> None:
    """A rectangle around a place."""
    axis.add_patch(Rectangle((x - size[0] / 2, y - size[1] / 2), *size, ec=GREY, **looks))


def word(axis: Axes, x: float, y: float, text: str, **looks: Any) -> None:
    """A text with its middle at a place."""
    axis.text(x, y, text, **dict(ha="center", va="center", fontsize=9, color=INK) | looks)


def beside(axis: Axes, x: float, y: float, text: str, aside: tuple[float, float], **looks: Any) -> None:
    """A text some points aside from a place."""
    axis.annotate(text, (x, y), aside, textcoords="offset points", **dict(fontsize=9, color=INK) | looks)


def count_bars(counts: dict[str, int], notes: list[str], title: str, label: str, height: float, room: float, size=9.0):
    """A bar for each count, the first on top, with a note beside it: a figure, and its axis.

    `room` widens the axis for the notes, of letters of this size.
    """
    figure, (axis,) = panels(1, height)
    axis.barh(list(counts), list(counts.values()), **BAR)
    for place, (count, note) in enumerate(zip(counts.values(), notes, strict=True)):
        axis.text(count, place, f"  {count}{note}", va="center", fontsize=size, color=INK)
    axis.invert_yaxis()
    axis.set(xlim=(0, room * max(*counts.values(), 1)), xlabel=label)
    axis.set_title(title, loc="left", fontsize=9.5, color=INK)
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis
