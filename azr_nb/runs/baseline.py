"""What the same minutes would have brought without self-play: a control for a run, on the same held-out tasks.

Further warm-up trains all weights of the run's first policy on fresh tasks of its environment's grammar, with right
answers. It is the supervised learner that had the grammar; self-play had none.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from azr_nb.config import ConfigError, load_config
from azr_nb.config.files import write_atomic
from azr_nb.runs.compare import load
from azr_nb.runs.folder import RunFolder

TRIED = 2_000  # cases that tell how many a minute has
SEED = 1_000  # added to the run's, so that the texts are not those of its warm-up


def further_warm_up(run: Path, out: Path, cases: int | None = None, progress: bool = True) -> dict:
    """Warm the first policy of a finished run up further, and score it as the run was scored; returns the summary.

    `cases` is how many of the grammar; by default as many as take the run's minutes on this machine. `out` becomes a
    run folder that `azr-nb compare` takes, with the model in `model/`. Called again with the same arguments after an
    interruption it goes on. Raises `RunFolderError` for an unfinished run, `ConfigError` for one without a recipe, or
    if `out` is a folder of something else.
    """
    from azr_nb.environments import environment_for
    from azr_nb.evaluation.held_out import summarise, task_scores
    from azr_nb.learning.warmup import RECIPES, pretrain
    from azr_nb.policy.load import load_policy

    scores, config = load(run), load_config(run / "config.yaml")
    summary = RunFolder(run).read_summary()
    if config.environment not in RECIPES:
        raise ConfigError(f"the environment {config.environment!r} has no recipe for a warm-up")
    if (out / "metrics.csv").exists() or (out.is_dir() and out.samefile(run)):
        raise ConfigError(f"{out} is a run's folder: choose another one with --out")
    given = dict(seed=config.seed + SEED, environment=config.environment, start=config.model)
    folder = RunFolder(out)
    cases = cases or folder.read_summary().get("cases") or _cases_in(summary["minutes"], given)
    out.mkdir(parents=True, exist_ok=True)
    folder.write_summary({"control": "further warm-up", "cases": cases})  # the same number when it goes on
    made = pretrain(out / "model", cases=cases, progress=progress, **given)
    with closing(environment_for(config)) as environment:
        after = task_scores(
            load_policy(str(out / "model")),
            environment.usual(),
            tasks=config.eval_tasks,
            samples=config.eval_samples,
            config=config,
            progress=progress,
        )
        scored = summarise(after, config.eval_samples, environment.usual())
    folder.write_held_out("before", scores["before"])
    folder.write_held_out("after", after)
    write_atomic(out / "config.yaml", (run / "config.yaml").read_text(encoding="utf-8"))
    found = {"control": "further warm-up", "config": summary["config"], "before": summary["before"]}
    found |= {"after": scored, "cases": cases, "minutes": made["minutes"]}
    folder.write_summary(found)
    return found


def _cases_in(minutes: float, given: dict) -> int:
    """How many cases are trained on in these minutes, as a short warm-up tells."""
    from azr_nb.learning.warmup import pretrain

    with TemporaryDirectory(prefix="azr-nb-") as folder:
        spent = pretrain(Path(folder), cases=TRIED, progress=False, **given)["minutes"]  # of training alone
        return max(TRIED, round(TRIED * minutes / spent))
