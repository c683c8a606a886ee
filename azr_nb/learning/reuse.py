"""More to learn from the same answers than the paper takes: hindsight, replay, and credit for right lines.

Each is off unless its setting is on. They touch what is trained on alone: rewards, solve rates and metrics stay as
they are.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from azr_nb.buffer import Buffer
from azr_nb.policy.roles import Roles
from azr_nb.tasks import Rollout, Task

RARE = 0.25  # highest solve rate of a task whose right answers are kept for replay


def hindsight(roles: Roles, rollouts: Sequence[Rollout], rng: random.Random) -> list[Rollout]:
    """Wrong answers as right ones to the tasks that they do answer; at most `hindsight_share` of all answers.

    Hindsight experience replay (arXiv 1707.01495) does so with goals. With `hindsight_outputs` wrong deduction answers
    count too, and the executor's output stands in their place: that part is supervised learning.
    """
    config, environment = roles.config, roles.environment
    if not config.hindsight_share:
        return []
    answers = trained_answers(rollouts)
    wrong = [r for r in answers if r.answer is not None and not r.verdict.ok]
    found = [(r, environment.hindsight(r.task, r.answer)) for r in wrong]
    asked = [(r, proposal) for r, proposal in found if proposal or config.hindsight_outputs and r.type == "deduction"]
    asked = rng.sample(asked, min(len(asked), int(config.hindsight_share * len(answers))))
    other = [(r, proposal) for r, proposal in asked if proposal is not None]
    made = []
    for (r, _), (task, _) in zip(other, environment.validate([proposal for _, proposal in other]), strict=True):
        if task is not None and roles.fits(roles.prompt_format.solve_prompt(task)):
            made.append(replace(r, **asked_for(roles, task), advantage=config.hindsight_weight, log_probs=[]))
    failed = [r for r, proposal in asked if proposal is None]
    for r, (answer, lines) in zip(failed, environment.solutions([r.task for r in failed]), strict=True):
        text = roles.prompt_format.answer_text(r.type, answer, lines)
        made.append(written(roles, r.task, text, config.hindsight_weight))
    return made


def remember_rare(buffer: Buffer, groups: Sequence[Sequence[Rollout]]) -> None:
    """Keep a right answer to each task of the buffer that was solved, in at most a quarter of the samples."""
    for group in groups:
        if 0 < group[0].solve_rate <= RARE and buffer.get(group[0].task.id) is not None:
            buffer.rare[group[0].task.id] = next(r.completion for r in group if r.verdict.ok)


def replay(roles: Roles, rollouts: Sequence[Rollout], rng: random.Random) -> list[Rollout]:
    """Right answers of earlier steps to rarely solved tasks; at most `replay_share` of this step's answers.

    They come from older weights and are learned from as if they were new, as supervised learning does.
    """
    config, buffer = roles.config, roles.buffer
    if not config.replay_share or not buffer.rare:
        return []
    count = int(config.replay_share * len(trained_answers(rollouts)))
    chosen = rng.sample(sorted(buffer.rare), min(count, len(buffer.rare)))
    return [written(roles, buffer.get(key), buffer.rare[key], config.replay_weight) for key in chosen]


def credit_lines(roles: Roles, rollouts: Sequence[Rollout]) -> None:
    """Let the advantage of a wrong deduction answer count from the first token on at which it leaves the right one.

    What stands before that is what a right scratchpad begins with, and is not to blame. Answers whose task has no known
    scratchpad keep their advantage whole.
    """
    if not roles.config.scratchpad_credit:
        return
    wrong = [r for r in trained_answers(rollouts) if r.type == "deduction" and r.advantage < 0]
    tasks = list({r.task.id: r.task for r in wrong}.values())
    solutions = dict(zip((task.id for task in tasks), roles.environment.solutions(tasks), strict=True))
    for r in wrong:
        answer, lines = solutions[r.task.id]
        if lines:
            right = roles.policy.encode([roles.prompt_format.answer_text(r.type, answer, lines)], special=False)[0]
            r.credit_from = common_prefix(r.completion_ids, right)


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def trained_answers(rollouts: Sequence[Rollout]) -> list[Rollout]:
    return [r for r in rollouts if r.role == "solve" and r.trained]


def written(roles: Roles, task: Task, completion: str, advantage: float) -> Rollout:
    """An answer that was not sampled, to be learned from."""
    ids = [*roles.policy.encode([completion], special=False)[0], roles.policy.tokenizer.eos_token_id]
    given = dict(completion=completion, completion_ids=ids, advantage=advantage)
    return Rollout("solve", task.type, **given, **asked_for(roles, task))


def asked_for(roles: Roles, task: Task) -> dict:
    """The fields of a rollout that say which task its prompt asks for."""
    prompt = roles.prompt_format.solve_prompt(task)
    return {
        "prompt": prompt,
        "prompt_ids": roles.policy.encode([prompt], not roles.prompt_format.templated)[0],
        "task": task,
    }
