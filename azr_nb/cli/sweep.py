"""The command `azr-nb sweep`: one notebook for several values and seeds."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

MOST_SEEDS = 1_000
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def parse_seeds(text: str) -> list[int]:
    """Seeds from `0..4` (both ends belong to it), `0,2,5`, `3`, or a mixture. Raises `SweepError` for anything else."""
    from azr_nb.runs.sweep import SweepError

    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:\.\.\s*([0-9]{1,9})\s*)?", part)
        if not found:
            raise SweepError(f"--seeds {text!r}: give whole numbers from 0 on, such as 0..4 or 0,2,5")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise SweepError(f"--seeds {text!r}: {first}..{last} goes downwards")
        if len(seeds) + last - first >= MOST_SEEDS:
            raise SweepError(f"--seeds {text!r}: that is more than {MOST_SEEDS} seeds")
        seeds += range(first, last + 1)
    for seed in seeds:
        if seeds.count(seed) > 1:
            raise SweepError(f"--seeds {text!r}: seed {seed} is given twice")
    return seeds


def parse_values(text: str) -> list:
    """Values with commas between them as YAML reads a list, and 1e-3 as a number.

    Raises `SweepError` if they cannot be parameters.
    """
    from azr_nb.config import read_yaml
    from azr_nb.runs.sweep import SweepError, canonical

    try:
        values = read_yaml(f"[{text}]")
        canonical(values)
    except (TypeError, ValueError):
        raise SweepError(f"the value {text!r} cannot be read; quote it") from None
    # YAML asks for a point and a sign, and takes others for texts
    return [float(value) if isinstance(value, str) and _EXPONENT.fullmatch(value) else value for value in values]


def parse_pairs(vary: Sequence[str], fixed: Sequence[str]) -> tuple[dict[str, list], dict[str, Any]]:
    """The varied values and the fixed ones, by names in lower case. Raises `SweepError` for anything given twice."""
    from azr_nb.runs.sweep import SweepError, canonical
    from azr_nb.runs.sweep_results import spelt

    found: dict[str, list] = {}
    for option, pair in [*(("--vary", pair) for pair in vary), *(("--set", pair) for pair in fixed)]:
        name, sign, text = pair.partition("=")
        name = name.strip().lower().replace("-", "_")
        values = parse_values(text)
        if not sign or not name or not values or (option == "--set" and len(values) > 1):
            raise SweepError(f"{option} {pair!r} is not of the form name=value" + ",value" * (option == "--vary"))
        if name in ("seed", "tier"):
            raise SweepError(f"{option} {pair!r}: give --{name}{'s' * (name == 'seed')} instead")
        if name in found:
            raise SweepError(f"{name} is given twice")
        found[name] = values
        known = [canonical(value) for value in values]
        for value in values:
            if known.count(canonical(value)) > 1:
                raise SweepError(f"{option} {pair!r}: the value {spelt(value)} is given twice")
    varied = {name: found.pop(name) for name in list(found)[: len(vary)]}
    return varied, {name: values[0] for name, values in found.items()}


def find_notebook(text: str) -> Path:
    """The notebook of the course with that number, or the file. Raises `SweepError` with those there are."""
    from azr_nb.runs.notebooks import committed
    from azr_nb.runs.sweep import SweepError

    if text.endswith(".ipynb"):
        if not Path(text).is_file():
            raise SweepError(f"there is no notebook {text}")
        return Path(text)
    known = {path.stem[:2]: path for path in committed()}
    if not known:
        raise SweepError("there are no notebooks here: start the command in the folder that holds notebooks/")
    if text.zfill(2) not in known:
        raise SweepError(f"there is no notebook {text}: choose one of {', '.join(known)}, or a file")
    return known[text.zfill(2)]


def check_parameters(notebook: Path, names: Sequence[str]) -> None:
    """Raise `SweepError` unless the notebook declares a parameter for each name, and those for seed and tier."""
    import papermill

    from azr_nb.runs.sweep import SweepError

    try:
        known = papermill.inspect_notebook(str(notebook))
    except Exception as error:  # nbformat's and papermill's, for whatever the file holds
        raise SweepError(f"{notebook} is not a notebook: {' '.join(str(error).split())[:100]}") from None
    for name in (*names, "tier", "seed"):
        if name.upper() not in known:
            exist = f"it has {', '.join(known).lower()}" if known else "it has none"
            raise SweepError(f"{notebook.name} has no parameter {name}: {exist}")


def sweep(
    notebook: Annotated[str, typer.Option(help="number of a notebook of the course, or a notebook's file")],
    vary: Annotated[
        list[str] | None,
        typer.Option(help="a parameter and its values, as name=value,value; given several times: all combinations"),
    ] = None,
    seeds: Annotated[str, typer.Option(help="0..4, or 0,2,5, or 3")] = "0..2",
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="a parameter that is the same in all runs, as name=value")
    ] = None,
    tier: Annotated[str, typer.Option(help="smoke (seconds a run), cpu or gpu")] = "cpu",
    out: Annotated[
        Path | None, typer.Option(help="the folder to write; by default data_out/sweeps/ with the notebook's name")
    ] = None,
    workers: Annotated[
        int, typer.Option(help="runs at a time; 1 on a laptop: two runs on two cores slow each other down", min=1)
    ] = 1,
    value: Annotated[
        str | None, typer.Option(help="the recorded value to compare; by default change, else the first number")
    ] = None,
) -> None:
    """Execute a notebook for several values of its parameters and several seeds, and compare what it recorded.

    \b
    Example: azr-nb sweep --notebook 09 --vary proposer_reward=learnability,variance --seeds 0..4

    Called again, it goes on where it was stopped; with more values or seeds it executes only those that are missing.
    The folder gets the executed notebooks, results.csv and figure.png. Exit code 1 if a run failed.
    """
    from tqdm import tqdm

    from azr_nb.runs.notebooks import TIERS
    from azr_nb.runs.plots import save
    from azr_nb.runs.sweep import Question, SweepError, code_of, run_sweep, runs_of
    from azr_nb.runs.sweep_results import figure, headline, summary_table

    if tier not in TIERS:
        raise SweepError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    varied, fixed = parse_pairs(vary or (), setting or ())
    chosen, path = parse_seeds(seeds), find_notebook(notebook)
    check_parameters(path, (*varied, *fixed))
    question = Question(path, code_of(path), tier, varied, chosen, fixed)
    folder = out or Path("data_out/sweeps") / path.stem
    total, bar = len(runs_of(question)), None

    def begin(missing: int) -> None:
        nonlocal bar
        bar = tqdm(total=total, initial=total - missing, unit="run", smoothing=0, dynamic_ncols=True)

    def report(run, row, reason: str) -> None:
        if row is None:
            tqdm.write(f"{run.name} failed: {reason}", file=sys.stderr)
        else:
            try:
                name = headline([row], value)
                said = f"{name} {row.values[name]:.4g}"
            except SweepError as error:  # the run is kept, and another --value can be asked for
                said = str(error)
            tqdm.write(f"{row.label}, seed {row.seed}: {said} ({row.minutes:.1f} minutes)", file=sys.stdout)
        sys.stdout.flush()
        bar.update()

    try:
        outcome = run_sweep(question, folder, workers, begin, report)
    finally:
        if bar is not None:
            bar.close()
    done = total - outcome.left - len(outcome.failed)
    if outcome.rows:
        compared = headline(outcome.rows, value)
        save(figure(outcome.rows, compared), folder / "figure.png")
        print(summary_table(outcome.rows, compared))
        print(f"Results: {folder / 'results.csv'}, figure: {folder / 'figure.png'}")
    if outcome.failed:
        print(
            f"failed: {', '.join(outcome.failed)} (see {folder / 'runs'}); the same command tries them again",
            file=sys.stderr,
        )
    if outcome.interrupted:
        print(f"stopped: {done} of {total} runs are done; the same command goes on", file=sys.stderr)
        sys.exit(130)
    if outcome.failed:
        sys.exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(sweep)
