"""A whole run: evaluate, seed, train, evaluate, report. `azr-nb train` is this function with a progress bar."""

from __future__ import annotations

import importlib.util
import logging
import signal
import statistics
import time
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig, load_config, with_whole_paths
from azr_nb.policy.processes import team
from azr_nb.rewards import RewardError, check_rewards
from azr_nb.runs.checkpoints import State
from azr_nb.runs.folder import LOCK, RunFolder, RunFolderError
from azr_nb.selfplay import SelfPlay, StepTrace
from azr_nb.tasks import BrokenRun

FEW_FOR_THOUGHTS = 256  # tokens


@dataclass
class RunResult:
    """Where the run is, what it found, whether it was interrupted, and its report, if one was written."""

    folder: Path
    summary: dict[str, Any]
    interrupted: bool = False
    report: Path | None = None


def quiet() -> None:
    """Keep the libraries' notices that no user can act on off the screen."""
    warnings.filterwarnings("ignore", module=r"(trl|peft|transformers|torch|accelerate)(\..*)?")
    for name in ("transformers", "trl", "peft", "accelerate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # loading a tiny model needs no bar


def train(
    config: SelfPlayConfig | None,
    folder: Path,
    resume: bool = False,
    progress: bool = True,
    report: bool = True,
    trust_plugin: bool = False,
) -> RunResult:
    """Run self-play from `config`, or go on with the run in `folder`, and write the run folder.

    A plugin that the config of a run to go on with names is Python that would be executed: only with `trust_plugin`.
    Ctrl-C ends it early and leaves a complete folder. Raises `ConfigError`, `PolicyError`, `RunFolderError`,
    `SeedingError` or `RewardError` with one line for what cannot be; nothing is written before the policy has loaded
    and the rewards are found. A reward that breaks during the run, or a number that is not finite (`BrokenRun`), raises
    after the folder is complete. The report is written last, if at all: a run whose report fails is a whole run.
    """
    from azr_nb.environments import environment_for
    from azr_nb.evaluation.held_out import check_room, first_of_each
    from azr_nb.policy.load import check_spelling, load_policy, lora_config

    quiet()
    folder, us = folder.expanduser(), team()
    with ExitStack() as stack:
        run, state = RunFolder(folder), None
        stack.callback(run.release)
        if resume:
            if us.main:
                state = run.resume()
                if (folder / LOCK).exists():
                    run.hold()  # while nothing has taken time yet
            config = load_config(folder / "config.yaml")
            if config.plugin is not None and not trust_plugin:
                raise ConfigError(
                    f"{folder}/config.yaml names a plugin, and going on would run its Python code: look "
                    f"at {config.plugin}, then add --trust-plugin"
                )
        elif config is None:
            raise ConfigError("a new run needs a config")
        else:
            config = with_whole_paths(config)
        check_rewards(config)
        check_trackers(config)
        policy = load_policy(config.model, config.device, config.precision, config.gradient_checkpointing, merge=True)
        lora_config(config, policy.model)
        environment = environment_for(config)
        stack.callback(environment.close)
        play = SelfPlay(config, policy, environment)
        check_spelling(policy, play.roles.prompt_format.probe)
        for suite in environment.suites:
            cell = partial(environment.cell, suite)
            check_room(play.roles, first_of_each(environment.usual().suite(suite), config.eval_tasks, cell))
        if not us.main:  # only the main process writes the run folder; what the others write is thrown away
            run = RunFolder(Path(stack.enter_context(TemporaryDirectory(prefix="azr-nb-"))))
            stack.callback(run.release)
        if resume and us.main:
            run.hold()
            state = run.resume()  # again: until now another process may have gone on with it
            run.cut_back(state)
        else:
            run.start(config)
        state = us.from_main(state)
        return _Run(play, run, folder, state, progress and us.main, report).go()


def check_trackers(config: SelfPlayConfig) -> None:
    """Raise `ConfigError` for a tracker of `report_to` that is not installed."""
    for name in config.report_to:
        if importlib.util.find_spec(name) is None:
            raise ConfigError(f"setting report_to: {name} is not installed: pip install {name}, or leave it out")


def _finite(weights: dict) -> bool:
    import torch

    return all(bool(torch.isfinite(weight).all()) for weight in weights.values())


def progress(trace: StepTrace) -> str:
    """What a progress bar says of a step."""
    row = trace.metrics
    mean = lambda end: statistics.fmean(v for k, v in row.items() if k.endswith(end) and k.count("/") == 2)  # noqa: E731
    return (
        f"valid {mean('/valid'):.0%} solved {mean('/accuracy'):.0%} distinct {row['distinct_programs']:.0%} "
        f"grad {row['grad_norm']:.2f}"
    )


class _Run:
    """The parts of a run that its stages share."""

    def __init__(
        self, play: SelfPlay, run: RunFolder, folder: Path, state: State | None, progress: bool, report: bool
    ) -> None:
        self.play, self.run, self.folder, self.state = play, run, folder, state
        self.config, self.policy, self.environment = play.config, play.policy, play.environment
        self.progress, self.report, self.team = progress, report, team()
        self.summary = RunFolder(folder).read_summary()
        for old in ("after", "broken"):
            self.summary.pop(old, None)
        if self.summary:  # a run that broke may go on with other settings
            self.summary["config"] = self.config.model_dump(mode="json")
        self.minutes_before = state.minutes if state else 0.0
        self.spent = self.minutes_before

    def say(self, text: str) -> None:
        if self.progress:
            print(text, flush=True)

    def note(self, *notes: str) -> None:
        for note in notes:
            self.say(f"Note: {note}")

    def score(self, side: str = "") -> dict:
        """Held-out scores; the scores per task are kept in held_out.json under `side`."""
        from azr_nb.evaluation.held_out import summarise, task_scores

        config = self.config
        scores = task_scores(
            self.policy,
            self.environment.usual(),
            tasks=config.eval_tasks,
            samples=config.eval_samples,
            config=config,
            progress=self.progress,
            vllm=self.play.roles.vllm,
        )
        if side and not self.run.write_held_out(side, scores):
            self.note(
                "held_out.json was damaged; the scores per task from before self-play are lost, and azr-nb compare "
                "cannot use this run."
            )
        return summarise(scores, config.eval_samples, self.environment.usual())

    def describe(self) -> None:
        """What was chosen for this policy on this machine, each of which a setting overrides."""
        policy, roles, config = self.policy, self.play.roles, self.config
        sampler = "shared-prefix sampler" if roles.fast else "vLLM" if config.generation == "vllm" else "model.generate"
        saving = ", gradient checkpointing" if policy.placement.checkpointing else ""
        self.say(f"Model: {policy.describe()}.")
        layers = f"LoRA rank {config.lora_rank} on {config.lora_targets} layers"
        self.say(f"Chosen: {roles.prompt_format.title} prompts, {sampler}, {layers}{saving}.")
        before = self.summary.get("source", policy.source)
        if before != policy.source:
            self.note(f"the run began on other weights ({before}) than it goes on with ({policy.source}).")
        if roles.prompt_format.name == "r1" and config.max_new_tokens < FEW_FOR_THOUGHTS:
            self.note(
                f"{config.max_new_tokens} tokens are few for thoughts and an answer, and what does not end "
                "counts as wrong; --set max_new_tokens=1024 leaves room."
            )
        if not config.determinism_check:
            self.note(
                "determinism_check is off: a proposal runs once, so that programs may pass whose output is another one "
                "each time. Verdicts about them are luck."
            )
        self.note(*policy.notes)

    def go(self) -> RunResult:
        from azr_nb.evaluation.temperature import kept
        from azr_nb.policy.models import find

        ended, report = None, None
        self.describe()
        usual = signal.getsignal(signal.SIGINT)
        try:
            if self.config.generation == "vllm":  # it answers for the learner's model, so the learner comes first
                self.play.prepare(self.folder / "checkpoints")
            if "before" not in self.summary:
                self.say("Evaluating the policy on held-out tasks before self-play ...")
                self.summary = {"config": self.config.model_dump(mode="json"), "source": self.policy.source}
                self.summary["before"] = self.score("before")
                if cooler := kept(find(self.config.model).folder):
                    self.summary["base_temperature"] = cooler
                self.run.write_summary(self.summary)
            self.note(*self.run.notes)
            if self.state:
                RunFolder(self.folder).restore(self.play, self.state)
                self.say(f"Going on from step {self.play.step_number} ...")
            else:
                self.say(f"Seeding the buffers from {self.environment.seeds} ...")
                self.play.seed()
            self.train()
            self.say("Evaluating the policy on held-out tasks after self-play ...")
            self.summary["after"] = self.score("after")
        except (KeyboardInterrupt, RewardError, BrokenRun) as error:
            ended = error
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not cut the writing short
            self.say(self.how_to_go_on(error))
        try:
            weights = self.play.learner.adapter() if self.play.learner else None
            if isinstance(ended, BrokenRun) and weights is not None and not _finite(weights):
                weights = None  # what was saved before stays
            if self.team.main:
                self.finish(ended, weights)
                report = self.write_report() if self.report else None
        finally:
            signal.signal(signal.SIGINT, usual)
        if isinstance(ended, (RewardError, BrokenRun)):
            raise ended
        return RunResult(self.folder, self.summary, ended is not None, report)

    def how_to_go_on(self, ended: BaseException) -> str:
        """What a user is told of a run that ended before its time."""
        if isinstance(ended, KeyboardInterrupt):
            return "Interrupted: writing what there is; go on with --resume."
        if isinstance(ended, RewardError):
            how = "--resume --trust-plugin" if self.config.plugin else "--resume"
            return f"A reward is broken: writing what there is; mend it and go on with {how}."
        return (
            "The run broke: writing what there is. Change what broke it in config.yaml, and go on with --resume "
            "from the last checkpoint, or from the start if there is none."
        )

    def train(self) -> None:
        """Run the loop, and record each of its steps."""
        from tqdm import tqdm

        config, play = self.config, self.play
        self.begun = time.monotonic()
        if play.learner is None:
            play.prepare(self.folder / "checkpoints")
        play.learner.start(self.folder / self.state.checkpoint if self.state else None)
        bar = tqdm(
            desc="self-play",
            total=config.steps,
            initial=play.step_number,
            unit="step",
            dynamic_ncols=True,
            disable=not self.progress,
        )
        try:
            with bar:
                for trace in play.steps(config.steps):
                    self.record(trace)
                    bar.set_postfix_str(progress(trace))
                    bar.update()
                    late = bool(config.minutes) and self.team.from_main(self.minutes() >= config.minutes)
                    if late or play.step_number % config.save_every == 0 or play.step_number == config.steps:
                        checkpoint = play.learner.save()
                        if self.team.main:
                            self.run.checkpoint(checkpoint, play, self.minutes())
                    if late:
                        break
        finally:
            self.spent = self.minutes()
            play.learner.end()

    def minutes(self) -> float:
        """Minutes of training so far, without those of evaluations."""
        return self.minutes_before + (time.monotonic() - self.begun) / 60

    def record(self, trace: StepTrace) -> None:
        """Add a step to the run folder, with held-out scores where the config wants them."""
        from azr_nb.evaluation.held_out import as_metrics

        row = trace.metrics
        row["minutes"] = self.minutes()
        if self.config.eval_every and (trace.step + 1) % self.config.eval_every == 0:
            paused = time.monotonic()
            row |= as_metrics(self.score())
            self.begun += time.monotonic() - paused
        self.run.add_step(trace)
        self.play.learner.log(row)

    def finish(self, ended: BaseException | None, weights: dict | None) -> None:
        """Everything that a reader opens: adapter, buffer, summary, curves."""
        from azr_nb.runs.plots import (
            before_after,
            funnel,
            health,
            learning_curves,
            lengths,
            read_metrics,
            save,
            with_before,
        )

        folder = self.run.path
        self.run.write_buffer(self.play)
        if weights is not None:
            self.run.write_adapter(self.policy.model, self.config.model, weights)
            self.summary["minutes"] = self.spent
        self.summary["steps"] = self.play.step_number
        notes = []
        if self.config.train_on_solve_rate_samples:
            notes.append("The solver is trained on the samples that estimate solve rates too; the paper discards them.")
        if self.config.duplicates != "keep":
            notes.append(
                "A valid proposal whose program was in the buffer already made no new task and had the reward "
                f"{self.config.repeat_reward:g}."
            )
        steps = f"after {self.play.step_number} of {self.config.steps} steps"
        if isinstance(ended, KeyboardInterrupt):
            notes.append(f"The run was interrupted {steps}.")
        elif ended is not None:
            self.summary["broken"] = str(ended)
            notes.append(f"The run stopped {steps}: {ended}.")
        self.summary["notes"] = notes
        self.run.write_summary(self.summary)
        if not (folder / "metrics.csv").exists():
            self.run.write_metrics()
        metrics = read_metrics(folder / "metrics.csv")
        if self.play.step_number:
            curves = {"learning": learning_curves, "funnel": funnel, "health": health, "lengths": lengths}
            for name, figure in curves.items():
                shown = with_before(metrics, self.summary) if name == "learning" else metrics
                save(figure(shown), folder / f"{name}.png")
        if "after" in self.summary:
            save(before_after(self.summary), folder / "before_after.png")

    def write_report(self) -> Path | None:
        """The report, which everything else in the folder does without: its failure is a line and no error."""
        from azr_nb.runs.report import write_report

        self.say("Writing the report ...")
        try:
            return write_report(self.run.path)
        except (RunFolderError, KeyboardInterrupt) as error:
            why = str(error) or "interrupted"
            self.say(f"There is no report ({why}); azr-nb report {self.folder} writes it.")
            return None
