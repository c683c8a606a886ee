"""A study: one run folder for every combination of settings and every seed, and what came of them side by side.

Every run is an `azr-nb train` in a process of its own. A study goes on where it was stopped: a finished run counts, one
that was cut short is resumed, and a run of other settings in its place is an error.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config, with_whole_paths
from azr_nb.runs.compare import MODES, compare_runs, ends
from azr_nb.runs.folder import read_mapping
from azr_nb.runs.text_table import text_table


class SweepError(ValueError):
    """A study that cannot be, in one line."""


@dataclass(frozen=True)
class Run:
    """One run of a study: what it varies, its seed, its folder and its whole config."""

    variant: dict[str, Any]
    seed: int
    folder: Path
    config: SelfPlayConfig
    arguments: tuple[str, ...] = field(repr=False, default=())

    @property
    def label(self) -> str:
        """The variant in words, such as `steps=3, proposer_reward=variance`."""
        return ", ".join(f"{name}={value}" for name, value in self.variant.items()) or "as it stands"

    @property
    def finished(self) -> bool:
        return "after" in read_mapping(self.folder / "summary.json", json.loads)


def plan(vary: dict[str, list], seeds: Sequence[int], settings: dict[str, Any], folder: Path) -> list[Run]:
    """Every combination of the varied settings, each with all seeds. Raises `ConfigError` for what cannot be a run, and
    `SweepError` if a run's folder holds another one.
    """
    runs = []
    for *values, seed in itertools.product(*vary.values(), seeds):
        variant = dict(zip(vary, values, strict=True))
        given = {**settings, **variant, "seed": seed}
        config = with_whole_paths(make_config(**given))
        run = Run(variant, seed, folder / f"{_slug(variant)}-seed-{seed}", config, _arguments(given))
        if (run.folder / "config.yaml").is_file():
            differing = config.diff(load_config(run.folder / "config.yaml"))
            if differing:
                name, (here, there) = next(iter(differing.items()))
                raise SweepError(f"{run.folder} holds a run with {name} {there}, not {here}: choose another --out")
        runs.append(run)
    return runs


def _arguments(given: dict[str, Any]) -> tuple[str, ...]:
    preset = ("--preset", str(given["preset"])) if "preset" in given else ()
    rest = {name: value for name, value in given.items() if name != "preset"}
    return (*preset, *(word for name, value in rest.items() for word in ("--set", f"{name}={json.dumps(value)}")))


def _slug(variant: dict[str, Any]) -> str:
    """A variant as the name of a folder."""
    text = "-".join(str(value) for value in variant.values()) or "plain"
    if re.fullmatch(r"[\w.-]{1,60}", text):
        return text
    return f"{re.sub(r'[^a-zA-Z0-9]+', '_', text)[:40]}.{sha256(text.encode()).hexdigest()[:8]}"


def run_all(runs: Sequence[Run], workers: int, report: Callable[[Run, str, float], None]) -> None:
    """Train what is not finished, `workers` runs at a time.

    `report` gets each run, in one line why it failed, if it did, and its minutes. A keyboard interrupt reaches the runs
    too, which leave folders that can be resumed.
    """
    missing = [run for run in runs if not run.finished]
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(_train, run): run for run in missing}
        try:
            for future in as_completed(futures):
                report(futures[future], *future.result())
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _train(run: Run) -> tuple[str, float]:
    """Train one run in a process of its own; an empty text if it is finished, else why not, and the minutes."""
    begun = time.monotonic()
    trust = ["--trust-plugin"] if run.config.plugin else []
    resume = ["--resume", *trust] if (run.folder / "config.yaml").is_file() else run.arguments
    command = [sys.executable, "-m", "azr_nb", "train", "--no-report", "--out", str(run.folder), *resume]
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    minutes = (time.monotonic() - begun) / 60
    if done.returncode == 0 and run.finished:
        return "", minutes
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return (lines or [f"its process ended with code {done.returncode}"])[-1].removeprefix("error: "), minutes


def results(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each variant with finished runs: its seeds, and the change of pass@1 and of greedy answers in points.

    The interval is that of `compare_runs`, over seeds and tasks; with fewer than three seeds there is none.
    """
    rows = []
    for label in dict.fromkeys(run.label for run in runs):
        folders = [run.folder for run in runs if run.label == label and run.finished]
        if folders:
            row: dict[str, Any] = {"variant": label, "seeds": len(folders), **compare_runs(folders)["change"]}
            if len(folders) == 1:  # whose interval is over tasks alone
                row |= {mode: row[mode] | {"low": None, "high": None} for mode in MODES}
            rows.append(row)
    return rows


def results_table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text: means with 95 % intervals, or with fewer than three seeds the single numbers."""
    table: list[tuple] = [("variant", "seeds", "change of pass@1", "of greedy answers")]
    for row in rows:
        table.append((row["variant"], row["seeds"], *(f"{row[mode]['mean']:+.1f} {ends(row[mode])}" for mode in MODES)))
    return text_table(table, "<>")


def check_names(vary: dict[str, list], settings: dict[str, Any]) -> None:
    """Raise `ConfigError` for a name that is not a setting, or is given twice."""
    for name in {**vary, **settings}:
        if name not in SelfPlayConfig.model_fields and name != "preset":
            raise ConfigError(f"unknown setting {name!r}: see azr-nb config")
        if name == "seed" or (name in vary and name in settings):
            raise ConfigError(f"{name} is given twice" if name != "seed" else "give --seeds instead of a setting seed")
