"""The loop: propose, validate, estimate solve rates, solve, reward, compare with baselines, update.

Paper Algorithm 1. The loop knows the world only through `worlds.base.World` and the text only through a dialect.
Differs from the paper, where the config says so: `train_on_solve_rate_samples` also trains the solver on the
samples that estimate solve rates (the paper discards them, four fifths of all generation), and with `repeat_reward`
programs that the buffer already has make no new task.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from azr_nb.advantages import advantages, group_key
from azr_nb.buffer import Buffer
from azr_nb.config import SelfPlayConfig
from azr_nb.dialects.compact import CompactDialect, Unparsable
from azr_nb.metrics import step_metrics
from azr_nb.rewards import AnswerHistory, RewardRecord, reward_parts
from azr_nb.tasks import Rollout, Task, Verdict
from azr_nb.worlds.base import World


class SeedingError(RuntimeError):
    """Seeding could not fill the buffers; the message says how far it came and what to do."""


@dataclass
class StepTrace:
    """Everything of one step: all rollouts, and the row of metrics."""

    step: int
    rollouts: list[Rollout]
    metrics: dict[str, float] = field(default_factory=dict)

    def of(self, role: str, task_type: str | None = None) -> list[Rollout]:
        return [r for r in self.rollouts if r.role == role and task_type in (None, r.type)]


class SelfPlay:
    """The state of a run: policy, world, dialect, buffers. `run` trains; `step` takes one step alone.

    `fast` chooses shared prefixes and packed updates, by default where the policy's architecture allows it; without it
    the same steps go through `model.generate` and TRL's padded batches.
    """

    def __init__(self, config: SelfPlayConfig, policy, world: World, dialect: CompactDialect | None = None,
                 fast: bool | None = None) -> None:  # fmt: skip
        self.config, self.policy, self.world = config, policy, world
        self.fast = policy.fast if fast is None else fast
        self.dialect = dialect or CompactDialect(config.num_inputs, config.honest_messages)
        self.buffer = Buffer(config.buffer_capacity)
        self.recent: deque[str] = deque(maxlen=200)  # the newest proposals' programs, for the collapse metric
        self.step_number = 0
        self.trace: StepTrace | None = None
        self._seconds: Counter[str] = Counter()

    # --- randomness: every draw depends on the seed, the step and the purpose, on nothing that came before -----------
    def rng(self, *purpose: object) -> random.Random:
        return random.Random("/".join(map(str, (self.config.seed, *purpose))))

    def generator(self, *purpose: object):
        import torch

        text = "/".join(map(str, (self.config.seed, *purpose)))
        return torch.Generator().manual_seed(int(hashlib.sha256(text.encode()).hexdigest()[:15], 16))

    # --- generation ------------------------------------------------------------------------------------------------
    def sample(self, prompts: list[str], n: int, *purpose: object) -> list[list[Rollout]]:
        """n completions for each prompt, as rollouts that hold text and tokens but no role yet."""
        tokenizer = self.policy.tokenizer
        ids = tokenizer(prompts, add_special_tokens=False)["input_ids"] if prompts else []
        generator = self.generator(*purpose)
        if self.fast:
            from azr_nb.sampler import Sampler

            drawn = Sampler(self.policy.model).sample(
                ids, n, self.config.max_new_tokens, self.config.temperature, generator
            )
        else:
            from azr_nb.sampler import plain_generate

            drawn = plain_generate(self.policy, ids, n, self.config.max_new_tokens, self.config.temperature, generator)
        out = []
        for prompt, prompt_ids, samples in zip(prompts, ids, drawn, strict=True):
            texts = [tokenizer.decode(s.ids[:-1] if s.finished else s.ids) for s in samples]
            out.append([Rollout("", "", prompt, text, prompt_ids, s.ids, s.finished)
                        for text, s in zip(texts, samples, strict=True)])  # fmt: skip
        return out

    # --- proposing -------------------------------------------------------------------------------------------------
    def propose(self, counts: dict[str, int], *purpose: object) -> list[Rollout]:
        """Proposals of each type, parsed and validated; `task` is set on those that hold."""
        rng = self.rng("references", *purpose)
        asked = []
        for kind, count in counts.items():
            for _ in range(count):
                references = self.buffer.references(kind, max(1, self.config.references), rng)
                asked.append((kind, references if self.config.references or kind == "induction" else []))
        prompts = [self.dialect.propose_prompt(kind, references) for kind, references in asked]
        start = time.perf_counter()
        rollouts = [r[0] for r in self.sample(prompts, 1, "propose", *purpose)]
        self._seconds["propose"] += time.perf_counter() - start
        start = time.perf_counter()
        for rollout, (kind, references) in zip(rollouts, asked, strict=True):
            rollout.role, rollout.type = "propose", kind
            rollout.references = tuple(task.id for task in references)
            try:
                if not rollout.finished:
                    raise Unparsable("the text did not end within the length limit")
                rollout.proposal = self.dialect.parse_proposal(kind, rollout.completion, references)
            except Unparsable as error:
                rollout.verdict = Verdict("unparsable", str(error))
        self._judge_proposals([r for r in rollouts if r.proposal is not None], purpose)
        self._seconds["validate"] += time.perf_counter() - start
        return rollouts

    def _judge_proposals(self, parsed: list[Rollout], purpose: tuple) -> None:
        step = purpose[0] if isinstance(purpose[0], int) else -1
        seen: set[tuple[str, str]] = set()
        for rollout, (task, verdict) in zip(parsed, self.world.validate([r.proposal for r in parsed]), strict=True):
            if task is not None and self.config.repeat_reward is not None and task.type != "induction":
                key = (task.type, task.program)
                if key in seen or self.buffer.knows_program(*key):
                    task, verdict = None, Verdict("repeat", "the program is known already")
                seen.add(key)
            rollout.verdict = verdict
            if task is not None:
                rollout.task = Task(task.type, task.program, task.pairs, task.visible, task.message,
                                    rollout.references, step)  # fmt: skip

    def seed(self) -> None:
        """Grow the buffers from the identity program, without gradients (paper 3.3.1).

        Raises `SeedingError` when too few proposals are valid.
        """
        for task in self.world.seed_tasks():
            if task.type in self.config.task_types:
                self.buffer.add(task)
        for round_number in range(60):
            short = {k: self.config.seed_tasks - len(self.buffer.of_type(k)) for k in self.config.task_types}
            if all(missing <= 0 for missing in short.values()):
                return
            counts = {kind: min(64, 2 * missing + 4) for kind, missing in short.items() if missing > 0}
            for rollout in self.propose(counts, "seed", round_number):
                if rollout.task and len(self.buffer.of_type(rollout.type)) < self.config.seed_tasks:
                    self.buffer.add(rollout.task)
        have = ", ".join(f"{len(self.buffer.of_type(k))} {k}" for k in self.config.task_types)
        raise SeedingError(f"seeding stopped at {have} of {self.config.seed_tasks} tasks: too few proposals are valid; "
                           "lower seed_tasks or start from a better model")  # fmt: skip

    # --- solving ---------------------------------------------------------------------------------------------------
    def solve(self, tasks: list[Task], n: int, *purpose: object) -> list[list[Rollout]]:
        """n judged answers for each task."""
        if not tasks:
            return []
        start = time.perf_counter()
        groups = self.sample([self.dialect.solve_prompt(task) for task in tasks], n, "solve", *purpose)
        self._seconds["solve"] += time.perf_counter() - start
        start = time.perf_counter()
        parsed = []
        for task, group in zip(tasks, groups, strict=True):
            for rollout in group:
                rollout.role, rollout.type, rollout.task = "solve", task.type, task
                try:
                    if not rollout.finished:
                        raise Unparsable("the text did not end within the length limit")
                    rollout.answer = self.dialect.parse_answer(task.type, rollout.completion)
                    parsed.append(rollout)
                except Unparsable as error:
                    rollout.verdict = Verdict("unparsable", str(error))
        verdicts = self.world.check([r.task for r in parsed], [r.answer for r in parsed])
        for rollout, verdict in zip(parsed, verdicts, strict=True):
            rollout.verdict = verdict
        for group in groups:
            rate = sum(r.verdict.ok for r in group) / len(group)
            for rollout in group:
                rollout.solve_rate = rate
        self._seconds["check"] += time.perf_counter() - start
        return groups

    # --- one step --------------------------------------------------------------------------------------------------
    def collect(self) -> StepTrace:
        """All of a step but the update: rollouts with rewards and advantages; new tasks enter the buffer."""
        config, step = self.config, self.step_number
        self._seconds.clear()
        begun = time.perf_counter()
        proposals: list[Rollout] = []
        if not config.fixed_tasks:
            proposals = self.propose(dict.fromkeys(config.task_types, config.proposals_per_type), step)
        new = [r.task for r in proposals if r.task is not None]
        batch: list[Task] = []
        rng = self.rng("solver batch", step)
        for kind in config.task_types:
            fresh = [] if config.train_on_solve_rate_samples else [task for task in new if task.type == kind]
            batch += self.buffer.solver_batch(kind, config.solve_tasks_per_type, fresh, rng, config.solver_draw)
        if config.solve_samples == config.solve_rate_samples:  # one batch for the sampler instead of two
            groups = self.solve(new + batch, config.solve_samples, step)
            rate_groups, own_groups = groups[: len(new)], groups[len(new) :]
        else:
            rate_groups = self.solve(new, config.solve_rate_samples, step, "rate")
            own_groups = self.solve(batch, config.solve_samples, step, "own")
        for rollout in (r for group in rate_groups for r in group):
            rollout.trained = config.train_on_solve_rate_samples
        for task in new:
            self.buffer.add(task)
        # a rate from fewer samples than a solve rate has would say less than the one it replaces
        for group in rate_groups + (own_groups if config.solve_samples >= config.solve_rate_samples else []):
            self.buffer.solve_rates[group[0].task.id] = group[0].solve_rate
        for rollout, group in zip((r for r in proposals if r.task is not None), rate_groups, strict=True):
            rollout.solve_rate = group[0].solve_rate
        for rollout in proposals:
            if rollout.proposal is not None and rollout.type != "induction":
                self.recent.append(rollout.proposal.program)
        rollouts = proposals + [r for group in rate_groups + own_groups for r in group]
        self._reward(rollouts)
        self.trace = StepTrace(step, rollouts)
        seconds = {name: self._seconds[name] for name in ("propose", "validate", "solve", "check")}
        seconds["total"] = time.perf_counter() - begun
        self.trace.metrics = step_metrics(step, config, rollouts, rate_groups, self.buffer, self.recent, seconds)
        return self.trace

    def _reward(self, rollouts: list[Rollout]) -> None:
        """Rewards, then advantages over the trained rollouts. Raises `RewardError` for a reward that is broken."""
        config = self.config
        answers: dict[str, list[str | None]] = {}
        for rollout in rollouts:  # the solve-rate samples of a new task come before any other answer to it
            if rollout.role == "solve":
                answers.setdefault(rollout.task.id, []).append(rollout.answer)
        history = AnswerHistory(task for task in self.buffer.all() if task.step < self.step_number)
        for index, rollout in enumerate(rollouts):
            task, proposal = rollout.task, rollout.proposal
            record = RewardRecord(
                rollout.role, rollout.type, rollout.verdict, rollout.solve_rate,
                answers=tuple(answers.get(task.id, ())[: config.solve_rate_samples]) if task else (),
                program=task.program if task else proposal.program if proposal else "",
                pairs=task.pairs if task else (), message=(task or proposal).message if task or proposal else "",
                references=tuple(filter(None, map(self.buffer.get, rollout.references))), completion=rollout.completion,
                step=self.step_number, index=index, config=config, history=history,
            )  # fmt: skip
            rollout.reward_parts = reward_parts(record)
            rollout.reward = sum(rollout.reward_parts.values())
            rollout.group = group_key(config.advantage, rollout.role, rollout.type,
                                      rollout.task.id if rollout.task else None)  # fmt: skip
        trained = [r for r in rollouts if r.trained]
        values = advantages([r.reward for r in trained], [r.group for r in trained])
        for rollout, value in zip(trained, values, strict=True):
            rollout.advantage = value * (config.propose_weight if rollout.role == "propose" else 1.0)

    # --- training --------------------------------------------------------------------------------------------------
    def trainer(self, folder, on_trace: Callable[[StepTrace], None], on_save=None, single: bool = False):
        """A TRL trainer whose steps are this run's steps. It gives the policy a LoRA adapter if it has none."""
        from azr_nb.trl_adapter import UpdateReport, make_trainer

        started = 0.0

        def next_rollouts() -> list[Rollout]:
            nonlocal started
            trace = self.collect()
            started = time.perf_counter()
            return trace.rollouts

        def after(report: UpdateReport) -> None:
            trace, row = self.trace, self.trace.metrics
            row |= {"loss": report.loss, "grad_norm": report.grad_norm, "entropy": report.entropy}
            row |= {f"grad_norm/{group}": norm for group, norm in report.group_grad_norms.items()}
            row["tokens_trained"] = report.tokens
            row["seconds_update"] = time.perf_counter() - started
            row["seconds_total"] += row["seconds_update"]
            self.step_number += 1
            on_trace(trace)

        trainer = make_trainer(self.policy, self.config, folder, next_rollouts, after, on_save, self.fast, single)
        self.policy.model = trainer.model
        return trainer

    def step(self) -> StepTrace:
        """Take one step alone, update included, and return its trace; seeds the buffers first if they are empty."""
        import tempfile

        if not len(self.buffer):
            self.seed()
        if not hasattr(self, "_single"):
            self._folder = tempfile.TemporaryDirectory(prefix="azr-nb-")
            self._single = self.trainer(self._folder.name, lambda trace: None, single=True)
        self._single.train()
        return self.trace
