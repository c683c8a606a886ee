"""Held-out evaluation: pass@1 sampled and greedy, by suite and task type, with 95 % intervals over tasks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter

from tqdm import tqdm

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.environments.base import Environment
from azr_nb.policy.roles import Roles
from azr_nb.tasks import Task

# what scores depend on beside the policy and the tasks
EVALUATED = ("prompt_format", "chat_template", "max_prompt_tokens", "max_new_tokens", "eval_temperature")
Z = 1.96  # of a 95 % interval
Suites = Sequence[str] | Mapping[str, Sequence[Task]]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean over tasks of scores from 0 to 1: Wilson's where every score is 0 or 1, else normal.

    Wilson's (1927) is never empty, not even where nothing was solved.
    """
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return 0.0, 1.0
    if set(values) <= {0.0, 1.0}:
        return wilson(mean, n)
    error = Z * math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return max(0.0, mean - error), min(1.0, mean + error)


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % score interval of a share of n."""
    centre, spread = share + Z * Z / (2 * n), Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + Z * Z / n)), min(1.0, (centre + spread) / (1 + Z * Z / n))


def first_of_each(tasks: Sequence[Task], most: int, cell: Callable[[Task], str] = attrgetter("type")) -> list[Task]:
    """At most so many tasks of each cell, by default of each type; cells and tasks in the order of the suite."""
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(cell(task), []).append(task)
    return [task for found in groups.values() for task in found[:most]]


def check_room(roles: Roles, tasks: Sequence[Task]) -> None:
    """Raise `ConfigError` if the model cannot read the prompts of tasks and write answers behind them."""
    prompts = [roles.prompt_format.solve_prompt(task) for task in tasks]
    if roles.max_prompt_tokens >= roles.config.max_prompt_tokens:  # which may be exceeded: the model can read more
        return
    long = sum(not roles.fits(prompt) for prompt in prompts)
    if long:
        raise ConfigError(
            f"{long} of {len(tasks)} held-out prompts are longer than the {roles.max_prompt_tokens} "
            f"tokens that {roles.policy.name!r} can read beside max_new_tokens "
            f"{roles.config.max_new_tokens}: lower that, or choose another model"
        )


def task_scores(
    policy,
    environment: Environment,
    suites: Suites | None = None,
    tasks: int = 1000,
    samples: int = 1,
    seed: int = 0,
    config: SelfPlayConfig | None = None,
    progress: bool = False,
    vllm=None,
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """`{suite: {cell: {"sampled": [...], "greedy": [...]}}}`: one score in 0 to 1 per task, in suite order.

    A cell is a task type, or a difficulty (see `Environment.cell`); `tasks` limits those of each. `suites` are names of
    held-out suites, by default all of the environment's, or tasks of your own by name. A sampled score is the share of
    right answers among `samples`. `config` gives the prompt format, the lengths and `eval_temperature`. `vllm` draws
    the answers, if there is one. The same seed, tasks and policy give the same scores.
    """
    result: dict[str, dict[str, dict[str, list[float]]]] = {}
    given = {name: getattr(config, name) for name in EVALUATED} if config else {}
    types = list(environment.task_types)
    settings = SelfPlayConfig(environment=environment.name, task_types=types, seed=seed, **given)
    suites = environment.suites if suites is None else suites
    named = suites if isinstance(suites, Mapping) else {name: environment.suite(name) for name in suites}
    for suite, all_tasks in named.items():
        cell = partial(environment.cell, suite)
        chosen = first_of_each(all_tasks, tasks, cell)
        roles = Roles(settings, policy, environment)
        check_room(roles, chosen)
        roles.vllm = vllm
        bar = tqdm(
            total=len(chosen) * (samples + 1),
            desc=f"suite {suite}",
            unit="answer",
            dynamic_ncols=True,
            leave=False,
            disable=None if progress else True,
        )
        roles.on_drawn = bar.update
        drawn = {
            "sampled": roles.solve(chosen, samples, "evaluate", temperature=settings.eval_temperature),
            "greedy": roles.solve(chosen, 1, "evaluate", temperature=0.0),
        }
        bar.close()
        result[suite] = {
            name: {
                mode: [group[0].solve_rate for group in groups if cell(group[0].task) == name]
                for mode, groups in drawn.items()
            }
            for name in dict.fromkeys(map(cell, chosen))
        }
    return result


def summarise(
    scores: dict[str, dict[str, dict[str, list[float]]]], samples: int, environment: Environment | None = None
) -> dict[str, dict[str, dict]]:
    """`{suite: {task_type: {"pass@1", "greedy", "n", "samples", "ci95", "greedy_ci95"}}}` from scores per task.

    With the environment a cell has its "floor" too, where the environment knows of one.
    """
    known = environment.suites if environment is not None else ()
    floors = {suite: environment.floors(suite) if suite in known else {} for suite in scores}
    return {
        suite: {
            task_type: {
                "pass@1": math.fsum(cell["sampled"]) / len(cell["sampled"]),
                "greedy": math.fsum(cell["greedy"]) / len(cell["greedy"]),
                "n": len(cell["sampled"]),
                "samples": samples,
                "ci95": interval(cell["sampled"]),
                "greedy_ci95": interval(cell["greedy"]),
            }
            | ({"floor": floors[suite][task_type]} if task_type in floors[suite] else {})
            for task_type, cell in cells.items()
        }
        for suite, cells in scores.items()
    }


def as_metrics(summary: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """The scores of a summary as columns of metrics.csv: held_out/SUITE/CELL/pass@1 and /greedy."""
    return {
        f"held_out/{suite}/{cell}/{key}": scores[key]
        for suite, cells in summary.items()
        for cell, scores in cells.items()
        for key in ("pass@1", "greedy")
    }


def evaluate(
    policy, environment: Environment, suites: Suites | None = None, tasks: int = 1000, samples: int = 1, seed: int = 0
) -> dict[str, dict[str, dict]]:
    """`task_scores`, summarised."""
    return summarise(task_scores(policy, environment, suites, tasks, samples, seed), samples, environment)


def mean_score(scores: dict[str, dict[str, dict]], key: str = "pass@1") -> float:
    """Mean of one score over all suites and task types."""
    values = [cell[key] for suite in scores.values() for cell in suite.values()]
    return math.fsum(values) / len(values)


def mean_cell(scores: Mapping[str, Mapping[str, float]]) -> float:
    """Mean of plain scores over all suites and cells."""
    values = [value for cells in scores.values() for value in cells.values()]
    return math.fsum(values) / len(values)


def score_table(summary: dict) -> str:
    """Held-out scores in percent, before and (if there) after, sampled pass@1 with interval and greedy.

    The floor is what the best shortcut gets right without solving the task, where one is known. Beside the sampled
    scores before stand those at the policy's best temperature, where they were measured (see `temperature`).
    """
    before, after = summary.get("before", {}), summary.get("after")
    cooler = summary.get("base_temperature")
    wide = max([8, *(len(suite) + 2 for suite in before)])
    broad = max([12, *(len(task_type) + 2 for cells in before.values() for task_type in cells)])
    bounded = any("floor" in cell for cells in before.values() for cell in cells.values())
    temperature_label = f"pass@1 at T={summary.get('config', {}).get('eval_temperature', 1):g}"
    head = f"{'suite':{wide}}{'type':{broad}}" + ("  floor" if bounded else "")
    best = f"at T={cooler['best']:g}" if cooler else ""
    head += f"{temperature_label:>22}{best:>{10 if cooler else 0}}{'greedy':>9}"
    lines = [head + (f"{'after: pass@1':>24}{'greedy':>9}{'change':>9}" if after else "")]
    for suite, cells in before.items():
        for task_type, cell in cells.items():
            floor = f"{100 * cell['floor']:6.0f}%" if "floor" in cell else " " * 7
            line = f"{suite:{wide}}{task_type:{broad}}" + (floor if bounded else "")
            line += f"{_cell(cell):>22}"
            if cooler:
                value = cooler["scores"].get(suite, {}).get(task_type)
                line += " " * 10 if value is None else f"{100 * value:9.1f}%"
            line += f"{100 * cell['greedy']:8.1f}%"
            if after:
                new = after[suite][task_type]
                change = 100 * (new["pass@1"] - cell["pass@1"])
                line += f"{_cell(new):>24}{100 * new['greedy']:8.1f}%{change:+9.1f}"
            lines.append(line)
    if after:
        for key, name in (("pass@1", "mean pass@1"), ("greedy", "mean greedy")):
            old, new = mean_score(summary["before"], key), mean_score(after, key)
            lines.append(f"{name}: {100 * old:.1f} % -> {100 * new:.1f} % ({100 * (new - old):+.1f} points)")
        if cooler:
            lines.append(
                f"before self-play at its best temperature, {cooler['best']:g}: "
                f"{100 * mean_cell(cooler['scores']):.1f} % (that much comes without any training)"
            )
    return "\n".join(lines)


def _cell(cell: dict) -> str:
    low, high = cell["ci95"]
    return f"{100 * cell['pass@1']:.1f}% [{100 * low:.1f}, {100 * high:.1f}]"
