"""The loop: propose, validate, solve, verify, reward, compare with baselines, update (paper, Algorithm 1).

`SelfPlay.steps` is the loop, and its body is one step. The loop knows its tasks only through the environment
(`environments.base`), and texts only through a prompt format (`prompts`). Differs from the paper where the config says
so: `train_on_solve_rate_samples` also trains the solver on the samples that estimate solve rates (the paper discards
them, four fifths of all generation), and without `duplicates` "keep" programs that the buffer has make no new task.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from azr_nb.buffer import Buffer
from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import Environment
from azr_nb.evaluation.metrics import step_metrics, update_metrics
from azr_nb.evaluation.probes import probe
from azr_nb.learning import reuse
from azr_nb.learning.signals import Signals, answer_signals
from azr_nb.policy.roles import Roles
from azr_nb.prompts import PromptFormat
from azr_nb.rewards import AnswerHistory, RewardRecord, reward_parts
from azr_nb.rewards.baselines import advantages, group_key
from azr_nb.rewards.signals import needed
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
        """The rollouts of a role, and of one task type if it is given."""
        return [r for r in self.rollouts if r.role == role and task_type in (None, r.type)]


class SelfPlay:
    """A run's state: the buffer, the two roles of the policy, and the learner that trains it.

    `fast` is handed on to `Roles`. Raises `ConfigError` for settings that the policy cannot have.
    """

    def __init__(
        self,
        config: SelfPlayConfig,
        policy,
        environment: Environment,
        prompt_format: PromptFormat | None = None,
        fast: bool | None = None,
    ) -> None:
        self.config, self.policy, self.environment = config, policy, environment
        self.buffer = Buffer(config.buffer_capacity, config.buffer_drop, environment.key)
        self.roles = Roles(config, policy, environment, prompt_format, fast, self.buffer)
        needs = needed(config)
        self.signals = Signals(needs, self.roles) if needs else None
        self.learner = None  # made by `prepare`, which the first trained step calls
        self.recent: deque[str] = deque(maxlen=200)  # keys of the newest proposals, for the collapse metric
        self.step_number = 0  # of the next step

    # --- the loop --------------------------------------------------------------------------------------------------
    def steps(self, until: int, train: bool = True) -> Iterator[StepTrace]:
        """Self-play from the step that comes next up to `until`; yields each step, for whoever records it.

        Step t + 1 begins when it is asked for, and samples from the weights that update t left. Without `train` no
        update is made, and the step does not count. Raises `RewardError` for a broken reward, and `BrokenRun` for a
        number that is not finite.
        """
        config, roles = self.config, self.roles
        if not len(self.buffer):
            self.seed()
        if train and self.learner is None:
            self.prepare()
        for step in range(self.step_number, until):
            clock = time.perf_counter()
            roles.seconds.clear()
            # Propose: the model writes tasks, shown some of the buffer. Validate: those that run become tasks.
            proposals = roles.propose(self._proposal_counts(step), step)
            roles.validate(proposals, step)
            # Solve n times and verify: the new tasks, for their solve rates, and the solver's own batch of tasks.
            rated, practised, kept = self._answers([r.task for r in proposals if r.task is not None], step)
            rollouts = proposals + [r for group in rated + practised for r in group]
            # Remember the new tasks, and how hard all of these were.
            self._remember(proposals, rated, practised, kept)
            # Reward both roles, and compare each rollout with the others of its role and type.
            self._choose_trained(proposals, rated)
            self._set_rewards(rollouts, step, self._signals(rated, step))
            self._set_advantages(rollouts, step)
            reuse.credit_lines(roles, rollouts)
            # Measure, before the weights change.
            trace = StepTrace(step, rollouts)
            seconds = roles.seconds + Counter(total=time.perf_counter() - clock)
            trace.metrics = step_metrics(
                step, self.environment, config, rollouts, rated, self.buffer, self.recent, seconds
            )
            if config.probe_every and (step + 1) % config.probe_every == 0:
                trace.metrics |= self.probe(step)
            # Update: one LoRA step.
            if train:
                clock = time.perf_counter()
                report = self.learner.update(rollouts + self._reused(rollouts, step))
                trace.metrics |= update_metrics(config, report, trace.metrics, time.perf_counter() - clock)
                self.step_number = step + 1
            # Record: the caller does.
            yield trace

    def step(self, train: bool = True) -> StepTrace:
        """One step alone, and what happened in it; see `steps`."""
        return next(self.steps(self.step_number + 1, train))

    def prepare(self, folder: Path | None = None) -> None:
        """Give the policy a LoRA adapter, if it has none, and make its learner, whose checkpoints go to `folder`."""
        from azr_nb.learning.learner import Learner

        if folder is None:
            self._folder = TemporaryDirectory(prefix="azr-nb-")
            folder = Path(self._folder.name)
        self.learner = Learner(self.policy, self.config, folder, self.roles.packed)
        if self.config.generation == "vllm":
            longest = self.roles.max_prompt_tokens + self.config.max_new_tokens
            self.roles.vllm = self.learner.serve(self.roles.stops, longest)

    # --- seeding ---------------------------------------------------------------------------------------------------
    def seed(self) -> None:
        """Grow the buffers from the environment's seed tasks, without gradients (paper 3.3.1).

        With `shared_seeds` deduction and abduction have the same seeds, as in the paper. Raises `SeedingError` when
        five rounds in a row bring nothing new, with what became of the proposals.
        """
        config, statuses, idle, number = self.config, Counter(), 0, 0
        for task in self.environment.seed_tasks():
            if task.type in config.task_types:
                self.buffer.add(task)
        for task_type in config.task_types if config.television else ():
            rng = self.roles.rng("television", task_type)
            for task in self.environment.planted(task_type, round(config.television * config.seed_tasks), rng):
                self.buffer.add(task)
        while not config.grammar_tasks:  # which take nothing from the buffers
            short = {t: config.seed_tasks - len(self.buffer.of_type(t)) for t in config.task_types}
            short = {t: missing for t, missing in short.items() if missing > 0}
            if not short:
                return
            if idle == 5:
                have = ", ".join(f"{len(self.buffer.of_type(t))} {t}" for t in config.task_types)
                why = ", ".join(f"{count} {status}" for status, count in statuses.most_common(4))
                raise SeedingError(
                    f"seeding stopped at {have} of {config.seed_tasks} tasks: five rounds brought nothing new (of "
                    f"{statuses.total()} proposals {why}); lower seed_tasks or start from a better model"
                )
            before = len(self.buffer)
            # after rounds without anything new, more at a time
            counts = {t: min(64, (2 * missing + 4) << idle) for t, missing in short.items()}
            proposals = self.roles.propose(counts, "seed", number)
            self.roles.validate(proposals, "seed", number)
            for rollout in proposals:
                statuses[rollout.verdict.status] += 1
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

    # --- the parts of a step ---------------------------------------------------------------------------------------
    def _proposal_counts(self, step: int) -> dict[str, int]:
        config = self.config
        if config.fixed_tasks or config.grammar_tasks or step < config.solver_only_steps:
            return {}
        return dict.fromkeys(config.task_types, config.proposals_per_type)

    def _answers(self, new: list[Task], step: int) -> tuple[list[list[Rollout]], list[list[Rollout]], list[Task]]:
        """Verified answers that estimate the solve rates of new tasks, those to the solver's own batch, and the new
        tasks to keep.

        One call of the sampler does for both where neither has to wait for the other.
        """
        config, solve = self.config, self._solve
        rate_temperature = config.solve_rate_temperature
        together = (
            config.solve_samples == config.solve_rate_samples
            and rate_temperature in (None, config.temperature)
            and config.validity_filter == "all"
        )
        if together:
            batch = self._solver_batch(new, step)
            groups = solve(new + batch, config.solve_samples, step)
            return groups[: len(new)], groups[len(new) :], new
        rated = solve(new, config.solve_rate_samples, step, "rate", temperature=rate_temperature)
        refused = {"all": (), "non_one": (1.0,), "non_extremes": (0.0, 1.0)}[config.validity_filter]
        kept = [group[0].task for group in rated if group[0].solve_rate not in refused]
        return rated, solve(self._solver_batch(kept, step), config.solve_samples, step, "own"), kept

    def _solve(self, tasks: list[Task], n: int, *purpose: object, temperature: float | None = None):
        """`Roles.solve`; with `first_samples` those first, and the rest where they did not agree.

        A task whose first answers are all right or all wrong gives no advantages, so its other samples are saved. Its
        solve rate comes from fewer samples, so rarely solved tasks count as never solved more often.
        """
        few = self.config.first_samples
        if not few:
            return self.roles.solve(tasks, n, *purpose, temperature=temperature)
        groups = self.roles.solve(tasks, few, *purpose, "first", temperature=temperature)
        unclear = [i for i, group in enumerate(groups) if 0 < group[0].solve_rate < 1]
        more = self.roles.solve([tasks[i] for i in unclear], n - few, *purpose, "rest", temperature=temperature)
        for i, added in zip(unclear, more, strict=True):
            groups[i] = groups[i] + added
            rate = sum(rollout.verdict.ok for rollout in groups[i]) / n
            for rollout in groups[i]:
                rollout.solve_rate = rate
        return groups

    def _solver_batch(self, new: list[Task], step: int) -> list[Task]:
        """The solver's own tasks of this step, drawn as the config says from the buffer and the new tasks."""
        config, rng, batch = self.config, self.roles.rng("solver batch", step), []
        if config.grammar_tasks:
            fresh = self.environment.grammar_tasks
            return [task for t in config.task_types for task in fresh(t, config.solve_tasks_per_type, rng)]
        if config.new_tasks == "previous_step":
            new = [task for task in self.buffer.all() if task.step == step - 1]
        if config.train_on_solve_rate_samples:  # they are trained on already
            new = []
        for task_type in config.task_types:
            fresh = [task for task in new if task.type == task_type]
            batch += self.buffer.solver_batch(task_type, config.solve_tasks_per_type, fresh, rng, config.solver_mix)
        return batch

    def _remember(
        self, proposals: list[Rollout], rated: list[list[Rollout]], practised: list[list[Rollout]], kept: list[Task]
    ) -> None:
        """Put the kept tasks into the buffer, and solve rates where they belong."""
        for task in kept:
            self.buffer.add(task)
        # a rate from fewer samples than a solve rate has would say less than the one it replaces
        newer = practised if self.config.solve_samples >= self.config.solve_rate_samples else []
        for group in rated + newer:
            self.buffer.solve_rates[group[0].task.id] = group[0].solve_rate
        if self.config.replay_share:
            reuse.remember_rare(self.buffer, rated + newer)
        for rollout, group in zip((r for r in proposals if r.task is not None), rated, strict=True):
            rollout.solve_rate = group[0].solve_rate
        own = (r.proposal for r in proposals if r.proposal is not None and r.type != "induction")
        self.recent.extend(map(self.environment.key, own))

    def _choose_trained(self, proposals: list[Rollout], rated: list[list[Rollout]]) -> None:
        for rollout in proposals:
            rollout.trained = self.config.train_propose
        for rollout in (r for group in rated for r in group):
            rollout.trained = self.config.train_on_solve_rate_samples

    def _signals(self, rated: list[list[Rollout]], step: int) -> dict[str, dict[str, float]]:
        """What the rewards of this run need to know of the new tasks, by task id."""
        return self.signals.measure(step, rated) if self.signals is not None and rated else {}

    def _told(self, rollout: Rollout, signals: dict[str, dict[str, float]]) -> dict[str, float]:
        """The signals of a rollout; none in a run that needs none."""
        if self.signals is None:
            return {}
        if rollout.role == "solve":
            return answer_signals(rollout)
        return signals.get(rollout.task.id, {}) if rollout.task else {}

    def _set_rewards(self, rollouts: list[Rollout], step: int, signals: dict | None = None) -> None:
        """Set the rewards; `signals` are those of the new tasks. Raises `RewardError` for a reward that is broken."""
        config, signals = self.config, signals or {}
        answers: dict[str, list[str | None]] = {}
        for rollout in rollouts:  # the solve-rate samples of a new task come before any other answer to it
            if rollout.role == "solve":
                answers.setdefault(rollout.task.id, []).append(rollout.answer)
        history = AnswerHistory((t for t in self.buffer.all() if t.step < step), self.environment.value_type)
        for index, rollout in enumerate(rollouts):
            task, proposal = rollout.task, rollout.proposal
            record = RewardRecord(
                rollout.role,
                rollout.type,
                rollout.verdict,
                rollout.solve_rate,
                answers=tuple(answers.get(task.id, ())[: config.solve_rate_samples]) if task else (),
                program=task.program if task else proposal.program if proposal else "",
                pairs=task.pairs if task else (),
                message=(task or proposal).message if task or proposal else "",
                references=tuple(filter(None, map(self.buffer.get, rollout.references))),
                completion=rollout.completion,
                step=step,
                index=index,
                answer=rollout.answer,
                config=config,
                history=history,
                signals=self._told(rollout, signals),
            )
            rollout.reward_parts = reward_parts(record)
            rollout.reward = sum(rollout.reward_parts.values())

    def _set_advantages(self, rollouts: list[Rollout], step: int) -> None:
        """Set the advantages of the trained rollouts. Raises `BrokenRun` for one that is not finite."""
        config = self.config
        for rollout in rollouts:
            task = rollout.task.id if rollout.task else None
            rollout.group = group_key(config.advantage, rollout.role, rollout.type, task)
        trained = [r for r in rollouts if r.trained]
        lengths = [len(r.completion_ids) for r in trained]
        try:
            values = advantages([r.reward for r in trained], [r.group for r in trained], config.advantage, lengths)
        except OverflowError:
            values = [math.inf] * len(trained)
        for rollout, value in zip(trained, values, strict=True):
            rollout.advantage = value * self._weight(rollout, value)
            if not math.isfinite(rollout.advantage):
                worst = max(trained, key=lambda r: abs(r.reward))
                raise BrokenRun(
                    f"step {step}: advantages of {rollout.role}/{rollout.type} are not finite (largest reward "
                    f"{worst.reward:.3g}, task {worst.task.id if worst.task else 'none'}); no update was made"
                )

    def _reused(self, rollouts: list[Rollout], step: int) -> list[Rollout]:
        """Further answers for training alone, and what later steps may replay; not in the paper (see `reuse`)."""
        rng = self.roles.rng
        made = reuse.hindsight(self.roles, rollouts, rng("hindsight", step))
        return made + reuse.replay(self.roles, rollouts, rng("replay", step))

    def _weight(self, rollout: Rollout, value: float) -> float:
        if rollout.role == "propose":
            return self.config.propose_weight
        return self.config.wrong_weight if value < 0 else 1.0

    def probe(self, step: int, per_type: int = 20) -> dict[str, float]:
        """By how much the solve rate falls when comments, names or messages change, on tasks from the buffer."""
        rng, tasks = self.roles.rng("probe", step), []
        for task_type in self.config.task_types:
            tasks += self.buffer.solver_batch(task_type, min(per_type, len(self.buffer.of_type(task_type))), [], rng)
        solve = lambda asked, n: self.roles.solve(asked, n, step, "probe")  # noqa: E731
        return probe(tasks, solve, self.config.solve_rate_samples, rng)
