"""`azr-nb eval`: a policy on held-out suites or on a file of tasks, or two policies on the same tasks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def evaluate_command(
    model: Annotated[str | None, typer.Option(help="'tiny' (the default), a model folder, or a run folder")] = None,
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="two of them instead, paired on the same tasks: second minus first")
    ] = None,
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

    Example: azr-nb eval --compare tiny data_out/first
    """
    from azr_nb.compare import paired_rows, paired_table
    from azr_nb.config import ConfigError
    from azr_nb.evaluate import score_table, summarise, task_scores
    from azr_nb.policy import check_dialect, load_policy
    from azr_nb.train import quiet
    from azr_nb.worlds.python_programs import PythonPrograms

    if compare is not None and model is not None:
        raise ConfigError("--compare names both policies: leave out --model")
    quiet()
    policies = [load_policy(name) for name in compare or (model or "tiny",)]
    for policy in policies:
        check_dialect(policy)
    suites = _suites(suite, ask, policies)
    world = PythonPrograms()
    try:
        scores = [task_scores(policy, world, suites, tasks, samples, seed) for policy in policies]
    finally:
        world.close()
    if compare is not None:
        rows = paired_rows(*scores)
        print(json.dumps({"first": compare[0], "second": compare[1], "rows": rows}, indent=1) if as_json
              else paired_table(rows, *compare))  # fmt: skip
        return
    summary = summarise(scores[0], samples)
    print(json.dumps(summary, indent=1) if as_json else score_table({"before": summary}))


def _suites(suite: str, ask: str, policies: list):
    """The suites by name, or the tasks of a file that every policy's tokenizer can spell."""
    from azr_nb.config import ConfigError
    from azr_nb.dialects.compact import CompactDialect
    from azr_nb.evaluate import SUITES
    from azr_nb.suites import read_suite, spelt

    if suite == "held-out":
        return SUITES
    if suite in SUITES:
        return (suite,)
    if not Path(suite).is_file():
        raise ConfigError(f"unknown suite {suite!r}: choose held-out, {', '.join(SUITES)}, or a file")
    read, problems = read_suite(Path(suite), ask)
    readable = read
    for policy in policies:
        readable = spelt(readable, policy.tokenizer, CompactDialect())
    if not readable:
        raise ConfigError(f"the tokenizer of {policies[0].name!r} can spell none of the tasks of {suite}")
    left_out = len(problems) + len(read) - len(readable)
    if left_out:
        print(f"left out {left_out} of {len(problems) + len(read)} lines: {len(problems)} hold no task of plain "
              f"values, {len(read) - len(readable)} cannot be spelt", file=sys.stderr)  # fmt: skip
    return {Path(suite).stem: readable}


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("eval")(evaluate_command)
