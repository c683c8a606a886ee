"""What `azr-nb eval` does between its options and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.environments.python_programs.suites import read_suite
from azr_nb.evaluation.benchmarks import Benchmark, load_benchmark
from azr_nb.evaluation.benchmarks.judge import judgeable
from azr_nb.evaluation.benchmarks.load import BENCHMARKS
from azr_nb.evaluation.benchmarks.run import Answers, gold_answers, length_of, of_file, readable, run_benchmark
from azr_nb.evaluation.held_out import EVALUATED, task_scores
from azr_nb.policy.load import check_spelling
from azr_nb.prompts import prompt_format_for

THOUGHTS = 1024  # tokens for thoughts and an answer, where nothing else is said


def settings(policies: Sequence, asked: Mapping[str, Any]) -> list[SelfPlayConfig]:
    """How policies are asked, but for what `asked` gives: as its run asked it, or as the preset for its kind does.

    A policy without a run is asked like one of its kind that has one, so that the two can be compared.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    runs = [Path(policy.name) / "config.yaml" for policy in policies]
    own = [load_config(run) if run.is_file() else None for run in runs]
    configs = []
    for policy, base in zip(policies, own, strict=True):
        check_spelling(policy)
        alike = (
            config
            for other, config in zip(policies, own, strict=True)
            if config is not None and other.compact == policy.compact
        )
        base = base or next(alike, None)
        values = {
            name: getattr(base or make_config("classroom" if policy.compact else "laptop"), name) for name in EVALUATED
        }
        if base is None and given.get("prompt_format") == "r1":
            values["max_new_tokens"] = THOUGHTS
        configs.append(make_config("classroom", **values | given))
    return configs


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


def prepared(
    benchmark: Benchmark,
    policies: Sequence,
    configs: Sequence[SelfPlayConfig],
    environment: PythonPrograms,
    limit: int | None,
) -> Benchmark:
    """The items that can be verified here and that every policy can read, up to the limit."""
    benchmark = judgeable(benchmark, environment.executor)
    for policy, config in zip(policies, configs, strict=True):
        benchmark = readable(benchmark, policy, environment, config)
    if not benchmark.items:
        raise ConfigError(f"{benchmark.source} holds nothing that can be verified and read: {benchmark.problems[0]}")
    return replace(benchmark, items=benchmark.items[:limit])


def answers(
    policy, benchmark: Benchmark, environment: PythonPrograms, config: SelfPlayConfig, samples: int, gold: bool
) -> list[Answers]:
    """Greedy and sampled answers, or the benchmark's own."""
    if gold:
        return [gold_answers(benchmark, environment, prompt_format_for(config, policy))]
    modes = ["greedy", *(["sampled"] if samples else [])]
    with tqdm(
        total=len(benchmark.items) * (samples + 1),
        desc=benchmark.key,
        unit="answer",
        dynamic_ncols=True,
        leave=False,
        disable=None,
    ) as bar:
        return [run_benchmark(policy, benchmark, environment, config, mode, samples, bar.update) for mode in modes]


def form_of(policy, benchmark: Benchmark, config: SelfPlayConfig) -> dict[str, Any]:
    """How a policy was asked, for the results: prompt format, solved examples in its prompts, temperature, lengths."""
    prompt_format, functional = prompt_format_for(config, policy), benchmark.kind == "functional"
    return {
        "prompt_format": prompt_format.name,
        "num_fewshot": 0 if functional else getattr(prompt_format, "shots", 0),
        "temperature": config.eval_temperature,
        "source": policy.source,
        "max_new_tokens": length_of(benchmark, config),
    }


def as_scores(benchmark: Benchmark, found: Sequence[Answers]) -> dict[str, dict[str, dict[str, list[float]]]]:
    """In the form of `evaluate.task_scores`, for pairing."""
    return {benchmark.key: {benchmark.kind: {one.scores.mode: one.values for one in found}}}


def held_out_scores(policies, configs, environment, suites, tasks: int, samples: int) -> list:
    """`evaluate.task_scores` of each policy. Raises `ConfigError` without samples, which these suites always have."""
    if samples < 1:
        raise ConfigError("held-out suites are sampled as well: give --samples of at least 1")
    return [
        task_scores(policy, environment, suites, tasks, samples, config.seed, config, progress=True)
        for policy, config in zip(policies, configs, strict=True)
    ]


def show(name: str, found: Sequence[Answers], count: int, stream=None) -> None:
    """Print the first prompts, what the policy said to them, and what the verifier said of that."""
    for one in found:
        for prompt, texts, verdicts in list(zip(one.prompts, one.completions, one.verdicts, strict=True))[:count]:
            lines = [f"--- {name}, {one.scores.benchmark.label}, {one.scores.mode}", prompt]
            for text, verdict in zip(texts, verdicts, strict=True):
                lines += [f">>> {text}", f"    {verdict.status}: {verdict.reason}"]
            print("\n".join(lines), file=stream)
