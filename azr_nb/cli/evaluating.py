"""What `azr-nb eval` does between its options and its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from azr_nb.cli.options import usual_preset
from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config
from azr_nb.config.files import write_atomic
from azr_nb.environments import Environment, PythonPrograms, any_environment
from azr_nb.environments.python_programs.suites import read_suite
from azr_nb.environments.things import looks_table
from azr_nb.evaluation.benchmarks import Benchmark, load_benchmark
from azr_nb.evaluation.benchmarks.judge import judgeable
from azr_nb.evaluation.benchmarks.load import BENCHMARKS
from azr_nb.evaluation.benchmarks.results import results_document, sample_lines, score_rows, score_table
from azr_nb.evaluation.benchmarks.run import Answers, gold_answers, length_of, of_file, readable, run_benchmark
from azr_nb.evaluation.held_out import EVALUATED, summarise, task_scores
from azr_nb.evaluation.held_out import score_table as held_out_table
from azr_nb.evaluation.looks import policy_looks
from azr_nb.evaluation.temperature import FILE, best_temperature, keep, temperature_scores, temperature_table
from azr_nb.policy.load import check_spelling
from azr_nb.policy.models import made_for
from azr_nb.prompts import prompt_format_for
from azr_nb.runs.compare import Scores, paired_rows, paired_table
from azr_nb.runs.text_table import text_table

Asked = Sequence[tuple[Any, SelfPlayConfig]]  # policies, each with how it is asked
THOUGHTS = 1024  # tokens for thoughts and an answer, where nothing else is said


def settings(policies: Sequence, asked: Mapping[str, Any]) -> list[SelfPlayConfig]:
    """How policies are asked, but for what `asked` gives: as its run asked it, or as the preset for its kind does.

    A policy without a run is asked like one of its kind that has one, so that the two can be compared.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    runs = [Path(policy.name) / "config.yaml" for policy in policies]
    own = [(policy.environment, load_config(run)) for policy, run in zip(policies, runs, strict=True) if run.is_file()]
    configs = []
    for policy, run in zip(policies, runs, strict=True):
        alike = [config for made_for, config in own if made_for == policy.environment]
        base = load_config(run) if run.is_file() else next(iter(alike), None)
        usual = base or make_config(usual_preset(policy.name))
        values = {name: getattr(usual, name) for name in (*EVALUATED, "environment", "task_types")}
        if base is None and given.get("prompt_format") == "r1":
            values["max_new_tokens"] = THOUGHTS
        config = make_config(usual_preset(None, usual.environment), **values | given)
        check_spelling(policy, prompt_format_for(config, policy).probe)
        configs.append(config)
    if len({config.environment for config in configs}) > 1:
        raise ConfigError("the two are of different environments: they cannot be compared on the same tasks")
    return configs


def suites_of(name: str) -> tuple[str, ...]:
    """The held-out suites of the environment that a policy, by its name, belongs to, with those asked for by name."""
    run = Path(name).expanduser() / "config.yaml"
    made = made_for(name) or "python"
    with suppress(ConfigError):  # loading the policy will say what is wrong with the folder
        made = load_config(run).environment if run.is_file() else made
    environment = any_environment(make_config(usual_preset(None, made), environment=made))
    return (*environment.suites, *environment.other_suites)


def usual_tasks(policies: Sequence) -> int:
    """How many held-out tasks of a row are asked where nobody says: all, or as many as a language model can do."""
    return 60 if any(policy.parameters > 10**7 for policy in policies) else 10_000


def asked_differently(configs: Sequence[SelfPlayConfig]) -> str:
    """In words what the settings of policies that are compared do not have in common; empty if nothing."""
    parts = []
    for name in EVALUATED:
        values = dict.fromkeys(str(getattr(config, name)) for config in configs)
        parts += [f"{name} {' and '.join(values)}"] if len(values) > 1 else []
    return ", ".join(parts)


def benchmark_of(suite: str, data: Path | None, ask: str | None) -> Benchmark:
    """A benchmark by name, or the executions of a file. Limits come later, when it is known what can be verified."""
    if suite in BENCHMARKS:
        if ask is not None:
            raise ConfigError(f"--ask belongs to a file of executions; {suite} names its direction")
        return load_benchmark(suite, data)
    if data is not None:
        raise ConfigError("--data belongs to a benchmark's name; a file of your own is the --suite itself")
    tasks, problems = read_suite(Path(suite), ask or "deduction")
    return of_file(Path(suite).stem, tasks, len(tasks) + len(problems), problems, suite)


def prepared(benchmark: Benchmark, asked: Asked, environment: PythonPrograms, limit: int | None) -> Benchmark:
    """The items that can be verified here and that every policy can read, up to the limit."""
    benchmark = judgeable(benchmark, environment.executor)
    for policy, config in asked:
        benchmark = readable(benchmark, policy, environment, config)
    if not benchmark.items:
        raise ConfigError(f"{benchmark.source} holds nothing that can be verified and read: {benchmark.problems[0]}")
    return replace(benchmark, items=benchmark.items[:limit])


def benchmark_answers(
    benchmark: Benchmark, asked: Asked, environment: PythonPrograms, samples: int, gold: bool
) -> list[list[Answers]]:
    """Each policy's greedy and sampled answers, or the benchmark's own."""
    if gold:
        return [[gold_answers(benchmark, environment, prompt_format_for(config, policy))] for policy, config in asked]
    found, modes = [], ["greedy", "sampled"] if samples else ["greedy"]
    for policy, config in asked:
        total = len(benchmark.items) * (samples + 1)
        with tqdm(total=total, desc=benchmark.key, unit="answer", dynamic_ncols=True, leave=False, disable=None) as bar:
            to_ask = policy, benchmark, environment, config
            found.append([run_benchmark(*to_ask, mode, samples, bar.update) for mode in modes])
    return found


def form_of(policy, config: SelfPlayConfig, benchmark: Benchmark) -> dict[str, Any]:
    """How a policy was asked, for the results: prompt format, solved examples in its prompts, temperature, lengths."""
    prompt_format, functional = prompt_format_for(config, policy), benchmark.kind == "functional"
    return {
        "prompt_format": prompt_format.name,
        "num_fewshot": 0 if functional else getattr(prompt_format, "shots", 0),
        "temperature": config.eval_temperature,
        "source": policy.source,
        "max_new_tokens": length_of(benchmark, config),
    }


def held_out_scores(asked: Asked, environment: Environment, suites, tasks: int, samples: int) -> list[Scores]:
    """`task_scores` of each policy."""
    return [
        task_scores(policy, environment, suites, tasks, samples, config.seed, config, progress=True)
        for policy, config in asked
    ]


def best_of_grid(
    name: str, policy, config: SelfPlayConfig, environment: Environment, tasks: int, samples: int, as_json: bool
) -> str:
    """A policy's best temperature, kept in its folder if it is a model of one's own."""
    found = best_temperature(temperature_scores(policy, environment, config, tasks, samples, progress=True))
    text = json.dumps(found, indent=1) if as_json else temperature_table(found)
    folder = Path(name)
    if not (folder / "config.json").is_file():
        return text
    keep(folder, found)
    return text if as_json else f"{text}\nkept in {folder / FILE}"


def looks_results(policy, episodes: int, seed: int, as_json: bool) -> str:
    """Looks until one of ten things is certain, where a policy says where to look and where rules do."""
    rows = {
        "the policy": policy_looks(policy, 10, episodes, seed),
        "the policy, asked about two hypotheses at random": policy_looks(policy, 10, episodes, seed, shuffled=True),
        **looks_table(10, ("random", "nearest", "differ", "information"), episodes, seed),
    }
    if as_json:
        return json.dumps(rows, indent=1)
    table: list[tuple] = [("who chooses the look", "looks", "90 %", "right", "own")]
    for name, row in rows.items():
        own = f"{100 * row['own']:.0f}%" if "own" in row else ""
        table.append((name, f"{row['mean']:.1f}", f"{row['p90']:.0f}", f"{100 * row['right']:.0f}%", own))
    head = f"ten things in memory, {episodes} episodes; own: looks that are the policy's, the others are random"
    return f"{head}\n{text_table(table, '<>>>>')}"


def as_scores(found: Sequence[Sequence[Answers]]) -> list[Scores]:
    """Each policy's answers to a benchmark in the form of `task_scores`, for pairing."""
    benchmark = found[0][0].scores.benchmark
    return [{benchmark.key: {benchmark.kind: {one.scores.mode: one.values for one in answers}}} for answers in found]


def show(name: str, found: Sequence[Answers], count: int, stream=None) -> None:
    """Print the first prompts, what the policy said to them, and what the verifier said of that."""
    for one in found:
        for prompt, texts, verdicts in list(zip(one.prompts, one.completions, one.verdicts, strict=True))[:count]:
            lines = [f"--- {name}, {one.scores.benchmark.label}, {one.scores.mode}", prompt]
            for text, verdict in zip(texts, verdicts, strict=True):
                lines += [f">>> {text}", f"    {verdict.status}: {verdict.reason}"]
            print("\n".join(lines), file=stream)


# --- what is printed -------------------------------------------------------------------------------------------------
def comparison(scores: Sequence[Scores], names: tuple[str, str], as_json: bool) -> str:
    """Two policies, paired task by task."""
    rows = paired_rows(*scores)
    if as_json:
        return json.dumps({"first": names[0], "second": names[1], "rows": rows}, indent=1)
    return paired_table(rows, *names)


def held_out_results(
    scores: Scores, config: SelfPlayConfig, samples: int, as_json: bool, environment: Environment
) -> str:
    """One policy on held-out suites."""
    summary = summarise(scores, samples, environment)
    if as_json:
        return json.dumps(summary, indent=1)
    return held_out_table({"before": summary, "config": {"eval_temperature": config.eval_temperature}})


def benchmark_results(
    name: str, found: Sequence[Answers], form: dict[str, Any], out: Path | None, as_json: bool
) -> str:
    """One policy on a benchmark; with `out` the files are written too."""
    ks = [k for k in (1, 2, 4, 8, 16, 32, 64) if k <= max(1, form["samples"])]
    scores = [one.scores for one in found]
    document = json.dumps(results_document(scores, name, ks, form), indent=1)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(out / "results.json", document + "\n")
        for one in found:
            benchmark, mode = one.scores.benchmark, one.scores.mode
            lines = sample_lines(benchmark, mode, one.prompts, one.completions, one.verdicts)
            write_atomic(out / f"samples_{benchmark.key}_{mode}.jsonl", "".join(f"{line}\n" for line in lines))
    return document if as_json else score_table(score_rows(scores, ks))
