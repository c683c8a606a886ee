"""The runs that come with the package: what each is for, its settings, and the command that makes it again.

- *healthy*: the classroom preset for 100 steps, with everything that it wrote.
- *ward*: one faulty setting each, beside healthy twins of the same settings without the fault. They learn faster and
  from smaller batches than the classroom preset, so that a fault shows within 40 steps. Which vital sign has to move
  first, or within a step of the first, is part of the entry; a test makes each fault again to see it move.
- *study*: the classroom preset, shorter and with twice its learning rate, under several rewards and controls, each with
  the same three seeds and the same number of updates, completions and held-out tasks; scores and metrics only.
- *short*: three steps, which a test makes again.
- *language*: SmolLM2-135M, a real language model, with the laptop preset: one longer run with everything that it wrote,
  and short ones for scores and metrics, paid as usual and paid by a coin, from the same first policy and on the same
  held-out tasks. Their numbers depend on the machine, because bfloat16 rounds differently on different processors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azr_nb.config import SelfPlayConfig, make_config

# The release that made all of them. Since then CPython alone decides, entropy is that of all samples at temperature 1,
# nan is written as nan, and a full buffer drops its oldest task: made again today, they end in other numbers.
MADE_WITH = "0.1.0"
THEN: dict[str, Any] = {"buffer_drop": "newest"}  # defaults of that release that are others now
EVERYTHING = ("config.yaml", "metrics.csv", "summary.json", "held_out.json", "buffer.jsonl", "rollouts.jsonl.gz")
WITH_ADAPTER = (*EVERYTHING, "adapter/adapter_config.json", "adapter/adapter_model.safetensors")
SCORES = ("config.yaml", "metrics.csv", "summary.json", "held_out.json")
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Fault:
    """What was done to a sick run: its cause, the vital sign that moves first and on which side, and why."""

    cause: str
    sign: str
    side: str
    why: str


@dataclass(frozen=True)
class RecordedRun:
    """One run: the kind and group it belongs to, a sentence about it, its settings over a preset, and what is kept."""

    name: str
    kind: str
    about: str
    settings: Mapping[str, Any]
    group: str = ""
    keep: tuple[str, ...] = SCORES
    fault: Fault | None = field(default=None, repr=False)
    preset: str = "classroom"

    def config(self) -> SelfPlayConfig:
        """All settings of the run."""
        return make_config(self.preset, **THEN | dict(self.settings))

    def command(self, out: str | None = None) -> str:
        """The command that makes it again."""
        words = [f"azr-nb train --preset {self.preset}"]
        words += [f"--{name} {self.settings[name]}" for name in ("steps", "seed") if name in self.settings]
        for name, value in {**self.settings, **THEN}.items():
            if name not in ("steps", "seed"):
                text = f"{name}={_text(value)}"
                words.append(f'--set "{text}"' if set(text) & set("{}[] ") else f"--set {text}")
        return " ".join([*words, f"--out {out or f'data_out/recorded/{self.name}'}"])


def _text(value: Any) -> str:
    """A setting as YAML takes it on a command line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(part)}" for name, part in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the ward --------------------------------------------------------------------------------------------------------
WARD: dict[str, Any] = dict(
    steps=40,
    learning_rate=3e-3,
    learning_rate_schedule="constant",
    propose_weight=6.0,
    proposals_per_type=16,
    solve_rate_samples=4,
    solve_samples=4,
    solve_tasks_per_type=4,
    kl_weight=1e-6,
    eval_every=20,
    eval_tasks=60,
)

FAULTS: dict[str, tuple[dict[str, Any], Fault]] = {
    "collapse": (
        {"proposer_reward": "short", "duplicates": "keep"},
        Fault(
            "the proposer is rewarded for any valid program, most for the shortest, and repeats count as new",
            "distinct programs",
            "below",
            "the shortest valid program is found, and nothing is left to vary but its input",
        ),
    ),
    "too-easy": (
        {"proposer_reward": "easy"},
        Fault(
            "a slip of sign: the proposer is rewarded with the solve rate instead of one minus it",
            "solve rate",
            "above",
            "tasks become those that everybody solves; the curve of own tasks rises and held-out scores do not",
        ),
    ),
    "dead-groups": (
        {"wrong_penalty": 1.0},
        Fault(
            "a slip of sign: a wrong answer is rewarded like a right one",
            "dead share",
            "above",
            "where all answers of a group are paid alike none is better than another, and the solver gets no pull",
        ),
    ),
    "reward-hacking": (
        {"intrinsic": {"complexity": 3.0}, "intrinsic_limit": 3.0},
        Fault(
            "complexity is rewarded more than learnability can ever bring",
            "complexity",
            "above",
            "programs grow branches that do nothing, because branches are what is counted",
        ),
    ),
    "kl-blow-up": (
        {"learning_rate": 1e-2},
        Fault(
            "a learning rate three times as high as that of its twins",
            "KL",
            "above",
            "the first updates throw the policy far from where it began, before any share can show it",
        ),
    ),
    "starvation": (
        {"repeat_reward": 1.0},
        Fault(
            "a slip of sign: a known program is rewarded with 1 instead of being fined",
            "new tasks",
            "below",
            "the proposer copies a reference and is rewarded for it; all is valid, and the solver gets nothing new",
        ),
    ),
}

# --- the study -------------------------------------------------------------------------------------------------------
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "learnability": ("the paper's reward", {}),
    "released": ("the released code's reward: -0.5 at both ends", {"extreme_reward": -0.5}),
    "uncertainty": ("pays most for a solve rate of one half", {"proposer_reward": "uncertainty"}),
    "easy": ("pays trivial tasks best", {"proposer_reward": "easy"}),
    "random": ("control: both roles are paid by a coin", {"proposer_reward": "random", "solver_reward": "random"}),
    "solver-only": ("control: the proposer writes and learns nothing", {"train_propose": False}),
    "fixed-tasks": ("control: seed tasks only, nothing is proposed", {"fixed_tasks": True, "solve_tasks_per_type": 20}),
}
STUDY: dict[str, Any] = dict(steps=30, learning_rate=2e-3, eval_tasks=120)

# --- a language model ------------------------------------------------------------------------------------------------
LAPTOP: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    "laptop": ("SmolLM2-135M with the laptop preset", {}, (0, 1)),
    "laptop-coin": (
        "control: the same, both roles are paid by a coin",
        {"proposer_reward": "random", "solver_reward": "random"},
        (0, 1),
    ),
}


def _all() -> list[RecordedRun]:
    runs = [
        RecordedRun(
            "healthy",
            "healthy",
            "the classroom preset for 100 steps",
            {"steps": 100, "seed": 0, "eval_every": 20},
            keep=WITH_ADAPTER,
        ),
        RecordedRun(
            "short",
            "short",
            "three steps, made again by a test",
            {
                "steps": 3,
                "seed": 0,
                "seed_tasks": 8,
                "proposals_per_type": 4,
                "solve_tasks_per_type": 2,
                "eval_tasks": 4,
                "eval_samples": 2,
            },
            keep=EVERYTHING,
        ),
        RecordedRun(
            "language",
            "language",
            "SmolLM2-135M on two cores, with the laptop preset for longer",
            {"steps": 120, "seed": 0},
            keep=EVERYTHING,
            preset="laptop",
        ),
    ]
    for seed in SEEDS:
        runs.append(
            RecordedRun(
                f"twin-{seed}",
                "ward",
                "healthy twin of the sick runs, without a fault",
                {"seed": seed, **WARD},
                "twin",
                EVERYTHING if seed == 0 else SCORES,
            )
        )
    for name, (settings, fault) in FAULTS.items():
        runs.append(RecordedRun(name, "ward", fault.cause, {"seed": 0, **WARD, **settings}, "sick", EVERYTHING, fault))
    for name, (about, settings) in VARIANTS.items():
        for seed in SEEDS:
            runs.append(RecordedRun(f"{name}-{seed}", "study", about, {"seed": seed, **STUDY, **settings}, name))
    for name, (about, settings, seeds) in LAPTOP.items():
        for seed in seeds:
            runs.append(
                RecordedRun(f"{name}-{seed}", "language", about, {"seed": seed, **settings}, name, preset="laptop")
            )
    return runs


CATALOGUE: dict[str, RecordedRun] = {run.name: run for run in _all()}
