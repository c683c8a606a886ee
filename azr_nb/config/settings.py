"""`SelfPlayConfig`: every setting of a run, and which of them cannot be together."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from azr_nb.config.presets import PRESETS
from azr_nb.tasks import TASK_TYPES, TYPES_OF

Steps = Annotated[int, Field(ge=0, le=1_000_000)]
Samples = Annotated[int, Field(ge=1, le=1024)]
Reward = Annotated[float, Field(ge=-1000, le=1000)]
Weight = Annotated[float, Field(ge=0, le=1000)]


OLD_NAMES = {"dialect": "prompt_format"}  # settings of earlier releases, and what they are called now


# settings that say nothing in the environment of things
PYTHON_ONLY = (
    "honest_messages pass_through determinism_runs determinism forbidden_scan forbidden_modules forbid_raise "
    "nested_functions max_arguments remove_comments remove_globals remove_prints probe_every television"
).split()


class ConfigError(ValueError):
    """A setting that cannot be; the message is one line that says what is wrong and what to do."""


class SelfPlayConfig(BaseModel):
    """One self-play run. The defaults are the paper's method at the tiny policy's size."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)

    # --- the run
    model: str = Field(
        "tiny",
        description="policy to start from: tiny, tiny-things, tiny-scenes, smollm2-135m, the id of a model on the "
        "Hugging Face hub, or the folder of a model, an adapter or a run",
    )
    environment: str = Field(
        "python",
        description="what tasks are about: python (programs), things (paths of a moving sensor), scenes (things with "
        "features that it meets), or one of a plugin",
    )
    prompt_format: str = Field(
        "auto",
        description="form of prompts: compact (the tiny policies'), fewshot (examples to go on from), r1 (thoughts "
        "and answers in tags), or one of a plugin; auto: compact or fewshot, as suits the model",
    )
    chat_template: bool = Field(True, description="wrap r1 prompts in the model's own chat template, if it has one")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="where the policy runs; auto: a CUDA GPU if there is one; mps: an Apple GPU (untried)"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="numbers the policy computes with; auto: bfloat16 where the hardware is faster at it"
    )
    generation: Literal["auto", "shared_prefix", "transformers", "vllm"] = Field(
        "auto",
        description="what draws completions: our sampler, which reads what prompts share once, model.generate, "
        "or vLLM on a GPU; auto: ours for models that it knows",
    )
    vllm_mode: Literal["colocate", "server"] = Field(
        "colocate", description="vLLM in the trainer's process, or on a server with GPUs of its own"
    )
    vllm_server: str = Field("localhost:8000", description="address and port of that server")
    vllm_memory: float = Field(0.3, gt=0, lt=1, description="share of the GPU's memory for a vLLM in the same process")
    gradient_checkpointing: bool | None = Field(
        None, description="recompute activations to save memory; unset: for models from a billion parameters on a GPU"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of every random source of the run")
    steps: int = Field(80, ge=1, le=100_000, description="number of self-play steps (LoRA updates)")
    minutes: float | None = Field(None, gt=0, description="stop after this many minutes of training, if set")
    plugin: str | None = Field(None, description="Python file with rewards of your own, run before the first step")
    task_types: tuple[str, ...] = Field(
        TASK_TYPES, description="task types that are proposed and solved; error is one more, off in the paper"
    )

    # --- proposing
    proposals_per_type: int = Field(
        64, ge=2, le=10_000, description="proposals per task type and step (B in the paper)"
    )
    train_propose: bool = Field(True, description="train the proposer; without, it proposes and learns nothing")
    solver_only_steps: Steps = Field(0, description="first steps in which only the solver is trained")
    references: int = Field(6, ge=0, le=16, description="past tasks shown to the proposer (K); 0 for none")
    reference_draw: Literal["uniform", "recency", "solved"] = Field(
        "uniform",
        description="draw references uniformly, by the step they were made in plus one (paper D.3), or from those that "
        "were solved when last tried",
    )
    num_inputs: int = Field(6, ge=2, le=20, description="inputs of an induction task (N; 10 in the paper)")
    visible_inputs: int | None = Field(None, ge=1, le=19, description="inputs that the solver sees; unset: half")
    honest_messages: bool = Field(
        False, description="refuse induction proposals whose message does not name what the program uses"
    )
    composite_share: float = Field(0.0, ge=0, le=1, description="share of proposals that must call earlier programs")
    composite_functions: int = Field(2, ge=1, le=4, description="most earlier programs that a proposal must call")
    composite_from: Steps = Field(0, description="step at which composite proposals begin")
    composite_ramp: Steps = Field(0, description="steps over which their share grows to composite_share")
    pass_through: Literal["keep", "refuse"] = Field(
        "refuse", description="keep or refuse a composite that only hands its argument on, such as g_0(a)"
    )

    # --- validating
    determinism_check: bool = Field(
        True, description="refuse proposals whose result is another one each time; things: those that flicker"
    )
    gate_leak: float = Field(
        0.0,
        ge=0,
        le=1,
        description="control: share of proposals that become tasks although they fail: programs that raise an error, "
        "with the output None; paths off the grid, as if it had walls",
    )
    determinism_runs: int = Field(2, ge=1, le=8, description="runs of a proposal that must agree; 1 for no check")
    determinism: Literal["separate", "one_session"] = Field(
        "separate", description="runs in sessions of their own (paper), or calls in one session (released)"
    )
    forbidden_scan: Literal["tree", "imports", "text"] = Field(
        "tree",
        description="look for what is forbidden in the syntax tree, in imports only (released), or also as a "
        "word anywhere in the text (the paper's prompt)",
    )
    forbidden_modules: tuple[str, ...] = Field((), description="modules that are forbidden beside the usual ones")
    forbid_raise: Literal["never", "seeding", "always"] = Field(
        "never", description="refuse proposals with a raise statement never, in seeding only (released), or always"
    )
    max_input_chars: int = Field(200, ge=1, le=20_000, description="longest input of a task in characters")
    max_output_chars: int = Field(80, ge=1, le=20_000, description="longest output of a task in characters")
    nested_functions: bool = Field(True, description="accept proposals with further functions inside f")
    max_arguments: int | None = Field(
        None, ge=1, le=20, description="most arguments of a proposed function; unset: any number"
    )
    remove_comments: bool = Field(True, description="take comments and docstrings out of proposed programs")
    remove_globals: bool = Field(False, description="take assignments outside of functions out of proposed programs")
    remove_prints: bool = Field(False, description="take print calls out of proposed programs")
    duplicates: Literal["keep", "program", "renamed"] = Field(
        "keep",
        description="make tasks of proposals whose program is known; or not; or not even when only its "
        "variables are renamed",
    )

    # --- solving
    solve_rate_samples: Samples = Field(8, description="solver samples per valid proposal for its solve rate (n)")
    solve_rate_temperature: float | None = Field(
        None, ge=0, le=5, description="temperature of those samples; unset: as temperature; 0: greedy"
    )
    train_on_solve_rate_samples: bool = Field(
        False, description="train the solver on the solve-rate samples too; paper and released code discard them"
    )
    solve_tasks_per_type: int = Field(
        64, ge=0, le=10_000, description="tasks per type and step in the solver's own batch"
    )
    solve_samples: Samples = Field(1, description="samples per task in the solver's own batch")
    first_samples: int = Field(
        0,
        ge=0,
        le=1024,
        description="samples of a task that are drawn first; the rest follow only where some of them were right and "
        "some wrong. 0 draws all at once",
    )
    solver_mix: Literal["max_new", "half_new", "uniform_total", "step", "learnable"] = Field(
        "max_new",
        description="fill the solver's batch with as many new tasks as there are, with at most half, "
        "uniformly, by age, or with those solved only sometimes",
    )
    new_tasks: Literal["this_step", "previous_step"] = Field(
        "this_step", description="which tasks count as new to the solver (the paper's step t, or t-1 as released)"
    )
    induction_check: Literal["hidden", "all"] = Field(
        "hidden", description="judge an induction answer by the hidden pairs (released), or by all (paper Fig. 12)"
    )
    temperature: float = Field(1.0, gt=0, le=5, description="sampling temperature of both roles")
    max_prompt_tokens: int = Field(
        6144,
        ge=32,
        le=1_000_000,
        description="longest prompt; references that do not fit are left out, and tasks are refused",
    )
    max_new_tokens: int = Field(120, ge=8, le=8192, description="longest completion in tokens")

    # --- buffers
    seed_tasks: int = Field(
        64, ge=1, le=10_000, description="tasks per type that seeding must reach before training starts"
    )
    shared_seeds: bool = Field(False, description="give deduction and abduction the same seed tasks, as in the paper")
    television: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of the seed tasks whose outputs are noise to the solver (noisy televisions): a value mixed "
        "over a list, modulo a small number",
    )
    buffer_capacity: int = Field(16_384, ge=8, le=10_000_000, description="tasks of a type that a buffer can hold")
    buffer_drop: Literal["newest", "oldest", "random"] = Field(
        "oldest", description="what a full buffer drops: the newcomer (released), its oldest task, or any"
    )
    validity_filter: Literal["all", "non_one", "non_extremes"] = Field(
        "all", description="keep all valid tasks, or not those always solved, or not those never solved either"
    )

    # --- rewards
    proposer_reward: str = Field("learnability", description="name of the proposer's reward")
    solver_reward: str = Field("binary", description="name of the solver's reward")
    extreme_reward: Reward = Field(0.0, description="learnability of tasks never or always solved (released: -0.5)")
    format_penalty: Reward = Field(-1.0, description="reward of a completion that cannot be parsed or is not valid")
    invalid_reward: float | None = Field(
        None, ge=-1000, le=1000, description="the same for the proposer alone; unset: as format_penalty"
    )
    wrong_penalty: Reward = Field(-0.5, description="solver reward of a well-formed wrong answer (paper Eq. 6)")
    repeat_reward: Reward = Field(
        -0.5, description="reward of a valid proposal whose program is known already, or held out"
    )
    intrinsic: dict[str, float] = Field(
        {}, description="further proposer terms by name with their weights, such as {complexity: 0.5}"
    )
    intrinsic_limit: float = Field(1.0, gt=0, le=1000, description="most that one such term adds")
    intrinsic_combine: Literal["sum", "multiply", "sum_multiply", "multiply_sum"] = Field(
        "sum", description="how they join the proposer's reward (paper Eq. 11-14)"
    )

    # --- advantages and update
    propose_weight: Weight = Field(1.0, description="weight of the proposer's advantages beside the solver's")
    wrong_weight: Weight = Field(
        1.0,
        description="weight of the solver's answers that are worse than their baseline, beside the better ones; with 0 "
        "only right answers are learned from (as rejection sampling does)",
    )
    hindsight_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="wrong answers that are trained on as right ones to the task that they do answer (an abduction "
        "input to the output that it gives, an induction program to its own outputs), at most so many for each answer",
    )
    hindsight_weight: Weight = Field(0.5, description="advantage of such an answer; that of a right one is about 1")
    hindsight_outputs: bool = Field(
        False,
        description="count wrong deduction answers among those of hindsight, with the executor's output and scratchpad "
        "in their place, which is supervised learning",
    )
    replay_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="right answers of earlier steps to tasks solved in at most a quarter of the samples, which are "
        "trained on again, at most so many for each answer of a step",
    )
    replay_weight: Weight = Field(0.5, description="advantage of such an answer; that of a right one is about 1")
    scratchpad_credit: bool = Field(
        False,
        description="punish a wrong deduction answer only from the first token on at which it leaves the right "
        "scratchpad",
    )
    advantage: str = Field(
        "role_type",
        description="baseline: role_type (TRR++, paper Eq. 8), role_type_tokens (weighed by tokens, released), "
        "global (REINFORCE++), or the solver's per task: task (GRPO), task_unscaled (Dr. GRPO), leave_one_out (RLOO)",
    )
    role_balance: Literal["rows", "roles", "groups"] = Field(
        "rows",
        description="what has equal weight in the loss: every trained completion, both roles, or each role and "
        "task type (as the paper has by construction)",
    )
    importance_correction: Literal["auto", "on", "off"] = Field(
        "auto",
        description="weigh completions by trainer's over sampler's probability, as TRL does with vLLM; auto: "
        "where the two are not the same program (vLLM, bfloat16)",
    )
    fixed_tasks: bool = Field(False, description="control: train the solver on seed tasks only, propose nothing")
    grammar_tasks: bool = Field(
        False, description="control: train the solver on fresh tasks of the environment's grammar, propose nothing"
    )
    learning_rate: float = Field(5e-4, gt=0, lt=1, description="learning rate of AdamW at its highest")
    learning_rate_schedule: Literal["constant", "linear"] = Field(
        "constant", description="keep the learning rate (paper), or let it fall to zero over the run's steps"
    )
    warmup_steps: Steps = Field(0, description="steps over which the learning rate grows from zero")
    weight_decay: Weight = Field(0.0, description="weight decay of AdamW")
    lora_rank: int = Field(32, ge=1, le=1024, description="rank of the LoRA adapter")
    lora_alpha: float | None = Field(
        None, gt=0, le=1_000_000, description="scale of the adapter times its rank; unset: the rank"
    )
    lora_targets: str = Field("all-linear", description="layers with an adapter: all-linear, or names with commas")
    max_grad_norm: float = Field(1.0, gt=0, le=1e9, description="gradients are scaled down to this norm")
    loss_aggregation: Literal["sequence", "token"] = Field(
        "sequence", description="mean over sequences of token means (paper Eq. 9), or mean over all tokens (released)"
    )
    clip: float = Field(0.2, gt=0, le=1, description="PPO clip range below 1; inert with one update per batch")
    clip_high: float | None = Field(None, gt=0, le=10, description="clip range above 1; unset: as clip")
    dual_clip: float | None = Field(None, gt=1, description="upper bound of the ratio for negative advantages, if set")
    kl_weight: Weight = Field(
        0.0,
        description="weight of the KL term to the policy without adapter (k3 times the "
        "ratio, whose gradient has no bias)",
    )
    entropy_weight: Weight = Field(0.0, description="weight of an entropy bonus in the loss")
    micro_batch_tokens: int = Field(8192, ge=256, le=10_000_000, description="tokens per forward pass of the update")

    # --- looking
    probe_every: Steps = Field(0, description="steps between side-channel probes of the solver; 0 for none")
    eval_samples: Samples = Field(4, description="samples per held-out task")
    eval_temperature: float = Field(1.0, gt=0, le=5, description="temperature of those samples")
    eval_tasks: int = Field(100, ge=1, le=10_000, description="held-out tasks per task type and suite")
    eval_every: Steps = Field(0, description="steps between held-out evaluations during the run; 0 for none")
    report_to: tuple[Literal["trackio", "tensorboard", "wandb"], ...] = Field(
        (), description="trackers that also get each step's metrics; those named must be installed"
    )
    save_every: int = Field(
        10, ge=1, le=1_000_000, description="steps between checkpoints, from which a run can be resumed"
    )

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, data: Any) -> Any:
        """Settings under the names of earlier releases, as in old run folders."""
        return {OLD_NAMES.get(name, name): value for name, value in data.items()} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _possible(self) -> SelfPlayConfig:
        for reason in _contradictions(self):
            raise ValueError(reason)
        return self

    def diff(self, other: SelfPlayConfig) -> dict[str, tuple[Any, Any]]:
        """The fields that differ, as `{name: (here, there)}`, in the order of the fields."""
        mine, theirs = self.model_dump(), other.model_dump()
        return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}


def _contradictions(c: SelfPlayConfig) -> Iterator[str]:
    """Settings that each can be and together cannot: why, and what to change."""
    known = TYPES_OF.get(c.environment, c.task_types)
    if not c.task_types or set(c.task_types) - set(known) or len(set(c.task_types)) < len(c.task_types):
        yield f"task_types must be some of {', '.join(known)}, each once; got {list(c.task_types)}"
    foreign = [name for name in PYTHON_ONLY if getattr(c, name) != SelfPlayConfig.model_fields[name].default]
    if foreign and c.environment in TYPES_OF and c.environment != "python":
        yield f"{foreign[0]} is a setting of the environment python, not of {c.environment}: leave it out"
    if c.gate_leak and c.environment == "scenes":
        yield "gate_leak: the environment scenes has no gate that leaks; leave it out"
    if c.environment == "scenes" and c.composite_functions > 2:
        yield f"composite_functions {c.composite_functions}: a thing has at most 2 parts; lower it"
    if c.first_samples and not 1 < c.first_samples < min(c.solve_samples, c.solve_rate_samples):
        yield (
            f"first_samples {c.first_samples} must be at least 2 and below solve_samples and solve_rate_samples: "
            "lower it, or raise those"
        )
    if not c.train_on_solve_rate_samples and c.solve_tasks_per_type == 0:
        yield (
            "the solver has nothing to train on: set solve_tasks_per_type above 0, or train_on_solve_rate_samples "
            "to true"
        )
    if c.fixed_tasks and c.grammar_tasks:
        yield "fixed_tasks and grammar_tasks are two controls: choose one"
    for name in ("fixed_tasks", "grammar_tasks"):
        if getattr(c, name) and c.solve_tasks_per_type == 0:
            yield f"{name} needs solve_tasks_per_type above 0"
        if getattr(c, name) and c.solver_only_steps:
            yield f"{name} never trains the proposer: set solver_only_steps to 0"
    if c.advantage in ("task", "task_unscaled", "leave_one_out"):
        trained = [c.solve_samples] * (c.solve_tasks_per_type > 0)
        trained += [c.solve_rate_samples] * c.train_on_solve_rate_samples
        if max(trained) < 2:
            yield f"advantage {c.advantage!r} needs at least 2 trained samples of a task: raise solve_samples"
    if c.visible_inputs is not None and c.visible_inputs >= c.num_inputs:
        yield (
            f"visible_inputs {c.visible_inputs} leaves none of {c.num_inputs} inputs hidden: lower it, or raise "
            "num_inputs"
        )
    if c.seed_tasks > c.buffer_capacity:
        yield f"seed_tasks {c.seed_tasks} do not fit into a buffer_capacity of {c.buffer_capacity}: lower one"
    if c.train_on_solve_rate_samples and c.solve_rate_temperature not in (None, c.temperature):
        yield (
            "solve-rate samples of another temperature than the update's cannot be trained on: unset "
            "solve_rate_temperature, or train_on_solve_rate_samples"
        )
    if c.determinism == "one_session" and c.determinism_runs == 1:
        yield "determinism one_session compares calls: set determinism_runs to 2 or more"
    if c.clip_high is not None and c.clip_high < c.clip:
        yield f"clip_high {c.clip_high:g} is below clip {c.clip:g}: raise it, or unset it"
    if c.dual_clip is not None and c.dual_clip < 1 + (c.clip if c.clip_high is None else c.clip_high):
        yield f"dual_clip {c.dual_clip:g} lies inside the clip range and would cut good answers too: raise or unset it"
    if c.composite_share and not {"deduction", "abduction", "error"} & set(c.task_types):
        yield "composite proposals are programs, and induction proposes none: add a task type or unset composite_share"
    if c.composite_ramp and not c.composite_share:
        yield "composite_ramp has nothing to grow to: set composite_share"
    if not c.train_propose and c.solver_only_steps:
        yield "without train_propose every step trains the solver only: set solver_only_steps to 0"


def one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown setting {place!r}: choose one of {', '.join(SelfPlayConfig.model_fields)}"
    return f"setting {place}: {message} (got {brief(first['input'])})" if place else message


def brief(value: Any) -> str:
    """A value as it may stand in a line, whatever its size."""
    if isinstance(value, int) and abs(value) > 10**100:
        return "a number of more than 100 digits"
    text = repr(value) if isinstance(value, (str, int, float)) else reprlib.repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def make_config(preset: str = "classroom", **overrides: Any) -> SelfPlayConfig:
    """A preset with overrides. Raises `ConfigError` with one line for anything that cannot be."""
    if not isinstance(preset, str) or preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}: choose one of {', '.join(PRESETS)}")
    try:
        return SelfPlayConfig(**{**PRESETS[preset], **overrides})
    except ValidationError as error:
        raise ConfigError(one_line(error)) from None


def with_whole_paths(config: SelfPlayConfig) -> SelfPlayConfig:
    """The config with whole paths, since a run may be resumed from another folder than it was started in."""
    whole = {}
    if config.model != "tiny" and Path(config.model).expanduser().is_dir():
        whole["model"] = os.path.realpath(Path(config.model).expanduser())
    if config.plugin is not None:
        whole["plugin"] = os.path.realpath(Path(config.plugin).expanduser())
    return config.model_copy(update=whole)
