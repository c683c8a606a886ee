"""The command line: `azr-nb train | pretrain`, and the others in this folder."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import typer
from typer import Option

from azr_nb.cli import course, evaluate, new, reference, runs, sweep, teach, tools
from azr_nb.cli.options import settings_of, usual_preset
from azr_nb.cli.terminal import one_line, patient_output

app = typer.Typer(
    name="azr-nb",
    help="Absolute Zero self-play on a laptop: one small model proposes tasks about programs, an executor verifies "
    "them, the same model solves them, and both roles are trained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def train(
    preset: str | None = Option(
        None,
        help="named settings: classroom (tiny, minutes), things, scenes, laptop (a language model on a CPU), gpu, "
        "paper, released_code; by default what suits the model",
    ),
    out: Path | None = Option(
        None, help="the run folder to write; by default the first free of data_out/run, run-2, ..."
    ),
    environment: str | None = Option(
        None, help="what tasks are about: python (programs), things (what a moving sensor meets), or one of a plugin"
    ),
    steps: int | None = Option(None, help="number of self-play steps"),
    seed: int | None = Option(None, help="seed of every random source"),
    model: str | None = Option(
        None, help="tiny, tiny-things, tiny-scenes, smollm2-135m, a model's id on the hub, or a folder"
    ),
    plugin: str | None = Option(None, help="Python file of your own that registers rewards or other parts"),
    proposer_reward: str | None = Option(None, help="name of the proposer's reward (see azr-nb rewards)"),
    solver_reward: str | None = Option(None, help="name of the solver's reward"),
    resume: bool = Option(False, "--resume", help="go on with the run in --out"),
    trust_plugin: bool = Option(
        False, "--trust-plugin", help="with --resume: run the Python of the plugin that the run names"
    ),
    report: bool = Option(True, "--report/--no-report", help="write report.html at the end"),
    setting: list[str] | None = Option(
        None, "--set", help="any other setting, as name=value; may be given several times"
    ),
) -> None:
    """Run self-play and write the run folder.

    \b
    Examples:
    azr-nb train --preset classroom --steps 20 --seed 7 --out data_out/first
    azr-nb train --model smollm2-135m --steps 2
    """
    from azr_nb.config import ConfigError, make_config
    from azr_nb.evaluation.held_out import score_table
    from azr_nb.policy.processes import team
    from azr_nb.runs.train import train as run

    named = dict(preset=preset, environment=environment, steps=steps, seed=seed, model=model, plugin=plugin)
    named |= dict(proposer_reward=proposer_reward, solver_reward=solver_reward)
    chosen = {name: value for name, value in named.items() if value is not None}
    config = None
    if resume and out is None:
        raise ConfigError("--resume needs --out: name the run folder to go on with")
    if resume and (chosen or setting):
        raise ConfigError("--resume takes every setting from the run's config.yaml: give no other option but --out")
    if trust_plugin and not resume:
        raise ConfigError("--trust-plugin belongs to --resume: a plugin that you name yourself is trusted")
    if not resume:
        given = settings_of(setting, chosen)
        given.setdefault("preset", usual_preset(given.get("model"), given.get("environment")))
        config = make_config(**given)
    us = team()
    result = run(config, us.from_main(out or _free_folder()), resume, report=report, trust_plugin=trust_plugin)
    if not us.main:
        return
    print(score_table(result.summary))
    if "after" in result.summary:
        from azr_nb.runs.study import beside

        recorded = beside(result.summary["config"]["environment"])
        if recorded:
            print(f"{recorded}; of this run: azr-nb baseline {result.folder} --control further")
    print(f"Report: {result.report}" if result.report else f"Run: {result.folder}")
    if result.interrupted:
        sys.exit(130)


@app.command()
def pretrain(
    out: Path = Option(Path("data_out/warmup"), help="folder to write the model to"),
    seed: int = Option(0, help="seed of data, order and weights"),
    cases: int | None = Option(
        None, help="programs, paths or texts in the corpus; by default 60,000, 80,000 or 240,000", min=100, max=10**8
    ),
    environment: str = Option(
        "python", help="python (half an hour on two cores), things (two minutes), scenes (half an hour), or a plugin's"
    ),
    plugin: str | None = Option(None, help="Python file of your own with an environment and a recipe"),
    start: str | None = Option(None, help="model to warm up further, by name or folder; give another seed than it had"),
    only: str | None = Option(
        None,
        help="a control: texts of this role alone (propose, solve), or answers of this task type and all proposals",
    ),
) -> None:
    """Warm up the tiny policy of an environment, from nothing unless --start names one, on tasks of its grammar.

    Writes the model, its tokenizer, its loss curve and a model card with held-out scores. Called again after an
    interruption, it goes on from the last checkpoint.
    """
    from contextlib import closing

    from azr_nb.config import ConfigError, make_config
    from azr_nb.environments import any_environment
    from azr_nb.evaluation.held_out import evaluate, score_table
    from azr_nb.evaluation.temperature import best_temperature, keep, temperature_scores
    from azr_nb.learning.warmup import ONLY, RECIPES, write_card
    from azr_nb.learning.warmup import pretrain as run
    from azr_nb.policy.load import load_policy
    from azr_nb.rewards import load_plugin
    from azr_nb.runs.train import quiet

    quiet()
    if plugin is not None:
        load_plugin(plugin)
    if environment not in RECIPES:
        raise ConfigError(f"no recipe for a warm-up in the environment {environment!r}: there are {', '.join(RECIPES)}")
    if only is not None and only not in ONLY:
        raise ConfigError(f"--only {only}: choose one of {', '.join(ONLY)}")
    summary = run(out, seed, cases, environment=environment, start=start, only=only)
    config = make_config(usual_preset(None, environment), environment=environment, seed=seed)
    with closing(any_environment(config)) as tasks:
        policy = load_policy(str(out))
        scores = evaluate(policy, tasks)
        keep(out, best_temperature(temperature_scores(policy, tasks, config, tasks=100, samples=1)))
    write_card(out, summary, scores, seed, environment)
    print(score_table({"before": scores}))
    print(f"Model and card: {out}")


def _free_folder() -> Path:
    """The first of data_out/run, data_out/run-2, ... that is not there yet."""
    names = itertools.chain(["run"], (f"run-{i}" for i in itertools.count(2)))
    return next(path for name in names if not (path := Path("data_out") / name).exists())


for name, command in {
    "eval": evaluate.evaluate_command,
    "export": runs.export_command,
    "baseline": runs.baseline_command,
    "runs": runs.runs_command,
    "report": runs.report_command,
    "prompt": reference.prompt_command,
    "config": reference.config_command,
    "explain": reference.explain_command,
    "recipe": reference.recipe_command,
    "compare": tools.compare,
    "rewards": tools.rewards,
    "verify": tools.verify,
    "serve": tools.serve,
    "doctor": tools.doctor,
    "sweep": sweep.sweep,
    "new": new.new,
    "course": course.course,
    "lab": course.lab,
    "class-report": teach.class_report,
}.items():
    app.command(name)(command)
app.command("judge", hidden=True)(tools.verify)  # as it was called before
# typer brings a click of its own; this is its base class of everything that is wrong with a command line
_UsageError = typer.BadParameter.__mro__[1]


def main() -> None:
    """Entry point of `azr-nb`."""
    run_app(app)


def run_app(app: typer.Typer) -> None:
    """Run a command line: every error that a user can mend is one line on standard error and exit code 2."""
    with patient_output():
        try:
            code = app(standalone_mode=False)
            sys.stdout.flush()
            sys.exit(code if isinstance(code, int) else 0)
        except _UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                print(error.format_message())
                sys.exit(0)
            print(f"error: {' '.join(error.format_message().split())} (see azr-nb --help)", file=sys.stderr)
            sys.exit(2)
        except (KeyboardInterrupt, typer.Abort):
            print("interrupted", file=sys.stderr)
            sys.exit(130)
        except Exception as error:
            line = one_line(error)
            if line is None:
                raise
            print(f"error: {line}", file=sys.stderr)
            sys.exit(2)
