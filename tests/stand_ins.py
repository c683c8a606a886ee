"""Made-up steps for tests without a model: rollouts of both roles, their solve-rate groups, and the buffer behind."""

from __future__ import annotations

import random
from types import SimpleNamespace

from azr_nb.buffer import Buffer
from azr_nb.tasks import Proposal, Rollout, Task, Verdict

MESSAGE = "# adds"


def program_of(number: int, name: str = "a") -> str:
    return f"def f({name}):\n    b = {name} + {number}\n    return b * 2"


def task_of(kind: str, number: int, parents: tuple[str, ...] = (), step: int = -1) -> Task:
    pairs = tuple((str(i), str(2 * (i + number))) for i in range(6 if kind == "induction" else 1))
    induction = kind == "induction"
    return Task(kind, program_of(number), pairs, 3 * induction, MESSAGE * induction, parents, step)


def seeded_buffer(tasks: int = 4, kinds: tuple[str, ...] = ("deduction", "abduction", "induction")) -> Buffer:
    buffer = Buffer(1000)
    for kind in kinds:
        for number in range(tasks):
            buffer.add(task_of(kind, number))
    return buffer


def step_of(config, step: int, buffer: Buffer, seed: int = 0):
    """`(rollouts, rate_groups, recent)` of a step in which one proposal in four fails; new tasks enter the buffer."""
    rng = random.Random(seed)
    proposals, rate_groups, own_groups = [], [], []
    for kind in config.task_types:
        for i in range(config.proposals_per_type):
            rollout = Rollout("propose", kind, "prompt", "text", [1, 2], [3] * rng.randint(5, 30))
            if i % 4 == 3:
                rollout.verdict = Verdict("unparsable")
            else:
                parents = tuple(task.id for task in rng.sample(buffer.of_type(kind), 2))
                rollout.task = task_of(kind, 100 * step + 10 + i, parents, step)
                rollout.proposal = Proposal(kind, rollout.task.program, ("1",))
                rollout.verdict, rollout.reward = Verdict("ok"), 0.5
            rollout.group = f"propose/{kind}"
            proposals.append(rollout)
        for task in rng.sample(buffer.of_type(kind), config.solve_tasks_per_type):
            own_groups.append(answers_of(task, config.solve_samples, rng.random(), rng))
    for rollout in proposals:
        if rollout.task:
            buffer.add(rollout.task)
            group = answers_of(rollout.task, config.solve_rate_samples, rng.random(), rng)
            rollout.solve_rate = group[0].solve_rate
            rate_groups.append(group)
    recent = [r.proposal.program for r in proposals if r.proposal and r.type != "induction"]
    return proposals + [r for group in rate_groups + own_groups for r in group], rate_groups, recent


def answers_of(task: Task, n: int, rate: float, rng: random.Random) -> list[Rollout]:
    """n answers, each right with probability `rate`."""
    group = [Rollout("solve", task.type, "prompt", "text", [1], [3] * rng.randint(5, 30), task=task) for _ in range(n)]
    for rollout in group:
        rollout.verdict = Verdict("ok" if rng.random() < rate else "wrong")
        rollout.reward = 1.0 if rollout.verdict.ok else -0.5
        rollout.group = f"solve/{task.type}/{task.id}"
    for rollout in group:
        rollout.solve_rate = sum(r.verdict.ok for r in group) / n
    return group


def stand_in_policy(tokenizer=None):
    """A policy that speaks the compact prompt format and has no model behind it."""
    if tokenizer is None:
        tokenizer = SimpleNamespace(decode=lambda ids: "", eos_token_id=1)
    encode = lambda prompts, special=True: tokenizer(prompts, add_special_tokens=False)["input_ids"]  # noqa: E731
    return SimpleNamespace(
        tokenizer=tokenizer,
        name="stand-in",
        compact=True,
        environment="python",
        fast=True,
        packs=True,
        encode=encode,
        placement=SimpleNamespace(device="cpu"),
        model=SimpleNamespace(config=SimpleNamespace()),
        stops=lambda strings=(), keep=False: SimpleNamespace(text=lambda prompt, ids: tokenizer.decode(ids)),
    )
