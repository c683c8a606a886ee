"""The command `azr-nb sweep`: a study of several settings and seeds."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from typer import Option

MOST_SEEDS = 1_000


def parse_seeds(text: str) -> list[int]:
    """Seeds from `0..4` (both ends belong to it), `0,2,5`, `3`, or a mixture. Raises `SweepError` for anything else."""
    from azr_nb.runs.sweep import SweepError

    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:\.\.\s*([0-9]{1,9})\s*)?", part)
        if not found:
            raise SweepError(f"--seeds {text!r}: give whole numbers from 0 on, such as 0..4 or 0,2,5")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or len(seeds) + last - first >= MOST_SEEDS:
            raise SweepError(f"--seeds {text!r}: {first}..{last} goes downwards, or is more than {MOST_SEEDS} seeds")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        raise SweepError(f"--seeds {text!r}: a seed is given twice")
    return seeds


def parse_vary(pairs: list[str]) -> dict[str, list]:
    """The values of each varied setting, as YAML reads a list. Raises `SweepError` for what cannot be read."""
    from azr_nb.config import ConfigError, read_yaml
    from azr_nb.runs.sweep import SweepError

    found: dict[str, list] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        try:
            values = read_yaml(f"[{text}]")
        except ConfigError:
            raise SweepError(f"--vary {pair!r}: the values cannot be read; quote them") from None
        name = name.strip().replace("-", "_")
        if not sign or not name or not values or name in found:
            raise SweepError(f"--vary {pair!r}: give each setting once, as name=value,value")
        if len({repr(value) for value in values}) < len(values):
            raise SweepError(f"--vary {pair!r}: a value is given twice")
        found[name] = values
    return found


def sweep(
    vary: list[str] | None = Option(
        None, help="a setting and its values, as name=value,value; given several times: all combinations"
    ),
    seeds: str = Option("0..2", help="0..4, or 0,2,5, or 3"),
    preset: str | None = Option(None, help="the preset of all runs; by default what suits the model"),
    plugin: str | None = Option(None, help="Python file of your own that registers rewards"),
    setting: list[str] | None = Option(None, "--set", help="a setting that is the same in all runs, as name=value"),
    out: Path = Option(Path("data_out/sweep"), help="the folder to write, with a run folder for each"),
    workers: int = Option(
        1, help="runs at a time; 1 on a laptop: two on two cores slow each other down", min=1, max=64
    ),
    minutes: float | None = Option(None, help="what a run takes, for the estimate before the first"),
) -> None:
    """Train a run for every combination of settings and every seed, and compare what they gained.

    \b
    Example: azr-nb sweep --vary proposer_reward=learnability,variance --seeds 0..4 --set steps=30

    Called again it goes on where it was stopped; with more values or seeds it trains what is missing. The table
    goes to results.txt in the folder; every run is a folder of its own, for azr-nb report and compare. Exit code 1 if a
    run failed.
    """
    from tqdm import tqdm

    from azr_nb.cli.options import settings_of, usual_preset
    from azr_nb.config.files import write_atomic
    from azr_nb.runs.sweep import Run, check_names, plan, results, results_table, run_all

    named = {"preset": preset, "plugin": plugin}
    fixed = settings_of(setting, {name: value for name, value in named.items() if value is not None})
    fixed.setdefault("preset", usual_preset(fixed.get("model"), fixed.get("environment")))
    varied = parse_vary(vary or [])
    check_names(varied, fixed)
    runs = plan(varied, parse_seeds(seeds), fixed, out)
    missing = sum(not run.finished for run in runs)
    if minutes and missing:
        print(f"{missing} of {len(runs)} runs to train: about {missing * minutes / workers / 60:.1f} hours", flush=True)
    failed: list[str] = []
    begun = time.monotonic()
    bar = tqdm(total=len(runs), initial=len(runs) - missing, unit="run", smoothing=0, dynamic_ncols=True)

    def report(run: Run, reason: str, took: float) -> None:
        bar.update()
        if reason:
            failed.append(run.folder.name)
            bar.write(f"{run.label}, seed {run.seed} failed: {reason}", file=sys.stderr)
        left = bar.total - bar.n
        each = (time.monotonic() - begun) / (bar.n - bar.initial) / 3600
        bar.write(
            f"{run.label}, seed {run.seed}: {took:.1f} minutes; {left} left, {left * each:.1f} hours", file=sys.stderr
        )

    try:
        with bar:
            run_all(runs, workers, report)
    finally:
        rows = results(runs)
        if rows:
            text = results_table(rows)
            write_atomic(out / "results.txt", text + "\n")
            print(f"{text}\nResults: {out / 'results.txt'}")
    if failed:
        print(f"failed: {', '.join(failed)}; the same command tries them again", file=sys.stderr)
        sys.exit(1)
