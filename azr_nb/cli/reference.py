"""The commands that explain: `azr-nb config` for settings, `explain` for metrics, `prompt` for what a policy sees,
`recipe` for accelerate's files."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from typer import Argument, Option

RECIPES = Path(__file__).parents[1] / "assets" / "accelerate"


def config_command(
    preset: str = Argument("classroom", help="a preset, a run folder, or a YAML file"),
    diff: tuple[str, str] | None = Option(None, help="two of them, of which to show the settings that differ"),
    differences: bool = Option(
        False, "--differences", help="say where the released code departs from the paper, point by point"
    ),
) -> None:
    """Print the settings of a preset or a run, with what each one does.

    Example: azr-nb config --diff paper released_code
    """
    from azr_nb.cli import config_tables as tables

    if differences:
        from azr_nb.course.differences import differences_text

        print(differences_text())
        return
    if diff is not None:
        print(tables.diff_table(*map(tables.named_config, diff), diff))
    else:
        print(tables.settings_yaml(tables.named_config(preset)), end="")


def explain_command(
    metric: str | None = Argument(None, help="a column of metrics.csv, such as dead_share"),
    show_all: bool = Option(False, "--all", help="print every entry"),
    run: Path | None = Option(None, help="a run folder: its last ten steps beside the healthy ranges"),
) -> None:
    """Say what a column of metrics.csv means, what is healthy, and what to do if it is not.

    Example: azr-nb explain dead_share
    """
    from azr_nb.runs import metric_dictionary as dictionary
    from azr_nb.runs.folder import check_run_format

    if sum((metric is not None, show_all, run is not None)) != 1:
        raise dictionary.MetricError("name one metric, or give --all, or --run with a run folder")
    if metric is not None:
        print(dictionary.explanation(dictionary.entry_of(metric), metric))
    elif run is not None:
        check_run_format(run)
        print(dictionary.run_table(run))
    else:
        print("\n\n".join(dictionary.explanation(entry) for entry in dictionary.entries()))


def prompt_command(
    role: str = Option("solve", help="propose or solve"),
    task_type: str = Option("deduction", "--type", help="deduction, abduction, induction or error"),
    references: int = Option(2, help="past tasks that a proposer is shown", min=0, max=16),
    number: int = Option(0, help="which of the held-out tasks to begin with", min=0),
    model: str = Option("tiny", help="the model that the prompt is for, which decides its form"),
    prompt_format: str = Option("auto", help="compact, fewshot or r1; auto: what suits the model"),
) -> None:
    """Print a prompt exactly as the policy sees it, made from held-out tasks.

    Example: azr-nb prompt --model smollm2-135m --role propose --type induction
    """
    from azr_nb.cli.options import usual_preset
    from azr_nb.config import ConfigError, make_config
    from azr_nb.environments import environment_for
    from azr_nb.policy.load import load_policy
    from azr_nb.prompts import prompt_format_for
    from azr_nb.tasks import ROLES, TYPES_OF

    policy = load_policy(model, weights=False)
    config = make_config(usual_preset(model), prompt_format=prompt_format)
    known = TYPES_OF[config.environment]
    if role not in ROLES or task_type not in known:
        raise ConfigError(f"no prompt {role} {task_type}: choose {' or '.join(ROLES)}, and one of {', '.join(known)}")
    form = prompt_format_for(config, policy)
    with closing(environment_for(config)) as environment:
        # error tasks have no held-out suite; their prompt is that of a deduction task under another header
        shown_type = "deduction" if task_type == "error" else task_type
        pool = [t for t in environment.suite(environment.suites[0]) if t.type == shown_type]
    if not pool:
        raise ConfigError(f"no held-out task is of the type {task_type}")
    first = number % len(pool)
    chosen = [replace(task, type=task_type, id="") for task in (pool + pool)[first : first + max(1, references)]]
    if role == "solve":
        print(form.solve_prompt(chosen[0]), end="")
    else:
        # an induction proposer is shown the one program that it is to ask about
        shown = chosen[:1] if task_type == "induction" else chosen[:references]
        print(form.propose_prompt(task_type, shown), end="")


def recipe_command(
    name: str | None = Argument(None, help="a recipe, such as fsdp; without a name all are listed"),
) -> None:
    """Print a file for `accelerate launch` and the command that starts self-play with it, on GPUs or several processes.

    Example: azr-nb recipe zero3
    """
    import shlex

    from azr_nb.config import ConfigError
    from azr_nb.runs.text_table import text_table

    known = {path.stem: path for path in sorted(RECIPES.glob("*.yaml"))}
    if name is None:
        texts = {name: path.read_text().partition(". ")[0].replace("# ", "") for name, path in known.items()}
        print(text_table([(name, " ".join(text.split())) for name, text in texts.items()]))
        return
    if name not in known:
        raise ConfigError(f"unknown recipe {name!r}: choose one of {', '.join(known)}")
    text = known[name].read_text()
    command = next(line for line in text.splitlines() if line.startswith("# start: ")).removeprefix("# start: ")
    print(text)
    print(command.replace("FILE", shlex.quote(str(known[name])), 1))
