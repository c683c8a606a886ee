"""The loop: propose, validate, estimate solve rates, solve, reward, compare with baselines, update.

Paper Algorithm 1. The loop knows the world only through `worlds.base.World` and the text only through a dialect.
Differs from the paper, where the config says so: `train_on_solve_rate_samples` also trains the solver on the
samples that estimate solve rates (the paper discards them, four fifths of all generation), and without `duplicates`
"keep" programs that the buffer already has make no new task.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import World
from azr_nb.evaluation.metrics import step_metrics
from azr_nb.evaluation.probes import probe
from azr_nb.prompts import Dialect
from azr_nb.rewards import AnswerHistory, RewardRecord, reward_parts
from azr_nb.rewards.advantages import advantages, group_key
from azr_nb.roles import Roles
from azr_nb.tasks import BrokenRun, Rollout, Task


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


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


class SelfPlay(Roles):
    """The state of a run: `trainer` trains it, `step` takes one step alone, `collect` all of a step but the update."""

    def __init__(self, config: SelfPlayConfig, policy, world: World, dialect: Dialect | None = None,
                 fast: bool | None = None) -> None:  # fmt: skip
        super().__init__(config, policy, world, dialect, fast)
        self.recent: deque[str] = deque(maxlen=200)  # the newest proposals' programs, for the collapse metric
        self.step_number = 0
        self.trace: StepTrace | None = None

    def seed(self) -> None:
        """Grow the buffers from the identity program, without gradients (paper 3.3.1).

        With `shared_seeds` deduction and abduction have the same seeds, as in the paper. Raises `SeedingError` when
        five rounds in a row bring nothing new, with what became of the proposals.
        """
        config, fates, idle, number = self.config, Counter(), 0, 0
        for task in self.world.seed_tasks():
            if task.type in config.task_types:
                self.buffer.add(task)
        while True:
            short = {k: config.seed_tasks - len(self.buffer.of_type(k)) for k in config.task_types}
            short = {k: missing for k, missing in short.items() if missing > 0}
            if not short:
                return
            if idle == 5:
                raise SeedingError(self._seeding_stuck(fates))
            before = len(self.buffer)
            # after rounds without anything new, more at a time
            counts = {kind: min(64, (2 * missing + 4) << idle) for kind, missing in short.items()}
            for rollout in self.propose(counts, "seed", number):
                fates[rollout.verdict.status] += 1
                for task in self._seeds_of(rollout):
                    if len(self.buffer.of_type(task.type)) < config.seed_tasks:
                        self.buffer.add(task)
            idle = idle + 1 if len(self.buffer) == before else 0
            number += 1

    def _seeds_of(self, rollout: Rollout) -> list[Task]:
        """The seed tasks that a proposal makes: itself, and with shared seeds its twin of the other type."""
        twins = {"deduction": "abduction", "abduction": "deduction"}
        if rollout.task is None:
            return []
        if not self.config.shared_seeds or twins.get(rollout.type) not in self.config.task_types:
            return [rollout.task]
        return [rollout.task, replace(rollout.task, type=twins[rollout.type], id="")]

    def _seeding_stuck(self, fates: Counter[str]) -> str:
        have = ", ".join(f"{len(self.buffer.of_type(k))} {k}" for k in self.config.task_types)
        why = ", ".join(f"{count} {status}" for status, count in fates.most_common(4))
        return (f"seeding stopped at {have} of {self.config.seed_tasks} tasks: five rounds brought nothing new (of "
                f"{fates.total()} proposals {why}); lower seed_tasks or start from a better model")  # fmt: skip

    # --- one step --------------------------------------------------------------------------------------------------
    def collect(self) -> StepTrace:
        """All of a step but the update: rollouts with rewards and advantages; new tasks enter the buffer."""
        config, step = self.config, self.step_number
        self._seconds.clear()
        begun = time.perf_counter()
        proposals: list[Rollout] = []
        if not config.fixed_tasks and step >= config.solver_only_steps:
            proposals = self.propose(dict.fromkeys(config.task_types, config.proposals_per_type), step)
        for rollout in proposals:
            rollout.trained = config.train_propose
        new = [r.task for r in proposals if r.task is not None]
        rate_groups, own_groups, kept = self._solve_all(new)
        for rollout in (r for group in rate_groups for r in group):
            rollout.trained = config.train_on_solve_rate_samples
        for task in kept:
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
        begun = time.perf_counter()
        self.trace.metrics = step_metrics(step, config, rollouts, rate_groups, self.buffer, self.recent, seconds)
        self.trace.metrics["seconds_instruments"] = time.perf_counter() - begun
        self.trace.metrics["seconds_total"] += self.trace.metrics["seconds_instruments"]
        if config.probe_every and (step + 1) % config.probe_every == 0:
            self.trace.metrics |= self.probe()
        return self.trace

    def probe(self, per_type: int = 20) -> dict[str, float]:
        """By how much the solve rate falls when comments, names or messages change, on tasks from the buffer."""
        rng, tasks = self.rng("probe", self.step_number), []
        for kind in self.config.task_types:
            tasks += self.buffer.solver_batch(kind, min(per_type, len(self.buffer.of_type(kind))), [], rng)
        solve = lambda asked, n: self.solve(asked, n, self.step_number, "probe")  # noqa: E731
        return probe(tasks, solve, self.config.solve_rate_samples, rng)

    def _solve_all(self, new: list[Task]) -> tuple[list[list[Rollout]], list[list[Rollout]], list[Task]]:
        """Answers that estimate the solve rates of new tasks, answers to the solver's own batch, and the tasks to keep.

        One call of the sampler does for both where neither has to wait for the other.
        """
        config, step = self.config, self.step_number
        rate_temperature = config.solve_rate_temperature
        together = (
            config.solve_samples == config.solve_rate_samples
            and rate_temperature in (None, config.temperature)
            and config.validity_filter == "all"
        )
        if together:
            batch = self._solver_batch(new)
            groups = self.solve(new + batch, config.solve_samples, step)
            return groups[: len(new)], groups[len(new) :], new
        rate_groups = self.solve(new, config.solve_rate_samples, step, "rate", temperature=rate_temperature)
        refused = {"all": (), "non_one": (1.0,), "non_extremes": (0.0, 1.0)}[config.validity_filter]
        kept = [group[0].task for group in rate_groups if group[0].solve_rate not in refused]
        return rate_groups, self.solve(self._solver_batch(kept), config.solve_samples, step, "own"), kept

    def _solver_batch(self, new: list[Task]) -> list[Task]:
        """The solver's own tasks of this step, drawn as the config says from the buffer and the new tasks."""
        config, rng, batch = self.config, self.rng("solver batch", self.step_number), []
        if config.new_tasks == "previous_step":
            new = [task for task in self.buffer.all() if task.step == self.step_number - 1]
        if config.train_on_solve_rate_samples:  # they are trained on already
            new = []
        for kind in config.task_types:
            fresh = [task for task in new if task.type == kind]
            batch += self.buffer.solver_batch(kind, config.solve_tasks_per_type, fresh, rng, config.solver_mix)
        return batch

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
        lengths = [len(r.completion_ids) for r in trained]
        try:
            values = advantages([r.reward for r in trained], [r.group for r in trained], config.advantage, lengths)
        except OverflowError:
            values = [math.inf] * len(trained)
        for rollout, value in zip(trained, values, strict=True):
            rollout.advantage = value * (config.propose_weight if rollout.role == "propose" else 1.0)
            if not math.isfinite(rollout.advantage):
                worst = max(trained, key=lambda r: abs(r.reward))
                task = worst.task.id if worst.task else "no task"
                raise BrokenRun(f"step {self.step_number}: advantages of {rollout.role}/{rollout.type} are not finite "
                                f"(largest reward {worst.reward:.3g}, task {task}); no update was made")  # fmt: skip

    # --- training --------------------------------------------------------------------------------------------------
    def trainer(self, folder, on_trace: Callable[[StepTrace], None], on_save=None, single: bool = False):
        """A TRL trainer whose steps are this run's steps. It gives the policy a LoRA adapter if it has none."""
        from azr_nb.learning.trainer import make_trainer
        from azr_nb.learning.update import UpdateReport

        started = 0.0

        def next_rollouts() -> list[Rollout]:
            nonlocal started
            if self.vllm is not None:
                self.vllm.sync()
            trace = self.collect()
            started = time.perf_counter()
            return trace.rollouts

        def after(report: UpdateReport) -> None:
            trace, row = self.trace, self.trace.metrics
            row |= {"loss": report.loss, "grad_norm": report.grad_norm}
            row |= {f"grad_norm/{group}": norm for group, norm in report.group_grad_norms.items()}
            norms = report.role_grad_norms
            row["gradient_share/propose"] = _ratio(norms.get("propose", math.nan), sum(norms.values()))
            if math.isnan(row["entropy"]):  # a sampler that tells no entropy: that of the trained completions
                row["entropy"] = report.entropy
            row["sampler_gap"] = report.gap
            row |= {"sampler_masked": report.masked} if not math.isnan(report.masked) else {}
            row |= {"kl": report.kl} if self.config.kl_weight else {}
            row["tokens_trained"] = report.tokens
            row["seconds_update"] = time.perf_counter() - started
            row["seconds_total"] += row["seconds_update"]
            self.step_number += 1
            on_trace(trace)

        trainer = make_trainer(self.policy, self.config, folder, next_rollouts, after, on_save, self.packed, single)
        self.policy.model = trainer.model
        if self.config.generation == "vllm":
            from azr_nb.policy.vllm import VLLMSampler

            longest = self.max_prompt_tokens + self.config.max_new_tokens
            self.vllm = VLLMSampler(trainer, self.policy, self.config, self.stops, longest)
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
