"""Several runs side by side: the change in held-out scores, with intervals over tasks and runs.

Before and after are paired task by task, and the interval comes from a bootstrap that draws warm-ups, within each of
them runs, and within each suite and task type tasks. One run alone has an interval over tasks only, and two are shown
as two numbers. Beside an interval stands the smallest change that so many runs and tasks would have shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from azr_nb.evaluation.measures import mean
from azr_nb.runs.folder import RunFolderError, nested, read_mapping
from azr_nb.runs.plots import read_metrics
from azr_nb.runs.text_table import text_table

MODES = ("sampled", "greedy")
DRAWS = 2_000
SEEN = 1.96 + 0.84  # standard errors: a true change of so many is told from zero in eight of ten repetitions
Scores = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]  # by suite, task type and mode: one per task


def load(run: Path) -> dict[str, Any]:
    """A finished run's scores per task, before and after. Raises `RunFolderError` for anything else."""
    try:
        scores = json.loads((run / "held_out.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"{run} has no held_out.json: it is not a run folder, or from an unfinished run") from None
    except (ValueError, RecursionError):
        raise RunFolderError(f"{run}/held_out.json is cut short") from None
    if not isinstance(scores, dict) or set(scores) - {"before", "after"}:
        raise RunFolderError(f"{run}/held_out.json does not hold the scores of a run")
    if set(scores) == {"after"}:
        raise RunFolderError(f"{run}/held_out.json has lost the scores from before self-play: make the run again")
    broken = read_mapping(run / "summary.json", json.loads).get("broken")
    if broken:
        raise RunFolderError(f"{run} broke and cannot be compared: {broken}")
    if set(scores) != {"before", "after"}:
        raise RunFolderError(f"{run} is unfinished: go on with azr-nb train --resume --out {run}")
    if not nested(scores["before"]) or not any(scores["before"].values()):
        raise RunFolderError(f"{run}/held_out.json does not hold the scores of a run")
    return scores


def score_arrays(scores: Sequence[Scores], mode: str) -> dict[tuple[str, str], Any]:
    """Scores of several runs in percent by (suite, task type): arrays of (runs, tasks)."""
    import numpy as np

    cells = [(suite, kind) for suite, kinds in scores[0].items() for kind in kinds]
    return {(suite, kind): 100 * np.array([one[suite][kind][mode] for one in scores]) for suite, kind in cells}


def compare_runs(runs: Sequence[Path], seed: int = 0) -> dict[str, Any]:
    """Means before and after, changes with intervals (points of percent), overall and by task type, and run facts.

    The interval of one run is over tasks, that of three or more over warm-ups, runs and tasks; two runs say too little
    about others to have one, and their `low` and `high` are None. `visible` is the smallest change that would have been
    told from zero. A warm-up is the model that a run began with. Raises `RunFolderError` if a folder is unusable or the
    runs were scored on different tasks.
    """
    import numpy as np

    loaded = [load(run) for run in runs]
    temperatures = {read_mapping(run / "config.yaml", yaml.safe_load).get("eval_temperature", 1.0) for run in runs}
    if len(temperatures) > 1:
        raise RunFolderError(f"the runs were scored at temperatures {sorted(temperatures)}: they cannot be compared")
    rows: list[dict[str, Any]] = [{"run": run.name, **_facts(run)} for run in runs]
    changes: dict[str, dict[tuple[str, str], Any]] = {}
    try:
        for mode in MODES:
            before, after = (score_arrays([run[side] for run in loaded], mode) for side in ("before", "after"))
            changes[mode] = {cell: after[cell] - before[cell] for cell in before}
            for side, scores in (("before", before), ("after", after)):
                for row, value in zip(rows, run_means([scores[cell] for cell in before]), strict=True):
                    row[f"{mode}_{side}"] = value
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise RunFolderError("the runs were scored on different numbers of tasks: they cannot be compared") from None
    rng, begun = np.random.default_rng(seed), warm_ups(runs)
    result: dict[str, Any] = {"runs": rows, "warm_ups": len(set(begun)), "change": {}, "by_type": {}}
    for mode, cells in changes.items():
        result["change"][mode] = change_of(list(cells.values()), rng, begun)
        for kind in dict.fromkeys(kind for _, kind in cells):
            part = [values for (_, its), values in cells.items() if its == kind]
            result["by_type"].setdefault(kind, {})[mode] = change_of(part, rng, begun)
    return result | {"temperature": temperatures.pop()}


def differences(runs: Sequence[Path], others: Sequence[Path], seed: int = 0) -> dict[str, dict[str, Any]]:
    """By how much runs end above other runs, by mode: see `change_of`. The first is paired with the first, and so on.

    Raises `RunFolderError` if they are not as many, if those of a pair began with different models, or if they were
    scored on different tasks.
    """
    import numpy as np

    begun = warm_ups(runs)
    if len(runs) != len(others):
        raise RunFolderError(f"{len(runs)} runs and {len(others)} others make no pairs: give as many of each")
    for run, other, model, its in zip(runs, others, begun, warm_ups(others), strict=True):
        if model != its:
            raise RunFolderError(f"{run.name} began with {model}, {other.name} with {its}: pair runs of one warm-up")
    rng, sides = np.random.default_rng(seed), [[load(run)["after"] for run in part] for part in (runs, others)]
    found = {}
    try:
        for mode in MODES:
            ours, theirs = (score_arrays(side, mode) for side in sides)
            found[mode] = change_of([ours[cell] - theirs[cell] for cell in ours], rng, begun)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise RunFolderError("the runs were scored on different tasks: they cannot be compared") from None
    return found


def warm_ups(runs: Sequence[Path]) -> list[str]:
    """The model that each run began with."""
    return [str(read_mapping(run / "config.yaml", yaml.safe_load).get("model", "")) for run in runs]


def _facts(run: Path) -> dict[str, float]:
    """What else the table shows of a run: steps, minutes, and the proposer's state at the end."""
    made = (run / "metrics.csv").is_file()  # by self-play; what azr-nb baseline makes has none
    metrics = read_metrics(run / "metrics.csv") if made else {}
    spent = read_mapping(run / "summary.json", json.loads).get("minutes", 0.0)
    valid = [metrics[name][-10:] for name in metrics if name.startswith("propose/") and name.endswith("/valid")]
    return {
        "steps": int(metrics["step"][-1]) + 1 if metrics.get("step") else 0,
        "minutes": metrics.get("minutes", [spent])[-1],
        "valid_at_end": mean([value for column in valid for value in column if math.isfinite(value)]),
        "distinct_at_end": metrics.get("distinct_programs", [math.nan])[-1],
    }


# --- intervals -------------------------------------------------------------------------------------------------------
def run_means(parts: Sequence) -> list[float]:
    """Each run's mean of its means over the parts, which are arrays of (runs, tasks)."""
    import numpy as np

    return np.mean([part.mean(axis=1) for part in parts], axis=0).tolist()


def bootstrap_interval(parts: Sequence, rng, groups: Sequence[str] = (), level: float = 95) -> dict[str, float]:
    """Mean of the parts' means with a bootstrap interval; each part is (runs, tasks), the runs are shared.

    `level` is how many percent of the draws the interval holds: 95, or more where many comparisons are made.

    `groups` names the warm-up of each run; where there are several, they are drawn first, and runs within each. Few
    warm-ups make the interval too narrow: three of them by about a fifth. `visible` is `SEEN` times the spread of the
    draws.
    """
    import numpy as np

    runs = parts[0].shape[0]
    names = groups or [""] * runs
    members = [np.flatnonzero(np.array(names) == name) for name in dict.fromkeys(names)]
    draws = np.empty(DRAWS)
    for i in range(DRAWS):
        chosen = [members[j] for j in rng.integers(len(members), size=len(members))]
        which = np.concatenate([group[rng.integers(len(group), size=len(group))] for group in chosen])
        draws[i] = np.mean([p[which][:, rng.integers(p.shape[1], size=p.shape[1])].mean() for p in parts])
    low, high = np.percentile(draws, (50 - level / 2, 50 + level / 2))
    found = {"mean": np.mean([p.mean() for p in parts]), "low": low, "high": high, "visible": SEEN * draws.std()}
    return {name: float(value) for name, value in found.items()}


def change_of(parts: Sequence, rng, groups: Sequence[str] = (), level: float = 95) -> dict[str, Any]:
    """`bootstrap_interval` with the mean of each run; of two runs without the ends, which are None."""
    found: dict[str, Any] = bootstrap_interval(parts, rng, groups, level)
    means = run_means(parts)
    none = {"low": None, "high": None, "visible": None}
    return found | (none if len(means) == 2 else {}) | {"each": means}


def ends(part: Mapping[str, Any]) -> str:
    """The interval of a change, or the single runs where there is none."""
    if part["low"] is None:
        return f"({', '.join(f'{one:+.1f}' for one in part['each'])})"
    return f"[{part['low']:+.1f}, {part['high']:+.1f}]"


def _points(part: Mapping[str, Any]) -> str:
    return f"{part['mean']:+.1f} points {ends(part)}"


def comparison_table(result: dict[str, Any]) -> str:
    """The comparison as text: a line per run, then the changes with their intervals."""
    names = dict(zip(MODES, (f"pass@1 at T={result['temperature']:g}", "greedy"), strict=True))
    rows: list[tuple] = [("run", "steps", "minutes", *names.values(), "valid", "distinct")]
    for row in result["runs"]:
        scores = (f"{row[f'{mode}_before']:.1f} -> {row[f'{mode}_after']:.1f}" for mode in MODES)
        shares = (f"{100 * row[name]:.0f}%" for name in ("valid_at_end", "distinct_at_end"))
        rows.append((row["run"][:15], row["steps"], f"{row['minutes']:.1f}", *scores, *shares))
    lines = [text_table(rows, "<>>>>>>")]
    for mode, name in names.items():
        change = result["change"][mode]
        lines.append(f"change of {name}: {_points(change)}")
        if change["visible"]:
            lines.append(f"  (of {_drawn_over(result)}; a change below {change['visible']:.1f} would hardly be seen)")
        lines += [f"  {kind}: {_points(parts[mode])}" for kind, parts in result["by_type"].items()]
    return "\n".join(lines)


def difference_lines(found: Mapping[str, Mapping[str, Any]], others: Sequence[str]) -> str:
    """`differences` as text."""
    lines = [f"minus {', '.join(others)}:"]
    for mode, part in found.items():
        seen = f" (a difference below {part['visible']:.1f} would hardly be seen)" if part["visible"] else ""
        lines.append(f"  {mode}: {_points(part)}{seen}")
    return "\n".join(lines)


def _drawn_over(result: dict[str, Any]) -> str:
    runs, begun = len(result["runs"]), result["warm_ups"]
    if runs == 1:
        return "one run, whose interval is over tasks alone"
    return f"{runs} runs from {begun} warm-ups" if begun > 1 else f"{runs} runs from one warm-up"


# --- two policies on the same tasks ----------------------------------------------------------------------------------
def exact_sign_test(gains: int, losses: int) -> float:
    """Chance of a split at least as uneven if gains and losses were equally likely: McNemar's exact test, two-sided.

    `gains` and `losses` are the tasks that only the second, or only the first, policy answers right.
    """
    n, few = gains + losses, min(gains, losses)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(few + 1)) / 2**n) if n else 1.0


def paired_rows(first: Scores, second: Scores, seed: int = 0) -> list[dict[str, Any]]:
    """Two policies' scores per task, as `evaluate.task_scores` gives them, paired by suite, type and mode.

    A row has both means in percent, the difference second minus first in points with a 95 % bootstrap interval over
    tasks, and for greedy answers the p-value of McNemar's exact test; the last rows are over all suites and types.
    """
    import numpy as np

    rows, rng = [], np.random.default_rng(seed)
    cells = next(iter(next(iter(first.values())).values()))
    for mode in (mode for mode in MODES if mode in cells):  # samples are left out where none were drawn
        old, new = (score_arrays([scores], mode) for scores in (first, second))
        parts = {cell: (old[cell], new[cell]) for cell in old}
        for (suite, kind), part in parts.items():
            rows.append({"suite": suite, "type": kind, **_paired(mode, [part], rng)})
        rows.append({"suite": "all", "type": "", **_paired(mode, list(parts.values()), rng)})
    return rows


def _paired(mode: str, parts: list, rng) -> dict[str, Any]:
    """One row of `paired_rows` from (first, second) arrays of (1, tasks), each part weighing the same."""
    changes = [new - old for old, new in parts]
    row: dict[str, Any] = {"mode": mode, "n": sum(change.shape[1] for change in changes)}
    for name, side in (("first", 0), ("second", 1)):
        (row[name],) = run_means([part[side] for part in parts])
    row |= bootstrap_interval(changes, rng)
    if mode == "greedy":
        gains, losses = (sum(int((sign * change > 0).sum()) for change in changes) for sign in (1, -1))
        row["p"] = exact_sign_test(gains, losses)
    return row


def paired_table(rows: Sequence[dict[str, Any]], first: str, second: str) -> str:
    """`paired_rows` as text."""
    table: list[tuple] = [("suite", "type", "mode", "tasks", "first", "second", "difference", "")]
    for row in rows:
        test = f"p = {row['p']:.3g}" if "p" in row else ""
        means = (f"{row[name]:.1f}" for name in ("first", "second"))
        table.append((row["suite"], row["type"], row["mode"], row["n"], *means, _points(row), test))
    head = f"{second} minus {first}, on the same tasks (95 % intervals over tasks; p: McNemar's exact test)"
    return f"{head}\n{text_table(table, '<<<>>>')}"
