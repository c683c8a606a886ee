"""What every column of metrics.csv means, what is healthy, and what to do where it is not (`assets/metrics.toml`)."""

from __future__ import annotations

import difflib
import json
import math
import re
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azr_nb.evaluation.measures import collapse_reason, mean
from azr_nb.runs.text_table import text_table

FILE = Path(__file__).parents[1] / "assets" / "metrics.toml"
LAST = 10  # steps of a run that are looked at
# what a placeholder stands for; all others stand for one part of a name
_PLACES = {"k": r"\d+", "n": r"\d+", "role": "propose|solve"}


class MetricError(ValueError):
    """A metric or a run that cannot be explained; the message is one line that says what to give instead."""


@dataclass(frozen=True)
class Entry:
    """One metric. `range` is what it can be, `healthy` what it should be (None: nothing can be said)."""

    name: str
    meaning: str
    formula: str
    unit: str
    range: tuple[float, float]
    healthy: tuple[float, float] | None = None
    below: str = ""
    above: str = ""

    def matches(self, column: str) -> bool:
        """Whether this is the entry of a column, or of a name with the same placeholders."""
        parts = re.split(r"\{(\w+)\}", self.name)
        pattern = "".join(
            f"({_PLACES.get(part, '[^/]+')})" if i % 2 else re.escape(part) for i, part in enumerate(parts)
        )
        return column == self.name or re.fullmatch(pattern, column) is not None

    def side(self, value: float) -> str:
        """Where a value lies: "below" or "above" the healthy range, or "" inside it or where nothing can be said."""
        if self.healthy is None or math.isnan(value):
            return ""
        return "below" if value < self.healthy[0] else "above" if value > self.healthy[1] else ""

    def advice(self, side: str, column: str) -> str:
        """What to do where a column is below or above, with the column's own type in place of {type}."""
        text = {"below": self.below, "above": self.above}[side]
        names = re.findall(r"\{(\w+)\}", self.name)
        found = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(self.name)), column)
        for name, value in zip(names, found.groups() if found else (), strict=False):
            text = text.replace(f"{{{name}}}", value)
        return text


@cache
def entries() -> tuple[Entry, ...]:
    """All entries in the order of the file, exact names before patterns of the same beginning."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["metric"]
    pair = lambda row, key: {key: tuple(map(float, row[key]))} if key in row else {}  # noqa: E731
    return tuple(Entry(**{**row, **pair(row, "range"), **pair(row, "healthy")}) for row in rows)


def find(column: str) -> Entry | None:
    """The entry of a column; an exact name goes before a pattern."""
    fitting = [entry for entry in entries() if entry.matches(column)]
    return min(fitting, key=lambda entry: entry.name.count("{"), default=None)


def entry_of(column: str) -> Entry:
    """The entry of a column. Raises `MetricError` with the closest names if there is none."""
    entry = find(column)
    if entry is None:
        near = difflib.get_close_matches(column, [entry.name for entry in entries()], n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "azr-nb explain --all lists them"
        raise MetricError(f"unknown metric {column!r}: {hint}")
    return entry


def span(ends: tuple[float, float] | None) -> str:
    """A range in words: 0 to 1, at least 8, at most 5, any number; a dash for none."""
    if ends is None:
        return "–"
    low, high = ends
    if math.isinf(low) and math.isinf(high):
        return "any number"
    if math.isinf(low) or math.isinf(high):
        return f"at most {high:g}" if math.isinf(low) else f"at least {low:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def explanation(entry: Entry, column: str | None = None) -> str:
    """An entry as text of at most 110 columns, under the name that was asked for."""
    column = column or entry.name
    rows = [
        ("meaning", entry.meaning),
        ("formula", entry.formula),
        ("range", f"{span(entry.range)} ({entry.unit})"),
        ("healthy", "nothing can be said" if entry.healthy is None else span(entry.healthy)),
        ("if below", entry.advice("below", column)),
        ("if above", entry.advice("above", column)),
    ]
    lines = [column if column == entry.name else f"{column}  ({entry.name})"]
    for name, text in rows:
        if text:
            first, *rest = textwrap.wrap(text, 98)
            lines += [f"  {name:<10}{first}", *(" " * 12 + line for line in rest)]
    return "\n".join(lines)


def last_means(columns: dict[str, Sequence[float]], last: int = LAST) -> dict[str, float]:
    """Mean of each column over its last steps, empty cells left out; nan where there is none."""
    return {name: mean([v for v in values[-last:] if math.isfinite(v)]) for name, values in columns.items()}


def judged(name: str, value: float) -> tuple[tuple[str, str, str, str], str]:
    """A column's value beside its healthy range as a row (name, value, range, side), and what to do where it is off."""
    entry, shown = find(name), "–" if math.isnan(value) else f"{value:.4g}"
    if entry is None:
        return (name, shown, "no entry", ""), ""
    side = entry.side(value)
    return (name, shown, span(entry.healthy), side), entry.advice(side, name) if side else ""


def run_table(folder: Path) -> str:
    """A run's columns over its last ten steps beside their healthy ranges, then what to do for those outside.

    Raises `MetricError` with one line if the folder holds no steps.
    """
    from azr_nb.runs.folder import read_mapping
    from azr_nb.runs.plots import read_metrics

    path = folder / "metrics.csv"
    columns = read_metrics(path) if path.is_file() else {}
    steps = len(columns.get("step", ()))
    broken = read_mapping(folder / "summary.json", json.loads).get("broken")
    if not steps and broken:
        raise MetricError(f"{folder} broke before its first step was done: {broken}")
    if not steps:
        raise MetricError(f"{folder} holds no steps to explain: metrics.csv is missing or empty")
    means = last_means(columns)
    rows, todo = [("column", f"last {min(steps, LAST)} steps", "healthy", "")], []
    for name in ("grad_norm", "loss"):
        odd = [i for i, value in enumerate(columns.get(name, ())) if not math.isfinite(value)]
        if odd:
            todo.append(
                f"{name} is not finite in {len(odd)} of {steps} steps, first in step {odd[0]}: what came "
                "after it is worth nothing; lower learning_rate, or look at the rewards."
            )
    for name, value in means.items():
        row, advice = judged(name, value)
        rows.append(row)
        if advice:
            text = f"{name} is {row[3]} {row[2]}. {advice}"
            todo.append(textwrap.fill(text, 110, subsequent_indent="  "))
    reason = collapse_reason(means)
    lines = [text_table(rows, "<>")]
    lines += ["", f"The run broke: {broken}"] if broken else []
    lines += ["", f"Warning of collapse: {reason}"] if reason else []
    return "\n".join([*lines, "", *(todo or ["Nothing is out of its healthy range."])])
