"""The parts of the report on a run: pure functions from what a run folder holds to a table or a figure.

The notebook `assets/report.ipynb` calls them one by one. A part whose file is missing or cut short says so in a
sentence, and files that an interrupted run left short are read as far as they go. Everything that a model wrote is
hostile text, and goes through `pages.pre` or `pages.table`.
"""

from __future__ import annotations

import html
import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from azr_nb.config import PRESETS, make_config
from azr_nb.evaluation.measures import collapse_reason
from azr_nb.evaluation.temperature import checked
from azr_nb.runs import plots
from azr_nb.runs.catalogue import WARD
from azr_nb.runs.compare import MODES, load, paired_rows
from azr_nb.runs.folder import check_run, read_lines, read_mapping
from azr_nb.runs.metric_dictionary import LAST, judged, last_means
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.shipped import open_run, twins
from azr_nb.runs.vitals import SIGNS, Band, bands
from azr_nb.runs.vitals_figure import moves_table, vitals_figure

Score = tuple[float, float, float]  # value, lower and upper end of its 95 % interval, all in 0 to 1
SAMPLES, LONGEST = 3, 1_500  # proposals shown per type, characters shown of a text
UNFINISHED = (
    "There are no scores after self-play: the run was interrupted or is still going on. What stands here was measured "
    "before it."
)


@dataclass(frozen=True)
class Run:
    """What the report reads of a run folder; a part is empty where its file is missing, cut short or no mapping."""

    folder: Path
    metrics: dict[str, list[float]]
    config: dict[str, Any]
    summary: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def steps(self) -> list[int]:
        """The steps that metrics.csv has a row for."""
        return [int(step) for step in self.metrics.get("step", ()) if math.isfinite(step)]


def read_run(name_or_folder: Path | str) -> Run:
    """A run by its folder, or a recorded run by its name. Raises `RunFolderError` with one line if it is not a run."""
    folder = open_run(name_or_folder)
    check_run(folder, "report on")
    summary = read_mapping(folder / "summary.json", json.loads)
    config = {**read_mapping(folder / "config.yaml", yaml.safe_load), **(summary.get("config") or {})}
    config.pop("format", None)
    return Run(folder.resolve(), plots.read_metrics(folder / "metrics.csv"), config, summary)


def page(text: str) -> Page:
    """HTML that can be sent: half of a surrogate pair, which JSON may hold and no encoding takes, is spelt out."""
    return Page(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def sentence(text: str) -> Page:
    """A paragraph, escaped."""
    return page(f"<p>{html.escape(text)}</p>")


def folded(title: str, more: Page) -> Page:
    """Something to be opened with a click."""
    return Page(f"<details><summary>{html.escape(title)}</summary>{more}</details>")


# --- the run ---------------------------------------------------------------------------------------------------------
def heading(run: Run) -> Page:
    """The title of the page."""
    return page(f"<h1>Self-play run {html.escape(run.name)}</h1>")


def facts(run: Run) -> Page:
    """Preset with what was changed, model, seed, steps and minutes; all settings folded below."""
    spent = [*run.metrics.get("minutes", ()), plots.number(run.summary.get("minutes"))]
    minutes = max(filter(math.isfinite, spent), default=None)
    rows = [
        ("Preset", preset(run.config)),
        ("Model", run.config.get("model", "not recorded")),
        ("Seed", run.config.get("seed", "not recorded")),
        ("Steps", f"{len(run.steps)} of {run.config.get('steps', 'an unknown number')}"),
        ("Minutes of training", "not recorded" if minutes is None else f"{minutes:.1f}"),
    ]
    settings = [(name, str(value)) for name, value in run.config.items()]
    more = folded("All settings", table(("setting", "value"), settings)) if settings else ""
    return page(table(("", "this run"), rows) + more)


def preset(config: dict[str, Any]) -> str:
    """The preset that the settings are nearest to, and those that differ from it."""
    if not config:
        return "not recorded"
    changes = {}
    for name in PRESETS:
        usual = make_config(name).model_dump(mode="json", exclude={"model", "seed", "steps"})  # facts of their own
        changes[name] = [f"{k} = {config[k]}" for k in usual if k in config and config[k] != usual[k]]
    nearest = min(changes, key=lambda name: len(changes[name]))
    return f"{nearest}, but " + ", ".join(changes[nearest]) if changes[nearest] else nearest


def notes(run: Run) -> Page:
    """What the run itself found worth a note."""
    found = [f"<li>{html.escape(str(note))}</li>" for note in run.summary.get("notes") or ()]
    return page(f"<ul>{''.join(found)}</ul>") if found else sentence("The run left no notes.")


# --- scores ----------------------------------------------------------------------------------------------------------
def scores_table(run: Run) -> Page:
    """Held-out scores before and after with 95 % intervals, and their differences, in percent and points."""
    rows = scores(run.summary, paired_differences(run.folder))
    if not rows:
        return sentence("There are no held-out scores in this run yet.")
    sides = ("before (%)", "after (%)", "difference")
    head = [f"{mode} {side}" for mode in MODES for side in sides]
    cooler = checked(run.summary.get("base_temperature"))
    if cooler:  # what a lower temperature alone gives stands beside what training gave
        head.insert(1, f"sampled before, at T = {cooler['best']:g} (%)")
        rows = [(*row[:4], value, *row[4:]) for row, value in zip(rows, _cooler(rows, cooler), strict=True)]
    made = table(("suite", "task type", "tasks", *head), rows)
    if run.summary.get("after"):
        return page(made)
    return page(sentence(UNFINISHED) + made)


def _cooler(rows: Sequence[tuple], found: Mapping[str, Any]) -> list[str]:
    """The score of each row, and their mean, at the base's best temperature; a dash where it was not measured."""
    values = [plots.number((found["scores"].get(row[0]) or {}).get(row[1])) for row in rows[:-1]]
    return [f"{100 * value:.1f}" if math.isfinite(value) else "–" for value in (*values, fmean(values))]


def before_after(run: Run) -> plots.Picture | Page:
    """The same scores as a figure, if there are any."""
    return plots.before_after(run.summary) if run.summary.get("before") else sentence("There is nothing to draw.")


def paired_differences(folder: Path) -> dict[tuple[str, str, str], Score]:
    """Differences by suite, task type and mode, paired task by task; none where held_out.json has no scores for it."""
    try:
        held_out = load(folder)
        rows = paired_rows(held_out["before"], held_out["after"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration):  # no run, or a damaged one
        return {}
    ends = ("mean", "low", "high")
    return {(row["suite"], row["type"], row["mode"]): tuple(row[end] / 100 for end in ends) for row in rows}


def scores(summary: dict[str, Any], paired: Mapping[tuple[str, str, str], Score] | None = None) -> list[tuple]:
    """The table's rows: suite, type, tasks, and for sampled and greedy the text of before, after and difference.

    A difference that is not among the paired ones is taken from the two scores.
    """
    before, after = (summary.get(phase) or {} for phase in ("before", "after"))
    keys = [(suite, kind) for suite in before for kind in before[suite]]
    if not keys:
        return []
    rows = [(suite, kind, before[suite][kind].get("n", "")) for suite, kind in keys] + [("mean", "", "")]
    for mode, name, interval in (("sampled", "pass@1", "ci95"), ("greedy", "greedy", "greedy_ci95")):
        old, new = ([_score(phase.get(s, {}).get(k, {}), name, interval) for s, k in keys] for phase in (before, after))
        both = zip([*keys, ("all", "")], [*old, mean_score(old)], [*new, mean_score(new)], strict=True)
        for i, (key, one, two) in enumerate(both):
            change = (paired or {}).get((*key, mode)) or difference(one, two)
            rows[i] = (*rows[i], text(one), text(two), text(change, "+"))
    return rows


def _score(cell: dict[str, Any], score: str, interval: str) -> Score:
    low, high = cell.get(interval) or (None, None)
    return plots.number(cell.get(score)), plots.number(low), plots.number(high)


def mean_score(some: Sequence[Score]) -> Score:
    """Mean of independent scores, with the interval that follows from theirs."""
    value = fmean(score[0] for score in some)
    down, up = (math.hypot(*(score[0] - score[end] for score in some)) / len(some) for end in (1, 2))
    return value, value - down, value + up


def difference(old: Score, new: Score) -> Score:
    """New minus old as if the two were independent; they share their tasks, so the interval is rather too wide."""
    value = new[0] - old[0]
    down, up = math.hypot(new[0] - new[1], old[2] - old[0]), math.hypot(new[2] - new[0], old[0] - old[1])
    return value, value - down, value + up


def text(score: Score, sign: str = "") -> str:
    """A score in percent with its interval on a second line; a dash for none."""
    value, low, high = (100 * part for part in score)
    if math.isnan(value):
        return "–"
    return f"{value:{sign}.1f}" + (f"\n[{low:{sign}.1f}, {high:{sign}.1f}]" if math.isfinite(low + high) else "")


# --- health ----------------------------------------------------------------------------------------------------------
def healthy_bands(config: dict[str, Any]) -> dict[str, Band]:
    """The bands of the recorded healthy twins, if the run has their settings but for one at most; empty otherwise.

    A band says what is usual under the settings it was measured with, and nothing about others.
    """
    same = WARD.keys() - {"steps", "eval_every", "eval_tasks"}
    others = [name for name in same if config.get(name) != WARD[name]]
    healthy = twins() if config.get("model") == "tiny" and len(others) <= 1 else []
    return bands(healthy) if healthy else {}


def vital_signs(run: Run) -> plots.Picture:
    """The eight vital signs, over the healthy band where there is one that fits."""
    healthy = healthy_bands(run.config)
    figure = vitals_figure(run.metrics, healthy, "" if healthy else "Vital signs, as running means over three steps")
    for axis, sign in zip(figure.axes, SIGNS, strict=True):
        if sign.name not in healthy:  # without a band nothing can be in it
            question = "\n".join(textwrap.wrap(sign.says, 28))
            axis.set_title(f"{sign.name}\n{question}", loc="left", fontsize=8.5)
    return figure


def vital_moves(run: Run) -> Page:
    """The signs that left their bands, the first to move first."""
    healthy = healthy_bands(run.config)
    if not healthy:
        return sentence("No healthy twins of these settings are recorded: there is no band to hold the signs against.")
    return page(moves_table(run.metrics, healthy))


def out_of_range(run: Run) -> Page:
    """The columns whose mean over the last steps is not healthy, with what to do; all columns folded below."""
    if not run.steps:
        return sentence("No step has been taken yet.")
    means = last_means(run.metrics)
    judgements = [judged(name, value) for name, value in means.items()]
    everything = [row for row, _ in judgements]
    rows = [(*row, advice or "–") for row, advice in judgements if row[3]]
    head = ("column", f"last {min(len(run.steps), LAST)} steps", "healthy")
    reason = collapse_reason(means)
    return page(
        (sentence(f"Warning of collapse: {reason}.") if reason else "")
        + (table((*head, "side", "what to do"), rows) if rows else sentence("Nothing is out of its healthy range."))
        + folded("All columns", table((*head, ""), everything))
    )


# --- tasks as the model wrote them, each with a right and a wrong answer ---------------------------------------------
def samples(run: Run) -> Page:
    """The first valid proposals of each type in the first and in the last tenth of the steps, with two answers."""
    if not run.steps:
        return sentence("No step has been taken yet.")
    parts = []
    for title, types in chosen(run.folder, run.steps):
        parts.append(f"<h3>{html.escape(title)}</h3>")
        for kind, tasks in types:
            parts.append(f"<h4>{html.escape(kind)}</h4>")
            parts += tasks or [sentence("No valid proposal of this type in these steps.")]
        if not types:
            parts.append(sentence("No valid proposals are recorded."))
    return page("".join(parts))


def chosen(folder: Path, steps: Sequence[int]) -> list[tuple[str, list[tuple[str, list[Page]]]]]:
    """For the first and the last tenth of the steps a title, and per task type a table of each proposal shown."""
    tenth = math.ceil(len(steps) / 10)
    spans = {"Early": steps[:tenth], "Late": steps[tenth:][-tenth:]}
    picks: dict[tuple[str, str], list[dict[str, Any]]] = {}
    by_task: dict[str, list[dict[str, Any]]] = {}
    for row in read_lines(folder / "rollouts.jsonl.gz"):
        if row["role"] == "propose" and row["status"] == "ok" and row["task"]:
            for phase, span in spans.items():
                taken = picks.setdefault((phase, row["type"]), [])
                if row["step"] in span and len(taken) < SAMPLES:
                    taken.append(row)
                    by_task.setdefault(row["task"], []).append(row)
    for row in read_lines(folder / "rollouts.jsonl.gz"):
        if row["role"] == "solve" and row["task"] in by_task:
            for proposal in by_task[row["task"]]:
                if row["step"] >= proposal["step"]:
                    proposal.setdefault("right" if row["status"] == "ok" else "wrong", row)
    tasks = {task["id"]: task for task in read_lines(folder / "buffer.jsonl") if task["id"] in by_task}
    order = plots.in_order(kind for _, kind in picks)
    return [
        (
            f"{phase}: steps {span[0]} to {span[-1]}" if len(span) > 1 else f"{phase}: step {span[0]}",
            [(kind, [proposal_table(row, tasks.get(row["task"])) for row in picks[phase, kind]]) for kind in order],
        )
        for phase, span in spans.items()
        if span
    ]


def proposal_table(row: dict[str, Any], task: dict[str, Any] | None) -> Page:
    """One proposal with its answers. A task that is not in buffer.jsonl is shown as the text it was parsed from."""
    pairs = []
    for i, (call, output) in enumerate(task["pairs"] if task else ()):
        hidden = task["type"] == "induction" and i >= task["visible"]
        pairs.append(f"f({call}) => {output}" + ("    # hidden from the solver" if hidden else ""))
    rate = "not estimated" if row["solve_rate"] is None else f"{100 * row['solve_rate']:.0f} %"
    shown = [("program", box(task["program"] if task else row["completion"]))]
    if task and task["message"]:
        shown.append(("message", box(task["message"])))
    if pairs:
        shown.append(("calls", box("\n".join(pairs))))
    for name, mark in (("right", "✓ right answer"), ("wrong", "✗ wrong answer")):
        if name in row:
            reason = clip(row[name].get("reason") or "")
            more = f"<p>({html.escape(reason)})</p>" if reason else ""
            shown.append((mark, Page(box(row[name]["completion"] or "(no text)") + more)))
    return table((f"step {row['step']}", f"solve rate {rate}, proposer's reward {row['reward']:+.2f}"), shown)


def box(text: str) -> Page:
    """Model text in a box of its own, cut if it is long."""
    return Page(pre(clip(text)))


def clip(text: str) -> str:
    """The first characters of a long text, and how many more there are."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters"
