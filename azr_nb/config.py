"""`SelfPlayConfig`: every knob of a run, with presets, saved as YAML with every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from azr_nb.files import write_atomic
from azr_nb.tasks import TASK_TYPES


class ConfigError(ValueError):
    """A setting that cannot be; the message is one line that says what is wrong and what to do."""


class SelfPlayConfig(BaseModel):
    """One self-play run. The defaults are the paper's method at the tiny policy's size."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    model: str = Field("tiny", description="policy to start from: 'tiny', or a folder with a model and tokenizer")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of every random source of the run")
    steps: int = Field(80, ge=1, le=100_000, description="number of self-play steps (LoRA updates)")
    minutes: float | None = Field(None, gt=0, description="stop after this many minutes of training, if set")
    task_types: tuple[str, ...] = Field(TASK_TYPES, description="task types that are proposed and solved")

    proposals_per_type: int = Field(64, ge=2, description="proposals per task type and step (B in the paper)")
    solve_tasks_per_type: int = Field(64, ge=0, description="tasks per type and step in the solver's own batch")
    solve_samples: int = Field(1, ge=1, description="samples per task in the solver's own batch")
    solver_draw: Literal["uniform", "learnable"] = Field(
        "uniform", description="draw buffer tasks for the solver uniformly, or prefer those solved only sometimes"
    )
    solve_rate_samples: int = Field(8, ge=1, description="solver samples per valid proposal for its solve rate (n)")
    train_on_solve_rate_samples: bool = Field(
        False, description="train the solver on the solve-rate samples too; paper and released code discard them"
    )
    references: int = Field(6, ge=0, le=16, description="past tasks shown to the proposer (K)")
    num_inputs: int = Field(6, ge=2, le=20, description="inputs of an induction task, half of them hidden (paper: 10)")
    seed_tasks: int = Field(64, ge=1, description="tasks per type that seeding must reach before training starts")
    buffer_capacity: int = Field(16_384, ge=8, description="tasks a buffer can hold; further ones are not kept")
    repeat_reward: float | None = Field(
        None, description="reward of a valid proposal whose program is known already, which then makes no task; "
        "unset: like any other proposal"
    )  # fmt: skip

    honest_messages: bool = Field(
        False, description="refuse induction proposals whose message does not name what the program uses"
    )

    temperature: float = Field(1.0, gt=0, le=5, description="sampling temperature of both roles")
    max_new_tokens: int = Field(120, ge=8, le=8192, description="longest completion in tokens")

    proposer_reward: Literal["learnability", "half", "random"] = Field(
        "learnability", description="proposer reward: 1 - solve rate (paper), peak at one half, or a random control"
    )
    solver_reward: Literal["binary", "random"] = Field("binary", description="solver reward, or a random control")
    format_penalty: float = Field(-1.0, description="reward of a completion that is not of the form, or not valid")
    wrong_penalty: float = Field(-0.5, description="solver reward of a well-formed wrong answer (paper Eq. 6)")
    propose_weight: float = Field(1.0, ge=0, description="weight of the proposer's advantages beside the solver's")
    advantage: Literal["role_type", "task", "global"] = Field(
        "role_type", description="baseline per role and task type (TRR++, paper Eq. 8), per task, or over everything"
    )
    fixed_tasks: bool = Field(False, description="control: train the solver on seed tasks only, propose nothing")

    learning_rate: float = Field(5e-4, gt=0, lt=1, description="learning rate of AdamW at its highest")
    learning_rate_schedule: Literal["constant", "linear"] = Field(
        "constant", description="keep the learning rate (paper), or let it fall to zero over the run's steps"
    )
    warmup_steps: int = Field(0, ge=0, description="steps over which the learning rate grows from zero")
    lora_rank: int = Field(32, ge=1, le=1024, description="rank of the LoRA adapter on all linear layers")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are scaled down to this norm")
    loss_aggregation: Literal["sequence", "token"] = Field(
        "sequence", description="mean over sequences of token means (paper Eq. 9), or mean over all tokens (released)"
    )
    clip: float = Field(0.2, gt=0, le=1, description="PPO clip range on both sides; inert with one update per batch")
    entropy_weight: float = Field(0.0, ge=0, description="weight of an entropy bonus in the loss")
    micro_batch_tokens: int = Field(8192, ge=256, description="tokens per forward pass of the update")

    eval_samples: int = Field(4, ge=1, description="samples per held-out task at temperature 1")
    eval_tasks: int = Field(200, ge=1, description="held-out tasks per task type and suite")
    eval_every: int = Field(0, ge=0, description="steps between held-out evaluations during the run; 0 for none")
    save_every: int = Field(10, ge=1, description="steps between checkpoints, from which a run can be resumed")

    @model_validator(mode="after")
    def _possible(self) -> SelfPlayConfig:
        unknown = [kind for kind in self.task_types if kind not in TASK_TYPES]
        if unknown or not self.task_types:
            raise ValueError(f"task_types must be some of {', '.join(TASK_TYPES)}; got {list(self.task_types)}")
        if not self.train_on_solve_rate_samples and self.solve_tasks_per_type == 0:
            raise ValueError("the solver has nothing to train on: set solve_tasks_per_type above 0, or "
                             "train_on_solve_rate_samples to true")  # fmt: skip
        if self.fixed_tasks and self.solve_tasks_per_type == 0:
            raise ValueError("fixed_tasks needs solve_tasks_per_type above 0")
        if self.advantage == "task" and self.solve_rate_samples < 2 and self.solve_samples < 2:
            raise ValueError("advantage 'task' needs at least 2 samples of a task to compare")
        return self


PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "classroom": dict(
        steps=90,
        proposals_per_type=12,
        propose_weight=2.0,
        solve_tasks_per_type=8,
        solve_samples=8,
        solve_rate_samples=8,
        train_on_solve_rate_samples=True,
        solver_draw="learnable",
        references=2,
        repeat_reward=-0.5,
        advantage="task",
        learning_rate=1e-3,
        learning_rate_schedule="linear",
        lora_rank=16,
    ),
}


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown setting {place!r}: choose one of {', '.join(SelfPlayConfig.model_fields)}"
    return f"setting {place}: {message} (got {first['input']!r})" if place else message


def make_config(preset: str = "classroom", **overrides: Any) -> SelfPlayConfig:
    """A preset with overrides. Raises `ConfigError` with one line for anything that cannot be."""
    if preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}: choose one of {', '.join(PRESETS)}")
    try:
        return SelfPlayConfig(**{**PRESETS[preset], **overrides})
    except ValidationError as error:
        raise ConfigError(_one_line(error)) from None


def save_config(config: SelfPlayConfig, path: Path) -> None:
    """Write the config as YAML, each field with its description as a comment."""
    import yaml

    lines = []
    for name, field in SelfPlayConfig.model_fields.items():
        value = config.model_dump(mode="json")[name]
        lines.append(f"# {field.description}\n" + yaml.safe_dump({name: value}, default_flow_style=False).strip())
    write_atomic(path, "\n".join(lines) + "\n")


def load_config(path: Path) -> SelfPlayConfig:
    """Read a saved config. Raises `ConfigError` with one line if it is missing, broken or impossible."""
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path} does not hold settings (name: value lines)")
    try:
        return SelfPlayConfig(**data)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_one_line(error)}") from None
