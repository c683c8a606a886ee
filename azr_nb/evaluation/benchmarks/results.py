"""Results as JSON that tools for lm-evaluation-harness read, and as a table.

`results_document` has that tool's top-level keys, with "metric,filter" names in each row: here the filter is the way
of sampling, so that "pass@1,greedy" and "pass@1,sampled" cannot be confused. `sample_lines` are the lines of its
samples file. Two additions stand outside those keys: "intervals" and "left_out".

pass@k is the unbiased estimate of Chen et al. 2021 for each item, averaged over items; intervals are over items.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azr_nb.evaluation.benchmarks.core import DIRECTIONS, Benchmark, ExecutionItem, Item
from azr_nb.evaluation.held_out import interval
from azr_nb.evaluation.measures import mean, pass_at_k
from azr_nb.tasks import Verdict

MODES = ("greedy", "sampled")
VERSION = 1  # of prompts and verification together: scores of different versions must not be compared


@dataclass(frozen=True)
class Scores:
    """One policy on one benchmark in one way: how many of `samples` completions were right, for each item in order.

    `mode` is "greedy" (one completion at temperature 0) or "sampled". Raises `ValueError` for counts that cannot be.
    """

    benchmark: Benchmark
    mode: str
    right: tuple[int, ...]
    samples: int = 1

    def __post_init__(self) -> None:
        if self.mode not in MODES or (self.mode == "greedy" and self.samples != 1):
            raise ValueError(f"mode {self.mode!r} with {self.samples} samples: greedy has one, sampled has any number")
        if len(self.right) != len(self.benchmark.items) or not all(0 <= n <= self.samples for n in self.right):
            raise ValueError(f"{self.benchmark.name}: one count from 0 to {self.samples} is needed for every item")

    @classmethod
    def of(cls, benchmark: Benchmark, mode: str, verdicts: Sequence[Sequence[Verdict]]) -> Scores:
        """Scores from the verdicts on each item's completions, as many for every item."""
        samples = {len(group) for group in verdicts}
        if len(samples) != 1:
            raise ValueError(f"{benchmark.name}: items have {sorted(samples)} completions; give all the same number")
        return cls(benchmark, mode, tuple(sum(one.ok for one in group) for group in verdicts), samples.pop())


def score_rows(scores: Sequence[Scores], ks: Sequence[int] = (1,)) -> list[dict[str, Any]]:
    """A row for each score and each k within its samples, values from 0 to 1.

    `label` names benchmark and direction in words. `low` and `high` are a 95 % interval over items
    (`evaluate.interval`). `stderr` is None for fewer than two items.
    """
    rows = []
    for score in scores:
        for k in ks:
            if k > score.samples:
                continue
            values = [pass_at_k(score.samples, right, k) for right in score.right]
            n, value = len(values), mean(values)
            low, high = interval(values)
            deviation = math.fsum((one - value) ** 2 for one in values)
            rows.append(
                {
                    "label": score.benchmark.label,
                    "key": score.benchmark.key,
                    "mode": score.mode,
                    "metric": f"pass@{k}",
                    "value": value,
                    "low": low,
                    "high": high,
                    "stderr": math.sqrt(deviation / (n - 1) / n) if n > 1 else None,
                    "items": n,
                    "rows": score.benchmark.rows,
                    "samples": score.samples,
                }
            )
    return rows


def score_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """`score_rows` as text, in percent, with the number of items of how many rows."""
    wide = max((len(row["label"]) for row in rows), default=0) + 2
    lines = [f"{'benchmark':{wide}}{'completions':16}{'items':14}{'metric':>8}   95 % interval over items"]
    for row in rows:
        drawn = "greedy" if row["mode"] == "greedy" else f"{row['samples']} sampled"
        extent = f"{row['items']} of {row['rows']}"
        lines.append(
            f"{row['label']:{wide}}{drawn:16}{extent:14}{row['metric']:>8} "
            f"{100 * row['value']:6.1f} % [{100 * row['low']:.1f}, {100 * row['high']:.1f}]"
        )
    return "\n".join(lines)


def results_document(
    scores: Sequence[Scores], model: str, ks: Sequence[int] = (1,), settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The results of one model as lm-evaluation-harness writes them, ready for `json.dump`.

    `settings` (sampling, seed, date, ...) goes under "config" as it is. "n-samples" says how many rows there are and
    how many were asked; "left_out" has the sentences why rows were not. Raises `ValueError` where two scores would
    stand under one name.
    """
    shots = (settings or {}).get("num_fewshot", 0)
    names = [(score.benchmark.key, score.mode) for score in scores]
    if len(set(names)) != len(names):
        raise ValueError("two scores of one benchmark in one mode: write them into two documents")
    by_key = {score.benchmark.key: score.benchmark for score in scores}
    rows = score_rows(scores, ks)
    results: dict[str, dict[str, Any]] = {key: {"alias": one.label} for key, one in by_key.items()}
    intervals: dict[str, dict[str, list[float]]] = {key: {} for key in by_key}
    for row in rows:
        cell, mode = results[row["key"]], row["mode"]
        cell[f"{row['metric']},{mode}"] = row["value"]
        cell[f"{row['metric']}_stderr,{mode}"] = "N/A" if row["stderr"] is None else row["stderr"]
        intervals[row["key"]][f"{row['metric']},{mode}"] = [row["low"], row["high"]]
    metrics = {key: dict.fromkeys((row["metric"] for row in rows if row["key"] == key), True) for key in by_key}
    repeats = {(score.benchmark.key, score.mode): score.samples for score in scores}
    return {
        "results": results,
        "group_subtasks": {key: [] for key in by_key},
        "configs": {
            key: {
                "task": key,
                "dataset_path": one.source,
                "output_type": "generate_until",
                "description": f"role: solver; {DIRECTIONS[one.kind]}",
                "repeats": max(repeats.get((key, mode), 0) for mode in MODES),
                "num_fewshot": shots,
                "metadata": {"version": VERSION, "role": "solver", "direction": one.kind},
            }
            for key, one in by_key.items()
        },
        "versions": dict.fromkeys(by_key, VERSION),
        "n-shot": dict.fromkeys(by_key, shots),
        "higher_is_better": metrics,
        "n-samples": {key: {"original": one.rows, "effective": len(one.items)} for key, one in by_key.items()},
        "config": {"model": "azr-nb", "model_args": f"pretrained={model}", **(settings or {})},
        "model_source": "azr-nb",
        "model_name": model,
        "model_name_sanitized": "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in model),
        "intervals": intervals,
        "left_out": {key: list(one.problems) for key, one in by_key.items()},
    }


def sample_lines(
    benchmark: Benchmark,
    mode: str,
    prompts: Sequence[str],
    completions: Sequence[Sequence[str]],
    verdicts: Sequence[Sequence[Verdict]],
) -> Iterator[str]:
    """A JSON line for each item, with its prompt, all its completions and what the verifier said of each."""
    parts = zip(benchmark.items, prompts, completions, verdicts, strict=True)
    for number, (item, prompt, texts, judged) in enumerate(parts):
        doc = _document(item)
        target = doc["output"] if benchmark.kind == "deduction" else doc.get("input", doc.get("test", ""))
        hashes = {"doc_hash": json.dumps(doc), "prompt_hash": prompt, "target_hash": target}
        yield json.dumps(
            {
                "doc_id": number,
                "doc": doc,
                "target": target,
                "benchmark": benchmark.label,
                "arguments": {"gen_args_0": {"arg_0": prompt}},
                "resps": [list(texts)],
                "filtered_resps": list(texts),
                "filter": mode,
                "metrics": ["pass@1"],
                **{name: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for name, text in hashes.items()},
                "verdicts": [{"status": one.status, "reason": one.reason} for one in judged],
                "pass@1": mean([float(one.ok) for one in judged]),
            }
        )


def _document(item: Item) -> dict[str, str]:
    if isinstance(item, ExecutionItem):
        return {"id": item.id, "program": item.task.program, "input": item.task.input, "output": item.task.output}
    return {"id": item.id, "prompt": item.prompt, "entry_point": item.entry_point, "test": item.test}
