"""`python -m tools study`: make the recorded runs that are missing, and pack each as soon as it is finished.

A run counts as there if its archive stands in the package with the catalogue's settings. What is missing is trained in
`data_out/recorded`, goes on where it was cut short, and is packed at once; archives that are committed are all that
another machine needs to go on. Models that runs begin with are warmed up first, controls come after the runs that they
control.

Runs that begin with the same policy and are scored on the same tasks have the same scores before self-play. They are
measured once, and given to the runs that come after.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from statistics import median

from azr_nb.config import ConfigError, load_config, with_whole_paths
from azr_nb.config.files import write_atomic
from azr_nb.evaluation.held_out import EVALUATED
from azr_nb.runs.catalogue import CATALOGUE, SEALED, RecordedRun
from azr_nb.runs.folder import RunFolder, read_mapping
from azr_nb.runs.shipped import archive, open_recorded, pack

HOME = Path("data_out/recorded")
_WARM = re.compile(r"(\w+)-warm-(\d+)")
_BRIEF = re.compile(r"(\w+)-brief-(\w+)-(\d+)")  # on a quarter of the usual cases, on all texts or on some
BRIEF_CASES = 15_000
SHARING = ("levers", "curiosity", "zero")  # kinds of runs that give one another the scores before self-play
ASKED = ("model", "environment", "eval_tasks", "eval_samples", *EVALUATED)  # what these scores depend on


def chosen(names: Sequence[str]) -> list[RecordedRun]:
    """Runs by their names, groups or kinds; all without. Raises `ConfigError` for a name that is none of these."""
    known = {word for run in CATALOGUE.values() for word in (run.name, run.group, run.kind)}
    odd = [name for name in names if name not in known]
    if odd:
        kinds = ", ".join(dict.fromkeys(run.kind for run in CATALOGUE.values()))
        raise ConfigError(f"{odd[0]!r} is not a recorded run, group or kind: the kinds are {kinds}")
    return [run for run in CATALOGUE.values() if not names or {run.name, run.group, run.kind} & set(names)]


def there(run: RecordedRun) -> bool:
    """Whether a run is packed, with the settings that the catalogue has now."""
    if not archive(run.name).is_file():
        return False
    return not run.config().diff(load_config(open_recorded(run.name) / "config.yaml"))


def minutes_of(run: RecordedRun) -> float | None:
    """What a run will take: the median of its packed fellows, of its group if there are any."""
    alike = [one for one in CATALOGUE.values() if (one.kind, one.preset) == (run.kind, run.preset)]
    packed = [one for one in alike if archive(one.name).is_file()]
    near = [one for one in packed if one.group == run.group] or packed
    spent = [read_mapping(open_recorded(one.name) / "summary.json", json.loads).get("minutes") for one in near]
    known = [value for value in spent if value]
    return median(known) if known else None


def missing_models(runs: Iterable[RecordedRun]) -> list[Path]:
    """Folders of models that runs begin with and that are not there."""
    folders = dict.fromkeys(Path(run.config().model) for run in runs)
    return [folder for folder in folders if folder.is_relative_to(HOME) and not (folder / "config.json").is_file()]


def model_command(folder: Path) -> list[str]:
    """The command that warms a model up. Raises `ConfigError` for a folder whose name does not say how."""
    if brief := _BRIEF.fullmatch(folder.name):
        words = ["pretrain", "--environment", brief[1], "--seed", brief[3], "--cases", str(BRIEF_CASES)]
        return [*words, *(["--only", brief[2]] if brief[2] != "all" else []), "--out", str(folder)]
    named = _WARM.fullmatch(folder.name)
    if named is None:
        raise ConfigError(f"nothing says how {folder} is made: put the model there")
    return ["pretrain", "--environment", named[1], "--seed", named[2], "--out", str(folder)]


def run_command(run: RecordedRun) -> list[str]:
    """The command that makes a run, or goes on with it."""
    folder = HOME / run.name
    words = shlex.split(run.command())[1:]
    if run.control_of:  # of the recorded run, where its folder is not there
        there = HOME / run.control_of
        return [words[0], str(there) if there.is_dir() else run.control_of, *words[2:]]
    if (folder / "config.yaml").is_file():
        return ["train", "--resume", "--out", str(folder), "--no-report"]
    return [*words, "--no-report"]


def fellows(run: RecordedRun) -> list[Path]:
    """Packed runs that began with a run's policy and were scored on its tasks; no controls."""
    asked = lambda one: [getattr(one.config(), name) for name in ASKED]  # noqa: E731
    sharing = [one for one in CATALOGUE.values() if one.kind in SHARING and not one.control_of]
    alike = [one for one in sharing if asked(one) == asked(run)] if run.kind in SHARING else []
    return [open_recorded(one.name) for one in alike if archive(one.name).is_file()]


def begin(run: RecordedRun) -> None:
    """Begin a run with the scores before self-play that a fellow has, if there is one."""
    folder, known = HOME / run.name, [] if run.control_of else fellows(run)
    if folder.exists() or not known:
        return
    theirs, config = RunFolder(known[0]).read_summary(), with_whole_paths(run.config())
    ours = RunFolder(folder)
    ours.start(config)
    ours.write_held_out("before", read_mapping(known[0] / "held_out.json", json.loads)["before"])
    shared = {name: theirs[name] for name in ("source", "before", "base_temperature") if name in theirs}
    ours.write_summary({"config": config.model_dump(mode="json"), **shared})
    ours.release()


def seal(folder: Path, known: Sequence[Path] = ()) -> None:
    """Score what a run began and ended with on the suite `sealed`, into sealed.json: greedy answers, and one sample.

    The scores before come from one of the `known` run folders, if one has them.
    """
    from contextlib import closing

    from azr_nb.environments import environment_for
    from azr_nb.evaluation.held_out import task_scores
    from azr_nb.policy.load import load_policy

    config = load_config(folder / "config.yaml")
    found = next(filter(None, (read_mapping(run / SEALED, json.loads) for run in known)), {})
    sides = {"before": config.model, "after": str(folder / "model" if (folder / "model").is_dir() else folder)}
    with closing(environment_for(config)) as environment:
        for side, model in sides.items():
            if side == "after" or side not in found:
                found[side] = task_scores(load_policy(model), environment.usual(), ("sealed",), config=config)
    write_atomic(folder / SEALED, json.dumps(found))


def study(runs: Sequence[RecordedRun], workers: int, say: Callable[[str], None], packing: bool = True) -> list[str]:
    """Make the runs that are missing, so many at a time; returns the names of those that failed."""
    left = [run for run in runs if not there(run)]
    failed: list[str] = []
    with ThreadPoolExecutor(workers) as pool:
        for done in [
            pool.submit(_call, model_command(folder), HOME / f"{folder.name}.log", workers)
            for folder in missing_models(left)
        ]:
            if not done.result():
                raise ConfigError(f"a warm-up failed: see the newest log in {HOME}")
        waiting, going = list(left), {}
        while waiting or going:
            ready = [run for run in waiting if run.control_of not in {one.name for one in (*waiting, *going.values())}]
            for run in ready[: workers - len(going)]:
                waiting.remove(run)
                begin(run)
                going[pool.submit(_call, run_command(run), HOME / f"{run.name}.log", workers)] = run
            for done in _first(going):
                run = going.pop(done)
                if done.result() and (not packing or _packed(run, say)):
                    say(f"{run.name}: done, {len(waiting) + len(going)} left")
                else:
                    failed.append(run.name)
                    say(f"{run.name}: failed, see {HOME / run.name}.log")
    return failed


def _first(going: dict[Future, RecordedRun]) -> set[Future]:
    return wait(going, return_when=FIRST_COMPLETED).done


def _packed(run: RecordedRun, say: Callable[[str], None]) -> bool:
    try:
        if SEALED in run.keep:
            seal(HOME / run.name, fellows(run))
        pack(HOME / run.name, run)
        return True
    except ValueError as error:
        say(f"{run.name}: {error}")
        return False


def _call(words: Sequence[str], log: Path, workers: int) -> bool:
    """Run an `azr-nb` command with its output in a file; with several at a time each has one thread."""
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = {"OMP_NUM_THREADS": "1"} if workers > 1 else {}
    with log.open("a", encoding="utf-8") as file:
        file.write(f"--- {time.strftime('%Y-%m-%d %H:%M')} azr-nb {shlex.join(words)}\n")
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "azr_nb", *words],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ | threads,
        )
    return done.returncode == 0


def left_table(runs: Sequence[RecordedRun], workers: int) -> str:
    """What is missing, group by group, and the hours that it takes with so many at a time."""
    left = [run for run in runs if not there(run)]
    if not left:
        return f"nothing is left: all {len(runs)} runs are packed"
    groups: dict[str, list[RecordedRun]] = {}
    for run in left:
        groups.setdefault(run.group or run.name, []).append(run)
    lines, total, guessed = [], 0.0, True
    for name, some in groups.items():
        minutes = minutes_of(some[0])
        guessed = guessed and minutes is not None
        total += len(some) * (minutes or 0.0)
        about = "minutes unknown" if minutes is None else f"about {minutes:.0f} minutes of training each"
        lines.append(f"{name}: {len(some)} runs, {about}")
    models = missing_models(left)
    lines += [f"{folder.name}: a warm-up" for folder in models]
    hours = total / 60 / workers
    known = "" if guessed else ", without those that nothing is known of"
    return "\n".join([*lines, f"{len(left)} runs left, about {hours:.1f} hours with {workers} at a time{known}"])
