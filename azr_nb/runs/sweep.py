"""One notebook executed for several values of its parameters and several seeds, and what came of it side by side.

A sweep's folder holds what was asked (sweep.yaml), the executed copies (runs/), and a row for each of them
(results.csv; see `sweep_results`). It goes on where it was stopped: a copy counts if it is whole, has the run's
parameters and the notebook's code. Every run has a process of its own, which ends when the sweep ends, however that
comes about. Two sweeps at a time in one folder are not guarded against.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from azr_nb.config.files import write_atomic
from azr_nb.runs.notebooks import recorded
from azr_nb.runs.sweep_results import Row, SweepError, spelt, write_results

WORDS = {"notebook": "the notebook", "code": "the code of the notebook", "tier": "the tier", "set": "what --set gives"}
REASON = "failed: "  # before the line in which a run's process says why


@dataclass(frozen=True)
class Question:
    """What a sweep asks: names are parameters in lower case, `code` is `code_of` the notebook."""

    notebook: Path
    code: str
    tier: str
    vary: dict[str, list]
    seeds: list[int]
    set: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One execution: `name` is that of its files, `parameters` is all that the notebook is given."""

    variant: dict[str, Any]
    seed: int
    name: str
    parameters: dict[str, Any]


@dataclass
class Outcome:
    """What became of a sweep: rows of all finished runs of the folder, and what failed or is left of those asked."""

    rows: list[Row]
    failed: dict[str, str]
    left: int
    interrupted: bool = False


def canonical(value: Any) -> str:
    """A value as JSON: two values are the same if this is."""
    return json.dumps(value, sort_keys=True)


def code_of(notebook: Path) -> str:
    """The sha256 of a notebook's code cells, without those that papermill adds. Raises `SweepError` if it is none."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        own = [cell for cell in cells if "injected-parameters" not in cell["metadata"].get("tags", [])]
        code = ["".join(cell["source"]) for cell in own if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SweepError(f"{notebook} is not a notebook of format 4") from None
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()


def slug(variant: dict[str, Any]) -> str:
    """A variant as part of a file's name, the same whatever else is in the sweep."""
    parts = []
    for value in variant.values():
        text = spelt(value)
        if not re.fullmatch(r"-?[a-z0-9][a-z0-9._]{0,39}", text):  # a digest keeps apart what would look alike
            plain = re.sub(r"[^a-z0-9]+", "_", text.lower())[:30].strip("_")
            text = f"{plain}.{hashlib.sha256(canonical(value).encode()).hexdigest()[:8]}"
        parts.append(text)
    return "-".join(parts) or "plain"


def runs_of(question: Question) -> list[Run]:
    """Every combination of the varied values in the given order, each with all seeds."""
    runs = []
    for *values, seed in itertools.product(*question.vary.values(), question.seeds):
        variant = dict(zip(question.vary, values, strict=True))
        given = {name.upper(): value for name, value in (question.set | variant).items()}
        parameters = {"TIER": question.tier, "SEED": seed, **given}
        runs.append(Run(variant, seed, f"{slug(variant)}-seed-{seed}", parameters))
    return runs


def settle(folder: Path, question: Question) -> Question:
    """The question of the folder with the asked values and seeds added, written to its sweep.yaml.

    Raises `SweepError` if the folder holds something else or a sweep of another question.
    """
    path = folder / "sweep.yaml"
    asked = asdict(question) | {"notebook": question.notebook.name}
    if path.is_file():
        try:
            there = yaml.safe_load(path.read_text(encoding="utf-8"))
            old = {key: [*values] for key, values in there["vary"].items()} | {"": [*there["seeds"]]}
            differing = [key for key in WORDS if canonical(there[key]) != canonical(asked[key])]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
            raise SweepError(f"{path} cannot be read: choose another --out") from None
        for key in differing:
            which = "" if key == "code" else f" ({spelt(there[key])} there, {spelt(asked[key])} here)"
            raise SweepError(f"{folder} holds another question: {WORDS[key]} differs{which}; choose another --out")
        names = [list(old)[:-1], list(question.vary)]
        if names[0] != names[1]:
            there, here = (", ".join(found) or "nothing" for found in names)
            raise SweepError(f"{folder} holds another question: it varies {there}, not {here}; choose another --out")
        vary = {key: _union(old[key], values) for key, values in question.vary.items()}
        question = replace(question, vary=vary, seeds=_union(old[""], question.seeds))
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SweepError(f"{folder} holds something else: choose another --out")
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(asdict(question) | {"notebook": question.notebook.name}, sort_keys=False, allow_unicode=True)
    write_atomic(path, text)
    return question


def _union(old: list, new: list) -> list:
    known = {canonical(value) for value in old}
    return old + [value for value in new if canonical(value) not in known]


def finished(path: Path, run: Run, code: str) -> Row | None:
    """The row of an executed copy; None if it is not there, not whole, or of other parameters or other code."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        facts = notebook["metadata"]["papermill"]
        whole = (
            not facts["exception"]
            and facts["end_time"]
            and all(cell["metadata"]["papermill"]["status"] == "completed" for cell in notebook["cells"])
        )
        if not whole or canonical(facts["parameters"]) != canonical(run.parameters) or code_of(path) != code:
            return None
        return Row(run.variant, run.seed, round(facts["duration"] / 60, 3), recorded(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def run_sweep(
    question: Question,
    folder: Path,
    workers: int = 1,
    begin: Callable[[int], None] = lambda missing: None,
    report: Callable[[Run, Row | None, str], None] = lambda run, row, reason: None,
) -> Outcome:
    """Execute the asked runs that the folder does not hold yet.

    `begin` gets their number, and `report` each of them with its row, or with None and in one line why it failed.
    After a keyboard interrupt it ends the processes and returns what is finished. Raises `SweepError` as `settle` does.
    """
    whole = settle(folder, question)
    for stale in (folder / "runs").glob("*.running.ipynb"):
        stale.unlink(missing_ok=True)
    copies = {run.name: folder / "runs" / f"{run.name}.ipynb" for run in runs_of(whole)}
    rows = {run.name: finished(copies[run.name], run, question.code) for run in runs_of(whole)}
    missing = [run for run in runs_of(question) if rows[run.name] is None]
    outcome = Outcome([row for row in rows.values() if row], {}, len(missing))
    begin(len(missing))
    stop, pool = threading.Event(), ThreadPoolExecutor(workers)
    try:
        futures = {pool.submit(_execute, question, run, copies[run.name], stop): run for run in missing}
        for future in as_completed(futures):
            run, (row, reason) = futures[future], future.result()
            outcome.left -= 1
            if row is None:
                outcome.failed[run.name] = reason
            rows[run.name] = row
            outcome.rows = [row for row in rows.values() if row]
            write_results(folder, outcome.rows)
            report(run, row, reason)
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    if outcome.interrupted:  # one may have finished in the meantime
        rows |= {run.name: finished(copies[run.name], run, question.code) for run in missing}
        outcome.rows = [row for row in rows.values() if row]
        outcome.left = sum(rows[run.name] is None and run.name not in outcome.failed for run in missing)
    write_results(folder, outcome.rows)
    return outcome


def _execute(question: Question, run: Run, copy: Path, stop: threading.Event) -> tuple[Row | None, str]:
    """Execute one run in a process of its own; returns its row, or in one line why there is none."""
    partial = copy.with_suffix(f".{os.getpid()}.running.ipynb")  # under its own name a copy is whole
    paths = [str(path.resolve()) for path in (question.notebook, partial)]
    with tempfile.TemporaryFile() as said:
        # a session of its own keeps Ctrl-C from it; it ends when its standard input does
        process = subprocess.Popen(
            [sys.executable, "-m", "azr_nb.runs.sweep", json.dumps([*paths, run.parameters])],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        while process.poll() is None and not stop.wait(0.1):
            pass
        stopped = process.poll() is None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").splitlines()
    if stopped:
        partial.unlink(missing_ok=True)
        return None, "stopped"
    row = finished(partial, run, question.code) if process.returncode == 0 else None
    failed = copy.with_suffix(".failed.ipynb")
    if partial.exists():
        os.replace(partial, failed if row is None else copy)
    if row is None:
        reasons = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
        if process.returncode == 0:
            reasons = ["the notebook was changed while the sweep ran"]
        return None, (reasons or [f"its process ended with code {process.returncode}"])[-1]
    failed.unlink(missing_ok=True)
    return row, ""


def _work(request: str) -> int:
    """In a run's own process: execute the notebook, and end with the sweep."""
    import papermill

    def watch() -> None:
        os.read(0, 1)  # returns when the sweep has closed its end, or is gone
        os.kill(os.getpid(), signal.SIGTERM)  # at which papermill ends its kernel
        time.sleep(15)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    notebook, target, parameters = json.loads(request)
    try:
        papermill.execute_notebook(
            notebook,
            target,
            parameters=parameters,
            cwd=str(Path(notebook).parent),
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
        )
    except papermill.PapermillExecutionError as error:
        return _complain(f"{error.ename}: {error.evalue}")
    except Exception as error:  # whatever a kernel dies of
        return _complain(f"{type(error).__name__}: {error}")
    return 0


def _complain(reason: str) -> int:
    line = "".join(c if c.isprintable() else " " for c in " ".join(reason.split()))[:200]
    sys.stdout.buffer.write(f"{REASON}{line}\n".encode("utf-8", "replace"))
    return 1


if __name__ == "__main__":
    sys.exit(_work(sys.argv[1]))
