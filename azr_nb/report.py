"""One self-contained page about one run: scores before and after, curves, and tasks as the model wrote them.

Everything on the page that came out of a model is hostile text: the template escapes all of it, the page has no
scripts and loads nothing, and its content security policy forbids both.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2
import yaml

from azr_nb import plots, plots_instruments
from azr_nb.config import PRESETS, make_config
from azr_nb.files import write_atomic
from azr_nb.record import RunFolderError

Score = tuple[float, float, float]  # value, lower and upper end of its 95 % interval, all in 0 to 1
TEMPLATE = Path(__file__).parent / "assets" / "report.html.j2"
SAMPLES, LONGEST = 3, 1_500  # proposals shown per type, characters shown of a text
# in the order of the page; what is said about them stands in the template
FIGURES = (plots.learning_curves, plots.funnel, plots.health, plots.lengths, *plots_instruments.FIGURES, plots.seconds)


def write_report(folder: Path | str) -> Path:
    """Write report.html into a run folder, finished or not, and return its path.

    Raises `RunFolderError` with one line if the folder or its metrics.csv is missing.
    """
    folder = Path(folder)
    if not (folder / "metrics.csv").is_file():
        fault = "metrics.csv is missing" if folder.is_dir() else "it is no folder"
        raise RunFolderError(f"{folder} holds no run to report on: {fault}")
    metrics = plots.read_metrics(folder / "metrics.csv")
    steps = [int(step) for step in metrics.get("step", ()) if math.isfinite(step)]
    summary = _read(folder / "summary.json", json.loads)
    config = {**_read(folder / "config.yaml", yaml.safe_load), **(summary.get("config") or {})}
    page = _template().render(
        name=folder.resolve().name,
        facts=_facts(config, steps, [*metrics.get("minutes", ()), plots.number(summary.get("minutes"))]),
        scores=_scores(summary),
        finished=bool(summary.get("after")),
        before_after=_inline(plots.before_after(summary)) if summary.get("before") else "",
        figures={draw.__name__: _inline(draw(metrics)) for draw in FIGURES},
        phases=_samples(folder, steps),
        notes=[str(note) for note in summary.get("notes") or ()],
        config=config,
    )
    write_atomic(folder / "report.html", page)
    return folder / "report.html"


def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def _inline(figure: plots.Picture) -> str:
    return "data:image/png;base64," + base64.b64encode(plots.to_png(figure)).decode()


def _read(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """What the file holds; empty if it is missing, cut short or no mapping, for a run may stop at any moment."""
    try:
        data = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def _facts(config: dict[str, Any], steps: Sequence[int], minutes: Sequence[float]) -> list[tuple[str, str]]:
    spent = max(filter(math.isfinite, minutes), default=None)
    return [
        ("Preset", _preset(config)),
        ("Model", str(config.get("model", "not recorded"))),
        ("Seed", str(config.get("seed", "not recorded"))),
        ("Steps", f"{len(steps)} of {config.get('steps', 'an unknown number')}"),
        ("Minutes of training", "not recorded" if spent is None else f"{spent:.1f}"),
    ]


def _preset(config: dict[str, Any]) -> str:
    """The preset that the settings are nearest to, and those that differ from it."""
    if not config:
        return "not recorded"
    changes = {}
    for name in PRESETS:
        preset = make_config(name).model_dump(mode="json", exclude={"model", "seed", "steps"})  # facts of their own
        changes[name] = [f"{k} = {config[k]}" for k in preset if k in config and config[k] != preset[k]]
    nearest = min(changes, key=lambda name: len(changes[name]))
    return f"{nearest}, but " + ", ".join(changes[nearest]) if changes[nearest] else nearest


def _scores(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The table's rows: suite, type, tasks, and for sampled and greedy the text of before, after and difference."""
    before, after = (summary.get(phase) or {} for phase in ("before", "after"))
    keys = [(suite, kind) for suite in before for kind in before[suite]]
    if not keys:
        return []
    rows = [{"suite": s, "type": k, "tasks": before[s][k].get("n", ""), "cells": []} for s, k in keys]
    rows.append({"suite": "mean", "type": "", "tasks": "", "cells": []})
    for name, interval in (("pass@1", "ci95"), ("greedy", "greedy_ci95")):
        old, new = ([_score(phase.get(s, {}).get(k, {}), name, interval) for s, k in keys] for phase in (before, after))
        for row, one, two in zip(rows, [*old, _mean(old)], [*new, _mean(new)], strict=True):
            row["cells"] += [_text(one), _text(two), _text(_difference(one, two), "+")]
    return rows


def _score(cell: dict[str, Any], score: str, interval: str) -> Score:
    low, high = cell.get(interval) or (None, None)
    return plots.number(cell.get(score)), plots.number(low), plots.number(high)


def _mean(scores: Sequence[Score]) -> Score:
    """Mean of independent scores, with the interval that follows from theirs."""
    value = fmean(score[0] for score in scores)
    down, up = (math.hypot(*(score[0] - score[end] for score in scores)) / len(scores) for end in (1, 2))
    return value, value - down, value + up


def _difference(old: Score, new: Score) -> Score:
    """New minus old as if the two were independent; they share their tasks, so the interval is rather too wide."""
    value = new[0] - old[0]
    down, up = math.hypot(new[0] - new[1], old[2] - old[0]), math.hypot(new[2] - new[0], old[0] - old[1])
    return value, value - down, value + up


def _text(score: Score, sign: str = "") -> str:
    value, low, high = (100 * part for part in score)
    if math.isnan(value):
        return "–"
    return f"{value:{sign}.1f}" + (f"\n[{low:{sign}.1f}, {high:{sign}.1f}]" if math.isfinite(low + high) else "")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON lines file, gzipped or not, up to where an interrupted run cut it off."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, ValueError, zlib.error):
        return


def _samples(folder: Path, steps: Sequence[int]) -> list[dict[str, Any]]:
    """The first valid proposals of each type in the first and in the last tenth of the steps, with two answers."""
    tenth = math.ceil(len(steps) / 10)
    spans = {"Early": steps[:tenth], "Late": steps[tenth:][-tenth:]}
    picks: dict[tuple[str, str], list[dict[str, Any]]] = {}
    by_task: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(folder / "rollouts.jsonl.gz"):
        if row["role"] == "propose" and row["status"] == "ok" and row["task"]:
            for phase, span in spans.items():
                chosen = picks.setdefault((phase, row["type"]), [])
                if row["step"] in span and len(chosen) < SAMPLES:
                    chosen.append(row)
                    by_task.setdefault(row["task"], []).append(row)
    for row in _rows(folder / "rollouts.jsonl.gz"):
        if row["role"] == "solve" and row["task"] in by_task:
            for proposal in by_task[row["task"]]:
                if row["step"] >= proposal["step"]:
                    proposal.setdefault("right" if row["status"] == "ok" else "wrong", row)
    tasks = {task["id"]: task for task in _rows(folder / "buffer.jsonl") if task["id"] in by_task}
    order = plots.in_order(kind for _, kind in picks)
    return [
        {"title": f"{phase}: steps {span[0]} to {span[-1]}" if len(span) > 1 else f"{phase}: step {span[0]}",
         "types": [(kind, [_shown(row, tasks.get(row["task"])) for row in picks[phase, kind]]) for kind in order]}
        for phase, span in spans.items() if span
    ]  # fmt: skip


def _shown(row: dict[str, Any], task: dict[str, Any] | None) -> dict[str, Any]:
    """What the page shows of a proposal. A task that is not in buffer.jsonl is shown as the text it was parsed from."""
    pairs = []
    for i, (call, output) in enumerate(task["pairs"] if task else ()):
        hidden = task["type"] == "induction" and i >= task["visible"]
        pairs.append(f"f({call}) => {output}" + ("    # hidden from the solver" if hidden else ""))
    answers = [(name, row[name]) for name in ("right", "wrong") if name in row]
    return {
        "step": row["step"],
        "program": _clip(task["program"] if task else row["completion"]),
        "pairs": _clip("\n".join(pairs)),
        "message": _clip(task["message"] if task else ""),
        "solve_rate": "not estimated" if row["solve_rate"] is None else f"{100 * row['solve_rate']:.0f} %",
        "reward": f"{row['reward']:+.2f}",
        "answers": [(name, _clip(answer["completion"]), _clip(answer.get("reason", ""))) for name, answer in answers],
    }


def _clip(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters"
