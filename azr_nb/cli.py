"""The command line: `azr-nb train | eval | pretrain`, and the others in `commands`."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from azr_nb.commands import reference, runs, site, sweep, teach, tools
from azr_nb.commands.notebooks import notebooks

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
    preset: Annotated[
        str | None, typer.Option(help="named settings: classroom (CPU, minutes; the default) or paper")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="the run folder to write; by default the first free of data_out/run, run-2, ...")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="number of self-play steps")] = None,
    seed: Annotated[int | None, typer.Option(help="seed of every random source")] = None,
    model: Annotated[str | None, typer.Option(help="'tiny', or a folder with a model or a run")] = None,
    plugin: Annotated[str | None, typer.Option(help="Python file of your own that registers rewards")] = None,
    proposer_reward: Annotated[
        str | None, typer.Option(help="name of the proposer's reward (see azr-nb rewards)")
    ] = None,
    solver_reward: Annotated[str | None, typer.Option(help="name of the solver's reward")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with the run in --out")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="write report.html at the end")] = True,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="any other setting, as name=value; may be given several times")
    ] = None,
) -> None:
    """Run self-play and write the run folder.

    Example: azr-nb train --preset classroom --steps 20 --seed 7 --out data_out/first
    """
    from azr_nb.config import ConfigError, make_config
    from azr_nb.evaluate import score_table
    from azr_nb.team import team
    from azr_nb.train import train as run

    named = {"preset": preset, "steps": steps, "seed": seed, "model": model, "plugin": plugin,
             "proposer_reward": proposer_reward, "solver_reward": solver_reward}  # fmt: skip
    chosen = {name: value for name, value in named.items() if value is not None}
    config = None
    if resume and out is None:
        raise ConfigError("--resume needs --out: name the run folder to go on with")
    if resume and (chosen or setting):
        raise ConfigError("--resume takes every setting from the run's config.yaml: give no other option but --out")
    if not resume:
        config = make_config(**_settings(setting, chosen))
    us = team()
    result = run(config, us.from_main(out or _free_folder()), resume, report=report)
    if not us.main:
        return
    print(score_table(result.summary))
    print(f"Report: {result.report}" if result.report else f"Run: {result.folder}")
    if result.interrupted:
        sys.exit(130)


@app.command("eval")
def evaluate_command(
    model: Annotated[str, typer.Option(help="'tiny', a model folder, or a run folder")] = "tiny",
    suite: Annotated[
        str, typer.Option(help="held-out (both suites), own, harder, or a file of executions (see --ask)")
    ] = "held-out",
    ask: Annotated[str, typer.Option(help="a file's lines as deduction or as abduction")] = "deduction",
    tasks: Annotated[int, typer.Option(help="tasks per task type and suite", min=1)] = 200,
    samples: Annotated[int, typer.Option(help="samples per task at temperature 1", min=1)] = 4,
    seed: Annotated[int, typer.Option(help="seed of the sampling")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Score a policy on the held-out suites: solve rates by task type with 95 % intervals.

    A file of your own has a JSON object on each line, such as
    {"program": "def f(a): return a + 1", "input": "3", "output": "4"}; CRUXEval and LiveCodeBench-Execution fit.
    """
    from azr_nb.config import ConfigError
    from azr_nb.dialects.compact import CompactDialect
    from azr_nb.evaluate import SUITES, evaluate, score_table
    from azr_nb.policy import check_dialect, load_policy
    from azr_nb.suites import read_suite, spelt
    from azr_nb.train import quiet
    from azr_nb.worlds.python_programs import PythonPrograms

    suites = SUITES if suite == "held-out" else (suite,)
    if suite != "held-out" and suite not in SUITES:
        if not Path(suite).is_file():
            raise ConfigError(f"unknown suite {suite!r}: choose held-out, {', '.join(SUITES)}, or a file")
        read, problems = read_suite(Path(suite), ask)
    quiet()
    policy = load_policy(model)
    check_dialect(policy)
    if suite != "held-out" and suite not in SUITES:
        readable = spelt(read, policy.tokenizer, CompactDialect())
        if not readable:
            raise ConfigError(f"the tokenizer of {model!r} can spell none of the tasks of {suite}")
        left_out = len(problems) + len(read) - len(readable)
        if left_out:
            print(f"left out {left_out} of {len(problems) + len(read)} lines: {len(problems)} hold no task of plain "
                  f"values, {len(read) - len(readable)} cannot be spelt", file=sys.stderr)  # fmt: skip
        suites = {Path(suite).stem: readable}
    world = PythonPrograms()
    try:
        scores = evaluate(policy, world, suites, tasks, samples, seed)
    finally:
        world.close()
    print(json.dumps(scores, indent=1) if as_json else score_table({"before": scores}))


@app.command()
def pretrain(
    out: Annotated[Path, typer.Option(help="folder to write the model to")] = Path("data_out/warmup"),
    seed: Annotated[int, typer.Option(help="seed of data, order and weights")] = 0,
    cases: Annotated[int, typer.Option(help="programs in the corpus", min=100)] = 60_000,
) -> None:
    """Warm up the tiny policy from nothing on programs of the grammar (about half an hour on two cores).

    Writes the model, its tokenizer, its loss curve and a model card with held-out scores. Called again after an
    interruption, it goes on from the last checkpoint.
    """
    from azr_nb.evaluate import evaluate, score_table
    from azr_nb.policy import load_policy
    from azr_nb.pretrain import pretrain as run
    from azr_nb.pretrain import write_card
    from azr_nb.train import quiet
    from azr_nb.worlds.python_programs import PythonPrograms

    quiet()
    summary = run(out, seed, cases)
    world = PythonPrograms()
    try:
        scores = evaluate(load_policy(str(out)), world)
    finally:
        world.close()
    write_card(out, summary, scores, seed, cases)
    print(score_table({"before": scores}))
    print(f"Model and card: {out}")


def _free_folder() -> Path:
    """The first of data_out/run, data_out/run-2, ... that is not there yet."""
    names = itertools.chain(["run"], (f"run-{i}" for i in itertools.count(2)))
    return next(path for name in names if not (path := Path("data_out") / name).exists())


def _settings(pairs: list[str] | None, chosen: dict) -> dict:
    """The options and the --set pairs together; a name may be given once."""
    import yaml

    from azr_nb.config import ConfigError

    settings = dict(chosen)
    for pair in pairs or []:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not sign:
            raise ConfigError(f"--set {pair!r} is not of the form name=value")
        if name in settings:
            raise ConfigError(f"{name} is given twice")
        try:
            settings[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--set {pair!r}: the value cannot be read; quote it") from None
    return settings


for commands in (runs, reference, tools, sweep, teach, site):
    commands.register(app)
app.add_typer(notebooks)
# typer brings a click of its own; this is its base class of everything that is wrong with a command line
_UsageError = typer.BadParameter.__mro__[1]


def main() -> None:
    """Entry point: every error a user can mend is one line on standard error and exit code 2."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            sys.exit(0)
        print(f"error: {' '.join(error.format_message().split())} (see azr-nb --help)", file=sys.stderr)
        sys.exit(2)
    except (ValueError, RuntimeError) as error:
        if type(error).__module__.startswith("azr_nb."):
            print(f"error: {error}", file=sys.stderr)
            sys.exit(2)
        raise
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
