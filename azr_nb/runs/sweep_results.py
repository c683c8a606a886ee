"""What a sweep found: its rows in results.csv, means over seeds as a table, and a figure.

Intervals are Student's t for the mean over seeds, 95 %; they say nothing about other tasks or other models, and with a
single seed there is none.
"""

from __future__ import annotations

import csv
import io
import json
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from matplotlib.ticker import MaxNLocator

from azr_nb.config.files import write_atomic
from azr_nb.runs.plots import INK, LOOKS, Picture, _dress

SINGLE = "one run: no interval"


class SweepError(ValueError):
    """A sweep that cannot be, in one line."""


@dataclass(frozen=True)
class Row:
    """A finished run: the varied parameters, the seed, minutes, and every value that the notebook recorded."""

    variant: dict[str, Any]
    seed: int
    minutes: float
    values: dict[str, Any]

    @property
    def label(self) -> str:
        """The variant in words, such as `steps=3, reward=variance`."""
        return ", ".join(f"{name}={spelt(value)}" for name, value in self.variant.items()) or "as it stands"


@dataclass(frozen=True)
class Summary:
    """A variant over its seeds; `low` and `high` are the ends of the mean's 95 % interval, None for a single run."""

    label: str
    numbers: list[float]
    mean: float
    low: float | None
    high: float | None


def spelt(value: Any) -> str:
    """A value as the text of a table's cell; texts that would be read as something else are quoted."""
    if isinstance(value, str) and value and value.isprintable() and read_cell(value) == value:
        return value
    return json.dumps(value)


def read_cell(text: str) -> Any:
    """The value of a table's cell, None if it is empty."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def write_results(folder: Path, rows: Sequence[Row]) -> None:
    """Write results.csv: the varied parameters, seed and minutes, then all recorded values; an empty cell is none."""
    if not rows:
        return
    varied, names = list(rows[0].variant), list(dict.fromkeys(name for row in rows for name in row.values))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*varied, "seed", "minutes", *names])
    for row in rows:
        cells = [spelt(row.values[name]) if name in row.values else "" for name in names]
        writer.writerow([*map(spelt, row.variant.values()), row.seed, row.minutes, *cells])
    write_atomic(folder / "results.csv", stream.getvalue())


def load_results(folder: Path | str) -> list[Row]:
    """The rows of a sweep's results.csv. Raises `SweepError` if there is none or it cannot be read."""
    path = Path(folder) / "results.csv"
    try:
        with open(path, encoding="utf-8", newline="") as file:
            head, *lines = csv.reader(file)
        place = head.index("seed")
        rows = []
        for line in lines:
            cells = list(zip(head, map(read_cell, line), strict=True))
            values = {name: value for name, value in cells[place + 2 :] if value is not None}
            rows.append(Row(dict(cells[:place]), cells[place][1], cells[place + 1][1], values))
        return rows
    except OSError:
        raise SweepError(f"{folder} has no results.csv: no run of a sweep has finished there") from None
    except (ValueError, IndexError):
        raise SweepError(f"{path} is not the table of a sweep") from None


def is_number(value: Any) -> bool:
    """Whether a recorded value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def headline(rows: Sequence[Row], value: str | None = None) -> str:
    """The name of the value to compare: the one asked for, else `change`, else the first that is a number.

    Raises `SweepError` with the names there are if no run recorded it.
    """
    names = list(dict.fromkeys(name for row in rows for name in row.values if is_number(row.values[name])))
    if not names:
        raise SweepError("no run recorded a number to compare")
    chosen = value or ("change" if "change" in names else names[0])
    if chosen not in names:
        raise SweepError(f"no run recorded a number {chosen!r}: choose {', '.join(names)}")
    return chosen


def student(degrees: int) -> float:
    """The 97.5 % quantile of Student's t for whole degrees of freedom, 1 or more: 12.706, 4.303, 3.182, ...

    Abramowitz and Stegun, 26.7.3 and 26.7.4: the probability between -t and t as a sum in the angle atan(t / sqrt(n)).
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        term, total = (math.cos(angle) if degrees % 2 else 1.0), 0.0
        for k in range(degrees % 2 + 2, degrees + 1, 2):
            total += term
            term *= math.cos(angle) ** 2 * (k - 1) / k
        inside = math.sin(angle) * total
        if degrees % 2:
            inside = (angle + inside) * 2 / math.pi
        low, high = (angle, high) if inside < 0.95 else (low, angle)
    return math.sqrt(degrees) * math.tan(low)


def summaries(rows: Sequence[Row], value: str) -> list[Summary]:
    """Each variant's mean of a recorded value over seeds, in the order of the rows; runs without it are left out.

    The interval is mean ± t s / sqrt(n), with s the standard deviation over n seeds and t of n - 1 degrees of freedom.
    """
    found: dict[str, list[float]] = {}
    for row in rows:
        if is_number(row.values.get(value)):
            found.setdefault(row.label, []).append(row.values[value])
    result = []
    for label, numbers in found.items():
        mean, n = round(fmean(numbers), 12), len(numbers)  # what cancels is 0, not 3e-15
        half = student(n - 1) * stdev(numbers) / math.sqrt(n) if n > 1 else None
        low, high = (None, None) if half is None else (mean - half, mean + half)
        result.append(Summary(label, numbers, mean, low, high))
    return result


def interval(part: Summary) -> str:
    """The 95 % interval of a variant's mean as text."""
    return SINGLE if part.low is None else f"[{part.low:.4g}, {part.high:.4g}]"


def summary_table(rows: Sequence[Row], value: str) -> str:
    """The comparison as text, a line per variant."""
    parts = summaries(rows, value)
    wide = max(len(part.label) for part in parts) + 2
    lines = [f"{value}: mean over seeds with its 95 % interval (Student's t)"]
    lines.append(f"{'variant':{wide}}{'seeds':>5}{'mean':>12}  {'95 % interval':24}{'lowest':>12}{'highest':>12}")
    for part in parts:
        lines.append(
            f"{part.label:{wide}}{len(part.numbers):5}{part.mean:12.4g}  {interval(part):24}"
            f"{min(part.numbers):12.4g}{max(part.numbers):12.4g}"
        )
    without = len(rows) - sum(len(part.numbers) for part in parts)
    return "\n".join([*lines, *([f"left out: {without} without a finite number"] if without else [])])


def figure(rows: Sequence[Row], value: str) -> Picture:
    """A line per variant: a dot for each seed, and below them a bar for the mean with its interval."""
    parts = summaries(rows, value)
    picture = Picture(figsize=(8, 1.5 + 0.6 * len(parts)), layout="constrained", facecolor="white")
    axis = picture.subplots()
    for place, part in enumerate(parts):
        colour, marker, _ = LOOKS[place % len(LOOKS)]
        axis.plot(
            part.numbers,
            [place - 0.12] * len(part.numbers),
            linestyle="",
            marker=marker,
            color=colour,
            markersize=6,
            alpha=0.7,
            label="seeds",
        )
        if part.low is not None:
            axis.plot([part.low, part.high], [place + 0.18] * 2, color=colour, linewidth=2, label="interval")
        axis.plot(
            [part.mean],
            [place + 0.18],
            linestyle="",
            marker="|",
            color=INK,
            markersize=13,
            markeredgewidth=2.5,
            label="mean",
        )
    single = any(part.low is None for part in parts)
    title = "A dot is one seed; the bar below is their mean with its 95 % interval" + f" ({SINGLE})" * single
    _dress(axis, title, "", value)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6))
    names = ["\n".join(textwrap.wrap(part.label, 32)) for part in parts]
    axis.set_yticks(range(len(parts)), names, fontsize=9)
    axis.set_ylim(len(parts) - 0.5, -0.5)
    said = "; ".join(f"{part.label}: mean {part.mean:.4g}, {interval(part)}" for part in parts)
    picture.alt = f"Figure. {title}; x axis: {value}; {said}"
    return picture
