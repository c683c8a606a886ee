"""What else could explain a run's gain: controls from the same first policy, scored on the same held-out tasks.

| control | the same as the run | instead of self-play |
|---|---|---|
| further | minutes | all weights are warmed up further, on fresh tasks of the grammar with right answers |
| supervised | adapter, schedule, tokens of a step | right answers to the tasks that the run had proposed by then |
| grammar | settings, completions of a step | the solver alone learns by rewards, on fresh tasks of the grammar |
| fixed | settings, completions of a step | the solver alone learns by rewards, on the seed tasks |
| untrained | settings | the proposer writes and does not learn |
| random | settings | both roles get random rewards |

Right answers are what self-play never sees; a control that has them and ends below is a strong one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig, load_config
from azr_nb.config.files import write_atomic
from azr_nb.evaluation.measures import mean
from azr_nb.learning.reuse import written
from azr_nb.runs.compare import ends, load, paired_rows
from azr_nb.runs.folder import RunFolder, RunFolderError, kept_tasks
from azr_nb.runs.plots import read_metrics
from azr_nb.tasks import Rollout, Task

TRIED = 2_000  # cases that tell how many a minute has
SEED = 1_000  # added to the run's, so that the texts are not those of its warm-up
BY_REWARDS: dict[str, dict[str, Any]] = {
    "grammar": {"grammar_tasks": True},
    "fixed": {"fixed_tasks": True},
    "untrained": {"train_propose": False},
    "random": {"proposer_reward": "random", "solver_reward": "random"},
}
CONTROLS = ("further", "supervised", *BY_REWARDS)


def baseline(
    run: Path, control: str, out: Path, cases: int | None = None, plugin: Path | None = None, progress: bool = True
) -> dict:
    """Make a control of a finished run in the folder `out`, and return its summary.

    `out` becomes a run folder that `azr-nb compare` takes. `cases` is how many of the grammar further warm-up has; by
    default as many as take the run's minutes on this machine. Called again with the same arguments after an
    interruption it goes on, or starts again where little is lost. A plugin that the run's config names is Python that
    would be executed: only if it is given. Raises `RunFolderError` for an unfinished run or one without the files that
    a control needs, and `ConfigError` if `out` is a folder of something else.
    """
    load(run)  # raises for a run that is not finished
    config = load_config(run / "config.yaml")
    if config.plugin is not None and plugin is None:
        raise ConfigError(f"the run has a plugin, {config.plugin}: look at it, then give it with --plugin")
    config = config.model_copy(update={"plugin": str(plugin) if plugin else None})
    if control in BY_REWARDS:
        return _by_rewards(run, control, config, out, progress)
    if out.is_dir() and any(out.iterdir()) and RunFolder(out).read_summary().get("control") != control:
        raise ConfigError(f"{out} is a folder of something else: choose another one with --out")
    out.mkdir(parents=True, exist_ok=True)
    return (_further if control == "further" else _supervised)(run, config, out, cases, progress)


def ahead(run: Path, control: Path) -> str:
    """By how much a run ends above a control of it, in one line, with intervals over the held-out tasks alone."""
    rows = paired_rows(load(control)["after"], load(run)["after"])
    parts = [f"{row['mode']} {row['mean']:+.1f} {ends(row)}" for row in rows if row["suite"] == "all"]
    name = RunFolder(control).read_summary()["control"]
    return f"Self-play minus {name}, points (intervals over tasks): {', '.join(parts)}"


def equal_completions(config: SelfPlayConfig, new_tasks: float) -> int:
    """How many tasks of a type the solver has to practise in a step to train on as many completions as a run of
    self-play did that had so many new tasks in a step.
    """
    types = len(config.task_types)
    completions = types * (config.proposals_per_type + config.solve_tasks_per_type * config.solve_samples)
    if config.train_on_solve_rate_samples:
        completions += new_tasks * config.solve_rate_samples
    return max(1, round(completions / types / config.solve_samples))


def _by_rewards(run: Path, control: str, config: SelfPlayConfig, out: Path, progress: bool) -> dict:
    from azr_nb.runs.train import train

    settings = dict(BY_REWARDS[control])
    if control in ("grammar", "fixed"):
        new_tasks = mean(read_metrics(run / "metrics.csv").get("funnel/ok", []))
        settings["solve_tasks_per_type"] = equal_completions(config, new_tasks)
    changed = SelfPlayConfig.model_validate(config.model_dump() | settings)
    folder, begun = RunFolder(out), out.is_dir() and any(out.iterdir())
    if begun and not ((out / "config.yaml").is_file() and load_config(out / "config.yaml") == changed):
        raise ConfigError(f"{out} is a folder of something else: choose another one with --out")
    if "after" not in folder.read_summary():
        result = train(changed, out, resume=begun, progress=progress, trust_plugin=True)
        folder.write_summary(result.summary | {"control": control})
        if result.interrupted:
            raise KeyboardInterrupt
    return folder.read_summary()


# --- controls with right answers -------------------------------------------------------------------------------------
def _further(run: Path, config: SelfPlayConfig, out: Path, cases: int | None, progress: bool) -> dict:
    from azr_nb.learning.warmup import RECIPES, pretrain

    if config.environment not in RECIPES:
        raise ConfigError(f"the environment {config.environment!r} has no recipe for a warm-up")
    given: dict[str, Any] = dict(seed=config.seed + SEED, environment=config.environment, start=config.model)
    folder = RunFolder(out)
    minutes = RunFolder(run).read_summary()["minutes"]
    cases = cases or folder.read_summary().get("cases") or _cases_in(minutes, given)
    folder.write_summary({"control": "further", "cases": cases})  # the same number when it goes on
    made = pretrain(out / "model", cases=cases, progress=progress, **given)
    found = {"control": "further", "cases": cases, "minutes": made["minutes"], "tokens": made["tokens"]}
    return _scored(run, config, out, str(out / "model"), None, found, progress)


def _cases_in(minutes: float, given: dict[str, Any]) -> int:
    """How many cases are trained on in these minutes, as a short warm-up tells."""
    from azr_nb.learning.warmup import pretrain

    with TemporaryDirectory(prefix="azr-nb-") as folder:
        spent = pretrain(Path(folder), cases=TRIED, progress=False, **given)["minutes"]  # of training alone
        return max(TRIED, round(TRIED * minutes / spent))


def _supervised(run: Path, config: SelfPlayConfig, out: Path, cases: int | None, progress: bool) -> dict:
    """The run's adapter and schedule, on right answers to the tasks in its buffer, as many tokens in each step."""
    from tqdm import tqdm

    from azr_nb.environments import environment_for
    from azr_nb.evaluation.held_out import as_metrics
    from azr_nb.policy.load import load_policy
    from azr_nb.selfplay import SelfPlay

    tasks, budgets = kept_tasks(run), read_metrics(run / "metrics.csv").get("tokens_trained", [])
    if not budgets:
        raise RunFolderError(f"{run}/metrics.csv does not say how many tokens were trained: make the run again")
    rng, folder = random.Random(f"supervised {config.seed}"), RunFolder(out)
    folder.write_summary({"control": "supervised"})  # one that was cut short starts again
    with closing(environment_for(config)) as environment, TemporaryDirectory(prefix="azr-nb-") as checkpoints:
        play = SelfPlay(config, load_policy(config.model, config.device, config.precision, merge=True), environment)
        play.prepare(Path(checkpoints))
        ready = gold_rollouts(tasks, play)
        spent = 0.0
        for step, budget in enumerate(tqdm(budgets, desc="supervised", unit="step", disable=not progress)):
            begun = time.monotonic()
            pool = [rollout for rollout in ready if rollout.task.step <= step]
            chosen = _drawn(pool, budget, rng)
            play.learner.update(chosen)
            spent += time.monotonic() - begun
            tokens = sum(len(rollout.completion_ids) for rollout in chosen)
            row = {"step": step, "minutes": spent / 60, "tokens_trained": tokens}
            if config.eval_every and (step + 1) % config.eval_every == 0:
                row |= as_metrics(_scores_now(play.policy, config)[1])
            folder.add_row(row)
        minutes = spent / 60
        folder.write_adapter(play.policy.model, config.model, play.learner.adapter())
    found = {"control": "supervised", "minutes": minutes, "tasks": len(ready)}
    return _scored(run, config, out, config.model, out / "adapter", found, progress)


def gold_rollouts(tasks: Sequence[Task], play) -> list[Rollout]:
    """The right answers to tasks as completions of the solver, each with the advantage 1; without too long ones."""
    roles, made = play.roles, []
    for task, (answer, thoughts) in zip(tasks, play.environment.solutions(tasks), strict=True):
        completion = roles.prompt_format.answer_text(task.type, answer, thoughts)
        rollout = written(roles, task, completion, 1.0)
        if len(rollout.completion_ids) <= play.config.max_new_tokens and roles.fits(rollout.prompt):
            made.append(rollout)
    return made


def teach(play, rollouts: Sequence[Rollout], updates: int, batch: int = 32, seed: int = 0) -> None:
    """So many supervised updates of a `SelfPlay`'s adapter, each on some of these right answers, drawn anew."""
    rng = random.Random(f"teach {seed}")
    play.prepare()
    for _ in range(updates):
        play.learner.update(rng.sample(list(rollouts), min(batch, len(rollouts))))


def _drawn(pool: Sequence[Rollout], budget: float, rng: random.Random) -> list[Rollout]:
    """Rollouts of about so many tokens of completions; all of the pool before one comes again."""
    chosen: list[Rollout] = []
    tokens = 0
    while tokens < budget and pool:
        for rollout in rng.sample(pool, len(pool)):
            chosen.append(rollout)
            tokens += len(rollout.completion_ids)
            if tokens >= budget:
                break
    return chosen


def _scored(
    run: Path, config: SelfPlayConfig, out: Path, model: str, adapter: Path | None, found: dict, progress: bool
) -> dict:
    """Score a control as its run was scored, and make `out` a run folder."""
    from azr_nb.policy.load import load_policy

    folder, summary = RunFolder(out), RunFolder(run).read_summary()
    after, scored = _scores_now(load_policy(str(adapter) if adapter else model), config, progress)
    folder.write_held_out("before", load(run)["before"])
    folder.write_held_out("after", after)
    write_atomic(out / "config.yaml", (run / "config.yaml").read_text(encoding="utf-8"))
    found = found | {"config": summary["config"], "before": summary["before"], "after": scored}
    folder.write_summary(found)
    return found


def _scores_now(policy, config: SelfPlayConfig, progress: bool = False) -> tuple[dict, dict]:
    """A policy's held-out scores by task, and their summary, as a run of this config has them."""
    from azr_nb.environments import environment_for
    from azr_nb.evaluation.held_out import summarise, task_scores

    with closing(environment_for(config)) as environment:
        asked = dict(tasks=config.eval_tasks, samples=config.eval_samples, config=config, progress=progress)
        scores = task_scores(policy, environment.usual(), **asked)
        return scores, summarise(scores, config.eval_samples, environment.usual())
