"""How much memory and time a self-play step takes, predicted from a model's shape and a device's peaks.

Formulas of a page, not a simulator: they say what fits and what dominates, and are meant to be right within a factor
of about two in time and a third in memory. Parameters, and activations on a CPU, are exact and tested so; two steps
were measured (`planning_tables.MEASURED`); everything else is a prediction and marked as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.hardware import GPU_SHARE, LARGE
from azr_nb.planning_counts import activation_bytes, kv_bytes, layer_parameters, lora_parameters, parameters, work
from azr_nb.planning_tables import GIB, MEASURED, Batch, Device, Measured, ModelShape

STRATEGIES = ("ddp", "zero2", "zero3", "fsdp")
SHARDED = ("zero3", "fsdp")  # those that spread the weights too
GENERATION = ("colocate", "server", "own")
PRECISIONS = ("float32", "bfloat16")
WHOLE_TOKENS = 8192  # of a forward pass of the update, as the preset `gpu` has it
SPREAD_TOKENS = 4096  # as the recipes have it whose logits are made whole

COMPUTE = 0.4  # share of a device's peak FLOP/s that large products reach: an assumption
READING = 0.6  # share of its peak bandwidth that decoding reaches: an assumption
USABLE = 0.92  # share of a GPU's memory that can be filled before fragments and spikes make it fail: an assumption
SEQUENCES = 256  # sequences that are decoded at a time (vLLM's own default)
LOGIT_COPIES = 3  # the logits, their log-softmax and its gradient, all in float32
GRADIENT_COPIES = 3  # the gradient, the one before the present group, and the change between, for norms by group
PROGRAMS = 10_000  # programs verified per second on two cores (measured, README)
CUDA = 1.5 * GIB  # context, kernels and the allocator's slack: an assumption
PYTHON = 0.5 * GIB  # a process on a CPU with torch and transformers loaded


@dataclass(frozen=True)
class Plan:
    """A step on some hardware. `generation`: vLLM on the training GPUs, on as many others, or the package's sampler.

    Raises `ConfigError` for what cannot be.
    """

    model: ModelShape
    device: Device
    gpus: int = 1
    strategy: str = "ddp"
    batch: Batch = Batch()
    lora_rank: int = 64
    precision: str = "bfloat16"
    checkpointing: bool = True
    generation: str = "colocate"
    vllm_memory: float = 0.3

    def __post_init__(self) -> None:
        for value, known, name in ((self.strategy, STRATEGIES, "strategy"), (self.precision, PRECISIONS, "precision"),
                                   (self.generation, GENERATION, "generation")):  # fmt: skip
            if value not in known:
                raise ConfigError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")
        if self.gpus < 1 or self.lora_rank < 1:
            raise ConfigError("a plan needs at least one GPU and a LoRA rank of at least 1")
        if not 0 < self.vllm_memory < 1:
            raise ConfigError(f"vllm_memory is {self.vllm_memory}: choose a share of the GPU between 0 and 1")

    @property
    def bytes(self) -> int:
        """Bytes of a weight."""
        return 4 if self.precision == "float32" else 2

    @property
    def micro_batch_tokens(self) -> int:
        """Tokens of one forward pass of the update on one GPU."""
        return self.batch.micro_batch_tokens or (WHOLE_TOKENS if self.strategy == "ddp" else SPREAD_TOKENS)

    @property
    def shards(self) -> int:
        """Parts that the weights are spread over."""
        return self.gpus if self.strategy in SHARDED else 1


# --- memory --------------------------------------------------------------------------------------------------------
def memory(p: Plan) -> dict[str, float]:
    """Bytes on each GPU, by what they are for; `total` is the highest point of a step, not the sum.

    weights = parameters x bytes / shards, and where they are spread two layers and the embedding gathered; adapter =
    LoRA parameters x 4 x (1 + gradients + 2 of AdamW); activations = tokens x bytes per layer, or with checkpointing
    one input per layer and one layer whole; logits = tokens x vocabulary x 4 x copies, or a part of them at a time;
    generation = the share of the GPU that vLLM may take for its copy of the weights, and for keys and values, or
    without it keys and values alone. vLLM sleeps while the update runs, so that the two share their place. Weights are
    spread when training begins; seeding and the first scores have them whole.
    """
    m, b, count = p.model, p.batch, parameters(p.model)
    resident = count / p.shards
    gathered = min(2 * layer_parameters(m) + m.vocabulary * m.hidden, count - resident)
    weights = p.bytes * (resident + gathered)
    lora = 4.0 * lora_parameters(m, p.lora_rank)
    spread = p.gpus if p.strategy.startswith("zero") else 1  # our FSDP recipe leaves the adapter whole
    adapter = lora / (spread if p.strategy == "zero3" else 1) + lora * (GRADIENT_COPIES + 2) / spread
    layer = activation_bytes(m, p.lora_rank, p.precision)
    kept = m.layers * m.hidden * p.bytes + layer if p.checkpointing else m.layers * layer
    whole = p.micro_batch_tokens * m.vocabulary
    at_once = b.logits_at_once if p.strategy == "ddp" else None  # under the others the head works whole
    logits = 4.0 * LOGIT_COPIES * min(whole, at_once or whole)
    cache = _sequences(p) * _sequence_bytes(p)
    generation = {"colocate": p.vllm_memory * p.device.memory, "server": 0.0, "own": cache}[p.generation]
    parts = {
        "weights": weights,
        "adapter": adapter,
        "activations": 1.0 * p.micro_batch_tokens * kept,
        "logits": logits,
        "generation": generation,
        "framework": PYTHON if p.device.name == "cpu" else CUDA,
    }
    training = weights + adapter + max(parts["activations"] + logits, generation)
    return parts | {"total": parts["framework"] + max(training, 1.0 * p.bytes * count + generation)}


def _sequences(p: Plan) -> float:
    """Samples that are decoded at a time on one GPU: at most vLLM's 256, and those whose keys and values have room."""
    room = SEQUENCES * _sequence_bytes(p)
    if p.generation == "colocate":
        room = p.vllm_memory * p.device.memory - p.bytes * parameters(p.model)
    elif p.generation == "own" and p.device.name != "cpu":
        room = GPU_SHARE * p.device.memory
    return max(1.0, min(work(p.batch)["samples"] / p.gpus, SEQUENCES, room / _sequence_bytes(p)))


def _sequence_bytes(p: Plan) -> float:
    """Keys and values of a sample."""
    return (p.batch.prompt_tokens + p.batch.completion_tokens) * kv_bytes(p.model, p.bytes)


def fits(p: Plan) -> bool:
    """Whether a step's highest point keeps to the usable share of the memory, and vLLM's weights to its own share."""
    starts = p.generation != "colocate" or p.vllm_memory * p.device.memory > (
        p.bytes * parameters(p.model) + _sequence_bytes(p)
    )
    return starts and memory(p)["total"] <= USABLE * p.device.memory


# --- time ----------------------------------------------------------------------------------------------------------
def training_flops(p: Plan) -> float:
    """Floating-point operations of an update, over all GPUs.

    Per token 6 x parameters, less 2 for the gradients of frozen weights, more 2 if the forward pass is done again; 6
    for each of the adapter's; attention's two products with the context, three times or four. The embedding is looked
    up and not multiplied, unless it is the head too.
    """
    m, b, again = p.model, p.batch, int(p.checkpointing)
    multiplied = parameters(m) - (0 if m.tied else m.vocabulary * m.hidden)
    attention = 4 * m.layers * m.heads * m.head_dim * (b.prompt_tokens + b.completion_tokens)
    per_token = (4 + 2 * again) * multiplied + (6 + 2 * again) * lora_parameters(m, p.lora_rank)
    return work(b)["tokens"] * (per_token + (3 + again) * attention)


def seconds(p: Plan) -> dict[str, float]:
    """Seconds of a step, by stage, with their `total`.

    generation: every sample's tokens one after the other, up to 256 samples at a time, as room allows; each such pass
    reads the weights and the keys and values so far, or computes 2 x parameters per sample, whichever takes longer, and
    without vLLM gathers spread weights; and prompts are read at 2 x parameters per token. update: `training_flops`,
    kernel launches, and for spread weights their gathering, two or three times per forward pass. executor: two runs per
    proposal and one per answer.
    """
    m, b, d, count, todo = p.model, p.batch, p.device, parameters(p.model), work(p.batch)
    flops = COMPUTE * (d.single_flops if p.precision == "float32" else d.half_flops)
    samples, together = todo["samples"] / p.gpus, _sequences(p)
    context = b.prompt_tokens + b.completion_tokens / 2
    reading = (p.bytes * count + together * context * kv_bytes(m, p.bytes)) / (READING * d.bandwidth)
    launches = m.layers * d.launch * (1.0 if p.generation == "own" else 0.1)  # vLLM replays recorded launches
    gathering = p.bytes * count * (1 - 1 / p.gpus) / d.link if p.strategy in SHARDED else 0.0
    token = max(reading, together * 2 * count / flops) + launches + (gathering if p.generation == "own" else 0.0)
    decode = max(1.0, samples / together) * b.completion_tokens * token
    prefill = todo["prompts"] / p.gpus * b.prompt_tokens * 2 * count / flops
    passes = max(1.0, todo["tokens"] / p.gpus / p.micro_batch_tokens)
    again = int(p.checkpointing)
    update = training_flops(p) / p.gpus / flops + passes * m.layers * d.launch * (3 + again)
    if p.strategy in SHARDED:
        update += passes * (2 + again) * gathering
    programs = 2 * b.task_types * b.proposals_per_type + todo["samples"]
    stages = {"generation": decode + prefill, "update": update, "executor": programs / PROGRAMS}
    return stages | {"total": sum(stages.values())}


def measured(p: Plan) -> Measured | None:
    """The measurement of exactly this step, if there is one."""
    if p != usual(p.model, p.device, batch=p.batch, lora_rank=16):
        return None
    return MEASURED.get((p.model.name, p.device.name, p.batch))


def usual(model: ModelShape, device: Device, gpus: int = 1, strategy: str = "ddp", **other: Any) -> Plan:
    """A plan with what device and strategy need: bfloat16 where there is one, and our sampler on CPUs and under FSDP.

    Raises `ConfigError` for vLLM under FSDP, which a run cannot have.
    """
    if strategy == "fsdp":
        other = {"generation": "own"} | other
        if other["generation"] != "own":
            raise ConfigError(f"generation {other['generation']}: under FSDP there is no vLLM; choose own, or zero3")
    if device.name == "cpu":
        precision = "bfloat16" if parameters(model) >= LARGE else "float32"
        other = {"precision": precision, "checkpointing": False, "generation": "own"} | other
    return Plan(model, device, gpus, strategy, **({"precision": device.half} | other))
