"""A policy on a benchmark: prompts, completions, verdicts and scores, greedy and sampled.

Execution benchmarks are asked in the policy's prompt format, exactly as its own tasks. Functions are completed behind
their head, or asked for in a chat if the policy's prompt format is made for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.environments.python_programs.suites import spelt
from azr_nb.evaluation.benchmarks.core import Benchmark
from azr_nb.evaluation.benchmarks.execution import RULES
from azr_nb.evaluation.benchmarks.judge import judge_functional
from azr_nb.evaluation.benchmarks.results import Scores
from azr_nb.policy.roles import Roles
from azr_nb.prompts import PromptFormat, Unparsable
from azr_nb.tasks import Task, Verdict

FUNCTION_TOKENS = 320  # most that a function may take; the canonical solutions of HumanEval need up to about that


@dataclass(frozen=True)
class Answers:
    """What a policy said to a benchmark in one mode: prompts, completions of each, and their verdicts."""

    scores: Scores
    prompts: list[str]
    completions: list[list[str]]
    verdicts: list[list[Verdict]]

    @property
    def values(self) -> list[float]:
        """The share of right completions of each item."""
        return [right / self.scores.samples for right in self.scores.right]


def run_benchmark(
    policy,
    benchmark: Benchmark,
    environment: PythonPrograms,
    config: SelfPlayConfig,
    mode: str,
    samples: int = 1,
    on_drawn: Callable[[int], object] | None = None,
) -> Answers:
    """Ask the policy every item, greedily or sampled at `config.eval_temperature`.

    The same policy, benchmark, seed and machine give the same answers. Raises `ConfigError` for a format that the
    policy cannot have.
    """
    n, temperature = (1, 0.0) if mode == "greedy" else (samples, config.eval_temperature)
    roles, prompts = _asked(policy, benchmark, environment, config)
    roles.on_drawn = on_drawn
    if benchmark.kind == "functional":
        groups = roles.sample(prompts, n, "benchmark", mode, temperature=temperature)
        completions = [[rollout.completion for rollout in group] for group in groups]
        flat = [(item, text) for item, texts in zip(benchmark.items, completions, strict=True) for text in texts]
        judged = judge_functional([item for item, _ in flat], [text for _, text in flat], environment.executor)
        verdicts = [judged[i : i + n] for i in range(0, len(judged), n)]
    else:
        groups = roles.solve([item.task for item in benchmark.items], n, "benchmark", mode, temperature=temperature)
        completions = [[rollout.completion for rollout in group] for group in groups]
        verdicts = [[rollout.verdict for rollout in group] for group in groups]
    return Answers(Scores.of(benchmark, mode, verdicts), prompts, completions, verdicts)


def length_of(benchmark: Benchmark, config: SelfPlayConfig) -> int:
    """The most tokens of a completion: what the config says, and enough for a function where one is asked for."""
    return max(config.max_new_tokens, FUNCTION_TOKENS) if benchmark.kind == "functional" else config.max_new_tokens


def _asked(
    policy, benchmark: Benchmark, environment: PythonPrograms, config: SelfPlayConfig
) -> tuple[Roles, list[str]]:
    """Who asks the policy, with the lengths and stops of the benchmark; and the prompt of each item."""
    config = config.model_copy(update={"max_new_tokens": length_of(benchmark, config)})
    roles = Roles(config, policy, environment.under(RULES))
    if benchmark.kind != "functional":
        return roles, [roles.prompt_format.solve_prompt(item.task) for item in benchmark.items]
    chat = getattr(roles.prompt_format, "template", None)
    if chat is None:
        roles.stops = policy.stops(benchmark.items[0].stops if benchmark.items else ())
        return roles, [item.prompt for item in benchmark.items]
    request = "Complete this Python function. Write the whole function in a fenced block named python.\n\n{}"
    roles.stops = policy.stops()
    return roles, [chat([{"role": "user", "content": request.format(item.prompt)}]) for item in benchmark.items]


def gold_answers(benchmark: Benchmark, environment: PythonPrograms, prompt_format: PromptFormat) -> Answers:
    """The benchmark's own answers in a model's place: spelt in the prompt format, parsed and verified like completions.

    All of them should be right; what is not shows a fault of the path, or an item that cannot be verified here.
    """
    if benchmark.kind == "functional":
        texts = [item.canonical for item in benchmark.items]
        verdicts = judge_functional(benchmark.items, texts, environment.executor)
        prompts = [item.prompt for item in benchmark.items]
    else:
        tasks = [item.task for item in benchmark.items]
        texts = [prompt_format.answer_text(task.type, gold_of(task)) for task in tasks]
        verdicts = _judged(tasks, texts, environment, prompt_format)
        prompts = [prompt_format.solve_prompt(task) for task in tasks]
    scores = Scores.of(benchmark, "greedy", [[one] for one in verdicts])
    return Answers(scores, prompts, [[text] for text in texts], [[one] for one in verdicts])


def gold_of(task: Task) -> str:
    """The recorded answer to a deduction or abduction task."""
    return task.output if task.type == "deduction" else task.input


def _judged(
    tasks: Sequence[Task], texts: Sequence[str], environment: PythonPrograms, prompt_format: PromptFormat
) -> list[Verdict]:
    verdicts, answers, places = [Verdict("unparsable")] * len(tasks), [], []
    for i, (task, text) in enumerate(zip(tasks, texts, strict=True)):
        try:
            answers.append(prompt_format.parse_answer(task.type, text))
            places.append(i)
        except Unparsable as error:
            verdicts[i] = Verdict("unparsable", str(error))
    for i, verdict in zip(places, environment.under(RULES).check([tasks[i] for i in places], answers), strict=True):
        verdicts[i] = verdict
    return verdicts


def of_file(name: str, tasks: Sequence[Task], rows: int, problems: Sequence[str], source: str) -> Benchmark:
    """A benchmark from the tasks of a file of executions, all of one type."""
    from azr_nb.evaluation.benchmarks.core import ExecutionItem

    items = tuple(ExecutionItem(str(number), task) for number, task in enumerate(tasks, 1))
    return Benchmark(name, tasks[0].type, source, items, rows, tuple(problems))


def readable(benchmark: Benchmark, policy, environment: PythonPrograms, config: SelfPlayConfig) -> Benchmark:
    """The benchmark without what the policy cannot read, each with a sentence among the problems.

    That is what its tokenizer cannot spell, and prompts that leave no room in its context for an answer.
    """
    roles, prompts = _asked(policy, benchmark, environment, config)
    why = {}
    if benchmark.kind != "functional":
        kept = {id(t) for t in spelt([i.task for i in benchmark.items], policy.tokenizer, roles.prompt_format)}
        why = {id(i): "the tokenizer cannot spell it" for i in benchmark.items if id(i.task) not in kept}
    for item, prompt in zip(benchmark.items, prompts, strict=True):
        if not roles.fits(prompt):
            why.setdefault(id(item), f"its prompt has more than the {roles.max_prompt_tokens} tokens that it may have")
    items = tuple(item for item in benchmark.items if id(item) not in why)
    lost = tuple(f"{item.id}: {why[id(item)]}" for item in benchmark.items if id(item) in why)
    return replace(benchmark, items=items, problems=benchmark.problems + lost)
